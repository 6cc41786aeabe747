//! The scanner without unsafe code, for every target, and the twin of the others.

use super::step::{self, BLOCK, Masks, STEP, universal};
use crate::Delimiter;

/// See `step::line_ends`.
pub(super) fn line_ends(
    delimiter: Delimiter,
    bytes: &[u8],
    len: usize,
    ends: &mut [u32],
) -> (usize, usize) {
    let byte = match delimiter {
        Delimiter::Lf => b'\n',
        Delimiter::Byte(byte) => byte,
        Delimiter::Universal => {
            let masks = |step: &[u8; STEP], next: Option<&u8>| {
                (any(step, b'\n') || any(step, b'\r'))
                    .then(|| universal(masks(step, b'\n'), masks(step, b'\r'), next))
            };
            let write = |masks, base, free: &mut _| write_ends(masks, base, free);
            return step::line_ends(masks, write, bytes, len, ends);
        }
    };
    let masks = |step: &[u8; STEP], _: Option<&u8>| any(step, byte).then(|| masks(step, byte));
    let write = |masks, base, free: &mut _| write_ends(masks, base, free);
    step::line_ends(masks, write, bytes, len, ends)
}

/// Whether any byte of the step is `byte`.
#[inline(always)]
fn any(step: &[u8; STEP], byte: u8) -> bool {
    // No early exit: only so does it become vector instructions.
    step.iter().fold(false, |any, other| any | (*other == byte))
}

/// Which bytes of the step are `byte`.
#[inline(always)]
fn masks(step: &[u8; STEP], byte: u8) -> Masks {
    let mut masks = [0; STEP / BLOCK];
    for (mask, block) in masks.iter_mut().zip(step.chunks_exact(BLOCK)) {
        *mask = block.first_chunk().map_or(0, |block| equal(block, byte));
    }
    masks
}

/// Which bytes of the block are `byte`.
#[inline(always)]
fn equal(block: &[u8; BLOCK], byte: u8) -> u64 {
    // Rows of eight bytes, each marked in a bit of its own, fall on one another: this form becomes
    // a handful of vector instructions, where others that were tried became many times as many.
    let mark = |at: usize, bit: u8| if block[at] == byte { bit } else { 0 };
    let mut marks = [0_u8; 16];
    for (at, marks) in marks.iter_mut().enumerate() {
        let bit = 1 << (at / 8);
        *marks = mark(at, bit)
            | mark(at + 16, bit << 2)
            | mark(at + 32, bit << 4)
            | mark(at + 48, bit << 6);
    }
    let marks = u128::from_le_bytes(marks);
    let bits = marks as u64 | (marks >> 64) as u64;
    transpose(bits)
}

/// Bit i of byte j becomes bit j of byte i.
#[inline(always)]
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
/// In each block two are written in any case, so that up to two lines cost no branch.
#[inline(always)]
fn write_ends(masks: Masks, mut base: u32, free: &mut [u32; STEP]) -> usize {
    let mut written = 0;
    for mut mask in masks {
        let Some(free) = free.get_mut(written..).and_then(|free| free.first_chunk_mut::<BLOCK>())
        else {
            return written;
        };
        for slots in free.chunks_exact_mut(2) {
            for slot in slots {
                *slot = base.wrapping_add(mask.trailing_zeros());
                // Counted one by one: not every processor can count the bits of a word.
                written += usize::from(mask != 0);
                mask &= mask.wrapping_sub(1);
            }
            if mask == 0 {
                break;
            }
        }
        base = base.wrapping_add(BLOCK as u32);
    }
    written
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
