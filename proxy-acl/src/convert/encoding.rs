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
            Self::FromBase64 => {
                out.resize(bytes.len(), 0);
                let length = Base64::decode(bytes, out).ok()?.len();
                out.truncate(length);
            }
            Self::FromBase64Url => {
                out.resize(bytes.len(), 0);
                let length = Base64UrlUnpadded::decode(bytes, out).ok()?.len();
                out.truncate(length);
            }
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

pub(super) fn to_hex(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
}

/// The number that hexadecimal digits, behind blanks, make in 64 bits; 0 for none.
pub(super) fn from_hex(text: &[u8]) -> Option<i64> {
    let digits = text.trim_ascii_start();
    digits.iter().try_fold(0_i64, |value, byte| {
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
}
