//! An acl, compiled.

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::ops::ControlFlow;

use crate::ast::Span;
use crate::fetch::Subject;
use crate::fetch::phase::Phase;
use crate::pattern::Matcher;
use crate::pipeline::{Pipeline, Text};
use crate::request::Request;
use crate::rewritten::Rewritten;
use crate::source::Origin;

/// Expressions of which one must match.
#[derive(Clone, Debug)]
pub(crate) struct Acl {
    /// Defined by a line of the configuration rather than predefined or anonymous.
    pub(crate) by_user: bool,
    /// A line of it was left out.
    pub(crate) incomplete: bool,
    pub(crate) expressions: Vec<Expression>,
}

#[derive(Clone, Debug)]
pub(crate) struct Expression {
    pub(crate) pipeline: Pipeline,
    pub(crate) matcher: Matcher,
    /// Where each pattern of the matcher came from, in its order.
    pub(crate) origins: Vec<Origin>,
    pub(crate) place: Place,
}

impl Expression {
    #[inline]
    pub(crate) fn matches<R: Request + ?Sized>(
        &self,
        view: &Rewritten<'_, R>,
        text: &mut Text,
    ) -> bool {
        self.matches_at_once(view).unwrap_or_else(|| self.any_matches(view, text))
    }

    /// Matches like [`Expression::matches`] what needs no room.
    #[inline(always)]
    pub(crate) fn matches_plainly<R: Request + ?Sized>(&self, view: &Rewritten<'_, R>) -> bool {
        self.matches_at_once(view).unwrap_or_else(|| self.any_matches_plainly(view))
    }

    /// Answers in the commonest two ways, which are kept apart and so small that they are compiled in
    /// place: measured, that halves the time of a rule on path and source.
    #[inline(always)]
    fn matches_at_once<R: Request + ?Sized>(&self, view: &Rewritten<'_, R>) -> Option<bool> {
        match (&self.pipeline.fetch.subject, &self.matcher) {
            _ if !self.pipeline.converters.is_empty() => None,
            (Subject::Path, Matcher::Text(set)) if view.phase() == Phase::Request => {
                // From these the query need not be cut off.
                let path = match view.target() {
                    target @ [b'/', ..] if set.is_within_path() => Some(target),
                    _ => view.path(),
                };
                Some(path.is_some_and(|path| set.contains(path)))
            }
            (Subject::Source, Matcher::Address(set)) => Some(match view.source() {
                SocketAddr::V4(address) => set.contains_v4(address.ip().to_bits()),
                SocketAddr::V6(address) => set.contains(IpAddr::V6(*address.ip())),
            }),
            _ => None,
        }
    }

    #[inline(never)]
    fn any_matches_plainly<R: Request + ?Sized>(&self, view: &Rewritten<'_, R>) -> bool {
        self.any_matches(view, &mut Text::default())
    }

    #[inline]
    fn any_matches<R: Request + ?Sized>(&self, view: &Rewritten<'_, R>, text: &mut Text) -> bool {
        let mut matched = false;
        self.pipeline.each(view, text, |sample| {
            matched = self.matcher.matches(&sample);
            if matched { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        matched
    }
}

/// Where an expression stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Configuration(Span),
    Predefined(&'static [&'static str]),
}
