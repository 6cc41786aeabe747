//! The scanner with AVX2: the only unsafe code of the crate.

use core::arch::x86_64::{
    _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_set1_epi8,
};

use super::mask::{BLOCK, padded, universal, within};
use crate::Delimiter;

/// Proof that the processor has AVX2, BMI1 and POPCNT; only `detect` makes one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx2(());

impl Avx2 {
    /// The proof, if it is so: asked at run time with `std`, and else of the compiler.
    pub(super) fn detect() -> Option<Self> {
        #[cfg(feature = "std")]
        let has = std::arch::is_x86_feature_detected!("avx2")
            && std::arch::is_x86_feature_detected!("bmi1")
            && std::arch::is_x86_feature_detected!("popcnt");
        #[cfg(not(feature = "std"))]
        let has =
            cfg!(all(target_feature = "avx2", target_feature = "bmi1", target_feature = "popcnt"));
        has.then_some(Self(()))
    }

    /// See `Scanner::by_masks`; the twin is in `portable`.
    pub(super) fn by_masks(
        self,
        delimiter: Delimiter,
        bytes: &[u8],
        len: usize,
        base: u32,
        ends: &mut [u32],
    ) -> (usize, usize) {
        // SAFETY: the function asks for AVX2, BMI1 and POPCNT, and `self` exists only if `detect`
        // found all three.
        unsafe { by_masks(delimiter, bytes, len, base, ends) }
    }
}

/// # Safety
///
/// The processor has AVX2, BMI1 and POPCNT.
#[target_feature(enable = "avx2,bmi1,popcnt")]
unsafe fn by_masks(
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
        let tail;
        let block = match rest.first_chunk() {
            Some(block) => block,
            None => {
                tail = padded(rest);
                &tail
            }
        };
        // SAFETY: `equal` asks for the same features as this function.
        let mask = unsafe {
            match delimiter {
                Delimiter::Lf => equal(block, b'\n'),
                Delimiter::Byte(byte) => equal(block, byte),
                Delimiter::Universal => {
                    universal(equal(block, b'\n'), equal(block, b'\r'), rest.get(BLOCK))
                }
            }
        };
        found += write_ends(within(width, mask), base + at as u32, free);
        at += width;
    }
    (at, found)
}

/// Which bytes of the block are `byte`.
///
/// # Safety
///
/// The processor has AVX2, BMI1 and POPCNT.
#[inline]
#[target_feature(enable = "avx2,bmi1,popcnt")]
unsafe fn equal(block: &[u8; BLOCK], byte: u8) -> u64 {
    let (low, high) = block.split_at(BLOCK / 2);
    // SAFETY: both halves have the 32 bytes that an unaligned load reads, and the caller promises
    // the processor's features.
    let (low, high) = unsafe {
        let byte = _mm256_set1_epi8(byte as i8);
        let low = _mm256_cmpeq_epi8(_mm256_loadu_si256(low.as_ptr().cast()), byte);
        let high = _mm256_cmpeq_epi8(_mm256_loadu_si256(high.as_ptr().cast()), byte);
        (_mm256_movemask_epi8(low), _mm256_movemask_epi8(high))
    };
    u64::from(low as u32) | u64::from(high as u32) << (BLOCK / 2)
}

/// Writes `base` plus the index of each set bit and returns how many there are.
///
/// Four are written in any case, so that up to four lines cost no branch that can be mispredicted.
#[inline]
fn write_ends(mut mask: u64, base: u32, free: &mut [u32; BLOCK]) -> usize {
    let count = mask.count_ones() as usize;
    for slots in free.chunks_exact_mut(4) {
        for slot in slots {
            *slot = base.wrapping_add(mask.trailing_zeros());
            mask &= mask.wrapping_sub(1);
        }
        if mask == 0 {
            break;
        }
    }
    count
}
