use core::net::SocketAddr;

use ipnet::IpNet;

use super::identity::MemberId;
use crate::key::PublicKey;

/// At the other end of a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// A member of the mesh.
    Member(MemberId),
    /// A peer that knows nothing of the mesh, see [`Node::attach`](crate::mesh::Node::attach).
    Leaf(PublicKey),
}

/// What a node tells its embedder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The first member has welcomed this node: it is one of them.
    Joined(MemberId),
    /// There is a member that was not known before.
    MemberLearned(MemberId),
    /// A member has left, was silent for three intervals, or its certificate has ended.
    MemberForgotten(MemberId),
    /// A member was revoked and cut off. It may be this node.
    Revoked(MemberId),
    /// There is a tunnel: packets held for it can be sealed.
    Up(Party),
    /// The tunnel has gone; the next packet makes another.
    Down(Party),
    /// Nobody was reached: packets held can be dropped.
    Unreachable(Party),
    /// Two members claim the same net. The one with the lower id has it.
    Conflict {
        /// The net that both claim.
        net: IpNet,
        /// Who has it.
        owner: MemberId,
        /// Who has not.
        other: MemberId,
    },
}

/// What became of a packet handed to [`Node::seal`](crate::mesh::Node::seal).
#[derive(Debug, PartialEq, Eq)]
pub enum Outbound<'b> {
    /// It is sealed: send it.
    Send(Transmit<'b>),
    /// There is no tunnel, and one is being made. The buffer is unchanged: keep the packet until
    /// [`Event::Up`], drop it on [`Event::Unreachable`].
    Held(Party),
}

/// A datagram to be sent.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transmit<'b> {
    /// Where to send it.
    pub to: SocketAddr,
    /// The whole UDP payload, within the buffer that the caller handed in.
    pub datagram: &'b mut [u8],
}

/// What a received datagram held.
#[derive(Debug, PartialEq, Eq)]
pub enum Inbound<'b> {
    /// An IP packet, from the member that has its source address.
    Packet(&'b mut [u8]),
    /// A message of two other members, which passes through this node: send it.
    Forward(Transmit<'b>),
    /// Something between nodes.
    Control,
}
