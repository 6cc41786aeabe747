//! Who tells whom of what: how records and revocations reach every member, at a bounded cost.
//!
//! [`Gossip`] keeps no content and knows no keys: a thing is a [`Tag`] and the newest known
//! [`Version`] of it. Whoever learns a newer version *announces* it to its neighbours; one that
//! lacks it asks one announcer, and gets it once. What that misses is found by *comparison*: twice
//! a minute, hashes over ranges of the index are laid beside those of one random neighbour. The
//! same mechanism fills the index of a node that has just joined.

mod comparison;
mod entry;
mod exchange;
mod index;
mod law;
mod linking;
mod message;
mod neighbour;
mod output;
mod pace;
mod past;
mod promise;
mod request;
mod version;

use alloc::collections::{BTreeMap, VecDeque};
use core::time::Duration;

pub(super) use entry::Entry;
pub(super) use index::{Index, mix};
pub use law::{record_life, renewal_interval};
pub use message::{Digest, Item, List, MAX_ITEMS, Message, Range};
pub(super) use message::{life, life_units};
pub use output::{Output, Parcel};
pub use version::{Tag, Version};

use comparison::Comparison;
use exchange::parcels;
use neighbour::{Budget, Neighbour};
pub(in crate::mesh) use pace::Pace;
use promise::Promise;
use request::Requests;

use super::view::{View, draw};
use crate::crypto::{Drbg, Seed};
use crate::time::Time;

/// The gossip of one node, and its choice of neighbours: a state machine without I/O.
///
/// The caller owns the content and the tunnels. It calls
///
/// 1. [`handle`](Self::handle) for each message, [`admits`](Self::admits) and then
///    [`learned`](Self::learned) for each thing that a member sends, [`heard`](Self::heard) for
///    whatever else authenticates from a neighbour, a keepalive too;
/// 2. [`handle_timeout`](Self::handle_timeout) when [`poll_timeout`](Self::poll_timeout) has come;
/// 3. after any of these, [`poll`](Self::poll) until `None`.
///
/// A member is named by its tag throughout, and there is one tunnel to it at most.
#[derive(Debug)]
pub struct Gossip {
    own: Tag,
    index: Index,
    view: View,
    neighbours: BTreeMap<Tag, Neighbour>,
    /// Who was a neighbour last, the latest first.
    former: VecDeque<(Tag, Budget)>,
    requests: Requests,
    /// Things received from members that are no neighbours, such as farewells.
    strangers: Pace,
    /// Newcomers shown a few members.
    referrals: Pace,
    outputs: VecDeque<Output>,
    rng: Drbg,
    promise: Promise,
    comparison: Comparison,
}

impl Gossip {
    /// Makes the gossip of a node that knows itself alone; `own` is the tag of its record.
    pub fn new(own: Tag, version: Version, seed: Seed, now: Time) -> Self {
        let mut rng = Drbg::new(seed);
        let mut index = Index::default();
        index.insert(own, Entry::new(Time::MAX, version, Time::MAX));
        Self {
            own,
            index,
            view: View::new(own, now, &mut rng),
            neighbours: BTreeMap::new(),
            former: VecDeque::new(),
            requests: Requests::default(),
            strangers: Pace::new(512, 128),
            referrals: Pace::new(32, 8),
            outputs: VecDeque::new(),
            promise: Promise::new(now),
            comparison: Comparison::new(now, Tag::from_bits(draw(&mut rng))),
            rng,
        }
    }

    /// Returns the number of members known, this node included.
    pub fn members(&self) -> usize {
        self.index.members()
    }

    /// Returns how long others may believe this node's record, as last set; to be told with it.
    pub fn own_life(&self) -> Duration {
        self.promise.life()
    }

    /// Returns the version known of a thing, if any.
    pub fn version(&self, tag: Tag) -> Option<Version> {
        self.index.find(tag).map(|entry| entry.version)
    }

    /// Returns the members that gossip is exchanged with.
    pub fn neighbours(&self) -> impl Iterator<Item = Tag> {
        self.view.neighbours()
    }

    /// Whether the version is newer than what is known, and than what was forgotten lately, and not
    /// one of too many changes. A thing that is not wanted needs no verification.
    pub fn is_wanted(&self, now: Time, tag: Tag, version: Version) -> bool {
        self.index.is_wanted(now, tag, version)
    }

    /// Whether a thing that the member has sent is to be looked at: counts against what it may send.
    /// Members that are no neighbours may send as much together as one neighbour alone.
    pub fn admits(&mut self, now: Time, from: Tag) -> bool {
        match self.neighbours.get_mut(&from) {
            Some(neighbour) => neighbour.admits_thing(now),
            None => self.strangers.take(now, 1),
        }
    }

    /// Enters a thing that was verified, sent by `from` or read from the address book (`None`), to
    /// be forgotten after `life`; returns whether it is news. The caller keeps the content if so.
    pub fn learned(&mut self, now: Time, item: Item, life: Duration, from: Option<Tag>) -> bool {
        let holders = self.requests.settle(item);
        if item.tag == self.own || !self.index.is_wanted(now, item.tag, item.version) {
            return false;
        }
        let known = self.index.find_doubted(item.tag);
        let edition = known.is_none_or(|known| known.version.number() < item.version.number());
        let expires = now + life;
        let entry = match known {
            Some(known) => {
                // Whoever passes a renewal on may tell less of its life than there is.
                let left = known.expires.min(now + record_life(self.members()));
                known.replaced(now, item.version, expires.max(left))
            }
            None => Entry::new(now, item.version, expires),
        };
        self.index.insert(item.tag, entry);
        self.announce(now, item.tag, edition, |tag| Some(tag) == from || holders.contains(&tag));
        if known.is_none() {
            self.view.refresh(now);
        }
        true
    }

    /// Promises to renew the own record as is due in a network of those known, before anybody was told
    /// otherwise: as with an address book.
    pub fn foresee(&mut self, now: Time) {
        self.promise.make(now, self.members(), &mut self.rng);
    }

    /// Returns from when on this node's own record may change again: others take no more of a record
    /// that changes all the time.
    pub(in crate::mesh) fn next_edition(&self) -> Time {
        self.index.find(self.own).map_or_else(Time::default, |own| own.next_edition())
    }

    /// Enters the next version of this node's own record.
    pub fn set_own(&mut self, now: Time, version: Version) {
        let known = self.version(self.own);
        if known.is_some_and(|known| known >= version) {
            return;
        }
        let edition = known.is_none_or(|known| known.number() < version.number());
        let mut entry = Entry::new(Time::MAX, version, Time::MAX);
        if let Some(known) = self.index.find(self.own) {
            entry.calm = known.replaced(now, version, Time::MAX).calm;
        }
        self.index.insert(self.own, entry);
        self.requests.settle(Item { tag: self.own, version });
        self.promise.make(now, self.members(), &mut self.rng);
        self.announce(now, self.own, edition, |_| false);
    }

    /// Forgets a thing, such as the record of a member that was revoked. The same version is not
    /// taken again.
    pub fn remove(&mut self, now: Time, tag: Tag) {
        if tag != self.own {
            self.index.remove(tag);
            self.failed(now, tag);
        }
    }

    /// The clock was corrected by which the caller judges: what was refused or forgotten may be taken.
    pub fn reconsider(&mut self, now: Time) {
        self.index.forgive();
        self.comparison.hasten(now);
    }

    /// Takes the next thing to be done at `now`.
    pub fn poll(&mut self, now: Time) -> Option<Output> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        for (tag, neighbour) in &mut self.neighbours {
            if let Some(message) = neighbour.poll_reply(now) {
                return Some(Output::Say { to: *tag, message });
            }
            if let Some(tags) = neighbour.poll_wanted(now) {
                let version =
                    |tag| self.index.find(tag).map_or_else(Version::default, |it| it.version);
                let items = tags.into_iter().map(|tag| Item { tag, version: version(tag) });
                return Some(Output::Say { to: *tag, message: Message::Want(items.collect()) });
            }
            // Nothing of what was asked for may be newer than what the neighbour has.
            while let Some(items) = neighbour.poll_served(now) {
                let own = (self.own, self.promise.life());
                let parcels = parcels(&self.index, own, now, items);
                if !parcels.is_empty() {
                    return Some(Output::Send { to: *tag, parcels });
                }
            }
            if let Some(tags) = neighbour.poll_announced(now) {
                let known = tags
                    .into_iter()
                    .filter_map(|tag| Some(Item { tag, version: self.index.find(tag)?.version }));
                return Some(Output::Say { to: *tag, message: Message::Have(known.collect()) });
            }
        }
        None
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout); an instant that has passed
    /// means at once.
    pub fn poll_timeout(&self) -> Time {
        if !self.outputs.is_empty() {
            return Time::from_nanos(0);
        }
        let neighbours = self.neighbours.values().filter_map(Neighbour::deadline);
        let others = [self.promise.due(), self.comparison.due()];
        let view = self.view.deadline(&self.index);
        let deadlines = neighbours.chain(others).chain(view).chain(self.requests.deadline());
        deadlines.min().unwrap_or(Time::MAX)
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Time) {
        if self.promise.poll_due(now) {
            self.outputs.push_back(Output::Renew);
        }
        // Before all that neighbours are needed for: after a sleep there may be none left.
        self.view.handle_timeout(now, &self.index, &mut self.rng);
        self.follow(now);
        for (tag, holder) in self.requests.overdue(now) {
            if let Some(neighbour) = self.neighbours.get_mut(&holder) {
                neighbour.want(tag);
            }
        }
        if self.comparison.poll_due(now) {
            self.compare(now);
        }
        self.neighbours.values_mut().for_each(|neighbour| neighbour.beat(now));
    }
}

#[cfg(test)]
mod tests;
