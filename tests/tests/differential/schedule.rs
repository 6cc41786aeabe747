//! Random schedules: faults for a while, then a clean wire on which both sides must be heard.

use std::time::Duration;

use super::other::Other;
use super::packet::Side::{self, Ours, Theirs};
use super::packet::packet;
use super::pair::Pair;
use super::random::Random;

/// Steps of a schedule before the wire is healed.
const STEPS: usize = 40;

/// So many schedules with and without a preshared key, begun by one side.
pub(crate) fn schedules<O: Other>(count: u64, initiator: Side) {
    for seed in 0..count {
        let run = if O::TAKES_TIME { with_both_clocks::<O> } else { with_our_clock::<O> };
        if let Err(panic) = std::panic::catch_unwind(|| run(seed, initiator)) {
            eprintln!("schedule with seed {seed}, initiator {initiator:?}");
            std::panic::resume_unwind(panic);
        }
    }
}

/// A pair and the source of all that happens to it.
struct Schedule<O> {
    random: Random,
    pair: Pair<O>,
    initiator: Side,
    /// The number of the next packet.
    number: u32,
    /// Of ten datagrams, how many are lost.
    loss: usize,
}

impl<O: Other> Schedule<O> {
    /// The initiator has sent a packet.
    fn begin(seed: u64, initiator: Side) -> Self {
        let mut random = Random(seed);
        let psk = (seed % 2 == 1).then(|| random.bytes());
        let pair = Pair::new(&mut random, psk, false);
        let loss = random.below(4);
        let mut schedule = Self { random, pair, initiator, number: 0, loss };
        schedule.send(initiator);
        schedule
    }

    fn send(&mut self, from: Side) -> u32 {
        let (v6, len) = (self.random.below(2) == 0, 44 + self.random.below(1377));
        self.pair.send(from, packet(from, v6, len, self.number));
        self.number += 1;
        self.number - 1
    }

    fn may_send(&self, side: Side) -> bool {
        side == self.initiator
            || match side {
                Ours => self.pair.is_up(),
                Theirs => self.pair.other_up,
            }
    }

    /// One datagram of those on the wire comes, is lost, or comes and stays to come again.
    fn disturb(&mut self) {
        if self.pair.wire.is_empty() {
            return;
        }
        let at = self.random.below(self.pair.wire.len());
        let (from, datagram) = self.pair.wire[at].clone();
        let fate = self.random.below(10);
        if fate >= self.loss {
            self.pair.deliver(from, datagram);
        }
        if fate != 9 {
            self.pair.wire.remove(at);
        }
    }

    /// Sends from both sides over a clean wire, as far as they can; notes who is heard.
    fn converse(&mut self, heard: &mut [bool; 2]) {
        self.pair.deliver_all();
        for side in [Ours, Theirs] {
            if self.may_send(side) {
                let number = self.send(side);
                self.pair.deliver_all();
                heard[side as usize] |= self.pair.received.contains_key(&number);
            }
        }
    }
}

/// The other side's clock stands still, so it is told when to begin again.
fn with_our_clock<O: Other>(seed: u64, initiator: Side) {
    let mut schedule = Schedule::<O>::begin(seed, initiator);
    for _ in 0..STEPS {
        match schedule.random.below(10) {
            0..=1 if schedule.may_send(Ours) => _ = schedule.send(Ours),
            2..=3 if schedule.may_send(Theirs) => _ = schedule.send(Theirs),
            // Longer for our retransmissions; so short that our side never begins unasked.
            4 if initiator == Ours => schedule.pair.pass(Duration::from_secs(3)),
            4 => schedule.pair.pass(Duration::from_millis(25)),
            5 if initiator == Theirs && !schedule.pair.other_up => schedule.pair.other_begins(),
            _ => schedule.disturb(),
        }
    }

    let mut heard = [false; 2];
    for round in 0..4 {
        schedule.pair.deliver_all();
        match initiator {
            Ours => schedule.pair.pass(Duration::from_millis(5400)),
            Theirs => {
                schedule.pair.pass(Duration::from_millis(25));
                // A response that was overtaken makes them send on a session that we have
                // replaced, until 15 s without an answer make them begin again: that is round 1.
                if !schedule.pair.other_up || (round > 0 && heard != [true, true]) {
                    schedule.pair.other_begins();
                }
            }
        }
        schedule.converse(&mut heard);
    }
    assert_eq!(heard, [true, true], "ours and theirs heard on a clean wire");
    let initiations = schedule.pair.initiations;
    assert!(initiations[initiator as usize] > 0);
    let responder = if initiator == Ours { Theirs } else { Ours };
    assert_eq!(initiations[responder as usize], 0, "the roles were mixed up");
}

/// Time goes by on both sides, so that sessions are renewed, expire and are forgotten.
fn with_both_clocks<O: Other>(seed: u64, initiator: Side) {
    let mut schedule = Schedule::<O>::begin(seed, initiator);
    for _ in 0..STEPS {
        match schedule.random.below(12) {
            0..=1 if schedule.may_send(Ours) => _ = schedule.send(Ours),
            2..=3 if schedule.may_send(Theirs) => _ = schedule.send(Theirs),
            4 => schedule.pair.pass(Duration::from_millis(25)),
            5 => schedule.pair.pass(Duration::from_secs(5)),
            6 => {
                let secs = [11, 16, 61, 100, 121, 170, 181, 541, 3600];
                let secs = secs[schedule.random.below(secs.len())];
                schedule.pair.pass(Duration::from_secs(secs));
            }
            _ => schedule.disturb(),
        }
    }

    // 15 s until a session that only one side has is given up, and 5 until the next attempt.
    let mut heard = [false; 2];
    for _ in 0..43 {
        schedule.converse(&mut heard);
        schedule.pair.pass(Duration::from_millis(500));
    }
    assert_eq!(heard, [true, true], "ours and theirs heard on a clean wire");
    assert!(schedule.pair.initiations[initiator as usize] > 0);
}
