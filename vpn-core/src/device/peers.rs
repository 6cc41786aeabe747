use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::num::NonZeroU32;

use super::PeerId;
use super::directory::Directory;
use super::drops::Drops;
use super::index::{Indices, OfPeer};
use super::keytable::KeyTable;
use crate::crypto::{Aead, Drbg, Key, make_cookie};
use crate::error::{Discard, PeerError};
#[cfg(feature = "mesh")]
use crate::handshake::Remote;
use crate::key::PublicKey;
use crate::tunnel::Tunnel;
use crate::wire::Index;

/// So many peers leave random indices easy to find.
const MAX_PEERS: usize = 1 << 20;

/// All peers, by id, by key and by the indices of their handshakes and sessions.
#[derive(Debug)]
pub(super) struct Peers<A: Aead> {
    slots: Vec<Slot<A>>,
    free: Vec<u32>,
    /// The generation of the first peer that has a slot: another one in each device, so that ids of
    /// one name nothing in the others.
    first: NonZeroU32,
    by_key: Directory,
    indices: Indices,
    /// The keys of all sessions, until one comes or goes.
    table: Option<Arc<KeyTable<A>>>,
}

#[derive(Debug)]
struct Slot<A> {
    /// That of the peer, or of the one that comes next: the id of a removed one stays unknown.
    id: PeerId,
    peer: Option<Box<Peer<A>>>,
}

/// A tunnel and what the device notes about it.
#[derive(Debug)]
pub(super) struct Peer<A> {
    pub(super) tunnel: Tunnel<A>,
    /// Datagrams that named this peer and were discarded.
    pub(super) drops: Drops,
    /// The indices entered for it.
    pub(super) indices: OfPeer,
    /// Waits in the queue for output.
    pub(super) ready: bool,
    /// Waits in the queue for events.
    pub(super) noticed: bool,
    /// Whether it may send frames of the mesh beside packets.
    pub(super) frames: bool,
    /// The greatest packet that the mesh need not be asked about.
    #[cfg(feature = "mesh")]
    pub(super) unasked: u16,
}

impl<A> Peer<A> {
    /// Counts a datagram that named this peer and was discarded.
    #[cold]
    pub(super) fn blame(&mut self, discard: Discard) -> Discard {
        self.drops.add(discard)
    }
}

impl<A: Aead> Peers<A> {
    /// `secret` orders the search by key, and tells the ids of this device from others'.
    pub(super) fn new(secret: Key) -> Self {
        let [a, b, c, d, ..] = make_cookie(&secret, b"first generation");
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            first: NonZeroU32::new(u32::from_le_bytes([a, b, c, d])).unwrap_or(NonZeroU32::MIN),
            by_key: Directory::new(secret),
            indices: Indices::new(),
            table: None,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    pub(super) fn insert(&mut self, tunnel: Tunnel<A>) -> Result<PeerId, PeerError> {
        let key = tunnel.public_key();
        if self.by_key.find(&key).is_some() {
            return Err(PeerError::Duplicate);
        }
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None if self.slots.len() < MAX_PEERS => {
                let slot = u32::try_from(self.slots.len()).map_err(|_| PeerError::Full)?;
                self.slots.push(Slot { id: PeerId::new(slot, self.first), peer: None });
                slot
            }
            None => return Err(PeerError::Full),
        };
        let entry = &mut self.slots[slot as usize];
        entry.peer = Some(Box::new(Peer {
            tunnel,
            drops: Drops::default(),
            indices: [None; 4],
            ready: false,
            noticed: false,
            frames: false,
            #[cfg(feature = "mesh")]
            unasked: u16::MAX,
        }));
        let id = entry.id;
        self.by_key.insert(&key, id);
        Ok(id)
    }

    /// Drops a peer, whose keys are wiped; whether there was one.
    pub(super) fn remove(&mut self, id: PeerId) -> bool {
        let Some(entry) = self.entry(id) else { return false };
        let Some(mut peer) = entry.peer.take() else { return false };
        entry.id = id.next();
        self.free.push(id.slot());
        self.by_key.remove(&peer.tunnel.public_key());
        self.indices.update(id, &mut peer.indices, [None; 4]);
        self.table = None;
        true
    }

    /// Gives a peer another public key.
    #[cfg(feature = "mesh")]
    pub(super) fn replace_key(&mut self, id: PeerId, remote: Remote) -> Result<(), PeerError> {
        let key = remote.public();
        if self.by_key.find(&key).is_some() {
            return Err(PeerError::Duplicate);
        }
        let peer = self.get_mut(id).ok_or(PeerError::UnknownPeer)?;
        let last = peer.tunnel.public_key();
        peer.tunnel.replace_remote(remote);
        self.by_key.remove(&last);
        self.by_key.insert(&key, id);
        Ok(())
    }

    pub(super) fn find(&self, key: &PublicKey) -> Option<PeerId> {
        self.by_key.find(key)
    }

    pub(super) fn get(&self, id: PeerId) -> Option<&Peer<A>> {
        self.slots.get(id.slot() as usize).filter(|entry| entry.id == id)?.peer.as_deref()
    }

    #[inline]
    pub(super) fn get_mut(&mut self, id: PeerId) -> Option<&mut Peer<A>> {
        self.entry(id)?.peer.as_deref_mut()
    }

    /// All ids, in the order of their slots.
    pub(super) fn ids(&self) -> impl Iterator<Item = PeerId> {
        (0..self.slots.len()).filter_map(|slot| self.id(slot))
    }

    /// The id of the peer in a slot.
    pub(super) fn id(&self, slot: usize) -> Option<PeerId> {
        let entry = self.slots.get(slot)?;
        entry.peer.as_ref().map(|_| entry.id)
    }

    /// Draws an index that no handshake and no session has.
    pub(super) fn draw_index(&self, rng: &mut Drbg) -> Index {
        self.indices.draw(rng)
    }

    /// The id of the peer whose handshake or session has an index.
    pub(super) fn owner(&self, index: Index) -> Option<PeerId> {
        self.indices.owner(index)
    }

    /// As [`owner`](Self::owner), of a data message's receiver.
    #[inline]
    pub(super) fn of_receiver(&mut self, index: Index) -> Option<PeerId> {
        self.indices.of_receiver(index)
    }

    /// The peer whose handshake or session has an index.
    pub(super) fn owner_mut(&mut self, index: Index) -> Option<(PeerId, &mut Peer<A>)> {
        let id = self.owner(index)?;
        Some((id, self.get_mut(id)?))
    }

    /// The keys of all sessions.
    pub(super) fn key_table(&mut self) -> Arc<KeyTable<A>> {
        let Self { slots, table, .. } = self;
        let table = table.get_or_insert_with(|| {
            let peers = slots.iter().filter_map(|slot| slot.peer.as_ref());
            let keys = peers.flat_map(|peer| peer.tunnel.keys().cloned());
            Arc::new(KeyTable::new(keys.collect()))
        });
        Arc::clone(table)
    }

    /// Enters the indices that a peer's handshakes and sessions have.
    pub(super) fn reindex(&mut self, id: PeerId) {
        let entry = self.slots.get_mut(id.slot() as usize);
        let entry = entry.filter(|entry| entry.id == id);
        if let Some(peer) = entry.and_then(|entry| entry.peer.as_deref_mut()) {
            let has = peer.tunnel.indices();
            let ([had_sessions @ .., _], [sessions @ .., _]) = (&peer.indices, &has);
            if had_sessions != sessions {
                self.table = None;
            }
            self.indices.update(id, &mut peer.indices, has);
        }
    }

    #[inline]
    fn entry(&mut self, id: PeerId) -> Option<&mut Slot<A>> {
        let entry = self.slots.get_mut(id.slot() as usize)?;
        if entry.id == id { Some(entry) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::ChaCha20Poly1305;
    use crate::handshake::{Identity, Remote};
    use crate::key::{Curve, SecretKey};
    use crate::time::Time;

    #[test]
    fn beyond_1_048_576_peers_none_is_inserted() {
        let identity = Identity::new(Curve::default(), SecretKey::from_bytes([1; 32]));
        let tunnel = |secret| {
            let key = SecretKey::from_bytes([secret; 32]).public_key();
            let remote = Remote::new(&identity, key, None).unwrap();
            Tunnel::<ChaCha20Poly1305>::new(remote, None, None, Time::default())
        };
        let mut peers = Peers::new(Key::new([2; 32]));
        let id = PeerId::new(0, peers.first);
        // Slots that are not free: whether their peers are there is not asked.
        peers.slots.resize_with(1_048_575, || Slot { id, peer: None });

        let last = peers.insert(tunnel(3)).unwrap();

        assert_eq!(peers.insert(tunnel(4)), Err(PeerError::Full));
        assert_eq!(peers.find(&tunnel(4).public_key()), None);
        assert!(peers.remove(last));
        assert!(peers.insert(tunnel(4)).is_ok());
    }
}
