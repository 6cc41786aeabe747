//! What a node knows of another one, and what was exchanged with it.

use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;
use vpn_core::{PeerId, PublicKey};

/// What is known about another node.
#[derive(Clone, Debug)]
pub struct Peer {
    /// What the device calls it.
    pub id: PeerId,
    /// The key that names it.
    pub key: PublicKey,
    /// Its overlay prefixes; the first one is its own address.
    pub nets: Vec<IpNet>,
    /// Where its last authenticated datagram came from, or where it was said to be.
    pub endpoint: Option<SocketAddr>,
    /// When a handshake with it was begun from here.
    pub dialled: Option<Duration>,
    /// When the first session with it stood.
    pub up: Option<Duration>,
    /// Datagrams with packets sent to it.
    pub sent: Traffic,
    /// Datagrams with packets received from it.
    pub received: Traffic,
}

/// A number of datagrams and the bytes in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Datagrams.
    pub datagrams: u64,
    /// Their bytes, without the headers of UDP and IP.
    pub bytes: u64,
}

impl Traffic {
    /// Counts one more datagram of so many bytes.
    pub fn add(&mut self, datagram: usize) {
        self.datagrams += 1;
        self.bytes += datagram as u64;
    }
}
