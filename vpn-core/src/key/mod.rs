//! Keys of the two parties, in the text form of `wg` (base64, 44 characters).

mod curve;

use core::fmt;
use core::str::FromStr;

use base64ct::{Base64, Encoding};
use x25519_dalek::StaticSecret;
use zeroize::Zeroizing;

use crate::error::KeyError;

pub use curve::Curve;
pub(crate) use curve::{KeyPair, SharedSecret};

/// Length of every key, in bytes.
const KEY_LEN: usize = 32;
/// Length of a key in base64, padding included.
const TEXT_LEN: usize = 44;

/// An X25519 secret key (RFC 7748, section 5), wiped on drop and silent in `Debug`.
///
/// ```
/// use vpn_core::SecretKey;
///
/// # fn main() -> Result<(), vpn_core::KeyError> {
/// let secret: SecretKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".parse()?;
///
/// assert_eq!(secret.public_key().to_string(), "L+V9o0fNYkMVKNqsX7spBzD/9oSvxM/C7ZCZX1jLO3Q=");
/// assert_eq!(format!("{secret:?}"), "SecretKey(..)");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SecretKey(StaticSecret);

impl SecretKey {
    /// Takes 32 bytes from a cryptographically secure source; clamping is done at use.
    pub fn from_bytes(bytes: [u8; KEY_LEN]) -> Self {
        Self(StaticSecret::from(bytes))
    }

    /// Computes the public key that belongs to this secret key.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(x25519_dalek::PublicKey::from(&self.0).to_bytes())
    }
}

impl FromStr for SecretKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Ok(Self::from_bytes(*decode(text)?))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// An X25519 public key: the name of a peer.
///
/// Displayed and parsed as base64, as `wg` does; ordered by its bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; KEY_LEN]);

impl PublicKey {
    /// Takes the 32 bytes of the u-coordinate (RFC 7748, section 5).
    pub const fn from_bytes(bytes: [u8; KEY_LEN]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes of the u-coordinate.
    pub const fn as_bytes(&self) -> &[u8; KEY_LEN] {
        &self.0
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Ok(Self(*decode(text)?))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; TEXT_LEN];
        f.pad(Base64::encode(&self.0, &mut text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// A secret shared by two peers and mixed into each of their handshakes, wiped on drop and silent
/// in `Debug`.
///
/// All zero means the same as none.
#[derive(Clone)]
pub struct PresharedKey(Zeroizing<[u8; KEY_LEN]>);

impl PresharedKey {
    /// Takes 32 secret bytes.
    pub fn from_bytes(bytes: [u8; KEY_LEN]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; KEY_LEN] {
        &self.0
    }
}

impl FromStr for PresharedKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Ok(Self(decode(text)?))
    }
}

impl fmt::Debug for PresharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresharedKey(..)")
    }
}

/// The constant-time decoder of `base64ct`, since the text may be a secret.
fn decode(text: &str) -> Result<Zeroizing<[u8; KEY_LEN]>, KeyError> {
    let mut bytes = Zeroizing::new([0; KEY_LEN]);
    if text.len() != TEXT_LEN {
        return Err(KeyError::Length(text.len()));
    }
    match Base64::decode(text, bytes.as_mut_slice()) {
        Ok(decoded) if decoded.len() == KEY_LEN => Ok(bytes),
        Ok(_) | Err(_) => Err(KeyError::NotBase64),
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn text_form_round_trips() {
        let public = SecretKey::from_bytes([9; 32]).public_key();

        assert_eq!(public.to_string().parse(), Ok(public));
        assert_eq!("short".parse::<PublicKey>(), Err(KeyError::Length(5)));
        assert_eq!("!".repeat(44).parse::<PublicKey>(), Err(KeyError::NotBase64));
        assert_eq!("A".repeat(44).parse::<PublicKey>(), Err(KeyError::NotBase64));
        let thirty_one_bytes = "A".repeat(42) + "==";
        assert_eq!(thirty_one_bytes.parse::<PublicKey>(), Err(KeyError::NotBase64));
    }

    #[test]
    fn public_keys_are_shown_in_their_text_form() {
        let public = PublicKey::from_bytes([0; 32]);

        assert_eq!(format!("{public:?}"), format!("PublicKey({}=)", "A".repeat(43)));
    }

    #[test]
    fn secrets_are_silent() {
        assert_eq!(format!("{:?}", SecretKey::from_bytes([1; 32])), "SecretKey(..)");
        assert_eq!(format!("{:?}", PresharedKey::from_bytes([1; 32])), "PresharedKey(..)");
    }
}
