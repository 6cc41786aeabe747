//! Two devices, a virtual clock and a wire that loses, doubles and delays.
//!
//! The world sleeps exactly until the earliest announced deadline or arrival, and checks that each
//! deadline, once handled, is followed by a later one.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use vpn_core::{
    CONTROL_LEN, Device, DeviceConfig, Discard, Event, HEADROOM, Inbound, Outbound, PeerConfig,
    PeerId, PresharedKey, SecretKey, Seed, TAILROOM, Time, Unix,
};

pub(crate) const ALICE: usize = 0;
pub(crate) const BOB: usize = 1;

/// Buffers hold packets up to this long.
const MAX_PACKET: usize = 2048;

pub(crate) fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub(crate) fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) fn address(node: usize) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, node as u8 + 1], 51820))
}

/// An IPv4 packet between two nodes of the given total length, its content filled with `fill`.
pub(crate) fn packet(from: usize, to: usize, len: usize, fill: u8) -> Vec<u8> {
    let mut packet = vec![fill; len];
    packet[..20].copy_from_slice(&[0; 20]);
    packet[0] = 0x45;
    packet[2..4].copy_from_slice(&(len as u16).to_be_bytes());
    packet[12..16].copy_from_slice(&[10, 0, 0, from as u8 + 1]);
    packet[16..20].copy_from_slice(&[10, 0, 0, to as u8 + 1]);
    packet
}

pub(crate) fn config(node: usize) -> DeviceConfig {
    DeviceConfig::new(SecretKey::from_bytes([node as u8 + 1; 32]))
}

pub(crate) fn device(node: usize) -> Device {
    device_with(config(node), node)
}

pub(crate) fn device_with(config: DeviceConfig, node: usize) -> Device {
    let seed = Seed::from_bytes([node as u8 + 101; 32]);
    let wall = Unix { secs: 1_800_000_000, nanos: 0 };
    Device::new(config, seed, Time::default(), wall)
}

/// What sealing a packet gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    Datagram(SocketAddr, Vec<u8>),
    Held,
}

pub(crate) struct Node {
    pub(crate) device: Device,
    pub(crate) peer: PeerId,
    pub(crate) received: Vec<Vec<u8>>,
    pub(crate) events: Vec<Event>,
    pub(crate) discards: Vec<Discard>,
    held: VecDeque<Vec<u8>>,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Faults {
    /// Of 100 datagrams, how many are lost.
    pub(crate) loss: u64,
    /// Of 100 datagrams, how many come twice.
    pub(crate) double: u64,
    /// The greatest delay; datagrams overtake one another.
    pub(crate) delay: Duration,
}

pub(crate) struct World {
    pub(crate) now: Time,
    pub(crate) nodes: [Node; 2],
    pub(crate) faults: Faults,
    /// Everything sent, with its time and sender.
    pub(crate) trace: Vec<(Time, usize, Vec<u8>)>,
    wire: BTreeMap<(Time, u64), (usize, Vec<u8>)>,
    sequence: u64,
    random: u64,
}

/// How the two nodes know one another.
#[derive(Clone, Default)]
pub(crate) struct Setup {
    pub(crate) alice_psk: Option<[u8; 32]>,
    pub(crate) bob_psk: Option<[u8; 32]>,
    pub(crate) alice_keepalive: Option<Duration>,
    pub(crate) seed: u64,
}

impl World {
    /// Both know the other's address.
    pub(crate) fn new() -> Self {
        Self::with(Setup::default())
    }

    pub(crate) fn with(setup: Setup) -> Self {
        let [mut alice, mut bob] = [device(ALICE), device(BOB)];
        let mut to_bob = PeerConfig::new(bob.public_key()).endpoint(address(BOB));
        let mut to_alice = PeerConfig::new(alice.public_key()).endpoint(address(ALICE));
        to_bob.preshared_key = setup.alice_psk.map(PresharedKey::from_bytes);
        to_alice.preshared_key = setup.bob_psk.map(PresharedKey::from_bytes);
        to_bob.persistent_keepalive = setup.alice_keepalive;
        let to_bob = alice.add_peer(Time::default(), to_bob).unwrap();
        let to_alice = bob.add_peer(Time::default(), to_alice).unwrap();
        alice.allow(to_bob, "10.0.0.2/32".parse().unwrap()).unwrap();
        bob.allow(to_alice, "10.0.0.1/32".parse().unwrap()).unwrap();
        let node = |device, peer| Node {
            device,
            peer,
            received: Vec::new(),
            events: Vec::new(),
            discards: Vec::new(),
            held: VecDeque::new(),
        };
        Self {
            now: Time::default(),
            nodes: [node(alice, to_bob), node(bob, to_alice)],
            faults: Faults::default(),
            trace: Vec::new(),
            wire: BTreeMap::new(),
            sequence: 0,
            random: setup.seed,
        }
    }

    /// A world in which Alice has begun a handshake and both sides are up.
    pub(crate) fn connected() -> Self {
        let mut world = Self::new();
        world.initiate(ALICE);
        world.run_for(millis(1));
        assert!(world.is_up(ALICE) && world.is_up(BOB));
        world
    }

    pub(crate) fn is_up(&self, node: usize) -> bool {
        let node = &self.nodes[node];
        node.device.is_up(node.peer).unwrap()
    }

    pub(crate) fn initiate(&mut self, node: usize) {
        let peer = self.nodes[node].peer;
        self.nodes[node].device.initiate(self.now, peer).unwrap();
        self.drain(node);
    }

    /// Seals without sending.
    pub(crate) fn seal(&mut self, from: usize, packet: &[u8]) -> Sent {
        let mut buf = [0; HEADROOM + MAX_PACKET + TAILROOM];
        let range = HEADROOM..HEADROOM + packet.len();
        buf[range.clone()].copy_from_slice(packet);
        match self.nodes[from].device.seal(self.now, &mut buf, range).unwrap() {
            Outbound::Send(transmit) => Sent::Datagram(transmit.to, transmit.datagram.to_vec()),
            Outbound::Held(_) => Sent::Held,
        }
    }

    /// Seals a packet that must not be held, without sending it.
    pub(crate) fn datagram(&mut self, from: usize, packet: &[u8]) -> Vec<u8> {
        match self.seal(from, packet) {
            Sent::Datagram(_, datagram) => datagram,
            Sent::Held => panic!("no session"),
        }
    }

    /// Sends a packet as an embedder would: one that is held waits for the session.
    pub(crate) fn send(&mut self, from: usize, packet: &[u8]) {
        match self.seal(from, packet) {
            Sent::Datagram(_, datagram) => self.transmit(from, datagram),
            Sent::Held => self.nodes[from].held.push_back(packet.to_vec()),
        }
        self.drain(from);
    }

    /// Encodes the next message of a node without sending it.
    pub(crate) fn poll(&mut self, node: usize) -> Option<Vec<u8>> {
        let mut out = [0; CONTROL_LEN];
        let transmit = self.nodes[node].device.poll_transmit(self.now, &mut out)?;
        Some(transmit.datagram.to_vec())
    }

    /// Hands a datagram to a node, as if from `from`; says what came of it.
    pub(crate) fn deliver_from(
        &mut self,
        from: SocketAddr,
        to: usize,
        datagram: &[u8],
    ) -> Result<(), Discard> {
        let node = &mut self.nodes[to];
        let mut datagram = datagram.to_vec();
        match node.device.open(self.now, from, &mut datagram) {
            Ok(Inbound::Packet { peer, packet }) => {
                assert_eq!(peer, node.peer);
                node.received.push(packet.to_vec());
                Ok(())
            }
            Ok(Inbound::Keepalive(_) | Inbound::Control) => Ok(()),
            Err(discard) => {
                node.discards.push(discard);
                Err(discard)
            }
        }
    }

    pub(crate) fn deliver(&mut self, to: usize, datagram: &[u8]) -> Result<(), Discard> {
        self.deliver_from(address(1 - to), to, datagram)
    }

    /// Puts a datagram on the wire.
    fn transmit(&mut self, from: usize, datagram: Vec<u8>) {
        self.trace.push((self.now, from, datagram.clone()));
        let copies = match self.roll(100) {
            roll if roll < self.faults.loss => 0,
            roll if roll < self.faults.loss + self.faults.double => 2,
            _ => 1,
        };
        for _ in 0..copies {
            let delay = self.roll(1 + self.faults.delay.as_nanos() as u64);
            let arrival = self.now + Duration::from_nanos(delay);
            self.sequence += 1;
            self.wire.insert((arrival, self.sequence), (1 - from, datagram.clone()));
        }
    }

    /// Sends what a node has to say, and lets it hear what it has to tell.
    pub(crate) fn drain(&mut self, node: usize) {
        while let Some(datagram) = self.poll(node) {
            self.transmit(node, datagram);
        }
        while let Some(event) = self.nodes[node].device.poll_event() {
            self.nodes[node].events.push(event);
            if let Event::Up(_) = event {
                for packet in std::mem::take(&mut self.nodes[node].held) {
                    self.send(node, &packet);
                }
            }
        }
    }

    /// The earliest of all deadlines and arrivals.
    fn next(&self) -> Option<Time> {
        let arrival = self.wire.first_key_value().map(|((at, _), _)| *at);
        let deadlines = self.nodes.iter().map(|node| node.device.poll_timeout());
        deadlines.chain([arrival]).flatten().min()
    }

    /// Lives through everything up to and including `end`.
    pub(crate) fn run_until(&mut self, end: Time) {
        while let Some(next) = self.next().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            while let Some(arrival) = self.wire.first_entry().filter(|entry| entry.key().0 <= next)
            {
                let (to, datagram) = arrival.remove();
                let _ = self.deliver(to, &datagram);
                self.drain(to);
            }
            for node in [ALICE, BOB] {
                self.nodes[node].device.handle_timeout(self.now);
                self.drain(node);
                let deadline = self.nodes[node].device.poll_timeout();
                assert!(
                    deadline.is_none_or(|at| at > self.now),
                    "a deadline survives its handling"
                );
            }
        }
        self.now = end;
    }

    pub(crate) fn run_for(&mut self, duration: Duration) {
        self.run_until(self.now + duration);
    }

    /// A number below `limit`, from a stream of its own (splitmix64).
    pub(crate) fn roll(&mut self, limit: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    /// Times and types of the messages that a node has sent.
    pub(crate) fn sent(&self, node: usize) -> Vec<(Time, u8)> {
        let own = self.trace.iter().filter(|(_, from, _)| *from == node);
        own.map(|(at, _, datagram)| (*at, datagram[0])).collect()
    }

    /// When a node has sent its initiations.
    pub(crate) fn initiations(&self, node: usize) -> Vec<Time> {
        self.sent(node).into_iter().filter(|(_, kind)| *kind == 1).map(|(at, _)| at).collect()
    }
}
