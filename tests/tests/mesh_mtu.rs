//! Whole nodes on links of which the MTU is small, or becomes so: what they find out of it, how soon,
//! and what it costs.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail by panicking")]

use std::time::Duration;

use tests::sim::{Faults, HostId, Member, World};
use vpn_core::mesh::MemberId;

type Net = World<Member>;

const ALICE: HostId = HostId(1);
const BOB: HostId = HostId(2);
/// Between long packets of Alice.
const GAP: Duration = Duration::from_millis(20);

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A few members; Alice sends to Bob what her host believes to pass.
struct Talk {
    net: Net,
    serial: u32,
    /// The longest packet that Alice's host sends, as it was told.
    len: u16,
    /// Bob says something short now and then.
    answers: bool,
}

impl Talk {
    fn new(seed: u64, members: u32, faults: Faults) -> Self {
        let mut net = Net::new(seed, faults);
        for number in 0..members {
            let now = net.now();
            let member = Member::new(number, None, net.random(), now);
            let id = net.add_host(Net::INTERNET, Member::address(number), member);
            if number > 0 {
                net.with(id, |member, now| member.join(now, 0));
            }
            net.run(secs(1));
        }
        net.run(secs(10));
        Self { net, serial: 0, len: 1420, answers: false }
    }

    /// Sends a packet of a length from one to another; returns its number.
    fn send(&mut self, from: HostId, to: HostId, len: u16) -> u64 {
        self.serial += 1;
        let serial = Member::of_length(self.serial, len);
        let at = self.net.host(to).node().address();
        self.net.with(from, |member, now| member.send(now, at, serial));
        serial
    }

    /// Alice sends long packets to Bob for so long; returns for how long none of them arrived, at most.
    fn bulk(&mut self, length: Duration) -> Duration {
        let (end, mut last) = (self.net.now() + length, self.net.now());
        let (mut longest, mut under_way) = (Duration::ZERO, Vec::new());
        while self.net.now() < end {
            under_way.push(self.send(ALICE, BOB, self.len));
            if self.answers && self.serial.is_multiple_of(10) {
                self.send(BOB, ALICE, 60);
            }
            self.net.run(GAP);
            let told = self.net.with(ALICE, |alice, _| alice.take_told());
            self.len = told.into_iter().fold(self.len, |len, mtu| len.min(mtu as u16));
            let bob = self.net.host(BOB);
            let before = under_way.len();
            under_way.retain(|serial| !bob.has_received(*serial));
            if under_way.len() < before {
                last = self.net.now();
            }
            longest = longest.max(self.net.now().since(last));
        }
        longest
    }

    /// What Alice seals for Bob at most.
    fn mtu(&self) -> u16 {
        let bob = self.net.host(BOB).node();
        let mtu = self.net.host(ALICE).node().mtu(bob.address().into()).unwrap();
        assert_eq!(self.net.host(ALICE).node().member(&bob.id()).unwrap().mtu, mtu);
        mtu
    }

    fn via(&self) -> Option<MemberId> {
        let bob = self.net.host(BOB).node().id();
        self.net.host(ALICE).node().member(&bob).unwrap().via
    }

    /// The MTUs of Bob that Alice's user was told since the last call.
    fn events(&mut self) -> Vec<u16> {
        let bob = self.net.host(BOB).node().id();
        let events = self.net.with(ALICE, |alice, _| alice.take_mtus());
        events.into_iter().filter(|(id, _)| *id == bob).map(|(_, mtu)| mtu).collect()
    }
}

#[test]
fn where_1420_bytes_pass_one_probe_shows_it() {
    let mut talk = Talk::new(1, 3, Faults::internet(0));
    talk.send(ALICE, BOB, 1250);
    talk.net.run(secs(2));
    assert_eq!(talk.net.host(ALICE).sent_whole(), 1);

    let longest = talk.bulk(secs(5));

    assert_eq!((talk.mtu(), talk.len, talk.events()), (1420, 1420, vec![1420]));
    assert!(longest < secs(1), "{longest:?}");
}

#[test]
fn long_packets_are_answered_until_the_host_sends_what_passes() {
    for (link, cuts, mtu) in [(1480, true, 1420), (1400, true, 1328), (1300, true, 1280)] {
        let mut talk = Talk::new(2, 3, Faults::internet(0));
        talk.net.narrow(ALICE, BOB, link, cuts);

        talk.bulk(secs(12));
        let longest = talk.bulk(secs(5));

        println!("a link of {link}: {} bytes at most, {} by the host", talk.mtu(), talk.len);
        assert_eq!(talk.mtu(), mtu);
        assert!(talk.len == mtu || talk.len == 1280, "{}", talk.len);
        assert!(longest < secs(1), "{longest:?}");
    }
}

/// Of IPv6 a host sends no less than 1,280 bytes; shorter packets still pass.
#[test]
fn where_1280_bytes_do_not_pass_either_the_node_knows() {
    let mut talk = Talk::new(3, 3, Faults::internet(0));
    talk.net.narrow(ALICE, BOB, 1300, false);

    talk.bulk(secs(12));

    assert_eq!((talk.mtu(), talk.len, talk.events()), (1200, 1280, vec![1200]));
    let short = talk.send(ALICE, BOB, 1200);
    talk.net.run(secs(1));
    assert!(talk.net.host(BOB).has_received(short));
    talk.net.mend();
    talk.bulk(secs(70));
    assert_eq!(talk.mtu(), 1420);
}

#[test]
fn a_link_that_becomes_narrow_without_a_word_is_noticed_and_one_that_widens_too() {
    let mut longest = [Duration::ZERO; 2];
    for seed in 0..8 {
        let mut talk = Talk::new(10 + seed, 3, Faults::internet(0));
        // If nothing comes back, the way is doubted; else only long packets show it.
        talk.answers = seed % 2 == 1;
        let longest = &mut longest[usize::from(talk.answers)];
        talk.bulk(secs(15) + Duration::from_millis(1300) * seed as u32);
        assert_eq!(talk.mtu(), 1420);
        talk.len = 1420;

        talk.net.narrow(ALICE, BOB, 1400, true);
        *longest = talk.bulk(secs(25)).max(*longest);
        assert_eq!((talk.mtu(), talk.via()), (1328, None), "{seed}");
        assert!(talk.bulk(secs(5)) < secs(1));
        assert_eq!(talk.events(), [1420, 1280, 1328]);

        if seed == 0 {
            talk.net.mend();
            talk.len = 1420;
            talk.bulk(secs(610));
            assert_eq!((talk.mtu(), talk.events()), (1420, vec![1420]));
        }
    }
    println!("a narrowed link swallows packets for {longest:?} at most, without and with answers");
    assert!(longest[0] < secs(4) && longest[1] < secs(12), "{longest:?}");
}

#[test]
fn a_way_through_a_member_carries_less_and_a_direct_one_more_again() {
    let mut talk = Talk::new(4, 5, Faults::internet(0));
    talk.bulk(secs(15));
    assert_eq!((talk.via(), talk.mtu()), (None, 1420));
    talk.len = 1420;

    talk.net.worsen(ALICE, BOB, None);
    talk.bulk(secs(30));
    assert!(talk.via().is_some());
    assert_eq!((talk.mtu(), talk.len), (1376, 1376));
    talk.net.mend();
    talk.len = 1420;
    talk.bulk(secs(90));

    assert_eq!((talk.via(), talk.mtu()), (None, 1420));
    assert_eq!(talk.len, 1376, "it was told before");
    assert_eq!(talk.events(), [1420, 1376, 1420]);
}

#[test]
fn who_sends_nothing_long_probes_nothing() {
    let mut talk = Talk::new(5, 4, Faults::internet(0));

    for _ in 0..600 {
        talk.send(ALICE, BOB, 1200);
        talk.net.run(Duration::from_millis(500));
    }

    assert!((0..4).all(|number| talk.net.host(HostId(number)).sent_whole() == 0));
    assert_eq!((talk.mtu(), talk.events()), (1280, vec![]));
}

/// A member answers no long probe, and says that it has received what nobody has sent: what Alice
/// sends it is bounded, and what she sends others stays.
#[test]
fn a_member_that_lies_about_probes_costs_little_and_harms_nobody_else() {
    const LIAR: HostId = HostId(3);
    let mut talk = Talk::new(6, 4, Faults::internet(0));
    talk.bulk(secs(12));
    talk.net.narrow(ALICE, LIAR, 1228, false);
    let (before, mut told) = (talk.net.host(ALICE).sent_whole(), 0);

    let alice = talk.net.host(ALICE).node().id();
    for second in 0..1800_u64 {
        talk.send(ALICE, LIAR, 1420);
        // An echo: token, no address, zeros.
        let echo = [&[0xe6, 1, 27, 0][..], &second.to_le_bytes(), &[0; 19]].concat();
        talk.net.with(LIAR, |liar, now| liar.say(now, &alice, echo));
        talk.net.run(secs(1));
        told += talk.net.with(ALICE, |alice, _| alice.take_told()).len();
    }

    let probes = talk.net.host(ALICE).sent_whole() - before;
    println!("{probes} probes in half an hour to one that answers none");
    // Three of 1,420 bytes at first; those of 1,280, three a minute, may be cut.
    assert!(probes <= 6, "{probes}");
    let liar = talk.net.host(LIAR).node().id();
    assert_eq!(talk.net.host(ALICE).node().member(&liar).unwrap().mtu, 1200);
    assert_eq!((talk.mtu(), told), (1420, 1800));
}
