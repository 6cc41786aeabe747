use crate::error::Discard;

/// How many datagrams were discarded, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drops([u64; Discard::ALL.len()]);

impl Drops {
    /// Returns how many datagrams were discarded for this reason.
    pub fn count(&self, kind: Discard) -> u64 {
        self.0[kind as usize]
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
    }
}
