use alloc::vec::Vec;
use core::net::SocketAddr;
use core::ops::Range;

use super::Node;
use super::config::MTU;
use super::outbox::{Copy, Letter};
use crate::crypto::Aead;
use crate::device::{self, PeerId, Sealed};
use crate::error::SealError;
use crate::link::may_open_connection;
use crate::mesh::event::{Outbound, Transmit};
use crate::mesh::path::{Hop, is_reserved, relay};
use crate::time::Time;

/// Free bytes that are needed in front of every packet handed to [`Node::seal`]: a message may have to
/// be wrapped into one for a member that passes it on.
pub const HEADROOM: usize = 48;
/// Free bytes that are needed behind every packet handed to [`Node::seal`].
pub const TAILROOM: usize = 64;
/// Length that suffices for every buffer handed to [`Node::poll_transmit`], with an MTU of up to 1420;
/// with a greater one it takes so much more.
pub const TRANSMIT_LEN: usize = FRAME_AT + MTU as usize + TAILROOM - 16;
/// Where in a buffer a frame is written: what may come in front fits.
const FRAME_AT: usize = device::HEADROOM + relay::OVERHEAD - 16;

/// Datagrams for the socket.
impl<A: Aead> Node<A> {
    /// Seals the IP packet in `buf[packet]` in place, for the member that has its destination.
    ///
    /// Its source must be an address of this node: the derived one, or one within a net that its
    /// certificate names. Others are sealed too, and discarded by the member
    /// ([`Discard::SpoofedSource`](crate::Discard::SpoofedSource)).
    ///
    /// Needs [`HEADROOM`] free bytes before the range and [`TAILROOM`] behind it, which are
    /// overwritten. If there is no tunnel to the member, one is being made, and the buffer is
    /// unchanged. If the packet is too long, it says what is to be done. Of a TCP SYN, the greatest
    /// segment that it announces is lowered, see [`NodeConfig::clamp_mss`](crate::mesh::NodeConfig::clamp_mss).
    ///
    /// # Errors
    ///
    /// As [`Device::seal`](crate::Device::seal): [`SealError::NoRoute`] if no member is known that
    /// has the destination, [`SealError::NoEndpoint`] if it is not known where the member is, if so
    /// much was sent in vain where it says to be that no more is for now, or if the one that would
    /// pass the packet on has gone.
    pub fn seal<'b>(
        &mut self,
        now: Time,
        buf: &'b mut [u8],
        packet: Range<usize>,
    ) -> Result<Outbound<'b>, SealError> {
        check_room(buf.len(), &packet)?;
        let content = buf.get_mut(packet.clone()).ok_or(SealError::Range)?;
        if self.fit.clamps && may_open_connection(content) {
            self.clamp_outbound(now, content);
        }
        let sealed = match self.device.seal_unasked(now, buf, packet.clone()) {
            Err(SealError::TooLong) => {
                if let Some(limit) = self.exceeds(now, buf, &packet)? {
                    return Ok(self.too_big(buf, packet, limit));
                }
                self.device.seal_asked(now, buf, packet)
            }
            Err(SealError::NoRoute) => {
                let content = buf.get(packet).ok_or(SealError::Range)?;
                let number = self.device.reserved_for(content).ok_or(SealError::NoRoute)?;
                let now = self.observe(now);
                return self.dial_for_traffic(now, number);
            }
            sealed => sealed,
        };
        match sealed? {
            (_, Sealed::Send(message, to)) if is_reserved(to) => {
                let to = *to;
                self.seal_through(now, buf, message, to)
            }
            (_, Sealed::Send(message, to)) => {
                Ok(Outbound::Send(Transmit::new(*to, &mut buf[message])))
            }
            (peer, Sealed::Held) => self.held(now, peer),
        }
    }

    /// Encodes the next message of the node itself into `out`, if one waits.
    ///
    /// `out` of [`TRANSMIT_LEN`] bytes suffices; into a shorter one nothing is encoded, and what waits
    /// goes on waiting. With an MTU above 1420, longer packets than fit into `out` are not tried.
    pub fn poll_transmit<'b>(&mut self, now: Time, out: &'b mut [u8]) -> Option<Transmit<'b>> {
        let now = self.observe(now);
        self.pump(now);
        out.first_chunk::<TRANSMIT_LEN>()?;
        let (message, to, is_wrapped) = self.encode(now, out)?;
        let datagram = &mut out[message];
        Some(match is_wrapped {
            true => Transmit::carrying(to, datagram),
            false => Transmit::new(to, datagram),
        })
    }

    /// Encodes the next message, wrapped if it goes through a member.
    fn encode(&mut self, now: Time, out: &mut [u8]) -> Option<(Range<usize>, SocketAddr, bool)> {
        loop {
            let (message, hop) = self.encode_message(now, out)?;
            match hop {
                Hop::Direct(to) => return Some((message, to, false)),
                Hop::Via { relay, party } => {
                    if let Some((message, to)) = self.wrap(now, out, message, (relay, party)) {
                        return Some((message, to, true));
                    }
                }
            }
        }
    }

    /// Encodes the next handshake message, keepalive, cookie reply or frame.
    fn encode_message(&mut self, now: Time, out: &mut [u8]) -> Option<(Range<usize>, Hop)> {
        if let Some(control) = self.device.poll_transmit(now, out) {
            let (peer, to, message) = (control.peer, control.to, 0..control.datagram.len());
            self.answers.sent(control.datagram);
            if let Some(peer) = peer {
                self.spread(now, peer, to, out.get(message.clone())?);
            }
            return Some((message, Hop::of(to)));
        }
        if let Some(lobby) = &mut self.lobby {
            if let Some(control) = lobby.device.poll_transmit(now, out) {
                self.answers.sent(control.datagram);
                return Some((0..control.datagram.len(), Hop::of(control.to)));
            }
        }
        if let Some(Copy { hop, datagram }) = self.outbox.poll_copy() {
            let message = 0..datagram.len();
            out.get_mut(message.clone())?.copy_from_slice(&datagram);
            return Some((message, hop));
        }
        while let Some(Letter { to_lobby, to, hop, frame }) = self.outbox.poll_letter() {
            let range = FRAME_AT..FRAME_AT + frame.len();
            let Some(room) = out.get_mut(range.clone()) else { continue };
            room.copy_from_slice(&frame);
            let device = match &mut self.lobby {
                Some(lobby) if to_lobby => &mut lobby.device,
                _ => &mut self.device,
            };
            if let Ok(Some((message, endpoint))) = device.seal_frame(now, to, out, range) {
                return Some((message, hop.unwrap_or(Hop::of(endpoint))));
            }
        }
        None
    }

    pub(super) fn send(&mut self, to_lobby: bool, to: PeerId, frame: Vec<u8>) {
        self.outbox.post(Letter { to_lobby, to, hop: None, frame });
    }

    /// Sends a frame as the last one, before its peer is removed.
    pub(super) fn send_last(&mut self, now: Time, to: PeerId, frame: &[u8]) {
        let range = FRAME_AT..FRAME_AT + frame.len();
        let mut buf = alloc::vec![0; range.end + TAILROOM];
        buf[range.clone()].copy_from_slice(frame);
        if let Ok(Some((message, endpoint))) = self.device.seal_frame(now, to, &mut buf, range) {
            self.outbox.copy(Hop::of(endpoint), &buf[message]);
        }
    }
}

/// Whether a packet that lies within a buffer of `have` bytes has the room that it may need.
fn check_room(have: usize, packet: &Range<usize>) -> Result<(), SealError> {
    let behind = have.checked_sub(packet.end).ok_or(SealError::Range)?;
    if packet.start < HEADROOM {
        return Err(SealError::Headroom { need: HEADROOM, have: packet.start });
    }
    if behind < TAILROOM {
        return Err(SealError::Tailroom { need: TAILROOM, have: behind });
    }
    Ok(())
}
