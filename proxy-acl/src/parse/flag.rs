//! The flags of an expression, before its patterns.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

use super::did_you_mean;
use crate::ast::{Flags, PatternFile, Word};
use crate::error::DiagnosticKind;
use crate::number;
use crate::pattern::matching::Matching;
use crate::reporter::Reporter;
use crate::spelling;

/// Reads flags, and returns the words behind them.
pub(super) fn flags<'w>(
    mut words: &'w [Word],
    in_braces: bool,
    reporter: &mut Reporter<'_>,
) -> Option<(Flags, &'w [Word])> {
    let mut flags = Flags::default();
    let mut map = false;
    while let Some((flag, mut rest)) = words.split_first() {
        if !flag.text.starts_with(b"-") {
            break;
        }
        match flag.text.as_slice() {
            b"--" => {
                flags.ended = true;
                return Some((flags, rest));
            }
            b"-i" => flags.ignore_case = true,
            b"-n" => flags.no_dns = true,
            b"-m" if !flags.files.is_empty() => {
                let message = String::from("'-m' must stand before files and patterns");
                reporter
                    .error(DiagnosticKind::Flag, flag, message)
                    .suggest("move it before the first '-f'");
                return None;
            }
            b"-u" if in_braces && rest.is_empty() => {
                let message = String::from("'-u' without its number");
                reporter
                    .error(DiagnosticKind::Flag, flag, message)
                    .suggest("HAProxy reads beside its memory here: write a number");
                return None;
            }
            b"-u" if rest.first().is_none_or(|value| value.text.is_empty()) => {
                rest = rest.get(1..).unwrap_or_default();
                let message = String::from("'-u' without its number");
                reporter
                    .warning(DiagnosticKind::Misread, flag, message)
                    .suggest("HAProxy takes it for 0: write a number");
                flags.number = Some(Box::new(Word { text: b"0".to_vec(), span: flag.span }));
            }
            b"-m" | b"-f" | b"-u" => {
                let Some((value, after)) = rest.split_first() else {
                    let message = format!("'{}' without its value", flag.display());
                    reporter.error(DiagnosticKind::Flag, flag, message);
                    return None;
                };
                rest = after;
                match flag.text.as_slice() {
                    b"-m" => {
                        check_method(value, reporter)?;
                        flags.method = Some(value.clone());
                    }
                    b"-f" => flags.files.push(PatternFile {
                        name: value.clone(),
                        ignore_case: flags.ignore_case,
                        map,
                    }),
                    // -u numbers the acl for HAProxy's command line, which does not exist here.
                    _ if is_number(value) => flags.number = Some(Box::new(value.clone())),
                    _ => {
                        let message = format!("'{}' is not a number", value.display());
                        reporter.error(DiagnosticKind::Flag, value, message);
                        return None;
                    }
                }
            }
            b"-M" => map = true,
            _ => {
                let message = format!("'{}' is not a flag", flag.display());
                reporter.error(DiagnosticKind::Flag, flag, message).suggest(
                    "there are -i -n -m -f -M -u; put '--' before patterns that begin with '-'",
                );
                return None;
            }
        }
        words = rest;
    }
    Some((flags, words))
}

/// Whether a word is a flag where flags may stand.
pub(crate) fn is_flag(word: &Word) -> bool {
    matches!(word.text.as_slice(), b"-i" | b"-n" | b"-m" | b"-f" | b"-M" | b"-u")
}

fn check_method(word: &Word, reporter: &mut Reporter<'_>) -> Option<()> {
    if Matching::named(&word.text).is_some() {
        return Some(());
    }
    let message = format!("unknown match method '{}'", word.display());
    let suggestion = spelling::nearest(&word.text, Matching::NAMES)
        .map_or_else(|| format!("choose one of {}", Matching::NAMES.join(", ")), did_you_mean);
    reporter.error(DiagnosticKind::MatchMethod, word, message).suggest(suggestion);
    None
}

fn is_number(word: &Word) -> bool {
    number::leading(&word.text).is_some_and(|(_, rest)| rest.is_empty())
}

/// Whether the word at `at` of an `acl` line is the value of a flag.
pub(super) fn is_value(words: &[Word], at: usize) -> bool {
    let mut flags = words.get(3..at).unwrap_or_default();
    if !words.first().is_some_and(|keyword| keyword.is("acl")) {
        return false;
    }
    while let Some((flag, rest)) = flags.split_first() {
        flags = match flag.text.as_slice() {
            b"-i" | b"-n" | b"-M" => rest,
            b"-f" | b"-m" | b"-u" if rest.is_empty() => return true,
            b"-f" | b"-m" | b"-u" => rest.get(1..).unwrap_or_default(),
            _ => return false,
        };
    }
    false
}
