//! Texts in sorted order: those that a sample begins or ends with are found by one search.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::Choice;

/// How texts and samples are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// From the end, so that a suffix is what comes first.
    pub(super) backwards: bool,
    /// Without regard to the case of ASCII letters.
    pub(super) folded: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Sorted {
    reading: Reading,
    /// How many bytes all texts begin with in common.
    common: usize,
    /// The eight bytes behind those, of each text, as a number that sorts like them.
    keys: Box<[u64]>,
    entries: Box<[Entry]>,
    /// The texts, one behind the other, as they are read.
    bytes: Box<[u8]>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    start: u32,
    length: u32,
    /// Which pattern is meant if this is the longest text that the sample begins with.
    index: u32,
    /// The longest other text that this one begins with.
    outer: u32,
}

/// Is no entry.
const NONE: u32 = u32::MAX;

impl Sorted {
    /// Sorts texts with their places among the patterns; `None` if they are 4 GiB or more.
    pub(super) fn new<'t>(
        texts: impl Iterator<Item = (u32, &'t [u8])>,
        reading: Reading,
        choice: Choice,
    ) -> Option<Self> {
        let mut rows: Vec<(Vec<u8>, u32)> =
            texts.map(|(index, text)| (reading.of(text), index)).collect();
        rows.sort_unstable();
        // The first of equals counts.
        rows.dedup_by(|later, kept| later.0 == kept.0);
        let common = match (rows.first(), rows.last()) {
            (Some((first, _)), Some((last, _))) => shared(first, last.iter().copied()),
            _ => 0,
        };
        let mut set = Self {
            reading,
            common,
            keys: rows
                .iter()
                .map(|(text, _)| key(text.get(common..).unwrap_or_default()))
                .collect(),
            entries: Box::default(),
            bytes: Box::default(),
        };
        let mut bytes = Vec::new();
        let mut entries: Vec<Entry> = Vec::with_capacity(rows.len());
        // Texts of which each begins with the one before it.
        let mut open: Vec<(&[u8], u32)> = Vec::new();
        for (at, (text, index)) in (0..).zip(&rows) {
            while open.last().is_some_and(|(outer, _)| !text.starts_with(outer)) {
                open.pop();
            }
            let outer = open.last().map_or(NONE, |&(_, outer)| outer);
            let index = match (entries.get(outer as usize), choice) {
                (Some(outer), Choice::First) => outer.index.min(*index),
                _ => *index,
            };
            let start = u32::try_from(bytes.len()).ok()?;
            let length = u32::try_from(text.len()).ok()?;
            entries.push(Entry { start, length, index, outer });
            bytes.extend_from_slice(text);
            open.push((text, at));
        }
        set.entries = entries.into();
        set.bytes = bytes.into();
        Some(set)
    }

    /// Returns which pattern is meant of those that the sample begins with.
    #[inline]
    pub(super) fn find(&self, sample: &[u8]) -> Option<usize> {
        let mut entry = self.last_up_to(sample)?;
        let length = self.shared(entry, sample);
        while entry.length as usize > length {
            entry = self.entries.get(entry.outer as usize)?;
        }
        Some(entry.index as usize)
    }

    /// Returns which pattern the sample is.
    pub(super) fn find_whole(&self, sample: &[u8]) -> Option<usize> {
        let entry = self.last_up_to(sample)?;
        let same = entry.length as usize == sample.len();
        (same && self.shared(entry, sample) == sample.len()).then_some(entry.index as usize)
    }

    /// The last text that does not come after the sample. All texts that the sample begins with are
    /// this one or texts that this one begins with.
    #[inline]
    fn last_up_to(&self, sample: &[u8]) -> Option<&Entry> {
        let key = self.key(sample)?;
        let mut upto = self.keys.partition_point(|other| *other <= key);
        if self.keys.get(upto.wrapping_sub(1)) == Some(&key) {
            // Those with the same key may come after the sample.
            let from = self.keys.partition_point(|other| *other < key);
            let equal = self.entries.get(from..upto)?;
            upto = from
                + equal.partition_point(|entry| self.compare(entry, sample) != Ordering::Greater);
        }
        self.entries.get(upto.checked_sub(1)?)
    }

    /// The sample's key; nothing if it does not begin as all texts do.
    #[inline]
    fn key(&self, sample: &[u8]) -> Option<u64> {
        let first = self.entries.first()?;
        let common = self.bytes.get(first.start as usize..)?.get(..self.common)?;
        let (begins, rest) = match self.reading.backwards {
            false => {
                let (start, rest) = sample.split_at_checked(self.common)?;
                (self.reading.same(common, start), rest)
            }
            true => {
                let (rest, end) =
                    sample.split_at_checked(sample.len().checked_sub(self.common)?)?;
                (self.reading.same(common, end), rest)
            }
        };
        begins.then(|| self.reading.key(rest))
    }

    fn text(&self, entry: &Entry) -> &[u8] {
        let start = entry.start as usize;
        self.bytes.get(start..start + entry.length as usize).unwrap_or_default()
    }

    fn compare(&self, entry: &Entry, sample: &[u8]) -> Ordering {
        let text = self.text(entry).iter().copied();
        let fold = |byte: &u8| if self.reading.folded { byte.to_ascii_lowercase() } else { *byte };
        if self.reading.backwards {
            text.cmp(sample.iter().rev().map(fold))
        } else {
            text.cmp(sample.iter().map(fold))
        }
    }

    /// How many bytes of the text the sample begins with.
    #[inline]
    fn shared(&self, entry: &Entry, sample: &[u8]) -> usize {
        let text = self.text(entry);
        match self.reading {
            Reading { backwards: false, folded: false } if sample.starts_with(text) => text.len(),
            Reading { backwards: false, folded: false } => shared(text, sample.iter().copied()),
            Reading { backwards: false, folded: true } => {
                shared(text, sample.iter().map(u8::to_ascii_lowercase))
            }
            Reading { backwards: true, folded: false } => {
                shared(text, sample.iter().rev().copied())
            }
            Reading { backwards: true, folded: true } => {
                shared(text, sample.iter().rev().map(u8::to_ascii_lowercase))
            }
        }
    }
}

impl Reading {
    fn of(self, text: &[u8]) -> Vec<u8> {
        let mut text = text.to_vec();
        if self.backwards {
            text.reverse();
        }
        if self.folded {
            text.make_ascii_lowercase();
        }
        text
    }

    /// Whether `part` of a sample is this text.
    #[inline]
    fn same(self, text: &[u8], part: &[u8]) -> bool {
        match self {
            Self { backwards: false, folded: false } => text == part,
            Self { backwards: false, folded: true } => text.eq_ignore_ascii_case(part),
            Self { backwards: true, folded: false } => text.iter().eq(part.iter().rev()),
            Self { backwards: true, folded: true } => {
                text.iter().copied().eq(part.iter().rev().map(u8::to_ascii_lowercase))
            }
        }
    }

    /// The key of a sample's rest.
    #[inline]
    fn key(self, rest: &[u8]) -> u64 {
        let chunk = if self.backwards { rest.last_chunk() } else { rest.first_chunk() };
        let mut bytes: [u8; 8] = match chunk {
            Some(chunk) => *chunk,
            None if self.backwards => {
                let mut bytes = [0; 8];
                bytes.iter_mut().rev().zip(rest.iter().rev()).for_each(|(to, from)| *to = *from);
                bytes
            }
            None => padded(rest),
        };
        if self.folded {
            bytes.make_ascii_lowercase();
        }
        if self.backwards { u64::from_le_bytes(bytes) } else { u64::from_be_bytes(bytes) }
    }
}

/// The key of a text's rest, as it is read.
fn key(rest: &[u8]) -> u64 {
    u64::from_be_bytes(rest.first_chunk().copied().unwrap_or_else(|| padded(rest)))
}

/// The first eight bytes, or fewer and zeros.
fn padded(rest: &[u8]) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    bytes
}

fn shared(text: &[u8], sample: impl Iterator<Item = u8>) -> usize {
    text.iter().zip(sample).take_while(|(text, sample)| *text == sample).count()
}
