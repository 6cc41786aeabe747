use core::fmt;

use crate::error::Discard;

/// How many datagrams were discarded, by kind.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Drops([u64; Discard::ALL.len()]);

impl Drops {
    /// Returns how many datagrams were discarded for this reason.
    pub fn count(&self, kind: Discard) -> u64 {
        self.0[kind as usize]
    }

    /// Returns every reason and how many datagrams were discarded for it, in the order of
    /// [`Discard::ALL`].
    pub fn counts(&self) -> impl Iterator<Item = (Discard, u64)> {
        Discard::ALL.iter().copied().zip(self.0)
    }

    /// Returns how many datagrams were discarded for any reason.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Counts one and returns its kind.
    #[cold]
    pub(super) fn add(&mut self, kind: Discard) -> Discard {
        self.0[kind as usize] += 1;
        kind
    }
}

/// By name, but for what never happened.
impl fmt::Debug for Drops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.counts().filter(|(_, count)| *count > 0)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_counter_of_its_own() {
        let mut drops = Drops::default();
        for (i, &kind) in Discard::ALL.iter().enumerate() {
            for _ in 0..=i {
                drops.add(kind);
            }
        }

        for (i, &kind) in Discard::ALL.iter().enumerate() {
            assert_eq!(drops.count(kind), i as u64 + 1);
        }
        assert_eq!(drops.total(), 14 * 15 / 2);
        assert!(drops.counts().map(|(_, count)| count).eq(1..=14));
    }

    #[test]
    fn what_happened_is_shown_by_name() {
        let mut drops = Drops::default();
        drops.add(Discard::Replay);

        assert_eq!(alloc::format!("{drops:?}"), "{Replay: 1}");
    }
}
