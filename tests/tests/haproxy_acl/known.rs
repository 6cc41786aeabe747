//! The ways in which the parser and haproxy differ about what is a mistake; the README of proxy-acl says
//! why.

use proxy_acl::{Diagnostic, DiagnosticKind as Kind};

use crate::mutation::Answers;

/// A way to differ, and whether an answer is of it.
type Known = (&'static str, fn(&Answers<'_>) -> bool);

pub(crate) const KNOWN: [Known; 5] = [
    ("a path of 'json_query' behind whose end haproxy reads", json_path),
    ("look-around and its like, flags of '%'", unsupported),
    ("a line without bearing on access", skipped_line),
    ("a number of which haproxy makes nothing useful", low_bits),
    ("a keyword of a section without rules", keyword),
];

/// Whether haproxy says this when all lines are read and nothing else is wrong.
pub(crate) fn is_said_last(error: &Diagnostic, line: &str) -> bool {
    let is_expression = error.message.contains("expression")
        || error.message.contains("argument 1 of 'regsub' is empty");
    matches!(error.kind, Kind::Backend | Kind::Reference)
        || is_in_name(error, line)
        || is_expression && error.kind != Kind::Pattern && error.word.contains("regsub(")
}

/// Whether it is the text by which `use_backend` names a backend.
fn is_in_name(error: &Diagnostic, line: &str) -> bool {
    let end = [" if ", " unless "].iter().filter_map(|word| line.find(word)).min();
    line.trim_start().starts_with("use_backend ")
        && error.word.contains('%')
        && error.column as usize <= end.unwrap_or(line.len())
        // What stands behind the name.
        && error.kind != Kind::Action
}

/// haproxy accepts what is refused here, or finds another mistake below.
fn is_refused_here(answers: &Answers<'_>) -> bool {
    let ours = answers.ours();
    ours.is_some_and(|ours| answers.theirs_at().map_or(answers.is_accepted(), |at| ours.line < at))
}

/// What is refused here, if anything, haproxy says after the mistake that it finds at this line.
fn is_refused_later(answers: &Answers<'_>, at: u32) -> bool {
    answers.ours().is_none_or(|ours| ours.line > at || is_said_last(ours, answers.line(ours.line)))
}

fn json_path(answers: &Answers<'_>) -> bool {
    answers.ours().is_some_and(|ours| ours.message.contains("is not a path in a JSON text"))
        && is_refused_here(answers)
}

fn unsupported(answers: &Answers<'_>) -> bool {
    answers.ours().is_some_and(|ours| matches!(ours.kind, Kind::Unsupported | Kind::Predicate))
        && is_refused_here(answers)
}

/// Keywords without bearing on access, with which mutated lines may begin.
const SKIPPED: [&str; 9] = [
    "balance",
    "bind",
    "compression",
    "description",
    "filter",
    "option",
    "retry-on",
    "source",
    "stick-table",
];

/// Of lines that are skipped nothing behind the keyword is checked.
fn skipped_line(answers: &Answers<'_>) -> bool {
    let Some(at) = answers.theirs_at() else { return false };
    let keyword = answers.line(at).split(' ').find(|word| !word.is_empty()).unwrap_or_default();
    is_refused_later(answers, at) && SKIPPED.contains(&keyword)
}

/// Lines of sections other than proxies are not looked at.
fn keyword(answers: &Answers<'_>) -> bool {
    let sections = ["global", "users", "peers", "resolvers", "mailers", "http-errors"];
    answers.theirs_at().is_some_and(|at| is_refused_later(answers, at))
        && answers.theirs().contains("unknown keyword '")
        && sections.iter().any(|name| answers.theirs().contains(&format!("' in '{name}'")))
}

/// haproxy takes the low 32 bits, and then reads outside of what it remembers of headers, or never ends.
fn low_bits(answers: &Answers<'_>) -> bool {
    let messages = ["takes a separator and a number of bytes", "the occurrence "];
    answers.ours().is_some_and(|ours| {
        messages.iter().any(|message| ours.message.contains(message))
            && ours.word.bytes().filter(u8::is_ascii_digit).count() > 9
    }) && is_refused_here(answers)
}
