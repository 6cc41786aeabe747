//! Time as numbers: a monotonic instant and a wall clock, both handed in by the caller.

use core::ops::Add;
use core::time::Duration;

/// An instant on the caller's monotonic clock, in nanoseconds since any fixed origin.
///
/// The origin may be boot, the start of the process or of a test. Arithmetic saturates, and nothing
/// is ever due at the last instant, 584 years after the origin.
///
/// The clock is to go on while the host sleeps, as Linux's `CLOCK_BOOTTIME` does: sessions end and keys
/// are wiped by it, and it drives the wall time. `std::time::Instant` stands still then on many systems,
/// Linux and macOS among them. Whoever uses it sets the wall time again on waking
/// ([`Device::set_wall`](crate::Device::set_wall)), as also now and then where clocks drift.
///
/// ```
/// use core::time::Duration;
/// use vpn_core::Time;
///
/// let start = Time::from_nanos(5);
/// let later = start + Duration::from_secs(1);
///
/// assert_eq!(later.as_nanos(), 1_000_000_005);
/// assert_eq!(later.since(start), Duration::from_secs(1));
/// assert_eq!(start.since(later), Duration::ZERO);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

impl Time {
    /// The last instant, at which sums saturate.
    pub(crate) const MAX: Self = Self(u64::MAX);

    /// Makes an instant from nanoseconds since the caller's origin.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Returns the nanoseconds since the caller's origin.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Returns the time passed since `earlier`, zero if `earlier` is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanos))
    }
}

/// Wall time: seconds and nanoseconds since 1970-01-01 00:00:00 UTC.
///
/// Used for the timestamps of handshake initiations, and by a mesh for certificates and the sequence
/// numbers of records. `nanos` of a second or more carry over. Times from 2^60 s on count as 2^60 s, so
/// that there are labels of TAI64N behind each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unix {
    /// Whole seconds.
    pub secs: u64,
    /// Nanoseconds within the second.
    pub nanos: u32,
}

/// The last wall time.
const LAST: Duration = Duration::from_secs(1 << 60);

/// A wall clock that is driven by the monotonic one between corrections.
///
/// It follows corrections backwards too: one wrong reading must not reach peers that are spoken to
/// after it was corrected. That the timestamps sent to one peer increase is the tunnel's concern.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WallClock {
    unix: Duration,
    at: Time,
}

impl WallClock {
    pub(crate) fn new(wall: Unix, at: Time) -> Self {
        Self { unix: since_epoch(wall), at }
    }

    pub(crate) fn read(&self, now: Time) -> Duration {
        self.unix.saturating_add(now.since(self.at))
    }

    pub(crate) fn set(&mut self, wall: Unix, now: Time) {
        *self = Self::new(wall, now);
    }
}

fn since_epoch(wall: Unix) -> Duration {
    let nanos = Duration::from_nanos(u64::from(wall.nanos));
    Duration::from_secs(wall.secs).saturating_add(nanos).min(LAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Time::from_nanos(u64::MAX) + Duration::from_secs(1), Time::from_nanos(u64::MAX));
        assert_eq!(Time::from_nanos(1) + Duration::MAX, Time::from_nanos(u64::MAX));
    }

    #[test]
    fn wall_clock_runs_on_from_the_last_correction() {
        let mut clock = WallClock::new(Unix { secs: 100, nanos: 0 }, Time::from_nanos(0));
        let now = Time::default() + Duration::from_secs(7);

        assert_eq!(clock.read(now), Duration::from_secs(107));

        clock.set(Unix { secs: 500, nanos: 1_500_000_000 }, now);
        assert_eq!(clock.read(now), Duration::from_millis(501_500));

        clock.set(Unix { secs: 50, nanos: 0 }, now);
        assert_eq!(clock.read(now + Duration::from_secs(1)), Duration::from_secs(51));
    }

    #[test]
    fn extreme_wall_time_does_not_panic() {
        let clock = WallClock::new(Unix { secs: u64::MAX, nanos: u32::MAX }, Time::default());
        let _ = clock.read(Time::from_nanos(u64::MAX));
    }
}
