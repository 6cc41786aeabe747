//! The status of an answer that a rule gives itself, and what else is said of it.

use alloc::format;

use crate::ast::Word;
use crate::error::DiagnosticKind;
use crate::reporter::Reporter;

/// What may be said of the answer beside its status; it has no bearing on the decision.
const ARGUMENTS: [(&str, usize); 9] = [
    ("content-type", 1),
    ("default-errorfiles", 0),
    ("errorfile", 1),
    ("errorfiles", 1),
    ("file", 1),
    ("hdr", 2),
    ("lf-file", 1),
    ("lf-string", 1),
    ("string", 1),
];

/// Statuses for which HAProxy has a page built in; `deny_status` takes no other.
const WITH_PAGE: [u16; 19] =
    [200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 421, 422, 425, 429, 500, 501, 502, 503, 504];

/// Reads `deny_status <code>`, which must come first, and `status <code>`, the last of which counts,
/// and skips what is said of the answer.
pub(super) fn status(
    action: &Word,
    default: u16,
    words: &mut &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<u16> {
    let mut status = default;
    let mut first = !action.is("return");
    while let Some((argument, rest)) = words.split_first() {
        let with_page = core::mem::take(&mut first) && argument.is("deny_status");
        let skipped = ARGUMENTS.iter().find(|(name, _)| argument.is(name));
        let count = match skipped {
            _ if with_page || argument.is("status") => 1,
            Some((_, count)) => *count,
            None => break,
        };
        let Some((values, rest)) = rest.split_at_checked(count) else {
            let message = format!("'{}' without its value", argument.display());
            reporter.error(DiagnosticKind::Action, argument, message);
            return None;
        };
        if let (None, [code]) = (skipped, values) {
            status = number(code, with_page, reporter)?;
        }
        *words = rest;
    }
    Some(status)
}

fn number(code: &Word, with_page: bool, reporter: &mut Reporter<'_>) -> Option<u16> {
    let number = match code.utf8().parse() {
        Ok(number @ 200..=599) => number,
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
