use vpn_core::Time;
#[cfg(feature = "aws-lc")]
use vpn_core::{CONTROL_LEN, Curve, Device, PeerConfig};

use crate::world::{ALICE, BOB, Faults, Setup, World, millis, packet, secs};
#[cfg(feature = "aws-lc")]
use crate::world::{address, config, device_with};

fn trace(seed: u64) -> Vec<(Time, usize, Vec<u8>)> {
    let mut world =
        World::with(Setup { seed, alice_keepalive: Some(secs(25)), ..Setup::default() });
    world.faults = Faults { loss: 10, double: 10, delay: millis(80) };
    for i in 0..300_u32 {
        let from = if i % 3 == 0 { BOB } else { ALICE };
        world.send(from, &packet(from, 1 - from, 40 + i as usize, i as u8));
        world.run_for(millis(1700));
    }
    world.trace
}

#[test]
fn same_seed_and_same_inputs_give_the_same_bytes() {
    let first = trace(1);

    assert!(first.len() > 300);
    assert!(first == trace(1));
    assert!(first != trace(2));
}

/// Initiation, response and the keepalive that confirms.
#[cfg(feature = "aws-lc")]
fn handshake(curve: Curve) -> [Vec<u8>; 3] {
    let now = Time::default();
    let [mut alice, mut bob] =
        [ALICE, BOB].map(|node| device_with(config(node).curve(curve), node));
    let to_bob = PeerConfig::new(bob.public_key()).endpoint(address(BOB));
    let to_bob = alice.add_peer(now, to_bob).unwrap();
    bob.add_peer(now, PeerConfig::new(alice.public_key())).unwrap();
    alice.initiate(now, to_bob).unwrap();
    let pass = |from: &mut Device, to: &mut Device| {
        let mut out = [0; CONTROL_LEN];
        let message = from.poll_transmit(now, &mut out).unwrap().datagram;
        let sent = message.to_vec();
        to.open(now, address(ALICE), message).unwrap();
        sent
    };
    [pass(&mut alice, &mut bob), pass(&mut bob, &mut alice), pass(&mut alice, &mut bob)]
}

#[cfg(feature = "aws-lc")]
#[test]
fn handshakes_are_the_same_bytes_whoever_computes_the_curve() {
    assert_eq!(handshake(Curve::AwsLc), handshake(Curve::Dalek));
}
