//! Numbers as C's library reads them, for words in which HAProxy leaves that to it.

/// Returns the number at the start of a text, and what stands behind it: blanks, a sign and digits; the
/// nearest 64-bit integer if it is larger than these. `None` without a digit.
pub(crate) fn leading(text: &[u8]) -> Option<(i64, &[u8])> {
    let (negative, digits, rest) = parts(text)?;
    let value = digits.iter().fold(0_i64, |value, digit| {
        let (value, digit) = (value.saturating_mul(10), i64::from(digit - b'0'));
        if negative { value.saturating_sub(digit) } else { value.saturating_add(digit) }
    });
    Some((value, rest))
}

/// Whether a number is negative, its digits, of which there are some, and what stands behind them.
fn parts(text: &[u8]) -> Option<(bool, &[u8], &[u8])> {
    let (negative, digits) = match text.trim_ascii_start() {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at(end);
    (!digits.is_empty()).then_some((negative, digits, rest))
}

/// Returns the low 32 bits of a number with nothing behind it, if they are at most `most`.
pub(crate) fn up_to(most: u32, text: &[u8]) -> Option<u32> {
    let (value, _) = leading(text).filter(|(_, rest)| rest.is_empty())?;
    Some(value as u32).filter(|value| *value <= most)
}

/// Does the same for a number that is read as an unsigned one: those beyond 64 bits are the greatest.
pub(crate) fn unsigned_up_to(most: u32, text: &[u8]) -> Option<u32> {
    let (negative, digits, _) = parts(text).filter(|(.., rest)| rest.is_empty())?;
    let size = digits.iter().try_fold(0_u64, |value, digit| {
        value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
    });
    let value = match size {
        Some(size) if negative => size.wrapping_neg(),
        size => size.unwrap_or(u64::MAX),
    };
    Some(value as u32).filter(|value| *value <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_ends_at_the_first_other_byte() {
        for (text, expected) in [
            ("12", Some((12, ""))),
            (" \t+08x", Some((8, "x"))),
            ("-5 ", Some((-5, " "))),
            ("9223372036854775808", Some((i64::MAX, ""))),
            ("-9223372036854775809", Some((i64::MIN, ""))),
            ("", None),
            ("-", None),
            ("+-1", None),
            ("x1", None),
        ] {
            let expected = expected.map(|(value, rest)| (value, rest.as_bytes()));
            assert_eq!(leading(text.as_bytes()), expected, "{text}");
        }
    }

    /// What haproxy 2.6.12 says of `ipmask` and of networks.
    #[test]
    fn bounded_number_is_the_low_32_bits() {
        for (text, expected) in [
            ("0", Some(0)),
            ("32", Some(32)),
            ("33", None),
            ("-1", None),
            ("-0", Some(0)),
            (" +08", Some(8)),
            ("4294967304", Some(8)),
            ("-4294967295", Some(1)),
            ("4294967329", None),
            ("18446744073709551624", None),
            ("8x", None),
            ("8 ", None),
            ("", None),
        ] {
            assert_eq!(up_to(32, text.as_bytes()), expected, "{text}");
        }
    }

    /// What haproxy 2.6.12 says of networks of IPv6.
    #[test]
    fn unsigned_number_wraps_at_64_bits() {
        for (text, expected) in [
            ("128", Some(128)),
            ("129", None),
            ("-0", Some(0)),
            ("-1", None),
            ("4294967297", Some(1)),
            ("-4294967295", Some(1)),
            ("9223372036854775807", None),
            ("9223372036854775809", Some(1)),
            ("18446744073709551616", None),
            ("-18446744073709551615", Some(1)),
            ("-18446744073709551616", None),
            ("1x", None),
            ("", None),
        ] {
            assert_eq!(unsigned_up_to(128, text.as_bytes()), expected, "{text}");
        }
    }
}
