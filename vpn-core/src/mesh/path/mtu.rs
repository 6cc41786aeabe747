use core::time::Duration;

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
/// How long the first is waited for; each further one twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(200);
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
    burst: Option<Burst>,
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
struct Burst {
    len: u16,
    /// The token of the first; the others count on in the lowest bits.
    token: u64,
    sent: [Time; MAX_PROBES as usize],
    count: u8,
    next: Time,
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
            burst: None,
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
            State::Complete if self.burst.is_some() || !self.is_askable(now) => self.mtu,
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
        is_due && self.burst.is_none()
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
        if self.state == State::Complete && self.burst.is_none() && self.used {
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
        } else if self.burst.as_ref().is_some_and(|burst| burst.len > len && burst.len > BASE) {
            self.burst = None;
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
        self.burst.as_ref().map_or(stale, |burst| Some(burst.next))
    }

    /// Does what is due; returns token and length of a probe to be sent. `is_alive` says whether
    /// short messages arrive: else it is not for their length that long ones do not.
    pub(super) fn poll_probe(
        &mut self,
        now: Time,
        is_alive: bool,
        random: u64,
    ) -> Option<(u64, u16)> {
        let burst = self.burst.as_mut().filter(|burst| burst.next <= now)?;
        if burst.count == MAX_PROBES {
            let len = burst.len;
            self.burst = None;
            match is_alive {
                true => self.fails(now, len),
                false => self.give_up(),
            }
            return self.poll_probe(now, is_alive, random);
        }
        if burst.count == 0 {
            burst.token = random & !7;
        }
        let number = burst.count;
        burst.sent[usize::from(number)] = now;
        burst.next = now + FIRST_WAIT * (1 << number);
        burst.count += 1;
        Some((burst.token | u64::from(number), burst.len))
    }

    /// Takes an answer; whether it is one to a probe of this burst.
    pub(super) fn answered(&mut self, now: Time, token: u64) -> bool {
        let Some(burst) = &self.burst else { return false };
        let (number, len) = (token & 7, burst.len);
        if burst.token != token & !7 || number >= u64::from(burst.count) {
            return false;
        }
        self.confirmed = burst.sent.get(number as usize).copied();
        (self.burst, self.used) = (None, false);
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
        let sent = [now; MAX_PROBES as usize];
        self.burst = Some(Burst { len, token: 0, sent, count: 0, next: now });
    }
}

#[cfg(test)]
mod tests {
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
}
