use alloc::vec::Vec;

use super::Node;
use crate::crypto::Aead;
use crate::device::PeerId;
use crate::mesh::event::{Event, Party};
use crate::mesh::frame::{Frame, pack};
use crate::mesh::gossip::{Output, Parcel, Tag};
use crate::mesh::identity::MemberId;
use crate::mesh::renewal::Renewal;
use crate::mesh::thing::{Content, Thing};
use crate::time::Time;

/// What gossip wants of this node: tunnels to neighbours, and words and things sent through them.
impl<A: Aead> Node<A> {
    pub(super) fn act(&mut self, now: Time, output: Output) {
        match output {
            Output::Say { to, message } => {
                if let Some(peer) = self.ready_peer(to) {
                    self.send(false, peer, Frame::Gossip(message).to_bytes());
                }
            }
            Output::Send { to, parcels } => {
                if let Some(peer) = self.ready_peer(to) {
                    let frames = self.pack(&parcels);
                    frames.into_iter().for_each(|frame| self.send(false, peer, frame));
                }
            }
            Output::Dial(tag) => self.dial_for_gossip(now, tag),
            Output::Close(tag) => self.close(now, tag),
            Output::Forgotten(tag) => {
                if let Some(number) = self.membership.roster.find_tag(tag) {
                    self.forget(now, number, Event::MemberForgotten);
                }
                self.membership.revocations.remove(&tag);
            }
            Output::Renew => {
                let wall = self.membership.wall(now);
                self.membership.own.renew(wall);
                self.tell_own(now);
            }
        }
    }

    pub(super) fn dial_for_gossip(&mut self, now: Time, tag: Tag) {
        let number = self.membership.roster.find_tag(tag);
        let wanted = number.filter(|number| self.is_member(*number));
        let Some(Ok(peer)) = wanted.map(|number| self.dial(now, number)) else {
            return self.gossip.failed(now, tag);
        };
        if let Some(link) = self.links.get_mut(peer) {
            link.for_gossip = true;
        }
        self.is_ready(now, peer);
    }

    /// Gossip does not need the tunnel. One that is up ends with its session, unless packets keep
    /// it alive.
    fn close(&mut self, now: Time, tag: Tag) {
        let number = self.membership.roster.find_tag(tag);
        let known = number.and_then(|number| self.membership.roster.get(number));
        let Some(peer) = known.and_then(|known| known.peer) else { return };
        let Some(link) = self.links.get_mut(peer) else { return };
        link.for_gossip = false;
        if !link.up && link.dialed && !link.for_traffic {
            self.drop_link(now, peer);
        }
    }

    /// The peer over which gossip with a member goes.
    pub(super) fn ready_peer(&self, tag: Tag) -> Option<PeerId> {
        let number = self.membership.roster.find_tag(tag)?;
        let peer = self.membership.roster.get(number)?.peer?;
        self.links.get(peer).filter(|link| link.is_ready()).map(|_| peer)
    }

    fn pack(&self, parcels: &[Parcel]) -> Vec<Vec<u8>> {
        pack(parcels.iter().filter_map(|parcel| {
            let bytes = self.membership.thing(parcel.tag)?;
            let content = match parcel.tag.is_member() {
                true if parcel.renewal => Content::Renewal(Renewal::of(parcel.tag, bytes)?),
                true => Content::Record(bytes),
                false => Content::Revocation(bytes),
            };
            Some(Thing { life: parcel.life, content })
        }))
    }

    /// Whose tunnels this node has.
    pub(super) fn linked(&self) -> Vec<(PeerId, MemberId)> {
        let members = self.links.peers().filter_map(|peer| match self.party(peer) {
            Some(Party::Member(id)) => Some((peer, id)),
            Some(Party::Leaf(_)) | None => None,
        });
        members.collect()
    }
}
