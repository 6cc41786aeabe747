use alloc::vec::Vec;

/// The least number of places.
const LEAST: usize = 8;

/// Where keys would best lie: the low bits are as good as random to whoever chooses keys.
pub(super) trait Scatter<K> {
    fn scatter(&self, key: K) -> u64;
}

/// A hash table by open addressing: a search looks at places next to one another, at least half of
/// all are free, and what it costs does not grow with the number of entries.
///
/// Removal moves later entries up, so that searches never pass the remains of earlier ones.
#[derive(Debug)]
pub(super) struct Table<K, V, S> {
    /// A power of two of them, or none.
    places: Vec<Option<(K, V)>>,
    len: usize,
    scatter: S,
}

impl<K: Copy + Eq, V: Copy, S: Scatter<K>> Table<K, V, S> {
    pub(super) fn new(scatter: S) -> Self {
        Self { places: Vec::new(), len: 0, scatter }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline]
    pub(super) fn get(&self, key: K) -> Option<V> {
        let mut at = self.home(key);
        loop {
            // There is always a free place, and without any place at all the first is missing.
            let (other, value) = (*self.places.get(at)?)?;
            if other == key {
                return Some(value);
            }
            at = self.after(at);
        }
    }

    /// Enters a value, in place of the one that the key had.
    pub(super) fn insert(&mut self, key: K, value: V) {
        if self.places.len() < 2 * (self.len + 1) {
            self.grow();
        }
        let mut at = self.home(key);
        while self.places[at].is_some_and(|(other, _)| other != key) {
            at = self.after(at);
        }
        self.len += usize::from(self.places[at].is_none());
        self.places[at] = Some((key, value));
    }

    /// Takes a key's value out.
    pub(super) fn remove(&mut self, key: K) -> Option<V> {
        let mut hole = self.home(key);
        while (*self.places.get(hole)?)?.0 != key {
            hole = self.after(hole);
        }
        let removed = self.places[hole].take();
        self.len -= 1;
        let mut at = self.after(hole);
        while let Some((key, _)) = self.places[at] {
            // Whoever would lie at the hole or before it, seen from where it lies, moves there.
            if self.distance(self.home(key), at) >= self.distance(hole, at) {
                self.places.swap(hole, at);
                hole = at;
            }
            at = self.after(at);
        }
        removed.map(|(_, value)| value)
    }

    /// All entries, in no order that means anything, but the same after the same calls.
    pub(super) fn iter(&self) -> impl Iterator<Item = (K, V)> {
        self.places.iter().flatten().copied()
    }

    fn grow(&mut self) {
        let places = (2 * self.places.len()).max(LEAST);
        let entries = core::mem::replace(&mut self.places, alloc::vec![None; places]);
        for (key, value) in entries.into_iter().flatten() {
            let mut at = self.home(key);
            while self.places[at].is_some() {
                at = self.after(at);
            }
            self.places[at] = Some((key, value));
        }
    }

    #[inline]
    fn home(&self, key: K) -> usize {
        self.scatter.scatter(key) as usize & self.places.len().wrapping_sub(1)
    }

    #[inline]
    fn after(&self, at: usize) -> usize {
        (at + 1) & (self.places.len() - 1)
    }

    /// How many places further on `to` lies than `from`.
    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & (self.places.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// Sends many keys to one place, and some to the last.
    #[derive(Debug)]
    struct Crowded;

    impl Scatter<u32> for Crowded {
        fn scatter(&self, key: u32) -> u64 {
            (u64::from(key) / 8).wrapping_sub(1)
        }
    }

    proptest! {
        #[test]
        fn agrees_with_an_ordered_map(
            steps in prop::collection::vec((0_u32..64, prop::option::of(any::<u8>())), 0..300),
        ) {
            let mut table = Table::new(Crowded);
            let mut slow = BTreeMap::new();
            for (key, value) in steps {
                match value {
                    Some(value) => {
                        table.insert(key, value);
                        slow.insert(key, value);
                    }
                    None => prop_assert_eq!(table.remove(key), slow.remove(&key)),
                }

                prop_assert_eq!(table.is_empty(), slow.is_empty());
                for key in 0..64 {
                    prop_assert_eq!(table.get(key), slow.get(&key).copied());
                }
            }
            prop_assert_eq!(table.iter().collect::<BTreeMap<_, _>>(), slow);
        }
    }

    #[test]
    fn at_least_half_of_the_places_are_free() {
        let mut table = Table::new(Crowded);
        for key in 0..1000 {
            table.insert(key, ());
            table.insert(key / 2, ());

            assert!(2 * table.iter().count() <= table.places.len());
        }
    }

    #[test]
    fn entries_that_come_and_go_take_no_more_places() {
        let mut table = Table::new(Crowded);
        for key in 0..10_000 {
            table.insert(key, ());
            if key >= 3 {
                table.remove(key - 3);
            }
        }

        assert_eq!((table.len, table.places.len()), (3, LEAST));
    }
}
