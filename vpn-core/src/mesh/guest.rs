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

    /// Strikes one out that is gone, or no guest any more; whether it was one.
    pub(super) fn remove(&mut self, guest: PeerId) -> bool {
        let before = self.guests.len();
        self.guests.retain(|other| other.peer != guest);
        self.guests.len() < before
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
