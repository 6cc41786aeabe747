//! The ways in which the parser and haproxy differ about what is a mistake; the README of proxy-acl says
//! why.

use std::net::IpAddr;

use proxy_acl::DiagnosticKind as Kind;

use crate::mutation::Answers;

/// A way to differ, and whether an answer is of it.
type Known = (&'static str, fn(&Answers<'_>) -> bool);

pub(crate) const KNOWN: [Known; 20] = [
    ("a section with more than its name", section_with_more),
    ("an address with a sign or leading zeros", address),
    ("an address with leading zeros or a port as a map's value", mapped_address),
    ("a version behind an operator, and 'ne'", number),
    ("a status with letters behind it", status),
    ("a path of 'json_query' that leads nowhere", json_path),
    ("look-around and its like, flags of '%'", unsupported),
    ("an expression that haproxy compiles last", late_expression),
    ("a backend that haproxy looks for last", late_backend),
    ("the text of 'use_backend', which haproxy reads last", late_text),
    ("an empty word behind '-u'", empty_number),
    ("a line without bearing on access", skipped_line),
    ("a level of logging", |answers| is_skipped(answers, "set-log-level")),
    ("a delay", |answers| is_skipped(answers, "inspect-delay")),
    ("a header of an answer", |answers| is_skipped(answers, " hdr ")),
    ("the text of an answer", |answers| is_skipped(answers, " lf-string ")),
    ("a table", table),
    ("the number of a counter beyond 32 bits, or with leading zeros", counter),
    ("a number whose low 32 bits do not fit", low_bits),
    ("a keyword of a section without rules", keyword),
];

/// haproxy makes no section of it, and says so only at a line below that would stand in it.
fn section_with_more(answers: &Answers<'_>) -> bool {
    answers
        .ours()
        .is_some_and(|ours| ours.kind == Kind::Section && ours.message.contains("behind the name"))
        && is_refused_here(answers)
}

/// haproxy accepts what is refused here, or finds another mistake below.
fn is_refused_here(answers: &Answers<'_>) -> bool {
    let ours = answers.ours();
    ours.is_some_and(|ours| answers.theirs_at().map_or(answers.is_accepted(), |at| ours.line < at))
}

/// Without signs, blanks and leading zeros it is one.
fn address(answers: &Answers<'_>) -> bool {
    answers.ours().is_some_and(|ours| {
        let tidy = ours.word.replace(['+', ' '], "");
        let (address, length) = tidy.split_once('/').unwrap_or((&tidy, "0"));
        let quad = |text: &str| {
            text.split('.').count() <= 4 && text.split('.').all(|part| part.parse::<u8>().is_ok())
        };
        ours.message.contains("is not an IPv4 or IPv6 address")
            && (quad(address) || address.parse::<IpAddr>().is_ok())
            && (quad(length) || length.parse::<u8>().is_ok())
    }) && is_refused_here(answers)
}

fn mapped_address(answers: &Answers<'_>) -> bool {
    answers.ours().is_some_and(|ours| {
        let value = ours.message.strip_prefix("the value '");
        let value = value.and_then(|rest| rest.strip_suffix("' is not an address"));
        value.is_some_and(|value| {
            let value = value.split_once(':').map_or(value, |(address, _)| address);
            value.split('.').filter(|part| part.parse::<u8>().is_ok()).count() == 4
        })
    }) && is_refused_here(answers)
}

fn number(answers: &Answers<'_>) -> bool {
    answers.ours().is_some_and(|ours| {
        let operators = ["eq", "ge", "gt", "le", "lt"];
        let behind =
            operators.iter().any(|name| answers.line(ours.line).contains(&format!(" {name} ")));
        let version =
            ours.word.starts_with(|c: char| c.is_ascii_digit()) && ours.word.contains('.');
        ours.message.contains("is neither a number nor a range")
            && (behind && version || ours.word == "ne")
    }) && is_refused_here(answers)
}

fn status(answers: &Answers<'_>) -> bool {
    answers.ours().is_some_and(|ours| {
        ours.message.contains("is not a status")
            && ours.word.starts_with(|c: char| c.is_ascii_digit())
    }) && is_refused_here(answers)
}

fn json_path(answers: &Answers<'_>) -> bool {
    answers.ours().is_some_and(|ours| ours.message.contains("is not a path in a JSON text"))
        && is_refused_here(answers)
}

fn unsupported(answers: &Answers<'_>) -> bool {
    answers.ours().is_some_and(|ours| ours.kind == Kind::Unsupported) && is_refused_here(answers)
}

/// haproxy compiles the expression of `regsub` when all lines are read, and says other mistakes first.
fn late_expression(answers: &Answers<'_>) -> bool {
    answers.ours().is_some_and(|ours| {
        let is_expression = ours.message.contains("expression")
            || ours.message.contains("argument 1 of 'regsub' is empty");
        is_expression && answers.line(ours.line).contains("regsub(")
    }) && answers.theirs_at().is_some()
}

/// haproxy looks for backends when all lines are read.
fn late_backend(answers: &Answers<'_>) -> bool {
    answers.ours().is_some_and(|ours| ours.kind == Kind::Backend) && answers.theirs_at().is_some()
}

/// haproxy reads texts of `use_backend` when all lines are read, and not at all where it ignores them.
fn late_text(answers: &Answers<'_>) -> bool {
    answers.ours().is_some_and(|ours| {
        ours.word.contains('%') && answers.line(ours.line).contains("use_backend ")
    }) && (answers.theirs_at().is_some() || answers.is_accepted())
}

/// For haproxy an empty word behind `-u` is its number; here it ends the line.
fn empty_number(answers: &Answers<'_>) -> bool {
    answers.theirs_at().is_some_and(|at| {
        answers.line(at).contains(" -u ''") && answers.ours().is_none_or(|ours| ours.line > at)
    })
}

/// Of lines that are skipped nothing behind the keyword is checked.
fn skipped_line(answers: &Answers<'_>) -> bool {
    let Some(at) = answers.theirs_at() else { return false };
    let keyword = answers.line(at).split(' ').find(|word| !word.is_empty()).unwrap_or_default();
    answers.ours().is_none_or(|ours| ours.line > at)
        && ["balance", "bind", "filter", "option", "stick-table"].contains(&keyword)
}

/// Arguments of what is skipped are not checked.
fn is_skipped(answers: &Answers<'_>, keyword: &str) -> bool {
    let Some(at) = answers.theirs_at() else { return false };
    let messages = ["rule : ", "expects a positive delay", "expects either 'if' or 'unless'"];
    answers.ours().is_none_or(|ours| ours.line > at)
        && answers.line(at).contains(keyword)
        && messages.iter().any(|message| answers.theirs().contains(message))
}

/// Which tables there are is not known.
fn table(answers: &Answers<'_>) -> bool {
    answers.ours().is_none()
        && answers.theirs_at().is_none()
        && answers.theirs().contains("unable to find table")
        && answers.theirs().contains("referenced by track-sc")
}

/// Lines of sections other than proxies are not looked at.
fn keyword(answers: &Answers<'_>) -> bool {
    let sections = ["global", "users", "peers", "resolvers", "mailers", "http-errors"];
    answers.theirs_at().is_some_and(|at| answers.ours().is_none_or(|ours| ours.line > at))
        && (answers.theirs().contains("has the same name as another")
            || answers.theirs().contains("http-errors section '")
            || answers.theirs().contains("unknown keyword '")
                && sections.iter().any(|name| answers.theirs().contains(&format!("' in '{name}'"))))
}

/// haproxy takes the low 32 bits.
fn counter(answers: &Answers<'_>) -> bool {
    answers.ours().is_some_and(|ours| {
        let number = ours.word.strip_prefix("track-sc").unwrap_or_default();
        (number.len() > 9 || number.starts_with('0'))
            && number.bytes().all(|byte| byte.is_ascii_digit())
    }) && is_refused_here(answers)
}

fn low_bits(answers: &Answers<'_>) -> bool {
    let messages =
        ["takes a separator and a number of bytes", "the occurrence ", "is not an IPv4 mask"];
    answers.ours().is_some_and(|ours| {
        messages.iter().any(|message| ours.message.contains(message))
            && ours.word.bytes().filter(u8::is_ascii_digit).count() > 9
    }) && is_refused_here(answers)
}
