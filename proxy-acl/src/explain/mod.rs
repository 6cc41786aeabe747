//! Why a decision is as it is.

mod text;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::ControlFlow;

use crate::acl::{Expression, Place};
use crate::decision::{Action, Decision};
use crate::fetch::{Fetch, Subject};
use crate::pipeline::{Pipeline, Text};
use crate::policy::Policy;
use crate::quote;
use crate::request::Request;
use crate::rewritten::Rewritten;
use crate::rule::{Rule, Term};
use crate::scratch::Scratch;
use crate::source::Origin;

/// Why a decision is as it is: each rule looked at, down to the deciding one.
///
/// `Display` tells it in indented lines. Bytes of the request that are not printable ASCII appear
/// escaped, and so do control characters of the configuration.
///
/// ```
/// use proxy_acl::{Options, Policy, RequestView};
///
/// let policy = Policy::parse(
///     b"acl is_admin path_beg /wp-admin\nhttp-request deny if is_admin",
///     &Options::new(),
/// )?;
/// let request = RequestView::new(b"GET", b"/wp-admin/x", "192.0.2.1:80".parse().unwrap());
/// assert_eq!(
///     policy.explain(&request).to_string(),
///     "\
/// denied with status 403 by line 2
/// line 2 applies: http-request deny if is_admin
///   is_admin: true
///     path_beg /wp-admin (line 1): '/wp-admin/x' matches '/wp-admin'"
/// );
/// # Ok::<(), proxy_acl::Diagnostics>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// What [`Policy::decide`] or [`Policy::decide_response`] answers.
    pub decision: Decision,
    /// The value of `Location` if the client is sent elsewhere, with control characters and what is not UTF-8
    /// escaped.
    pub location: Option<String>,
    /// The rules looked at, in order.
    pub rules: Vec<RuleReason>,
}

/// Why a rule applied or not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleReason {
    /// The line of the rule, counted from 1.
    pub line: u32,
    /// The rule as written.
    pub text: String,
    /// What it orders; `None` if it only changes what later rules see, or names a backend.
    pub action: Option<Action>,
    /// Whether it applied.
    pub applies: bool,
    /// Whether the condition begins with `unless`, so that the rule applies when no suite holds.
    pub unless: bool,
    /// Terms that are and-ed; one suite must hold. Empty for a rule without a condition.
    pub suites: Vec<Vec<TermReason>>,
}

/// Why a term of a condition holds or not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TermReason {
    /// The term as written, with its exclamation marks.
    pub text: String,
    /// Whether it is negated.
    pub negated: bool,
    /// Whether it holds, negation included; `None` if it did not matter any more.
    pub holds: Option<bool>,
    /// The expressions of its acl looked at, in order.
    pub expressions: Vec<ExpressionReason>,
}

/// Why an expression, one line of an acl, matches or not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExpressionReason {
    /// Line and column, counted from 1; `None` for a predefined acl.
    pub place: Option<(u32, u32)>,
    /// The expression as written.
    pub text: String,
    /// What came out.
    pub outcome: Outcome,
}

/// What came of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// A sample matched.
    Matched {
        /// The sample; dots stand for what is behind its first 1,024 bytes.
        sample: String,
        /// The pattern, where the match method needs one.
        pattern: Option<PatternReason>,
    },
    /// There were samples, and none matched.
    Unmatched {
        /// The samples, at most 16 of them and of each the first 1,024 bytes.
        samples: Vec<String>,
        /// How many there were.
        count: usize,
    },
    /// The request, or the response, has no such thing.
    Missing,
    /// What stands there cannot be converted, as `%zz` by `url_dec`; samples behind it are not looked
    /// at.
    Unconverted {
        /// The sample before any conversion, of which the first 1,024 bytes are shown.
        sample: String,
    },
    /// It is looked at too early or too late: of a request only little is left when its response
    /// comes.
    Unavailable,
    /// Only a proxy knows it, and [`Request::value`] or [`Request::converted`] returned nothing.
    NotGiven {
        /// The name it was asked for by, with control characters escaped.
        name: String,
    },
}

/// The pattern that matched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PatternReason {
    /// The pattern as written, quotes included.
    pub text: String,
    /// The pattern file it comes from.
    pub file: Option<String>,
    /// The line of the configuration or file; `None` for a predefined acl.
    pub line: Option<u32>,
    /// The column in the configuration.
    pub column: Option<u32>,
}

/// More samples of one expression are counted but not kept.
const SAMPLES: usize = 16;

/// The reasons of the rules asked so far.
#[derive(Default)]
pub(crate) struct Reasons(Vec<RuleReason>);

impl Reasons {
    /// Notes why a rule applies or not, and returns whether it does.
    pub(crate) fn applies<R: Request + ?Sized>(
        &mut self,
        policy: &Policy,
        rule: &Rule,
        view: &Rewritten<'_, R>,
        text: &mut Text,
    ) -> bool {
        let reason = RuleReason::new(policy, rule, view, text);
        let applies = reason.applies;
        self.0.push(reason);
        applies
    }

    /// Joins them to the decision that the evaluation left in `scratch`.
    pub(crate) fn explain(self, decision: Decision, scratch: &Scratch) -> Explanation {
        let is_redirect = matches!(decision.action, Action::Redirect { .. });
        let location = is_redirect.then(|| quote::escaped(&scratch.location));
        Explanation { decision, location, rules: self.0 }
    }
}

impl RuleReason {
    fn new<R: Request + ?Sized>(
        policy: &Policy,
        rule: &Rule,
        view: &Rewritten<'_, R>,
        text: &mut Text,
    ) -> Self {
        let mut suites = Vec::new();
        let mut any = false;
        let (unless, conditions) = match &rule.condition {
            Some(condition) => (condition.unless, &*condition.suites),
            None => (false, &[][..]),
        };
        for suite in conditions {
            let mut all = true;
            let mut terms = Vec::new();
            for term in suite {
                let reason = TermReason::new(policy, term, view, text, !any && all);
                all &= reason.holds.unwrap_or(true);
                terms.push(reason);
            }
            any |= all;
            suites.push(terms);
        }
        Self {
            line: rule.span.line,
            text: policy.source.text(rule.span),
            action: rule.order.action(),
            applies: rule.condition.is_none() || any != unless,
            unless,
            suites,
        }
    }
}

impl TermReason {
    fn new<R: Request + ?Sized>(
        policy: &Policy,
        term: &Term,
        view: &Rewritten<'_, R>,
        text: &mut Text,
        matters: bool,
    ) -> Self {
        let mut expressions = Vec::new();
        let mut matched = false;
        if matters {
            for expression in policy.expressions(term.acl) {
                let reason = ExpressionReason::new(policy, expression, view, text);
                matched = matches!(reason.outcome, Outcome::Matched { .. });
                expressions.push(reason);
                if matched {
                    break;
                }
            }
        }
        Self {
            text: policy.source.text(term.span),
            negated: term.negated,
            holds: matters.then_some(matched != term.negated),
            expressions,
        }
    }
}

impl ExpressionReason {
    fn new<R: Request + ?Sized>(
        policy: &Policy,
        expression: &Expression,
        view: &Rewritten<'_, R>,
        text: &mut Text,
    ) -> Self {
        let mut outcome = None;
        let mut samples = Vec::new();
        let mut count = 0;
        expression.pipeline.each(view, text, |sample| {
            count += 1;
            if let Some(index) = expression.matcher.find(&sample) {
                let origin = index.and_then(|index| expression.origins.get(index));
                let pattern = origin.map(|origin| PatternReason::new(policy, *origin));
                outcome = Some(Outcome::Matched { sample: sample.to_string(), pattern });
                return ControlFlow::Break(());
            }
            if samples.len() < SAMPLES {
                samples.push(sample.to_string());
            }
            ControlFlow::Continue(())
        });
        let (place, written) = match expression.place {
            Place::Configuration(span) => {
                (Some((span.line, span.column)), policy.source.text(span))
            }
            Place::Predefined(words) => (None, words.join(" ")),
        };
        let outcome = outcome
            .or_else(|| unconverted(&expression.pipeline, count, view, text))
            .unwrap_or_else(|| match count {
                0 => missing(&expression.pipeline.fetch, view),
                _ => Outcome::Unmatched { samples, count },
            });
        Self { place, text: written, outcome }
    }
}

/// What stopped the converters behind this many samples, if anything did.
fn unconverted<R: Request + ?Sized>(
    pipeline: &Pipeline,
    converted: usize,
    view: &Rewritten<'_, R>,
    text: &mut Text,
) -> Option<Outcome> {
    let mut found = None;
    let mut left = converted;
    pipeline.each_fetched(view, text, |sample| {
        if left > 0 {
            left -= 1;
            return ControlFlow::Continue(());
        }
        found = Some(sample.to_string());
        ControlFlow::Break(())
    });
    let sample = found?;
    Some(match pipeline.not_given(converted, view, text) {
        Some(name) => Outcome::NotGiven { name: quote::escaped(name.as_bytes()) },
        None => Outcome::Unconverted { sample },
    })
}

/// Why there is no sample.
fn missing<R: Request + ?Sized>(fetch: &Fetch, view: &Rewritten<'_, R>) -> Outcome {
    if !fetch.phases.contain(view.phase()) {
        Outcome::Unavailable
    } else if let Subject::Injected { asked, derived, .. } = &fetch.subject {
        match derived {
            Some(derived) if derived.is_known(view) => Outcome::Missing,
            _ => Outcome::NotGiven { name: quote::escaped(asked.name.as_bytes()) },
        }
    } else {
        Outcome::Missing
    }
}

impl PatternReason {
    fn new(policy: &Policy, origin: Origin) -> Self {
        match origin {
            Origin::Word(span) => Self {
                text: policy.source.text(span),
                file: None,
                line: Some(span.line),
                column: Some(span.column),
            },
            Origin::File { file, line } => {
                let (name, text) = policy.source.file_line(file, line);
                Self { text, file: Some(name), line: Some(line), column: None }
            }
            Origin::Predefined(word) => {
                Self { text: word.to_string(), file: None, line: None, column: None }
            }
        }
    }
}
