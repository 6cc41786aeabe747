use alloc::collections::BTreeMap;
use core::fmt;

use super::PeerId;
use crate::crypto::{Key, Mac, make_cookie};
use crate::key::PublicKey;

/// Peers by their public keys.
///
/// Whoever initiates names a key. So that the time of the search tells nothing of the keys that are
/// here, they stand in the order of a keyed hash, which nobody outside can compute.
pub(super) struct Directory {
    secret: Key,
    ids: BTreeMap<Mac, PeerId>,
}

impl Directory {
    pub(super) fn new(secret: Key) -> Self {
        Self { secret, ids: BTreeMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn find(&self, key: &PublicKey) -> Option<PeerId> {
        self.ids.get(&self.entry(key)).copied()
    }

    pub(super) fn insert(&mut self, key: &PublicKey, id: PeerId) {
        self.ids.insert(self.entry(key), id);
    }

    pub(super) fn remove(&mut self, key: &PublicKey) {
        self.ids.remove(&self.entry(key));
    }

    fn entry(&self, key: &PublicKey) -> Mac {
        make_cookie(&self.secret, key.as_bytes())
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use core::num::NonZeroU32;

    use super::*;

    fn id(slot: u32) -> PeerId {
        PeerId::new(slot, NonZeroU32::MIN)
    }

    #[test]
    fn peers_are_found_by_their_keys_until_they_are_removed() {
        let mut directory = Directory::new(Key::new([1; 32]));
        let keys: [PublicKey; 3] = core::array::from_fn(|i| PublicKey::from_bytes([i as u8; 32]));
        directory.insert(&keys[0], id(0));
        directory.insert(&keys[1], id(1));

        assert_eq!(keys.map(|key| directory.find(&key)), [Some(id(0)), Some(id(1)), None]);
        directory.remove(&keys[0]);
        assert_eq!(keys.map(|key| directory.find(&key)), [None, Some(id(1)), None]);
        assert_eq!(directory.len(), 1);
    }

    #[test]
    fn secret_is_silent() {
        let directory = Directory::new(Key::new([1; 32]));

        assert_eq!(alloc::format!("{directory:?}"), "Directory { len: 0, .. }");
    }

    #[test]
    fn order_depends_on_the_secret() {
        let keys: [PublicKey; 8] = core::array::from_fn(|i| PublicKey::from_bytes([i as u8; 32]));
        let order = |secret| {
            let mut directory = Directory::new(Key::new([secret; 32]));
            (0..).zip(&keys).for_each(|(slot, key)| directory.insert(key, id(slot)));
            directory.ids.into_values().collect::<alloc::vec::Vec<_>>()
        };

        assert_ne!(order(1), order(2));
    }
}
