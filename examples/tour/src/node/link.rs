//! A node's way to the others: one UDP socket, one tunnel device, and a table of its peers.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::ops::Range;
use std::time::Duration;

use ipnet::IpNet;
use vpn_core::{
    CONTROL_LEN, Device, DeviceConfig, Event, Inbound, Outbound, PeerConfig, PeerId, PublicKey,
    SecretKey, Seed,
};

use crate::clock::{Clock, tunnel_time};
use crate::failure::Failure;
use crate::node::peer::{Peer, Traffic};
use crate::node::stack::{MTU, Packet};
use crate::random;

/// The socket, the device and the peers of a node.
pub struct Link {
    socket: UdpSocket,
    device: Device,
    clock: Clock,
    peers: Vec<Peer>,
    held: VecDeque<(PeerId, Vec<u8>, Range<usize>)>,
    buffer: Vec<u8>,
    dropped: u64,
}

impl Link {
    /// Binds a socket on 127.0.0.1, the port chosen by the system, and makes a device for it.
    ///
    /// # Errors
    ///
    /// [`Failure::Bind`] without a socket, [`Failure::System`] without randomness.
    pub fn bind(secret: SecretKey, clock: Clock) -> Result<Link, Failure> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Failure::Bind)?;
        socket.set_nonblocking(true).map_err(Failure::Bind)?;
        let seed = Seed::from_bytes(random::bytes()?);
        let now = clock.now();
        let config = DeviceConfig::new(secret).mtu(MTU);
        let device = Device::new(config, seed, tunnel_time(now), clock.unix(now));
        let buffer = vec![0; usize::from(u16::MAX)];
        Ok(Link {
            socket,
            device,
            clock,
            peers: Vec::new(),
            held: VecDeque::new(),
            buffer,
            dropped: 0,
        })
    }

    /// Returns the socket's address.
    ///
    /// # Errors
    ///
    /// [`Failure::Bind`] when the system does not tell it.
    pub fn address(&self) -> Result<SocketAddr, Failure> {
        self.socket.local_addr().map_err(Failure::Bind)
    }

    /// Returns the key that names this node.
    pub fn key(&self) -> PublicKey {
        self.device.public_key()
    }

    /// Returns all peers, in the order in which they were added.
    pub fn peers(&self) -> &[Peer] {
        &self.peers
    }

    /// Returns how many datagrams and packets were dropped, whatever the reason.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Adds a peer and routes its prefixes to it; with an endpoint it is dialled at once.
    ///
    /// # Errors
    ///
    /// [`Failure::Tunnel`] when the device does not take the peer.
    pub fn add(
        &mut self,
        key: PublicKey,
        endpoint: Option<SocketAddr>,
        nets: &[IpNet],
    ) -> Result<(), Failure> {
        let mut config = PeerConfig::new(key);
        config.endpoint = endpoint;
        let now = self.clock.now();
        let id = self.device.add_peer(tunnel_time(now), config).map_err(Failure::tunnel)?;
        for &net in nets {
            self.device.allow(id, net).map_err(Failure::tunnel)?;
        }
        let mut dialled = None;
        if endpoint.is_some() {
            self.device.initiate(tunnel_time(now), id).map_err(Failure::tunnel)?;
            dialled = Some(now);
        }
        let (sent, received) = (Traffic::default(), Traffic::default());
        self.peers.push(Peer {
            id,
            key,
            nets: nets.to_vec(),
            endpoint,
            dialled,
            up: None,
            sent,
            received,
        });
        Ok(())
    }

    /// Does what is due: timers, handshakes, and packets that waited for one. Returns the keys of
    /// the peers whose first session now stands.
    ///
    /// # Errors
    ///
    /// [`Failure::System`] when the socket refuses for good.
    pub fn handle(&mut self, now: Duration) -> Result<Vec<PublicKey>, Failure> {
        self.device.handle_timeout(tunnel_time(now));
        let mut out = [0; CONTROL_LEN];
        while let Some(transmit) = self.device.poll_transmit(tunnel_time(now), &mut out) {
            send_to(&self.socket, transmit.datagram, transmit.to)?;
        }
        let mut linked = Vec::new();
        while let Some(event) = self.device.poll_event() {
            match event {
                Event::Up(id) => {
                    let endpoint = self.device.endpoint(id).map_err(Failure::tunnel)?;
                    if let Some(peer) = self.peer(id) {
                        peer.endpoint = endpoint;
                        if peer.up.is_none() {
                            peer.up = Some(now);
                            linked.push(peer.key);
                        }
                    }
                    self.release(id, now)?;
                }
                Event::Roamed(id, endpoint) => {
                    if let Some(peer) = self.peer(id) {
                        peer.endpoint = Some(endpoint);
                    }
                }
                Event::GaveUp(id) => self.held.retain(|(waiting, ..)| *waiting != id),
                // A peer without a session gets one with the next packet for it, and a stranger
                // is let in by a record of a member or not at all.
                Event::Down(_) | Event::UnknownInitiator(_) | _ => {}
            }
        }
        Ok(linked)
    }

    /// Seals an IP packet and sends it to the peer that its destination belongs to. Without a
    /// session the packet waits for the handshake that the device begins; without a peer it is
    /// dropped, as routers do.
    ///
    /// # Errors
    ///
    /// [`Failure::System`] when the socket refuses for good.
    pub fn send(&mut self, now: Duration, packet: &mut Packet) -> Result<(), Failure> {
        let (buffer, range) = packet.parts();
        if let Some(id) = self.seal(now, buffer, range.clone())? {
            if self.held.len() < HELD_LIMIT {
                self.held.push_back((id, buffer.to_vec(), range));
            } else {
                self.dropped += 1;
            }
        }
        Ok(())
    }

    /// Waits up to `wait` for datagrams and passes the packets in them to `deliver`, at most a
    /// batch of them.
    ///
    /// # Errors
    ///
    /// [`Failure::System`] when the socket refuses for good.
    pub fn receive(
        &mut self,
        wait: Duration,
        mut deliver: impl FnMut(Duration, &[u8]),
    ) -> Result<(), Failure> {
        let failed = |source| Failure::System { action: "receive from a UDP socket", source };
        let mut first = self.socket.recv_from(&mut self.buffer);
        if wait > Duration::ZERO
            && matches!(&first, Err(error) if error.kind() == ErrorKind::WouldBlock)
        {
            self.socket.set_nonblocking(false).map_err(failed)?;
            let wait = wait.clamp(Duration::from_micros(1), LONGEST_SLEEP);
            self.socket.set_read_timeout(Some(wait)).map_err(failed)?;
            first = self.socket.recv_from(&mut self.buffer);
            self.socket.set_nonblocking(true).map_err(failed)?;
        }
        let mut arrived = first;
        for left in (0..BATCH).rev() {
            match arrived {
                Ok((size, from)) => self.open(size, from, &mut deliver),
                Err(error) if is_nothing(error.kind()) => break,
                Err(error) if is_echo(error.kind()) => {}
                Err(error) => return Err(failed(error)),
            }
            if left == 0 {
                break;
            }
            arrived = self.socket.recv_from(&mut self.buffer);
        }
        Ok(())
    }

    /// Returns how long the node may sleep unless a datagram arrives; `None` is for ever.
    pub fn timeout(&self, now: Duration) -> Option<Duration> {
        let due = Duration::from_nanos(self.device.poll_timeout()?.as_nanos());
        Some(due.saturating_sub(now))
    }

    fn open(&mut self, size: usize, from: SocketAddr, deliver: &mut impl FnMut(Duration, &[u8])) {
        let Some(datagram) = self.buffer.get_mut(..size).filter(|datagram| !datagram.is_empty())
        else {
            // An empty datagram only wakes the node.
            return;
        };
        let now = self.clock.now();
        match self.device.open(tunnel_time(now), from, datagram) {
            Ok(Inbound::Packet { peer: id, packet }) => {
                if let Some(peer) = self.peers.iter_mut().find(|peer| peer.id == id) {
                    peer.received.add(size);
                }
                deliver(now, packet);
            }
            Ok(Inbound::Keepalive(_) | Inbound::Control) => {}
            Err(_) => self.dropped += 1,
        }
    }

    /// Seals and sends `buffer[range]`; returns the peer if there is no session yet.
    fn seal(
        &mut self,
        now: Duration,
        buffer: &mut [u8],
        range: Range<usize>,
    ) -> Result<Option<PeerId>, Failure> {
        match self.device.seal(tunnel_time(now), buffer, range) {
            Ok(Outbound::Send(transmit)) => {
                send_to(&self.socket, transmit.datagram, transmit.to)?;
                if let Some(peer) = self.peers.iter_mut().find(|peer| peer.id == transmit.peer) {
                    peer.sent.add(transmit.datagram.len());
                }
                Ok(None)
            }
            Ok(Outbound::Held(id)) => Ok(Some(id)),
            Err(_) => {
                self.dropped += 1;
                Ok(None)
            }
        }
    }

    fn peer(&mut self, id: PeerId) -> Option<&mut Peer> {
        self.peers.iter_mut().find(|peer| peer.id == id)
    }

    fn release(&mut self, id: PeerId, now: Duration) -> Result<(), Failure> {
        for _ in 0..self.held.len() {
            let Some((waiting, mut buffer, range)) = self.held.pop_front() else { break };
            if waiting == id {
                self.seal(now, &mut buffer, range)?;
            } else {
                self.held.push_back((waiting, buffer, range));
            }
        }
        Ok(())
    }
}

/// Sends a datagram; one that the system has no room for is lost, as on any network.
fn send_to(socket: &UdpSocket, datagram: &[u8], to: SocketAddr) -> Result<(), Failure> {
    match socket.send_to(datagram, to) {
        Ok(_) => Ok(()),
        Err(error) if is_nothing(error.kind()) || is_echo(error.kind()) => Ok(()),
        Err(source) => Err(Failure::System { action: "send to a UDP socket", source }),
    }
}

/// Nothing could be done in the time there was.
fn is_nothing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// Some systems report with the next call that an earlier datagram met a closed port.
fn is_echo(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused)
}

/// So many packets wait for a session.
const HELD_LIMIT: usize = 64;

/// So many datagrams are opened before the node looks at anything else.
const BATCH: usize = 64;

/// A node looks around this often even if nothing is due.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: [u8; 4] = [10, 66, 0, 1];
    const THERE: [u8; 4] = [10, 66, 0, 2];

    fn net(address: [u8; 4]) -> IpNet {
        IpNet::new(address.into(), 32).unwrap()
    }

    /// An IPv4 packet with no more in it than a tunnel looks at.
    fn packet(from: [u8; 4], to: [u8; 4], payload: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0];
        packet.extend([from, to].concat());
        packet.extend(payload);
        packet[3] = packet.len() as u8;
        packet
    }

    /// Two links, of which the first dials the second.
    fn pair() -> (Link, Link) {
        let clock = Clock::start();
        let mut here = Link::bind(SecretKey::from_bytes([1; 32]), clock).unwrap();
        let mut there = Link::bind(SecretKey::from_bytes([2; 32]), clock).unwrap();
        there.add(here.key(), None, &[net(HERE)]).unwrap();
        here.add(there.key(), Some(there.address().unwrap()), &[net(THERE)]).unwrap();
        (here, there)
    }

    /// Lets a link work until nothing has arrived for a while; returns the packets.
    fn settle(link: &mut Link) -> (Vec<PublicKey>, Vec<Vec<u8>>) {
        let mut packets = Vec::new();
        let mut linked = Vec::new();
        for _ in 0..3 {
            linked.extend(link.handle(link.clock.now()).unwrap());
            let deliver = |_, packet: &[u8]| packets.push(packet.to_vec());
            link.receive(Duration::from_millis(5), deliver).unwrap();
        }
        linked.extend(link.handle(link.clock.now()).unwrap());
        (linked, packets)
    }

    #[test]
    fn packet_waits_for_the_handshake_and_arrives() {
        let (mut here, mut there) = pair();
        let sent = packet(HERE, THERE, b"hello");

        here.send(here.clock.now(), &mut Packet::of(&sent)).unwrap();
        assert_eq!(here.held.len(), 1);
        settle(&mut here);
        settle(&mut there);
        let (linked, _) = settle(&mut here);
        let (linked_there, received) = settle(&mut there);

        assert_eq!((linked, linked_there), (vec![there.key()], vec![here.key()]));
        assert_eq!(received, [sent]);
        let (peer, peer_there) = (&here.peers()[0], &there.peers()[0]);
        assert_eq!(peer_there.endpoint, Some(here.address().unwrap()));
        assert_eq!((peer.sent.datagrams, peer_there.received), (1, peer.sent));
    }

    #[test]
    fn source_that_belongs_to_nobody_is_dropped() {
        let (mut here, mut there) = pair();
        let forged = packet([203, 0, 113, 7], THERE, b"hello");

        here.send(here.clock.now(), &mut Packet::of(&forged)).unwrap();
        settle(&mut here);
        settle(&mut there);
        settle(&mut here);
        let (_, received) = settle(&mut there);

        assert_eq!((received.len(), there.dropped()), (0, 1));
    }

    #[test]
    fn strangers_datagrams_are_dropped_and_an_empty_one_only_wakes() {
        let (_, mut there) = pair();
        let stranger = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();

        for datagram in [&b""[..], b"hello", &[1; 148], &[4; 64]] {
            stranger.send_to(datagram, there.address().unwrap()).unwrap();
        }
        let (_, received) = settle(&mut there);

        assert_eq!((received.len(), there.dropped()), (0, 3));
    }

    #[test]
    fn packet_for_nobody_is_dropped() {
        let (mut here, _) = pair();

        let nowhere = packet(HERE, [192, 0, 2, 1], b"hello");
        here.send(here.clock.now(), &mut Packet::of(&nowhere)).unwrap();

        assert_eq!((here.held.len(), here.dropped()), (0, 1));
    }
}
