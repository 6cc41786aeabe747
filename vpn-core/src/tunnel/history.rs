use core::time::Duration;

use crate::crypto::Tai64n;
use crate::error::Discard;
use crate::time::Time;

/// The least time between two initiations of one peer that are accepted.
const INITIATION_INTERVAL: Duration = Duration::from_millis(20);

/// What outlives each handshake, so that none can be replayed.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Greatest timestamp received.
    received: Option<Tai64n>,
    received_at: Option<Time>,
    /// Last timestamp sent.
    sent: Option<Tai64n>,
}

impl History {
    /// Judges an authenticated initiation, and remembers it if it is accepted.
    pub(super) fn accept(&mut self, timestamp: Tai64n, now: Time) -> Result<(), Discard> {
        if self.received.is_some_and(|greatest| timestamp <= greatest) {
            return Err(Discard::StaleTimestamp);
        }
        if self.received_at.is_some_and(|at| now.since(at) < INITIATION_INTERVAL) {
            return Err(Discard::RateLimited);
        }
        self.received = Some(timestamp);
        self.received_at = Some(now);
        Ok(())
    }

    /// The timestamp of an initiation to be sent.
    pub(super) fn stamp(&mut self, since_epoch: Duration) -> Tai64n {
        let stamp = Tai64n::ratcheted(since_epoch, self.sent);
        self.sent = Some(stamp);
        stamp
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(secs: u64) -> Tai64n {
        Tai64n::ratcheted(Duration::from_secs(secs), None)
    }

    #[test]
    fn only_increasing_timestamps_are_accepted() {
        let mut history = History::default();
        let times: [Time; 4] = core::array::from_fn(|i| Time::from_nanos(i as u64 * 1_000_000_000));

        assert_eq!(history.accept(stamp(100), times[0]), Ok(()));
        assert_eq!(history.accept(stamp(100), times[1]), Err(Discard::StaleTimestamp));
        assert_eq!(history.accept(stamp(99), times[2]), Err(Discard::StaleTimestamp));
        assert_eq!(history.accept(stamp(101), times[3]), Ok(()));
    }

    #[test]
    fn refusals_leave_no_trace() {
        let mut history = History::default();
        let base = Time::default();
        history.accept(stamp(100), base).unwrap();

        let early = history.accept(stamp(200), base + Duration::from_millis(19));

        assert_eq!(early, Err(Discard::RateLimited));
        assert_eq!(history.accept(stamp(150), base + Duration::from_millis(20)), Ok(()));
    }

    #[test]
    fn stamps_sent_increase_even_if_the_clock_stands_still() {
        let mut history = History::default();
        let now = Duration::from_secs(5);

        assert!(history.stamp(now) < history.stamp(now));
    }
}
