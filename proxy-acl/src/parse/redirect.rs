//! `redirect location|prefix|scheme <target> [options]` (configuration manual, 4.2).

use alloc::format;
use alloc::string::String;

use super::{answer, log_format};
use crate::ast::{FormatWord, List, RedirectKind, RedirectWord, Word};
use crate::error::DiagnosticKind;
use crate::reporter::Reporter;

/// Reads what follows `redirect`; in a line of its own the target is literal, in `http-request` it
/// may have values put in.
pub(super) fn parse(
    keyword: &Word,
    words: &mut &[Word],
    list: List,
    reporter: &mut Reporter<'_>,
) -> Option<RedirectWord> {
    let mut target: Option<(&Word, RedirectKind, FormatWord)> = None;
    let mut status = 302;
    let (mut drop_query, mut append_slash, mut ignore_empty) = (false, false, false);
    while let Some((word, rest)) = words.split_first() {
        let kind = match word.text.as_slice() {
            b"location" | b"to" => Some(RedirectKind::Location),
            b"prefix" => Some(RedirectKind::Prefix),
            b"scheme" => Some(RedirectKind::Scheme),
            _ => None,
        };
        let value = rest.first();
        match (word.text.as_slice(), kind, value) {
            (b"if" | b"unless", ..) => break,
            (b"drop-query", ..) => drop_query = true,
            (b"append-slash", ..) => append_slash = true,
            (b"ignore-empty", ..) => ignore_empty = true,
            (_, Some(kind), Some(value)) => {
                let value = if list == List::Redirect {
                    log_format::literal(value)
                } else {
                    log_format::parse(value, reporter)?
                };
                target = Some((word, kind, value));
            }
            (b"code", _, Some(code)) => {
                status = match answer::leading(code, reporter) {
                    code @ (301..=303 | 307 | 308) => code,
                    _ => {
                        let message = format!("'{}' is not a status of redirects", code.display());
                        reporter
                            .error(DiagnosticKind::Action, code, message)
                            .suggest("write 301, 302, 303, 307 or 308");
                        return None;
                    }
                };
            }
            (b"set-cookie" | b"clear-cookie", _, Some(_)) => {}
            (b"code" | b"set-cookie" | b"clear-cookie", _, None) | (_, Some(_), None) => {
                let message = format!("'{}' without its value", word.display());
                reporter.error(DiagnosticKind::Action, word, message);
                return None;
            }
            _ => {
                let message = format!("'{}' is no option of 'redirect'", word.display());
                reporter.error(DiagnosticKind::Action, word, message).suggest(
                    "expected location, prefix, scheme, code, drop-query, append-slash, \
                         ignore-empty, set-cookie or clear-cookie",
                );
                return None;
            }
        }
        let alone =
            matches!(word.text.as_slice(), b"drop-query" | b"append-slash" | b"ignore-empty");
        *words = rest.get(usize::from(!alone)..).unwrap_or_default();
    }
    let Some((word, kind, target)) = target else {
        let message = String::from("'redirect' without a target");
        reporter
            .error(DiagnosticKind::Action, keyword, message)
            .suggest("write 'location', 'prefix' or 'scheme' and a target");
        return None;
    };
    if list == List::HttpResponse && kind != RedirectKind::Location {
        let message = format!("'http-response' takes no '{}'", word.display());
        reporter.error(DiagnosticKind::Action, word, message).suggest("write 'location'");
        return None;
    }
    Some(RedirectWord { kind, target, status, drop_query, append_slash, ignore_empty })
}
