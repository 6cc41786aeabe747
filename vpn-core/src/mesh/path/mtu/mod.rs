use core::time::Duration;

use super::burst::Burst;
use crate::time::Time;

/// What a way is taken to carry until more is known: what IPv6 asks of every link (RFC 8200, section 5).
pub(in crate::mesh) const BASE: u16 = 1280;
/// What is carried if 1,280 bytes are not: with all headers, 1,280 bytes of outer IPv6.
const DIRECT_FLOOR: u16 = 1200;
const RELAYED_FLOOR: u16 = 1152;
/// By how much less a way through a member carries in datagrams of the same length.
const RELAY_COST: u16 = 44;
/// Lengths are multiples of this, as padding makes them, but for the greatest.
const STEP: u16 = 16;
/// How often a probe is sent until its length is taken not to pass (RFC 8899, section 5.1.2).
const MAX_PROBES: u8 = 3;
/// How long what was shown to pass is taken to pass still, while long packets are sent.
const CHECK: Duration = Duration::from_secs(10);
/// When more is tried again than what was found (RFC 8899, section 5.1.1).
const RAISE: Duration = Duration::from_secs(600);
/// When 1,280 bytes are tried again that did not pass.
const RETRY: Duration = Duration::from_secs(60);

/// The greatest packet that a way carries, found by packetization layer path MTU discovery
/// (RFC 8899): only what an answer out of the tunnel has shown counts, and only packets that may be
/// too long bring a search about.
#[derive(Debug)]
pub(super) struct PathMtu {
    floor: u16,
    max: u16,
    mtu: u16,
    /// The least length that is known not to pass.
    failed: u16,
    state: State,
    trial: Option<Trial>,
    /// When the last probe was sent that showed that `mtu` passes.
    confirmed: Option<Time>,
    /// Long packets may have been sent since.
    used: bool,
    /// When more is tried than what was found.
    raise: Time,
}

/// The states of RFC 8899, section 5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing is known, and nobody has asked.
    Base,
    /// What passes lies between `mtu` and `failed`; a probe is under way.
    Search,
    /// What passes was found.
    Complete,
    /// Not even 1,280 bytes pass.
    Error,
}

/// Probes of one length, sent until one is answered.
#[derive(Debug)]
struct Trial {
    len: u16,
    burst: Burst,
}

impl PathMtu {
    /// Of a way in a tunnel whose packets have at most `max` bytes.
    pub(super) fn new(is_direct: bool, max: u16) -> Self {
        let (floor, max) = match is_direct {
            true => (DIRECT_FLOOR, max),
            false => (RELAYED_FLOOR, ((max - RELAY_COST) / STEP * STEP).max(BASE)),
        };
        Self {
            floor,
            max,
            mtu: BASE,
            failed: max.saturating_add(1),
            state: State::Base,
            trial: None,
            confirmed: None,
            used: false,
            raise: Time::default(),
        }
    }

    /// The greatest packet that is sent on the way.
    pub(super) fn mtu(&self) -> u16 {
        self.mtu
    }

    /// The greatest packet that the way may carry, as far as is known.
    pub(super) fn hoped_for(&self) -> u16 {
        if self.is_found() { self.mtu } else { self.max }
    }

    /// Whether what passes was looked for and found.
    pub(super) fn is_found(&self) -> bool {
        matches!(self.state, State::Complete | State::Error)
    }

    /// The greatest packet of which there is nothing to be asked before it is sent.
    pub(super) fn unasked(&self, now: Time) -> u16 {
        match self.state {
            State::Search => self.mtu,
            State::Complete if self.trial.is_some() || !self.is_askable(now) => self.mtu,
            State::Base | State::Complete | State::Error => self.floor,
        }
    }

    /// What is presumed of a way that takes the place of this one: that it carries the same datagrams.
    pub(super) fn presumption(&self, is_direct: bool) -> Option<u16> {
        let was_direct = self.floor == DIRECT_FLOOR;
        let mtu = match (was_direct, is_direct) {
            (true, false) => self.mtu.saturating_sub(RELAY_COST),
            (false, true) => self.mtu.saturating_add(RELAY_COST),
            (true, true) | (false, false) => self.mtu,
        };
        (self.mtu > BASE).then_some(mtu)
    }

    /// Takes the way to carry as much as the last one did, until a probe shows that it does not.
    pub(super) fn presume(&mut self, now: Time, mtu: u16) {
        if self.state == State::Base {
            self.mtu = if mtu < self.max { (mtu / STEP * STEP).max(BASE) } else { self.max };
            self.search(now, self.mtu);
        }
    }

    /// Whether something changes if a packet may be too long.
    pub(super) fn is_askable(&self, now: Time) -> bool {
        let is_due = match self.state {
            State::Base | State::Search => true,
            State::Complete => self.is_due(now) || !self.used,
            State::Error => self.raise <= now,
        };
        is_due && self.trial.is_none()
    }

    /// A packet is sent, or announced, that may be too long. Whether something is probed in
    /// consequence.
    pub(super) fn ask(&mut self, now: Time) -> bool {
        if !self.is_askable(now) {
            return false;
        }
        self.used = true;
        match self.state {
            State::Complete if self.is_stale(now) => self.probe(now, self.mtu),
            State::Complete if !self.is_due(now) => return false,
            State::Base | State::Search | State::Complete => {
                self.failed = self.max.saturating_add(1);
                self.search(now, self.max);
            }
            State::Error => {
                self.failed = self.max.saturating_add(1);
                self.search(now, BASE);
            }
        }
        true
    }

    /// What was sent stays unanswered: perhaps it is too long by now, if it was long.
    pub(super) fn doubt(&mut self, now: Time) {
        if self.state == State::Complete && self.trial.is_none() && self.used {
            self.probe(now, self.mtu);
        }
    }

    /// This host's own link does not take packets of more than `len` bytes. Whether they go further
    /// is another matter.
    pub(super) fn refuse(&mut self, now: Time, len: u16) {
        self.failed = self.failed.min(len.saturating_add(1).max(BASE + 1));
        if self.mtu > len && self.mtu > BASE {
            self.mtu = (len / STEP * STEP).max(BASE);
            self.confirmed = None;
            self.search(now, self.mtu);
        } else if self.trial.as_ref().is_some_and(|trial| trial.len > len && trial.len > BASE) {
            self.trial = None;
            self.go_on(now);
        }
    }

    /// When a probe is due, or what passes is to be shown again before more long packets are sent.
    pub(super) fn deadline(&self, now: Time) -> Option<Time> {
        let stale = self.confirmed.filter(|_| self.state == State::Complete && !self.is_due(now));
        let stale = stale.map(|confirmed| match self.mtu < self.max {
            true => self.raise.min(confirmed + CHECK),
            false => confirmed + CHECK,
        });
        self.trial.as_ref().map_or(stale, |trial| Some(trial.burst.due()))
    }

    /// Does what is due; returns token and length of a probe to be sent. `is_alive` says whether
    /// short messages arrive: else it is not for their length that long ones do not.
    pub(super) fn poll_probe(
        &mut self,
        now: Time,
        is_alive: bool,
        random: u64,
    ) -> Option<(u64, u16)> {
        let trial = self.trial.as_mut().filter(|trial| trial.burst.due() <= now)?;
        if trial.burst.is_over() {
            let len = trial.len;
            self.trial = None;
            match is_alive {
                true => self.fails(now, len),
                false => self.give_up(),
            }
            return self.poll_probe(now, is_alive, random);
        }
        if trial.burst.count() == 0 {
            trial.burst = Burst::new(now, random, MAX_PROBES);
        }
        Some((trial.burst.send(now), trial.len))
    }

    /// Takes an answer; whether it is one to a probe of this burst.
    pub(super) fn answered(&mut self, now: Time, token: u64) -> bool {
        let Some(trial) = &self.trial else { return false };
        let (sent, len) = (trial.burst.sent(token), trial.len);
        if sent.is_none() {
            return false;
        }
        (self.trial, self.confirmed, self.used) = (None, sent, false);
        self.mtu = self.mtu.max(len);
        if self.state == State::Search {
            self.go_on(now);
        }
        true
    }

    /// Whether it is time to show again that what is used passes.
    fn is_stale(&self, now: Time) -> bool {
        self.confirmed.is_none_or(|confirmed| now.since(confirmed) >= CHECK)
    }

    /// Whether it is time to show again that what is used passes, or that no more does.
    fn is_due(&self, now: Time) -> bool {
        self.is_stale(now) || self.mtu < self.max && self.raise <= now
    }

    /// A length does not pass.
    fn fails(&mut self, now: Time, len: u16) {
        self.failed = len;
        if len <= BASE {
            self.mtu = self.floor;
            (self.state, self.raise) = (State::Error, now + RETRY);
            return;
        }
        if len <= self.mtu {
            // It did once, or was only hoped to.
            (self.mtu, self.confirmed) = (BASE, None);
        }
        self.go_on(now);
    }

    /// Nothing can be found out while the way is not alive.
    fn give_up(&mut self) {
        if self.state == State::Search {
            if self.confirmed.is_none() {
                self.mtu = self.mtu.min(BASE);
            }
            (self.state, self.failed) = (State::Base, self.max.saturating_add(1));
        }
    }

    /// Looks on between what passes and what does not: first whether the least does, then the most,
    /// then by halves.
    fn go_on(&mut self, now: Time) {
        let (mtu, failed) = (self.mtu, self.failed);
        if self.confirmed.is_none() {
            self.search(now, mtu);
        } else if mtu >= self.max || failed <= mtu.saturating_add(STEP) {
            (self.state, self.raise) = (State::Complete, now + RAISE);
        } else if failed > self.max {
            self.search(now, self.max);
        } else {
            let half = mtu + (failed - mtu) / 2;
            self.search(now, (half / STEP * STEP).max(mtu / STEP * STEP + STEP));
        }
    }

    fn search(&mut self, now: Time, len: u16) {
        self.state = State::Search;
        self.probe(now, len);
    }

    fn probe(&mut self, now: Time, len: u16) {
        self.trial = Some(Trial { len, burst: Burst::new(now, 0, MAX_PROBES) });
    }
}

#[cfg(test)]
mod tests;
