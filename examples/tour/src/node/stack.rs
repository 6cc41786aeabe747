//! A node's own TCP/IP: smoltcp between IP packets on one side and sockets on the other.
//!
//! It does no I/O. The node hands in each packet that the tunnels opened and takes out the
//! packets that are to be sealed; they lie in buffers with room for the tunnel's header and tag,
//! so that they are sealed where they were written.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::ops::Range;
use std::time::Duration;

use smoltcp::iface::{Config, Interface, PollResult, SocketHandle, SocketSet};
use smoltcp::phy::{self, DeviceCapabilities, Medium};
use smoltcp::socket::{AnySocket, tcp};
use smoltcp::wire::{HardwareAddress, IpCidr, Ipv4Address};
use vpn_core::{HEADROOM, TAILROOM};

use crate::clock::stack_time;
use crate::failure::Failure;

/// The largest IP packet, as is usual for a tunnel over Ethernet.
pub const MTU: u16 = 1420;

/// One IP packet on its way out, with room around it.
#[derive(Debug)]
pub struct Packet {
    buffer: Vec<u8>,
    length: usize,
}

impl Packet {
    /// Returns a packet of these bytes.
    #[cfg(test)]
    pub fn of(bytes: &[u8]) -> Packet {
        let buffer = [&[0; HEADROOM], bytes, &[0; TAILROOM]].concat();
        Packet { buffer, length: bytes.len() }
    }

    /// Returns the whole buffer and where in it the packet lies.
    pub fn parts(&mut self) -> (&mut [u8], Range<usize>) {
        (&mut self.buffer, HEADROOM..HEADROOM + self.length)
    }
}

/// Addresses, sockets and packets on their way out.
pub struct Stack {
    interface: Interface,
    sockets: SocketSet<'static>,
    outbox: Outbox,
    next_port: u16,
}

impl Stack {
    /// Returns a stack that owns `addresses`; `seed` makes its sequence numbers unpredictable.
    ///
    /// # Errors
    ///
    /// [`Failure::Tunnel`] with more addresses than smoltcp was built for (the feature
    /// `iface-max-addr-count` of this package).
    pub fn new(addresses: &[Ipv4Addr], seed: u64, now: Duration) -> Result<Stack, Failure> {
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = seed;
        let mut outbox = Outbox::default();
        let port = &mut Port { arriving: None, outbox: &mut outbox };
        let mut interface = Interface::new(config, port, stack_time(now));
        let mut fitted = true;
        interface.update_ip_addrs(|owned| {
            let mut cidrs = addresses.iter().map(|address| IpCidr::new((*address).into(), 32));
            fitted = cidrs.all(|cidr| owned.push(cidr).is_ok());
        });
        if !fitted {
            return Err(Failure::tunnel("a node has too many addresses"));
        }
        // On a medium without neighbours the gateway's address is never used.
        let _ = interface.routes_mut().add_default_ipv4_route(Ipv4Address::UNSPECIFIED);
        let sockets = SocketSet::new(Vec::new());
        Ok(Stack { interface, sockets, outbox, next_port: FIRST_PORT })
    }

    /// Adds a socket and returns its handle.
    pub fn add<S: AnySocket<'static>>(&mut self, socket: S) -> SocketHandle {
        self.sockets.add(socket)
    }

    /// Adds a closed TCP socket with buffers of `window` bytes in each direction.
    pub fn add_tcp(&mut self, window: usize) -> SocketHandle {
        let buffer = || tcp::SocketBuffer::new(vec![0; window]);
        let mut socket = tcp::Socket::new(buffer(), buffer());
        // Requests and the ends of answers are written whole: nothing is worth waiting for.
        socket.set_nagle_enabled(false);
        // Packets are taken in by batches, so there are few acknowledgements without a delay, and
        // the end of an answer is known when it has arrived.
        socket.set_ack_delay(None);
        self.add(socket)
    }

    /// Returns the socket of a handle that [`Stack::add`] returned.
    pub fn socket<S: AnySocket<'static>>(&mut self, handle: SocketHandle) -> &mut S {
        self.sockets.get_mut(handle)
    }

    /// Opens a connection of the TCP socket `handle`.
    ///
    /// # Errors
    ///
    /// When the socket is in use already or an address is unspecified.
    pub fn connect(
        &mut self,
        handle: SocketHandle,
        from: Ipv4Addr,
        to: (Ipv4Addr, u16),
    ) -> Result<(), tcp::ConnectError> {
        let port = self.next_port;
        self.next_port = port.checked_add(1).unwrap_or(FIRST_PORT);
        let socket: &mut tcp::Socket<'static> = self.sockets.get_mut(handle);
        socket.connect(self.interface.context(), to, (from, port))
    }

    /// Takes in one IP packet; answers wait in the sockets until [`Stack::transmit`].
    pub fn receive(&mut self, now: Duration, packet: &[u8]) {
        let mut port = Port { arriving: Some(packet), outbox: &mut self.outbox };
        self.interface.poll_ingress_single(stack_time(now), &mut port, &mut self.sockets);
    }

    /// Lets the sockets write what is due, and passes each packet to `send`.
    pub fn transmit(&mut self, now: Duration, mut send: impl FnMut(&mut Packet)) {
        let now = stack_time(now);
        loop {
            let mut port = Port { arriving: None, outbox: &mut self.outbox };
            let wrote = self.interface.poll_egress(now, &mut port, &mut self.sockets);
            while let Some(mut packet) = self.outbox.packets.pop_front() {
                send(&mut packet);
                self.outbox.spare.push(packet.buffer);
            }
            if wrote == PollResult::None {
                return;
            }
        }
    }

    /// Returns how long the node may sleep unless a packet arrives; `None` is for ever.
    pub fn timeout(&mut self, now: Duration) -> Option<Duration> {
        self.interface.poll_delay(stack_time(now), &self.sockets).map(Duration::from)
    }
}

/// Packets that wait to be sealed, and the buffers of those that were.
#[derive(Debug, Default)]
struct Outbox {
    packets: VecDeque<Packet>,
    spare: Vec<Vec<u8>>,
}

/// What smoltcp sees as a network device: at most one packet arriving, an outbox to write to.
struct Port<'a> {
    arriving: Option<&'a [u8]>,
    outbox: &'a mut Outbox,
}

impl phy::Device for Port<'_> {
    type RxToken<'b>
        = Arriving<'b>
    where
        Self: 'b;
    type TxToken<'b>
        = Leaving<'b>
    where
        Self: 'b;

    fn receive(
        &mut self,
        _: smoltcp::time::Instant,
    ) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        let packet = self.arriving.take()?;
        Some((Arriving(packet), Leaving(self.outbox)))
    }

    fn transmit(&mut self, _: smoltcp::time::Instant) -> Option<Self::TxToken<'_>> {
        (self.outbox.packets.len() < OUTBOX_LIMIT).then_some(Leaving(self.outbox))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = usize::from(MTU);
        capabilities
    }
}

struct Arriving<'a>(&'a [u8]);

impl phy::RxToken for Arriving<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

struct Leaving<'a>(&'a mut Outbox);

impl phy::TxToken for Leaving<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let mut buffer = self.0.spare.pop().unwrap_or_default();
        buffer.resize(HEADROOM + length.max(usize::from(MTU)) + TAILROOM, 0);
        let result = f(buffer.get_mut(HEADROOM..HEADROOM + length).unwrap_or_default());
        self.0.packets.push_back(Packet { buffer, length });
        result
    }
}

/// So many packets are sealed and sent at a time: few enough to stay in the cache.
const OUTBOX_LIMIT: usize = 32;

/// The first of the ephemeral ports (RFC 6335, section 6).
const FIRST_PORT: u16 = 49_152;
