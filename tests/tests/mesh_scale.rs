//! What whole nodes cost that have nothing to say: tunnels, ways through boxes and members, gossip.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tests::sim::{Faults, HostId, Member, Nat, NatKind, World};
use vpn_core::simulation::record_life;

type Net = World<Member>;

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn variable(name: &str, default: u32) -> u32 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// Nodes that join one after the other through the first. Of four, two are on the Internet and two
/// behind boxes of their own, which let nobody in.
fn started(nodes: u32, spread: Duration) -> Net {
    let mut world = World::new(11, Faults::internet(10));
    for number in 0..nodes {
        let id = match number % 4 {
            1 => add_behind(&mut world, number, NatKind::PortRestricted),
            3 => add_behind(&mut world, number, NatKind::Symmetric),
            _ => {
                let now = world.now();
                let member = Member::new(number, None, world.random(), now);
                world.add_host(Net::INTERNET, Member::address(number), member)
            }
        };
        if number > 0 {
            world.with(id, |member, now| member.join(now, 0));
        }
        world.run(spread / nodes);
    }
    world
}

fn add_behind(world: &mut Net, number: u32, kind: NatKind) -> HostId {
    let [_, _, high, low] = number.to_be_bytes();
    let nat = Nat::new(kind, false, Ipv4Addr::new(198, 51, high, low).into());
    let home = world.add_network(nat, Net::INTERNET);
    let at = SocketAddr::from(([192, 168, 1, 2], 51820));
    let now = world.now();
    let member = Member::at(number, &[at], world.random(), now);
    world.add_host(home, at, member)
}

fn all_know_all(world: &Net) -> bool {
    let alive = world.alive();
    alive.iter().all(|id| world.host(*id).node().members().count() + 1 >= alive.len())
}

/// Has random nodes send a packet to random others, every second until it arrives; returns the
/// longest time that it took.
fn reach(world: &mut Net, pairs: usize) -> Option<Duration> {
    let alive = world.alive();
    let mut serial = 0;
    let mut missing: Vec<_> = (0..pairs)
        .map(|_| [0; 2].map(|_| alive[world.random().index(alive.len())]))
        .filter(|[from, to]| from != to)
        .map(|pair| (pair, Vec::<u64>::new()))
        .collect();
    world.run_while(secs(20), secs(1), |world| {
        missing.retain(|([_, to], sent)| !sent.iter().any(|it| world.host(*to).has_received(*it)));
        for ([from, to], sent) in &mut missing {
            serial += 1;
            sent.push(serial);
            let (at, serial) = (world.host(*to).node().address(), serial);
            world.with(*from, |member, now| member.send(now, at, serial));
        }
        !missing.is_empty()
    })
}

/// Half of the nodes behind boxes; no packets are sent while bytes are counted. `MESH_NODES=1000`
/// makes a campaign of it, which verifies two million signatures until all know all.
#[test]
fn idle_nodes_cost_at_most_100_bytes_a_second_each_at_100_and_600_at_1000() {
    let nodes = variable("MESH_NODES", 100);
    let mut world = started(nodes, secs(20));
    let joined = world.run_while(secs(300), secs(1), |world| !all_know_all(world));
    let Some(joined) = joined else { panic!("not all know all") };
    let reached = reach(&mut world, 40);
    // The first renewals come soon, since nobody knew how large the network would be.
    world.run(secs(400));
    let sent = |world: &Net| world.alive().iter().map(|id| world.host(*id).sent()).sum::<u64>();

    let before = sent(&world);
    let window = secs(variable("MESH_SECONDS", 500).into());
    world.run(window);

    let rate = (sent(&world) - before) as f64 / window.as_secs_f64() / f64::from(nodes);
    println!(
        "{nodes} whole nodes: all know all {joined:?} after the last start, pairs reach one another \
         within {reached:?}; {rate:.0} B/s each; a silent member is forgotten after {} s",
        record_life(nodes as usize).as_secs(),
    );
    assert!(reached.is_some());
    assert!(rate <= if nodes <= 100 { 100.0 } else { 600.0 }, "{rate}");
}
