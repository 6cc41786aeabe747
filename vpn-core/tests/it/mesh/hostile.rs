//! What outsiders and members may try.

use std::net::SocketAddr;
use std::time::Duration;

use vpn_core::mesh::{NetworkKey, NodeConfig};
use vpn_core::{CONTROL_LEN, Device, DeviceConfig, Discard, PeerConfig, SecretKey, Seed};

use super::world::{World, address, config, packet, signing, tunnel};

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn pair() -> World {
    let mut world = World::new();
    world.start(0, config(0));
    world.start(1, config(1));
    world.join(1, 0);
    world.run_for(secs(10));
    world
}

/// The initiation of a plain device that nobody knows.
fn initiation(byte: u8, world: &World) -> Vec<u8> {
    let seed = Seed::from_bytes([byte; 32]);
    let mut secret = [0xee; 32];
    secret[8] = byte;
    let config = DeviceConfig::new(SecretKey::from_bytes(secret));
    let mut device = Device::new(config, seed, world.now, world.unix());
    let peer = PeerConfig::new(tunnel(0).public_key()).endpoint(address(0));
    let peer = device.add_peer(world.now, peer).unwrap();
    device.initiate(world.now, peer).unwrap();
    let mut out = [0; CONTROL_LEN];
    device.poll_transmit(world.now, &mut out).unwrap().datagram.to_vec()
}

/// How many datagrams node 0 sends when it gets these.
fn answers(world: &mut World, datagrams: &[(SocketAddr, Vec<u8>)]) -> usize {
    let before = world.sent;
    for (from, datagram) in datagrams {
        world.deliver(*from, address(0), datagram.clone());
    }
    world.sent - before
}

#[test]
fn strangers_are_few_and_go_by_themselves() {
    let mut world = pair();
    let initiations: Vec<_> = (0..200_u8)
        .map(|number| {
            let from = SocketAddr::from(([203, 0, 113, number], 7));
            (from, initiation(number, &world))
        })
        .collect();

    // Each was answered by one response, which is shorter than what it answers.
    assert!(answers(&mut world, &initiations) <= 200);
    world.run_for(secs(6));

    assert!(world.passes(0, 1, secs(1)));
    assert!(world.passes(1, 0, secs(1)));
    assert_eq!(world.knows(0), [1]);
}

#[test]
fn one_source_gets_few_answers() {
    let mut world = pair();
    let from = SocketAddr::from(([203, 0, 113, 9], 7));
    let initiations: Vec<_> = (0..100_u8).map(|it| (from, initiation(it, &world))).collect();

    assert_eq!(answers(&mut world, &initiations), 5);
}

#[test]
fn a_record_of_another_network_key_opens_no_door() {
    let mut world = pair();
    let other = NetworkKey::from_bytes([1; 32]);
    let foreign = NodeConfig::with_network_key(&other, signing(2), tunnel(2));
    world.start(2, foreign.endpoint(address(2)));
    world.join(2, 0);
    world.run_for(secs(60));

    assert_eq!((world.knows(0), world.knows(1)), (vec![1], vec![0]));
    assert!(world.knows(2).is_empty());
}

#[test]
fn a_replayed_initiation_of_a_member_changes_nothing_for_long() {
    let mut world = World::new();
    world.start(0, config(0));
    world.start(1, config(1));
    world.join(1, 0);
    world.run_for(secs(10));
    // Everything that node 1 has sent since it began is sent again by somebody else.
    let sent = world.trace(1);
    world.stop(1);
    world.run_for(secs(400));
    let from = SocketAddr::from(([203, 0, 113, 9], 7));
    for datagram in sent {
        world.deliver(from, address(0), datagram);
    }
    world.run_for(secs(10));

    world.start(1, config(1));
    world.join(1, 0);
    world.run_for(secs(10));
    assert!(world.passes(0, 1, secs(1)));
}

#[test]
fn garbage_of_any_length_is_dropped() {
    let mut world = pair();
    let from = SocketAddr::from(([203, 0, 113, 9], 7));
    for kind in 0..6_u8 {
        for len in 0..200 {
            let mut garbage = vec![0xa5; len];
            garbage.iter_mut().take(4).zip([kind, 0, 0, 0]).for_each(|(byte, it)| *byte = it);
            assert_eq!(answers(&mut world, &[(from, garbage)]), 0);
        }
    }
    assert!(world.passes(0, 1, secs(1)));
}

#[test]
fn packets_from_addresses_of_others_are_dropped() {
    let mut world = pair();
    world.start(2, config(2));
    world.join(2, 0);
    world.run_for(secs(20));
    let received = world.received(0).len();

    world.send(2, &packet(1, 0, 3)).unwrap();
    world.run_for(secs(5));

    assert_eq!(world.received(0).len(), received);
    assert_eq!(world.node(0).drops().count(Discard::SpoofedSource), 1);
}
