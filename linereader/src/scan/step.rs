//! The walk over a slice that every scanner takes: step by step, with hardly a branch that depends
//! on where the lines end. A mispredicted one costs more than the scan of a short line.

use core::ops::Range;

/// Bytes that one mask covers, the first byte in the lowest bit.
pub(super) const BLOCK: usize = 64;

/// Bytes of one step. One test passes over all of them where lines are long, which is as fast as
/// memchr is there; shorter steps were slower and longer ones no faster.
pub(super) const STEP: usize = 256;

/// Which bytes of a step are what is looked for.
pub(super) type Masks = [u64; STEP / BLOCK];

/// Writes the positions of the ends in the first `len` of `bytes` to `ends`, ascending, until fewer
/// than a step's are free. Returns how many bytes were looked at and how many ends were found.
///
/// `masks` tells the ends in a step, which the given byte follows if there is one; `None` if there
/// are none. `write` writes them, given where the step begins, and returns how many there are.
/// `len` is below 2^32.
#[inline(always)]
pub(super) fn line_ends(
    masks: impl Fn(&[u8; STEP], Option<&u8>) -> Option<Masks>,
    write: impl Fn(Masks, u32, &mut [u32; STEP]) -> usize,
    bytes: &[u8],
    len: usize,
    ends: &mut [u32],
) -> (usize, usize) {
    let mut at = 0;
    let mut found = 0;

    // Of a step without an end nothing more is asked: long lines take as long as this does.
    while let Some(step) = bytes[at..len].first_chunk() {
        if let Some(masks) = masks(step, bytes.get(at + STEP)) {
            let Some(free) = ends.get_mut(found..).and_then(|free| free.first_chunk_mut()) else {
                return (at, found);
            };
            found += write(masks, at as u32, free);
        }
        at += STEP;
    }
    if at == len {
        return (len, found);
    }
    match ends.get_mut(found..).and_then(|free| free.first_chunk_mut()) {
        Some(free) => (len, found + line_ends_of_rest(masks, write, bytes, at..len, free)),
        None => (at, found),
    }
}

/// The rest of `line_ends`, which is less than a step. Inlined as well it would weigh on the loop.
#[cold]
#[inline(never)]
fn line_ends_of_rest(
    masks: impl Fn(&[u8; STEP], Option<&u8>) -> Option<Masks>,
    write: impl Fn(Masks, u32, &mut [u32; STEP]) -> usize,
    bytes: &[u8],
    range: Range<usize>,
    free: &mut [u32; STEP],
) -> usize {
    let rest = &bytes[range.start..];
    let step = rest.first_chunk().copied().unwrap_or_else(|| padded(rest));
    let masks = masks(&step, rest.get(STEP));
    masks.map_or(0, |masks| write(within(range.len(), masks), range.start as u32, free))
}

/// The ends under universal newlines: every LF, and every CR that no LF follows. `next` is the
/// byte behind the step.
#[inline(always)]
pub(super) fn universal(line_feeds: Masks, returns: Masks, next: Option<&u8>) -> Masks {
    let mut ends = [0; STEP / BLOCK];
    let mut behind = u64::from(next == Some(&b'\n'));
    for ((end, line_feeds), returns) in ends.iter_mut().zip(line_feeds).zip(returns).rev() {
        let followed = line_feeds >> 1 | behind << (BLOCK - 1);
        *end = line_feeds | returns & !followed;
        behind = line_feeds & 1;
    }
    ends
}

/// Less than a step as one; what `within` leaves of its masks is theirs.
#[cold]
fn padded(tail: &[u8]) -> [u8; STEP] {
    let mut step = [0; STEP];
    for (to, from) in step.iter_mut().zip(tail) {
        *to = *from;
    }
    step
}

/// The masks of the first `width` bytes.
#[cold]
fn within(width: usize, mut masks: Masks) -> Masks {
    for (index, mask) in masks.iter_mut().enumerate() {
        let width = width.saturating_sub(index * BLOCK);
        if width < BLOCK {
            *mask &= (1 << width) - 1;
        }
    }
    masks
}
