//! Lines into the tree: which directive, in which form. Names are looked up later.

mod acl;
mod action;
mod answer;
mod condition;
mod expression;
mod log_format;
mod redirect;
mod rule;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::ast::{Directive, Span, Word};
use crate::error::{DiagnosticKind, Severity};
use crate::lex::{self, LexError, Problem};
use crate::reporter::Reporter;
use crate::spelling;

/// Reads all lines. What is wrong is reported, and the line left out.
pub(crate) fn parse(reporter: &mut Reporter<'_>) -> Vec<Directive> {
    let mut directives = Vec::new();
    let count = reporter.lines().len();
    for index in 0..count {
        if reporter.is_full() {
            break;
        }
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let line = reporter.lines().get(index).copied().unwrap_or_default();
        let options = reporter.options();
        let words = if line.len() > options.max_line {
            Err(LexError { problem: Problem::TooLong { limit: options.max_line }, column: 1 })
        } else {
            lex::split(line, number, &options.environment, options.max_line)
        };
        match words {
            Ok(words) => {
                check_line_end(line, number, reporter);
                directives.extend(directive(effective(&words, reporter), reporter));
            }
            Err(error) => report(error, number, reporter),
        }
    }
    directives
}

/// Warns of what stands behind a carriage return: a line ends there, and a comment at the line feed.
fn check_line_end(line: &[u8], number: u32, reporter: &mut Reporter<'_>) {
    let Some(end) = memchr::memchr(b'\r', line) else { return };
    let ignored = line.get(end + 1..).unwrap_or_default();
    if ignored.trim_ascii().is_empty() {
        return;
    }
    let message =
        format!("a carriage return in mid-line: {} bytes behind it are ignored", ignored.len());
    let column = u32::try_from(end).unwrap_or(u32::MAX).saturating_add(1);
    let span = Span { line: number, column, width: 1 };
    reporter
        .at(Severity::Warning, DiagnosticKind::CarriageReturn, span, String::new(), message)
        .suggest("end lines with LF or CRLF");
}

/// The words before the first empty one: HAProxy takes an empty word for the end of the line.
fn effective<'w>(words: &'w [Word], reporter: &mut Reporter<'_>) -> &'w [Word] {
    let Some(end) = words.iter().position(|word| word.text.is_empty()) else {
        return words;
    };
    let (before, rest) = words.split_at(end);
    if let [empty, ignored @ ..] = rest {
        let message = match ignored.len() {
            0 => String::from("empty word"),
            count => format!("an empty word ends the line: {count} more words are ignored"),
        };
        reporter
            .warning(DiagnosticKind::EmptyWord, empty, message)
            .suggest("remove it, or set the environment variable that it stands for");
    }
    before
}

const SUPPORTED: &[&str] =
    &["acl", "default_backend", "http-request", "redirect", "tcp-request", "use_backend"];

/// What HAProxy knows at the start of a line that has to do with access, but not this crate.
const UNSUPPORTED: &[&str] = &[
    "backend",
    "defaults",
    "frontend",
    "global",
    "http-after-response",
    "http-response",
    "listen",
    "tcp-response",
    "use-server",
];

/// U+FEFF in UTF-8, which some editors put at the start of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

fn directive(words: &[Word], reporter: &mut Reporter<'_>) -> Option<Directive> {
    let (keyword, rest) = words.split_first()?;
    match keyword.text.as_slice() {
        b"acl" => acl::parse(keyword, rest, reporter).map(Directive::Acl),
        b"http-request" => rule::http_request(keyword, rest, reporter).map(Directive::Rule),
        b"tcp-request" => rule::tcp_request(keyword, rest, reporter).map(Directive::Rule),
        b"redirect" => rule::redirect(keyword, rest, reporter).map(Directive::Rule),
        b"use_backend" => rule::use_backend(keyword, rest, reporter).map(Directive::Rule),
        b"default_backend" => {
            rule::default_backend(keyword, rest, reporter).map(Directive::DefaultBackend)
        }
        _ => {
            let shown = keyword.display();
            if keyword.text.starts_with(BYTE_ORDER_MARK) {
                let message = String::from("the line begins with a byte order mark");
                reporter
                    .error(DiagnosticKind::Keyword, keyword, message)
                    .suggest("save the file as UTF-8 without one");
            } else if UNSUPPORTED.iter().any(|known| keyword.is(known)) {
                let message = format!("'{shown}' is not supported");
                reporter.error(DiagnosticKind::Unsupported, keyword, message);
            } else {
                let known = SUPPORTED.iter().chain(UNSUPPORTED).copied();
                let suggestion = spelling::nearest(&keyword.text, known)
                    .map_or_else(|| String::from("expected 'acl' or 'http-request'"), did_you_mean);
                let message = format!("unknown keyword '{shown}'");
                reporter.error(DiagnosticKind::Keyword, keyword, message).suggest(suggestion);
            }
            None
        }
    }
}

pub(crate) fn did_you_mean(candidate: &str) -> String {
    format!("did you mean '{candidate}'?")
}

fn report(error: LexError, line: u32, reporter: &mut Reporter<'_>) {
    let (message, suggestion): (String, &str) = match error.problem {
        Problem::UnmatchedQuote => {
            ("unmatched quote".into(), "close it, or put a backslash before it")
        }
        Problem::InvalidHex => (
            "truncated or invalid hexadecimal sequence".into(),
            "write two hexadecimal digits after '\\x'",
        ),
        Problem::VariableName => (
            "forbidden first character in environment variable name".into(),
            "write '\\$' for a dollar sign in double quotes",
        ),
        Problem::UnmatchedBrace => {
            ("unmatched brace in environment variable name".into(), "write \"${NAME}\"")
        }
        Problem::WordExpansion => {
            ("truncated or invalid word expansion sequence".into(), "write \"${NAME[*]}\"")
        }
        Problem::TooManyWords => (
            "more than 64 words".into(),
            "spread the patterns over several 'acl' lines of the same name, or use '-f'",
        ),
        Problem::StrayNul => ("stray NUL character".into(), "remove it"),
        Problem::TooLong { limit } => (
            format!("line is longer than the limit of {limit} bytes"),
            "spread it over several lines, or raise the limit",
        ),
    };
    let kind = match error.problem {
        Problem::TooLong { .. } => DiagnosticKind::Limit,
        Problem::UnmatchedQuote
        | Problem::InvalidHex
        | Problem::VariableName
        | Problem::UnmatchedBrace
        | Problem::WordExpansion
        | Problem::TooManyWords
        | Problem::StrayNul => DiagnosticKind::Word,
    };
    let span = Span { line, column: error.column, width: 1 };
    reporter.at(Severity::Error, kind, span, String::new(), message).suggest(suggestion);
}
