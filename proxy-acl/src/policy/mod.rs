//! A compiled configuration, and its evaluation.

mod response;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::acl::{Acl, Expression};
use crate::asked::Names;
use crate::ast::Span;
use crate::compile::{self, Compiled};
use crate::decision::Decision;
use crate::error::{Diagnostic, DiagnosticKind, Diagnostics, Severity};
use crate::evaluation;
use crate::explain::{Explanation, Reasons};
use crate::options::Options;
use crate::parse;
use crate::pipeline::Text;
use crate::reporter::Reporter;
use crate::request::Request;
use crate::rewritten::Rewritten;
use crate::rule::{Lists, Rule, Term};
use crate::scratch::Scratch;
use crate::source::Source;
use crate::verdict::Verdict;

/// A compiled configuration.
///
/// It is immutable, `Send` and `Sync`: share it behind an `Arc`, and swap that to load another.
#[derive(Clone, Debug)]
pub struct Policy {
    acls: Vec<Acl>,
    names: BTreeMap<Box<str>, usize>,
    pub(crate) lists: Lists,
    value_names: Names,
    /// How many numbers of values there must be room for.
    value_room: usize,
    pub(crate) source: Arc<Source>,
    /// No rule changes anything and no expression needs room.
    plain: bool,
    warnings: Vec<Diagnostic>,
}

impl Policy {
    /// Reads and compiles a configuration of `acl` lines and rules.
    ///
    /// A configuration without rules allows everything, with a warning. Lines end with LF or CRLF. No file is
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
        let mut reporter = Reporter::new(text, options);
        let directives = parse::parse(&mut reporter);
        let (compiled, files) = compile::compile(&directives, &mut reporter);
        if reporter.failed() {
            return Err(Diagnostics::new(reporter.into_list()));
        }
        if compiled.lists.is_empty() {
            let span = Span { line: 1, column: 1, width: 1 };
            let message = String::from("no rule bears on access, so every request is allowed");
            reporter
                .at(Severity::Warning, DiagnosticKind::NoRule, span, String::new(), message)
                .suggest("write one, for example 'http-request deny if !local'");
        }
        let source = Arc::new(Source::new(reporter.lines(), files));
        Ok(Self { warnings: reporter.into_list(), ..Self::new(compiled, source) })
    }

    /// Puts a policy together, of which the warnings are told elsewhere.
    pub(crate) fn new(compiled: Compiled, source: Arc<Source>) -> Self {
        let Compiled { acls, names, lists, value_names } = compiled;
        let mut expressions = acls.iter().flat_map(|acl| &acl.expressions);
        let plain = lists.change_nothing()
            && !lists.too_early
            && lists.monitor.is_none()
            && expressions.all(|e| e.pipeline.is_plain());
        let value_room = value_names.room();
        let warnings = Vec::new();
        Self { acls, names, lists, value_names, value_room, source, plain, warnings }
    }

    /// Returns what is accepted but hardly meant, in the order of the file.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Decides about a request.
    ///
    /// The rules are asked in HAProxy's order: `tcp-request`, `http-request`, `redirect`; of each
    /// list the first final rule whose condition holds counts. Conditions are evaluated from left to
    /// right only as far as they matter.
    ///
    /// Allocates nothing unless a converter, `base` or a rule puts text together, or the target is
    /// absolute and names the default port, which HAProxy takes out; with [`Policy::decide_with`]
    /// that does not allocate either, and there is more to learn.
    #[must_use]
    pub fn decide<R: Request + ?Sized>(&self, request: &R) -> Decision {
        match Rewritten::unchanged(request) {
            Some(view) if self.plain => evaluation::run_plain(&self.lists, |rule| {
                self.applies_by(rule, |expression| expression.matches_plainly(&view))
            }),
            _ => self.decide_in_new_room(request),
        }
    }

    #[inline(never)]
    fn decide_in_new_room<R: Request + ?Sized>(&self, request: &R) -> Decision {
        self.run(request, &mut Scratch::new())
    }

    /// Decides about a request with room kept by the caller, and tells all that goes with the
    /// decision: the backend, where the client is sent, and the request as the rules left it.
    ///
    /// # Examples
    ///
    /// ```
    /// use proxy_acl::{Action, Options, Policy, Request as _, RequestView, Scratch};
    ///
    /// let text = b"
    /// http-request set-path /v2%[path] if { path_beg /api }
    /// http-request redirect location https://%[hdr(host),lower]%[path] if { path /old }
    /// use_backend api if { path_beg /v2/ }
    /// default_backend web
    /// ";
    /// let policy = Policy::parse(text, &Options::new())?;
    /// let mut scratch = Scratch::new();
    ///
    /// let request = RequestView::new(b"GET", b"/api/users?id=1", "192.0.2.7:5000".parse()?);
    /// let verdict = policy.decide_with(&request, &mut scratch);
    /// assert_eq!(verdict.decision.action, Action::Allow);
    /// assert_eq!(verdict.backend, Some(&b"api"[..]));
    /// assert_eq!(verdict.request.uri(), b"/v2/api/users?id=1");
    ///
    /// let request = RequestView::new(b"GET", b"/old", "192.0.2.7:5000".parse()?)
    ///     .headers(&[(b"Host", b"Example.com")]);
    /// let verdict = policy.decide_with(&request, &mut scratch);
    /// assert_eq!(verdict.decision.action, Action::Redirect { status: 302 });
    /// assert_eq!(verdict.location, Some(&b"https://example.com/old"[..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decide_with<'v, R: Request + ?Sized>(
        &'v self,
        request: &'v R,
        scratch: &'v mut Scratch,
    ) -> Verdict<'v, R> {
        scratch.text.start(self.value_room);
        let decision = self.run(request, scratch);
        let scratch = &*scratch;
        let backend = match &*scratch.backend {
            [] => self.lists.default_backend.as_deref(),
            name => Some(name),
        };
        Verdict::new(decision, backend, request, scratch)
    }

    /// Returns whether the acl of this name matches; `None` if no line or condition of the
    /// configuration has this name.
    ///
    /// It is asked after the `tcp-request` rules and the `http-request` rules that set variables
    /// before any other, as if their conditions were the only ones.
    #[must_use]
    pub fn acl<R: Request + ?Sized>(&self, name: &str, request: &R) -> Option<bool> {
        let index = *self.names.get(name)?;
        let mut scratch = Scratch::new();
        evaluation::prepare(&self.lists, request, &mut scratch, |rule, view, text| {
            self.applies(rule, view, text)
        });
        let Scratch { text, changes, .. } = &mut scratch;
        let view = Rewritten::new(request, changes);
        Some(self.expressions(index).iter().any(|expression| expression.matches(&view, text)))
    }

    /// Returns the names of the acls that the configuration defines, in alphabetical order.
    pub fn acl_names(&self) -> impl Iterator<Item = &str> {
        let by_user = |index: usize| self.acls.get(index).is_some_and(|acl| acl.by_user);
        self.names.iter().filter(move |&(_, &index)| by_user(index)).map(|(name, _)| name.as_ref())
    }

    /// Returns the names by which [`Request::value`] is asked for what only a proxy knows, and
    /// [`Request::converted`] for what only it can convert, in alphabetical order.
    ///
    /// ```
    /// use proxy_acl::{Options, Policy};
    ///
    /// let text = b"http-request deny if { sc0_http_req_rate gt 100 } !{ http_auth(staff) }";
    /// let policy = Policy::parse(text, &Options::new())?;
    ///
    /// let names: Vec<_> = policy.value_names().collect();
    /// assert_eq!(names, ["http_auth(staff)", "sc_http_req_rate(0)"]);
    /// # Ok::<(), proxy_acl::Diagnostics>(())
    /// ```
    pub fn value_names(&self) -> impl Iterator<Item = &str> {
        self.value_names.iter()
    }

    /// Returns those of the [names of values](Policy::value_names) that the last decision with
    /// `scratch` asked for in vain, in alphabetical order: where there are some, it may be another
    /// one once they are given.
    ///
    /// What a decision about the response asks for is added to what that about its request did.
    ///
    /// ```
    /// use proxy_acl::{Options, Policy, RequestView, Scratch};
    ///
    /// let text = b"http-request deny if { path_beg /api } { sc0_http_req_rate gt 100 }";
    /// let policy = Policy::parse(text, &Options::new())?;
    /// let mut scratch = Scratch::new();
    ///
    /// let request = RequestView::new(b"GET", b"/api", "192.0.2.1:5000".parse().unwrap());
    /// assert!(policy.decide_with(&request, &mut scratch).decision.is_allowed());
    /// assert!(policy.missing_values(&scratch).eq(["sc_http_req_rate(0)"]));
    ///
    /// let request = RequestView::new(b"GET", b"/", "192.0.2.1:5000".parse().unwrap());
    /// assert!(policy.decide_with(&request, &mut scratch).decision.is_allowed());
    /// assert_eq!(policy.missing_values(&scratch).count(), 0);
    /// # Ok::<(), proxy_acl::Diagnostics>(())
    /// ```
    pub fn missing_values<'p>(&'p self, scratch: &'p Scratch) -> impl Iterator<Item = &'p str> {
        self.value_names.of(scratch.text.missing())
    }

    /// Decides like [`Policy::decide`], and says why.
    #[must_use]
    pub fn explain<R: Request + ?Sized>(&self, request: &R) -> Explanation {
        let mut reasons = Reasons::default();
        let mut scratch = Scratch::new();
        let decision = evaluation::run(&self.lists, request, &mut scratch, |rule, view, text| {
            reasons.applies(self, rule, view, text)
        });
        reasons.explain(decision, &scratch)
    }

    pub(crate) fn expressions(&self, acl: usize) -> &[Expression] {
        self.acls.get(acl).map_or(&[], |acl| &acl.expressions)
    }

    #[inline]
    fn run<R: Request + ?Sized>(&self, request: &R, scratch: &mut Scratch) -> Decision {
        evaluation::run(&self.lists, request, scratch, |rule, view, text| {
            self.applies(rule, view, text)
        })
    }

    #[inline]
    pub(crate) fn applies<R: Request + ?Sized>(
        &self,
        rule: &Rule,
        view: &Rewritten<'_, R>,
        text: &mut Text,
    ) -> bool {
        self.applies_by(rule, |expression| expression.matches(view, text))
    }

    #[inline(always)]
    fn applies_by(&self, rule: &Rule, mut matches: impl FnMut(&Expression) -> bool) -> bool {
        let Some(condition) = &rule.condition else {
            return true;
        };
        let mut holds =
            |term: &Term| self.expressions(term.acl).iter().any(&mut matches) != term.negated;
        condition.suites.iter().any(|suite| suite.iter().all(&mut holds)) != condition.unless
    }
}
