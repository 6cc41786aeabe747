use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use super::Node;
use crate::crypto::Aead;
use crate::device::PeerId;
use crate::key::PublicKey;
use crate::mesh::gossip::mix;
use crate::mesh::link::{Link, Who};
use crate::mesh::path::Hop;
use crate::mesh::roster::Roster;
use crate::time::Time;

/// With so many homes a member that others may not reach keeps tunnels.
const KEPT: usize = 2;
/// So many are tried, by the member itself and by who looks for it: some of them are hidden themselves.
pub(super) const TRIED: usize = 16;
/// So many at a time are asked by who looks for a member.
const TOGETHER: usize = 4;
/// How often a member looks after its homes.
const INTERVAL: Duration = Duration::from_secs(30);
/// And while it has not enough: so long a home may take to answer.
const SOON: Duration = Duration::from_secs(2);
/// How long a home that did not answer is left alone.
const REST: Duration = Duration::from_secs(900);
/// How long it is remembered which are the homes of a member: it takes a walk over all members.
const FRESH: Duration = Duration::from_secs(10);
/// Of how many it is.
const MAX_FOUND: usize = 1024;
/// How often it is heard there: before a NAT forgets it.
const KEEPALIVE: Duration = Duration::from_secs(25);

/// Where a member can be asked for that is not reached directly: members that follow from its key,
/// so that two who have no neighbour in common find a relay.
#[derive(Debug)]
pub(super) struct Homes {
    held: Vec<PeerId>,
    /// Those dialled lately, by their numbers, and until when they are not again.
    dialled: Vec<(u32, Time)>,
    next: Time,
    /// The homes of members that are looked for, by the beginnings of their keys, and until when they
    /// are not looked up again.
    found: BTreeMap<u64, (Time, Vec<u32>)>,
}

impl Homes {
    pub(super) fn new(now: Time) -> Self {
        let next = now + Duration::from_secs(5);
        Self { held: Vec::new(), dialled: Vec::new(), next, found: BTreeMap::new() }
    }

    pub(super) fn deadline(&self) -> Time {
        self.next
    }
}

impl<A: Aead> Node<A> {
    /// Keeps tunnels to the first of this node's homes that are reached directly, if others may not
    /// reach the node by themselves.
    pub(super) fn hold_homes(&mut self, now: Time) {
        if self.homes.next > now {
            return;
        }
        self.homes.next = now + INTERVAL;
        let hidden = self.membership.own.is_hidden();
        let held = if hidden { self.find_homes(now) } else { Vec::new() };
        for peer in core::mem::replace(&mut self.homes.held, held.clone()) {
            if !held.contains(&peer) {
                let _ = self.device.set_persistent_keepalive(peer, None);
            }
        }
        for peer in held {
            let _ = self.device.set_persistent_keepalive(peer, Some(KEEPALIVE));
        }
    }

    /// The first of this node's homes that are reached directly. While they are too few the next are
    /// dialled, which is no use through others.
    fn find_homes(&mut self, now: Time) -> Vec<PeerId> {
        let homes = self.homes_of(now, &self.device.public_key());
        let peers = homes.iter().filter_map(|number| self.member_peer(*number));
        let held: Vec<_> = peers.filter(|peer| self.is_home(*peer)).take(KEPT).collect();
        self.homes.dialled.retain(|(_, until)| *until > now);
        let is_fresh = |number: &u32| {
            let dialled = self.homes.dialled.iter().any(|(other, _)| other == number);
            !dialled && self.member_peer(*number).is_none()
        };
        let wanted = KEPT - held.len();
        let fresh: Vec<_> = homes.into_iter().filter(is_fresh).take(wanted).collect();
        for number in fresh {
            self.homes.next = now + SOON;
            self.homes.dialled.push((number, now + REST));
            let _ = self.dial(now, number);
        }
        held
    }

    /// Makes tunnels to the first of the homes of a member that is looked for, more with each round;
    /// whether there are any left to be tried. Homes are not looked for in their turn.
    pub(super) fn dial_homes(&mut self, now: Time, peer: PeerId, rounds: usize) -> bool {
        let Some(link) = self.links.get(peer) else { return false };
        if rounds * TOGETHER >= TRIED + TOGETHER || !(link.for_traffic || link.for_gossip) {
            return false;
        }
        let key = link.key;
        for number in self.homes_of(now, &key).into_iter().take(rounds * TOGETHER) {
            if self.member_peer(number).is_none() {
                let _ = self.dial(now, number);
            }
        }
        true
    }

    /// The homes of the member whose tunnels have this key, the first first; as they were 10 s ago, at
    /// worst.
    pub(super) fn homes_of(&mut self, now: Time, key: &PublicKey) -> Vec<u32> {
        let found = self.homes.found.get(&start(key)).filter(|(until, _)| *until > now);
        if let Some((_, homes)) = found {
            return homes.clone();
        }
        let homes = nearest(&self.membership.roster, key);
        if self.homes.found.len() >= MAX_FOUND {
            self.homes.found.clear();
        }
        self.homes.found.insert(start(key), (now + FRESH, homes.clone()));
        homes
    }

    fn member_peer(&self, number: u32) -> Option<PeerId> {
        self.membership.roster.get(number)?.peer
    }

    /// Whether a peer is a member that is reached directly and passes on to this node.
    fn is_home(&self, peer: PeerId) -> bool {
        let link = self.links.get(peer).filter(|link| link.is_ready());
        let endpoint = self.device.endpoint(peer).ok().flatten();
        matches!(link, Some(Link { who: Who::Member(_), .. }))
            && endpoint.is_some_and(|endpoint| Hop::of(endpoint).is_direct())
    }
}

/// The members whose keys are nearest to this one, the nearest first.
fn nearest(roster: &Roster, key: &PublicKey) -> Vec<u32> {
    let own = start(key);
    let mut homes: Vec<(u64, u32)> = Vec::with_capacity(TRIED + 1);
    let others = roster.iter().filter(|(_, known)| !known.leaving);
    for (number, known) in others.filter(|(_, known)| known.tunnel != *key) {
        let distance = mix(own ^ start(&known.tunnel));
        let at = homes.partition_point(|home| *home < (distance, number));
        homes.insert(at, (distance, number));
        homes.truncate(TRIED);
    }
    homes.into_iter().map(|(_, number)| number).collect()
}

/// The first eight bytes of a key.
fn start(key: &PublicKey) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *key.as_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::certificate::{Certificate, Claims};
    use crate::mesh::identity::{MemberId, SigningKey};
    use crate::mesh::network_key::NetworkKey;
    use crate::mesh::record::Record;
    use crate::mesh::roster::Known;

    /// Members whose tunnel keys begin with these numbers.
    fn roster(starts: impl Iterator<Item = u64>) -> Roster {
        let (network, signing) = (NetworkKey::from_bytes([7; 32]), SigningKey::from_bytes([1; 32]));
        let claims = Claims::new(network.network(), signing.id(), tunnel(0));
        let certificate = Certificate::issue(claims, &network.root()).unwrap();
        let record = Record::sign(&signing, 1, &[], certificate, None);
        let mut roster = Roster::default();
        for start in starts {
            let mut id = *signing.id().as_bytes();
            id[..8].copy_from_slice(&start.to_le_bytes());
            let id = MemberId::from_bytes(id);
            let known = Known { id, tunnel: tunnel(start), ..Known::new(&record) };
            roster.insert(known).unwrap();
        }
        roster
    }

    fn tunnel(start: u64) -> PublicKey {
        let mut key = [9; 32];
        key[..8].copy_from_slice(&start.to_le_bytes());
        PublicKey::from_bytes(key)
    }

    #[test]
    fn the_homes_of_a_member_are_the_sixteen_others_of_the_least_distance() {
        let roster = roster(1..200);

        let homes = nearest(&roster, &tunnel(77));

        let mut expected: Vec<_> = (1..200).filter(|other| *other != 77).collect();
        expected.sort_by_key(|other| mix(77 ^ other));
        let starts = homes.iter().map(|number| start(&roster.get(*number).unwrap().tunnel));
        assert_eq!(starts.collect::<Vec<_>>(), expected[..16]);
    }
}
