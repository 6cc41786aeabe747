use core::fmt;

use super::session::OpenError;
use super::{REJECT_AFTER_MESSAGES, REJECT_AFTER_TIME};
use crate::crypto::{Aead, Key};
use crate::time::Time;
use crate::wire::{DATA_HEADER_LEN, DataHeader, Index};

/// Which side began the handshake that a session came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Initiator,
    Responder,
}

/// The keys of a session, which do not change: shared with whoever seals or opens elsewhere, and
/// wiped when the last one lets go of them.
pub(crate) struct Keys<A> {
    role: Role,
    local: Index,
    remote: Index,
    born: Time,
    expiry: Time,
    sealer: A,
    opener: A,
}

impl<A: Aead> Keys<A> {
    pub(crate) fn new(
        role: Role,
        born: Time,
        [local, remote]: [Index; 2],
        [send, receive]: [&Key; 2],
    ) -> Self {
        let expiry = born + REJECT_AFTER_TIME;
        let [sealer, opener] = [send, receive].map(|key| A::new(key));
        Self { role, local, remote, born, expiry, sealer, opener }
    }

    pub(crate) fn role(&self) -> Role {
        self.role
    }

    pub(crate) fn local(&self) -> Index {
        self.local
    }

    pub(crate) fn remote(&self) -> Index {
        self.remote
    }

    pub(crate) fn born(&self) -> Time {
        self.born
    }

    pub(crate) fn is_expired(&self, now: Time) -> bool {
        now >= self.expiry
    }

    /// Seals in place: `message` has 16 bytes for the header, the text, 16 bytes for the tag.
    ///
    /// The caller gives no counter twice. `None` if the cipher takes no message as long.
    #[inline]
    pub(crate) fn seal(&self, counter: u64, message: &mut [u8]) -> Option<()> {
        let (header, sealed) = message.split_first_chunk_mut::<DATA_HEADER_LEN>()?;
        let (text, tag) = sealed.split_last_chunk_mut()?;
        self.sealer.seal(counter, &[], text, tag).ok()?;
        DataHeader { receiver: self.remote, counter }.emit(header);
        Some(())
    }

    /// Opens in place the ciphertext and tag that follow the header; returns the text's length.
    /// Whether the counter was received before is another question.
    #[inline]
    pub(crate) fn open(&self, counter: u64, sealed: &mut [u8]) -> Result<usize, OpenError> {
        if counter >= REJECT_AFTER_MESSAGES {
            return Err(OpenError::Limit);
        }
        let (text, tag) = sealed.split_last_chunk_mut().ok_or(OpenError::BadTag)?;
        self.opener.open(counter, &[], text, tag).map_err(|_| OpenError::BadTag)?;
        Ok(text.len())
    }
}

impl<A> fmt::Debug for Keys<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("local", &self.local)
            .field("born", &self.born)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::crypto::ChaCha20Poly1305;

    #[test]
    fn keys_are_silent() {
        let (born, key) = (Time::from_nanos(7), Zeroizing::new([1; 32]));
        let indices = [Index(1), Index(2)];
        let keys = Keys::<ChaCha20Poly1305>::new(Role::Initiator, born, indices, [&key; 2]);

        let expected = alloc::format!("Keys {{ local: Index(1), born: {born:?}, .. }}");
        assert_eq!(alloc::format!("{keys:?}"), expected);
    }
}
