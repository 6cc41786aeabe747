use alloc::vec::Vec;

use super::*;
use crate::mesh::gossip::Tag;

const START: Time = Time::from_nanos(1_000_000_000);

/// Ways to a member that is reached through another.
fn relayed() -> Paths {
    Paths::new(START, Hop::Via { relay: 3, party: Tag::from_bits(2) }, 1420)
}

/// When calls are made within so many seconds, in each of which `act` is done; all are answered.
fn calls(paths: &mut Paths, seconds: u64, mut act: impl FnMut(&mut Paths, Time)) -> Vec<u64> {
    let mut made = Vec::new();
    for second in 0..seconds {
        let now = START + Duration::from_secs(second);
        act(paths, now);
        paths.handle_timeout(now, 8);
        while let Some(output) = paths.poll() {
            if output == Output::Call {
                made.push(second);
                assert!(paths.is_answered());
            }
        }
    }
    made
}

#[test]
fn a_member_with_whom_packets_are_exchanged_is_called_once_a_minute() {
    let mut paths = relayed();
    let mut packets = 0;

    let made = calls(&mut paths, 200, |paths, now| {
        packets += 10;
        if paths.wants_look(now) {
            paths.look(now, Look { packets, keeps_alive: false, random: 16 }, &[]);
        }
    });

    assert_eq!(made, [10, 70, 130, 190]);
}

/// Each call is answered, and both sides probe wherever the other may be.
#[test]
fn others_words_of_where_this_node_is_bring_few_calls_about() {
    let made = calls(&mut relayed(), 60, |paths, now| {
        (0..100).for_each(|_| paths.call_unless_settled(now));
    });

    assert_eq!(made, [0, 10, 20, 30, 40, 50]);
}

#[test]
fn an_answer_that_was_not_asked_for_keeps_nobody_from_calling() {
    let mut paths = relayed();
    paths.call(START);

    assert!(!paths.is_answered());

    paths.handle_timeout(START, 8);
    let outputs: Vec<_> = core::iter::from_fn(|| paths.poll()).collect();
    assert!(outputs.contains(&Output::Call), "{outputs:?}");
}
