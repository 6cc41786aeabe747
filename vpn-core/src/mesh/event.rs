use core::net::SocketAddr;

use ipnet::IpNet;

use super::identity::MemberId;
use super::path::{BASE_MTU, relay};
use crate::key::PublicKey;
use crate::wire::DATA_OVERHEAD;

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
    /// A member was revoked and cut off. It may be this node; but those who cut a member off do not
    /// tell it, so it may never learn of it.
    Revoked(MemberId),
    /// There is a tunnel: packets held for it can be sealed.
    Up(Party),
    /// The tunnel has gone; the next packet makes another.
    Down(Party),
    /// Nobody was reached: packets held can be dropped.
    Unreachable(Party),
    /// Longer or shorter packets than before reach a member, perhaps on another way. When a tunnel
    /// comes up, those of 1,280 bytes are the longest.
    PathMtu {
        /// Who is reached.
        member: MemberId,
        /// The greatest packet that is sealed for it, in bytes.
        mtu: u16,
    },
    /// Two members claim the same net. The one with the lower id has it.
    Conflict {
        /// The net that both claim.
        net: IpNet,
        /// Who has it.
        owner: MemberId,
        /// Who has not.
        other: MemberId,
    },
    /// A member claims a part of a net that this node answers for: what is for that part goes to the
    /// member, as the longer prefix decides. Not told of the net of all addresses.
    Overlap {
        /// What the member claims.
        net: IpNet,
        /// Who has it.
        owner: MemberId,
        /// The net of this node that it is a part of.
        within: IpNet,
    },
}

/// What became of a packet handed to [`Node::seal`](crate::mesh::Node::seal).
#[derive(Debug, PartialEq, Eq)]
pub enum Outbound<'b> {
    /// It is sealed: send it.
    Send(Transmit<'b>),
    /// There is no tunnel, and one is being made. The buffer is unchanged: keep the packet until
    /// [`Event::Up`], drop it on [`Event::Unreachable`], which follows within 90 s otherwise, and on
    /// [`Event::MemberForgotten`] and [`Event::Revoked`], after which nothing follows.
    Held(Party),
    /// The packet is longer than the way to its destination carries, and was not sealed.
    TooBig {
        /// The greatest packet that is sealed for the destination, in bytes.
        mtu: u16,
        /// What is to be done about it.
        remedy: Remedy<'b>,
    },
}

/// What is to be done about a packet that was too long.
#[derive(Debug, PartialEq, Eq)]
pub enum Remedy<'b> {
    /// Give this ICMP message to whoever the packet came from: write it to the TUN device. It lies
    /// where the packet was.
    Answer(&'b mut [u8]),
    /// Seal the [`Fragments`](crate::link::Fragments) of the packet in its place, which is unchanged.
    Fragments,
    /// Drop it: nobody is to be told (see [`answer_too_big`](crate::link::answer_too_big)), or enough
    /// were told lately.
    Drop,
}

/// A datagram to be sent.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transmit<'b> {
    /// Where to send it.
    pub to: SocketAddr,
    /// The whole UDP payload, within the buffer that the caller handed in.
    pub datagram: &'b mut [u8],
    /// Whether no router may cut it: so of datagrams that are longer than packets of 1,280 bytes make
    /// them. See [`Node`](crate::mesh::Node) for what to do about it.
    pub dont_fragment: bool,
}

impl<'b> Transmit<'b> {
    /// A message to a member, or one in which it passes another on.
    pub(super) fn new(to: SocketAddr, datagram: &'b mut [u8]) -> Self {
        const LONGEST: usize = BASE_MTU as usize + DATA_OVERHEAD;
        let dont_fragment = datagram.len() > LONGEST;
        Self { to, datagram, dont_fragment }
    }

    /// A message with one that is passed on.
    pub(super) fn carrying(to: SocketAddr, datagram: &'b mut [u8]) -> Self {
        const LONGEST: usize = BASE_MTU as usize + DATA_OVERHEAD + relay::OVERHEAD;
        let dont_fragment = datagram.len() > LONGEST;
        Self { to, datagram, dont_fragment }
    }
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
