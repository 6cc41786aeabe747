//! One member: a device, and what it knows and says of the others.

mod arrival;
mod book;
#[cfg(feature = "__simulation")]
mod cheat;
mod config;
mod credentials;
mod deadline;
mod departure;
mod dial;
mod fit;
mod home;
mod learn;
mod neighbour;
mod net;
mod outbox;
mod pass;
mod status;
mod steer;
#[cfg(test)]
mod tests;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;

use thiserror::Error;

use crate::crypto::{Aead, ChaCha20Poly1305, Drbg, Seed};
use crate::device::{Device, DeviceConfig};
use crate::key::PublicKey;
use crate::mesh::answer::Answers;
use crate::mesh::error::TrustError;
use crate::mesh::event::Event;
use crate::mesh::gossip::{Gossip, Version};
use crate::mesh::holding::Holdings;
use crate::mesh::identity::MemberId;
use crate::mesh::join::{Contact, Joining};
use crate::mesh::link::Links;
use crate::mesh::lobby::Lobby;
use crate::mesh::lost::Lost;
use crate::mesh::membership::Membership;
use crate::mesh::own::Own;
use crate::mesh::path::Steering;
use crate::mesh::revocation::Revocation;
use crate::mesh::roster::Roster;
use crate::time::{Time, Unix, WallClock};

use config::Credentials;
pub use config::{NodeConfig, NodeError};
pub use departure::{HEADROOM, TAILROOM, TRANSMIT_LEN};
use fit::Fit;
use home::Homes;
use outbox::Outbox;
pub use status::Member;

/// How many events wait to be polled; further ones are not told.
const MAX_EVENTS: usize = 1 << 16;
/// How often members are looked over whose certificates may have ended.
const SWEEP: Duration = Duration::from_secs(60);
/// By how much a clock is corrected that was wrong, and did not only drift.
const CLOCK_STEP: Duration = Duration::from_secs(10);

/// The last instant that there is for a node.
const LAST: Time = Time::from_nanos(u64::MAX - 1);

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
/// Output and events are to be taken until there are none: while any wait, `poll_timeout` is due at
/// once, and of more than 65,536 events the later ones are lost.
///
/// A socket for both families shows IPv4 mapped into IPv6. Such addresses are handed in as they are;
/// what is to be sent may name IPv4 addresses, which are then to be mapped for the socket.
///
/// The longest packets that the way to each member carries are found out by probes inside the tunnel,
/// as soon as long ones are sent; messages of the network that do not authenticate change nothing.
/// For this, datagrams with [`Transmit::dont_fragment`](crate::mesh::Transmit::dont_fragment) must not
/// be cut on their way, others may be. On Linux `IP_MTU_DISCOVER` and `IPV6_MTU_DISCOVER` say so:
/// `IP_PMTUDISC_PROBE` for all is enough; whoever sets `IP_PMTUDISC_DONT` for the others serves links
/// too of which the MTU is below 1,360. A socket that has answered `EMSGSIZE` is to be told of by
/// [`datagram_too_long`](Self::datagram_too_long). Packets that are too long come back from `seal` as
/// [`Outbound::TooBig`](crate::mesh::Outbound::TooBig).
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
    fit: Fit,
    homes: Homes,
    joining: Joining,
    gossip: Gossip,
    outbox: Outbox,
    answers: Answers,
    events: VecDeque<Event>,
    now: Time,
    sweep: Time,
    /// Bytes a second that each member may have passed on.
    relay: u32,
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
        let fit = Fit::new(&config);
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
                unread: Vec::new(),
                lost: Lost::default(),
            },
            links: Links::new(&mut rng),
            steering: Steering::new(Drbg::new(Seed::from_bytes(*rng.draw()))),
            fit,
            homes: Homes::new(now),
            joining: Joining::default(),
            outbox: Outbox::default(),
            answers: Answers::default(),
            events: VecDeque::new(),
            now,
            sweep: now + SWEEP,
            relay: config.relay,
        };
        node.hold_own_nets();
        if let Some(book) = config.book {
            node.read_book(now, book.entries);
            node.gossip.foresee(now);
        }
        Ok(node)
    }

    /// Asks to be let in by whatever member is found at an address. May be called for several, of which
    /// the last 16 count; they are asked in turns, for half a minute at least, until one lets this node
    /// in or it has others to talk to; and again when it has lost all others.
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

    /// Asks to be let in by the member whose tunnels have this key, as [`join`](Self::join) does: the
    /// only way in without a network key.
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
    ///
    /// By 10 s or more, it is a correction that others may learn of: this node's record is made anew,
    /// and if it certifies itself its certificate too, unless that is valid by the corrected clock. If it
    /// asks to be let in, it asks again at once, and what it refused or forgot for its time is looked at
    /// anew, what its address book holds too.
    pub fn set_wall(&mut self, wall: Unix, now: Time) {
        let now = self.observe(now);
        let believed = self.membership.wall(now);
        self.membership.wall.set(wall, now);
        self.device.set_wall(wall, now);
        if let Some(lobby) = &mut self.lobby {
            lobby.device.set_wall(wall, now);
        }
        let wall = self.membership.wall(now);
        if wall.abs_diff(believed) >= CLOCK_STEP {
            self.gossip.reconsider(now);
            let unread = core::mem::take(&mut self.membership.unread);
            self.read_book(now, unread);
            self.membership.own.correct(wall);
            self.tell_own(now);
            self.joining.hurry(now);
            self.sweep = now;
            self.pump(now);
        }
    }

    /// Returns the next thing to tell the embedder, if there is one.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.pump(self.now);
        self.events.pop_front()
    }

    fn tell(&mut self, event: Event) {
        if self.events.len() < MAX_EVENTS {
            self.events.push_back(event);
        }
    }

    /// Notes the latest time seen; time does not go back. It stops short of the last instant, at which
    /// everything would be due for ever.
    fn observe(&mut self, now: Time) -> Time {
        self.now = self.now.max(now).min(LAST);
        self.now
    }

    /// Who this node is.
    pub fn id(&self) -> MemberId {
        self.membership.own.id()
    }
}

impl<A: Aead> fmt::Debug for Node<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("id", &self.id())
            .field("members", &self.membership.roster.len())
            .finish_non_exhaustive()
    }
}
