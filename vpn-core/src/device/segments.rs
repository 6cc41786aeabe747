use core::mem::take;
use core::net::SocketAddr;

use super::PeerId;
use super::arrival::{Ahead, Arrival};
use super::datagram::Inbound;
use crate::crypto::Aead;
use crate::error::Discard;
use crate::wire::DATA_OVERHEAD;

/// The datagrams of a received train, opened in place as they are taken.
///
/// Those of one session are opened some at a time, ahead of being taken: so the way to the session
/// and what is noted there are the same for all of them.
pub(super) struct Segments<'d, 'b, A: Aead> {
    arrival: Arrival<'d, A>,
    from: SocketAddr,
    /// Those not taken yet.
    rest: &'b mut [u8],
    segment: usize,
    ahead: Option<Ahead>,
}

impl<'d, 'b, A: Aead> Segments<'d, 'b, A> {
    pub(super) fn new(
        arrival: Arrival<'d, A>,
        from: SocketAddr,
        rest: &'b mut [u8],
        segment: usize,
    ) -> Self {
        Self { arrival, from, rest, segment: segment.max(1), ahead: None }
    }

    /// Takes the next datagram of those that were opened ahead, if there are any.
    #[inline(always)]
    fn take_ahead(&mut self) -> Option<Result<Inbound<'b>, Discard>> {
        let Ahead { peer, opened, .. } = self.ahead.as_mut()?;
        *opened = opened.checked_sub(1)?;
        let peer = *peer;
        let datagram = self.split();
        let len = datagram.len() - DATA_OVERHEAD;
        match self.arrival.packet_of(peer, datagram, len) {
            Ok(packet) => Some(Ok(Inbound::Packet { peer, packet })),
            Err(datagram) => self.deliver_other(peer, datagram, len),
        }
    }

    #[cold]
    fn deliver_other(
        &mut self,
        peer: PeerId,
        datagram: &'b mut [u8],
        len: usize,
    ) -> Option<Result<Inbound<'b>, Discard>> {
        Some(self.arrival.deliver_other(peer, datagram, len))
    }

    /// Takes the next datagram when none are left of those that were opened ahead: tells why it was not
    /// one of them, or opens it, and others ahead.
    #[cold]
    #[inline(never)]
    fn take_next(&mut self) -> Option<Result<Inbound<'b>, Discard>> {
        if self.rest.is_empty() {
            return None;
        }
        if let Some(Ahead { peer, refused: Some(discard), .. }) = self.ahead.take() {
            self.split();
            return Some(Err(self.arrival.refuse(peer, discard)));
        }
        self.ahead = self.arrival.open_ahead(self.rest, self.segment);
        if self.ahead.is_some() {
            return self.take_ahead().or_else(|| self.take_next());
        }
        let datagram = self.split();
        Some(self.arrival.open(&self.from, datagram))
    }

    #[inline]
    fn split(&mut self) -> &'b mut [u8] {
        let len = self.segment.min(self.rest.len());
        let (datagram, rest) = take(&mut self.rest).split_at_mut(len);
        self.rest = rest;
        datagram
    }
}

impl<'b, A: Aead> Iterator for Segments<'_, 'b, A> {
    type Item = Result<Inbound<'b>, Discard>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.ahead.as_ref().is_some_and(|ahead| ahead.opened > 0) {
            self.take_ahead()
        } else {
            self.take_next()
        }
    }
}
