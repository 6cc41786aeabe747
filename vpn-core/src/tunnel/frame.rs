use core::ops::Range;

use crate::error::SealError;
use crate::wire::{DATA_HEADER_LEN, DATA_OVERHEAD, TAG_LEN};

/// Plaintexts are padded to multiples of this (paper, section 5.4.6).
const PADDING: usize = 16;
/// The greatest length of a message: what a datagram's 16-bit length can state.
const MAX_MESSAGE_LEN: usize = u16::MAX as usize;

/// Where in a buffer of `have` bytes the message lies that carries the packet: the packet, which
/// lies within the buffer, with its header in front and padding and tag behind.
pub(super) fn frame(
    have: usize,
    packet: &Range<usize>,
    mtu: usize,
) -> Result<Range<usize>, SealError> {
    let padded = packet.len().max(mtu.min(packet.len().next_multiple_of(PADDING)));
    if padded > MAX_MESSAGE_LEN - DATA_OVERHEAD {
        return Err(SealError::TooLong);
    }
    let behind = padded - packet.len() + TAG_LEN;
    if packet.start < DATA_HEADER_LEN {
        return Err(SealError::Headroom { need: DATA_HEADER_LEN, have: packet.start });
    }
    if have - packet.end < behind {
        return Err(SealError::Tailroom { need: behind, have: have - packet.end });
    }
    Ok(packet.start - DATA_HEADER_LEN..packet.end + behind)
}
