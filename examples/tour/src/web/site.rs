//! The site: an HTTP/1.1 server of pages to be had by GET. It asks the policy first, and logs each
//! request as a proxy does.
//!
//! A request that the policy allows waits for one of a few places, so that one large download
//! after another does not starve the pages; that wait is the queue time of the log.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::mpsc::Sender;
use std::time::Duration;

use proxy_acl::Policy;
use smoltcp::socket::tcp;

use crate::failure::Failure;
use crate::log::journal::{Journal, Load};
use crate::node::stack::Stack;
use crate::node::{News, Service};
use crate::web::connection::Connection;
use crate::web::exchange::Request;

/// One denied request, for the report.
#[derive(Clone, Debug)]
pub struct Denial {
    /// Who asked.
    pub client: SocketAddr,
    /// The request line.
    pub request: String,
    /// The status of the answer.
    pub status: u16,
    /// Why, in the policy's words.
    pub explanation: String,
}

/// The server's policy, log and connections.
pub struct Site {
    policy: Policy,
    journal: Journal,
    connections: Vec<Connection>,
    queue: VecDeque<usize>,
    explained: bool,
    logged: u32,
    told: u32,
    news: Sender<News>,
}

impl Site {
    /// Returns a server for all addresses of its node.
    pub fn new(policy: Policy, journal: Journal, news: Sender<News>) -> Site {
        Site {
            policy,
            journal,
            connections: Vec::new(),
            queue: VecDeque::new(),
            explained: false,
            logged: 0,
            told: 0,
            news,
        }
    }

    /// Logs the requests whose answers have arrived, and those that were broken off.
    fn log(&mut self, now: Duration, stack: &mut Stack) -> Result<(), Failure> {
        let open = self.connections.iter().filter(|connection| connection.is_open()).count();
        let load = Load { connections: open, serving: self.serving() };
        for (index, connection) in self.connections.iter_mut().enumerate() {
            let socket: &mut tcp::Socket<'static> = stack.socket(connection.handle());
            let lost = connection.lose(socket)?;
            if lost.is_some() {
                // The next client must not inherit a place in the queue.
                self.queue.retain(|waiting| *waiting != index);
            }
            if let Some(exchange) = lost.or_else(|| connection.drain(socket)) {
                self.journal.write(&exchange, load, now)?;
                self.logged += 1;
            }
        }
        if self.told != self.logged && self.connections.iter().all(Connection::is_at_rest) {
            self.told = self.logged;
            self.tell(News::Logged { requests: self.logged });
        }
        Ok(())
    }

    /// Takes in requests: the allowed ones wait for a place, the others are refused.
    fn receive(&mut self, now: Duration, stack: &mut Stack) -> Result<(), Failure> {
        for index in 0..self.connections.len() {
            let Some(connection) = self.connections.get_mut(index) else { break };
            let socket: &mut tcp::Socket<'static> = stack.socket(connection.handle());
            let Some(request) = connection.receive(socket, now)? else { continue };
            let client = connection.client();
            match request {
                // The log calls a malformed request that, so the reason is not kept.
                Err(_) => connection.refuse(None, 400, now),
                Ok(request) => match request.decide(&self.policy, client)? {
                    None if request.method != "GET" => connection.refuse(Some(request), 405, now),
                    None => {
                        connection.queue(request, self.queue.len(), now);
                        self.queue.push_back(index);
                    }
                    Some(status) => {
                        connection.refuse(Some(request.clone()), status, now);
                        self.explain(&request, client, status);
                    }
                },
            }
        }
        Ok(())
    }

    /// Tells the story about the first denial.
    fn explain(&mut self, request: &Request, client: SocketAddr, status: u16) {
        if !std::mem::replace(&mut self.explained, true) {
            let explanation = request.explain(&self.policy, client);
            let request = request.line();
            self.tell(News::Denied(Denial { client, request, status, explanation }));
        }
    }

    /// Gives the free places to those who wait, and writes answers.
    fn answer(&mut self, now: Duration, stack: &mut Stack) -> Result<(), Failure> {
        for _ in self.serving()..PLACES {
            let Some(index) = self.queue.pop_front() else { break };
            if let Some(connection) = self.connections.get_mut(index) {
                connection.place(now);
            }
        }
        self.connections
            .iter_mut()
            .try_for_each(|connection| connection.answer(stack.socket(connection.handle()), now))
    }

    fn serving(&self) -> usize {
        self.connections.iter().filter(|connection| connection.holds_place()).count()
    }

    fn tell(&self, news: News) {
        // Without a listener the story has failed, and its own error is the one to show.
        let _ = self.news.send(news);
    }
}

impl Service for Site {
    fn poll(&mut self, now: Duration, stack: &mut Stack) -> Result<Option<Duration>, Failure> {
        while self.connections.len() < CONNECTIONS {
            self.connections.push(Connection::listen(stack)?);
        }
        self.log(now, stack)?;
        self.receive(now, stack)?;
        self.answer(now, stack)?;
        Ok(None)
    }

    fn finish(&mut self) -> Result<(), Failure> {
        self.journal.finish()
    }
}

/// So many clients can be connected at once.
const CONNECTIONS: usize = 12;

/// So many pages are written at once; further requests wait.
const PLACES: usize = 4;
