//! `http-request <action> [arguments] [if|unless <condition>]` (configuration manual, 4.2).

use alloc::format;
use alloc::string::String;

use super::{condition, did_you_mean};
use crate::ast::{RuleAction, RuleLine, Word};
use crate::error::DiagnosticKind;
use crate::reporter::Reporter;
use crate::spelling;

/// HAProxy's other actions, without the brackets some of them take.
const UNSUPPORTED: &[&str] = &[
    "add-acl",
    "add-header",
    "auth",
    "cache-use",
    "capture",
    "del-acl",
    "del-header",
    "del-map",
    "disable-l7-retry",
    "do-resolve",
    "early-hint",
    "normalize-uri",
    "redirect",
    "reject",
    "replace-header",
    "replace-path",
    "replace-pathq",
    "replace-uri",
    "replace-value",
    "return",
    "sc-inc-gpc",
    "sc-inc-gpc0",
    "sc-inc-gpc1",
    "sc-set-gpt",
    "sc-set-gpt0",
    "send-spoe-group",
    "set-dst",
    "set-dst-port",
    "set-header",
    "set-log-level",
    "set-map",
    "set-mark",
    "set-method",
    "set-nice",
    "set-path",
    "set-pathq",
    "set-priority-class",
    "set-priority-offset",
    "set-query",
    "set-src",
    "set-src-port",
    "set-timeout",
    "set-tos",
    "set-uri",
    "set-var",
    "set-var-fmt",
    "silent-drop",
    "strict-mode",
    "tarpit",
    "track-sc",
    "track-sc0",
    "track-sc1",
    "track-sc2",
    "unset-var",
    "use-service",
    "wait-for-body",
    "wait-for-handshake",
];

pub(super) fn parse(
    keyword: &Word,
    words: &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<RuleLine> {
    let Some((name, mut rest)) = words.split_first() else {
        reporter
            .error(
                DiagnosticKind::Action,
                keyword,
                String::from("'http-request' without an action"),
            )
            .suggest("write 'allow' or 'deny'");
        return None;
    };
    let action = match name.text.as_slice() {
        b"allow" => RuleAction::Allow,
        b"deny" => RuleAction::Deny { status: status(&mut rest, reporter)? },
        _ => {
            unknown(name, reporter);
            return None;
        }
    };
    let condition = match rest.split_first() {
        None => None,
        Some((word, after)) if word.is("if") || word.is("unless") => {
            Some(condition::parse(word, after, reporter)?)
        }
        Some((word, _)) => {
            let (shown, action) = (word.display(), name.display());
            let deny_argument =
                action == "deny" && DENY_ARGUMENTS.iter().any(|known| word.is(known));
            if deny_argument {
                let message = format!("the argument '{shown}' of 'deny' is not supported");
                reporter.error(DiagnosticKind::Unsupported, word, message);
            } else {
                let message = format!("expected 'if' or 'unless' after '{action}', not '{shown}'");
                let report = reporter.error(DiagnosticKind::Action, word, message);
                if let Some(near) = spelling::nearest(&word.text, ["if", "unless", "deny_status"]) {
                    report.suggest(did_you_mean(near));
                }
            }
            return None;
        }
    };
    let span = keyword.span.to(words.last().unwrap_or(name).span);
    Some(RuleLine { action, condition, span })
}

/// What may stand after `deny` beside the status, and changes the response only.
const DENY_ARGUMENTS: &[&str] = &[
    "content-type",
    "default-errorfiles",
    "errorfile",
    "errorfiles",
    "file",
    "hdr",
    "lf-file",
    "lf-string",
    "string",
];

/// Statuses for which HAProxy has a page built in; `deny_status` takes no other.
const WITH_PAGE: [u16; 19] =
    [200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 421, 422, 425, 429, 500, 501, 502, 503, 504];

/// Reads `deny_status <code>`, which must come first, and `status <code>`; the last one counts.
fn status(words: &mut &[Word], reporter: &mut Reporter<'_>) -> Option<u16> {
    let mut status = None;
    while let Some((argument, rest)) = words.split_first() {
        let with_page = status.is_none() && argument.is("deny_status");
        if !(with_page || argument.is("status")) {
            break;
        }
        let Some((code, rest)) = rest.split_first() else {
            let message = format!("'{}' without a status code", argument.display());
            reporter.error(DiagnosticKind::Action, argument, message);
            return None;
        };
        let shown = code.display();
        let number = match shown.parse() {
            Ok(number @ 200..=599) => number,
            _ => {
                let message = format!("'{shown}' is not a status code");
                reporter
                    .error(DiagnosticKind::Action, code, message)
                    .suggest("write a number from 200 to 599");
                return None;
            }
        };
        if with_page && !WITH_PAGE.contains(&number) {
            let message = format!("'deny_status' has no page for the status code {number}");
            reporter
                .error(DiagnosticKind::Action, code, message)
                .suggest("write 'status' instead, or one of 400 401 403 404 410 429 503");
            return None;
        }
        status = Some(number);
        *words = rest;
    }
    Some(status.unwrap_or(403))
}

fn unknown(name: &Word, reporter: &mut Reporter<'_>) {
    let shown = name.display();
    let bare = shown.split('(').next().unwrap_or_default();
    if UNSUPPORTED.contains(&bare) || bare.starts_with("lua.") {
        let message = format!("the action '{shown}' is not supported");
        reporter.error(DiagnosticKind::Unsupported, name, message);
        return;
    }
    let known = ["allow", "deny"].into_iter().chain(UNSUPPORTED.iter().copied());
    let suggestion = spelling::nearest(bare.as_bytes(), known)
        .map_or_else(|| String::from("write 'allow' or 'deny'"), did_you_mean);
    let message = format!("unknown action '{shown}'");
    reporter.error(DiagnosticKind::Action, name, message).suggest(suggestion);
}
