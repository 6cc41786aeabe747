use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use super::Node;
use crate::crypto::Aead;
use crate::device::PeerId;
use crate::mesh::book::Entry;
use crate::mesh::error::TrustError;
use crate::mesh::event::{Event, Party};
use crate::mesh::frame::pack;
use crate::mesh::gossip::{Item, Tag, Version, life, life_units, record_life};
use crate::mesh::identity::MemberId;
use crate::mesh::link::Who;
use crate::mesh::membership::notice;
use crate::mesh::record::Record;
use crate::mesh::revocation::{Revocation, Subject};
use crate::mesh::roster::{self, Known};
use crate::mesh::thing::{Content, Thing};
use crate::mesh::trust::CLOCK_SKEW;
use crate::time::Time;

/// How long changes of this node's own record wait for others.
const PUBLISH_DELAY: Duration = Duration::from_secs(5);

/// What becomes of records and revocations, from wherever they come.
impl<A: Aead> Node<A> {
    /// Takes a thing that the member `from` has sent.
    pub(super) fn learn_thing(&mut self, now: Time, thing: Thing<'_>, from: Tag) {
        if !self.gossip.admits(now, from) {
            return;
        }
        match thing.content {
            Content::Record(bytes) => {
                if let Ok(record) = Record::decode(bytes) {
                    let life = life(thing.life);
                    self.learn(now, &record, life, Some(from));
                }
            }
            Content::Renewal(renewal) => {
                if self.gossip.is_wanted(now, renewal.tag(), renewal.version()) {
                    if let Some(record) = self.membership.renewed(&renewal) {
                        self.learn(now, &record, life(thing.life), Some(from));
                    }
                }
            }
            Content::Revocation(bytes) => {
                if let Ok(revocation) = Revocation::decode(bytes) {
                    let _ = self.learn_revocation(now, revocation, Some(from));
                }
            }
        }
    }

    /// Takes from whoever is asked to let this node in that it was revoked, and nothing else.
    pub(super) fn learn_refusal(&mut self, now: Time, things: &[Thing<'_>]) {
        let own = self.membership.own.tag();
        for thing in things {
            let Content::Revocation(bytes) = thing.content else { continue };
            let Ok(revocation) = Revocation::decode(bytes) else { continue };
            if self.gossip.admits(now, own) && self.membership.concerns_own(&revocation) {
                let _ = self.learn_revocation(now, revocation, None);
            }
        }
    }

    /// Takes a record, to be believed for `life`, if it is news and to be trusted.
    pub(super) fn learn(&mut self, now: Time, record: &Record, life: Duration, from: Option<Tag>) {
        let (id, version) = (record.member(), Version::from_bits(record.sequence()));
        let tag = roster::tag(&id);
        if id == self.id() {
            return self.outdo(now, record, version);
        }
        let tunnel = record.certificate().claims().tunnel;
        if !self.gossip.is_wanted(now, tag, version)
            || tunnel == self.device.public_key()
            || self.is_rendezvous(&tunnel)
            || self.membership.judge(now, record).is_err()
        {
            return;
        }
        let entered = match self.membership.roster.find(&id) {
            Some(number) => self.update(now, number, record),
            None => self.enter(record),
        };
        if entered {
            // Not by how many are known: a joiner knows one, and others renew as they have promised.
            let life = life.min(record_life(self.membership.max_members.saturating_add(1)));
            self.gossip.learned(now, Item { tag, version }, life, from);
        }
    }

    /// Takes a revocation; those whom it covers are cut off.
    pub(super) fn learn_revocation(
        &mut self,
        now: Time,
        revocation: Revocation,
        from: Option<Tag>,
    ) -> Result<(), TrustError> {
        let wall = self.membership.wall(now);
        let (tag, version) = notice(&revocation);
        let (bytes, until) = (revocation.to_bytes(), revocation.until());
        let subject = revocation.subject();
        // Those that make room for it are to be forgotten here as well.
        if self.membership.trust.has_ended(wall) {
            self.forget_fallen(now);
        }
        if self.membership.trust.revoke(revocation, wall)? {
            self.membership.revocations.insert(tag, bytes.into());
            let life = Duration::from_secs(until.saturating_sub(wall.as_secs()));
            self.gossip.learned(now, Item { tag, version }, life, from);
            self.cut_off(now, subject);
            self.forget_fallen(now);
        }
        Ok(())
    }

    /// Forgets revocations that hold no more.
    pub(super) fn forget_fallen(&mut self, now: Time) {
        let wall = self.membership.wall(now);
        for revocation in self.membership.trust.take_fallen(wall) {
            let (tag, _) = notice(&revocation);
            self.membership.revocations.remove(&tag);
            self.gossip.remove(now, tag);
            // The clock may be wrong.
            self.membership.put_by(Entry::Revocation(revocation.into()));
        }
    }

    /// Forgets members whose certificates have ended.
    pub(super) fn forget_expired(&mut self, now: Time) {
        let wall = self.membership.wall(now).as_secs();
        let expired = self.find(|known| known.not_after.saturating_add(CLOCK_SKEW) <= wall);
        for (number, id) in expired {
            self.forget(now, number, Event::MemberForgotten);
            self.gossip.remove(now, roster::tag(&id));
        }
    }

    /// Strikes a member out.
    pub(super) fn forget(&mut self, now: Time, number: u32, event: fn(MemberId) -> Event) {
        let Some(known) = self.membership.roster.get(number) else { return };
        let (id, gone) = (known.id, known.leaving);
        if let Some(peer) = known.peer {
            self.drop_link(now, peer);
        }
        self.withdraw(number);
        if let Some(known) = self.membership.roster.remove(number) {
            self.keep(now, &known);
        }
        if !gone {
            self.tell(event(id));
        }
    }

    /// The peer is the member of this number, as its tunnel's key shows.
    pub(super) fn recognise(&mut self, now: Time, peer: PeerId, number: u32) {
        let Some(known) = self.membership.roster.get(number) else { return };
        let (id, other) = (known.id, known.peer.filter(|other| *other != peer));
        let mut awaited = false;
        if let Some(other) = other {
            // What waits there goes over the one that is here.
            if let Some(link) = self.links.get_mut(other) {
                awaited = core::mem::take(&mut link.awaited);
            }
            self.drop_link(now, other);
        }
        let Some(link) = self.links.get_mut(peer) else { return };
        let (known_before, up) = (link.who == Who::Member(number), link.up);
        link.who = Who::Member(number);
        link.awaited |= awaited;
        if known_before {
            return;
        }
        self.links.guests.remove(peer);
        self.bind(number, peer);
        if let Some(endpoint) = self.device.endpoint(peer).ok().flatten() {
            self.note_endpoint(peer, endpoint);
        }
        self.begin_steering(now, peer);
        if up {
            self.tell_up(peer, Party::Member(id));
        }
        self.is_ready(now, peer);
    }

    /// Sends this node's own record to everyone with whom there is a tunnel.
    pub(super) fn tell_linked(&mut self) {
        let content = Content::Record(self.membership.own.bytes());
        let life = life_units(self.gossip.own_life());
        let frames = pack([Thing { life, content }]);
        for (peer, _) in self.linked() {
            frames.iter().for_each(|frame| self.send(false, peer, frame.clone()));
        }
    }

    /// Notes where a member sees this node.
    pub(super) fn observed(&mut self, now: Time, by: MemberId, at: SocketAddr) {
        if self.membership.own.observe(by, at) {
            let due = (now + PUBLISH_DELAY).max(self.gossip.next_edition());
            self.membership.own.publish_at(due);
        }
    }

    /// Enters a member that was not known.
    fn enter(&mut self, record: &Record) -> bool {
        if self.membership.roster.len() >= self.membership.max_members {
            return false;
        }
        let Some(number) = self.membership.roster.insert(Known::new(record)) else { return false };
        if !record.is_leaving() {
            self.claim(number);
            self.tell(Event::MemberLearned(record.member()));
        }
        true
    }

    /// Replaces the record of a member.
    fn update(&mut self, now: Time, number: u32, record: &Record) -> bool {
        let Some(known) = self.membership.roster.get(number) else { return false };
        let fresh = Known::new(record);
        let (was_there, same_key) = (!known.leaving, known.tunnel == fresh.tunnel);
        if !same_key && self.membership.roster.find_rival(&fresh.tunnel).is_some() {
            return false;
        }
        let (peer, key) = (known.peer, fresh.tunnel);
        let nets = |record: &Record| record.certificate().claims().nets.clone();
        // A net that is claimed as before is no news to anybody.
        let same_nets = known.record().is_some_and(|last| nets(&last) == nets(record));
        let settled = was_there && !fresh.leaving && same_nets;
        if !settled {
            self.withdraw(number);
        }
        let Some(known) = self.membership.roster.replace(number, fresh) else { return false };
        let (id, is_there) = (known.id, !known.leaving);
        if let Some(peer) = peer {
            if !is_there {
                self.drop_link(now, peer);
            } else if !same_key {
                self.replace_key(now, peer, key);
            }
        }
        if is_there && !settled {
            self.claim(number);
        }
        match (was_there, is_there) {
            (true, false) => self.tell(Event::MemberForgotten(id)),
            (false, true) => self.tell(Event::MemberLearned(id)),
            (true, true) | (false, false) => {}
        }
        true
    }

    /// A record of an earlier life of this node is about, or somebody has its signing key.
    fn outdo(&mut self, now: Time, record: &Record, version: Version) {
        if version > self.membership.own.version() && record.is_signed() {
            let wall = self.membership.wall(now);
            self.membership.own.outdo(version, wall);
            self.tell_own(now);
        }
    }

    /// Cuts off everyone who is not to be trusted any more, now that a subject was revoked.
    fn cut_off(&mut self, now: Time, subject: Subject) {
        let wall = self.membership.wall(now);
        let trust = &self.membership.trust;
        let (Subject::Member { member: revoked, .. } | Subject::Issuer(revoked)) = subject;
        let issuer = roster::tag(&revoked);
        // Few records are worth decoding: those of the subject, and what it has issued. With a root
        // all introducers fall, and whom they have introduced.
        let all = trust.is_root(revoked);
        let concerns = |known: &Known| all || known.id == revoked || known.issuer == issuer;
        let is_revoked = |record: &Record| {
            let judged = trust.check_times(record.certificate(), record.introducer(), wall);
            judged == Err(TrustError::Revoked)
        };
        let own_is_revoked = is_revoked(self.membership.own.record());
        let revoked = self.find(|known| {
            concerns(known) && known.record().is_some_and(|record| is_revoked(&record))
        });
        for (number, id) in revoked {
            self.tell_revoked(now, number);
            self.forget(now, number, Event::Revoked);
            self.gossip.remove(now, roster::tag(&id));
        }
        if own_is_revoked {
            self.tell(Event::Revoked(self.id()));
        }
    }

    /// Tells a member with whom there is a session why it is cut off.
    fn tell_revoked(&mut self, now: Time, number: u32) {
        let Some(known) = self.membership.roster.get(number) else { return };
        let notice = known.record().and_then(|record| self.membership.notice_for(&record));
        if let (Some(peer), Some(frame)) = (known.peer, notice) {
            self.send_last(now, peer, &frame);
        }
    }

    fn find(&self, wanted: impl Fn(&Known) -> bool) -> Vec<(u32, MemberId)> {
        let all = self.membership.roster.iter().filter(|(_, known)| wanted(known));
        all.map(|(number, known)| (number, known.id)).collect()
    }
}
