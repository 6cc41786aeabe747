//! Ends of lines in a slice: the positions of its line feeds.

mod portable;

use alloc::boxed::Box;

/// Ends found by one scan. More than this many lines take another scan, which costs next to
/// nothing; 16 KiB of ends stay in the first-level cache.
const SLOTS: usize = 4096;

/// Bytes one scan looks at. Together they stay in the second-level cache, so that a line is still
/// there when its reader comes to it, and every end fits 32 bits.
const STRETCH: usize = 128 * 1024;

/// How close the lines lie, by which the way of looking for their ends is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Density {
    Dense,
    Sparse,
}

/// The line feeds of a stretch of a chunk, of which some were taken.
pub(crate) struct Window {
    slots: Box<[u32; SLOTS]>,
    taken: usize,
    found: usize,
    /// Where in the chunk the stretch begins; the ends count from here.
    base: usize,
    /// Where in the chunk the next stretch begins.
    scanned: usize,
    /// What the last stretch was like; the next is expected to be the same.
    density: Density,
}

impl Window {
    pub(crate) fn new() -> Self {
        Self {
            slots: Box::new([0; SLOTS]),
            taken: 0,
            found: 0,
            base: 0,
            scanned: 0,
            density: Density::Dense,
        }
    }

    /// Forgets all ends and stands at `scanned` in a chunk.
    pub(crate) fn stand_at(&mut self, scanned: usize) {
        self.taken = 0;
        self.found = 0;
        self.base = scanned;
        self.scanned = scanned;
    }

    /// Scans on until an end is found; false if the rest of the chunk has none.
    pub(crate) fn refill(&mut self, chunk: &[u8]) -> bool {
        loop {
            self.stand_at(self.scanned);
            let rest = chunk.get(self.base..).unwrap_or_default();
            if rest.is_empty() {
                return false;
            }
            let stretch = rest.get(..STRETCH).unwrap_or(rest);
            let (scanned, found) =
                portable::line_feeds(stretch, &mut self.slots[..], &mut self.density);
            self.scanned += scanned;
            self.found = found;
            if found > 0 {
                return true;
            }
        }
    }

    /// Whether an end was found that is not yet taken.
    #[inline]
    pub(crate) fn is_ready(&self) -> bool {
        self.taken < self.found
    }

    /// Takes the next end, counted from the beginning of the chunk.
    ///
    /// `is_ready` comes first: without it the answer is an old end.
    #[inline]
    pub(crate) fn take(&mut self) -> usize {
        let end = self.base + self.slots[self.taken] as usize;
        self.taken += 1;
        end
    }

    /// The ends not yet taken, counted from `base`.
    pub(crate) fn ends(&self) -> &[u32] {
        &self.slots[self.taken..self.found]
    }

    pub(crate) fn base(&self) -> usize {
        self.base
    }

    /// Takes `count` ends at once, counted from `base`.
    pub(crate) fn take_many(&mut self, count: usize) -> &[u32] {
        let first = self.taken;
        self.taken += count;
        &self.slots[first..self.taken]
    }
}
