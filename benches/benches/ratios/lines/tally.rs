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

/// The same and something of two numbers and a property of each line.
#[derive(Debug, Default)]
pub(super) struct FullTally {
    pub(super) bytes: Tally,
    numbers: u64,
    some: u32,
}

impl FullTally {
    /// Takes all that a line knows: its offset, its number and its ending.
    #[inline]
    pub(super) fn take(&mut self, line: Line<'_>) {
        self.add(line.bytes(), line.offset(), line.number(), line.end() == End::Lf);
    }

    /// Takes as much of the bytes alone, so that what is left of the difference is not the tally's
    /// own arithmetic.
    #[inline]
    pub(super) fn take_bytes(&mut self, line: &[u8]) {
        let length = line.len() as u64;
        self.add(line, line.as_ptr().addr() as u64, length, length == 8);
    }

    #[inline]
    pub(super) fn add(&mut self, line: &[u8], one: u64, other: u64, is: bool) {
        self.bytes.take(line);
        self.numbers ^= one.wrapping_add(other);
        self.some += u32::from(is);
    }
}
