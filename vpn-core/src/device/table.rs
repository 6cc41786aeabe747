use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// How keys are hashed: in a way that whoever chooses keys cannot foresee.
pub(super) trait Scatter<K> {
    fn scatter(&self, key: K) -> u64;
}

/// A map whose searches cost the same, however many entries there are.
#[derive(Debug)]
pub(super) struct Table<K, V, S> {
    entries: HashTable<(K, V)>,
    scatter: S,
}

impl<K: Copy + Eq, V: Copy, S: Scatter<K>> Table<K, V, S> {
    pub(super) fn new(scatter: S) -> Self {
        Self { entries: HashTable::new(), scatter }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    #[inline]
    pub(super) fn get(&self, key: K) -> Option<V> {
        let hash = self.scatter.scatter(key);
        self.entries.find(hash, |(other, _)| *other == key).map(|(_, value)| *value)
    }

    /// Enters a value, in place of the one that the key had.
    pub(super) fn insert(&mut self, key: K, value: V) {
        let hash = self.scatter.scatter(key);
        let rehash = |(other, _): &(K, V)| self.scatter.scatter(*other);
        match self.entries.entry(hash, |(other, _)| *other == key, rehash) {
            Entry::Occupied(mut entry) => entry.get_mut().1 = value,
            Entry::Vacant(entry) => drop(entry.insert((key, value))),
        }
    }

    /// Takes a key's entry out.
    pub(super) fn remove(&mut self, key: K) {
        let hash = self.scatter.scatter(key);
        if let Ok(entry) = self.entries.find_entry(hash, |(other, _)| *other == key) {
            entry.remove();
        }
    }

    /// All entries, in an order that means nothing and is another one on other processors.
    pub(super) fn iter(&self) -> impl Iterator<Item = (K, V)> {
        self.entries.iter().copied()
    }
}

/// The key searched for last and what was found. Packets come in runs, and with their cipher in
/// assembly a search is a fifth of all else that a packet costs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recent<K, V> {
    key: K,
    found: Option<V>,
}

impl<K: Copy + Eq, V: Copy> Recent<K, V> {
    /// In the beginning, when there is nothing to be found, for this key or another.
    pub(super) const fn nothing(key: K) -> Self {
        Self { key, found: None }
    }

    /// What belongs to a key, which is searched for unless it was the last time.
    #[inline]
    pub(super) fn find(&mut self, key: K, search: impl FnOnce(K) -> Option<V>) -> Option<V> {
        if self.key != key {
            self.search(key, search);
        }
        self.found
    }

    /// Searches again, for something else may be found.
    pub(super) fn renew(&mut self, search: impl FnOnce(K) -> Option<V>) {
        self.search(self.key, search);
    }

    #[cold]
    #[inline(never)]
    fn search(&mut self, key: K, search: impl FnOnce(K) -> Option<V>) {
        *self = Self { key, found: search(key) };
    }
}

/// Fails unless the hashes of a thousand keys differ both where a table's place is read from, below,
/// and where its marks are, in the upper seven bits.
#[cfg(test)]
pub(super) fn assert_scattered(hashes: [u64; 1000]) {
    use alloc::collections::BTreeSet;

    let places: BTreeSet<u64> = hashes.iter().map(|hash| hash % (1 << 16)).collect();
    let marks: BTreeSet<u64> = hashes.iter().map(|hash| hash >> 57).collect();
    assert!(places.len() > 600, "{} places of 1000", places.len());
    assert!(marks.len() > 32, "{} marks of 128", marks.len());
}
