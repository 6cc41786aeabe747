//! A value looked at, and what the matchers see of it.

use core::fmt::{self, Write};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What type of samples a fetch gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Method,
    Text,
    Address,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sample<'a> {
    Bool(bool),
    Method(&'a [u8]),
    Text(&'a [u8]),
    Address(IpAddr),
}

impl Sample<'_> {
    /// The number a matcher sees: text by its leading digits, an IPv4 address as its 32 bits.
    pub(crate) fn integer(&self) -> Option<i64> {
        match *self {
            Self::Bool(value) => Some(i64::from(value)),
            Self::Text(text) => integer(text),
            Self::Address(IpAddr::V4(address)) => Some(i64::from(address.to_bits())),
            Self::Address(IpAddr::V6(_)) | Self::Method(_) => None,
        }
    }

    /// The address a matcher sees.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        match *self {
            Self::Address(address) => Some(address),
            Self::Text(text) => address(text),
            Self::Bool(_) | Self::Method(_) => None,
        }
    }

    /// Hands the text a matcher sees to `look`.
    #[inline]
    pub(crate) fn with_text<T>(&self, look: impl FnOnce(&[u8]) -> T) -> T {
        match *self {
            Self::Text(text) | Self::Method(text) => look(text),
            Self::Bool(value) => look(if value { b"1" } else { b"0" }),
            Self::Address(address) => look(AddressText::new(address).as_bytes()),
        }
    }

    /// The method of a request line, where it is one; known ones are not compared as text.
    pub(crate) fn method(&self) -> Option<&[u8]> {
        match self {
            Self::Method(name) => Some(name),
            Self::Bool(_) | Self::Text(_) | Self::Address(_) => None,
        }
    }
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

/// IPv4 with anything behind it that is neither digit nor dot, or exactly an IPv6 address.
fn address(text: &[u8]) -> Option<IpAddr> {
    leading_v4(text).map(IpAddr::V4).or_else(|| {
        let text = core::str::from_utf8(text).ok()?;
        text.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
    })
}

fn leading_v4(text: &[u8]) -> Option<Ipv4Addr> {
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

/// The text form of an address, made without allocation.
///
/// As the C library writes it: in addition to mapped addresses, those that only have their last 32
/// bits set end in dotted form.
pub(crate) struct AddressText {
    bytes: [u8; Self::CAPACITY],
    length: usize,
}

impl AddressText {
    const CAPACITY: usize = 46;

    pub(crate) fn new(address: IpAddr) -> Self {
        let mut text = Self { bytes: [0; Self::CAPACITY], length: 0 };
        // The longest form has 45 characters, so writing cannot fail.
        let _ = match address {
            IpAddr::V4(address) => write!(text, "{address}"),
            IpAddr::V6(address) => match address.to_bits() {
                bits @ 0x1_0000..=0xffff_ffff => {
                    let low = u32::try_from(bits).unwrap_or_default();
                    write!(text, "::{}", Ipv4Addr::from_bits(low))
                }
                _ => write!(text, "{address}"),
            },
        };
        text
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl Write for AddressText {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let end = self.length + part.len();
        let room = self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?;
        room.copy_from_slice(part.as_bytes());
        self.length = end;
        Ok(())
    }
}

impl fmt::Display for Sample<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Method(name) | Self::Text(name) => write!(f, "{}", name.escape_ascii()),
            Self::Address(address) => f.write_str(&alloc::string::String::from_utf8_lossy(
                AddressText::new(*address).as_bytes(),
            )),
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
    fn address_text_is_the_c_librarys() {
        for text in ["::1", "::", "::1.2.3.4", "::ffff:10.0.0.1", "2001:db8::1", "1::", "::2:0:3"] {
            let address: IpAddr = text.parse().expect(text);

            assert_eq!(AddressText::new(address).as_bytes(), text.as_bytes());
        }
        let longest: IpAddr = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff".parse().expect("address");
        assert_eq!(AddressText::new(longest).as_bytes().len(), 39);
    }
}
