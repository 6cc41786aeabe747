//! A line into words: quotes, escapes, comments, environment (configuration manual, 2.2 and 2.3).

use alloc::collections::BTreeMap;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use crate::ast::{Span, Word};

/// HAProxy refuses longer lines.
const MAX_WORDS: usize = 64;

/// Why a line cannot be split, and at which column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LexError {
    pub(crate) problem: Problem,
    pub(crate) column: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    UnmatchedQuote,
    InvalidHex,
    VariableName,
    UnmatchedBrace,
    WordExpansion,
    TooManyWords,
    StrayNul,
    TooLong { limit: usize },
}

/// Splits one line, without its line end, into words.
///
/// `limit` bounds what the line may grow to by the environment.
pub(crate) fn split(
    line: &[u8],
    number: u32,
    environment: &BTreeMap<Vec<u8>, Vec<u8>>,
    limit: usize,
) -> Result<Vec<Word>, LexError> {
    let mut lexer = Lexer { line, number, limit, at: 0, size: 0, words: Vec::new(), word: None };
    lexer.run(environment)?;
    Ok(lexer.words)
}

struct Lexer<'l> {
    line: &'l [u8],
    number: u32,
    limit: usize,
    at: usize,
    /// Bytes put into words so far.
    size: usize,
    words: Vec<Word>,
    word: Option<Open>,
}

/// The word that is being read.
struct Open {
    text: Vec<u8>,
    start: usize,
    /// An escaped NUL ends a word for HAProxy, whose words are C strings.
    cut: bool,
}

impl Lexer<'_> {
    fn run(&mut self, environment: &BTreeMap<Vec<u8>, Vec<u8>>) -> Result<(), LexError> {
        let mut quote: Option<(u8, usize)> = None;
        while let Some(byte) = self.peek(0) {
            match (byte, quote) {
                (0, _) => return Err(self.error(Problem::StrayNul, self.at)),
                (b'\r', _) | (b'#', None) => break,
                (b'"' | b'\'', None) => {
                    quote = Some((byte, self.at));
                    self.open();
                    self.at += 1;
                }
                (b'"' | b'\'', Some((open, _))) if open == byte => {
                    quote = None;
                    self.at += 1;
                }
                (b'\\', None | Some((b'"', _))) => self.escape(quote.is_some())?,
                (b' ' | b'\t' | 0x0b | 0x0c, None) => {
                    self.close();
                    self.at += 1;
                    // As in HAProxy a mere blank behind the last word is too much.
                    if self.words.len() >= MAX_WORDS {
                        return Err(self.error(Problem::TooManyWords, self.at));
                    }
                }
                (b'$', Some((b'"', _))) => self.variable(environment)?,
                _ => {
                    self.push(byte)?;
                    self.at += 1;
                }
            }
        }
        if let Some((_, start)) = quote {
            return Err(self.error(Problem::UnmatchedQuote, start));
        }
        self.close();
        Ok(())
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.line.get(self.at + ahead).copied()
    }

    fn error(&self, problem: Problem, at: usize) -> LexError {
        LexError { problem, column: column(at) }
    }

    fn open(&mut self) -> &mut Open {
        let start = self.at;
        self.word.get_or_insert_with(|| Open { text: Vec::new(), start, cut: false })
    }

    fn push(&mut self, byte: u8) -> Result<(), LexError> {
        if self.size >= self.limit {
            return Err(self.error(Problem::TooLong { limit: self.limit }, self.at));
        }
        self.size += 1;
        let word = self.open();
        if byte == 0 {
            word.cut = true;
        }
        if !word.cut {
            word.text.push(byte);
        }
        Ok(())
    }

    fn close(&mut self) {
        if let Some(Open { text, start, .. }) = self.word.take() {
            let width = u32::try_from(self.at - start).unwrap_or(u32::MAX);
            let span = Span { line: self.number, column: column(start), width };
            self.words.push(Word { text, span });
        }
    }

    /// A backslash outside single quotes. An unknown escape keeps both characters, which is what
    /// lets regular expressions go unquoted.
    fn escape(&mut self, in_quotes: bool) -> Result<(), LexError> {
        let (byte, width) = match self.peek(1) {
            Some(byte @ (b' ' | b'\\' | b'#' | b'\'' | b'"')) => (byte, 2),
            Some(b'$') if in_quotes => (b'$', 2),
            Some(b'n') => (b'\n', 2),
            Some(b'r') => (b'\r', 2),
            Some(b't') => (b'\t', 2),
            Some(b'x') => match (self.hex(2), self.hex(3)) {
                (Some(high), Some(low)) => (high << 4 | low, 4),
                _ => return Err(self.error(Problem::InvalidHex, self.at)),
            },
            _ => (b'\\', 1),
        };
        self.push(byte)?;
        self.at += width;
        Ok(())
    }

    fn hex(&self, ahead: usize) -> Option<u8> {
        let digit = char::from(self.peek(ahead)?).to_digit(16)?;
        u8::try_from(digit).ok()
    }

    /// `$NAME`, `${NAME}`, `${NAME-default}` or `${NAME[*]}` inside double quotes; of names with a dot
    /// there are `.LINE`, `.FILE` and `.SECTION`.
    fn variable(&mut self, environment: &BTreeMap<Vec<u8>, Vec<u8>>) -> Result<(), LexError> {
        self.at += 1;
        let brace = (self.peek(0) == Some(b'{')).then_some(self.at);
        if brace.is_some() {
            self.at += 1;
        }
        let start = self.at;
        if !self
            .peek(0)
            .is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.'))
        {
            return Err(self.error(Problem::VariableName, start));
        }
        self.at += 1;
        while self.peek(0).is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.at += 1;
        }
        let line = self.line;
        let name = line.get(start..self.at).unwrap_or_default();
        let number = self.number.to_string();
        let mut value = match name {
            b".LINE" => Some(number.as_bytes()),
            [b'.', ..] if !matches!(name, b".FILE" | b".SECTION") => {
                return Err(self.error(Problem::VariableName, start));
            }
            _ => environment.get(name).map(Vec::as_slice),
        };
        let mut expand = false;
        if let Some(brace) = brace {
            if self.peek(0) == Some(b'[') {
                if (self.peek(1), self.peek(2)) != (Some(b'*'), Some(b']')) {
                    return Err(self.error(Problem::WordExpansion, self.at));
                }
                expand = true;
                self.at += 3;
            }
            let rest = line.get(self.at..).unwrap_or_default();
            let end = match rest.first() {
                Some(b'}') => Some(0),
                Some(b'-') => memchr::memchr(b'}', rest),
                _ => None,
            };
            let Some(end) = end else {
                return Err(self.error(Problem::UnmatchedBrace, brace));
            };
            if value.is_none() && end > 0 {
                value = rest.get(1..end);
            }
            self.at += end + 1;
        }
        let mut in_spaces = false;
        for &byte in value.unwrap_or_default() {
            let space = expand && matches!(byte, b'\t'..=b'\r' | b' ');
            if !space {
                self.push(byte)?;
            } else if !in_spaces {
                self.close();
                if self.words.len() >= MAX_WORDS {
                    return Err(self.error(Problem::TooManyWords, self.at));
                }
                self.open();
            }
            in_spaces = space;
        }
        Ok(())
    }
}

fn column(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use alloc::vec;

    fn words(line: &str) -> Result<Vec<String>, LexError> {
        let environment = BTreeMap::from([
            (b"HOST".to_vec(), b"example.com".to_vec()),
            (b"LIST".to_vec(), b"a  b c".to_vec()),
            (b"EMPTY".to_vec(), Vec::new()),
            (b".DOT1".to_vec(), b"dot".to_vec()),
            (b".FILE".to_vec(), b"x.cfg".to_vec()),
        ]);
        let words = split(line.as_bytes(), 1, &environment, 1000)?;
        Ok(words.iter().map(Word::display).collect())
    }

    fn problem(line: &str) -> (Problem, u32) {
        let error = words(line).expect_err(line);
        (error.problem, error.column)
    }

    // Each answer was seen on haproxy 2.6.12.

    #[test]
    fn comment_starts_anywhere_outside_quotes() {
        assert_eq!(
            words("acl a path /h#c"),
            Ok(vec!["acl".into(), "a".into(), "path".into(), "/h".into()])
        );
        assert_eq!(words(r#""/h#c" '/h#c' /h\#c"#), Ok(vec!["/h#c".into(); 3]));
    }

    #[test]
    fn quotes_open_and_close_inside_a_word() {
        assert_eq!(words(r#"/x'y'z /"x y"z"#), Ok(vec!["/xyz".into(), "/x yz".into()]));
    }

    #[test]
    fn unknown_escape_keeps_both_characters() {
        assert_eq!(
            words(r"/u\qv ^/r\.x$ \$"),
            Ok(vec![r"/u\qv".into(), r"^/r\.x$".into(), r"\$".into()])
        );
    }

    #[test]
    fn single_quotes_keep_everything() {
        assert_eq!(words(r"'\x2f' '$HOST'"), Ok(vec![r"\x2f".into(), "$HOST".into()]));
    }

    #[test]
    fn hexadecimal_escapes_are_bytes() {
        assert_eq!(words(r"\x41\x2f"), Ok(vec!["A/".into()]));
        assert_eq!(problem(r"acl x path \x4"), (Problem::InvalidHex, 12));
        assert_eq!(problem(r"acl x path \xZZ"), (Problem::InvalidHex, 12));
    }

    #[test]
    fn escaped_nul_ends_the_word() {
        assert_eq!(words(r"a\x00b c"), Ok(vec!["a".into(), "c".into()]));
    }

    #[test]
    fn each_escape_is_its_character() {
        let line = br#"a\nb\rc\td\x41\x5a \"\'\\\ \# "\$" \$"#;

        let words = split(line, 1, &BTreeMap::new(), 1000).expect("valid");

        // The bytes themselves: shown, a line feed is what a backslash and an 'n' are.
        let texts: Vec<&[u8]> = words.iter().map(|word| &*word.text).collect();
        assert_eq!(texts, [&b"a\nb\rc\tdAZ"[..], b"\"'\\ #", b"$", b"\\$"]);
    }

    #[test]
    fn quotes_of_the_other_kind_are_characters() {
        assert_eq!(words(r#""it's" 'a"b'"#), Ok(vec!["it's".into(), "a\"b".into()]));
    }

    #[test]
    fn a_nul_in_the_line_is_refused() {
        assert_eq!(problem("acl a\0b"), (Problem::StrayNul, 6));
    }

    #[test]
    fn unmatched_quote_names_its_column() {
        assert_eq!(problem("acl x path \"abc"), (Problem::UnmatchedQuote, 12));
        assert_eq!(problem("acl x path 'abc"), (Problem::UnmatchedQuote, 12));
        assert_eq!(problem("acl x path \"abc\\"), (Problem::UnmatchedQuote, 12));
    }

    #[test]
    fn environment_is_expanded_inside_double_quotes_only() {
        assert_eq!(
            words(r#""$HOST" "${HOST}x" ${HOST} "\$HOST""#),
            Ok(vec!["example.com".into(), "example.comx".into(), "${HOST}".into(), "$HOST".into()])
        );
        assert_eq!(words(r#""$.FILE.a$.LINE""#), Ok(vec!["x.cfg.a1".into()]));
        assert_eq!(problem(r#""$.DOT1""#), (Problem::VariableName, 3));
        assert_eq!(problem(r#""${.}""#), (Problem::VariableName, 4));
    }

    #[test]
    fn default_is_taken_only_when_unset() {
        assert_eq!(
            words(r#""${NONE-b c}" "${EMPTY-x}" "$NONE" "$NONE-b""#),
            Ok(vec!["b c".into(), String::new(), String::new(), "-b".into()])
        );
    }

    #[test]
    fn star_expands_to_words() {
        assert_eq!(words(r#"x"${LIST[*]}"y"#), Ok(vec!["xa".into(), "b".into(), "cy".into()]));
    }

    #[test]
    fn bad_variables_name_their_column() {
        assert_eq!(problem(r#"acl x path "${PATH"#), (Problem::UnmatchedBrace, 14));
        assert_eq!(problem(r#"acl x path "${A b}""#), (Problem::UnmatchedBrace, 14));
        assert_eq!(problem(r#"acl x path "$""#), (Problem::VariableName, 14));
        assert_eq!(problem(r#"acl x path "${}""#), (Problem::VariableName, 15));
        assert_eq!(problem(r#"acl x path "${PATH[x]}""#), (Problem::WordExpansion, 19));
    }

    #[test]
    fn sixty_four_words_are_the_most() {
        let line = "x ".repeat(63) + "x";

        assert_eq!(words(&line).map(|words| words.len()), Ok(64));
        assert_eq!(problem(&(line.clone() + " x")).0, Problem::TooManyWords);
        assert_eq!(problem(&(line.clone() + " ")).0, Problem::TooManyWords);
        assert_eq!(problem(&(line + " # c")).0, Problem::TooManyWords);
    }

    #[test]
    fn vertical_tab_and_form_feed_separate() {
        assert_eq!(words("a\x0bb\x0cc\td"), Ok(["a", "b", "c", "d"].map(String::from).to_vec()));
    }

    #[test]
    fn expansion_is_bounded() {
        let environment = BTreeMap::from([(b"A".to_vec(), vec![b'x'; 600])]);

        let error = split(br#""$A$A""#, 1, &environment, 1000);

        assert!(matches!(error, Err(LexError { problem: Problem::TooLong { limit: 1000 }, .. })));
    }
}
