use std::collections::{BTreeSet, VecDeque};
use std::net::{Ipv6Addr, SocketAddr};

use vpn_core::mesh::{
    Book, Event, HEADROOM, Inbound, MemberId, NetworkKey, Node, NodeConfig, Outbound, Party,
    Remedy, Revocation, SigningKey, Subject, TAILROOM, TRANSMIT_LEN, Transmit,
};
use vpn_core::{SecretKey, Seed, Time, Unix};

use super::random::Random;
use super::world::Host;

/// Bytes of an IPv6 header.
const HEADER: usize = 40;
/// The longest packet.
const MAX_PACKET: usize = 1500;
/// How many packets wait for tunnels.
const MAX_HELD: usize = 64;
/// Wall time at the beginning of the world.
const WALL: u64 = 1_800_000_000;

/// A whole node, with an embedder that keeps packets until there is a tunnel for them.
///
/// The content of every packet follows from its serial number, so that the receiver sees by itself
/// whether it is whole, for it, and new.
#[derive(Debug)]
pub struct Member {
    node: Node,
    held: VecDeque<(Party, Vec<u8>)>,
    outgoing: VecDeque<Outgoing>,
    /// Whether the datagram polled last may be cut on its way.
    may_be_cut: bool,
    received: BTreeSet<u64>,
    revoked: BTreeSet<MemberId>,
    /// The MTUs in the answers to packets that were too long.
    told: Vec<u32>,
    /// The MTUs of members, as they changed.
    mtus: Vec<(MemberId, u16)>,
    sent: u64,
    whole: u64,
}

/// A datagram for the socket.
#[derive(Debug)]
struct Outgoing {
    to: SocketAddr,
    bytes: Vec<u8>,
    may_be_cut: bool,
}

impl From<Transmit<'_>> for Outgoing {
    fn from(sent: Transmit<'_>) -> Self {
        Self { to: sent.to, bytes: sent.datagram.to_vec(), may_be_cut: !sent.dont_fragment }
    }
}

impl Member {
    /// Makes the node with this number, a member by the network key, with what it remembers.
    ///
    /// # Panics
    ///
    /// If the book is of another network.
    pub fn new(number: u32, book: Option<Book>, random: &mut Random, now: Time) -> Self {
        let mut config = config(number).endpoint(Self::address(number));
        if let Some(book) = book {
            config = config.book(book);
        }
        Self::with(config, random, now)
    }

    /// Makes the node with this number, which says that it is at `endpoints`.
    pub fn at(number: u32, endpoints: &[SocketAddr], random: &mut Random, now: Time) -> Self {
        let config = endpoints.iter().fold(config(number), |config, at| config.endpoint(*at));
        Self::with(config, random, now)
    }

    #[expect(clippy::unwrap_used, reason = "a test's helper fails by panicking")]
    fn with(config: NodeConfig, random: &mut Random, now: Time) -> Self {
        let wall = Unix { secs: WALL + now.as_nanos() / 1_000_000_000, nanos: 0 };
        Self {
            node: Node::new(config, Seed::from_bytes(random.bytes()), now, wall).unwrap(),
            held: VecDeque::new(),
            outgoing: VecDeque::new(),
            may_be_cut: true,
            received: BTreeSet::new(),
            revoked: BTreeSet::new(),
            told: Vec::new(),
            mtus: Vec::new(),
            sent: 0,
            whole: 0,
        }
    }

    /// The address of the node with this number.
    pub fn address(number: u32) -> SocketAddr {
        let [_, a, b, c] = number.to_be_bytes();
        SocketAddr::from(([20, a, b, c], 51820))
    }

    /// The name of the node with this number.
    pub fn id(number: u32) -> MemberId {
        signing(number).id()
    }

    /// The node.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// Sends any bytes as a frame to a member, through the tunnel to it.
    pub fn say(&mut self, now: Time, to: &MemberId, frame: Vec<u8>) {
        self.node.say(now, to, frame);
        self.follow(now);
    }

    /// Tells the others that this node leaves.
    pub fn leave(&mut self, now: Time) {
        self.node.leave(now);
        self.follow(now);
    }

    /// Bytes sent, with headers from IPv4 on.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// How many datagrams it has sent that may not be cut on their way.
    pub fn sent_whole(&self) -> u64 {
        self.whole
    }

    /// What packets that were too long were answered with since the last call: MTUs.
    pub fn take_told(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.told)
    }

    /// Whose MTU has changed since the last call, and to what.
    pub fn take_mtus(&mut self) -> Vec<(MemberId, u16)> {
        std::mem::take(&mut self.mtus)
    }

    /// The serial number of a packet of so many bytes, 48 to 1,500: others have a length of their own.
    pub fn of_length(serial: u32, len: u16) -> u64 {
        1 << 63 | u64::from(len) << 40 | u64::from(serial)
    }

    /// Joins through another node.
    pub fn join(&mut self, now: Time, through: u32) {
        // It has a network key, without which alone this is refused.
        let _ = self.node.join(now, Self::address(through));
        self.follow(now);
    }

    /// Revokes another node.
    ///
    /// # Panics
    ///
    /// If the revocation is refused.
    #[expect(clippy::unwrap_used, reason = "a test's helper fails by panicking")]
    pub fn revoke(&mut self, now: Time, number: u32) {
        let (key, subject) = (network(), Subject::member(Self::id(number)));
        let until = WALL + 1_000_000_000;
        let revocation = Revocation::sign(&key.root(), key.network(), subject, until, None);
        self.node.revoke(now, revocation).unwrap();
        self.follow(now);
    }

    /// Whether the node has been told of a member's revocation.
    pub fn has_revoked(&self, number: u32) -> bool {
        self.revoked.contains(&Self::id(number))
    }

    /// Sends the packet with this serial number to a node, or keeps it until there is a tunnel.
    pub fn send(&mut self, now: Time, to: Ipv6Addr, serial: u64) {
        self.seal(now, packet(self.node.address(), to, serial));
        self.follow(now);
    }

    /// Whether the packet with this serial number has come.
    pub fn has_received(&self, serial: u64) -> bool {
        self.received.contains(&serial)
    }

    fn receive(&mut self, content: &[u8]) {
        let field = |at: usize| content.get(at..).and_then(|bytes| bytes.first_chunk());
        let serial = field(HEADER).map_or(u64::MAX, |bytes: &[u8; 8]| u64::from_be_bytes(*bytes));
        let from = content.get(8..).and_then(|bytes| bytes.first_chunk::<16>().copied());
        let from = from.map_or(Ipv6Addr::UNSPECIFIED, Ipv6Addr::from);
        let expected = packet(from, self.node.address(), serial);
        assert!(content == expected, "a packet was altered or is not for this node");
        assert!(self.received.insert(serial), "packet {serial} was delivered twice");
    }

    fn seal(&mut self, now: Time, packet: Vec<u8>) {
        let mut buf = [0; HEADROOM + MAX_PACKET + TAILROOM];
        let range = HEADROOM..HEADROOM + packet.len();
        buf[range.clone()].copy_from_slice(&packet);
        match self.node.seal(now, &mut buf, range) {
            Ok(Outbound::Send(sent)) => self.outgoing.push_back(sent.into()),
            Ok(Outbound::TooBig { remedy, .. }) => {
                if let Remedy::Answer(answer) = remedy {
                    // Behind the header: type, code, checksum, MTU.
                    let mtu = answer.get(HEADER + 4..).and_then(|rest| rest.first_chunk());
                    self.told.extend(mtu.map(|bytes: &[u8; 4]| u32::from_be_bytes(*bytes)));
                }
            }
            Ok(Outbound::Held(party)) => {
                if self.held.len() == MAX_HELD {
                    self.held.pop_front();
                }
                self.held.push_back((party, packet));
            }
            Err(_) => {}
        }
    }

    fn follow(&mut self, now: Time) {
        let mut out = [0; TRANSMIT_LEN];
        loop {
            while let Some(sent) = self.node.poll_transmit(now, &mut out) {
                self.outgoing.push_back(sent.into());
            }
            let Some(event) = self.node.poll_event() else { return };
            if let Event::Up(party) = event {
                for (to, packet) in std::mem::take(&mut self.held) {
                    match to == party {
                        true => self.seal(now, packet),
                        false => self.held.push_back((to, packet)),
                    }
                }
            } else if let Event::Unreachable(party) = event {
                self.held.retain(|(to, _)| *to != party);
            } else if let Event::PathMtu { member, mtu } = event {
                self.mtus.push((member, mtu));
            } else if let Event::Revoked(id) = event {
                self.revoked.insert(id);
            }
        }
    }
}

impl Host for Member {
    fn handle_datagram(&mut self, now: Time, from: SocketAddr, datagram: &mut [u8]) {
        match self.node.open(now, from, datagram) {
            Ok(Inbound::Packet(content)) => {
                let content = content.to_vec();
                self.receive(&content);
            }
            Ok(Inbound::Forward(sent)) => self.outgoing.push_back(sent.into()),
            Ok(Inbound::Control) | Err(_) => {}
        }
        self.follow(now);
    }

    fn poll_datagram(&mut self, _now: Time, out: &mut Vec<u8>) -> Option<SocketAddr> {
        let Outgoing { to, bytes, may_be_cut } = self.outgoing.pop_front()?;
        self.sent += 20 + 8 + bytes.len() as u64;
        self.whole += u64::from(!may_be_cut);
        self.may_be_cut = may_be_cut;
        out.extend(bytes);
        Some(to)
    }

    fn may_be_cut(&self) -> bool {
        self.may_be_cut
    }

    fn poll_timeout(&self) -> Option<Time> {
        self.node.poll_timeout()
    }

    fn handle_timeout(&mut self, now: Time) {
        self.node.handle_timeout(now);
        self.follow(now);
    }
}

fn network() -> NetworkKey {
    NetworkKey::from_bytes([77; 32])
}

fn config(number: u32) -> NodeConfig {
    let tunnel = SecretKey::from_bytes(Random::new(!u64::from(number)).bytes());
    NodeConfig::with_network_key(&network(), signing(number), tunnel)
}

fn signing(number: u32) -> SigningKey {
    SigningKey::from_bytes(Random::new(number.into()).bytes())
}

/// An IPv6 packet whose content follows from its addresses and its serial number.
fn packet(from: Ipv6Addr, to: Ipv6Addr, serial: u64) -> Vec<u8> {
    let mut random = Random::new(serial);
    let len = match serial >> 63 {
        0 => 8 + random.index(1000),
        _ => usize::from((serial >> 40) as u16) - HEADER,
    };
    let mut packet = vec![0; HEADER];
    packet[0] = 0x60;
    packet[4..6].copy_from_slice(&(len as u16).to_be_bytes());
    packet[6..8].copy_from_slice(&[17, 64]);
    packet[8..24].copy_from_slice(&from.octets());
    packet[24..40].copy_from_slice(&to.octets());
    packet.extend(serial.to_be_bytes());
    packet.extend((8..len).map(|_| random.draw() as u8));
    packet
}
