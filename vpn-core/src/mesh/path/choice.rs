use core::time::Duration;

use super::hop::Hop;
use super::way::Way;
use crate::time::Time;

/// By how much a way must be faster to be worth a change: this, and a fifth.
const MARGIN: Duration = Duration::from_millis(10);
/// For how long it must be.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long after a direct way has failed it is not taken again; each time twice as long.
const FIRST_HOLD: Duration = Duration::from_secs(1);
/// So often the time doubles.
const MAX_FLAPS: u32 = 6;
/// A direct way that lasts so long is trusted again.
const STEADY: Duration = Duration::from_secs(60);

/// Which of the ways to a member is used, and what speaks against it.
#[derive(Debug)]
pub(super) struct Choice {
    hop: Hop,
    since: Time,
    /// A way through a member was taken although there was a direct one.
    on_merit: bool,
    /// Since when there is a faster way.
    beaten: Option<Time>,
    /// How often direct ways have failed.
    flaps: u32,
    /// Until when no direct way is taken for being direct.
    hold: Time,
}

impl Choice {
    pub(super) fn new(now: Time, hop: Hop) -> Self {
        Self { hop, since: now, on_merit: false, beaten: None, flaps: 0, hold: now }
    }

    pub(super) fn hop(&self) -> Hop {
        self.hop
    }

    /// Whether a direct way is used, or one through a member that is better.
    pub(super) fn is_settled(&self) -> bool {
        self.hop.is_direct() || self.on_merit
    }

    /// When a direct way may be taken that may not yet.
    pub(super) fn deadline(&self, now: Time) -> Option<Time> {
        Some(self.hold).filter(|hold| *hold > now && !self.hop.is_direct())
    }

    /// Judges anew; returns the way to be used in place of the one that was.
    pub(super) fn settle(&mut self, now: Time, ways: &[Way]) -> Option<Hop> {
        let current = ways.iter().find(|way| way.hop == self.hop);
        let alive = || ways.iter().filter(|way| way.is_alive(now) && way.hop != self.hop);
        let direct = alive().filter(|way| way.hop.is_direct()).min_by_key(|way| way.rtt);
        if current.is_none_or(Way::is_doubtful) {
            let next = direct.or_else(|| alive().min_by_key(|way| way.rtt))?.hop;
            if self.hop.is_direct() && !next.is_direct() {
                self.distrust(now);
            }
            return Some(self.take(now, next, false));
        }
        let own = current.and_then(|way| way.rtt);
        if let (Some(way), false) = (direct, self.hop.is_direct()) {
            if !self.on_merit && now >= self.hold || self.on_merit && way.rtt <= own {
                return Some(self.take(now, way.hop, false));
            }
        }
        let best = alive().min_by_key(|way| way.rtt).filter(|way| beats(way.rtt, own));
        let Some(rival) = best.map(|way| way.hop) else {
            self.beaten = None;
            return None;
        };
        let since = *self.beaten.get_or_insert(now);
        let taken = now.since(since) >= PATIENCE;
        taken.then(|| self.take(now, rival, !rival.is_direct()))
    }

    fn take(&mut self, now: Time, hop: Hop, on_merit: bool) -> Hop {
        (self.hop, self.since, self.on_merit, self.beaten) = (hop, now, on_merit, None);
        hop
    }

    fn distrust(&mut self, now: Time) {
        if now.since(self.since) >= STEADY {
            self.flaps = 0;
        }
        self.hold = now + FIRST_HOLD * (1 << self.flaps);
        self.flaps = (self.flaps + 1).min(MAX_FLAPS);
    }
}

/// Whether one way is so much faster than another that a change is worth it.
fn beats(rtt: Option<Duration>, other: Option<Duration>) -> bool {
    let (Some(rtt), Some(other)) = (rtt, other) else { return false };
    rtt + MARGIN <= other && rtt * 5 <= other * 4
}
