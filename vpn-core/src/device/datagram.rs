use core::net::SocketAddr;
use core::ops::Range;

use super::PeerId;
use crate::key::PublicKey;

/// A sealed packet to be sent.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the device takes it for sent"]
#[non_exhaustive]
pub struct Transmit<'b> {
    /// Whom it is for.
    pub peer: PeerId,
    /// Where to send it.
    pub to: SocketAddr,
    /// The whole UDP payload, within the buffer that the caller handed in.
    pub datagram: &'b mut [u8],
}

/// A train of sealed packets to be sent in one call.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the device takes it for sent"]
#[non_exhaustive]
pub struct Train<'b> {
    /// Whom it is for.
    pub peer: PeerId,
    /// Where to send it.
    pub to: SocketAddr,
    /// UDP payloads, one after the other, within the buffer that the caller handed in.
    pub datagrams: &'b mut [u8],
    /// The length of each but the last, which may be shorter: the segment size of Linux's
    /// `UDP_SEGMENT`.
    pub segment: usize,
}

/// A message of the device's own to be sent: of a handshake, a keepalive, a cookie reply.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the device takes it for sent"]
#[non_exhaustive]
pub struct Control<'b> {
    /// Whom it is for; `None` for a cookie reply, which answers an address that has proven nothing.
    pub peer: Option<PeerId>,
    /// Where to send it.
    pub to: SocketAddr,
    /// The whole UDP payload, within the buffer that the caller handed in.
    pub datagram: &'b mut [u8],
}

/// What became of a packet handed to [`Device::seal`](crate::Device::seal).
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the packet is to be sent, or kept"]
pub enum Outbound<'b> {
    /// It is sealed: send it.
    Send(Transmit<'b>),
    /// There is no session with the peer. The buffer is unchanged and a handshake is under way:
    /// keep the packet until [`Event::Up`], drop it on [`Event::GaveUp`], which follows within 90 s
    /// otherwise. How many are worth keeping that long is the embedder's choice.
    Held(PeerId),
}

/// What became of a packet or frame where it lies.
#[derive(Debug)]
pub(crate) enum Sealed<'d> {
    /// The message lies in this range of the buffer, and is to be sent there.
    Send(Range<usize>, &'d SocketAddr),
    /// There is no session; a handshake is under way.
    Held,
}

/// What a received datagram held.
#[derive(Debug, PartialEq, Eq)]
pub enum Inbound<'b> {
    /// An IP packet, whose source address the peer is allowed.
    Packet {
        /// Who sent it.
        peer: PeerId,
        /// The packet without padding, within the datagram handed in.
        packet: &'b mut [u8],
    },
    /// A message without content, which shows that the peer is there.
    Keepalive(PeerId),
    /// A message of the handshake; call [`Device::poll_transmit`](crate::Device::poll_transmit).
    Control,
}

/// What the embedder is told of. Of repeated changes that were not polled, the last is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// There is a session to send on: packets held for the peer can be sealed.
    Up(PeerId),
    /// There is no session to send on any more: the last one reached its greatest age (180 s) or
    /// its last counter without being renewed, or the device was given another secret key.
    Down(PeerId),
    /// The peer's messages came from this address in place of the one known, and all are sent there
    /// from here on. For a peer of which none was known, [`Up`](Self::Up) says enough; see
    /// [`Device::endpoint`](crate::Device::endpoint).
    Roamed(PeerId, SocketAddr),
    /// No answer for 90 s: packets held for the peer can be dropped. Handshakes go on being tried
    /// for packets of the last 90 s, and this comes again if they are not answered either;
    /// otherwise the next packet starts over.
    GaveUp(PeerId),
    /// The holder of this key, which is no peer's, began a handshake. It may be a replay of one
    /// begun earlier. At most 64 wait to be polled, each key once; further ones are only counted
    /// as discards.
    UnknownInitiator(PublicKey),
}
