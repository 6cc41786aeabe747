//! Calls: a name, and arguments in brackets.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::ast::{Call, Word};
use crate::error::DiagnosticKind;
use crate::reporter::Reporter;

/// Splits `name(argument,...)` off; brackets and quotes inside are a second language with quotes of
/// its own.
pub(super) fn call<'t>(
    text: &'t [u8],
    word: &Word,
    reporter: &mut Reporter<'_>,
) -> Option<(Call, &'t [u8])> {
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

pub(super) fn split_name(text: &[u8]) -> (&[u8], &[u8]) {
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
            (br#"'a"b')"#, br#"a"b"#),
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
