//! The ways to a member: which there are, which of them are proven, which is used.
//!
//! A pure state machine for each member with whom there is a session: time, random numbers and what
//! was received go in; probes, calls and changes of the way come out. It knows no keys: that an
//! answer authenticates is the tunnel's business.

mod burst;
mod candidate;
mod capacity;
mod choice;
mod hop;
mod mtu;
pub(super) mod relay;
mod steering;
mod venture;
mod way;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use crate::time::Time;

pub(super) use candidate::{is_worth_trying, own};
pub(super) use hop::{Hop, is_reserved};
pub(super) use mtu::BASE as BASE_MTU;
pub(super) use steering::Steering;

use burst::MAX_PROBES;
use capacity::Capacity;
use choice::Choice;
use way::Way;

/// How many ways to a member are known at most.
const MAX_WAYS: usize = 16;
/// How many probes show that a way that was used is lost.
const FEW_PROBES: u8 = 3;
/// How often the ways of a member are looked after with whom packets are exchanged.
const ACTIVE: Duration = Duration::from_secs(10);
/// And of others: before a NAT forgets.
const IDLE: Duration = Duration::from_secs(20);
/// So many packets between two looks are traffic.
const TRAFFIC: u64 = 4;
/// How often a member that is reached through another is called, and what else.
const CALL_AGAIN: Duration = Duration::from_secs(60);
/// How long an answer to a call is waited for.
const ANSWER: Duration = Duration::from_secs(2);
/// How often a call is repeated.
const MAX_CALLS: u8 = 3;
/// The least time between two calls that are made since others see this node elsewhere.
const NEWS_GAP: Duration = Duration::from_secs(10);
/// The least time between two calls of one member that are answered.
const CALL_GAP: Duration = Duration::from_millis(500);
/// A direct way that is faster is not worth looking for another.
const FAST: Duration = Duration::from_millis(20);
/// So many ways through members are known beside the one that is used.
const KEPT_RELAYS: usize = 2;
/// How long another session is waited for when nothing is answered on any way: three initiations.
const GIVE_UP: Duration = Duration::from_secs(15);
/// How long what was proven is not proven again.
const FRESH: Duration = Duration::from_secs(1);

/// What the owner of the tunnel is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// Send a probe with this token there.
    Probe(Hop, u64),
    /// Tell the member where this node may be, and ask the same.
    Call,
    /// Use this way from here on.
    Use(Hop),
    /// Agree on another session and say who this is: nothing is answered on any way, as when the
    /// member has lost this one.
    Renew,
    /// Give the tunnel up, unless more than so many messages have come from the member.
    Lost(u64),
    /// Send a probe with this token there, as long as the longest packet to be tried.
    Measure(Hop, u64, u16),
    /// What may be sent on the way that is used is to be looked at again.
    Mtu,
}

/// What a look at the tunnel shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Packets sent since there is the tunnel.
    pub(super) packets: u64,
    /// Whether an idle tunnel is to be kept from being forgotten by a NAT.
    pub(super) keeps_alive: bool,
    /// Random bits.
    pub(super) random: u64,
}

/// The ways to one member.
#[derive(Debug)]
pub(super) struct Paths {
    ways: Vec<Way>,
    /// The greatest packet on any way.
    max: u16,
    /// What the way that is used carries, as the owner knows it.
    capacity: Capacity,
    choice: Choice,
    look: Time,
    /// Packets at the last look.
    packets: u64,
    calls: Calls,
    /// All ways were doubted, and none has been proven since.
    in_doubt: bool,
    /// Until when the member is to show that it is there, and how many messages it had sent before.
    expected: Option<(Time, u64)>,
    outputs: VecDeque<Output>,
}

/// Calls made and taken.
#[derive(Debug, Default)]
struct Calls {
    next: Option<Time>,
    /// How often the last was repeated.
    tries: u8,
    /// When the last was made.
    made: Option<Time>,
    is_awaited: bool,
    heard: Option<Time>,
}

impl Paths {
    /// There is a session, which came about on this way; its packets have at most `max` bytes.
    pub(super) fn new(now: Time, hop: Hop, max: u16) -> Self {
        let way = Way::new(hop, max);
        Self {
            capacity: Capacity::new(now, &way.mtu),
            ways: Vec::from([way]),
            max,
            choice: Choice::new(now, hop),
            look: now + ACTIVE,
            packets: 0,
            calls: Calls::default(),
            in_doubt: false,
            expected: None,
            outputs: VecDeque::new(),
        }
    }

    /// The way that is used.
    pub(super) fn current(&self) -> Hop {
        self.choice.hop()
    }

    /// Whether the way that is used may be lost.
    pub(super) fn is_doubtful(&self) -> bool {
        self.way(self.current()).is_some_and(Way::is_doubtful)
    }

    /// Calls the member, so that both look for a way at the same time.
    pub(super) fn call(&mut self, now: Time) {
        (self.calls.next, self.calls.tries) = (Some(now), 0);
    }

    /// Calls the member again, if a better way is looked for: on the word of others, so not often.
    pub(super) fn call_unless_settled(&mut self, now: Time) {
        if !self.choice.is_settled() && self.calls.next.is_none() {
            let earliest = self.calls.made.map_or(now, |made| made + NEWS_GAP);
            self.call(now.max(earliest));
        }
    }

    /// The member has called; whether it is to be answered.
    pub(super) fn is_called(&mut self, now: Time) -> bool {
        let early = self.calls.heard.is_some_and(|heard| now.since(heard) < CALL_GAP);
        if !early {
            self.calls.heard = Some(now);
        }
        !early
    }

    /// The member has answered a call; whether there was one.
    pub(super) fn is_answered(&mut self) -> bool {
        let is_awaited = core::mem::take(&mut self.calls.is_awaited);
        if is_awaited {
            self.calls.next = None;
        }
        is_awaited
    }

    /// Tries where the member may be.
    pub(super) fn offer(&mut self, now: Time, hops: impl Iterator<Item = Hop>, random: u64) {
        for (hop, random) in hops.zip(tokens(random)) {
            if let Some(way) = self.enter(now, hop) {
                if !way.is_proven_within(now, FRESH) {
                    way.probe(now, random, MAX_PROBES);
                }
            }
        }
    }

    /// Something of the member has come this way, which was not the last one that it came.
    pub(super) fn heard(&mut self, now: Time, hop: Hop, random: u64) {
        let current = self.current();
        if hop.is_direct() && current.is_direct() && hop != current {
            // The member seems to have moved: whichever answers first is where it is.
            self.ways.iter_mut().filter(|way| way.hop == current).for_each(Way::suspect);
        }
        for (hop, random) in [hop, current].into_iter().zip(tokens(random)) {
            if let Some(way) = self.enter(now, hop) {
                if !way.is_proven_within(now, FRESH) {
                    way.probe(now, random, FEW_PROBES);
                }
            }
        }
    }

    /// What was sent has stayed unanswered, or this node has slept, or the network is another: all
    /// is to be proven again. `relays` are ways through members that may be there.
    pub(super) fn doubt(&mut self, now: Time, relays: &[Hop], random: u64) {
        self.in_doubt = true;
        for relay in relays {
            self.enter(now, *relay);
        }
        for (way, random) in self.ways.iter_mut().zip(tokens(random)) {
            way.probe(now, random, FEW_PROBES);
        }
        let current = self.current();
        self.ways.iter_mut().filter(|way| way.hop == current).for_each(|way| way.mtu.doubt(now));
        if self.calls.next.is_none() {
            self.call(now);
        }
    }

    /// Has the way that is used shown that it leads to the member.
    pub(super) fn prove(&mut self, now: Time, random: u64) {
        let current = self.current();
        if let Some(way) = self.enter(now, current) {
            way.probe(now, random, FEW_PROBES);
        }
    }

    /// An answer to a probe, if one was sent with this token; returns the way that it was sent.
    pub(super) fn answered(&mut self, now: Time, token: u64) -> Option<Hop> {
        let hop = self.ways.iter_mut().find_map(|way| {
            let answers = way.answered(now, token) || way.mtu.answered(now, token);
            answers.then_some(way.hop)
        });
        if hop.is_some() {
            (self.in_doubt, self.expected) = (false, None);
            self.settle(now);
        }
        hop
    }

    /// Another session is asked for, and the member, of which so many messages have come, is to show
    /// that it is there.
    pub(super) fn expect(&mut self, now: Time, heard: u64) {
        if self.expected.is_none_or(|(_, before)| before != heard) {
            self.expected = Some((now + GIVE_UP, heard));
        }
    }

    /// There is no way through this member any more.
    pub(super) fn lose_relay(&mut self, now: Time, number: u32) {
        let of = |hop: Hop| matches!(hop, Hop::Via { relay, .. } if relay == number);
        self.ways.iter_mut().filter(|way| of(way.hop)).for_each(Way::fail);
        self.settle(now);
    }

    /// Whether the owner is to be asked for ways through members at the next look.
    pub(super) fn wants_relays(&self) -> bool {
        let rtt = self.way(self.current()).and_then(|way| way.rtt);
        !self.current().is_direct() || rtt.is_none_or(|rtt| rtt > FAST)
    }

    pub(super) fn deadline(&self, now: Time) -> Time {
        if !self.outputs.is_empty() {
            return now;
        }
        let ways = self.ways.iter().flat_map(|way| [way.deadline(), way.mtu.deadline(now)]);
        let expected = self.expected.map(|(end, _)| end);
        let others = [self.calls.next, self.choice.deadline(now), expected];
        ways.chain(others).flatten().fold(self.look, Time::min)
    }

    /// Whether a look at the tunnel is due.
    pub(super) fn wants_look(&self, now: Time) -> bool {
        self.look <= now
    }

    /// Proves again what is used, and what may be better, if there is traffic.
    pub(super) fn look(&mut self, now: Time, look: Look, relays: &[Hop]) {
        let active = look.packets.saturating_sub(self.packets) >= TRAFFIC;
        self.packets = look.packets;
        self.look = now + if active { ACTIVE } else { IDLE };
        self.ways.retain(|way| way.hop == self.choice.hop() || !way.is_lost(now));
        if active {
            self.shortlist(now, relays);
            for (way, random) in self.ways.iter_mut().zip(tokens(look.random)) {
                way.probe(now, random, FEW_PROBES);
            }
            let due = self.calls.made.is_none_or(|made| now.since(made) >= CALL_AGAIN);
            if !self.choice.is_settled() && self.calls.next.is_none() && due {
                self.call(now);
            }
        } else if look.keeps_alive {
            self.prove(now, look.random);
        }
    }

    /// Does what is due, save the look.
    pub(super) fn handle_timeout(&mut self, now: Time, random: u64) {
        for (way, random) in self.ways.iter_mut().zip(tokens(random)) {
            while let Some(token) = way.poll_probe(now) {
                self.outputs.push_back(Output::Probe(way.hop, token));
            }
            let is_alive = way.is_alive(now);
            while let Some((token, len)) = way.mtu.poll_probe(now, is_alive, random) {
                self.outputs.push_back(Output::Measure(way.hop, token, len));
            }
        }
        if self.calls.next.is_some_and(|next| next <= now) {
            (self.calls.made, self.calls.is_awaited) = (Some(now), true);
            self.calls.tries += 1;
            self.calls.next = (self.calls.tries < MAX_CALLS).then(|| now + ANSWER);
            self.outputs.push_back(Output::Call);
        }
        self.settle(now);
        if self.in_doubt && self.is_doubtful() {
            self.in_doubt = false;
            self.outputs.push_back(Output::Renew);
        }
        if let Some((_, heard)) = self.expected.filter(|(end, _)| *end <= now) {
            self.expected = None;
            self.outputs.push_back(Output::Lost(heard));
        }
    }

    /// What is to be done, if anything is.
    pub(super) fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn settle(&mut self, now: Time) {
        let last = self.current();
        let was_direct = last.is_direct();
        if let Some(hop) = self.choice.settle(now, &self.ways) {
            self.outputs.push_back(Output::Use(hop));
            self.presume(now, last, hop);
            if was_direct && !self.choice.is_settled() {
                self.call(now);
            }
        }
        self.show_capacity(now);
    }

    /// Of the ways through members keeps the fastest, and one that was not tried yet.
    fn shortlist(&mut self, now: Time, relays: &[Hop]) {
        let current = self.current();
        let is_spare = |way: &Way| !way.hop.is_direct() && way.hop != current;
        let mut spare: Vec<_> =
            self.ways.iter().filter(|way| is_spare(way)).map(|way| (way.rtt, way.hop)).collect();
        spare.sort_by_key(|(rtt, _)| rtt.unwrap_or(Duration::MAX));
        let keep = if relays.is_empty() { 0 } else { KEPT_RELAYS.min(spare.len()) };
        spare.drain(..keep);
        self.ways.retain(|way| spare.iter().all(|(_, hop)| *hop != way.hop));
        if let Some(fresh) = relays.iter().find(|hop| self.way(**hop).is_none()) {
            self.enter(now, *fresh);
        }
    }

    fn way(&self, hop: Hop) -> Option<&Way> {
        self.ways.iter().find(|way| way.hop == hop)
    }

    /// The way by a hop, which is entered if there is room.
    fn enter(&mut self, now: Time, hop: Hop) -> Option<&mut Way> {
        if self.way(hop).is_none() {
            if self.ways.len() >= MAX_WAYS {
                let current = self.current();
                self.ways.retain(|way| way.hop == current || !way.is_lost(now));
            }
            if self.ways.len() >= MAX_WAYS {
                return None;
            }
            self.ways.push(Way::new(hop, self.max));
        }
        self.ways.iter_mut().find(|way| way.hop == hop)
    }
}

/// A token for each of several ways out of random bits: bursts are told apart by all but the lowest
/// three bits.
fn tokens(random: u64) -> impl Iterator<Item = u64> {
    (0_u64..).map(move |number| random.wrapping_add(number << 3))
}

#[cfg(test)]
mod tests;
