use crate::world::{ALICE, BOB, Faults, Setup, World, millis, packet, secs};

fn trace(seed: u64) -> Vec<(vpn_core::Time, usize, Vec<u8>)> {
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
