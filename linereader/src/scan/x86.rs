//! The scanner with AVX2: the only unsafe code of the crate.

use core::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256,
    _mm256_set1_epi8, _mm256_setzero_si256,
};

use super::step::{self, BLOCK, Masks, STEP, universal};
use crate::Delimiter;

/// Bytes in a vector.
const VECTOR: usize = 32;

/// A step with each byte set where it is what is looked for.
type Marks = [__m256i; STEP / VECTOR];

/// Of up to so many ends in a step few blocks have more than two.
const FEW: u32 = 8;

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

    /// See `step::line_ends`; the twin is in `portable`.
    pub(super) fn line_ends(
        self,
        delimiter: Delimiter,
        bytes: &[u8],
        len: usize,
        ends: &mut [u32],
    ) -> (usize, usize) {
        // SAFETY: the function asks for AVX2, BMI1 and POPCNT, and `self` exists only if `detect`
        // found all three.
        unsafe { line_ends(delimiter, bytes, len, ends) }
    }
}

/// # Safety
///
/// The processor has AVX2, BMI1 and POPCNT.
#[target_feature(enable = "avx2,bmi1,popcnt")]
unsafe fn line_ends(
    delimiter: Delimiter,
    bytes: &[u8],
    len: usize,
    ends: &mut [u32],
) -> (usize, usize) {
    let byte = match delimiter {
        Delimiter::Lf => b'\n',
        Delimiter::Byte(byte) => byte,
        Delimiter::Universal => {
            // SAFETY: the functions called ask for the same features as this one.
            let masks = |step: &[u8; STEP], next: Option<&u8>| unsafe {
                let (line_feeds, returns) = (equal(step, b'\n'), equal(step, b'\r'));
                (any(line_feeds) || any(returns))
                    .then(|| universal(bits(line_feeds), bits(returns), next))
            };
            let write = |masks, base, free: &mut _| write_ends(masks, base, free);
            return step::line_ends(masks, write, bytes, len, ends);
        }
    };
    // SAFETY: as above.
    let masks = |step: &[u8; STEP], _: Option<&u8>| unsafe {
        let marks = equal(step, byte);
        any(marks).then(|| bits(marks))
    };
    let write = |masks, base, free: &mut _| write_ends(masks, base, free);
    step::line_ends(masks, write, bytes, len, ends)
}

/// The step with each byte set that is `byte`.
///
/// # Safety
///
/// The processor has AVX2, BMI1 and POPCNT.
#[inline]
#[target_feature(enable = "avx2,bmi1,popcnt")]
#[allow(unsafe_op_in_unsafe_fn, reason = "these intrinsics are safe from Rust 1.87 on")]
unsafe fn equal(step: &[u8; STEP], byte: u8) -> Marks {
    let mut marks = [_mm256_setzero_si256(); STEP / VECTOR];
    let byte = _mm256_set1_epi8(byte as i8);
    for (marks, vector) in marks.iter_mut().zip(step.chunks_exact(VECTOR)) {
        // SAFETY: a chunk has the 32 bytes that an unaligned load reads.
        let vector = unsafe { _mm256_loadu_si256(vector.as_ptr().cast()) };
        *marks = _mm256_cmpeq_epi8(vector, byte);
    }
    marks
}

/// Whether any byte is set.
///
/// # Safety
///
/// The processor has AVX2, BMI1 and POPCNT.
#[inline]
#[target_feature(enable = "avx2,bmi1,popcnt")]
#[allow(unsafe_op_in_unsafe_fn, reason = "these intrinsics are safe from Rust 1.87 on")]
unsafe fn any(marks: Marks) -> bool {
    let [a, b, c, d, e, f, g, h] = marks;
    let left = _mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d));
    let right = _mm256_or_si256(_mm256_or_si256(e, f), _mm256_or_si256(g, h));
    _mm256_movemask_epi8(_mm256_or_si256(left, right)) != 0
}

/// A bit for each byte.
///
/// # Safety
///
/// The processor has AVX2, BMI1 and POPCNT.
#[inline]
#[target_feature(enable = "avx2,bmi1,popcnt")]
#[allow(unsafe_op_in_unsafe_fn, reason = "these intrinsics are safe from Rust 1.87 on")]
unsafe fn bits(marks: Marks) -> Masks {
    let [a, b, c, d, e, f, g, h] = marks.map(|marks| u64::from(_mm256_movemask_epi8(marks) as u32));
    [a | b << VECTOR, c | d << VECTOR, e | f << VECTOR, g | h << VECTOR]
}

/// Writes `base` plus the index of each set bit and returns how many there are.
#[inline(always)]
fn write_ends(masks: Masks, base: u32, free: &mut [u32; STEP]) -> usize {
    let total: u32 = masks.iter().map(|mask| mask.count_ones()).sum();
    if total <= FEW {
        write_by::<2>(masks, base, free);
    } else {
        write_by::<4>(masks, base, free);
    }
    total as usize
}

/// In each block `N` are written in any case, so that up to `N` lines cost no branch.
#[inline(always)]
fn write_by<const N: usize>(masks: Masks, mut base: u32, free: &mut [u32; STEP]) {
    let mut written = 0;
    for mut mask in masks {
        let Some(free) = free.get_mut(written..).and_then(|free| free.first_chunk_mut::<BLOCK>())
        else {
            return;
        };
        written += mask.count_ones() as usize;
        for slots in free.chunks_exact_mut(N) {
            for slot in slots {
                *slot = base.wrapping_add(mask.trailing_zeros());
                mask &= mask.wrapping_sub(1);
            }
            if mask == 0 {
                break;
            }
        }
        base = base.wrapping_add(BLOCK as u32);
    }
}
