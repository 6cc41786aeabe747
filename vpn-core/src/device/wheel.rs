use alloc::vec::Vec;

use crate::time::Time;

/// Moments this close are not told apart: 2^24 ns are 17 ms.
const GRAIN_BITS: u32 = 24;
/// Lists of one level: one for each value of a digit.
const DIGIT_BITS: u32 = 4;
const LISTS: usize = 1 << DIGIT_BITS;
/// So many digits count all grains.
const LEVELS: usize = ((u64::BITS - GRAIN_BITS) / DIGIT_BITS) as usize;
/// No slot has this number.
const NONE: u32 = u32::MAX;

/// Entries that are not due for a while: a hierarchical timing wheel (Varghese and Lauck, 1987).
///
/// Each is in a list, by the highest digit in which its grain differs from the one reached; so the
/// lowest list has the earliest entries. To enter and to remove one costs the same however many
/// there are, and each moves down at most once a level.
#[derive(Debug)]
pub(super) struct Wheel {
    /// Only entries of later grains are here.
    reached: u64,
    /// The first slot of each list.
    heads: [[u32; LISTS]; LEVELS],
    /// Which lists of each level have entries.
    filled: [u16; LEVELS],
    /// The entry of each slot.
    links: Vec<Link>,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    at: Time,
    before: u32,
    after: u32,
}

impl Default for Wheel {
    fn default() -> Self {
        Self { reached: 0, heads: [[NONE; LISTS]; LEVELS], filled: [0; LEVELS], links: Vec::new() }
    }
}

impl Wheel {
    /// Makes room for so many slots.
    pub(super) fn reserve(&mut self, slots: usize) {
        self.links.resize(slots, Link { at: Time::default(), before: NONE, after: NONE });
    }

    /// Whether a moment is too close to be entered.
    pub(super) fn is_near(&self, at: Time) -> bool {
        grain(at) <= self.reached
    }

    /// Enters a slot, at a moment that is not near.
    pub(super) fn insert(&mut self, at: Time, slot: usize) {
        let (level, digit) = self.list(at);
        let head = &mut self.heads[level][digit];
        self.links[slot] = Link { at, before: NONE, after: *head };
        if let Some(after) = self.links.get_mut(*head as usize) {
            after.before = slot as u32;
        }
        *head = slot as u32;
        self.filled[level] |= 1 << digit;
    }

    /// Removes a slot that was entered.
    pub(super) fn remove(&mut self, slot: usize) {
        let Link { at, before, after } = self.links[slot];
        let (level, digit) = self.list(at);
        match self.links.get_mut(before as usize) {
            Some(link) => link.after = after,
            None => self.heads[level][digit] = after,
        }
        if let Some(link) = self.links.get_mut(after as usize) {
            link.before = before;
        }
        if self.heads[level][digit] == NONE {
            self.filled[level] &= !(1 << digit);
        }
    }

    /// The moment of a slot that was entered, and the slot after it in its list.
    pub(super) fn entry(&self, slot: usize) -> (Time, Option<usize>) {
        let Link { at, after, .. } = self.links[slot];
        (at, (after != NONE).then_some(after as usize))
    }

    /// Goes on to the next grain that has entries, takes these out and returns the first of their
    /// list.
    pub(super) fn advance(&mut self) -> Option<usize> {
        let mut due = NONE;
        while due == NONE {
            let level = self.filled.iter().position(|filled| *filled != 0)?;
            let digit = self.filled[level].trailing_zeros();
            self.filled[level] &= !(1 << digit);
            let low = DIGIT_BITS * level as u32;
            let above = self.reached >> (low + DIGIT_BITS) << (low + DIGIT_BITS);
            self.reached = above | u64::from(digit) << low;
            let mut next = core::mem::replace(&mut self.heads[level][digit as usize], NONE);
            while next != NONE {
                let Link { at, after, .. } = self.links[next as usize];
                if self.is_near(at) {
                    self.links[next as usize].after = due;
                    due = next;
                } else {
                    self.insert(at, next as usize);
                }
                next = after;
            }
        }
        Some(due as usize)
    }

    /// The level and the digit of the list for a moment. They stay the same until the list itself is
    /// taken: what is reached changes only in lower digits.
    fn list(&self, at: Time) -> (usize, usize) {
        let grain = grain(at);
        let highest = (grain ^ self.reached).checked_ilog2().unwrap_or(0);
        let level = highest / DIGIT_BITS;
        let digit = grain >> (DIGIT_BITS * level) & (LISTS as u64 - 1);
        (level as usize, digit as usize)
    }
}

fn grain(at: Time) -> u64 {
    at.as_nanos() >> GRAIN_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_removed_leaves_the_others_of_its_list() {
        for removed in 0..3 {
            let mut wheel = Wheel::default();
            wheel.reserve(3);
            (0..3).for_each(|slot| wheel.insert(Time::from_nanos(5 << GRAIN_BITS), slot));

            wheel.remove(removed);

            let first = wheel.advance();
            let mut left: Vec<_> = core::iter::successors(first, |it| wheel.entry(*it).1).collect();
            left.sort_unstable();
            let others: Vec<_> = (0..3).filter(|slot| *slot != removed).collect();
            assert_eq!(left, others);
            assert_eq!(wheel.advance(), None);
        }
    }
}
