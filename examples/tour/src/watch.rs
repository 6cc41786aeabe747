//! The story's view of its nodes: what they have told so far, and waiting for them to tell more.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use vpn_core::PublicKey;

use crate::clock::Clock;
use crate::failure::Failure;
use crate::node::member::Learnt;
use crate::node::{Handle, News, Summary};
use crate::web::plan::Origin;
use crate::web::site::Denial;
use crate::web::visitor::{Gate, Tally};

/// What the nodes have told.
#[derive(Debug, Default)]
pub struct Facts {
    /// Which node has a tunnel with whom, since when.
    pub linked: Vec<(&'static str, PublicKey, Duration)>,
    /// Which node has learnt of whom from whom, and when.
    pub learnt: Vec<(&'static str, Learnt, Duration)>,
    /// Up to which request the visitors of an origin are done, and what they got.
    pub visited: Vec<(Origin, u32, Tally)>,
    /// How many requests were logged when the site last was at rest.
    pub logged: u32,
    /// The first denied request.
    pub denial: Option<Denial>,
    /// Round trips through the tunnel.
    pub round_trips: Option<Vec<Duration>>,
    /// Bytes of the large transfer and its time.
    pub carried: Option<(u64, Duration)>,
}

impl Facts {
    /// Returns when a tunnel of `node` with `peer` stood.
    pub fn linked(&self, node: &str, peer: PublicKey) -> Option<Duration> {
        let fact = self.linked.iter().find(|(name, key, _)| *name == node && *key == peer);
        fact.map(|(_, _, at)| *at)
    }

    /// Returns the newest tally of an origin, if its visitors are done up to `limit`.
    pub fn tally(&self, origin: Origin, limit: u32) -> Option<Tally> {
        let done = |fact: &&(Origin, u32, Tally)| fact.0 == origin && fact.1 == limit;
        self.visited.iter().rev().find(done).map(|(_, _, tally)| *tally)
    }

    fn add(&mut self, news: News) {
        match news {
            News::Linked { node, peer, at } => self.linked.push((node, peer, at)),
            News::Learnt { node, learnt, at } => self.learnt.push((node, learnt, at)),
            News::Visited { origin, limit, tally } => self.visited.push((origin, limit, tally)),
            News::Logged { requests } => self.logged = requests,
            News::Denied(denial) => self.denial = Some(denial),
            News::Pinged(round_trips) => self.round_trips = Some(round_trips),
            News::Carried { bytes, took } => self.carried = Some((bytes, took)),
            News::Ended { .. } => {}
        }
    }
}

/// The nodes that run, and the facts.
pub struct Watch {
    /// What the nodes have told.
    pub facts: Facts,
    nodes: Vec<Handle>,
    inbox: Receiver<News>,
    clock: Clock,
    patience: Duration,
    requests: u32,
    gate: Gate,
    next_progress: Duration,
}

impl Watch {
    /// Returns a watch over `nodes`, which may take as long as `requests` requests need.
    pub fn new(nodes: Vec<Handle>, inbox: Receiver<News>, clock: Clock, requests: u32) -> Watch {
        let patience = LEAST_PATIENCE + PATIENCE_PER_REQUEST * requests;
        let (facts, gate) = (Facts::default(), Gate::default());
        let next_progress = clock.now() + PROGRESS;
        Watch { facts, nodes, inbox, clock, patience, requests, gate, next_progress }
    }

    /// Returns the gate of the visitors.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Returns the node of that name.
    ///
    /// # Errors
    ///
    /// [`Failure::Ended`] if it has left.
    pub fn node(&self, name: &'static str) -> Result<&Handle, Failure> {
        self.nodes.iter().find(|node| node.name == name).ok_or(Failure::Ended(name))
    }

    /// Makes a node leave and waits for it.
    ///
    /// # Errors
    ///
    /// What the node or another one failed with, or [`Failure::Stalled`].
    pub fn leave(&mut self, name: &'static str) -> Result<Summary, Failure> {
        let node = self.take(name)?;
        node.dismiss();
        while self.listen("a node to leave")? != Some(name) {}
        node.join()
    }

    fn take(&mut self, name: &'static str) -> Result<Handle, Failure> {
        let index = self.nodes.iter().position(|node| node.name == name);
        Ok(self.nodes.remove(index.ok_or(Failure::Ended(name))?))
    }

    /// Waits until the facts contain what is wanted; `what` names it for the error.
    ///
    /// # Errors
    ///
    /// What a node failed with, or [`Failure::Stalled`].
    pub fn wait<T>(
        &mut self,
        what: &'static str,
        wanted: impl Fn(&Facts) -> Option<T>,
    ) -> Result<T, Failure> {
        loop {
            if let Some(found) = wanted(&self.facts) {
                return Ok(found);
            }
            self.show_progress();
            self.listen(what)?;
        }
    }

    /// Takes in the next news, if any comes soon. Returns the name of a node that has ended as it
    /// was told to; one that ended by itself has failed.
    fn listen(&mut self, waited_for: &'static str) -> Result<Option<&'static str>, Failure> {
        if self.clock.now() > self.patience {
            return Err(Failure::Stalled { waited_for, seconds: self.patience.as_secs() });
        }
        match self.inbox.recv_timeout(TICK) {
            Ok(News::Ended { node: name }) => {
                if self.nodes.iter().any(|node| node.name == name) {
                    self.take(name)?.join()?;
                    return Err(Failure::Ended(name));
                }
                Ok(Some(name))
            }
            Ok(news) => {
                self.facts.add(news);
                Ok(None)
            }
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Failure::Ended("every node")),
        }
    }

    /// Tells somebody who waits at a terminal, now and then, how far the visitors are.
    fn show_progress(&mut self) {
        let (now, mut out) = (self.clock.now(), io::stderr());
        if now >= self.next_progress && out.is_terminal() {
            self.next_progress = now + PROGRESS;
            // When nobody reads standard error there is nobody to tell.
            let _ = writeln!(out, "tour: {} of {} requests", self.gate.answered(), self.requests);
        }
    }
}

/// How long a tour without requests may take.
const LEAST_PATIENCE: Duration = Duration::from_secs(60);

/// What each request adds to that: several times what one needs on a slow machine.
const PATIENCE_PER_REQUEST: Duration = Duration::from_millis(20);

/// How often the patience is checked at the least.
const TICK: Duration = Duration::from_millis(200);

/// How often progress is shown; a short tour ends before the first time.
const PROGRESS: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::mpsc::channel;

    use vpn_core::SecretKey;

    use super::*;
    use crate::node::link::Link;
    use crate::node::stack::Stack;
    use crate::node::{Blueprint, Service};

    struct Panics;

    impl Service for Panics {
        fn poll(&mut self, _: Duration, _: &mut Stack) -> Result<Option<Duration>, Failure> {
            panic!("on purpose")
        }
    }

    struct Fails;

    impl Service for Fails {
        fn poll(&mut self, _: Duration, _: &mut Stack) -> Result<Option<Duration>, Failure> {
            Err(Failure::probe("on purpose"))
        }
    }

    /// A watch over one node.
    fn watch() -> Watch {
        let (clock, (news, inbox)) = (Clock::start(), channel());
        let link = Link::bind(SecretKey::from_bytes([1; 32]), clock).unwrap();
        let addresses = vec![Ipv4Addr::new(10, 66, 0, 1)];
        let blueprint = Blueprint { name: "node", link, addresses, nets: Vec::new() };
        let node = Handle::start(blueprint, clock, news).unwrap();
        Watch::new(vec![node], inbox, clock, 1)
    }

    fn wait(watch: &mut Watch) -> String {
        watch.wait("nothing", |_| None::<()>).unwrap_err().to_string()
    }

    #[test]
    fn panic_of_a_node_is_told() {
        let mut watch = watch();
        watch.node("node").unwrap().serve(Panics);

        assert_eq!(wait(&mut watch), "the thread of node panicked");
    }

    #[test]
    fn failure_of_a_service_is_told() {
        let mut watch = watch();
        watch.node("node").unwrap().serve(Fails);

        assert_eq!(wait(&mut watch), "measurement: on purpose");
    }

    #[test]
    fn wait_ends_when_patience_does() {
        let mut watch = watch();
        watch.patience = Duration::ZERO;

        assert_eq!(wait(&mut watch), "gave up after 0 s of waiting for nothing");
        let stalled = watch.leave("node").unwrap_err().to_string();
        assert_eq!(stalled, "gave up after 0 s of waiting for a node to leave");
    }

    #[test]
    fn node_that_is_told_to_leave_gives_its_summary() {
        let mut watch = watch();

        assert!(watch.leave("node").is_ok());
        assert!(watch.node("node").is_err());
    }
}
