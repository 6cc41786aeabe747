use super::PeerId;
use super::table::{Recent, Scatter, Table};
use crate::crypto::Drbg;
use crate::wire::Index;

/// Which peer each receiver index belongs to, among all handshakes and sessions of the device.
#[derive(Debug)]
pub(super) struct Indices {
    owners: Table<Index, PeerId, Spread>,
    recent: Recent<Index, PeerId>,
}

/// The indices of one peer: those of its sessions, and last that of a handshake.
pub(super) type OfPeer = [Option<Index>; 4];

/// An index is drawn at random, and which of them are in use nobody outside can choose: it need only
/// be spread over all bits of a hash, by the golden ratio.
#[derive(Debug)]
struct Spread;

impl Scatter<Index> for Spread {
    #[inline]
    fn scatter(&self, index: Index) -> u64 {
        u64::from(index.0).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

impl Indices {
    pub(super) fn new() -> Self {
        Self { owners: Table::new(Spread), recent: Recent::nothing(Index(0)) }
    }

    /// Draws an index that nothing has. Random, so that an index tells nothing about others.
    pub(super) fn draw(&self, rng: &mut Drbg) -> Index {
        loop {
            let index = Index(rng.draw_u32());
            if self.owner(index).is_none() {
                return index;
            }
        }
    }

    pub(super) fn owner(&self, index: Index) -> Option<PeerId> {
        self.owners.get(index)
    }

    /// As [`owner`](Self::owner), of a data message's receiver.
    #[inline]
    pub(super) fn of_receiver(&mut self, index: Index) -> Option<PeerId> {
        let Self { owners, recent } = self;
        recent.find(index, |index| owners.get(index))
    }

    /// Frees the indices that a peer had and has no more, and enters those that it has.
    pub(super) fn update(&mut self, peer: PeerId, had: &mut OfPeer, has: OfPeer) {
        if *had == has {
            return;
        }
        for gone in had.iter().flatten().filter(|index| !has.contains(&Some(**index))) {
            self.owners.remove(*gone);
        }
        for index in has.iter().flatten() {
            self.owners.insert(*index, peer);
        }
        let Self { owners, recent } = self;
        recent.renew(|index| owners.get(index));
        *had = has;
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::assert_scattered;
    use super::*;

    #[test]
    fn indices_are_scattered() {
        assert_scattered(core::array::from_fn(|i| Spread.scatter(Index(i as u32))));
    }
}
