//! Many peers behind one socket: finds whom a message or a packet belongs to.

mod config;
mod datagram;
mod drops;
mod index;
mod peers;
mod route;
mod schedule;

use alloc::collections::VecDeque;
use core::net::SocketAddr;
use core::ops::Range;

use ipnet::IpNet;

use crate::crypto::{Aead, ChaCha20Poly1305, Drbg, Seed, verify_mac1};
use crate::error::{Discard, PeerError, SealError};
use crate::handshake::{Claimed, Identity, Remote};
use crate::key::PublicKey;
use crate::time::{Time, Unix, WallClock};
use crate::tunnel::{Notice, Output, Sealed, Supplies, Tunnel};
use crate::wire::{
    CookieReply, DATA_HEADER_LEN, DataHeader, INITIATION_LEN, Index, Initiation, Kind, Response, ip,
};

pub use config::{DeviceConfig, PeerConfig};
pub use datagram::{Event, Inbound, Outbound, Transmit};
pub use drops::Drops;

use index::Indices;
use peers::Peers;
use route::Routes;
use schedule::Schedule;

/// Free bytes that suffice in front of every plaintext handed to [`Device::seal`].
pub const HEADROOM: usize = 16;
/// Free bytes that suffice behind every plaintext handed to [`Device::seal`]: at most 15 of padding
/// and 16 of tag.
pub const TAILROOM: usize = 32;
/// Length that suffices for every buffer handed to [`Device::poll_transmit`].
pub const CONTROL_LEN: usize = INITIATION_LEN;

/// How many unknown initiators wait to be told.
const MAX_STRANGERS: usize = 64;

/// Names a peer of one device; not used again after the peer was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId {
    slot: u32,
    generation: u32,
}

/// A WireGuard-compatible device: all tunnels that share one secret key and one UDP socket.
///
/// The embedder owns the socket, the clock and the packets. It calls
///
/// 1. [`open`](Self::open) for each received datagram, [`seal`](Self::seal) for each packet to be
///    sent, and [`handle_timeout`](Self::handle_timeout) when [`poll_timeout`](Self::poll_timeout)
///    has come;
/// 2. after any of these, [`poll_transmit`](Self::poll_transmit) until `None`, sending what it
///    yields, and [`poll_event`](Self::poll_event) until `None`.
///
/// Nothing is lost if the second step comes late: what waits is encoded when it is polled. `now`
/// may be any reading of a monotonic clock; an earlier one than before counts as the last.
///
/// The cipher of data messages is a type parameter, see [`Aead`].
///
/// # Examples
///
/// The crate's front page shows two devices that exchange a packet.
#[derive(Debug)]
pub struct Device<A: Aead = ChaCha20Poly1305> {
    identity: Identity,
    mtu: usize,
    rng: Drbg,
    now: Time,
    wall: WallClock,
    peers: Peers<A>,
    indices: Indices,
    routes: Routes,
    schedule: Schedule,
    /// Peers with output, each once.
    ready: VecDeque<PeerId>,
    /// Peers with events, each once.
    noticed: VecDeque<PeerId>,
    strangers: VecDeque<PublicKey>,
    drops: Drops,
}

impl Device {
    /// Makes a device without peers, with the default cipher.
    ///
    /// `seed` must be fresh from a cryptographically secure source; `wall` is the wall time at
    /// `now`. The same arguments and calls give the same bytes.
    pub fn new(config: DeviceConfig, seed: Seed, now: Time, wall: Unix) -> Self {
        Self::with_cipher(config, seed, now, wall)
    }
}

impl<A: Aead> Device<A> {
    /// Makes a device as [`Device::new`] does, with the cipher that the type names.
    pub fn with_cipher(config: DeviceConfig, seed: Seed, now: Time, wall: Unix) -> Self {
        Self {
            identity: Identity::new(config.secret),
            mtu: config.mtu.into(),
            rng: Drbg::new(seed),
            now,
            wall: WallClock::new(wall, now),
            peers: Peers::new(),
            indices: Indices::default(),
            routes: Routes::default(),
            schedule: Schedule::default(),
            ready: VecDeque::new(),
            noticed: VecDeque::new(),
            strangers: VecDeque::new(),
            drops: Drops::default(),
        }
    }

    /// Returns this side's public key.
    pub fn public_key(&self) -> PublicKey {
        self.identity.public()
    }

    /// Corrects the wall time to `wall` at `now`. Going back is ignored, since peers refuse
    /// timestamps that do not increase.
    pub fn set_wall(&mut self, wall: Unix, now: Time) {
        let now = self.observe(now);
        self.wall.set(wall, now);
    }

    /// Adds a peer and computes the secret shared with it, once.
    ///
    /// With a persistent keepalive and an endpoint, a handshake is due at once.
    ///
    /// # Errors
    ///
    /// [`PeerError::Duplicate`], [`PeerError::OwnKey`], [`PeerError::LowOrderKey`] for the key;
    /// [`PeerError::Full`] beyond 1,048,576 peers.
    pub fn add_peer(&mut self, peer: PeerConfig) -> Result<PeerId, PeerError> {
        if peer.public_key == self.identity.public() {
            return Err(PeerError::OwnKey);
        }
        let remote = Remote::new(&self.identity, peer.public_key, peer.preshared_key)
            .ok_or(PeerError::LowOrderKey)?;
        let keepalive = peer.persistent_keepalive.filter(|interval| !interval.is_zero());
        let id = self.peers.insert(Tunnel::new(remote, peer.endpoint, keepalive, self.now))?;
        self.schedule.reserve(id.slot as usize);
        self.ready.reserve(self.peers.len() - self.ready.len());
        self.noticed.reserve(self.peers.len() - self.noticed.len());
        self.refresh(id);
        Ok(id)
    }

    /// Removes a peer, its sessions and its allowed addresses; its keys are wiped.
    ///
    /// # Errors
    ///
    /// [`PeerError::UnknownPeer`] if no peer has this id.
    pub fn remove_peer(&mut self, peer: PeerId) -> Result<(), PeerError> {
        let mut removed = self.peers.remove(peer).ok_or(PeerError::UnknownPeer)?;
        self.indices.update(peer, &mut removed.indices, [None; 4]);
        self.routes.remove_peer(peer);
        self.schedule.set(peer.slot as usize, None);
        self.ready.retain(|other| *other != peer);
        self.noticed.retain(|other| *other != peer);
        Ok(())
    }

    /// Sets where a peer is, until its own messages say otherwise.
    ///
    /// # Errors
    ///
    /// [`PeerError::UnknownPeer`] if no peer has this id.
    pub fn set_endpoint(&mut self, peer: PeerId, endpoint: SocketAddr) -> Result<(), PeerError> {
        let now = self.now;
        self.tunnel(peer)?.set_endpoint(now, endpoint);
        self.refresh(peer);
        Ok(())
    }

    /// Returns where a peer is, as set or as learned; `None` if nothing is known.
    ///
    /// # Errors
    ///
    /// [`PeerError::UnknownPeer`] if no peer has this id.
    pub fn endpoint(&self, peer: PeerId) -> Result<Option<SocketAddr>, PeerError> {
        let peer = self.peers.get(peer).ok_or(PeerError::UnknownPeer)?;
        Ok(peer.tunnel.endpoint())
    }

    /// Whether there is a session to send to the peer, as of the last call.
    ///
    /// # Errors
    ///
    /// [`PeerError::UnknownPeer`] if no peer has this id.
    pub fn is_up(&self, peer: PeerId) -> Result<bool, PeerError> {
        let peer = self.peers.get(peer).ok_or(PeerError::UnknownPeer)?;
        Ok(peer.tunnel.is_up())
    }

    /// Allows a peer the addresses of `net`, as destinations and as sources.
    ///
    /// Of overlapping nets the longest prefix decides; exactly the same net moves from the peer
    /// that had it. Host bits of `net` are ignored.
    ///
    /// # Errors
    ///
    /// [`PeerError::UnknownPeer`] if no peer has this id.
    pub fn allow(&mut self, peer: PeerId, net: IpNet) -> Result<(), PeerError> {
        self.tunnel(peer)?;
        self.routes.insert(net, peer);
        Ok(())
    }

    /// Begins a handshake without waiting for a packet. One that is under way goes on.
    ///
    /// # Errors
    ///
    /// [`PeerError::UnknownPeer`] if no peer has this id, [`PeerError::NoEndpoint`] if it is not
    /// known where the peer is.
    pub fn initiate(&mut self, now: Time, peer: PeerId) -> Result<(), PeerError> {
        let now = self.observe(now);
        self.tunnel(peer)?.initiate(now)?;
        self.refresh(peer);
        Ok(())
    }

    /// Seals the IP packet in `buf[packet]` in place, for the peer that its destination routes to.
    ///
    /// Needs [`HEADROOM`] free bytes before the range and [`TAILROOM`] behind it, which are
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
        let now = self.observe(now);
        let content = buf.get(packet.clone()).ok_or(SealError::Range)?;
        let header = ip::Header::parse(content).ok_or(SealError::NotIp)?;
        let id = self.routes.lookup(header.destination).ok_or(SealError::NoRoute)?;
        let peer = self.peers.get_mut(id).ok_or(SealError::NoRoute)?;
        let sealed = peer.tunnel.seal(now, buf, packet, self.mtu)?;
        self.refresh(id);
        Ok(match sealed {
            Sealed::Send(message, to) => {
                Outbound::Send(Transmit { peer: id, to, datagram: &mut buf[message] })
            }
            Sealed::Held => Outbound::Held(id),
        })
    }

    /// Opens one received datagram in place.
    ///
    /// # Errors
    ///
    /// A [`Discard`], which is counted. Nobody is to be answered, and what the datagram then holds
    /// is unspecified.
    pub fn open<'b>(
        &mut self,
        now: Time,
        from: SocketAddr,
        datagram: &'b mut [u8],
    ) -> Result<Inbound<'b>, Discard> {
        let now = self.observe(now);
        let opened = match Kind::of(datagram) {
            Some(Kind::Data) => self.open_data(now, from, datagram),
            Some(Kind::Initiation) => self.open_initiation(now, from, datagram),
            Some(Kind::Response) => self.open_response(now, from, datagram),
            Some(Kind::CookieReply) => self.open_cookie(now, datagram),
            None => Err(Discard::NotWireGuard),
        };
        opened.inspect_err(|discard| self.drops.add(*discard))
    }

    /// Encodes the next handshake message or keepalive into `out`, if one waits.
    ///
    /// `out` of [`CONTROL_LEN`] bytes always suffices; into a shorter one nothing is encoded, and
    /// what waits goes on waiting.
    pub fn poll_transmit<'b>(&mut self, now: Time, out: &'b mut [u8]) -> Option<Transmit<'b>> {
        let now = self.observe(now);
        let out = out.first_chunk_mut::<CONTROL_LEN>()?;
        while let Some(id) = self.ready.pop_front() {
            let sent = self.encode(now, id, out);
            self.reindex(id);
            self.refresh(id);
            if let Some((len, to)) = sent {
                return Some(Transmit { peer: id, to, datagram: &mut out[..len] });
            }
        }
        None
    }

    /// Returns the next thing to tell the embedder, if there is one.
    pub fn poll_event(&mut self) -> Option<Event> {
        while let Some(id) = self.noticed.pop_front() {
            let Some(peer) = self.peers.get_mut(id) else { continue };
            let notice = peer.tunnel.poll_notice();
            peer.noticed = peer.tunnel.has_notice();
            if peer.noticed {
                self.noticed.push_front(id);
            }
            match notice {
                Some(Notice::Up) => return Some(Event::Up(id)),
                Some(Notice::Down) => return Some(Event::Down(id)),
                Some(Notice::GaveUp) => return Some(Event::GaveUp(id)),
                Some(Notice::Roamed) => {
                    return peer.tunnel.endpoint().map(|to| Event::Roamed(id, to));
                }
                None => {}
            }
        }
        self.strangers.pop_front().map(Event::UnknownInitiator)
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout): the earliest deadline of all
    /// peers; the last `now` seen, while output or events wait; `None` if nothing is to come.
    pub fn poll_timeout(&self) -> Option<Time> {
        if self.ready.is_empty() && self.noticed.is_empty() && self.strangers.is_empty() {
            self.schedule.first().map(|(deadline, _)| deadline)
        } else {
            Some(self.now)
        }
    }

    /// Acts on all deadlines up to `now`. The next one is later, unless output or events wait.
    pub fn handle_timeout(&mut self, now: Time) {
        let now = self.observe(now);
        while let Some((deadline, slot)) = self.schedule.first() {
            let Some(id) = self.peers.id(slot).filter(|_| deadline <= now) else { return };
            if let Some(peer) = self.peers.get_mut(id) {
                peer.tunnel.handle_timeout(now);
            }
            self.reindex(id);
            self.refresh(id);
        }
    }

    /// Returns how many received datagrams were discarded, by kind.
    pub fn drops(&self) -> &Drops {
        &self.drops
    }

    fn open_data<'b>(
        &mut self,
        now: Time,
        from: SocketAddr,
        datagram: &'b mut [u8],
    ) -> Result<Inbound<'b>, Discard> {
        let (header, sealed) = DataHeader::parse(datagram).ok_or(Discard::NotWireGuard)?;
        let id = self.owner(header.receiver)?;
        let peer = self.peers.get_mut(id).ok_or(Discard::UnknownIndex)?;
        let opened = peer.tunnel.open(now, from, header, sealed)?;
        if opened.confirmed {
            self.reindex(id);
        }
        self.refresh(id);
        if opened.len == 0 {
            return Ok(Inbound::Keepalive(id));
        }
        let text = &mut datagram[DATA_HEADER_LEN..DATA_HEADER_LEN + opened.len];
        let header = ip::Header::parse(text).ok_or(Discard::NotIp)?;
        if self.routes.lookup(header.source) != Some(id) {
            return Err(Discard::SpoofedSource);
        }
        Ok(Inbound::Packet { peer: id, packet: &mut text[..header.len] })
    }

    fn open_initiation<'b>(
        &mut self,
        now: Time,
        from: SocketAddr,
        datagram: &[u8],
    ) -> Result<Inbound<'b>, Discard> {
        let message = Initiation::parse(datagram).ok_or(Discard::NotWireGuard)?;
        self.check_mac1(datagram)?;
        let claimed = Claimed::read(&self.identity, &message).map_err(|_| Discard::BadTag)?;
        let Some(id) = self.peers.find(&claimed.public()) else {
            if self.strangers.len() < MAX_STRANGERS {
                self.strangers.push_back(claimed.public());
            }
            return Err(Discard::UnknownPeer);
        };
        let peer = self.peers.get_mut(id).ok_or(Discard::UnknownPeer)?;
        peer.tunnel.accept_initiation(now, from, claimed)?;
        self.refresh(id);
        Ok(Inbound::Control)
    }

    fn open_response<'b>(
        &mut self,
        now: Time,
        from: SocketAddr,
        datagram: &[u8],
    ) -> Result<Inbound<'b>, Discard> {
        let message = Response::parse(datagram).ok_or(Discard::NotWireGuard)?;
        self.check_mac1(datagram)?;
        let id = self.owner(message.receiver)?;
        let peer = self.peers.get_mut(id).ok_or(Discard::UnknownIndex)?;
        peer.tunnel.accept_response(now, from, &self.identity, &message)?;
        self.reindex(id);
        self.refresh(id);
        Ok(Inbound::Control)
    }

    fn open_cookie<'b>(&mut self, now: Time, datagram: &[u8]) -> Result<Inbound<'b>, Discard> {
        let message = CookieReply::parse(datagram).ok_or(Discard::NotWireGuard)?;
        let id = self.owner(message.receiver)?;
        let peer = self.peers.get_mut(id).ok_or(Discard::UnknownIndex)?;
        peer.tunnel.accept_cookie(now, &message)?;
        Ok(Inbound::Control)
    }

    fn check_mac1(&self, datagram: &[u8]) -> Result<(), Discard> {
        if verify_mac1(datagram, &self.identity.public()) { Ok(()) } else { Err(Discard::BadMac1) }
    }

    fn owner(&self, index: Index) -> Result<PeerId, Discard> {
        self.indices.owner(index).ok_or(Discard::UnknownIndex)
    }

    /// Encodes what the peer has to send; returns its length and destination.
    fn encode(
        &mut self,
        now: Time,
        id: PeerId,
        out: &mut [u8; CONTROL_LEN],
    ) -> Option<(usize, SocketAddr)> {
        let peer = self.peers.get_mut(id)?;
        peer.ready = false;
        let output = peer.tunnel.output()?;
        if output == Output::Keepalive {
            let out = out.first_chunk_mut()?;
            return peer.tunnel.send_keepalive(now, out).map(|to| (out.len(), to));
        }
        let supplies = Supplies {
            index: self.indices.draw(&mut self.rng),
            identity: &self.identity,
            rng: &mut self.rng,
            since_epoch: self.wall.read(now),
        };
        if output == Output::Response {
            let out = out.first_chunk_mut()?;
            peer.tunnel.send_response(now, supplies, out).map(|to| (out.len(), to))
        } else {
            peer.tunnel.send_initiation(now, supplies, out).map(|to| (out.len(), to))
        }
    }

    fn tunnel(&mut self, id: PeerId) -> Result<&mut Tunnel<A>, PeerError> {
        let peer = self.peers.get_mut(id).ok_or(PeerError::UnknownPeer)?;
        Ok(&mut peer.tunnel)
    }

    /// Notes the latest time seen; time does not go back.
    fn observe(&mut self, now: Time) -> Time {
        self.now = self.now.max(now);
        self.now
    }

    /// Queues a peer whose tunnel has something to send or to tell, and notes its deadline.
    fn refresh(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        enqueue(&mut self.ready, id, &mut peer.ready, peer.tunnel.output().is_some());
        enqueue(&mut self.noticed, id, &mut peer.noticed, peer.tunnel.has_notice());
        self.schedule.set(id.slot as usize, peer.tunnel.deadline());
    }

    /// Enters the indices that a peer's handshakes and sessions have.
    fn reindex(&mut self, id: PeerId) {
        if let Some(peer) = self.peers.get_mut(id) {
            self.indices.update(id, &mut peer.indices, peer.tunnel.indices());
        }
    }
}

/// Makes a peer wait in a queue, or withdraws it: seldom, as when a packet has taken the place of a
/// keepalive that waited.
fn enqueue(queue: &mut VecDeque<PeerId>, id: PeerId, waiting: &mut bool, waits: bool) {
    match (*waiting, waits) {
        (false, true) => queue.push_back(id),
        (true, false) => queue.retain(|other| *other != id),
        (false, false) | (true, true) => {}
    }
    *waiting = waits;
}
