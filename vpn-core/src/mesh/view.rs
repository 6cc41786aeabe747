//! Which few members a node keeps in touch with: those it chose and those that chose it.
//!
//! Each node keeps links to four members of its own choice. Two are those whose tags have the least
//! hash under a secret of the node, so that nobody can push itself into them by being loud; the
//! others are drawn at random, and one of them is exchanged for another from time to time. A graph
//! in which every node has chosen a few others at random holds together, and goes on doing so when
//! any of them leave.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::time::Duration;

use super::gossip::{Index, Message, Tag, mix};
use super::rest::Resting;
use crate::crypto::Drbg;
use crate::time::Time;

/// Links of a node's own choice.
const OWN_LINKS: usize = 4;
/// Of these, by the secret hash.
const KEYED_LINKS: usize = 2;
/// Links of others' choice.
const MAX_TAKEN: usize = 12;
/// Further ones for nodes that have no other.
const MAX_TAKEN_ALONE: usize = 16;
/// How long a tunnel may take to come up: two initiations and what follows the second.
const DIAL_PATIENCE: Duration = Duration::from_secs(11);
/// How long an answer to a request for a link may take.
const LINK_PATIENCE: Duration = Duration::from_secs(2);
/// How often a link is asked for.
const LINK_TRIES: u8 = 4;
/// The least time between two dials.
const DIAL_GAP: Duration = Duration::from_millis(200);
/// So often it doubles while dials come to nothing, for a node that has neighbours.
const MAX_FAILURES: u32 = 8;
/// With so many neighbours a node can wait for more.
const FEW_LINKS: usize = 2;
/// After how long a silence a neighbour is asked whether it is there, and how often.
const SILENCE: Duration = Duration::from_secs(40);
const PROBE_GAP: Duration = Duration::from_secs(5);
/// After how long a silence a neighbour is given up.
const GIVE_UP: Duration = Duration::from_secs(75);
/// How often one of the random links is exchanged.
const SWAP: Duration = Duration::from_secs(150);
/// Of so many exchanges, one is tried with a member that was forgotten: it may live in another part
/// of a network that was divided for long. Who knows too few for an exchange looks for these alone.
const SWAPS_PER_FORGOTTEN: u64 = 8;

/// What the view wants done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Bring up a tunnel to a member and say `connected` or `failed`.
    Dial(Tag),
    /// The tunnel is not needed for a link, or not any more.
    Close(Tag),
    /// Say this to a member to whom there is a tunnel.
    Say(Tag, Message),
    /// Show a member that knows nobody a few others.
    Refer(Tag),
    /// This is a neighbour from here on; `ours` if this node chose it.
    Up { tag: Tag, ours: bool },
    /// This is no neighbour any more.
    Down(Tag),
}

/// Chooses neighbours.
#[derive(Debug)]
pub(crate) struct View {
    own: Tag,
    secret: u64,
    links: BTreeMap<Tag, Link>,
    dials: BTreeMap<Tag, Dial>,
    resting: Resting,
    next_dial: Time,
    /// How many dials in a row have led to no link.
    failures: u32,
    next_swap: Time,
    acts: VecDeque<Act>,
}

#[derive(Debug)]
struct Link {
    /// Why this node chose it; `None` if it chose this node.
    choice: Option<Choice>,
    since: Time,
    heard: Time,
    /// When it was last asked whether it is there.
    probed: Time,
}

/// A member on the way to be a neighbour.
#[derive(Debug)]
struct Dial {
    choice: Choice,
    /// Times that the link was asked for; none while there is no tunnel.
    asked: u8,
    deadline: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    Keyed,
    Random,
    /// In place of the oldest random one.
    Swap,
}

impl View {
    pub(crate) fn new(own: Tag, now: Time, rng: &mut Drbg) -> Self {
        Self {
            own,
            secret: draw(rng),
            links: BTreeMap::new(),
            dials: BTreeMap::new(),
            resting: Resting::default(),
            next_dial: now,
            failures: 0,
            next_swap: now + SWAP,
            acts: VecDeque::new(),
        }
    }

    pub(crate) fn is_neighbour(&self, tag: Tag) -> bool {
        self.links.contains_key(&tag)
    }

    pub(crate) fn neighbours(&self) -> impl Iterator<Item = Tag> {
        self.links.keys().copied()
    }

    /// There is something to choose from that was not there before.
    pub(crate) fn refresh(&mut self, now: Time) {
        self.next_dial = self.next_dial.min(now + DIAL_GAP);
    }

    /// There is a tunnel to a member, which this node has asked for.
    pub(crate) fn connected(&mut self, now: Time, tag: Tag) {
        if tag == self.own || self.links.contains_key(&tag) {
            return;
        }
        let choice = self.dials.get(&tag).map_or(Choice::Random, |dial| dial.choice);
        self.dials.insert(tag, Dial { choice, asked: 0, deadline: now });
        self.ask(now, tag);
    }

    /// There is no tunnel to a member, or not any more.
    pub(crate) fn failed(&mut self, now: Time, tag: Tag) {
        let was_dialled = self.dials.remove(&tag).is_some();
        if was_dialled {
            self.came_to_nothing(now, tag);
        }
        if was_dialled || self.links.contains_key(&tag) {
            // Another one may be wanted only now, and no deadline may lie behind.
            self.next_dial = self.next_dial.max(now + DIAL_GAP);
        }
        self.drop_link(now, tag);
    }

    /// A member has shown that it is there.
    pub(crate) fn heard(&mut self, now: Time, tag: Tag) {
        if let Some(link) = self.links.get_mut(&tag) {
            link.heard = now;
        }
    }

    /// Takes what a member says about links.
    pub(crate) fn handle_link(&mut self, now: Time, from: Tag, alone: bool) {
        if let Some(dial) = self.dials.remove(&from) {
            self.link(now, from, Some(dial.choice));
        } else if !self.links.contains_key(&from) {
            let taken = self.links.values().filter(|link| link.choice.is_none()).count();
            if taken >= if alone { MAX_TAKEN_ALONE } else { MAX_TAKEN } {
                self.acts.push_back(Act::Say(from, Message::Unlink));
                if alone {
                    self.acts.push_back(Act::Refer(from));
                }
                return;
            }
            self.link(now, from, None);
        }
        self.acts.push_back(Act::Say(from, Message::Linked));
    }

    pub(crate) fn handle_linked(&mut self, now: Time, from: Tag) {
        if let Some(dial) = self.dials.remove(&from) {
            self.link(now, from, Some(dial.choice));
        } else if !self.links.contains_key(&from) {
            self.acts.push_back(Act::Say(from, Message::Unlink));
        }
    }

    pub(crate) fn handle_unlink(&mut self, now: Time, from: Tag) {
        if self.dials.get(&from).is_some_and(|dial| dial.asked > 0) {
            self.dials.remove(&from);
            self.came_to_nothing(now, from);
            self.acts.push_back(Act::Close(from));
        }
        if self.links.remove(&from).is_some() {
            self.resting.insert(now, from);
            self.acts.push_back(Act::Down(from));
            self.acts.push_back(Act::Close(from));
        }
    }

    /// Another neighbour would be better than this one: if this node chose it, it chooses again.
    pub(crate) fn release(&mut self, now: Time, tag: Tag) {
        if self.links.get(&tag).is_some_and(|link| link.choice.is_some()) {
            self.acts.push_back(Act::Say(tag, Message::Unlink));
            self.drop_link(now, tag);
            self.next_dial = self.next_dial.max(now + DIAL_GAP);
        }
    }

    pub(crate) fn poll(&mut self) -> Option<Act> {
        self.acts.pop_front()
    }

    /// When to call `handle_timeout`.
    pub(crate) fn deadline(&self, index: &Index) -> Option<Time> {
        if !self.acts.is_empty() {
            return Some(Time::from_nanos(0));
        }
        let links = self.links.values().map(|link| {
            (link.heard + SILENCE).max(link.probed + PROBE_GAP).min(link.heard + GIVE_UP)
        });
        let dials = self.dials.values().map(|dial| dial.deadline);
        let dial = self.wanted(index).map(|_| self.next_dial);
        links.chain(dials).chain(dial).chain([self.next_swap]).min()
    }

    pub(crate) fn handle_timeout(&mut self, now: Time, index: &Index, rng: &mut Drbg) {
        self.watch_links(now);
        self.watch_dials(now);
        if now >= self.next_swap {
            // Spread, so that nodes started together do not act together.
            self.next_swap = now + SWAP / 2 + rng.draw_below(SWAP);
            // Whoever has no link has forgotten nobody.
            if !self.links.is_empty() {
                self.dial(now, Choice::Swap, index, rng);
            }
        }
        while let Some(choice) = self.wanted(index).filter(|_| now >= self.next_dial) {
            let few = self.links.len() < FEW_LINKS;
            let doublings = if few { 0 } else { self.failures.min(MAX_FAILURES) };
            self.next_dial = now + DIAL_GAP * (1 << doublings);
            if !self.dial(now, choice, index, rng) {
                self.next_dial = now + PROBE_GAP;
            }
        }
    }

    fn own_links(&self) -> usize {
        self.links.values().filter(|link| link.choice.is_some()).count()
    }

    /// Why another member is to be dialled, if one is.
    fn wanted(&self, index: &Index) -> Option<Choice> {
        let links = self.links.values().filter_map(|link| link.choice);
        let dials = self.dials.values().map(|dial| dial.choice);
        let (mut own, mut keyed) = (0, 0);
        for choice in links.chain(dials).filter(|choice| *choice != Choice::Swap) {
            own += 1;
            keyed += usize::from(choice == Choice::Keyed);
        }
        // Whoever is linked already, and the node itself, are no candidates.
        let others = index.members().saturating_sub(1 + self.links.len() + self.dials.len());
        (own < OWN_LINKS && others > 0).then_some(if keyed < KEYED_LINKS {
            Choice::Keyed
        } else {
            Choice::Random
        })
    }

    fn watch_links(&mut self, now: Time) {
        let mut silent = Vec::new();
        for (tag, link) in &mut self.links {
            if now >= link.heard + GIVE_UP {
                silent.push(*tag);
            } else if now >= (link.heard + SILENCE).max(link.probed + PROBE_GAP) {
                link.probed = now;
                self.acts.push_back(Act::Say(*tag, Message::Have(Vec::new())));
            }
        }
        for tag in silent {
            self.drop_link(now, tag);
        }
    }

    fn watch_dials(&mut self, now: Time) {
        let late = self.dials.iter().filter(|(_, dial)| now >= dial.deadline);
        let late: Vec<_> = late.map(|(tag, dial)| (*tag, dial.asked)).collect();
        for (tag, asked) in late {
            if (1..LINK_TRIES).contains(&asked) {
                self.ask(now, tag);
            } else {
                self.dials.remove(&tag);
                self.came_to_nothing(now, tag);
                self.acts.push_back(Act::Close(tag));
            }
        }
    }

    fn ask(&mut self, now: Time, tag: Tag) {
        let alone = self.links.is_empty();
        if let Some(dial) = self.dials.get_mut(&tag) {
            dial.asked += 1;
            dial.deadline = now + LINK_PATIENCE;
            self.acts.push_back(Act::Say(tag, Message::Link { alone }));
        }
    }

    fn link(&mut self, now: Time, tag: Tag, choice: Option<Choice>) {
        if choice == Some(Choice::Swap) {
            self.drop_oldest_random();
        }
        if choice.is_some() {
            self.failures = 0;
        }
        let choice = choice.map(|choice| match choice {
            Choice::Keyed => Choice::Keyed,
            Choice::Random | Choice::Swap => Choice::Random,
        });
        self.links.insert(tag, Link { choice, since: now, heard: now, probed: now });
        self.acts.push_back(Act::Up { tag, ours: choice.is_some() });
    }

    fn drop_oldest_random(&mut self) {
        let random = self.links.iter().filter(|(_, link)| link.choice == Some(Choice::Random));
        let oldest = random.min_by_key(|(_, link)| link.since).map(|(tag, _)| *tag);
        if let Some(tag) = oldest.filter(|_| self.own_links() >= OWN_LINKS) {
            self.links.remove(&tag);
            self.acts.push_back(Act::Say(tag, Message::Unlink));
            self.acts.push_back(Act::Down(tag));
            self.acts.push_back(Act::Close(tag));
        }
    }

    fn drop_link(&mut self, now: Time, tag: Tag) {
        if self.links.remove(&tag).is_some() {
            self.resting.insert(now, tag);
            self.acts.push_back(Act::Down(tag));
            self.acts.push_back(Act::Close(tag));
        }
    }

    fn came_to_nothing(&mut self, now: Time, tag: Tag) {
        self.failures = self.failures.saturating_add(1);
        self.resting.insert(now, tag);
    }

    /// Dials a member chosen so, if there is one.
    fn dial(&mut self, now: Time, choice: Choice, index: &Index, rng: &mut Drbg) -> bool {
        self.resting.wake(now);
        let candidate = match choice {
            Choice::Keyed => self.least_hash(index),
            Choice::Random => self.random(index, rng),
            Choice::Swap
                if self.own_links() < OWN_LINKS || draw(rng) % SWAPS_PER_FORGOTTEN == 0 =>
            {
                index.gone(draw(rng)).filter(|tag| self.is_candidate(*tag))
            }
            Choice::Swap => self.random(index, rng),
        };
        // Whoever has no link does not wait until those that did not answer have rested.
        let alone = self.links.is_empty() && self.dials.is_empty();
        let mut rested = || if alone { self.resting.take_first() } else { None };
        let Some(tag) = candidate.or_else(&mut rested) else { return false };
        self.dials.insert(tag, Dial { choice, asked: 0, deadline: now + DIAL_PATIENCE });
        self.acts.push_back(Act::Dial(tag));
        true
    }

    fn least_hash(&self, index: &Index) -> Option<Tag> {
        let candidates = index.tags().filter(|tag| self.is_candidate(*tag));
        candidates.min_by_key(|tag| mix(mix(tag.bits() ^ self.secret).wrapping_add(self.secret)))
    }

    /// Draws a member: from all if they are few, else whoever comes after a random point.
    fn random(&self, index: &Index, rng: &mut Drbg) -> Option<Tag> {
        const FEW: usize = 64;
        if index.members() <= FEW {
            let candidates: Vec<_> = index.tags().filter(|tag| self.is_candidate(*tag)).collect();
            let drawn = (draw(rng) % candidates.len().max(1) as u64) as usize;
            return candidates.get(drawn).copied();
        }
        (0..FEW)
            .filter_map(|_| index.at_or_after(Tag::from_bits(draw(rng))))
            .find(|tag| self.is_candidate(*tag))
    }

    fn is_candidate(&self, tag: Tag) -> bool {
        tag.is_member()
            && tag != self.own
            && !self.links.contains_key(&tag)
            && !self.dials.contains_key(&tag)
            && !self.resting.contains(tag)
    }
}

/// Draws a number.
pub(crate) fn draw(rng: &mut Drbg) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *rng.draw();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Seed;
    use crate::mesh::gossip::{Entry, Version};

    /// Of 32, one was forgotten.
    const GONE: Tag = Tag::from_bits(64);

    fn index() -> Index {
        let (now, late) = (Time::from_nanos(0), Time::MAX);
        let mut index = Index::default();
        for number in 1..=32 {
            let entry = Entry::new(now, Version::edition(1), late);
            index.insert(Tag::from_bits(number * 2), entry);
        }
        index.remove(GONE);
        index
    }

    /// Whom a node with so many links of its own choice dials for an exchange, if anybody, and in how
    /// many milliseconds it will do so again.
    fn exchange(own: u64, index: &Index, rng: &mut Drbg) -> (Option<Tag>, u128) {
        let now = Time::from_nanos(1_000_000_000_000);
        let mut view = View::new(Tag::from_bits(2), now, rng);
        for number in 0..own {
            let tag = Tag::from_bits(4 + number * 2);
            view.connected(now, tag);
            view.handle_linked(now, tag);
        }
        view.acts.clear();
        (view.next_swap, view.next_dial) = (now, Time::MAX);
        view.handle_timeout(now, index, rng);
        let dialled = view.acts.iter().find_map(|act| match act {
            Act::Dial(tag) => Some(*tag),
            Act::Close(_) | Act::Say(..) | Act::Refer(_) | Act::Up { .. } | Act::Down(_) => None,
        });
        (dialled, view.next_swap.since(now).as_millis())
    }

    #[test]
    fn an_exchange_is_tried_with_a_forgotten_member_one_time_in_eight_or_always_with_few_links() {
        let (index, mut rng) = (index(), Drbg::new(Seed::from_bytes([5; 32])));
        let mut gone_of_800 = |own| {
            let dialled: Vec<_> = (0..800).map(|_| exchange(own, &index, &mut rng).0).collect();
            assert_eq!(dialled.contains(&None), own == 0, "{own} links");
            dialled.iter().filter(|tag| **tag == Some(GONE)).count()
        };

        assert_eq!([0, 1, 3].map(&mut gone_of_800), [0, 800, 800]);
        let gone = gone_of_800(4);
        assert!((70..130).contains(&gone), "{gone}");
    }

    #[test]
    fn exchanges_are_75_to_225_s_apart() {
        let (index, mut rng) = (index(), Drbg::new(Seed::from_bytes([6; 32])));
        let mut gaps: Vec<_> = (0..800).map(|_| exchange(4, &index, &mut rng).1).collect();
        gaps.sort_unstable();

        assert!((75_000..80_000).contains(&gaps[0]), "{}", gaps[0]);
        assert!((220_000..=225_000).contains(&gaps[799]), "{}", gaps[799]);
    }
}
