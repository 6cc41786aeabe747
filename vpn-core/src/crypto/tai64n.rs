use core::time::Duration;

/// Nanoseconds are rounded down to multiples of this, so that a stamp tells little of the clock.
const QUANTUM_NANOS: u32 = 1 << 24;
/// TAI64 label of 1970-01-01 00:00:00 TAI, plus the 10 s by which TAI was ahead of UTC then.
///
/// The kernel and wireguard-go count so. Implementations that add 37 s make a key that moves to
/// one that adds 10 lose 27 s of handshakes, never the other way.
const EPOCH_LABEL: u64 = (1 << 62) + 10;
const NANOS_PER_SEC: u32 = 1_000_000_000;

/// An external TAI64N timestamp: eight bytes of seconds and four of nanoseconds, big-endian, so
/// that the order of the bytes is the order in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tai64n([u8; 12]);

impl Tai64n {
    pub(crate) fn from_bytes(bytes: [u8; 12]) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 12] {
        &self.0
    }

    /// The stamp of a wall time, given since 1970-01-01 UTC; greater than `last` in any case.
    pub(crate) fn ratcheted(since_epoch: Duration, last: Option<Self>) -> Self {
        let stamp = Self::new(
            EPOCH_LABEL.saturating_add(since_epoch.as_secs()),
            since_epoch.subsec_nanos() & !(QUANTUM_NANOS - 1),
        );
        match last {
            Some(last) if stamp <= last => last.successor(),
            _ => stamp,
        }
    }

    fn new(secs: u64, nanos: u32) -> Self {
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&secs.to_be_bytes());
        bytes[8..].copy_from_slice(&nanos.to_be_bytes());
        Self(bytes)
    }

    /// The next stamp that whitening can produce.
    fn successor(self) -> Self {
        let [secs @ .., a, b, c, d] = self.0;
        let secs = u64::from_be_bytes(secs);
        let nanos = u32::from_be_bytes([a, b, c, d]).saturating_add(QUANTUM_NANOS);
        if nanos < NANOS_PER_SEC {
            Self::new(secs, nanos)
        } else {
            Self::new(secs.saturating_add(1), 0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_is_ten_seconds_and_nanoseconds_are_whitened() {
        let stamp = Tai64n::ratcheted(Duration::new(0x1_0203, 0x0345_6789), None);

        assert_eq!(stamp.as_bytes(), &[0x40, 0, 0, 0, 0, 1, 0x02, 0x0d, 0x03, 0, 0, 0],);
    }

    #[test]
    fn a_clock_that_stands_still_or_goes_back_gives_increasing_stamps() {
        let mut last = Tai64n::ratcheted(Duration::from_secs(1000), None);

        for secs in [1000; 200].into_iter().chain([3, 0]) {
            let stamp = Tai64n::ratcheted(Duration::from_secs(secs), Some(last));
            assert!(stamp > last);
            let nanos = u32::from_be_bytes(stamp.as_bytes()[8..].try_into().unwrap());
            assert!(nanos < 1_000_000_000 && nanos.is_multiple_of(1 << 24));
            last = stamp;
        }
        // A second holds 60 stamps.
        assert_eq!(last, Tai64n::ratcheted(Duration::new(1003, 22 << 24), None));
    }

    #[test]
    fn a_clock_that_goes_on_is_followed() {
        let last = Tai64n::ratcheted(Duration::from_secs(1000), None);

        let stamp = Tai64n::ratcheted(Duration::from_secs(2000), Some(last));

        assert_eq!(stamp, Tai64n::ratcheted(Duration::from_secs(2000), None));
    }

    #[test]
    fn order_of_bytes_is_order_in_time() {
        let stamps = [0, 1, 17_000_000, 999_999_999, 1_000_000_000, 256_000_000_000]
            .map(|nanos| Tai64n::ratcheted(Duration::from_nanos(nanos), None));

        assert!(stamps.is_sorted());
        assert_eq!(stamps[0], stamps[1]);
    }
}
