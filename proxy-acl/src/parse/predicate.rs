//! Conditions of `.if` lines (configuration manual, 2.4).

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::call::split_arguments;
use crate::quote;

/// What predicates are asked about.
pub(super) struct Facts<'f> {
    /// The variables, those set by the configuration so far included.
    pub(super) environment: &'f BTreeMap<Vec<u8>, Vec<u8>>,
    /// What the caller says of HAProxy's build, by predicates as they are written.
    pub(super) told: &'f BTreeMap<Vec<u8>, bool>,
}

/// What is wrong with a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It cannot be read from this byte on.
    Syntax { at: usize },
    /// The bracket of this byte is not closed.
    Unclosed { at: usize },
    /// There is no predicate of this name, or it takes other arguments.
    Predicate { at: usize, name: String },
    /// It rests on this predicate, about which nothing is known.
    Unknown { predicate: String },
}

/// HAProxy refuses deeper nesting.
const DEEPEST: usize = 340;

/// The version for which `version_atleast` and `version_before` answer, unless the caller says otherwise:
/// the one whose answers this crate gives.
const VERSION: [u32; 3] = [2, 6, 12];

/// Tells whether a condition holds; an empty one does not.
pub(super) fn holds(text: &[u8], facts: &Facts<'_>) -> Result<bool, Wrong> {
    if text.is_empty() {
        return Ok(false);
    }
    let mut reader = Reader { text, at: 0, depth: 0, facts };
    let value = reader.alternatives()?;
    if reader.at < text.len() {
        return reader.wrong();
    }
    match value {
        Truth::Known(value) => Ok(value),
        Truth::Unknown(predicate) => Err(Wrong::Unknown { predicate }),
    }
}

enum Truth {
    Known(bool),
    /// It depends on this predicate.
    Unknown(String),
}

impl Truth {
    /// Joins two terms, of which one that is `decisive` decides alone.
    fn join(self, other: Self, decisive: bool) -> Self {
        match (self, other) {
            (Self::Known(value), _) | (_, Self::Known(value)) if value == decisive => {
                Self::Known(decisive)
            }
            (unknown @ Self::Unknown(_), _) | (_, unknown) => unknown,
        }
    }

    fn negate(self) -> Self {
        match self {
            Self::Known(value) => Self::Known(!value),
            unknown @ Self::Unknown(_) => unknown,
        }
    }
}

struct Reader<'t, 'f> {
    text: &'t [u8],
    at: usize,
    depth: usize,
    facts: &'f Facts<'f>,
}

impl<'t> Reader<'t, '_> {
    fn rest(&self) -> &'t [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn wrong<T>(&self) -> Result<T, Wrong> {
        Err(Wrong::Syntax { at: self.at })
    }

    fn skip_blanks(&mut self) {
        self.at += self.rest().iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    }

    /// Whether `sign` comes next; if so, it is passed, and so are the blanks behind it.
    fn pass(&mut self, sign: &[u8]) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
            self.skip_blanks();
        }
        found
    }

    fn alternatives(&mut self) -> Result<Truth, Wrong> {
        let mut value = self.conjunction()?;
        while self.pass(b"||") {
            value = value.join(self.conjunction()?, true);
        }
        Ok(value)
    }

    fn conjunction(&mut self) -> Result<Truth, Wrong> {
        let mut value = self.term()?;
        while self.pass(b"&&") {
            value = value.join(self.term()?, false);
        }
        Ok(value)
    }

    /// Reads a term, and the blanks behind it.
    fn term(&mut self) -> Result<Truth, Wrong> {
        self.skip_blanks();
        let mut negated = false;
        while self.pass(b"!") {
            negated = !negated;
        }
        let value = if let Some((value, width)) = integer(self.rest()) {
            self.at += width;
            Truth::Known(value)
        } else if self.rest().starts_with(b"(") {
            self.brackets()?
        } else {
            self.predicate()?
        };
        self.skip_blanks();
        Ok(if negated { value.negate() } else { value })
    }

    fn brackets(&mut self) -> Result<Truth, Wrong> {
        if self.depth == DEEPEST {
            return self.wrong();
        }
        self.depth += 1;
        let at = self.at;
        self.pass(b"(");
        let value = self.alternatives()?;
        self.depth -= 1;
        if self.at == self.text.len() {
            return Err(Wrong::Unclosed { at });
        }
        if !self.pass(b")") {
            return self.wrong();
        }
        Ok(value)
    }

    fn predicate(&mut self) -> Result<Truth, Wrong> {
        let start = self.rest();
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let end = start.iter().position(|byte| !is_name(byte)).unwrap_or(start.len());
        let (name, rest) = start.split_at(end);
        if name.is_empty() {
            return self.wrong();
        }
        let (arguments, rest) = match rest.strip_prefix(b"(") {
            // Without brackets it ends at a blank or with the text.
            None if matches!(rest, [] | [b' ' | b'\t', ..]) => (Vec::new(), rest),
            None => return self.wrong(),
            Some(inside) => match split_arguments(inside) {
                Some(read) => read,
                None => return Err(Wrong::Unclosed { at: self.at + name.len() }),
            },
        };
        let written = start.get(..start.len() - rest.len()).unwrap_or_default();
        let Some(value) = self.value(name, &arguments, written) else {
            return Err(Wrong::Predicate { at: self.at, name: quote::shown(name) });
        };
        self.at += written.len();
        Ok(value)
    }

    /// Returns what a predicate says; nothing if there is no such predicate.
    fn value(&self, name: &[u8], arguments: &[Vec<u8>], written: &[u8]) -> Option<Truth> {
        let argument = match arguments {
            [] => &[][..],
            [first, ..] => first,
        };
        let truth =
            match (name, arguments) {
                (b"streq", [one, other]) => Truth::Known(one == other),
                (b"strneq", [one, other]) => Truth::Known(one != other),
                // Names with a dot stand for places, and are no variables.
                (b"defined", [] | [_]) => Truth::Known(
                    !argument.starts_with(b".") && self.facts.environment.contains_key(argument),
                ),
                (b"version_atleast" | b"version_before", [] | [_]) => {
                    let before = name == b"version_before";
                    match self.facts.told.get(written).copied().or_else(|| {
                        compared(argument).map(|order| (order == Ordering::Less) == before)
                    }) {
                        Some(value) => Truth::Known(value),
                        None => Truth::Unknown(quote::shown(written)),
                    }
                }
                (
                    b"feature"
                    | b"openssl_version_atleast"
                    | b"openssl_version_before"
                    | b"ssllib_name_startswith",
                    [] | [_],
                ) => match self.facts.told.get(written) {
                    Some(value) => Truth::Known(*value),
                    None => Truth::Unknown(quote::shown(written)),
                },
                _ => return None,
            };
        Some(truth)
    }
}

/// Whether the number at the start of a text is not 0, and its width; as C reads it.
fn integer(text: &[u8]) -> Option<(bool, usize)> {
    let sign = usize::from(matches!(text, [b'+' | b'-', ..]));
    let digits = text.get(sign..).unwrap_or_default();
    let (prefix, radix) = match digits {
        [b'0', b'x' | b'X', digit, ..] if digit.is_ascii_hexdigit() => (2, 16),
        [b'0', ..] => (0, 8),
        _ => (0, 10),
    };
    let digits = digits.get(prefix..).unwrap_or_default();
    let width = digits.iter().take_while(|byte| char::from(**byte).is_digit(radix)).count();
    let digits = digits.get(..width).filter(|digits| !digits.is_empty())?;
    Some((digits.iter().any(|digit| *digit != b'0'), sign + prefix + width))
}

/// How [`VERSION`] compares with one written as `2.6`, `2.6.12` or `2.7-dev3`; nothing if it is written
/// otherwise.
fn compared(text: &[u8]) -> Option<Ordering> {
    let text = core::str::from_utf8(text).ok()?;
    let (numbers, development) = match text.split_once("-dev") {
        None => (text, false),
        Some((numbers, number)) => (numbers, number.bytes().all(|byte| byte.is_ascii_digit())),
    };
    if text.contains('-') && !development {
        return None;
    }
    let mut given = Vec::new();
    for number in numbers.split('.') {
        given.push(number.parse::<u32>().ok()?);
    }
    let length = given.len().max(VERSION.len());
    let padded = |numbers: &[u32]| -> Vec<u32> {
        numbers.iter().copied().chain(core::iter::repeat(0)).take(length).collect()
    };
    // `2.6` means its first release, which is below every one of them.
    let order = padded(&VERSION).cmp(&padded(&given));
    Some(if development { order.then(Ordering::Greater) } else { order })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Result<bool, Wrong> {
        let environment = BTreeMap::from([(b"E".to_vec(), Vec::new())]);
        let told = BTreeMap::from([
            (b"feature(LUA)".to_vec(), true),
            (b"version_atleast(9)".to_vec(), true),
        ]);
        holds(text.as_bytes(), &Facts { environment: &environment, told: &told })
    }

    // Answers of haproxy 2.6.12 to all but what is unknown here.

    #[test]
    fn numbers_and_operators_are_read_as_by_haproxy() {
        for text in [
            "1",
            "-5",
            "0x10",
            "010",
            "+1",
            "1 && 0 || 1",
            "1||0&&0",
            "! ! 1",
            "!0",
            "(1)",
            "( 1 )",
            "(0 || 1) && 1",
            "0 && 0 || 1 && 1",
            "!(0)",
            "1 && (0 || !0)",
            " 1",
        ] {
            assert_eq!(answer(text), Ok(true), "{text}");
        }
        for text in ["", "0", "-0", "1&&0", "!1", "!(1)", "(0)", "0||0", "00"] {
            assert_eq!(answer(text), Ok(false), "{text}");
        }
    }

    #[test]
    fn predicates_tell_of_environment_and_texts() {
        for text in [
            "defined(E)",
            "!defined(NOPE)",
            "defined(\"E\")",
            "streq(a,a)",
            "streq(,)",
            "streq(\")\",\")\")",
            "strneq(a,b)",
            "strneq(a, a)",
        ] {
            assert_eq!(answer(text), Ok(true), "{text}");
        }
        for text in [
            "defined",
            "defined && 1",
            "(defined )",
            "defined()",
            "streq(a,)",
            "streq( a,a)",
            "strneq(a,a)",
        ] {
            assert_eq!(answer(text), Ok(false), "{text}");
        }
    }

    #[test]
    fn versions_are_compared_with_the_one_that_is_followed() {
        for text in [
            "version_atleast(2)",
            "version_atleast(2.6)",
            "version_atleast(2.6.12)",
            "version_atleast(2.6-dev5)",
            "version_before(2.6.13-dev0)",
            "version_before(2.7)",
            "version_before(2.6.12.1)",
        ] {
            assert_eq!(answer(text), Ok(true), "{text}");
        }
        for text in [
            "version_atleast(3)",
            "version_atleast(2.6.13)",
            "version_before(2.6.12)",
            "version_before(2.6.12-dev1)",
        ] {
            assert_eq!(answer(text), Ok(false), "{text}");
        }
    }

    #[test]
    fn what_is_no_condition_is_told_with_its_place() {
        for (text, at) in [
            ("1 2", 2),
            ("1 ||", 4),
            ("|| 1", 0),
            ("!", 1),
            ("()", 1),
            ("1)", 1),
            ("1x", 1),
            ("08", 1),
            ("0x", 1),
            ("(1)(1)", 3),
            ("(1 2", 3),
            ("defined (E)", 8),
            ("defined||1", 0),
            ("1 && (defined)", 6),
            ("(feature)", 1),
            ("streq(a,a)x", 10),
        ] {
            assert_eq!(answer(text), Err(Wrong::Syntax { at }), "{text}");
        }
        for (text, at) in [("(1", 0), ("1 || (1", 5), ("defined(A", 7), ("!streq(a,b", 6)] {
            assert_eq!(answer(text), Err(Wrong::Unclosed { at }), "{text}");
        }
        for (text, at, name) in [
            ("true", 0, "true"),
            ("0 && foo(1)", 5, "foo"),
            ("enabled(POLL)", 0, "enabled"),
            ("streq(a)", 0, "streq"),
            ("streq(a,b,c)", 0, "streq"),
            ("defined(E,X)", 0, "defined"),
        ] {
            assert_eq!(answer(text), Err(Wrong::Predicate { at, name: name.into() }), "{text}");
        }
        let nested = |depth| answer(&["(".repeat(depth), "1".into(), ")".repeat(depth)].concat());
        assert_eq!(nested(340), Ok(true));
        assert_eq!(nested(341), Err(Wrong::Syntax { at: 340 }));
    }

    #[test]
    fn build_is_what_the_caller_says_it_is() {
        assert_eq!(answer("feature(LUA)"), Ok(true));
        assert_eq!(answer("version_atleast(9)"), Ok(true));
        let unknown = |predicate: &str| Err(Wrong::Unknown { predicate: predicate.into() });
        assert_eq!(answer("feature(QUIC)"), unknown("feature(QUIC)"));
        assert_eq!(answer("1 && !openssl_version_before(3)"), unknown("openssl_version_before(3)"));
        assert_eq!(answer("version_atleast(2.6.12-1)"), unknown("version_atleast(2.6.12-1)"));
        // Where it does not matter, it need not be known.
        assert_eq!(answer("feature(QUIC) || 1"), Ok(true));
        assert_eq!(answer("0 && feature(QUIC)"), Ok(false));
    }
}
