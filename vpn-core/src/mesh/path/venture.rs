use alloc::collections::BTreeMap;
use core::net::SocketAddr;
use core::time::Duration;

use crate::device::prefix;
use crate::mesh::gossip::Pace;
use crate::time::Time;

/// What may be sent to all hosts together that have not been heard: so many datagrams at once, so
/// many a second.
const TOGETHER: (u32, u32) = (256, 16);
/// What may be sent to one of them at once, whoever says to be there.
const BURST: u32 = 12;
/// How long it takes until it may be sent one more.
const INTERVAL: Duration = Duration::from_secs(600);
/// How many of them are remembered.
const MAX_TRIED: usize = 4096;
/// How long a host is known to want what it is sent, after something authenticated came from there.
const HEARD: Duration = Duration::from_secs(3600);
/// How many of these are remembered.
const MAX_HEARD: usize = 1024;

/// Datagrams sent where nobody has been heard, on a member's word that it is there.
///
/// A member may name addresses of others, and there may be many members that name the same: so not
/// members are counted but hosts, which are an IPv4 address or a /64 of IPv6.
#[derive(Debug)]
pub(super) struct Ventures {
    together: Pace,
    /// When as much may be sent to a host again as if nothing had been sent.
    tried: BTreeMap<u64, Time>,
    /// When a host was heard last.
    heard: BTreeMap<u64, Time>,
}

impl Ventures {
    pub(super) fn new() -> Self {
        let (burst, per_second) = TOGETHER;
        let together = Pace::new(burst, per_second);
        Self { together, tried: BTreeMap::new(), heard: BTreeMap::new() }
    }

    /// Something authenticated has come from there.
    pub(super) fn heard(&mut self, now: Time, at: SocketAddr) {
        let host = prefix(at.ip());
        if self.heard.len() >= MAX_HEARD && !self.heard.contains_key(&host) {
            let oldest = self.heard.iter().min_by_key(|(_, at)| **at).map(|(host, _)| *host);
            oldest.map(|oldest| self.heard.remove(&oldest));
        }
        self.heard.insert(host, now);
        self.tried.remove(&host);
    }

    /// Something authenticated claims to come from there: one datagram more may be sent in answer.
    pub(super) fn told(&mut self, at: SocketAddr) {
        if let Some(whole) = self.tried.get_mut(&prefix(at.ip())) {
            let earlier = u128::from(whole.as_nanos()).saturating_sub(INTERVAL.as_nanos());
            *whole = Time::from_nanos(earlier as u64);
        }
    }

    /// Whether that was so lately.
    pub(super) fn was_heard(&self, now: Time, at: SocketAddr) -> bool {
        self.heard.get(&prefix(at.ip())).is_some_and(|heard| now.since(*heard) < HEARD)
    }

    /// Whether a datagram may be sent there; counts it if so.
    pub(super) fn take(&mut self, now: Time, at: SocketAddr) -> bool {
        if self.was_heard(now, at) {
            return true;
        }
        let host = prefix(at.ip());
        let whole = self.tried.get(&host).map_or(now, |whole| now.max(*whole));
        if whole.since(now) > INTERVAL * (BURST - 1) || !self.together.take(now, 1) {
            return false;
        }
        if self.tried.len() >= MAX_TRIED && !self.tried.contains_key(&host) {
            // Of those that were sent least, so that nobody is sent more because others are named.
            let least = self.tried.iter().min_by_key(|(_, whole)| **whole).map(|(host, _)| *host);
            least.map(|least| self.tried.remove(&least));
        }
        self.tried.insert(host, whole + INTERVAL);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn secs(secs: u64) -> Time {
        Time::from_nanos(secs * 1_000_000_000)
    }

    fn taken(ventures: &mut Ventures, now: Time, at: SocketAddr, tries: usize) -> usize {
        (0..tries).filter(|_| ventures.take(now, at)).count()
    }

    #[test]
    fn a_host_that_is_not_heard_is_sent_a_dozen_and_then_one_in_ten_minutes() {
        let mut ventures = Ventures::new();
        let (one, port, other) = (at("192.0.2.1:7"), at("192.0.2.1:8"), at("192.0.2.2:7"));

        assert_eq!(taken(&mut ventures, secs(9), one, 10), 10);
        assert_eq!(taken(&mut ventures, secs(10), port, 10), 2, "another port of the host");
        assert_eq!(taken(&mut ventures, secs(10), other, 20), 12);
        assert_eq!(taken(&mut ventures, secs(608), one, 10), 0);
        assert_eq!(taken(&mut ventures, secs(609), one, 10), 1);
        assert_eq!(taken(&mut ventures, secs(20_000), one, 20), 12);
        let net = ["[2001:db8::1]:7", "[2001:db8::2:1]:7"].map(at);
        assert_eq!(net.map(|at| taken(&mut ventures, secs(20_001), at, 20)), [12, 0], "one /64");
    }

    #[test]
    fn a_host_that_was_heard_is_sent_what_is_needed_for_an_hour() {
        let mut ventures = Ventures::new();
        taken(&mut ventures, secs(10), at("192.0.2.1:7"), 20);

        ventures.heard(secs(20), at("192.0.2.1:9"));

        assert_eq!(taken(&mut ventures, secs(3619), at("192.0.2.1:7"), 1000), 1000);
        assert_eq!(taken(&mut ventures, secs(3620), at("192.0.2.1:7"), 1000), 12);
    }

    #[test]
    fn what_claims_to_come_from_a_host_may_be_answered_once() {
        let mut ventures = Ventures::new();
        let host = at("192.0.2.1:7");
        ventures.told(host);
        taken(&mut ventures, secs(10), host, 20);

        for _ in 0..3 {
            ventures.told(host);
        }

        assert_eq!(taken(&mut ventures, secs(10), host, 20), 3);
        (0..100).for_each(|_| ventures.told(host));
        assert_eq!(taken(&mut ventures, secs(10), host, 20), 12);
    }

    #[test]
    fn all_hosts_together_are_sent_so_many_a_second() {
        let mut ventures = Ventures::new();
        let mut hosts = (0_u32..).map(|host| SocketAddr::from((host.to_be_bytes(), 7)));
        let mut taken = |now, tries: usize| {
            hosts.by_ref().take(tries).filter(|at| ventures.take(now, *at)).count()
        };

        assert_eq!(taken(secs(10), 1000), 256);
        assert_eq!(taken(secs(11), 1000), 16);
    }

    #[test]
    fn naming_many_hosts_makes_none_of_them_forgotten_that_was_sent_more() {
        let mut ventures = Ventures::new();
        let victim = at("203.0.113.1:7");
        taken(&mut ventures, secs(10), victim, 20);
        let mut now = secs(10);
        for host in 0_u32..5000 {
            now = now + Duration::from_millis(63);
            ventures.take(now, SocketAddr::from((host.to_be_bytes(), 7)));
            ventures.heard(now, SocketAddr::from(((host | 1 << 31).to_be_bytes(), 7)));
        }

        assert_eq!((ventures.tried.len(), ventures.heard.len()), (MAX_TRIED, MAX_HEARD));
        assert_eq!(taken(&mut ventures, now, victim, 20), 0);
    }
}
