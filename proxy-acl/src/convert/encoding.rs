//! Bytes as text and back (configuration manual, `hex`, `base64`, `url_enc` and their like).

use alloc::vec::Vec;

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};

use crate::fetch::Kind;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Hex,
    Base64,
    Base64Url,
    FromBase64,
    FromBase64Url,
    Url,
}

impl Encoding {
    pub(super) fn input(self) -> Kind {
        match self {
            Self::Hex | Self::Base64 | Self::Base64Url => Kind::Binary,
            Self::FromBase64 | Self::FromBase64Url | Self::Url => Kind::Text,
        }
    }

    pub(super) fn output(self) -> Kind {
        match self {
            Self::FromBase64 | Self::FromBase64Url => Kind::Binary,
            Self::Hex | Self::Base64 | Self::Base64Url | Self::Url => Kind::Text,
        }
    }

    /// Writes what becomes of `bytes` to `out`, which is empty.
    pub(super) fn apply(self, bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Hex => to_hex(bytes, out),
            Self::Base64 => {
                out.resize(Base64::encoded_len(bytes), 0);
                Base64::encode(bytes, out).ok()?;
            }
            Self::Base64Url => {
                out.resize(Base64UrlUnpadded::encoded_len(bytes), 0);
                Base64UrlUnpadded::encode(bytes, out).ok()?;
            }
            Self::FromBase64 => from_base64(bytes, out)?,
            Self::FromBase64Url => from_base64_url(bytes, out)?,
            Self::Url => {
                for &byte in bytes {
                    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                        out.push(byte);
                    } else {
                        out.extend([b'%', digit(byte >> 4), digit(byte & 15)]);
                    }
                }
            }
        }
        Some(())
    }
}

/// Decodes as HAProxy does: each four may be padded, and bits that are left over need not be 0.
pub(crate) fn from_base64(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    for four in bytes.chunks(4) {
        let padding = four.iter().rev().take_while(|byte| **byte == b'=').count();
        let written = four.get(..4 - padding).filter(|written| written.len() >= 2)?;
        let start = out.len();
        push_base64(written.iter().map(|byte| sextet(*byte, b'+', b'/')), out)?;
        out.truncate(start + 3 - padding);
    }
    Some(())
}

/// The same of base64url without padding, in which HAProxy takes `=` for `_`.
fn from_base64_url(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    for four in bytes.chunks(4) {
        let length = four.len().checked_sub(1).filter(|length| *length > 0)?;
        let start = out.len();
        push_base64(
            four.iter()
                .map(|byte| if *byte == b'=' { Some(63) } else { sextet(*byte, b'-', b'_') }),
            out,
        )?;
        out.truncate(start + length);
    }
    Some(())
}

/// Pushes the three bytes of up to four digits, those that are missing being 0.
fn push_base64(digits: impl Iterator<Item = Option<u8>>, out: &mut Vec<u8>) -> Option<()> {
    let mut value = 0_u32;
    let mut count = 0;
    for digit in digits {
        value = value << 6 | u32::from(digit?);
        count += 1;
    }
    let [_, bytes @ ..] = (value << (6 * (4 - count))).to_be_bytes();
    out.extend(bytes);
    Some(())
}

/// The value of a digit of base64, of which `plus` and `slash` are the last two.
fn sextet(digit: u8, plus: u8, slash: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        _ if digit == plus => Some(62),
        _ if digit == slash => Some(63),
        _ => None,
    }
}

pub(super) fn to_hex(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
}

/// The number that hexadecimal digits make in 64 bits; 0 for none.
pub(super) fn from_hex(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0_i64, |value, byte| {
        Some(value << 4 | i64::from(char::from(*byte).to_digit(16)?))
    })
}

/// The upper-case hexadecimal digit of a number below 16.
pub(crate) fn digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'A' + value - 10 }
}

/// Decodes `%XX` in place; nothing if one is malformed. A `+` is a blank in a form and behind `?`.
///
/// Reading ends at a NUL byte, but one that was encoded is decoded.
pub(super) fn url_decode(text: &mut Vec<u8>, mut form: bool) -> Option<()> {
    let mut read = 0;
    let mut written = 0;
    while let Some(&byte) = text.get(read).filter(|&&byte| byte != 0) {
        let (decoded, width) = match byte {
            b'%' => (hex(*text.get(read + 1)?)? << 4 | hex(*text.get(read + 2)?)?, 3),
            b'+' if form => (b' ', 1),
            _ => (byte, 1),
        };
        form |= byte == b'?';
        *text.get_mut(written)? = decoded;
        read += width;
        written += 1;
    }
    text.truncate(written);
    Some(())
}

fn hex(digit: u8) -> Option<u8> {
    u8::try_from(char::from(digit).to_digit(16)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str, form: bool) -> Option<Vec<u8>> {
        let mut text = text.as_bytes().to_vec();
        url_decode(&mut text, form).map(|()| text)
    }

    fn encoded(encoding: Encoding, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        encoding.apply(bytes, &mut out).map(|()| out)
    }

    #[test]
    fn malformed_escape_leaves_nothing() {
        assert_eq!(decoded("/%61dmin%00x", false), Some(b"/admin\0x".to_vec()));
        for text in ["/admin%", "/admin%z", "/admin%zz", "%4"] {
            assert_eq!(decoded(text, false), None, "{text}");
        }
    }

    #[test]
    fn plus_is_a_blank_in_forms_and_queries() {
        assert_eq!(decoded("/a+b?c+d", false), Some(b"/a+b?c d".to_vec()));
        assert_eq!(decoded("a+b", true), Some(b"a b".to_vec()));
    }

    #[test]
    fn encodings_are_the_known_ones() {
        assert_eq!(encoded(Encoding::Hex, b"\x0fA"), Some(b"0F41".to_vec()));
        // RFC 4648, 10.
        assert_eq!(encoded(Encoding::Base64, b"foob"), Some(b"Zm9vYg==".to_vec()));
        assert_eq!(encoded(Encoding::Base64Url, b"foob"), Some(b"Zm9vYg".to_vec()));
        assert_eq!(encoded(Encoding::FromBase64, b"Zm9vYg=="), Some(b"foob".to_vec()));
        assert_eq!(encoded(Encoding::FromBase64Url, b"Zm9vYg"), Some(b"foob".to_vec()));
        assert_eq!(encoded(Encoding::FromBase64, b"Zm9vYg"), None);
        assert_eq!(encoded(Encoding::Url, b"/a b~"), Some(b"%2Fa%20b~".to_vec()));
    }

    /// What haproxy 2.6.12 answers.
    #[test]
    fn base64_is_read_leniently() {
        for (text, decoded) in [
            ("", Some(&b""[..])),
            ("YQ==", Some(b"a")),
            ("YR==", Some(b"a")),
            ("YQ==YQ==", Some(b"aa")),
            ("12==", Some(b"\xd7")),
            ("YWI=", Some(b"ab")),
            ("Pz8/", Some(b"???")),
            ("YQ=", None),
            ("a===", None),
            ("====", None),
            ("ab=c", None),
            ("a-_b", None),
        ] {
            let read = encoded(Encoding::FromBase64, text.as_bytes());
            assert_eq!(read.as_deref(), decoded, "{text}");
        }
        for (text, decoded) in [
            ("a", None),
            ("ab", Some(&b"\x69"[..])),
            ("abcdef", Some(b"\x69\xb7\x1d\x79")),
            ("-1", Some(b"\xfb")),
            ("Pz8_", Some(b"???")),
            ("YQ=", Some(b"\x61\x0f")),
            ("YQ==", Some(b"\x61\x0f\xff")),
            ("a===", Some(b"\x6b\xff\xff")),
            ("a+/b", None),
            ("abcde", None),
        ] {
            let read = encoded(Encoding::FromBase64Url, text.as_bytes());
            assert_eq!(read.as_deref(), decoded, "{text}");
        }
    }

    /// What haproxy 2.6.12 answers.
    #[test]
    fn hexadecimal_numbers_have_digits_alone() {
        for (text, value) in [("1fF", Some(511)), ("", Some(0)), (" b", None), ("1g", None)] {
            assert_eq!(from_hex(text.as_bytes()), value, "{text}");
        }
    }
}
