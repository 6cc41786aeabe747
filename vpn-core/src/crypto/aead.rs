use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305};
use core::fmt;
use thiserror::Error;

/// A cipher for messages: `ChaCha20Poly1305` of RFC 8439, whoever computes it.
///
/// A device is generic over it, so that another library's implementation can be chosen by type.
/// All implementations must give the same bytes. The nonce is four zero bytes and the counter in
/// little-endian. `bound` is the associated data: none with data messages, the transcript in
/// handshakes.
pub trait Aead {
    /// Takes the 32-byte key. The implementation wipes its copy on drop.
    fn new(key: &[u8; 32]) -> Self;

    /// Encrypts `text` in place and writes the tag of it and of `bound` to `tag`.
    ///
    /// # Errors
    ///
    /// [`TextTooLong`] if `text` is longer than the implementation takes (at least 65,535 bytes);
    /// `text` and `tag` are unchanged then.
    fn seal(
        &self,
        counter: u64,
        bound: &[u8],
        text: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), TextTooLong>;

    /// Verifies `tag` in constant time and decrypts `text` in place.
    ///
    /// # Errors
    ///
    /// [`BadTag`] if the tag does not verify; what `text` then holds is unspecified, but never
    /// unauthenticated plaintext.
    fn open(
        &self,
        counter: u64,
        bound: &[u8],
        text: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), BadTag>;
}

/// A text was not sealed: it is longer than the cipher takes. The caller's mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the text is longer than the cipher takes")]
pub struct TextTooLong;

/// A text was not opened: its tag does not verify. Anyone can provoke that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the tag does not verify")]
pub struct BadTag;

/// The default [`Aead`]: the portable implementation of the `chacha20poly1305` crate.
///
/// On x86-64 it takes over a microsecond for even the shortest message: the AVX2 part of
/// `poly1305` 0.9 is not compiled for AVX2, so that each of its vector instructions is a call. That
/// it is called from a function compiled for AVX2 changes nothing (tried with and without link-time
/// optimisation). Whoever builds the program can change it: `--cfg poly1305_backend="soft"` in
/// `RUSTFLAGS` made 64 bytes five times as fast, 1420 bytes between two and three times.
///
/// ```
/// use vpn_core::{Aead, BadTag, ChaCha20Poly1305};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let cipher = ChaCha20Poly1305::new(&[7; 32]);
/// let mut text = *b"attack at dawn";
/// let mut tag = [0; 16];
/// cipher.seal(0, b"to general", &mut text, &mut tag)?;
///
/// assert_eq!(cipher.open(1, b"to general", &mut text.clone(), &tag), Err(BadTag));
/// cipher.open(0, b"to general", &mut text, &tag)?;
/// assert_eq!(&text, b"attack at dawn");
/// # Ok(())
/// # }
/// ```
pub struct ChaCha20Poly1305(chacha20poly1305::ChaCha20Poly1305);

impl ChaCha20Poly1305 {
    fn seal_with(
        &self,
        nonce: [u8; 12],
        bound: &[u8],
        text: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), TextTooLong> {
        *tag = self
            .0
            .encrypt_inout_detached(&nonce.into(), bound, InOutBuf::from(text))
            .map_err(|_| TextTooLong)?
            .into();
        Ok(())
    }

    fn open_with(
        &self,
        nonce: [u8; 12],
        bound: &[u8],
        text: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), BadTag> {
        self.0
            .decrypt_inout_detached(&nonce.into(), bound, InOutBuf::from(text), tag.into())
            .map_err(|_| BadTag)
    }
}

impl Aead for ChaCha20Poly1305 {
    fn new(key: &[u8; 32]) -> Self {
        Self(KeyInit::new(key.into()))
    }

    fn seal(
        &self,
        counter: u64,
        bound: &[u8],
        text: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), TextTooLong> {
        self.seal_with(nonce(counter), bound, text, tag)
    }

    fn open(
        &self,
        counter: u64,
        bound: &[u8],
        text: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), BadTag> {
        self.open_with(nonce(counter), bound, text, tag)
    }
}

impl fmt::Debug for ChaCha20Poly1305 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChaCha20Poly1305(..)")
    }
}

/// Four zero bytes and the counter.
#[inline]
pub(super) fn nonce(counter: u64) -> [u8; 12] {
    // Written in the pieces in which ciphers read it, so that they need not wait for the cache.
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&(counter << 32).to_le_bytes());
    nonce[8..].copy_from_slice(&((counter >> 32) as u32).to_le_bytes());
    nonce
}

/// Opens the cookie of a cookie reply, bound to the mac1 that it answers.
pub(crate) fn open_cookie(
    key: &[u8; 32],
    nonce: &[u8; 24],
    mac1: &[u8],
    sealed: &[u8; 32],
) -> Result<[u8; 16], BadTag> {
    let (text, tag) = sealed.split_first_chunk::<16>().ok_or(BadTag)?;
    let mut cookie = *text;
    open_extended(key, nonce, mac1, &mut cookie, tag.try_into().map_err(|_| BadTag)?)?;
    Ok(cookie)
}

/// Seals a cookie for a cookie reply, bound to the mac1 that it answers.
pub(crate) fn seal_cookie(
    key: &[u8; 32],
    nonce: &[u8; 24],
    mac1: &[u8],
    cookie: &[u8; 16],
) -> Result<[u8; 32], TextTooLong> {
    let mut sealed = [0; 32];
    let (text, tag) = sealed.split_at_mut(16);
    text.copy_from_slice(cookie);
    tag.copy_from_slice(&seal_extended(key, nonce, mac1, text)?);
    Ok(sealed)
}

/// XChaCha20-Poly1305, which takes a random nonce.
fn seal_extended(
    key: &[u8; 32],
    nonce: &[u8; 24],
    bound: &[u8],
    text: &mut [u8],
) -> Result<[u8; 16], TextTooLong> {
    let cipher: XChaCha20Poly1305 = KeyInit::new(key.into());
    cipher
        .encrypt_inout_detached(nonce.into(), bound, InOutBuf::from(text))
        .map(Into::into)
        .map_err(|_| TextTooLong)
}

fn open_extended(
    key: &[u8; 32],
    nonce: &[u8; 24],
    bound: &[u8],
    text: &mut [u8],
    tag: &[u8; 16],
) -> Result<(), BadTag> {
    let cipher: XChaCha20Poly1305 = KeyInit::new(key.into());
    cipher
        .decrypt_inout_detached(nonce.into(), bound, InOutBuf::from(text), tag.into())
        .map_err(|_| BadTag)
}

#[cfg(test)]
mod tests {
    use super::super::wycheproof;
    use super::*;

    #[test]
    fn wycheproof_cases_pass() {
        wycheproof::chacha20_poly1305(
            |key, nonce, aad, text| {
                let mut tag = [0; 16];
                ChaCha20Poly1305::new(key).seal_with(nonce, aad, text, &mut tag).unwrap();
                tag
            },
            |key, nonce, aad, text, tag| {
                ChaCha20Poly1305::new(key).open_with(nonce, aad, text, tag)
            },
        );
        wycheproof::xchacha20_poly1305(
            |key, nonce, aad, text| seal_extended(key, &nonce, aad, text).unwrap(),
            |key, nonce, aad, text, tag| open_extended(key, &nonce, aad, text, tag),
        );
    }

    #[test]
    fn key_is_silent() {
        let cipher = ChaCha20Poly1305::new(&[1; 32]);

        assert_eq!(alloc::format!("{cipher:?}"), "ChaCha20Poly1305(..)");
    }

    #[test]
    fn cookies_open_only_under_the_mac1_that_they_were_sealed_for() {
        let sealed = seal_cookie(&[1; 32], &[2; 24], &[3; 16], &[4; 16]).unwrap();

        assert_eq!(open_cookie(&[1; 32], &[2; 24], &[3; 16], &sealed), Ok([4; 16]));
        assert_eq!(open_cookie(&[1; 32], &[2; 24], &[5; 16], &sealed), Err(BadTag));
    }

    #[test]
    fn the_counter_is_all_of_64_bits() {
        let cipher = ChaCha20Poly1305::new(&[1; 32]);
        let tags = [0, 1, 1 << 32, 1 << 63].map(|counter| {
            let mut tag = [0; 16];
            cipher.seal(counter, &[], &mut [], &mut tag).unwrap();
            tag
        });

        for (i, tag) in tags.iter().enumerate() {
            assert!(!tags[..i].contains(tag));
        }
    }

    #[test]
    fn nothing_is_decrypted_when_the_tag_is_wrong() {
        let cipher = ChaCha20Poly1305::new(&[1; 32]);
        let mut text = [9; 64];
        let mut tag = [0; 16];
        cipher.seal(3, &[], &mut text, &mut tag).unwrap();
        let sealed = text;
        tag[15] ^= 0x80;

        assert_eq!(cipher.open(3, &[], &mut text, &tag), Err(BadTag));
        assert_eq!(text, sealed);
    }
}
