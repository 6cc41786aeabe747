//! `inspect-delay <time>`, how long to wait for content; what is evaluated here is all there.

use alloc::format;

use crate::ast::Word;
use crate::error::DiagnosticKind;
use crate::reporter::Reporter;

/// Checks the time behind `keyword`.
pub(super) fn check(keyword: &Word, time: Option<&Word>, reporter: &mut Reporter<'_>) {
    let word = time.unwrap_or(keyword);
    if time.and_then(|time| milliseconds(&time.text)).is_none() {
        let message = match time {
            None => format!("'{}' without its time", word.display()),
            Some(_) => format!("'{}' is not a time of at most 24 days", word.display()),
        };
        reporter
            .error(DiagnosticKind::Action, word, message)
            .suggest("write a number and its unit, as in '5s': us, ms, s, m, h or d");
    }
}

/// Reads a time (configuration manual, 2.5). HAProxy 2.6 takes anything behind the unit, and counts in
/// 64 bits without looking whether they suffice.
fn milliseconds(text: &[u8]) -> Option<u64> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let number = digits
        .iter()
        .fold(0_u64, |number, digit| number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')));
    let time = match unit {
        _ if digits.is_empty() => return None,
        [] | [b'm', b's', ..] => number,
        [b'u', b's', ..] => number.wrapping_add(999) / 1000,
        [b's', ..] => number.wrapping_mul(1000),
        [b'm', ..] => number.wrapping_mul(60_000),
        [b'h', ..] => number.wrapping_mul(3_600_000),
        [b'd', ..] => number.wrapping_mul(86_400_000),
        _ => return None,
    };
    let is_lost = time == 0 && number != 0;
    (!is_lost && time <= u64::from(i32::MAX.unsigned_abs())).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What haproxy 2.6.12 says of `inspect-delay`.
    #[test]
    fn time_is_a_number_with_a_unit() {
        for (text, expected) in [
            ("0", Some(0)),
            ("2147483647", Some(2_147_483_647)),
            ("2147483648", None),
            ("5ms", Some(5)),
            ("1us", Some(1)),
            ("2147483647000us", Some(2_147_483_647)),
            ("2147483647500us", None),
            ("5s", Some(5000)),
            ("35791m", Some(2_147_460_000)),
            ("35792m", None),
            ("596h", Some(2_145_600_000)),
            ("24d", Some(2_073_600_000)),
            ("25d", None),
            ("1sx", Some(1000)),
            ("1us5", Some(1)),
            ("99999999999999999999", None),
            ("18446744073709551615d", None),
            ("18446744073709551616s", Some(0)),
            ("18446744073709551617d", Some(86_400_000)),
            ("18446744073709552s", Some(384)),
            ("9223372036854775808s", None),
            ("18446744073709551615us", None),
            ("0us", Some(0)),
            ("1u", None),
            ("1x", None),
            ("1S", None),
            ("1.5s", None),
            ("-1", None),
            ("s", None),
            ("", None),
        ] {
            assert_eq!(milliseconds(text.as_bytes()), expected, "{text}");
        }
    }
}
