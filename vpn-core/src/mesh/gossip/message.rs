//! What neighbours say to one another, beside the things themselves, and its form on the wire.
//!
//! A message is one byte of kind and its fields; integers are little-endian. Lists have a byte of
//! length before them and at most [`MAX_ITEMS`] items, so that every message fits a datagram of
//! 1,280 bytes with all headers.

use alloc::vec::Vec;
use core::time::Duration;

use super::version::{Tag, Version};

/// The most items of a list.
pub const MAX_ITEMS: usize = 64;
/// Unit in which the rest of a life is told.
const LIFE_UNIT: Duration = Duration::from_secs(4);

/// What one neighbour says to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// "I have these." Without any, it shows that the sender is there.
    Have(Vec<Item>),
    /// "Send me these; of them I have this version", which is zero if the sender has none. Of an
    /// edition that it has, it needs the renewal alone.
    Want(Vec<Item>),
    /// "This is what a part of my index amounts to."
    Digest(Digest),
    /// "There ours differ, and this is what I have."
    List(List),
    /// "Be my neighbour"; `alone` says that the sender has no other.
    Link {
        /// Whether the sender has no neighbour.
        alone: bool,
    },
    /// "I am your neighbour."
    Linked,
    /// "I am not your neighbour", or not any more.
    Unlink,
}

/// Which version of a thing the sender has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// The thing.
    pub tag: Tag,
    /// The version of it.
    pub version: Version,
}

/// Hashes over consecutive ranges of the sender's index, in the order of the tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// Drawn at random for each digest, so that nobody prepares things of equal hashes.
    pub salt: u64,
    /// The first tag of the first range.
    pub first: Tag,
    /// Each range begins just after the one before.
    pub ranges: Vec<Range>,
}

/// One range of a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The last tag of the range, which need not be anything's.
    pub last: Tag,
    /// Sum of the hashes of the editions in the range.
    pub hash: u32,
}

/// Everything that the sender has in one range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// The first tag of the range.
    pub first: Tag,
    /// The last tag of the range.
    pub last: Tag,
    /// What lies in it, in ascending order.
    pub items: Vec<Item>,
}

const HAVE: u8 = 0;
const WANT: u8 = 1;
const DIGEST: u8 = 2;
const LIST: u8 = 3;
const LINK: u8 = 4;
const LINKED: u8 = 5;
const UNLINK: u8 = 6;

impl Message {
    /// Appends the message to `out`.
    pub fn emit(&self, out: &mut Vec<u8>) {
        match self {
            Self::Have(items) => {
                out.extend([HAVE, count(items)]);
                items.iter().for_each(|item| emit_item(item, out));
            }
            Self::Want(items) => {
                out.extend([WANT, count(items)]);
                items.iter().for_each(|item| emit_item(item, out));
            }
            Self::Digest(Digest { salt, first, ranges }) => {
                out.extend([DIGEST, count(ranges)]);
                out.extend(salt.to_le_bytes());
                out.extend(first.bits().to_le_bytes());
                for range in ranges {
                    out.extend(range.last.bits().to_le_bytes());
                    out.extend(range.hash.to_le_bytes());
                }
            }
            Self::List(List { first, last, items }) => {
                out.extend([LIST, count(items)]);
                out.extend(first.bits().to_le_bytes());
                out.extend(last.bits().to_le_bytes());
                items.iter().for_each(|item| emit_item(item, out));
            }
            Self::Link { alone } => out.extend([LINK, u8::from(*alone)]),
            Self::Linked => out.push(LINKED),
            Self::Unlink => out.push(UNLINK),
        }
    }

    /// Reads a message; `None` if the bytes are not exactly one, in its one form: lists are not
    /// too long, ranges and the items of a [`List`] ascend and lie where they are said to.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let kind = u8::from_le_bytes(take(&mut rest)?);
        let message = match kind {
            HAVE => Self::Have(list(&mut rest, parse_item)?),
            WANT => Self::Want(list(&mut rest, parse_item)?),
            DIGEST => Self::Digest(Digest::parse(&mut rest)?),
            LIST => Self::List(List::parse(&mut rest)?),
            LINK => match take(&mut rest)? {
                [flag @ (0 | 1)] => Self::Link { alone: flag == 1 },
                _ => return None,
            },
            LINKED => Self::Linked,
            UNLINK => Self::Unlink,
            _ => return None,
        };
        rest.is_empty().then_some(message)
    }
}

impl Digest {
    fn parse(rest: &mut &[u8]) -> Option<Self> {
        let [count] = take(rest)?;
        let salt = u64::from_le_bytes(take(rest)?);
        let first = parse_tag(rest)?;
        let ranges: Vec<Range> = times(count, rest, |rest| {
            Some(Range { last: parse_tag(rest)?, hash: u32::from_le_bytes(take(rest)?) })
        })?;
        let begins = ranges.first().is_some_and(|range| first <= range.last);
        (begins && ranges.is_sorted_by(|a, b| a.last < b.last)).then_some(Self {
            salt,
            first,
            ranges,
        })
    }
}

impl List {
    fn parse(rest: &mut &[u8]) -> Option<Self> {
        let [count] = take(rest)?;
        let (first, last) = (parse_tag(rest)?, parse_tag(rest)?);
        let items = times(count, rest, parse_item)?;
        let within = items.iter().all(|item| (first..=last).contains(&item.tag));
        let ascending = items.is_sorted_by(|a, b| a.tag < b.tag);
        (first <= last && within && ascending).then_some(Self { first, last, items })
    }
}

/// The rest of a life as it is told beside a thing, in units of four seconds, rounded down.
pub(in crate::mesh) fn life_units(life: Duration) -> u16 {
    u16::try_from(life.as_secs() / LIFE_UNIT.as_secs()).unwrap_or(u16::MAX)
}

/// The rest of a life that `units` tell.
pub(in crate::mesh) fn life(units: u16) -> Duration {
    LIFE_UNIT * u32::from(units)
}

fn count<T>(items: &[T]) -> u8 {
    debug_assert!(items.len() <= MAX_ITEMS, "a list is cut before it is sent");
    items.len() as u8
}

fn emit_item(item: &Item, out: &mut Vec<u8>) {
    out.extend(item.tag.bits().to_le_bytes());
    out.extend(item.version.bits().to_le_bytes());
}

fn parse_item(rest: &mut &[u8]) -> Option<Item> {
    let tag = parse_tag(rest)?;
    Some(Item { tag, version: Version::from_bits(u64::from_le_bytes(take(rest)?)) })
}

fn parse_tag(rest: &mut &[u8]) -> Option<Tag> {
    take(rest).map(u64::from_le_bytes).map(Tag::from_bits)
}

fn list<T>(rest: &mut &[u8], item: impl FnMut(&mut &[u8]) -> Option<T>) -> Option<Vec<T>> {
    let [count] = take(rest)?;
    times(count, rest, item)
}

fn times<T>(
    count: u8,
    rest: &mut &[u8],
    mut item: impl FnMut(&mut &[u8]) -> Option<T>,
) -> Option<Vec<T>> {
    if usize::from(count) > MAX_ITEMS {
        return None;
    }
    (0..count).map(|_| item(rest)).collect()
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(tag: u64) -> Item {
        Item { tag: Tag::from_bits(tag), version: Version::edition(tag + 1) }
    }

    fn emitted(message: &Message) -> Vec<u8> {
        let mut bytes = Vec::new();
        message.emit(&mut bytes);
        bytes
    }

    fn longest() -> [Message; 4] {
        let tags = || (0..64).map(Tag::from_bits);
        let [first, last] = [0, u64::MAX].map(Tag::from_bits);
        let ranges = tags().map(|last| Range { last, hash: 9 }).collect();
        [
            Message::Have((0..64).map(item).collect()),
            Message::Want((0..64).map(item).collect()),
            Message::Digest(Digest { salt: 1, first, ranges }),
            Message::List(List { first, last, items: (0..64).map(item).collect() }),
        ]
    }

    #[test]
    fn messages_read_back_as_they_were_written() {
        let short = [
            Message::Have(Vec::new()),
            Message::Link { alone: true },
            Message::Link { alone: false },
            Message::Linked,
            Message::Unlink,
        ];

        for message in longest().into_iter().chain(short) {
            assert_eq!(Message::parse(&emitted(&message)), Some(message));
        }
    }

    /// 1,280 bytes less IPv6, UDP, message header and tag, and the frame's own header.
    #[test]
    fn the_longest_messages_fit_the_least_mtu_of_ipv6() {
        for message in longest() {
            assert!(emitted(&message).len() <= 1280 - 40 - 8 - 32 - 4, "{message:?}");
        }
    }

    #[test]
    fn another_form_of_a_message_is_refused() {
        let [have, want, digest, list] = longest().map(|message| emitted(&message));
        for message in [&have, &want, &digest, &list] {
            let mut longer = message.clone();
            longer.push(0);
            assert_eq!(Message::parse(&longer), None);
            assert_eq!(Message::parse(&message[..message.len() - 1]), None);
            let mut too_many = message.clone();
            too_many[1] = 65;
            too_many.extend([0xff; 16]);
            assert_eq!(Message::parse(&too_many), None);
        }
        let mut descending = list;
        descending[18] = 9;
        assert_eq!(Message::parse(&descending), None);
        let mut descending = digest;
        descending[18] = 9;
        assert_eq!(Message::parse(&descending), None);
        assert_eq!(Message::parse(&[LINK, 2]), None);
        assert_eq!(Message::parse(&[UNLINK + 1]), None);
        assert_eq!(Message::parse(&[]), None);
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_the_same(
            mut bytes in prop::collection::vec(any::<u8>(), 0..80),
            kind in 0..8_u8,
            count in 0..5_u8,
        ) {
            bytes.splice(0..0, [kind, count]);
            if let Some(message) = Message::parse(&bytes) {
                prop_assert_eq!(emitted(&message), bytes);
            }
        }
    }
}
