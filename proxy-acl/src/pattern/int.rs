//! Integer patterns: values, ranges and operators (configuration manual, 7.1.2).

use alloc::vec::Vec;
use core::ops::RangeInclusive;

#[derive(Clone, Debug, Default)]
pub(crate) struct IntSet {
    ranges: Vec<RangeInclusive<i64>>,
}

impl IntSet {
    pub(crate) fn push(&mut self, range: RangeInclusive<i64>) {
        self.ranges.push(range);
    }

    pub(crate) fn find(&self, value: i64) -> Option<usize> {
        self.ranges.iter().position(|range| range.contains(&value))
    }
}

/// A comparison that holds for all values behind it until the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    GreaterOrEqual,
    Greater,
    LessOrEqual,
    Less,
}

impl Operator {
    pub(crate) fn parse(word: &[u8]) -> Option<Self> {
        match word {
            // HAProxy knows `ne` and treats it so.
            b"eq" | b"ne" => Some(Self::Equal),
            b"ge" => Some(Self::GreaterOrEqual),
            b"gt" => Some(Self::Greater),
            b"le" => Some(Self::LessOrEqual),
            b"lt" => Some(Self::Less),
            _ => None,
        }
    }
}

/// Reads `value`, `low:high`, `low:`, `:high`, or the same with `-`.
///
/// Behind an operator other than `eq` a value ends at a dot, so that `gt 1.5` is `gt 1`, as in HAProxy.
/// A range ignores the operator. So `lt -5` is the range up to and including 5, as in HAProxy. Only an
/// upper end may be negative, and a sign alone is 0.
pub(crate) fn parse(word: &[u8], operator: Operator) -> Option<RangeInclusive<i64>> {
    let separator = word.iter().position(|&byte| byte == b':' || byte == b'-');
    let Some(separator) = separator else {
        let end = word.iter().position(|&byte| byte == b'.' && operator != Operator::Equal);
        let value = number(word.get(..end.unwrap_or(word.len()))?)?;
        return Some(match operator {
            Operator::Equal => value..=value,
            Operator::GreaterOrEqual => value..=i64::MAX,
            Operator::Greater => value.checked_add(1)?..=i64::MAX,
            Operator::LessOrEqual => i64::MIN..=value,
            Operator::Less => i64::MIN..=value.checked_sub(1)?,
        });
    };
    let (low, high) = word.split_at(separator);
    match (low, high.get(1..)?) {
        ([], []) => None,
        ([], high) => Some(i64::MIN..=signed(high)?),
        (low, []) => Some(number(low)?..=i64::MAX),
        (low, high) => {
            let (low, high) = (number(low)?, signed(high)?);
            (low <= high).then_some(low..=high)
        }
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_i64, |value, byte| {
        let digit = char::from(*byte).to_digit(10)?;
        value.checked_mul(10)?.checked_add(i64::from(digit))
    })
}

fn signed(digits: &[u8]) -> Option<i64> {
    let Some(digits) = digits.strip_prefix(b"-") else { return number(digits) };
    digits.iter().try_fold(0_i64, |value, byte| {
        let digit = char::from(*byte).to_digit(10)?;
        value.checked_mul(10)?.checked_sub(i64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // Answers of haproxy 2.6.12.
    #[test]
    fn upper_end_may_be_negative() {
        assert_eq!(parse(b":-3", Operator::Equal), Some(i64::MIN..=-3));
        assert_eq!(parse(b"--3", Operator::Greater), Some(i64::MIN..=-3));
        assert_eq!(parse(b":-", Operator::Equal), Some(i64::MIN..=0));
        assert_eq!(parse(b"--", Operator::Less), Some(i64::MIN..=0));
        assert_eq!(parse(b"0:-0", Operator::Equal), Some(0..=0));
        assert_eq!(parse(b":-9223372036854775808", Operator::Equal), Some(i64::MIN..=i64::MIN));
        for word in [":-9223372036854775809", "5:-", "5--7", "-:-", "---", ":--3", "1:+3", ":+"] {
            assert_eq!(parse(word.as_bytes(), Operator::Equal), None, "{word}");
        }
    }

    #[test]
    fn ranges_have_open_ends() {
        assert_eq!(parse(b"5", Operator::Equal), Some(5..=5));
        assert_eq!(parse(b"2:4", Operator::Equal), Some(2..=4));
        assert_eq!(parse(b"2-4", Operator::Equal), Some(2..=4));
        assert_eq!(parse(b"2:", Operator::Equal), Some(2..=i64::MAX));
        assert_eq!(parse(b":4", Operator::Equal), Some(i64::MIN..=4));
        assert_eq!(parse(b"-4", Operator::Equal), Some(i64::MIN..=4));
    }

    #[test]
    fn ranges_ignore_the_operator() {
        assert_eq!(parse(b"2-4", Operator::Greater), Some(2..=4));
        assert_eq!(parse(b"-5", Operator::Less), Some(i64::MIN..=5));
    }

    #[test]
    fn operators_open_one_end() {
        assert_eq!(parse(b"5", Operator::Greater), Some(6..=i64::MAX));
        assert_eq!(parse(b"0", Operator::Less), Some(i64::MIN..=-1));
        assert_eq!(parse(b"9223372036854775807", Operator::Greater), None);
        assert_eq!(parse(b"1.5", Operator::Greater), Some(2..=i64::MAX));
        assert_eq!(parse(b"2.", Operator::Less), Some(i64::MIN..=1));
        assert_eq!(parse(b".5", Operator::Greater), None);
    }

    #[test]
    fn other_words_are_no_numbers() {
        for word in ["", ":", "-", "90:80", "0x50", "abc", "+5", "5.5", "1,2", "1:2:3", "1--5"] {
            assert_eq!(parse(word.as_bytes(), Operator::Equal), None, "{word}");
        }
        assert_eq!(parse(b"99999999999999999999", Operator::Equal), None);
    }
}
