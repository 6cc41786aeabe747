//! Explanations as JSON.

use proxy_acl::{Explanation, ExpressionReason, Outcome, PatternReason, RuleReason, TermReason};
use serde_json::{Value, json};

/// The rules that were asked, in order.
pub(crate) fn json(explanation: &Explanation) -> Value {
    explanation.rules.iter().map(rule).collect()
}

fn rule(rule: &RuleReason) -> Value {
    let suites: Vec<Value> =
        rule.suites.iter().map(|suite| suite.iter().map(term).collect()).collect();
    json!({
        "line": rule.line,
        "text": rule.text,
        "action": rule.action.map(|action| action.to_string()),
        "applies": rule.applies,
        "unless": rule.unless,
        "suites": suites,
    })
}

fn term(term: &TermReason) -> Value {
    let expressions: Value = term.expressions.iter().map(expression).collect();
    json!({
        "text": term.text,
        "negated": term.negated,
        "holds": term.holds,
        "expressions": expressions,
    })
}

fn expression(expression: &ExpressionReason) -> Value {
    let mut value = json!({
        "line": expression.place.map(|(line, _)| line),
        "column": expression.place.map(|(_, column)| column),
        "text": expression.text,
    });
    let outcome = match &expression.outcome {
        Outcome::Matched { sample, pattern } => {
            value["sample"] = sample.as_str().into();
            value["pattern"] = pattern.as_ref().map_or(Value::Null, self::pattern);
            "matched"
        }
        Outcome::Unmatched { samples, count } => {
            value["samples"] = samples.as_slice().into();
            value["count"] = (*count).into();
            "unmatched"
        }
        Outcome::Missing => "missing",
        Outcome::Unconverted { sample } => {
            value["sample"] = sample.as_str().into();
            "unconverted"
        }
        Outcome::Unavailable => "unavailable",
        Outcome::NotGiven { name } => {
            value["name"] = name.as_str().into();
            "not-given"
        }
        _ => "unknown",
    };
    value["outcome"] = outcome.into();
    value
}

fn pattern(pattern: &PatternReason) -> Value {
    json!({
        "text": pattern.text,
        "file": pattern.file,
        "line": pattern.line,
        "column": pattern.column,
    })
}
