//! Which of 64 bytes end a line, as one bit for each, the first byte's lowest.

/// Bytes that one mask covers.
pub(super) const BLOCK: usize = 64;

/// The ends under universal newlines: every LF, and every CR that no LF follows. `next` is the
/// byte behind the block.
#[inline]
pub(super) fn universal(line_feeds: u64, returns: u64, next: Option<&u8>) -> u64 {
    let followed = line_feeds >> 1 | u64::from(next == Some(&b'\n')) << (BLOCK - 1);
    line_feeds | returns & !followed
}

/// Fewer than 64 bytes as a block; what `within` leaves of its mask is theirs.
pub(super) fn padded(tail: &[u8]) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    for (to, from) in block.iter_mut().zip(tail) {
        *to = *from;
    }
    block
}

/// The mask of the first `width` bytes, at most 64.
#[inline]
pub(super) fn within(width: usize, mask: u64) -> u64 {
    if width < BLOCK { mask & ((1 << width) - 1) } else { mask }
}
