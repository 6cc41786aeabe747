//! Texts with values put in (configuration manual, 8.2.6): `/p%[path]`.

use alloc::format;
use alloc::vec::Vec;

use super::fetch;
use crate::ast::{Call, FetchWord, FormatPiece, FormatWord, Word};
use crate::error::DiagnosticKind;
use crate::fetch::injected::Injected;
use crate::log_format::Style;
use crate::quote;
use crate::reporter::Reporter;

/// A text without values.
pub(super) fn literal(word: &Word) -> FormatWord {
    FormatWord { pieces: Vec::from([FormatPiece::Literal(word.text.clone())]), texts: 1 }
}

pub(crate) fn parse(word: &Word, reporter: &mut Reporter<'_>) -> Option<FormatWord> {
    let mut pieces = Vec::new();
    let mut literal = Vec::new();
    let mut texts = 0;
    let mut in_text = false;
    // That of values without flags of their own; `%{...}o` sets it.
    let mut usual = Style::default();
    let mut rest = word.text.as_slice();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            texts += usize::from(!in_text);
            in_text = true;
            literal.push(byte);
            continue;
        }
        in_text = false;
        let (own, after) = flags(after, word, reporter)?;
        let style = own.map_or(usual, |flags| usual.change(flags));
        let value = match (after, own) {
            ([b'[', after @ ..], _) => {
                let (value, after) = fetch::fetch_in(after, word, reporter)?;
                let Some(after) = after.strip_prefix(b"]") else {
                    let message = format!("a ']' is missing in '{}'", word.display());
                    reporter.error(DiagnosticKind::Format, word, message);
                    return None;
                };
                rest = after;
                value
            }
            ([next, ..], _) if next.is_ascii_alphanumeric() => {
                let end = after.iter().position(|byte| !byte.is_ascii_alphanumeric());
                let (name, after) = after.split_at(end.unwrap_or(after.len()));
                rest = after;
                if name == b"o" {
                    usual = style;
                    continue;
                }
                sign(name, style, word, reporter)?
            }
            (_, Some(_)) => {
                let message = format!("flags stand before no value in '{}'", word.display());
                reporter
                    .error(DiagnosticKind::Format, word, message)
                    .suggest("write '%{+E}[fetch]'");
                return None;
            }
            ([b'%', after @ ..], None) => {
                texts += 1;
                in_text = true;
                literal.push(b'%');
                rest = after;
                continue;
            }
            _ => {
                lone(after, word, reporter)?;
                continue;
            }
        };
        if !literal.is_empty() {
            pieces.push(FormatPiece::Literal(core::mem::take(&mut literal)));
        }
        pieces.push(FormatPiece::Value(value, style));
    }
    if !literal.is_empty() {
        pieces.push(FormatPiece::Literal(literal));
    }
    Some(FormatWord { pieces, texts })
}

/// Splits `{...}` off, if the text begins with it.
fn flags<'t>(
    text: &'t [u8],
    word: &Word,
    reporter: &mut Reporter<'_>,
) -> Option<(Option<&'t [u8]>, &'t [u8])> {
    let Some(inside) = text.strip_prefix(b"{") else { return Some((None, text)) };
    let mut parts = inside.splitn(2, |byte| *byte == b'}');
    if let (Some(flags), Some(after)) = (parts.next(), parts.next()) {
        return Some((Some(flags), after));
    }
    let message = format!("a '}}' is missing in '{}'", word.display());
    reporter
        .error(DiagnosticKind::Format, word, message)
        .suggest("write '%{+E}[fetch]', or '%%' for a percent sign");
    None
}

/// Judges a percent sign that begins nothing; it is left out.
fn lone(after: &[u8], word: &Word, reporter: &mut Reporter<'_>) -> Option<()> {
    let message = match after {
        [] => format!("'%' ends '{}'", word.display()),
        [b' ' | b'\t', ..] => format!("a blank follows '%' in '{}'", word.display()),
        _ => {
            let message = format!("HAProxy leaves out a '%' of '{}'", word.display());
            reporter
                .warning(DiagnosticKind::Misread, word, message)
                .suggest("write '%%' for a percent sign");
            return Some(());
        }
    };
    reporter.error(DiagnosticKind::Format, word, message).suggest("write '%%' for a percent sign");
    None
}

/// A value of log-format (configuration manual, 8.2.4): those of the connection are fetches too, the
/// others are known to the caller alone.
fn sign(name: &[u8], style: Style, word: &Word, reporter: &mut Reporter<'_>) -> Option<FetchWord> {
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
    if style != Style::default() {
        // Each of them heeds other flags.
        let message = format!("flags of '%{shown}' in '{}'", word.display());
        reporter
            .error(DiagnosticKind::Unsupported, word, message)
            .suggest("write '%[fetch]', which takes flags");
        return None;
    }
    let fetch = Call { name: fetch, arguments: Vec::new() };
    Some(FetchWord { fetch, converters: Vec::new(), word: word.clone() })
}
