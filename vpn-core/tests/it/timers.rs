//! The rules of the WireGuard paper, sections 6.1 to 6.5, with its numbers restated.

use std::time::Duration;

use vpn_core::{CONTROL_LEN, Discard, Event, PeerConfig, SecretKey, Time};

use crate::world::{ALICE, BOB, Node, Sent, Setup, World, address, device, millis, packet, secs};

/// The paper's jitter is below a third of a second.
const JITTER: Duration = Duration::from_millis(334);

#[test]
fn unanswered_initiations_are_repeated_each_five_seconds_and_given_up_after_ninety() {
    let mut world = World::new();
    world.faults.loss = 100;
    world.send(ALICE, &packet(ALICE, BOB, 40, 0));

    world.run_for(secs(90) - Duration::from_nanos(1));
    let peer = world.nodes[ALICE].peer;
    assert_eq!(world.nodes[ALICE].events, []);
    world.run_for(Duration::from_nanos(1));
    assert_eq!(world.nodes[ALICE].events, [Event::GaveUp(peer)]);
    world.run_for(secs(1000));

    let initiations = world.initiations(ALICE);
    for pair in initiations.windows(2) {
        let gap = pair[1].since(pair[0]);
        assert!(gap >= secs(5) && gap < secs(5) + JITTER, "{gap:?}");
    }
    assert!((17..=18).contains(&initiations.len()));
    assert_eq!(world.nodes[ALICE].device.poll_timeout(), None);
}

#[test]
fn jitter_differs_from_one_initiation_to_the_next() {
    let mut world = World::new();
    world.faults.loss = 100;
    world.initiate(ALICE);
    world.run_for(secs(80));

    let initiations = world.initiations(ALICE);
    let gaps: std::collections::BTreeSet<_> =
        initiations.windows(2).map(|pair| pair[1].since(pair[0])).collect();
    assert!(gaps.len() > 10);
}

#[test]
fn packet_after_giving_up_starts_over() {
    let mut world = World::new();
    world.faults.loss = 100;
    world.send(ALICE, &packet(ALICE, BOB, 40, 0));
    world.run_for(secs(200));
    world.faults.loss = 0;

    world.send(ALICE, &packet(ALICE, BOB, 40, 0));
    world.run_for(millis(1));

    assert!(world.is_up(ALICE));
}

#[test]
fn packet_while_initiating_counts_the_ninety_seconds_afresh() {
    let mut world = World::new();
    world.faults.loss = 100;
    world.send(ALICE, &packet(ALICE, BOB, 40, 0));
    world.run_for(secs(60));
    world.send(ALICE, &packet(ALICE, BOB, 40, 0));

    world.run_for(secs(89));
    assert!(world.nodes[ALICE].device.poll_timeout().is_some());
    world.run_for(secs(1));
    assert_eq!(world.nodes[ALICE].device.poll_timeout(), None);
    let last = world.now.since(*world.initiations(ALICE).last().unwrap());
    assert!(last < secs(5) + JITTER, "{last:?}");
}

#[test]
fn packets_that_go_on_coming_are_given_up_each_ninety_seconds() {
    let mut world = World::new();
    world.faults.loss = 100;
    let peer = world.nodes[ALICE].peer;

    let mut told = Vec::new();
    for second in 0..600 {
        world.run_until(Time::default() + secs(second));
        let events = std::mem::take(&mut world.nodes[ALICE].events);
        told.extend(events.into_iter().map(|event| (second, event)));
        world.send(ALICE, &packet(ALICE, BOB, 40, 0));
    }

    // Each span begins with the last packet of the one before, of the second before its end.
    let expected = [90, 179, 268, 357, 446, 535].map(|second| (second, Event::GaveUp(peer)));
    assert_eq!(told, expected);
    for pair in world.initiations(ALICE).windows(2) {
        assert!(pair[1].since(pair[0]) < secs(5) + JITTER);
    }
}

#[test]
fn no_two_initiations_within_five_seconds_whatever_asks_for_them() {
    let mut world = World::new();
    world.faults.loss = 100;
    for _ in 0..400 {
        world.initiate(ALICE);
        world.send(ALICE, &packet(ALICE, BOB, 40, 0));
        world.run_for(millis(50));
    }

    for pair in world.initiations(ALICE).windows(2) {
        assert!(pair[1].since(pair[0]) >= secs(5));
    }
}

#[test]
fn response_sent_delays_an_initiation_as_much() {
    let mut world = World::new();
    world.initiate(BOB);
    world.run_for(secs(0));
    world.faults.loss = 100;
    let responded = world.now;

    world.run_for(millis(10));
    world.initiate(ALICE);
    assert_eq!(world.initiations(ALICE), []);
    world.run_for(secs(10));

    let first = world.initiations(ALICE)[0].since(responded);
    assert!(first >= secs(5) && first < secs(5) + JITTER, "{first:?}");
}

#[test]
fn response_takes_the_place_of_an_initiation_that_waits() {
    let mut world = World::new();
    world.initiate(ALICE);
    let initiation = world.trace[0].2.clone();
    let (now, peer) = (world.now, world.nodes[BOB].peer);
    world.nodes[BOB].device.initiate(now, peer).unwrap();

    world.deliver(BOB, &initiation).unwrap();

    assert_eq!(world.poll(BOB).map(|response| response[0]), Some(2));
    assert_eq!(world.poll(BOB), None);
    assert!(world.nodes[BOB].device.poll_timeout().is_some_and(|at| at >= now + secs(5)));
}

#[test]
fn initiator_renews_when_it_sends_at_120_seconds() {
    let mut world = World::connected();
    let born = world.initiations(ALICE)[0];
    for second in 1..=119 {
        world.run_until(born + secs(second));
        world.send(ALICE, &packet(ALICE, BOB, 40, 0));
        world.send(BOB, &packet(BOB, ALICE, 40, 0));
    }
    assert_eq!(world.initiations(ALICE).len(), 1);

    world.run_until(born + secs(120));
    world.send(BOB, &packet(BOB, ALICE, 40, 0));
    world.run_for(secs(0));
    assert_eq!(world.initiations(ALICE).len(), 1);
    world.send(ALICE, &packet(ALICE, BOB, 40, 0));
    world.run_for(millis(1));

    assert_eq!(world.initiations(ALICE).len(), 2);
    assert_eq!(world.initiations(BOB), []);
    assert_eq!(world.nodes[ALICE].events.len(), 1, "renewal is no event");
}

#[test]
fn initiator_renews_when_it_sends_a_persistent_keepalive_at_120_seconds() {
    let mut world = World::with(Setup { alice_keepalive: Some(secs(25)), ..Setup::default() });
    world.run_for(secs(600));

    // Keepalives at 25, 50, 75, 100 and 125 s: the last of each session renews it.
    assert_eq!(world.initiations(ALICE).len(), 5);
    assert_eq!(world.nodes[ALICE].events.len(), 1, "the session never lapsed");
}

#[test]
fn initiator_renews_when_it_receives_at_165_seconds() {
    let mut world = World::connected();
    let born = world.initiations(ALICE)[0];
    world.run_until(born + secs(164));
    world.send(BOB, &packet(BOB, ALICE, 40, 0));
    world.run_until(born + millis(164_999));
    assert_eq!(world.initiations(ALICE).len(), 1);

    world.run_until(born + secs(165));
    world.send(BOB, &packet(BOB, ALICE, 40, 0));
    world.run_for(millis(1));

    assert_eq!(world.initiations(ALICE).len(), 2);
}

#[test]
fn responder_does_not_renew_when_it_receives() {
    let mut world = World::connected();
    let born = world.initiations(ALICE)[0];
    world.run_until(born + secs(170));
    let datagram = world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));

    world.deliver(BOB, &datagram).unwrap();
    world.drain(BOB);

    assert_eq!(world.initiations(BOB), []);
}

#[test]
fn receipt_leads_to_one_renewal_per_session() {
    let mut world = World::connected();
    let born = world.initiations(ALICE)[0];
    world.run_until(born + secs(166));
    let datagrams = [0, 1].map(|_| world.datagram(BOB, &packet(BOB, ALICE, 40, 0)));
    world.faults.loss = 100;
    world.deliver(ALICE, &datagrams[0]).unwrap();
    world.drain(ALICE);
    world.run_for(secs(13));
    let count = world.initiations(ALICE).len();
    world.deliver(ALICE, &datagrams[1]).unwrap();
    world.drain(ALICE);

    assert_eq!(world.initiations(ALICE).len(), count);
}

#[test]
fn sent_data_without_any_answer_for_fifteen_seconds_begins_a_handshake() {
    for sender in [ALICE, BOB] {
        let mut world = World::connected();
        world.faults.loss = 100;
        let before = world.initiations(sender).len();
        world.run_for(secs(30));
        let sent = world.now;
        world.send(sender, &packet(sender, 1 - sender, 40, 0));
        world.run_for(secs(3));
        world.send(sender, &packet(sender, 1 - sender, 40, 0));
        world.run_for(secs(15));

        let initiations = world.initiations(sender);
        assert_eq!(initiations.len(), before + 1);
        let wait = initiations[before].since(sent);
        assert!(wait >= secs(15) && wait < secs(15) + JITTER, "{wait:?}");
    }
}

#[test]
fn keepalive_answers_data_after_ten_seconds_of_silence() {
    let mut world = World::connected();
    world.run_for(secs(1));
    let received = world.now;
    world.send(ALICE, &packet(ALICE, BOB, 40, 0));
    world.run_for(secs(60));

    let keepalives: Vec<_> = world.sent(BOB).into_iter().filter(|(_, kind)| *kind == 4).collect();
    assert_eq!(keepalives, [(received + secs(10), 4)]);
    assert_eq!(world.initiations(ALICE).len(), 1, "the keepalive is an answer");
}

#[test]
fn keepalive_is_repeated_if_more_data_came_meanwhile() {
    let mut world = World::connected();
    world.run_for(secs(1));
    let received = world.now;
    world.send(ALICE, &packet(ALICE, BOB, 40, 0));
    world.run_for(secs(4));
    world.send(ALICE, &packet(ALICE, BOB, 40, 0));
    world.run_for(secs(60));

    let keepalives: Vec<_> = world.sent(BOB).into_iter().filter(|(_, kind)| *kind == 4).collect();
    assert_eq!(keepalives, [(received + secs(10), 4), (received + secs(20), 4)]);
}

#[test]
fn anything_sent_takes_the_place_of_the_keepalive() {
    let mut world = World::connected();
    world.run_for(secs(1));
    world.send(ALICE, &packet(ALICE, BOB, 40, 0));
    world.run_for(secs(9));
    world.send(BOB, &packet(BOB, ALICE, 40, 0));
    let sent = world.sent(BOB).len();
    world.run_for(secs(9));

    assert_eq!(world.sent(BOB).len(), sent);
}

#[test]
fn packet_takes_the_place_of_a_keepalive_whose_interval_was_taken_away() {
    let mut world = World::with(Setup { alice_keepalive: Some(secs(10)), ..Setup::default() });
    world.run_for(millis(1));
    world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));
    world.run_for(secs(9));
    world.now = world.now + secs(1);
    let Node { device, peer, .. } = &mut world.nodes[ALICE];
    device.handle_timeout(world.now);
    assert_eq!(device.poll_timeout(), Some(world.now), "a keepalive waits");
    device.set_persistent_keepalive(*peer, None).unwrap();

    world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));

    assert_eq!(world.poll(ALICE), None);
}

#[test]
fn idle_peers_fall_silent() {
    let mut world = World::connected();
    let sent = world.trace.len();

    world.run_for(secs(3600));

    assert_eq!(world.trace.len(), sent);
    assert_eq!(world.nodes[ALICE].device.poll_timeout(), None);
    assert_eq!(world.nodes[BOB].device.poll_timeout(), None);
}

#[test]
fn persistent_keepalive_begins_at_once_and_restarts_with_any_traffic() {
    let mut world = World::with(Setup { alice_keepalive: Some(secs(25)), ..Setup::default() });
    world.run_for(millis(0));
    assert!(world.is_up(ALICE) && world.is_up(BOB));
    let base = world.now;

    world.run_for(secs(5));
    world.send(BOB, &packet(BOB, ALICE, 40, 0));
    world.run_for(secs(60));

    // Bob's data at 5 s is answered at 15 s; from then on every 25 s.
    let own = world.sent(ALICE).into_iter().filter(|(at, _)| *at > base);
    let expected = [15, 40, 65].map(|second| (base + secs(second), 4));
    assert_eq!(own.collect::<Vec<_>>(), expected);
}

#[test]
fn each_packet_sent_puts_the_persistent_keepalive_off() {
    let mut world = World::with(Setup { alice_keepalive: Some(secs(5)), ..Setup::default() });
    world.run_for(millis(0));
    let base = world.now;
    world.faults.loss = 100;

    for _ in 0..2 {
        world.run_for(secs(4));
        world.send(ALICE, &packet(ALICE, BOB, 40, 0));
        let deadline = world.nodes[ALICE].device.poll_timeout();
        assert_eq!(deadline, Some(world.now + secs(5)));
    }
    world.run_for(secs(6));

    let sent: Vec<_> = world.sent(ALICE).into_iter().filter(|(at, _)| *at > base).collect();
    assert_eq!(sent, [4, 8, 13].map(|second| (base + secs(second), 4)));
}

#[test]
fn persistent_keepalive_goes_on_trying_while_the_peer_is_away() {
    let mut world = World::with(Setup { alice_keepalive: Some(secs(25)), ..Setup::default() });
    world.faults.loss = 100;
    world.run_for(secs(1000));
    world.faults.loss = 0;
    world.run_for(secs(31));

    assert!(world.is_up(ALICE) && world.is_up(BOB));
}

#[test]
fn session_ends_at_180_seconds() {
    let mut world = World::connected();
    let born = world.initiations(ALICE)[0];
    let [in_time, late] = [0, 1].map(|_| world.datagram(BOB, &packet(BOB, ALICE, 40, 0)));
    world.faults.loss = 100;

    world.run_until(born + millis(179_999));
    assert!(world.is_up(ALICE) && world.is_up(BOB));
    assert_eq!(world.deliver(ALICE, &in_time), Ok(()));
    world.run_until(born + secs(180));

    assert!(!world.is_up(ALICE) && !world.is_up(BOB));
    assert_eq!(world.nodes[ALICE].events.last(), Some(&Event::Down(world.nodes[ALICE].peer)));
    assert_eq!(world.deliver(ALICE, &late), Err(Discard::SessionExpired));
    assert_eq!(world.seal(ALICE, &packet(ALICE, BOB, 40, 0)), Sent::Held);
}

#[test]
fn expired_session_is_not_used_even_if_time_was_not_handled() {
    let mut world = World::connected();
    world.now = world.now + secs(180);

    assert_eq!(world.seal(ALICE, &packet(ALICE, BOB, 40, 0)), Sent::Held);
    world.drain(ALICE);
    let deadline = world.nodes[ALICE].device.poll_timeout();
    assert!(deadline.is_some_and(|at| at > world.now), "{deadline:?}");
    world.run_for(millis(1));

    let peer = world.nodes[ALICE].peer;
    assert_eq!(world.nodes[ALICE].events, [Event::Up(peer), Event::Down(peer), Event::Up(peer)]);
}

#[test]
fn keys_are_wiped_after_540_seconds_and_the_peer_lives_on() {
    let mut world = World::connected();
    let born = world.initiations(ALICE)[0];
    let datagram = world.datagram(BOB, &packet(BOB, ALICE, 40, 0));
    world.faults.loss = 100;

    world.run_until(born + millis(539_999));
    assert_eq!(world.deliver(ALICE, &datagram), Err(Discard::SessionExpired));
    world.run_until(born + secs(540));
    assert_eq!(world.deliver(ALICE, &datagram), Err(Discard::UnknownIndex));

    world.faults.loss = 0;
    world.send(BOB, &packet(BOB, ALICE, 40, 0));
    world.run_for(millis(1));
    assert_eq!(world.nodes[ALICE].received.len(), 1);
}

#[test]
fn an_hour_of_sleep_is_survived() {
    let mut world = World::connected();
    world.send(ALICE, &packet(ALICE, BOB, 40, 0));
    world.now = world.now + secs(3600);
    world.run_for(secs(1));
    let before = world.nodes[BOB].received.len();

    world.send(ALICE, &packet(ALICE, BOB, 40, 0));
    world.run_for(millis(1));

    assert_eq!(world.nodes[BOB].received.len(), before + 1);
}

#[test]
fn time_that_goes_back_counts_as_standing_still() {
    let mut world = World::connected();
    world.run_for(secs(100));
    let deadline = world.nodes[ALICE].device.poll_timeout();

    world.nodes[ALICE].device.handle_timeout(Time::default());

    assert_eq!(world.nodes[ALICE].device.poll_timeout(), deadline);
}

#[test]
fn end_of_time_is_reached_and_nothing_is_due_there() {
    let end = Time::from_nanos(u64::MAX);
    let eve = Time::from_nanos(u64::MAX - 1_000_000_000);
    for (last, is_up) in [(eve, true), (eve, false), (end, true), (end, false)] {
        let mut world = World::with(Setup { alice_keepalive: Some(secs(25)), ..Setup::default() });
        world.faults.loss = if is_up { 0 } else { 100 };
        world.run_for(secs(1));
        assert_eq!(world.is_up(ALICE), is_up);
        world.now = last;

        for _ in 0..3 {
            world.nodes[ALICE].device.handle_timeout(world.now);
            world.send(ALICE, &packet(ALICE, BOB, 40, 0));
        }
        world.nodes[ALICE].device.handle_timeout(end);
        world.now = end;
        world.drain(ALICE);

        assert_eq!(world.nodes[ALICE].device.poll_timeout(), None);
    }
}

#[test]
fn persistent_keepalive_of_any_length_is_bearable() {
    for interval in [Duration::from_nanos(1), Duration::MAX] {
        let mut world = World::with(Setup { alice_keepalive: Some(interval), ..Setup::default() });
        let device = &mut world.nodes[ALICE].device;

        for now in [0, 1, 1 << 40, u64::MAX].map(Time::from_nanos) {
            device.handle_timeout(now);
            while device.poll_transmit(now, &mut [0; CONTROL_LEN]).is_some() {}
            while device.poll_event().is_some() {}

            assert!(device.poll_timeout().is_none_or(|at| at > now));
        }
    }
}

#[test]
fn peer_added_or_placed_after_an_idle_hour_is_contacted_once_and_at_once() {
    let hour = Time::default() + secs(3600);
    for placed_later in [false, true] {
        let mut device = device(ALICE);
        let config = PeerConfig::new(SecretKey::from_bytes([40; 32]).public_key());
        let config = config.persistent_keepalive(secs(25));
        if placed_later {
            let peer = device.add_peer(Time::default(), config).unwrap();
            device.handle_timeout(Time::default());
            device.set_endpoint(hour, peer, address(BOB)).unwrap();
        } else {
            device.add_peer(hour, config.endpoint(address(BOB))).unwrap();
        }

        assert_eq!(device.poll_timeout(), Some(hour));
        device.handle_timeout(hour);

        let mut out = [0; CONTROL_LEN];
        assert!(device.poll_transmit(hour, &mut out).is_some());
        assert_eq!(device.poll_transmit(hour, &mut out), None);
        assert!(device.poll_timeout().is_some_and(|at| at >= hour + secs(5)));
    }
}
