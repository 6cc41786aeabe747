//! A line into words, with what is to be said about it.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::flag;
use crate::ast::{Span, Word};
use crate::error::{DiagnosticKind, Severity};
use crate::lex::{self, LexError, Problem};
use crate::reporter::Reporter;

/// Returns the variables that the first line sees, with those that stand for places.
pub(super) fn environment(reporter: &Reporter<'_>) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let options = reporter.options();
    let mut environment = options.environment.clone();
    environment.insert(b".FILE".to_vec(), options.file_name.clone().into_bytes());
    environment.insert(b".SECTION".to_vec(), Vec::new());
    environment
}

/// Returns the words of the line at `index`; `None` if it cannot be split, which is reported.
pub(super) fn words(
    index: usize,
    environment: &BTreeMap<Vec<u8>, Vec<u8>>,
    reporter: &mut Reporter<'_>,
) -> Option<Vec<Word>> {
    let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
    let line = reporter.lines().get(index).copied().unwrap_or_default();
    let limit = reporter.options().max_line;
    let words = if line.len() > limit {
        Err(LexError { problem: Problem::TooLong { limit }, column: 1 })
    } else {
        lex::split(line, number, environment, limit)
    };
    match words {
        Ok(words) => {
            let bytes = words.iter().map(|word| word.text.len()).sum();
            if !reporter.has_room(bytes) {
                let limit = reporter.options().max_bytes;
                let message =
                    format!("all lines together are longer than the limit of {limit} bytes");
                let span = Span { line: number, column: 1, width: 1 };
                reporter
                    .at(Severity::Error, DiagnosticKind::Limit, span, String::new(), message)
                    .suggest("move patterns to a file");
                return None;
            }
            check_line_end(line, number, reporter);
            Some(words)
        }
        Err(error) => {
            report(error, number, reporter);
            None
        }
    }
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

/// The words before the first empty one: HAProxy takes an empty word for the end of the line, unless it
/// is the value of an acl's flag or the text of `set-var-fmt`.
pub(super) fn effective(mut words: Vec<Word>, reporter: &mut Reporter<'_>) -> Vec<Word> {
    let mut empty =
        (0..words.len()).filter(|at| words.get(*at).is_some_and(|word| word.text.is_empty()));
    let is_taken = |at: usize| flag::is_value(&words, at) || is_text_of_variable(&words, at);
    let end = empty.find(|at| !is_taken(*at)).unwrap_or(words.len());
    if let [empty, ignored @ ..] = words.get(end..).unwrap_or_default() {
        let message = match ignored.len() {
            0 => String::from("empty word"),
            count => format!("an empty word ends the line: {count} more words are ignored"),
        };
        reporter
            .warning(DiagnosticKind::EmptyWord, empty, message)
            .suggest("remove it, or set the environment variable that it stands for");
    }
    words.truncate(end);
    words
}

/// Whether the word at `at` is the text of `http-request set-var-fmt(name)` or its like.
fn is_text_of_variable(words: &[Word], at: usize) -> bool {
    let action = match words.first() {
        Some(list) if list.is("http-request") || list.is("http-response") => 1,
        Some(list) if list.is("tcp-request") || list.is("tcp-response") => 2,
        _ => return false,
    };
    at == action + 1
        && words.get(action).is_some_and(|action| action.text.starts_with(b"set-var-fmt("))
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
            "spread it over several lines",
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
