use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use super::law::{ANSWER_GAP, BEAT, MAX_LISTS, NEWS_AGAIN, NEWS_DELAY, NEWS_GAP, UNASKED};
use super::message::{Digest, Item, List, MAX_ITEMS, Message};
use super::pace::Pace;
use super::version::Tag;
use crate::time::Time;

/// How many things wait to be announced to one neighbour; what is beyond is left to comparison.
const MAX_ANNOUNCEMENTS: usize = 1024;
/// How many things wait to be sent to one neighbour.
const MAX_SERVED: usize = 256;
/// How many answers wait to be sent to one neighbour.
const MAX_REPLIES: usize = 8;

/// What is to be said to one neighbour, and what it may still cost.
#[derive(Debug)]
pub(super) struct Neighbour {
    /// Whether this node made the link, and so keeps it alive.
    pub(super) ours: bool,
    /// What it is to be told of, and whether once more after that.
    announce: BTreeMap<Tag, bool>,
    /// When to tell.
    flush: Option<Time>,
    said: Time,
    want: Vec<Tag>,
    /// What it has asked for, and which version of it it has.
    serve: VecDeque<Item>,
    replies: VecDeque<Message>,
    /// Where the last digest that it was sent begins, and how many lists may answer it.
    asked: Option<(Tag, usize)>,
    pub(super) budget: Budget,
}

/// What a neighbour may still cost, kept when it is one no more: it may be one again at once.
#[derive(Debug)]
pub(super) struct Budget {
    /// Things sent to it.
    serving: Pace,
    /// Things received from it.
    received: Pace,
    /// Announcements received from it.
    announced: Pace,
    /// Digests received from it.
    compared: Pace,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            serving: Pace::new(128, 128),
            received: Pace::new(512, 128),
            announced: Pace::new(4096, 512),
            compared: Pace::new(8, 2),
        }
    }
}

impl Neighbour {
    pub(super) fn new(now: Time, ours: bool, budget: Budget) -> Self {
        Self {
            ours,
            announce: BTreeMap::new(),
            flush: None,
            said: now,
            want: Vec::new(),
            serve: VecDeque::new(),
            replies: VecDeque::new(),
            asked: None,
            budget,
        }
    }

    /// Has a thing announced: soon and twice if it is new, with the next beat if it is only renewed.
    pub(super) fn announce(&mut self, now: Time, tag: Tag, soon: bool) {
        if self.announce.len() >= MAX_ANNOUNCEMENTS {
            return;
        }
        let again = self.announce.entry(tag).or_default();
        *again |= soon;
        let due = match soon {
            true => (now + NEWS_DELAY).max(self.said + NEWS_GAP),
            false if self.ours => self.said + BEAT,
            false => self.said + UNASKED,
        };
        self.flush = Some(self.flush.map_or(due, |flush| flush.min(due)));
    }

    /// It has said what it has: the side that did not make the link answers with what waits, in
    /// place of the empty message that WireGuard would send.
    pub(super) fn answer(&mut self, now: Time) {
        if !self.ours {
            let due = now.max(self.said + ANSWER_GAP);
            self.flush = self.flush.map(|flush| flush.min(due));
        }
    }

    /// Strikes out an announcement of what it turned out to have.
    pub(super) fn has(&mut self, tag: Tag) {
        if self.announce.remove(&tag).is_some() && self.announce.is_empty() {
            self.flush = None;
        }
    }

    pub(super) fn want(&mut self, tag: Tag) {
        self.want.push(tag);
    }

    pub(super) fn serve(&mut self, items: &[Item]) {
        for item in items {
            self.has(item.tag);
            let waits = self.serve.iter().any(|other| other.tag == item.tag);
            if self.serve.len() < MAX_SERVED && !waits {
                self.serve.push_back(*item);
            }
        }
    }

    pub(super) fn reply(&mut self, message: Message) {
        if self.replies.len() < MAX_REPLIES {
            self.replies.push_back(message);
        }
    }

    /// Asks it where its index differs from this node's.
    pub(super) fn compare(&mut self, digest: Digest) {
        self.asked = Some((digest.first, MAX_LISTS));
        self.reply(Message::Digest(digest));
    }

    /// Whether a list answers the last digest: each costs a walk over its range, and what follows it
    /// begins there.
    pub(super) fn admits_list(&mut self, list: &List) -> bool {
        let asked = self.asked.as_mut().filter(|(first, left)| list.first >= *first && *left > 0);
        asked.map(|(_, left)| *left -= 1).is_some()
    }

    /// Whether a thing that it sends is taken.
    pub(super) fn admits_thing(&mut self, now: Time) -> bool {
        self.budget.received.take(now, 1)
    }

    /// Whether so many announcements of it are taken.
    pub(super) fn admits_items(&mut self, now: Time, items: usize) -> bool {
        self.budget.announced.take(now, u32::try_from(items).unwrap_or(u32::MAX))
    }

    /// Whether a digest of it is looked at.
    pub(super) fn admits_digest(&mut self, now: Time) -> bool {
        self.budget.compared.take(now, 1)
    }

    /// Takes the next answer.
    pub(super) fn poll_reply(&mut self, now: Time) -> Option<Message> {
        let reply = self.replies.pop_front()?;
        self.said = now;
        Some(reply)
    }

    /// Takes the next things to ask for.
    pub(super) fn poll_wanted(&mut self, now: Time) -> Option<Vec<Tag>> {
        let count = self.want.len().min(MAX_ITEMS);
        if count == 0 {
            return None;
        }
        self.said = now;
        Some(self.want.drain(..count).collect())
    }

    /// Takes the next things to send.
    pub(super) fn poll_served(&mut self, now: Time) -> Option<Vec<Item>> {
        let count =
            self.serve.len().min(MAX_ITEMS).min(self.budget.serving.available(now) as usize);
        if count == 0 {
            return None;
        }
        self.budget.serving.take(now, count as u32);
        self.said = now;
        Some(self.serve.drain(..count).collect())
    }

    /// Takes the next things to announce, if it is time.
    pub(super) fn poll_announced(&mut self, now: Time) -> Option<Vec<Tag>> {
        self.flush.filter(|flush| *flush <= now)?;
        let mut tags = Vec::new();
        let mut again = Vec::new();
        while let Some((tag, twice)) = self.announce.pop_first() {
            tags.push(tag);
            if twice {
                again.push((tag, false));
            }
            if tags.len() == MAX_ITEMS {
                break;
            }
        }
        self.said = now;
        self.flush = match (self.announce.is_empty(), again.is_empty()) {
            (false, _) => Some(now + NEWS_GAP),
            (true, false) => Some(now + NEWS_AGAIN),
            (true, true) => None,
        };
        self.announce.extend(again);
        Some(tags)
    }

    /// Shows it that this node is there if it was told nothing for long: by what waits to be
    /// announced, if anything does.
    pub(super) fn beat(&mut self, now: Time) {
        if !self.ours || now < self.said + BEAT {
            return;
        }
        if self.announce.is_empty() {
            self.reply(Message::Have(Vec::new()));
        } else {
            self.flush = Some(now);
        }
    }

    /// When there is something to be said; an instant that has passed means at once.
    pub(super) fn deadline(&self) -> Option<Time> {
        if !self.replies.is_empty() || !self.want.is_empty() {
            return Some(Time::from_nanos(0));
        }
        let served = (!self.serve.is_empty()).then(|| self.budget.serving.next());
        let beat = self.ours.then(|| self.said + BEAT);
        served.into_iter().chain(self.flush).chain(beat).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::gossip::version::Version;

    #[test]
    fn what_one_neighbour_asks_for_is_kept_once_and_up_to_a_bound() {
        let mut now = Time::from_nanos(1);
        let mut neighbour = Neighbour::new(now, true, Budget::default());
        let item = |tag: u64| Item { tag: Tag::from_bits(tag), version: Version::default() };
        let items: Vec<_> = (0..1000).map(item).collect();

        neighbour.serve(&[items[0]; 5]);
        neighbour.serve(&items);
        neighbour.serve(&items);

        let mut served = Vec::new();
        for _ in 0..60 {
            served.extend(neighbour.poll_served(now).into_iter().flatten());
            now = now + core::time::Duration::from_secs(1);
        }
        assert_eq!(served, items[..256]);
    }
}
