//! Masks where lines are short, memchr where they are long.

use memchr::{memchr, memchr2};

use super::Scanner;
use super::mask::BLOCK;
use crate::Delimiter;

/// How close the lines lie, by which the way of looking for their ends is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Density {
    Dense,
    Sparse,
}

/// Bytes that are looked at by masks before it is asked whether memchr would do better.
const WINDOW: usize = 2048;

/// So many lines found by memchr tell whether to go back to masks.
const DENSE: usize = 8;

/// From where on the other way of looking is the faster. Going back asks for shorter lines than
/// leaving did, so that lines near the border do not flip the two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Border {
    /// Fewer lines than this in a window of masks are sparse.
    pub(super) sparse: usize,
    /// So many lines found by memchr within fewer bytes than this are dense.
    pub(super) dense_span: usize,
}

/// Writes the positions of the last byte of each ending in `bytes` to `ends`, ascending, until
/// `most` bytes are through or fewer than 64 ends are free. Returns how many bytes were looked at
/// and how many ends were found. `most` is below 2^32.
///
/// A CR at the very end, of which it is not known whether an LF follows, is not looked at.
pub(super) fn line_ends(
    scanner: Scanner,
    delimiter: Delimiter,
    bytes: &[u8],
    most: usize,
    ends: &mut [u32],
    density: &mut Density,
) -> (usize, usize) {
    let open = delimiter == Delimiter::Universal && bytes.last() == Some(&b'\r');
    let len = (bytes.len() - usize::from(open)).min(most);
    let border = scanner.border();
    let mut at = 0;
    let mut found = 0;

    while at < len && ends.len() - found >= BLOCK {
        let (rest, base, free) = (&bytes[at..], at as u32, &mut ends[found..]);
        let (scanned, lines);
        match density {
            Density::Dense => {
                (scanned, lines) =
                    scanner.by_masks(delimiter, rest, WINDOW.min(len - at), base, free);
                if scanned == WINDOW && lines < border.sparse {
                    *density = Density::Sparse;
                }
            }
            Density::Sparse => {
                (scanned, lines, *density) =
                    by_memchr(delimiter, rest, len - at, base, free, border.dense_span);
            }
        }
        at += scanned;
        found += lines;
    }
    (at, found)
}

/// Looks for one end after the other, until they come densely.
fn by_memchr(
    delimiter: Delimiter,
    bytes: &[u8],
    len: usize,
    base: u32,
    ends: &mut [u32],
    dense_span: usize,
) -> (usize, usize, Density) {
    let mut at = 0;
    let mut found = 0;
    let mut span_start = 0;

    for slot in ends {
        let Some(end) = next_end(delimiter, bytes, at, len) else {
            return (len, found, Density::Sparse);
        };
        *slot = base + end as u32;
        at = end + 1;
        found += 1;
        if found % DENSE == 0 {
            if at - span_start < dense_span {
                return (at, found, Density::Dense);
            }
            span_start = at;
        }
    }
    (at, found, Density::Sparse)
}

/// The last byte of the first ending in the first `len` of `bytes`, from `at` on.
#[inline]
fn next_end(delimiter: Delimiter, bytes: &[u8], mut at: usize, len: usize) -> Option<usize> {
    match delimiter {
        Delimiter::Lf => memchr(b'\n', &bytes[at..len]).map(|next| at + next),
        Delimiter::Byte(byte) => memchr(byte, &bytes[at..len]).map(|next| at + next),
        Delimiter::Universal => loop {
            let end = at + memchr2(b'\n', b'\r', &bytes[at..len])?;
            if bytes[end] == b'\n' || bytes.get(end + 1) != Some(&b'\n') {
                return Some(end);
            }
            at = end + 1;
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    const DELIMITERS: [Delimiter; 4] =
        [Delimiter::Lf, Delimiter::Byte(0), Delimiter::Byte(b'\n' + 1), Delimiter::Universal];

    fn scanners() -> impl Iterator<Item = Scanner> {
        let fastest = Scanner::new();
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

    /// Dense and sparse stretches in turn, each longer than a window, so that both ways of looking
    /// are taken and left. Between the ends lies what must not be taken for one.
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
        let text = text(9000, 1500);
        let mut ends = vec![0; text.len() + BLOCK];

        for delimiter in DELIMITERS {
            for scanner in scanners() {
                let steps =
                    (0..4200).map(|len| (len % BLOCK, len)).chain((0..BLOCK).flat_map(|start| {
                        (0..260).chain([1023, 1024, 1025, 4095, 4096]).map(move |len| (start, len))
                    }));
                for (start, len) in steps {
                    for mut density in [Density::Dense, Density::Sparse] {
                        let slice = &text[start * 37..start * 37 + len];

                        let (scanned, found) = line_ends(
                            scanner,
                            delimiter,
                            slice,
                            usize::MAX,
                            &mut ends,
                            &mut density,
                        );

                        let found = (scanned, ends[..found].to_vec());
                        assert!(found == twin(delimiter, slice), "{delimiter:?} {start} {len}");
                    }
                }
            }
        }
    }

    #[test]
    fn ends_stay_the_same_wherever_the_scan_stops() {
        let text = text(20_000, 3000);
        let mut ends = [0; 100];

        for delimiter in DELIMITERS {
            for scanner in scanners() {
                for most in [1, 2, 63, 64, 65, 700, 5000] {
                    let mut at = 0;
                    let mut all = Vec::new();
                    let mut density = Density::Dense;
                    loop {
                        let rest = &text[at..];
                        let (scanned, found) =
                            line_ends(scanner, delimiter, rest, most, &mut ends, &mut density);
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

    #[test]
    fn density_follows_the_lines() {
        let mut ends = vec![0; 3 * WINDOW];
        let mut density = Density::Dense;
        let mut scan = |bytes: &[u8]| {
            line_ends(Scanner::new(), Delimiter::Lf, bytes, usize::MAX, &mut ends, &mut density);
            density
        };

        assert_eq!(scan(&[b'x'; 2 * WINDOW]), Density::Sparse);
        assert_eq!(scan(&[b'\n'; 2 * WINDOW]), Density::Dense);
    }
}
