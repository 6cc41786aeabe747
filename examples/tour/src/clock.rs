//! The one clock of the tour: monotonic for the protocols, wall time for the log.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use vpn_core::{Time, Unix};

/// A monotonic clock that was set once by the wall clock.
///
/// Everything that is timed or stamped asks the same instance, so the stamps of the log never run
/// backwards and differ by exactly the durations that were measured.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    wall: Duration,
}

impl Clock {
    /// Starts the clock; a wall clock set before 1970 reads as 1970.
    pub fn start() -> Clock {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Clock { start: Instant::now(), wall }
    }

    /// Returns the time since the start.
    pub fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Returns the microseconds since 1970 at `at`, a time of this clock.
    pub fn unix_micros(&self, at: Duration) -> i64 {
        i64::try_from((self.wall + at).as_micros()).unwrap_or(i64::MAX)
    }

    /// Returns the wall time at `at` in the form the tunnels take.
    pub fn unix(&self, at: Duration) -> Unix {
        let wall = self.wall + at;
        Unix { secs: wall.as_secs(), nanos: wall.subsec_nanos() }
    }
}

/// Converts a time of the clock to the tunnels' form.
pub fn tunnel_time(at: Duration) -> Time {
    Time::from_nanos(u64::try_from(at.as_nanos()).unwrap_or(u64::MAX))
}

/// Converts a time of the clock to the TCP/IP stack's form.
pub fn stack_time(at: Duration) -> smoltcp::time::Instant {
    smoltcp::time::Instant::from_micros(i64::try_from(at.as_micros()).unwrap_or(i64::MAX))
}
