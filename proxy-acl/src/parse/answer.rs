//! The status of an answer that a rule gives itself, and what else is said of it.

use alloc::format;
use alloc::vec::Vec;

use super::log_format;
use crate::ast::{FormatWord, Word};
use crate::error::DiagnosticKind;
use crate::number;
use crate::reporter::Reporter;

/// What may be said of the answer beside its status; it has no bearing on the decision.
const ARGUMENTS: [(&str, usize, Content); 9] = [
    ("content-type", 1, Content::None),
    ("default-errorfiles", 0, Content::Page),
    ("errorfile", 1, Content::Whole),
    ("errorfiles", 1, Content::Page),
    ("file", 1, Content::Whole),
    ("hdr", 2, Content::None),
    ("lf-file", 1, Content::Text),
    ("lf-string", 1, Content::Text),
    ("string", 1, Content::Text),
];

/// What an argument makes the content of.
#[derive(Clone, Copy, PartialEq)]
enum Content {
    None,
    /// A page for the status.
    Page,
    /// A text, whose type must be told.
    Text,
    /// A file that is not looked into here.
    Whole,
}

/// Statuses for which HAProxy has a page built in; `deny_status` alone takes no other.
const WITH_PAGE: [u16; 19] =
    [200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 421, 422, 425, 429, 500, 501, 502, 503, 504];

/// Reads `deny_status <code>`, which must come first, and `status <code>`, the last of which counts,
/// and what else is said of the answer. Returns the status, and the texts with values in them.
pub(super) fn parse(
    action: &Word,
    default: u16,
    words: &mut &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<(u16, Vec<FormatWord>)> {
    let mut status = default;
    let mut texts = Vec::new();
    let mut first = !action.is("return");
    let mut is_typed = false;
    let mut source: Option<(&Word, Content)> = None;
    while let Some((argument, rest)) = words.split_first() {
        let is_denial = core::mem::take(&mut first) && argument.is("deny_status");
        let is_condition = |word: &Word| word.is("if") || word.is("unless");
        let with_page = is_denial && rest.get(1).is_none_or(is_condition);
        let skipped = ARGUMENTS.iter().find(|(name, ..)| argument.is(name));
        let count = match skipped {
            _ if is_denial || argument.is("status") => 1,
            Some((_, count, _)) => *count,
            None => break,
        };
        let Some((values, rest)) = rest.split_at_checked(count) else {
            let message = format!("'{}' without its value", argument.display());
            reporter.error(DiagnosticKind::Action, argument, message);
            return None;
        };
        if let ([.., text], true) = (values, argument.is("hdr") || argument.is("lf-string")) {
            texts.push(log_format::parse(text, reporter)?);
        }
        match (skipped, values, source) {
            (None, [code], _) => status = self::code(code, with_page, reporter)?,
            (Some((.., Content::None)), ..) | (None, ..) => is_typed |= argument.is("content-type"),
            (Some(_), _, Some((other, _))) => {
                let message = format!("'{}' behind '{}'", argument.display(), other.display());
                reporter
                    .error(DiagnosticKind::Action, argument, message)
                    .suggest("an answer has one content: remove one of them");
                return None;
            }
            (Some((.., content)), _, None) => source = Some((argument, *content)),
        }
        *words = rest;
    }
    match source {
        Some((argument, Content::Text)) if !is_typed => {
            let message = format!("'{}' without the type of its content", argument.display());
            reporter
                .error(DiagnosticKind::Action, argument, message)
                .suggest("write 'content-type text/plain' before it");
            None
        }
        Some((argument, Content::Page)) if !WITH_PAGE.contains(&status) => {
            let message =
                format!("'{}' has no page for the status code {status}", argument.display());
            reporter.error(DiagnosticKind::Action, argument, message);
            None
        }
        _ => Some((status, texts)),
    }
}

fn code(code: &Word, with_page: bool, reporter: &mut Reporter<'_>) -> Option<u16> {
    let number = match leading(code, reporter) {
        number @ 200..=599 => number,
        _ => {
            let message = format!("'{}' is not a status code", code.display());
            reporter
                .error(DiagnosticKind::Action, code, message)
                .suggest("write a number from 200 to 599");
            return None;
        }
    };
    if with_page && !WITH_PAGE.contains(&number) {
        let message = format!("'deny_status' has no page for the status code {number}");
        reporter
            .error(DiagnosticKind::Action, code, message)
            .suggest("write 'status' instead, or one of 400 401 403 404 410 429 503");
        return None;
    }
    Some(number)
}

/// The number at the start of a word, of which HAProxy takes the low 32 bits; 0 if they are no status.
pub(super) fn leading(code: &Word, reporter: &mut Reporter<'_>) -> u16 {
    let value = number::leading(&code.text).map_or(0, |(value, _)| value as i32);
    let status = u16::try_from(value).ok().filter(|status| (100..=999).contains(status));
    let Some(status) = status else { return 0 };
    if code.utf8().parse() != Ok(status) || !code.text.iter().all(u8::is_ascii_digit) {
        let message = format!("HAProxy takes '{}' for {status}", code.display());
        reporter
            .warning(DiagnosticKind::Misread, code, message)
            .suggest("write the three digits alone");
    }
    status
}
