use alloc::collections::{BTreeMap, VecDeque};
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
/// How many things each may be asked for in any case, however many others announce what they never
/// send.
const RESERVED: usize = 16;
/// How many neighbours with the same thing are noted.
const MAX_HOLDERS: usize = 8;
/// How often a thing is asked for.
const MAX_TRIES: u8 = 12;
/// How many answers are waited for so long; each further so many twice as long. Where three in ten
/// datagrams are lost, half of the answers do not come.
const STEADY_TRIES: u8 = 4;
const PATIENCE: Duration = Duration::from_millis(1000);

/// Things that were announced and asked for, and have not come.
#[derive(Debug, Default)]
pub(super) struct Requests {
    requests: BTreeMap<Tag, Request>,
    /// How many things each neighbour is being asked for.
    load: BTreeMap<Tag, usize>,
    /// No answer is overdue before.
    next: Option<Time>,
}

#[derive(Debug)]
struct Request {
    asked: Tag,
    /// Who announced it, in which version, whoever is asked next in front.
    holders: VecDeque<(Tag, Version)>,
    tries: u8,
    deadline: Time,
}

impl Requests {
    pub(super) fn len(&self) -> usize {
        self.requests.len()
    }

    /// Notes that `holder` has something that is wanted; says whether to ask it now.
    pub(super) fn add(&mut self, now: Time, item: Item, holder: Tag) -> bool {
        let deadline = now + PATIENCE;
        if let Some(request) = self.requests.get_mut(&item.tag) {
            let known = request.holders.iter_mut().find(|(other, _)| *other == holder);
            match known {
                Some((_, version)) => *version = item.version.max(*version),
                None => {
                    // Whoever was asked and has not sent it makes room, and is not waited for long.
                    request.holders.truncate(MAX_HOLDERS - 1);
                    request.holders.push_front((holder, item.version));
                    request.deadline = request.deadline.min(deadline);
                    self.next = Some(self.next.map_or(deadline, |next| next.min(deadline)));
                }
            }
            return false;
        }
        let load = self.load.get(&holder).copied().unwrap_or_default();
        let is_full = self.requests.len() >= MAX_REQUESTS;
        if load >= if is_full { RESERVED } else { MAX_REQUESTS_OF_ONE } {
            return false;
        }
        self.load.insert(holder, load + 1);
        let holders = VecDeque::from([(holder, item.version)]);
        let request = Request { asked: holder, holders, tries: 1, deadline };
        self.requests.insert(item.tag, request);
        self.next = Some(self.next.map_or(deadline, |next| next.min(deadline)));
        true
    }

    /// Strikes out what has come; returns who is known to have it. Who announced more than that is asked
    /// next; others may have it, or have said what is not so.
    pub(super) fn settle(&mut self, item: Item) -> Vec<Tag> {
        let Some(request) = self.requests.get_mut(&item.tag) else { return Vec::new() };
        let holders = request.holders.iter().filter(|(_, version)| *version >= item.version);
        let holders = holders.map(|(holder, _)| *holder).collect();
        request.holders.retain(|(_, version)| *version > item.version);
        if request.holders.is_empty() {
            lighten(&mut self.load, request.asked);
            self.requests.remove(&item.tag);
        }
        holders
    }

    /// Strikes out a neighbour; what it was asked for is overdue.
    pub(super) fn remove_holder(&mut self, holder: Tag) {
        let Self { requests, load, next } = self;
        requests.retain(|_, request| {
            request.holders.retain(|(other, _)| *other != holder);
            let alone = request.holders.is_empty();
            if alone {
                lighten(load, request.asked);
            } else if request.asked == holder {
                request.deadline = Time::from_nanos(0);
                *next = Some(request.deadline);
            }
            !alone
        });
    }

    /// When the next answer may be overdue.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.next
    }

    /// Takes what is overdue, and whom to ask for it; gives up what was asked for often enough.
    pub(super) fn overdue(&mut self, now: Time) -> Vec<(Tag, Tag)> {
        let mut asks = Vec::new();
        if self.next.is_none_or(|next| next > now) {
            return asks;
        }
        let Self { requests, load, next } = self;
        *next = None;
        requests.retain(|tag, request| {
            if request.deadline <= now {
                lighten(load, request.asked);
                let Some(holder) =
                    request.holders.pop_front().filter(|_| request.tries < MAX_TRIES)
                else {
                    return false;
                };
                request.holders.push_back(holder);
                let (holder, _) = holder;
                request.asked = holder;
                request.deadline = now + PATIENCE * (1 << (request.tries / STEADY_TRIES));
                request.tries += 1;
                *load.entry(holder).or_default() += 1;
                asks.push((*tag, holder));
            }
            *next = Some(next.map_or(request.deadline, |next| next.min(request.deadline)));
            true
        });
        asks
    }
}

/// Counts one thing less that a neighbour is being asked for.
fn lighten(load: &mut BTreeMap<Tag, usize>, holder: Tag) {
    if let Some(count) = load.get_mut(&holder) {
        *count -= 1;
        if *count == 0 {
            load.remove(&holder);
        }
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
        assert_eq!(requests.overdue(start + PATIENCE * 2), [(Tag::from_bits(9), ALICE)]);
        assert_eq!(requests.settle(item(9)).len(), 2);
        assert_eq!((requests.len(), requests.load.len()), (0, 0));
    }

    #[test]
    fn whoever_says_to_have_a_version_that_there_is_not_holds_nothing_up() {
        let start = Time::from_nanos(0);
        let last = Item { version: Version::from_bits(u64::MAX), ..item(9) };
        let mut requests = Requests::default();
        requests.add(start, last, ALICE);
        let mut now = start;
        for _ in 0..MAX_TRIES - 2 {
            now = requests.deadline().unwrap();
            assert_eq!(requests.overdue(now), [(last.tag, ALICE)]);
        }

        assert!(!requests.add(now, item(9), BOB));
        assert_eq!(requests.overdue(now + PATIENCE), [(last.tag, BOB)]);
        assert_eq!(requests.settle(item(9)), [ALICE, BOB]);
        now = requests.deadline().unwrap();
        assert_eq!(requests.overdue(now), [], "the liar was asked often enough");
        assert_eq!((requests.len(), requests.load.len()), (0, 0));
    }

    #[test]
    fn another_holder_takes_the_place_of_one_that_has_sent_nothing() {
        let start = Time::from_nanos(0);
        let mut requests = Requests::default();
        for holder in 10..30 {
            requests.add(start, item(9), Tag::from_bits(holder));
        }

        let asked = (0..MAX_TRIES - 1).map(|_| {
            let now = requests.deadline().unwrap();
            requests.overdue(now).first().map(|(_, holder)| holder.bits())
        });
        assert_eq!(
            asked.flatten().collect::<Vec<_>>(),
            [29, 28, 27, 26, 25, 24, 23, 22, 29, 28, 27]
        );
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
        assert_eq!((requests.len(), requests.load.len()), (0, 0));
    }

    /// Those that `MESH.md` tells, and as long as the last once more before it is given up.
    #[test]
    fn answers_are_waited_for_ever_longer() {
        let mut requests = Requests::default();
        let mut now = Time::from_nanos(0);
        requests.add(now, item(9), ALICE);
        let mut waits = Vec::new();
        while let Some(deadline) = requests.deadline() {
            waits.push(deadline.since(now).as_millis());
            now = deadline;
            requests.overdue(now);
        }

        assert_eq!(waits, [[1000; 4], [2000; 4], [4000; 4]].concat());
    }

    #[test]
    fn eight_holders_are_noted_the_last_ones_and_each_once() {
        let mut requests = Requests::default();
        for holder in [1, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10] {
            requests.add(Time::from_nanos(0), item(9), Tag::from_bits(holder));
        }

        let mut holders = requests.settle(item(9));
        holders.sort_unstable();
        assert_eq!(holders, (3..=10).map(Tag::from_bits).collect::<Vec<_>>());
    }

    #[test]
    fn an_older_version_than_the_one_asked_for_settles_nothing() {
        let mut requests = Requests::default();
        requests.add(Time::from_nanos(0), item(9), ALICE);
        let version = |edition| Item { version: Version::edition(edition), ..item(9) };

        assert_eq!(requests.settle(version(4)), [ALICE], "it has that one too, or had");
        assert_eq!(requests.len(), 1);
        assert_eq!(requests.settle(version(6)), [], "it may have less");
        assert_eq!(requests.len(), 0);
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
    fn many_holders_cannot_take_up_all_requests_either() {
        let mut requests = Requests::default();
        for holder in 10..40 {
            for tag in 0..1000 {
                requests.add(Time::from_nanos(0), item(holder << 32 | tag), Tag::from_bits(holder));
            }
        }

        let asked = (0..1000).filter(|tag| requests.add(Time::from_nanos(0), item(*tag), BOB));
        assert_eq!(asked.count(), RESERVED);
        assert_eq!(requests.len(), MAX_REQUESTS + RESERVED * 23);
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
        assert_eq!(requests.load.into_iter().collect::<Vec<_>>(), [(BOB, 1)]);
    }
}
