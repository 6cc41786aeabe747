//! Many peers behind one socket: finds whom a message or a packet belongs to.

mod agenda;
mod arrival;
mod config;
mod datagram;
mod departure;
mod directory;
mod drops;
mod frame;
mod gate;
mod greeting;
mod id;
mod index;
mod keytable;
mod lease;
mod limiter;
mod load;
#[cfg(feature = "mesh")]
mod overlay;
mod peers;
mod roster;
mod route;
mod schedule;
mod segments;
mod share;
mod status;
mod table;
mod wheel;

use alloc::vec::Vec;
use core::fmt;
use core::net::SocketAddr;

use crate::crypto::{Aead, ChaCha20Poly1305, Drbg, Seed};
use crate::error::{Discard, PeerError};
use crate::handshake::Identity;
use crate::key::{PublicKey, SecretKey};
use crate::time::{Time, Unix, WallClock};
use crate::tunnel::frame::MAX_PACKET_LEN;
use crate::tunnel::{Notice, Supplies};
use crate::wire::INITIATION_LEN;

pub use config::{DeviceConfig, PeerConfig};
#[cfg(feature = "mesh")]
pub(crate) use datagram::Sealed;
pub use datagram::{Control, Event, Inbound, Outbound, Train, Transmit};
pub use drops::Drops;
#[cfg(feature = "mesh")]
pub(crate) use frame::Content;
pub use id::PeerId;
pub use keytable::{KeyTable, Opened};
pub use lease::Lease;
#[cfg(feature = "mesh")]
pub(crate) use limiter::{Limiter, prefix};
pub use load::LoadPolicy;
pub use status::PeerStatus;

use agenda::Agenda;
use arrival::Arrival;
use gate::Gate;
use peers::Peers;
use route::Routes;
use segments::Segments;

/// Free bytes that suffice in front of every plaintext handed to [`Device::seal`].
pub const HEADROOM: usize = 16;
/// Free bytes that suffice behind every plaintext handed to [`Device::seal`]: at most 15 of padding
/// and 16 of tag.
pub const TAILROOM: usize = 32;
/// Length that suffices for every buffer handed to [`Device::poll_transmit`].
pub const CONTROL_LEN: usize = INITIATION_LEN;

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
pub struct Device<A: Aead = ChaCha20Poly1305> {
    identity: Identity,
    mtu: usize,
    rng: Drbg,
    now: Time,
    wall: WallClock,
    peers: Peers<A>,
    routes: Routes,
    gate: Gate,
    agenda: Agenda,
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
        let identity = Identity::new(config.curve, config.secret);
        let mut rng = Drbg::new(seed);
        Self {
            gate: Gate::new(identity.public(), config.load, now, &mut rng),
            peers: Peers::new(rng.draw()),
            routes: Routes::new(&rng.draw()),
            identity,
            mtu: MAX_PACKET_LEN.min(config.mtu.into()),
            rng,
            now,
            wall: WallClock::new(wall, now),
            agenda: Agenda::default(),
            drops: Drops::default(),
        }
    }

    /// Returns this side's public key.
    pub fn public_key(&self) -> PublicKey {
        self.identity.public()
    }

    /// Gives this side another secret key; peers stay, and must be told the public key that belongs
    /// to it.
    ///
    /// Nothing agreed under the last key goes on: sessions end with [`Event::Down`], and a handshake
    /// under way begins anew. With a persistent keepalive and an endpoint, one is due at `now`.
    /// Leases and key tables that are out keep the keys they have, but what was opened under them is
    /// not accepted any more. As in the Linux kernel, a peer that has the same public key is removed;
    /// its id is returned. The key that the device has already changes nothing.
    ///
    /// Computes a Diffie-Hellman for each peer.
    pub fn set_secret_key(&mut self, now: Time, secret: SecretKey) -> Option<PeerId> {
        let now = self.observe(now);
        let identity = Identity::from(self.identity.another(secret));
        if identity.public() == self.public_key() {
            return None;
        }
        let own = self.peers.find(&identity.public());
        let removed = own.filter(|peer| self.remove_peer(*peer).is_ok());
        self.gate.set_own(identity.public());
        let ids: Vec<PeerId> = self.peers.ids().collect();
        for id in ids {
            if let Some(peer) = self.peers.get_mut(id) {
                peer.tunnel.set_identity(now, &identity);
            }
            self.peers.reindex(id);
            self.refresh(id);
        }
        self.identity = identity;
        removed
    }

    /// Corrects the wall time to `wall` at `now`, forward or back.
    ///
    /// Timestamps sent to one peer increase in any case, since it refuses others; so a peer that
    /// was sent one too far ahead gets the next ones just after that, until the clock has caught
    /// up. What was sent is forgotten with [`remove_peer`](Self::remove_peer).
    pub fn set_wall(&mut self, wall: Unix, now: Time) {
        let now = self.observe(now);
        self.wall.set(wall, now);
    }

    /// Begins a handshake without waiting for a packet. One that is under way goes on, and for 5 s after
    /// the last message of a handshake that was sent to the peer, be it a response, none is sent: it
    /// comes then.
    ///
    /// Worth it for each peer after a restart: a peer that has a session with the device's last life
    /// goes on sending under it for 15 s, and all of that is lost.
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
        Arrival::new(self, now).open(&from, datagram)
    }

    /// Opens a train in place: datagrams from one source that came in one call with UDP receive
    /// offload, each of `segment` bytes but the last, which may be shorter.
    ///
    /// Each is opened as by [`open`](Self::open), at the latest when it is taken from the iterator and
    /// at most 32 KiB before that: whoever drops the iterator drops those, and has not received the rest.
    /// The way to the session, its timers and its counters are looked at once for many.
    pub fn open_train<'b>(
        &mut self,
        now: Time,
        from: SocketAddr,
        datagrams: &'b mut [u8],
        segment: usize,
    ) -> impl Iterator<Item = Result<Inbound<'b>, Discard>> {
        Segments::new(Arrival::new(self, now), from, datagrams, segment)
    }

    /// Says whether the device is under load, from here on. What [`LoadPolicy::Auto`] sees is load also
    /// when the caller says that there is none.
    pub fn set_under_load(&mut self, loaded: bool) {
        self.gate.set_under_load(loaded);
    }

    /// Whether the device is under load, as of the last call.
    pub fn is_under_load(&self) -> bool {
        self.gate.is_under_load(self.now)
    }

    /// Encodes the next handshake message, keepalive or cookie reply into `out`, if one waits.
    ///
    /// `out` of [`CONTROL_LEN`] bytes always suffices; into a shorter one nothing is encoded, and
    /// what waits goes on waiting.
    pub fn poll_transmit<'b>(&mut self, now: Time, out: &'b mut [u8]) -> Option<Control<'b>> {
        let now = self.observe(now);
        let out = out.first_chunk_mut::<CONTROL_LEN>()?;
        while let Some(id) = self.agenda.poll_ready() {
            let sent = self.encode(now, id, out);
            self.peers.reindex(id);
            self.refresh(id);
            if let Some((len, to)) = sent {
                return Some(Control { peer: Some(id), to, datagram: &mut out[..len] });
            }
        }
        let datagram = out.first_chunk_mut()?;
        let to = self.gate.poll_reply(now, &mut self.rng, datagram)?;
        Some(Control { peer: None, to, datagram })
    }

    /// Returns the next thing to tell the embedder, if there is one.
    pub fn poll_event(&mut self) -> Option<Event> {
        while let Some((id, notice)) = self.agenda.poll_notice(&mut self.peers) {
            return Some(match notice {
                Notice::Up => Event::Up(id),
                Notice::Down => Event::Down(id),
                Notice::GaveUp => Event::GaveUp(id),
                Notice::Roamed(to) => Event::Roamed(id, to),
                // Told of steered peers alone, to whoever steers them.
                Notice::Silent => continue,
            });
        }
        self.agenda.poll_stranger().map(Event::UnknownInitiator)
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout): the earliest deadline of all
    /// peers; the last `now` seen, while output or events wait; `None` if nothing is to come.
    ///
    /// An instant that has passed means at once, as it may after
    /// [`set_persistent_keepalive`](Self::set_persistent_keepalive), which counts from the last
    /// message.
    pub fn poll_timeout(&self) -> Option<Time> {
        if self.agenda.is_pressing() || self.gate.has_reply() {
            Some(self.now)
        } else {
            self.agenda.deadline().map(|(deadline, _)| deadline)
        }
    }

    /// Acts on all deadlines up to `now`. The next one is later, unless output or events wait.
    pub fn handle_timeout(&mut self, now: Time) {
        let now = self.observe(now);
        while let Some((deadline, slot)) = self.agenda.deadline() {
            let Some(id) = self.peers.id(slot).filter(|_| deadline <= now) else { return };
            if let Some(peer) = self.peers.get_mut(id) {
                peer.tunnel.handle_timeout(now);
            }
            self.peers.reindex(id);
            self.refresh(id);
        }
    }

    /// Returns how many received datagrams were discarded, by kind.
    pub fn drops(&self) -> &Drops {
        &self.drops
    }

    /// Encodes what the peer has to send; returns its length and destination.
    fn encode(
        &mut self,
        now: Time,
        id: PeerId,
        out: &mut [u8; CONTROL_LEN],
    ) -> Option<(usize, SocketAddr)> {
        let index = self.peers.draw_index(&mut self.rng);
        let peer = self.peers.get_mut(id)?;
        peer.ready = false;
        let supplies = Supplies {
            index,
            identity: &self.identity,
            rng: &mut self.rng,
            since_epoch: self.wall.read(now),
        };
        peer.tunnel.encode(now, supplies, out)
    }

    /// Notes the latest time seen; time does not go back.
    fn observe(&mut self, now: Time) -> Time {
        self.now = self.now.max(now);
        self.now
    }

    /// Enters in the agenda what a peer has to do.
    fn refresh(&mut self, id: PeerId) {
        if let Some(peer) = self.peers.get_mut(id) {
            self.agenda.refresh(id, peer);
        }
    }
}

/// Says which device it is; [`Device::status`] tells more of each peer.
impl<A: Aead> fmt::Debug for Device<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device")
            .field("public_key", &self.public_key())
            .field("peers", &self.peers.len())
            .finish_non_exhaustive()
    }
}
