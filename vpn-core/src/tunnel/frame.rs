use core::ops::Range;

use crate::error::SealError;
use crate::wire::{DATA_HEADER_LEN, DATA_OVERHEAD, TAG_LEN};

/// Plaintexts are padded to multiples of this (paper, section 5.4.6).
const PADDING: usize = 16;
/// The greatest length of a packet: what is left of a datagram's 16-bit length, and the most to which
/// an MTU may pad.
pub(crate) const MAX_PACKET_LEN: usize = u16::MAX as usize - DATA_OVERHEAD;

/// The length of the plaintext that carries a packet: padded, but not beyond the MTU.
#[inline]
pub(crate) fn padded_len(len: usize, mtu: usize) -> usize {
    let padded = len.saturating_add(PADDING - 1) / PADDING * PADDING;
    len.max(mtu.min(padded))
}

/// Where in a buffer of `have` bytes the message lies that carries the packet: the packet, which
/// lies within the buffer, with its header in front and padding and tag behind. The MTU is at most
/// [`MAX_PACKET_LEN`].
#[inline]
pub(crate) fn frame(
    have: usize,
    packet: &Range<usize>,
    mtu: usize,
) -> Result<Range<usize>, SealError> {
    debug_assert!(mtu <= MAX_PACKET_LEN, "an MTU that no message can be padded to");
    if packet.len() > MAX_PACKET_LEN {
        return Err(SealError::TooLong);
    }
    if packet.start < DATA_HEADER_LEN {
        return Err(SealError::Headroom { need: DATA_HEADER_LEN, have: packet.start });
    }
    let end = packet.start + padded_len(packet.len(), mtu) + TAG_LEN;
    if end > have {
        return Err(SealError::Tailroom { need: end - packet.end, have: have - packet.end });
    }
    Ok(packet.start - DATA_HEADER_LEN..end)
}

/// Fills with zeros what lies between a packet and the tag of the message that [`frame`] gave.
#[inline]
pub(crate) fn pad(buf: &mut [u8], packet: Range<usize>, message: &Range<usize>) {
    let padding = packet.end..message.end - TAG_LEN;
    // Even of no bytes, `fill` is a call.
    if !padding.is_empty() {
        buf[padding].fill(0);
    }
}
