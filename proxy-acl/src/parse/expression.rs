//! A fetch, its flags and its patterns.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::did_you_mean;
use crate::ast::{Call, Expression, FetchWord, Flags, PatternFile, Word};
use crate::convert;
use crate::error::DiagnosticKind;
use crate::fetch::keyword;
use crate::pattern::matching::Matching;
use crate::quote;
use crate::reporter::Reporter;
use crate::spelling;

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
    let (flags, patterns) = flags(rest, reporter)?;
    let spaced = patterns.first().filter(|pattern| pattern.text.starts_with(b"("));
    if let (Some(pattern), false, false) = (spaced, flags.ended, first.text.contains(&b'(')) {
        let message = format!(
            "'{}' is taken for a pattern of '{}', not for its argument",
            pattern.display(),
            first.display()
        );
        reporter
            .warning(DiagnosticKind::SpaceBeforeParenthesis, pattern, message)
            .suggest("remove the space before '(', or put '--' before the pattern if it is meant");
    }
    let span = first.span.to(words.last().unwrap_or(first).span);
    Some(Expression { fetch, flags, patterns: patterns.to_vec(), span })
}

fn flags<'w>(mut words: &'w [Word], reporter: &mut Reporter<'_>) -> Option<(Flags, &'w [Word])> {
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
            b"-u" if rest.is_empty() => {
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

/// An optional sign and digits.
fn is_number(word: &Word) -> bool {
    let text = word.text.as_slice();
    let unsigned = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
    !unsigned.is_empty() && unsigned.iter().all(u8::is_ascii_digit)
}

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
fn isolated_converters(
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

/// Splits `name(argument,...)` off; brackets and quotes inside are a second language with quotes of
/// its own.
fn call<'t>(text: &'t [u8], word: &Word, reporter: &mut Reporter<'_>) -> Option<(Call, &'t [u8])> {
    let (name, rest) = split_name(text);
    let name = String::from_utf8_lossy(name).into_owned();
    let Some(inner) = rest.strip_prefix(b"(") else {
        return Some((Call { name, arguments: Vec::new() }, rest));
    };
    let Some((arguments, rest)) = split_arguments(inner) else {
        let message = format!("a ')' is missing in '{}'", word.display());
        reporter
            .error(DiagnosticKind::Fetch, word, message)
            .suggest("close it, and quote the word if an argument has spaces");
        return None;
    };
    Some((Call { name, arguments }, rest))
}

fn split_name(text: &[u8]) -> (&[u8], &[u8]) {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-+:".contains(byte);
    text.split_at(text.iter().position(|byte| !is_name(byte)).unwrap_or(text.len()))
}

/// Returns the arguments before the closing bracket and what follows it; `None` without one.
pub(super) fn split_arguments(text: &[u8]) -> Option<(Vec<Vec<u8>>, &[u8])> {
    let mut arguments = Vec::new();
    let mut argument = Vec::new();
    let mut quote = None;
    // Quotes with nothing between them are an argument, brackets are none.
    let mut is_quoted = false;
    let mut rest = text;
    loop {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        match (byte, quote) {
            (b')', None) => break,
            (b',', None) => arguments.push(core::mem::take(&mut argument)),
            (b'"' | b'\'', None) => {
                quote = Some(byte);
                is_quoted = true;
            }
            (b'"' | b'\'', Some(open)) if open == byte => quote = None,
            (b'\\', None | Some(b'"')) => match after.split_first() {
                Some((&escaped @ (b'\\' | b' ' | b'"' | b'\''), after)) => {
                    argument.push(escaped);
                    rest = after;
                }
                Some((&letter @ (b'n' | b'r' | b't'), after)) => {
                    argument.push(match letter {
                        b'n' => b'\n',
                        b'r' => b'\r',
                        _ => b'\t',
                    });
                    rest = after;
                }
                _ => argument.push(byte),
            },
            _ => argument.push(byte),
        }
    }
    if is_quoted || !(arguments.is_empty() && argument.is_empty()) {
        arguments.push(argument);
    }
    Some((arguments, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn arguments_have_quotes_of_their_own() {
        assert_eq!(
            split_arguments(b"a,1)x"),
            Some((vec![b"a".to_vec(), b"1".to_vec()], &b"x"[..]))
        );
        assert_eq!(split_arguments(b"\"a,)\")"), Some((vec![b"a,)".to_vec()], &b""[..])));
        assert_eq!(split_arguments(br"a\)"), Some((vec![br"a\".to_vec()], &b""[..])));
        for (text, argument) in [
            (&br"a\ b\\c)"[..], &br"a b\c"[..]),
            (br#"\"a\')"#, br#""a'"#),
            (br#""a\"b")"#, br#"a"b"#),
            (br"'a\\b')", br"a\\b"),
            (br"a\tb\r\n\q)", b"a\tb\r\n\\q"),
            (br"'a\t')", br"a\t"),
            (b"'')", b""),
        ] {
            assert_eq!(split_arguments(text), Some((vec![argument.to_vec()], &b""[..])));
        }
    }

    #[test]
    fn empty_brackets_are_no_argument() {
        assert_eq!(split_arguments(b")"), Some((vec![], &b""[..])));
        assert_eq!(split_arguments(b",1)"), Some((vec![vec![], b"1".to_vec()], &b""[..])));
    }

    #[test]
    fn missing_bracket_is_seen() {
        assert_eq!(split_arguments(b"a,1"), None);
        assert_eq!(split_arguments(b"\"a)"), None);
    }
}
