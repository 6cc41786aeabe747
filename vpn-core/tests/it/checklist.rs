//! What went wrong in other implementations, and the timer rules of the paper: each line names the
//! tests that would notice. Below the tables stand the tests that have no better place.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use vpn_core::{CONTROL_LEN, Discard, Event, Outbound, PeerConfig, SecretKey, Time, Unix};

use crate::world::{ALICE, BOB, Sent, Setup, World, address, device, millis, packet, secs};

/// Bugs that others had, and the tests by which they cannot come here.
const KNOWN_BUGS: &[(&str, &[&str])] = &[
    (
        "a peer sends from a subnet that another was given",
        &["more_specific_prefix_of_another_peer_is_not_to_be_sent_from"],
    ),
    ("cookie bound to the address without the port", &["cookie_is_bound_to_address_and_port"]),
    (
        "one limit for all sources",
        &[
            "limit_of_one_source_does_not_touch_another",
            "addresses_of_ipv4_are_sources_of_their_own",
            "addresses_of_one_ipv6_subnet_are_one_source",
        ],
    ),
    (
        "cookie reply roams or counts as received",
        &["cookie_reply_neither_roams_nor_counts_as_received"],
    ),
    (
        "cookie reply is used again",
        &["cookie_reply_is_taken_once_per_message", "cookie_reply_to_an_older_message_is_dropped"],
    ),
    ("idle peers keep one another awake", &["idle_peers_fall_silent"]),
    (
        "keepalive counted from the last message sent alone",
        &["persistent_keepalive_begins_at_once_and_restarts_with_any_traffic"],
    ),
    ("no jitter", &["jitter_differs_from_one_initiation_to_the_next"]),
    ("response dropped because it came late", &["response_is_accepted_however_late"]),
    (
        "counter of 32 bits",
        &["counters_rise_by_one_beyond_32_bits", "the_counter_is_all_of_64_bits"],
    ),
    (
        "no limit of messages",
        &["sending_stops_at_the_message_limit", "receiving_stops_at_the_message_limit"],
    ),
    (
        "deadline that is now for ever, or past",
        &["no_deadline_survives_its_handling", "output_and_events_that_wait_are_due_at_once"],
    ),
    (
        "change of the preshared key ignored, or ends the session",
        &["preshared_key_changes_with_the_next_handshake_and_the_session_goes_on"],
    ),
    ("endpoint learned from handshakes alone", &["authenticated_datagram_from_elsewhere_roams"]),
    ("session indices wrap or can be guessed", &["indices_are_random_and_never_shared"]),
    (
        "duplicate inside one batch",
        &["duplicate_inside_one_train_is_dropped", "duplicate_inside_one_batch_is_dropped"],
    ),
    (
        "window moved before the message was authenticated",
        &["a_forgery_does_not_move_the_window", "any_altered_byte_of_a_datagram_changes_nothing"],
    ),
    ("panic at a datagram of unexpected length", &["datagrams_of_any_length_are_survived"]),
    (
        "IPv4 mapped into IPv6 taken for another address",
        &[
            "peer_that_shows_as_ipv4_mapped_into_ipv6_has_not_roamed",
            "cookie_holds_for_an_ipv4_address_mapped_into_ipv6",
            "ipv4_mapped_into_ipv6_is_the_ipv4_address",
            "families_do_not_mix",
        ],
    ),
    ("two peers behind one public address", &["peers_behind_one_address_are_told_apart"]),
    (
        "index of a removed peer used again while packets are in flight",
        &["packets_in_flight_to_a_removed_peer_reach_nobody"],
    ),
    (
        "wall clock jumps",
        &["wall_clock_set_back_does_not_lock_out", "wall_clock_set_forward_does_not_lock_out"],
    ),
    ("computer sleeps for an hour", &["an_hour_of_sleep_is_survived"]),
    ("both sides initiate at once", &["both_sides_may_initiate_at_once"]),
    (
        "initiator dies after the response",
        &["initiator_that_dies_after_the_response_leaves_the_responder_able_to_begin"],
    ),
    ("cookies while both sides are under load", &["both_sides_under_load_still_come_up"]),
];

/// The timer rules, after the paper's sections 6.1 to 6.5.
const TIMER_RULES: &[(&str, &[&str])] = &[
    (
        "1: one initiation per 5 s, repeated until 90 s have passed",
        &[
            "unanswered_initiations_are_repeated_each_five_seconds_and_given_up_after_ninety",
            "no_two_initiations_within_five_seconds_whatever_asks_for_them",
            "response_sent_delays_an_initiation_as_much",
            "packet_after_giving_up_starts_over",
        ],
    ),
    (
        "2: what is sent renews: an initiator's session at 120 s, any at 2^60 messages",
        &[
            "initiator_renews_when_it_sends_at_120_seconds",
            "either_side_renews_after_two_to_the_sixty_messages",
            "session_ends_at_180_seconds",
        ],
    ),
    (
        "3: what is received renews an initiator's session at 165 s, once",
        &[
            "initiator_renews_when_it_receives_at_165_seconds",
            "responder_does_not_renew_when_it_receives",
            "receipt_leads_to_one_renewal_per_session",
        ],
    ),
    (
        "4: data without any answer for 15 s begins a handshake",
        &["sent_data_without_any_answer_for_fifteen_seconds_begins_a_handshake"],
    ),
    (
        "5: data received is answered within 10 s, if by a keepalive",
        &[
            "keepalive_answers_data_after_ten_seconds_of_silence",
            "keepalive_is_repeated_if_more_data_came_meanwhile",
            "anything_sent_takes_the_place_of_the_keepalive",
        ],
    ),
    (
        "6: a persistent keepalive follows any silence, with or without a session",
        &[
            "persistent_keepalive_begins_at_once_and_restarts_with_any_traffic",
            "persistent_keepalive_goes_on_trying_while_the_peer_is_away",
        ],
    ),
    (
        "7: keys are wiped 540 s after the last new session, and the peer stays",
        &["keys_are_wiped_after_540_seconds_and_the_peer_lives_on"],
    ),
];

/// The files in which the tests stand.
const SOURCES: &[&str] = &[
    include_str!("batch.rs"),
    include_str!("checklist.rs"),
    include_str!("data.rs"),
    include_str!("handshake.rs"),
    include_str!("load.rs"),
    include_str!("peers.rs"),
    include_str!("status.rs"),
    include_str!("timers.rs"),
    include_str!("../../src/crypto/aead.rs"),
    include_str!("../../src/device/limiter.rs"),
    include_str!("../../src/device/route.rs"),
    include_str!("../../src/timer.rs"),
    include_str!("../../src/transport/session.rs"),
];

#[test]
fn every_line_names_tests_that_exist() {
    for (line, tests) in KNOWN_BUGS.iter().chain(TIMER_RULES) {
        assert!(!tests.is_empty(), "{line}");
        for test in *tests {
            let declaration = format!("#[test]\nfn {test}()");
            let inner = format!("#[test]\n    fn {test}()");
            let found = |source: &&str| source.contains(&declaration) || source.contains(&inner);
            assert!(SOURCES.iter().any(found), "{line}: no test {test}");
        }
    }
    assert_eq!(TIMER_RULES.len(), 7);
}

#[test]
fn response_is_accepted_however_late() {
    let mut world = World::new();
    world.initiate(ALICE);
    let initiation = world.trace[0].2.clone();
    world.deliver(BOB, &initiation).unwrap();
    let response = world.poll(BOB).unwrap();
    world.faults.loss = 100;

    world.now = world.now + millis(4999);

    assert_eq!(world.deliver(ALICE, &response), Ok(()));
    assert!(world.is_up(ALICE));
}

#[test]
fn no_deadline_survives_its_handling() {
    let mut world = World::with(Setup { alice_keepalive: Some(secs(25)), ..Setup::default() });
    world.initiate(ALICE);
    let mut handled = 0;
    for minute in 0..20 {
        // Every other minute nothing arrives, so that attempts are given up and sessions end.
        world.faults.loss = if minute % 4 < 2 { 0 } else { 100 };
        world.send(BOB, &packet(BOB, ALICE, 40, 0));
        let end = world.now + secs(60);
        while let Some(deadline) = world.nodes[ALICE].device.poll_timeout() {
            if deadline > end {
                break;
            }
            assert!(deadline >= world.now, "a deadline in the past");
            world.run_until(deadline);
            world.nodes[ALICE].device.handle_timeout(deadline);
            world.drain(ALICE);
            assert!(world.nodes[ALICE].device.poll_timeout().is_none_or(|next| next > deadline));
            handled += 1;
        }
        world.run_until(end);
    }

    assert!(handled > 60, "{handled} deadlines");
}

#[test]
fn indices_are_random_and_never_shared() {
    let mut world = World::new();
    for _ in 0..300 {
        world.initiate(ALICE);
        world.run_for(secs(6));
    }

    let indices = world.trace.iter().filter(|(_, _, datagram)| matches!(datagram[0], 1 | 2));
    let indices: Vec<_> = indices
        .map(|(_, _, datagram)| u32::from_le_bytes(*datagram[4..].first_chunk().unwrap()))
        .collect();
    let distinct: BTreeSet<_> = indices.iter().collect();
    assert_eq!((indices.len(), distinct.len()), (600, 600));
    for bit in 0..32 {
        let ones = indices.iter().filter(|index| *index >> bit & 1 == 1).count();
        assert!((200..400).contains(&ones), "bit {bit} is set in {ones} of 600");
    }
}

#[test]
fn datagrams_of_any_length_are_survived() {
    let mut world = World::connected();
    let genuine = world.datagram(ALICE, &packet(ALICE, BOB, 1400, 0));
    for kind in 0..=5 {
        for len in (0..200).chain([1431, 1433, 65_507, 65_535, 65_536, 1 << 20]) {
            let mut datagram = genuine.clone();
            datagram.resize(len, 0);
            if let Some(first) = datagram.first_mut() {
                *first = kind;
            }

            assert!(world.deliver(BOB, &datagram).is_err(), "type {kind}, length {len}");
        }
    }

    assert_eq!(world.poll(BOB), None);
    assert_eq!(world.deliver(BOB, &genuine), Ok(()));
}

#[test]
fn peer_that_shows_as_ipv4_mapped_into_ipv6_has_not_roamed() {
    let mut world = World::connected();
    let SocketAddr::V4(alice) = address(ALICE) else { panic!("not IPv4") };
    let mapped = SocketAddr::new(alice.ip().to_ipv6_mapped().into(), alice.port());
    let datagrams = [0; 2].map(|_| world.datagram(ALICE, &packet(ALICE, BOB, 40, 0)));
    let peer = world.nodes[BOB].peer;

    world.deliver_from(mapped, BOB, &datagrams[0]).unwrap();
    assert_eq!(world.nodes[BOB].device.poll_event(), None);
    assert_eq!(world.nodes[BOB].device.endpoint(peer), Ok(Some(mapped)), "what the socket takes");
    let elsewhere = SocketAddr::new(mapped.ip(), alice.port() + 1);
    world.deliver_from(elsewhere, BOB, &datagrams[1]).unwrap();

    assert_eq!(world.nodes[BOB].device.poll_event(), Some(Event::Roamed(peer, elsewhere)));
}

#[test]
fn peers_behind_one_address_are_told_apart() {
    let now = Time::default();
    let mut hub = device(9);
    let nat = |port| SocketAddr::from(([198, 51, 100, 1], port));
    let mut out = [0; CONTROL_LEN];
    let mut ids = Vec::new();
    for (node, port) in [(ALICE, 1001), (BOB, 1002)] {
        let mut inner = device(node);
        let peer = hub.add_peer(now, PeerConfig::new(inner.public_key())).unwrap();
        let net = format!("10.0.0.{}/32", node + 1);
        hub.allow(peer, net.parse().unwrap()).unwrap();
        let to_hub = PeerConfig::new(hub.public_key()).endpoint(address(9));
        let to_hub = inner.add_peer(now, to_hub).unwrap();
        inner.initiate(now, to_hub).unwrap();
        hub.open(now, nat(port), inner.poll_transmit(now, &mut out).unwrap().datagram).unwrap();
        inner.open(now, address(9), hub.poll_transmit(now, &mut out).unwrap().datagram).unwrap();
        hub.open(now, nat(port), inner.poll_transmit(now, &mut out).unwrap().datagram).unwrap();
        ids.push((node, peer, port));
    }

    for (node, peer, port) in ids {
        let mut buf = [0; 96];
        buf[16..56].copy_from_slice(&packet(9, node, 40, 0));
        let Outbound::Send(sent) = hub.seal(now, &mut buf, 16..56).unwrap() else {
            panic!("no session")
        };
        assert_eq!((sent.peer, sent.to), (peer, nat(port)));
    }
}

#[test]
fn packets_in_flight_to_a_removed_peer_reach_nobody() {
    let mut world = World::connected();
    let in_flight: Vec<_> =
        (0..8).map(|_| world.datagram(BOB, &packet(BOB, ALICE, 40, 0))).collect();
    let bob = world.nodes[BOB].device.public_key();
    let old = world.nodes[ALICE].peer;
    let now = world.now;
    let alice = &mut world.nodes[ALICE];
    alice.device.remove_peer(old).unwrap();
    alice.peer = alice.device.add_peer(now, PeerConfig::new(bob).endpoint(address(BOB))).unwrap();
    for node in 20..60 {
        let key = SecretKey::from_bytes([node; 32]).public_key();
        alice.device.add_peer(now, PeerConfig::new(key)).unwrap();
    }
    // The successor comes up, with indices of its own.
    world.now = world.now + secs(6);
    world.initiate(ALICE);
    world.run_for(millis(1));
    assert!(world.is_up(ALICE));

    for datagram in in_flight {
        assert_eq!(world.deliver(ALICE, &datagram), Err(Discard::UnknownIndex));
    }
}

#[test]
fn wall_clock_set_forward_does_not_lock_out() {
    let mut world = World::connected();
    world.run_for(secs(10));
    let now = world.now;
    world.nodes[ALICE].device.set_wall(Unix { secs: 4_000_000_000, nanos: 0 }, now);
    world.initiate(ALICE);
    world.run_for(secs(10));

    // Corrected again, it stays ahead of what it has sent.
    let now = world.now;
    world.nodes[ALICE].device.set_wall(Unix { secs: 1_800_000_020, nanos: 0 }, now);
    world.initiate(ALICE);
    world.run_for(millis(1));

    assert_eq!(world.initiations(ALICE).len(), 3);
    assert_eq!(world.nodes[BOB].discards, []);
    assert!(matches!(world.seal(ALICE, &packet(ALICE, BOB, 40, 0)), Sent::Datagram(..)));
}

#[test]
fn wall_clock_at_its_end_does_not_lock_out() {
    let mut world = World::new();
    let now = world.now;
    world.nodes[ALICE].device.set_wall(Unix { secs: u64::MAX, nanos: u32::MAX }, now);
    for _ in 0..3 {
        world.initiate(ALICE);
        world.run_for(secs(10));
    }

    assert_eq!(world.initiations(ALICE).len(), 3);
    assert_eq!(world.nodes[BOB].discards, []);
}

#[test]
fn wrong_wall_time_corrected_before_a_handshake_reaches_nobody() {
    let mut world = World::new();
    let now = world.now;
    let alice = &mut world.nodes[ALICE].device;
    alice.set_wall(Unix { secs: 4_000_000_000, nanos: 0 }, now);
    alice.set_wall(Unix { secs: 1_800_000_000, nanos: 0 }, now);
    world.initiate(ALICE);
    world.run_for(secs(10));

    // The same key starts over, ten seconds later by the right clock.
    let mut twin = device(ALICE);
    twin.set_wall(Unix { secs: 1_800_000_010, nanos: 0 }, Time::default());
    let bob = PeerConfig::new(world.nodes[BOB].device.public_key()).endpoint(address(BOB));
    let peer = twin.add_peer(now, bob).unwrap();
    twin.initiate(Time::default(), peer).unwrap();
    let mut out = [0; CONTROL_LEN];
    let initiation = twin.poll_transmit(Time::default(), &mut out).unwrap();

    assert_eq!(world.deliver(BOB, initiation.datagram), Ok(()));
}
