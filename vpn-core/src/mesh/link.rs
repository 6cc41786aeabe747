use alloc::collections::{BTreeMap, BTreeSet};
use core::time::Duration;

use super::guest::{Guests, Hellos};
use super::path::relay::Passenger;
use crate::crypto::Drbg;
use crate::device::PeerId;
use crate::key::PublicKey;
use crate::time::Time;

/// How long the session with an endpoint is waited for, before the next is tried: just so long that
/// the initiation that is repeated after 5 s goes there.
const ATTEMPT: Duration = Duration::from_millis(4900);
/// How often all endpoints of a member are tried.
const ROUNDS: u8 = 2;
/// How long the first welcome is waited for; each further one twice as long.
const WELCOME: Duration = Duration::from_secs(1);
/// How long a handshake takes in most cases.
const HANDSHAKE: Duration = Duration::from_millis(300);
/// How many hellos go unanswered before the tunnel is given up.
const MAX_HELLOS: u8 = 5;

/// Whom a tunnel of the mesh leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Nobody has said yet.
    Guest,
    /// Whoever answers where this node asks to be let in.
    Door,
    /// The member of this number in the roster.
    Member(u32),
}

/// A tunnel, or the attempt to make one.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) who: Who,
    pub(super) key: PublicKey,
    /// This side has begun it.
    pub(super) dialed: bool,
    pub(super) up: bool,
    /// The other side has shown that it knows this one as a member.
    pub(super) welcomed: bool,
    /// Gossip has asked for it.
    pub(super) for_gossip: bool,
    /// Packets are sent over it, or would be.
    pub(super) for_traffic: bool,
    /// Packets wait for a session.
    pub(super) awaited: bool,
    /// How many endpoints were tried.
    pub(super) attempts: u8,
    /// Set when it first has something passed on to another.
    pub(super) passenger: Option<Passenger>,
    hellos: u8,
    pub(super) heard: Hellos,
    deadline: Option<Time>,
}

/// What is to be done about a link whose deadline has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// The next endpoint is to be tried.
    Redial,
    /// A hello is to be sent.
    Hello,
    /// It has come to nothing.
    GiveUp,
}

impl Link {
    pub(super) fn dialed(who: Who, key: PublicKey) -> Self {
        Self { dialed: true, ..Self::incoming(who, key) }
    }

    pub(super) fn incoming(who: Who, key: PublicKey) -> Self {
        Self {
            who,
            key,
            dialed: false,
            up: false,
            welcomed: false,
            for_gossip: false,
            for_traffic: false,
            awaited: false,
            attempts: 0,
            passenger: None,
            hellos: 0,
            heard: Hellos::default(),
            deadline: None,
        }
    }

    /// Whether gossip can be exchanged on it: each side knows the other.
    pub(super) fn is_ready(&self) -> bool {
        self.up && matches!(self.who, Who::Member(_)) && (self.welcomed || !self.dialed)
    }
}

/// All links, by the device's peers.
#[derive(Debug)]
pub(super) struct Links {
    links: BTreeMap<PeerId, Link>,
    deadlines: BTreeSet<(Time, PeerId)>,
    /// Links begun by others that have not come up, or whose peer has not said who it is.
    pub(super) guests: Guests,
}

impl Links {
    pub(super) fn new(rng: &mut Drbg) -> Self {
        Self { links: BTreeMap::new(), deadlines: BTreeSet::new(), guests: Guests::new(rng) }
    }

    pub(super) fn get(&self, peer: PeerId) -> Option<&Link> {
        self.links.get(&peer)
    }

    pub(super) fn get_mut(&mut self, peer: PeerId) -> Option<&mut Link> {
        self.links.get_mut(&peer)
    }

    pub(super) fn insert(&mut self, now: Time, peer: PeerId, link: Link) {
        let dialed = link.dialed;
        self.links.insert(peer, link);
        if dialed {
            self.set_deadline(peer, Some(now + ATTEMPT));
        }
    }

    pub(super) fn remove(&mut self, peer: PeerId) -> Option<Link> {
        self.set_deadline(peer, None);
        self.guests.remove(peer);
        self.links.remove(&peer)
    }

    /// Makes a guest that has no session yet a member that is dialled; whether it is such a one.
    pub(super) fn call_back(&mut self, now: Time, peer: PeerId, number: u32) -> bool {
        let Some(link) = self.links.get(&peer).filter(|it| it.who == Who::Guest && !it.up) else {
            return false;
        };
        let (for_traffic, awaited) = (link.for_traffic, link.awaited);
        let dialed = Link::dialed(Who::Member(number), link.key);
        let link = Link { for_traffic, awaited, ..dialed };
        self.guests.remove(peer);
        self.insert(now, peer, link);
        true
    }

    /// All peers, and the tunnel keys of those at their other ends.
    pub(super) fn keys(&self) -> impl Iterator<Item = (PeerId, PublicKey)> {
        self.links.iter().map(|(peer, link)| (*peer, link.key))
    }

    pub(super) fn peers(&self) -> impl Iterator<Item = PeerId> {
        self.links.keys().copied()
    }

    /// A packet waits for a session.
    pub(super) fn wait(&mut self, peer: PeerId) {
        if let Some(link) = self.links.get_mut(&peer) {
            (link.for_traffic, link.awaited) = (true, true);
        }
    }

    /// There is a session; whoever has begun it says hello at once.
    pub(super) fn rise(&mut self, now: Time, peer: PeerId) {
        let Some(link) = self.links.get_mut(&peer) else { return };
        link.up = true;
        let greets = link.dialed && !link.welcomed;
        if link.who != Who::Guest {
            self.guests.remove(peer);
        }
        self.set_deadline(peer, greets.then_some(now));
    }

    /// The other side may have forgotten who this is: it is greeted again, on the session that is about
    /// to be made.
    pub(super) fn greet_again(&mut self, now: Time, peer: PeerId) {
        if let Some(link) = self.links.get_mut(&peer).filter(|link| link.up) {
            (link.dialed, link.welcomed, link.hellos) = (true, false, 0);
            self.set_deadline(peer, Some(now + HANDSHAKE));
        }
    }

    /// The other side has begun a tunnel that this one had begun too: it is the one that says hello.
    pub(super) fn give_way(&mut self, peer: PeerId) {
        if let Some(link) = self.links.get_mut(&peer).filter(|link| link.up) {
            link.dialed = false;
            self.set_deadline(peer, None);
        }
    }

    /// The other side has answered the hello.
    pub(super) fn welcome(&mut self, peer: PeerId) {
        if let Some(link) = self.links.get_mut(&peer) {
            link.welcomed = true;
            self.set_deadline(peer, None);
        }
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        let first = self.deadlines.first().map(|(deadline, _)| *deadline);
        first.into_iter().chain(self.guests.deadline()).min()
    }

    /// Takes what is due at `now`; `endpoints` tells how many a link can be tried at.
    pub(super) fn poll_due(
        &mut self,
        now: Time,
        endpoints: impl Fn(&Link) -> usize,
    ) -> Option<(PeerId, Due)> {
        if let Some(guest) = self.guests.poll_expired(now) {
            return Some((guest, Due::GiveUp));
        }
        let (_, peer) = *self.deadlines.first().filter(|(deadline, _)| *deadline <= now)?;
        let link = self.links.get_mut(&peer)?;
        let (due, next) = if link.up {
            link.hellos += 1;
            (Due::Hello, now + WELCOME * (1 << (link.hellos - 1)))
        } else {
            link.attempts += 1;
            (Due::Redial, now + ATTEMPT)
        };
        let tries = usize::from(ROUNDS) * endpoints(link).max(1);
        if link.hellos > MAX_HELLOS || usize::from(link.attempts) >= tries {
            self.set_deadline(peer, None);
            return Some((peer, Due::GiveUp));
        }
        self.set_deadline(peer, Some(next));
        Some((peer, due))
    }

    fn set_deadline(&mut self, peer: PeerId, deadline: Option<Time>) {
        let Some(link) = self.links.get_mut(&peer) else { return };
        if let Some(last) = core::mem::replace(&mut link.deadline, deadline) {
            self.deadlines.remove(&(last, peer));
        }
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, peer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Seed;
    use crate::device::{Device, DeviceConfig, PeerConfig};
    use crate::key::SecretKey;
    use crate::time::Unix;

    #[test]
    fn who_gives_way_says_no_hello_and_waits_for_no_welcome() {
        let now = Time::from_nanos(1_000_000_000);
        let [own, other] = [1, 2].map(|byte| SecretKey::from_bytes([byte; 32]));
        let key = other.public_key();
        let config = DeviceConfig::new(own);
        let mut device: Device =
            Device::new(config, Seed::from_bytes([3; 32]), now, Unix::default());
        let peer = device.add_peer(now, PeerConfig::new(key)).unwrap();
        let mut links = Links::new(&mut Drbg::new(Seed::from_bytes([4; 32])));
        links.insert(now, peer, Link::dialed(Who::Member(1), key));
        links.give_way(peer);
        assert!(links.get(peer).unwrap().dialed, "there is no session yet");
        links.rise(now, peer);
        assert_eq!(links.deadline(), Some(now), "a hello is due");

        links.give_way(peer);

        assert_eq!(links.deadline(), None);
        assert!(links.get(peer).unwrap().is_ready());
    }
}
