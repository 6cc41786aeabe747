use core::time::Duration;

use crate::time::Time;

/// How long the load counts as lasting after the last message that was too many.
const AFTERGLOW: Duration = Duration::from_secs(1);
/// The span over which messages are counted.
const SPAN: Duration = Duration::from_secs(1);

/// When a device is under load: it then answers handshake messages that show no cookie with a
/// cookie reply in place of a costly Diffie-Hellman, and limits each source to 20 a second.
///
/// [`Device::set_under_load`](crate::Device::set_under_load) can say so under either policy.
///
/// ```
/// use vpn_core::{DeviceConfig, LoadPolicy, SecretKey};
///
/// let config = DeviceConfig::new(SecretKey::from_bytes([7; 32]))
///     .load(LoadPolicy::Auto { handshakes_per_sec: 2000 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadPolicy {
    /// Under load once more handshake messages than this with a right mac1 have come within a
    /// second, and until a second after the last one that was too many. Zero means always. Seconds
    /// are counted one after the other, each from the first message after the last has ended.
    Auto {
        /// Handshake messages per second that are handled without asking for cookies.
        handshakes_per_sec: u32,
    },
    /// Under load only while the caller says so, who may know how long its queues are.
    Caller,
}

/// Whether the device is under load.
#[derive(Debug)]
pub(super) struct Load {
    policy: LoadPolicy,
    /// The caller says so.
    told: bool,
    /// Beginning of the second that is counted.
    since: Time,
    /// Messages in it.
    count: u32,
    until: Option<Time>,
}

impl Load {
    pub(super) fn new(policy: LoadPolicy, now: Time) -> Self {
        Self { policy, told: false, since: now, count: 0, until: None }
    }

    pub(super) fn tell(&mut self, loaded: bool) {
        self.told = loaded;
    }

    /// Whether there is load at `now`.
    pub(super) fn is_high(&self, now: Time) -> bool {
        self.told || self.until.is_some_and(|until| now < until)
    }

    /// Counts a handshake message; returns whether there is load, this one included.
    pub(super) fn note(&mut self, now: Time) -> bool {
        if let LoadPolicy::Auto { handshakes_per_sec } = self.policy {
            if now.since(self.since) >= SPAN {
                self.since = now;
                self.count = 0;
            }
            self.count = self.count.saturating_add(1);
            if self.count > handshakes_per_sec {
                self.until = Some(now + AFTERGLOW);
            }
        }
        self.is_high(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Time {
        Time::default() + Duration::from_millis(millis)
    }

    fn auto(handshakes_per_sec: u32) -> Load {
        Load::new(LoadPolicy::Auto { handshakes_per_sec }, at(0))
    }

    #[test]
    fn the_message_beyond_the_rate_begins_the_load_and_a_second_ends_it() {
        let mut load = auto(3);

        assert_eq!([0, 10, 20, 30].map(|ms| load.note(at(ms))), [false, false, false, true]);
        assert!(load.is_high(at(1029)));
        assert!(!load.is_high(at(1030)));
        assert!(!load.note(at(1030)));
    }

    #[test]
    fn a_steady_rate_within_the_limit_is_no_load() {
        let mut load = auto(10);

        assert!(!(0..100).any(|i| load.note(at(i * 100))));
    }

    #[test]
    fn a_lasting_flood_is_lasting_load() {
        let mut load = auto(10);
        let high: alloc::vec::Vec<_> = (0..1000).map(|i| load.note(at(i * 10))).collect();

        assert_eq!(high.iter().position(|high| *high), Some(10));
        assert!(high[10..].iter().all(|high| *high));
    }

    #[test]
    fn a_rate_of_zero_means_always() {
        assert!(auto(0).note(at(0)));
    }

    #[test]
    fn the_caller_decides_under_either_policy() {
        for mut load in [auto(5), Load::new(LoadPolicy::Caller, at(0))] {
            load.tell(true);
            assert!(load.note(at(0)));
            load.tell(false);
            assert!(!load.note(at(0)));
        }
    }

    #[test]
    fn the_callers_policy_ignores_rates() {
        let mut load = Load::new(LoadPolicy::Caller, at(0));

        assert!(!(0..10_000).any(|_| load.note(at(0))));
    }
}
