use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use super::entry::Entry;
use super::law::{RENEWALS_IN_TIME, record_life, renewal_interval};
use super::message::{Digest, Item, List, MAX_ITEMS, Range};
use super::past::Past;
use super::version::{Tag, Version};
use crate::time::Time;

/// Things under one hash of a digest: few enough that listing them costs little more than telling
/// which one differs.
const RANGE_ITEMS: usize = 16;

/// What a node knows to exist: versions and until when they are believed, no content.
#[derive(Debug, Default)]
pub(crate) struct Index {
    entries: BTreeMap<Tag, Entry>,
    /// How many of them are members.
    members: usize,
    /// How many of them there have been at most.
    most: usize,
    past: Past,
}

impl Index {
    /// How many members are known, this node included.
    pub(crate) fn members(&self) -> usize {
        self.members
    }

    pub(crate) fn find(&self, tag: Tag) -> Option<Entry> {
        self.entries.get(&tag).copied()
    }

    /// What is known, or was told to be over and is doubted to be.
    pub(crate) fn find_doubted(&self, tag: Tag) -> Option<Entry> {
        self.find(tag).or_else(|| self.past.find(tag))
    }

    /// Whether this version is newer than what is known, or was before it was forgotten.
    pub(crate) fn is_news(&self, tag: Tag, version: Version) -> bool {
        match self.entries.get(&tag) {
            Some(entry) => version > entry.version,
            None => self.past.allows(tag, version),
        }
    }

    /// Whether this version is news that is to be taken now: not one of too many editions.
    pub(crate) fn is_wanted(&self, now: Time, tag: Tag, version: Version) -> bool {
        let edition = |entry: &Entry| version.number() > entry.version.number();
        let restless =
            self.find_doubted(tag).is_some_and(|entry| edition(&entry) && entry.is_restless(now));
        self.is_news(tag, version) && !restless
    }

    pub(crate) fn insert(&mut self, tag: Tag, entry: Entry) {
        if self.entries.insert(tag, entry).is_none() {
            self.members += usize::from(tag.is_member());
            self.most = self.most.max(self.members);
            self.past.remove(tag);
        }
    }

    /// Forgets a thing, but not that it was there.
    pub(crate) fn remove(&mut self, tag: Tag) {
        if let Some(entry) = self.find_doubted(tag) {
            if self.entries.remove(&tag).is_some() {
                self.members -= usize::from(tag.is_member());
            }
            self.past.bury(Item { tag, version: entry.version });
        }
    }

    /// Forgets everything whose time is over, and returns it; of a member, doubts for a while that it
    /// is if its version came so lately that it should live on. No member lives twice as long as one
    /// promises in the largest network that was known, whatever was told by those who passed it on.
    pub(crate) fn expire(&mut self, now: Time) -> Vec<Tag> {
        let longest = record_life(self.most).saturating_mul(2);
        let promised = renewal_interval(self.members).saturating_mul(RENEWALS_IN_TIME);
        let Self { entries, members, past, .. } = self;
        entries.retain(|tag, entry| {
            let is_old = tag.is_member() && entry.age(now) >= longest;
            let lives = entry.expires > now && !is_old;
            if !lives {
                *members -= usize::from(tag.is_member());
                past.insert(*tag, *entry);
            }
            lives
        });
        past.expire(now, promised)
    }

    /// Takes again what was forgotten, in its last version too.
    pub(crate) fn forgive(&mut self) {
        self.past.forgive();
    }

    /// Lets everything live until then at least, as if it had come at `now`.
    pub(crate) fn prolong(&mut self, now: Time, until: Time) {
        for (tag, entry) in self.past.take_doubted() {
            self.insert(tag, entry);
        }
        for entry in self.entries.values_mut() {
            entry.prolong(now, until);
        }
    }

    /// The first thing at or after `tag`, in a circle.
    pub(crate) fn at_or_after(&self, tag: Tag) -> Option<Tag> {
        let mut after = self.entries.range(tag..);
        after.next().or_else(|| self.entries.first_key_value()).map(|(tag, _)| *tag)
    }

    /// Everything known, in the order of the tags.
    pub(crate) fn tags(&self) -> impl Iterator<Item = Tag> {
        self.entries.keys().copied()
    }

    /// One of the things forgotten last.
    pub(crate) fn gone(&self, random: u64) -> Option<Tag> {
        self.past.gone(random)
    }

    /// Sums up the index from `first` on, as far as one digest goes; returns where the next one
    /// begins as well.
    pub(crate) fn digest(&self, salt: u64, first: Tag) -> (Digest, Tag) {
        let mut ranges = Vec::with_capacity(MAX_ITEMS);
        let (mut hash, mut items, mut last) = (0_u32, 0, first);
        let mut entries = self.entries.range(first..).peekable();
        while let Some((tag, entry)) = entries.next().filter(|_| ranges.len() < MAX_ITEMS) {
            hash = hash.wrapping_add(edition_hash(salt, *tag, entry.version));
            items += 1;
            last = *tag;
            if items == RANGE_ITEMS && entries.peek().is_some() {
                ranges.push(Range { last, hash });
                (hash, items) = (0, 0);
            }
        }
        if ranges.len() < MAX_ITEMS {
            last = Tag::from_bits(u64::MAX);
            ranges.push(Range { last, hash });
        } else if let Some(range) = ranges.last() {
            last = range.last;
        }
        (Digest { salt, first, ranges }, Tag::from_bits(last.bits().wrapping_add(1)))
    }

    /// Lists what is known in the ranges in which the digest differs, in at most `limit` lists. A
    /// list that does not hold all of a range ends at its last item.
    pub(crate) fn differences(&self, digest: &Digest, limit: usize) -> Vec<List> {
        let mut lists = Vec::new();
        let mut first = digest.first;
        for range in &digest.ranges {
            if self.hash(digest.salt, first..=range.last) != range.hash {
                while lists.len() < limit {
                    let list = self.list(first..=range.last);
                    let listed = list.last;
                    lists.push(list);
                    if listed == range.last {
                        break;
                    }
                    first = Tag::from_bits(listed.bits() + 1);
                }
                if lists.len() == limit {
                    return lists;
                }
            }
            let Some(next) = range.last.bits().checked_add(1) else { return lists };
            first = Tag::from_bits(next);
        }
        lists
    }

    fn list(&self, range: RangeInclusive<Tag>) -> List {
        let (first, mut last) = (*range.start(), *range.end());
        let mut entries = self.entries.range(range);
        let items: Vec<_> = entries
            .by_ref()
            .take(MAX_ITEMS)
            .map(|(tag, entry)| Item { tag: *tag, version: entry.version })
            .collect();
        if let (Some(item), Some(_)) = (items.last(), entries.next()) {
            last = item.tag;
        }
        List { first, last, items }
    }

    /// What is known within the range of a list and not in it.
    pub(crate) fn missing_from<'a>(&'a self, list: &'a List) -> impl Iterator<Item = Tag> + 'a {
        let listed = |tag: &Tag| list.items.binary_search_by_key(tag, |item| item.tag).is_ok();
        let range = self.entries.range(list.first..=list.last);
        range.map(|(tag, _)| *tag).filter(move |tag| !listed(tag))
    }

    fn hash(&self, salt: u64, range: RangeInclusive<Tag>) -> u32 {
        let hashes = self.entries.range(range).map(|(tag, e)| edition_hash(salt, *tag, e.version));
        hashes.fold(0, u32::wrapping_add)
    }
}

/// Renewals do not count: they are so many that two nodes seldom agree on all, and a lost one is
/// made up for by the next.
fn edition_hash(salt: u64, tag: Tag, version: Version) -> u32 {
    (mix(mix(tag.bits() ^ salt).wrapping_add(version.number())) >> 32) as u32
}

/// The finalizer of splitmix64 (G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom
/// number generators", 2014).
pub(crate) fn mix(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const LATE: Time = Time::from_nanos(u64::MAX);

    fn index(editions: &[(u64, u64)]) -> Index {
        let mut index = Index::default();
        for (tag, edition) in editions {
            let entry = Entry::new(Time::from_nanos(0), Version::edition(*edition), LATE);
            index.insert(Tag::from_bits(*tag), entry);
        }
        index
    }

    fn spread(count: u64) -> Vec<(u64, u64)> {
        (0..count).map(|n| (mix(n), 1)).collect()
    }

    #[test]
    fn equal_indexes_differ_nowhere_and_renewals_do_not_count() {
        let ours = index(&spread(500));
        let mut theirs = index(&spread(500));
        let tag = theirs.at_or_after(Tag::from_bits(0)).unwrap();
        theirs.insert(tag, Entry::new(Time::from_nanos(0), Version::edition(1).renewed(), LATE));

        let (digest, next) = ours.digest(7, Tag::from_bits(0));

        assert_eq!(next, Tag::from_bits(0));
        assert_eq!(digest.ranges.len(), 500_usize.div_ceil(RANGE_ITEMS));
        assert_eq!(theirs.differences(&digest, 4), []);
    }

    #[test]
    fn a_large_index_takes_several_digests() {
        let ours = index(&spread(3000));
        let mut next = Tag::from_bits(0);
        let mut digests = 0;
        loop {
            let (digest, after) = ours.digest(7, next);
            assert_eq!(ours.differences(&digest, 4), []);
            digests += 1;
            next = after;
            if next == Tag::from_bits(0) {
                break;
            }
        }

        assert_eq!(digests, 3000_usize.div_ceil(RANGE_ITEMS * MAX_ITEMS));
    }

    #[test]
    fn whoever_knows_nothing_is_told_piece_by_piece() {
        let (ours, theirs) = (Index::default(), index(&spread(300)));
        let (digest, _) = ours.digest(7, Tag::from_bits(0));

        let lists = theirs.differences(&digest, 2);

        assert_eq!(lists.iter().map(|list| list.items.len()).collect::<Vec<_>>(), [64, 64]);
        assert_eq!(lists[1].first.bits(), lists[0].last.bits() + 1);
        let all = theirs.differences(&digest, 9);
        assert_eq!(all.iter().map(|list| list.items.len()).sum::<usize>(), 300);
        assert_eq!(all.last().unwrap().last, Tag::from_bits(u64::MAX));
    }

    #[test]
    fn the_forgotten_is_taken_again_in_a_newer_version_only() {
        let mut known = index(&[(1, 5), (2, 5)]);
        let soon = Time::from_nanos(0) + Duration::from_secs(9);
        known.insert(Tag::from_bits(1), Entry::new(Time::from_nanos(0), Version::edition(5), soon));

        assert_eq!(known.expire(Time::from_nanos(0)), []);
        assert_eq!(known.expire(soon), [Tag::from_bits(1)]);
        assert!(!known.is_news(Tag::from_bits(1), Version::edition(5)));
        assert!(known.is_news(Tag::from_bits(1), Version::edition(5).renewed()));
        assert_eq!(known.gone(77), Some(Tag::from_bits(1)));

        known.insert(Tag::from_bits(1), Entry::new(Time::from_nanos(0), Version::edition(6), LATE));
        assert_eq!((known.gone(77), known.entries.len()), (None, 2));
    }

    /// An index of one more member, whose life was told to be over after 9 s, and that is doubted.
    fn doubting() -> (Index, Time) {
        let mut known = index(&[(2, 5), (6, 5)]);
        let soon = Time::from_nanos(0) + Duration::from_secs(9);
        let restless = (6..20)
            .fold(Entry::new(Time::from_nanos(0), Version::edition(5), soon), |entry, edition| {
                entry.replaced(Time::from_nanos(0), Version::edition(edition), soon)
            });
        known.insert(Tag::from_bits(4), restless);
        assert_eq!(known.expire(soon), []);
        (known, soon)
    }

    #[test]
    fn a_doubted_member_is_shown_to_nobody_and_taken_again() {
        let (mut known, now) = doubting();
        let (doubted, version) = (Tag::from_bits(4), Version::edition(19));

        assert_eq!((known.members(), known.find(doubted)), (2, None));
        assert_eq!(index(&[(2, 5), (6, 5)]).digest(7, doubted), known.digest(7, doubted));
        assert!(known.is_wanted(now, doubted, version));
        assert!(!known.is_wanted(now, doubted, Version::edition(20)), "it changes too often");

        let entry = known.find_doubted(doubted).unwrap().replaced(now, version, LATE);
        known.insert(doubted, entry);

        assert_eq!((known.members(), known.find(doubted)), (3, Some(entry)));
        assert_eq!(entry.age(now), Duration::from_secs(9), "it is no other version");
        assert_eq!(known.expire(now + Duration::from_secs(300)), []);
    }

    #[test]
    fn a_doubted_member_can_be_removed_or_kept_as_any_other() {
        let (mut removed, now) = doubting();
        let (mut kept, _) = doubting();
        let doubted = Tag::from_bits(4);

        removed.remove(doubted);
        kept.prolong(now, now + Duration::from_secs(500));

        assert_eq!((removed.members(), removed.find_doubted(doubted)), (2, None));
        assert!(!removed.is_news(doubted, Version::edition(19)));
        assert_eq!(kept.members(), 3);
        assert!(kept.find(doubted).is_some_and(|entry| entry.expires > now));
    }

    #[test]
    fn nothing_lives_much_longer_than_its_owner_can_have_promised() {
        let mut known = index(&[(2, 5), (4, 5), (5, 5)]);
        let at = |seconds| Time::from_nanos(0) + Duration::from_secs(seconds);
        // Whoever lives renews its record within 120 s.
        let renewed = known.find(Tag::from_bits(4)).unwrap();
        let renewed = renewed.replaced(at(700), Version::edition(5).renewed(), LATE);
        known.insert(Tag::from_bits(4), renewed);

        assert_eq!(known.expire(at(719)), []);
        assert_eq!(known.expire(at(720)), [Tag::from_bits(2)], "a revocation is no member");
        known.prolong(at(1000), at(1100));
        assert_eq!(known.expire(at(1719)), []);
        assert_eq!(known.expire(at(1720)), [Tag::from_bits(4)]);
    }

    proptest! {
        /// The twin compares entry by entry.
        #[test]
        fn lists_hold_all_of_the_ranges_that_differ(
            ours in prop::collection::btree_map(0_u64..400, 1_u64..3, 0..120),
            theirs in prop::collection::btree_map(0_u64..400, 1_u64..3, 0..120),
            first in 0_u64..400,
        ) {
            let ours: Vec<_> = ours.into_iter().collect();
            let theirs: Vec<_> = theirs.into_iter().collect();
            let (a, b) = (index(&ours), index(&theirs));

            let (digest, _) = a.digest(3, Tag::from_bits(first));
            let lists = b.differences(&digest, usize::MAX);

            let mut begin = first;
            let mut expected = Vec::new();
            for range in &digest.ranges {
                let within = |entries: &[(u64, u64)]| -> Vec<_> {
                    let last = range.last.bits();
                    entries.iter().copied().filter(|e| e.0 >= begin && e.0 <= last).collect()
                };
                if within(&ours) != within(&theirs) {
                    expected.extend(within(&theirs));
                }
                begin = range.last.bits().wrapping_add(1);
            }
            let listed: Vec<_> = lists
                .iter()
                .flat_map(|list| &list.items)
                .map(|item| (item.tag.bits(), item.version.number()))
                .collect();
            prop_assert_eq!(listed, expected);
        }
    }
}
