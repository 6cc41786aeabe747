//! One node: a thread that joins the link, the stack, the roster and whatever services run on it.
//!
//! The loop does what is due, asks everyone when they need it again, and sleeps in the socket
//! until then or until a datagram arrives. An empty datagram from the story wakes it early.

pub mod link;
pub mod member;
pub mod peer;
pub mod stack;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use ipnet::IpNet;
use vpn_core::PublicKey;

use crate::clock::Clock;
use crate::failure::Failure;
use crate::node::link::Link;
use crate::node::member::{Learnt, Roster};
use crate::node::peer::Peer;
use crate::node::stack::Stack;
use crate::random;
use crate::web::plan::Origin;
use crate::web::site::Denial;
use crate::web::visitor::Tally;

/// Something that uses a node's stack: a server, clients, a measurement.
pub trait Service: Send {
    /// Goes on as far as the sockets allow, and returns when to be polled again even if nothing
    /// arrives.
    ///
    /// # Errors
    ///
    /// Whatever makes the tour worthless; it ends the node.
    fn poll(&mut self, now: Duration, stack: &mut Stack) -> Result<Option<Duration>, Failure>;

    /// Completes what was written, before the node leaves.
    ///
    /// # Errors
    ///
    /// When it could not be completed.
    fn finish(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

/// What the nodes tell the story.
#[derive(Debug)]
pub enum News {
    /// The first session with a peer stands.
    Linked { node: &'static str, peer: PublicKey, at: Duration },
    /// A member was learnt through a tunnel.
    Learnt { node: &'static str, learnt: Learnt, at: Duration },
    /// The visitors of an origin are done with all requests below `limit`.
    Visited { origin: Origin, limit: u32, tally: Tally },
    /// The site has logged so many requests, and none is going on.
    Logged { requests: u32 },
    /// The site denied a request, the first one of all.
    Denied(Denial),
    /// Echo requests were answered after these round trips.
    Pinged(Vec<Duration>),
    /// The large transfer is complete.
    Carried { bytes: u64, took: Duration },
    /// A node's thread ended, for whatever reason.
    Ended { node: &'static str },
}

/// What a node is made of.
pub struct Blueprint {
    /// What the report calls it.
    pub name: &'static str,
    /// Its link, with the peers it knows from the start.
    pub link: Link,
    /// Its addresses in the overlay: its own, then further ones that it speaks for.
    pub addresses: Vec<Ipv4Addr>,
    /// Its prefixes in the overlay.
    pub nets: Vec<IpNet>,
}

/// The story's handle of a node that runs.
pub struct Handle {
    /// What the report calls it.
    pub name: &'static str,
    /// Its UDP address.
    pub address: SocketAddr,
    /// The key that names it.
    pub key: PublicKey,
    commands: Sender<Command>,
    bell: UdpSocket,
    thread: JoinHandle<Result<Summary, Failure>>,
}

/// What a node knows when it leaves.
#[derive(Debug)]
pub struct Summary {
    /// Its peers, with what was exchanged with each.
    pub peers: Vec<Peer>,
    /// Datagrams and packets that it dropped.
    pub dropped: u64,
}

enum Command {
    Serve(Box<dyn Service>),
    Leave,
}

impl Handle {
    /// Starts the thread of a node.
    ///
    /// # Errors
    ///
    /// [`Failure::Bind`], [`Failure::System`] or [`Failure::Tunnel`] when there is no socket, no
    /// thread or no stack for it.
    pub fn start(
        blueprint: Blueprint,
        clock: Clock,
        news: Sender<News>,
    ) -> Result<Handle, Failure> {
        let (commands, inbox) = channel();
        let Blueprint { name, link, addresses, nets } = blueprint;
        let (address, key) = (link.address()?, link.key());
        let bell = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Failure::Bind)?;
        let seed = u64::from_le_bytes(random::bytes()?);
        let stack = Stack::new(&addresses, seed, clock.now())?;
        let (roster, services) = (Roster::new(nets), Vec::new());
        let node = Node { name, clock, stack, roster, link, services, news };
        let thread = Builder::new()
            .name(name.to_owned())
            .spawn(move || node.run(&inbox))
            .map_err(|source| Failure::System { action: "start a thread", source })?;
        Ok(Handle { name, address, key, commands, bell, thread })
    }

    /// Lets a service run on the node.
    pub fn serve(&self, service: impl Service + 'static) {
        // A node that is gone has told so by `News::Ended`.
        let _ = self.commands.send(Command::Serve(Box::new(service)));
        self.wake();
    }

    /// Makes the node look around at once.
    pub fn wake(&self) {
        // A lost bell costs a second: the node looks around by itself.
        let _ = self.bell.send_to(&[], self.address);
    }

    /// Tells the node to leave; it tells by [`News::Ended`] that it has.
    pub fn dismiss(&self) {
        let _ = self.commands.send(Command::Leave);
        self.wake();
    }

    /// Waits until the thread of a node that leaves has ended and its socket is closed.
    ///
    /// # Errors
    ///
    /// What the node failed with, or [`Failure::Panicked`].
    pub fn join(self) -> Result<Summary, Failure> {
        self.thread.join().map_err(|_| Failure::Panicked(self.name))?
    }
}

struct Node {
    name: &'static str,
    clock: Clock,
    stack: Stack,
    roster: Roster,
    link: Link,
    services: Vec<Box<dyn Service>>,
    news: Sender<News>,
}

impl Node {
    fn run(mut self, inbox: &Receiver<Command>) -> Result<Summary, Failure> {
        let _farewell = Farewell { node: self.name, news: self.news.clone() };
        loop {
            loop {
                match inbox.try_recv() {
                    Ok(Command::Serve(service)) => self.services.push(service),
                    Err(TryRecvError::Empty) => break,
                    Ok(Command::Leave) | Err(TryRecvError::Disconnected) => return self.leave(),
                }
            }
            let due = self.work()?;
            let stack = &mut self.stack;
            self.link.receive(due, |now, packet| stack.receive(now, packet))?;
        }
    }

    /// Does what is due and returns how long nothing will be.
    fn work(&mut self) -> Result<Duration, Failure> {
        let now = self.clock.now();
        for peer in self.link.handle(now)? {
            self.tell(News::Linked { node: self.name, peer, at: now });
        }
        for learnt in self.roster.poll(now, &mut self.stack, &mut self.link)? {
            self.tell(News::Learnt { node: self.name, learnt, at: now });
        }
        let mut due = self.roster.due();
        for service in &mut self.services {
            let again = service.poll(now, &mut self.stack)?;
            due = [due, again].into_iter().flatten().min();
        }
        self.flush(now)?;
        let now = self.clock.now();
        let waits = [
            due.map(|due| due.saturating_sub(now)),
            self.stack.timeout(now),
            self.link.timeout(now),
        ];
        Ok(waits.into_iter().flatten().min().unwrap_or(Duration::MAX))
    }

    fn flush(&mut self, now: Duration) -> Result<(), Failure> {
        let mut result = Ok(());
        let link = &mut self.link;
        self.stack.transmit(now, |packet| {
            if result.is_ok() {
                result = link.send(now, packet);
            }
        });
        result
    }

    fn leave(mut self) -> Result<Summary, Failure> {
        for service in &mut self.services {
            service.finish()?;
        }
        Ok(Summary { peers: self.link.peers().to_vec(), dropped: self.link.dropped() })
    }

    fn tell(&self, news: News) {
        // Without a listener the story has failed, and its own error is the one to show.
        let _ = self.news.send(news);
    }
}

/// Tells the story that a thread ended, even when it panicked.
struct Farewell {
    node: &'static str,
    news: Sender<News>,
}

impl Drop for Farewell {
    fn drop(&mut self) {
        let _ = self.news.send(News::Ended { node: self.node });
    }
}
