use alloc::sync::Arc;
use core::net::SocketAddr;
use core::ops::Range;

use super::{Traffic, Tunnel, frame};
use crate::crypto::Aead;
use crate::error::{Discard, SealError};
use crate::time::Time;
use crate::transport::{Keys, OpenError, Session};
use crate::wire::{DATA_OVERHEAD, DataHeader, Index};

/// What followed from a data message.
#[derive(Debug)]
pub(crate) struct Heard {
    /// It confirmed a session, so that older ones have moved or gone.
    pub(crate) confirmed: bool,
    /// The tunnel's deadline, or whether it has output or notices, may have changed.
    pub(crate) stirred: bool,
    /// From another one at the same time, from the same place, nothing would follow.
    pub(crate) steady: bool,
}

/// Packets of the user, there and back.
impl<A: Aead> Tunnel<A> {
    /// Seals the packet in place, with its header in front and padding and tag behind; `None` if there is
    /// no session, and a handshake is under way. Returns where in the buffer the message lies, and
    /// whether the tunnel's deadline, or whether it has output or notices, may have changed: with most
    /// packets they do not.
    #[inline(always)]
    pub(crate) fn seal(
        &mut self,
        now: Time,
        buf: &mut [u8],
        packet: Range<usize>,
        mtu: usize,
    ) -> Result<Option<(Range<usize>, bool)>, SealError> {
        let message = frame::frame(buf.len(), &packet, mtu)?;
        let Some(session) = self.slots.sending(now) else {
            // Whoever has a session has been heard, and so has an endpoint.
            if self.endpoint.is_none() {
                return Err(SealError::NoEndpoint);
            }
            self.lapse();
            self.begin(now, true);
            return Ok(None);
        };
        frame::pad(buf, packet, &message);
        let counter = session.seal(&mut buf[message.clone()]).ok_or(SealError::TooLong)?;
        self.tally.sent(message.len());
        let stirred = self.sent(now, counter);
        Ok(Some((message, stirred)))
    }

    /// Takes counters for up to `count` packets that are sealed elsewhere, at once.
    ///
    /// `None` if there is no session; a handshake is under way, unless for nothing.
    pub(crate) fn lease(&mut self, now: Time, count: u32) -> Option<(Arc<Keys<A>>, Range<u64>)> {
        let Some(session) = self.slots.sending(now) else {
            if count > 0 {
                self.lapse();
                self.begin(now, true);
            }
            return None;
        };
        let counters = session.reserve(count);
        let keys = Arc::clone(session.keys());
        if let Some(last) = counters.clone().last() {
            self.sent(now, last);
        }
        Some((keys, counters))
    }

    /// Data goes out, up to and including the message with `counter`; whether that stirs the tunnel.
    #[inline(always)]
    fn sent(&mut self, now: Time, counter: u64) -> bool {
        let steady = !self.wants_keepalive && self.timer.is_sending(now, counter);
        if steady {
            self.timer.data_sent_again(now);
        }
        !steady && self.sent_first(now, counter)
    }

    /// As [`sent`](Self::sent), of data that is not one of many.
    #[cold]
    fn sent_first(&mut self, now: Time, counter: u64) -> bool {
        let spared = self.wants_keepalive;
        if spared {
            self.wants_keepalive = false;
        }
        let moved = self.timer.data_sent(now);
        let renews = self.timer.renews_on_send(now, counter);
        if renews {
            self.begin(now, false);
        }
        spared || moved || renews
    }

    /// What was sealed last is a packet, to be answered; whether that stirs the tunnel.
    #[inline]
    pub(crate) fn awaits_answer(&mut self, now: Time) -> bool {
        let Some(packets) = &mut self.steered else { return false };
        *packets += 1;
        self.timer.awaits_answer(now)
    }

    /// Counts what was sealed elsewhere.
    pub(crate) fn settle(&mut self, sent: Traffic) {
        self.tally.settle(sent);
    }

    /// The keys of all sessions, for messages that are opened elsewhere.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Arc<Keys<A>>> {
        self.slots.iter().map(Session::keys)
    }

    /// Opens in place the ciphertext and tag that follow the header of a data message; returns the
    /// length of the text, zero for a keepalive. Nothing but its counter is noted yet.
    #[inline(always)]
    pub(crate) fn open(
        &mut self,
        now: Time,
        header: DataHeader,
        sealed: &mut [u8],
    ) -> Result<usize, Discard> {
        match self.slots.find_current(header.receiver) {
            Some(session) => open(session, now, header, sealed),
            None => self.open_other(now, header, sealed),
        }
    }

    #[cold]
    #[inline(never)]
    fn open_other(
        &mut self,
        now: Time,
        header: DataHeader,
        sealed: &mut [u8],
    ) -> Result<usize, Discard> {
        let session = self.slots.find(header.receiver).ok_or(Discard::UnknownIndex)?;
        open(session, now, header, sealed)
    }

    /// Notes the counter of a data message that was opened elsewhere, under the keys of the session
    /// by which the other side is addressed as `remote`.
    #[inline]
    pub(crate) fn accept(
        &mut self,
        now: Time,
        header: DataHeader,
        remote: Index,
    ) -> Result<(), Discard> {
        let session = self.session_of(now, header.receiver)?;
        if session.keys().remote() != remote {
            return Err(Discard::UnknownIndex);
        }
        session.accept(header.counter).map_err(discard)
    }

    fn session_of(&mut self, now: Time, receiver: Index) -> Result<&mut Session<A>, Discard> {
        let session = self.slots.find(receiver).ok_or(Discard::UnknownIndex)?;
        if session.is_expired(now) { Err(Discard::SessionExpired) } else { Ok(session) }
    }

    /// A data message with a text of `len` bytes was opened.
    #[inline(never)]
    pub(crate) fn heard(
        &mut self,
        now: Time,
        from: &SocketAddr,
        receiver: Index,
        len: usize,
    ) -> Heard {
        let mut heard = Heard { confirmed: false, stirred: false, steady: len > 0 };
        if self.slots.next().is_some_and(|session| session.local() == receiver) {
            self.slots.confirm();
            self.rise(now);
            heard = Heard { confirmed: true, stirred: true, ..heard };
        }
        if self.hear(now, from, len + DATA_OVERHEAD) {
            heard.stirred = true;
        }
        if len > 0 && self.timer.data_received(now) {
            heard = Heard { stirred: true, steady: false, ..heard };
        }
        if self.timer.renews_on_receipt(now) {
            self.begin(now, false);
            heard.stirred = true;
        }
        heard
    }

    /// Opens messages of `segment` bytes each that follow one that left the tunnel steady, until one is
    /// shorter, for another session or does not open: how many did, and why that one did not.
    pub(crate) fn open_run(
        &mut self,
        now: Time,
        receiver: Index,
        messages: &mut [u8],
        segment: usize,
    ) -> (usize, Option<Discard>) {
        let Ok(session) = self.session_of(now, receiver) else { return (0, None) };
        let (opened, refused) = session.open_run(messages, segment);
        let opened = usize::try_from(opened).unwrap_or(usize::MAX);
        self.tally.received_all(opened, opened.saturating_mul(segment));
        (opened, refused.map(discard))
    }

    /// Whether from a data message nothing would follow but that it is counted: so it is with most.
    #[inline]
    pub(crate) fn is_steady(&self, now: Time, from: &SocketAddr) -> bool {
        self.source.as_ref() == Some(from)
            && self.slots.next().is_none()
            && self.timer.is_steady(now)
    }

    /// Another one was opened while the tunnel was steady.
    #[inline]
    pub(crate) fn heard_again(&mut self, now: Time, len: usize) {
        self.tally.received(len + DATA_OVERHEAD);
        self.timer.data_received_again(now);
    }
}

#[inline(always)]
fn open<A: Aead>(
    session: &mut Session<A>,
    now: Time,
    header: DataHeader,
    sealed: &mut [u8],
) -> Result<usize, Discard> {
    if session.is_expired(now) {
        return Err(Discard::SessionExpired);
    }
    session.open(header.counter, sealed).map_err(discard)
}

fn discard(error: OpenError) -> Discard {
    match error {
        OpenError::BadTag => Discard::BadTag,
        OpenError::Replay => Discard::Replay,
        OpenError::Limit => Discard::SessionExpired,
    }
}
