//! A device under load: cookies, and limits for each source (paper, sections 5.3 and 5.4.7).

use std::net::SocketAddr;

use vpn_core::{CONTROL_LEN, Device, Discard, LoadPolicy, PeerConfig, Time};

use crate::handshake::stamp_mac1;
use crate::world::{ALICE, BOB, World, address, config, device, device_with, millis, packet, secs};

/// Length of a cookie reply, restated from the paper.
const COOKIE_REPLY: usize = 64;

/// A world in which Bob is under load and Alice has sent an initiation that was lost.
fn loaded() -> (World, Vec<u8>) {
    let mut world = World::new();
    world.nodes[BOB].device.set_under_load(true);
    world.faults.loss = 100;
    world.initiate(ALICE);
    let initiation = world.trace[0].2.clone();
    (world, initiation)
}

/// As [`loaded`], but Alice has got a cookie and sent an initiation that shows it.
fn with_cookie() -> (World, Vec<u8>) {
    let (mut world, initiation) = loaded();
    world.deliver(BOB, &initiation).unwrap_err();
    let reply = world.poll(BOB).unwrap();
    world.deliver(ALICE, &reply).unwrap();
    world.run_for(secs(6));
    let initiation = world.trace[1].2.clone();
    (world, initiation)
}

fn with_port(address: SocketAddr, port: u16) -> SocketAddr {
    SocketAddr::new(address.ip(), port)
}

#[test]
fn cookie_reply_takes_the_place_of_the_response() {
    let (mut world, initiation) = loaded();

    assert_eq!(world.deliver(BOB, &initiation), Err(Discard::UnderLoad));
    assert_eq!(world.nodes[BOB].device.poll_timeout(), Some(world.now));
    let now = world.now;
    let mut out = [0; CONTROL_LEN];
    let reply = world.nodes[BOB].device.poll_transmit(now, &mut out).unwrap();

    assert_eq!((reply.peer, reply.to), (None, address(ALICE)));
    assert_eq!(reply.datagram.len(), COOKIE_REPLY);
    assert_eq!(reply.datagram[..4], [3, 0, 0, 0]);
    assert_eq!(reply.datagram[4..8], initiation[4..8]);
    assert_eq!(world.poll(BOB), None);
    assert_eq!(world.nodes[BOB].device.poll_timeout(), None);
}

#[test]
fn initiator_comes_in_with_its_cookie_at_the_next_attempt() {
    let mut world = World::new();
    world.nodes[BOB].device.set_under_load(true);
    world.send(ALICE, &packet(ALICE, BOB, 40, 1));
    world.run_for(secs(4));
    assert!(!world.is_up(ALICE));

    world.run_for(secs(2));

    assert!(world.is_up(ALICE) && world.is_up(BOB));
    assert_eq!(world.nodes[BOB].received.len(), 1);
    assert_eq!(world.nodes[BOB].discards, [Discard::UnderLoad]);
}

#[test]
fn cookie_is_bound_to_address_and_port() {
    let (mut world, initiation) = with_cookie();
    let same_address = with_port(address(ALICE), 51821);
    let same_port = address(66);

    assert_eq!(world.deliver_from(same_address, BOB, &initiation), Err(Discard::UnderLoad));
    assert_eq!(world.deliver_from(same_port, BOB, &initiation), Err(Discard::UnderLoad));
    assert_eq!(world.deliver(BOB, &initiation), Ok(()));
}

#[test]
fn cookie_holds_for_an_ipv4_address_mapped_into_ipv6() {
    let (mut world, initiation) = with_cookie();
    let SocketAddr::V4(alice) = address(ALICE) else { panic!("not IPv4") };
    let mapped = SocketAddr::new(alice.ip().to_ipv6_mapped().into(), alice.port());

    assert_eq!(world.deliver_from(mapped, BOB, &initiation), Ok(()));
}

#[test]
fn cookie_of_a_secret_older_than_120_seconds_is_refused_and_another_given() {
    let (mut world, initiation) = loaded();
    // Draws the secret long before Alice's cookie is made of it.
    world.deliver_from(address(66), BOB, &initiation).unwrap_err();
    world.poll(BOB).unwrap();
    world.run_for(secs(100));
    world.initiate(ALICE);
    let initiation = world.trace.last().unwrap().2.clone();
    world.deliver(BOB, &initiation).unwrap_err();
    let reply = world.poll(BOB).unwrap();
    world.deliver(ALICE, &reply).unwrap();

    world.run_for(secs(21));
    let late = world.trace.last().unwrap().2.clone();
    assert_ne!(late[132..], [0; 16]);
    assert_eq!(world.deliver(BOB, &late), Err(Discard::UnderLoad));
    let reply = world.poll(BOB).unwrap();
    assert_eq!(world.deliver(ALICE, &reply), Ok(()));
    world.run_for(secs(6));
    let last = world.trace.last().unwrap().2.clone();

    assert_eq!(world.deliver(BOB, &last), Ok(()));
}

#[test]
fn load_changes_nothing_about_a_wrong_mac1() {
    let (mut world, mut initiation) = loaded();
    initiation[116] ^= 1;

    assert_eq!(world.deliver(BOB, &initiation), Err(Discard::BadMac1));
    assert_eq!(world.poll(BOB), None);
}

#[test]
fn any_altered_byte_of_mac2_is_refused() {
    let (mut world, initiation) = with_cookie();

    for at in 132..148 {
        let mut forged = initiation.clone();
        forged[at] ^= 1;
        assert_eq!(world.deliver(BOB, &forged), Err(Discard::UnderLoad), "byte {at}");
    }
    assert_eq!(world.deliver(BOB, &initiation), Ok(()));
}

#[test]
fn initiation_turned_away_changes_no_peer() {
    let (mut world, initiation) = loaded();

    world.deliver_from(address(66), BOB, &initiation).unwrap_err();

    let node = &mut world.nodes[BOB];
    assert_eq!(node.device.endpoint(node.peer), Ok(Some(address(ALICE))));
    node.device.set_under_load(false);
    assert_eq!(world.deliver(BOB, &initiation), Ok(()), "its timestamp was not remembered");
}

#[test]
fn response_without_a_cookie_is_turned_away_as_well() {
    let mut world = World::new();
    world.nodes[ALICE].device.set_under_load(true);
    world.initiate(ALICE);
    let initiation = world.trace[0].2.clone();
    world.deliver(BOB, &initiation).unwrap();
    let response = world.poll(BOB).unwrap();

    assert_eq!(world.deliver(ALICE, &response), Err(Discard::UnderLoad));
    let reply = world.poll(ALICE).unwrap();
    assert_eq!((reply.len(), &reply[4..8]), (COOKIE_REPLY, &response[4..8]));
    assert_eq!(world.deliver(BOB, &reply), Ok(()));
}

#[test]
fn both_sides_under_load_still_come_up() {
    for both_begin in [false, true] {
        let mut world = World::new();
        for node in &mut world.nodes {
            node.device.set_under_load(true);
        }
        world.send(ALICE, &packet(ALICE, BOB, 40, 1));
        if both_begin {
            world.send(BOB, &packet(BOB, ALICE, 40, 1));
        }

        world.run_for(secs(16));

        assert!(world.is_up(ALICE) && world.is_up(BOB), "both begin: {both_begin}");
        assert_eq!(world.nodes[BOB].received.len(), 1);
    }
}

#[test]
fn source_is_limited_to_five_at_once_and_twenty_a_second() {
    let (mut world, initiation) = with_cookie();
    let mut burst = |count: usize| -> Vec<_> {
        (0..count).map(|_| world.deliver(BOB, &initiation).err()).collect()
    };

    let stale = Some(Discard::StaleTimestamp);
    let limited = Some(Discard::SourceLimited);
    assert_eq!(burst(7), [None, stale, stale, stale, stale, limited, limited]);
    world.now = world.now + millis(50);
    assert_eq!(world.deliver(BOB, &initiation).err(), stale);
    assert_eq!(world.deliver(BOB, &initiation).err(), limited);
}

#[test]
fn limit_of_one_source_does_not_touch_another() {
    let (mut world, initiation) = with_cookie();
    for _ in 0..100 {
        let _ = world.deliver(BOB, &initiation);
    }
    assert_eq!(world.deliver(BOB, &initiation), Err(Discard::SourceLimited));
    assert_eq!(world.poll(BOB).map(|response| response[0]), Some(2));

    // Carol asks twice: for the cookie and with it.
    let mut carol = device(5);
    let bob = &mut world.nodes[BOB].device;
    bob.add_peer(Time::default(), PeerConfig::new(carol.public_key())).unwrap();
    let to_bob = PeerConfig::new(bob.public_key()).endpoint(address(BOB));
    let to_bob = carol.add_peer(Time::default(), to_bob).unwrap();
    let mut out = [0; CONTROL_LEN];
    carol.initiate(world.now, to_bob).unwrap();
    let first = carol.poll_transmit(world.now, &mut out).unwrap().datagram.to_vec();
    assert_eq!(world.deliver_from(address(5), BOB, &first), Err(Discard::UnderLoad));
    let mut reply = world.poll(BOB).unwrap();
    carol.open(world.now, address(BOB), &mut reply).unwrap();
    let later = world.now + secs(6);
    carol.handle_timeout(later);
    let second = carol.poll_transmit(later, &mut out).unwrap().datagram.to_vec();

    assert_eq!(world.deliver_from(address(5), BOB, &second), Ok(()));
}

#[test]
fn cookie_replies_that_wait_are_bounded() {
    let (mut world, initiation) = loaded();
    for _ in 0..1000 {
        assert_eq!(world.deliver(BOB, &initiation), Err(Discard::UnderLoad));
    }

    let replies: Vec<_> = std::iter::from_fn(|| world.poll(BOB)).collect();

    assert_eq!(replies.len(), 64);
    let nonces: std::collections::BTreeSet<_> = replies.iter().map(|reply| &reply[8..32]).collect();
    assert_eq!(nonces.len(), 64);
}

/// Bob with a policy, and an initiation to him.
fn bob_with(policy: LoadPolicy) -> (Device, Vec<u8>) {
    let mut bob = device_with(config(BOB).load(policy), BOB);
    let mut alice = device(ALICE);
    bob.add_peer(Time::default(), PeerConfig::new(alice.public_key())).unwrap();
    let to_bob = PeerConfig::new(bob.public_key()).endpoint(address(BOB));
    let to_bob = alice.add_peer(Time::default(), to_bob).unwrap();
    alice.initiate(Time::default(), to_bob).unwrap();
    let mut out = [0; CONTROL_LEN];
    let initiation = alice.poll_transmit(Time::default(), &mut out).unwrap().datagram.to_vec();
    (bob, initiation)
}

#[test]
fn load_is_seen_at_the_rate_of_the_policy_and_lasts_a_second() {
    let (mut bob, initiation) = bob_with(LoadPolicy::Auto { handshakes_per_sec: 3 });
    let mut open = |millis: u64| {
        let now = Time::default() + std::time::Duration::from_millis(millis);
        let result = bob.open(now, address(ALICE), &mut initiation.clone()).err();
        (result, bob.is_under_load())
    };

    assert_eq!(open(0), (None, false));
    assert_eq!(open(1), (Some(Discard::StaleTimestamp), false));
    assert_eq!(open(2), (Some(Discard::StaleTimestamp), false));
    assert_eq!(open(3), (Some(Discard::UnderLoad), true));
    assert_eq!(open(1002), (Some(Discard::UnderLoad), true));
    assert_eq!(open(1003), (Some(Discard::StaleTimestamp), false));
}

#[test]
fn messages_with_a_wrong_mac1_are_no_load() {
    let (mut bob, initiation) = bob_with(LoadPolicy::Auto { handshakes_per_sec: 3 });
    let mut forged = initiation.clone();
    forged[20] ^= 1;

    for _ in 0..100 {
        let result = bob.open(Time::default(), address(ALICE), &mut forged);
        assert_eq!(result, Err(Discard::BadMac1));
    }

    assert!(!bob.is_under_load());
    assert!(bob.open(Time::default(), address(ALICE), &mut initiation.clone()).is_ok());
}

#[test]
fn policy_of_the_caller_sees_no_load_by_itself() {
    let (mut bob, initiation) = bob_with(LoadPolicy::Caller);
    let mut forged = initiation.clone();
    forged[20] ^= 1;
    stamp_mac1(&mut forged, bob.public_key().as_bytes());

    for _ in 0..1000 {
        let result = bob.open(Time::default(), address(ALICE), &mut forged);
        assert_eq!(result, Err(Discard::BadTag));
    }

    assert!(!bob.is_under_load());
}
