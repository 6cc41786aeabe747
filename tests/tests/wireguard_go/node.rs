//! Our side: a device, its socket in a namespace and its clock, which can be put forward.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use vpn_core::{
    CONTROL_LEN, Device, DeviceConfig, Discard, Event, HEADROOM, Inbound, Outbound, PeerConfig,
    PeerId, PresharedKey, PublicKey, SecretKey, Seed, TAILROOM, Time, Unix,
};

use super::PATIENCE;
use super::lab::THEIR_INNER;

/// What a device knows of wireguard-go, and how it is.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) secret: [u8; 32],
    pub(crate) peer: PublicKey,
    pub(crate) psk: Option<[u8; 32]>,
    pub(crate) endpoint: Option<SocketAddr>,
    pub(crate) mtu: u16,
    pub(crate) seed: u8,
}

pub(crate) struct Node {
    pub(crate) device: Device,
    pub(crate) peer: PeerId,
    pub(crate) socket: UdpSocket,
    pub(crate) events: Vec<Event>,
    /// Everything sent and received on the cable, and what came of the latter.
    pub(crate) sent: Vec<Vec<u8>>,
    pub(crate) received: Vec<Vec<u8>>,
    pub(crate) discards: Vec<Discard>,
    /// What came out of the tunnel.
    pub(crate) packets: Vec<Vec<u8>>,
    held: Vec<Vec<u8>>,
    start: Instant,
    skipped: Duration,
}

impl Node {
    pub(crate) fn new(settings: &Settings, socket: UdpSocket) -> Self {
        let config = DeviceConfig::new(SecretKey::from_bytes(settings.secret)).mtu(settings.mtu);
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let wall = Unix { secs: wall.as_secs(), nanos: wall.subsec_nanos() };
        let seed = Seed::from_bytes([settings.seed; 32]);
        let mut device = Device::new(config, seed, Time::default(), wall);
        let mut peer = PeerConfig::new(settings.peer);
        peer.preshared_key = settings.psk.map(PresharedKey::from_bytes);
        peer.endpoint = settings.endpoint;
        let peer = device.add_peer(Time::default(), peer).unwrap();
        for (address, len) in THEIR_INNER.into_iter().zip([32, 128]) {
            device.allow(peer, format!("{address}/{len}").parse().unwrap()).unwrap();
        }
        Self {
            device,
            peer,
            socket,
            events: Vec::new(),
            sent: Vec::new(),
            received: Vec::new(),
            discards: Vec::new(),
            packets: Vec::new(),
            held: Vec::new(),
            start: Instant::now(),
            skipped: Duration::ZERO,
        }
    }

    pub(crate) fn now(&self) -> Time {
        Time::default() + self.start.elapsed() + self.skipped
    }

    /// Puts our clock forward, and acts on what has become due.
    pub(crate) fn skip(&mut self, duration: Duration) {
        self.skipped += duration;
        self.handle_timeout();
    }

    pub(crate) fn is_up(&self) -> bool {
        self.device.is_up(self.peer).unwrap()
    }

    /// How many initiations were sent.
    pub(crate) fn initiations(&self) -> usize {
        self.sent.iter().filter(|datagram| datagram[0] == 1).count()
    }

    /// How many handshakes have led to a session.
    pub(crate) fn handshakes(&self) -> u64 {
        self.device.status(self.peer).unwrap().handshakes
    }

    /// Seals and sends a packet, or keeps it until there is a session.
    pub(crate) fn send(&mut self, packet: Vec<u8>) {
        let mut buf = vec![0; HEADROOM + packet.len() + TAILROOM];
        let range = HEADROOM..HEADROOM + packet.len();
        buf[range.clone()].copy_from_slice(&packet);
        match self.device.seal(self.now(), &mut buf, range).unwrap() {
            Outbound::Send(message) => {
                self.socket.send_to(message.datagram, message.to).unwrap();
                self.sent.push(message.datagram.to_vec());
            }
            Outbound::Held(_) => self.held.push(packet),
        }
        self.flush();
    }

    /// Lives until something holds.
    pub(crate) fn run_until(&mut self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(Instant::now() < end, "{what}: in vain; discards {:?}", self.discards);
            self.step(end);
        }
    }

    /// Lives for a while.
    pub(crate) fn run_for(&mut self, duration: Duration) {
        let end = Instant::now() + duration;
        while Instant::now() < end {
            self.step(end);
        }
    }

    /// Waits for a datagram or a deadline.
    fn step(&mut self, end: Instant) {
        let left = end.saturating_duration_since(Instant::now());
        let wait = self.device.poll_timeout().map_or(left, |at| at.since(self.now()).min(left));
        // Zero would mean for ever.
        self.socket.set_read_timeout(Some(wait.max(Duration::from_millis(1)))).unwrap();
        let mut buf = [0; 2048];
        match self.socket.recv_from(&mut buf) {
            Ok((len, from)) => self.receive(from, &mut buf[..len]),
            Err(error) => {
                let waited = [ErrorKind::WouldBlock, ErrorKind::TimedOut, ErrorKind::Interrupted];
                assert!(waited.contains(&error.kind()), "{error}");
            }
        }
        self.handle_timeout();
    }

    fn receive(&mut self, from: SocketAddr, datagram: &mut [u8]) {
        self.received.push(datagram.to_vec());
        match self.device.open(self.now(), from, datagram) {
            Ok(Inbound::Packet { packet, .. }) => self.packets.push(packet.to_vec()),
            Ok(Inbound::Keepalive(_) | Inbound::Control) => {}
            Err(discard) => self.discards.push(discard),
        }
        self.flush();
    }

    fn handle_timeout(&mut self) {
        let now = self.now();
        self.device.handle_timeout(now);
        self.flush();
        let timeout = self.device.poll_timeout();
        assert!(timeout.is_none_or(|at| at > now), "a deadline survives its handling");
    }

    /// Sends what the device has to say, and hears what it has to tell.
    fn flush(&mut self) {
        let mut out = [0; CONTROL_LEN];
        while let Some(message) = self.device.poll_transmit(self.now(), &mut out) {
            self.socket.send_to(message.datagram, message.to).unwrap();
            self.sent.push(message.datagram.to_vec());
        }
        while let Some(event) = self.device.poll_event() {
            self.events.push(event);
            if matches!(event, Event::Up(_)) {
                for packet in std::mem::take(&mut self.held) {
                    self.send(packet);
                }
            }
        }
    }
}
