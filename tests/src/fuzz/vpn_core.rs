use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use vpn_core::{
    CONTROL_LEN, Device, DeviceConfig, HEADROOM, Inbound, Outbound, PeerConfig, SecretKey, Seed,
    TAILROOM, Time, Unix,
};

/// Two devices with a session between them, and a network and a clock that do what the input says:
/// deliver in any order, lose, repeat, alter, inject, wait.
///
/// What is delivered was sent by the other side, unaltered, and is delivered once. After
/// `handle_timeout` nothing is due at once. When the network is good again, packets pass again within
/// 21 s: 15 until a lost session is noticed, and once more the 5 and a bit until a handshake is tried
/// again (sections 6.2 and 6.4 of the WireGuard paper).
///
/// # Panics
///
/// If one of these does not hold.
pub fn vpn_core(input: &[u8]) {
    let mut pair = Pair::new();
    pair.heal(0);

    let mut bytes = input.iter().copied();
    // A longer schedule finds nothing that a shorter one does not, only later.
    for _ in 0..64 {
        let Some(step) = bytes.next() else { break };
        let mut argument = || bytes.next().unwrap_or(0);
        let side = usize::from(step >> 7);
        match step & 7 {
            0 => pair.send(side, argument()),
            1 => pair.deliver(argument()),
            2 => _ = pair.lose(argument()),
            3 => pair.repeat(argument()),
            4 => pair.alter(argument(), argument(), argument()),
            5 => {
                let length = usize::from(argument());
                let datagram = bytes.by_ref().take(length).collect();
                pair.wire.push(Datagram { to: side, bytes: datagram });
            }
            6 => pair.wait(Duration::from_millis(u64::from(argument()).pow(2) * 10)),
            _ => pair.settle(),
        }
    }

    for side in [0, 1] {
        pair.heal(side);
    }
}

struct Pair {
    devices: [Device; 2],
    now: Time,
    wire: Vec<Datagram>,
    /// Numbers of packets that were sealed and are not delivered.
    missing: BTreeSet<u32>,
    sent: u32,
}

#[derive(Clone)]
struct Datagram {
    to: usize,
    bytes: Vec<u8>,
}

impl Pair {
    fn new() -> Self {
        let now = Time::from_nanos(1);
        let secrets = [[3; 32], [5; 32]].map(SecretKey::from_bytes);
        let devices = [0, 1].map(|side: usize| {
            let config = DeviceConfig::new(secrets[side].clone());
            let seed = Seed::from_bytes([side as u8; 32]);
            let mut device = Device::new(config, seed, now, Unix { secs: 1, nanos: 0 });
            let peer = PeerConfig::new(secrets[1 - side].public_key()).endpoint(at(1 - side));
            let peer = device.add_peer(now, peer).expect("the only peer");
            device.allow(peer, net(1 - side).parse().expect("a net")).expect("a peer");
            device
        });
        Self { devices, now, wire: Vec::new(), missing: BTreeSet::new(), sent: 0 }
    }

    /// Seals a numbered packet, if there is a session.
    fn send(&mut self, side: usize, length: u8) {
        let number = self.sent;
        self.sent += 1;
        let packet = packet(side, number, length);
        let mut buffer = vec![0; HEADROOM + packet.len() + TAILROOM];
        let range = HEADROOM..HEADROOM + packet.len();
        buffer[range.clone()].copy_from_slice(&packet);
        let sealed = self.devices[side].seal(self.now, &mut buffer, range);
        match sealed.expect("the route and the endpoint are known") {
            Outbound::Send(transmit) => {
                let bytes = transmit.datagram.to_vec();
                self.missing.insert(number);
                self.wire.push(Datagram { to: 1 - side, bytes });
            }
            Outbound::Held(_) => {}
        }
        self.poll();
    }

    /// Puts everything that the devices want to send on the wire.
    fn poll(&mut self) {
        for (side, device) in self.devices.iter_mut().enumerate() {
            let mut buffer = [0; CONTROL_LEN];
            while let Some(transmit) = device.poll_transmit(self.now, &mut buffer) {
                let bytes = transmit.datagram.to_vec();
                self.wire.push(Datagram { to: 1 - side, bytes });
            }
            while device.poll_event().is_some() {}
        }
    }

    fn lose(&mut self, which: u8) -> Option<Datagram> {
        let count = self.wire.len();
        (count > 0).then(|| self.wire.remove(usize::from(which) % count))
    }

    fn repeat(&mut self, which: u8) {
        if !self.wire.is_empty() && self.wire.len() < 256 {
            let datagram = self.wire[usize::from(which) % self.wire.len()].clone();
            self.wire.push(datagram);
        }
    }

    fn alter(&mut self, which: u8, at: u8, bits: u8) {
        let count = self.wire.len().max(1);
        if let Some(datagram) = self.wire.get_mut(usize::from(which) % count) {
            let length = datagram.bytes.len().max(1);
            if let Some(byte) = datagram.bytes.get_mut(usize::from(at) % length) {
                *byte ^= bits;
            }
        }
    }

    fn deliver(&mut self, which: u8) {
        let Some(mut datagram) = self.lose(which) else { return };
        let from = 1 - datagram.to;
        let device = &mut self.devices[datagram.to];
        let discarded = device.drops().total();
        match device.open(self.now, at(from), &mut datagram.bytes) {
            Ok(Inbound::Packet { packet: got, .. }) => {
                let number = u32::from_be_bytes(got[20..24].try_into().expect("four bytes"));
                assert_eq!(got, packet(from, number, (got.len() - 24) as u8), "altered");
                assert!(self.missing.remove(&number), "packet {number} came twice");
            }
            Ok(Inbound::Keepalive(_) | Inbound::Control) => {}
            Err(_) => assert_eq!(device.drops().total(), discarded + 1),
        }
        self.poll();
    }

    fn wait(&mut self, duration: Duration) {
        self.now = self.now + duration;
        for device in &mut self.devices {
            device.handle_timeout(self.now);
        }
        self.poll();
        for device in &self.devices {
            assert!(device.poll_timeout().is_none_or(|due| due > self.now), "due over and over");
        }
    }

    /// Delivers until nobody has anything to say.
    fn settle(&mut self) {
        self.poll();
        for _ in 0..1024 {
            if self.wire.is_empty() {
                return;
            }
            self.deliver(0);
        }
        unreachable!("the devices answer each other forever");
    }

    fn heal(&mut self, side: usize) {
        let healed = self.now;
        loop {
            self.settle();
            let number = self.sent;
            self.send(side, 1);
            let sealed = self.missing.contains(&number);
            self.settle();
            if sealed && !self.missing.contains(&number) {
                return;
            }
            assert!(self.now.since(healed) < Duration::from_secs(21), "no packet passes");
            self.wait(Duration::from_millis(500));
        }
    }
}

fn at(side: usize) -> SocketAddr {
    ([192, 0, 2, side as u8], 51820).into()
}

fn net(side: usize) -> &'static str {
    ["10.0.0.1/32", "10.0.0.2/32"][side]
}

/// An IPv4 packet with its number and as many further bytes, all a function of the arguments.
fn packet(from: usize, number: u32, length: u8) -> Vec<u8> {
    let size = 24 + u16::from(length);
    let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0];
    packet[2..4].copy_from_slice(&size.to_be_bytes());
    packet.extend_from_slice(&[10, 0, 0, 1 + from as u8, 10, 0, 0, 2 - from as u8]);
    packet.extend_from_slice(&number.to_be_bytes());
    packet.resize(size.into(), number as u8);
    packet
}
