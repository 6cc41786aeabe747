use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use ipnet::IpNet;

use super::identity::MemberId;
use crate::device::PeerId;

/// Who claims which nets. Of several members that claim the same one, that with the lowest id has
/// it, so that all agree and nothing alternates.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    claims: BTreeSet<(IpNet, MemberId)>,
    /// What the user has led to peers that are no members, whoever claims it.
    leaves: BTreeMap<IpNet, PeerId>,
}

impl Holdings {
    /// Who has a net.
    pub(super) fn owner(&self, net: IpNet) -> Option<MemberId> {
        self.claimants(net).next()
    }

    /// Enters a claim; returns another member that claims the same net.
    pub(super) fn insert(&mut self, net: IpNet, member: MemberId) -> Option<MemberId> {
        let rival = self.claimants(net).find(|other| *other != member);
        self.claims.insert((net, member));
        rival
    }

    pub(super) fn remove(&mut self, net: IpNet, member: MemberId) {
        self.claims.remove(&(net, member));
    }

    /// The attached peer that has a net.
    pub(super) fn leaf(&self, net: IpNet) -> Option<PeerId> {
        self.leaves.get(&net).copied()
    }

    pub(super) fn attach(&mut self, net: IpNet, leaf: PeerId) {
        self.leaves.insert(net, leaf);
    }

    /// Strikes out an attached peer; returns the nets that it had.
    pub(super) fn detach(&mut self, leaf: PeerId) -> Vec<IpNet> {
        let nets: Vec<_> =
            self.leaves.iter().filter(|(_, peer)| **peer == leaf).map(|(net, _)| *net).collect();
        nets.iter().for_each(|net| _ = self.leaves.remove(net));
        nets
    }

    /// What members have of a net in parts.
    pub(super) fn parts(&self, net: IpNet) -> impl Iterator<Item = (IpNet, MemberId)> {
        let claims = self.claims.iter().copied();
        claims.filter(move |(part, member)| {
            *part != net && net.contains(part) && self.owner(*part) == Some(*member)
        })
    }

    fn claimants(&self, net: IpNet) -> impl Iterator<Item = MemberId> {
        let least = MemberId::from_bytes([0; 32]);
        let from = self.claims.range((net, least)..);
        from.take_while(move |(other, _)| *other == net).map(|(_, member)| *member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> MemberId {
        MemberId::from_bytes([byte; 32])
    }

    #[test]
    fn the_lowest_id_has_the_net_whoever_came_first() {
        let [net, other] = ["10.0.0.0/8", "10.0.0.0/9"].map(|net| net.parse().unwrap());
        let mut holdings = Holdings::default();

        assert_eq!(holdings.insert(net, id(7)), None);
        assert_eq!(holdings.insert(net, id(7)), None);
        assert_eq!(holdings.insert(net, id(3)), Some(id(7)));
        assert_eq!(holdings.insert(other, id(5)), None);
        assert_eq!(holdings.owner(net), Some(id(3)));
        holdings.remove(net, id(3));
        assert_eq!(holdings.owner(net), Some(id(7)));
        holdings.remove(net, id(7));
        assert_eq!(holdings.owner(net), None);
        assert_eq!(holdings.owner(other), Some(id(5)));
    }
}
