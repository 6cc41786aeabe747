//! The window of counters already received, after RFC 6479.

const WORD_BITS: u64 = u64::BITS as u64;
const WORDS: usize = 128;
/// How far behind the greatest counter one may come. One word less than the ring holds, since the
/// word that the greatest counter has entered is cleared as a whole.
const REACH: u64 = (WORDS as u64 - 1) * WORD_BITS;

/// Remembers which of the last 8,128 counters were received.
#[derive(Debug)]
pub(crate) struct Window {
    /// One more than the greatest counter received, zero before the first.
    next: u64,
    /// How many words the greatest counter has entered: one more than the number of its own.
    entered: u64,
    ring: [u64; WORDS],
}

impl Window {
    pub(crate) fn new() -> Self {
        Self { next: 0, entered: 0, ring: [0; WORDS] }
    }

    /// Marks `counter` as received; `false` if it was already or is too old to tell.
    ///
    /// Only for counters of authenticated messages. `u64::MAX` is never accepted.
    #[must_use]
    #[inline]
    pub(crate) fn accept(&mut self, counter: u64) -> bool {
        let Some(after) = counter.checked_add(1) else { return false };
        let number = counter / WORD_BITS;
        if after <= self.next {
            if self.next - after > REACH {
                return false;
            }
        } else {
            if number >= self.entered {
                self.enter(number);
            }
            self.next = after;
        }
        let bit = 1 << (counter % WORD_BITS);
        let word = &mut self.ring[slot(number)];
        let fresh = *word & bit == 0;
        *word |= bit;
        fresh
    }

    /// One more than the greatest counter received.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Marks all counters from [`next`](Self::next) up to `next` as received, a word at a time.
    pub(crate) fn accept_up_to(&mut self, next: u64) {
        while self.next < next {
            let number = self.next / WORD_BITS;
            if number >= self.entered {
                self.enter(number);
            }
            let end = next.min((number + 1).saturating_mul(WORD_BITS));
            let marks = (u64::MAX >> (WORD_BITS - (end - self.next))) << (self.next % WORD_BITS);
            self.ring[slot(number)] |= marks;
            self.next = end;
        }
    }

    /// Clears the words after the last entered up to this one: one of 64 counters in order enters
    /// another.
    #[cold]
    fn enter(&mut self, number: u64) {
        for word in self.entered.max(number.saturating_sub(WORDS as u64 - 1))..=number {
            self.ring[slot(word)] = 0;
        }
        self.entered = number + 1;
    }
}

/// Where in the ring a word lies.
fn slot(word: u64) -> usize {
    (word % WORDS as u64) as usize
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    /// The usable window, restated.
    const LIMIT: u64 = 8128;

    /// Keeps every counter ever received.
    #[derive(Default)]
    struct Slow(BTreeSet<u64>);

    impl Slow {
        fn accept(&mut self, counter: u64) -> bool {
            let greatest = self.0.last().copied().unwrap_or(0);
            counter != u64::MAX
                && greatest.saturating_sub(counter) <= LIMIT
                && self.0.insert(counter)
        }
    }

    fn verdicts(counters: impl IntoIterator<Item = u64>) -> Vec<bool> {
        let mut window = Window::new();
        counters.into_iter().map(|counter| window.accept(counter)).collect()
    }

    #[test]
    fn each_counter_is_accepted_once() {
        assert_eq!(
            verdicts([0, 1, 1, 9, 8, 7, 7, 6, 5, 4, 3, 2, 2, 0]),
            [
                true, true, false, true, true, true, false, true, true, true, true, true, false,
                false
            ]
        );
    }

    #[test]
    fn the_window_reaches_back_exactly_its_size() {
        for top in [LIMIT + 1, 4 * (LIMIT + 1), 1 << 20, (1 << 32) + 63, u64::MAX - 8193] {
            let verdicts =
                verdicts([top, top - LIMIT - 1, top - LIMIT, top - LIMIT, top - LIMIT + 1]);
            assert_eq!(verdicts, [true, false, true, false, true], "from {top}");
        }
    }

    #[test]
    fn whatever_the_greatest_counter_the_oldest_in_reach_are_remembered() {
        let mut window = Window::new();
        for greatest in 0..20_000 {
            assert!(window.accept(greatest));
            for oldest in [greatest.saturating_sub(LIMIT), greatest.saturating_sub(LIMIT - 1)] {
                assert!(!window.accept(oldest), "{oldest} of {greatest}");
            }
        }
    }

    #[test]
    fn a_far_jump_forgets_everything_before() {
        let mut window = Window::new();
        assert!((0..20_000).all(|counter| window.accept(counter)));
        assert!(window.accept(1_000_000));
        assert!((1_000_000 - LIMIT..1_000_000).all(|counter| window.accept(counter)));
        assert!(!(0..=1_000_000).any(|counter| window.accept(counter)));
    }

    #[test]
    fn descending_order_is_accepted_throughout_the_window() {
        assert!(verdicts((0..=LIMIT).rev()).iter().all(|fresh| *fresh));
        assert!(!verdicts((0..=LIMIT + 1).rev()).last().unwrap());
    }

    #[test]
    fn the_greatest_numbers_do_not_overflow() {
        assert_eq!(
            verdicts([u64::MAX, u64::MAX - 1, u64::MAX - 1, u64::MAX, 0]),
            [false, true, false, false, false]
        );
    }

    #[test]
    fn what_is_accepted_together_is_what_is_accepted_one_by_one() {
        for start in [0, 1, 63, 64, 127, 8127, 8190, 8192, 1 << 40, u64::MAX - 9000] {
            for count in [0, 1, 2, 63, 64, 65, 128, 500, 8128, 8192, 9000] {
                let (mut together, mut single) = (Window::new(), Window::new());
                for window in [&mut together, &mut single] {
                    // The whole ring has been in use.
                    assert!((start.saturating_sub(8300)..start).all(|old| window.accept(old)));
                }

                together.accept_up_to(start + count);

                assert!((start..start + count).all(|counter| single.accept(counter)));
                assert_eq!(together.next(), start + count);
                assert_eq!(together.next(), single.next());
                let later = (start + count).saturating_add(100);
                assert_eq!(together.accept(later), single.accept(later));
                for counter in start.saturating_sub(8200)..later.saturating_add(100) {
                    let verdict = single.accept(counter);
                    assert_eq!(together.accept(counter), verdict, "{start} {count} {counter}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_a_set_of_all_counters(
            steps in prop::collection::vec(
                prop_oneof![
                    4 => -200_i64..200,
                    2 => -8200_i64..-8000,
                    2 => 0_i64..20_000,
                    1 => prop::num::i64::ANY,
                ],
                1..300,
            ),
            start in prop_oneof![Just(0), any::<u64>()],
        ) {
            let (mut window, mut slow, mut top) = (Window::new(), Slow::default(), start);
            for step in steps {
                let counter = top.wrapping_add_signed(step);
                let expected = slow.accept(counter);
                prop_assert_eq!(window.accept(counter), expected, "counter {}", counter);
                if expected && step < 1 << 40 {
                    top = top.max(counter);
                }
            }
        }
    }
}
