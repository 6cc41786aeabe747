//! Our device and another implementation, with a wire between them that does as it is told.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use vpn_core::{
    CONTROL_LEN, Device, DeviceConfig, Discard, Event, HEADROOM, Inbound, Outbound, PeerConfig,
    PeerId, PresharedKey, SecretKey, Seed, TAILROOM, Time,
};

use super::other::{Other, Output, Setup};
use super::packet::Side::{self, Ours, Theirs};
use super::packet::{WALL, address, without_padding};
use super::random::Random;

/// The least time between two initiations to one peer, restated from the WireGuard paper.
const REKEY_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) struct Pair<O> {
    pub(crate) now: Time,
    pub(crate) device: Device,
    pub(crate) peer: PeerId,
    pub(crate) other: O,
    /// Whether the other side has opened a packet of ours, so that it can send.
    pub(crate) other_up: bool,
    /// Datagrams on the wire, with their sender.
    pub(crate) wire: VecDeque<(Side, Vec<u8>)>,
    pub(crate) received: BTreeMap<u32, u32>,
    pub(crate) initiations: [u32; 2],
    sent: BTreeMap<u32, (Side, Vec<u8>)>,
    held: VecDeque<Vec<u8>>,
    initiated: Option<Time>,
}

impl<O: Other> Pair<O> {
    pub(crate) fn new(random: &mut Random, psk: Option<[u8; 32]>, under_load: bool) -> Self {
        Self::with(random, [psk; 2], under_load)
    }

    /// Each side with a preshared key of its own; the other one under load or not.
    pub(crate) fn with(random: &mut Random, psks: [Option<[u8; 32]>; 2], under_load: bool) -> Self {
        let secret = random.bytes();
        let now = Time::default();
        let mut device = Device::new(
            DeviceConfig::new(SecretKey::from_bytes(random.bytes())),
            Seed::from_bytes(random.bytes()),
            now,
            WALL,
        );
        let mut config =
            PeerConfig::new(SecretKey::from_bytes(secret).public_key()).endpoint(address(Theirs));
        config.preshared_key = psks[Ours as usize].map(PresharedKey::from_bytes);
        let peer = device.add_peer(now, config).unwrap();
        device.allow(peer, "10.0.0.2/32".parse().unwrap()).unwrap();
        device.allow(peer, "fd00::2/128".parse().unwrap()).unwrap();
        let other = O::new(Setup {
            secret,
            peer: device.public_key(),
            psk: psks[Theirs as usize],
            seed: random.next(),
            under_load,
        });
        Self {
            now,
            device,
            peer,
            other,
            other_up: false,
            wire: VecDeque::new(),
            received: BTreeMap::new(),
            initiations: [0; 2],
            sent: BTreeMap::new(),
            held: VecDeque::new(),
            initiated: None,
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        self.device.is_up(self.peer).unwrap()
    }

    /// Hands a packet to one side's user end.
    pub(crate) fn send(&mut self, from: Side, packet: Vec<u8>) {
        let number = u32::from_be_bytes(*packet.last_chunk().unwrap());
        self.sent.insert(number, (from, packet.clone()));
        match from {
            Ours => self.seal(packet),
            Theirs => self.ask_other(|other, now, out| other.send(now, &packet, out)),
        }
    }

    /// Moves the clock, and acts on what has become due.
    pub(crate) fn pass(&mut self, duration: Duration) {
        self.now = self.now + duration;
        self.device.handle_timeout(self.now);
        self.drain();
        let timeout = self.device.poll_timeout();
        assert!(timeout.is_none_or(|at| at > self.now), "a deadline survives its handling");
        self.ask_other(O::handle_timeout);
    }

    /// Has the other side begin a handshake again, as its own clock would have it.
    pub(crate) fn other_begins(&mut self) {
        self.ask_other(O::begin);
    }

    pub(crate) fn deliver_all(&mut self) {
        while let Some((from, datagram)) = self.wire.pop_front() {
            self.deliver(from, datagram);
        }
    }

    pub(crate) fn deliver(&mut self, from: Side, datagram: Vec<u8>) {
        match from {
            Ours => self.deliver_to_other(&datagram),
            Theirs => drop(self.deliver_to_device(datagram)),
        }
    }

    pub(crate) fn deliver_to_device(&mut self, mut datagram: Vec<u8>) -> Result<(), Discard> {
        let result = match self.device.open(self.now, address(Theirs), &mut datagram) {
            Ok(Inbound::Packet { packet, .. }) => {
                let packet = packet.to_vec();
                self.receive(Theirs, &packet);
                Ok(())
            }
            Ok(Inbound::Keepalive(_) | Inbound::Control) => Ok(()),
            Err(discard) => Err(discard),
        };
        self.drain();
        result
    }

    fn deliver_to_other(&mut self, datagram: &[u8]) {
        let mut accepted = false;
        self.ask_other(|other, now, out| accepted = other.receive(now, datagram, out));
        self.other_up |= accepted && datagram[0] == 4;
    }

    fn ask_other(&mut self, ask: impl FnOnce(&mut O, Time, &mut Output)) {
        let mut out = Output::default();
        ask(&mut self.other, self.now, &mut out);
        for packet in out.packets {
            self.receive(Ours, without_padding(&packet));
        }
        for datagram in out.datagrams {
            self.transmit(Theirs, datagram);
        }
    }

    fn seal(&mut self, packet: Vec<u8>) {
        let mut buf = [0; HEADROOM + 1500 + TAILROOM];
        let range = HEADROOM..HEADROOM + packet.len();
        buf[range.clone()].copy_from_slice(&packet);
        match self.device.seal(self.now, &mut buf, range).unwrap() {
            Outbound::Send(transmit) => {
                assert_eq!(transmit.to, address(Theirs));
                let datagram = transmit.datagram.to_vec();
                self.transmit(Ours, datagram);
            }
            Outbound::Held(_) => self.held.push_back(packet),
        }
        self.drain();
    }

    /// Sends what our device has to say, and the packets held for it to come up.
    fn drain(&mut self) {
        let mut out = [0; CONTROL_LEN];
        while let Some(transmit) = self.device.poll_transmit(self.now, &mut out) {
            let datagram = transmit.datagram.to_vec();
            self.transmit(Ours, datagram);
        }
        while let Some(event) = self.device.poll_event() {
            if event == Event::Up(self.peer) {
                for packet in std::mem::take(&mut self.held) {
                    self.seal(packet);
                }
            }
        }
    }

    fn transmit(&mut self, from: Side, datagram: Vec<u8>) {
        if datagram[0] == 1 {
            self.initiations[from as usize] += 1;
            if from == Ours {
                let before = self.initiated.replace(self.now);
                assert!(before.is_none_or(|at| self.now.since(at) >= REKEY_TIMEOUT), "too soon");
            }
        }
        // Whoever sends on a session can do so from then on.
        self.other_up |= from == Theirs && datagram[0] == 4;
        self.wire.push_back((from, datagram));
    }

    /// A packet has come out of the tunnel: it is one that went in, and comes for the first time.
    fn receive(&mut self, from: Side, packet: &[u8]) {
        let number = u32::from_be_bytes(*packet.last_chunk().unwrap());
        let (sender, original) = self.sent.get(&number).expect("a packet that was not sent");
        assert_eq!((*sender, original.as_slice()), (from, packet), "altered");
        let count = self.received.entry(number).or_default();
        *count += 1;
        assert_eq!(*count, 1, "packet {number} arrived again");
    }
}
