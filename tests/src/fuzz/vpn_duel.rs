//! A device, its only peer, which is another implementation, and an input that says what happens.

use std::net::SocketAddr;
use std::time::Duration;

use vpn_core::{
    CONTROL_LEN, Device, DeviceConfig, Discard, Drops, Inbound, PeerConfig, PeerId, PeerStatus,
    SecretKey, Seed, Time, Unix,
};
use wireguard_sans_io::crypto::blake2s;
use wireguard_sans_io::testing::DeterministicRng;
use wireguard_sans_io::{Config, Encapsulated, Now, PublicKey, Received, StaticSecret, Tunnel};

const WALL: Unix = Unix { secs: 1_800_000_000, nanos: 0 };
const DEVICE: [u8; 32] = [3; 32];
const PEER: [u8; 32] = [5; 32];
const MAX_DATAGRAM: usize = 512;

/// The input, read from the front; zeros follow it.
pub(super) struct Script<'i>(&'i [u8]);

impl<'i> Script<'i> {
    pub(super) fn new(input: &'i [u8]) -> Self {
        Self(input)
    }

    pub(super) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// Some bytes, as many as the first one says or are left.
    pub(super) fn bytes(&mut self) -> &'i [u8] {
        let len = usize::from(self.byte()).min(self.0.len());
        let (bytes, rest) = self.0.split_at(len);
        self.0 = rest;
        bytes
    }

    /// One of the items, with its number.
    pub(super) fn pick<'t>(&mut self, items: &'t [Vec<u8>]) -> Option<(usize, &'t [u8])> {
        let at = usize::from(self.byte()) % items.len().max(1);
        Some((at, items.get(at)?))
    }
}

/// What a datagram held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Packet(Vec<u8>),
    Keepalive,
    Control,
}

pub(super) struct Duel {
    pub(super) device: Device,
    pub(super) now: Time,
    /// How long the device has waited in all.
    pub(super) waited: Duration,
    pub(super) peer: Tunnel,
    id: PeerId,
    random: DeterministicRng,
    /// The peer's clock goes ahead, so that it begins whenever it is asked to.
    peer_secs: u64,
}

impl Duel {
    pub(super) fn new() -> Self {
        let now = Time::from_nanos(1);
        let config = DeviceConfig::new(SecretKey::from_bytes(DEVICE));
        let mut device = Device::new(config, Seed::from_bytes([7; 32]), now, WALL);
        let key = SecretKey::from_bytes(PEER).public_key();
        let config = PeerConfig::new(key).endpoint(peer_address());
        let id = device.add_peer(now, config).expect("the only peer");
        for net in ["10.0.0.2/32", "fd00::2/128"] {
            device.allow(id, net.parse().expect("a net")).expect("a peer");
        }
        let key = PublicKey::from_bytes(*device.public_key().as_bytes());
        let peer = Tunnel::new(Config::new(StaticSecret::from_bytes(PEER), key));
        Self {
            device,
            now,
            waited: Duration::ZERO,
            peer: peer.expect("a good key"),
            id,
            random: DeterministicRng::new(1),
            peer_secs: 0,
        }
    }

    /// With a session that one of the two has begun.
    pub(super) fn connected(by_device: bool) -> Self {
        let mut duel = Self::new();
        if by_device {
            duel.initiate();
            let initiation = duel.drain().pop().expect("an initiation");
            let response = duel.peer_receives(&initiation, false).expect("a response");
            assert_eq!(duel.deliver(&response), Ok(Content::Control));
            let keepalive = duel.drain().pop().expect("a keepalive");
            duel.peer_receives(&keepalive, false);
        } else {
            let initiation = duel.peer_initiates();
            assert_eq!(duel.deliver(&initiation), Ok(Content::Control));
            let response = duel.drain().pop().expect("a response");
            duel.peer_receives(&response, false);
        }
        duel
    }

    /// What is known of the peer; an attacker may change nothing of it.
    pub(super) fn state(&self) -> PeerStatus {
        let mut status = self.device.status(self.id).expect("a peer");
        status.drops = Drops::default();
        status
    }

    pub(super) fn initiate(&mut self) {
        self.device.initiate(self.now, self.id).expect("a peer with an endpoint");
    }

    /// Lets time go by; afterwards nothing is due at once but output.
    pub(super) fn wait(&mut self, duration: Duration) {
        self.now = self.now + duration;
        self.waited += duration;
        self.device.handle_timeout(self.now);
    }

    /// What the device has to send.
    pub(super) fn drain(&mut self) -> Vec<Vec<u8>> {
        let mut datagrams = Vec::new();
        let mut buf = [0; CONTROL_LEN];
        while let Some(transmit) = self.device.poll_transmit(self.now, &mut buf) {
            datagrams.push(transmit.datagram.to_vec());
        }
        while self.device.poll_event().is_some() {}
        let due = self.device.poll_timeout();
        assert!(due.is_none_or(|due| due > self.now), "due over and over");
        datagrams
    }

    pub(super) fn drain_initiations(&mut self) -> Vec<Vec<u8>> {
        let mut datagrams = self.drain();
        datagrams.retain(|datagram| datagram[0] == 1);
        datagrams
    }

    /// Has the device open a datagram. If it is discarded, nothing about the peer has changed.
    pub(super) fn deliver(&mut self, datagram: &[u8]) -> Result<Content, Discard> {
        let before = (self.state(), self.device.poll_timeout());
        let discarded = self.device.drops().total();
        let mut datagram = datagram.to_vec();
        let result = match self.device.open(self.now, peer_address(), &mut datagram) {
            Ok(Inbound::Packet { packet, .. }) => Ok(Content::Packet(packet.to_vec())),
            Ok(Inbound::Keepalive(_)) => Ok(Content::Keepalive),
            Ok(Inbound::Control) => Ok(Content::Control),
            Err(discard) => Err(discard),
        };
        let count = self.device.drops().total() - discarded;
        assert_eq!(count, u64::from(result.is_err()));
        match result {
            // These have authenticated, or leave a cookie reply or an event.
            Ok(_) | Err(Discard::NotIp | Discard::SpoofedSource) => {}
            Err(Discard::UnderLoad | Discard::UnknownPeer) => assert_eq!(self.state(), before.0),
            Err(_) => assert_eq!((self.state(), self.device.poll_timeout()), before),
        }
        result
    }

    /// Delivers a genuine message that was altered: in a byte, in its length, or as a whole; if
    /// the input says so with a right mac1, which anyone can make who knows the device's key.
    pub(super) fn deliver_forged(&mut self, script: &mut Script<'_>, genuine: &[Vec<u8>]) {
        let Some((_, genuine)) = script.pick(genuine) else { return };
        let mut forged = genuine.to_vec();
        let how = script.byte();
        match how % 4 {
            0 | 1 => {
                let at = usize::from(script.byte()) % forged.len();
                forged[at] ^= script.byte();
            }
            2 => forged.truncate(script.byte().into()),
            _ => forged.extend_from_slice(script.bytes()),
        }
        let stamped = how >= 128;
        if stamped {
            self.stamp(&mut forged);
        }
        if forged.len() != genuine.len()
            || authentic(&forged, stamped) != authentic(genuine, stamped)
        {
            assert!(self.deliver(&forged).is_err(), "a forged message is accepted");
        }
    }

    /// Delivers bytes of the input as a message of some type, at least so long.
    pub(super) fn deliver_raw(&mut self, script: &mut Script<'_>, kind: u8, len: usize) {
        let mut datagram = vec![kind, 0, 0, 0];
        datagram.extend_from_slice(script.bytes());
        if datagram.len() < len {
            datagram.resize(len, 0x11);
        }
        self.stamp(&mut datagram);
        assert!(self.deliver(&datagram).is_err(), "bytes from nobody are accepted");
    }

    /// Gives a handshake message its mac1.
    fn stamp(&self, message: &mut [u8]) {
        if is_handshake(message) {
            let at = message.len() - 32;
            let key = blake2s::hash(&[b"mac1----", self.device.public_key().as_bytes()]);
            let mac1 = blake2s::mac(&key, &[&message[..at]]);
            message[at..at + 16].copy_from_slice(&mac1);
        }
    }

    fn peer_now(&self) -> Now {
        Now::new(self.peer_secs * 1_000_000_000, WALL.secs + self.peer_secs, 0)
    }

    /// An initiation by the peer, with a later timestamp than the last.
    pub(super) fn peer_initiates(&mut self) -> Vec<u8> {
        self.peer_secs += 6;
        let (now, mut buf) = (self.peer_now(), [0; MAX_DATAGRAM]);
        let begun = self.peer.initiate_handshake(now, &mut buf, &mut self.random);
        begun.expect("5 s have passed").to_vec()
    }

    /// What the peer answers.
    pub(super) fn peer_receives(&mut self, datagram: &[u8], under_load: bool) -> Option<Vec<u8>> {
        let (now, mut buf, random) = (self.peer_now(), [0; MAX_DATAGRAM], &mut self.random);
        match self.peer.decapsulate(now, b"device", under_load, datagram, &mut buf, random) {
            Ok(Received::Reply(answer)) => Some(answer.to_vec()),
            Ok(_) => None,
            Err(error) => unreachable!("the device's message is refused: {error:?}"),
        }
    }

    /// Any content, sealed by the peer.
    pub(super) fn peer_seals(&mut self, content: &[u8]) -> Vec<u8> {
        let (now, mut buf) = (self.peer_now(), [0; MAX_DATAGRAM]);
        match self.peer.encapsulate(now, content, &mut buf, &mut self.random) {
            Ok(Encapsulated::Transport(datagram)) => datagram.to_vec(),
            other => unreachable!("there is a session: {other:?}"),
        }
    }
}

fn is_handshake(message: &[u8]) -> bool {
    matches!((message.first(), message.len()), (Some(1), 148) | (Some(2), 92))
}

/// What of a message is authenticated. In one of a handshake that is not mac2, which counts under
/// load alone; nor, if mac1 was made anew, the sender's index, which no key covers.
fn authentic(message: &[u8], stamped: bool) -> (&[u8], &[u8]) {
    match (is_handshake(message), stamped) {
        (true, true) => (&message[..4], &message[8..message.len() - 32]),
        (true, false) => message[..message.len() - 16].split_at(4),
        (false, _) => (message, &[]),
    }
}

fn peer_address() -> SocketAddr {
    ([192, 0, 2, 2], 51820).into()
}
