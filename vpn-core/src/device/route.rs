use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::PeerId;

/// Which peer is allowed which inner addresses; the longest prefix decides.
#[derive(Debug, Default)]
pub(super) struct Routes {
    v4: Table,
    v6: Table,
    source: Recent,
    destination: Recent,
}

/// The last address found and whose it is. Packets come in runs, and with their cipher in assembly a
/// lookup is a fifth of all else that a packet costs.
type Recent = Option<(IpAddr, PeerId)>;

impl Routes {
    /// Gives `net` to `peer`, taking it from whoever had exactly it.
    pub(super) fn insert(&mut self, net: IpNet, peer: PeerId) {
        let (table, bits) = match net.network() {
            IpAddr::V4(_) => (&mut self.v4, bits(net.network())),
            IpAddr::V6(_) => (&mut self.v6, bits(net.network())),
        };
        table.insert(net.prefix_len(), bits, peer);
        self.forget();
    }

    /// Takes `net` from `peer`; whether it had exactly that.
    pub(super) fn remove(&mut self, net: IpNet, peer: PeerId) -> bool {
        let table = match net {
            IpNet::V4(_) => &mut self.v4,
            IpNet::V6(_) => &mut self.v6,
        };
        let removed = table.remove(net.prefix_len(), bits(net.network()), peer);
        self.forget();
        removed
    }

    /// Takes `net` from whoever has exactly it.
    #[cfg(feature = "mesh")]
    pub(super) fn clear(&mut self, net: IpNet) {
        let table = match net {
            IpNet::V4(_) => &self.v4,
            IpNet::V6(_) => &self.v6,
        };
        if let Some(peer) = table.owner(net.prefix_len(), bits(net.network())) {
            self.remove(net, peer);
        }
    }

    pub(super) fn remove_peer(&mut self, peer: PeerId) {
        self.forget();
        self.v4.remove_peer(peer);
        self.v6.remove_peer(peer);
    }

    /// The nets of a peer: IPv4 first, longer prefixes first, then by address.
    pub(super) fn of_peer(&self, peer: PeerId) -> impl Iterator<Item = IpNet> {
        let v4 = self.v4.of_peer(peer).map(|(len, bits)| {
            let address = Ipv4Addr::from_bits(u32::try_from(bits >> 96).unwrap_or_default());
            IpNet::new(address.into(), len)
        });
        let v6 = self
            .v6
            .of_peer(peer)
            .map(|(len, bits)| IpNet::new(Ipv6Addr::from_bits(bits).into(), len));
        v4.chain(v6).flatten()
    }

    /// As [`lookup`](Self::lookup), of a packet's source.
    pub(super) fn of_source(&mut self, address: IpAddr) -> Option<PeerId> {
        if self.source.is_none_or(|(recent, _)| recent != address) {
            self.source = self.lookup(address).map(|peer| (address, peer));
        }
        self.source.map(|(_, peer)| peer)
    }

    /// As [`lookup`](Self::lookup), of a packet's destination.
    pub(super) fn of_destination(&mut self, address: IpAddr) -> Option<PeerId> {
        if self.destination.is_none_or(|(recent, _)| recent != address) {
            self.destination = self.lookup(address).map(|peer| (address, peer));
        }
        self.destination.map(|(_, peer)| peer)
    }

    /// What was found before may not be so any more.
    fn forget(&mut self) {
        self.source = None;
        self.destination = None;
    }

    pub(super) fn lookup(&self, address: IpAddr) -> Option<PeerId> {
        match address {
            IpAddr::V4(_) => self.v4.lookup(bits(address)),
            IpAddr::V6(_) => self.v6.lookup(bits(address)),
        }
    }
}

/// The prefixes of one family, by length, longest first. A lookup costs one search per length in
/// use, of which real tables have few.
#[derive(Debug, Default)]
struct Table(Vec<(u8, BTreeMap<u128, PeerId>)>);

impl Table {
    fn insert(&mut self, len: u8, bits: u128, peer: PeerId) {
        let at = match self.0.binary_search_by(|(other, _)| len.cmp(other)) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, (len, BTreeMap::new()));
                at
            }
        };
        self.0[at].1.insert(bits, peer);
    }

    fn remove(&mut self, len: u8, bits: u128, peer: PeerId) -> bool {
        let Ok(at) = self.0.binary_search_by(|(other, _)| len.cmp(other)) else { return false };
        let nets = &mut self.0[at].1;
        if nets.get(&bits) != Some(&peer) {
            return false;
        }
        nets.remove(&bits);
        if nets.is_empty() {
            self.0.remove(at);
        }
        true
    }

    #[cfg(feature = "mesh")]
    fn owner(&self, len: u8, bits: u128) -> Option<PeerId> {
        let at = self.0.binary_search_by(|(other, _)| len.cmp(other)).ok()?;
        self.0[at].1.get(&bits).copied()
    }

    fn of_peer(&self, peer: PeerId) -> impl Iterator<Item = (u8, u128)> {
        self.0.iter().flat_map(move |(len, nets)| {
            let own = nets.iter().filter(move |(_, owner)| **owner == peer);
            own.map(|(bits, _)| (*len, *bits))
        })
    }

    fn remove_peer(&mut self, peer: PeerId) {
        for (_, nets) in &mut self.0 {
            nets.retain(|_, owner| *owner != peer);
        }
        self.0.retain(|(_, nets)| !nets.is_empty());
    }

    fn lookup(&self, address: u128) -> Option<PeerId> {
        self.0.iter().find_map(|(len, nets)| nets.get(&(address & mask(*len))).copied())
    }
}

/// The address at the top of 128 bits, so that a prefix of either family is a mask from the top.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn mask(len: u8) -> u128 {
    u128::MAX.checked_shl(u128::BITS - u32::from(len)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use ipnet::{Ipv4Net, Ipv6Net};
    use proptest::prelude::*;

    use super::*;

    fn id(slot: u32) -> PeerId {
        PeerId { slot, generation: 0 }
    }

    fn net(text: &str) -> IpNet {
        text.parse().unwrap()
    }

    fn lookup(routes: &Routes, address: &str) -> Option<PeerId> {
        routes.lookup(address.parse().unwrap())
    }

    #[test]
    fn the_longest_prefix_decides() {
        let mut routes = Routes::default();
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
        let mut routes = Routes::default();
        routes.insert(net("10.0.0.7/24"), id(1));
        routes.insert(net("10.0.0.0/24"), id(2));

        assert_eq!(lookup(&routes, "10.0.0.1"), Some(id(2)));
        routes.remove_peer(id(2));
        assert_eq!(lookup(&routes, "10.0.0.1"), None);
    }

    #[test]
    fn families_do_not_mix() {
        let mut routes = Routes::default();
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
            let mut routes = Routes::default();
            let mut slow: Vec<(IpNet, u32)> = Vec::new();
            for (net, peer) in nets {
                routes.of_source(net.network());
                routes.of_destination(net.network());
                routes.insert(net, id(peer));
                slow.retain(|(other, _)| *other != net);
                slow.push((net, peer));
            }
            for (which, peer) in withdrawn {
                let Some(&(net, _)) = slow.get(which.index(slow.len().max(1))) else { break };
                let held = slow.contains(&(net, peer));
                routes.of_source(net.network());
                routes.of_destination(net.network());
                prop_assert_eq!(routes.remove(net, id(peer)), held);
                slow.retain(|entry| *entry != (net, peer));
            }
            for address in &addresses {
                routes.of_source(*address);
                routes.of_destination(*address);
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
                prop_assert_eq!(routes.lookup(address), expected, "{}", address);
                prop_assert_eq!(routes.of_source(address), expected, "{}", address);
                prop_assert_eq!(routes.of_destination(address), expected, "{}", address);
            }
        }
    }
}
