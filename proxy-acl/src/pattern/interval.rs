//! Networks of one family as sorted intervals, each of which leads to one of them.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Choice;

/// An address as a number.
pub(super) trait Address: Copy + Ord {
    const FIRST: Self;

    fn next(self) -> Option<Self>;
    /// The number that its leading bits are.
    fn leading(self, bits: u32) -> usize;
}

impl Address for u32 {
    const FIRST: Self = 0;

    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }

    #[inline]
    fn leading(self, bits: u32) -> usize {
        (self >> (Self::BITS - bits)) as usize
    }
}

impl Address for u128 {
    const FIRST: Self = 0;

    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }

    #[inline]
    fn leading(self, bits: u32) -> usize {
        (self >> (Self::BITS - bits)) as usize
    }
}

/// A network with its place among the patterns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Net<A> {
    pub(super) first: A,
    pub(super) last: A,
    pub(super) index: u32,
}

/// Every address is in one interval; networks lie within each other or apart, so there are at most
/// twice as many of them, and one.
#[derive(Clone, Debug)]
pub(super) struct Intervals<A> {
    /// Where each interval starts: the first one at the first address.
    starts: Box<[A]>,
    /// The network that each one leads to.
    indexes: Box<[u32]>,
    /// For each value of the leading bits how many intervals start below it; the last one counts all.
    below: Box<[u32]>,
    bits: u32,
}

/// Leads to no network.
const NONE: u32 = u32::MAX;

/// A table over more leading bits would not fit the second-level cache.
const MOST_BITS: u32 = 16;

impl<A: Address> Intervals<A> {
    pub(super) fn new(mut nets: Vec<Net<A>>, choice: Choice) -> Self {
        if nets.is_empty() {
            return Self {
                starts: Box::default(),
                indexes: Box::default(),
                below: Box::default(),
                bits: 0,
            };
        }
        // A network comes before those within it, and the first of equals before the others.
        nets.sort_unstable_by(|a, b| {
            a.first.cmp(&b.first).then(b.last.cmp(&a.last)).then(a.index.cmp(&b.index))
        });
        let mut sweep = Sweep { starts: Vec::new(), indexes: Vec::new(), open: Vec::new() };
        sweep.from(A::FIRST, NONE);
        for net in nets {
            sweep.close_before(Some(net.first));
            let index = match (sweep.open.last(), choice) {
                (Some(outer), Choice::First) => outer.index.min(net.index),
                (Some(outer), _) if (outer.first, outer.last) == (net.first, net.last) => {
                    outer.index
                }
                _ => net.index,
            };
            sweep.from(net.first, index);
            sweep.open.push(Net { index, ..net });
        }
        sweep.close_before(None);
        Self::indexed(sweep.starts, sweep.indexes)
    }

    fn indexed(starts: Vec<A>, indexes: Vec<u32>) -> Self {
        // Four slots for each interval, since real networks crowd.
        let bits = (starts.len().ilog2() + 2).min(MOST_BITS);
        let mut below = Vec::with_capacity((1 << bits) + 1);
        let mut count = 0;
        for slot in 0..=1_usize << bits {
            let rest = starts.get(count..).unwrap_or_default();
            count += rest.iter().take_while(|start| start.leading(bits) < slot).count();
            below.push(u32::try_from(count).unwrap_or(u32::MAX));
        }
        Self { starts: starts.into(), indexes: indexes.into(), below: below.into(), bits }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Returns which network the address leads to.
    #[inline]
    pub(super) fn find(&self, address: A) -> Option<usize> {
        let slot = if self.is_empty() { return None } else { address.leading(self.bits) };
        let (from, to) = (*self.below.get(slot)? as usize, *self.below.get(slot + 1)? as usize);
        let here = self.starts.get(from..to)?;
        let upto = from + here.partition_point(|start| *start <= address);
        match self.indexes.get(upto.checked_sub(1)?) {
            Some(&NONE) | None => None,
            Some(&index) => Some(index as usize),
        }
    }
}

/// The intervals so far, while networks come in the order of their first addresses.
struct Sweep<A> {
    starts: Vec<A>,
    indexes: Vec<u32>,
    /// The networks that the sweep is in, each within the one before it.
    open: Vec<Net<A>>,
}

impl<A: Address> Sweep<A> {
    /// From `start` on addresses lead to `index`.
    fn from(&mut self, start: A, index: u32) {
        if self.starts.last() == Some(&start) {
            self.starts.pop();
            self.indexes.pop();
        }
        if self.indexes.last() != Some(&index) {
            self.starts.push(start);
            self.indexes.push(index);
        }
    }

    /// Leaves the networks that end before `next`, or all of them.
    fn close_before(&mut self, next: Option<A>) {
        while let Some(&net) = self.open.last() {
            if next.is_some_and(|next| next <= net.last) {
                break;
            }
            self.open.pop();
            let outer = self.open.last().map_or(NONE, |outer| outer.index);
            if let Some(after) = net.last.next() {
                self.from(after, outer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn nets(bounds: &[(u32, u32)]) -> Vec<Net<u32>> {
        let net = |(index, &(first, last))| Net { first, last, index };
        (0..).zip(bounds).map(net).collect()
    }

    #[test]
    fn longest_or_first_of_nested_networks_counts() {
        let bounds = [(16, 31), (0, 255), (20, 20), (16, 31), (256, 511)];
        let first = Intervals::new(nets(&bounds), Choice::First);
        let longest = Intervals::new(nets(&bounds), Choice::Longest);

        for (address, of_first, of_longest) in
            [(20, 0, 2), (16, 0, 0), (31, 0, 0), (32, 1, 1), (255, 1, 1), (256, 4, 4)]
        {
            assert_eq!(first.find(address), Some(of_first), "{address}");
            assert_eq!(longest.find(address), Some(of_longest), "{address}");
        }
        assert_eq!(first.find(512), None);
        assert_eq!(first.find(u32::MAX), None);
    }

    #[test]
    fn all_addresses_can_be_covered() {
        let set = Intervals::new(nets(&[(0, u32::MAX)]), Choice::First);

        assert_eq!(set.find(0), Some(0));
        assert_eq!(set.find(u32::MAX), Some(0));
    }

    #[test]
    fn neighbours_with_the_same_answer_are_one_interval() {
        let bounds = [(0, 255), (0, 127), (128, 255)];
        let set = Intervals::new(nets(&bounds), Choice::First);

        assert_eq!(&*set.starts, &[0, 256]);
        assert_eq!(&*set.indexes, &[0, NONE]);
        assert_eq!(set.below.last(), Some(&2));
        assert_eq!(Intervals::<u32>::new(vec![], Choice::First).find(7), None);
    }
}
