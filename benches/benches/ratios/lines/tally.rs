//! What becomes of each line.

use linereader::{End, Line};

/// Cheap, but it needs both ends of the line and the count.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) lines: u32,
    bytes: u64,
    last: u64,
}

impl Tally {
    #[inline]
    pub(super) fn take(&mut self, line: &[u8]) {
        self.lines += 1;
        self.bytes += line.len() as u64;
        self.last += u64::from(line.last().copied().unwrap_or(0));
    }
}

/// The same of all that a line knows: its offset, its number and its ending beside the bytes.
#[derive(Debug, Default)]
pub(super) struct FullTally {
    pub(super) bytes: Tally,
    places: u64,
    plain: u32,
}

impl FullTally {
    #[inline]
    pub(super) fn take(&mut self, line: Line<'_>) {
        self.bytes.take(line.bytes());
        self.places ^= line.offset().wrapping_add(line.number());
        self.plain += u32::from(line.end() == End::Lf);
    }
}
