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
