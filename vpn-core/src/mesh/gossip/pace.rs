use core::time::Duration;

use crate::time::Time;

/// A token bucket: what one neighbour may cost, or be given, per second.
#[derive(Debug)]
pub(in crate::mesh) struct Pace {
    burst: u32,
    per_second: u32,
    /// When the bucket would have been empty, had it filled ever since.
    empty_at: i128,
}

impl Pace {
    /// A full bucket.
    pub(in crate::mesh) fn new(burst: u32, per_second: u32) -> Self {
        Self { burst, per_second, empty_at: i128::MIN / 2 }
    }

    /// How many tokens there are.
    pub(super) fn available(&self, now: Time) -> u32 {
        let nanos = i128::from(now.as_nanos()) - self.empty_at;
        let tokens = nanos.max(0) / self.token();
        u32::try_from(tokens).unwrap_or(u32::MAX).min(self.burst)
    }

    /// Takes that many tokens if there are as many.
    pub(in crate::mesh) fn take(&mut self, now: Time, tokens: u32) -> bool {
        if self.available(now) < tokens {
            return false;
        }
        let full_since = i128::from(now.as_nanos()) - i128::from(self.burst) * self.token();
        self.empty_at = self.empty_at.max(full_since) + i128::from(tokens) * self.token();
        true
    }

    /// When there will be a token.
    pub(super) fn next(&self) -> Time {
        Time::from_nanos(u64::try_from(self.empty_at + self.token()).unwrap_or(0))
    }

    fn token(&self) -> i128 {
        Duration::from_secs(1).as_nanos() as i128 / i128::from(self.per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_at_once_and_then_its_rate() {
        let start = Time::from_nanos(5_000_000_000);
        let mut pace = Pace::new(10, 4);

        assert!(!pace.take(start, 11));
        assert!(pace.take(start, 10));
        assert_eq!(pace.available(start), 0);
        assert_eq!(pace.next(), start + Duration::from_millis(250));
        assert_eq!(pace.available(start + Duration::from_millis(499)), 1);
        assert!(pace.take(start + Duration::from_millis(500), 2));
        assert!(!pace.take(start + Duration::from_millis(500), 1));
        assert_eq!(pace.available(start + Duration::from_secs(60)), 10);
    }
}
