//! The ciphers that ours is built on, called in place by themselves: what a tunnel costs beyond them is
//! its own.

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut, ChaCha20Poly1305, KeyInit};

const KEY: [u8; 32] = [7; 32];

/// A cipher without a tunnel around it.
pub(crate) trait Bare: Sized {
    /// Its crate.
    const NAME: &str;

    fn new() -> Self;

    fn seal(&self, counter: u64, text: &mut [u8]) -> [u8; 16];

    fn open(&self, counter: u64, text: &mut [u8], tag: &[u8; 16]);
}

impl Bare for ChaCha20Poly1305 {
    const NAME: &str = "chacha20poly1305";

    fn new() -> Self {
        KeyInit::new(&KEY.into())
    }

    fn seal(&self, counter: u64, text: &mut [u8]) -> [u8; 16] {
        self.encrypt_inout_detached(&nonce(counter).into(), &[], InOutBuf::from(text))
            .expect("a packet is short enough")
            .into()
    }

    fn open(&self, counter: u64, text: &mut [u8], tag: &[u8; 16]) {
        self.decrypt_inout_detached(&nonce(counter).into(), &[], InOutBuf::from(text), tag.into())
            .expect("sealed with the same key");
    }
}

impl Bare for LessSafeKey {
    const NAME: &str = "aws-lc-rs";

    fn new() -> Self {
        Self::new(UnboundKey::new(&CHACHA20_POLY1305, &KEY).expect("a key of 32 bytes"))
    }

    fn seal(&self, counter: u64, text: &mut [u8]) -> [u8; 16] {
        let nonce = Nonce::assume_unique_for_key(nonce(counter));
        let mut tag = [0; 16];
        self.seal_in_place_scatter(nonce, Aad::empty(), text, &[], &mut tag)
            .expect("a packet is short enough");
        tag
    }

    fn open(&self, counter: u64, text: &mut [u8], tag: &[u8; 16]) {
        let nonce = Nonce::assume_unique_for_key(nonce(counter));
        self.open_in_place_separate_tag(nonce, Aad::empty(), tag, text)
            .expect("sealed with the same key");
    }
}

/// The nonce of a data message, four zero bytes and the counter, written in the pieces in which the
/// ciphers read it: the fastest way, here as in ours.
fn nonce(counter: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&(counter << 32).to_le_bytes());
    nonce[8..].copy_from_slice(&((counter >> 32) as u32).to_le_bytes());
    nonce
}
