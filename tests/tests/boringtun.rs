//! Random schedules against boringtun: both roles, with and without a preshared key, over a wire
//! that loses, doubles and reorders.
//!
//! boringtun reads a real clock, so nothing here waits: its retransmissions are asked for, and
//! only our side's clock is moved.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test's helpers fail by panicking")]

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use boringtun::noise::rate_limiter::RateLimiter;
use boringtun::noise::{Tunn, TunnResult};
use boringtun::x25519;
use vpn_core::{
    CONTROL_LEN, Device, DeviceConfig, Discard, Event, HEADROOM, Inbound, Outbound, PeerConfig,
    PeerId, PresharedKey, PublicKey, SecretKey, Seed, TAILROOM, Time, Unix,
};

/// Of each of the four kinds: who begins, preshared key or not.
const SCHEDULES: u64 = 1500;
/// Steps of a schedule before the wire is healed.
const STEPS: usize = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Ours,
    Theirs,
}

use Side::{Ours, Theirs};

/// splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap()).unwrap()
    }

    fn bytes(&mut self) -> [u8; 32] {
        let words = [self.next(), self.next(), self.next(), self.next()];
        std::array::from_fn(|i| words[i / 8].to_le_bytes()[i % 8])
    }
}

/// Our device with one peer, which is boringtun.
struct Pair {
    now: Time,
    device: Device,
    peer: PeerId,
    up: bool,
    held: VecDeque<Vec<u8>>,
    tunn: Tunn,
    /// Whether boringtun has opened a packet of ours, so that it can send.
    tunn_up: bool,
    /// Datagrams on the wire, with their sender.
    wire: VecDeque<(Side, Vec<u8>)>,
    sent: BTreeMap<u32, (Side, Vec<u8>)>,
    received: BTreeMap<u32, u32>,
    initiations: [u32; 2],
}

fn address(side: Side) -> SocketAddr {
    match side {
        Ours => SocketAddr::from(([192, 0, 2, 1], 1)),
        Theirs => SocketAddr::from(([192, 0, 2, 2], 2)),
    }
}

/// An IPv4 or IPv6 packet from one side to the other; its number is written at the end.
fn packet(from: Side, v6: bool, len: usize, number: u32) -> Vec<u8> {
    let (from, to) = if from == Ours { (1, 2) } else { (2, 1) };
    let mut packet = vec![0xa5; len];
    if v6 {
        packet[..40].fill(0);
        packet[0] = 0x60;
        packet[4..6].copy_from_slice(&u16::try_from(len - 40).unwrap().to_be_bytes());
        (packet[8], packet[23], packet[24], packet[39]) = (0xfd, from, 0xfd, to);
    } else {
        packet[..20].fill(0);
        packet[0] = 0x45;
        packet[2..4].copy_from_slice(&u16::try_from(len).unwrap().to_be_bytes());
        packet[12..20].copy_from_slice(&[10, 0, 0, from, 10, 0, 0, to]);
    }
    packet[len - 4..].copy_from_slice(&number.to_be_bytes());
    packet
}

impl Pair {
    fn new(random: &mut Random, psk: Option<[u8; 32]>, limit: u64) -> Self {
        let (our_secret, their_secret) = (random.bytes(), random.bytes());
        let their_public = x25519::PublicKey::from(&x25519::StaticSecret::from(their_secret));
        let wall = Unix { secs: 1_800_000_000, nanos: 0 };
        let mut device = Device::new(
            DeviceConfig::new(SecretKey::from_bytes(our_secret)),
            Seed::from_bytes(random.bytes()),
            Time::default(),
            wall,
        );
        let mut config = PeerConfig::new(PublicKey::from_bytes(their_public.to_bytes()))
            .endpoint(address(Theirs));
        config.preshared_key = psk.map(PresharedKey::from_bytes);
        let peer = device.add_peer(Time::default(), config).unwrap();
        device.allow(peer, "10.0.0.2/32".parse().unwrap()).unwrap();
        device.allow(peer, "fd00::2/128".parse().unwrap()).unwrap();
        let tunn = Tunn::new(
            x25519::StaticSecret::from(their_secret),
            x25519::PublicKey::from(*device.public_key().as_bytes()),
            psk,
            None,
            u32::try_from(random.below(1 << 24)).unwrap(),
            Some(Arc::new(RateLimiter::new(&their_public, limit))),
        );
        Self {
            now: Time::default(),
            device,
            peer,
            up: false,
            held: VecDeque::new(),
            tunn,
            tunn_up: false,
            wire: VecDeque::new(),
            sent: BTreeMap::new(),
            received: BTreeMap::new(),
            initiations: [0; 2],
        }
    }

    fn transmit(&mut self, from: Side, datagram: Vec<u8>) {
        if datagram[0] == 1 {
            self.initiations[from as usize] += 1;
        }
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

    fn send(&mut self, from: Side, packet: Vec<u8>) {
        let number = u32::from_be_bytes(*packet.last_chunk().unwrap());
        self.sent.insert(number, (from, packet.clone()));
        match from {
            Ours => self.seal(packet),
            Theirs => {
                let mut out = [0; 2048];
                let result = self.tunn.encapsulate(&packet, &mut out);
                if let TunnResult::WriteToNetwork(datagram) = result {
                    let datagram = datagram.to_vec();
                    self.transmit(Theirs, datagram);
                } else {
                    assert!(matches!(result, TunnResult::Done), "{result:?}");
                }
            }
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
                self.up = true;
                for packet in std::mem::take(&mut self.held) {
                    self.seal(packet);
                }
            }
        }
    }

    fn deliver(&mut self, from: Side, datagram: Vec<u8>) {
        match from {
            Ours => self.deliver_to_tunn(&datagram),
            Theirs => drop(self.deliver_to_device(datagram)),
        }
    }

    fn deliver_to_device(&mut self, mut datagram: Vec<u8>) -> Result<(), Discard> {
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

    fn deliver_to_tunn(&mut self, datagram: &[u8]) {
        let mut input = datagram;
        loop {
            let mut out = [0; 2048];
            match self.tunn.decapsulate(Some(address(Ours).ip()), input, &mut out) {
                TunnResult::WriteToNetwork(answer) => {
                    let answer = answer.to_vec();
                    self.tunn_up |= answer[0] == 4;
                    self.transmit(Theirs, answer);
                }
                TunnResult::WriteToTunnelV4(packet, source) => {
                    assert_eq!(IpAddr::from(source), IpAddr::from([10, 0, 0, 1]));
                    let packet = packet.to_vec();
                    self.tunn_up = true;
                    return self.receive(Ours, &packet);
                }
                TunnResult::WriteToTunnelV6(packet, _) => {
                    let packet = packet.to_vec();
                    self.tunn_up = true;
                    return self.receive(Ours, &packet);
                }
                TunnResult::Done => {
                    self.tunn_up |= datagram[0] == 4;
                    return;
                }
                TunnResult::Err(_) => return,
            }
            input = &[];
        }
    }

    /// Moves our clock, and acts on what has become due.
    fn pass(&mut self, duration: Duration) {
        self.now = self.now + duration;
        self.device.handle_timeout(self.now);
        self.drain();
    }

    /// Has boringtun repeat its initiation.
    fn tunn_retransmits(&mut self) {
        let mut out = [0; 2048];
        if let TunnResult::WriteToNetwork(datagram) =
            self.tunn.format_handshake_initiation(&mut out, true)
        {
            let datagram = datagram.to_vec();
            self.transmit(Theirs, datagram);
        }
    }

    fn deliver_all(&mut self) {
        while let Some((from, datagram)) = self.wire.pop_front() {
            self.deliver(from, datagram);
        }
    }

    fn may_send(&self, side: Side, initiator: Side) -> bool {
        side == initiator
            || match side {
                Ours => self.up,
                Theirs => self.tunn_up,
            }
    }
}

/// One schedule: faults for a while, then a clean wire on which both sides must be heard.
fn schedule(seed: u64, initiator: Side, with_psk: bool) {
    let mut random = Random(seed);
    let psk = with_psk.then(|| random.bytes());
    let mut pair = Pair::new(&mut random, psk, u64::MAX);
    let mut number = 0;
    let mut send = |pair: &mut Pair, random: &mut Random, from| {
        let packet = packet(from, random.below(2) == 0, 44 + random.below(1377), number);
        pair.send(from, packet);
        number += 1;
        number - 1
    };
    send(&mut pair, &mut random, initiator);
    let loss = random.below(4);
    for _ in 0..STEPS {
        match random.below(10) {
            0..=1 if pair.may_send(Ours, initiator) => {
                send(&mut pair, &mut random, Ours);
            }
            2..=3 if pair.may_send(Theirs, initiator) => {
                send(&mut pair, &mut random, Theirs);
            }
            // Longer for our retransmissions; so short that our side never begins unasked.
            4 if initiator == Ours => pair.pass(Duration::from_secs(3)),
            4 => pair.pass(Duration::from_millis(25)),
            5 if initiator == Theirs && !pair.tunn_up => pair.tunn_retransmits(),
            _ if pair.wire.is_empty() => {}
            _ => {
                let at = random.below(pair.wire.len());
                let (from, datagram) = pair.wire[at].clone();
                let fate = random.below(10);
                if fate >= loss {
                    pair.deliver(from, datagram);
                }
                // Kept on the wire, a datagram comes again; otherwise it is gone.
                if fate != 9 {
                    pair.wire.remove(at);
                }
            }
        }
    }

    let mut heard = [false; 2];
    for round in 0..4 {
        pair.deliver_all();
        match initiator {
            Ours => pair.pass(Duration::from_millis(5400)),
            Theirs => {
                pair.pass(Duration::from_millis(25));
                // A response that was overtaken makes boringtun send on a session that its peer
                // has replaced, until 15 s without an answer make it begin again: that is round 1.
                if !pair.tunn_up || (round > 0 && heard != [true, true]) {
                    pair.tunn_retransmits();
                }
            }
        }
        pair.deliver_all();
        for side in [Ours, Theirs] {
            if pair.may_send(side, initiator) {
                let number = send(&mut pair, &mut random, side);
                pair.deliver_all();
                heard[side as usize] |= pair.received.contains_key(&number);
            }
        }
    }
    assert_eq!(heard, [true, true], "ours and theirs heard on a clean wire");
    assert!(pair.initiations[initiator as usize] > 0);
    let other = if initiator == Ours { Theirs } else { Ours };
    assert_eq!(pair.initiations[other as usize], 0, "the roles were mixed up");
}

fn schedules(initiator: Side, with_psk: bool) {
    for seed in 0..SCHEDULES {
        let run = || schedule(seed, initiator, with_psk);
        if let Err(panic) = std::panic::catch_unwind(run) {
            eprintln!("schedule with seed {seed}, initiator {initiator:?}, psk {with_psk}");
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn we_begin_without_a_preshared_key() {
    schedules(Ours, false);
}

#[test]
fn we_begin_with_a_preshared_key() {
    schedules(Ours, true);
}

#[test]
fn boringtun_begins_without_a_preshared_key() {
    schedules(Theirs, false);
}

#[test]
fn boringtun_begins_with_a_preshared_key() {
    schedules(Theirs, true);
}

#[test]
fn cookie_of_a_loaded_boringtun_opens_its_door() {
    let mut pair = Pair::new(&mut Random(1), None, 0);
    pair.send(Ours, packet(Ours, false, 60, 0));
    pair.deliver_all();
    assert!(!pair.up);

    pair.pass(Duration::from_secs(6));
    let (_, initiation) = pair.wire.front().unwrap();
    assert_ne!(initiation[132..148], [0; 16]);
    pair.deliver_all();

    assert!(pair.up);
    assert!(pair.received.contains_key(&0));
}

#[test]
fn our_cookie_opens_our_door_to_boringtun() {
    let mut pair = Pair::new(&mut Random(4), Some([7; 32]), u64::MAX);
    pair.device.set_under_load(true);
    pair.send(Theirs, packet(Theirs, false, 60, 0));
    let (_, initiation) = pair.wire.pop_front().unwrap();
    assert_eq!(pair.deliver_to_device(initiation), Err(Discard::UnderLoad));
    assert_eq!(pair.wire[0].1.len(), 64);
    pair.deliver_all();

    pair.tunn_retransmits();
    let (_, initiation) = pair.wire.front().unwrap();
    assert_ne!(initiation[132..148], [0; 16]);
    pair.deliver_all();
    pair.send(Ours, packet(Ours, true, 60, 1));
    pair.deliver_all();

    assert_eq!(pair.received, BTreeMap::from([(0, 1), (1, 1)]));
}

#[test]
fn both_under_load_come_up() {
    let mut pair = Pair::new(&mut Random(5), None, 0);
    pair.device.set_under_load(true);
    pair.send(Ours, packet(Ours, false, 60, 0));

    for _ in 0..3 {
        pair.deliver_all();
        pair.pass(Duration::from_millis(5400));
    }
    pair.deliver_all();

    assert!(pair.up && pair.tunn_up);
    assert!(pair.received.contains_key(&0));
}

#[test]
fn content_that_is_no_packet_is_discarded() {
    let mut pair = Pair::new(&mut Random(2), None, u64::MAX);
    pair.send(Ours, packet(Ours, false, 60, 0));
    pair.deliver_all();

    for content in [&[0xe0; 40][..], &[0x45], &[0x45; 30], &[0x60; 39], &[0x60; 60]] {
        let mut out = [0; 2048];
        let TunnResult::WriteToNetwork(datagram) = pair.tunn.encapsulate(content, &mut out) else {
            panic!("no session");
        };
        let datagram = datagram.to_vec();
        assert_eq!(pair.deliver_to_device(datagram), Err(Discard::NotIp));
    }
}

#[test]
fn different_preshared_keys_never_come_up() {
    for initiator in [Ours, Theirs] {
        let mut random = Random(3);
        let mut pair = Pair::new(&mut random, Some([1; 32]), u64::MAX);
        let mut other = Pair::new(&mut Random(3), Some([2; 32]), u64::MAX);
        std::mem::swap(&mut pair.tunn, &mut other.tunn);

        pair.send(initiator, packet(initiator, false, 60, 0));
        for _ in 0..5 {
            pair.deliver_all();
            pair.pass(Duration::from_millis(5400));
        }

        assert!(!pair.up && !pair.tunn_up);
        assert!(pair.received.is_empty());
    }
}
