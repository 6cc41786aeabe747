use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::PeerId;
use super::index::OfPeer;
use crate::error::PeerError;
use crate::key::PublicKey;
use crate::tunnel::Tunnel;

/// So many peers leave random indices easy to find.
const MAX_PEERS: usize = 1 << 20;

/// All peers, by id and by key.
#[derive(Debug)]
pub(super) struct Peers<A> {
    slots: Vec<Slot<A>>,
    free: Vec<u32>,
    by_key: BTreeMap<PublicKey, PeerId>,
}

#[derive(Debug)]
struct Slot<A> {
    /// Counts the peers that had this slot, so that the id of a removed one stays unknown.
    generation: u32,
    peer: Option<Box<Peer<A>>>,
}

/// A tunnel and what the device notes about it.
#[derive(Debug)]
pub(super) struct Peer<A> {
    pub(super) tunnel: Tunnel<A>,
    /// The indices entered for it.
    pub(super) indices: OfPeer,
    /// Waits in the queue for output.
    pub(super) ready: bool,
    /// Waits in the queue for events.
    pub(super) noticed: bool,
}

impl<A: crate::crypto::Aead> Peers<A> {
    pub(super) fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new(), by_key: BTreeMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    pub(super) fn insert(&mut self, tunnel: Tunnel<A>) -> Result<PeerId, PeerError> {
        let key = tunnel.public_key();
        if self.by_key.contains_key(&key) {
            return Err(PeerError::Duplicate);
        }
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None if self.slots.len() < MAX_PEERS => {
                self.slots.push(Slot { generation: 0, peer: None });
                u32::try_from(self.slots.len() - 1).map_err(|_| PeerError::Full)?
            }
            None => return Err(PeerError::Full),
        };
        let entry = &mut self.slots[slot as usize];
        entry.peer =
            Some(Box::new(Peer { tunnel, indices: [None; 4], ready: false, noticed: false }));
        let id = PeerId { slot, generation: entry.generation };
        self.by_key.insert(key, id);
        Ok(id)
    }

    pub(super) fn remove(&mut self, id: PeerId) -> Option<Box<Peer<A>>> {
        let entry = self.entry(id)?;
        let peer = entry.peer.take()?;
        entry.generation = entry.generation.wrapping_add(1);
        self.free.push(id.slot);
        self.by_key.remove(&peer.tunnel.public_key());
        Some(peer)
    }

    pub(super) fn find(&self, key: &PublicKey) -> Option<PeerId> {
        self.by_key.get(key).copied()
    }

    pub(super) fn get(&self, id: PeerId) -> Option<&Peer<A>> {
        self.slots
            .get(id.slot as usize)
            .filter(|entry| entry.generation == id.generation)?
            .peer
            .as_deref()
    }

    pub(super) fn get_mut(&mut self, id: PeerId) -> Option<&mut Peer<A>> {
        self.entry(id)?.peer.as_deref_mut()
    }

    /// The id of the peer in a slot.
    pub(super) fn id(&self, slot: usize) -> Option<PeerId> {
        let entry = self.slots.get(slot).filter(|entry| entry.peer.is_some())?;
        Some(PeerId { slot: u32::try_from(slot).ok()?, generation: entry.generation })
    }

    fn entry(&mut self, id: PeerId) -> Option<&mut Slot<A>> {
        self.slots.get_mut(id.slot as usize).filter(|entry| entry.generation == id.generation)
    }
}
