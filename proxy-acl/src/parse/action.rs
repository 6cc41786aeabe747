//! Actions of rules with their arguments (configuration manual, 4.2).

use alloc::format;
use alloc::vec::Vec;

use super::action_name::{self, Effect};
use super::{answer, capture, did_you_mean, fetch, log_format, redirect};
use crate::ast::{ChangeWord, End, FormatWord, List, NameMatch, RuleAction, TargetPart, Word};
use crate::decision::Action;
use crate::error::DiagnosticKind;
use crate::normalize::Normalizer;
use crate::number;
use crate::quote;
use crate::reporter::Reporter;
use crate::spelling;
use crate::update::UpdateKind;
use crate::variable::Guard;

/// Reads the action `name` of a rule of this list, and takes its arguments off `rest`.
pub(super) fn parse(
    name: &Word,
    list: List,
    rest: &mut &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<RuleAction> {
    let bare = action_name::without_brackets(name.utf8());
    match action_name::effect(bare, list) {
        Some(Effect::Seen) => {}
        Some(Effect::Unseen) => {
            // Those of that list are counted as not evaluated.
            if list != List::HttpAfterResponse {
                reporter.skip(format!("{} {bare}", list.name()));
            }
            if bare.starts_with("track-sc") {
                return tracked(name, rest, reporter);
            }
            if bare == "capture" {
                return capture::action(name, list, rest, reporter);
            }
            if bare == "set-log-level" {
                level(name, rest, reporter)?;
            } else {
                skip(rest);
            }
            return Some(RuleAction::Nothing);
        }
        Some(Effect::Unsupported) => {
            let message = format!("the action '{}' is not supported", name.display());
            reporter.error(DiagnosticKind::Unsupported, name, message);
            return None;
        }
        None => {
            unknown(name, bare, list, reporter);
            return None;
        }
    }
    let of_response = list == List::HttpResponse;
    Some(match bare {
        "allow" | "accept" => RuleAction::Final(Action::Allow),
        "deny" => {
            let default = if of_response { 502 } else { 403 };
            let (status, texts) = answer::parse(name, default, rest, reporter)?;
            RuleAction::Answer { action: Action::Deny { status }, texts }
        }
        "tarpit" => {
            let (status, texts) = answer::parse(name, 500, rest, reporter)?;
            RuleAction::Answer { action: Action::Tarpit { status }, texts }
        }
        "return" => {
            let (status, texts) = answer::parse(name, 200, rest, reporter)?;
            RuleAction::Answer { action: Action::Return { status }, texts }
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
        Some(ChangeWord::SetEnd { end, value: fetch::fetch(word, reporter)? })
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
        "add-acl" => update(UpdateKind::AddAcl, name, rest, reporter)?,
        "del-acl" => update(UpdateKind::DelAcl, name, rest, reporter)?,
        "set-map" => update(UpdateKind::SetMap, name, rest, reporter)?,
        "del-map" => update(UpdateKind::DelMap, name, rest, reporter)?,
        _ => variable(name, bare, rest, reporter)?,
    })
}

/// `<sample> [table <name>]`
fn tracked(name: &Word, rest: &mut &[Word], reporter: &mut Reporter<'_>) -> Option<RuleAction> {
    let sample = fetch::sample(name, rest, reporter)?;
    let mut table = None;
    if let Some((word, after)) = rest.split_first().filter(|(word, _)| word.is("table")) {
        *rest = after;
        table = Some(argument(word, rest, reporter)?.clone());
    }
    Some(RuleAction::Track { sample, table })
}

/// The levels of log lines, from which `set-log-level` chooses.
const LEVELS: [&str; 9] =
    ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug", "silent"];

fn level(name: &Word, rest: &mut &[Word], reporter: &mut Reporter<'_>) -> Option<()> {
    let word = argument(name, rest, reporter)?;
    if LEVELS.iter().any(|level| word.is(level)) {
        return Some(());
    }
    let message = format!("'{}' is not a level of logging", word.display());
    let report = reporter.error(DiagnosticKind::Action, word, message);
    report.suggest(match spelling::nearest(&word.text, LEVELS) {
        Some(near) => did_you_mean(near),
        None => format!("choose one of {}", LEVELS.join(", ")),
    });
    None
}

fn skip(rest: &mut &[Word]) {
    let condition = rest.iter().position(|word| word.is("if") || word.is("unless"));
    *rest = rest.get(condition.unwrap_or(rest.len())..).unwrap_or_default();
}

pub(super) fn argument<'w>(
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
    let number = number::up_to(999, &word.text).and_then(|number| u16::try_from(number).ok());
    let Some(status @ 100..) = number else {
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

/// `add-acl(<file>) <key>` and `del-acl`, `set-map(<file>) <key> <value>` and `del-map`.
fn update(
    kind: UpdateKind,
    name: &Word,
    rest: &mut &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<ChangeWord> {
    let begin = kind.name().len() + 1;
    let end = name.text.len().saturating_sub(1);
    let file = name.text.get(begin..end).unwrap_or_default();
    if !(name.text.ends_with(b")") && name.text.get(begin - 1) == Some(&b'(')) {
        let message = format!("'{kind}' without the name of its file in brackets");
        reporter
            .warning(DiagnosticKind::Misread, name, message)
            .suggest(format!("HAProxy takes part of the line: write '{kind}(names.lst)'"));
    }
    let file = Word { text: file.to_vec(), span: name.span };
    let key = format_argument(name, rest, reporter)?;
    let value = match kind {
        UpdateKind::SetMap => Some(format_argument(name, rest, reporter)?),
        UpdateKind::AddAcl | UpdateKind::DelAcl | UpdateKind::DelMap => None,
    };
    Some(ChangeWord::Update { kind, file, key, value })
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
    let mut parts = name.split(|byte| *byte == b',');
    let name = parts.next().unwrap_or_default();
    let guards = guards(name, parts, action, word, reporter)?;
    let name = Word { text: name.to_vec(), span: word.span };
    Some(match action {
        "set-var" => {
            let value = fetch::sample(word, rest, reporter)?;
            ChangeWord::SetVariable { name, guards, value }
        }
        "set-var-fmt" => {
            let value = if rest.first().is_none_or(|text| text.text.is_empty()) {
                *rest = rest.get(1..).unwrap_or_default();
                let message = format!("'{}' without its text", word.display());
                reporter.warning(DiagnosticKind::Misread, word, message).suggest(
                    "HAProxy 2.6 accepts it, and crashes where the rule applies: write the text",
                );
                FormatWord { pieces: Vec::new(), texts: 0 }
            } else {
                format_argument(word, rest, reporter)?
            };
            ChangeWord::FormatVariable { name, guards, value }
        }
        _ => ChangeWord::UnsetVariable { name },
    })
}

/// The conditions behind the name of a variable.
fn guards<'t>(
    variable: &[u8],
    names: impl Iterator<Item = &'t [u8]>,
    action: &str,
    word: &Word,
    reporter: &mut Reporter<'_>,
) -> Option<Vec<Guard>> {
    let mut guards = Vec::new();
    // HAProxy looks at nothing behind an empty one.
    for name in names.take_while(|name| !name.is_empty()) {
        let known = Guard::NAMES.iter().find(|(known, _)| known.as_bytes() == name);
        if let Some((known, guard)) = known.filter(|_| action != "unset-var") {
            // Those of the process exist as soon as a rule names them.
            match (*known, variable.starts_with(b"proc.")) {
                ("ifexists", true) => {}
                ("ifnotexists", true) => guards.push(Guard::Never),
                _ => guards.push(*guard),
            }
            continue;
        }
        let message = format!("'{}' is no condition of '{action}'", quote::shown(name));
        let report = reporter.error(DiagnosticKind::Action, word, message);
        if let Some(near) = spelling::nearest(name, Guard::NAMES.map(|(name, _)| name)) {
            report.suggest(did_you_mean(near));
        }
        return None;
    }
    Some(guards)
}

fn unknown(name: &Word, bare: &str, list: List, reporter: &mut Reporter<'_>) {
    let seen = |known: &&str| action_name::effect(known, list) == Some(Effect::Seen);
    let suggestion = spelling::nearest(bare.as_bytes(), action_name::names(list)).map_or_else(
        || {
            let names: Vec<&str> = action_name::names(list).filter(seen).collect();
            format!("it takes, among others, '{}'", names.join("', '"))
        },
        did_you_mean,
    );
    let message = format!("unknown action '{}'", name.display());
    reporter.error(DiagnosticKind::Action, name, message).suggest(suggestion);
}
