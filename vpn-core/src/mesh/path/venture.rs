use alloc::collections::BTreeMap;
use core::net::SocketAddr;
use core::time::Duration;

use crate::device::prefix;
use crate::mesh::gossip::{Pace, Tag};
use crate::time::Time;

/// What may be sent to all hosts together that have not been heard: so many datagrams at once, so
/// many a second.
const TOGETHER: (u32, u32) = (256, 16);
/// What may be sent at once to one of them, whoever says to be there, and how long it takes until it
/// may be sent one more.
const OF_A_HOST: (u32, Duration) = (12, Duration::from_secs(600));
/// What may be sent at once to hosts that one member names, and how long it takes until one more may
/// be: a few members cannot use up what may be sent for all.
const OF_A_MEMBER: (u32, Duration) = (64, Duration::from_millis(500));
/// How many hosts, and how many members, are remembered.
const MAX_TRIED: usize = 4096;
/// How long a host is known to want what it is sent, after something authenticated came from there.
const HEARD: Duration = Duration::from_secs(3600);
/// How many of these are remembered.
const MAX_HEARD: usize = 1024;

/// Datagrams sent where nobody has been heard, on a member's word that it is there.
///
/// A member may name addresses of others, and there may be many members that name the same: so hosts
/// are counted, which are an IPv4 address or a /64 of IPv6, and beside them the members that name
/// them.
#[derive(Debug)]
pub(super) struct Ventures {
    together: Pace,
    hosts: Tried<u64>,
    members: Tried<Tag>,
    /// When a host was heard last.
    heard: BTreeMap<u64, Time>,
}

impl Ventures {
    pub(super) fn new() -> Self {
        let (burst, per_second) = TOGETHER;
        Self {
            together: Pace::new(burst, per_second),
            hosts: Tried::new(OF_A_HOST),
            members: Tried::new(OF_A_MEMBER),
            heard: BTreeMap::new(),
        }
    }

    /// Something authenticated has come from there.
    pub(super) fn heard(&mut self, now: Time, at: SocketAddr) {
        let host = prefix(at.ip());
        if self.heard.len() >= MAX_HEARD && !self.heard.contains_key(&host) {
            let oldest = self.heard.iter().min_by_key(|(_, at)| **at).map(|(host, _)| *host);
            oldest.map(|oldest| self.heard.remove(&oldest));
        }
        self.heard.insert(host, now);
        self.hosts.forget(host);
    }

    /// Something authenticated claims to come from there: one datagram more may be sent in answer.
    pub(super) fn told(&mut self, at: SocketAddr) {
        self.hosts.strike_one(prefix(at.ip()));
    }

    /// Whether that was so lately.
    pub(super) fn was_heard(&self, now: Time, at: SocketAddr) -> bool {
        self.heard.get(&prefix(at.ip())).is_some_and(|heard| now.since(*heard) < HEARD)
    }

    /// Whether a datagram may be sent there, where a member says to be; counts it if so.
    pub(super) fn take(&mut self, now: Time, member: Tag, at: SocketAddr) -> bool {
        if self.was_heard(now, at) {
            return true;
        }
        let host = prefix(at.ip());
        let may = self.hosts.may(now, host) && self.members.may(now, member);
        let may = may && self.together.take(now, 1);
        if may {
            self.hosts.count(now, host);
            self.members.count(now, member);
        }
        may
    }
}

/// What was sent on account of each of many, of whom each may have so much sent at once, and one
/// datagram more after each interval.
#[derive(Debug)]
struct Tried<K> {
    burst: u32,
    interval: Duration,
    /// When as much may be sent again as if nothing had been sent.
    whole: BTreeMap<K, Time>,
}

impl<K: Ord + Copy> Tried<K> {
    fn new((burst, interval): (u32, Duration)) -> Self {
        Self { burst, interval, whole: BTreeMap::new() }
    }

    fn whole(&self, now: Time, key: K) -> Time {
        self.whole.get(&key).map_or(now, |whole| now.max(*whole))
    }

    fn may(&self, now: Time, key: K) -> bool {
        self.whole(now, key).since(now) <= self.interval * (self.burst - 1)
    }

    fn count(&mut self, now: Time, key: K) {
        if self.whole.len() >= MAX_TRIED && !self.whole.contains_key(&key) {
            // Of those that were sent least, so that nobody is sent more because others are named.
            let least = self.whole.iter().min_by_key(|(_, whole)| **whole).map(|(key, _)| *key);
            least.map(|least| self.whole.remove(&least));
        }
        self.whole.insert(key, self.whole(now, key) + self.interval);
    }

    /// Counts one less.
    fn strike_one(&mut self, key: K) {
        if let Some(whole) = self.whole.get_mut(&key) {
            let earlier = u128::from(whole.as_nanos()).saturating_sub(self.interval.as_nanos());
            *whole = Time::from_nanos(earlier as u64);
        }
    }

    fn forget(&mut self, key: K) {
        self.whole.remove(&key);
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

    /// How many of so many datagrams may be sent, each on the word of another member.
    fn taken(ventures: &mut Ventures, now: Time, at: SocketAddr, tries: usize) -> usize {
        (0..tries as u64).filter(|member| ventures.take(now, Tag::member(member << 1), at)).count()
    }

    /// How many may be sent to so many hosts that one member names.
    fn taken_of(ventures: &mut Ventures, now: Time, member: u32, hosts: u32) -> usize {
        let host = |host: u32| SocketAddr::from(((member << 16 | host).to_be_bytes(), 7));
        let tag = Tag::member(u64::from(member) << 1);
        (0..hosts).filter(|number| ventures.take(now, tag, host(*number))).count()
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
        let mut taken = |now, members: core::ops::Range<u32>| -> usize {
            members.map(|member| taken_of(&mut ventures, now, member, 10)).sum()
        };

        assert_eq!(taken(secs(10), 0..100), 256);
        assert_eq!(taken(secs(11), 100..200), 16);
    }

    #[test]
    fn members_that_name_many_hosts_leave_something_for_others() {
        let mut ventures = Ventures::new();

        for liar in [1, 2] {
            assert_eq!(taken_of(&mut ventures, secs(10), liar, 1000), 64);
            assert_eq!(taken_of(&mut ventures, secs(13), liar, 1000), 6);
        }

        assert_eq!(taken_of(&mut ventures, secs(13), 3, 60), 60);
        assert_eq!(taken_of(&mut ventures, secs(100), 1, 1000), 64);
    }

    #[test]
    fn naming_many_hosts_makes_none_of_them_forgotten_that_was_sent_more() {
        let mut ventures = Ventures::new();
        let victim = at("203.0.113.1:7");
        taken(&mut ventures, secs(10), victim, 20);
        let mut now = secs(10);
        for host in 0_u32..5000 {
            now = now + Duration::from_millis(63);
            taken_of(&mut ventures, now, host, 1);
            ventures.heard(now, SocketAddr::from(((host | 1 << 31).to_be_bytes(), 7)));
        }

        assert_eq!((ventures.hosts.whole.len(), ventures.heard.len()), (MAX_TRIED, MAX_HEARD));
        assert_eq!(ventures.members.whole.len(), MAX_TRIED);
        assert_eq!(taken(&mut ventures, now, victim, 20), 0);
    }
}
