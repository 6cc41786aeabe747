//! Actions of rules with their arguments (configuration manual, 4.2).

use alloc::format;

use super::{answer, did_you_mean, expression, log_format, redirect};
use crate::ast::{ChangeWord, End, FormatWord, List, NameMatch, RuleAction, TargetPart, Word};
use crate::decision::Action;
use crate::error::DiagnosticKind;
use crate::normalize::Normalizer;
use crate::reporter::Reporter;
use crate::spelling;

/// The actions of a kind of rules, without the brackets some of them take.
struct Table {
    /// Those that decide or change something later rules see.
    supported: &'static [&'static str],
    /// Those that neither decide nor change anything that rules can see.
    neutral: &'static [&'static str],
    unsupported: &'static [&'static str],
}

static REQUEST: Table = Table {
    supported: &[
        "add-header",
        "allow",
        "auth",
        "del-header",
        "deny",
        "normalize-uri",
        "redirect",
        "reject",
        "replace-header",
        "replace-path",
        "replace-pathq",
        "replace-uri",
        "replace-value",
        "return",
        "set-dst",
        "set-dst-port",
        "set-header",
        "set-method",
        "set-path",
        "set-pathq",
        "set-query",
        "set-src",
        "set-src-port",
        "set-uri",
        "set-var",
        "set-var-fmt",
        "silent-drop",
        "tarpit",
        "unset-var",
        "use-service",
    ],
    neutral: &[
        "cache-use",
        "capture",
        "disable-l7-retry",
        "early-hint",
        "sc-inc-gpc",
        "sc-inc-gpc0",
        "sc-inc-gpc1",
        "sc-set-gpt",
        "sc-set-gpt0",
        "set-log-level",
        "set-mark",
        "set-nice",
        "set-priority-class",
        "set-priority-offset",
        "set-timeout",
        "set-tos",
        "strict-mode",
        "track-sc0",
        "track-sc1",
        "track-sc2",
        "wait-for-body",
        "wait-for-handshake",
    ],
    unsupported: &[
        "add-acl",
        "del-acl",
        "del-map",
        "do-resolve",
        "ot-group",
        "send-spoe-group",
        "set-map",
    ],
};

static RESPONSE: Table = Table {
    supported: &[
        "add-header",
        "allow",
        "del-header",
        "deny",
        "redirect",
        "replace-header",
        "replace-value",
        "return",
        "set-header",
        "set-status",
        "set-var",
        "set-var-fmt",
        "silent-drop",
        "unset-var",
    ],
    neutral: &[
        "cache-store",
        "capture",
        "sc-inc-gpc",
        "sc-inc-gpc0",
        "sc-inc-gpc1",
        "sc-set-gpt",
        "sc-set-gpt0",
        "set-log-level",
        "set-mark",
        "set-nice",
        "set-tos",
        "strict-mode",
        "track-sc0",
        "track-sc1",
        "track-sc2",
        "wait-for-body",
    ],
    unsupported: &["add-acl", "del-acl", "del-map", "ot-group", "send-spoe-group", "set-map"],
};

static CONNECTION: Table = Table {
    supported: &[
        "accept",
        "reject",
        "set-dst",
        "set-dst-port",
        "set-src",
        "set-src-port",
        "set-var",
        "set-var-fmt",
        "silent-drop",
        "unset-var",
    ],
    neutral: &[
        "expect-netscaler-cip",
        "expect-proxy",
        "sc-inc-gpc",
        "sc-inc-gpc0",
        "sc-inc-gpc1",
        "sc-set-gpt",
        "sc-set-gpt0",
        "set-mark",
        "set-tos",
        "track-sc0",
        "track-sc1",
        "track-sc2",
    ],
    unsupported: &[],
};

static CONTENT: Table = Table {
    supported: &[
        "accept",
        "reject",
        "set-dst",
        "set-dst-port",
        "set-src",
        "set-src-port",
        "set-var",
        "set-var-fmt",
        "silent-drop",
        "unset-var",
        "use-service",
    ],
    neutral: &[
        "capture",
        "sc-inc-gpc",
        "sc-inc-gpc0",
        "sc-inc-gpc1",
        "sc-set-gpt",
        "sc-set-gpt0",
        "set-log-level",
        "set-mark",
        "set-nice",
        "set-priority-class",
        "set-priority-offset",
        "set-tos",
        "track-sc0",
        "track-sc1",
        "track-sc2",
    ],
    unsupported: &["do-resolve", "ot-group", "send-spoe-group", "switch-mode"],
};

static CONTENT_OF_RESPONSE: Table = Table {
    supported: &["accept", "close", "reject", "set-var", "set-var-fmt", "silent-drop", "unset-var"],
    neutral: &[
        "sc-inc-gpc",
        "sc-inc-gpc0",
        "sc-inc-gpc1",
        "sc-set-gpt",
        "sc-set-gpt0",
        "set-log-level",
        "set-mark",
        "set-nice",
        "set-tos",
    ],
    unsupported: &["ot-group", "send-spoe-group"],
};

impl Table {
    fn of(list: List) -> &'static Self {
        match list {
            List::TcpConnection | List::TcpSession => &CONNECTION,
            List::TcpContent => &CONTENT,
            List::TcpResponse => &CONTENT_OF_RESPONSE,
            List::HttpResponse => &RESPONSE,
            List::HttpRequest | List::Redirect | List::UseBackend => &REQUEST,
        }
    }
}

/// Reads the action `name` of a rule of this list, and takes its arguments off `rest`.
pub(super) fn parse(
    name: &Word,
    list: List,
    rest: &mut &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<RuleAction> {
    let bare = name.utf8().split('(').next().unwrap_or_default();
    let table = Table::of(list);
    if table.neutral.contains(&bare) {
        skip(rest);
        reporter.skip(format!("{} {bare}", list.name()));
        return Some(RuleAction::Nothing);
    }
    if !table.supported.contains(&bare) {
        unknown(name, bare, table, reporter);
        return None;
    }
    let of_response = list == List::HttpResponse;
    Some(match bare {
        "allow" | "accept" => RuleAction::Final(Action::Allow),
        "deny" => {
            let default = if of_response { 502 } else { 403 };
            let status = answer::status(name, default, rest, reporter)?;
            RuleAction::Final(Action::Deny { status })
        }
        "tarpit" => {
            RuleAction::Final(Action::Tarpit { status: answer::status(name, 500, rest, reporter)? })
        }
        "return" => {
            RuleAction::Final(Action::Return { status: answer::status(name, 200, rest, reporter)? })
        }
        "reject" | "close" => RuleAction::Final(Action::Reject),
        "silent-drop" => RuleAction::Final(Action::SilentDrop),
        "use-service" => {
            argument(name, rest, reporter)?;
            RuleAction::Final(Action::Service)
        }
        "auth" => {
            if let Some((_, after)) = rest.split_first().filter(|(word, _)| word.is("realm")) {
                *rest = after;
                argument(name, rest, reporter)?;
            }
            RuleAction::Final(Action::Authenticate)
        }
        "redirect" => RuleAction::Redirect(redirect::parse(name, rest, list, reporter)?),
        _ => RuleAction::Change(change(name, bare, rest, reporter)?),
    })
}

/// Reads an action that changes something.
fn change(
    name: &Word,
    bare: &str,
    rest: &mut &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<ChangeWord> {
    let replace = |part, rest: &mut &[Word], reporter: &mut Reporter<'_>| {
        let value = format_argument(name, rest, reporter)?;
        Some(ChangeWord::Replace { part, value })
    };
    let substitute = |part, rest: &mut &[Word], reporter: &mut Reporter<'_>| {
        let regex = argument(name, rest, reporter)?.clone();
        let value = format_argument(name, rest, reporter)?;
        Some(ChangeWord::Substitute { part, regex, value })
    };
    let set_end = |end, rest: &mut &[Word], reporter: &mut Reporter<'_>| {
        let word = argument(name, rest, reporter)?;
        Some(ChangeWord::SetEnd { end, value: expression::fetch(word, reporter)? })
    };
    Some(match bare {
        "set-header" => ChangeWord::SetHeader {
            name: argument(name, rest, reporter)?.clone(),
            value: format_argument(name, rest, reporter)?,
        },
        "add-header" => ChangeWord::AddHeader {
            name: argument(name, rest, reporter)?.clone(),
            value: format_argument(name, rest, reporter)?,
        },
        "del-header" => remove_header(name, rest, reporter)?,
        "replace-header" | "replace-value" => ChangeWord::SubstituteHeader {
            name: argument(name, rest, reporter)?.clone(),
            regex: argument(name, rest, reporter)?.clone(),
            value: format_argument(name, rest, reporter)?,
            whole: bare == "replace-header",
        },
        "replace-path" => substitute(TargetPart::Path, rest, reporter)?,
        "replace-pathq" => substitute(TargetPart::PathQuery, rest, reporter)?,
        "replace-uri" => substitute(TargetPart::Target, rest, reporter)?,
        "set-path" => replace(TargetPart::Path, rest, reporter)?,
        "set-pathq" => replace(TargetPart::PathQuery, rest, reporter)?,
        "set-query" => replace(TargetPart::Query, rest, reporter)?,
        "set-uri" => replace(TargetPart::Target, rest, reporter)?,
        "set-method" => replace(TargetPart::Method, rest, reporter)?,
        "set-src" => set_end(End::Source, rest, reporter)?,
        "set-src-port" => set_end(End::SourcePort, rest, reporter)?,
        "set-dst" => set_end(End::Destination, rest, reporter)?,
        "set-dst-port" => set_end(End::DestinationPort, rest, reporter)?,
        "set-status" => set_status(name, rest, reporter)?,
        "normalize-uri" => normalize(name, rest, reporter)?,
        _ => variable(name, bare, rest, reporter)?,
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
) -> Option<ChangeWord> {
    let header = argument(name, rest, reporter)?.clone();
    let mut matching = NameMatch::Whole;
    if let [flag, method, after @ ..] = *rest {
        if flag.is("-m") {
            matching = match method.text.as_slice() {
                b"str" => NameMatch::Whole,
                b"beg" => NameMatch::Prefix,
                b"end" => NameMatch::Suffix,
                b"sub" => NameMatch::Anywhere,
                b"reg" => NameMatch::Regex,
                _ => {
                    let message =
                        format!("'{}' is no match method of 'del-header'", method.display());
                    reporter
                        .error(DiagnosticKind::MatchMethod, method, message)
                        .suggest("choose one of str, beg, end, sub, reg");
                    return None;
                }
            };
            *rest = after;
        }
    }
    Some(ChangeWord::RemoveHeader { name: header, matching })
}

/// `set-status <status> [reason <text>]`
fn set_status(name: &Word, rest: &mut &[Word], reporter: &mut Reporter<'_>) -> Option<ChangeWord> {
    let word = argument(name, rest, reporter)?;
    let Ok(status @ 100..=999) = word.utf8().parse() else {
        let message = format!("'{}' is not a status", word.display());
        reporter
            .error(DiagnosticKind::Action, word, message)
            .suggest("write a number from 100 to 999");
        return None;
    };
    if let [reason, _, after @ ..] = *rest {
        if reason.is("reason") {
            *rest = after;
        }
    }
    Some(ChangeWord::SetStatus(status))
}

/// `normalize-uri <normalizer> [full|strict]`
fn normalize(name: &Word, rest: &mut &[Word], reporter: &mut Reporter<'_>) -> Option<ChangeWord> {
    let word = argument(name, rest, reporter)?;
    let option = rest.first().filter(|word| word.is("full") || word.is("strict"));
    let named = Normalizer::named(word.utf8(), option.map(Word::utf8));
    let Some((normalizer, used)) = named else {
        let message = format!("unknown normalizer '{}'", word.display());
        let near = spelling::nearest(&word.text, Normalizer::NAMES);
        let report = reporter.error(DiagnosticKind::Action, word, message);
        if let Some(near) = near {
            report.suggest(did_you_mean(near));
        }
        return None;
    };
    *rest = rest.get(usize::from(used)..).unwrap_or_default();
    if !used && !rest.is_empty() && normalizer.has_option() {
        let message =
            format!("HAProxy 2.6 takes '{}' for 'path-merge-slashes' here", word.display());
        reporter
            .warning(DiagnosticKind::Misread, word, message)
            .suggest("put an option before the condition, or leave the condition out");
        return Some(ChangeWord::Normalize(Normalizer::MergeSlashes));
    }
    Some(ChangeWord::Normalize(normalizer))
}

/// `set-var(name) expression`, `set-var-fmt(name) format`, `unset-var(name)`.
fn variable(
    word: &Word,
    action: &str,
    rest: &mut &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<ChangeWord> {
    let name = word.text.get(action.len()..).unwrap_or_default();
    let Some(name) = name.strip_prefix(b"(").and_then(|name| name.strip_suffix(b")")) else {
        let message = format!("'{action}' without the name of a variable");
        reporter
            .error(DiagnosticKind::Action, word, message)
            .suggest(format!("write it in brackets, as in '{action}(txn.name)'"));
        return None;
    };
    if name.contains(&b',') {
        let message = format!("conditions in the brackets of '{action}' are not supported");
        reporter.error(DiagnosticKind::Unsupported, word, message);
        return None;
    }
    let name = Word { text: name.to_vec(), span: word.span };
    Some(match action {
        "set-var" => {
            let value = argument(word, rest, reporter)?;
            ChangeWord::SetVariable { name, value: expression::fetch(value, reporter)? }
        }
        "set-var-fmt" => {
            ChangeWord::FormatVariable { name, value: format_argument(word, rest, reporter)? }
        }
        _ => ChangeWord::UnsetVariable { name },
    })
}

fn unknown(name: &Word, bare: &str, table: &Table, reporter: &mut Reporter<'_>) {
    let shown = name.display();
    if table.unsupported.contains(&bare) || bare.starts_with("lua.") {
        let message = format!("the action '{shown}' is not supported");
        reporter.error(DiagnosticKind::Unsupported, name, message);
        return;
    }
    let known = [table.supported, table.neutral, table.unsupported];
    let suggestion = spelling::nearest(bare.as_bytes(), known.into_iter().flatten().copied())
        .map_or_else(
            || format!("it takes, among others, '{}'", table.supported.join("', '")),
            did_you_mean,
        );
    let message = format!("unknown action '{shown}'");
    reporter.error(DiagnosticKind::Action, name, message).suggest(suggestion);
}
