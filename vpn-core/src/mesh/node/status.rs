use core::net::{Ipv6Addr, SocketAddr};

use ipnet::IpNet;

use super::Node;
use crate::crypto::Aead;
use crate::device::{Drops, PeerConfig, PeerId};
use crate::error::PeerError;
use crate::key::PublicKey;
use crate::mesh::identity::MemberId;
use crate::mesh::path::{BASE_MTU, Hop};
use crate::mesh::record::Record;
use crate::mesh::roster::Known;
use crate::time::Time;

/// What a node knows of another member.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// What it says of itself.
    pub record: Record,
    /// Its address in the overlay that is derived from its key.
    pub address: Ipv6Addr,
    /// Where it was reached last, not through another.
    pub endpoint: Option<SocketAddr>,
    /// Through whom it is reached, if not directly.
    pub via: Option<MemberId>,
    /// Whether there is a tunnel to it.
    pub is_up: bool,
    /// The greatest packet that is sealed for it, in bytes.
    pub mtu: u16,
}

/// Looking at a node.
impl<A: Aead> Node<A> {
    /// Returns this node's own record, as the others know it or will soon.
    pub fn record(&self) -> &Record {
        self.membership.own.record()
    }

    /// Returns this node's address in the overlay that is derived from its key.
    pub fn address(&self) -> Ipv6Addr {
        self.membership.trust.network().derived_address(&self.id())
    }

    /// Returns the other members that are known, in an order that does not change by itself.
    pub fn members(&self) -> impl Iterator<Item = Member> {
        let present = self.membership.roster.iter().filter(|(_, known)| !known.leaving);
        present.filter_map(|(_, known)| self.describe(known))
    }

    /// Returns what is known of a member.
    pub fn member(&self, id: &MemberId) -> Option<Member> {
        let known = self.membership.roster.get(self.membership.roster.find(id)?)?;
        Some(known).filter(|known| !known.leaving).and_then(|known| self.describe(known))
    }

    /// Returns how many received datagrams were discarded, by kind.
    ///
    /// Some of what is taken in the end counts as well: the initiation of a member without a tunnel
    /// as [`Discard::UnknownPeer`](crate::Discard::UnknownPeer), what joiners say to the network's own
    /// key as [`Discard::BadMac1`](crate::Discard::BadMac1). Of the latter, nothing else is counted.
    pub fn drops(&self) -> &Drops {
        self.device.drops()
    }

    /// Attaches a peer that knows nothing of the mesh: an ordinary one, which is never sent a frame.
    ///
    /// `nets` are its addresses; this node sends there what is for them, whoever else claims the same
    /// ones. Other members find the way to it if this node's certificate names
    /// these nets or a wider one, and the embedder hands on what comes for it.
    ///
    /// # Errors
    ///
    /// As [`Device::add_peer`](crate::Device::add_peer).
    pub fn attach(&mut self, now: Time, leaf: PeerConfig, nets: &[IpNet]) -> Result<(), PeerError> {
        let peer = self.device.add_peer(now, leaf)?;
        for net in nets {
            self.membership.holdings.attach(net.trunc(), peer);
            self.route(net.trunc());
        }
        Ok(())
    }

    /// Removes a peer that was attached.
    ///
    /// # Errors
    ///
    /// [`PeerError::UnknownPeer`] if no attached peer has this key.
    pub fn detach(&mut self, leaf: &PublicKey) -> Result<(), PeerError> {
        let peer = self.device.find_peer(leaf).filter(|peer| self.links.get(*peer).is_none());
        let peer = peer.ok_or(PeerError::UnknownPeer)?;
        self.device.remove_peer(peer)?;
        for net in self.membership.holdings.detach(peer) {
            self.route(net);
        }
        Ok(())
    }

    fn describe(&self, known: &Known) -> Option<Member> {
        let up = known.peer.is_some_and(|peer| self.device.is_up(peer) == Ok(true));
        Some(Member {
            record: known.record()?,
            address: self.membership.trust.network().derived_address(&known.id),
            endpoint: known.seen,
            via: known.peer.and_then(|peer| self.relay_of(peer)),
            is_up: up,
            mtu: known.peer.map_or(BASE_MTU, |peer| self.mtu_of(peer)),
        })
    }

    /// Who passes on what is for a peer.
    fn relay_of(&self, peer: PeerId) -> Option<MemberId> {
        match Hop::of(self.device.endpoint(peer).ok()??) {
            Hop::Via { relay, .. } => self.membership.roster.get(relay).map(|known| known.id),
            Hop::Direct(_) => None,
        }
    }
}
