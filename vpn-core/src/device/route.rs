use alloc::vec::Vec;
use core::cmp::Reverse;
use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::ops::BitAnd;

use ipnet::IpNet;

use super::PeerId;
use super::table::{Recent, Scatter, Table};
use crate::crypto::Key;
use crate::wire::ip::Address;

/// Which peer is allowed which inner addresses; the longest prefix decides.
#[derive(Debug)]
pub(super) struct Routes {
    v4: Family<u32>,
    v6: Family<u128>,
}

impl Routes {
    /// `secret` orders the search, so that nobody can choose nets that are hard to tell apart.
    pub(super) fn new(secret: &Key) -> Self {
        let word = |at| u64::from_le_bytes(core::array::from_fn(|i| secret[at + i]));
        let scatter = Folded([word(0), word(8)]);
        Self { v4: Family::new(scatter), v6: Family::new(scatter) }
    }

    /// Gives `net` to `peer`, taking it from whoever had exactly it.
    pub(super) fn insert(&mut self, net: IpNet, peer: PeerId) {
        match net {
            IpNet::V4(net) => self.v4.insert(net.prefix_len(), net.network().to_bits(), peer),
            IpNet::V6(net) => self.v6.insert(net.prefix_len(), net.network().to_bits(), peer),
        }
    }

    /// Takes `net` from `peer`; whether it had exactly that.
    pub(super) fn remove(&mut self, net: IpNet, peer: PeerId) -> bool {
        self.remove_if(net, |owner| owner == peer)
    }

    /// Takes `net` from whoever has exactly it.
    #[cfg(feature = "mesh")]
    pub(super) fn clear(&mut self, net: IpNet) {
        self.remove_if(net, |_| true);
    }

    fn remove_if(&mut self, net: IpNet, is_right: impl FnOnce(PeerId) -> bool) -> bool {
        match net {
            IpNet::V4(net) => self.v4.remove(net.prefix_len(), net.network().to_bits(), is_right),
            IpNet::V6(net) => self.v6.remove(net.prefix_len(), net.network().to_bits(), is_right),
        }
    }

    pub(super) fn remove_peer(&mut self, peer: PeerId) {
        self.v4.remove_peer(peer);
        self.v6.remove_peer(peer);
    }

    /// The nets of a peer: IPv4 first, longer prefixes first, then by address.
    pub(super) fn of_peer(&self, peer: PeerId) -> impl Iterator<Item = IpNet> {
        let v4 = self.v4.of_peer(peer).into_iter();
        let v4 = v4.map(|(len, bits)| IpNet::new(Ipv4Addr::from_bits(bits).into(), len));
        let v6 = self.v6.of_peer(peer).into_iter();
        let v6 = v6.map(|(len, bits)| IpNet::new(Ipv6Addr::from_bits(bits).into(), len));
        v4.chain(v6).flatten()
    }

    /// As [`lookup`](Self::lookup), of a packet's source.
    #[inline]
    pub(super) fn of_source(&mut self, address: Address) -> Option<PeerId> {
        match address {
            Address::V4(bits) => self.v4.of_source(bits),
            Address::V6(bits) => self.v6.of_source(bits),
        }
    }

    /// As [`lookup`](Self::lookup), of a packet's destination.
    #[inline]
    pub(super) fn of_destination(&mut self, address: Address) -> Option<PeerId> {
        match address {
            Address::V4(bits) => self.v4.of_destination(bits),
            Address::V6(bits) => self.v6.of_destination(bits),
        }
    }

    #[inline]
    pub(super) fn lookup(&self, address: Address) -> Option<PeerId> {
        match address {
            Address::V4(bits) => lookup(&self.v4.lengths, bits),
            Address::V6(bits) => lookup(&self.v6.lengths, bits),
        }
    }
}

/// The prefixes of one family, by length, longest first. A lookup costs one search per length in
/// use, of which real tables have few, however many prefixes there are.
#[derive(Debug)]
struct Family<B> {
    lengths: Vec<Length<B>>,
    scatter: Folded,
    source: Recent<B, PeerId>,
    destination: Recent<B, PeerId>,
}

/// The prefixes of one length, none of them only in passing.
#[derive(Debug)]
struct Length<B> {
    len: u8,
    mask: B,
    nets: Table<B, PeerId, Folded>,
}

/// The bits of an address.
trait Bits: Copy + Ord + BitAnd<Output = Self> {
    /// So many bits from the top, at most as many as there are.
    fn mask(len: u8) -> Self;
}

impl Bits for u32 {
    fn mask(len: u8) -> Self {
        Self::MAX.checked_shl(Self::BITS - u32::from(len)).unwrap_or(0)
    }
}

impl Bits for u128 {
    fn mask(len: u8) -> Self {
        Self::MAX.checked_shl(Self::BITS - u32::from(len)).unwrap_or(0)
    }
}

impl<B: Bits> Family<B>
where
    Folded: Scatter<B>,
{
    fn new(scatter: Folded) -> Self {
        let [source, destination] = [Recent::nothing(B::mask(0)); 2];
        Self { lengths: Vec::new(), scatter, source, destination }
    }

    fn insert(&mut self, len: u8, bits: B, peer: PeerId) {
        let at = self.find(len).unwrap_or_else(|at| {
            let nets = Table::new(self.scatter);
            self.lengths.insert(at, Length { len, mask: B::mask(len), nets });
            at
        });
        self.lengths[at].nets.insert(bits, peer);
        self.renew();
    }

    /// Removes a prefix, if its owner is the right one; whether it did.
    fn remove(&mut self, len: u8, bits: B, is_right: impl FnOnce(PeerId) -> bool) -> bool {
        let Ok(at) = self.find(len) else { return false };
        let nets = &mut self.lengths[at].nets;
        if !nets.get(bits).is_some_and(is_right) {
            return false;
        }
        nets.remove(bits);
        if nets.is_empty() {
            self.lengths.remove(at);
        }
        self.renew();
        true
    }

    fn of_peer(&self, peer: PeerId) -> Vec<(u8, B)> {
        let mut own: Vec<_> = self
            .lengths
            .iter()
            .flat_map(|Length { len, nets, .. }| {
                nets.iter().map(move |(bits, of)| (*len, bits, of))
            })
            .filter_map(|(len, bits, owner)| (owner == peer).then_some((len, bits)))
            .collect();
        own.sort_unstable_by_key(|(len, bits)| (Reverse(*len), *bits));
        own
    }

    fn remove_peer(&mut self, peer: PeerId) {
        for (len, bits) in self.of_peer(peer) {
            self.remove(len, bits, |_| true);
        }
    }

    #[inline]
    fn of_source(&mut self, address: B) -> Option<PeerId> {
        let Self { lengths, source, .. } = self;
        source.find(address, |address| lookup(lengths, address))
    }

    #[inline]
    fn of_destination(&mut self, address: B) -> Option<PeerId> {
        let Self { lengths, destination, .. } = self;
        destination.find(address, |address| lookup(lengths, address))
    }

    /// What was found last may not be so any more.
    fn renew(&mut self) {
        let Self { lengths, source, destination, .. } = self;
        source.renew(|address| lookup(lengths, address));
        destination.renew(|address| lookup(lengths, address));
    }

    /// Where the prefixes of a length are, or belong.
    fn find(&self, len: u8) -> Result<usize, usize> {
        self.lengths.binary_search_by(|length| len.cmp(&length.len))
    }
}

#[inline]
fn lookup<B: Bits>(lengths: &[Length<B>], address: B) -> Option<PeerId>
where
    Folded: Scatter<B>,
{
    lengths.iter().find_map(|length| length.nets.get(address & length.mask))
}

/// Multiplies the halves of an address, both made unknown, and folds the product.
#[derive(Clone, Copy)]
struct Folded([u64; 2]);

impl Folded {
    #[inline]
    fn fold(self, halves: [u64; 2]) -> u64 {
        let product = u128::from(halves[0] ^ self.0[0]) * u128::from(halves[1] ^ self.0[1]);
        (product >> 64) as u64 ^ product as u64
    }
}

impl Scatter<u32> for Folded {
    #[inline]
    fn scatter(&self, bits: u32) -> u64 {
        self.fold([bits.into(), 0])
    }
}

impl Scatter<u128> for Folded {
    #[inline]
    fn scatter(&self, bits: u128) -> u64 {
        self.fold([(bits >> 64) as u64, bits as u64])
    }
}

impl fmt::Debug for Folded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Folded(..)")
    }
}

#[cfg(test)]
mod tests {
    use core::net::IpAddr;
    use core::num::NonZeroU32;

    use ipnet::{Ipv4Net, Ipv6Net};
    use proptest::prelude::*;

    use super::super::table::assert_scattered;
    use super::*;

    fn id(slot: u32) -> PeerId {
        PeerId::new(slot, NonZeroU32::MIN)
    }

    fn net(text: &str) -> IpNet {
        text.parse().unwrap()
    }

    fn routes() -> Routes {
        Routes::new(&Key::new([7; 32]))
    }

    fn lookup(routes: &Routes, address: &str) -> Option<PeerId> {
        routes.lookup(address.parse::<IpAddr>().unwrap().into())
    }

    #[test]
    fn the_longest_prefix_decides() {
        let mut routes = routes();
        routes.insert(net("0.0.0.0/0"), id(0));
        routes.insert(net("10.0.0.0/8"), id(1));
        routes.insert(net("10.1.2.3/32"), id(2));
        routes.insert(net("fd00::/8"), id(3));

        assert_eq!(lookup(&routes, "192.0.2.1"), Some(id(0)));
        assert_eq!(lookup(&routes, "10.255.0.1"), Some(id(1)));
        assert_eq!(lookup(&routes, "10.1.2.3"), Some(id(2)));
        assert_eq!(lookup(&routes, "fdff::1"), Some(id(3)));
        assert_eq!(lookup(&routes, "2001:db8::1"), None);
    }

    #[test]
    fn a_prefix_belongs_to_the_last_who_was_given_it() {
        let mut routes = routes();
        routes.insert(net("10.0.0.7/24"), id(1));
        routes.insert(net("10.0.0.0/24"), id(2));

        assert_eq!(lookup(&routes, "10.0.0.1"), Some(id(2)));
        routes.remove_peer(id(2));
        assert_eq!(lookup(&routes, "10.0.0.1"), None);
    }

    #[test]
    fn lengths_that_no_prefix_has_are_not_searched() {
        let mut routes = routes();
        routes.insert(net("10.0.0.0/24"), id(1));
        routes.insert(net("10.0.1.0/24"), id(2));

        assert!(routes.remove(net("10.0.0.0/24"), id(1)));
        assert_eq!(routes.v4.lengths.len(), 1);
        routes.remove_peer(id(2));
        assert_eq!(routes.v4.lengths.len(), 0);
    }

    #[test]
    #[cfg(feature = "mesh")]
    fn a_prefix_is_taken_from_whoever_has_it() {
        let mut routes = routes();
        routes.insert(net("10.0.0.0/8"), id(1));
        routes.insert(net("10.0.0.0/24"), id(2));

        routes.clear(net("10.0.0.0/24"));

        assert_eq!(lookup(&routes, "10.0.0.1"), Some(id(1)));
    }

    #[test]
    fn prefixes_next_to_one_another_are_scattered() {
        // As good as random: the digits of pi.
        let scatter = Folded([0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344]);
        for shift in [0, 48, 64, 96] {
            assert_scattered(core::array::from_fn(|i| scatter.scatter((i as u128) << shift)));
        }
        for shift in [0, 8, 16, 22] {
            assert_scattered(core::array::from_fn(|i| scatter.scatter((i as u32) << shift)));
        }
    }

    #[test]
    fn what_keeps_the_scattering_secret_is_silent() {
        assert_eq!(alloc::format!("{:?}", routes().v4.scatter), "Folded(..)");
    }

    #[test]
    fn families_do_not_mix() {
        let mut routes = routes();
        routes.insert(net("::/0"), id(1));

        assert_eq!(lookup(&routes, "10.0.0.1"), None);
        assert_eq!(lookup(&routes, "::ffff:10.0.0.1"), Some(id(1)));
    }

    /// Addresses out of few bits, so that prefixes overlap.
    fn address() -> impl Strategy<Value = IpAddr> {
        let few = 0_u128..16;
        (few, any::<bool>(), any::<bool>()).prop_map(|(bits, top, v6)| match (v6, top) {
            (true, true) => Ipv6Addr::from_bits(bits << 124).into(),
            (true, false) => Ipv6Addr::from_bits(bits).into(),
            (false, true) => Ipv4Addr::from_bits((bits as u32) << 28).into(),
            (false, false) => Ipv4Addr::from_bits(bits as u32).into(),
        })
    }

    fn any_net() -> impl Strategy<Value = IpNet> {
        (address(), prop_oneof![0_u8..6, 28_u8..33, 124_u8..=128]).prop_map(|(address, len)| {
            match address {
                IpAddr::V4(address) => Ipv4Net::new(address, len.min(32)).unwrap().trunc().into(),
                IpAddr::V6(address) => Ipv6Net::new(address, len).unwrap().trunc().into(),
            }
        })
    }

    proptest! {
        #[test]
        fn agrees_with_a_search_of_all_prefixes(
            nets in prop::collection::vec((any_net(), 0_u32..4), 0..24),
            removed in 0_u32..8,
            withdrawn in prop::collection::vec((any::<prop::sample::Index>(), 0_u32..4), 0..8),
            addresses in prop::collection::vec(address(), 1..24),
        ) {
            let mut routes = routes();
            let mut slow: Vec<(IpNet, u32)> = Vec::new();
            for (net, peer) in nets {
                routes.of_source(net.network().into());
                routes.of_destination(net.network().into());
                routes.insert(net, id(peer));
                slow.retain(|(other, _)| *other != net);
                slow.push((net, peer));
            }
            for (which, peer) in withdrawn {
                let Some(&(net, _)) = slow.get(which.index(slow.len().max(1))) else { break };
                let held = slow.contains(&(net, peer));
                routes.of_source(net.network().into());
                routes.of_destination(net.network().into());
                prop_assert_eq!(routes.remove(net, id(peer)), held);
                slow.retain(|entry| *entry != (net, peer));
            }
            for address in &addresses {
                routes.of_source((*address).into());
                routes.of_destination((*address).into());
            }
            routes.remove_peer(id(removed));
            slow.retain(|(_, peer)| *peer != removed);
            for peer in 0..4 {
                let mut own: Vec<_> = routes.of_peer(id(peer)).collect();
                let mut expected: Vec<_> =
                    slow.iter().filter(|(_, owner)| *owner == peer).map(|(net, _)| *net).collect();
                own.sort_unstable();
                expected.sort_unstable();
                prop_assert_eq!(own, expected);
            }

            for address in addresses {
                let expected = slow
                    .iter()
                    .filter(|(net, _)| net.contains(&address))
                    .max_by_key(|(net, _)| net.prefix_len())
                    .map(|(_, peer)| id(*peer));
                prop_assert_eq!(routes.lookup(address.into()), expected, "{}", address);
                prop_assert_eq!(routes.of_source(address.into()), expected, "{}", address);
                prop_assert_eq!(routes.of_destination(address.into()), expected, "{}", address);
            }
        }
    }
}
