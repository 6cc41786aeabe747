use alloc::vec::Vec;

use super::wheel::Wheel;
use crate::time::Time;

/// The deadlines of all peers, earliest first.
///
/// The next ones are in a binary heap in which an entry can be moved; what is later waits in a wheel,
/// so that a deadline costs the same among ten peers as among ten thousand.
///
/// Allocates only when a slot is used for the first time.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    /// Empty only if the wheel is.
    heap: Vec<(Time, usize)>,
    wheel: Wheel,
    /// Where each slot's entry lies.
    places: Vec<Place>,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Nowhere,
    Heap(usize),
    Wheel,
}

impl Schedule {
    /// Makes room for `slot`.
    pub(super) fn reserve(&mut self, slot: usize) {
        if self.places.len() <= slot {
            self.places.resize(slot + 1, Place::Nowhere);
            self.wheel.reserve(slot + 1);
            self.heap.reserve(self.places.len() - self.heap.len());
        }
    }

    /// The earliest deadline and whose it is; of equal ones the lowest slot's.
    pub(super) fn first(&self) -> Option<(Time, usize)> {
        self.heap.first().copied()
    }

    /// The deadline of a slot.
    pub(super) fn of(&self, slot: usize) -> Option<Time> {
        match self.places.get(slot)? {
            Place::Nowhere => None,
            Place::Heap(at) => self.heap.get(*at).map(|(deadline, _)| *deadline),
            Place::Wheel => Some(self.wheel.entry(slot).0),
        }
    }

    /// Sets or clears the deadline of a slot for which there is room.
    pub(super) fn set(&mut self, slot: usize, deadline: Option<Time>) {
        if self.of(slot) == deadline {
            return;
        }
        let near = deadline.filter(|deadline| self.wheel.is_near(*deadline));
        match (self.places[slot], near) {
            (Place::Heap(at), Some(deadline)) => {
                self.heap[at].0 = deadline;
                self.settle(at);
                return;
            }
            (Place::Heap(at), None) => self.pull(at),
            (Place::Wheel, _) => self.wheel.remove(slot),
            (Place::Nowhere, _) => {}
        }
        self.places[slot] = Place::Nowhere;
        match (near, deadline) {
            (Some(deadline), _) => self.push(deadline, slot),
            (None, Some(deadline)) => {
                self.wheel.insert(deadline, slot);
                self.places[slot] = Place::Wheel;
            }
            (None, None) => {}
        }
        if self.heap.is_empty() {
            let mut due = self.wheel.advance();
            while let Some(slot) = due {
                let (deadline, after) = self.wheel.entry(slot);
                self.push(deadline, slot);
                due = after;
            }
        }
    }

    /// Enters a slot in the heap.
    fn push(&mut self, deadline: Time, slot: usize) {
        let at = self.heap.len();
        self.heap.push((deadline, slot));
        self.places[slot] = Place::Heap(at);
        self.settle(at);
    }

    /// Takes an entry out of the heap.
    fn pull(&mut self, at: usize) {
        self.heap.swap_remove(at);
        if let Some((_, moved)) = self.heap.get(at) {
            self.places[*moved] = Place::Heap(at);
            self.settle(at);
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
        self.places[self.heap[a].1] = Place::Heap(a);
        self.places[self.heap[b].1] = Place::Heap(b);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Moments that are equal, near to one another, far apart, and the last ones.
    fn moment() -> impl Strategy<Value = u64> {
        let near = 0_u64..4 << 24;
        let far = (0_u64..1 << 10, 20_u32..54).prop_map(|(bits, low)| bits << low);
        prop_oneof![0_u64..4, near, far, any::<u64>()]
    }

    proptest! {
        #[test]
        fn agrees_with_a_search_of_all_deadlines(
            steps in prop::collection::vec(
                prop_oneof![
                    (0_usize..12, prop::option::of(moment())).prop_map(Ok),
                    // The first one's turn has come: it has another so much later, or none.
                    prop::option::of(moment()).prop_map(Err),
                ],
                1..200,
            ),
        ) {
            let mut schedule = Schedule::default();
            let mut slow = [None; 12];
            schedule.reserve(11);
            for step in steps {
                let (slot, nanos) = match (step, schedule.first()) {
                    (Ok(step), _) => step,
                    (Err(later), Some((first, slot))) => {
                        (slot, later.map(|later| first.as_nanos().saturating_add(later)))
                    }
                    (Err(_), None) => continue,
                };
                let deadline = nanos.map(Time::from_nanos);
                schedule.set(slot, deadline);
                slow[slot] = deadline;

                let expected = (0..12).filter_map(|slot| Some((slow[slot]?, slot))).min();
                prop_assert_eq!(schedule.first(), expected);
                for (slot, deadline) in slow.iter().enumerate() {
                    prop_assert_eq!(schedule.of(slot), *deadline);
                }
                let heap = &schedule.heap;
                prop_assert!((1..heap.len()).all(|at| heap[(at - 1) / 2] < heap[at]));
            }
        }
    }
}
