//! One connection of the site and the request that is going on over it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp;

use crate::failure::Failure;
use crate::node::stack::Stack;
use crate::web::exchange::{Answer, End, Exchange, HEAD_LIMIT, Request};

/// One connection and the request that is going on over it.
#[derive(Debug)]
pub struct Connection {
    handle: SocketHandle,
    client: SocketAddr,
    received: Vec<u8>,
    state: State,
}

/// What is going on over a connection; each state follows on the one before, and the last one is
/// followed by [`State::Idle`].
#[derive(Debug)]
enum State {
    /// Nobody is connected.
    Listening,
    /// No request has begun.
    Idle,
    /// The head is not complete; its first byte came at this time.
    Head(Duration),
    /// The request waits for a place.
    Queued(Exchange),
    /// The answer is being written.
    Answering(Exchange, Answer),
    /// The answer is written; the client has not acknowledged its last byte.
    Draining(Exchange),
}

impl Connection {
    /// Returns a connection that waits for a client.
    ///
    /// # Errors
    ///
    /// [`Failure::Site`] when the stack does not listen.
    pub fn listen(stack: &mut Stack) -> Result<Connection, Failure> {
        let handle = stack.add_tcp(WINDOW);
        stack.socket::<tcp::Socket<'_>>(handle).listen(SITE_PORT).map_err(Failure::site)?;
        let client = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        Ok(Connection { handle, client, received: Vec::new(), state: State::Listening })
    }

    /// Returns the handle of the connection's socket.
    pub fn handle(&self) -> SocketHandle {
        self.handle
    }

    /// Returns who is connected, or was last.
    pub fn client(&self) -> SocketAddr {
        self.client
    }

    /// Tells whether somebody is connected.
    pub fn is_open(&self) -> bool {
        !matches!(self.state, State::Listening)
    }

    /// Tells whether no request is going on.
    pub fn is_at_rest(&self) -> bool {
        matches!(self.state, State::Listening | State::Idle)
    }

    /// Tells whether a page is being written.
    pub fn holds_place(&self) -> bool {
        matches!(&self.state, State::Answering(exchange, _) if exchange.placed.is_some())
    }

    /// Listens again if the client is gone; returns the exchange that it broke off.
    ///
    /// # Errors
    ///
    /// [`Failure::Site`] when the stack does not listen.
    pub fn lose(&mut self, socket: &mut tcp::Socket<'_>) -> Result<Option<Exchange>, Failure> {
        if socket.is_active() || matches!(self.state, State::Listening) {
            return Ok(None);
        }
        socket.abort();
        socket.listen(SITE_PORT).map_err(Failure::site)?;
        self.received.clear();
        match std::mem::replace(&mut self.state, State::Listening) {
            State::Listening | State::Idle | State::Head(_) => Ok(None),
            State::Queued(exchange) | State::Answering(exchange, _) | State::Draining(exchange) => {
                Ok(Some(Exchange { end: End::Aborted, ..exchange }))
            }
        }
    }

    /// Returns the exchange if its answer has arrived whole.
    pub fn drain(&mut self, socket: &mut tcp::Socket<'_>) -> Option<Exchange> {
        if !matches!(self.state, State::Draining(_)) || socket.send_queue() > 0 {
            return None;
        }
        let State::Draining(exchange) = std::mem::replace(&mut self.state, State::Idle) else {
            return None;
        };
        if exchange.request.as_ref().is_none_or(Request::is_last) {
            socket.close();
        }
        Some(exchange)
    }

    /// Reads on, and returns a request that is complete, or why it can never be.
    ///
    /// # Errors
    ///
    /// [`Failure::Site`] when the stack fails.
    pub fn receive(
        &mut self,
        socket: &mut tcp::Socket<'_>,
        now: Duration,
    ) -> Result<Option<Result<Request, String>>, Failure> {
        if matches!(self.state, State::Listening) {
            let Some(client) = socket.remote_endpoint() else { return Ok(None) };
            self.client = SocketAddr::new(IpAddr::from(client.addr), client.port);
            self.state = State::Idle;
        }
        if !matches!(self.state, State::Idle | State::Head(_)) || !socket.may_send() {
            return Ok(None);
        }
        while socket.can_recv() && self.received.len() < HEAD_LIMIT {
            let room = HEAD_LIMIT - self.received.len();
            socket
                .recv(|bytes| {
                    let bytes = bytes.get(..bytes.len().min(room)).unwrap_or_default();
                    self.received.extend_from_slice(bytes);
                    (bytes.len(), ())
                })
                .map_err(Failure::site)?;
        }
        if self.received.is_empty() {
            if !socket.may_recv() {
                socket.close();
            }
            return Ok(None);
        }
        if matches!(self.state, State::Idle) {
            self.state = State::Head(now);
        }
        Ok(match Request::parse(&self.received) {
            Ok(None) if !socket.may_recv() => {
                self.received.clear();
                Some(Err("the head ends early".to_owned()))
            }
            Ok(None) => None,
            Ok(Some((request, size))) => {
                self.received.drain(..size);
                Some(Ok(request))
            }
            Err(why) => {
                self.received.clear();
                Some(Err(why))
            }
        })
    }

    /// Lets the request that was just received wait for a place behind `ahead` others.
    pub fn queue(&mut self, request: Request, ahead: usize, now: Duration) {
        self.state = State::Queued(Exchange { ahead, ..self.exchange(Some(request), now) });
    }

    /// Answers the request that was just received, `None` for a malformed one, with a refusal.
    pub fn refuse(&mut self, request: Option<Request>, status: u16, now: Duration) {
        let exchange = Exchange { status, end: End::Refused, ..self.exchange(request, now) };
        self.state = State::Answering(exchange, Answer::refusal(status));
    }

    /// Gives the waiting request, if there is one, its place.
    pub fn place(&mut self, now: Duration) {
        self.state = match std::mem::replace(&mut self.state, State::Idle) {
            State::Queued(exchange) => {
                let target = exchange.request.as_ref().map_or("/", |request| &request.target);
                let answer = Answer::page(target);
                State::Answering(Exchange { placed: Some(now), ..exchange }, answer)
            }
            state @ (State::Listening
            | State::Idle
            | State::Head(_)
            | State::Answering(..)
            | State::Draining(_)) => state,
        };
    }

    /// Writes as much of the answer as there is room for.
    ///
    /// # Errors
    ///
    /// [`Failure::Site`] when the stack fails.
    pub fn answer(&mut self, socket: &mut tcp::Socket<'_>, now: Duration) -> Result<(), Failure> {
        let State::Answering(exchange, answer) = &mut self.state else { return Ok(()) };
        while socket.can_send() && answer.left() > 0 {
            let written = socket
                .send(|room| {
                    let written = answer.fill(room);
                    (written, written)
                })
                .map_err(Failure::site)?;
            exchange.answered.get_or_insert(now);
            exchange.bytes += written as u64;
        }
        if answer.left() == 0
            && let State::Answering(exchange, _) = std::mem::replace(&mut self.state, State::Idle)
        {
            self.state = State::Draining(exchange);
        }
        Ok(())
    }

    fn exchange(&self, request: Option<Request>, now: Duration) -> Exchange {
        let begun = if let State::Head(begun) = self.state { begun } else { now };
        Exchange {
            client: self.client,
            request,
            begun,
            complete: now,
            placed: None,
            answered: None,
            ahead: 0,
            status: 200,
            bytes: 0,
            end: End::Complete,
        }
    }
}

/// The port of the site.
pub const SITE_PORT: u16 = 80;

/// The send buffer of a connection; see [`crate::web::visit`] for the other side.
const WINDOW: usize = 16 * 1024;
