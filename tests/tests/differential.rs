//! Our device against other implementations in one process: random schedules in both roles, with and
//! without a preshared key, over a wire that loses, doubles and reorders.
//!
//! boringtun and gotatun read a real clock, so nothing waits for theirs: their retransmissions are
//! asked for, and only our side's clock is moved. sanstun and wireguard-sans-io take the time as an
//! argument: there it goes by on both sides, by milliseconds or by an hour.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

#[path = "differential/boringtun.rs"]
mod boringtun;
#[path = "differential/gotatun.rs"]
mod gotatun;
#[path = "differential/other.rs"]
mod other;
#[path = "differential/packet.rs"]
mod packet;
#[path = "differential/pair.rs"]
mod pair;
#[path = "differential/random.rs"]
mod random;
#[path = "differential/sanstun.rs"]
mod sanstun;
#[path = "differential/schedule.rs"]
mod schedule;
#[path = "differential/wireguard_sans_io.rs"]
mod wireguard_sans_io;

use std::collections::BTreeMap;
use std::time::Duration;

use vpn_core::Discard;

use other::{Other, Output};
use packet::Side::{Ours, Theirs};
use packet::packet;
use pair::Pair;
use random::Random;

/// After these an initiation that was not answered has been repeated: 5 s, and a jitter that some
/// draw only then.
const RETRANSMITTED: [Duration; 2] = [Duration::from_secs(5), Duration::from_millis(400)];

/// Where an initiation has room for the cookie's mac, restated from the WireGuard paper.
const MAC2: std::ops::RangeFrom<usize> = 132..;

macro_rules! against {
    ($module:ident, $other:ty, $schedules:literal) => {
        mod $module {
            use crate::packet::Side::{Ours, Theirs};
            use crate::schedule::schedules;

            #[test]
            fn schedules_that_we_begin() {
                schedules::<$other>($schedules, Ours);
            }

            #[test]
            fn schedules_that_they_begin() {
                schedules::<$other>($schedules, Theirs);
            }

            #[test]
            fn their_cookie_opens_their_door() {
                crate::their_cookie_opens_their_door::<$other>();
            }

            #[test]
            fn our_cookie_opens_our_door() {
                crate::our_cookie_opens_our_door::<$other>();
            }

            #[test]
            fn both_under_load_come_up() {
                crate::both_under_load_come_up::<$other>();
            }

            #[test]
            fn different_preshared_keys_never_come_up() {
                crate::different_preshared_keys_never_come_up::<$other>();
            }
        }
    };
}

against!(against_boringtun, crate::boringtun::Boringtun, 2000);
against!(against_gotatun, crate::gotatun::Gotatun, 1500);
against!(against_sanstun, crate::sanstun::Sanstun, 1000);
against!(against_wireguard_sans_io, crate::wireguard_sans_io::WireguardSansIo, 1000);

/// Time enough for an unanswered initiation to be repeated, by whoever began.
fn wait<O: Other>(pair: &mut Pair<O>, initiator: packet::Side) {
    for duration in RETRANSMITTED {
        pair.pass(duration);
    }
    if !O::TAKES_TIME && initiator == Theirs {
        pair.other_begins();
    }
}

fn their_cookie_opens_their_door<O: Other>() {
    let mut pair = Pair::<O>::new(&mut Random(1), None, true);
    pair.send(Ours, packet(Ours, false, 60, 0));
    pair.deliver_all();
    assert!(!pair.is_up());

    wait(&mut pair, Ours);
    let (_, initiation) = pair.wire.front().unwrap();
    assert_ne!(initiation[MAC2], [0; 16]);
    pair.deliver_all();

    assert!(pair.is_up());
    assert!(pair.received.contains_key(&0));
}

fn our_cookie_opens_our_door<O: Other>() {
    let mut pair = Pair::<O>::new(&mut Random(4), Some([7; 32]), false);
    pair.device.set_under_load(true);
    pair.send(Theirs, packet(Theirs, false, 60, 0));
    let (_, initiation) = pair.wire.pop_front().unwrap();
    assert_eq!(pair.deliver_to_device(initiation), Err(Discard::UnderLoad));
    assert_eq!(pair.wire[0].1.len(), 64);
    pair.deliver_all();

    wait(&mut pair, Theirs);
    let (_, initiation) = pair.wire.front().unwrap();
    assert_ne!(initiation[MAC2], [0; 16]);
    pair.deliver_all();
    pair.send(Ours, packet(Ours, true, 60, 1));
    pair.deliver_all();

    assert_eq!(pair.received, BTreeMap::from([(0, 1), (1, 1)]));
}

fn both_under_load_come_up<O: Other>() {
    let mut pair = Pair::<O>::new(&mut Random(5), None, true);
    pair.device.set_under_load(true);
    pair.send(Ours, packet(Ours, false, 60, 0));

    for _ in 0..3 {
        pair.deliver_all();
        wait(&mut pair, Ours);
    }
    pair.deliver_all();

    assert!(pair.is_up() && pair.other_up);
    assert!(pair.received.contains_key(&0));
}

fn different_preshared_keys_never_come_up<O: Other>() {
    for initiator in [Ours, Theirs] {
        let psks = [Some([1; 32]), Some([2; 32])];
        let mut pair = Pair::<O>::with(&mut Random(3), psks, false);

        pair.send(initiator, packet(initiator, false, 60, 0));
        for _ in 0..5 {
            pair.deliver_all();
            wait(&mut pair, initiator);
        }

        assert!(!pair.is_up() && !pair.other_up);
        assert!(pair.received.is_empty());
    }
}

/// boringtun seals whatever it is given.
#[test]
fn content_that_is_no_packet_is_discarded() {
    let mut pair = Pair::<boringtun::Boringtun>::new(&mut Random(2), None, false);
    pair.send(Ours, packet(Ours, false, 60, 0));
    pair.deliver_all();

    for content in [&[0xe0; 40][..], &[0x45], &[0x45; 30], &[0x60; 39], &[0x60; 60]] {
        let mut out = Output::default();
        pair.other.send(pair.now, content, &mut out);
        let datagram = out.datagrams.pop().unwrap();
        assert_eq!(pair.deliver_to_device(datagram), Err(Discard::NotIp));
    }
}
