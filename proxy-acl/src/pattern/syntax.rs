//! Regular expressions in PCRE's syntax, rewritten for an engine in linear time.
//!
//! HAProxy hands patterns to PCRE2 without options, on bytes. Most of the syntax is common; here the
//! same characters that mean something else are rewritten, and what takes backtracking is refused.

use alloc::format;
use alloc::string::String;

/// What an expression contains that cannot be rewritten, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    pub(crate) at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    LookAround,
    AtomicGroup,
    PossessiveQuantifier,
    /// HAProxy refuses it too: its groups do not capture.
    BackReference,
    /// HAProxy refuses it too.
    ClassName,
    /// HAProxy refuses it too.
    ClassNameAlone,
    /// HAProxy refuses it too.
    NothingToRepeat,
    Verb,
    Recursion,
    Escape,
}

impl Reason {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::LookAround => "look-around",
            Self::AtomicGroup => "an atomic group",
            Self::PossessiveQuantifier => "a possessive quantifier",
            Self::BackReference => "a back-reference, but groups do not capture",
            Self::ClassName => "an unknown class of characters",
            Self::ClassNameAlone => "the name of a class without brackets around it",
            Self::NothingToRepeat => "a quantifier without anything to repeat",
            Self::Verb => "a backtracking verb",
            Self::Recursion => "recursion",
            Self::Escape => "an escape",
        }
    }
}

/// What may stand in `[:name:]`.
const CLASSES: [&[u8]; 14] = [
    b"alnum", b"alpha", b"ascii", b"blank", b"cntrl", b"digit", b"graph", b"lower", b"print",
    b"punct", b"space", b"upper", b"word", b"xdigit",
];

/// Rewrites `pattern`.
///
/// With `whole` the expression is only asked whether it matches, not where: `$` then also stands
/// before a final line feed, as in PCRE.
pub(crate) fn translate(pattern: &[u8], whole: bool) -> Result<String, Refusal> {
    let mut translation =
        Translation { pattern, at: 0, out: String::new(), whole, class: false, repeatable: false };
    if pattern.windows(2).any(|pair| pair == b"(?") {
        // Flags such as (?m) give `$` other meanings.
        translation.whole = false;
    }
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
            self.out.push_str(&format!("\\x{byte:02x}"));
        }
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
            b'$' if self.whole => self.out.push_str("(?:\\n?\\z)"),
            _ => self.push(byte),
        }
        self.repeatable = !matches!(byte, b'^' | b'$' | b'|');
        self.at += 1;
        Ok(())
    }

    /// Sets of sets are a syntax of their own here, and plain characters in PCRE.
    fn in_class(&mut self, byte: u8) -> Result<(), Refusal> {
        match byte {
            b']' => {
                self.class = false;
                self.repeatable = true;
                self.push(byte);
            }
            b'[' if self.named_class().is_some() => return self.name(),
            b'[' | b'&' | b'~' => {
                self.push(b'\\');
                self.push(byte);
            }
            b'-' if self.peek(1) == Some(b'-') => {
                self.out.push_str("-\\-");
                self.at += 1;
            }
            _ => self.push(byte),
        }
        self.at += 1;
        Ok(())
    }

    /// The length of the `[:name:]` that begins here, or of its like with `.` and `=`.
    fn named_class(&self) -> Option<usize> {
        let [b'[', mark @ (b':' | b'.' | b'='), inside @ ..] = self.rest() else { return None };
        let mut at = 0;
        loop {
            match inside.get(at..)? {
                [end, b']', ..] if end == mark => return Some(at + 4),
                [b'\\', b']' | b'\\', ..] => at += 2,
                [] | [b']', ..] => return None,
                [b'[', next, ..] if next == mark => return None,
                _ => at += 1,
            }
        }
    }

    fn name(&mut self) -> Result<(), Refusal> {
        let length = self.named_class().unwrap_or_default();
        let pattern = self.pattern;
        let class = pattern.get(self.at..self.at + length).unwrap_or_default();
        let name = class.strip_prefix(b"[:").and_then(|name| name.strip_suffix(b":]"));
        let name = name.map(|name| name.strip_prefix(b"^").unwrap_or(name));
        if !name.is_some_and(|name| CLASSES.contains(&name)) {
            return self.refuse(Reason::ClassName);
        }
        for byte in class {
            self.push(*byte);
        }
        self.at += length;
        Ok(())
    }

    fn group(&mut self) -> Result<(), Refusal> {
        match self.rest() {
            [b'(', b'?', b'=' | b'!', ..] | [b'(', b'?', b'<', b'=' | b'!', ..] => {
                self.refuse(Reason::LookAround)
            }
            [b'(', b'?', b'>' | b'|', ..] => self.refuse(Reason::AtomicGroup),
            [b'(', b'*', ..] => self.refuse(Reason::Verb),
            [b'(', b'?', b'R' | b'0'..=b'9' | b'&' | b'(', ..]
            | [b'(', b'?', b'P', b'>' | b'=', ..] => self.refuse(Reason::Recursion),
            [b'(', b'?', flags @ ..] => {
                let is_flag =
                    |byte: &&u8| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'^');
                let flags = flags.iter().take_while(is_flag).count();
                let ended = matches!(self.peek(2 + flags), Some(b')' | b':'));
                self.copy(2 + flags + usize::from(ended));
                Ok(())
            }
            _ => {
                self.copy(1);
                Ok(())
            }
        }
    }

    /// Passes over bytes that mean the same in both, behind which nothing can be repeated.
    fn copy(&mut self, count: usize) {
        for _ in 0..count {
            self.peek(0).into_iter().for_each(|byte| self.push(byte));
            self.at += 1;
        }
        self.repeatable = false;
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

    fn escape(&mut self) -> Result<(), Refusal> {
        let Some(byte) = self.peek(1) else {
            // PCRE refuses a last backslash, and so does the engine.
            self.out.push('\\');
            self.at += 1;
            return Ok(());
        };
        let is_assertion = !self.class && matches!(byte, b'A' | b'b' | b'B' | b'z' | b'Z');
        // What surrounds a literal text is nothing by itself.
        if !matches!(byte, b'E' | b'Q') {
            self.repeatable = !is_assertion;
        }
        match byte {
            b'0'..=b'7' if byte == b'0' || self.class => {
                let octal = self.rest().iter().skip(1).take(3);
                let digits = octal.take_while(|byte| matches!(byte, b'0'..=b'7'));
                let (value, width) = digits.fold((0_u32, 0), |(value, width), digit| {
                    (value * 8 + u32::from(digit - b'0'), width + 1)
                });
                self.out.push_str(&format!("\\x{:02x}", value & 0xff));
                self.at += 1 + width;
                return Ok(());
            }
            b'1'..=b'9' if !self.class => return self.refuse(Reason::BackReference),
            b'k' | b'g' => return self.refuse(Reason::BackReference),
            // The end of a literal text that was not begun is nothing.
            b'E' if !self.class => {
                self.at += 2;
                return Ok(());
            }
            b'K' | b'G' | b'C' | b'X' | b'R' | b'E' | b'c' | b'o' | b'p' | b'P' | b'u' | b'U'
            | b'L' | b'l' => return self.refuse(Reason::Escape),
            b'Q' => return self.literal(),
            b'h' if self.class => self.out.push_str("\\t\\x20\\xa0"),
            b'h' => self.out.push_str("[\\t\\x20\\xa0]"),
            b'H' if !self.class => self.out.push_str("[^\\t\\x20\\xa0]"),
            b'N' if !self.class => self.out.push_str("[^\\n]"),
            b'e' => self.out.push_str("\\x1b"),
            b'b' if self.class => self.out.push_str("\\x08"),
            b'Z' if !self.class => {
                self.out.push_str(if self.whole { "(?:\\n?\\z)" } else { "\\z" });
            }
            b'x' => {
                let hex = |byte: &&u8| byte.is_ascii_hexdigit();
                if self.peek(2) == Some(b'{') {
                    self.out.push_str("\\x");
                } else {
                    let width = self.rest().iter().skip(2).take(2).take_while(hex).count();
                    let digits = self.rest().get(2..2 + width).unwrap_or_default();
                    let digits = core::str::from_utf8(digits).unwrap_or_default();
                    self.out.push_str(&format!("\\x{digits:0>2}"));
                    self.at += width;
                }
            }
            // In newer engines these are ends of words; elsewhere they are the characters.
            b'<' | b'>' => self.push(byte),
            _ if !byte.is_ascii_alphanumeric() && !byte.is_ascii_punctuation() => self.push(byte),
            _ => {
                self.out.push('\\');
                self.push(byte);
            }
        }
        self.at += 2;
        Ok(())
    }

    /// `\Q...\E` is literal text.
    fn literal(&mut self) -> Result<(), Refusal> {
        self.at += 2;
        while let Some(byte) = self.peek(0) {
            if self.rest().starts_with(b"\\E") {
                self.at += 2;
                break;
            }
            self.out.push_str(&format!("\\x{byte:02x}"));
            self.at += 1;
            self.repeatable = true;
        }
        Ok(())
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
            (r"\x{41}b", r"\x{41}b"),
            (r"\0", r"\x00"),
            (r"\0123", r"\x0a3"),
            (r"[\1018]", r"[\x418]"),
            (r"[+--]", r"[+-\-]"),
            (r"a\ b", "a b"),
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
    fn classes_have_names_of_posix() {
        for (pattern, at) in [
            ("[[:alpha0:]]+", 1),
            ("[[:Alpha:]]", 1),
            ("[x[:^foo:]]", 2),
            ("[[::]]", 1),
            (r"[[:a\]:]]", 1),
            ("[[.a.]]", 1),
            ("[[=a=]]", 1),
            ("[[:a[b:]]", 1),
        ] {
            assert_eq!(refused(pattern), Some((Reason::ClassName, at)), "{pattern}");
        }
    }

    #[test]
    fn names_of_classes_stand_in_classes() {
        for (pattern, at) in [("[:alpha:]]+/", 0), ("x[.a.]", 1), ("(?:[=a=])", 3), (r"[:a\]:]", 0)]
        {
            assert_eq!(refused(pattern), Some((Reason::ClassNameAlone, at)), "{pattern}");
        }
        for pattern in ["[:a]", "[^:a:]", r"\[:a:]"] {
            same(pattern);
        }
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

    #[test]
    fn backtracking_is_refused_with_its_place() {
        assert_eq!(refused("a(?!b)"), Some((Reason::LookAround, 1)));
        assert_eq!(refused("(?<=a)b"), Some((Reason::LookAround, 0)));
        assert_eq!(refused("(?>a)"), Some((Reason::AtomicGroup, 0)));
        assert_eq!(refused("a++"), Some((Reason::PossessiveQuantifier, 2)));
        assert_eq!(refused("a{2}+"), Some((Reason::PossessiveQuantifier, 4)));
        assert_eq!(refused(r"(a)\1"), Some((Reason::BackReference, 3)));
        assert_eq!(refused(r"(a)\k"), Some((Reason::BackReference, 3)));
        assert_eq!(refused(r"a\Kb"), Some((Reason::Escape, 1)));
        assert_eq!(refused(r"[\E]"), Some((Reason::Escape, 1)));
        assert_eq!(refused("(*UTF)a"), Some((Reason::Verb, 0)));
        assert_eq!(refused("(?R)"), Some((Reason::Recursion, 0)));
    }
}
