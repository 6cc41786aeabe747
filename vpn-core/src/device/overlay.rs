//! What the mesh needs of a device beyond what embedders do: frames beside packets, and routes to
//! members that have no tunnel yet.

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::num::NonZeroU32;
use core::ops::Range;
use core::time::Duration;

use ipnet::IpNet;

use super::arrival::Arrival;
use super::datagram::Sealed;
use super::frame::Content;
use super::peers::Peer;
use super::{Device, PeerId};
use crate::crypto::Aead;
use crate::error::{Discard, PeerError, SealError};
use crate::handshake::{Identity, Remote};
use crate::key::{PresharedKey, PublicKey, SecretKey};
use crate::time::Time;
use crate::tunnel::Notice;
use crate::wire::{DataHeader, ip};

/// Slots from here on are no peers' but numbers of the mesh's own: more than there can be peers.
const RESERVED: u32 = 1 << 31;

impl<A: Aead> Device<A> {
    /// Lets a peer send frames.
    pub(crate) fn allow_frames(&mut self, peer: PeerId) {
        if let Some(peer) = self.peers.get_mut(peer) {
            peer.frames = true;
        }
    }

    /// Leaves it to the mesh where a peer's messages go, once it is known where it is: then whence
    /// they come is only told, as is that none have come for so long after a packet was sent.
    pub(crate) fn steer(&mut self, peer: PeerId, patience: Duration) {
        if let Some(peer) = self.peers.get_mut(peer) {
            peer.tunnel.steer(patience);
        }
    }

    /// How many packets were sent to a peer that is steered.
    pub(crate) fn packets(&self, peer: PeerId) -> u64 {
        self.peers.get(peer).map_or(0, |peer| peer.tunnel.packets())
    }

    /// Returns the next thing to tell of a peer, if there is one.
    pub(crate) fn poll_notice(&mut self) -> Option<(PeerId, Notice)> {
        self.agenda.poll_notice(&mut self.peers)
    }

    /// Opens a datagram in place, which may hold a frame. As with [`open`](Self::open), the way of a
    /// packet is compiled as one.
    #[inline(always)]
    pub(crate) fn open_content<'b>(
        &mut self,
        now: Time,
        from: &SocketAddr,
        datagram: &'b mut [u8],
    ) -> Result<Content<'b>, Discard> {
        Arrival::new(self, now).open(from, datagram)
    }

    /// Counts a datagram that was discarded before it came here.
    pub(crate) fn discard(&mut self, discard: Discard) -> Discard {
        self.drops.add(discard)
    }

    /// Whether a data message names a session of this device.
    pub(crate) fn owns(&self, datagram: &mut [u8]) -> bool {
        DataHeader::parse(datagram)
            .is_some_and(|(header, _)| self.peers.owner(header.receiver).is_some())
    }

    /// The peer that a packet is for, if it has a tunnel.
    pub(crate) fn peer_for(&mut self, packet: &[u8]) -> Option<PeerId> {
        let destination = ip::Header::parse(packet)?.destination;
        self.routes.of_destination(destination).filter(|peer| peer.slot() < RESERVED)
    }

    /// Whether a packet's source is a peer's.
    pub(crate) fn is_from(&mut self, peer: PeerId, packet: &[u8]) -> bool {
        let header = ip::Header::parse(packet);
        header.is_some_and(|header| self.routes.of_source(header.source) == Some(peer))
    }

    /// Whose an address is: a peer's, or a member's without a tunnel, by its number.
    pub(crate) fn whose(&self, address: IpAddr) -> Option<Result<PeerId, u32>> {
        let peer = self.routes.lookup(address.into())?;
        Some(peer.slot().checked_sub(RESERVED).map_or(Ok(peer), Err))
    }

    /// Lets no packet of more than `len` bytes be sealed for a peer unless by
    /// [`seal_asked`](Self::seal_asked).
    pub(crate) fn ask_beyond(&mut self, peer: PeerId, len: u16) {
        if let Some(peer) = self.peers.get_mut(peer) {
            peer.unasked = len;
        }
    }

    /// Seals a packet where it lies, and says for whom; [`SealError::TooLong`] if it is so long that it
    /// is to be asked about first.
    #[inline]
    pub(crate) fn seal_unasked(
        &mut self,
        now: Time,
        buf: &mut [u8],
        packet: Range<usize>,
    ) -> Result<(PeerId, Sealed<'_>), SealError> {
        let now = self.observe(now);
        let id = self.destination(buf, &packet)?;
        let len = packet.len();
        let fits = |peer: &Peer<A>| len <= peer.unasked.into();
        Ok((id, self.seal_for(now, id, buf, packet, (self.mtu, true), fits)?))
    }

    /// Seals a packet where it lies, however long it is, and says for whom.
    #[cold]
    #[inline(never)]
    pub(crate) fn seal_asked(
        &mut self,
        now: Time,
        buf: &mut [u8],
        packet: Range<usize>,
    ) -> Result<(PeerId, Sealed<'_>), SealError> {
        self.seal_packet(now, buf, packet)
    }

    /// Seals a frame in place; `None` if there is no session.
    pub(crate) fn seal_frame(
        &mut self,
        now: Time,
        id: PeerId,
        buf: &mut [u8],
        frame: Range<usize>,
    ) -> Result<Option<(Range<usize>, SocketAddr)>, SealError> {
        let now = self.observe(now);
        Ok(match self.seal_for(now, id, buf, frame, (self.mtu, false), |_| true)? {
            Sealed::Send(message, to) => Some((message, *to)),
            Sealed::Held => None,
        })
    }

    /// Seals a frame in place without padding, so that what was opened there fits again.
    pub(crate) fn reseal_frame(
        &mut self,
        now: Time,
        id: PeerId,
        buf: &mut [u8],
        frame: Range<usize>,
    ) -> Result<Option<SocketAddr>, SealError> {
        let now = self.observe(now);
        Ok(match self.seal_for(now, id, buf, frame, (0, false), |_| true)? {
            Sealed::Send(_, to) => Some(*to),
            Sealed::Held => None,
        })
    }

    /// Gives this side another secret key, as [`set_secret_key`](Self::set_secret_key) does, but
    /// lets sessions go on until new ones are agreed: for peers that will be told of it inside them.
    pub(crate) fn adopt_secret_key(&mut self, now: Time, secret: SecretKey) {
        self.observe(now);
        let identity = Identity::from(self.identity.another(secret));
        self.gate.set_own(identity.public());
        let ids: Vec<PeerId> = self.peers.ids().collect();
        for id in ids {
            if let Some(peer) = self.peers.get_mut(id) {
                peer.tunnel.adopt_identity(&identity);
            }
            self.peers.reindex(id);
            self.refresh(id);
        }
        self.identity = identity;
    }

    /// A peer has another public key; its sessions go on until new ones are agreed.
    ///
    /// # Errors
    ///
    /// [`PeerError::Duplicate`], [`PeerError::OwnKey`], [`PeerError::LowOrderKey`] for the key,
    /// [`PeerError::UnknownPeer`]; nothing has changed then.
    pub(crate) fn replace_key(
        &mut self,
        now: Time,
        peer: PeerId,
        key: PublicKey,
        psk: Option<PresharedKey>,
    ) -> Result<(), PeerError> {
        self.observe(now);
        if key == self.identity.public() {
            return Err(PeerError::OwnKey);
        }
        let remote = Remote::new(&self.identity, key, psk).ok_or(PeerError::LowOrderKey)?;
        self.peers.replace_key(peer, remote)?;
        self.peers.reindex(peer);
        self.refresh(peer);
        Ok(())
    }

    /// Takes the key of an unknown initiator.
    pub(crate) fn poll_stranger(&mut self) -> Option<PublicKey> {
        self.agenda.poll_stranger()
    }

    /// Notes that a net leads to a member without a tunnel, of which the mesh has the number.
    /// Nothing is sent to it, and nobody may send from it.
    pub(crate) fn reserve(&mut self, net: IpNet, member: u32) {
        self.routes.insert(net, reserved(member));
    }

    /// Takes a net from whoever has it.
    pub(crate) fn release(&mut self, net: IpNet) {
        self.routes.clear(net);
    }

    /// The member without a tunnel that a packet is for.
    pub(crate) fn reserved_for(&self, packet: &[u8]) -> Option<u32> {
        let destination = ip::Header::parse(packet)?.destination;
        self.routes.lookup(destination)?.slot().checked_sub(RESERVED)
    }
}

fn reserved(member: u32) -> PeerId {
    PeerId::new(RESERVED | member, NonZeroU32::MIN)
}

#[cfg(test)]
mod tests {
    use super::super::{CONTROL_LEN, DeviceConfig, HEADROOM, PeerConfig, TAILROOM};
    use super::*;
    use crate::crypto::Seed;
    use crate::time::Unix;

    fn at(node: u8) -> SocketAddr {
        ([192, 0, 2, node], 51820).into()
    }

    fn net(node: u8) -> IpNet {
        IpNet::from(IpAddr::from([10, 0, 0, node]))
    }

    /// The first of two nodes, which have a session, and its id of the other.
    fn connected() -> (Device, PeerId) {
        let now = Time::default();
        let [mut a, mut b] = [1, 2].map(|node| {
            let config = DeviceConfig::new(SecretKey::from_bytes([node; 32]));
            Device::new(config, Seed::from_bytes([node; 32]), now, Unix::default())
        });
        let peer = a.add_peer(now, PeerConfig::new(b.public_key()).endpoint(at(2))).unwrap();
        b.add_peer(now, PeerConfig::new(a.public_key())).unwrap();
        a.allow(peer, net(2)).unwrap();
        a.initiate(now, peer).unwrap();
        let mut out = [0; CONTROL_LEN];
        b.open(now, at(1), a.poll_transmit(now, &mut out).unwrap().datagram).unwrap();
        a.open(now, at(2), b.poll_transmit(now, &mut out).unwrap().datagram).unwrap();
        (a, peer)
    }

    /// An IPv4 packet of so many bytes for a node.
    fn packet(node: u8, len: u8) -> Vec<u8> {
        let mut packet = alloc::vec![0; len.into()];
        packet[..4].copy_from_slice(&[0x45, 0, 0, len]);
        packet[16..20].copy_from_slice(&[10, 0, 0, node]);
        packet
    }

    fn seal(device: &mut Device, packet: &[u8]) -> Result<PeerId, SealError> {
        let mut buf = [&[0; HEADROOM], packet, &[0; TAILROOM]].concat();
        let range = HEADROOM..HEADROOM + packet.len();
        device.seal_unasked(Time::default(), &mut buf, range).map(|(peer, _)| peer)
    }

    #[test]
    fn reserved_net_leads_to_its_member_and_to_no_peer_until_it_is_released() {
        let (mut device, peer) = connected();
        for member in [0, 1, 7] {
            device.reserve(net(9), member);

            assert_eq!(device.reserved_for(&packet(9, 20)), Some(member));
            assert_eq!(device.whose(IpAddr::from([10, 0, 0, 9])), Some(Err(member)));
            assert_eq!(device.peer_for(&packet(9, 20)), None);
            assert_eq!(device.peer_for(&packet(2, 20)), Some(peer));
        }

        device.release(net(9));

        assert_eq!(device.reserved_for(&packet(9, 20)), None);
        assert_eq!(device.whose(IpAddr::from([10, 0, 0, 9])), None);
    }

    #[test]
    fn longer_packets_than_need_not_be_asked_about_are_not_sealed() {
        let (mut device, peer) = connected();

        device.ask_beyond(peer, 40);

        assert_eq!(seal(&mut device, &packet(2, 40)), Ok(peer));
        assert_eq!(seal(&mut device, &packet(2, 41)), Err(SealError::TooLong));
    }

    #[test]
    fn packets_to_a_steered_peer_are_counted_and_frames_are_not() {
        let (mut device, peer) = connected();
        device.steer(peer, Duration::from_secs(5));
        assert_eq!(device.packets(peer), 0);

        for _ in 0..3 {
            seal(&mut device, &packet(2, 40)).unwrap();
        }
        let mut buf = [0; 64];
        assert!(device.seal_frame(Time::default(), peer, &mut buf, 16..20).unwrap().is_some());

        assert_eq!(device.packets(peer), 3);
        device.steer(peer, Duration::from_secs(5));
        assert_eq!(device.packets(peer), 3);
    }
}
