//! The visitors of one origin: several connections at once, one plan.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use crate::failure::Failure;
use crate::node::stack::Stack;
use crate::node::{News, Service};
use crate::web::plan::{self, Origin, Plan};
use crate::web::visit::{Step, Visit};

/// What the visitors of one origin got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Answers of any status.
    pub answers: u32,
    /// Answers with which the proxy refused, such as 403.
    pub denied: u32,
}

impl Tally {
    /// Returns the sum with another tally.
    pub fn with(self, other: Tally) -> Tally {
        Tally { answers: self.answers + other.answers, denied: self.denied + other.denied }
    }
}

/// How far the visitors may go and how far they are; the story holds the other end.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    limit: Arc<AtomicU32>,
    answered: Arc<AtomicU32>,
}

impl Gate {
    /// Lets requests with a number below `limit` begin.
    pub fn open_to(&self, limit: u32) {
        self.limit.store(limit, Ordering::Release);
    }

    /// Returns how many answers have arrived, of all origins that share the gate.
    pub fn answered(&self) -> u32 {
        self.answered.load(Ordering::Relaxed)
    }
}

/// All visitors of one origin.
pub struct Visitor {
    origin: Origin,
    plan: Plan,
    gate: Gate,
    reported: Option<u32>,
    site: (Ipv4Addr, u16),
    visits: Vec<Visit>,
    tally: Tally,
    news: Sender<News>,
}

impl Visitor {
    /// Returns the visitors of `origin`, one connection for each of `addresses`, sending their
    /// part of `requests` to `site` as far as `gate` is open.
    pub fn new(
        origin: Origin,
        requests: u32,
        gate: Gate,
        site: (Ipv4Addr, u16),
        addresses: &[Ipv4Addr],
        news: Sender<News>,
    ) -> Visitor {
        let visits = addresses.iter().map(|&from| Visit::new(from)).collect();
        Visitor {
            origin,
            plan: Plan::new(origin, requests),
            gate,
            reported: None,
            site,
            visits,
            tally: Tally::default(),
            news,
        }
    }
}

impl Service for Visitor {
    fn poll(&mut self, _: Duration, stack: &mut Stack) -> Result<Option<Duration>, Failure> {
        let limit = self.gate.limit.load(Ordering::Acquire);
        let mut busy = false;
        for visit in &mut self.visits {
            busy |= loop {
                match visit.step(stack, self.site)? {
                    Step::Waiting => break true,
                    Step::Onward => {}
                    Step::Answered { denied } => {
                        self.tally.answers += 1;
                        self.tally.denied += u32::from(denied);
                        self.gate.answered.fetch_add(1, Ordering::Relaxed);
                    }
                    Step::Free => match self.plan.next_below(limit) {
                        Some(number) => visit.ask(plan::target(number)),
                        None => break false,
                    },
                }
            };
        }
        if !busy && self.reported != Some(limit) {
            self.reported = Some(limit);
            let (origin, tally) = (self.origin, self.tally);
            // The story may have given up already; its own error is the one to show.
            let _ = self.news.send(News::Visited { origin, limit, tally });
        }
        Ok(None)
    }
}
