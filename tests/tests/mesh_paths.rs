//! Whole nodes behind NATs: which reach one another directly, and which through a member, is what
//! the tables of MESH.md say.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail by panicking")]

use std::net::SocketAddr;
use std::time::Duration;

use tests::sim::{Faults, HostId, Member, Nat, NatKind, NetworkId, World};

type Net = World<Member>;

const MESH: &str = include_str!("../../vpn-core/MESH.md");
/// Numbers of the two that talk; the others are on the Internet.
const PAIR: [u32; 2] = [8, 9];
const OPEN: u32 = 3;

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Rows of the table of MESH.md whose first cell is `title`: cells by the names of row and column.
fn table(title: &str) -> Vec<(String, String, bool)> {
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_string()).collect()
    };
    let mut lines = MESH.lines().skip_while(|line| !line.starts_with(&format!("| {title} |")));
    let columns = cells(lines.next().unwrap());
    let rows = lines.skip(1).take_while(|line| line.starts_with('|')).map(cells);
    let cases = rows.flat_map(|row| {
        let name = row[0].clone();
        let pairs: Vec<_> = columns[1..].iter().cloned().zip(row[1..].to_vec()).collect();
        pairs.into_iter().map(move |(column, cell)| {
            assert!(["direct", "relay"].contains(&&*cell), "{name}, {column}: {cell}");
            (name.clone(), column, cell == "direct")
        })
    });
    cases.collect()
}

fn kind(name: &str) -> NatKind {
    match name {
        "full cone" => NatKind::FullCone,
        "address-restricted" => NatKind::AddressRestricted,
        "port-restricted" => NatKind::PortRestricted,
        "symmetric" => NatKind::Symmetric,
        other => unreachable!("no NAT is called {other}"),
    }
}

fn network(world: &mut Net, name: &str, hairpin: bool, outer: NetworkId, ip: &str) -> NetworkId {
    world.add_network(Nat::new(kind(name), hairpin, ip.parse().unwrap()), outer)
}

/// A home behind a box of its own, or behind that and a carrier's ("... in ..."), or none.
fn home(world: &mut Net, name: &str, number: u8) -> NetworkId {
    if name == "open" {
        return Net::INTERNET;
    }
    let (inner, carrier) = name.split_once(" in ").unwrap_or((name, ""));
    let ip = format!("198.51.{number}.1");
    if carrier.is_empty() {
        return network(world, inner, false, Net::INTERNET, &ip);
    }
    let outer = network(world, carrier, false, Net::INTERNET, &ip);
    network(world, inner, false, outer, "100.64.0.2")
}

/// The node through which others join.
fn add_first(world: &mut Net) -> HostId {
    let now = world.now();
    let member = Member::new(0, None, world.random(), now);
    world.add_host(Net::INTERNET, Member::address(0), member)
}

/// A world with some nodes on the Internet.
fn world(seed: u64) -> Net {
    let mut world = World::new(seed, Faults::internet(0));
    add_first(&mut world);
    world.run(secs(1));
    for number in 1..OPEN {
        let now = world.now();
        let member = Member::new(number, None, world.random(), now);
        let id = world.add_host(Net::INTERNET, Member::address(number), member);
        world.with(id, |member, now| member.join(now, 0));
        world.run(secs(1));
    }
    world
}

/// A node that joins through the first; `told` says whether it tells its own address.
fn add(world: &mut Net, number: u32, network: NetworkId, told: bool) -> HostId {
    let open = network == Net::INTERNET;
    let at = match open {
        true => Member::address(number),
        false => SocketAddr::from(([192, 168, 1, number as u8], 51820)),
    };
    let endpoints: Vec<_> = [at].into_iter().filter(|_| told || open).collect();
    let now = world.now();
    let member = Member::at(number, &endpoints, world.random(), now);
    let id = world.add_host(network, at, member);
    world.with(id, |member, now| member.join(now, 0));
    id
}

/// Sends a packet each way every half second, for so long; returns how many of them did not arrive,
/// and how long both waited for the first.
fn talk(
    world: &mut Net,
    ids: [HostId; 2],
    serial: &mut u64,
    length: Duration,
) -> (usize, Option<Duration>) {
    let start = world.now();
    let (mut sent, mut first) = (Vec::new(), None);
    while world.now().since(start) < length {
        for (from, to) in [(ids[0], ids[1]), (ids[1], ids[0])] {
            *serial += 1;
            let (next, at) = (*serial, world.host(to).node().address());
            world.with(from, |member, now| member.send(now, at, next));
            sent.push((to, next));
        }
        for _ in 0..10 {
            world.run(Duration::from_millis(50));
            let has = |world: &Net, to| {
                sent.iter().any(|(id, serial)| *id == to && world.host(to).has_received(*serial))
            };
            if first.is_none() && ids.iter().all(|id| has(world, *id)) {
                first = Some(world.now().since(start));
            }
        }
    }
    let lost = sent.iter().filter(|(to, serial)| !world.host(*to).has_received(*serial));
    (lost.count(), first)
}

/// Whether each reaches the other directly.
fn is_direct(world: &Net, [a, b]: [HostId; 2]) -> bool {
    let via = |from: HostId, to: HostId| {
        let id = world.host(to).node().id();
        let member = world.host(from).node().member(&id).unwrap();
        assert!(member.is_up, "no tunnel");
        member.via
    };
    let ways = [via(a, b), via(b, a)];
    println!("    {ways:?}");
    ways == [None, None]
}

/// Has two nodes talk in a world, and looks whether they do so as the table says.
fn check(world: &mut Net, ids: [HostId; 2], direct: bool, case: &str) {
    world.run(secs(10));
    let (lost, first) = talk(world, ids, &mut 0, secs(8));
    println!("{case}: first after {first:?}, {lost} lost");
    assert!(first.is_some_and(|first| first < secs(2)), "{case}: {first:?}");
    assert!(lost <= 4, "{case}: {lost} lost");
    assert_eq!(is_direct(world, ids), direct, "{case}");
}

#[test]
fn each_kind_of_nat_against_each() {
    for (one, other, direct) in table("one behind, the other behind") {
        let mut world = world(1);
        let homes = [home(&mut world, &one, 1), home(&mut world, &other, 2)];
        let ids = [0, 1].map(|i| add(&mut world, PAIR[i], homes[i], false));

        check(&mut world, ids, direct, &format!("{one} and {other}"));
    }
}

#[test]
fn two_behind_one_box() {
    for (name, column, direct) in table("both behind one") {
        let hairpin = column.contains("hairpin");
        let mut world = world(2);
        let lan = network(&mut world, &name, hairpin, Net::INTERNET, "198.51.100.1");
        let ids = PAIR.map(|number| add(&mut world, number, lan, column.contains("told")));

        check(&mut world, ids, direct, &format!("{name}, {column}"));
    }
}

#[test]
fn two_homes_behind_one_carrier() {
    for (name, column, direct) in table("both homes in one carrier's net, of which") {
        let mut world = world(3);
        let hairpin = column.contains("hairpin");
        let carrier = network(&mut world, &name, hairpin, Net::INTERNET, "198.51.100.1");
        let ids = PAIR.map(|number| {
            let ip = format!("100.64.0.{number}");
            let home = network(&mut world, "port-restricted", false, carrier, &ip);
            add(&mut world, number, home, true)
        });

        check(&mut world, ids, direct, &format!("{name}, {column}"));
    }
}

/// A world in which two nodes behind boxes of their own talk.
fn pair(seed: u64, one: &str, other: &str) -> (Net, [HostId; 2], u64) {
    let mut world = world(seed);
    let homes = [home(&mut world, one, 1), home(&mut world, other, 2)];
    let ids = [0, 1].map(|i| add(&mut world, PAIR[i], homes[i], false));
    world.run(secs(10));
    let mut serial = 0;
    let (_, first) = talk(&mut world, ids, &mut serial, secs(10));
    assert!(first.is_some());
    (world, ids, serial)
}

#[test]
fn a_direct_way_is_taken_when_it_becomes_possible() {
    let (mut world, ids, mut serial) = pair(4, "symmetric", "symmetric");
    assert!(!is_direct(&world, ids));

    world.move_host(ids[1], Net::INTERNET, Member::address(PAIR[1]));
    let (lost, _) = talk(&mut world, ids, &mut serial, secs(70));

    println!("{lost} lost");
    assert!(is_direct(&world, ids));
    assert!(lost <= 12, "{lost} lost");
}

/// Within 4 s packets go through a member; and directly again, when that is possible again.
#[test]
fn a_direct_way_that_falls_silent_is_left_until_it_is_mended() {
    let (mut world, ids, mut serial) = pair(5, "port-restricted", "port-restricted");
    assert!(is_direct(&world, ids));

    world.worsen(ids[0], ids[1], None);
    let (lost, _) = talk(&mut world, ids, &mut serial, secs(20));
    println!("{lost} lost");
    assert!(!is_direct(&world, ids));
    assert!(lost <= 2 * 2 * 4, "{lost} lost");

    world.mend();
    let (lost, _) = talk(&mut world, ids, &mut serial, secs(70));
    assert!(is_direct(&world, ids));
    assert_eq!(lost, 0);
}

/// Where it beats the direct one by a fifth and by 10 ms, for half a minute.
#[test]
fn a_way_through_a_member_is_taken_where_it_is_much_faster() {
    let (mut world, ids, mut serial) = pair(6, "open", "open");
    world.worsen(ids[0], ids[1], Some(Duration::from_millis(150)));

    talk(&mut world, ids, &mut serial, secs(25));
    assert!(is_direct(&world, ids), "not at once");
    let (lost, _) = talk(&mut world, ids, &mut serial, secs(60));
    assert!(!is_direct(&world, ids), "but after a while");
    assert_eq!(lost, 0);

    world.mend();
    let (lost, _) = talk(&mut world, ids, &mut serial, secs(60));
    assert!(is_direct(&world, ids), "and back");
    assert_eq!(lost, 0);
}

#[test]
fn a_way_through_a_member_is_not_taken_where_it_is_hardly_faster() {
    let (mut world, ids, mut serial) = pair(6, "open", "open");

    talk(&mut world, ids, &mut serial, secs(90));

    assert!(is_direct(&world, ids));
}

/// What a NAT has forgotten meanwhile is made anew.
#[test]
fn whoever_has_slept_is_heard_within_a_second_or_two() {
    for (one, other) in [("port-restricted", "port-restricted"), ("symmetric", "symmetric")] {
        let (mut world, ids, mut serial) = pair(7, one, other);
        let direct = is_direct(&world, ids);
        world.sleep(ids[0]);
        world.run(secs(40));
        world.wake(ids[0]);

        let (lost, first) = talk(&mut world, ids, &mut serial, secs(20));

        println!("{one}: first after {first:?}, {lost} lost");
        assert!(first.is_some_and(|first| first <= secs(2)), "{first:?}");
        assert_eq!(is_direct(&world, ids), direct);
    }
}

#[test]
fn whoever_gets_another_address_is_found_again() {
    let (mut world, ids, mut serial) = pair(8, "port-restricted", "full cone");
    let other = home(&mut world, "port-restricted", 5);

    world.move_host(ids[0], other, SocketAddr::from(([192, 168, 1, 8], 51820)));
    let (lost, _) = talk(&mut world, ids, &mut serial, secs(20));

    println!("{lost} lost");
    assert!(is_direct(&world, ids));
    assert!(lost <= 2 * 2 * 4, "{lost} lost");
}

/// The one that passes messages on dies: another takes its place.
#[test]
fn a_relay_that_dies_is_replaced() {
    let (mut world, ids, mut serial) = pair(9, "symmetric", "symmetric");
    let id = world.host(ids[1]).node().id();
    let via = world.host(ids[0]).node().member(&id).unwrap().via.unwrap();
    let relay = (0..OPEN).find(|number| Member::id(*number) == via).unwrap();

    world.kill(HostId(relay as usize));
    let (lost, _) = talk(&mut world, ids, &mut serial, secs(20));

    println!("{lost} lost");
    assert!(!is_direct(&world, ids));
    assert!(lost <= 2 * 2 * 5, "{lost} lost");
}

/// Nodes behind symmetric NATs, each with a few neighbours among many.
#[test]
fn members_without_a_neighbour_in_common_find_a_relay() {
    let mut world = World::new(10, Faults::internet(0));
    let open: Vec<_> = (0..60)
        .map(|number| {
            let now = world.now();
            let member = Member::new(number, None, world.random(), now);
            let id = world.add_host(Net::INTERNET, Member::address(number), member);
            if number > 0 {
                world.with(id, |member, now| member.join(now, 0));
            }
            world.run(Duration::from_millis(100));
            id
        })
        .collect();
    let hidden: Vec<_> = (1..=4)
        .map(|number| {
            let lan = home(&mut world, "symmetric", number);
            add(&mut world, 200 + u32::from(number), lan, false)
        })
        .collect();
    world.run(secs(60));

    let mut serial = 0;
    for pair in hidden.windows(2) {
        let ids = [pair[0], pair[1]];
        let (_, first) = talk(&mut world, ids, &mut serial, secs(10));
        println!("first after {first:?}");
        assert!(first.is_some());
    }
    assert_eq!(open.len(), 60);
}

/// One node lets others in; all others reach one another only through it, and it has not room for as
/// many neighbours.
#[test]
fn gossip_spreads_where_all_but_one_are_behind_boxes() {
    let mut world = World::new(12, Faults::internet(10));
    let open = add_first(&mut world);
    let hidden: Vec<_> = (1..=40_u8)
        .map(|number| {
            let lan = home(&mut world, "symmetric", number);
            let id = add(&mut world, u32::from(number), lan, false);
            world.run(Duration::from_millis(500));
            id
        })
        .collect();
    let known = |world: &Net, id: HostId| world.host(id).node().members().count();
    let joined =
        world.run_while(secs(120), secs(1), |world| hidden.iter().any(|id| known(world, *id) < 40));
    world.run(secs(60));

    world.with(hidden[5], |member, now| member.revoke(now, 33));
    let took = world.run_while(secs(10), secs(1), |world| {
        let mut others = hidden.iter().filter(|id| **id != hidden[32]);
        !others.all(|id| world.host(*id).has_revoked(33))
    });
    let (_, first) = talk(&mut world, [hidden[2], hidden[30]], &mut 0, secs(10));

    println!(
        "all know all after {joined:?}, of a revocation after {took:?}; first after {first:?}"
    );
    assert_eq!(known(&world, open), 39);
    assert!(joined.is_some() && took.is_some());
    assert!(first.is_some_and(|first| first < secs(4)), "{first:?}");
}
