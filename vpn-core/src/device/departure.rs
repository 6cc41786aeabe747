use core::ops::Range;

use super::datagram::{Outbound, Sealed, Transmit};
use super::peers::Peer;
use super::{Device, PeerId};
use crate::crypto::Aead;
use crate::error::SealError;
use crate::time::Time;
use crate::wire::ip;

/// The way of packets from the inside to the peers that they are for.
impl<A: Aead> Device<A> {
    /// Seals the IP packet in `buf[packet]` in place, for the peer that its destination routes to.
    ///
    /// Needs [`HEADROOM`](crate::HEADROOM) free bytes before the range and [`TAILROOM`](crate::TAILROOM) behind it, which are
    /// overwritten. On an error, and if the packet is held, the buffer is unchanged.
    ///
    /// # Errors
    ///
    /// [`SealError::Range`] if the range does not lie in the buffer, [`SealError::NotIp`] if the
    /// bytes are no whole packet, [`SealError::NoRoute`] if no peer is allowed the destination,
    /// [`SealError::NoEndpoint`] if it is not known where the peer is, [`SealError::Headroom`] and
    /// [`SealError::Tailroom`] if there is too little room, [`SealError::TooLong`] if the packet
    /// does not fit a message of 65,535 bytes.
    pub fn seal<'b>(
        &mut self,
        now: Time,
        buf: &'b mut [u8],
        packet: Range<usize>,
    ) -> Result<Outbound<'b>, SealError> {
        let (id, sealed) = self.seal_packet(now, buf, packet)?;
        Ok(match sealed {
            Sealed::Send(message, to) => {
                Outbound::Send(Transmit { peer: id, to: *to, datagram: &mut buf[message] })
            }
            Sealed::Held => Outbound::Held(id),
        })
    }

    /// Seals a packet where it lies, and says for whom.
    #[inline(always)]
    pub(crate) fn seal_packet(
        &mut self,
        now: Time,
        buf: &mut [u8],
        packet: Range<usize>,
    ) -> Result<(PeerId, Sealed<'_>), SealError> {
        let now = self.observe(now);
        let id = self.destination(buf, &packet)?;
        Ok((id, self.seal_for(now, id, buf, packet, (self.mtu, true), |_| true)?))
    }

    /// The peer that the packet in `buf[packet]` routes to.
    #[inline(always)]
    pub(super) fn destination(
        &mut self,
        buf: &[u8],
        packet: &Range<usize>,
    ) -> Result<PeerId, SealError> {
        let content = buf.get(packet.clone()).ok_or(SealError::Range)?;
        let header = ip::Header::parse(content).ok_or(SealError::NotIp)?;
        self.routes.of_destination(header.destination).ok_or(SealError::NoRoute)
    }

    /// Seals a packet or a frame for a peer that it `fits`, padded to no more than `mtu` bytes; or else
    /// [`SealError::TooLong`]. `is_packet` says that whoever steers the tunnel waits for something to
    /// come back.
    ///
    /// As with [`open`](Self::open), the way of a packet is compiled as one.
    #[inline(always)]
    pub(super) fn seal_for(
        &mut self,
        now: Time,
        id: PeerId,
        buf: &mut [u8],
        packet: Range<usize>,
        (mtu, is_packet): (usize, bool),
        fits: impl FnOnce(&Peer<A>) -> bool,
    ) -> Result<Sealed<'_>, SealError> {
        let Self { agenda, peers, .. } = self;
        let peer = peers.get_mut(id).ok_or(SealError::NoRoute)?;
        if !fits(peer) {
            return Err(SealError::TooLong);
        }
        let Some((message, stirred)) = peer.tunnel.seal(now, buf, packet, mtu)? else {
            agenda.refresh(id, peer);
            return Ok(Sealed::Held);
        };
        if is_packet && peer.tunnel.awaits_answer(now) || stirred {
            agenda.refresh(id, peer);
        }
        debug_assert!(agenda.is_fresh(id, peer), "a stirred peer kept quiet");
        let to = peer.tunnel.endpoint().ok_or(SealError::NoEndpoint)?;
        Ok(Sealed::Send(message, to))
    }
}
