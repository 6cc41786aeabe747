use alloc::vec::Vec;

use super::Node;
use crate::crypto::Aead;
use crate::device::PeerId;
use crate::mesh::event::{Event, Party};
use crate::mesh::frame::{Frame, pack};
use crate::mesh::gossip::{Output, Parcel, Tag};
use crate::mesh::identity::MemberId;
use crate::mesh::lost::Trace;
use crate::mesh::path::is_worth_trying;
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
                    self.note_lost(tag, number);
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
        if let Some(trace) = self.membership.lost.find(tag).filter(|_| number.is_none()) {
            return self.seek(now, tag, trace);
        }
        let wanted = number.filter(|number| self.is_member(*number));
        let Some(Ok(peer)) = wanted.map(|number| self.dial(now, number)) else {
            return self.gossip.failed(now, tag);
        };
        if let Some(link) = self.links.get_mut(peer) {
            link.for_gossip = true;
        }
        self.is_ready(now, peer);
    }

    /// Remembers how a member was reached that is about to be forgotten.
    fn note_lost(&mut self, tag: Tag, number: u32) {
        let own = self.addresses();
        let known = self.membership.roster.get(number);
        let trace = known.and_then(|it| Trace::of(tag, it, |at| is_worth_trying(at, &own)));
        trace.into_iter().for_each(|trace| self.membership.lost.insert(trace));
    }

    /// Asks a member that was forgotten to let this node in: once, where it was.
    fn seek(&mut self, now: Time, tag: Tag, Trace { key, at, .. }: Trace) {
        let allowed = self.steering.may_venture(now, tag, at);
        let Some(peer) = allowed.then(|| self.open_door(now, at, key)).flatten() else {
            return self.gossip.failed(now, tag);
        };
        if let Some(link) = self.links.get_mut(peer) {
            link.for_gossip = true;
        }
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
