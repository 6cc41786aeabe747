//! A device that is given another secret key while it runs.

use vpn_core::{
    CONTROL_LEN, Discard, Event, PeerConfig, PeerError, PeerId, SealError, SecretKey, Time,
};

use crate::world::{ALICE, BOB, Sent, World, address, config, device, millis, packet, secs};

fn other_key() -> SecretKey {
    SecretKey::from_bytes([77; 32])
}

/// Gives Alice another key; returns whom that removed.
fn change(world: &mut World) -> Option<PeerId> {
    world.nodes[ALICE].device.set_secret_key(world.now, other_key())
}

/// Tells Bob of Alice's other key, in place of the first one.
fn tell(world: &mut World) {
    let now = world.now;
    let bob = &mut world.nodes[BOB];
    bob.device.remove_peer(bob.peer).unwrap();
    let alice = PeerConfig::new(other_key().public_key()).endpoint(address(ALICE));
    bob.peer = bob.device.add_peer(now, alice).unwrap();
    bob.device.allow(bob.peer, "10.0.0.1/32".parse().unwrap()).unwrap();
}

#[test]
fn the_key_that_a_device_has_changes_nothing() {
    let mut world = World::connected();
    let now = world.now;
    let alice = &mut world.nodes[ALICE];
    let before = (alice.device.poll_timeout(), alice.device.status(alice.peer));

    assert_eq!(alice.device.set_secret_key(now, config(ALICE).secret), None);

    assert_eq!((alice.device.poll_timeout(), alice.device.status(alice.peer)), before);
    world.send(ALICE, &packet(ALICE, BOB, 40, 1));
    world.run_for(millis(1));
    assert_eq!(world.nodes[BOB].received.len(), 1);
}

#[test]
fn sessions_under_the_last_key_end_at_once() {
    let mut world = World::connected();
    let in_flight = world.datagram(BOB, &packet(BOB, ALICE, 40, 1));
    let mut opened_elsewhere = world.datagram(BOB, &packet(BOB, ALICE, 40, 2));
    let now = world.now;
    let alice = &mut world.nodes[ALICE];
    let table = alice.device.key_table();
    let opened = table.open(now, address(BOB), &mut opened_elsewhere);

    assert_eq!(alice.device.set_secret_key(now, other_key()), None);

    assert_eq!(alice.device.public_key(), other_key().public_key());
    assert_eq!(alice.device.is_up(alice.peer), Ok(false));
    assert_eq!(alice.device.poll_event(), Some(Event::Down(alice.peer)));
    assert_eq!(alice.device.commit(now, opened), Err(Discard::UnknownIndex));
    assert_eq!(world.deliver(ALICE, &in_flight), Err(Discard::UnknownIndex));
    assert_eq!(world.seal(ALICE, &packet(ALICE, BOB, 40, 1)), Sent::Held);
}

#[test]
fn peers_that_know_the_other_key_are_reached_without_delay_from_either_side() {
    for initiator in [ALICE, BOB] {
        let mut world = World::connected();
        assert_eq!(change(&mut world), None);
        tell(&mut world);

        // The last handshake was a millisecond ago.
        world.send(initiator, &packet(initiator, 1 - initiator, 40, 1));
        world.run_for(millis(1));
        world.send(1 - initiator, &packet(1 - initiator, initiator, 40, 2));
        world.run_for(millis(1));

        assert!(world.is_up(ALICE) && world.is_up(BOB));
        assert_eq!(world.nodes.each_ref().map(|node| node.received.len()), [1, 1]);
    }
}

#[test]
fn messages_to_the_last_key_are_not_answered() {
    let mut world = World::connected();
    change(&mut world);

    world.now = world.now + secs(6);
    let now = world.now;
    let bob = &mut world.nodes[BOB];
    bob.device.initiate(now, bob.peer).unwrap();
    let initiation = world.poll(BOB).unwrap();

    assert_eq!(world.deliver(ALICE, &initiation), Err(Discard::BadMac1));
    assert_eq!(world.poll(ALICE), None);
}

#[test]
fn handshake_under_way_begins_anew() {
    let mut world = World::new();
    world.faults.loss = 100;
    world.send(ALICE, &packet(ALICE, BOB, 40, 1));
    let initiation = world.trace[0].2.clone();
    world.deliver(BOB, &initiation).unwrap();
    let response = world.poll(BOB).unwrap();
    world.run_for(secs(2));

    change(&mut world);
    world.drain(ALICE);

    assert_eq!(world.deliver(ALICE, &response), Err(Discard::BadMac1));
    assert_eq!(world.initiations(ALICE), [Time::default(), Time::default() + secs(2)]);
    // The packet held since the beginning is given up when it would have been.
    world.run_until(Time::default() + millis(89_999));
    assert_eq!(world.nodes[ALICE].events, []);
    world.run_for(millis(1));
    assert_eq!(world.nodes[ALICE].events, [Event::GaveUp(world.nodes[ALICE].peer)]);
}

#[test]
fn an_initiation_that_was_accepted_but_not_answered_is_forgotten() {
    let mut world = World::new();
    world.faults.loss = 100;
    world.initiate(BOB);
    let initiation = world.trace[0].2.clone();
    world.deliver(ALICE, &initiation).unwrap();

    change(&mut world);

    assert_eq!(world.poll(ALICE), None);
    assert_eq!(world.nodes[ALICE].device.poll_timeout(), None);
}

#[test]
fn persistent_keepalive_asks_for_a_handshake_at_once() {
    let mut world = World::connected();
    let now = world.now;
    let alice = &mut world.nodes[ALICE];
    alice.device.set_persistent_keepalive(alice.peer, Some(secs(25))).unwrap();
    alice.device.set_secret_key(now, other_key());
    while alice.device.poll_event().is_some() {}

    assert_eq!(alice.device.poll_timeout(), Some(now));
    alice.device.handle_timeout(now);

    assert_eq!(world.poll(ALICE).map(|initiation| initiation.len()), Some(148));
}

#[test]
fn a_peer_with_the_same_key_is_removed() {
    let mut world = World::connected();
    let now = world.now;
    let alice = &mut world.nodes[ALICE];
    let twin = PeerConfig::new(other_key().public_key()).endpoint(address(9));
    let twin = alice.device.add_peer(now, twin).unwrap();
    alice.device.allow(twin, "10.0.0.9/32".parse().unwrap()).unwrap();

    assert_eq!(alice.device.set_secret_key(now, other_key()), Some(twin));

    assert_eq!(alice.device.endpoint(twin), Err(PeerError::UnknownPeer));
    assert_eq!(alice.device.route(&packet(ALICE, 8, 40, 0)), Err(SealError::NoRoute));
    assert_eq!(alice.device.peers().collect::<Vec<_>>(), [alice.peer]);
}

#[test]
fn cookie_replies_are_sealed_under_the_other_key() {
    let mut world = World::new();
    world.faults.loss = 100;
    world.nodes[ALICE].device.set_under_load(true);
    world.initiate(BOB);
    let to_the_last_key = world.trace[0].2.clone();
    assert_eq!(world.deliver(ALICE, &to_the_last_key), Err(Discard::UnderLoad));

    change(&mut world);
    tell(&mut world);
    assert_eq!(world.poll(ALICE), None, "what was sent to the last key is not answered");
    world.initiate(BOB);
    let initiation = world.trace[1].2.clone();
    assert_eq!(world.deliver(ALICE, &initiation), Err(Discard::UnderLoad));
    let reply = world.poll(ALICE).unwrap();

    assert_eq!(world.deliver(BOB, &reply), Ok(()));
}

#[test]
fn every_peer_is_told_apart_from_the_others_under_the_other_key() {
    let mut hub = device(ALICE);
    let now = Time::default();
    let mut spokes = [50, 51, 52].map(device);
    let ids = spokes.each_ref().map(|spoke| {
        hub.add_peer(now, PeerConfig::new(spoke.public_key()).endpoint(address(9))).unwrap()
    });

    hub.set_secret_key(now, other_key());

    for (spoke, id) in spokes.iter_mut().zip(ids) {
        let peer = PeerConfig::new(hub.public_key()).endpoint(address(ALICE));
        let peer = spoke.add_peer(now, peer).unwrap();
        spoke.initiate(now, peer).unwrap();
        let mut out = [0; CONTROL_LEN];
        let initiation = spoke.poll_transmit(now, &mut out).unwrap();
        hub.open(now, address(9), initiation.datagram).unwrap();
        assert_eq!(hub.poll_transmit(now, &mut out).and_then(|sent| sent.peer), Some(id));
    }
}
