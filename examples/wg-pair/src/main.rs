//! Two WireGuard-compatible devices over two UDP sockets on loopback: Alice sends packets, Bob sends
//! them back. The first thing for an embedder to copy, who has a TUN device in place of `packet`.

use std::error::Error;
use std::io::ErrorKind::{self, ConnectionReset, Interrupted, TimedOut, WouldBlock};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use vpn_core::{
    CONTROL_LEN, Device, DeviceConfig, Event, HEADROOM, Inbound, Outbound, PeerConfig, PublicKey,
    SecretKey, Seed, TAILROOM, Time, Unix,
};

const ALICE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const BOB: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const ROUNDS: u32 = 1000;
/// How long a packet is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// Nothing has come: a timeout by either name, a signal, on Windows a refusal of what was sent before.
const NOTHING: [ErrorKind; 4] = [WouldBlock, TimedOut, Interrupted, ConnectionReset];

type Failure = Box<dyn Error + Send + Sync>;

/// A device and what it lacks: a socket, a clock, and a place for packets that wait for a session.
struct Node {
    device: Device,
    socket: UdpSocket,
    start: Instant,
    held: Vec<Vec<u8>>,
}

impl Node {
    fn new() -> Result<Self, Failure> {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let wall = Unix { secs: wall.as_secs(), nanos: wall.subsec_nanos() };
        let config = DeviceConfig::new(SecretKey::from_bytes(random()?));
        let device = Device::new(config, Seed::from_bytes(random()?), Time::default(), wall);
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        Ok(Self { device, socket, start: Instant::now(), held: Vec::new() })
    }

    fn add_peer(&mut self, key: PublicKey, at: SocketAddr, inner: Ipv4Addr) -> Result<(), Failure> {
        let peer = self.device.add_peer(self.now(), PeerConfig::new(key).endpoint(at))?;
        Ok(self.device.allow(peer, format!("{inner}/32").parse()?)?)
    }

    fn now(&self) -> Time {
        Time::default() + self.start.elapsed()
    }

    /// Seals and sends an IP packet, or keeps it until there is a session.
    fn send(&mut self, packet: &[u8]) -> Result<(), Failure> {
        let mut buf = vec![0; HEADROOM + packet.len() + TAILROOM];
        let range = HEADROOM..HEADROOM + packet.len();
        buf[range.clone()].copy_from_slice(packet);
        match self.device.seal(self.now(), &mut buf, range)? {
            // What cannot be sent is lost like any datagram.
            Outbound::Send(message) => drop(self.socket.send_to(message.datagram, message.to)),
            Outbound::Held(_) => self.held.push(packet.to_vec()),
        }
        self.flush()
    }

    /// Lives until an IP packet has come, and returns it.
    fn receive(&mut self) -> Result<Vec<u8>, Failure> {
        let end = Instant::now() + PATIENCE;
        let mut buf = [0; 2048];
        while Instant::now() < end {
            let wait = self.device.poll_timeout().map_or(PATIENCE, |at| at.since(self.now()));
            // Zero would mean for ever.
            self.socket.set_read_timeout(Some(wait.clamp(Duration::from_millis(1), PATIENCE)))?;
            let received = match self.socket.recv_from(&mut buf) {
                // A discard is counted by the device, and nobody is to be answered.
                Ok((len, from)) => match self.device.open(self.now(), from, &mut buf[..len]) {
                    Ok(Inbound::Packet { packet, .. }) => Some(packet.to_vec()),
                    Ok(Inbound::Keepalive(_) | Inbound::Control) | Err(_) => None,
                },
                Err(error) if NOTHING.contains(&error.kind()) => None,
                Err(error) => return Err(error.into()),
            };
            // Behind each datagram, so that no stream of them keeps the timers waiting.
            self.device.handle_timeout(self.now());
            self.flush()?;
            if let Some(packet) = received {
                return Ok(packet);
            }
        }
        Err("no packet has come".into())
    }

    /// Sends what the device has to say, and hears what it has to tell.
    fn flush(&mut self) -> Result<(), Failure> {
        let mut out = [0; CONTROL_LEN];
        while let Some(message) = self.device.poll_transmit(self.now(), &mut out) {
            let _ = self.socket.send_to(message.datagram, message.to);
        }
        while let Some(event) = self.device.poll_event() {
            eprintln!("{}: {event:?}", self.socket.local_addr()?);
            let up = matches!(event, Event::Up(_));
            if up || matches!(event, Event::GaveUp(_)) {
                let held = std::mem::take(&mut self.held);
                held.iter().filter(|_| up).try_for_each(|packet| self.send(packet))?;
            }
        }
        Ok(())
    }
}

/// 32 bytes from the system's random source.
fn random() -> Result<[u8; 32], Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// An IPv4 packet of 64 bytes from Alice to Bob that carries a number.
fn packet(number: u32) -> [u8; 64] {
    let mut packet = [0; 64];
    packet[..4].copy_from_slice(&[0x45, 0, 0, 64]);
    packet[12..16].copy_from_slice(&ALICE.octets());
    packet[16..20].copy_from_slice(&BOB.octets());
    packet[20..24].copy_from_slice(&number.to_be_bytes());
    packet
}

fn main() -> Result<(), Failure> {
    let (mut alice, mut bob) = (Node::new()?, Node::new()?);
    alice.add_peer(bob.device.public_key(), bob.socket.local_addr()?, BOB)?;
    bob.add_peer(alice.device.public_key(), alice.socket.local_addr()?, ALICE)?;
    let echo = thread::spawn(move || -> Result<(), Failure> {
        for _ in 0..ROUNDS {
            let mut packet = bob.receive()?;
            // Source and destination change places.
            packet[12..20].rotate_left(4);
            bob.send(&packet)?;
        }
        Ok(())
    });
    let start = Instant::now();
    for number in 0..ROUNDS {
        alice.send(&packet(number))?;
        if alice.receive()?[20..] != packet(number)[20..] {
            return Err("another packet has come back".into());
        }
    }
    println!("{:?} there and back, handshake included", start.elapsed() / ROUNDS);
    echo.join().map_err(|_| "the echo has panicked")?
}
