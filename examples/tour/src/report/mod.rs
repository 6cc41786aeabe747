//! What a tour came to, as text for people and as JSON.

mod json;
mod text;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use vpn_core::PublicKey;

use crate::log::digest::{Digest, Stamps};
use crate::mesh::Mesh;
use crate::node::peer::Traffic;
use crate::web::site::Denial;

/// All that is told of a tour.
#[derive(Debug)]
pub struct Report {
    /// Whose policy decided.
    pub policy: String,
    /// The nodes, in the order in which they are told of.
    pub residents: Vec<Resident>,
    /// How they found each other.
    pub membership: Membership,
    /// What the log says.
    pub digest: Digest,
    /// One denied request.
    pub denial: Option<Denial>,
    /// How wide stamps are.
    pub stamps: Stamps,
    /// What the tunnel can do.
    pub tunnel: Tunnel,
    /// What a mesh went through.
    pub mesh: Mesh,
    /// Where the log is kept.
    pub log: Option<PathBuf>,
    /// How long all of it took.
    pub total: Duration,
}

/// One node.
#[derive(Clone, Debug)]
pub struct Resident {
    /// Its name.
    pub name: &'static str,
    /// Its UDP address.
    pub address: SocketAddr,
    /// Its key.
    pub key: PublicKey,
    /// Its overlay prefixes.
    pub nets: Vec<IpNet>,
    /// Datagrams and packets that it dropped.
    pub dropped: u64,
}

/// How the nodes found each other; times since the start of the tour unless they are durations.
#[derive(Debug)]
pub struct Membership {
    /// How long the third node's handshake with the second took.
    pub handshake: Option<Duration>,
    /// When that tunnel stood.
    pub linked: Duration,
    /// When the third learnt of the first, and from whom.
    pub learnt: (Duration, PublicKey),
    /// How long the handshake between them took.
    pub direct_handshake: Option<Duration>,
    /// When that tunnel stood.
    pub direct: Duration,
    /// When the second had left.
    pub left: Duration,
    /// When the last request had its answer.
    pub gone_on: Duration,
    /// Whether its port could be bound again at once.
    pub port_is_free: bool,
    /// Requests that were answered before it left.
    pub requests_before: u32,
    /// Requests that were answered after.
    pub requests_after: u32,
    /// What went from whom to whom.
    pub routes: Vec<Route>,
}

/// What one node sent to another.
#[derive(Debug)]
pub struct Route {
    /// The sender.
    pub from: &'static str,
    /// The receiver.
    pub to: &'static str,
    /// The UDP address that was sent to.
    pub endpoint: SocketAddr,
    /// Whether both ends saw each other's own UDP address, so that nobody stood between.
    pub straight: bool,
    /// What the sender sent.
    pub sent: Traffic,
    /// What the receiver received and could open.
    pub received: Traffic,
}

/// What the tunnel between the first and the third node can do.
#[derive(Debug)]
pub struct Tunnel {
    /// Round trips of echo requests.
    pub round_trips: Vec<Duration>,
    /// Bytes of the large transfer.
    pub bytes: u64,
    /// How long it took.
    pub took: Duration,
}

impl Tunnel {
    /// Returns the median round trip in microseconds.
    pub fn round_trip_micros(&self) -> f64 {
        let mut sorted = self.round_trips.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).map_or(0.0, |median| tenths(median.as_secs_f64() * 1e6))
    }

    /// Returns the throughput in megabits a second.
    pub fn megabits_per_second(&self) -> f64 {
        let seconds = self.took.as_secs_f64().max(1e-9);
        tenths(self.bytes as f64 * 8.0 / 1e6 / seconds)
    }
}

impl Report {
    fn name_of(&self, key: PublicKey) -> &'static str {
        self.residents.iter().find(|resident| resident.key == key).map_or("?", |found| found.name)
    }
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
