//! Texts with values put in (configuration manual, 8.2.6): `/p%[path]`.

use alloc::format;
use alloc::vec::Vec;

use super::fetch;
use crate::ast::{Call, FetchWord, FormatPiece, FormatWord, Word};
use crate::error::DiagnosticKind;
use crate::fetch::injected::Injected;
use crate::quote;
use crate::reporter::Reporter;

/// A text without values.
pub(super) fn literal(word: &Word) -> FormatWord {
    FormatWord { pieces: Vec::from([FormatPiece::Literal(word.text.clone())]) }
}

pub(crate) fn parse(word: &Word, reporter: &mut Reporter<'_>) -> Option<FormatWord> {
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
                let (value, after) = fetch::fetch_in(after, word, reporter)?;
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
            (b'%', [next, ..]) if next.is_ascii_alphanumeric() => {
                let end = after.iter().position(|byte| !byte.is_ascii_alphanumeric());
                let (name, after) = after.split_at(end.unwrap_or(after.len()));
                let fetch = sign(name, word, reporter)?;
                if !literal.is_empty() {
                    pieces.push(FormatPiece::Literal(core::mem::take(&mut literal)));
                }
                pieces.push(FormatPiece::Value(fetch));
                rest = after;
            }
            (b'%', [b'{' | b'(', ..]) => {
                let message = format!("flags and arguments of '%' in '{}'", word.display());
                reporter
                    .error(DiagnosticKind::Unsupported, word, message)
                    .suggest("write '%[fetch]', or '%%' for a percent sign");
                return None;
            }
            (b'%', [] | [b' ' | b'\t', ..]) => {
                let message = match after {
                    [] => format!("'%' ends '{}'", word.display()),
                    _ => format!("a blank follows '%' in '{}'", word.display()),
                };
                reporter
                    .error(DiagnosticKind::Format, word, message)
                    .suggest("write '%%' for a percent sign");
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

/// A value of log-format (configuration manual, 8.2.4): those of the connection are fetches too, the
/// others are known to the caller alone.
fn sign(name: &[u8], word: &Word, reporter: &mut Reporter<'_>) -> Option<FetchWord> {
    let shown = quote::shown(name);
    let fetch = match name {
        b"ci" => "src".into(),
        b"cp" => "src_port".into(),
        b"fi" => "dst".into(),
        b"fp" => "dst_port".into(),
        _ => format!("%{shown}"),
    };
    if fetch.starts_with('%') && Injected::named(&fetch).is_none() {
        let message = format!("unknown value '%{shown}' in '{}'", word.display());
        reporter
            .error(DiagnosticKind::Format, word, message)
            .suggest("write '%[fetch]', or '%%' for a percent sign");
        return None;
    }
    let fetch = Call { name: fetch, arguments: Vec::new() };
    Some(FetchWord { fetch, converters: Vec::new(), word: word.clone() })
}
