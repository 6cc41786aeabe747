use alloc::boxed::Box;
use alloc::sync::Arc;
use core::ops::Range;

use super::REJECT_AFTER_MESSAGES;
use super::keys::{Keys, Role};
use super::replay::Window;
use crate::crypto::Aead;
use crate::time::Time;
use crate::wire::{DataHeader, Index};

/// Why a message was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenError {
    BadTag,
    Replay,
    Limit,
}

/// A pair of keys in use: what was sent under the one, what was received under the other.
#[derive(Debug)]
pub(crate) struct Session<A> {
    keys: Arc<Keys<A>>,
    /// The next message's counter: 64 bits, for a nonce must never repeat.
    counter: u64,
    /// By itself, so that the way to the keys is a step shorter.
    window: Box<Window>,
}

impl<A: Aead> Session<A> {
    pub(crate) fn new(keys: Keys<A>) -> Self {
        Self { keys: Arc::new(keys), counter: 0, window: Box::new(Window::new()) }
    }

    pub(crate) fn keys(&self) -> &Arc<Keys<A>> {
        &self.keys
    }

    pub(crate) fn local(&self) -> Index {
        self.keys.local()
    }

    pub(crate) fn role(&self) -> Role {
        self.keys.role()
    }

    pub(crate) fn born(&self) -> Time {
        self.keys.born()
    }

    pub(crate) fn is_expired(&self, now: Time) -> bool {
        self.keys.is_expired(now)
    }

    pub(crate) fn can_send(&self, now: Time) -> bool {
        !self.is_expired(now) && self.counter < REJECT_AFTER_MESSAGES
    }

    /// Takes up to `count` counters out of use here, for messages that are sealed elsewhere.
    pub(crate) fn reserve(&mut self, count: u32) -> Range<u64> {
        let first = self.counter;
        self.counter = first.saturating_add(count.into()).min(REJECT_AFTER_MESSAGES).max(first);
        first..self.counter
    }

    /// Seals in place: `message` has 16 bytes for the header, the text, 16 bytes for the tag.
    ///
    /// Returns the counter that the message carries; `None` if all counters are used up or the
    /// cipher takes no message as long.
    #[inline]
    pub(crate) fn seal(&mut self, message: &mut [u8]) -> Option<u64> {
        // Used up before the cipher sees it: a failure may skip a counter, never repeat one.
        let counter = self.reserve(1).next()?;
        self.keys.seal(counter, message)?;
        Some(counter)
    }

    /// Opens in place the ciphertext and tag that follow the header; returns the text's length.
    #[inline(always)]
    pub(crate) fn open(&mut self, counter: u64, sealed: &mut [u8]) -> Result<usize, OpenError> {
        let len = self.keys.open(counter, sealed)?;
        self.accept(counter)?;
        Ok(len)
    }

    /// Opens in place messages of `segment` bytes each, as long as each is the one expected next: how
    /// many of them, and why one that was expected did not open.
    #[inline(never)]
    pub(crate) fn open_run(
        &mut self,
        messages: &mut [u8],
        segment: usize,
    ) -> (u64, Option<OpenError>) {
        let (keys, first) = (&*self.keys, self.window.next());
        let mut next = DataHeader { receiver: keys.local(), counter: first };
        let outcome = messages.chunks_exact_mut(segment).try_for_each(|message| {
            let (header, sealed) = DataHeader::parse(message).ok_or(None)?;
            if header != next {
                return Err(None);
            }
            keys.open(header.counter, sealed).map_err(Some)?;
            next.counter += 1;
            Ok(())
        });
        // No counter from the expected one on was received before.
        self.window.accept_up_to(next.counter);
        (next.counter - first, outcome.err().flatten())
    }

    /// Remembers the counter of a message that authenticated.
    #[inline]
    pub(crate) fn accept(&mut self, counter: u64) -> Result<(), OpenError> {
        if self.window.accept(counter) { Ok(()) } else { Err(OpenError::Replay) }
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
        Session::new(Keys::new(Role::Initiator, Time::default(), [Index(1), Index(2)], [&key; 2]))
    }

    /// The tag of an empty text, under the key of [`session`].
    fn tag(counter: u64) -> [u8; 16] {
        let mut tag = [0; 16];
        ChaCha20Poly1305::new(&[1; 32]).seal(counter, &[], &mut [], &mut tag).unwrap();
        tag
    }

    fn counter_of(message: &mut [u8]) -> u64 {
        DataHeader::parse(message).unwrap().0.counter
    }

    #[test]
    fn counters_rise_by_one_beyond_32_bits() {
        let mut session = session();
        session.counter = u64::from(u32::MAX);
        let mut message = [0; 48];

        assert_eq!(session.seal(&mut message), Some(0xffff_ffff));
        assert_eq!(session.seal(&mut message), Some(0x1_0000_0000));
        assert_eq!(counter_of(&mut message), 0x1_0000_0000);
    }

    #[test]
    fn sending_stops_at_the_message_limit() {
        let mut session = session();
        session.counter = LIMIT - 1;
        let mut message = [0; 48];

        assert!(session.can_send(Time::default()));
        assert_eq!(session.seal(&mut message), Some(LIMIT - 1));
        assert!(!session.can_send(Time::default()));
        assert_eq!(session.seal(&mut message), None);
    }

    #[test]
    fn receiving_stops_at_the_message_limit() {
        let mut session = session();

        let mut sealed = tag(LIMIT);
        assert_eq!(session.open(LIMIT, &mut sealed), Err(OpenError::Limit));

        let mut sealed = tag(LIMIT - 1);
        assert_eq!(session.open(LIMIT - 1, &mut sealed), Ok(0));
    }

    #[test]
    fn a_run_stops_at_the_message_limit() {
        let mut session = session();
        session.accept(LIMIT - 3).unwrap();
        let mut run = [[0; 32]; 4];
        for (message, counter) in run.iter_mut().zip(LIMIT - 2..) {
            DataHeader { receiver: session.local(), counter }
                .emit(message.first_chunk_mut().unwrap());
            message[16..].copy_from_slice(&tag(counter));
        }

        let outcome = session.open_run(run.as_flattened_mut(), 32);

        assert_eq!(outcome, (2, Some(OpenError::Limit)));
        assert_eq!(session.accept(LIMIT - 1), Err(OpenError::Replay));
    }

    #[test]
    fn a_forgery_does_not_move_the_window() {
        let mut session = session();
        let mut forged = [0; 16];

        assert_eq!(session.open(1 << 40, &mut forged), Err(OpenError::BadTag));
        let mut sealed = tag(0);
        assert_eq!(session.open(0, &mut sealed), Ok(0));
        let mut sealed = tag(0);
        assert_eq!(session.open(0, &mut sealed), Err(OpenError::Replay));
    }

    #[test]
    fn reserved_counters_are_not_used_again_and_end_at_the_limit() {
        let mut session = session();
        let mut message = [0; 48];

        assert_eq!(session.reserve(5), 0..5);
        assert_eq!(session.seal(&mut message), Some(5));
        session.counter = LIMIT - 3;
        assert_eq!(session.reserve(u32::MAX), LIMIT - 3..LIMIT);
        assert!(session.reserve(1).is_empty());
        assert_eq!(session.seal(&mut message), None);
    }
}
