use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use super::message::Item;
use super::version::{Tag, Version};
use crate::time::Time;

/// How many things are asked for at a time, of all neighbours.
const MAX_REQUESTS: usize = 1024;
/// How many things are asked for at a time of one neighbour: what one that announces and never
/// sends can hold up.
const MAX_REQUESTS_OF_ONE: usize = 128;
/// How many neighbours with the same thing are noted.
const MAX_HOLDERS: usize = 8;
/// How often a thing is asked for.
const MAX_TRIES: u8 = 5;
/// How long the first answer is waited for; each further one twice as long.
const PATIENCE: Duration = Duration::from_millis(1000);

/// Things that were announced and asked for, and have not come.
#[derive(Debug, Default)]
pub(super) struct Requests(BTreeMap<Tag, Request>);

#[derive(Debug)]
struct Request {
    version: Version,
    /// Who announced it. The first was asked last.
    holders: Vec<Tag>,
    tries: u8,
    deadline: Time,
}

impl Requests {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Notes that `holder` has something that is wanted; says whether to ask it now.
    pub(super) fn add(&mut self, now: Time, item: Item, holder: Tag) -> bool {
        if let Some(request) = self.0.get_mut(&item.tag) {
            if item.version > request.version {
                // Whoever has the older one may have the newer by the time it is asked.
                request.version = item.version;
            }
            if !request.holders.contains(&holder) && request.holders.len() < MAX_HOLDERS {
                request.holders.push(holder);
            }
            return false;
        }
        if self.0.len() >= MAX_REQUESTS || self.asked(holder) >= MAX_REQUESTS_OF_ONE {
            return false;
        }
        let holders = Vec::from([holder]);
        let request =
            Request { version: item.version, holders, tries: 1, deadline: now + PATIENCE };
        self.0.insert(item.tag, request);
        true
    }

    fn asked(&self, holder: Tag) -> usize {
        self.0.values().filter(|request| request.holders.first() == Some(&holder)).count()
    }

    /// Strikes out what has come; returns who is known to have it.
    pub(super) fn settle(&mut self, item: Item) -> Vec<Tag> {
        match self.0.get(&item.tag) {
            Some(request) if item.version >= request.version => {
                self.0.remove(&item.tag).map(|request| request.holders).unwrap_or_default()
            }
            Some(_) | None => Vec::new(),
        }
    }

    /// Strikes out a neighbour.
    pub(super) fn remove_holder(&mut self, holder: Tag) {
        for request in self.0.values_mut() {
            if request.holders.first() == Some(&holder) {
                request.deadline = Time::from_nanos(0);
            }
            request.holders.retain(|other| *other != holder);
        }
        self.0.retain(|_, request| !request.holders.is_empty());
    }

    /// When the next answer is overdue.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.0.values().map(|request| request.deadline).min()
    }

    /// Takes what is overdue, and whom to ask for it; gives up what was asked for often enough.
    pub(super) fn overdue(&mut self, now: Time) -> Vec<(Tag, Tag)> {
        let mut asks = Vec::new();
        self.0.retain(|tag, request| {
            if request.deadline > now {
                return true;
            }
            request.holders.rotate_left(1);
            request.tries += 1;
            request.deadline = now + PATIENCE * (1 << (request.tries - 1));
            if let Some(holder) = request.holders.first().filter(|_| request.tries <= MAX_TRIES) {
                asks.push((*tag, *holder));
            }
            request.tries <= MAX_TRIES
        });
        asks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: Tag = Tag::from_bits(1);
    const BOB: Tag = Tag::from_bits(2);

    fn item(tag: u64) -> Item {
        Item { tag: Tag::from_bits(tag), version: Version::edition(5) }
    }

    #[test]
    fn one_holder_is_asked_and_the_next_when_it_is_silent() {
        let start = Time::from_nanos(0);
        let mut requests = Requests::default();

        assert!(requests.add(start, item(9), ALICE));
        assert!(!requests.add(start, item(9), BOB));
        assert_eq!(requests.overdue(start), []);
        assert_eq!(requests.deadline(), Some(start + PATIENCE));
        assert_eq!(requests.overdue(start + PATIENCE), [(Tag::from_bits(9), BOB)]);
        assert_eq!(requests.overdue(start + PATIENCE * 3), [(Tag::from_bits(9), ALICE)]);
        assert_eq!(requests.settle(item(9)), [ALICE, BOB]);
        assert_eq!(requests.deadline(), None);
    }

    #[test]
    fn what_never_comes_is_given_up() {
        let mut requests = Requests::default();
        requests.add(Time::from_nanos(0), item(9), ALICE);
        let mut asked = 1;
        while let Some(deadline) = requests.deadline() {
            asked += requests.overdue(deadline).len();
        }

        assert_eq!(asked, usize::from(MAX_TRIES));
    }

    #[test]
    fn one_holder_cannot_take_up_all_requests() {
        let mut requests = Requests::default();
        let asked =
            (0..5000).filter(|tag| requests.add(Time::from_nanos(0), item(*tag), ALICE)).count();

        assert_eq!(asked, MAX_REQUESTS_OF_ONE);
        assert!(requests.add(Time::from_nanos(0), item(7000), BOB));
    }

    #[test]
    fn a_holder_that_left_is_not_waited_for() {
        let mut requests = Requests::default();
        requests.add(Time::from_nanos(9), item(1), ALICE);
        requests.add(Time::from_nanos(9), item(1), BOB);
        requests.add(Time::from_nanos(9), item(2), ALICE);

        requests.remove_holder(ALICE);

        assert_eq!(requests.len(), 1);
        assert_eq!(requests.overdue(Time::from_nanos(9)), [(Tag::from_bits(1), BOB)]);
    }
}
