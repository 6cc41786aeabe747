//! Ends of lines in a slice: the positions of the last byte of each ending.

mod adaptive;
mod mask;
mod portable;
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "vector instructions chosen at run time, fenced in one module")]
mod x86;

use alloc::boxed::Box;

use crate::Delimiter;
use adaptive::{Border, Density, line_ends};

/// Ends found by one scan. More than this many lines take another scan, which costs next to
/// nothing; 4 KiB of ends stay in the first-level cache.
const SLOTS: usize = 1024;

/// Bytes one scan looks at. Together they stay in the second-level cache, so that a line is still
/// there when its reader comes to it, and every end fits 32 bits.
const STRETCH: usize = 128 * 1024;

/// What looks for ends where they lie close to one another.
#[derive(Clone, Copy, Debug)]
enum Scanner {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2(x86::Avx2),
}

impl Scanner {
    /// The fastest that the processor can run.
    fn new() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = x86::Avx2::detect() {
            return Self::Avx2(avx2);
        }
        Self::Portable
    }

    /// Measured: the portable masks lose to memchr from an average of about 110 bytes on, those
    /// with AVX2 from about 500.
    fn border(self) -> Border {
        match self {
            Self::Portable => Border { sparse: 18, dense_span: 700 },
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => Border { sparse: 4, dense_span: 2800 },
        }
    }

    /// Writes the positions of the ends in the first `len` of `bytes`, plus `base`, until fewer
    /// than 64 ends are free. Returns how many bytes were looked at and how many ends were found.
    fn by_masks(
        self,
        delimiter: Delimiter,
        bytes: &[u8],
        len: usize,
        base: u32,
        ends: &mut [u32],
    ) -> (usize, usize) {
        match self {
            Self::Portable => portable::by_masks(delimiter, bytes, len, base, ends),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => avx2.by_masks(delimiter, bytes, len, base, ends),
        }
    }
}

/// The ends of a stretch of a chunk, of which some were taken.
pub(crate) struct Window {
    scanner: Scanner,
    delimiter: Delimiter,
    slots: Box<[u32; SLOTS]>,
    taken: usize,
    /// Of the ends found those up to here end whole lines within the limit.
    ready: usize,
    found: usize,
    /// Where in the chunk the stretch begins; the ends count from here.
    base: usize,
    /// Where in the chunk the next stretch begins.
    scanned: usize,
    /// What the last stretch was like; the next is expected to be the same.
    density: Density,
}

impl Window {
    pub(crate) fn new(delimiter: Delimiter) -> Self {
        Self {
            scanner: Scanner::new(),
            delimiter,
            slots: Box::new([0; SLOTS]),
            taken: 0,
            ready: 0,
            found: 0,
            base: 0,
            scanned: 0,
            density: Density::Dense,
        }
    }

    /// Forgets all ends and stands at `scanned` in a chunk.
    pub(crate) fn stand_at(&mut self, scanned: usize) {
        self.taken = 0;
        self.ready = 0;
        self.found = 0;
        self.base = scanned;
        self.scanned = scanned;
    }

    /// Stands at `start` if nothing was scanned behind it.
    pub(crate) fn skip_to(&mut self, start: usize) {
        if self.scanned < start {
            self.stand_at(start);
        }
    }

    /// Scans on until an end is found; false if the rest of the chunk has none.
    ///
    /// Of the ends found none is ready.
    pub(crate) fn refill(&mut self, chunk: &[u8]) -> bool {
        loop {
            self.stand_at(self.scanned);
            let rest = chunk.get(self.base..).unwrap_or_default();
            let (scanned, found) = line_ends(
                self.scanner,
                self.delimiter,
                rest,
                STRETCH,
                &mut self.slots[..],
                &mut self.density,
            );
            self.scanned += scanned;
            self.found = found;
            if found > 0 {
                return true;
            }
            if scanned == 0 {
                self.stand_at(chunk.len());
                return false;
            }
        }
    }

    /// Lets `count` more ends be taken.
    pub(crate) fn make_ready(&mut self, count: usize) {
        self.ready = self.taken + count;
    }

    /// Whether an end was found and let be taken.
    #[inline]
    pub(crate) fn is_ready(&self) -> bool {
        self.taken < self.ready
    }

    /// Whether an end was found that is not yet taken.
    pub(crate) fn has_end(&self) -> bool {
        self.taken < self.found
    }

    /// The next end, counted from the beginning of the chunk.
    ///
    /// `has_end` comes first: without it the answer is an old end.
    #[inline]
    pub(crate) fn peek(&self) -> usize {
        self.base + self.slots[self.taken] as usize
    }

    /// Takes the next end, as `peek` tells it.
    #[inline]
    pub(crate) fn take(&mut self) -> usize {
        let end = self.peek();
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

    /// Takes all ends that are ready, counted from `base`.
    pub(crate) fn take_ready(&mut self) -> &[u32] {
        let first = self.taken;
        self.taken = self.ready;
        &self.slots[first..self.ready]
    }
}
