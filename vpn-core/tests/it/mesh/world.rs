//! Nodes in memory: a virtual clock, a wire with latency, and hosts that can be switched off.
//!
//! The world sleeps exactly until the earliest announced deadline or arrival, and checks that each
//! deadline, once handled, is followed by a later one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use vpn_core::mesh::{
    Event, HEADROOM, Inbound, MemberId, NetworkKey, Node, NodeConfig, Outbound, Party, SigningKey,
    TAILROOM, TRANSMIT_LEN,
};
use vpn_core::{SealError, SecretKey, Seed, Time, Unix};

const LATENCY: Duration = Duration::from_millis(20);
const MAX_PACKET: usize = 1280;

pub(crate) fn address(node: usize) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, node as u8 + 1], 51820))
}

/// What a node answers for beside its derived address.
pub(crate) fn inner(node: usize) -> [u8; 4] {
    [10, 7, 0, node as u8 + 1]
}

pub(crate) fn network() -> NetworkKey {
    NetworkKey::from_bytes([77; 32])
}

pub(crate) fn signing(node: usize) -> SigningKey {
    SigningKey::from_bytes([node as u8 + 1; 32])
}

pub(crate) fn tunnel(node: usize) -> SecretKey {
    SecretKey::from_bytes([node as u8 + 101; 32])
}

/// The node of this number, as its owner sets it up.
pub(crate) fn config(node: usize) -> NodeConfig {
    NodeConfig::with_network_key(&network(), signing(node), tunnel(node))
        .name(&format!("node {node}"))
        .net(IpAddr::from(inner(node)).into())
        .endpoint(address(node))
}

/// An IPv4 packet between two nodes, its content filled with `fill`.
pub(crate) fn packet(from: usize, to: usize, fill: u8) -> Vec<u8> {
    let mut packet = vec![fill; 100];
    packet[..12].copy_from_slice(&[0x45, 0, 0, 100, 0, 0, 0, 0, 64, 17, 0, 0]);
    packet[12..16].copy_from_slice(&inner(from));
    packet[16..20].copy_from_slice(&inner(to));
    packet
}

#[derive(Default)]
struct Host {
    node: Option<Node>,
    events: Vec<Event>,
    received: Vec<Vec<u8>>,
    held: Vec<(Party, Vec<u8>)>,
    lives: u8,
}

#[derive(Default)]
pub(crate) struct World {
    pub(crate) now: Time,
    /// Wall time at the start, in seconds.
    wall: u64,
    hosts: BTreeMap<usize, Host>,
    wire: BTreeMap<(Time, u64), (SocketAddr, SocketAddr, Vec<u8>)>,
    sequence: u64,
    /// Nodes that cannot be heard by those not in here with them.
    pub(crate) island: BTreeSet<usize>,
    /// The longest datagram that passes, 0 for any.
    pub(crate) limit: usize,
    /// Whether of what is sent at one time the last arrives first.
    pub(crate) reverses: bool,
    /// How many datagrams were sent.
    pub(crate) sent: usize,
    /// Everything that each node has sent.
    trace: BTreeMap<usize, Vec<Vec<u8>>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { now: Time::from_nanos(1), wall: 1_800_000_000, ..Self::default() }
    }

    pub(crate) fn unix(&self) -> Unix {
        let passed = Duration::from_nanos(self.now.as_nanos());
        Unix { secs: self.wall + passed.as_secs(), nanos: passed.subsec_nanos() }
    }

    pub(crate) fn start(&mut self, number: usize, config: NodeConfig) {
        self.start_with_clock(number, config, self.unix());
    }

    pub(crate) fn start_with_clock(&mut self, number: usize, config: NodeConfig, unix: Unix) {
        let host = self.hosts.entry(number).or_default();
        host.lives += 1;
        let seed = Seed::from_bytes([number as u8 + 31 * host.lives; 32]);
        host.node = Some(Node::new(config, seed, self.now, unix).unwrap());
        self.drain(number);
    }

    /// Sets the clock of a node right.
    pub(crate) fn correct_clock(&mut self, number: usize) {
        let (now, unix) = (self.now, self.unix());
        self.node(number).set_wall(unix, now);
        self.drain(number);
    }

    /// Switches a host off; what it knew is lost.
    pub(crate) fn stop(&mut self, number: usize) {
        self.hosts.get_mut(&number).unwrap().node = None;
    }

    pub(crate) fn node(&mut self, number: usize) -> &mut Node {
        self.hosts.get_mut(&number).unwrap().node.as_mut().unwrap()
    }

    pub(crate) fn id(&self, number: usize) -> MemberId {
        signing(number).id()
    }

    pub(crate) fn join(&mut self, number: usize, through: usize) {
        let now = self.now;
        self.node(number).join(now, address(through)).unwrap();
        self.drain(number);
    }

    /// A node says farewell and is switched off.
    pub(crate) fn leave(&mut self, number: usize) {
        let now = self.now;
        self.node(number).leave(now);
        self.drain(number);
        self.stop(number);
    }

    /// Everything that a node has sent.
    pub(crate) fn trace(&self, number: usize) -> Vec<Vec<u8>> {
        self.trace.get(&number).cloned().unwrap_or_default()
    }

    /// Whom a node knows, by number.
    pub(crate) fn knows(&self, number: usize) -> Vec<usize> {
        let node = self.hosts[&number].node.as_ref().unwrap();
        let known: BTreeSet<_> = node.members().map(|member| member.record.member()).collect();
        self.hosts.keys().copied().filter(|other| known.contains(&self.id(*other))).collect()
    }

    pub(crate) fn events(&self, number: usize) -> &[Event] {
        &self.hosts[&number].events
    }

    pub(crate) fn received(&self, number: usize) -> &[Vec<u8>] {
        &self.hosts[&number].received
    }

    /// Sends a packet as an embedder would: one that is held waits for the tunnel.
    pub(crate) fn send(&mut self, from: usize, packet: &[u8]) -> Result<(), SealError> {
        let mut buf = [0; HEADROOM + MAX_PACKET + TAILROOM];
        let range = HEADROOM..HEADROOM + packet.len();
        buf[range.clone()].copy_from_slice(packet);
        let now = self.now;
        let sent = match self.node(from).seal(now, &mut buf, range)? {
            Outbound::Send(transmit) => Ok((transmit.to, transmit.datagram.to_vec())),
            Outbound::Held(party) => Err(party),
            Outbound::TooBig { .. } => unreachable!("packets are short"),
        };
        match sent {
            Ok((to, datagram)) => self.transmit(from, to, datagram),
            Err(party) => {
                let host = self.hosts.get_mut(&from).unwrap();
                host.held.push((party, packet.to_vec()));
            }
        }
        self.drain(from);
        Ok(())
    }

    /// Whether a packet passes within `limit`.
    pub(crate) fn passes(&mut self, from: usize, to: usize, limit: Duration) -> bool {
        let packet = packet(from, to, self.sequence as u8);
        let before = self.received(to).len();
        if self.send(from, &packet).is_err() {
            return false;
        }
        let end = self.now + limit;
        while self.now < end && self.received(to)[before..].is_empty() {
            self.run_for(Duration::from_millis(10));
        }
        self.received(to)[before..].contains(&packet)
    }

    pub(crate) fn transmit(&mut self, from: usize, to: SocketAddr, datagram: Vec<u8>) {
        self.sent += 1;
        self.trace.entry(from).or_default().push(datagram.clone());
        self.sequence += 1;
        if self.limit > 0 && datagram.len() > self.limit {
            return;
        }
        let order = if self.reverses { u64::MAX - self.sequence } else { self.sequence };
        let arrival = (self.now + LATENCY, order);
        self.wire.insert(arrival, (address(from), to, datagram));
    }

    /// Hands a datagram to a node, as if from `from`.
    pub(crate) fn deliver(&mut self, from: SocketAddr, to: SocketAddr, mut datagram: Vec<u8>) {
        let Some(number) = self.hosts.keys().copied().find(|number| address(*number) == to) else {
            return;
        };
        let sender = self.hosts.keys().copied().find(|number| address(*number) == from);
        let apart = sender
            .is_some_and(|sender| self.island.contains(&sender) != self.island.contains(&number));
        let host = self.hosts.get_mut(&number).unwrap();
        let Some(node) = host.node.as_mut().filter(|_| !apart) else { return };
        match node.open(self.now, from, &mut datagram) {
            Ok(Inbound::Packet(packet)) => host.received.push(packet.to_vec()),
            Ok(Inbound::Forward(message)) => {
                let (to, datagram) = (message.to, message.datagram.to_vec());
                self.transmit(number, to, datagram);
            }
            Ok(Inbound::Control) | Err(_) => {}
        }
        self.drain(number);
    }

    /// Sends what a node has to say, and lets it hear what it has to tell.
    fn drain(&mut self, number: usize) {
        let mut out = [0; TRANSMIT_LEN + 7500];
        let now = self.now;
        while let Some(sent) = self.node(number).poll_transmit(now, &mut out) {
            let (to, datagram) = (sent.to, sent.datagram.to_vec());
            self.transmit(number, to, datagram);
        }
        while let Some(event) = self.node(number).poll_event() {
            let host = self.hosts.get_mut(&number).unwrap();
            host.events.push(event);
            if let Event::Up(party) = event {
                let (ready, held) = std::mem::take(&mut host.held)
                    .into_iter()
                    .partition(|(waiting, _)| *waiting == party);
                host.held = held;
                let ready: Vec<(Party, Vec<u8>)> = ready;
                for (_, packet) in ready {
                    let _ = self.send(number, &packet);
                }
            }
        }
    }

    fn alive(&self) -> Vec<usize> {
        let alive = self.hosts.iter().filter(|(_, host)| host.node.is_some());
        alive.map(|(number, _)| *number).collect()
    }

    /// Lives through everything up to and including `end`.
    pub(crate) fn run_until(&mut self, end: Time) {
        loop {
            let alive = self.alive();
            let arrival = self.wire.first_key_value().map(|((at, _), _)| *at);
            let deadlines = alive.iter().map(|it| self.hosts[it].node.as_ref()?.poll_timeout());
            let next = deadlines.chain([arrival]).flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            self.now = self.now.max(next);
            while let Some(arrival) = self.wire.first_entry().filter(|it| it.key().0 <= next) {
                let (from, to, datagram) = arrival.remove();
                self.deliver(from, to, datagram);
            }
            for number in alive {
                let now = self.now;
                self.node(number).handle_timeout(now);
                self.drain(number);
                let deadline = self.node(number).poll_timeout();
                assert!(deadline.is_none_or(|at| at > now), "a deadline survives its handling");
            }
        }
        self.now = end;
    }

    pub(crate) fn run_for(&mut self, duration: Duration) {
        self.run_until(self.now + duration);
    }
}
