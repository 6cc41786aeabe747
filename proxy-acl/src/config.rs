//! A whole haproxy.cfg: its proxies, and the way of a request through them.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::asked::Names;
use crate::ast::SectionKind;
use crate::compile::section::{self, CompiledProxy};
use crate::decision::{Action, Decision};
use crate::error::{Diagnostic, Diagnostics};
use crate::evaluation;
use crate::explain::{Explanation, Reasons};
use crate::options::Options;
use crate::parse;
use crate::pipeline::Text;
use crate::policy::Policy;
use crate::reporter::Reporter;
use crate::request::Request;
use crate::response::{Answered, Response, ResponseVerdict};
use crate::rewritten::Rewritten;
use crate::rule::Rule;
use crate::scratch::Scratch;
use crate::source::Source;
use crate::verdict::Verdict;

/// A whole haproxy.cfg, compiled.
///
/// A request comes in at a frontend and is judged by its rules, then by those of the backend that it
/// is handed to (configuration manual, 4): [`Config::decide_with`] does both. Each proxy begins with
/// the rules of the `defaults` it inherits, as in HAProxy 2.6: only named `defaults` may have rules,
/// and their acls are not seen by the proxies that inherit them. Inherited `tcp-request connection` and
/// `session` rules count only where the proxy has a rule of the same list itself; otherwise they are
/// ignored with a warning, as are the `http-request`, `http-response` and `redirect` rules of a proxy that
/// is not in `mode http`.
///
/// What has nothing to do with access is skipped, and [`Config::skipped`] keeps count of it. Its
/// arguments are not checked.
///
/// # Examples
///
/// ```
/// use proxy_acl::{Action, Config, Options, RequestView, Scratch};
///
/// let text = b"
/// defaults
///     mode http
///     timeout client 30s
/// frontend www
///     bind :80
///     http-request deny if { path_beg /.git }
///     use_backend admin if { path_beg /wp-admin }
///     default_backend site
/// backend admin
///     http-request deny deny_status 404 unless { src 10.66.0.0/24 }
/// backend site
///     server one 10.66.0.10:80
/// ";
/// let config = Config::parse(text, &Options::new().file_name("haproxy.cfg"))?;
/// let www = config.frontend("www").expect("it is there");
/// let mut scratch = Scratch::new();
///
/// let request = RequestView::new(b"GET", b"/wp-admin/", "192.0.2.7:5000".parse()?);
/// let verdict = config.decide_with(www, &request, &mut scratch);
/// assert_eq!(verdict.decision.action, Action::Deny { status: 404 });
/// assert_eq!(verdict.decision.line, Some(11));
///
/// let skipped: Vec<_> = config.skipped().collect();
/// assert_eq!(skipped, [("bind", 1), ("server", 1), ("timeout", 1)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    proxies: Vec<Proxy>,
    /// Indices of what takes requests.
    frontends: BTreeMap<Box<str>, usize>,
    /// Indices of what requests are handed to.
    backends: BTreeMap<Box<str>, usize>,
    warnings: Vec<Diagnostic>,
    skipped: BTreeMap<String, usize>,
    value_names: Names,
    /// How many numbers of values there must be room for.
    value_room: usize,
}

/// A `frontend`, `backend` or `listen` section with its rules.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Proxy {
    /// What kind of section it is.
    pub kind: ProxyKind,
    /// Its name.
    pub name: Box<str>,
    /// The line that begins it, counted from 1.
    pub line: u32,
    /// Whether it is in `mode http`; otherwise only its `tcp-request` rules count.
    pub http: bool,
    /// Whether it is disabled: it takes no requests, and those that a frontend hands to it get no further.
    pub disabled: bool,
    /// Its own rules behind those it inherits.
    pub policy: Policy,
}

/// What kind of section a [`Proxy`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyKind {
    /// Takes requests and hands them to backends.
    Frontend,
    /// Is handed requests.
    Backend,
    /// Both in one.
    Listen,
}

impl Config {
    /// Returns whether a text is meant as a whole configuration rather than as bare rules, which
    /// [`Policy::parse`] reads: whether its first line that is no macro begins a section.
    ///
    /// ```
    /// assert!(proxy_acl::Config::is_whole(b"# mine\n\ndefaults\n    mode http\n"));
    /// assert!(!proxy_acl::Config::is_whole(b"acl a path /\nhttp-request deny if a\n"));
    /// ```
    #[must_use]
    pub fn is_whole(text: &[u8]) -> bool {
        parse::section::begins(text)
    }

    /// Reads and compiles a whole configuration.
    ///
    /// # Errors
    ///
    /// All errors found, up to the limit in `options`, together with the warnings; see
    /// [`Policy::parse`].
    pub fn parse(text: &[u8], options: &Options) -> Result<Self, Diagnostics> {
        let mut reporter = Reporter::new(text, options);
        let (sections, surroundings) = parse::section::parse(&mut reporter);
        let (compiled, files, value_names) =
            section::compile(&sections, &surroundings, &mut reporter);
        if reporter.failed() {
            return Err(Diagnostics::new(reporter.into_list()));
        }
        let source = Arc::new(Source::new(reporter.lines(), files));
        let mut config = Self {
            proxies: Vec::new(),
            value_room: value_names.room(),
            value_names,
            frontends: BTreeMap::new(),
            backends: BTreeMap::new(),
            skipped: reporter.take_skipped(),
            warnings: reporter.into_list(),
        };
        for CompiledProxy { kind, name, line, http, disabled, compiled } in compiled {
            let index = config.proxies.len();
            if kind != SectionKind::Backend {
                config.frontends.insert(name.clone(), index);
            }
            if kind != SectionKind::Frontend {
                config.backends.insert(name.clone(), index);
            }
            let kind = match kind {
                SectionKind::Frontend => ProxyKind::Frontend,
                SectionKind::Backend => ProxyKind::Backend,
                SectionKind::Listen | SectionKind::Defaults => ProxyKind::Listen,
            };
            let policy = Policy::new(compiled, Arc::clone(&source));
            config.proxies.push(Proxy { kind, name, line, http, disabled, policy });
        }
        Ok(config)
    }

    /// Returns the proxies in the order of the file.
    #[must_use]
    pub fn proxies(&self) -> &[Proxy] {
        &self.proxies
    }

    /// Returns the `frontend` or `listen` section of this name.
    #[must_use]
    pub fn frontend(&self, name: &str) -> Option<&Proxy> {
        self.proxies.get(*self.frontends.get(name)?)
    }

    /// Returns the `backend` or `listen` section of this name.
    #[must_use]
    pub fn backend(&self, name: &str) -> Option<&Proxy> {
        self.proxies.get(*self.backends.get(name)?)
    }

    /// Returns what is accepted but hardly meant, in the order of the file.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Returns what was skipped since it has no bearing on access: the keyword, the action with its
    /// list as in `http-request track-sc0`, or the name of a section without one, and how many lines;
    /// under `.if`, those of branches that are not taken.
    pub fn skipped(&self) -> impl Iterator<Item = (&str, usize)> {
        self.skipped.iter().map(|(what, count)| (what.as_str(), *count))
    }

    /// Returns the names by which [`Request::value`] and [`Request::converted`] are asked for what only
    /// a proxy knows, in alphabetical order; those of one proxy are told by [`Policy::value_names`].
    pub fn value_names(&self) -> impl Iterator<Item = &str> {
        self.value_names.iter()
    }

    /// Returns those of the names that the last decision with `scratch` asked for in vain; see
    /// [`Policy::missing_values`].
    pub fn missing_values<'c>(&'c self, scratch: &'c Scratch) -> impl Iterator<Item = &'c str> {
        self.value_names.of(scratch.text.missing())
    }

    /// Decides about a request that comes in at `frontend`, one of [`Config::proxies`]: by its rules,
    /// then by those of the backend they choose, which see what the first changed.
    ///
    /// A backend that is named by a value of the request and is not there is no choice: the default
    /// one counts. The deciding line is that of the backend, if a rule of it applies.
    pub fn decide_with<'v, R: Request + ?Sized>(
        &'v self,
        frontend: &'v Proxy,
        request: &'v R,
        scratch: &'v mut Scratch,
    ) -> Verdict<'v, R> {
        scratch.text.start(self.value_room);
        let (decision, backend) =
            self.run(frontend, request, scratch, |policy, rule, view, text| {
                policy.applies(rule, view, text)
            });
        let backend = backend.map(|backend| backend.name.as_bytes());
        Verdict::new(decision, backend, request, scratch)
    }

    /// Decides about the response to a request, by the rules of the backend that answered, then by those
    /// of `frontend`.
    ///
    /// `scratch` is the one with which [`Config::decide_with`] decided about the request: it holds the
    /// variables, and which backend was chosen.
    pub fn decide_response<'v, R: Request + ?Sized, S: Response + ?Sized>(
        &self,
        frontend: &Proxy,
        request: &R,
        response: &'v S,
        scratch: &'v mut Scratch,
    ) -> ResponseVerdict<'v, S> {
        let answered = Answered { request, response };
        let decision =
            self.run_response(frontend, &answered, scratch, |policy, rule, view, text| {
                policy.applies(rule, view, text)
            });
        ResponseVerdict::new(decision, response, scratch)
    }

    /// Decides like [`Config::decide_with`], and says why.
    #[must_use]
    pub fn explain<R: Request + ?Sized>(&self, frontend: &Proxy, request: &R) -> Explanation {
        let mut reasons = Reasons::default();
        let mut scratch = Scratch::new();
        let (decision, _) =
            self.run(frontend, request, &mut scratch, |policy, rule, view, text| {
                reasons.applies(policy, rule, view, text)
            });
        reasons.explain(decision, &scratch)
    }

    /// Decides like [`Config::decide_response`] after [`Config::decide_with`] for `request`, and says
    /// why.
    #[must_use]
    pub fn explain_response<R: Request + ?Sized, S: Response + ?Sized>(
        &self,
        frontend: &Proxy,
        request: &R,
        response: &S,
    ) -> Explanation {
        let mut scratch = Scratch::new();
        let _ = self.decide_with(frontend, request, &mut scratch);
        let answered = Answered { request, response };
        let mut reasons = Reasons::default();
        let decision =
            self.run_response(frontend, &answered, &mut scratch, |policy, rule, view, text| {
                reasons.applies(policy, rule, view, text)
            });
        reasons.explain(decision, &scratch)
    }

    /// Asks the rules of the backend in `scratch`, then those of `frontend`.
    fn run_response<R: Request + ?Sized, S: Response + ?Sized>(
        &self,
        frontend: &Proxy,
        answered: &Answered<'_, R, S>,
        scratch: &mut Scratch,
        mut holds: impl FnMut(&Policy, &Rule, &Rewritten<'_, Answered<'_, R, S>>, &mut Text) -> bool,
    ) -> Decision {
        let backend =
            core::str::from_utf8(&scratch.backend).ok().and_then(|name| self.backend(name));
        let apart = backend.filter(|backend| backend.line != frontend.line);
        scratch.changes.start_response(answered.response.status());
        let mut decision = Decision { action: Action::Allow, line: None };
        for proxy in apart.into_iter().chain([frontend]) {
            let policy = &proxy.policy;
            let next =
                evaluation::pass_response(&policy.lists, answered, scratch, |rule, view, text| {
                    holds(policy, rule, view, text)
                });
            decision = Decision { line: next.line.or(decision.line), ..next };
            if !decision.is_allowed() {
                break;
            }
        }
        decision
    }

    /// Asks the rules of `frontend` and of the backend they choose; returns that too.
    fn run<'p, R: Request + ?Sized>(
        &'p self,
        frontend: &'p Proxy,
        request: &R,
        scratch: &mut Scratch,
        mut holds: impl FnMut(&Policy, &Rule, &Rewritten<'_, R>, &mut Text) -> bool,
    ) -> (Decision, Option<&'p Proxy>) {
        let mut pass = |policy: &Policy, scratch: &mut Scratch| {
            evaluation::pass(&policy.lists, request, scratch, |rule, view, text| {
                holds(policy, rule, view, text)
            })
        };
        evaluation::start(&frontend.policy.lists, request, scratch);
        scratch.changes.come_in(&frontend.name);
        let decision = pass(&frontend.policy, scratch);
        if decision.action != Action::Allow {
            return (decision, None);
        }
        let named =
            |name: &[u8]| core::str::from_utf8(name).ok().and_then(|name| self.backend(name));
        let chosen = named(&scratch.backend);
        let default = || frontend.policy.lists.default_backend.as_deref().and_then(named);
        let apart = chosen.or_else(default).filter(|backend| backend.line != frontend.line);
        let Some(backend) = apart else {
            // It is its own backend, and its rules were asked.
            let own = frontend.kind == ProxyKind::Listen;
            return (decision, own.then_some(frontend));
        };
        if backend.disabled || frontend.http && !backend.http {
            return (decision, None);
        }
        // For the response.
        scratch.backend.clear();
        scratch.backend.extend_from_slice(backend.name.as_bytes());
        scratch.changes.hand_to(&backend.name);
        let later = pass(&backend.policy, scratch);
        let line = later.line.or(decision.line);
        (Decision { line, ..later }, Some(backend))
    }
}
