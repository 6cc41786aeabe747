use super::{Inbound, PeerId};
use crate::error::Discard;

/// The upper half of the first byte of a frame; of a packet it is 4 or 6.
pub(super) const FRAME_NIBBLE: u8 = 0xe;

/// What a received datagram held, frames of the mesh included.
#[cfg(feature = "mesh")]
#[derive(Debug)]
pub(crate) enum Content<'b> {
    /// A packet whose source is the peer's.
    Packet {
        peer: PeerId,
        packet: &'b mut [u8],
    },
    Keepalive(PeerId),
    /// A message of the handshake.
    Control,
    /// The whole message that holds a frame and its padding between header and tag, from a peer that
    /// may send such.
    Frame {
        peer: PeerId,
        message: &'b mut [u8],
    },
    /// A packet whose source is not the peer's, from a peer that may send frames: whose the peer is may
    /// have come to light by this message, and not have been said to the device yet.
    Stray {
        peer: PeerId,
        packet: &'b mut [u8],
    },
}

/// What a datagram can be received as.
pub(super) trait Received<'b>: From<Inbound<'b>> {
    /// Takes the message that holds a frame, or says that there is no use for such.
    fn of_frame(peer: PeerId, message: &'b mut [u8]) -> Result<Self, Discard>;

    /// Takes a packet whose source is not the peer's, or says that there is no use for such.
    fn of_stray(peer: PeerId, packet: &'b mut [u8]) -> Result<Self, Discard>;
}

#[cfg(feature = "mesh")]
impl<'b> Received<'b> for Content<'b> {
    fn of_frame(peer: PeerId, message: &'b mut [u8]) -> Result<Self, Discard> {
        Ok(Self::Frame { peer, message })
    }

    fn of_stray(peer: PeerId, packet: &'b mut [u8]) -> Result<Self, Discard> {
        Ok(Self::Stray { peer, packet })
    }
}

/// What an embedder gets that has no use for frames.
impl<'b> Received<'b> for Inbound<'b> {
    fn of_frame(_: PeerId, _: &'b mut [u8]) -> Result<Self, Discard> {
        Err(Discard::NotIp)
    }

    fn of_stray(_: PeerId, _: &'b mut [u8]) -> Result<Self, Discard> {
        Err(Discard::SpoofedSource)
    }
}

#[cfg(feature = "mesh")]
impl<'b> From<Inbound<'b>> for Content<'b> {
    #[inline]
    fn from(inbound: Inbound<'b>) -> Self {
        match inbound {
            Inbound::Packet { peer, packet } => Self::Packet { peer, packet },
            Inbound::Keepalive(peer) => Self::Keepalive(peer),
            Inbound::Control => Self::Control,
        }
    }
}
