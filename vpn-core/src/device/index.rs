use alloc::collections::BTreeMap;

use super::PeerId;
use crate::crypto::Drbg;
use crate::wire::Index;

/// Which peer each receiver index belongs to, among all handshakes and sessions of the device.
#[derive(Debug, Default)]
pub(super) struct Indices(BTreeMap<Index, PeerId>);

/// The indices of one peer.
pub(super) type OfPeer = [Option<Index>; 4];

impl Indices {
    /// Draws an index that nothing has. Random, so that an index tells nothing about others.
    pub(super) fn draw(&self, rng: &mut Drbg) -> Index {
        loop {
            let index = Index(rng.draw_u32());
            if !self.0.contains_key(&index) {
                return index;
            }
        }
    }

    pub(super) fn owner(&self, index: Index) -> Option<PeerId> {
        self.0.get(&index).copied()
    }

    /// Frees the indices that a peer had and has no more, and enters those that it has; whether
    /// anything changed.
    pub(super) fn update(&mut self, peer: PeerId, had: &mut OfPeer, has: OfPeer) -> bool {
        if *had == has {
            return false;
        }
        for gone in had.iter().flatten().filter(|index| !has.contains(&Some(**index))) {
            self.0.remove(gone);
        }
        for index in has.iter().flatten() {
            self.0.insert(*index, peer);
        }
        *had = has;
        true
    }
}
