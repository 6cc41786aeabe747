use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use vpn_core::mesh::{
    Book, Certificate, Event, HEADROOM, Inbound, NetworkKey, Node, NodeConfig, Outbound, Record,
    Revocation, SigningKey, TAILROOM, TRANSMIT_LEN, Trust,
};
use vpn_core::{SecretKey, Seed, Time, Unix, simulation};

/// Everything that members show or say, read from any bytes: what is read is written the same, and
/// nothing of it is believed without a signature.
///
/// The first byte says what the rest is read as.
///
/// # Panics
///
/// If what was read is written otherwise, or believed.
pub fn mesh_codec(input: &[u8]) {
    let Some((kind, bytes)) = input.split_first() else { return };
    let trust = Trust::from_network_key(&network());
    let wall = Duration::from_secs(WALL.secs);
    let written = match kind % 5 {
        0 => Certificate::decode(bytes).ok().map(|certificate| {
            let judged = trust.verify_certificate(&certificate, None, wall);
            assert!(judged.is_err(), "nobody has signed it");
            certificate.to_bytes()
        }),
        1 => Record::decode(bytes).ok().map(|record| record.to_bytes()),
        2 => Revocation::decode(bytes).ok().map(|revocation| {
            let judged = trust.clone().revoke(revocation.clone(), wall);
            assert!(judged.is_err(), "nobody has signed it");
            revocation.to_bytes()
        }),
        3 => Book::decode(bytes).ok().map(|book| book.to_bytes()),
        _ => simulation::reencode_frame(bytes).map(|mut frame| {
            // Behind a frame lie zeros.
            frame.resize(bytes.len(), 0);
            frame
        }),
    };
    assert!(written.is_none_or(|written| written == bytes), "there is one encoding");
}

/// Three nodes, a network and a clock that do what the input says: deliver in any order, lose,
/// repeat, alter, inject, wait, restart, separate two of them for good.
///
/// No packet arrives altered or at another node. When the network is good again, all talk to all
/// within the time that a lost tunnel needs to be noticed and made anew.
///
/// # Panics
///
/// If one of these does not hold.
pub fn mesh_node(input: &[u8]) {
    let mut world = World::new();
    let mut bytes = input.iter().copied();
    for _ in 0..48 {
        let Some(step) = bytes.next() else { break };
        let mut argument = || bytes.next().unwrap_or(0);
        let node = usize::from(step >> 4) % NODES;
        match step & 7 {
            0 => world.send(node, usize::from(argument()) % NODES),
            1 => world.deliver(argument()),
            2 => _ = world.take(argument()),
            3 => world.repeat(argument()),
            4 => world.alter(argument(), argument(), argument()),
            5 => {
                let length = usize::from(argument());
                let datagram = bytes.by_ref().take(length).collect();
                world.wire.push((at(node + 100), at(node), datagram));
            }
            6 => world.wait(Duration::from_millis(u64::from(argument()).pow(2) * 10)),
            _ if step & 8 != 0 => world.apart = (world.apart.is_none()).then_some(node),
            _ => world.restart(node),
        }
    }
    world.heal();
}

const NODES: usize = 3;
const WALL: Unix = Unix { secs: 1_800_000_000, nanos: 0 };
/// A silent neighbour is noticed and another tunnel made within this.
const HEALING: Duration = Duration::from_secs(240);

fn network() -> NetworkKey {
    NetworkKey::from_bytes([7; 32])
}

fn at(node: usize) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, node as u8 + 1], 51820))
}

struct World {
    nodes: Vec<Node>,
    lives: u8,
    now: Time,
    /// From, to, and what.
    wire: Vec<(SocketAddr, SocketAddr, Vec<u8>)>,
    /// The one that both of the others reach, if these do not reach one another.
    apart: Option<usize>,
    received: usize,
}

impl World {
    fn new() -> Self {
        let now = Time::from_nanos(1);
        let mut world =
            Self { nodes: Vec::new(), lives: 0, now, wire: Vec::new(), apart: None, received: 0 };
        for number in 0..NODES {
            let node = world.node(number);
            world.nodes.push(node);
        }
        world
    }

    /// A node that knows nothing but the address of the next.
    fn node(&mut self, number: usize) -> Node {
        self.lives = self.lives.wrapping_add(1);
        let signing = SigningKey::from_bytes([number as u8 + 1; 32]);
        let tunnel = SecretKey::from_bytes([number as u8 + 101; 32]);
        let config = NodeConfig::with_network_key(&network(), signing, tunnel)
            .net(IpAddr::from([10, 7, 0, number as u8]).into())
            .endpoint(at(number));
        let passed = Duration::from_nanos(self.now.as_nanos());
        let wall = Unix { secs: WALL.secs + passed.as_secs(), nanos: passed.subsec_nanos() };
        let seed = Seed::from_bytes([self.lives; 32]);
        let mut node = Node::new(config, seed, self.now, wall).expect("a member");
        node.join(self.now, at((number + 1) % NODES)).expect("a network key");
        node
    }

    fn restart(&mut self, number: usize) {
        self.nodes[number] = self.node(number);
        self.poll();
    }

    fn packet(from: usize, to: usize) -> [u8; 40] {
        let mut packet = [0xab; 40];
        packet[..4].copy_from_slice(&[0x45, 0, 0, 40]);
        packet[12..16].copy_from_slice(&[10, 7, 0, from as u8]);
        packet[16..20].copy_from_slice(&[10, 7, 0, to as u8]);
        packet
    }

    fn send(&mut self, from: usize, to: usize) {
        let mut buf = [0; HEADROOM + 40 + TAILROOM];
        buf[HEADROOM..HEADROOM + 40].copy_from_slice(&Self::packet(from, to));
        let sealed = self.nodes[from].seal(self.now, &mut buf, HEADROOM..HEADROOM + 40);
        if let Ok(Outbound::Send(sent)) = sealed {
            self.wire.push((at(from), sent.to, sent.datagram.to_vec()));
        }
        self.poll();
    }

    /// Puts on the wire what the nodes have to say.
    fn poll(&mut self) {
        let mut out = [0; TRANSMIT_LEN];
        for (number, node) in self.nodes.iter_mut().enumerate() {
            while let Some(sent) = node.poll_transmit(self.now, &mut out) {
                self.wire.push((at(number), sent.to, sent.datagram.to_vec()));
            }
            while let Some(event) = node.poll_event() {
                assert!(!matches!(event, Event::Revoked(_)), "nobody has revoked anybody");
            }
        }
    }

    fn take(&mut self, which: u8) -> Option<(SocketAddr, SocketAddr, Vec<u8>)> {
        let len = self.wire.len();
        (len > 0).then(|| self.wire.remove(usize::from(which) % len))
    }

    fn deliver(&mut self, which: u8) {
        let Some((from, to, mut datagram)) = self.take(which) else { return };
        let Some(number) = (0..NODES).find(|number| at(*number) == to) else { return };
        let sender = (0..NODES).find(|number| at(*number) == from);
        if self.apart.is_some_and(|middle| middle != number && sender != Some(middle)) {
            return;
        }
        match self.nodes[number].open(self.now, from, &mut datagram) {
            Ok(Inbound::Packet(packet)) => {
                let sender = usize::from(packet[15]);
                assert_eq!(packet, Self::packet(sender, number), "a packet altered or led astray");
                self.received += 1;
            }
            Ok(Inbound::Forward(sent)) => {
                self.wire.push((at(number), sent.to, sent.datagram.to_vec()));
            }
            Ok(Inbound::Control) | Err(_) => {}
        }
        self.poll();
    }

    fn repeat(&mut self, which: u8) {
        if let Some(datagram) = self.wire.get(usize::from(which) % self.wire.len().max(1)) {
            self.wire.push(datagram.clone());
        }
    }

    fn alter(&mut self, which: u8, place: u8, bits: u8) {
        let len = self.wire.len().max(1);
        if let Some((_, _, datagram)) = self.wire.get_mut(usize::from(which) % len) {
            let len = datagram.len().max(1);
            if let Some(byte) = datagram.get_mut(usize::from(place) % len) {
                *byte ^= bits;
            }
        }
    }

    fn wait(&mut self, time: Duration) {
        self.now = self.now + time;
        self.nodes.iter_mut().for_each(|node| node.handle_timeout(self.now));
        self.poll();
    }

    /// The network is good from here on: everything arrives at once, and nobody is late.
    fn heal(&mut self) {
        let end = self.now + HEALING;
        while self.now < end {
            while !self.wire.is_empty() {
                self.deliver(0);
            }
            let next = self.nodes.iter().filter_map(Node::poll_timeout).min().unwrap_or(end);
            let step = next.since(self.now).max(Duration::from_millis(1));
            self.wait(step);
        }
        for from in 0..NODES {
            for to in (0..NODES).filter(|to| *to != from) {
                let before = self.received;
                for _ in 0..3 {
                    self.send(from, to);
                    while !self.wire.is_empty() {
                        self.deliver(0);
                    }
                }
                assert!(self.received > before, "from {from} to {to}");
            }
        }
    }
}
