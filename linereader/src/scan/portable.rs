//! The scanner without unsafe code, for every target.

use memchr::memchr;

use super::Density;

/// Bytes that one mask covers.
const BLOCK: usize = 64;

/// Bytes that are looked at by masks before it is asked whether memchr would do better. With four
/// times as many, short lines between long ones cost a tenth more.
const WINDOW: usize = 1024;

/// Fewer lines than this in a window are sparse: from an average of 200 bytes on memchr wins.
const SPARSE: usize = 5;

/// So many lines found by memchr are dense if they lie within [`DENSE_SPAN`] bytes. Going back asks
/// for shorter lines than leaving did, so that lines near the border do not flip the two.
const DENSE: usize = 8;
const DENSE_SPAN: usize = 1000;

/// Writes the positions of the line feeds in `bytes` to `ends`, ascending, until the bytes are
/// through or fewer than 64 ends are free. Returns how many bytes were looked at and how many ends
/// were found. There are fewer than 2^32 bytes.
pub(super) fn line_feeds(bytes: &[u8], ends: &mut [u32], density: &mut Density) -> (usize, usize) {
    let mut at = 0;
    let mut found = 0;

    while at < bytes.len() && ends.len() - found >= BLOCK {
        let (rest, base, free) = (&bytes[at..], at as u32, &mut ends[found..]);
        let (scanned, lines);
        (scanned, lines, *density) = match density {
            Density::Dense => by_masks(rest.get(..WINDOW).unwrap_or(rest), base, free),
            Density::Sparse => by_memchr(rest, base, free),
        };
        at += scanned;
        found += lines;
    }
    (at, found)
}

/// Looks at a window block by block, with hardly a branch that depends on where the lines end: a
/// mispredicted one costs more than the scan of a short line.
fn by_masks(window: &[u8], base: u32, ends: &mut [u32]) -> (usize, usize, Density) {
    let mut at = 0;
    let mut found = 0;

    while let Some(free) = ends.get_mut(found..).and_then(|free| free.first_chunk_mut()) {
        let rest = &window[at..];
        let Some(block) = rest.first_chunk() else {
            found += write_ends(mask_of_tail(rest), base + at as u32, free);
            at = window.len();
            break;
        };
        found += write_ends(mask(block), base + at as u32, free);
        at += BLOCK;
    }
    let sparse = at == WINDOW && found < SPARSE;
    (at, found, if sparse { Density::Sparse } else { Density::Dense })
}

/// Looks for one line feed after the other, until they come densely.
fn by_memchr(bytes: &[u8], base: u32, ends: &mut [u32]) -> (usize, usize, Density) {
    let mut at = 0;
    let mut found = 0;
    let mut span_start = 0;

    for slot in ends {
        let Some(next) = memchr(b'\n', &bytes[at..]) else {
            return (bytes.len(), found, Density::Sparse);
        };
        *slot = base + (at + next) as u32;
        at += next + 1;
        found += 1;
        if found % DENSE == 0 {
            if at - span_start < DENSE_SPAN {
                return (at, found, Density::Dense);
            }
            span_start = at;
        }
    }
    (at, found, Density::Sparse)
}

/// One bit for each line feed, the first byte's lowest.
#[inline]
fn mask(block: &[u8; BLOCK]) -> u64 {
    // Rows of eight bytes, each marked in a bit of its own, fall on one another: this form becomes
    // a handful of vector instructions, where others that were tried became many times as many.
    let mut marks = [0_u8; BLOCK];
    for ((mark, byte), weight) in marks.iter_mut().zip(block).zip(WEIGHTS) {
        *mark = if *byte == b'\n' { weight } else { 0 };
    }
    let mut bits = 0;
    for eight in marks.chunks_exact(8) {
        bits |= eight.first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight));
    }
    transpose(bits)
}

/// Every row of eight bytes has a bit of its own.
const WEIGHTS: [u8; BLOCK] = {
    let mut weights = [0; BLOCK];
    let mut at = 0;
    while at < BLOCK {
        weights[at] = 1 << (at / 8);
        at += 1;
    }
    weights
};

/// Bit i of byte j becomes bit j of byte i.
#[inline]
fn transpose(mut bits: u64) -> u64 {
    let mut swap = |shift: u32, mask: u64| {
        let moved = (bits ^ (bits >> shift)) & mask;
        bits ^= moved ^ (moved << shift);
    };
    swap(7, 0x00aa_00aa_00aa_00aa);
    swap(14, 0x0000_cccc_0000_cccc);
    swap(28, 0x0000_0000_f0f0_f0f0);
    bits
}

/// The mask of fewer than 64 bytes.
fn mask_of_tail(tail: &[u8]) -> u64 {
    let mut block = [0; BLOCK];
    for (to, from) in block.iter_mut().zip(tail) {
        *to = *from;
    }
    mask(&block)
}

/// Writes `base` plus the index of each set bit and returns how many there are.
///
/// Four are written in any case, so that up to four lines cost no branch that can be mispredicted.
#[inline]
fn write_ends(mut mask: u64, base: u32, free: &mut [u32; BLOCK]) -> usize {
    let mut count = 0;
    for slots in free.chunks_exact_mut(4) {
        for slot in slots {
            *slot = base.wrapping_add(mask.trailing_zeros());
            count += usize::from(mask != 0);
            mask &= mask.wrapping_sub(1);
        }
        if mask == 0 {
            break;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    fn twin(bytes: &[u8]) -> Vec<u32> {
        (0_u32..).zip(bytes).filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).collect()
    }

    #[test]
    fn every_pattern_of_a_byte_lands_on_its_own_bits() {
        for pattern in 0..=u8::MAX {
            for shift in 0..8 {
                let expected = u64::from(pattern) << (8 * shift);
                let mut block = [b'x'; BLOCK];
                for (bit, byte) in block.iter_mut().enumerate() {
                    if expected >> bit & 1 == 1 {
                        *byte = b'\n';
                    }
                }

                assert_eq!(mask(&block), expected);
            }
        }
    }

    #[test]
    fn only_the_line_feed_counts_among_all_bytes() {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        let mut ends = [0; 256];

        let found = line_feeds(&all, &mut ends, &mut Density::Dense);

        assert_eq!(found, (256, 1));
        assert_eq!(ends[0], u32::from(b'\n'));
    }

    #[test]
    fn all_alignments_and_lengths_agree_with_the_slow_twin() {
        // Dense and sparse stretches in turn, each longer than a window, so that both ways of
        // looking are taken and left. The byte behind the line feed must not be taken for one.
        let text: Vec<u8> = (0..40_000_usize)
            .map(|at| {
                let step = [3, 700, 1, 90][at / 10_000];
                if at % step == 0 { b'\n' } else { b'\n' + 1 }
            })
            .collect();
        let mut ends = vec![0; text.len() + BLOCK];

        for start in 0..BLOCK {
            for len in (0..200).chain((200..4200).step_by(37)).chain([12_000, 25_000, 39_900]) {
                for mut density in [Density::Dense, Density::Sparse] {
                    let slice = &text[start..start + len];

                    let (scanned, found) = line_feeds(slice, &mut ends, &mut density);

                    assert_eq!(scanned, len);
                    assert_eq!(ends[..found], twin(slice), "start {start}, length {len}");
                }
            }
        }
    }

    #[test]
    fn density_follows_the_lines() {
        let mut ends = vec![0; 3 * WINDOW];
        let mut density = Density::Dense;

        line_feeds(&[b'x'; 2 * WINDOW], &mut ends, &mut density);
        assert_eq!(density, Density::Sparse);

        line_feeds(&[b'\n'; 2 * WINDOW], &mut ends, &mut density);
        assert_eq!(density, Density::Dense);
    }

    #[test]
    fn a_full_array_of_ends_stops_the_scan_where_it_can_go_on() {
        let text = vec![b'\n'; 1000];
        let mut ends = [0; 100];
        let mut at = 0;
        let mut all = Vec::new();

        while at < text.len() {
            let (scanned, found) = line_feeds(&text[at..], &mut ends, &mut Density::Dense);
            assert!(scanned > 0);
            all.extend(ends[..found].iter().map(|end| end + at as u32));
            at += scanned;
        }

        assert_eq!(all, twin(&text));
    }
}
