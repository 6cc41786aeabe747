//! Lines that act: `http-request`, `tcp-request`, `redirect`, `use_backend`, `http-response`,
//! `tcp-response` (configuration manual, 4.2).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{action, condition, delay, did_you_mean, redirect};
use crate::ast::{List, RuleAction, RuleLine, Word};
use crate::error::DiagnosticKind;
use crate::reporter::Reporter;
use crate::spelling;

/// `http-request <action> [arguments] [condition]`, and the same of `http-response`
pub(super) fn http(
    list: List,
    keyword: &Word,
    words: &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<RuleLine> {
    let Some((name, mut rest)) = words.split_first() else {
        let message = format!("'{}' without an action", keyword.display());
        reporter.error(DiagnosticKind::Action, keyword, message).suggest("write 'allow' or 'deny'");
        return None;
    };
    let action = action::parse(name, list, &mut rest, reporter)?;
    finish(list, action, keyword, words, rest, reporter)
}

/// `tcp-request connection|session|content <action> [arguments] [condition]`
pub(super) fn tcp_request(
    keyword: &Word,
    words: &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<RuleLine> {
    let lists: &[_] = &[
        ("connection", List::TcpConnection),
        ("session", List::TcpSession),
        ("content", List::TcpContent),
    ];
    tcp(lists, keyword, words, reporter)
}

/// `tcp-response content <action> [arguments] [condition]`
pub(super) fn tcp_response(
    keyword: &Word,
    words: &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<RuleLine> {
    tcp(&[("content", List::TcpResponse)], keyword, words, reporter)
}

fn tcp(
    lists: &[(&str, List)],
    keyword: &Word,
    words: &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<RuleLine> {
    let names: Vec<&str> = lists.iter().map(|(name, _)| *name).collect();
    let suggestion = || format!("write '{}', then 'accept' or 'reject'", names.join("', '"));
    if let Some(list) = words.first().filter(|list| list.is("inspect-delay")) {
        reporter.skip(format!("{} inspect-delay", keyword.display()));
        delay::check(list, words.get(1), reporter);
        return None;
    }
    let [list, name, rest @ ..] = words else {
        let message = format!("'{}' without a list and an action", keyword.display());
        reporter.error(DiagnosticKind::Action, keyword, message).suggest(suggestion());
        return None;
    };
    let Some((_, found)) = lists.iter().find(|(name, _)| list.is(name)) else {
        let message = format!("'{}' is no list of '{}'", list.display(), keyword.display());
        reporter.error(DiagnosticKind::Action, list, message).suggest(suggestion());
        return None;
    };
    let mut rest = rest;
    let action = action::parse(name, *found, &mut rest, reporter)?;
    finish(*found, action, keyword, words, rest, reporter)
}

/// `redirect <kind> <target> [options] [condition]`
pub(super) fn redirect(
    keyword: &Word,
    words: &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<RuleLine> {
    let mut rest = words;
    let redirect = redirect::parse(keyword, &mut rest, List::Redirect, reporter)?;
    finish(List::Redirect, RuleAction::Redirect(redirect), keyword, words, rest, reporter)
}

/// `use_backend <backend> [condition]`
pub(super) fn use_backend(
    keyword: &Word,
    words: &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<RuleLine> {
    let Some((name, rest)) = words.split_first() else {
        let message = String::from("'use_backend' without a backend");
        reporter.error(DiagnosticKind::Action, keyword, message);
        return None;
    };
    finish(List::UseBackend, RuleAction::Backend(name.clone()), keyword, words, rest, reporter)
}

/// `default_backend <backend>`
pub(super) fn default_backend(
    keyword: &Word,
    words: &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<Word> {
    if let [name] = words {
        return Some(name.clone());
    }
    let message = String::from("'default_backend' takes the name of one backend");
    reporter.error(DiagnosticKind::Action, keyword, message);
    None
}

/// Reads the condition behind an action and its arguments.
fn finish(
    list: List,
    action: RuleAction,
    keyword: &Word,
    words: &[Word],
    rest: &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<RuleLine> {
    let condition = match rest.split_first() {
        None => None,
        Some((word, after)) if word.is("if") || word.is("unless") => {
            Some(condition::parse(word, after, reporter)?)
        }
        Some((word, _)) => {
            let before = words.iter().rev().nth(rest.len()).unwrap_or(keyword);
            if before.is("if") || before.is("unless") {
                let message = format!(
                    "'{0}' is taken for a value, since none stands before it",
                    before.display()
                );
                reporter
                    .error(DiagnosticKind::Action, before, message)
                    .suggest("write the value that the action takes before the condition");
                return None;
            }
            let message = format!(
                "expected 'if' or 'unless' after '{}', not '{}'",
                before.display(),
                word.display()
            );
            let report = reporter.error(DiagnosticKind::Action, word, message);
            if word.is("deny_status") {
                report.suggest("'deny_status' must come first, right behind 'deny' or 'tarpit'");
            } else if word.text.iter().all(u8::is_ascii_digit) {
                report.suggest("to choose the answer's status, write 'deny_status' before it");
            } else if let Some(near) =
                spelling::nearest(&word.text, ["if", "unless", "deny_status"])
            {
                report.suggest(did_you_mean(near));
            } else {
                report.suggest("put 'if' or 'unless' before a condition");
            }
            return None;
        }
    };
    let span = keyword.span.to(words.last().unwrap_or(keyword).span);
    Some(RuleLine { list, action, condition, span })
}
