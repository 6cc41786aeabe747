use core::net::{IpAddr, SocketAddr};
use core::ops::Range;

use super::Node;
use super::config::NodeConfig;
use crate::crypto::Aead;
use crate::device::PeerId;
use crate::error::SealError;
use crate::link::{Fragments, answer_too_big, clamp_mss};
use crate::mesh::encoding::canonical;
use crate::mesh::event::{Event, Outbound, Remedy};
use crate::mesh::gossip::Pace;
use crate::mesh::link::{Link, Who};
use crate::mesh::path::{BASE_MTU, Hop, relay};
use crate::time::Time;
use crate::wire::DATA_OVERHEAD;

/// How many packets that are too long are answered at once, and a second (RFC 4443, section 2.4 (f)):
/// enough for the hosts behind a gateway, to whom alone the answers go.
const ANSWERS: u32 = 100;

/// What this node does about packets that are too long.
#[derive(Debug)]
pub(super) struct Fit {
    /// The greatest packet on any way.
    pub(super) max: u16,
    /// Whether TCP is told in advance.
    pub(super) clamps: bool,
    answers: Pace,
}

impl Fit {
    pub(super) fn new(config: &NodeConfig) -> Self {
        Self { max: config.mtu, clamps: config.clamps, answers: Pace::new(ANSWERS, ANSWERS) }
    }
}

/// Packets by their length, and what the ways to members carry.
impl<A: Aead> Node<A> {
    /// Returns the greatest packet, in bytes, that is sealed for an address of the overlay; `None` if
    /// nobody is known to have the address. It changes with the way that is used, and by what is found
    /// out of it when long packets are sent: see [`Event::PathMtu`].
    pub fn mtu(&self, destination: IpAddr) -> Option<u16> {
        match self.device.whose(destination)? {
            Ok(peer) => Some(self.mtu_of(peer)),
            Err(number) => self.membership.roster.get(number).map(|_| BASE_MTU),
        }
    }

    /// Tells that the socket has not taken a datagram of `len` bytes for `to` since it is too long
    /// (`EMSGSIZE`): the host's own link, or the network as far as the host knows it, carries less.
    ///
    /// Packets that would make datagrams as long are not sent there any more until ten minutes have
    /// passed, but no less is sent than packets of 1,280 bytes: only what probes show makes it less.
    pub fn datagram_too_long(&mut self, now: Time, to: SocketAddr, len: usize) {
        let now = self.observe(now);
        // A socket for both families may show IPv4 mapped into IPv6.
        let is_there = |at: SocketAddr| canonical(at) == canonical(to);
        for peer in self.steering.peers() {
            let (roster, device) = (&self.membership.roster, &self.device);
            let leads_there = |hop: Hop| match hop {
                Hop::Direct(at) => is_there(at).then_some(DATA_OVERHEAD),
                Hop::Via { relay: number, .. } => {
                    let peer = roster.get(number)?.peer?;
                    let at = device.endpoint(peer).ok()??;
                    is_there(at).then_some(DATA_OVERHEAD + relay::OVERHEAD)
                }
            };
            self.steering.change(now, peer, |paths, _| paths.refuse(now, len, leads_there));
        }
        self.handle_ways(now);
    }

    /// The greatest packet that is sealed for a peer.
    pub(super) fn mtu_of(&self, peer: PeerId) -> u16 {
        match (self.steering.get(peer), self.links.get(peer)) {
            (Some(paths), _) => paths.mtu(),
            (None, Some(_)) => BASE_MTU,
            // What an attached peer takes, its user knows.
            (None, None) => self.fit.max,
        }
    }

    /// Has the device ask about packets for a peer that may be too long, from now on.
    pub(super) fn watch_lengths(&mut self, now: Time, peer: PeerId) {
        let Some(paths) = self.steering.get(peer) else { return };
        self.device.ask_beyond(peer, paths.unasked());
        let news = self.steering.change(now, peer, |paths, _| paths.poll_mtu()).flatten();
        let Some(Link { who: Who::Member(number), .. }) = self.links.get(peer) else { return };
        if let (Some(mtu), Some(known)) = (news, self.membership.roster.get(*number)) {
            let member = known.id;
            self.tell(Event::PathMtu { member, mtu });
        }
    }

    /// Whether a packet is longer than the way to its destination carries; if so, how much that is.
    #[cold]
    pub(super) fn exceeds(
        &mut self,
        now: Time,
        buf: &[u8],
        packet: &Range<usize>,
    ) -> Result<Option<u16>, SealError> {
        let now = self.observe(now);
        let content = buf.get(packet.clone()).ok_or(SealError::Range)?;
        let peer = self.device.peer_for(content).ok_or(SealError::NoRoute)?;
        self.ask_of_way(now, peer);
        let mtu = self.mtu_of(peer);
        let is_v6 = content.first().is_some_and(|first| first >> 4 == 6);
        // A source of IPv6 believes in no less; what the way does not carry may go in pieces.
        let limit = if is_v6 { mtu.max(BASE_MTU) } else { mtu };
        Ok((content.len() > limit.into()).then_some(limit))
    }

    /// Says what is to be done about a packet that is longer than `limit`.
    #[cold]
    pub(super) fn too_big<'b>(
        &mut self,
        buf: &'b mut [u8],
        packet: Range<usize>,
        limit: u16,
    ) -> Outbound<'b> {
        let content = buf.get(packet.clone()).unwrap_or_default();
        let remedy = if Fragments::new(content, limit).is_some() {
            Remedy::Fragments
        } else {
            let due = self.fit.answers.take(self.now, 1);
            let answer = due.then(|| answer_too_big(buf, packet, limit)).flatten();
            match answer.and_then(|answer| buf.get_mut(answer)) {
                Some(answer) => Remedy::Answer(answer),
                None => Remedy::Drop,
            }
        };
        Outbound::TooBig { mtu: limit, remedy }
    }

    /// Lowers what a connection announces in a packet to be sent, if there is a tunnel for it.
    #[cold]
    pub(super) fn clamp_outbound(&mut self, now: Time, packet: &mut [u8]) {
        if let Some(peer) = self.device.peer_for(packet) {
            self.clamp(now, peer, packet);
        }
    }

    /// Lowers what a connection announces in a packet that has come from a peer: this side is not to
    /// send what does not arrive.
    #[cold]
    pub(super) fn clamp(&mut self, now: Time, peer: PeerId, packet: &mut [u8]) {
        let now = self.observe(now);
        // What follows may be long, so that it is time to find out.
        self.ask_of_way(now, peer);
        let hoped_for = match (self.steering.get(peer), self.links.get(peer)) {
            (Some(paths), _) => paths.hoped_for(),
            // There is no tunnel yet: the packet will come again.
            (None, Some(_)) => return,
            (None, None) => self.fit.max,
        };
        clamp_mss(packet, hoped_for);
    }

    fn ask_of_way(&mut self, now: Time, peer: PeerId) {
        if self.steering.get(peer).is_some_and(|paths| paths.is_askable(now)) {
            self.steering.change(now, peer, |paths, random| paths.ask(now, random));
            self.handle_ways(now);
        }
    }
}
