use core::net::SocketAddr;
use core::time::Duration;

use super::drops::Drops;
use super::peers::Peer;
use crate::crypto::Aead;
use crate::key::PublicKey;
use crate::time::Time;
use crate::tunnel::{Tally, Traffic};

/// What [`Device::status`](crate::Device::status) tells of a peer, as of the last call.
///
/// Counts go on as long as the peer exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerStatus {
    /// The peer's key.
    pub public_key: PublicKey,
    /// Where the peer is, as set or as learned.
    pub endpoint: Option<SocketAddr>,
    /// How often something is sent at the least, as it is heeded: at least a second.
    pub persistent_keepalive: Option<Duration>,
    /// Whether there is a session to send to the peer.
    pub is_up: bool,
    /// Handshakes completed: as initiator when the response came, as responder when the initiator
    /// first used the session.
    pub handshakes: u64,
    /// When the last of them was.
    pub last_handshake: Option<Time>,
    /// What was sealed or encoded for the peer.
    pub sent: Traffic,
    /// What authenticated from the peer, content that was discarded included.
    pub received: Traffic,
    /// Datagrams that named this peer and were discarded, by kind. Anyone can send such.
    pub drops: Drops,
}

impl PeerStatus {
    pub(super) fn of<A: Aead>(peer: &Peer<A>) -> Self {
        let Tally { handshakes, last_handshake, sent, received } = *peer.tunnel.tally();
        Self {
            public_key: peer.tunnel.public_key(),
            endpoint: peer.tunnel.endpoint().copied(),
            persistent_keepalive: peer.tunnel.persistent_keepalive(),
            is_up: peer.tunnel.is_up(),
            handshakes,
            last_handshake,
            sent,
            received,
            drops: peer.drops,
        }
    }
}
