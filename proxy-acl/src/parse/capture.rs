//! What is kept of a request or response for the log: actions, and lines that make slots for it
//! (configuration manual, `capture`, `declare capture`).

use alloc::format;
use alloc::string::String;

use super::action::argument;
use super::fetch;
use crate::ast::{List, RuleAction, Slot, Slots, Word};
use crate::error::DiagnosticKind;
use crate::number;
use crate::reporter::Reporter;

/// `capture <sample> len <length>` on requests, `capture <sample> id <index>` in rules of HTTP
pub(super) fn action(
    name: &Word,
    list: List,
    rest: &mut &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<RuleAction> {
    let forms: &[&str] = if list == List::TcpContent {
        &["len"]
    } else if list == List::HttpRequest {
        &["len", "id"]
    } else {
        &["id"]
    };
    let least = if list == List::TcpContent { 1 } else { 3 };
    let given = rest.len();
    let sample = fetch::sample(name, rest, reporter)?;
    let form = rest.first().filter(|form| forms.iter().any(|known| form.is(known)));
    let Some(form) = form.filter(|_| given >= least) else {
        let wrong = rest.first().unwrap_or(name);
        let message =
            format!("'capture' takes a sample, then '{}' and a number", forms.join("' or '"));
        reporter.error(DiagnosticKind::Action, wrong, message);
        return None;
    };
    *rest = rest.get(1..).unwrap_or_default();
    let slot = if form.is("len") {
        let word = argument(form, rest, reporter)?;
        if number::leading(&word.text).is_none_or(|(length, _)| length as i32 <= 0) {
            return not_above_0(word, reporter);
        }
        Slot::New
    } else {
        Slot::At(index(form, rest, reporter)?)
    };
    Some(RuleAction::Capture { sample, slot })
}

/// The index behind `id`, of which HAProxy takes the low 32 bits.
fn index(form: &Word, rest: &mut &[Word], reporter: &mut Reporter<'_>) -> Option<i32> {
    let Some((word, after)) = rest.split_first() else {
        let message = String::from("HAProxy takes 'id' without its number for 'id 0'");
        reporter.warning(DiagnosticKind::Misread, form, message).suggest("write the number");
        return Some(0);
    };
    *rest = after;
    let number = number::leading(&word.text).filter(|(_, behind)| behind.is_empty());
    if number.is_none() {
        let message = format!("'{}' is not the number of a slot", word.display());
        reporter
            .error(DiagnosticKind::Action, word, message)
            .suggest("'declare capture' makes slots, which count from 0");
    }
    number.map(|(number, _)| number as i32)
}

/// `declare capture request|response len <length>`
pub(super) fn declare(
    keyword: &Word,
    words: &[Word],
    slots: &mut Slots,
    reporter: &mut Reporter<'_>,
) -> Option<()> {
    let [capture, direction, len, length, ..] = words else {
        return incomplete(keyword, DECLARATION, reporter);
    };
    if !capture.is("capture") || !len.is("len") || length.text.is_empty() {
        return incomplete(keyword, DECLARATION, reporter);
    }
    let Some(count) = slots.named(direction) else {
        return incomplete(keyword, DECLARATION, reporter);
    };
    let number = number::leading(&length.text).filter(|(_, behind)| behind.is_empty());
    if number.is_none_or(|(length, _)| length <= 0) {
        return not_above_0(length, reporter);
    }
    *count += 1;
    Some(())
}

const DECLARATION: &str = "declare capture request len 64";

/// `capture cookie <name> len <length>` and `capture request|response header <name> len <length>`, of
/// which HAProxy takes any word for the length.
pub(super) fn line(
    keyword: &Word,
    words: &[Word],
    slots: &mut Slots,
    reporter: &mut Reporter<'_>,
) -> Option<()> {
    const LINE: &str = "capture request header Host len 64";
    let is_empty = |word: &Word| word.text.is_empty();
    let taken = match words {
        [what, _, _, length, ..] if what.is("cookie") => !is_empty(length),
        [direction, header, name, len, length, ..] => {
            let count = slots.named(direction).filter(|_| header.is("header") && len.is("len"));
            count
                .filter(|_| !is_empty(name) && !is_empty(length))
                .map(|count| *count += 1)
                .is_some()
        }
        _ => false,
    };
    if !taken {
        return incomplete(keyword, LINE, reporter);
    }
    match words.get(5).filter(|word| !is_empty(word)) {
        None => Some(()),
        Some(word) => {
            let message = format!("unexpected '{}' behind the length", word.display());
            reporter.error(DiagnosticKind::Keyword, word, message);
            None
        }
    }
}

fn incomplete<T>(keyword: &Word, example: &str, reporter: &mut Reporter<'_>) -> Option<T> {
    let message = format!("'{}' is not whole", keyword.display());
    reporter
        .error(DiagnosticKind::Keyword, keyword, message)
        .suggest(format!("write it as in '{example}'"));
    None
}

fn not_above_0<T>(word: &Word, reporter: &mut Reporter<'_>) -> Option<T> {
    let message = format!("the length '{}' is not a number above 0", word.display());
    reporter.error(DiagnosticKind::Action, word, message);
    None
}
