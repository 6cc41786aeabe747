use alloc::vec::Vec;

use super::*;

/// A way in virtual time, which carries up to so many bytes.
struct Link {
    path: PathMtu,
    carries: u16,
    now: Time,
    probes: usize,
}

const RTT: Duration = Duration::from_millis(50);

impl Link {
    fn new(is_direct: bool, max: u16, carries: u16) -> Self {
        let now = Time::from_nanos(1_000_000_000);
        Self { path: PathMtu::new(is_direct, max), carries, now, probes: 0 }
    }

    /// Sends a long packet every so often for so long; returns all MTUs that were used.
    fn live(&mut self, length: Duration, gap: Duration) -> Vec<u16> {
        let (end, mut mtus) = (self.now + length, Vec::from([self.path.mtu()]));
        let (mut next, mut answers) = (self.now, Vec::new());
        while self.now < end {
            if next <= self.now {
                self.path.ask(self.now);
                next = self.now + gap;
            }
            let random = self.now.as_nanos() << 4;
            while let Some((token, len)) = self.path.poll_probe(self.now, true, random) {
                self.probes += 1;
                if len <= self.carries {
                    answers.push((self.now + RTT, token));
                }
            }
            for (_, token) in answers.iter().filter(|(at, _)| *at <= self.now) {
                self.path.answered(self.now, *token);
            }
            answers.retain(|(at, _)| *at > self.now);
            if mtus.last() != Some(&self.path.mtu()) {
                mtus.push(self.path.mtu());
            }
            let due = answers.iter().map(|(at, _)| *at).chain(self.path.deadline(self.now));
            self.now = due.fold(next.min(end), Time::min).max(self.now);
        }
        mtus
    }
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn nothing_is_probed_until_a_packet_may_be_too_long() {
    let mut path = PathMtu::new(true, 1420);
    let now = Time::from_nanos(5);

    assert_eq!((path.mtu(), path.unasked(now), path.hoped_for()), (1280, 1200, 1420));
    assert_eq!(path.poll_probe(now, true, 9), None);
    assert!(path.ask(now) && !path.ask(now), "one search at a time");
    assert_eq!(path.poll_probe(now, true, 0xf0f), Some((0xf08, 1420)));
    assert_eq!(path.unasked(now), 1280);
}

#[test]
fn one_probe_is_enough_where_the_way_carries_the_most() {
    let mut link = Link::new(true, 1420, 9000);

    assert_eq!(link.live(secs(9), millis(10)), [1280, 1420]);
    assert_eq!((link.probes, link.path.is_found()), (1, true));
    assert_eq!(link.path.unasked(link.now), 1420);
    link.live(secs(1), secs(9));
    assert_eq!(link.path.unasked(link.now + secs(1)), 1200, "it is time to ask again");
}

#[test]
fn what_passes_is_found_within_sixteen_bytes() {
    for is_direct in [true, false] {
        for carries in 1280..=1420 {
            let mut link = Link::new(is_direct, 1420, carries);
            link.live(secs(9), millis(10));

            let max = if is_direct { 1420 } else { 1376 };
            let found = if carries >= max { max } else { carries / 16 * 16 };
            assert_eq!((link.path.mtu(), link.path.is_found()), (found, true), "{carries}");
            assert!(link.probes <= 14, "{} probes", link.probes);
        }
    }
}

#[test]
fn of_long_packets_too_what_passes_is_found() {
    let mut link = Link::new(true, 8920, 4000);

    link.live(secs(30), millis(10));

    assert_eq!((link.path.mtu(), link.path.is_found()), (4000 / 16 * 16, true));
    assert!(link.probes <= 30, "{} probes", link.probes);
}

#[test]
fn where_1280_bytes_do_not_pass_the_least_is_used_until_they_do() {
    for (is_direct, floor) in [(true, 1200), (false, 1152)] {
        let mut link = Link::new(is_direct, 1420, 1279);

        assert_eq!(link.live(secs(20), secs(1)), [1280, floor]);
        assert_eq!(link.path.hoped_for(), floor);
        let probes = link.probes;
        link.carries = 1500;
        link.live(secs(61), secs(1));
        assert_eq!(link.path.mtu(), if is_direct { 1420 } else { 1376 });
        assert!(probes == 6 && link.probes <= probes + 9, "{probes}, {}", link.probes);
    }
}

/// As a way does whose MTU falls while much is sent on it.
#[test]
fn what_passes_no_more_is_noticed_within_twelve_seconds() {
    let mut link = Link::new(true, 1420, 1420);
    link.live(secs(30), millis(10));

    link.carries = 1350;
    let start = link.now;
    let mtus = link.live(secs(11) + millis(400), millis(10));
    assert_eq!(mtus[..2], [1420, 1280]);
    link.live(secs(9), millis(10));

    assert_eq!((link.path.mtu(), link.path.is_found()), (1344, true));
    assert!(link.now.since(start) < secs(21));
}

#[test]
fn more_is_tried_every_ten_minutes_if_there_is_use_for_it() {
    let mut link = Link::new(true, 1420, 1350);
    link.live(secs(9), millis(100));
    link.carries = 1500;

    assert_eq!(link.live(secs(580), millis(100)), [1344]);
    assert_eq!(link.live(secs(30), millis(100)), [1344, 1420]);
}

#[test]
fn whoever_sends_nothing_long_probes_nothing() {
    let mut link = Link::new(true, 1420, 1350);
    link.live(secs(9), millis(100));
    let probes = link.probes;

    link.live(secs(3600), secs(3600));

    assert!(link.probes <= probes + 1, "for the one packet at the beginning");
}

#[test]
fn silence_is_no_reason_to_probe_where_nothing_long_was_sent() {
    let now = Time::from_nanos(7);
    let mut path = PathMtu::new(true, 1420);
    path.ask(now);
    path.poll_probe(now, true, 8);
    path.answered(now, 8);

    path.doubt(now);
    assert_eq!((path.poll_probe(now, true, 16), path.unasked(now)), (None, 1200));
    assert!(path.is_askable(now) && !path.ask(now), "it has just been shown");
    assert_eq!(path.unasked(now), 1420);
    path.doubt(now);
    assert_eq!(path.poll_probe(now, true, 16), Some((16, 1420)));
}

#[test]
fn a_way_that_is_not_alive_shows_nothing() {
    let mut path = PathMtu::new(true, 1420);
    let mut now = Time::from_nanos(1);
    path.ask(now);
    while path.poll_probe(now, false, 8).is_some() {
        now = path.deadline(now).unwrap();
    }

    assert_eq!((path.mtu(), path.is_found(), path.deadline(now)), (1280, false, None));
    assert!(path.ask(now), "another packet, another search");
}

#[test]
fn the_next_way_is_taken_to_carry_the_same_datagrams_until_it_shows_otherwise() {
    let mut direct = Link::new(true, 1420, 1420);
    direct.live(secs(9), millis(10));
    assert_eq!(direct.path.presumption(true), Some(1420));
    assert_eq!(direct.path.presumption(false), Some(1376));

    let mut relayed = Link::new(false, 1420, 1300);
    relayed.path.presume(relayed.now, 1376);
    assert_eq!(relayed.path.unasked(relayed.now), 1376);
    assert_eq!(relayed.live(secs(9), millis(10)), [1376, 1280, 1296]);
    assert_eq!(relayed.path.presumption(true), Some(1340));
    assert_eq!(PathMtu::new(true, 1420).presumption(true), None);
}

#[test]
fn what_the_own_link_refuses_is_not_tried() {
    let now = Time::from_nanos(7);
    let mut path = PathMtu::new(true, 1420);
    path.ask(now);
    assert_eq!(path.poll_probe(now, true, 8), Some((8, 1420)));
    path.refuse(now, 1419);
    assert_eq!(path.poll_probe(now, true, 16), Some((16, 1280)), "the least is not proven");
    assert!(path.answered(now, 16));
    assert_eq!(path.poll_probe(now, true, 24), Some((24, 1344)));
    assert!(path.answered(now, 24));

    // Later, while it is used.
    path.refuse(now, 1300);
    assert_eq!((path.mtu(), path.unasked(now)), (1296, 1296));
    path.refuse(now, 900);
    assert_eq!(path.mtu(), 1280, "what is shorter goes in pieces");
}

#[test]
fn answers_that_nobody_has_asked_for_count_for_nothing() {
    let now = Time::from_nanos(7);
    let mut path = PathMtu::new(true, 1420);
    path.ask(now);
    path.poll_probe(now, true, 8);

    assert!(!path.answered(now, 16) && !path.answered(now, 9) && path.mtu() == 1280);
    assert!(path.answered(now, 8) && !path.answered(now, 8));
}
