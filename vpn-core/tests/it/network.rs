use std::collections::BTreeSet;

use crate::world::{ALICE, BOB, Faults, Setup, World, millis, packet, secs};

/// Lives through `minutes` with packets both ways, every one different, and checks that each
/// arrives at most once and unaltered. Returns how many were sent and how many arrived.
fn live(world: &mut World, minutes: u64) -> (usize, usize) {
    let mut sent = [BTreeSet::new(), BTreeSet::new()];
    let end = world.now + secs(60 * minutes);
    let mut serial = 0_u32;
    while world.now < end {
        let from = world.roll(2) as usize;
        let len = 24 + world.roll(1400) as usize;
        let mut packet = packet(from, 1 - from, len, serial as u8);
        packet[20..24].copy_from_slice(&serial.to_be_bytes());
        serial += 1;
        sent[from].insert(packet.clone());
        world.send(from, &packet);
        let pause = match world.roll(20) {
            0 => secs(1 + world.roll(40)),
            _ => millis(world.roll(3000)),
        };
        world.run_for(pause);
    }
    world.run_for(secs(1));
    let mut arrived = 0;
    for to in [ALICE, BOB] {
        let received = std::mem::take(&mut world.nodes[to].received);
        let distinct: BTreeSet<_> = received.iter().cloned().collect();
        assert_eq!(distinct.len(), received.len(), "a packet arrived twice");
        assert!(distinct.is_subset(&sent[1 - to]), "a packet arrived that was not sent");
        arrived += received.len();
    }
    (serial as usize, arrived)
}

#[test]
fn clean_network_delivers_every_packet_over_many_sessions() {
    let mut world = World::new();

    let (sent, arrived) = live(&mut world, 30);

    assert_eq!(arrived, sent);
    let handshakes = world.initiations(ALICE).len() + world.initiations(BOB).len();
    assert!((10..=16).contains(&handshakes), "{handshakes} handshakes in 30 minutes");
}

#[test]
fn faulty_network_delivers_at_most_once_and_heals() {
    for seed in 0..24 {
        let psk = (seed % 2 == 0).then_some([seed as u8; 32]);
        let mut world =
            World::with(Setup { alice_psk: psk, bob_psk: psk, alice_keepalive: None, seed });
        world.faults =
            Faults { loss: 5 * (seed % 7), double: 20, delay: millis(1 + 40 * (seed % 5)) };
        let (sent, arrived) = live(&mut world, 15);
        assert!(arrived * 2 > sent, "seed {seed}: {arrived} of {sent} arrived");

        world.faults = Faults::default();
        let (sent, arrived) = live(&mut world, 4);
        assert!(arrived + 2 >= sent, "seed {seed}: {arrived} of {sent} arrived after healing");
    }
}

#[test]
fn healed_partition_talks_again_within_fifteen_seconds() {
    for seed in 0..16 {
        let mut world = World::with(Setup { seed, ..Setup::default() });
        world.initiate(ALICE);
        world.run_for(secs(1));
        world.faults.loss = 100;
        let outage = secs(10 + world.roll(400));
        let healed = world.now + outage;
        while world.now < healed {
            world.send(ALICE, &packet(ALICE, BOB, 40, 0));
            world.send(BOB, &packet(BOB, ALICE, 40, 0));
            world.run_for(millis(500));
        }
        world.faults.loss = 0;
        for _ in 0..30 {
            world.run_for(millis(500));
            world.send(ALICE, &packet(ALICE, BOB, 40, 1));
            world.send(BOB, &packet(BOB, ALICE, 40, 1));
        }
        world.run_for(millis(1));

        for node in [ALICE, BOB] {
            assert!(!world.nodes[node].received.is_empty(), "seed {seed}, node {node}");
        }
    }
}
