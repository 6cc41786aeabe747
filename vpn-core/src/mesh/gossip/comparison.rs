use super::index::Index;
use super::law::{COMPARE, COMPARE_AGAIN, COMPARE_EARLY, EARLY_COMPARISONS, MAX_WAITS};
use super::message::Digest;
use super::version::Tag;
use crate::time::Time;

/// When the index is compared with a neighbour's next, and from where on.
#[derive(Debug)]
pub(super) struct Comparison {
    due: Time,
    /// How many comparisons that find nothing follow soon.
    early: u8,
    /// Where in the circle of tags the next one begins.
    cursor: Tag,
    /// How often it was put off.
    waits: u8,
}

impl Comparison {
    pub(super) fn new(now: Time, cursor: Tag) -> Self {
        Self { due: now + COMPARE, early: 0, cursor, waits: 0 }
    }

    pub(super) fn due(&self) -> Time {
        self.due
    }

    /// Whether it is time; settles when the next one follows.
    pub(super) fn poll_due(&mut self, now: Time) -> bool {
        let due = now >= self.due;
        if due {
            self.due = now + if self.early > 0 { COMPARE_EARLY } else { COMPARE };
            self.early = self.early.saturating_sub(1);
        }
        due
    }

    /// There is a neighbour after there was none.
    pub(super) fn begin(&mut self) {
        self.early = EARLY_COMPARISONS;
    }

    /// There is another neighbour to compare with.
    pub(super) fn hasten(&mut self, now: Time) {
        self.due = self.due.min(now);
    }

    /// Too much is still being asked for. Whether the comparison is put off: not for ever, whatever
    /// somebody announces that does not exist.
    pub(super) fn wait(&mut self, now: Time) -> bool {
        let waits = self.waits < MAX_WAITS;
        if waits {
            self.waits += 1;
            self.due = now + COMPARE_AGAIN;
        }
        waits
    }

    /// A difference was found there, beside which there may be more.
    pub(super) fn differs(&mut self, now: Time, first: Tag) {
        if self.early > 0 {
            self.early = EARLY_COMPARISONS;
        }
        self.due = self.due.min(now + COMPARE_AGAIN);
        self.cursor = self.cursor.min(first);
    }

    /// Sums up the next part of the index.
    pub(super) fn digest(&mut self, index: &Index, salt: u64) -> Digest {
        let (digest, next) = index.digest(salt, self.cursor);
        (self.cursor, self.waits) = (next, 0);
        digest
    }
}
