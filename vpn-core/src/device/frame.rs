use super::{Inbound, PeerId};
use crate::error::Discard;

/// The upper half of the first byte of a frame; of a packet it is 4 or 6.
pub(super) const FRAME_NIBBLE: u8 = 0xe;

/// What a received datagram held, frames of the mesh included.
#[derive(Debug)]
pub(crate) enum Content<'b> {
    Inbound(Inbound<'b>),
    /// The whole message that holds a frame and its padding between header and tag, from a peer that
    /// may send such.
    #[cfg_attr(not(feature = "mesh"), expect(dead_code, reason = "no peer may, without a mesh"))]
    Frame {
        peer: PeerId,
        message: &'b mut [u8],
    },
}

impl<'b> Content<'b> {
    /// What an embedder gets that has no use for frames.
    pub(super) fn into_inbound(self) -> Result<Inbound<'b>, Discard> {
        match self {
            Self::Inbound(inbound) => Ok(inbound),
            Self::Frame { .. } => Err(Discard::NotIp),
        }
    }
}

impl<'b> From<Inbound<'b>> for Content<'b> {
    fn from(inbound: Inbound<'b>) -> Self {
        Self::Inbound(inbound)
    }
}
