//! Numbers of a JSON text, as HAProxy reads and prints them.

use alloc::vec::Vec;

use crate::fetch::Printed;

/// A number at the start of a text, with the length of what it is read from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number {
    value: f64,
    pub(super) length: usize,
}

impl Number {
    /// Reads digits, perhaps with a minus, a fraction and an exponent. Its length is 0 when it ends in
    /// something else, such as `-` and `1.`, though it has a value.
    pub(super) fn read(text: &[u8]) -> Self {
        let mut at = usize::from(text.starts_with(b"-"));
        let digits = |from: usize| {
            let rest = text.get(from..).unwrap_or_default();
            from + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
        };
        at = digits(at);
        if text.get(at) == Some(&b'.') {
            at = digits(at + 1);
        }
        let mantissa = text.get(..at).unwrap_or_default();
        let complete = mantissa.last().is_some_and(u8::is_ascii_digit);
        if !matches!(text.get(at), Some(b'e' | b'E')) {
            return Self { value: parsed(mantissa), length: if complete { at } else { 0 } };
        }
        at += 1;
        for sign in b"-+" {
            at += usize::from(text.get(at) == Some(sign));
        }
        let end = digits(at);
        let value = parsed(if end == at { mantissa } else { text.get(..end).unwrap_or_default() });
        Self { value, length: end }
    }

    /// Prints it with six significant digits, like `%g` of the C library.
    pub(super) fn print(self, out: &mut Vec<u8>) {
        if self.value.is_infinite() {
            out.extend_from_slice(if self.value < 0.0 { b"-inf" } else { b"inf" });
            return;
        }
        let printed = Printed::scientific(self.value);
        let text = printed.as_bytes();
        let (sign, text) = text.split_at(usize::from(text.starts_with(b"-")));
        out.extend_from_slice(sign);
        let split = memchr::memchr(b'e', text).unwrap_or(text.len());
        let (mantissa, exponent) = text.split_at(split);
        let exponent = core::str::from_utf8(exponent.get(1..).unwrap_or_default());
        let exponent: i32 = exponent.ok().and_then(|text| text.parse().ok()).unwrap_or(0);
        let significant = mantissa.iter().rposition(|digit| !b"0.".contains(digit)).unwrap_or(0);
        let digits = mantissa.iter().take(significant + 1).filter(|digit| **digit != b'.').copied();
        match exponent {
            -4..0 => {
                out.extend_from_slice(b"0.");
                out.extend((exponent..-1).map(|_| b'0'));
                out.extend(digits);
            }
            0..6 => {
                let point = exponent.unsigned_abs() as usize + 1;
                let given = digits.clone().count();
                out.extend(digits.clone().take(point));
                out.extend((given..point).map(|_| b'0'));
                if given > point {
                    out.push(b'.');
                    out.extend(digits.skip(point));
                }
            }
            _ => {
                out.extend(digits.clone().take(1));
                if significant > 0 {
                    out.push(b'.');
                    out.extend(digits.skip(1));
                }
                out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
                if exponent.abs() < 10 {
                    out.push(b'0');
                }
                out.extend_from_slice(Printed::integer(i64::from(exponent.abs())).as_bytes());
            }
        }
    }
}

fn parsed(text: &[u8]) -> f64 {
    core::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0)
}

/// The whole number at the start of a text as the C library reads it: hexadecimal behind `0x`, octal
/// behind `0`, and the nearest value for what does not fit.
pub(super) fn integer(text: &[u8]) -> i64 {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let (radix, digits) = match digits {
        [b'0', b'x' | b'X', digits @ ..] => (16, digits),
        [b'0', digits @ ..] => (8, digits),
        digits => (10, digits),
    };
    let digits = digits.iter().map_while(|byte| char::from(*byte).to_digit(radix));
    let value = digits.fold(0_i64, |value, digit| {
        value.saturating_mul(i64::from(radix)).saturating_add(i64::from(digit))
    });
    if negative { -value } else { value }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn numbers_are_printed_as_haproxy_prints_them() {
        for (text, expected) in [
            ("5", "5"),
            ("-5.70", "-5.7"),
            ("1e3", "1000"),
            ("123456789012345678", "1.23457e+17"),
            ("0123", "123"),
            ("0x1f", "0"),
            ("-0", "-0"),
            ("0", "0"),
            ("0.1", "0.1"),
            ("1.123456789", "1.12346"),
            ("1e400", "inf"),
            ("-1e400", "-inf"),
            ("1e-400", "0"),
            ("100000", "100000"),
            ("999999", "999999"),
            ("1000000", "1e+06"),
            ("999999.5", "1e+06"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("-0.5e-2", "-0.005"),
            ("1E+2", "100"),
            ("1.5e308", "1.5e+308"),
            ("1e", "1"),
            ("1.", "1"),
            ("-", "0"),
            ("1020.5", "1020.5"),
        ] {
            let mut out = Vec::new();

            Number::read(text.as_bytes()).print(&mut out);

            assert_eq!(out.escape_ascii().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn incomplete_numbers_have_no_length() {
        for (text, length) in
            [("12abc", 2), ("1.", 0), ("-", 0), ("-.", 0), ("1.e", 3), ("1e-+5x", 5), ("1-2", 1)]
        {
            assert_eq!(Number::read(text.as_bytes()).length, length, "{text}");
        }
    }

    #[test]
    fn integers_are_the_c_librarys() {
        for (text, expected) in [
            ("5.7", 5),
            ("-5.7", -5),
            ("0x1f}", 31),
            ("0x}", 0),
            ("0123", 83),
            ("-0123", -83),
            ("09", 0),
            ("1e3", 1),
            ("-", 0),
            ("99999999999999999999", i64::MAX),
        ] {
            assert_eq!(integer(text.as_bytes()), expected, "{text}");
        }
    }
}
