use vpn_core::{Discard, Event, PeerConfig, PublicKey, Time, Unix};

use crate::world::{ALICE, BOB, Setup, World, address, device, millis, packet, secs};

/// Lengths of initiation and response, restated from the paper.
const INITIATION: usize = 148;
const RESPONSE: usize = 92;

#[test]
fn handshake_carries_packets_both_ways() {
    for psk in [None, Some([9; 32])] {
        let mut world = World::with(Setup { alice_psk: psk, bob_psk: psk, ..Setup::default() });
        let (ping, pong) = (packet(ALICE, BOB, 100, 1), packet(BOB, ALICE, 1400, 2));

        world.send(ALICE, &ping);
        world.run_for(millis(1));
        world.send(BOB, &pong);
        world.run_for(millis(1));

        assert_eq!(world.nodes[BOB].received, [ping]);
        assert_eq!(world.nodes[ALICE].received, [pong]);
        assert_eq!(world.nodes[ALICE].events, [Event::Up(world.nodes[ALICE].peer)]);
        assert_eq!(world.nodes[BOB].events, [Event::Up(world.nodes[BOB].peer)]);
    }
}

#[test]
fn all_zero_preshared_key_is_the_same_as_none() {
    let mut world = World::with(Setup { alice_psk: Some([0; 32]), ..Setup::default() });

    world.initiate(ALICE);
    world.run_for(millis(1));

    assert!(world.is_up(ALICE) && world.is_up(BOB));
}

#[test]
fn different_preshared_keys_never_come_up() {
    let mut world = World::with(Setup { bob_psk: Some([9; 32]), ..Setup::default() });

    world.initiate(ALICE);
    world.run_for(secs(60));

    assert!(!world.is_up(ALICE) && !world.is_up(BOB));
    assert!(world.nodes[ALICE].discards.iter().all(|discard| *discard == Discard::BadTag));
    assert!(!world.nodes[ALICE].discards.is_empty());
}

#[test]
fn responder_sends_nothing_before_the_initiator_has_used_the_session() {
    let mut world = World::new();
    world.initiate(ALICE);
    let initiation = world.trace[0].2.clone();
    world.deliver(BOB, &initiation).unwrap();
    let response = world.poll(BOB).unwrap();

    assert!(!world.is_up(BOB));
    world.deliver(ALICE, &response).unwrap();
    let confirmation = world.poll(ALICE).unwrap();
    assert_eq!((confirmation.len(), confirmation[0]), (32, 4));
    world.deliver(BOB, &confirmation).unwrap();
    assert!(world.is_up(BOB));
}

#[test]
fn a_packet_of_the_initiator_confirms_the_session_in_place_of_a_keepalive() {
    let mut world = World::new();
    world.initiate(ALICE);
    let initiation = world.trace[0].2.clone();
    world.deliver(BOB, &initiation).unwrap();
    let response = world.poll(BOB).unwrap();
    world.deliver(ALICE, &response).unwrap();

    let datagram = world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));

    world.nodes[ALICE].device.poll_event().unwrap();
    assert!(world.nodes[ALICE].device.poll_timeout().is_some_and(|at| at > world.now));
    assert_eq!(world.poll(ALICE), None);
    world.deliver(BOB, &datagram).unwrap();
    assert!(world.is_up(BOB));
}

/// An initiation to Bob by a node that he does not know.
fn initiation_by_a_stranger(world: &World, node: usize) -> (PublicKey, Vec<u8>) {
    let mut mallory = device(node);
    let bob = PeerConfig::new(world.nodes[BOB].device.public_key()).endpoint(address(BOB));
    let peer = mallory.add_peer(Time::default(), bob).unwrap();
    mallory.initiate(Time::default(), peer).unwrap();
    let mut out = [0; INITIATION];
    let initiation = mallory.poll_transmit(Time::default(), &mut out).unwrap();
    (mallory.public_key(), initiation.datagram.to_vec())
}

#[test]
fn unknown_initiator_is_told_of_and_not_answered() {
    let mut world = World::new();
    let (mallory, initiation) = initiation_by_a_stranger(&world, 7);

    let result = world.deliver_from(address(7), BOB, &initiation);

    assert_eq!(result, Err(Discard::UnknownPeer));
    assert_eq!(world.poll(BOB), None);
    world.drain(BOB);
    assert_eq!(world.nodes[BOB].events, [Event::UnknownInitiator(mallory)]);
}

#[test]
fn unknown_initiator_that_is_replayed_waits_to_be_told_of_once() {
    let mut world = World::new();
    let [first, second] = [7, 8].map(|node| initiation_by_a_stranger(&world, node));
    for _ in 0..3 {
        for (_, initiation) in [&first, &second] {
            assert_eq!(world.deliver(BOB, initiation), Err(Discard::UnknownPeer));
        }
    }

    world.drain(BOB);

    let expected = [first, second].map(|(key, _)| Event::UnknownInitiator(key));
    assert_eq!(world.nodes[BOB].events, expected);
}

#[test]
fn key_of_an_unknown_initiator_that_is_not_proven_is_not_told_of() {
    let mut world = World::new();
    let (_, initiation) = initiation_by_a_stranger(&world, 7);
    let bob = world.nodes[BOB].device.public_key();

    // The encrypted timestamp, under a key that only the holder of the claimed one can derive.
    for at in INITIATION - 60..INITIATION - 32 {
        let mut forged = initiation.clone();
        forged[at] ^= 1;
        stamp_mac1(&mut forged, bob.as_bytes());
        assert_eq!(world.deliver(BOB, &forged), Err(Discard::BadTag), "byte {at}");
    }

    assert_eq!(world.nodes[BOB].device.poll_event(), None);
    assert_eq!(world.nodes[BOB].device.poll_timeout(), None);
}

#[test]
fn events_of_unknown_initiators_are_bounded() {
    let mut world = World::new();
    for stranger in 10..90 {
        let (_, initiation) = initiation_by_a_stranger(&world, stranger);
        assert_eq!(world.deliver(BOB, &initiation), Err(Discard::UnknownPeer));
    }

    world.drain(BOB);

    assert_eq!(world.nodes[BOB].events.len(), 64);
    assert_eq!(world.nodes[BOB].device.drops().count(Discard::UnknownPeer), 80);
}

#[test]
fn replayed_initiation_is_dropped_and_does_not_roam() {
    let mut world = World::connected();
    let initiation = world.trace[0].2.clone();
    world.run_for(secs(1));

    let result = world.deliver_from(address(66), BOB, &initiation);

    assert_eq!(result, Err(Discard::StaleTimestamp));
    assert_eq!(world.poll(BOB), None);
    let node = &world.nodes[BOB];
    assert_eq!(node.device.endpoint(node.peer), Ok(Some(address(ALICE))));
}

#[test]
fn initiation_overtaken_by_a_later_one_is_dropped() {
    let mut world = World::new();
    world.faults.loss = 100;
    world.initiate(ALICE);
    world.run_for(secs(6));
    let [first, second] = [0, 1].map(|i| world.trace[i].2.clone());

    assert_eq!(world.deliver(BOB, &second), Ok(()));
    world.run_for(secs(1));
    assert_eq!(world.deliver(BOB, &first), Err(Discard::StaleTimestamp));
}

#[test]
fn initiations_in_quick_succession_are_limited() {
    let mut world = World::new();
    world.initiate(ALICE);
    world.run_for(secs(0));
    // The same key on another machine, whose clock is ahead.
    let mut twin = device(ALICE);
    twin.set_wall(Unix { secs: 1_900_000_000, nanos: 0 }, Time::default());
    let bob = PeerConfig::new(world.nodes[BOB].device.public_key()).endpoint(address(BOB));
    let peer = twin.add_peer(Time::default(), bob).unwrap();
    twin.initiate(Time::default(), peer).unwrap();
    let mut out = [0; INITIATION];
    let initiation = twin.poll_transmit(Time::default(), &mut out).unwrap().datagram.to_vec();

    world.now = world.now + millis(19);
    assert_eq!(world.deliver(BOB, &initiation), Err(Discard::RateLimited));
    world.now = world.now + millis(1);
    assert_eq!(world.deliver(BOB, &initiation), Ok(()));
}

#[test]
fn any_altered_byte_of_an_initiation_changes_nothing() {
    let mut world = World::new();
    world.initiate(ALICE);
    let initiation = world.trace[0].2.clone();

    // mac2, the last 16 bytes, is not looked at without load.
    for at in 0..INITIATION - 16 {
        let mut forged = initiation.clone();
        forged[at] ^= 1;
        let discard = world.deliver_from(address(66), BOB, &forged).unwrap_err();
        assert!(
            matches!(discard, Discard::NotWireGuard | Discard::BadMac1),
            "byte {at}: {discard}"
        );
    }

    assert_eq!(world.poll(BOB), None);
    assert_eq!(world.nodes[BOB].device.poll_timeout(), None);
    assert_eq!(world.deliver(BOB, &initiation), Ok(()));
}

#[test]
fn forged_response_does_not_end_the_handshake() {
    let mut world = World::new();
    world.initiate(ALICE);
    let initiation = world.trace[0].2.clone();
    world.deliver(BOB, &initiation).unwrap();
    let response = world.poll(BOB).unwrap();
    let alice = world.nodes[ALICE].device.public_key();

    // Bytes 4 to 7 are the responder's own index, which mac1 alone protects.
    for at in (0..4).chain(8..RESPONSE - 32) {
        let mut forged = response.clone();
        forged[at] ^= 0x40;
        stamp_mac1(&mut forged, alice.as_bytes());
        assert!(world.deliver_from(address(66), ALICE, &forged).is_err(), "byte {at}");
        assert!(!world.is_up(ALICE));
    }

    let node = &world.nodes[ALICE];
    assert_eq!(node.device.endpoint(node.peer), Ok(Some(address(BOB))));
    assert_eq!(world.deliver(ALICE, &response), Ok(()));
    assert!(world.is_up(ALICE));
}

#[test]
fn forged_initiation_with_a_right_mac1_changes_nothing() {
    let mut world = World::new();
    world.initiate(ALICE);
    let initiation = world.trace[0].2.clone();
    let bob = world.nodes[BOB].device.public_key();

    for at in 8..INITIATION - 32 {
        let mut forged = initiation.clone();
        forged[at] ^= 0x40;
        stamp_mac1(&mut forged, bob.as_bytes());
        let result = world.deliver_from(address(66), BOB, &forged);
        assert_eq!(result, Err(Discard::BadTag), "byte {at}");
    }

    assert_eq!(world.poll(BOB), None);
    assert_eq!(world.deliver(BOB, &initiation), Ok(()));
}

#[test]
fn initiation_with_a_low_order_ephemeral_is_dropped() {
    let mut world = World::new();
    world.initiate(ALICE);
    let mut initiation = world.trace[0].2.clone();
    let bob = world.nodes[BOB].device.public_key();
    initiation[8..40].fill(0);
    stamp_mac1(&mut initiation, bob.as_bytes());

    assert_eq!(world.deliver(BOB, &initiation), Err(Discard::BadTag));
}

#[test]
fn response_is_accepted_once() {
    let mut world = World::connected();
    let response = world.trace[1].2.clone();

    assert_eq!(response.len(), RESPONSE);
    assert_eq!(world.deliver(ALICE, &response), Err(Discard::UnknownIndex));
}

#[test]
fn lost_response_is_made_good_by_the_next_initiation() {
    let mut world = World::new();
    world.faults.loss = 100;
    world.send(ALICE, &packet(ALICE, BOB, 40, 7));
    world.run_for(secs(1));
    world.faults.loss = 0;

    world.run_for(secs(5));

    assert_eq!(world.nodes[BOB].received.len(), 1);
}

#[test]
fn both_sides_may_initiate_at_once() {
    let mut world = World::new();
    let (ping, pong) = (packet(ALICE, BOB, 60, 1), packet(BOB, ALICE, 60, 2));
    world.faults.delay = millis(40);

    world.send(ALICE, &ping);
    world.send(BOB, &pong);
    world.run_for(secs(3));

    assert_eq!(world.nodes[BOB].received, [ping]);
    assert_eq!(world.nodes[ALICE].received, [pong]);
}

#[test]
fn initiator_that_dies_after_the_response_leaves_the_responder_able_to_begin() {
    let mut world = World::new();
    world.initiate(ALICE);
    let initiation = world.trace[0].2.clone();
    world.deliver(BOB, &initiation).unwrap();
    assert_eq!(world.poll(BOB).map(|response| response.len()), Some(RESPONSE));

    world.send(BOB, &packet(BOB, ALICE, 40, 3));
    world.run_for(secs(6));

    assert_eq!(world.nodes[ALICE].received.len(), 1);
}

#[test]
fn wall_clock_set_back_does_not_lock_out() {
    let mut world = World::connected();
    let past = Unix { secs: 3, nanos: 0 };
    world.run_for(secs(200));
    let now = world.now;

    world.nodes[ALICE].device.set_wall(past, now);
    world.initiate(ALICE);
    world.run_for(millis(1));

    assert_eq!(world.nodes[BOB].discards, []);
    assert!(world.is_up(BOB));
}

mod cookie {
    use chacha20poly1305::aead::inout::InOutBuf;
    use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305};

    use super::*;

    const COOKIE: [u8; 16] = [0xc0; 16];

    /// The reply of a loaded `sender` to `message`, made after the paper's section 5.4.7.
    fn reply(message: &[u8], sender: &[u8; 32]) -> Vec<u8> {
        let mac1 = &message[message.len() - 32..message.len() - 16];
        let mut sealed = COOKIE;
        let cipher = XChaCha20Poly1305::new(&hash(b"cookie--", sender).into());
        let tag = cipher
            .encrypt_inout_detached(&[5; 24].into(), mac1, InOutBuf::from(sealed.as_mut_slice()))
            .unwrap();
        [&[3, 0, 0, 0], &message[4..8], &[5; 24], &sealed, &tag].concat()
    }

    fn loaded() -> (World, Vec<u8>) {
        let mut world = World::new();
        world.faults.loss = 100;
        world.initiate(ALICE);
        let bob = world.nodes[BOB].device.public_key();
        let reply = reply(&world.trace[0].2, bob.as_bytes());
        assert_eq!(reply.len(), 64);
        (world, reply)
    }

    fn mac2(message: &[u8]) -> &[u8] {
        &message[message.len() - 16..]
    }

    #[test]
    fn cookie_marks_the_next_retransmission_and_nothing_before() {
        let (mut world, reply) = loaded();

        assert_eq!(world.deliver(ALICE, &reply), Ok(()));
        assert_eq!(world.poll(ALICE), None);
        world.run_for(secs(6));

        let [first, second] = [0, 1].map(|i| world.trace[i].2.clone());
        assert_eq!(mac2(&first), [0; 16]);
        assert_eq!(mac2(&second), keyed(&COOKIE, &second[..INITIATION - 16]));
    }

    #[test]
    fn cookie_marks_a_response_as_well() {
        let (mut world, reply) = loaded();
        world.deliver(ALICE, &reply).unwrap();
        world.initiate(BOB);
        let initiation = world.trace.last().unwrap().2.clone();

        world.deliver(ALICE, &initiation).unwrap();
        let response = world.poll(ALICE).unwrap();

        assert_eq!(mac2(&response), keyed(&COOKIE, &response[..RESPONSE - 16]));
    }

    #[test]
    fn cookie_reply_is_taken_once_per_message() {
        let (mut world, reply) = loaded();

        assert_eq!(world.deliver(ALICE, &reply), Ok(()));
        assert_eq!(world.deliver(ALICE, &reply), Err(Discard::BadCookie));
    }

    #[test]
    fn cookie_reply_to_an_older_message_is_dropped() {
        let (mut world, reply) = loaded();
        world.run_for(secs(6));

        assert_eq!(world.deliver(ALICE, &reply), Err(Discard::UnknownIndex));
    }

    #[test]
    fn forged_cookie_reply_is_dropped_and_the_real_one_still_taken() {
        let (mut world, reply) = loaded();
        for at in 8..64 {
            let mut forged = reply.clone();
            forged[at] ^= 1;
            assert_eq!(world.deliver(ALICE, &forged), Err(Discard::BadCookie));
        }

        assert_eq!(world.deliver(ALICE, &reply), Ok(()));
    }

    #[test]
    fn cookie_reply_neither_roams_nor_counts_as_received() {
        let (mut world, reply) = loaded();
        let deadline = world.nodes[ALICE].device.poll_timeout();

        world.deliver_from(address(66), ALICE, &reply).unwrap();

        let node = &world.nodes[ALICE];
        assert_eq!(node.device.endpoint(node.peer), Ok(Some(address(BOB))));
        assert_eq!(node.device.poll_timeout(), deadline);
    }

    #[test]
    fn cookie_is_forgotten_after_120_seconds() {
        let (mut world, reply) = loaded();
        world.deliver(ALICE, &reply).unwrap();

        world.run_for(secs(119));
        world.initiate(ALICE);
        let last = world.trace.last().unwrap().2.clone();
        assert_ne!(mac2(&last), [0; 16]);
        world.run_for(secs(10));
        let last = world.trace.last().unwrap().2.clone();
        assert_eq!(mac2(&last), [0; 16]);
    }
}

fn hash(label: &[u8], key: &[u8; 32]) -> [u8; 32] {
    use blake2::Digest;
    blake2::Blake2s256::new().chain_update(label).chain_update(key).finalize().into()
}

fn keyed(key: &[u8], message: &[u8]) -> [u8; 16] {
    use blake2::digest::consts::U16;
    use blake2::digest::{KeyInit, Mac};
    let mut mac = blake2::Blake2sMac::<U16>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Makes mac1 right again, as anyone can who knows the receiver's public key.
pub(crate) fn stamp_mac1(message: &mut [u8], receiver: &[u8; 32]) {
    let at = message.len() - 32;
    let mac1 = keyed(&hash(b"mac1----", receiver), &message[..at]);
    message[at..at + 16].copy_from_slice(&mac1);
}
