use core::time::Duration;

use super::law::{EDITION_BURST, EDITION_INTERVAL};
use super::version::Version;
use crate::time::Time;

/// One thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) version: Version,
    /// When it is forgotten unless a newer version comes.
    pub(crate) expires: Time,
    /// When this version came.
    since: Time,
    /// When its editions would have been paid for, each with an interval.
    pub(crate) calm: Time,
}

impl Entry {
    /// The first version that is known of a thing.
    pub(crate) fn new(now: Time, version: Version, expires: Time) -> Self {
        Self { version, expires, since: now, calm: Time::from_nanos(0) }
    }

    /// What a newer version makes of it, or the same told of once more.
    pub(crate) fn replaced(self, now: Time, version: Version, expires: Time) -> Self {
        let changed = version.number() > self.version.number();
        let calm = if changed { self.calm.max(now) + EDITION_INTERVAL } else { self.calm };
        let since = if version > self.version { now } else { self.since };
        Self { version, expires, since, calm }
    }

    /// How long ago this version came.
    pub(super) fn age(&self, now: Time) -> Duration {
        now.since(self.since)
    }

    /// Lets it live until then at least, as if it had come at `now`.
    pub(super) fn prolong(&mut self, now: Time, until: Time) {
        self.expires = self.expires.max(until);
        self.since = self.since.max(now);
    }

    /// When another edition is taken by all others, to whom the last ones may have come more slowly.
    pub(crate) fn next_edition(&self) -> Time {
        let ahead = (EDITION_INTERVAL * (EDITION_BURST - 2)).as_nanos();
        let nanos = u128::from(self.calm.as_nanos()).saturating_sub(ahead);
        Time::from_nanos(nanos as u64)
    }

    /// Whether so many editions have come lately that no further one is taken.
    pub(crate) fn is_restless(&self, now: Time) -> bool {
        self.calm > now + EDITION_INTERVAL * EDITION_BURST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::from_nanos(0) + Duration::from_secs(seconds)
    }

    /// Eight at once, and one in 15 s after that.
    #[test]
    fn editions_make_a_thing_restless_and_renewals_do_not() {
        let first = Entry::new(at(0), Version::edition(1), at(900));
        let mut entry = first;
        let taken = (2..100).take_while(|edition| {
            let restless = entry.is_restless(at(100));
            entry = entry.replaced(at(100), Version::edition(*edition), at(900));
            !restless
        });
        assert_eq!(taken.count(), 8);

        let mut entry = first;
        for _ in 0..100 {
            entry = entry.replaced(at(100), entry.version.renewed(), at(900));
        }
        assert!(!entry.is_restless(at(100)));
    }
}
