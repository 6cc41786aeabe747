//! Ends of lines in a slice: the positions of the last byte of each ending.

mod portable;
mod step;
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "vector instructions chosen at run time, fenced in one module")]
mod x86;

use alloc::boxed::Box;

use crate::{Config, Delimiter};

/// Ends found by one scan. More than this many lines take another scan, which costs next to
/// nothing; 4 KiB of ends stay in the first-level cache.
const SLOTS: usize = 1024;

/// Bytes one scan looks at. Together they stay in the second-level cache, so that a line is still
/// there when its reader comes to it, and every end fits 32 bits.
const STRETCH: usize = 128 * 1024;

/// What looks for ends.
#[derive(Clone, Copy, Debug)]
enum Scanner {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2(x86::Avx2),
}

impl Scanner {
    /// The fastest that the processor can run.
    fn fastest() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = x86::Avx2::detect() {
            return Self::Avx2(avx2);
        }
        Self::Portable
    }

    /// Writes the positions of the last byte of each ending in `bytes` to `ends`, ascending, until
    /// `most` bytes are through or fewer than 256 ends are free. Returns how many bytes were looked
    /// at and how many ends were found. `most` is below 2^32.
    ///
    /// A CR at the very end, of which it is not known whether an LF follows, is not looked at.
    fn line_ends(
        self,
        delimiter: Delimiter,
        bytes: &[u8],
        most: usize,
        ends: &mut [u32],
    ) -> (usize, usize) {
        let open = delimiter == Delimiter::Universal && bytes.last() == Some(&b'\r');
        let len = (bytes.len() - usize::from(open)).min(most);
        match self {
            Self::Portable => portable::line_ends(delimiter, bytes, len, ends),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => avx2.line_ends(delimiter, bytes, len, ends),
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
}

impl Window {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            scanner: if config.portable { Scanner::Portable } else { Scanner::fastest() },
            delimiter: config.delimiter,
            slots: Box::new([0; SLOTS]),
            taken: 0,
            ready: 0,
            found: 0,
            base: 0,
            scanned: 0,
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
            let (scanned, found) =
                self.scanner.line_ends(self.delimiter, rest, STRETCH, &mut self.slots[..]);
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

#[cfg(test)]
mod tests {
    use super::step::STEP;
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    const DELIMITERS: [Delimiter; 4] =
        [Delimiter::Lf, Delimiter::Byte(0), Delimiter::Byte(b'\n' + 1), Delimiter::Universal];

    fn scanners() -> impl Iterator<Item = Scanner> {
        let fastest = Scanner::fastest();
        let portable = matches!(fastest, Scanner::Portable);
        [Scanner::Portable].into_iter().chain((!portable).then_some(fastest))
    }

    /// The ends of `bytes` by definition, and how many bytes are decided.
    fn twin(delimiter: Delimiter, bytes: &[u8]) -> (usize, Vec<u32>) {
        let undecided = delimiter == Delimiter::Universal && bytes.last() == Some(&b'\r');
        let is_end = |at: usize| match (delimiter, bytes[at]) {
            (Delimiter::Byte(byte), other) => byte == other,
            (_, b'\n') => true,
            (Delimiter::Universal, b'\r') => bytes.get(at + 1).is_some_and(|next| *next != b'\n'),
            _ => false,
        };
        let ends = (0..bytes.len()).filter(|at| is_end(*at)).map(|at| at as u32);
        (bytes.len() - usize::from(undecided), ends.collect())
    }

    /// Dense and sparse stretches in turn, so that a step has any number of ends. Between the ends lies what must not be taken for one.
    fn text(length: usize, stretch: usize) -> Vec<u8> {
        let steps = [3, 700, 1, 90, 5000, 7];
        let endings = [b'\n', b'\r', b'\n', 0, b'\r', b'\r', b'\n', b'\n' + 1];
        let mut text: Vec<u8> = (0..length)
            .map(|at| match at % steps[at / stretch % steps.len()] {
                0 => endings[at % 29 % endings.len()],
                1 => [b'x', b'\n' ^ 0x80, b'\n', b'\r' + 1][at % 31 % 4],
                _ => b'x',
            })
            .collect();
        text.extend_from_slice(b"\r\n\r\r\n\r");
        text
    }

    #[test]
    fn every_scanner_agrees_with_the_slow_twin_at_all_alignments_and_lengths() {
        const LENGTH: usize = 4096;
        // Those within a vector; a scanner sees no difference between any two places beyond.
        const ALIGNMENTS: usize = 32;
        let text = text(9000, 1500);
        let mut ends = vec![0; LENGTH + STEP];

        for delimiter in DELIMITERS {
            for scanner in scanners() {
                for start in 0..ALIGNMENTS {
                    // An odd step meets every alignment, and other text each time.
                    let text = &text[start * 37..];
                    // What ends a line does not change with what lies more than a byte behind it.
                    let (_, all) = twin(delimiter, &text[..=LENGTH]);
                    for len in 0..=LENGTH {
                        let open =
                            delimiter == Delimiter::Universal && text[..len].ends_with(b"\r");
                        let decided = len - usize::from(open);
                        let expected = &all[..all.partition_point(|end| (*end as usize) < decided)];

                        let (scanned, found) =
                            scanner.line_ends(delimiter, &text[..len], usize::MAX, &mut ends);

                        let found = (scanned, &ends[..found]);
                        assert!(found == (decided, expected), "{delimiter:?} {start} {len}");
                    }
                }
            }
        }
    }

    #[test]
    fn bytes_that_are_all_ends_are_found() {
        for (delimiter, byte) in [(Delimiter::Lf, b'\n'), (Delimiter::Byte(0), 0)] {
            for scanner in scanners() {
                let text = [byte; 3 * STEP];
                let mut ends = vec![0; 4 * STEP];

                let (scanned, found) = scanner.line_ends(delimiter, &text, usize::MAX, &mut ends);

                assert_eq!((scanned, ends[..found].to_vec()), twin(delimiter, &text));
            }
        }
    }

    #[test]
    fn ends_stay_the_same_wherever_the_scan_stops() {
        let text = text(20_000, 3000);
        let mut ends = [0; STEP + 100];

        for delimiter in DELIMITERS {
            for scanner in scanners() {
                for most in [1, 2, 63, 64, 65, 255, 256, 257, 700, 5000] {
                    let mut at = 0;
                    let mut all = Vec::new();
                    loop {
                        let rest = &text[at..];
                        let (scanned, found) = scanner.line_ends(delimiter, rest, most, &mut ends);
                        all.extend(ends[..found].iter().map(|end| end + at as u32));
                        at += scanned;
                        if scanned == 0 {
                            break;
                        }
                    }

                    assert!((at, all) == twin(delimiter, &text), "{delimiter:?} by {most}");
                }
            }
        }
    }
}
