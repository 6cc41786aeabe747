use alloc::vec::Vec;
use core::time::Duration;

use super::Node;
use crate::crypto::Aead;
use crate::device::PeerId;
use crate::key::PublicKey;
use crate::mesh::gossip::mix;
use crate::mesh::link::{Link, Who};
use crate::mesh::path::Hop;
use crate::time::Time;

/// With so many homes a member that others may not reach keeps tunnels.
const KEPT: usize = 2;
/// So many are tried, by the member itself and by who looks for it.
const TRIED: usize = 6;
/// How often a member looks after its homes.
const INTERVAL: Duration = Duration::from_secs(30);
/// How often it is heard there: before a NAT forgets it.
const KEEPALIVE: Duration = Duration::from_secs(25);

/// Where a member can be asked for that is not reached directly: members that follow from its key,
/// so that two who have no neighbour in common find a relay.
#[derive(Debug)]
pub(super) struct Homes {
    held: Vec<PeerId>,
    next: Time,
}

impl Homes {
    pub(super) fn new(now: Time) -> Self {
        Self { held: Vec::new(), next: now + Duration::from_secs(5) }
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
        let mut held = Vec::new();
        if self.membership.own.is_hidden() {
            let key = self.device.public_key();
            for number in self.homes_of(&key) {
                if held.len() == KEPT {
                    break;
                }
                match self.member_peer(number) {
                    Some(peer) if self.is_home(peer) => held.push(peer),
                    Some(_) => {}
                    None => _ = self.dial(now, number),
                }
            }
        }
        for peer in core::mem::replace(&mut self.homes.held, held.clone()) {
            if !held.contains(&peer) {
                let _ = self.device.set_persistent_keepalive(peer, None);
            }
        }
        for peer in held {
            let _ = self.device.set_persistent_keepalive(peer, Some(KEEPALIVE));
        }
    }

    /// Makes tunnels to the first of the homes of a member that is looked for, one more with each try;
    /// whether there are any left to be tried. Homes are not looked for in their turn.
    pub(super) fn dial_homes(&mut self, now: Time, peer: PeerId, tries: usize) -> bool {
        let Some(link) = self.links.get(peer) else { return false };
        if tries > TRIED || !(link.for_traffic || link.for_gossip) {
            return false;
        }
        let key = link.key;
        for number in self.homes_of(&key).into_iter().take(tries) {
            if self.member_peer(number).is_none() {
                let _ = self.dial(now, number);
            }
        }
        true
    }

    /// The homes of the member whose tunnels have this key, the first first.
    fn homes_of(&self, key: &PublicKey) -> Vec<u32> {
        let own = start(key);
        let mut homes: Vec<(u64, u32)> = Vec::with_capacity(TRIED + 1);
        let others = self.membership.roster.iter().filter(|(_, known)| !known.leaving);
        for (number, known) in others.filter(|(_, known)| known.tunnel != *key) {
            let distance = mix(own ^ start(&known.tunnel));
            let at = homes.partition_point(|home| *home < (distance, number));
            homes.insert(at, (distance, number));
            homes.truncate(TRIED);
        }
        homes.into_iter().map(|(_, number)| number).collect()
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

/// The first eight bytes of a key.
fn start(key: &PublicKey) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *key.as_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}
