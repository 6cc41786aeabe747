//! Address patterns (configuration manual, 7.1.6), linear while few, sorted intervals when many.

use alloc::vec::Vec;
use core::cmp::Reverse;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

use super::Choice;
use super::interval::{Intervals, Net};
use crate::number;

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

/// Address patterns, few or many.
#[derive(Clone, Debug)]
pub(crate) struct IpSet {
    choice: Choice,
    /// IPv4 patterns that are few, or have holes in their masks.
    masked: Vec<Masked>,
    v4: Intervals<u32>,
    v6: Intervals<u128>,
}

#[derive(Clone, Copy, Debug)]
struct Masked {
    address: u32,
    mask: u32,
    index: u32,
}

impl Masked {
    #[inline]
    fn matches(&self, v4: u32) -> bool {
        v4 & self.mask == self.address
    }

    fn has_holes(&self) -> bool {
        self.mask.leading_ones() != self.mask.count_ones()
    }

    /// Longer networks come after shorter ones and masks with holes.
    fn rank(&self) -> (u32, Reverse<u32>) {
        let length = if self.has_holes() { 0 } else { 1 + self.mask.count_ones() };
        (length, Reverse(self.index))
    }
}

impl IpSet {
    pub(crate) fn new(patterns: &[IpPattern], choice: Choice) -> Self {
        let few = patterns.len() <= LINEAR;
        let mut masked = Vec::new();
        let mut v4 = Vec::new();
        let mut v6 = Vec::new();
        for (index, pattern) in (0..).zip(patterns) {
            match *pattern {
                IpPattern::V4(net) if few => {
                    let (address, mask) = (net.network().to_bits(), net.netmask().to_bits());
                    masked.push(Masked { address, mask, index });
                }
                IpPattern::V4Masked { address, mask } => {
                    masked.push(Masked { address: address & mask, mask, index });
                }
                IpPattern::V4(net) => v4.push(Net {
                    first: net.network().to_bits(),
                    last: net.broadcast().to_bits(),
                    index,
                }),
                IpPattern::V6(net) => v6.push(Net {
                    first: net.network().to_bits(),
                    last: net.broadcast().to_bits(),
                    index,
                }),
            }
        }
        Self { choice, masked, v4: Intervals::new(v4, choice), v6: Intervals::new(v6, choice) }
    }

    #[inline]
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(v4) => self.contains_v4(v4.to_bits()),
            IpAddr::V6(_) => self.contains_seen(Seen::new(address)),
        }
    }

    /// Whether an IPv4 address matches.
    #[inline]
    pub(crate) fn contains_v4(&self, v4: u32) -> bool {
        self.any_v4(v4)
            || !self.v6.is_empty() && self.contains_seen(Seen::new(Ipv4Addr::from_bits(v4).into()))
    }

    #[inline]
    fn any_v4(&self, v4: u32) -> bool {
        self.masked.iter().any(|masked| masked.matches(v4)) || self.v4.find(v4).is_some()
    }

    fn contains_seen(&self, Seen { v4, v6 }: Seen) -> bool {
        v4.is_some_and(|v4| self.any_v4(v4.to_bits())) || self.v6.find(v6.to_bits()).is_some()
    }

    /// Returns which pattern is meant of those that match. The longest network is one of the
    /// address's own family, if there is one; else one of the other, else a mask with holes.
    pub(crate) fn find(&self, address: IpAddr) -> Option<usize> {
        let seen = Seen::new(address);
        let v4 = seen.v4.map(Ipv4Addr::to_bits);
        let net_v4 = v4.and_then(|v4| self.v4.find(v4));
        let net_v6 = self.v6.find(seen.v6.to_bits());
        let masked = self.masked.iter().filter(|masked| v4.is_some_and(|v4| masked.matches(v4)));
        match self.choice {
            Choice::First => {
                let masked = masked.map(|masked| masked.index as usize).min();
                [net_v4, net_v6, masked].into_iter().flatten().min()
            }
            Choice::Longest => {
                let longest = masked.max_by_key(|masked| masked.rank());
                let index = longest.map(|masked| masked.index as usize);
                let holes = longest.is_some_and(Masked::has_holes);
                let net_v4 = net_v4.or(index.filter(|_| !holes));
                let nets = if address.is_ipv4() { net_v4.or(net_v6) } else { net_v6.or(net_v4) };
                nets.or(index)
            }
        }
    }
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
            let length =
                mask.map_or(Some(128), |mask| number::unsigned_up_to(128, mask.as_bytes()))?;
            Ipv6Net::new(address, u8::try_from(length).ok()?).ok().map(IpPattern::V6)
        }
    }
}

/// Reads an IPv4 address as the resolver of the system does, which HAProxy asks for what is none to
/// itself: of fewer than four parts the last fills what is left, so that `10.1` is 10.0.0.1; parts
/// with a leading zero are octal, so that `010.0.0.1` is 8.0.0.1.
pub(crate) fn parse_abbreviated(word: &[u8]) -> Option<(Ipv4Addr, IpPattern)> {
    let text = core::str::from_utf8(word).ok()?;
    let (address, mask) = match text.split_once('/') {
        Some((address, mask)) => (address, Some(mask)),
        None => (text, None),
    };
    let mut bits: u32 = 0;
    let parts = address.split('.').count();
    if parts > 4 {
        return None;
    }
    for (index, part) in address.split('.').enumerate() {
        if !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let radix = if part.starts_with('0') { 8 } else { 10 };
        let value = u32::from_str_radix(part, radix).ok()?;
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
            let length = number::up_to(32, digits.as_bytes())?;
            return Ipv4Net::new(address, u8::try_from(length).ok()?).ok().map(IpPattern::V4);
        }
    };
    Some(match Ipv4Net::with_netmask(address, mask) {
        Ok(net) => IpPattern::V4(net),
        Err(_) => IpPattern::V4Masked { address: address.to_bits(), mask: mask.to_bits() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;
    use proptest::prelude::*;

    fn set(patterns: &[&str], choice: Choice) -> IpSet {
        let patterns = patterns.iter().map(|word| parse(word.as_bytes()).expect(word));
        IpSet::new(&patterns.collect::<Vec<_>>(), choice)
    }

    fn matches(pattern: &str, address: &str) -> bool {
        set(&[pattern], Choice::First).contains(address.parse().expect(address))
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
        let patterns = ["10.0.0.0/8", "::/0", "10.1.0.0/16", "10.1.0.0/16", "10.0.0.1/255.0.0.255"];
        let set = set(&patterns, Choice::Longest);
        let longest = |address: &str| set.find(address.parse().expect(address));

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
        for word in ["1.2.3.4/08", "1.2.3.4/+8", "1.2.3.4/ 8", "1.2.3.4/4294967304"] {
            assert_eq!(parse(word.as_bytes()), parse(b"1.2.3.4/8"), "{word}");
        }
        assert_eq!(parse(b"::1/+64"), parse(b"::1/64"));
    }

    #[test]
    fn abbreviated_addresses_fill_from_the_right() {
        let full = |word: &str| parse_abbreviated(word.as_bytes()).map(|(address, _)| address);

        assert_eq!(full("10.1/16"), Some(Ipv4Addr::new(10, 0, 0, 1)));
        assert_eq!(full("192.168.257"), Some(Ipv4Addr::new(192, 168, 1, 1)));
        assert_eq!(full("1"), Some(Ipv4Addr::new(0, 0, 0, 1)));
        assert_eq!(full("010.0.0.1"), Some(Ipv4Addr::new(8, 0, 0, 1)));
        assert_eq!(full("010.1"), Some(Ipv4Addr::new(8, 0, 0, 1)));
        assert_eq!(full("0377.0.00.017"), Some(Ipv4Addr::new(255, 0, 0, 15)));
        for word in [
            "10.16777216",
            "256.1",
            "0400.1",
            "08.1",
            "0x8.1",
            "10.",
            "",
            "1.2.3.256",
            "1.2.3.4.5",
            "a.1",
            "+1.1",
        ] {
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

    /// The rules without any index.
    fn each(patterns: &[IpPattern], choice: Choice, address: IpAddr) -> Option<usize> {
        let seen = Seen::new(address);
        let matches = |pattern: &IpPattern| match *pattern {
            IpPattern::V4(net) => seen.v4.is_some_and(|v4| net.contains(&v4)),
            IpPattern::V4Masked { address, mask } => {
                seen.v4.is_some_and(|v4| (v4.to_bits() ^ address) & mask == 0)
            }
            IpPattern::V6(net) => net.contains(&seen.v6),
        };
        if choice == Choice::First {
            return patterns.iter().position(matches);
        }
        let rank = |pattern: &IpPattern| match pattern {
            IpPattern::V4(net) => (if address.is_ipv4() { 2 } else { 1 }, net.prefix_len()),
            IpPattern::V6(net) => (if address.is_ipv6() { 2 } else { 1 }, net.prefix_len()),
            IpPattern::V4Masked { .. } => (0, 0),
        };
        let matching = patterns.iter().enumerate().filter(|(_, pattern)| matches(pattern));
        let longest = matching.max_by_key(|(index, pattern)| (rank(pattern), Reverse(*index)));
        longest.map(|(index, _)| index)
    }

    proptest! {
        #[test]
        fn indexed_set_agrees_with_a_look_at_each(
            words in proptest::collection::vec(pattern(), 0..40),
            addresses in proptest::collection::vec(address(), 20),
        ) {
            let patterns: Vec<_> =
                words.iter().map(|word| parse(word.as_bytes()).expect(word)).collect();
            for choice in [Choice::First, Choice::Longest] {
                let set = IpSet::new(&patterns, choice);

                for &address in &addresses {
                    let expected = each(&patterns, choice, address);
                    prop_assert_eq!(set.find(address), expected, "{} {:?}", address, choice);
                    prop_assert_eq!(set.contains(address), expected.is_some());
                }
            }
        }
    }
}
