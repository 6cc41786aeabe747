use core::time::Duration;

use super::law::{RENEW_AGAIN, record_life, renewal_interval};
use crate::crypto::Drbg;
use crate::time::Time;

/// When this node renews its own record, and how long others may believe the present one: they were
/// told, whatever the network grows to.
#[derive(Debug)]
pub(super) struct Promise {
    due: Time,
    life: Duration,
}

impl Promise {
    /// The promise of a node that knows itself alone.
    pub(super) fn new(now: Time) -> Self {
        Self { due: now + renewal_interval(1), life: record_life(1) }
    }

    pub(super) fn due(&self) -> Time {
        self.due
    }

    pub(super) fn life(&self) -> Duration {
        self.life
    }

    /// Whether the record is to be renewed; should the caller not do so, it is asked again.
    pub(super) fn poll_due(&mut self, now: Time) -> bool {
        let due = now >= self.due;
        if due {
            self.due = now + RENEW_AGAIN;
        }
        due
    }

    /// Promises the next renewal, as the present one is told.
    pub(super) fn make(&mut self, now: Time, members: usize, rng: &mut Drbg) {
        let (interval, life) = (renewal_interval(members), record_life(members));
        // At random, so that nodes started together do not renew together for ever.
        let grown = life > self.life * 2;
        let earlier = if grown { interval - interval / 10 } else { interval / 10 };
        self.due = now + (interval - rng.draw_below(earlier));
        self.life = life;
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::crypto::Seed;

    const START: Time = Time::from_nanos(5_000_000_000);

    /// When nodes that were started together renew for the second and the third time.
    fn renewals(members: usize) -> [Vec<u64>; 2] {
        let of = |seed: u8, times: u8| {
            let mut rng = Drbg::new(Seed::from_bytes([seed; 32]));
            let mut promise = Promise::new(START);
            for _ in 0..times {
                let now = promise.due();
                assert!(promise.poll_due(now));
                promise.make(now, members, &mut rng);
            }
            promise.due().since(START).as_secs()
        };
        [1, 2].map(|times| (0..50).map(|seed| of(seed, times)).collect())
    }

    #[test]
    fn nodes_that_were_started_together_do_not_renew_together() {
        for spread in renewals(100) {
            let (first, last) = (spread.iter().min().unwrap(), spread.iter().max().unwrap());
            assert!(last - first > 900, "{spread:?}");
        }
    }

    #[test]
    fn a_renewal_comes_within_the_interval_that_was_promised() {
        let mut rng = Drbg::new(Seed::from_bytes([1; 32]));
        let mut promise = Promise::new(START);
        for members in [1, 100, 100, 3, 3] {
            promise.make(START, members, &mut rng);

            assert!(promise.due() <= START + renewal_interval(members));
            assert_eq!(promise.life(), record_life(members));
        }
    }

    /// The interval of 20 members is twice that of 10; of 21, more than that.
    #[test]
    fn a_renewal_is_a_tenth_early_at_most_unless_the_interval_has_more_than_doubled() {
        let earliest = |members| {
            let due = (0..100).map(|seed| {
                let mut rng = Drbg::new(Seed::from_bytes([seed; 32]));
                let mut promise = Promise::new(START);
                promise.make(START, 10, &mut rng);
                promise.make(START, members, &mut rng);
                promise.due().since(START)
            });
            due.min().unwrap()
        };

        for members in [5, 10, 15, 20] {
            assert!(earliest(members) >= renewal_interval(members) * 9 / 10, "{members}");
        }
        assert!(earliest(21) < renewal_interval(21) / 5);
    }

    #[test]
    fn a_renewal_that_was_not_made_is_asked_for_again() {
        let mut promise = Promise::new(START);
        let due = promise.due();

        assert!(!promise.poll_due(START));
        assert!(promise.poll_due(due));
        assert!(!promise.poll_due(due));
        assert!(promise.due() < due + promise.life() / 3);
        assert!(promise.poll_due(promise.due()));
    }
}
