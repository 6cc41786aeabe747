//! One member: a device, and what it knows and says of the others.

mod arrival;
#[cfg(feature = "__simulation")]
mod cheat;
mod config;
mod credentials;
mod dial;
mod home;
mod learn;
mod pass;
mod status;
mod steer;
#[cfg(test)]
mod tests;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::fmt;
use core::net::SocketAddr;
use core::ops::Range;
use core::time::Duration;

use thiserror::Error;

use crate::crypto::{Aead, ChaCha20Poly1305, Drbg, Seed};
use crate::device::{self, Device, DeviceConfig, PeerId};
use crate::error::SealError;
use crate::key::PublicKey;
use crate::mesh::error::TrustError;
use crate::mesh::event::{Event, Outbound, Transmit};
use crate::mesh::frame::MAX_FRAME_LEN;
use crate::mesh::gossip::{Gossip, Version};
use crate::mesh::holding::Holdings;
use crate::mesh::identity::MemberId;
use crate::mesh::join::{Contact, Joining};
use crate::mesh::link::{Due, Links};
use crate::mesh::lobby::Lobby;
use crate::mesh::membership::Membership;
use crate::mesh::own::Own;
use crate::mesh::path::{Hop, Steering, is_reserved, relay};
use crate::mesh::revocation::Revocation;
use crate::mesh::roster::Roster;
use crate::time::{Time, Unix, WallClock};
use crate::tunnel::Sealed;
use crate::wire::{DATA_OVERHEAD, INITIATION_LEN};

use config::Credentials;
pub use config::{NodeConfig, NodeError};
use home::Homes;
pub use status::Member;

/// Free bytes that are needed in front of every packet handed to [`Node::seal`]: a message may have to
/// be wrapped into one for a member that passes it on.
pub const HEADROOM: usize = 48;
/// Free bytes that are needed behind every packet handed to [`Node::seal`].
pub const TAILROOM: usize = 64;
/// Length that suffices for every buffer handed to [`Node::poll_transmit`].
pub const TRANSMIT_LEN: usize = MAX_FRAME_LEN + DATA_OVERHEAD + 16 + relay::OVERHEAD + 16;
/// Where in a buffer a frame is written: what may come in front fits.
const FRAME_AT: usize = device::HEADROOM + relay::OVERHEAD - 16;
/// How many copies of initiations wait to be sent on further ways.
const MAX_COPIES: usize = 256;
/// Who is called so late has slept.
const ASLEEP: Duration = Duration::from_secs(5);
/// How many frames wait to be polled; further ones are not sent.
const MAX_OUTBOX: usize = 4096;
/// How many events wait to be polled; further ones are not told.
const MAX_EVENTS: usize = 1 << 16;
/// How often members are looked over whose certificates may have ended.
const SWEEP: Duration = Duration::from_secs(60);
/// How long changes of this node's own record wait for others.
const PUBLISH_DELAY: Duration = Duration::from_secs(5);

/// Why a node cannot ask to be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JoinError {
    /// Without a network key, the key of the member to be asked must be known: use
    /// [`Node::join_member`].
    #[error("without a network key the member's tunnel key must be given")]
    NoNetworkKey,
}

/// A member of a mesh: a [`Device`] that finds its peers by itself.
///
/// It is used as a device is. The embedder calls
///
/// 1. [`join`](Self::join) with the address of any member, unless an address book knows the way;
/// 2. [`open`](Self::open) for each received datagram, [`seal`](Self::seal) for each packet to be
///    sent, and [`handle_timeout`](Self::handle_timeout) when [`poll_timeout`](Self::poll_timeout)
///    has come;
/// 3. after any of these, [`poll_transmit`](Self::poll_transmit) until `None`, sending what it
///    yields, and [`poll_event`](Self::poll_event) until `None`;
/// 4. now and then [`book`](Self::book), to be kept for the next start.
///
/// # Examples
///
/// The README's section on the mesh shows three nodes, of which the first leaves.
pub struct Node<A: Aead = ChaCha20Poly1305> {
    device: Device<A>,
    /// With a network key, where joiners are received.
    lobby: Option<Lobby<A>>,
    membership: Membership,
    links: Links,
    steering: Steering,
    homes: Homes,
    joining: Joining,
    gossip: Gossip,
    outbox: VecDeque<Letter>,
    copies: VecDeque<Copy>,
    events: VecDeque<Event>,
    joined: bool,
    now: Time,
    sweep: Time,
    /// Bytes a second that each member may have passed on.
    relay: u32,
    /// When this node's own record is told anew.
    publish: Option<Time>,
}

/// A frame to be sent.
struct Letter {
    /// To a guest of the lobby rather than to a peer of the device.
    to_lobby: bool,
    to: PeerId,
    /// Which way, if not the one that is used.
    hop: Option<Hop>,
    frame: Vec<u8>,
}

/// An initiation to be sent on a further way.
struct Copy {
    hop: Hop,
    datagram: [u8; INITIATION_LEN],
}

impl Node {
    /// Makes a node with the default cipher.
    ///
    /// `seed` must be fresh from a cryptographically secure source; `wall` is the wall time at
    /// `now`, on which certificates depend. The same arguments and calls give the same bytes.
    ///
    /// # Errors
    ///
    /// A [`NodeError`] if the node is no member: its certificate is refused, or of other keys; or
    /// if its address book is of another network.
    pub fn new(config: NodeConfig, seed: Seed, now: Time, wall: Unix) -> Result<Self, NodeError> {
        Self::with_cipher(config, seed, now, wall)
    }
}

impl<A: Aead> Node<A> {
    /// Makes a node as [`Node::new`] does, with the cipher that the type names.
    ///
    /// # Errors
    ///
    /// As [`Node::new`].
    pub fn with_cipher(
        config: NodeConfig,
        seed: Seed,
        now: Time,
        wall: Unix,
    ) -> Result<Self, NodeError> {
        let mut rng = Drbg::new(seed);
        let clock = WallClock::new(wall, now);
        let since_epoch = clock.read(now);
        let (root, certificate, introducer) = match config.credentials {
            Credentials::NetworkKey { root, claims } => {
                let certificate = Own::certify(&root, claims, since_epoch);
                (Some(root), certificate.map_err(NodeError::Claims)?, None)
            }
            Credentials::Certificate { certificate, introducer } => (None, certificate, introducer),
        };
        let claims = certificate.claims();
        if claims.member != config.signing.id() || claims.tunnel != config.tunnel.public_key() {
            return Err(NodeError::Keys);
        }
        let network = config.trust.network();
        if config.book.as_ref().is_some_and(|book| book.network != network) {
            return Err(NodeError::Book);
        }
        let last = config.book.as_ref().map_or(Version::default(), |book| book.version);
        let own = Own::new(
            config.signing,
            root,
            certificate,
            introducer,
            config.endpoints,
            (last, since_epoch),
        );
        config.trust.verify(own.record(), since_epoch).map_err(NodeError::Trust)?;

        let mut device = DeviceConfig::new(config.tunnel).mtu(config.mtu);
        if let Some(load) = config.load {
            device = device.load(load);
        }
        let mut seed = || Seed::from_bytes(*rng.draw());
        let (device_seed, gossip_seed) = (seed(), seed());
        let lobby = match (config.trust.rendezvous(), config.trust.psk()) {
            (Some(key), Some(psk)) => {
                Some(Lobby::new(key.clone(), psk.clone(), &mut rng, (now, wall)))
            }
            _ => None,
        };
        let mut node = Self {
            device: Device::with_cipher(device, device_seed, now, wall),
            lobby,
            gossip: Gossip::new(own.tag(), own.version(), gossip_seed, now),
            membership: Membership {
                trust: config.trust,
                own,
                roster: Roster::default(),
                holdings: Holdings::default(),
                revocations: BTreeMap::new(),
                wall: clock,
                max_members: config.max_members,
            },
            links: Links::new(&mut rng),
            steering: Steering::new(Drbg::new(Seed::from_bytes(*rng.draw()))),
            homes: Homes::new(now),
            joining: Joining::default(),
            outbox: VecDeque::new(),
            copies: VecDeque::new(),
            events: VecDeque::new(),
            joined: false,
            now,
            sweep: now + SWEEP,
            relay: config.relay,
            publish: None,
        };
        node.hold_own_nets();
        if let Some(book) = config.book {
            node.read_book(now, book);
            node.gossip.foresee(now);
        }
        Ok(node)
    }

    /// Asks to be let in by whatever member is found at an address. May be called for several; they
    /// are asked in turns, and again when this node has lost all others.
    ///
    /// # Errors
    ///
    /// [`JoinError::NoNetworkKey`] if the node has a certificate and no network key.
    pub fn join(&mut self, now: Time, at: SocketAddr) -> Result<(), JoinError> {
        if self.lobby.is_none() {
            return Err(JoinError::NoNetworkKey);
        }
        let now = self.observe(now);
        self.joining.add(now, Contact { at, key: None });
        self.pump(now);
        Ok(())
    }

    /// Asks to be let in by the member whose tunnels have this key.
    pub fn join_member(&mut self, now: Time, at: SocketAddr, key: PublicKey) {
        let now = self.observe(now);
        self.joining.add(now, Contact { at, key: Some(key) });
        self.pump(now);
    }

    /// Tells the others that this node leaves, so that they need not find out. They are told by what
    /// [`poll_transmit`](Self::poll_transmit) then yields. It is for good: the others refuse this node
    /// until it is made anew.
    pub fn leave(&mut self, now: Time) {
        let now = self.observe(now);
        let wall = self.membership.wall(now);
        self.membership.own.farewell(wall);
        self.tell_linked();
    }

    /// Believes a revocation and spreads it.
    ///
    /// # Errors
    ///
    /// A [`TrustError`] if no root and no issuer concerned has signed it, or its time is over.
    pub fn revoke(&mut self, now: Time, revocation: Revocation) -> Result<(), TrustError> {
        let now = self.observe(now);
        self.learn_revocation(now, revocation, None)?;
        self.pump(now);
        Ok(())
    }

    /// Corrects the wall time to `wall` at `now`, forward or back.
    pub fn set_wall(&mut self, wall: Unix, now: Time) {
        let now = self.observe(now);
        self.membership.wall.set(wall, now);
        self.device.set_wall(wall, now);
        if let Some(lobby) = &mut self.lobby {
            lobby.device.set_wall(wall, now);
        }
    }

    /// Seals the IP packet in `buf[packet]` in place, for the member that has its destination.
    ///
    /// Needs [`HEADROOM`] free bytes before the range and [`TAILROOM`] behind it, which are
    /// overwritten. If there is no tunnel to the member, one is being made, and the buffer is
    /// unchanged.
    ///
    /// # Errors
    ///
    /// As [`Device::seal`]: [`SealError::NoRoute`] if no member is known that has the destination,
    /// [`SealError::NoEndpoint`] if it is not known where the member is, or the one that would pass
    /// the packet on has gone.
    pub fn seal<'b>(
        &mut self,
        now: Time,
        buf: &'b mut [u8],
        packet: Range<usize>,
    ) -> Result<Outbound<'b>, SealError> {
        check_room(buf.len(), &packet)?;
        match self.device.seal_packet(now, buf, packet.clone()) {
            Ok((_, Sealed::Send(message, to))) if is_reserved(&to) => {
                self.seal_through(now, buf, message, to)
            }
            Ok((_, Sealed::Send(message, to))) => {
                Ok(Outbound::Send(Transmit { to, datagram: &mut buf[message] }))
            }
            Ok((peer, Sealed::Held)) => self.held(now, peer),
            Err(SealError::NoRoute) => {
                let content = buf.get(packet).ok_or(SealError::Range)?;
                let number = self.device.reserved_for(content).ok_or(SealError::NoRoute)?;
                let now = self.observe(now);
                self.dial_for_traffic(now, number)
            }
            Err(error) => Err(error),
        }
    }

    /// Encodes the next message of the node itself into `out`, if one waits.
    ///
    /// `out` of [`TRANSMIT_LEN`] bytes always suffices; into a shorter one nothing is encoded, and
    /// what waits goes on waiting.
    pub fn poll_transmit<'b>(&mut self, now: Time, out: &'b mut [u8]) -> Option<Transmit<'b>> {
        let now = self.observe(now);
        self.pump(now);
        let out = out.first_chunk_mut::<TRANSMIT_LEN>()?;
        let (message, to) = self.encode(now, out)?;
        Some(Transmit { to, datagram: &mut out[message] })
    }

    /// Returns the next thing to tell the embedder, if there is one.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.pump(self.now);
        self.events.pop_front()
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout): the last `now` seen while
    /// output or events wait.
    pub fn poll_timeout(&self) -> Option<Time> {
        let waiting = !self.outbox.is_empty() || !self.copies.is_empty();
        if waiting || !self.events.is_empty() {
            return Some(self.now);
        }
        let lobby = self.lobby.as_ref().and_then(Lobby::poll_timeout);
        let clocks = [self.gossip.poll_timeout(), self.sweep, self.homes.deadline()];
        let tunnels = [self.device.poll_timeout(), lobby, self.links.deadline()];
        let others = [self.joining.deadline(), self.steering.deadline()];
        let all = tunnels.into_iter().chain(others).chain([self.publish]);
        all.flatten().chain(clocks).min().map(|deadline| deadline.max(self.now))
    }

    /// Acts on all deadlines up to `now`. The next one is later, unless output or events wait.
    pub fn handle_timeout(&mut self, now: Time) {
        let slept = self.poll_timeout().is_some_and(|due| now.since(due) >= ASLEEP);
        let now = self.observe(now);
        self.device.handle_timeout(now);
        if let Some(lobby) = &mut self.lobby {
            lobby.handle_timeout(now);
        }
        self.handle_links(now);
        self.hold_homes(now);
        self.handle_ways(now);
        if self.publish.is_some_and(|publish| publish <= now) {
            self.publish = None;
            let wall = self.membership.wall(now);
            self.membership.own.publish(wall);
            self.tell_own(now);
        }
        if self.sweep <= now {
            self.sweep = now + SWEEP;
            self.forget_expired(now);
            self.forget_fallen(now);
            self.joining.settle(now, self.gossip.neighbours().next().is_none());
        }
        self.pump(now);
        if slept {
            self.network_changed(now);
        }
    }

    /// Proves anew how the other members are reached: to be called when the host has another
    /// address or another network. After sleep it happens by itself, when
    /// [`handle_timeout`](Self::handle_timeout) comes late.
    pub fn network_changed(&mut self, now: Time) {
        let now = self.observe(now);
        for peer in self.steering.peers() {
            self.doubt(now, peer);
        }
        self.handle_ways(now);
    }

    /// Tells neighbours of this node's own record.
    fn tell_own(&mut self, now: Time) {
        self.gossip.set_own(now, self.membership.own.version());
    }

    fn handle_links(&mut self, now: Time) {
        loop {
            let roster = &self.membership.roster;
            let due = self.links.poll_due(now, |link| dial::endpoints(roster, link));
            match due {
                Some((peer, Due::Redial)) => self.redial(now, peer),
                Some((peer, Due::Hello)) => self.say_hello(peer),
                Some((peer, Due::GiveUp)) => self.give_up(now, peer),
                None => return,
            }
        }
    }

    /// Encodes the next message, wrapped if it goes through a member.
    fn encode(
        &mut self,
        now: Time,
        out: &mut [u8; TRANSMIT_LEN],
    ) -> Option<(Range<usize>, SocketAddr)> {
        loop {
            let (message, hop) = self.encode_message(now, out)?;
            match hop {
                Hop::Direct(to) => return Some((message, to)),
                Hop::Via { relay, party } => {
                    if let Some(wrapped) = self.wrap(now, out, message, (relay, party)) {
                        return Some(wrapped);
                    }
                }
            }
        }
    }

    /// Encodes the next handshake message, keepalive, cookie reply or frame.
    fn encode_message(
        &mut self,
        now: Time,
        out: &mut [u8; TRANSMIT_LEN],
    ) -> Option<(Range<usize>, Hop)> {
        if let Some(control) = self.device.poll_transmit(now, out) {
            let (peer, to, message) = (control.peer, control.to, 0..control.datagram.len());
            if let Some(peer) = peer {
                self.spread(now, peer, to, out.get(message.clone())?);
            }
            return Some((message, Hop::of(to)));
        }
        if let Some(lobby) = &mut self.lobby {
            if let Some(control) = lobby.device.poll_transmit(now, out) {
                return Some((0..control.datagram.len(), Hop::of(control.to)));
            }
        }
        if let Some(Copy { hop, datagram }) = self.copies.pop_front() {
            *out.first_chunk_mut()? = datagram;
            return Some((0..datagram.len(), hop));
        }
        while let Some(Letter { to_lobby, to, hop, frame }) = self.outbox.pop_front() {
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

    fn send(&mut self, to_lobby: bool, to: PeerId, frame: Vec<u8>) {
        self.post(Letter { to_lobby, to, hop: None, frame });
    }

    fn post(&mut self, letter: Letter) {
        if self.outbox.len() < MAX_OUTBOX {
            self.outbox.push_back(letter);
        }
    }

    fn tell(&mut self, event: Event) {
        if self.events.len() < MAX_EVENTS {
            self.events.push_back(event);
        }
    }

    /// Notes the latest time seen; time does not go back.
    fn observe(&mut self, now: Time) -> Time {
        self.now = self.now.max(now);
        self.now
    }

    /// Who this node is.
    pub fn id(&self) -> MemberId {
        self.membership.own.id()
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

impl<A: Aead> fmt::Debug for Node<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("id", &self.id())
            .field("members", &self.membership.roster.len())
            .finish_non_exhaustive()
    }
}
