use core::net::SocketAddr;
use core::ops::Range;

use super::Node;
use crate::crypto::Aead;
use crate::device::PeerId;
use crate::error::{Discard, SealError};
use crate::mesh::event::{Inbound, Outbound, Transmit};
use crate::mesh::frame::Frame;
use crate::mesh::gossip::Tag;
use crate::mesh::link::{Link, Who};
use crate::mesh::path::Hop;
use crate::mesh::path::relay::{Carried, HEADER_LEN, Leg, Passenger};
use crate::mesh::roster;
use crate::time::Time;
use crate::wire::{DATA_HEADER_LEN, TAG_LEN};

/// Messages that pass through a member, at the three who have to do with them. All of it happens
/// where the message lies.
impl<A: Aead> Node<A> {
    /// Wraps a sealed packet into a message for the member that passes it on.
    pub(super) fn seal_through<'b>(
        &mut self,
        now: Time,
        buf: &'b mut [u8],
        message: Range<usize>,
        to: SocketAddr,
    ) -> Result<Outbound<'b>, SealError> {
        let (message, hop) = match Hop::of(to) {
            Hop::Via { relay, party } => {
                let wrapped = self.wrap(now, buf, message, (relay, party));
                wrapped.ok_or(SealError::NoEndpoint)?
            }
            Hop::Direct(to) => (message, to),
        };
        Ok(Outbound::Send(Transmit::carrying(hop, &mut buf[message])))
    }

    /// Wraps a message for `party` into one for the relay; `None` if that is not there, or itself
    /// reached through another.
    pub(super) fn wrap(
        &mut self,
        now: Time,
        buf: &mut [u8],
        message: Range<usize>,
        (relay, party): (u32, Tag),
    ) -> Option<(Range<usize>, SocketAddr)> {
        const FRONT: usize = DATA_HEADER_LEN + HEADER_LEN;
        let start = message.start.max(FRONT);
        let end = start + message.len();
        if start != message.start {
            buf.get(..end)?;
            buf.copy_within(message, start);
        }
        let frame = start - HEADER_LEN..end;
        let front = buf.get_mut(frame.clone())?.first_chunk_mut()?;
        Carried::emit(Leg::Out, party, end - start, front)?;
        let peer = self.membership.roster.get(relay)?.peer?;
        // What is in it is padded already.
        let to = self.device.reseal_frame(now, peer, buf, frame.clone()).ok()??;
        let message = frame.start - DATA_HEADER_LEN..frame.end + TAG_LEN;
        Some((message, to)).filter(|_| Hop::of(to).is_direct())
    }

    /// Takes a message of two others, or of another that passed through the sender, from whom it
    /// must have come directly: nothing passes through two members.
    pub(super) fn open_carried<'b>(
        &mut self,
        now: Time,
        from: SocketAddr,
        peer: PeerId,
        message: &'b mut [u8],
        carried: Carried,
    ) -> Result<Inbound<'b>, Discard> {
        let number = match self.links.get(peer) {
            Some(Link { who: Who::Member(number), .. }) => *number,
            Some(_) | None => return Ok(Inbound::Control),
        };
        if !Hop::of(from).is_direct() {
            return Ok(Inbound::Control);
        }
        match carried.leg {
            Leg::Out => Ok(self.pass_on(now, (peer, number), message, &carried)),
            Leg::In => {
                let Range { start, end } = carried.message;
                let inner = message.get_mut(DATA_HEADER_LEN + start..DATA_HEADER_LEN + end);
                let via = Hop::Via { relay: number, party: carried.party };
                match inner {
                    Some(inner) => self.open_from(now, via.address(), inner),
                    None => Ok(Inbound::Control),
                }
            }
        }
    }

    /// Passes a message on, in a datagram of the same length.
    fn pass_on<'b>(
        &mut self,
        now: Time,
        (peer, number): (PeerId, u32),
        message: &'b mut [u8],
        carried: &Carried,
    ) -> Inbound<'b> {
        let Some(link) = self.links.get_mut(peer) else { return Inbound::Control };
        let rate = self.relay;
        let passenger = match &mut link.passenger {
            Some(passenger) => passenger,
            none => {
                let Some(known) = self.membership.roster.get(number) else {
                    return Inbound::Control;
                };
                none.insert(Passenger::new(roster::tag(&known.id), rate))
            }
        };
        let from = passenger.tag;
        let next = self.next_of(carried.party).filter(|_| rate > 0);
        let Some(link) = self.links.get_mut(peer) else { return Inbound::Control };
        let Some(passenger) = &mut link.passenger else { return Inbound::Control };
        let Some(next) = next else {
            if passenger.is_told(now) {
                self.send(false, peer, Frame::Refusal(carried.party).to_bytes());
            }
            return Inbound::Control;
        };
        if !passenger.take(now, message.len()) {
            return Inbound::Control;
        }
        let frame = DATA_HEADER_LEN..message.len() - TAG_LEN;
        Carried::turn(&mut message[frame.clone()], from);
        match self.device.reseal_frame(now, next, message, frame) {
            Ok(Some(to)) => Inbound::Forward(Transmit::carrying(to, message)),
            Ok(None) | Err(_) => Inbound::Control,
        }
    }

    /// The peer by which a member is reached directly, if there is a tunnel.
    fn next_of(&self, party: Tag) -> Option<PeerId> {
        let peer = self.ready_peer(party)?;
        let endpoint = self.device.endpoint(peer).ok()??;
        Some(peer).filter(|_| Hop::of(endpoint).is_direct())
    }
}
