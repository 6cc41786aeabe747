use core::fmt;

use super::REJECT_AFTER_TIME;
use super::replay::Window;
use crate::crypto::{Aead, Key};
use crate::time::Time;
use crate::wire::{DATA_HEADER_LEN, DataHeader, Index};

/// No message carries this counter or a greater one (paper, section 6.1).
const REJECT_AFTER_MESSAGES: u64 = u64::MAX - (1 << 13);

/// Which side began the handshake that a session came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Initiator,
    Responder,
}

/// Why a message was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenError {
    BadTag,
    Replay,
    Limit,
}

/// A pair of keys in use. The two directions share nothing.
pub(crate) struct Session<A> {
    local: Index,
    role: Role,
    born: Time,
    sealer: Sealer<A>,
    opener: Opener<A>,
}

impl<A: Aead> Session<A> {
    pub(crate) fn new(
        role: Role,
        born: Time,
        (local, remote): (Index, Index),
        send: &Key,
        receive: &Key,
    ) -> Self {
        Self {
            local,
            role,
            born,
            sealer: Sealer { cipher: A::new(send), remote, counter: 0 },
            opener: Opener { cipher: A::new(receive), window: Window::new() },
        }
    }

    pub(crate) fn local(&self) -> Index {
        self.local
    }

    pub(crate) fn role(&self) -> Role {
        self.role
    }

    pub(crate) fn born(&self) -> Time {
        self.born
    }

    pub(crate) fn is_expired(&self, now: Time) -> bool {
        now.since(self.born) >= REJECT_AFTER_TIME
    }

    pub(crate) fn can_send(&self, now: Time) -> bool {
        !self.is_expired(now) && self.sealer.counter < REJECT_AFTER_MESSAGES
    }

    /// Seals in place: `message` has 16 bytes for the header, the text, 16 bytes for the tag.
    ///
    /// Returns the counter that the message carries; `None` if all counters are used up or the
    /// cipher takes no message as long.
    pub(crate) fn seal(&mut self, message: &mut [u8]) -> Option<u64> {
        self.sealer.seal(message)
    }

    /// Opens in place the ciphertext and tag that follow the header; returns the text's length.
    pub(crate) fn open(&mut self, counter: u64, sealed: &mut [u8]) -> Result<usize, OpenError> {
        self.opener.open(counter, sealed)
    }
}

impl<A> fmt::Debug for Session<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("local", &self.local)
            .field("role", &self.role)
            .field("born", &self.born)
            .finish_non_exhaustive()
    }
}

/// The sending direction.
struct Sealer<A> {
    cipher: A,
    remote: Index,
    /// The next message's counter: 64 bits, for a nonce must never repeat.
    counter: u64,
}

impl<A: Aead> Sealer<A> {
    fn seal(&mut self, message: &mut [u8]) -> Option<u64> {
        let counter = self.counter;
        if counter >= REJECT_AFTER_MESSAGES {
            return None;
        }
        let (header, sealed) = message.split_first_chunk_mut::<DATA_HEADER_LEN>()?;
        let (text, tag) = sealed.split_last_chunk_mut()?;
        // Used up before the cipher sees it: a failure may skip a counter, never repeat one.
        self.counter += 1;
        *tag = self.cipher.seal(counter, text).ok()?;
        DataHeader { receiver: self.remote, counter }.emit(header);
        Some(counter)
    }
}

/// The receiving direction.
struct Opener<A> {
    cipher: A,
    window: Window,
}

impl<A: Aead> Opener<A> {
    fn open(&mut self, counter: u64, sealed: &mut [u8]) -> Result<usize, OpenError> {
        if counter >= REJECT_AFTER_MESSAGES {
            return Err(OpenError::Limit);
        }
        let (text, tag) = sealed.split_last_chunk_mut().ok_or(OpenError::BadTag)?;
        self.cipher.open(counter, text, tag).map_err(|_| OpenError::BadTag)?;
        if self.window.accept(counter) { Ok(text.len()) } else { Err(OpenError::Replay) }
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::crypto::ChaCha20Poly1305;

    /// 2^64 - 2^13 - 1, restated from the paper's section 6.1.
    const LIMIT: u64 = 18_446_744_073_709_543_423;

    fn session() -> Session<ChaCha20Poly1305> {
        let key = Zeroizing::new([1; 32]);
        Session::new(Role::Initiator, Time::default(), (Index(1), Index(2)), &key, &key)
    }

    fn counter_of(message: &mut [u8]) -> u64 {
        DataHeader::parse(message).unwrap().0.counter
    }

    #[test]
    fn counters_rise_by_one_beyond_32_bits() {
        let mut session = session();
        session.sealer.counter = u64::from(u32::MAX);
        let mut message = [0; 48];

        assert_eq!(session.seal(&mut message), Some(0xffff_ffff));
        assert_eq!(session.seal(&mut message), Some(0x1_0000_0000));
        assert_eq!(counter_of(&mut message), 0x1_0000_0000);
    }

    #[test]
    fn sending_stops_at_the_message_limit() {
        let mut session = session();
        session.sealer.counter = LIMIT - 1;
        let mut message = [0; 48];

        assert!(session.can_send(Time::default()));
        assert_eq!(session.seal(&mut message), Some(LIMIT - 1));
        assert!(!session.can_send(Time::default()));
        assert_eq!(session.seal(&mut message), None);
    }

    #[test]
    fn receiving_stops_at_the_message_limit() {
        let mut session = session();

        let mut sealed = session.opener.cipher.seal(LIMIT, &mut []).unwrap();
        assert_eq!(session.open(LIMIT, &mut sealed), Err(OpenError::Limit));

        let mut sealed = session.opener.cipher.seal(LIMIT - 1, &mut []).unwrap();
        assert_eq!(session.open(LIMIT - 1, &mut sealed), Ok(0));
    }

    #[test]
    fn a_forgery_does_not_move_the_window() {
        let mut session = session();
        let mut forged = [0; 16];

        assert_eq!(session.open(1 << 40, &mut forged), Err(OpenError::BadTag));
        let mut sealed = session.opener.cipher.seal(0, &mut []).unwrap();
        assert_eq!(session.open(0, &mut sealed), Ok(0));
        let mut sealed = session.opener.cipher.seal(0, &mut []).unwrap();
        assert_eq!(session.open(0, &mut sealed), Err(OpenError::Replay));
    }
}
