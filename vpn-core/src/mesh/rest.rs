use alloc::collections::VecDeque;
use core::time::Duration;

use super::gossip::Tag;
use crate::time::Time;

/// How long a member that did not answer, or refused, is left alone.
const REST: Duration = Duration::from_secs(60);
/// How many of these are remembered.
const MAX_RESTING: usize = 256;

/// Members that are left alone for a while, whoever has rested longest in front.
#[derive(Debug, Default)]
pub(super) struct Resting(VecDeque<(Tag, Time)>);

impl Resting {
    pub(super) fn contains(&self, tag: Tag) -> bool {
        self.0.iter().any(|(resting, _)| *resting == tag)
    }

    /// Leaves a member alone from now on.
    pub(super) fn insert(&mut self, now: Time, tag: Tag) {
        self.0.retain(|(other, until)| *other != tag && *until > now);
        if self.0.len() == MAX_RESTING {
            self.0.pop_front();
        }
        self.0.push_back((tag, now + REST));
    }

    /// Strikes out those that have rested long enough.
    pub(super) fn wake(&mut self, now: Time) {
        self.0.retain(|(_, until)| *until > now);
    }

    /// Takes whoever has rested longest.
    pub(super) fn take_first(&mut self) -> Option<Tag> {
        self.0.pop_front().map(|(tag, _)| tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: Tag = Tag::from_bits(2);
    const BOB: Tag = Tag::from_bits(4);

    fn at(seconds: u64) -> Time {
        Time::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn whoever_is_left_alone_rests_for_a_minute() {
        let mut resting = Resting::default();
        resting.insert(at(5), ALICE);

        resting.wake(at(64));
        assert!(resting.contains(ALICE) && !resting.contains(BOB));
        resting.wake(at(65));
        assert!(!resting.contains(ALICE));
    }

    #[test]
    fn whoever_is_left_alone_again_rests_anew_and_the_rested_go() {
        let mut resting = Resting::default();
        resting.insert(at(0), ALICE);
        resting.insert(at(1), BOB);
        resting.insert(at(2), ALICE);
        assert_eq!(resting.0, [(BOB, at(61)), (ALICE, at(62))]);

        resting.insert(at(61), Tag::from_bits(6));

        assert!(!resting.contains(BOB));
        assert_eq!(resting.take_first(), Some(ALICE));
    }

    #[test]
    fn so_many_are_remembered_the_last_ones() {
        let mut resting = Resting::default();
        (0..300).for_each(|tag| resting.insert(at(0), Tag::from_bits(tag)));

        assert_eq!((resting.0.len(), resting.take_first()), (256, Some(Tag::from_bits(44))));
    }
}
