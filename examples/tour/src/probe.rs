//! Two measurements of the tunnel: its round trip by ICMP echo, its throughput by one large
//! transfer over TCP.

use std::net::Ipv4Addr;
use std::sync::mpsc::Sender;
use std::time::Duration;

use smoltcp::iface::SocketHandle;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::socket::{icmp, tcp};
use smoltcp::wire::{Icmpv4Packet, Icmpv4Repr};

use crate::failure::Failure;
use crate::node::stack::Stack;
use crate::node::{News, Service};
use crate::web::page::Body;

/// Sends echo requests one after another and times the answers.
#[derive(Debug)]
pub struct Pinger {
    to: Ipv4Addr,
    handle: Option<SocketHandle>,
    sequence: u16,
    sent: Option<Duration>,
    round_trips: Vec<Duration>,
    news: Option<Sender<News>>,
}

impl Pinger {
    /// Returns a pinger of `to` that tells all round trips when it has [`PINGS`] of them.
    pub fn new(to: Ipv4Addr, news: Sender<News>) -> Pinger {
        let round_trips = Vec::with_capacity(PINGS);
        Pinger { to, handle: None, sequence: 0, sent: None, round_trips, news: Some(news) }
    }
}

impl Service for Pinger {
    fn poll(&mut self, now: Duration, stack: &mut Stack) -> Result<Option<Duration>, Failure> {
        if self.news.is_none() {
            return Ok(None);
        }
        let handle = match self.handle {
            Some(handle) => handle,
            None => {
                let buffer =
                    || icmp::PacketBuffer::new(vec![icmp::PacketMetadata::EMPTY; 4], vec![0; 1024]);
                let mut socket = icmp::Socket::new(buffer(), buffer());
                socket.bind(icmp::Endpoint::Ident(IDENT)).map_err(Failure::probe)?;
                *self.handle.insert(stack.add(socket))
            }
        };
        let socket: &mut icmp::Socket<'static> = stack.socket(handle);
        while let Ok((message, from)) = socket.recv() {
            let Ok(packet) = Icmpv4Packet::new_checked(message) else { continue };
            let reply = Icmpv4Repr::parse(&packet, &ChecksumCapabilities::default());
            let Ok(Icmpv4Repr::EchoReply { seq_no, .. }) = reply else { continue };
            if from == self.to.into() && seq_no == self.sequence {
                self.round_trips.extend(self.sent.take().map(|sent| now.saturating_sub(sent)));
            }
        }
        if self.round_trips.len() >= PINGS {
            // Without a listener the story has failed, and its own error is the one to show.
            let round_trips = std::mem::take(&mut self.round_trips);
            let _ = self.news.take().map(|news| news.send(News::Pinged(round_trips)));
            return Ok(None);
        }
        if let Some(sent) = self.sent.filter(|sent| now < *sent + PATIENCE) {
            return Ok(Some(sent + PATIENCE));
        }
        self.sequence = self.sequence.wrapping_add(1);
        let echo =
            Icmpv4Repr::EchoRequest { ident: IDENT, seq_no: self.sequence, data: &[0x5a; 56] };
        let room = socket.send(echo.buffer_len(), self.to.into()).map_err(Failure::probe)?;
        echo.emit(&mut Icmpv4Packet::new_unchecked(room), &ChecksumCapabilities::default());
        self.sent = Some(now);
        Ok(Some(now + PATIENCE))
    }
}

/// Sends the large body to whoever connects, then closes.
#[derive(Debug, Default)]
pub struct Source {
    handle: Option<SocketHandle>,
    body: Option<Body>,
}

impl Service for Source {
    fn poll(&mut self, _: Duration, stack: &mut Stack) -> Result<Option<Duration>, Failure> {
        let Some(handle) = self.handle else {
            let handle = stack.add_tcp(WINDOW);
            stack.socket::<tcp::Socket<'_>>(handle).listen(PORT).map_err(Failure::probe)?;
            self.handle = Some(handle);
            self.body = Some(bulk());
            return Ok(None);
        };
        let socket: &mut tcp::Socket<'static> = stack.socket(handle);
        if let Some(body) = self.body.as_mut().filter(|_| socket.may_send()) {
            while body.left() > 0 && socket.can_send() {
                socket
                    .send(|room| {
                        let written = body.fill(room);
                        (written, ())
                    })
                    .map_err(Failure::probe)?;
            }
            if body.left() == 0 {
                socket.close();
                self.body = None;
            }
        }
        Ok(None)
    }
}

/// Receives the large body, checks it and times it.
#[derive(Debug)]
pub struct Sink {
    from: Ipv4Addr,
    source: Ipv4Addr,
    handle: Option<SocketHandle>,
    started: Option<Duration>,
    body: Body,
    news: Option<Sender<News>>,
}

impl Sink {
    /// Returns a receiver at `from` that fetches the body from `source` and tells how long it
    /// took from the first byte to the last.
    pub fn new(from: Ipv4Addr, source: Ipv4Addr, news: Sender<News>) -> Sink {
        Sink { from, source, handle: None, started: None, body: bulk(), news: Some(news) }
    }
}

impl Service for Sink {
    fn poll(&mut self, now: Duration, stack: &mut Stack) -> Result<Option<Duration>, Failure> {
        let Some(handle) = self.handle else {
            let handle = stack.add_tcp(WINDOW);
            stack.connect(handle, self.from, (self.source, PORT)).map_err(Failure::probe)?;
            self.handle = Some(handle);
            return Ok(None);
        };
        let socket: &mut tcp::Socket<'static> = stack.socket(handle);
        while socket.can_recv() {
            self.started.get_or_insert(now);
            let right = socket
                .recv(|bytes| (bytes.len(), self.body.matches(bytes)))
                .map_err(Failure::probe)?;
            if !right {
                return Err(Failure::probe("the large transfer has other bytes"));
            }
        }
        if self.body.left() == 0 {
            if let (Some(news), Some(started)) = (self.news.take(), self.started) {
                socket.close();
                let took = now.saturating_sub(started);
                let _ = news.send(News::Carried { bytes: BULK, took });
            }
        } else if !socket.is_open() {
            return Err(Failure::probe("the large transfer broke off"));
        }
        Ok(None)
    }
}

fn bulk() -> Body {
    Body::new(u64::from(PORT), BULK)
}

/// How many echo requests are answered for the median.
pub const PINGS: usize = 200;

/// An echo that takes longer is sent again.
const PATIENCE: Duration = Duration::from_millis(500);

/// Tells our echo replies from others'.
const IDENT: u16 = 0x7465;

/// The port of the large transfer.
const PORT: u16 = 9000;

/// The bytes of the large transfer.
const BULK: u64 = 64 << 20;

/// As much as the kernel queues for one UDP socket by default, see [`crate::web::visit`].
const WINDOW: usize = 96 * 1024;
