use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::time::Duration;

use super::entry::Entry;
use super::law::DOUBT;
use super::message::Item;
use super::version::{Tag, Version};
use crate::time::Time;

/// How many forgotten things are remembered not to be taken again.
const MAX_GONE: usize = 1024;

/// What was known and is not passed on any more: its time is over, as far as it was told.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// Members whose version came so lately that its owner has promised more. Whoever passed it on may
    /// have told less, so they are not forgotten yet, and taken again from whoever tells more.
    doubted: BTreeMap<Tag, Entry>,
    /// What was forgotten last, in its last version: a neighbour that has not yet forgotten it must
    /// not give it another life.
    gone: VecDeque<Item>,
}

impl Past {
    pub(super) fn find(&self, tag: Tag) -> Option<Entry> {
        self.doubted.get(&tag).copied()
    }

    /// Whether this version may be taken: if it was forgotten, a newer one.
    pub(super) fn allows(&self, tag: Tag, version: Version) -> bool {
        match self.doubted.get(&tag) {
            Some(entry) => version >= entry.version,
            None => !self.gone.iter().any(|gone| gone.tag == tag && gone.version >= version),
        }
    }

    /// The time of something is over.
    pub(super) fn insert(&mut self, tag: Tag, entry: Entry) {
        self.doubted.insert(tag, entry);
    }

    /// Forgets what is not to be doubted, or was for long enough, and returns it. Nobody who lives has
    /// promised less than `promised` from when a version came.
    pub(super) fn expire(&mut self, now: Time, promised: Duration) -> Vec<Tag> {
        let mut expired = Vec::new();
        self.doubted.retain(|tag, entry| {
            let doubted = tag.is_member() && now < entry.expires + DOUBT;
            let is_kept = doubted && entry.age(now) < promised;
            if !is_kept {
                expired.push(Item { tag: *tag, version: entry.version });
            }
            is_kept
        });
        expired.iter().for_each(|item| self.bury(*item));
        expired.into_iter().map(|item| item.tag).collect()
    }

    /// Does not take this version again.
    pub(super) fn bury(&mut self, item: Item) {
        self.doubted.remove(&item.tag);
        if self.gone.len() == MAX_GONE {
            self.gone.pop_front();
        }
        self.gone.push_back(item);
    }

    /// Strikes out what is there again.
    pub(super) fn remove(&mut self, tag: Tag) {
        self.doubted.remove(&tag);
        self.gone.retain(|gone| gone.tag != tag);
    }

    /// Takes all that is doubted.
    pub(super) fn take_doubted(&mut self) -> BTreeMap<Tag, Entry> {
        core::mem::take(&mut self.doubted)
    }

    /// Takes again what was forgotten, in its last version too.
    pub(super) fn forgive(&mut self) {
        self.gone.clear();
    }

    /// One of the things forgotten last.
    pub(super) fn gone(&self, random: u64) -> Option<Tag> {
        let len = u64::try_from(self.gone.len()).ok().filter(|len| *len > 0)?;
        self.gone.get((random % len) as usize).map(|gone| gone.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMISED: Duration = Duration::from_secs(2400);
    const MEMBER: Tag = Tag::from_bits(2);

    fn at(seconds: u64) -> Time {
        Time::from_nanos(0) + Duration::from_secs(seconds)
    }

    /// A past with a thing that came at the start and whose life is told to have ended after so long.
    fn past(tag: Tag, ended: u64) -> Past {
        let mut past = Past::default();
        past.insert(tag, Entry::new(at(0), Version::edition(5), at(ended)));
        past
    }

    #[test]
    fn a_member_told_to_be_gone_early_is_doubted_for_five_minutes() {
        let mut past = past(MEMBER, 4);

        assert_eq!(past.expire(at(303), PROMISED), []);
        assert!(past.allows(MEMBER, Version::edition(5)));
        assert!(!past.allows(MEMBER, Version::edition(4)), "older than what was shown");
        assert_eq!(past.expire(at(304), PROMISED), [MEMBER]);
        assert!(!past.allows(MEMBER, Version::edition(5)));
        assert!(past.allows(MEMBER, Version::edition(5).renewed()));
    }

    #[test]
    fn nobody_is_doubted_for_longer_than_its_owner_must_have_promised() {
        let mut past = past(MEMBER, 2390);

        assert_eq!(past.expire(at(2399), PROMISED), []);
        assert_eq!(past.expire(at(2400), PROMISED), [MEMBER]);
    }

    #[test]
    fn revocations_end_when_they_say_so() {
        let revocation = Tag::from_bits(3);

        assert_eq!(past(revocation, 4).expire(at(4), PROMISED), [revocation]);
    }

    #[test]
    fn only_so_much_of_the_forgotten_is_remembered() {
        let mut past = Past::default();
        for tag in (0..2000).map(Tag::from_bits) {
            past.bury(Item { tag, version: Version::edition(1) });
        }

        let remembered = |tag: &u64| !past.allows(Tag::from_bits(*tag), Version::edition(1));
        assert_eq!(
            (0..2000).filter(remembered).collect::<Vec<_>>(),
            (976..2000).collect::<Vec<_>>()
        );
    }
}
