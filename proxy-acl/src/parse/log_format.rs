//! Texts with values put in (configuration manual, 8.2.6): `/p%[path]`.

use alloc::format;
use alloc::vec::Vec;

use super::expression;
use crate::ast::{FormatPiece, FormatWord, Word};
use crate::error::DiagnosticKind;
use crate::reporter::Reporter;

/// A text without values.
pub(super) fn literal(word: &Word) -> FormatWord {
    FormatWord { pieces: Vec::from([FormatPiece::Literal(word.text.clone())]) }
}

pub(super) fn parse(word: &Word, reporter: &mut Reporter<'_>) -> Option<FormatWord> {
    let mut pieces = Vec::new();
    let mut literal = Vec::new();
    let mut rest = word.text.as_slice();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'%', [b'%', after @ ..]) => {
                literal.push(b'%');
                rest = after;
            }
            (b'%', [b'[', after @ ..]) => {
                let (value, after) = expression::fetch_in(after, word, reporter)?;
                let Some(after) = after.strip_prefix(b"]") else {
                    let message = format!("a ']' is missing in '{}'", word.display());
                    reporter.error(DiagnosticKind::Format, word, message);
                    return None;
                };
                if !literal.is_empty() {
                    pieces.push(FormatPiece::Literal(core::mem::take(&mut literal)));
                }
                pieces.push(FormatPiece::Value(value));
                rest = after;
            }
            (b'%', [next, ..]) if next.is_ascii_alphabetic() || *next == b'{' => {
                let message = format!("only '%[...]' is supported in '{}'", word.display());
                reporter
                    .error(DiagnosticKind::Unsupported, word, message)
                    .suggest("write '%[fetch]', or '%%' for a percent sign");
                return None;
            }
            _ => literal.push(byte),
        }
    }
    if !literal.is_empty() {
        pieces.push(FormatPiece::Literal(literal));
    }
    Some(FormatWord { pieces })
}
