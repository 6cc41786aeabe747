use alloc::collections::VecDeque;
use core::net::SocketAddr;
use core::time::Duration;

use crate::crypto::Drbg;
use crate::device::{Limiter, PeerId};
use crate::time::Time;

/// How many guests are in the house at once.
const MAX_GUESTS: usize = 64;
/// How long a guest has to show that it is a member.
const PATIENCE: Duration = Duration::from_secs(5);
/// The least time between two hellos of one peer that are looked at.
const HELLO_GAP: Duration = Duration::from_millis(400);

/// Initiators that nobody knows, until they say who they are.
///
/// An initiation may be a replay or come from anywhere, so guests are few, each source has few a
/// second, and one more than there is room for takes the place of the one that came first: while the
/// device is not under load, its 500 handshakes a second leave each an eighth of a second, and under
/// load every initiator has shown that it receives at its address.
#[derive(Debug)]
pub(super) struct Guests {
    /// In the order in which they came.
    guests: VecDeque<Guest>,
    limiter: Limiter,
}

#[derive(Debug)]
struct Guest {
    peer: PeerId,
    deadline: Time,
    hellos: Hellos,
}

/// When a peer has said hello last: a hello may cost two verifications.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hellos(Option<Time>);

impl Hellos {
    /// Whether a hello that has come is to be looked at.
    pub(super) fn admit(&mut self, now: Time) -> bool {
        let early = self.0.is_some_and(|last| now.since(last) < HELLO_GAP);
        if !early {
            self.0 = Some(now);
        }
        !early
    }
}

impl Guests {
    pub(super) fn new(rng: &mut Drbg) -> Self {
        Self { guests: VecDeque::new(), limiter: Limiter::new(rng.draw()) }
    }

    /// Whether an initiator from there is let in.
    pub(super) fn admits(&mut self, now: Time, from: SocketAddr) -> bool {
        self.limiter.admit(now, from.ip())
    }

    /// Lets one in; returns the one that has to go for it.
    pub(super) fn insert(&mut self, now: Time, guest: PeerId) -> Option<PeerId> {
        let full = self.guests.len() >= MAX_GUESTS;
        let gone = if full { self.guests.pop_front() } else { None };
        let deadline = now + PATIENCE;
        self.guests.push_back(Guest { peer: guest, deadline, hellos: Hellos::default() });
        gone.map(|guest| guest.peer)
    }

    /// Whether a hello of a guest is to be looked at.
    pub(super) fn admits_hello(&mut self, now: Time, guest: PeerId) -> bool {
        let found = self.guests.iter_mut().find(|other| other.peer == guest);
        found.is_some_and(|guest| guest.hellos.admit(now))
    }

    /// Strikes one out that is gone, or no guest any more.
    pub(super) fn remove(&mut self, guest: PeerId) {
        self.guests.retain(|other| other.peer != guest);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.guests.is_empty()
    }

    /// When the next guest has to go.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.guests.front().map(|guest| guest.deadline)
    }

    /// Takes a guest whose time is over.
    pub(super) fn poll_expired(&mut self, now: Time) -> Option<PeerId> {
        self.deadline().filter(|deadline| *deadline <= now)?;
        self.guests.pop_front().map(|guest| guest.peer)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::crypto::Seed;
    use crate::device::{Device, DeviceConfig, PeerConfig};
    use crate::key::SecretKey;
    use crate::time::Unix;

    const START: Time = Time::from_nanos(7_000_000_000);

    fn after(millis: u64) -> Time {
        START + Duration::from_millis(millis)
    }

    fn guests() -> Guests {
        Guests::new(&mut Drbg::new(Seed::from_bytes([1; 32])))
    }

    fn peers(count: u8) -> Vec<PeerId> {
        let config = DeviceConfig::new(SecretKey::from_bytes([99; 32]));
        let wall = Unix { secs: 1_800_000_000, nanos: 0 };
        let mut device = Device::new(config, Seed::from_bytes([1; 32]), START, wall);
        (0..count)
            .map(|byte| {
                let key = SecretKey::from_bytes([byte; 32]).public_key();
                device.add_peer(START, PeerConfig::new(key)).unwrap()
            })
            .collect()
    }

    #[test]
    fn there_is_room_for_64_and_one_more_takes_the_place_of_the_first() {
        let (mut guests, peers) = (guests(), peers(66));

        let gone: Vec<_> = peers.iter().map(|peer| guests.insert(START, *peer)).collect();

        assert_eq!(gone[..64], [None; 64]);
        assert_eq!(gone[64..], [Some(peers[0]), Some(peers[1])]);
    }

    #[test]
    fn a_guest_goes_after_five_seconds() {
        let (mut guests, peers) = (guests(), peers(2));
        guests.insert(after(0), peers[0]);
        guests.insert(after(1), peers[1]);

        assert_eq!(guests.deadline(), Some(after(5000)));
        assert_eq!(guests.poll_expired(after(4999)), None);
        assert_eq!(guests.poll_expired(after(5000)), Some(peers[0]));
        assert_eq!(guests.poll_expired(after(5000)), None);
        assert_eq!(guests.deadline(), Some(after(5001)));
    }

    #[test]
    fn a_guest_is_listened_to_every_four_tenths_of_a_second_and_nobody_else_is() {
        let (mut guests, peers) = (guests(), peers(3));
        guests.insert(START, peers[0]);
        guests.insert(START, peers[1]);

        assert!(guests.admits_hello(after(0), peers[0]));
        assert!(!guests.admits_hello(after(399), peers[0]));
        assert!(guests.admits_hello(after(399), peers[1]), "another's hello is no reason");
        assert!(guests.admits_hello(after(400), peers[0]));
        assert!(!guests.admits_hello(after(400), peers[2]), "no guest");
        guests.remove(peers[0]);
        assert!(!guests.admits_hello(after(4000), peers[0]), "no guest any more");
        assert_eq!(guests.poll_expired(after(5000)), Some(peers[1]));
    }
}
