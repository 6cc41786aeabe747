//! A value looked at, and what matchers and converters see of it.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::printed::Printed;
use crate::value::Value;

/// What type of samples a fetch or converter gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Integer,
    Method,
    Text,
    Binary,
    Address,
    /// An address that is never IPv4.
    Ipv6,
    /// An address out of a map, of which HAProxy makes nothing else.
    MappedAddress,
    /// Known only when the sample is there, as with variables.
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sample<'a> {
    Bool(bool),
    Integer(i64),
    Method(&'a [u8]),
    Text(&'a [u8]),
    Binary(&'a [u8]),
    Address(IpAddr),
}

impl<'a> From<Value<'a>> for Sample<'a> {
    fn from(value: Value<'a>) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(value),
            Value::Integer(value) => Self::Integer(value),
            Value::Text(text) => Self::Text(text),
            Value::Bytes(bytes) => Self::Binary(bytes),
            Value::Address(address) => Self::Address(address),
        }
    }
}

impl<'a> Sample<'a> {
    /// The sample as callers see it.
    pub(crate) fn value(self) -> Value<'a> {
        match self {
            Self::Bool(value) => Value::Bool(value),
            Self::Integer(value) => Value::Integer(value),
            Self::Method(text) | Self::Text(text) => Value::Text(text),
            Self::Binary(bytes) => Value::Bytes(bytes),
            Self::Address(address) => Value::Address(address),
        }
    }
}

impl Sample<'_> {
    /// The number others see: text by its leading digits, an IPv4 address as its 32 bits.
    pub(crate) fn integer(&self) -> Option<i64> {
        match *self {
            Self::Bool(value) => Some(i64::from(value)),
            Self::Integer(value) => Some(value),
            Self::Text(text) => integer(text),
            Self::Address(IpAddr::V4(address)) => Some(i64::from(address.to_bits())),
            Self::Address(IpAddr::V6(_)) | Self::Method(_) | Self::Binary(_) => None,
        }
    }

    /// The address others see; of a number its low 32 bits.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        match *self {
            Self::Address(address) => Some(address),
            Self::Text(text) => address(text),
            Self::Integer(value) => {
                let bits = u32::try_from(value & 0xffff_ffff).ok()?;
                Some(IpAddr::V4(Ipv4Addr::from_bits(bits)))
            }
            Self::Bool(_) | Self::Method(_) | Self::Binary(_) => None,
        }
    }

    /// Hands the text others see to `look`.
    #[inline]
    pub(crate) fn with_text<T>(&self, look: impl FnOnce(&[u8]) -> T) -> T {
        match *self {
            Self::Text(text) | Self::Method(text) => look(text),
            Self::Binary(bytes) => look(until_nul(bytes)),
            Self::Bool(value) => look(if value { b"1" } else { b"0" }),
            Self::Integer(value) => look(Printed::integer(value).as_bytes()),
            Self::Address(address) => look(Printed::address(address).as_bytes()),
        }
    }

    /// Hands the bytes others see to `look`: numbers as eight, addresses as four or sixteen.
    pub(crate) fn with_bytes<T>(&self, look: impl FnOnce(&[u8]) -> T) -> T {
        match *self {
            Self::Integer(value) => look(&value.to_be_bytes()),
            Self::Bool(value) => look(&i64::from(value).to_be_bytes()),
            Self::Address(IpAddr::V4(address)) => look(&address.octets()),
            Self::Address(IpAddr::V6(address)) => look(&address.octets()),
            Self::Text(bytes) | Self::Method(bytes) | Self::Binary(bytes) => look(bytes),
        }
    }

    /// The method of a request line, where it is one; known ones are not compared as text.
    pub(crate) fn method(&self) -> Option<&[u8]> {
        match self {
            Self::Method(name) | Self::Text(name) | Self::Binary(name) => Some(name),
            Self::Bool(_) | Self::Integer(_) | Self::Address(_) => None,
        }
    }
}

/// Bytes end at a NUL when they are taken for text.
pub(crate) fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.get(..memchr::memchr(0, bytes).unwrap_or(bytes.len())).unwrap_or_default()
}

/// An optional sign and leading digits; nothing for an empty text, 0 for one without digits, and the
/// nearest value for what does not fit.
fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [] => return None,
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let mut value: i64 = 0;
    for digit in digits.iter().take_while(|byte| byte.is_ascii_digit()) {
        let digit = i64::from(digit - b'0');
        value = value.saturating_mul(10);
        value = if negative { value.saturating_sub(digit) } else { value.saturating_add(digit) };
    }
    Some(value)
}

/// The number that `hdr_val` and its like read: an optional minus, then any bytes up to `9` taken
/// for digits, in 32 bits; bytes are signed. So `5.9` is 489.
pub(super) fn legacy_integer(text: &[u8]) -> i64 {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let mut value: i32 = 0;
    for &byte in digits {
        let digit = i32::from(byte as i8) - i32::from(b'0');
        if digit > 9 {
            break;
        }
        value = value.wrapping_mul(10).wrapping_add(digit);
    }
    i64::from(if negative { value.wrapping_neg() } else { value })
}

/// The address that `hdr_ip` reads: IPv4 with blanks around and perhaps a port, or IPv6.
pub(super) fn header_address(text: &[u8]) -> Option<IpAddr> {
    let text = text.trim_ascii();
    let end = text.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.');
    let (v4, rest) = text.split_at(end.unwrap_or(text.len()));
    let port = rest.strip_prefix(b":").unwrap_or_default();
    if rest.is_empty() || !port.is_empty() && port.iter().all(u8::is_ascii_digit) {
        if let Some(address) = leading_v4(v4) {
            return Some(IpAddr::V4(address));
        }
    }
    v6(text)
}

/// IPv4 with anything behind it that is neither digit nor dot, or exactly an IPv6 address.
fn address(text: &[u8]) -> Option<IpAddr> {
    leading_v4(text).map(IpAddr::V4).or_else(|| v6(text))
}

fn v6(text: &[u8]) -> Option<IpAddr> {
    core::str::from_utf8(text).ok()?.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

pub(super) fn leading_v4(text: &[u8]) -> Option<Ipv4Addr> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.');
    let text = text.get(..end.unwrap_or(text.len()))?;
    let mut octets = [0_u8; 4];
    let mut parts = text.split(|&byte| byte == b'.');
    for octet in &mut octets {
        let part = parts.next().filter(|part| !part.is_empty())?;
        // Leading zeros are decimal here, so the value is bounded rather than the length.
        *octet = part
            .iter()
            .try_fold(0_u8, |value, digit| value.checked_mul(10)?.checked_add(digit - b'0'))?;
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets))
}

/// How many bytes of a text are shown.
const LONGEST_SHOWN: usize = 1024;

impl fmt::Display for Sample<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Method(text) | Self::Text(text) | Self::Binary(text) => {
                let (start, rest) = text.split_at(text.len().min(LONGEST_SHOWN));
                write!(f, "{}", start.escape_ascii())?;
                f.write_str(if rest.is_empty() { "" } else { "..." })
            }
            Self::Address(address) => {
                write!(f, "{}", Printed::address(*address).as_bytes().escape_ascii())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_leading_digits() {
        let cases: [(&[u8], Option<i64>); 9] = [
            (b"abc", Some(0)),
            (b"", None),
            (b"5.9", Some(5)),
            (b"+5", Some(5)),
            (b"12abc", Some(12)),
            (b"-5", Some(-5)),
            (b"-", Some(0)),
            (b"100000000000000000000", Some(i64::MAX)),
            (b"-100000000000000000000", Some(i64::MIN)),
        ];

        for (text, expected) in cases {
            assert_eq!(integer(text), expected, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn addresses_in_text_may_be_followed() {
        for text in ["10.0.0.1", "10.0.0.1;x", "10.0.0.1:80", "010.0.0.1", "10.0.0.1 x"] {
            assert_eq!(address(text.as_bytes()), Some(IpAddr::from([10, 0, 0, 1])), "{text}");
        }
        for text in ["10.1", "10.0.0.1.", "10.0.0.256", "[::1]:80", "\"10.0.0.1\"", "", "::1 "] {
            assert_eq!(address(text.as_bytes()), None, "{text}");
        }
        assert_eq!(address(b"::1"), Some(IpAddr::from(Ipv6Addr::LOCALHOST)));
    }

    #[test]
    fn legacy_integers_take_low_bytes_for_digits() {
        for (text, expected) in [
            ("5.9", 489),
            ("+5", -45),
            ("12abc", 12),
            ("-5", -5),
            ("", 0),
            ("abc", 0),
            ("99999999999999999999", 1_661_992_959),
            ("\u{e9}", -1225),
            ("-\u{e9}", 1225),
        ] {
            assert_eq!(legacy_integer(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn header_addresses_may_have_a_port() {
        for text in ["10.0.0.1", " 10.0.0.1 ", "10.0.0.1:80", "010.0.0.1"] {
            let expected = Some(IpAddr::from([10, 0, 0, 1]));
            assert_eq!(header_address(text.as_bytes()), expected, "{text}");
        }
        for text in [
            "10.0.0.1;x",
            "10.0.0.1:",
            "10.0.0.1:x",
            "[::1]:80",
            "10.1",
            "\"10.0.0.1\"",
            "",
            "unknown",
        ] {
            assert_eq!(header_address(text.as_bytes()), None, "{text}");
        }
    }
}
