use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use vpn_core::{
    CONTROL_LEN, Device, DeviceConfig, Event, HEADROOM, Inbound, Outbound, PeerConfig, PeerId,
    PublicKey, SecretKey, Seed, TAILROOM, Time, Unix,
};

use super::random::Random;
use super::world::Host;

/// Bytes of IPv4 header and of the serial number behind it.
const HEADER: usize = 20 + 8;
/// No session may be used beyond this age.
const REJECT_AFTER: Duration = Duration::from_secs(180);

/// A [`Device`] with plain peers, and what it has received.
///
/// The content of every packet follows from its serial number, so that the receiver sees by itself
/// whether it is whole, for it, and new.
#[derive(Debug)]
pub struct Peer {
    device: Device,
    number: u8,
    held: VecDeque<(PeerId, Vec<u8>)>,
    outgoing: VecDeque<(SocketAddr, Vec<u8>)>,
    received: BTreeSet<u64>,
    last: Option<Time>,
}

impl Peer {
    /// Makes the device with this number and address 10.0.0.(number).
    pub fn new(number: u8, random: &mut Random, now: Time) -> Self {
        let config = DeviceConfig::new(SecretKey::from_bytes([number; 32]));
        let wall = Unix { secs: 1_800_000_000 + now.as_nanos() / 1_000_000_000, nanos: 0 };
        let device = Device::new(config, Seed::from_bytes(random.bytes()), now, wall);
        Self {
            device,
            number,
            held: VecDeque::new(),
            outgoing: VecDeque::new(),
            received: BTreeSet::new(),
            last: None,
        }
    }

    /// This device's key.
    pub fn public_key(&self) -> PublicKey {
        self.device.public_key()
    }

    /// Adds the device with another number.
    ///
    /// # Panics
    ///
    /// If it was added before.
    #[expect(clippy::unwrap_used, reason = "a test's helper fails by panicking")]
    pub fn meet(&mut self, now: Time, number: u8, key: PublicKey, endpoint: Option<SocketAddr>) {
        let mut config = PeerConfig::new(key);
        config.endpoint = endpoint;
        let peer = self.device.add_peer(now, config).unwrap();
        self.device.allow(peer, format!("10.0.0.{number}/32").parse().unwrap()).unwrap();
    }

    /// Corrects the device's wall clock.
    pub fn set_wall(&mut self, secs: u64, now: Time) {
        self.device.set_wall(Unix { secs, nanos: 0 }, now);
    }

    /// Sends the packet with this serial number to a device; keeps it if there is no session.
    pub fn send(&mut self, now: Time, to: u8, serial: u64) {
        let len = HEADER + (serial % 1300) as usize;
        self.seal(now, packet(self.number, to, serial, len));
        self.follow(now);
    }

    /// How many packets have come, and when the last did.
    pub fn received(&self) -> (usize, Option<Time>) {
        (self.received.len(), self.last)
    }

    fn seal(&mut self, now: Time, packet: Vec<u8>) {
        let mut buf = [0; HEADROOM + 2048 + TAILROOM];
        let range = HEADROOM..HEADROOM + packet.len();
        buf[range.clone()].copy_from_slice(&packet);
        match self.device.seal(now, &mut buf, range) {
            Ok(Outbound::Send(sent)) => self.outgoing.push_back((sent.to, sent.datagram.to_vec())),
            Ok(Outbound::Held(peer)) => {
                self.held.retain(|(other, _)| *other != peer);
                self.held.push_back((peer, packet));
            }
            Err(_) => {}
        }
    }

    fn follow(&mut self, now: Time) {
        let mut out = [0; CONTROL_LEN];
        while let Some(control) = self.device.poll_transmit(now, &mut out) {
            self.outgoing.push_back((control.to, control.datagram.to_vec()));
        }
        while let Some(event) = self.device.poll_event() {
            if let Event::Up(peer) = event {
                for (to, packet) in std::mem::take(&mut self.held) {
                    match to == peer {
                        true => self.seal(now, packet),
                        false => self.held.push_back((to, packet)),
                    }
                }
            }
        }
    }
}

impl Host for Peer {
    fn handle_datagram(&mut self, now: Time, from: SocketAddr, datagram: &mut [u8]) {
        if let Ok(Inbound::Packet { packet: content, .. }) = self.device.open(now, from, datagram) {
            let serial = content.get(20..28).and_then(|bytes| bytes.first_chunk().copied());
            let serial = serial.map_or(u64::MAX, u64::from_be_bytes);
            let expected = packet(content[15], self.number, serial, content.len());
            assert!(*content == expected, "a packet was altered or is not for this device");
            assert!(self.received.insert(serial), "packet {serial} was delivered twice");
            self.last = Some(now);
        }
        self.follow(now);
    }

    fn poll_datagram(&mut self, _now: Time, out: &mut Vec<u8>) -> Option<SocketAddr> {
        let (to, datagram) = self.outgoing.pop_front()?;
        out.extend(datagram);
        Some(to)
    }

    fn poll_timeout(&self) -> Option<Time> {
        self.device.poll_timeout()
    }

    fn handle_timeout(&mut self, now: Time) {
        self.device.handle_timeout(now);
        self.follow(now);
    }

    fn check(&self, now: Time) {
        for peer in self.device.peers() {
            let Ok(status) = self.device.status(peer) else { continue };
            let age = status.last_handshake.map(|at| now.since(at));
            assert!(
                !status.is_up
                    || age.is_some_and(|age| age <= REJECT_AFTER + Duration::from_secs(5)),
                "a session of {age:?} is in use"
            );
        }
    }
}

/// An IPv4 packet whose content follows from its addresses, its serial number and its length.
fn packet(from: u8, to: u8, serial: u64, len: usize) -> Vec<u8> {
    let mut random = Random::new(serial);
    let mut packet: Vec<u8> = (0..len.max(HEADER)).map(|_| random.draw() as u8).collect();
    packet[..20].copy_from_slice(&[0; 20]);
    packet[0] = 0x45;
    packet[2..4].copy_from_slice(&(len as u16).to_be_bytes());
    packet[12..16].copy_from_slice(&[10, 0, 0, from]);
    packet[16..20].copy_from_slice(&[10, 0, 0, to]);
    packet[20..28].copy_from_slice(&serial.to_be_bytes());
    packet
}
