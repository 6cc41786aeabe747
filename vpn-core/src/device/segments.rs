use core::mem::take;
use core::net::SocketAddr;
use core::slice::ChunksExactMut;

use super::PeerId;
use super::arrival::Arrival;
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
    /// Those neither taken nor opened yet.
    rest: &'b mut [u8],
    segment: usize,
    /// Those before the rest, which were opened ahead,
    opened: ChunksExactMut<'b, u8>,
    /// from this peer.
    peer: Option<PeerId>,
    /// Why the first of the rest was not.
    refused: Option<Discard>,
}

impl<'d, 'b, A: Aead> Segments<'d, 'b, A> {
    pub(super) fn new(
        arrival: Arrival<'d, A>,
        from: SocketAddr,
        rest: &'b mut [u8],
        segment: usize,
    ) -> Self {
        let segment = segment.max(1);
        let opened = <&mut [u8]>::default().chunks_exact_mut(segment);
        Self { arrival, from, rest, segment, opened, peer: None, refused: None }
    }

    /// Takes a datagram that was opened ahead.
    #[inline(always)]
    fn take_opened(&mut self, datagram: &'b mut [u8]) -> Option<Result<Inbound<'b>, Discard>> {
        let peer = self.peer?;
        let len = datagram.len().checked_sub(DATA_OVERHEAD)?;
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
        if self.refused.is_none() {
            self.open_ahead();
        }
        if let Some(datagram) = self.opened.next() {
            return self.take_opened(datagram);
        }
        let datagram = self.split(self.segment);
        Some(match self.refused.take() {
            Some(discard) => Err(self.arrival.refuse(self.peer?, discard)),
            None => self.arrival.open(&self.from, datagram),
        })
    }

    fn open_ahead(&mut self) {
        if let Some(ahead) = self.arrival.open_ahead(self.rest, self.segment) {
            (self.peer, self.refused) = (Some(ahead.peer), ahead.refused);
            self.opened = self.split(ahead.opened * self.segment).chunks_exact_mut(self.segment);
        }
    }

    /// Takes so many bytes of the rest, or all.
    #[inline]
    fn split(&mut self, len: usize) -> &'b mut [u8] {
        let len = len.min(self.rest.len());
        let (taken, rest) = take(&mut self.rest).split_at_mut(len);
        self.rest = rest;
        taken
    }
}

impl<'b, A: Aead> Iterator for Segments<'_, 'b, A> {
    type Item = Result<Inbound<'b>, Discard>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self.opened.next() {
            Some(datagram) => self.take_opened(datagram),
            None => self.take_next(),
        }
    }
}
