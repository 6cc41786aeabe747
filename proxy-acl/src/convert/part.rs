//! Parts of a text: fields, words, host and port (configuration manual, `field` and `word`).

use alloc::boxed::Box;
use core::ops::Range;

/// `field` or `word`.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) unit: Unit,
    /// Counted from 1 on the left or from -1 on the right.
    pub(crate) index: i64,
    pub(crate) delimiters: Box<[u8]>,
    /// How many; 0 takes all that follow.
    pub(crate) count: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// What stands between two delimiters, be it nothing. One that is not there is no sample.
    Field,
    /// A run without delimiters. One that is not there is an empty sample.
    Word,
}

impl Part {
    pub(crate) fn find(&self, text: &[u8]) -> Option<Range<usize>> {
        let delimits = |byte: &u8| self.delimiters.contains(byte);
        let reversed = self.index < 0;
        let length = text.len();
        let found = if reversed {
            self.walk(text.iter().rev().map(delimits), length)
        } else {
            self.walk(text.iter().map(delimits), length)
        };
        match found {
            Some(range) if reversed => Some(length - range.end..length - range.start),
            Some(range) => Some(range),
            None if self.unit == Unit::Word => Some(0..0),
            None => None,
        }
    }

    /// Finds the part in a text of which each byte is a delimiter or not.
    fn walk(&self, text: impl Iterator<Item = bool>, length: usize) -> Option<Range<usize>> {
        let wanted = self.index.unsigned_abs();
        let field = self.unit == Unit::Field;
        let mut left = self.count;
        let mut start = 0;
        let mut current = u64::from(field);
        let mut inside = field;
        for (at, delimiter) in text.enumerate() {
            if delimiter {
                if inside && current == wanted {
                    if left == 1 {
                        return Some(start..at);
                    }
                    left = (left - 1).max(0);
                } else if field {
                    start = at + 1;
                    current += 1;
                }
                inside = field;
            } else if !inside {
                inside = true;
                if current != wanted {
                    start = at;
                    current += 1;
                }
            }
        }
        (current == wanted).then_some(start..length)
    }
}

/// The host of an authority: up to the last colon, unless that stands in brackets.
pub(super) fn host(authority: &[u8]) -> &[u8] {
    split(authority).0
}

/// The port of an authority, 0 if it has none; any bytes are taken for digits, in 32 bits.
pub(super) fn port(authority: &[u8]) -> i64 {
    let port = split(authority).1.iter().fold(0_u32, |value, byte| {
        let digit = u32::from(*byte).wrapping_sub(u32::from(b'0'));
        value.wrapping_mul(10).wrapping_add(digit)
    });
    i64::from(port)
}

fn split(authority: &[u8]) -> (&[u8], &[u8]) {
    let Some(last) = memchr::memrchr2(b':', b']', authority) else {
        return (authority, &[]);
    };
    let (host, rest) = authority.split_at(last);
    match rest.strip_prefix(b":") {
        Some(port) => (host, port),
        None => (authority, &[]),
    }
}

/// Compares as the C library does: the difference of the first bytes that differ, else of the
/// lengths as -1, 0 or 1.
pub(super) fn compare(left: &[u8], right: &[u8]) -> i64 {
    let pairs = left.iter().zip(right).map(|(left, right)| i64::from(*left) - i64::from(*right));
    match pairs.into_iter().find(|difference| *difference != 0) {
        Some(difference) => difference,
        None => left.len().cmp(&right.len()) as i64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(unit: Unit, index: i64, count: i64, text: &str) -> Option<&str> {
        let part = Part { unit, index, delimiters: (*b",").into(), count };
        part.find(text.as_bytes()).and_then(|range| text.get(range))
    }

    // Answers of haproxy 2.6.12.

    #[test]
    fn missing_field_is_nothing_and_missing_word_is_empty() {
        assert_eq!(part(Unit::Field, 3, 1, "a,b"), None);
        assert_eq!(part(Unit::Word, 3, 1, "a,b"), Some(""));
    }

    #[test]
    fn fields_may_be_empty_and_words_not() {
        assert_eq!(part(Unit::Field, 2, 1, "a,,b"), Some(""));
        assert_eq!(part(Unit::Word, 2, 1, "a,,b"), Some("b"));
        assert_eq!(part(Unit::Field, 1, 1, ""), Some(""));
        assert_eq!(part(Unit::Field, -1, 1, "a,b,"), Some(""));
        assert_eq!(part(Unit::Word, -1, 1, "a,b,"), Some("b"));
    }

    #[test]
    fn several_parts_keep_what_is_between() {
        assert_eq!(part(Unit::Word, 1, 2, "a,,b,,c,d,"), Some("a,,b"));
        assert_eq!(part(Unit::Word, 2, 0, "a,,b,,c,d,"), Some("b,,c,d,"));
        assert_eq!(part(Unit::Word, -1, 3, "a,,b,,c,d,"), Some("b,,c,d"));
        assert_eq!(part(Unit::Field, 2, 2, "a,b,c,d"), Some("b,c"));
        assert_eq!(part(Unit::Field, -1, 2, "a,b,c"), Some("b,c"));
    }

    #[test]
    fn port_is_split_off() {
        assert_eq!((host(b"h:80"), port(b"h:80")), (&b"h"[..], 80));
        assert_eq!((host(b"h"), port(b"h")), (&b"h"[..], 0));
        assert_eq!((host(b"[::1]:8443"), port(b"[::1]:8443")), (&b"[::1]"[..], 8443));
        assert_eq!((host(b"[::1]"), port(b"[::1]")), (&b"[::1]"[..], 0));
        assert_eq!((host(b"::1"), port(b"::ffff:10.0.0.1")), (&b":"[..], 9_797_981));
        assert_eq!((port(b"h:8x"), port(b"h:-5")), (152, 4_294_967_271));
    }

    #[test]
    fn comparison_is_the_c_librarys() {
        assert_eq!(compare(b"G", b"/"), 24);
        assert_eq!(compare(b"a", b"ab"), -1);
        assert_eq!(compare(b"a", b"a"), 0);
    }
}
