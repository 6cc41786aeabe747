//! What can be changed and what can be seen of a peer while it runs.

use vpn_core::{Discard, PeerConfig, PeerError, PresharedKey, SealError, SecretKey, Time, Traffic};

use crate::world::{ALICE, BOB, Node, World, address, device, millis, packet, secs};

fn set_psk(world: &mut World, node: usize, key: Option<[u8; 32]>) {
    let node = &mut world.nodes[node];
    node.device.set_preshared_key(node.peer, key.map(PresharedKey::from_bytes)).unwrap();
}

#[test]
fn preshared_key_changes_with_the_next_handshake_and_the_session_goes_on() {
    let mut world = World::connected();
    set_psk(&mut world, ALICE, Some([9; 32]));
    world.send(ALICE, &packet(ALICE, BOB, 40, 1));
    world.run_for(secs(6));
    assert_eq!(world.nodes[BOB].received.len(), 1, "the session goes on");

    // Bob's side does not know yet: the next handshake fails, and still the session goes on.
    world.initiate(ALICE);
    world.run_for(secs(6));
    assert!(world.nodes[ALICE].discards.contains(&Discard::BadTag));
    world.send(ALICE, &packet(ALICE, BOB, 40, 1));
    world.run_for(millis(1));
    assert_eq!(world.nodes[BOB].received.len(), 2);

    set_psk(&mut world, BOB, Some([9; 32]));
    let before = world.nodes[ALICE].device.status(world.nodes[ALICE].peer).unwrap().handshakes;
    world.run_for(secs(12));
    let status = world.nodes[ALICE].device.status(world.nodes[ALICE].peer).unwrap();
    assert_eq!(status.handshakes, before + 1);
    world.send(BOB, &packet(BOB, ALICE, 40, 1));
    world.run_for(millis(1));
    assert_eq!(world.nodes[ALICE].received.len(), 1);
}

#[test]
fn persistent_keepalive_is_told_as_it_is_heeded() {
    let mut world = World::new();
    let Node { device, peer, .. } = &mut world.nodes[ALICE];
    let told = [None, Some(secs(25)), Some(millis(10)), Some(secs(0))].map(|interval| {
        device.set_persistent_keepalive(*peer, interval).unwrap();
        device.status(*peer).unwrap().persistent_keepalive
    });

    assert_eq!(told, [None, Some(secs(25)), Some(secs(1)), None]);
}

#[test]
fn preshared_key_can_be_taken_away() {
    let mut world = World::new();
    set_psk(&mut world, ALICE, Some([9; 32]));
    set_psk(&mut world, ALICE, None);

    world.initiate(ALICE);
    world.run_for(millis(1));

    assert!(world.is_up(ALICE));
}

#[test]
fn net_taken_away_is_neither_routed_nor_received_from() {
    let mut world = World::connected();
    let datagram = world.datagram(BOB, &packet(BOB, ALICE, 40, 0));
    let (now, peer) = (world.now, world.nodes[ALICE].peer);
    let alice = &mut world.nodes[ALICE].device;
    let net = "10.0.0.2/32".parse().unwrap();

    assert_eq!(alice.disallow(peer, "10.0.0.0/24".parse().unwrap()), Ok(false));
    assert_eq!(alice.disallow(peer, net), Ok(true));
    assert_eq!(alice.disallow(peer, net), Ok(false));

    let mut buf = [0; 96];
    buf[16..56].copy_from_slice(&packet(ALICE, BOB, 40, 0));
    assert_eq!(alice.seal(now, &mut buf, 16..56), Err(SealError::NoRoute));
    assert_eq!(world.deliver(ALICE, &datagram), Err(Discard::SpoofedSource));
}

#[test]
fn net_is_taken_only_from_the_peer_that_has_it() {
    let mut device = device(ALICE);
    let [first, second] = [50, 51].map(|n| {
        device
            .add_peer(Time::default(), PeerConfig::new(SecretKey::from_bytes([n; 32]).public_key()))
            .unwrap()
    });
    let nets = ["10.0.0.0/8", "10.1.0.0/16", "fd00::/8"].map(|net| net.parse().unwrap());
    for net in nets {
        device.allow(first, net).unwrap();
    }

    device.allow(second, nets[0]).unwrap();

    assert_eq!(device.disallow(first, nets[0]), Ok(false));
    let allowed = |peer| device.allowed(peer).unwrap().collect::<Vec<_>>();
    assert_eq!(allowed(first), [nets[1], nets[2]]);
    assert_eq!(allowed(second), [nets[0]]);
}

#[test]
fn persistent_keepalive_can_be_changed_and_ended() {
    let mut world = World::connected();
    let peer = world.nodes[ALICE].peer;
    let set = |world: &mut World, seconds: Option<u64>| {
        let device = &mut world.nodes[ALICE].device;
        device.set_persistent_keepalive(peer, seconds.map(secs)).unwrap();
    };
    let before = world.sent(ALICE).len();

    set(&mut world, Some(20));
    world.run_for(secs(61));
    assert_eq!(world.sent(ALICE).len(), before + 3);
    set(&mut world, Some(0));
    world.run_for(secs(600));
    assert_eq!(world.sent(ALICE).len(), before + 3);
    set(&mut world, Some(20));
    set(&mut world, None);
    assert_eq!(world.nodes[ALICE].device.poll_timeout(), None);
}

#[test]
fn counters_tell_what_was_sent_and_received() {
    let mut world = World::new();
    let peer = world.nodes[ALICE].peer;
    let fresh = world.nodes[ALICE].device.status(peer).unwrap();
    assert_eq!((fresh.handshakes, fresh.last_handshake, fresh.is_up), (0, None, false));
    world.run_for(secs(3));

    world.send(ALICE, &packet(ALICE, BOB, 100, 0));
    world.run_for(secs(1));
    world.send(BOB, &packet(BOB, ALICE, 20, 0));
    world.run_for(millis(1));

    let [alice, bob] = [ALICE, BOB].map(|node| {
        let node = &world.nodes[node];
        node.device.status(node.peer).unwrap()
    });
    // Initiation, keepalive that confirms, packet of 100 bytes padded to 112; response, packet.
    let is = |traffic: Traffic| (traffic.datagrams, traffic.bytes);
    let confirmation = world.trace.iter().filter(|(_, _, datagram)| datagram.len() == 32).count();
    assert_eq!(confirmation, 1);
    assert_eq!(is(alice.sent), (3, 148 + 32 + 112 + 32));
    assert_eq!(is(alice.received), (2, 92 + 32 + 32));
    assert_eq!((bob.sent, bob.received), (alice.received, alice.sent));
    for status in [alice, bob] {
        assert_eq!((status.handshakes, status.is_up), (1, true));
        assert_eq!(status.last_handshake, Some(Time::default() + secs(3)));
    }
    assert_eq!(alice.public_key, world.nodes[BOB].device.public_key());
    assert_eq!(alice.endpoint, Some(address(BOB)));
}

#[test]
fn discards_are_counted_for_the_peer_that_they_name() {
    let mut world = World::connected();
    let datagram = world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));
    let mut spoofed = packet(ALICE, BOB, 40, 0);
    spoofed[12] = 11;
    let spoofed = world.datagram(ALICE, &spoofed);
    let carol = SecretKey::from_bytes([77; 32]).public_key();
    let carol = world.nodes[BOB].device.add_peer(Time::default(), PeerConfig::new(carol)).unwrap();

    world.deliver(BOB, &datagram).unwrap();
    world.deliver(BOB, &datagram).unwrap_err();
    world.deliver(BOB, &spoofed).unwrap_err();
    world.deliver(BOB, &[9; 40]).unwrap_err();

    let bob = &world.nodes[BOB].device;
    let drops = bob.status(world.nodes[BOB].peer).unwrap().drops;
    assert_eq!((drops.count(Discard::Replay), drops.count(Discard::SpoofedSource)), (1, 1));
    assert_eq!(drops.total(), 2);
    assert_eq!(bob.status(carol).unwrap().drops.total(), 0);
    assert_eq!(bob.drops().total(), 3);
}

#[test]
fn peers_can_be_listed_and_found_by_key() {
    let mut device = device(ALICE);
    let keys = [50, 51, 52].map(|n| SecretKey::from_bytes([n; 32]).public_key());
    let ids = keys.map(|key| device.add_peer(Time::default(), PeerConfig::new(key)).unwrap());
    device.remove_peer(ids[1]).unwrap();

    assert_eq!(device.peers().collect::<Vec<_>>(), [ids[0], ids[2]]);
    assert_eq!(device.find_peer(&keys[2]), Some(ids[2]));
    assert_eq!(device.find_peer(&keys[1]), None);
    assert_eq!(device.status(ids[1]), Err(PeerError::UnknownPeer));
    assert_eq!(device.disallow(ids[1], "10.0.0.0/8".parse().unwrap()), Err(PeerError::UnknownPeer));
    assert_eq!(device.allowed(ids[1]).map(Iterator::count), Err(PeerError::UnknownPeer));
    assert_eq!(device.set_preshared_key(ids[1], None), Err(PeerError::UnknownPeer));
    assert_eq!(device.set_persistent_keepalive(ids[1], None), Err(PeerError::UnknownPeer));
}

#[test]
fn debug_of_a_device_is_short_and_names_it() {
    let device = World::connected().nodes.into_iter().next().unwrap().device;

    let expected = format!("Device {{ public_key: {:?}, peers: 1, .. }}", device.public_key());
    assert_eq!(format!("{device:?}"), expected);
}
