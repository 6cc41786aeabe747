//! One member: a node and its socket.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use vpn_core::mesh::{
    Event, HEADROOM, Inbound, MemberId, NetworkKey, Node, NodeConfig, Outbound, SigningKey,
    TAILROOM, TRANSMIT_LEN,
};
use vpn_core::{SecretKey, Seed};

use crate::clock::{Clock, tunnel_time};
use crate::failure::Failure;
use crate::random;

/// The longest datagram that is read.
const MAX_DATAGRAM: usize = 2048;
/// The length of a packet that is sent: an IPv4 header and a number.
const PACKET_LEN: usize = 24;

/// A node, its socket, and what it was sent.
pub struct Member {
    node: Node,
    socket: UdpSocket,
    address: SocketAddr,
    inner: Ipv4Addr,
    /// Packets that wait for a tunnel.
    held: Vec<[u8; PACKET_LEN]>,
    /// The numbers in the packets that came.
    received: Vec<u32>,
}

impl Member {
    /// Binds a socket and makes a member with fresh keys, who has the overlay address 10.78.0.n.
    ///
    /// # Errors
    ///
    /// [`Failure::Bind`] without a socket, [`Failure::Tunnel`] if the node cannot be made.
    pub fn found(network: &NetworkKey, number: u8, clock: Clock) -> Result<Member, Failure> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Failure::Bind)?;
        socket.set_nonblocking(true).map_err(Failure::Bind)?;
        let address = socket.local_addr().map_err(Failure::Bind)?;
        let inner = Ipv4Addr::new(10, 78, 0, number);
        let config = NodeConfig::with_network_key(
            network,
            SigningKey::from_bytes(random::bytes()?),
            SecretKey::from_bytes(random::bytes()?),
        );
        let config = config.net(IpAddr::from(inner).into()).endpoint(address);
        let (now, seed) = (clock.now(), Seed::from_bytes(random::bytes()?));
        let node = Node::new(config, seed, tunnel_time(now), clock.unix(now));
        let node = node.map_err(Failure::tunnel)?;
        Ok(Member { node, socket, address, inner, held: Vec::new(), received: Vec::new() })
    }

    /// Asks to be let in by whoever is at an address.
    ///
    /// # Errors
    ///
    /// [`Failure::Tunnel`] if the node has no network key.
    pub fn join(&mut self, now: Duration, at: SocketAddr) -> Result<(), Failure> {
        self.node.join(tunnel_time(now), at).map_err(Failure::tunnel)
    }

    /// Sends a packet with a number in it to the overlay address of another.
    ///
    /// # Errors
    ///
    /// [`Failure::Tunnel`] if nobody is known to have the address.
    pub fn send(&mut self, now: Duration, to: Ipv4Addr, number: u32) -> Result<(), Failure> {
        let mut packet = [0; PACKET_LEN];
        packet[..4].copy_from_slice(&[0x45, 0, 0, PACKET_LEN as u8]);
        packet[8..10].copy_from_slice(&[64, 17]);
        packet[12..16].copy_from_slice(&self.inner.octets());
        packet[16..20].copy_from_slice(&to.octets());
        packet[20..].copy_from_slice(&number.to_be_bytes());
        self.seal(now, packet)
    }

    /// Does what there is to do: reads the socket, lets time pass, writes.
    ///
    /// # Errors
    ///
    /// [`Failure::System`] if the socket fails.
    pub fn turn(&mut self, now: Duration) -> Result<(), Failure> {
        let mut datagram = [0; MAX_DATAGRAM];
        loop {
            match self.socket.recv_from(&mut datagram) {
                Ok((length, from)) => {
                    // What cannot be opened is counted by the node.
                    let opened = self.node.open(tunnel_time(now), from, &mut datagram[..length]);
                    match opened {
                        Ok(Inbound::Packet(packet)) => {
                            let number = packet.last_chunk().map(|last| u32::from_be_bytes(*last));
                            self.received.extend(number);
                        }
                        Ok(Inbound::Forward(sent)) => {
                            // What cannot be sent is lost like any datagram.
                            let _ = self.socket.send_to(sent.datagram, sent.to);
                        }
                        Ok(Inbound::Control) | Err(_) => {}
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // On loopback, a member that has left shows as a refusal.
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(source) => {
                    return Err(Failure::System { action: "read from a UDP socket", source });
                }
            }
        }
        self.node.handle_timeout(tunnel_time(now));
        self.speak(now)
    }

    /// Tells the others that it leaves.
    ///
    /// # Errors
    ///
    /// [`Failure::Tunnel`] if what is held cannot be sealed.
    pub fn leave(mut self, now: Duration) -> Result<(), Failure> {
        self.node.leave(tunnel_time(now));
        self.speak(now)
    }

    /// Where its socket is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address in the overlay.
    pub fn inner(&self) -> Ipv4Addr {
        self.inner
    }

    /// Who it is.
    pub fn id(&self) -> MemberId {
        self.node.id()
    }

    /// Whether it knows exactly these and itself.
    pub fn knows_exactly(&self, members: &[MemberId]) -> bool {
        let known: Vec<_> = self.node.members().map(|member| member.record.member()).collect();
        let others = members.iter().filter(|id| **id != self.id());
        known.len() + 1 == members.len() && others.into_iter().all(|id| known.contains(id))
    }

    /// Whether the packet with this number has come.
    pub fn has_received(&self, number: u32) -> bool {
        self.received.contains(&number)
    }

    fn seal(&mut self, now: Duration, packet: [u8; PACKET_LEN]) -> Result<(), Failure> {
        let mut buf = [0; HEADROOM + PACKET_LEN + TAILROOM];
        let range = HEADROOM..HEADROOM + PACKET_LEN;
        buf[range.clone()].copy_from_slice(&packet);
        match self.node.seal(tunnel_time(now), &mut buf, range).map_err(Failure::tunnel)? {
            Outbound::Send(sent) => {
                let _ = self.socket.send_to(sent.datagram, sent.to);
            }
            Outbound::Held(_) => self.held.push(packet),
            // Not these, of 24 bytes; whoever has a TUN device writes the answer to it.
            Outbound::TooBig { .. } => {}
        }
        Ok(())
    }

    /// Sends what the node has to say, and the packets that it can send from now on.
    fn speak(&mut self, now: Duration) -> Result<(), Failure> {
        let mut out = [0; TRANSMIT_LEN];
        while let Some(sent) = self.node.poll_transmit(tunnel_time(now), &mut out) {
            // What cannot be sent is lost like any datagram; the node tries again.
            let _ = self.socket.send_to(sent.datagram, sent.to);
        }
        while let Some(event) = self.node.poll_event() {
            if let Event::Up(_) = event {
                let held = std::mem::take(&mut self.held);
                held.into_iter().try_for_each(|packet| self.seal(now, packet))?;
            }
        }
        Ok(())
    }
}
