//! One visitor: a kept-alive connection over which one request follows another.
//!
//! Each answer's length and content is checked against the page that its path stands for.

use std::fmt::Display;
use std::net::Ipv4Addr;

use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp;

use crate::failure::Failure;
use crate::node::stack::Stack;
use crate::web::exchange::PAGE_TYPE;
use crate::web::page::{Body, Page};

/// One connection and what is going on over it.
#[derive(Debug)]
pub struct Visit {
    from: Ipv4Addr,
    handle: Option<SocketHandle>,
    outgoing: Vec<u8>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nothing is asked.
    Idle,
    /// The head of the answer is not complete.
    Head { target: String, received: Vec<u8> },
    /// The body is arriving.
    Body(Answer),
}

/// What one step of a visit came to.
pub enum Step {
    /// It waits for the network.
    Waiting,
    /// It got on, and another step may get further.
    Onward,
    /// An answer is complete; the proxy may have refused the request.
    Answered { denied: bool },
    /// The next request may begin.
    Free,
}

impl Visit {
    /// Returns a visit from an address, not yet connected.
    pub fn new(from: Ipv4Addr) -> Visit {
        Visit { from, handle: None, outgoing: Vec::new(), state: State::Idle }
    }

    /// Begins a request.
    pub fn ask(&mut self, target: String) {
        let head = format!("GET {target} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: tour\r\n\r\n");
        self.outgoing.extend_from_slice(head.as_bytes());
        self.state = State::Head { target, received: Vec::new() };
    }

    /// Goes on as far as the network allows without another request.
    ///
    /// # Errors
    ///
    /// [`Failure::Visit`] when the answer is not the right one or the connection is lost.
    pub fn step(&mut self, stack: &mut Stack, site: (Ipv4Addr, u16)) -> Result<Step, Failure> {
        if matches!(self.state, State::Idle) {
            return Ok(Step::Free);
        }
        let Some(handle) = self.handle else {
            let handle = stack.add_tcp(WINDOW);
            stack.connect(handle, self.from, site).map_err(|error| self.lost(error))?;
            self.handle = Some(handle);
            return Ok(Step::Waiting);
        };
        let socket: &mut tcp::Socket<'static> = stack.socket(handle);
        if socket.state() == tcp::State::SynSent {
            return Ok(Step::Waiting);
        }
        if !self.outgoing.is_empty() {
            let sent = socket.send_slice(&self.outgoing).map_err(|error| self.lost(error))?;
            self.outgoing.drain(..sent);
        }
        if let State::Body(answer) = &mut self.state {
            answer.read(socket)?;
            if answer.left == 0 {
                let step = Step::Answered { denied: answer.page.is_none() };
                self.state = State::Idle;
                return Ok(step);
            }
        }
        if !socket.can_recv() {
            return if socket.may_recv() {
                Ok(Step::Waiting)
            } else {
                Err(self.lost("the site closed it"))
            };
        }
        if let State::Head { target, received } = &mut self.state
            && let Some(answer) = read_head(socket, target, received)?
        {
            self.state = State::Body(answer);
        }
        Ok(Step::Onward)
    }

    fn lost(&self, why: impl Display) -> Failure {
        Failure::Visit(format!("the connection from {} was lost: {why}", self.from))
    }
}

/// An answer whose head has been read.
#[derive(Debug)]
struct Answer {
    target: String,
    left: u64,
    /// What the rest of the body must be; a refusal's text is the proxy's own.
    page: Option<Body>,
}

impl Answer {
    /// Takes in what has arrived of the body.
    fn read(&mut self, socket: &mut tcp::Socket<'_>) -> Result<(), Failure> {
        while self.left > 0 && socket.can_recv() {
            let received = socket.recv(|bytes| {
                let limit = usize::try_from(self.left).unwrap_or(usize::MAX);
                let bytes = bytes.get(..bytes.len().min(limit)).unwrap_or_default();
                (bytes.len(), self.take(bytes))
            });
            received.map_err(|error| Failure::Visit(format!("{}: {error}", self.target)))??;
        }
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.left = self.left.saturating_sub(bytes.len() as u64);
        if self.page.as_mut().is_none_or(|body| body.matches(bytes)) {
            Ok(())
        } else {
            Err(Failure::Visit(format!("the answer for {} has other bytes", self.target)))
        }
    }
}

/// Reads the head of an answer; `None` while it is incomplete.
fn read_head(
    socket: &mut tcp::Socket<'_>,
    target: &mut String,
    received: &mut Vec<u8>,
) -> Result<Option<Answer>, Failure> {
    let bad = |what: &str| Failure::Visit(format!("the answer for {target} {what}"));
    let room = HEAD_LIMIT.saturating_sub(received.len());
    socket
        .recv(|bytes| {
            let bytes = bytes.get(..bytes.len().min(room)).unwrap_or_default();
            received.extend_from_slice(bytes);
            (bytes.len(), ())
        })
        .map_err(|error| bad(&format!("ended early: {error}")))?;
    let mut headers = [httparse::EMPTY_HEADER; 16];
    let mut head = httparse::Response::new(&mut headers);
    let status = head.parse(received).map_err(|error| bad(&format!("is not HTTP: {error}")))?;
    let httparse::Status::Complete(size) = status else {
        return if room == 0 { Err(bad("has too long a head")) } else { Ok(None) };
    };
    let value = |name: &str| {
        let named = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        named.and_then(|header| str::from_utf8(header.value).ok())
    };
    let length = value("content-length").and_then(|length| length.parse().ok());
    let length: u64 = length.ok_or_else(|| bad("has no length"))?;
    // A policy may refuse with any status, even 200; but pages alone are of this type.
    let page = if value("content-type") == Some(PAGE_TYPE) {
        let page = Page::at(target.as_bytes());
        if (head.code, length) != (Some(200), page.length()) {
            return Err(bad(&format!("has not the {} bytes of its page", page.length())));
        }
        Some(page.body())
    } else {
        None
    };
    let mut answer = Answer { target: std::mem::take(target), left: length, page };
    answer.take(received.get(size..).unwrap_or_default())?;
    Ok(Some(answer))
}

/// The name of the site.
const HOST: &str = "pages.example";

/// The receive window of a visit. All windows together stay below what the kernel queues for one
/// UDP socket by default (about 90 datagrams): smoltcp waits a whole second when a packet is lost.
const WINDOW: usize = 16 * 1024;

/// More bytes than the head of an answer of ours ever has.
const HEAD_LIMIT: usize = 1024;
