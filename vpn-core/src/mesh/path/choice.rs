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

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::mesh::gossip::Tag;

    const VIA: Hop = Hop::Via { relay: 3, party: Tag::from_bits(2) };

    fn direct() -> Hop {
        Hop::Direct("192.0.2.1:1".parse().unwrap())
    }

    fn at(seconds: u64) -> Time {
        Time::from_nanos(seconds * 1_000_000_000)
    }

    /// A way on which a probe was answered after so many milliseconds, just before `now`.
    fn alive(hop: Hop, now: Time, millis: u64) -> Way {
        let mut way = Way::new(hop, 1420);
        let sent = Time::from_nanos(now.as_nanos() - millis * 1_000_000);
        way.probe(sent, 0, 1);
        way.poll_probe(sent);
        assert!(way.answered(now, 0));
        way
    }

    fn dead(hop: Hop) -> Way {
        let mut way = Way::new(hop, 1420);
        way.fail();
        way
    }

    /// What is taken when the ways stay as they are, looked at every second from 100 s on.
    fn taken(current: Hop, ways: impl Fn(Time) -> Vec<Way>, seconds: u64) -> Option<(u64, Hop)> {
        let mut choice = Choice::new(at(100), current);
        (0..seconds).find_map(|second| {
            let now = at(100 + second);
            choice.settle(now, &ways(now)).map(|hop| (second, hop))
        })
    }

    #[test]
    fn a_faster_way_is_taken_after_half_a_minute_if_it_is_worth_it() {
        let ways =
            |own, via| move |now| Vec::from([alive(direct(), now, own), alive(VIA, now, via)]);

        assert_eq!(taken(direct(), ways(100, 80), 60), Some((30, VIA)));
        assert_eq!(taken(direct(), ways(100, 81), 60), None, "not by a fifth");
        assert_eq!(taken(direct(), ways(40, 31), 60), None, "not by 10 ms");
        assert_eq!(taken(direct(), ways(40, 30), 60), Some((30, VIA)));
    }

    #[test]
    fn a_direct_way_takes_the_place_of_one_through_a_member_at_once() {
        let ways = |now| Vec::from([alive(VIA, now, 50), alive(direct(), now, 90)]);

        assert_eq!(taken(VIA, ways, 60), Some((0, direct())));
    }

    #[test]
    fn a_way_that_is_lost_is_left_at_once_and_taken_again_ever_later() {
        let mut choice = Choice::new(at(100), direct());
        let mut now = at(100);
        for hold in [1, 2, 4, 8, 16, 32, 64, 64] {
            assert_eq!(choice.settle(now, &[dead(direct()), alive(VIA, now, 50)]), Some(VIA));
            let again = [alive(VIA, now, 50), alive(direct(), now, 50)];
            let early = now + Duration::from_millis(hold * 1000 - 1);
            assert_eq!(choice.settle(early, &again), None);
            now = now + Duration::from_secs(hold);
            assert_eq!(choice.deadline(early), Some(now));
            assert_eq!(
                choice.settle(now, &[alive(VIA, now, 50), alive(direct(), now, 50)]),
                Some(direct())
            );
        }
        now = now + Duration::from_secs(60);
        choice.settle(now, &[dead(direct()), alive(VIA, now, 50)]);
        assert_eq!(choice.deadline(now), Some(now + Duration::from_secs(1)), "it had been steady");
    }

    #[test]
    fn a_way_taken_for_its_speed_is_kept_until_the_direct_one_is_no_slower() {
        let mut choice = Choice::new(at(100), direct());
        let mut settle = |second, own| {
            let now = at(second);
            let taken = choice.settle(now, &[alive(direct(), now, own), alive(VIA, now, 50)]);
            (taken, choice.is_settled())
        };
        assert_eq!(settle(100, 100), (None, true));
        assert_eq!(settle(130, 100), (Some(VIA), true));

        for second in 131..200 {
            assert_eq!(settle(second, 51), (None, true));
        }
        assert_eq!(settle(200, 50), (Some(direct()), true));
    }

    #[test]
    fn a_way_through_a_member_for_want_of_another_is_not_what_was_wanted() {
        assert!(!Choice::new(at(100), VIA).is_settled());
        assert!(Choice::new(at(100), direct()).is_settled());
    }

    #[test]
    fn only_what_was_lost_to_a_member_speaks_against_direct_ways() {
        let other = Hop::Direct("192.0.2.1:2".parse().unwrap());
        let mut choice = Choice::new(at(100), direct());
        let moved = [dead(direct()), alive(other, at(100), 50)];
        assert_eq!(choice.settle(at(100), &moved), Some(other));
        let lost = [dead(other), alive(VIA, at(101), 50)];
        assert_eq!(choice.settle(at(101), &lost), Some(VIA));
        assert_eq!(choice.deadline(at(101)), Some(at(102)), "the first time");
        assert_eq!(choice.deadline(at(102)), None);

        let another = Hop::Via { relay: 4, party: Tag::from_bits(2) };
        let moved = [dead(VIA), alive(another, at(102), 50)];
        assert_eq!(choice.settle(at(102), &moved), Some(another));
        assert_eq!(choice.deadline(at(102)), None);
        let mended = [alive(another, at(102), 50), alive(direct(), at(102), 50)];
        assert_eq!(choice.settle(at(102), &mended), Some(direct()));
    }

    #[test]
    fn what_is_lost_is_kept_while_there_is_nothing_else() {
        assert_eq!(taken(direct(), |_| Vec::from([dead(direct()), dead(VIA)]), 60), None);
    }
}
