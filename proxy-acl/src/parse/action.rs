//! Actions of rules with their arguments (configuration manual, 4.2).

use alloc::format;
use alloc::string::String;

use super::{answer, did_you_mean, expression, log_format, redirect};
use crate::ast::{FormatWord, List, RuleAction, TargetPart, Word};
use crate::decision::Action;
use crate::error::DiagnosticKind;
use crate::pattern::text::Place;
use crate::reporter::Reporter;
use crate::spelling;

/// Actions of `http-request` that decide or change something later rules see.
const SUPPORTED: &[&str] = &[
    "add-header",
    "allow",
    "del-header",
    "deny",
    "redirect",
    "reject",
    "return",
    "set-header",
    "set-method",
    "set-path",
    "set-pathq",
    "set-query",
    "set-uri",
    "set-var",
    "set-var-fmt",
    "silent-drop",
    "tarpit",
    "unset-var",
];

/// Those that neither decide nor change anything that rules can see.
const NEUTRAL: &[&str] = &[
    "cache-use",
    "disable-l7-retry",
    "early-hint",
    "set-log-level",
    "set-mark",
    "set-nice",
    "set-priority-class",
    "set-priority-offset",
    "set-timeout",
    "set-tos",
    "strict-mode",
    "wait-for-body",
    "wait-for-handshake",
];

/// HAProxy's other actions, without the brackets some of them take.
const UNSUPPORTED: &[&str] = &[
    "add-acl",
    "auth",
    "capture",
    "del-acl",
    "del-map",
    "do-resolve",
    "expect-netscaler-cip",
    "expect-proxy",
    "normalize-uri",
    "replace-header",
    "replace-path",
    "replace-pathq",
    "replace-uri",
    "replace-value",
    "sc-inc-gpc",
    "sc-inc-gpc0",
    "sc-inc-gpc1",
    "sc-set-gpt",
    "sc-set-gpt0",
    "send-spoe-group",
    "set-dst",
    "set-dst-port",
    "set-map",
    "set-src",
    "set-src-port",
    "switch-mode",
    "track-sc",
    "track-sc0",
    "track-sc1",
    "track-sc2",
    "use-service",
];

/// Reads the action `name` of `http-request` and takes its arguments off `rest`.
pub(super) fn http(
    name: &Word,
    rest: &mut &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<RuleAction> {
    let replace = |part, rest: &mut &[Word], reporter: &mut Reporter<'_>| {
        let value = format_argument(name, rest, reporter)?;
        Some(RuleAction::Replace { part, value })
    };
    Some(match name.text.as_slice() {
        b"allow" => RuleAction::Final(Action::Allow),
        b"deny" => {
            RuleAction::Final(Action::Deny { status: answer::status(name, 403, rest, reporter)? })
        }
        b"tarpit" => {
            RuleAction::Final(Action::Tarpit { status: answer::status(name, 500, rest, reporter)? })
        }
        b"return" => {
            RuleAction::Final(Action::Return { status: answer::status(name, 200, rest, reporter)? })
        }
        b"reject" => RuleAction::Final(Action::Reject),
        b"silent-drop" => RuleAction::Final(Action::SilentDrop),
        b"redirect" => RuleAction::Redirect(redirect::parse(name, rest, false, reporter)?),
        b"set-header" | b"add-header" => {
            let header = argument(name, rest, reporter)?.clone();
            let value = format_argument(name, rest, reporter)?;
            match name.is("set-header") {
                true => RuleAction::SetHeader { name: header, value },
                false => RuleAction::AddHeader { name: header, value },
            }
        }
        b"del-header" => remove_header(name, rest, reporter)?,
        b"set-path" => replace(TargetPart::Path, rest, reporter)?,
        b"set-pathq" => replace(TargetPart::PathQuery, rest, reporter)?,
        b"set-query" => replace(TargetPart::Query, rest, reporter)?,
        b"set-uri" => replace(TargetPart::Target, rest, reporter)?,
        b"set-method" => replace(TargetPart::Method, rest, reporter)?,
        text if text.contains(&b'(') => match variable(name, rest, reporter) {
            Some(action) => action?,
            None => return unknown(name, reporter),
        },
        _ if NEUTRAL.iter().any(|known| name.is(known)) => {
            skip(rest);
            reporter.skip(format!("http-request {}", name.display()));
            RuleAction::Nothing
        }
        _ => return unknown(name, reporter),
    })
}

/// Reads the action `name` of `tcp-request` and takes its arguments off `rest`.
pub(super) fn tcp(
    name: &Word,
    list: List,
    rest: &mut &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<RuleAction> {
    Some(match name.text.as_slice() {
        b"accept" => RuleAction::Final(Action::Allow),
        b"reject" => RuleAction::Final(Action::Reject),
        b"silent-drop" => RuleAction::Final(Action::SilentDrop),
        b"set-mark" | b"set-tos" | b"set-nice" | b"set-log-level" => {
            skip(rest);
            RuleAction::Nothing
        }
        text if text.contains(&b'(') && list != List::TcpConnection => {
            match variable(name, rest, reporter) {
                Some(action) => action?,
                None => return unknown(name, reporter),
            }
        }
        _ => return unknown(name, reporter),
    })
}

fn skip(rest: &mut &[Word]) {
    let condition = rest.iter().position(|word| word.is("if") || word.is("unless"));
    *rest = rest.get(condition.unwrap_or(rest.len())..).unwrap_or_default();
}

fn argument<'w>(
    name: &Word,
    rest: &mut &'w [Word],
    reporter: &mut Reporter<'_>,
) -> Option<&'w Word> {
    let Some((argument, after)) = rest.split_first() else {
        let message = format!("'{}' without its argument", name.display());
        reporter.error(DiagnosticKind::Action, name, message);
        return None;
    };
    *rest = after;
    Some(argument)
}

fn format_argument(
    name: &Word,
    rest: &mut &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<FormatWord> {
    let word = argument(name, rest, reporter)?;
    log_format::parse(word, reporter)
}

/// `del-header <name> [-m <method>]`
fn remove_header(
    name: &Word,
    rest: &mut &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<RuleAction> {
    let header = argument(name, rest, reporter)?.clone();
    let mut place = Place::Whole;
    if let [flag, method, after @ ..] = *rest {
        if flag.is("-m") {
            place = match method.text.as_slice() {
                b"str" => Place::Whole,
                b"beg" => Place::Prefix,
                b"end" => Place::Suffix,
                b"sub" => Place::Anywhere,
                _ => {
                    let message =
                        format!("the match method '{}' is not supported here", method.display());
                    reporter.error(DiagnosticKind::Unsupported, method, message);
                    return None;
                }
            };
            *rest = after;
        }
    }
    Some(RuleAction::RemoveHeader { name: header, place })
}

/// `set-var(name) expression`, `set-var-fmt(name) format`, `unset-var(name)`; the outer nothing says
/// that it is none of these.
#[expect(
    clippy::option_option,
    reason = "whether it is one and whether it is right are two questions"
)]
fn variable(
    word: &Word,
    rest: &mut &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<Option<RuleAction>> {
    let open = word.text.iter().position(|&byte| byte == b'(')?;
    let (action, name) = word.text.split_at(open);
    let name = name.strip_prefix(b"(")?.strip_suffix(b")")?;
    let name = Word { text: name.to_vec(), span: word.span };
    Some(match action {
        b"set-var" => {
            let value =
                argument(word, rest, reporter).and_then(|value| expression::fetch(value, reporter));
            value.map(|value| RuleAction::SetVariable { name, value })
        }
        b"set-var-fmt" => format_argument(word, rest, reporter)
            .map(|value| RuleAction::FormatVariable { name, value }),
        b"unset-var" => Some(RuleAction::UnsetVariable { name }),
        _ => return None,
    })
}

fn unknown<T>(name: &Word, reporter: &mut Reporter<'_>) -> Option<T> {
    let shown = name.display();
    let bare = name.utf8().split('(').next().unwrap_or_default();
    if UNSUPPORTED.contains(&bare) || bare.starts_with("lua.") {
        let message = format!("the action '{shown}' is not supported");
        reporter.error(DiagnosticKind::Unsupported, name, message);
        return None;
    }
    let known = SUPPORTED.iter().chain(NEUTRAL).chain(UNSUPPORTED).copied();
    let suggestion = spelling::nearest(bare.as_bytes(), known)
        .map_or_else(|| String::from("write 'allow' or 'deny'"), did_you_mean);
    let message = format!("unknown action '{shown}'");
    reporter.error(DiagnosticKind::Action, name, message).suggest(suggestion);
    None
}
