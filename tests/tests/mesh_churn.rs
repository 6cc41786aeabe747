//! A network whose members come and go without a word, for long.

use std::collections::BTreeMap;
use std::time::Duration;

use tests::sim::{Faults, Gossiper, HostId, World};
use vpn_core::Time;
use vpn_core::simulation::record_life;

type Net = World<Gossiper>;

/// How long after its start a node is to know everyone, and everyone it.
const SETTLING: Duration = Duration::from_secs(60);
const LOSS: u64 = 10;

fn variable(name: &str, default: u32) -> u32 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// Starts a node that knows the address of one other.
fn start(world: &mut Net, number: u32, entry: Option<u32>) -> HostId {
    let now = world.now();
    let host = Gossiper::new(number, entry.as_slice(), world.random(), now);
    world.add_host(Net::INTERNET, Gossiper::address(number), host)
}

/// How many of the pairs of settled nodes do not know each other, in which direction ever.
fn missing(world: &Net, started: &BTreeMap<HostId, Time>) -> usize {
    let now = world.now();
    let settled: Vec<_> = started
        .iter()
        .filter(|(_, since)| now.since(**since) >= SETTLING)
        .map(|it| *it.0)
        .collect();
    let misses = |id: &HostId| {
        let host = world.host(*id);
        settled.iter().filter(|other| !host.knows(other.0 as u32)).count()
    };
    settled.iter().map(misses).sum()
}

/// Members in an hour, of a hundred, vanish, and as many come, each through one that is there. 50
/// nodes for two hours; `MESH_NODES=200 MESH_HOURS=24` make a campaign of it.
#[test]
fn nodes_that_come_and_go_find_everyone_and_are_found() {
    let (nodes, hours) = (variable("MESH_NODES", 50), variable("MESH_HOURS", 2));
    let churn_per_hour = nodes.div_ceil(20);
    let mut world = World::new(1, Faults::internet(LOSS));
    let mut started = BTreeMap::new();
    for number in 0..nodes {
        let entry =
            number.checked_sub(1).map(|last| world.random().below(u64::from(last) + 1) as u32);
        let id = start(&mut world, number, entry);
        started.insert(id, world.now());
        world.run(Duration::from_millis(100));
    }
    world.run(SETTLING);
    assert_eq!(missing(&world, &started), 0);

    let (mut next, mut worst, mut sent) = (nodes, 0, 0);
    for hour in 0..hours {
        let mut looks = Vec::new();
        for _ in 0..churn_per_hour {
            world.run(Duration::from_secs(3600) / churn_per_hour);
            looks.push(missing(&world, &started));
            let ids: Vec<_> = started.keys().copied().collect();
            let gone = ids[world.random().index(ids.len())];
            sent += world.host(gone).tally().total();
            world.kill(gone);
            started.remove(&gone);
            let ids: Vec<_> = started.keys().copied().collect();
            let entry = ids[world.random().index(ids.len())];
            let id = start(&mut world, next, Some(entry.0 as u32));
            started.insert(id, world.now());
            next += 1;
        }
        let most = looks.iter().copied().max().unwrap_or_default();
        worst = worst.max(most);
        println!(
            "hour {hour}: at most {most} of {} pairs unknown to each other",
            nodes * (nodes - 1)
        );
    }
    world.run(SETTLING);

    sent += started.keys().map(|id| world.host(*id).tally().total()).sum::<u64>();
    let seconds = f64::from(hours) * 3600.0 + SETTLING.as_secs_f64() * 2.0;
    let mean = sent as f64 / f64::from(nodes) / seconds;
    let known = started.keys().map(|id| world.host(*id).gossip().members());
    let most = known.max().unwrap_or_default();
    // The dead of one life, and of the time until the first comparison after it.
    let life = record_life(nodes as usize).as_secs_f64() + 120.0;
    let dead = (f64::from(churn_per_hour) * life / 3600.0).ceil() as usize + 1;
    println!("{mean:.0} B/s each; at most {most} members are known, of whom {nodes} live");
    assert_eq!(missing(&world, &started), 0);
    assert!(worst <= nodes as usize, "{worst} pairs");
    assert!(most <= nodes as usize + dead, "{most} are known, {dead} may have died lately");
    assert!(mean <= 150.0, "{mean} B/s");
}
