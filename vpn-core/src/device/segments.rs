use core::mem::take;
use core::net::SocketAddr;

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

    /// Opens the next datagram, or tells why it did not open ahead. `None` if it and others do so now.
    #[inline(never)]
    fn open(&mut self) -> Option<Result<Inbound<'b>, Discard>> {
        if let Some(Ahead { peer, refused: Some(discard), .. }) = self.ahead.take() {
            self.split();
            return Some(Err(self.arrival.refuse(peer, discard)));
        }
        self.ahead = self.arrival.open_ahead(self.rest, self.segment);
        if self.ahead.is_some() {
            return None;
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
        if self.rest.is_empty() {
            return None;
        }
        loop {
            match &mut self.ahead {
                Some(Ahead { peer, opened, .. }) if *opened > 0 => {
                    *opened -= 1;
                    let peer = *peer;
                    let datagram = self.split();
                    let len = datagram.len() - DATA_OVERHEAD;
                    return Some(self.arrival.deliver(peer, datagram, len));
                }
                Some(_) | None => {
                    if let Some(opened) = self.open() {
                        return Some(opened);
                    }
                }
            }
        }
    }
}
