//! Plain tunnels under everything that the simulator can do to them. What must always hold (no
//! packet twice or altered, no session too old) the hosts check after every event.

use std::net::SocketAddr;
use std::time::Duration;

use tests::sim::{Faults, HostId, Nat, NatKind, Peer, World, each_seed};

const PEERS: u8 = 4;

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn address(number: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, number], 51820))
}

/// Some devices, each a peer of each.
fn world(seed: u64, faults: Faults) -> (World<Peer>, Vec<HostId>) {
    let mut world = World::new(seed, faults);
    let now = world.now();
    let numbers = 1..=PEERS;
    let mut peers: Vec<_> =
        numbers.clone().map(|number| Peer::new(number, world.random(), now)).collect();
    let keys: Vec<_> = peers.iter().map(Peer::public_key).collect();
    for (peer, number) in peers.iter_mut().zip(1..) {
        for (other, key) in (1..).zip(&keys).filter(|(other, _)| *other != number) {
            peer.meet(now, other, *key, Some(address(other)));
        }
    }
    let ids = peers
        .into_iter()
        .zip(1..)
        .map(|(peer, number)| world.add_host(World::<Peer>::INTERNET, address(number), peer));
    let ids = ids.collect();
    (world, ids)
}

/// Sends packets between random pairs for a while; returns how many.
fn chatter(world: &mut World<Peer>, ids: &[HostId], serial: &mut u64, duration: Duration) -> usize {
    let end = world.now() + duration;
    let first = *serial;
    while world.now() < end {
        let [from, to] = [0; 2].map(|_| world.random().index(ids.len()));
        if from != to {
            *serial += 1;
            let serial = *serial;
            world.with(ids[from], |peer, now| peer.send(now, to as u8 + 1, serial));
        }
        let pause = match world.random().below(40) {
            0 => secs(1 + world.random().below(30)),
            _ => Duration::from_millis(world.random().below(400)),
        };
        world.run(pause);
    }
    (*serial - first) as usize
}

fn received(world: &World<Peer>, ids: &[HostId]) -> usize {
    ids.iter().map(|id| world.host(*id).received().0).sum()
}

#[test]
fn faulty_links_neither_double_nor_alter_packets() {
    each_seed("mesh_tunnels", "faulty_links_neither_double_nor_alter_packets", 0..6, |seed| {
        let (mut world, ids) = world(seed, Faults::awful(60 * seed));
        let mut serial = 0;

        let sent = chatter(&mut world, &ids, &mut serial, secs(600));

        let arrived = received(&world, &ids);
        assert!(arrived * 2 > sent && arrived <= sent, "{arrived} of {sent}");
    });
}

/// Within 15 s of virtual time, for every pair, whatever happened before.
#[test]
fn healed_pairs_talk_again() {
    each_seed("mesh_tunnels", "healed_pairs_talk_again", 0..8, |seed| {
        let (mut world, ids) = world(seed, Faults::internet(50));
        let mut serial = 0;
        chatter(&mut world, &ids, &mut serial, secs(60));
        let length = secs(5 + world.random().below(400));
        match seed % 4 {
            0 => world.divide(|id| id.0 as u32 % 2),
            1 => world.sleep(ids[0]),
            2 => world.set_faults(Faults::internet(1000)),
            _ => world.with(ids[0], |peer, now| peer.set_wall(1_000_000_000, now)),
        }
        chatter(&mut world, &ids, &mut serial, length);
        world.divide(|_| 0);
        world.wake(ids[0]);
        world.set_faults(Faults::internet(0));
        let healed = world.now();

        for from in 0..ids.len() {
            for to in (0..ids.len()).filter(|to| *to != from) {
                let before = world.host(ids[to]).received().0;
                let start = world.now();
                // The host that slept, and everybody after a partition, sends now and then.
                while world.host(ids[to]).received().0 == before {
                    assert!(world.now().since(start) < secs(15), "{from} to {to} is silent");
                    serial += 1;
                    let next = serial;
                    world.with(ids[from], |peer, now| peer.send(now, to as u8 + 1, next));
                    world.run(Duration::from_millis(500));
                }
            }
        }
        assert!(world.now().since(healed) < secs(60));
    });
}

#[test]
fn a_peer_that_roams_behind_a_nat_is_found_by_its_next_packet() {
    let (mut world, ids) = world(9, Faults::internet(0));
    let mut serial = 0;
    chatter(&mut world, &ids, &mut serial, secs(20));
    let nat = Nat::new(NatKind::PortRestricted, false, [198, 51, 100, 7].into());
    let home = world.add_network(nat, World::<Peer>::INTERNET);
    world.move_host(ids[0], home, address(1));

    world.with(ids[0], |peer, now| peer.send(now, 2, 900_001));
    world.run(secs(1));
    let before = world.host(ids[0]).received().0;
    world.with(ids[1], |peer, now| peer.send(now, 1, 900_002));
    world.run(secs(1));

    assert_eq!(world.host(ids[0]).received().0, before + 1);
}

#[test]
fn a_restarted_peer_without_state_is_spoken_to_again() {
    let (mut world, ids) = world(4, Faults::internet(0));
    let mut serial = 0;
    chatter(&mut world, &ids, &mut serial, secs(40));
    world.kill(ids[0]);
    world.run(secs(30));
    let now = world.now();
    let key = world.host(ids[1]).public_key();
    let mut fresh = Peer::new(1, world.random(), now);
    fresh.meet(now, 2, key, Some(address(2)));
    world.replace(ids[0], fresh);

    world.with(ids[0], |peer, now| peer.send(now, 2, 900_001));
    let before = world.host(ids[1]).received().0;
    world.run(secs(2));

    assert_eq!(world.host(ids[1]).received().0, before + 1);
}

#[test]
fn equal_seeds_give_equal_traces() {
    let trace = |seed| {
        let (mut world, ids) = world(seed, Faults::awful(100));
        chatter(&mut world, &ids, &mut 0, secs(120));
        world.trace()
    };

    assert_eq!(trace(3), trace(3));
    assert_ne!(trace(3), trace(4));
}
