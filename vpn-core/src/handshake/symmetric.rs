use zeroize::Zeroizing;

use super::NotAuthentic;
use crate::crypto::{Aead, Key, hash, kdf1, kdf2, kdf3};
use crate::key::SharedSecret;

const CONSTRUCTION: &[u8] = b"Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s";

/// The chaining key and the transcript hash of a handshake: the symmetric state of the Noise
/// specification (section 5.2), whose cipher never encrypts twice under one key here.
#[derive(Clone)]
pub(super) struct Symmetric {
    chain: Key,
    transcript: [u8; 32],
}

impl Symmetric {
    pub(super) fn new(prologue: &[u8]) -> Self {
        let initial = hash(&[CONSTRUCTION]);
        let mut state = Self { chain: Zeroizing::new(initial), transcript: initial };
        state.mix_hash(prologue);
        state
    }

    pub(super) fn mix_hash(&mut self, data: &[u8]) {
        self.transcript = hash(&[&self.transcript, data]);
    }

    /// Mixes an ephemeral public key: into the hash, and, since there may be a preshared key, into
    /// the chain (Noise, section 9.2).
    pub(super) fn mix_ephemeral(&mut self, public: &[u8; 32]) {
        self.chain = kdf1(&self.chain, public);
        self.mix_hash(public);
    }

    pub(super) fn mix_shared(&mut self, shared: &SharedSecret) {
        self.chain = kdf1(&self.chain, shared.as_bytes());
    }

    /// As [`Symmetric::mix_shared`], and derives the key for what is encrypted next.
    pub(super) fn derive_key(&mut self, shared: &SharedSecret) -> Key {
        let (chain, key) = kdf2(&self.chain, shared.as_bytes());
        self.chain = chain;
        key
    }

    pub(super) fn mix_psk(&mut self, psk: &[u8; 32]) -> Key {
        let (chain, bound, key) = kdf3(&self.chain, psk);
        self.chain = chain;
        self.mix_hash(bound.as_slice());
        key
    }

    /// Encrypts `text` in place into a message whose last 16 bytes take the tag.
    pub(super) fn seal<A: Aead>(
        &mut self,
        key: &Key,
        message: &mut [u8],
    ) -> Result<(), NotAuthentic> {
        let (text, place) = message.split_last_chunk_mut::<16>().ok_or(NotAuthentic)?;
        A::new(key).seal(0, &self.transcript, text, place).map_err(|_| NotAuthentic)?;
        self.mix_hash(message);
        Ok(())
    }

    /// Decrypts in place a message whose last 16 bytes are the tag, and returns the text.
    pub(super) fn open<'m, A: Aead>(
        &mut self,
        key: &Key,
        message: &'m mut [u8],
    ) -> Result<&'m mut [u8], NotAuthentic> {
        let transcript = self.transcript;
        self.mix_hash(message);
        let (text, tag) = message.split_last_chunk_mut::<16>().ok_or(NotAuthentic)?;
        A::new(key).open(0, &transcript, text, tag).map_err(|_| NotAuthentic)?;
        Ok(text)
    }

    /// Ends the handshake in two keys: for the initiator's messages and for the responder's.
    pub(super) fn split(self) -> (Key, Key) {
        kdf2(&self.chain, &[])
    }

    #[cfg(test)]
    pub(super) fn transcript(&self) -> [u8; 32] {
        self.transcript
    }
}

#[cfg(test)]
mod tests {
    use super::super::IDENTIFIER;
    use super::*;

    /// BLAKE2s-256 of the construction, and of that followed by the identifier, computed with
    /// another implementation (Python's hashlib).
    #[test]
    fn initial_values_are_those_of_the_protocol() {
        let hex = |bytes: &[u8]| -> alloc::string::String {
            bytes.iter().map(|byte| alloc::format!("{byte:02x}")).collect()
        };
        let state = Symmetric::new(IDENTIFIER);

        assert_eq!(
            hex(state.chain.as_slice()),
            "60e26daef327efc02ec335e2a025d2d016eb4206f87277f52d38d1988b78cd36"
        );
        assert_eq!(
            hex(&state.transcript),
            "2211b361081ac566691243db458ad5322d9c6c662293e8b70ee19c65ba079ef3"
        );
    }
}
