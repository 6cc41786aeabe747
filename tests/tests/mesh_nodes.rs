//! Whole nodes in the simulated network. What must always hold (no packet twice, altered or to a
//! wrong node; no deadline that survives its handling) is checked after every event.

use std::net::Ipv6Addr;
use std::time::Duration;

use tests::sim::{Faults, HostId, Member, World, each_seed};

type Net = World<Member>;

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A world of nodes that join one after the other within `spread`, through the first or the second.
fn started(nodes: u32, spread: Duration, faults: Faults, seed: u64) -> Net {
    let mut world = World::new(seed, faults);
    for number in 0..nodes {
        let through = world.random().below(u64::from(number.min(2)).max(1)) as u32;
        add(&mut world, number, (number > 0).then_some(through));
        world.run(spread / nodes);
    }
    world
}

fn add(world: &mut Net, number: u32, through: Option<u32>) -> HostId {
    let now = world.now();
    let member = Member::new(number, None, world.random(), now);
    let id = world.add_host(Net::INTERNET, Member::address(number), member);
    if let Some(through) = through {
        world.with(id, |member, now| member.join(now, through));
    }
    id
}

fn known(world: &Net, id: HostId) -> usize {
    world.host(id).node().members().count()
}

/// How long it takes until every living node knows every other.
fn until_all_know_all(world: &mut Net, limit: Duration) -> Option<Duration> {
    world.run_while(limit, secs(1), |world| {
        let alive = world.alive();
        alive.iter().any(|id| known(world, *id) + 1 < alive.len())
    })
}

fn inner(world: &Net, id: HostId) -> Ipv6Addr {
    world.host(id).node().address()
}

/// Has each of the pairs offer one packet, again every second until it arrives; returns the longest
/// time that it took, `None` if it did not within `limit`.
fn reach(
    world: &mut Net,
    pairs: &[(HostId, HostId)],
    serial: &mut u64,
    limit: Duration,
) -> Option<Duration> {
    let mut missing: Vec<_> = pairs.iter().map(|(from, to)| (*from, *to, Vec::new())).collect();
    world.run_while(limit, secs(1), |world| {
        missing.retain(|(_, to, sent): &(_, HostId, Vec<u64>)| {
            !sent.iter().any(|serial| world.host(*to).has_received(*serial))
        });
        for (from, to, sent) in &mut missing {
            *serial += 1;
            sent.push(*serial);
            let (address, serial) = (inner(world, *to), *serial);
            world.with(*from, |member, now| member.send(now, address, serial));
        }
        !missing.is_empty()
    })
}

fn random_pairs(world: &mut Net, count: usize) -> Vec<(HostId, HostId)> {
    let alive = world.alive();
    let mut pairs = Vec::new();
    while pairs.len() < count {
        let [from, to] = [0; 2].map(|_| alive[world.random().index(alive.len())]);
        if from != to {
            pairs.push((from, to));
        }
    }
    pairs
}

#[test]
fn joined_nodes_know_and_reach_one_another() {
    each_seed("mesh_nodes", "joined_nodes_know_and_reach_one_another", 0..8, |seed| {
        let nodes = if seed == 0 { 100 } else { 10 };
        let loss = 50 * (seed % 3);
        let mut world = started(nodes, secs(10), Faults::internet(loss), seed);

        let joined = until_all_know_all(&mut world, secs(120));
        let pairs = random_pairs(&mut world, 30);
        let reached = reach(&mut world, &pairs, &mut 0, secs(15));

        println!("{nodes} nodes, loss {loss}: joined {joined:?}, reached {reached:?}");
        assert!(joined.is_some() && reached.is_some(), "{joined:?} {reached:?}");
    });
}

/// Milliseconds until each of so many joiners and the only other member know each other, the quickest
/// first.
fn joining(loss: u64, joiners: u64) -> Vec<u128> {
    let mut took: Vec<_> = (0..joiners)
        .map(|seed| {
            let mut world = World::new(seed, Faults::internet(loss));
            let first = add(&mut world, 0, None);
            let joiner = add(&mut world, 1, Some(0));
            let took = world.run_while(secs(120), Duration::from_millis(20), |world| {
                [first, joiner].iter().any(|id| known(world, *id) == 0)
            });
            took.unwrap_or(Duration::MAX).as_millis()
        })
        .collect();
    took.sort_unstable();
    took
}

/// WireGuard's own repetitions come every 5 s.
#[test]
fn joining_takes_seconds_however_much_is_lost() {
    for (loss, half, most) in [(0, 500, 500), (150, 1000, 5000), (300, 2500, 10_000)] {
        let took = joining(loss, 100);

        let (middle, late, last) = (took[50], took[95], took[99]);
        println!(
            "loss {loss}: half join within {middle} ms, 95 of 100 within {late}, all within {last}"
        );
        assert!(middle <= half && late <= most, "{took:?}");
    }
}

/// Both first nodes die at 60 s: any surviving pair is heard within 15 s, and a joiner enters
/// through a survivor.
#[test]
fn the_first_two_nodes_are_not_missed() {
    each_seed("mesh_nodes", "the_first_two_nodes_are_not_missed", 0..6, |seed| {
        let nodes = if seed == 0 { 100 } else { 10 };
        let loss = [0, 10, 20, 50, 100, 150][seed as usize % 6];
        let mut world = started(nodes, secs(20), Faults::internet(loss), seed);
        let mut serial = 0;
        let pairs = random_pairs(&mut world, 10);
        reach(&mut world, &pairs, &mut serial, secs(15));
        world.run_until(vpn_core::Time::from_nanos(61_000_000_000));
        world.kill(HostId(0));
        world.kill(HostId(1));

        let pairs = random_pairs(&mut world, 60);
        let reached = reach(&mut world, &pairs, &mut serial, secs(15));
        assert!(reached.is_some(), "a surviving pair is cut off");

        let entry = 2 + world.random().below(u64::from(nodes) - 2) as u32;
        let joiner = add(&mut world, nodes, Some(entry));
        let known_by_all = world.run_while(secs(60), secs(1), |world| {
            let id = Member::id(nodes);
            let knows = |host: &HostId| world.host(*host).node().member(&id).is_some();
            !world.alive().iter().all(|host| *host == joiner || knows(host))
        });
        println!(
            "{nodes} nodes, loss {loss}: pairs {reached:?}, joiner known by all {known_by_all:?}"
        );
        assert!(known_by_all.is_some());
        let far = *world.alive().iter().find(|id| id.0 as u32 != entry).unwrap_or(&joiner);
        assert!(
            reach(&mut world, &[(joiner, far), (far, joiner)], &mut serial, secs(15)).is_some()
        );
    });
}

#[test]
fn a_revocation_reaches_everyone_and_cuts_the_member_off() {
    each_seed(
        "mesh_nodes",
        "a_revocation_reaches_everyone_and_cuts_the_member_off",
        0..3,
        |seed| {
            let nodes = if seed == 0 { 100 } else { 12 };
            let mut world = started(nodes, secs(10), Faults::internet(10), seed);
            assert!(until_all_know_all(&mut world, secs(60)).is_some());
            world.run(secs(30));
            let (bad, judge) = (5, HostId(3));
            let mut serial = 0;
            let witness = HostId(7);
            assert!(reach(&mut world, &[(HostId(5), witness)], &mut serial, secs(15)).is_some());
            // A part of the network hears of it only when it is one again.
            let island = nodes - 2;
            world.divide(|id| u32::from(id.0 as u32 >= island));

            world.with(judge, |member, now| member.revoke(now, bad));

            let others: Vec<_> =
                world.alive().into_iter().filter(|id| id.0 as u32 != bad).collect();
            let (inside, outside): (Vec<_>, Vec<_>) =
                others.into_iter().partition(|id| (id.0 as u32) < island);
            let told =
                |world: &Net, ids: &[HostId]| ids.iter().all(|id| world.host(*id).has_revoked(bad));
            let took = world.run_while(secs(10), secs(1), |world| !told(world, &inside));
            println!("{nodes} nodes: revoked everywhere after {took:?}");
            assert!(took.is_some());
            assert!(reach(&mut world, &[(HostId(5), witness)], &mut serial, secs(30)).is_none());
            assert!(reach(&mut world, &[(witness, HostId(5))], &mut serial, secs(30)).is_none());

            assert!(!told(&world, &outside));
            world.divide(|_| 0);
            let took = world.run_while(secs(180), secs(1), |world| !told(world, &outside));
            println!("{nodes} nodes: learned after healing {took:?}");
            assert!(took.is_some());
        },
    );
}

#[test]
fn a_node_restarts_with_its_book_although_the_first_are_gone() {
    let name = "a_node_restarts_with_its_book_although_the_first_are_gone";
    each_seed("mesh_nodes", name, 0..12, |seed| {
        let mut world = started(8, secs(10), Faults::internet(10), seed);
        assert!(until_all_know_all(&mut world, secs(60)).is_some());
        let book = world.host(HostId(6)).node().book();
        for id in [0, 1, 6] {
            world.kill(HostId(id));
        }
        world.run(secs(40));
        let now = world.now();
        let member = Member::new(6, Some(book), world.random(), now);
        world.replace(HostId(6), member);

        let pairs = [(HostId(6), HostId(3)), (HostId(4), HostId(6))];
        let reached = reach(&mut world, &pairs, &mut 0, secs(20));

        assert!(reached.is_some());
    });
}

/// Its peers have sessions that it knows nothing of; WireGuard's own timers find out after 15 s.
#[test]
fn a_node_that_has_forgotten_everything_is_reached_again_within_seconds() {
    each_seed(
        "mesh_nodes",
        "a_node_that_has_forgotten_everything_is_reached_again_within_seconds",
        0..4,
        |seed| {
            let mut world = started(10, secs(10), Faults::internet(10), seed);
            assert!(until_all_know_all(&mut world, secs(60)).is_some());
            let pairs: Vec<_> = (2..10).filter(|id| *id != 6).map(HostId).collect();
            let pairs: Vec<_> = pairs.into_iter().map(|id| (id, HostId(6))).collect();
            let mut serial = 0;
            assert!(reach(&mut world, &pairs, &mut serial, secs(15)).is_some());
            world.kill(HostId(6));
            let now = world.now();
            let member = Member::new(6, None, world.random(), now);
            world.replace(HostId(6), member);
            world.with(HostId(6), |member, now| member.join(now, 0));

            let reached = reach(&mut world, &pairs, &mut serial, secs(10));

            println!("reached after {reached:?}");
            assert!(reached.is_some());
        },
    );
}

#[test]
fn a_node_that_slept_talks_again() {
    for (seed, length) in [20, 150, 2000].into_iter().enumerate() {
        let mut world = started(10, secs(10), Faults::internet(10), seed as u64);
        assert!(until_all_know_all(&mut world, secs(60)).is_some());
        let mut serial = 0;
        let pairs = [(HostId(4), HostId(6)), (HostId(6), HostId(4))];
        assert!(reach(&mut world, &pairs, &mut serial, secs(15)).is_some());
        world.sleep(HostId(4));
        world.run(secs(length));
        world.wake(HostId(4));

        let reached = reach(&mut world, &pairs, &mut serial, secs(15));

        println!("slept {length} s: talks after {reached:?}");
        assert!(reached.is_some(), "after {length} s");
    }
}

#[test]
fn equal_seeds_give_equal_traces() {
    let trace = |seed| {
        let mut world = started(6, secs(5), Faults::awful(100), seed);
        world.run(secs(60));
        world.trace()
    };

    assert_eq!(trace(3), trace(3));
    assert_ne!(trace(3), trace(4));
}

/// A joiner counts itself alone when the first records come: their lives must not follow from that.
#[test]
fn a_joiner_forgets_nobody_who_is_there() {
    let nodes = 60;
    let mut world = started(nodes, secs(10), Faults::internet(0), 1);
    assert!(until_all_know_all(&mut world, secs(120)).is_some());
    world.run(secs(300));
    let joiner = add(&mut world, nodes, Some(0));
    assert!(until_all_know_all(&mut world, secs(60)).is_some());

    let missed = world.run_while(secs(1500), secs(1), |world| known(world, joiner) == 60);

    assert_eq!(missed, None);
}

/// Nobody is lonely, so nobody asks those that it once joined through.
#[test]
fn a_network_whose_parts_have_forgotten_one_another_becomes_one_again() {
    let name = "a_network_whose_parts_have_forgotten_one_another_becomes_one_again";
    each_seed("mesh_nodes", name, 0..4, |seed| {
        let nodes = [4, 6, 12, 30][seed as usize];
        let mut world = started(nodes, secs(10), Faults::internet(10), seed);
        assert!(until_all_know_all(&mut world, secs(60)).is_some());
        let half = |id: HostId| u32::from(id.0.is_multiple_of(2));
        world.divide(half);
        let forgotten = world.run_while(secs(4000), secs(10), |world| {
            world.alive().iter().any(|id| known(world, *id) >= nodes as usize / 2)
        });
        assert!(forgotten.is_some());
        world.run(secs(600));

        world.divide(|_| 0);

        let took = until_all_know_all(&mut world, secs(1800));
        println!("{nodes} nodes, forgotten after {forgotten:?}: one again after {took:?}");
        assert!(took.is_some());
    });
}
