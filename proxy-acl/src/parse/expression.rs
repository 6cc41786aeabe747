//! A fetch, its flags and its patterns.

use alloc::format;
use alloc::string::String;

use super::fetch::{fetch, isolated_converters};
use super::flag::{self, flags};
use crate::ast::{Expression, Word};
use crate::error::DiagnosticKind;
use crate::fetch::keyword;
use crate::reporter::Reporter;

/// Reads an expression; `before` is the word to point at when there is none.
pub(super) fn parse(
    before: &Word,
    words: &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<Expression> {
    let Some((first, rest)) = words.split_first() else {
        reporter
            .error(
                DiagnosticKind::Fetch,
                before,
                String::from("a fetch is missing after this word"),
            )
            .suggest("write what to look at, for example 'path_beg /admin'");
        return None;
    };
    let mut fetch = fetch(first, reporter)?;
    if !keyword::is_of_acls(&fetch.fetch.name) {
        let words = isolated_converters(&mut fetch, rest, reporter)?;
        for word in rest.get(..words).unwrap_or_default() {
            let message = format!(
                "HAProxy 2.6 takes '{}' for a converter of '{}', and for a pattern as well",
                word.display(),
                first.display()
            );
            reporter
                .warning(DiagnosticKind::Misread, word, message)
                .suggest("put a comma before a converter, or '--' before a pattern");
        }
    }
    let in_braces = before.text.ends_with(b"{");
    let (flags, patterns) = flags(rest, in_braces, reporter)?;
    let spaced = rest.first().filter(|word| is_argument(word) && !first.text.contains(&b'('));
    if let Some(pattern) = spaced {
        let message = format!(
            "'{}' is taken for a pattern of '{}', not for its argument",
            pattern.display(),
            first.display()
        );
        reporter
            .warning(DiagnosticKind::SpaceBeforeParenthesis, pattern, message)
            .suggest("remove the space before '(', or put '--' before the pattern if it is meant");
    }
    if !flags.ended {
        check_words(patterns, reporter);
    }
    let span = first.span.to(words.last().unwrap_or(first).span);
    Some(Expression { fetch, flags, patterns: patterns.to_vec(), span })
}

/// Whether a word in parentheses looks like arguments, rather than like an expression.
fn is_argument(word: &Word) -> bool {
    word.text.starts_with(b"(") && !word.text.iter().any(|byte| b"|\\^$*+?[".contains(byte))
}

/// Warns of the first pattern that was hardly meant as one: a flag, or a word that joins terms.
fn check_words(patterns: &[Word], reporter: &mut Reporter<'_>) {
    let joins = |word: &Word| {
        let lower = word.text.to_ascii_lowercase();
        matches!(lower.as_slice(), b"or" | b"||" | b"and" | b"&&")
    };
    let behind = patterns.get(1..).unwrap_or_default();
    if let Some(flag) = behind.iter().find(|word| flag::is_flag(word)) {
        let message =
            format!("'{}' is taken for a pattern: flags stand before them", flag.display());
        reporter
            .warning(DiagnosticKind::Misread, flag, message)
            .suggest("move it before the first pattern, or put '--' there if it is meant");
    } else if let [inner @ .., _] = behind {
        let Some(word) = inner.iter().find(|word| joins(word)) else { return };
        let message =
            format!("'{}' is taken for a pattern, and so is what follows", word.display());
        reporter
            .warning(DiagnosticKind::Misread, word, message)
            .suggest("write one expression for each acl, and join these in a condition");
    }
}
