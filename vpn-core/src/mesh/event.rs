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
    /// The first member has welcomed this node: it is one of them. The others are known once gossip has
    /// told of them, within a second or two; until then [`seal`](crate::mesh::Node::seal) may find no
    /// route to them.
    Joined(MemberId),
    /// Whoever this node asks to be let in was asked in vain, for half a minute or longer. A node that has
    /// nobody else goes on asking, and is told this again every five minutes; one that was let in
    /// another way, as by its address book, asks no more until it is alone.
    JoinFailed {
        /// Whether any of them has made a session. If none has, the addresses may be wrong, or their
        /// hosts gone or behind firewalls, or they have another network key or tunnel key, which they do
        /// not answer. If one has, it did not believe what this node says of itself: the clock of either
        /// is wrong by more than five minutes, or the certificate is not valid there or revoked; or it
        /// knows a later record of this node or another member with its tunnel key, or as many members as
        /// it keeps.
        answered: bool,
    },
    /// There is a member that was not known before.
    MemberLearned(MemberId),
    /// A member has left, was silent for three intervals, or its certificate has ended.
    MemberForgotten(MemberId),
    /// A member was revoked and cut off. It may be this node, whom the others answer no more: those who
    /// have a session with it tell it when they cut it off, and others when it greets them.
    Revoked(MemberId),
    /// The certificate of this node, or of its introducer, ends soon: in a quarter of its time or in seven
    /// days, whichever is less. Take another by
    /// [`set_certificate`](crate::mesh::Node::set_certificate). Nodes that certify themselves renew
    /// theirs and are told nothing.
    CertificateEnds {
        /// When it ends, in seconds since 1970-01-01 UTC.
        at: u64,
    },
    /// It has ended: the others forget this node after five to six minutes, and let it in no more.
    CertificateEnded {
        /// When it ended, in seconds since 1970-01-01 UTC.
        at: u64,
    },
    /// There is a tunnel: packets held for it can be sealed.
    Up(Party),
    /// The tunnel has gone; the next packet makes another.
    ///
    /// A member that was killed says nothing. While packets are sent to it, all ways to it are tried
    /// after two seconds of silence, and this is told some 18 s after the first packet that stayed
    /// unanswered; until then packets are sealed in vain. Whoever has to know earlier expects answers of
    /// its own. Where no packets are sent it may take three minutes, until the session ends.
    Down(Party),
    /// Nobody was reached, or the member is a member no more: packets held can be dropped.
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
    /// [`Event::Up`], drop it on [`Event::Unreachable`], one of which follows within some 90 s.
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
    /// An IP packet, from the member or the attached peer that has its source address.
    Packet(&'b mut [u8]),
    /// A message of two other members, which passes through this node: send it.
    Forward(Transmit<'b>),
    /// Something between nodes.
    Control,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets of 1,280 bytes make datagrams of 1,312 bytes, and of 1,356 through a member.
    #[test]
    fn datagrams_of_packets_that_any_link_of_ipv6_takes_may_be_cut_and_no_others() {
        let at = SocketAddr::from(([192, 0, 2, 1], 7));
        let direct = |len: usize| Transmit::new(at, &mut [0; 2000][..len]).dont_fragment;
        let carrying = |len: usize| Transmit::carrying(at, &mut [0; 2000][..len]).dont_fragment;

        assert_eq!([100, 1312, 1313, 1452].map(direct), [false, false, true, true]);
        assert_eq!([100, 1356, 1357, 1452].map(carrying), [false, false, true, true]);
    }
}
