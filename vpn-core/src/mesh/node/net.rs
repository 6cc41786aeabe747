use alloc::vec::Vec;
use core::net::IpAddr;

use ipnet::IpNet;

use super::Node;
use crate::crypto::Aead;
use crate::mesh::event::Event;
use crate::mesh::identity::MemberId;
use crate::mesh::roster::Known;

/// The number that no member has: nets of this node lead there, so that whoever has a wider net does
/// not send from them.
const NOBODY: u32 = u32::MAX >> 1;

/// Which nets are whose, and where they lead.
impl<A: Aead> Node<A> {
    /// Claims this node's own nets.
    pub(super) fn hold_own_nets(&mut self) {
        let id = self.id();
        let mut nets = self.membership.own.record().certificate().claims().nets.clone();
        nets.push(IpAddr::from(self.address()).into());
        for net in nets {
            self.hold(net, id);
        }
    }

    /// Leads a net to whoever has it.
    pub(super) fn route(&mut self, net: IpNet) {
        if let Some(leaf) = self.membership.holdings.leaf(net) {
            let _ = self.device.allow(leaf, net);
            return;
        }
        let owner = self.membership.holdings.owner(net);
        if owner == Some(self.id()) {
            return self.device.reserve(net, NOBODY);
        }
        let number = owner.and_then(|owner| self.membership.roster.find(&owner));
        let known = number.and_then(|number| Some((number, self.membership.roster.get(number)?)));
        match known {
            Some((_, Known { peer: Some(peer), .. })) => {
                let _ = self.device.allow(*peer, net);
            }
            Some((number, _)) => self.device.reserve(net, number),
            None => self.device.release(net),
        }
    }

    /// Leads all nets of a member to its peer, or nowhere while there is none.
    pub(super) fn route_member(&mut self, number: u32) {
        for net in self.nets(number) {
            self.route(net);
        }
    }

    /// Enters the nets of a member.
    pub(super) fn claim(&mut self, number: u32) {
        let Some(known) = self.membership.roster.get(number) else { return };
        let id = known.id;
        for net in self.nets(number) {
            self.hold(net, id);
        }
    }

    /// Strikes out the nets of a member.
    pub(super) fn withdraw(&mut self, number: u32) {
        let Some(known) = self.membership.roster.get(number) else { return };
        let id = known.id;
        for net in self.nets(number) {
            self.membership.holdings.remove(net, id);
            self.route(net);
        }
    }

    /// Enters a net, and tells whom else it concerns.
    pub(super) fn hold(&mut self, net: IpNet, id: MemberId) {
        let rival = self.membership.holdings.insert(net, id);
        self.route(net);
        if let Some(rival) = rival {
            let (owner, other) = (id.min(rival), id.max(rival));
            self.tell(Event::Conflict { net, owner, other });
        }
        if id != self.id() {
            self.tell_overlap(net, id);
            return;
        }
        // What others have of it: this node may claim it later than they.
        let parts: Vec<_> = self.membership.holdings.parts(net).collect();
        for (part, owner) in parts {
            if owner != id && self.own_net_around(part) == Some(net) {
                self.tell_overlap(part, owner);
            }
        }
    }

    fn tell_overlap(&mut self, net: IpNet, owner: MemberId) {
        if let Some(within) = self.own_net_around(net) {
            self.tell(Event::Overlap { net, owner, within });
        }
    }

    /// The net of this node that another is a part of. The addresses derived from keys are parts of
    /// none, whatever it is.
    fn own_net_around(&self, net: IpNet) -> Option<IpNet> {
        let network = self.membership.trust.network();
        let is_derived = IpNet::from(network.derived_net()).contains(&net);
        let own = &self.membership.own.record().certificate().claims().nets;
        let mut around =
            own.iter().filter(|own| own.prefix_len() > 0 && **own != net && own.contains(&net));
        around.next().filter(|_| !is_derived).copied()
    }

    /// The nets that a member answers for: the address derived from its key, and those certified.
    fn nets(&self, number: u32) -> Vec<IpNet> {
        let Some(known) = self.membership.roster.get(number) else { return Vec::new() };
        let derived = self.membership.trust.network().derived_address(&known.id);
        let certified = known.record().map(|record| record.certificate().claims().nets.clone());
        let derived = IpNet::from(IpAddr::from(derived));
        [derived].into_iter().chain(certified.unwrap_or_default()).collect()
    }
}
