//! Address patterns (configuration manual, 7.1.6), linear while few, sorted intervals when many.

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// Up to so many patterns a look at each is faster than a binary search.
const LINEAR: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IpPattern {
    V4(Ipv4Net),
    /// A mask with holes, as in `10.0.0.5/255.0.0.255`.
    V4Masked {
        address: u32,
        mask: u32,
    },
    V6(Ipv6Net),
}

impl IpPattern {
    fn matches(&self, seen: Seen) -> bool {
        match self {
            Self::V4(net) => seen.v4.is_some_and(|v4| net.contains(&v4)),
            Self::V4Masked { address, mask } => {
                seen.v4.is_some_and(|v4| (v4.to_bits() ^ address) & mask == 0)
            }
            Self::V6(net) => net.contains(&seen.v6),
        }
    }
}

/// An address as both families see it.
#[derive(Clone, Copy)]
struct Seen {
    v4: Option<Ipv4Addr>,
    v6: Ipv6Addr,
}

impl Seen {
    /// IPv4 is seen as `::ffff:a.b.c.d` too. IPv6 is seen as IPv4 if it is `::ffff:a.b.c.d`,
    /// `::a.b.c.d` (so `::1` is 0.0.0.1) or of 6to4, `2002:aabb:ccdd::/48`.
    fn new(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self { v4: Some(v4), v6: v4.to_ipv6_mapped() },
            IpAddr::V6(v6) => {
                let v4 = match v6.segments() {
                    [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x2002, high, low, ..] => {
                        Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
                    }
                    _ => None,
                };
                Self { v4, v6 }
            }
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct IpSet {
    patterns: Vec<IpPattern>,
    /// Address and mask of IPv4 patterns that are few, or have holes in their masks.
    masked: Vec<(u32, u32)>,
    /// Many IPv4 patterns and all of IPv6 as sorted intervals.
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u128)>,
}

impl IpSet {
    pub(crate) fn new(patterns: Vec<IpPattern>) -> Self {
        let mut set = Self { patterns, ..Self::default() };
        let few = set.patterns.len() <= LINEAR;
        for pattern in &set.patterns {
            match *pattern {
                IpPattern::V4(net) if few => {
                    set.masked.push((net.network().to_bits(), net.netmask().to_bits()));
                }
                IpPattern::V4(net) => {
                    set.v4.push((net.network().to_bits(), net.broadcast().to_bits()));
                }
                IpPattern::V4Masked { address, mask } => set.masked.push((address & mask, mask)),
                IpPattern::V6(net) => {
                    set.v6.push((net.network().to_bits(), net.broadcast().to_bits()));
                }
            }
        }
        merge(&mut set.v4, |end| end.checked_add(1));
        merge(&mut set.v6, |end| end.checked_add(1));
        set
    }

    #[inline]
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        if let (IpAddr::V4(v4), true) = (address, self.v6.is_empty()) {
            return self.contains_v4(v4.to_bits());
        }
        let seen = Seen::new(address);
        seen.v4.is_some_and(|v4| self.contains_v4(v4.to_bits()))
            || covers(&self.v6, seen.v6.to_bits())
    }

    #[inline]
    fn contains_v4(&self, v4: u32) -> bool {
        self.masked.iter().any(|&(address, mask)| v4 & mask == address) || covers(&self.v4, v4)
    }

    /// Returns the first pattern that matches, in the order written.
    pub(crate) fn find(&self, address: IpAddr) -> Option<usize> {
        let seen = Seen::new(address);
        self.patterns.iter().position(|pattern| pattern.matches(seen))
    }
}

impl IpSet {
    /// Returns the longest network that contains the address: of its own family first, then of the
    /// other, then masks with holes.
    pub(crate) fn find_longest(&self, address: IpAddr) -> Option<usize> {
        let seen = Seen::new(address);
        let rank = |pattern: &IpPattern| match pattern {
            IpPattern::V4(net) => (if address.is_ipv4() { 2 } else { 1 }, net.prefix_len()),
            IpPattern::V6(net) => (if address.is_ipv6() { 2 } else { 1 }, net.prefix_len()),
            IpPattern::V4Masked { .. } => (0, 0),
        };
        let matching =
            self.patterns.iter().enumerate().filter(|(_, pattern)| pattern.matches(seen));
        matching
            .max_by_key(|(index, pattern)| (rank(pattern), core::cmp::Reverse(*index)))
            .map(|(index, _)| index)
    }
}

/// Sorts inclusive intervals and joins those that overlap or touch.
fn merge<T: Copy + Ord>(intervals: &mut Vec<(T, T)>, next: impl Fn(T) -> Option<T>) {
    intervals.sort_unstable();
    intervals.dedup_by(|later, kept| {
        let joins = next(kept.1).is_none_or(|next| later.0 <= next);
        if joins {
            kept.1 = kept.1.max(later.1);
        }
        joins
    });
    intervals.shrink_to_fit();
}

fn covers<T: Copy + Ord>(intervals: &[(T, T)], value: T) -> bool {
    let after = intervals.partition_point(|&(start, _)| start <= value);
    after
        .checked_sub(1)
        .and_then(|index| intervals.get(index))
        .is_some_and(|&(_, end)| value <= end)
}

/// Reads `address`, `address/length` or, for IPv4, `address/mask`.
pub(crate) fn parse(word: &[u8]) -> Option<IpPattern> {
    let text = core::str::from_utf8(word).ok()?;
    let (address, mask) = match text.split_once('/') {
        Some((address, mask)) => (address, Some(mask)),
        None => (text, None),
    };
    match address.parse().ok()? {
        IpAddr::V4(address) => v4(address, mask),
        IpAddr::V6(address) => {
            let length = mask.map_or(Some(128), length)?;
            Ipv6Net::new(address, length).ok().map(IpPattern::V6)
        }
    }
}

/// Reads an IPv4 address of fewer than four parts, the last of which fills what is left: `10.1` is
/// 10.0.0.1. HAProxy reads these through the resolver of the system.
pub(crate) fn parse_abbreviated(word: &[u8]) -> Option<(Ipv4Addr, IpPattern)> {
    let text = core::str::from_utf8(word).ok()?;
    let (address, mask) = match text.split_once('/') {
        Some((address, mask)) => (address, Some(mask)),
        None => (text, None),
    };
    let mut bits: u32 = 0;
    let parts = address.split('.').count();
    if parts > 3 {
        return None;
    }
    for (index, part) in address.split('.').enumerate() {
        let plain = part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain || part.len() > 1 && part.starts_with('0') {
            return None;
        }
        let value: u32 = part.parse().ok()?;
        let last = index + 1 == parts;
        let room = if last { 32 - 8 * index } else { 8 };
        if u64::from(value) >= 1 << room {
            return None;
        }
        bits |= if last { value } else { value << (24 - 8 * index) };
    }
    let address = Ipv4Addr::from_bits(bits);
    v4(address, mask).map(|pattern| (address, pattern))
}

fn v4(address: Ipv4Addr, mask: Option<&str>) -> Option<IpPattern> {
    let mask = match mask {
        None => return Some(IpPattern::V4(Ipv4Net::from(address))),
        Some(mask) if mask.contains('.') => mask.parse::<Ipv4Addr>().ok()?,
        Some(digits) => {
            return Ipv4Net::new(address, length(digits)?).ok().map(IpPattern::V4);
        }
    };
    Some(match Ipv4Net::with_netmask(address, mask) {
        Ok(net) => IpPattern::V4(net),
        Err(_) => IpPattern::V4Masked { address: address.to_bits(), mask: mask.to_bits() },
    })
}

fn length(digits: &str) -> Option<u8> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;
    use proptest::prelude::*;

    fn set(patterns: &[&str]) -> IpSet {
        IpSet::new(patterns.iter().map(|word| parse(word.as_bytes()).expect(word)).collect())
    }

    fn matches(pattern: &str, address: &str) -> bool {
        set(&[pattern]).contains(address.parse().expect(address))
    }

    // Answers of haproxy 2.6.12.

    #[test]
    fn host_bits_are_ignored() {
        assert!(matches("10.0.0.12/8", "10.9.9.9"));
        assert!(matches("2001:db8::5/32", "2001:db8:1::"));
    }

    #[test]
    fn masks_may_have_holes() {
        assert!(matches("10.0.0.5/255.0.0.255", "10.1.2.5"));
        assert!(!matches("10.0.0.5/255.0.0.255", "10.1.2.6"));
    }

    #[test]
    fn v6_addresses_that_carry_v4_match_v4_patterns() {
        for address in ["::1", "::", "::ffff:10.0.0.1", "2002:a00:1::"] {
            assert!(matches("0.0.0.0/0", address), "{address}");
        }
        assert!(!matches("0.0.0.0/0", "64:ff9b::10.0.0.1"));
        assert!(matches("10.0.0.0/8", "2002:a00:1::7"));
    }

    #[test]
    fn v4_addresses_match_mapped_v6_patterns() {
        assert!(matches("::/0", "10.0.0.1"));
        assert!(matches("::ffff:0:0/96", "10.0.0.1"));
        assert!(!matches("::/96", "10.0.0.1"));
    }

    #[test]
    fn longest_network_can_be_asked_for() {
        let set =
            set(&["10.0.0.0/8", "::/0", "10.1.0.0/16", "10.1.0.0/16", "10.0.0.1/255.0.0.255"]);
        let longest = |address: &str| set.find_longest(address.parse().expect(address));

        assert_eq!(longest("10.1.0.1"), Some(2));
        assert_eq!(longest("10.2.0.1"), Some(0));
        assert_eq!(longest("192.0.2.1"), Some(1));
        assert_eq!(longest("::ffff:10.1.0.1"), Some(1));
    }

    #[test]
    fn malformed_patterns_are_refused() {
        for word in [
            "10.0.0.0/33",
            "1.2.3.4/",
            "1.2.3.4/-1",
            "1.2.3.4/+8",
            "::1/",
            "::/129",
            "::/ffff::",
            "[::1]",
            "010.0.0.1",
            "1.2.3.4/255.0",
            "10.1/16",
            "localhost",
            "",
        ] {
            assert_eq!(parse(word.as_bytes()), None, "{word}");
        }
        assert!(parse(b"1.2.3.4/08").is_some());
    }

    #[test]
    fn abbreviated_addresses_fill_from_the_right() {
        let full = |word: &str| parse_abbreviated(word.as_bytes()).map(|(address, _)| address);

        assert_eq!(full("10.1/16"), Some(Ipv4Addr::new(10, 0, 0, 1)));
        assert_eq!(full("192.168.257"), Some(Ipv4Addr::new(192, 168, 1, 1)));
        assert_eq!(full("1"), Some(Ipv4Addr::new(0, 0, 0, 1)));
        for word in ["10.16777216", "256.1", "010.1", "10.", "", "1.2.3.4", "a.1", "+1.1"] {
            assert_eq!(full(word), None, "{word}");
        }
    }

    fn pattern() -> impl Strategy<Value = String> {
        prop_oneof![
            (any::<[u8; 2]>(), 0..=32_u8)
                .prop_map(|([a, b], length)| format!("10.{a}.{b}.0/{length}")),
            (any::<u8>(), any::<u8>()).prop_map(|(a, b)| format!("10.0.{a}.0/255.{b}.255.0")),
            (any::<u16>(), 90..=128_u8).prop_map(|(a, length)| format!(
                "::ffff:10.0.{}/{length}",
                a % 256
            )
            .replace("10.0.", "a00:")),
            (any::<u16>(), 0..=128_u8).prop_map(|(a, length)| format!("2002:a00:{a:x}::/{length}")),
        ]
    }

    fn address() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            any::<[u8; 2]>().prop_map(|[a, b]| IpAddr::from([10, a, b, 0])),
            any::<[u8; 4]>().prop_map(IpAddr::from),
            any::<u16>().prop_map(|a| IpAddr::from([0x2002, 0xa00, a, 0, 0, 0, 0, 0])),
            any::<u16>().prop_map(|a| IpAddr::from([0, 0, 0, 0, 0, 0xffff, 0xa00, a])),
            any::<[u16; 2]>().prop_map(|[a, b]| IpAddr::from([0, 0, 0, 0, 0, 0, a, b])),
        ]
    }

    proptest! {
        #[test]
        fn indexed_set_agrees_with_a_look_at_each(
            words in proptest::collection::vec(pattern(), 0..40),
            addresses in proptest::collection::vec(address(), 20),
        ) {
            let patterns = words.iter().map(|word| parse(word.as_bytes()).expect(word)).collect();
            let set = IpSet::new(patterns);

            for address in addresses {
                prop_assert_eq!(set.contains(address), set.find(address).is_some());
            }
        }
    }
}
