use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;
use core::time::Duration;

use crate::crypto::{Key, make_cookie};
use crate::time::Time;

/// A source regains one message in this time: 20 a second.
const INTERVAL: Duration = Duration::from_millis(50);
/// Messages that a source may send at once.
const BURST: u32 = 5;
/// Sources that share a row, of which the one that was quiet longest makes room.
const WAYS: usize = 4;
const ROWS: usize = 256;

/// Limits the handshake messages of each source: an IPv4 address, or a /64 of IPv6, since whoever
/// has one address of that has them all.
///
/// The table has a fixed size. Who wants to push another out of its row needs to receive at
/// several addresses of that row, and which they are is secret.
pub(crate) struct Limiter {
    secret: Key,
    rows: Vec<[Bucket; WAYS]>,
}

/// What a source may send, as the time at which its burst is whole again.
#[derive(Clone, Copy, Default)]
struct Bucket {
    prefix: u64,
    full: Time,
}

impl Limiter {
    pub(crate) fn new(secret: Key) -> Self {
        Self { secret, rows: alloc::vec![[Bucket::default(); WAYS]; ROWS] }
    }

    /// Whether the source may send a message; counts it if so.
    pub(crate) fn admit(&mut self, now: Time, source: IpAddr) -> bool {
        let prefix = prefix(source);
        let [row, ..] = make_cookie(&self.secret, &prefix.to_be_bytes());
        let row = &mut self.rows[usize::from(row) % ROWS];
        let at = row.iter().position(|bucket| bucket.prefix == prefix).unwrap_or_else(|| {
            let quietest = (0..WAYS).min_by_key(|at| row[*at].full).unwrap_or_default();
            row[quietest] = Bucket { prefix, full: now };
            quietest
        });
        let full = row[at].full.max(now);
        if full.since(now) > INTERVAL * (BURST - 1) {
            return false;
        }
        row[at].full = full + INTERVAL;
        true
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Limiter(..)")
    }
}

/// The part of an address that counts as one source. IPv4 lies within `::/64`, where no IPv6
/// source is; an IPv4 address mapped into IPv6 is the IPv4 address.
pub(crate) fn prefix(source: IpAddr) -> u64 {
    match source.to_canonical() {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => {
            let [prefix @ .., _, _, _, _, _, _, _, _] = address.octets();
            u64::from_be_bytes(prefix)
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;

    use proptest::prelude::*;
    use zeroize::Zeroizing;

    use super::*;

    fn at(millis: u64) -> Time {
        Time::default() + Duration::from_millis(millis)
    }

    fn limiter() -> Limiter {
        Limiter::new(Zeroizing::new([7; 32]))
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// Of `count` messages at once, how many are admitted.
    fn burst(limiter: &mut Limiter, now: Time, source: &str, count: usize) -> usize {
        (0..count).filter(|_| limiter.admit(now, ip(source))).count()
    }

    #[test]
    fn five_at_once_and_twenty_a_second() {
        let mut limiter = limiter();

        assert_eq!(burst(&mut limiter, at(1000), "192.0.2.1", 50), 5);
        assert_eq!(burst(&mut limiter, at(1049), "192.0.2.1", 50), 0);
        assert_eq!(burst(&mut limiter, at(1050), "192.0.2.1", 50), 1);
        let second = (0..1000).filter(|ms| limiter.admit(at(1051 + ms), ip("192.0.2.1"))).count();
        assert_eq!(second, 20);
        assert_eq!(burst(&mut limiter, at(9000), "192.0.2.1", 50), 5);
    }

    #[test]
    fn addresses_of_ipv4_are_sources_of_their_own() {
        let mut limiter = limiter();

        assert_eq!(burst(&mut limiter, at(0), "192.0.2.1", 9), 5);
        assert_eq!(burst(&mut limiter, at(0), "192.0.2.2", 9), 5);
    }

    #[test]
    fn addresses_of_one_ipv6_subnet_are_one_source() {
        let mut limiter = limiter();

        assert_eq!(burst(&mut limiter, at(0), "2001:db8::1", 9), 5);
        assert_eq!(burst(&mut limiter, at(0), "2001:db8::ffff:1:2:3", 9), 0);
        assert_eq!(burst(&mut limiter, at(0), "2001:db8:0:1::1", 9), 5);
    }

    #[test]
    fn ipv4_mapped_into_ipv6_is_the_ipv4_address() {
        let mut limiter = limiter();

        assert_eq!(burst(&mut limiter, at(0), "::ffff:192.0.2.1", 9), 5);
        assert_eq!(burst(&mut limiter, at(0), "192.0.2.1", 9), 0);
        assert_eq!(burst(&mut limiter, at(0), "::ffff:192.0.2.2", 9), 5);
    }

    #[test]
    fn any_number_of_sources_neither_grows_the_table_nor_shuts_a_newcomer_out() {
        let mut limiter = limiter();
        for source in 0..100_000_u32 {
            assert!(limiter.admit(at(0), IpAddr::from(source.to_be_bytes())));
        }

        assert_eq!((limiter.rows.len(), limiter.rows.capacity()), (256, 256));
        assert_eq!(burst(&mut limiter, at(0), "203.0.113.9", 9), 5);
    }

    #[test]
    fn a_hundred_sources_do_not_push_one_another_out() {
        let mut limiter = limiter();
        let sources = || (0..100).map(|last| IpAddr::from([10, 0, 0, last]));

        for source in sources() {
            assert_eq!((0..9).filter(|_| limiter.admit(at(0), source)).count(), 5);
        }

        assert!(!sources().any(|source| limiter.admit(at(0), source)));
    }

    #[test]
    fn secret_is_silent() {
        assert_eq!(alloc::format!("{:?}", limiter()), "Limiter(..)");
    }

    proptest! {
        /// The oracle keeps tokens in nanoseconds, for each source and for ever.
        #[test]
        fn agrees_with_buckets_of_tokens(
            steps in prop::collection::vec((0_u64..120, 0_u8..4), 1..200),
        ) {
            let mut limiter = limiter();
            let mut buckets: BTreeMap<u8, (u64, u64)> = BTreeMap::new();
            let mut now = 0;
            for (pause, source) in steps {
                now += pause;
                let (tokens, last) = buckets.entry(source).or_insert((250, now));
                *tokens = (*tokens + (now - *last)).min(250);
                *last = now;
                let expected = *tokens >= 50;
                if expected {
                    *tokens -= 50;
                }
                prop_assert_eq!(limiter.admit(at(now), [10, 0, 0, source].into()), expected);
            }
        }
    }
}
