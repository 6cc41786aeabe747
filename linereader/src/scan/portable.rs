//! The scanner without unsafe code, for every target, and the twin of the others.

use super::mask::{BLOCK, padded, universal, within};
use crate::Delimiter;

/// Looks at the first `len` of `bytes` block by block, with hardly a branch that depends on where
/// the lines end: a mispredicted one costs more than the scan of a short line.
///
/// See `Scanner::by_masks`.
pub(super) fn by_masks(
    delimiter: Delimiter,
    bytes: &[u8],
    len: usize,
    base: u32,
    ends: &mut [u32],
) -> (usize, usize) {
    let mut at = 0;
    let mut found = 0;

    while at < len {
        let Some(free) = ends.get_mut(found..).and_then(|free| free.first_chunk_mut()) else {
            break;
        };
        let width = (len - at).min(BLOCK);
        let rest = &bytes[at..];
        let mask = match rest.first_chunk() {
            Some(block) => mask(delimiter, block, rest.get(BLOCK)),
            None => mask(delimiter, &padded(rest), None),
        };
        found += write_ends(within(width, mask), base + at as u32, free);
        at += width;
    }
    (at, found)
}

/// Which bytes of the block end a line, where `next` is the byte behind it.
#[inline]
fn mask(delimiter: Delimiter, block: &[u8; BLOCK], next: Option<&u8>) -> u64 {
    match delimiter {
        Delimiter::Lf => equal(block, b'\n'),
        Delimiter::Byte(byte) => equal(block, byte),
        Delimiter::Universal => universal(equal(block, b'\n'), equal(block, b'\r'), next),
    }
}

/// Which bytes of the block are `byte`.
#[inline]
fn equal(block: &[u8; BLOCK], byte: u8) -> u64 {
    // Rows of eight bytes, each marked in a bit of its own, fall on one another: this form becomes
    // a handful of vector instructions, where others that were tried became many times as many.
    let mut marks = [0_u8; BLOCK];
    for ((mark, other), weight) in marks.iter_mut().zip(block).zip(WEIGHTS) {
        *mark = if *other == byte { weight } else { 0 };
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

                assert_eq!(equal(&block, b'\n'), expected);
            }
        }
    }

    #[test]
    fn a_byte_is_told_from_all_others() {
        for byte in 0..=u8::MAX {
            for first in [0, 64, 128, 192_u8] {
                let mut block = [0; BLOCK];
                for (to, from) in block.iter_mut().zip(first..=u8::MAX) {
                    *to = from;
                }

                let expected = if byte & 192 == first { 1 << (byte & 63) } else { 0 };
                assert_eq!(equal(&block, byte), expected);
            }
        }
    }
}
