//! What a wrong clock does, and its correction.

use std::time::Duration;

use vpn_core::Unix;
use vpn_core::mesh::{Book, Event, Revocation, Subject};

use super::world::{World, address, config, network};

const HOUR: u64 = 3600;

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Nodes 0 and 1, and a third one that asks to be let in, its clock so set.
fn world_with(clock: impl Fn(u64) -> u64) -> World {
    let mut world = World::new();
    world.start(0, config(0));
    world.start(1, config(1));
    world.join(1, 0);
    world.run_for(secs(5));
    let unix = Unix { secs: clock(world.unix().secs), nanos: 0 };
    world.start_with_clock(2, config(2), unix);
    world.join(2, 0);
    world
}

fn validity(world: &mut World, number: usize) -> std::ops::Range<u64> {
    let claims = world.node(number).record().certificate().claims().clone();
    claims.not_before..claims.not_after
}

#[test]
fn a_node_whose_clock_was_ahead_is_let_in_when_it_is_set_back() {
    for wait in [0, 2, 200] {
        let mut world = world_with(|true_time| true_time + 24 * HOUR);
        world.run_for(secs(wait));
        assert!(!world.knows(0).contains(&2));

        world.correct_clock(2);
        world.run_for(secs(8));

        assert_eq!((world.knows(0), world.knows(2)), (vec![1, 2], vec![0, 1]), "after {wait} s");
        let now = world.unix().secs;
        assert!(validity(&mut world, 2).contains(&now));
        assert!(world.passes(2, 1, secs(2)) && world.passes(0, 2, secs(2)));
    }
}

#[test]
fn a_node_that_began_in_1970_is_let_in_when_its_clock_is_set() {
    for wait in [0, 2, 200] {
        let mut world = world_with(|_| 0);
        world.run_for(secs(wait));
        assert!(!world.knows(0).contains(&2));

        world.correct_clock(2);
        world.run_for(secs(8));

        assert_eq!((world.knows(0), world.knows(2)), (vec![1, 2], vec![0, 1]), "after {wait} s");
    }
}

#[test]
fn a_small_correction_makes_no_record_anew() {
    let mut world = world_with(|true_time| true_time - 9);
    world.run_for(secs(10));
    let before = world.node(2).record().sequence();

    world.correct_clock(2);

    assert_eq!(world.node(2).record().sequence(), before);
}

/// What others know of a member's last life is newer than all that its clock lets it say.
fn restarted_behind(lag: u64, age: u64) -> World {
    let mut world = World::new();
    for number in 0..3 {
        world.start(number, config(number));
        if number > 0 {
            world.join(number, 0);
        }
        world.run_for(secs(if number == 1 { age } else { 10 }));
    }
    world.run_for(secs(10));
    assert_eq!(world.knows(0), [1, 2]);
    world.stop(2);
    let unix = Unix { secs: world.unix().secs - lag, nanos: 0 };
    world.start_with_clock(2, config(2), unix);
    world.join(2, 0);
    world
}

#[test]
fn a_member_whose_clock_is_behind_since_a_restart_outdoes_its_last_life() {
    let mut world = restarted_behind(2 * HOUR, 3 * HOUR);

    world.run_for(secs(60));

    let (id, own) = (world.id(2), world.node(2).record().sequence());
    assert_eq!(world.node(0).member(&id).map(|it| it.record.sequence() >> 16), Some(own >> 16));
    world.run_for(secs(2 * HOUR));
    assert_eq!((world.knows(0), world.knows(1)), (vec![1, 2], vec![0, 2]));
}

#[test]
fn a_member_that_was_forgotten_is_taken_again_when_its_clock_is_set() {
    let mut world = restarted_behind(2 * HOUR, 0);
    world.stop(2);
    world.run_for(secs(2 * HOUR));
    assert_eq!(world.knows(0), [1]);
    let unix = Unix { secs: world.unix().secs - 4 * HOUR, nanos: 0 };
    world.start_with_clock(2, config(2), unix);
    world.join(2, 0);
    world.run_for(secs(120));
    assert_eq!(world.knows(0), [1]);

    world.correct_clock(2);
    world.run_for(secs(8));

    assert_eq!((world.knows(0), world.knows(2)), (vec![1, 2], vec![0, 1]));
}

/// Nodes 0, 1, and 2, of which 1 has been there for a quarter of an hour less than 0, and the address
/// book with which 2 was switched off five minutes ago.
fn world_with_book() -> (World, Book) {
    let mut world = World::new();
    for number in 0..3 {
        world.start(number, config(number));
        if number > 0 {
            world.join(number, 0);
        }
        world.run_for(secs(if number == 0 { 1000 } else { 10 }));
    }
    let book = world.node(2).book();
    world.stop(2);
    world.run_for(secs(300));
    (world, Book::decode(&book.to_bytes()).unwrap())
}

#[test]
fn an_address_book_that_the_clock_speaks_against_is_read_when_it_is_set() {
    let clocks: [fn(u64) -> u64; 3] = [|_| 0, |now| now - 24 * HOUR, |now| now + 40 * 24 * HOUR];
    for clock in clocks {
        let (mut world, book) = world_with_book();
        world.stop(0);
        let unix = Unix { secs: clock(world.unix().secs), nanos: 0 };
        world.start_with_clock(2, config(2).book(book.clone()), unix);
        world.run_for(secs(60));
        let (known, kept) = (world.knows(2), world.node(2).book());

        world.correct_clock(2);
        world.run_for(secs(8));

        assert_eq!((known, kept.records().count()), (vec![], 2), "kept for the next start");
        assert_eq!(world.knows(2), [0, 1]);
        assert!(world.passes(2, 1, secs(2)) && world.passes(1, 2, secs(2)));
        assert_eq!(world.node(2).book().records().count(), 2);
    }
}

#[test]
fn whoever_forgot_all_others_by_a_wrong_clock_finds_them_again() {
    for (ahead, wait) in [(40 * 24 * 3600_i64, 100), (-3 * 3600, 800)] {
        let (mut world, book) = world_with_book();
        world.start(2, config(2).book(book));
        world.run_for(secs(10));
        assert_eq!(world.knows(2), [0, 1]);
        let (now, wall) = (world.now, world.unix().secs.saturating_add_signed(ahead));
        world.node(2).set_wall(Unix { secs: wall, nanos: 0 }, now);
        world.run_for(secs(wait));
        assert_eq!(world.knows(2), []);
        assert!(world.node(2).book().records().count() > 0, "kept for the next start");

        world.correct_clock(2);
        world.run_for(secs(8));

        assert_eq!((world.knows(2), world.knows(0)), (vec![0, 1], vec![1, 2]));
        assert!(world.passes(2, 1, secs(2)) && world.passes(0, 2, secs(2)));
    }
}

#[test]
fn a_wrong_clock_lets_nobody_in_again_who_was_revoked() {
    let (mut world, book) = world_with_book();
    world.start(2, config(2).book(book));
    world.run_for(secs(10));
    let (now, wall) = (world.now, world.unix().secs);
    let subject = Subject::member(world.id(1));
    let until = wall + 30 * 24 * HOUR;
    let revocation = Revocation::sign(&network().root(), network().network(), subject, until, None);
    world.node(2).revoke(now, revocation).unwrap();
    world.run_for(secs(10));
    world.stop(0);
    let ahead = Unix { secs: wall + 40 * 24 * HOUR, nanos: 0 };
    let now = world.now;
    world.node(2).set_wall(ahead, now);
    world.run_for(secs(70));

    world.correct_clock(2);
    world.start(1, config(1));
    world.join(1, 2);
    world.run_for(secs(20));

    assert_eq!((world.knows(2), world.knows(1)), (vec![0], vec![]));
}

#[test]
fn what_the_clock_speaks_against_is_kept_until_others_tell() {
    let (mut world, book) = world_with_book();
    let unix = Unix { secs: world.unix().secs - 900, nanos: 0 };
    world.start_with_clock(2, config(2).book(book), unix);

    world.run_for(secs(20));
    assert_eq!((world.knows(2), world.node(2).book().records().count()), (vec![0], 2));
    world.run_for(secs(50));
    assert_eq!((world.knows(2), world.node(2).book().records().count()), (vec![0], 1));
}

/// What a node was told of vain attempts to be let in: whether anybody answered.
fn failures(world: &World, number: usize) -> Vec<bool> {
    let mut told = Vec::new();
    for event in world.events(number) {
        if let Event::JoinFailed { answered } = event {
            told.push(*answered);
        }
    }
    told
}

#[test]
fn who_is_not_believed_is_told_that_somebody_answered() {
    let mut world = world_with(|true_time| true_time + 24 * HOUR);

    world.run_for(secs(20));
    assert_eq!(failures(&world, 2), []);
    world.run_for(secs(20));
    assert_eq!(failures(&world, 2), [true]);
    world.run_for(secs(600));
    assert_eq!(failures(&world, 2), [true; 3]);

    world.correct_clock(2);
    world.run_for(secs(1200));
    assert_eq!(failures(&world, 2), [true; 3]);
}

#[test]
fn who_asks_where_nobody_is_is_told_that_nobody_answered() {
    let mut world = World::new();
    world.start(0, config(0));
    for host in 10..20 {
        let now = world.now;
        world.node(0).join(now, address(host)).unwrap();
    }

    // Ten addresses, 6 s each.
    world.run_for(secs(58));
    assert_eq!(failures(&world, 0), []);
    world.run_for(secs(10));
    assert_eq!(failures(&world, 0), [false]);
}

#[test]
fn who_is_let_in_another_way_is_told_once_that_nobody_answered() {
    let mut world = World::new();
    world.start(0, config(0));
    world.start(1, config(1));
    world.join(1, 0);
    world.run_for(secs(5));
    let book = world.node(1).book();
    world.stop(1);
    world.start(1, config(1).book(book));
    let now = world.now;
    world.node(1).join(now, address(10)).unwrap();

    world.run_for(secs(1200));

    assert_eq!((world.knows(0), world.knows(1)), (vec![1], vec![0]));
    assert_eq!(failures(&world, 1), [false]);
}
