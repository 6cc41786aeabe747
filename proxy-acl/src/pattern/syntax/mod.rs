//! Regular expressions in PCRE's syntax, rewritten for an engine in linear time.
//!
//! HAProxy hands patterns to PCRE2 without options, on bytes. Most of the syntax is common; here the
//! same characters that mean something else are rewritten, and what takes backtracking is refused.

mod class;
mod escape;
mod options;
mod refusal;

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

pub(crate) use refusal::{Reason, Refusal};

/// Rewrites `pattern`.
///
/// With `whole` the expression is only asked whether it matches, not where: `$` then also stands
/// before a final line feed, as in PCRE.
pub(crate) fn translate(pattern: &[u8], whole: bool) -> Result<String, Refusal> {
    let mut translation = Translation {
        pattern,
        at: 0,
        out: String::new(),
        whole,
        class: false,
        repeatable: false,
        multiline: vec![false],
        extended: false,
    };
    while let Some(byte) = translation.peek(0) {
        translation.step(byte)?;
    }
    Ok(translation.out)
}

struct Translation<'p> {
    pattern: &'p [u8],
    at: usize,
    out: String,
    whole: bool,
    /// Inside of brackets.
    class: bool,
    /// A quantifier may come next.
    repeatable: bool,
    /// Of each group around, the outermost first, whether `$` stands at the end of each line.
    multiline: Vec<bool>,
    /// Blanks mean nothing, but in brackets.
    extended: bool,
}

impl Translation<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.pattern.get(self.at + ahead).copied()
    }

    fn rest(&self) -> &[u8] {
        self.pattern.get(self.at..).unwrap_or_default()
    }

    fn refuse<T>(&self, reason: Reason) -> Result<T, Refusal> {
        Err(Refusal { reason, at: self.at })
    }

    fn push(&mut self, byte: u8) {
        if byte.is_ascii() {
            self.out.push(char::from(byte));
        } else {
            self.put_code(byte);
        }
    }

    /// Writes a byte so that it stands for itself everywhere.
    fn put_code(&mut self, byte: u8) {
        self.out.push_str(&format!("\\x{byte:02x}"));
    }

    fn step(&mut self, byte: u8) -> Result<(), Refusal> {
        match byte {
            b'\\' => return self.escape(),
            _ if self.class => return self.in_class(byte),
            b'[' if self.named_class().is_some() => return self.refuse(Reason::ClassNameAlone),
            b'[' => {
                self.class = true;
                self.push(byte);
                self.at += 1;
                if self.peek(0) == Some(b'^') {
                    self.push(b'^');
                    self.at += 1;
                }
                if self.peek(0) == Some(b']') {
                    self.out.push_str("\\]");
                    self.at += 1;
                }
                return Ok(());
            }
            b'(' => return self.group(),
            b'{' if !self.counts() => self.out.push_str("\\{"),
            b'*' | b'+' | b'?' | b'{' => return self.quantifier(byte),
            b')' => {
                if self.multiline.len() > 1 {
                    self.multiline.pop();
                }
                self.push(byte);
            }
            b'$' if self.whole && !self.is_multiline() => self.out.push_str("(?:\\n?\\z)"),
            _ => self.push(byte),
        }
        self.repeatable = !matches!(byte, b'^' | b'$' | b'|');
        self.at += 1;
        Ok(())
    }

    /// Whether a `{` begins a quantifier: `{2}`, `{2,}` or `{2,4}`.
    fn counts(&self) -> bool {
        let inside = self.rest().iter().skip(1).take_while(|byte| **byte != b'}');
        let length = inside.count();
        let Some(inside) = self.pattern.get(self.at + 1..self.at + 1 + length) else {
            return false;
        };
        let closed = self.peek(length + 1) == Some(b'}');
        let mut parts = inside.split(|byte| *byte == b',');
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        let low = parts.next().is_some_and(|part| !part.is_empty() && digits(part));
        closed && low && parts.next().is_none_or(digits) && parts.next().is_none()
    }

    fn quantifier(&mut self, byte: u8) -> Result<(), Refusal> {
        if !core::mem::take(&mut self.repeatable) {
            return self.refuse(Reason::NothingToRepeat);
        }
        while let Some(next) = self.peek(0) {
            self.push(next);
            self.at += 1;
            if byte != b'{' || next == b'}' {
                break;
            }
        }
        match self.peek(0) {
            Some(b'+') => self.refuse(Reason::PossessiveQuantifier),
            Some(b'?') => {
                self.push(b'?');
                self.at += 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(pattern: &str) {
        assert_eq!(translate(pattern.as_bytes(), false).as_deref(), Ok(pattern));
    }

    fn refused(pattern: &str) -> Option<(Reason, usize)> {
        translate(pattern.as_bytes(), true).err().map(|refusal| (refusal.reason, refusal.at))
    }

    #[test]
    fn common_syntax_stays() {
        for pattern in [
            "^/(a|b)+[a-z0-9_]*?x{2,3}$",
            r"\.(png|css)$",
            r"(?i:a)\d\w\s\b",
            "[[:alpha:]x]",
            "[[:^digit:]-]",
            "[a][b]+?",
        ] {
            same(pattern);
        }
    }

    #[test]
    fn what_reads_otherwise_is_rewritten() {
        for (pattern, expected) in [
            ("a{,3}", r"a\{,3}"),
            ("a{x}", r"a\{x}"),
            ("[]a]", r"[\]a]"),
            ("[^]a]", r"[^\]a]"),
            ("[a[b]", r"[a\[b]"),
            ("[a[:]b]", r"[a\[:]b]"),
            ("[[:a]]", r"[\[:a]]"),
            ("[[:foo]x]", r"[\[:foo]x]"),
            ("[[:a[:alpha:]]", r"[\[:a[:alpha:]]"),
            ("[a&&b]", r"[a\&\&b]"),
            (r"\<a\>", "<a>"),
            (r"\Qa.b\Ec", r"\x61\x2e\x62c"),
            (r"a\E+\.\E", r"a+\."),
            (r"\012", r"\x0a"),
            (r"\x4g", r"\x04g"),
            (r"\h", r"[\t\x20\xa0]"),
            (r"a\hb", r"a[\t\x20\xa0]b"),
            (r"[\h]", r"[\t\x20\xa0]"),
            (r"\H", r"[^\t\x20\xa0]"),
            (r"\N", r"[^\n]"),
            (r"\ea", r"\x1ba"),
            (r"[\b]", r"[\x08]"),
            (r"a\Z", r"a\z"),
            (r"\x", r"\x00"),
            (r"\x123", r"\x123"),
            (r"\x{41}b", r"\x41b"),
            (r"[\x{0fF}-\o{377}]", r"[\xff-\xff]"),
            (r"\o{12}+", r"\x0a+"),
            (r"\ca[\c\]", r"\x01[\x1c]"),
            (r"\0", r"\x00"),
            (r"\0123", r"\x0a3"),
            (r"[\1018]", r"[\x418]"),
            (r"[+--]", r"[+-\-]"),
            (r"a\ b", r"a\x20b"),
            (r"a\/\-b", r"a\/\-b"),
            (r"[\d\-]", r"[\d\-]"),
        ] {
            assert_eq!(translate(pattern.as_bytes(), false).as_deref(), Ok(expected), "{pattern}");
        }
        assert_eq!(translate(b"a\\\xe9b", false).as_deref(), Ok(r"a\xe9b"));
        assert_eq!(translate(br"a\Z", true).as_deref(), Ok(r"a(?:\n?\z)"));
        assert_eq!(translate(b"\xc3\xa9", false).as_deref(), Ok(r"\xc3\xa9"));
        assert_eq!(translate(b"a$", true).as_deref(), Ok(r"a(?:\n?\z)"));
    }

    #[test]
    fn what_the_engine_refuses_is_left_to_it() {
        for pattern in [r"[\N]", r"[\H]", r"[\Z]", r"[\8]", r"a\"] {
            same(pattern);
        }
    }

    /// Answers of haproxy 2.6.12.
    #[test]
    fn only_what_has_a_width_is_repeated() {
        for (pattern, at) in [
            ("^?a", 1),
            ("a$*", 2),
            (r"\b+a", 2),
            (r"a\z*", 3),
            (r"\B{2}a", 2),
            ("(?i)*a", 4),
            ("|*a", 1),
            ("a**", 2),
            ("a*?*", 3),
            ("a+?+", 3),
            ("a{2}{3}", 4),
            (r"\E*a", 2),
            (r"\Q\E*", 4),
            (r"^\E*", 3),
            ("(?:*a)", 3),
        ] {
            assert_eq!(refused(pattern), Some((Reason::NothingToRepeat, at)), "{pattern}");
        }
        for pattern in
            ["^{,2}a", "(^)*a", "(?:)*", r"a\Q\E*", "^^a", "(?i)a*", "[b]*", r"\d+?", "(?i:a)+"]
        {
            assert_eq!(refused(pattern), None, "{pattern}");
        }
    }

    /// Answers of haproxy 2.6.12.
    #[test]
    fn codes_of_characters_end_at_255() {
        for (pattern, reason) in [
            (r"\x{100}", Reason::Code),
            (r"\x{99999999999}", Reason::Code),
            (r"\o{400}", Reason::Code),
            (r"\x{}", Reason::Escape),
            (r"\x{1g}", Reason::Escape),
            (r"\x{1", Reason::Escape),
            (r"\o{8}", Reason::Escape),
            (r"\o", Reason::Escape),
            (r"\c", Reason::Escape),
            ("\\c\u{e9}", Reason::Escape),
        ] {
            assert_eq!(refused(pattern), Some((reason, 0)), "{pattern}");
        }
        assert_eq!(refused("[[:alpha:]-z]"), Some((Reason::Range, 10)));
        assert_eq!(refused("[[:alpha:]-]"), None);
    }

    #[test]
    fn backtracking_is_refused_with_its_place() {
        assert_eq!(refused("a(?!b)"), Some((Reason::LookAround, 1)));
        assert_eq!(refused("(?<=a)b"), Some((Reason::LookAround, 0)));
        assert_eq!(refused("(?>a)"), Some((Reason::AtomicGroup, 0)));
        assert_eq!(refused("a++"), Some((Reason::PossessiveQuantifier, 2)));
        assert_eq!(refused("a{2}+"), Some((Reason::PossessiveQuantifier, 4)));
        assert_eq!(refused(r"(a)\1"), Some((Reason::BackReference, 3)));
        assert_eq!(refused(r"(a)\k"), Some((Reason::BackReference, 3)));
        assert_eq!(refused("(?*a)b"), Some((Reason::LookAround, 0)));
        assert_eq!(refused("(?<*a)b"), Some((Reason::LookAround, 0)));
        assert_eq!(refused(r"a\Kb"), Some((Reason::Escape, 1)));
        assert_eq!(refused(r"a\N{U+41}"), Some((Reason::Escape, 1)));
        assert_eq!(refused(r"[\E]"), Some((Reason::Escape, 1)));
        assert_eq!(refused("(*UTF)a"), Some((Reason::Verb, 0)));
        assert_eq!(refused("(?R)"), Some((Reason::Recursion, 0)));
    }
}
