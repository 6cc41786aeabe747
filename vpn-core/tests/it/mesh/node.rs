use std::time::Duration;

use vpn_core::mesh::{Event, Party};

use super::world::{World, config, packet};

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Nodes from 0 on; each joins through the one before, when that has joined.
fn chain(nodes: usize) -> World {
    let mut world = World::new();
    for number in 0..nodes {
        world.start(number, config(number));
        if number > 0 {
            world.join(number, number - 1);
        }
        world.run_for(secs(2));
    }
    world.run_for(secs(60));
    world
}

#[test]
fn two_nodes_meet_and_talk() {
    let mut world = World::new();
    world.start(0, config(0));
    world.start(1, config(1));
    world.join(1, 0);
    world.run_for(secs(1));

    assert_eq!((world.knows(0), world.knows(1)), (vec![1], vec![0]));
    assert!(world.events(1).contains(&Event::Joined(world.id(0))));
    assert!(world.passes(0, 1, secs(1)));
    assert!(world.passes(1, 0, secs(1)));
}

#[test]
fn whoever_joins_through_one_member_learns_of_all() {
    let mut world = chain(5);

    for number in 0..5 {
        let others: Vec<_> = (0..5).filter(|other| *other != number).collect();
        assert_eq!(world.knows(number), others, "of node {number}");
    }
    assert!(world.passes(0, 4, secs(5)));
    assert!(world.passes(4, 1, secs(5)));
}

#[test]
fn the_first_two_leave_and_the_rest_talk_on() {
    let mut world = chain(5);
    world.stop(0);
    world.stop(1);

    for (from, to) in [(2, 3), (3, 2), (2, 4), (4, 2), (3, 4), (4, 3)] {
        assert!(world.passes(from, to, secs(15)), "from {from} to {to}");
    }

    world.start(5, config(5));
    world.join(5, 3);
    world.run_for(secs(30));
    assert!([2, 3, 4].iter().all(|number| world.knows(5).contains(number)));
    for old in [2, 3, 4] {
        assert!(world.passes(5, old, secs(15)), "to {old}");
        assert!(world.passes(old, 5, secs(15)), "from {old}");
    }
}

#[test]
fn a_packet_for_a_member_without_a_tunnel_makes_one() {
    let mut world = chain(2);
    assert!(world.events(0).contains(&Event::Up(Party::Member(world.id(1)))));
    world.send(0, &packet(0, 1, 7)).unwrap();
    world.run_for(secs(2));

    assert_eq!(world.received(1), [packet(0, 1, 7)]);
}

/// The session shows whose it is, if the member was known before.
#[test]
fn a_packet_that_overtakes_the_hello_is_not_lost() {
    // So many that the first does not look for the second by itself.
    let mut world = chain(8);
    let book = world.node(1).book();
    world.stop(1);
    world.run_for(secs(250));
    assert!(world.knows(0).contains(&1), "it has lost the session and not the record");
    world.reverses = true;
    world.start(1, config(1).book(book));

    world.send(1, &packet(1, 0, 7)).unwrap();
    world.run_for(secs(1));

    assert_eq!(world.received(0), [packet(1, 0, 7)]);
}

/// Whoever is killed says nothing: how long it takes until a node that sends a packet so often is told.
fn told_after(interval: Duration) -> u64 {
    let mut world = chain(2);
    assert!(world.passes(0, 1, secs(5)));
    let member = Party::Member(world.id(1));
    world.stop(1);
    let (start, mut next) = (world.now, world.now);

    while !world.events(0).contains(&Event::Down(member)) {
        if world.now >= next {
            world.send(0, &packet(0, 1, 1)).unwrap();
            next = world.now + interval;
        }
        world.run_for(secs(1));
    }
    world.now.since(start).as_secs()
}

#[test]
fn a_member_that_was_killed_is_given_up_in_time() {
    let busy = told_after(secs(1));
    let quiet = told_after(secs(1000));

    assert!((15..=20).contains(&busy), "after {busy} s");
    assert!((15..=20).contains(&quiet), "after {quiet} s");
}

/// Nobody waits for it.
#[test]
fn a_member_that_was_killed_is_given_up_without_packets_when_its_session_ends() {
    let mut world = chain(2);
    let member = Party::Member(world.id(1));
    world.stop(1);
    let start = world.now;

    while !world.events(0).contains(&Event::Down(member)) {
        world.run_for(secs(1));
    }

    let waited = world.now.since(start);
    assert!((secs(60)..=secs(190)).contains(&waited), "after {waited:?}");
}
