use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use vpn_core::{
    CONTROL_LEN, Device, DeviceConfig, Discard, HEADROOM, Inbound, KeyTable, Outbound, PeerConfig,
    PeerId, SecretKey, Seed, TAILROOM, Time, Unix,
};

/// Packets of a train.
const TRAIN: u8 = 3;

/// Two devices with a session between them, and a network and a clock that do what the input says:
/// deliver in any order, lose, repeat, alter, inject, wait; packets are sealed and opened one by one,
/// in trains, or with leases and key tables.
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
        let (in_train, by_table) = (step & 8 != 0, step & 16 != 0);
        match step & 7 {
            0 if in_train => pair.send_train(side, argument()),
            0 => pair.send(side, argument()),
            1 if in_train => pair.deliver_train(argument()),
            1 if by_table => pair.deliver_by_table(argument()),
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
    /// The other one's id at each.
    peers: [PeerId; 2],
    /// Of each, as of the last time that something was waited for.
    tables: [Arc<KeyTable>; 2],
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
        let [first, second] = [0, 1].map(|side: usize| {
            let config = DeviceConfig::new(secrets[side].clone());
            let seed = Seed::from_bytes([side as u8; 32]);
            let mut device = Device::new(config, seed, now, Unix { secs: 1, nanos: 0 });
            let peer = PeerConfig::new(secrets[1 - side].public_key()).endpoint(at(1 - side));
            let peer = device.add_peer(now, peer).expect("the only peer");
            device.allow(peer, net(1 - side).parse().expect("a net")).expect("a peer");
            (device, peer)
        });
        let (mut devices, peers) = ([first.0, second.0], [first.1, second.1]);
        let tables = devices.each_mut().map(Device::key_table);
        Self { devices, peers, tables, now, wire: Vec::new(), missing: BTreeSet::new(), sent: 0 }
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

    /// Seals numbered packets under a lease, if there is a session; the last one is shorter.
    fn send_train(&mut self, side: usize, length: u8) {
        let lease = self.devices[side].lease(self.now, self.peers[side], TRAIN.into());
        if let Some(mut lease) = lease.expect("the peer and the endpoint are known") {
            let packets: Vec<_> = (0..TRAIN)
                .map(|at| packet(side, self.sent + u32::from(at), length / (1 + at / (TRAIN - 1))))
                .collect();
            let whole = packets[0].len();
            let mut buffer = Vec::new();
            for packet in &packets {
                let place = buffer.len() + lease.message_len(packet.len());
                buffer.extend([0; HEADROOM]);
                buffer.extend(packet);
                buffer.resize(place, 0);
            }
            let train = lease.seal_train(self.now, &mut buffer, whole).expect("as it is to be");
            for bytes in train.datagrams.chunks(train.segment) {
                self.missing.insert(self.sent);
                self.sent += 1;
                self.wire.push(Datagram { to: 1 - side, bytes: bytes.to_vec() });
            }
            self.devices[side].settle(lease);
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
        let device = &mut self.devices[datagram.to];
        let discarded = device.drops().total();
        let opened = device.open(self.now, at(1 - datagram.to), &mut datagram.bytes);
        let refused = is_refused(opened, 1 - datagram.to, &mut self.missing);
        assert_eq!(device.drops().total(), discarded + u64::from(refused));
        self.poll();
    }

    /// Delivers a datagram together with those behind it that go on with it as a train.
    fn deliver_train(&mut self, which: u8) {
        let start = usize::from(which) % self.wire.len().max(1);
        let Some(Datagram { to, bytes }) = self.wire.get(start).cloned() else { return };
        let segment = bytes.len();
        let rest = &self.wire[start..];
        let alike = rest.iter().take_while(|it| it.to == to && it.bytes.len() == segment).count();
        let is_last = |it: &&Datagram| it.to == to && (1..segment).contains(&it.bytes.len());
        let count = alike + rest.get(alike).filter(is_last).iter().count();
        let mut train: Vec<u8> =
            self.wire.drain(start..start + count).flat_map(|datagram| datagram.bytes).collect();
        let device = &mut self.devices[to];
        let discarded = device.drops().total();
        let opened = device.open_train(self.now, at(1 - to), &mut train, segment);
        let refused = opened.map(|one| is_refused(one, 1 - to, &mut self.missing));
        let refused = refused.filter(|refused| *refused).count() as u64;
        assert_eq!(device.drops().total(), discarded + refused);
        self.poll();
    }

    /// Delivers a datagram by way of keys that may have gone since.
    fn deliver_by_table(&mut self, which: u8) {
        let Some(mut datagram) = self.lose(which) else { return };
        let to = datagram.to;
        let opened = self.tables[to].open(self.now, at(1 - to), &mut datagram.bytes);
        let device = &mut self.devices[to];
        let discarded = device.drops().total();
        let refused = is_refused(device.commit(self.now, opened), 1 - to, &mut self.missing);
        assert_eq!(device.drops().total(), discarded + u64::from(refused));
        self.poll();
    }

    fn wait(&mut self, duration: Duration) {
        self.now = self.now + duration;
        for device in &mut self.devices {
            device.handle_timeout(self.now);
        }
        self.tables = self.devices.each_mut().map(Device::key_table);
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

/// Whether a datagram was discarded. If not, it holds what is missing, or nothing.
fn is_refused(
    opened: Result<Inbound<'_>, Discard>,
    from: usize,
    missing: &mut BTreeSet<u32>,
) -> bool {
    match opened {
        Ok(Inbound::Packet { packet: got, .. }) => {
            let number = u32::from_be_bytes(got[20..24].try_into().expect("four bytes"));
            assert_eq!(got, packet(from, number, (got.len() - 24) as u8), "altered");
            assert!(missing.remove(&number), "packet {number} came twice");
            false
        }
        Ok(Inbound::Keepalive(_) | Inbound::Control) => false,
        Err(_) => true,
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
