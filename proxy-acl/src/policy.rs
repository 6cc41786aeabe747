//! A compiled configuration, and its evaluation.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use crate::ast::Span;
use crate::compile::{self, Compiled};
use crate::decision::{Action, Decision};
use crate::error::{Diagnostic, DiagnosticKind, Diagnostics, Severity};
use crate::explain::Explanation;
use crate::fetch::{Fetch, View};
use crate::options::Options;
use crate::parse;
use crate::pattern::Matcher;
use crate::reporter::Reporter;
use crate::request::Request;
use crate::source::{Origin, Source};

/// A compiled configuration.
///
/// It is immutable, `Send` and `Sync`: share it behind an `Arc`, and swap that to load another.
#[derive(Clone, Debug)]
pub struct Policy {
    acls: Vec<Acl>,
    names: BTreeMap<Box<str>, usize>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) source: Source,
    warnings: Vec<Diagnostic>,
}

/// Expressions of which one must match.
#[derive(Clone, Debug)]
pub(crate) struct Acl {
    /// Defined by a line of the configuration rather than predefined or anonymous.
    pub(crate) by_user: bool,
    pub(crate) expressions: Vec<Expression>,
}

#[derive(Clone, Debug)]
pub(crate) struct Expression {
    pub(crate) fetch: Fetch,
    pub(crate) matcher: Matcher,
    /// Where each pattern of the matcher came from, in its order.
    pub(crate) origins: Vec<Origin>,
    pub(crate) place: Place,
}

/// Where an expression stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Configuration(Span),
    Predefined(&'static [&'static str]),
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) span: Span,
    pub(crate) action: Action,
    pub(crate) condition: Option<Condition>,
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
    /// Index into [`Policy::acls`].
    pub(crate) acl: usize,
    pub(crate) span: Span,
}

impl Policy {
    /// Reads and compiles a configuration of `acl` and `http-request` lines.
    ///
    /// A configuration without rules allows everything. Lines end with LF or CRLF. No file is
    /// opened and no name resolved: what the text refers to comes from `options`.
    ///
    /// # Errors
    ///
    /// All errors found, up to the limit in `options`, together with the warnings: what HAProxy
    /// refuses too, what it accepts but this crate does not evaluate
    /// ([`DiagnosticKind::Unsupported`]), and exceeded limits ([`DiagnosticKind::Limit`]).
    ///
    /// # Examples
    ///
    /// ```
    /// use proxy_acl::{Options, Policy};
    ///
    /// let text = b"acl admin pth_beg /wp-admin\nhttp-request deny if admin\n";
    /// let wrong = Policy::parse(text, &Options::new().file_name("site.acl")).unwrap_err();
    /// assert_eq!(
    ///     wrong.to_string(),
    ///     "site.acl:1:11: error: unknown fetch 'pth_beg'; did you mean 'path_beg'?"
    /// );
    /// ```
    pub fn parse(text: &[u8], options: &Options) -> Result<Self, Diagnostics> {
        let text_lines = text.strip_suffix(b"\n").unwrap_or(text);
        let count = 1 + memchr::memchr_iter(b'\n', text_lines).count();
        let within = count <= options.max_lines;
        let lines = if within { text_lines.split(|&byte| byte == b'\n').collect() } else { vec![] };
        let mut reporter = Reporter::new(options, lines);
        if !within {
            let most = options.max_lines;
            let line = u32::try_from(most).unwrap_or(u32::MAX).saturating_add(1);
            let message = format!("{count} lines are more than the limit of {most}");
            let span = Span { line, column: 1, width: 1 };
            reporter
                .at(Severity::Error, DiagnosticKind::Limit, span, String::new(), message)
                .suggest("raise the limit, or move patterns to a file");
        }
        let directives = parse::parse(&mut reporter);
        let Compiled { acls, names, rules, files } = compile::compile(&directives, &mut reporter);
        if reporter.failed() {
            return Err(Diagnostics::new(reporter.into_list()));
        }
        let source = Source::new(reporter.lines(), files);
        Ok(Self { acls, names, rules, source, warnings: reporter.into_list() })
    }

    /// Returns what is accepted but hardly meant, in the order of the file.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Decides about a request: the first rule whose condition holds.
    ///
    /// Allocates nothing. Conditions are evaluated from left to right only as far as they matter.
    #[must_use]
    pub fn decide<R: Request + ?Sized>(&self, request: &R) -> Decision {
        let view = View::new(request);
        for rule in &self.rules {
            if rule.condition.as_ref().is_none_or(|condition| self.holds(condition, &view)) {
                return Decision { action: rule.action, line: Some(rule.span.line) };
            }
        }
        Decision { action: Action::Allow, line: None }
    }

    /// Returns whether the acl of this name matches; `None` if no line or condition of the
    /// configuration has this name.
    #[must_use]
    pub fn acl<R: Request + ?Sized>(&self, name: &str, request: &R) -> Option<bool> {
        self.names.get(name).map(|&index| self.matches(index, &View::new(request)))
    }

    /// Returns the names of the acls that the configuration defines, in alphabetical order.
    pub fn acl_names(&self) -> impl Iterator<Item = &str> {
        let by_user = |index: usize| self.acls.get(index).is_some_and(|acl| acl.by_user);
        self.names.iter().filter(move |&(_, &index)| by_user(index)).map(|(name, _)| name.as_ref())
    }

    /// Decides like [`Policy::decide`], and says why.
    #[must_use]
    pub fn explain<R: Request + ?Sized>(&self, request: &R) -> Explanation {
        Explanation::new(self, request)
    }

    pub(crate) fn expressions(&self, acl: usize) -> &[Expression] {
        self.acls.get(acl).map_or(&[], |acl| &acl.expressions)
    }

    #[inline]
    fn holds<R: Request + ?Sized>(&self, condition: &Condition, view: &View<'_, R>) -> bool {
        let holds = condition
            .suites
            .iter()
            .any(|suite| suite.iter().all(|term| self.matches(term.acl, view) != term.negated));
        holds != condition.unless
    }

    #[inline]
    fn matches<R: Request + ?Sized>(&self, acl: usize, view: &View<'_, R>) -> bool {
        self.expressions(acl).iter().any(|expression| expression.matches(view))
    }
}

impl Expression {
    #[inline]
    fn matches<R: Request + ?Sized>(&self, view: &View<'_, R>) -> bool {
        let seen = self.fetch.each(view, |sample| match self.matcher.matches(&sample) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        });
        seen.is_break()
    }
}
