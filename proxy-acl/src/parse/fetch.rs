//! A fetch and its converters.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::call::{call, split_name};
use crate::ast::{Call, FetchWord, Word};
use crate::convert;
use crate::error::DiagnosticKind;
use crate::quote;
use crate::reporter::Reporter;

/// Reads a fetch and its converters, and the converters that stand behind it in words of their own.
pub(super) fn sample(
    before: &Word,
    rest: &mut &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<FetchWord> {
    let Some((first, after)) = rest.split_first() else {
        let message = format!("'{}' without its argument", before.display());
        reporter.error(DiagnosticKind::Action, before, message);
        return None;
    };
    let mut fetch = fetch(first, reporter)?;
    let words = isolated_converters(&mut fetch, after, reporter)?;
    *rest = after.get(words..).unwrap_or_default();
    Some(fetch)
}

/// Reads the words that begin with the name of a converter, and returns how many there are.
pub(super) fn isolated_converters(
    fetch: &mut FetchWord,
    words: &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<usize> {
    for (index, word) in words.iter().enumerate() {
        let (name, _) = split_name(&word.text);
        if !convert::keyword::is_known(&String::from_utf8_lossy(name)) {
            return Some(index);
        }
        let (converter, rest) = call(&word.text, word, reporter)?;
        fetch.converters.push(converter);
        let rest = converters(rest, word, &mut fetch.converters, reporter)?;
        if !rest.is_empty() {
            unexpected(rest, word, reporter);
            return None;
        }
    }
    Some(words.len())
}

/// Reads a fetch and its converters, which fill the word.
pub(super) fn fetch(word: &Word, reporter: &mut Reporter<'_>) -> Option<FetchWord> {
    let (fetch, rest) = fetch_in(&word.text, word, reporter)?;
    if rest.is_empty() {
        return Some(fetch);
    }
    unexpected(rest, word, reporter);
    None
}

fn unexpected(rest: &[u8], word: &Word, reporter: &mut Reporter<'_>) {
    let message = format!("unexpected '{}' in '{}'", quote::shown(rest), word.display());
    reporter.error(DiagnosticKind::Fetch, word, message).suggest("write 'name(argument)'");
}

/// Reads a fetch and its converters at the start of `text`, a part of `word`, and returns what
/// follows.
pub(super) fn fetch_in<'t>(
    text: &'t [u8],
    word: &Word,
    reporter: &mut Reporter<'_>,
) -> Option<(FetchWord, &'t [u8])> {
    let (fetch, rest) = call(text, word, reporter)?;
    let mut list = Vec::new();
    let rest = converters(rest, word, &mut list, reporter)?;
    Some((FetchWord { fetch, converters: list, word: word.clone() }, rest))
}

/// Reads converters, each behind a comma or several, and returns what follows; a comma may end the word.
fn converters<'t>(
    mut rest: &'t [u8],
    word: &Word,
    list: &mut Vec<Call>,
    reporter: &mut Reporter<'_>,
) -> Option<&'t [u8]> {
    while let [b',', after @ ..] = rest {
        rest = after;
        if matches!(rest, [] | [b',', ..]) {
            continue;
        }
        let (converter, after) = call(rest, word, reporter)?;
        if converter.name.is_empty() {
            let message = format!("a converter is missing behind ',' in '{}'", word.display());
            reporter.error(DiagnosticKind::Converter, word, message);
            return None;
        }
        list.push(converter);
        rest = after;
    }
    Some(rest)
}
