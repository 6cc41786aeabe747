//! Thin names over the primitive crates, in the terms of the WireGuard paper (section 5.4).

mod aead;
#[cfg(feature = "aws-lc")]
mod aws_lc;
mod drbg;
mod kdf;
mod mac;
mod tai64n;
#[cfg(test)]
mod wycheproof;

use zeroize::Zeroizing;

pub use aead::{Aead, BadTag, ChaCha20Poly1305, TextTooLong};
pub(crate) use aead::{open_cookie, seal_cookie};
#[cfg(feature = "aws-lc")]
pub use aws_lc::AwsLcChaCha20Poly1305;
pub(crate) use drbg::Drbg;
pub use drbg::Seed;
pub(crate) use kdf::{hash, kdf1, kdf2, kdf3};
pub(crate) use mac::{
    Cookie, Mac, Mac1Key, cookie_key, make_cookie, stamp_macs, verify_mac1, verify_mac2,
};
pub(crate) use tai64n::Tai64n;

/// A symmetric key, wiped on drop.
pub(crate) type Key = Zeroizing<[u8; 32]>;
