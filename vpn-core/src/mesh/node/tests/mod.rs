//! What a member may say inside its tunnels that is not true.

mod address;
mod door;
mod flood;
mod key;
mod net;
mod record;
mod relay;

use alloc::vec;
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use super::{Node, NodeConfig, TRANSMIT_LEN};
use crate::crypto::Seed;
use crate::device::PeerId;
use crate::key::SecretKey;
use crate::mesh::certificate::{Certificate, Claims};
use crate::mesh::frame::Frame;
use crate::mesh::identity::SigningKey;
use crate::mesh::network_key::NetworkKey;
use crate::mesh::record::Record;
use crate::mesh::renewal::Renewal;
use crate::mesh::thing::{Content, Thing};
use crate::time::{Time, Unix};

const HONEST: u8 = 1;
const LIAR: u8 = 2;
const VICTIM: u8 = 3;
const WALL: Unix = Unix { secs: 1_800_000_000, nanos: 0 };

fn at(node: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, node], 51820))
}

fn signing(node: u8) -> SigningKey {
    SigningKey::from_bytes([node; 32])
}

fn tunnel(node: u8) -> SecretKey {
    SecretKey::from_bytes([node + 100; 32])
}

fn network() -> NetworkKey {
    NetworkKey::from_bytes([7; 32])
}

fn config(node: u8) -> NodeConfig {
    NodeConfig::with_network_key(&network(), signing(node), tunnel(node)).endpoint(at(node))
}

/// An honest node and one whose frames the test writes.
struct Pair {
    now: Time,
    honest: Node,
    liar: Node,
}

impl Pair {
    fn new() -> Self {
        Self::with(config(HONEST))
    }

    fn with(honest: NodeConfig) -> Self {
        let now = Time::from_nanos(1);
        let node = |config, seed| Node::new(config, Seed::from_bytes([seed; 32]), now, WALL);
        let mut pair =
            Self { now, honest: node(honest, 1).unwrap(), liar: node(config(LIAR), 2).unwrap() };
        pair.liar.join(now, at(HONEST)).unwrap();
        pair.run(20);
        assert!(pair.knows(LIAR));
        pair
    }

    /// Both live for so many tenths of a second.
    fn run(&mut self, tenths: u32) {
        for _ in 0..tenths {
            self.now = self.now + Duration::from_millis(100);
            let now = self.now;
            for _ in 0..4 {
                carry(now, &mut self.liar, LIAR, &mut self.honest);
                carry(now, &mut self.honest, HONEST, &mut self.liar);
            }
            self.liar.handle_timeout(now);
            self.honest.handle_timeout(now);
        }
    }

    fn knows(&self, node: u8) -> bool {
        self.honest.member(&signing(node).id()).is_some()
    }

    /// The liar's tunnel to the honest node.
    fn peer(&self) -> PeerId {
        self.liar.device.find_peer(&tunnel(HONEST).public_key()).unwrap()
    }

    fn say(&mut self, frame: &Frame<'_>) {
        self.say_bytes(frame.to_bytes());
    }

    fn say_bytes(&mut self, frame: Vec<u8>) {
        let peer = self.peer();
        self.liar.send(false, peer, frame);
        self.run(2);
    }

    fn say_record(&mut self, record: &Record) {
        let bytes = record.to_bytes();
        self.say(&Frame::Things(vec![Thing { life: 100, content: Content::Record(&bytes) }]));
    }

    fn say_renewal(&mut self, renewal: Renewal) {
        self.say(&Frame::Things(vec![Thing { life: 100, content: Content::Renewal(renewal) }]));
    }
}

fn carry(now: Time, from: &mut Node, number: u8, to: &mut Node) {
    let mut out = [0; TRANSMIT_LEN];
    while let Some(sent) = from.poll_transmit(now, &mut out) {
        let _ = to.open(now, at(number), sent.datagram);
    }
}

fn claims(node: u8) -> Claims {
    Claims::new(network().network(), signing(node).id(), tunnel(node).public_key())
}

fn record(node: u8, sequence: u64) -> Record {
    let certificate = Certificate::issue(claims(node), &network().root()).unwrap();
    Record::sign(&signing(node), sequence, &[at(node)], certificate, None)
}
