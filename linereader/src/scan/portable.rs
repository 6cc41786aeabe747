//! The scanner without unsafe code, on every target.

use memchr::memchr;

/// Bytes that one mask covers.
const BLOCK: usize = 64;

/// Blocks without a line feed after which memchr looks for the next one.
const PATIENCE: u32 = 4;

/// Writes the positions of the line feeds in `bytes` to `ends`, ascending, until the bytes are
/// through or fewer than 64 ends are free. Returns how many bytes were looked at and how many ends
/// were found.
pub(super) fn line_feeds(bytes: &[u8], ends: &mut [u32]) -> (usize, usize) {
    let mut at = 0;
    let mut found = 0;
    let mut empty = 0;

    while let Some(free) = ends.get_mut(found..).and_then(|free| free.first_chunk_mut::<BLOCK>()) {
        let rest = bytes.get(at..).unwrap_or_default();
        let mask = match rest.first_chunk::<BLOCK>() {
            Some(block) => mask(block),
            None if rest.is_empty() => break,
            None => mask_of_tail(rest),
        };
        if mask == 0 {
            empty += 1;
            at += BLOCK.min(rest.len());
            if empty >= PATIENCE {
                at +=
                    memchr(b'\n', bytes.get(at..).unwrap_or_default()).unwrap_or(bytes.len() - at);
            }
            continue;
        }
        empty = 0;
        found += write_ends(mask, at as u32, free);
        at += BLOCK.min(rest.len());
    }
    (at, found)
}

/// One bit for each line feed, the first byte's lowest.
#[inline]
fn mask(block: &[u8; BLOCK]) -> u64 {
    let mut equal = [0_u8; BLOCK];
    for (equal, byte) in equal.iter_mut().zip(block) {
        *equal = u8::from(*byte == b'\n');
    }
    let mut mask = 0;
    for (index, eight) in equal.chunks_exact(8).enumerate() {
        let Ok(eight) = <[u8; 8]>::try_from(eight) else { continue };
        // The multiplication gathers the lowest bits of the eight bytes in the highest byte.
        let bits = u64::from_le_bytes(eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= bits << (8 * index);
    }
    mask
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
#[inline]
fn write_ends(mut mask: u64, base: u32, free: &mut [u32; BLOCK]) -> usize {
    let count = mask.count_ones() as usize;
    for slot in free.iter_mut().take(count) {
        *slot = base + mask.trailing_zeros();
        mask &= mask - 1;
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

        let found = line_feeds(&all, &mut ends);

        assert_eq!(found, (256, 1));
        assert_eq!(ends[0], u32::from(b'\n'));
    }

    #[test]
    fn all_alignments_and_lengths_agree_with_the_slow_twin() {
        // Sparse and dense stretches in turn, so that both ways of looking are taken and left.
        let text: Vec<u8> = (0_u32..4300)
            .map(|i| {
                let step = [3, 90, 1, 700][(i / 1000 % 4) as usize];
                if i % step == 0 { b'\n' } else { b'\x0b' }
            })
            .collect();
        let mut ends = vec![0; 4400];

        for start in 0..BLOCK {
            for len in (0..200).chain((200..4200).step_by(37)) {
                let slice = &text[start..start + len];

                let (scanned, found) = line_feeds(slice, &mut ends);

                assert_eq!(scanned, len);
                assert_eq!(ends[..found], twin(slice), "start {start}, length {len}");
            }
        }
    }

    #[test]
    fn a_full_array_of_ends_stops_the_scan_where_it_can_go_on() {
        let text = vec![b'\n'; 1000];
        let mut ends = [0; 100];
        let mut at = 0;
        let mut all = Vec::new();

        while at < text.len() {
            let (scanned, found) = line_feeds(&text[at..], &mut ends);
            assert!(scanned > 0);
            all.extend(ends[..found].iter().map(|end| end + at as u32));
            at += scanned;
        }

        assert_eq!(all, twin(&text));
    }
}
