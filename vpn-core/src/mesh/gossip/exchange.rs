use alloc::vec::Vec;
use core::time::Duration;

use super::Gossip;
use super::index::Index;
use super::law::{COMPARE_AFTER_REQUESTS, MAX_LISTS};
use super::message::{Item, List, Message, life_units};
use super::output::{Output, Parcel};
use super::version::Tag;
use crate::mesh::view::draw;
use crate::time::Time;

/// What is said to neighbours, and what they say.
impl Gossip {
    /// Takes a message of a member.
    pub fn handle(&mut self, now: Time, from: Tag, message: &Message) {
        match message {
            Message::Link { alone } => self.view.handle_link(now, from, *alone),
            Message::Linked => self.view.handle_linked(now, from),
            Message::Unlink => self.view.handle_unlink(now, from),
            Message::Have(_) | Message::Want(_) | Message::Digest(_) | Message::List(_) => {
                // From no neighbour: whoever awaits an answer has got it, others are told.
                if !self.view.is_neighbour(from) {
                    self.view.handle_linked(now, from);
                }
            }
        }
        self.follow(now);
        self.view.heard(now, from);
        let Some(neighbour) = self.neighbours.get_mut(&from) else { return };
        match message {
            Message::Have(items) => {
                neighbour.answer(now);
                if neighbour.admits_items(now, items.len()) {
                    self.consider(now, from, items);
                }
            }
            Message::Want(items) => neighbour.serve(items),
            Message::Digest(digest) => {
                if neighbour.admits_digest(now) {
                    let lists = self.index.differences(digest, MAX_LISTS);
                    lists.into_iter().for_each(|list| neighbour.reply(Message::List(list)));
                }
            }
            Message::List(list) => {
                if neighbour.admits_list(list) && neighbour.admits_items(now, list.items.len()) {
                    self.consider(now, from, &list.items);
                    self.tell_missing(now, from, list);
                }
            }
            Message::Link { .. } | Message::Linked | Message::Unlink => {}
        }
    }

    /// Forgets what nobody renews, and lays a part of the index beside that of one neighbour, drawn
    /// at random.
    pub(super) fn compare(&mut self, now: Time) {
        if self.neighbours.is_empty() {
            return;
        }
        for tag in self.index.expire(now) {
            self.outputs.push_back(Output::Forgotten(tag));
        }
        let count = self.neighbours.len() as u64;
        let drawn = (draw(&mut self.rng) % count) as usize;
        let is_busy = self.requests.len() > COMPARE_AFTER_REQUESTS;
        if is_busy && self.comparison.wait(now) {
            return;
        }
        if let Some(neighbour) = self.neighbours.values_mut().nth(drawn) {
            let digest = self.comparison.digest(&self.index, draw(&mut self.rng));
            neighbour.compare(digest);
        }
    }

    /// Asks for what is news to this node; a version of its own record that it did not make is that of
    /// an earlier life, to be outdone.
    fn consider(&mut self, now: Time, from: Tag, items: &[Item]) {
        let Some(neighbour) = self.neighbours.get_mut(&from) else { return };
        for item in items {
            match self.index.find(item.tag) {
                Some(known) if known.version == item.version => neighbour.has(item.tag),
                Some(_) | None => {
                    if self.index.is_wanted(now, item.tag, item.version)
                        && self.requests.add(now, *item, from)
                    {
                        neighbour.want(item.tag);
                    }
                }
            }
        }
    }

    /// Announces what a list lacks or has in an older edition, and goes on comparing there.
    fn tell_missing(&mut self, now: Time, from: Tag, list: &List) {
        let Some(neighbour) = self.neighbours.get_mut(&from) else { return };
        let older = list.items.iter().filter(|item| {
            self.index.find(item.tag).is_some_and(|known| known.version > item.version)
        });
        for tag in self.index.missing_from(list).chain(older.map(|item| item.tag)) {
            neighbour.announce(now, tag, true);
        }
        self.comparison.differs(now, list.first);
    }

    pub(super) fn announce(
        &mut self,
        now: Time,
        tag: Tag,
        soon: bool,
        knows: impl Fn(Tag) -> bool,
    ) {
        for (neighbour, said) in &mut self.neighbours {
            if knows(*neighbour) {
                said.has(tag);
            } else if *neighbour != tag {
                said.announce(now, tag, soon);
            }
        }
    }
}

/// What is known of the things that is newer than what the receiver has, with the rests of their
/// lives, of which there must be some: two that forget a thing would give it to one another for ever.
/// Nobody but the owner tells that of its own.
pub(super) fn parcels(
    index: &Index,
    own: (Tag, Duration),
    now: Time,
    items: Vec<Item>,
) -> Vec<Parcel> {
    let known = items.into_iter().filter_map(|Item { tag, version }| {
        let entry = index.find(tag).filter(|entry| entry.version > version)?;
        let life = if tag == own.0 { own.1 } else { entry.expires.since(now) };
        let (life, renewal) = (life_units(life), entry.version.number() == version.number());
        (life > 0).then_some(Parcel { tag, life, renewal })
    });
    known.collect()
}
