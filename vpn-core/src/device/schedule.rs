use alloc::vec::Vec;

use crate::time::Time;

/// The deadlines of all peers, earliest first: a binary heap in which a peer's entry can be moved.
///
/// Allocates only when a slot is used for the first time.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    heap: Vec<(Time, usize)>,
    /// Where in the heap each slot's entry lies.
    places: Vec<Option<usize>>,
}

impl Schedule {
    /// Makes room for `slot`.
    pub(super) fn reserve(&mut self, slot: usize) {
        if self.places.len() <= slot {
            self.places.resize(slot + 1, None);
            self.heap.reserve(self.places.len() - self.heap.len());
        }
    }

    /// The earliest deadline and whose it is; of equal ones the lowest slot's.
    pub(super) fn first(&self) -> Option<(Time, usize)> {
        self.heap.first().copied()
    }

    /// The deadline of a slot.
    pub(super) fn of(&self, slot: usize) -> Option<Time> {
        let at = self.places.get(slot).copied().flatten()?;
        self.heap.get(at).map(|(deadline, _)| *deadline)
    }

    /// Sets or clears the deadline of a slot for which there is room.
    pub(super) fn set(&mut self, slot: usize, deadline: Option<Time>) {
        match (self.places[slot], deadline) {
            (Some(at), Some(deadline)) if self.heap[at].0 == deadline => {}
            (Some(at), Some(deadline)) => {
                self.heap[at].0 = deadline;
                self.settle(at);
            }
            (None, Some(deadline)) => {
                self.heap.push((deadline, slot));
                self.places[slot] = Some(self.heap.len() - 1);
                self.settle(self.heap.len() - 1);
            }
            (Some(at), None) => {
                self.places[slot] = None;
                self.heap.swap_remove(at);
                if let Some((_, moved)) = self.heap.get(at) {
                    self.places[*moved] = Some(at);
                    self.settle(at);
                }
            }
            (None, None) => {}
        }
    }

    /// Moves one entry to where it belongs.
    fn settle(&mut self, mut at: usize) {
        while at > 0 && self.heap[at] < self.heap[(at - 1) / 2] {
            self.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
        loop {
            let children = [2 * at + 1, 2 * at + 2];
            let least = children
                .into_iter()
                .filter(|child| *child < self.heap.len())
                .min_by_key(|child| self.heap[*child]);
            match least {
                Some(child) if self.heap[child] < self.heap[at] => {
                    self.swap(at, child);
                    at = child;
                }
                Some(_) | None => return,
            }
        }
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.heap.swap(a, b);
        self.places[self.heap[a].1] = Some(a);
        self.places[self.heap[b].1] = Some(b);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_a_search_of_all_deadlines(
            steps in prop::collection::vec((0_usize..12, prop::option::of(0_u64..50)), 1..200),
        ) {
            let mut schedule = Schedule::default();
            let mut slow = [None; 12];
            schedule.reserve(11);
            for (slot, nanos) in steps {
                let deadline = nanos.map(Time::from_nanos);
                schedule.set(slot, deadline);
                slow[slot] = deadline;

                let expected = (0..12).filter_map(|slot| Some((slow[slot]?, slot))).min();
                prop_assert_eq!(schedule.first(), expected);
                prop_assert_eq!(schedule.of(slot), deadline);
                let heap = &schedule.heap;
                prop_assert!((1..heap.len()).all(|at| heap[(at - 1) / 2] < heap[at]));
            }
        }
    }
}
