use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use super::venture::Ventures;
use super::{Paths, is_reserved};
use crate::crypto::Drbg;
use crate::device::PeerId;
use crate::mesh::gossip::Tag;
use crate::time::Time;
use crate::wire::INITIATION_LEN;

/// How long an answer to an initiation is waited for before members are asked to pass it on.
const DIRECT_FIRST: Duration = Duration::from_millis(300);
/// How long one of them is waited for before others are asked.
const NEXT_RELAYS: Duration = Duration::from_millis(700);

/// An initiation that has not been answered, to be sent on more ways.
#[derive(Debug)]
pub(in crate::mesh) struct Dialing {
    pub(in crate::mesh) initiation: Box<[u8; INITIATION_LEN]>,
    /// The numbers of those that were asked to pass it on.
    pub(in crate::mesh) asked: Vec<u32>,
    /// Those of them that will not.
    refused: Vec<u32>,
    /// How often it was sent once more where it had gone before.
    pub(in crate::mesh) repeats: u8,
    since: Time,
    next: Time,
}

impl Dialing {
    /// How often members could have been asked by now since the first time.
    pub(in crate::mesh) fn rounds(&self, now: Time) -> usize {
        let waited = now.since(self.since).saturating_sub(DIRECT_FIRST);
        (waited.as_millis() / NEXT_RELAYS.as_millis()) as usize
    }

    /// A member will not pass it on; whether that was asked, and has not said so before.
    pub(in crate::mesh) fn is_refused_by(&mut self, relay: u32) -> bool {
        let is_news = self.asked.contains(&relay) && !self.refused.contains(&relay);
        if is_news {
            self.refused.push(relay);
        }
        is_news
    }
}

/// The ways to all members with whom there is a tunnel, or is to be one.
#[derive(Debug)]
pub(in crate::mesh) struct Steering {
    paths: BTreeMap<PeerId, Paths>,
    dialing: BTreeMap<PeerId, Dialing>,
    deadlines: BTreeSet<(Time, PeerId)>,
    entered: BTreeMap<PeerId, Time>,
    rng: Drbg,
    ventures: Ventures,
}

impl Steering {
    pub(in crate::mesh) fn new(rng: Drbg) -> Self {
        Self {
            paths: BTreeMap::new(),
            dialing: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            entered: BTreeMap::new(),
            rng,
            ventures: Ventures::new(),
        }
    }

    /// The ways to a member with whom there is a session.
    pub(in crate::mesh) fn get(&self, peer: PeerId) -> Option<&Paths> {
        self.paths.get(&peer)
    }

    pub(in crate::mesh) fn insert(&mut self, now: Time, peer: PeerId, paths: Paths) {
        self.paths.insert(peer, paths);
        self.dialing.remove(&peer);
        self.enter(now, peer);
    }

    pub(in crate::mesh) fn remove(&mut self, now: Time, peer: PeerId) {
        self.paths.remove(&peer);
        self.dialing.remove(&peer);
        self.enter(now, peer);
    }

    /// Has the ways to a member changed by `act`, which gets random bits.
    pub(in crate::mesh) fn change<T>(
        &mut self,
        now: Time,
        peer: PeerId,
        act: impl FnOnce(&mut Paths, u64) -> T,
    ) -> Option<T> {
        let random = self.draw();
        let result = self.paths.get_mut(&peer).map(|paths| act(paths, random));
        self.enter(now, peer);
        result
    }

    /// An initiation has gone out, and is to go on more ways if it is not answered soon.
    pub(in crate::mesh) fn dial(
        &mut self,
        now: Time,
        peer: PeerId,
        initiation: &[u8; INITIATION_LEN],
    ) {
        let dialing = Dialing {
            initiation: Box::new(*initiation),
            asked: Vec::new(),
            refused: Vec::new(),
            repeats: 0,
            since: now,
            next: now + DIRECT_FIRST,
        };
        self.dialing.insert(peer, dialing);
        self.enter(now, peer);
    }

    /// The initiation to a peer that waits for an answer.
    pub(in crate::mesh) fn dialing(&mut self, peer: PeerId) -> Option<&mut Dialing> {
        self.dialing.get_mut(&peer)
    }

    /// Whether members are to be asked at `now` to pass an initiation on; the next will be later.
    pub(in crate::mesh) fn is_dial_due(&mut self, now: Time, peer: PeerId) -> bool {
        let Some(dialing) = self.dialing.get_mut(&peer).filter(|it| it.next <= now) else {
            return false;
        };
        dialing.next = now + NEXT_RELAYS;
        self.enter(now, peer);
        true
    }

    /// A member that was asked will not pass it on: the next are asked at once.
    pub(in crate::mesh) fn hurry(&mut self, now: Time, peer: PeerId) {
        if let Some(dialing) = self.dialing.get_mut(&peer) {
            dialing.next = now;
            self.enter(now, peer);
        }
    }

    /// There is another member that may be asked: all that wait ask it at once.
    pub(in crate::mesh) fn hurry_all(&mut self, now: Time) {
        let waiting: Vec<_> = self.dialing.keys().copied().collect();
        waiting.into_iter().for_each(|peer| self.hurry(now, peer));
    }

    /// There is nobody else to be asked.
    pub(in crate::mesh) fn end_dial(&mut self, now: Time, peer: PeerId) {
        self.dialing.remove(&peer);
        self.enter(now, peer);
    }

    /// All whose ways are known.
    pub(in crate::mesh) fn peers(&self) -> Vec<PeerId> {
        self.paths.keys().copied().collect()
    }

    pub(in crate::mesh) fn deadline(&self) -> Option<Time> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// A peer for which something is due.
    pub(in crate::mesh) fn poll_due(&self, now: Time) -> Option<PeerId> {
        self.deadlines.first().filter(|(deadline, _)| *deadline <= now).map(|(_, peer)| *peer)
    }

    /// Something authenticated has come from there, unless it stands for a way through a member.
    pub(in crate::mesh) fn heard_at(&mut self, now: Time, at: SocketAddr) {
        if !is_reserved(&at) {
            self.ventures.heard(now, at);
        }
    }

    /// Something authenticated claims to come from there: that may be answered.
    pub(in crate::mesh) fn told_at(&mut self, at: SocketAddr) {
        if !is_reserved(&at) {
            self.ventures.told(at);
        }
    }

    /// Whether that was so lately.
    pub(in crate::mesh) fn was_heard(&self, now: Time, at: SocketAddr) -> bool {
        self.ventures.was_heard(now, at)
    }

    /// Whether a datagram may be sent there, where a member says to be and nobody may have been heard;
    /// counts it if so.
    pub(in crate::mesh) fn may_venture(&mut self, now: Time, member: Tag, at: SocketAddr) -> bool {
        self.ventures.take(now, member, at)
    }

    pub(in crate::mesh) fn draw(&mut self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = *self.rng.draw();
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }

    fn enter(&mut self, now: Time, peer: PeerId) {
        let paths = self.paths.get(&peer).map(|paths| paths.deadline(now));
        let dialing = self.dialing.get(&peer).map(|dialing| dialing.next);
        let deadline = paths.into_iter().chain(dialing).min();
        let last = match deadline {
            Some(deadline) => self.entered.insert(peer, deadline),
            None => self.entered.remove(&peer),
        };
        if let Some(last) = last {
            self.deadlines.remove(&(last, peer));
        }
        self.deadlines.extend(deadline.map(|deadline| (deadline, peer)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each time, members are looked for among all that may be asked in its place.
    #[test]
    fn a_member_that_was_asked_refuses_once() {
        let since = Time::from_nanos(1);
        let mut dialing = Dialing {
            initiation: Box::new([0; INITIATION_LEN]),
            asked: Vec::from([3]),
            refused: Vec::new(),
            repeats: 0,
            since,
            next: since,
        };

        assert!(!dialing.is_refused_by(4), "nobody has asked it");
        assert!(dialing.is_refused_by(3));
        assert!(!dialing.is_refused_by(3));
    }
}
