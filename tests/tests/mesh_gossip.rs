//! The law of gossip, at sizes where only a simulation can tell: how fast, and at what cost.

#![expect(clippy::panic, reason = "a test's helpers fail by panicking")]

use std::time::Duration;

use tests::sim::{Faults, Gossiper, HostId, Tally, World, each_seed};
use vpn_core::simulation::{Item, record_life, renewal_interval};

type Net = World<Gossiper>;

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A world of nodes that know the first two, started one after the other within `spread`.
fn started(nodes: u32, spread: Duration, faults: Faults, seed: u64) -> Net {
    let mut world = World::new(seed, faults);
    for number in 0..nodes {
        add(&mut world, number, &[0, 1]);
        world.run(spread / nodes);
    }
    world
}

fn add(world: &mut Net, number: u32, entries: &[u32]) -> HostId {
    let now = world.now();
    let others: Vec<_> = entries.iter().copied().filter(|entry| *entry != number).collect();
    let host = Gossiper::new(number, &others, world.random(), now);
    world.add_host(Net::INTERNET, Gossiper::address(number), host)
}

/// Whether every living node knows every living node.
fn all_know_all(world: &Net) -> bool {
    let alive = world.alive();
    let count = alive.len();
    alive.iter().all(|id| world.host(*id).gossip().members() >= count)
}

/// How long it takes from here until every living node knows every living node.
fn until_all_know_all(world: &mut Net, limit: Duration) -> Duration {
    let took = world.run_while(limit, secs(1), |world| !all_know_all(world));
    let alive = world.alive();
    let known = |id: &HostId| world.host(*id).gossip().members();
    took.unwrap_or_else(|| {
        let least = alive.iter().map(known).min().unwrap_or_default();
        let poor = alive.iter().filter(|id| known(id) < alive.len()).count();
        panic!("after {limit:?} {poor} of {} know as few as {least}", alive.len())
    })
}

/// Milliseconds after which half, 99 in 100 and all living nodes have learned of a change.
fn convergence(world: &mut Net, change: impl FnOnce(&mut Net) -> Item) -> [u128; 3] {
    let start = world.now();
    let item = change(world);
    let alive = world.alive();
    for id in &alive {
        world.with(*id, |host, now| host.watch(now, item));
    }
    world.run(secs(90));
    let seen = alive.iter().map(|id| {
        let seen = world.host(*id).seen().unwrap_or_else(|| panic!("{id:?} never learned"));
        seen.since(start).as_millis()
    });
    let mut seen: Vec<_> = seen.collect();
    seen.sort_unstable();
    [seen.len() / 2, seen.len() * 99 / 100, seen.len() - 1].map(|rank| seen[rank])
}

/// Bytes that the average and the busiest living node send in a second, over `period`.
fn rate(world: &mut Net, period: Duration) -> (f64, f64, Tally) {
    let alive = world.alive();
    let tallies =
        |world: &Net| -> Vec<Tally> { alive.iter().map(|id| world.host(*id).tally()).collect() };
    let before = tallies(world);
    world.run(period);
    let after = tallies(world);
    let sent: Vec<_> =
        after.iter().zip(&before).map(|(after, before)| after.since(before)).collect();
    let total: u64 = sent.iter().map(Tally::total).sum();
    let most = sent.iter().map(Tally::total).max().unwrap_or_default();
    let all = sent.iter().fold(Tally::default(), |all, sent| Tally {
        handshakes: all.handshakes + sent.handshakes,
        keepalives: all.keepalives + sent.keepalives,
        talk: all.talk + sent.talk,
        things: all.things + sent.things,
    });
    let seconds = period.as_secs_f64();
    (total as f64 / alive.len() as f64 / seconds, most as f64 / seconds, all)
}

fn some(world: &mut Net) -> HostId {
    let alive = world.alive();
    alive[world.random().index(alive.len())]
}

/// Has a random node change its record.
fn change(world: &mut Net) -> Item {
    let id = some(world);
    world.with(id, Gossiper::change)
}

/// Prints what a node sends and, beside it, after which silence a member is forgotten.
fn print_rate(nodes: u32, (mean, most, all): (f64, f64, Tally)) {
    let part = |bytes: u64| (100 * bytes).checked_div(all.total()).unwrap_or_default();
    println!(
        "{nodes} nodes: {mean:.0} B/s each, the busiest {most:.0}; handshakes {} %, keepalives {} %, \
         talk {} %, records {} %; a silent member is forgotten after {} s",
        part(all.handshakes),
        part(all.keepalives),
        part(all.talk),
        part(all.things),
        record_life(nodes as usize).as_secs(),
    );
}

#[test]
fn a_quiet_network_costs_at_most_100_bytes_a_second_and_node() {
    for nodes in [10, 100] {
        let mut world = started(nodes, secs(10), Faults::internet(0), 1);
        until_all_know_all(&mut world, secs(60));
        world.run(secs(300));

        let rate = rate(&mut world, 2 * record_life(nodes as usize) / 3);

        print_rate(nodes, rate);
        assert!(rate.0 <= 100.0, "{nodes} nodes: {rate:?}");
    }
}

#[test]
fn joiners_learn_everything_and_everyone_learns_a_change() {
    let name = "joiners_learn_everything_and_everyone_learns_a_change";
    each_seed("mesh_gossip", name, 0..8, |seed| {
        let nodes = [10, 100][seed as usize % 2];
        let loss = 100 * (seed / 2 % 4);
        let mut world = started(nodes, secs(10), Faults::internet(loss), seed);

        let joined = until_all_know_all(&mut world, secs(300));
        world.run(secs(60));
        let [half, most, all] = convergence(&mut world, change);

        println!(
            "{nodes} nodes, {} % loss: joined {} s after the last start; a change reaches half in \
             {half} ms, 99 % in {most}, all in {all}",
            loss / 10,
            joined.as_secs(),
        );
        let limits =
            [(1000, 3000), (1500, 10_000), (3000, 20_000), (6000, 40_000)][seed as usize / 2 % 4];
        assert!(half <= limits.0 && all <= limits.1);
    });
}

#[test]
fn a_revocation_reaches_a_hundred_nodes_within_ten_seconds() {
    let name = "a_revocation_reaches_a_hundred_nodes_within_ten_seconds";
    each_seed("mesh_gossip", name, 0..3, |seed| {
        let mut world = started(100, secs(10), Faults::internet(20 * seed), seed);
        until_all_know_all(&mut world, secs(60));
        world.run(secs(60));

        let [_, _, all] = convergence(&mut world, |world| {
            let id = some(world);
            world.with(id, |host, now| host.revoke(now, 77))
        });

        assert!(all <= 10_000, "{all} ms");
    });
}

#[test]
fn the_first_two_nodes_are_not_missed() {
    each_seed("mesh_gossip", "the_first_two_nodes_are_not_missed", 0..4, |seed| {
        let nodes = [10, 100][seed as usize % 2];
        let mut world = started(nodes, secs(20), Faults::internet(10), seed);
        world.run(secs(40));
        assert!(all_know_all(&world));
        world.kill(HostId(0));
        world.kill(HostId(1));

        let [_, _, all] = convergence(&mut world, change);
        assert!(all <= 15_000, "{all} ms");

        let entry = 2 + world.random().below(u64::from(nodes) - 2) as u32;
        add(&mut world, nodes, &[entry]);
        let joined = world.run_while(secs(30), secs(1), |world| {
            let knows = |id: &HostId| world.host(*id).knows(nodes);
            !world.alive().iter().all(knows)
        });
        println!("{nodes} nodes: a joiner through a survivor is known by all after {joined:?}");
        assert!(joined.is_some());
    });
}

#[test]
fn a_silent_member_is_forgotten_by_all_and_only_it() {
    let nodes = 20;
    let mut world = started(nodes, secs(10), Faults::internet(100), 5);
    until_all_know_all(&mut world, secs(120));
    world.run(secs(300));
    world.kill(HostId(7));

    let gone = world.run_while(record_life(20) + secs(300), secs(10), |world| {
        world.alive().iter().any(|id| world.host(*id).knows(7))
    });

    println!("forgotten by all of {nodes} after {gone:?}, the rule says {:?}", record_life(20));
    assert!(gone.is_some_and(|gone| gone >= record_life(20) / 2), "{gone:?}");
    world.run(secs(300));
    for id in world.alive() {
        assert_eq!(world.host(id).gossip().members(), 19);
    }
}

/// Short of the time in which both parts forget one another, and beyond.
#[test]
fn a_divided_network_becomes_one_again() {
    each_seed("mesh_gossip", "a_divided_network_becomes_one_again", 0..4, |seed| {
        let nodes = [12, 60][seed as usize % 2];
        let length = if seed < 2 { secs(600) } else { record_life(nodes as usize) * 2 };
        let mut world = started(nodes, secs(10), Faults::internet(10), seed);
        until_all_know_all(&mut world, secs(60));
        world.divide(|id| u32::from(id.0 % 3 == 0));
        world.run(length);
        let told =
            [0, 1].map(|id| world.with(HostId(id), |host, now| host.revoke(now, 7 + id as u64)));
        world.run(secs(90));
        world.divide(|_| 0);

        let took = world.run_while(secs(900), secs(1), |world| {
            let learned = |id: &HostId| {
                let gossip = world.host(*id).gossip();
                told.iter().all(|item| gossip.version(item.tag) == Some(item.version))
            };
            !(all_know_all(world) && world.alive().iter().all(learned))
        });

        println!("{nodes} nodes, divided for {length:?}: one again after {took:?}");
        assert!(took.is_some());
    });
}

#[test]
fn a_node_that_slept_comes_back_by_itself() {
    let mut world = started(30, secs(10), Faults::internet(10), 2);
    until_all_know_all(&mut world, secs(60));
    world.sleep(HostId(5));
    world.run(record_life(30) * 2);
    world.wake(HostId(5));

    let took = world.run_while(secs(60), secs(1), |world| !all_know_all(world));

    println!("a sleeper of {:?} is back after {took:?}", record_life(30) * 2);
    assert!(took.is_some());
}

#[test]
fn equal_seeds_give_equal_traces() {
    let trace = |seed| {
        let mut world = started(20, secs(5), Faults::awful(100), seed);
        world.run(secs(120));
        world.trace()
    };

    assert_eq!(trace(3), trace(3));
    assert_ne!(trace(3), trace(4));
}

fn variable(name: &str, default: u32) -> u32 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// A large network in the midst of its life: every node knows every other from the start.
/// `MESH_NODES=10000` makes a campaign of it, `MESH_LEAD` says how many seconds pass before bytes are
/// counted.
#[test]
fn a_large_network_costs_at_most_600_bytes_a_second_and_node() {
    let nodes = variable("MESH_NODES", 1000);
    let mut world = World::new(1, Faults::internet(10));
    world.run(renewal_interval(nodes as usize) / 10);
    for number in 0..nodes {
        let now = world.now();
        let mut host = Gossiper::new(number, &[], world.random(), now);
        host.remember(now, nodes);
        world.add_host(Net::INTERNET, Gossiper::address(number), host);
    }
    world.run(secs(variable("MESH_LEAD", 300).into()));

    let rate = rate(&mut world, secs(variable("MESH_SECONDS", 30).into()));
    let [half, most, all] = convergence(&mut world, change);

    print_rate(nodes, rate);
    println!("a change reaches half in {half} ms, 99 % in {most}, all in {all}");
    assert!(all_know_all(&world));
    assert!(rate.0 <= 600.0 && half <= 5000, "{rate:?}");
}

/// All in the same second, all through the same two. `MESH_NODES=1000` and `MESH_SECONDS=300`, or
/// more, make a campaign of it, which wants `--release`.
#[test]
fn nodes_powered_on_together_become_a_network() {
    let nodes = variable("MESH_NODES", 200);
    let mut world = started(nodes, secs(1), Faults::internet(10), 1);

    let joined = until_all_know_all(&mut world, secs(900));
    println!("{nodes} nodes: all know all {joined:?} after the last start");
    assert!(joined <= secs(90) || nodes > 200);

    let [half, most, all] = convergence(&mut world, change);
    println!("a change reaches half in {half} ms, 99 % in {most}, all in {all}");

    // The first renewals come soon, since nobody knew how large the network would be.
    world.run(secs(200));
    let rate = rate(&mut world, secs(variable("MESH_SECONDS", 60).into()));
    print_rate(nodes, rate);
    assert!(rate.0 <= 600.0, "{rate:?}");
}
