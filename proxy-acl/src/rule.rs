//! Compiled rules, in their lists.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::ast::{Span, TargetPart};
use crate::decision::Action;
use crate::fetch::path;
use crate::log_format::Format;
use crate::pattern::text::TextSet;
use crate::pipeline::{Pipeline, Text};
use crate::redirect::Redirect;
use crate::request::Request;
use crate::rewritten::{Changes, Rewritten};
use crate::variable::Kept;

/// The lists of rules in the order of evaluation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists {
    /// `tcp-request` connection, session and content.
    pub(crate) tcp: [Vec<Rule>; 3],
    pub(crate) http: Vec<Rule>,
    /// `redirect` lines, which come after `http-request allow` too.
    pub(crate) redirects: Vec<Rule>,
    /// `use_backend` lines.
    pub(crate) backends: Vec<Rule>,
    pub(crate) default_backend: Option<Box<[u8]>>,
}

impl Lists {
    /// Whether there is no rule at all; where requests go by default is none.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { tcp, http, redirects, backends, default_backend: _ } = self;
        tcp.iter().chain([http, redirects, backends]).all(Vec::is_empty)
    }

    /// Whether no rule changes what later rules see.
    pub(crate) fn change_nothing(&self) -> bool {
        let changes = |rule: &Rule| matches!(rule.order, Order::Change(_));
        !self.tcp.iter().chain([&self.http]).flatten().any(changes)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) span: Span,
    pub(crate) order: Order,
    pub(crate) condition: Option<Condition>,
}

#[derive(Clone, Debug)]
pub(crate) enum Order {
    Final(Action),
    Redirect(Box<Redirect>),
    Change(Box<Change>),
    Backend(Format),
}

impl Order {
    /// What it decides, if it does.
    #[inline]
    pub(crate) fn action(&self) -> Option<Action> {
        match self {
            Self::Final(action) => Some(*action),
            Self::Redirect(redirect) => Some(Action::Redirect { status: redirect.status }),
            Self::Change(_) | Self::Backend(_) => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) unless: bool,
    /// Terms that are and-ed, of which one suite must hold.
    pub(crate) suites: Box<[Box<[Term]>]>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Term {
    pub(crate) negated: bool,
    /// Index into [`Policy::acls`](crate::policy::Policy).
    pub(crate) acl: usize,
    pub(crate) span: Span,
}

/// Something that later rules see.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    SetVariable { index: usize, value: Pipeline },
    FormatVariable { index: usize, value: Format },
    UnsetVariable { index: usize },
    SetHeader { name: Box<[u8]>, value: Format },
    AddHeader { name: Box<[u8]>, value: Format },
    RemoveHeader { names: TextSet },
    Replace { part: TargetPart, value: Format },
}

/// Room for what a rule writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Output {
    pub(crate) text: Vec<u8>,
    kept: Kept,
}

impl Change {
    /// Whether it only concerns variables.
    pub(crate) fn is_variable(&self) -> bool {
        match self {
            Self::SetVariable { .. } | Self::FormatVariable { .. } | Self::UnsetVariable { .. } => {
                true
            }
            Self::SetHeader { .. }
            | Self::AddHeader { .. }
            | Self::RemoveHeader { .. }
            | Self::Replace { .. } => false,
        }
    }

    #[inline(never)]
    pub(crate) fn apply<R: Request + ?Sized>(
        &self,
        request: &R,
        changes: &mut Changes,
        text: &mut Text,
        output: &mut Output,
    ) {
        output.text.clear();
        let view = Rewritten::new(request, changes);
        match self {
            Self::SetVariable { index, value } => {
                let mut found = false;
                value.one(&view, text, |sample| {
                    output.kept.keep(sample);
                    found = true;
                });
                if found {
                    changes.variables.set(*index, &mut output.kept);
                }
            }
            Self::FormatVariable { index, value } => {
                value.write(&view, text, &mut output.text);
                output.kept.keep(crate::fetch::Sample::Text(&output.text));
                changes.variables.set(*index, &mut output.kept);
            }
            Self::UnsetVariable { index } => changes.variables.unset(*index),
            Self::SetHeader { name, value } => {
                value.write(&view, text, &mut output.text);
                changes.remove_headers(request, |line| line.eq_ignore_ascii_case(name));
                changes.add_header(request, name, &output.text);
            }
            Self::AddHeader { name, value } => {
                value.write(&view, text, &mut output.text);
                changes.add_header(request, name, &output.text);
            }
            Self::RemoveHeader { names } => {
                changes.remove_headers(request, |line| names.contains(line));
            }
            Self::Replace { part, value } => {
                value.write(&view, text, &mut output.text);
                replace(*part, request, changes, &mut output.text);
            }
        }
    }
}

fn replace<R: Request + ?Sized>(
    part: TargetPart,
    request: &R,
    changes: &mut Changes,
    with: &mut Vec<u8>,
) {
    match part {
        TargetPart::Method => changes.set_method(with),
        TargetPart::Target => changes.set_target(request, with),
        TargetPart::Path => {
            let place = |target: &[u8]| {
                let (start, rest) = path_and_query(target);
                start..start + memchr::memchr(b'?', rest).unwrap_or(rest.len())
            };
            changes.replace_in_target(request, place, with);
        }
        TargetPart::PathQuery => {
            let place = |target: &[u8]| path_and_query(target).0..target.len();
            changes.replace_in_target(request, place, with);
        }
        TargetPart::Query => {
            let place =
                |target: &[u8]| memchr::memchr(b'?', target).unwrap_or(target.len())..target.len();
            // The mark goes along, and vanishes with an empty query.
            if !with.is_empty() {
                with.insert(0, b'?');
            }
            changes.replace_in_target(request, place, with);
        }
    }
}

/// The path and query of a target, and where they begin; all of a target that has none.
fn path_and_query(target: &[u8]) -> (usize, &[u8]) {
    let rest = path::with_query(target).unwrap_or(target);
    (target.len() - rest.len(), rest)
}
