use core::time::Duration;

use super::burst::Burst;
use super::hop::Hop;
use super::mtu::PathMtu;
use crate::time::Time;

/// A way is doubtful when so many probes in a row were not answered.
const DOUBTFUL: u8 = 2;
/// How long a way is taken to exist that nobody has used: NATs forget after 30 s and more.
const MEMORY: Duration = Duration::from_secs(30);

/// One way to a member, and what probes have shown of it.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) hop: Hop,
    /// Smoothed.
    pub(super) rtt: Option<Duration>,
    pub(super) mtu: PathMtu,
    /// When the last answered probe was sent.
    proven: Option<Time>,
    burst: Option<Burst>,
    /// How many probes went unanswered since the last answer.
    unanswered: u8,
}

impl Way {
    /// A way on which packets have at most `max` bytes.
    pub(super) fn new(hop: Hop, max: u16) -> Self {
        let mtu = PathMtu::new(hop.is_direct(), max);
        Self { hop, rtt: None, mtu, proven: None, burst: None, unanswered: 0 }
    }

    /// Whether a datagram sent here would arrive, by the last probes.
    pub(super) fn is_alive(&self, now: Time) -> bool {
        let fresh = self.proven.is_some_and(|proven| now.since(proven) < MEMORY);
        fresh && !self.is_doubtful()
    }

    pub(super) fn is_doubtful(&self) -> bool {
        self.unanswered >= DOUBTFUL
    }

    /// Whether an answer has come within the last so long.
    pub(super) fn is_proven_within(&self, now: Time, age: Duration) -> bool {
        self.proven.is_some_and(|proven| now.since(proven) < age) && self.unanswered == 0
    }

    /// Whether there is nothing to hope for.
    pub(super) fn is_lost(&self, now: Time) -> bool {
        self.burst.is_none() && !self.is_alive(now)
    }

    /// Begins to send up to `limit` probes, unless that many are under way.
    pub(super) fn probe(&mut self, now: Time, token: u64, limit: u8) {
        match &mut self.burst {
            Some(burst) => burst.extend(limit),
            None => self.burst = Some(Burst::new(now, token, limit)),
        }
    }

    /// When something is due.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.burst.as_ref().map(Burst::due)
    }

    /// Does what is due; returns the token of a probe to be sent.
    pub(super) fn poll_probe(&mut self, now: Time) -> Option<u64> {
        let burst = self.burst.as_mut().filter(|burst| burst.due() <= now)?;
        if burst.count() > 0 {
            self.unanswered = self.unanswered.saturating_add(1);
        }
        if burst.is_over() {
            self.burst = None;
            return None;
        }
        Some(burst.send(now))
    }

    /// Takes an answer; whether it is one to a probe of this burst.
    pub(super) fn answered(&mut self, now: Time, token: u64) -> bool {
        let sent = self.burst.as_ref().and_then(|burst| burst.sent(token));
        let Some(sent) = sent else { return false };
        let sample = now.since(sent);
        self.rtt = Some(self.rtt.map_or(sample, |rtt| (rtt + sample) / 2));
        self.proven = Some(sent);
        self.unanswered = 0;
        self.burst = None;
        true
    }

    /// What was proven may be so no longer.
    pub(super) fn suspect(&mut self) {
        self.unanswered = self.unanswered.max(DOUBTFUL);
    }

    /// What was proven is so no longer: the relay has gone, or refuses.
    pub(super) fn fail(&mut self) {
        self.proven = None;
        self.burst = None;
        self.unanswered = DOUBTFUL;
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn way() -> Way {
        Way::new(Hop::Direct("192.0.2.1:1".parse().unwrap()), 1420)
    }

    fn at(millis: u64) -> Time {
        Time::from_nanos(millis * 1_000_000)
    }

    #[test]
    fn probes_are_repeated_ever_more_slowly_until_one_is_answered() {
        let mut way = way();
        way.probe(at(0), 0xabcd, 5);

        let mut sent = Vec::new();
        while let Some(due) = way.deadline() {
            sent.extend(way.poll_probe(due).map(|token| (due, token)));
        }

        let expected = [(0, 0xabc8), (200, 0xabc9), (600, 0xabca), (1400, 0xabcb), (3000, 0xabcc)];
        assert_eq!(sent, expected.map(|(millis, token)| (at(millis), token)));
        assert!(way.is_doubtful() && way.is_lost(at(6200)));
    }

    #[test]
    fn an_answer_proves_the_way_and_times_the_probe_that_it_answers() {
        let mut way = way();
        way.probe(at(0), 8, 5);
        way.poll_probe(at(0));
        way.poll_probe(at(200));

        assert!(!way.answered(at(250), 16 | 1) && !way.answered(at(250), 8 | 2));
        assert!(way.answered(at(250), 8 | 1));

        assert_eq!(way.rtt, Some(Duration::from_millis(50)));
        assert!(way.is_alive(at(30_199)) && !way.is_alive(at(30_200)));
        assert!(!way.answered(at(260), 8), "one answer is enough");
    }

    #[test]
    fn two_probes_without_an_answer_are_reason_to_doubt() {
        let mut way = way();
        way.probe(at(0), 8, 3);
        way.poll_probe(at(0));
        way.answered(at(10), 8);
        way.probe(at(1000), 16, 3);

        way.poll_probe(at(1000));
        way.poll_probe(at(1200));
        assert!(way.is_alive(at(1200)));
        way.poll_probe(at(1600));
        assert!(way.is_doubtful() && !way.is_alive(at(1600)));
    }
}
