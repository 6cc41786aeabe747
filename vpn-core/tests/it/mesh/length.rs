//! Packets that are longer than what passes between two nodes.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use vpn_core::Time;
use vpn_core::link::Fragments;
use vpn_core::mesh::{Event, HEADROOM, NodeConfig, Outbound, Remedy, TAILROOM};

use super::world::{World, address, config, inner};

const SYN: u8 = 2;

/// Two members with a tunnel, between whom datagrams of up to `limit` bytes pass.
fn pair(limit: usize, config_of: fn(usize) -> NodeConfig) -> World {
    let mut world = World::new();
    world.limit = limit;
    for number in 0..2 {
        world.start(number, config_of(number));
    }
    world.join(1, 0);
    world.run_for(Duration::from_secs(3));
    world
}

/// An IPv4 packet of TCP from one to the other; with `flags` SYN it announces segments of 1,460 bytes.
fn packet([from, to]: [usize; 2], len: usize, dont_fragment: bool, flags: u8) -> Vec<u8> {
    let mut packet: Vec<u8> = (0..len).map(|at| at as u8).collect();
    let [high, low] = (len as u16).to_be_bytes();
    packet[..6].copy_from_slice(&[0x45, 0, high, low, 0, 1]);
    packet[6..12].copy_from_slice(&[if dont_fragment { 0x40 } else { 0 }, 0, 64, 6, 0, 0]);
    packet[12..16].copy_from_slice(&inner(from));
    packet[16..20].copy_from_slice(&inner(to));
    packet[32..34].copy_from_slice(&[0x60, flags]);
    packet[40..44].copy_from_slice(&[2, 4, 0x05, 0xb4]);
    packet
}

/// What came of a packet.
#[derive(Debug, PartialEq, Eq)]
enum Offered {
    Sent,
    Answer(u16, Vec<u8>),
    Fragments(u16),
    Drop(u16),
}

fn offer(world: &mut World, from: usize, packet: &[u8]) -> Offered {
    let mut buf = [&[0; HEADROOM][..], packet, &[0; TAILROOM]].concat();
    let (range, now) = (HEADROOM..HEADROOM + packet.len(), world.now);
    let offered = match world.node(from).seal(now, &mut buf, range.clone()).unwrap() {
        Outbound::Send(sent) => {
            assert_eq!(sent.dont_fragment, sent.datagram.len() > 1280 + 32);
            let (to, datagram) = (sent.to, sent.datagram.to_vec());
            world.transmit(from, to, datagram);
            Offered::Sent
        }
        Outbound::TooBig { mtu, remedy: Remedy::Answer(answer) } => {
            Offered::Answer(mtu, answer.to_vec())
        }
        Outbound::TooBig { mtu, remedy: Remedy::Fragments } => {
            assert_eq!(&buf[range], packet);
            Offered::Fragments(mtu)
        }
        Outbound::TooBig { mtu, remedy: Remedy::Drop } => Offered::Drop(mtu),
        Outbound::Held(_) => unreachable!("there is a tunnel"),
    };
    world.run_for(Duration::from_millis(100));
    offered
}

/// Sends short and long packets until it is known what passes.
fn settled(limit: usize, config_of: fn(usize) -> NodeConfig) -> World {
    let mut world = pair(limit, config_of);
    for _ in 0..150 {
        offer(&mut world, 1, &packet([1, 0], 1250, true, 0));
    }
    world
}

#[test]
fn a_packet_that_must_not_be_cut_is_answered_with_the_mtu() {
    let mut world = settled(1340 + 32, config);
    let long = packet([1, 0], 1400, true, 0);
    assert_eq!(world.node(1).mtu(inner(0).into()), Some(1328));

    let Offered::Answer(1328, answer) = offer(&mut world, 1, &long) else {
        unreachable!("an answer")
    };

    // Unreachable, fragmentation needed, as if by the packet's destination.
    assert_eq!(answer[12..20], [inner(0), inner(1)].concat());
    assert_eq!((&answer[20..22], &answer[26..28]), (&[3, 4][..], &[0x05, 0x30][..]));
    assert_eq!(answer[28..], long[..548]);
    // Padding makes none of them longer than what passes.
    for len in 1300..=1328 {
        let fits = packet([1, 0], len, true, 0);
        assert_eq!(offer(&mut world, 1, &fits), Offered::Sent);
        assert_eq!(world.received(0).last(), Some(&fits));
    }
}

#[test]
fn a_packet_that_may_be_cut_passes_in_fragments() {
    let mut world = settled(1340 + 32, config);
    let long = packet([1, 0], 2700, false, 0);
    let before = world.received(0).len();

    let Offered::Fragments(mtu) = offer(&mut world, 1, &long) else { unreachable!("fragments") };
    let mut fragments = Fragments::new(&long, mtu).unwrap();
    let mut piece = [0; 1328];
    while let Some(len) = fragments.write_next(&mut piece) {
        assert_eq!(offer(&mut world, 1, &piece[..len]), Offered::Sent);
    }

    let received = &world.received(0)[before..];
    assert_eq!(received.len(), 3);
    assert_eq!(received.iter().flat_map(|it| it[20..].to_vec()).collect::<Vec<_>>(), long[20..]);
}

#[test]
fn answers_have_a_limit() {
    let mut world = settled(1340 + 32, config);
    let long = packet([1, 0], 1400, true, 0);
    let answered = |now: Time, world: &mut World| {
        let mut buf = [&[0; HEADROOM][..], &long, &[0; TAILROOM]].concat();
        let range = HEADROOM..HEADROOM + long.len();
        let sealed = world.node(1).seal(now, &mut buf, range).unwrap();
        matches!(sealed, Outbound::TooBig { mtu: 1328, remedy: Remedy::Answer(_) })
    };

    let now = world.now;
    assert_eq!((0..300).filter(|_| answered(now, &mut world)).count(), 100);
    let later = now + Duration::from_millis(500);
    assert_eq!((0..300).filter(|_| answered(later, &mut world)).count(), 50);
}

/// The segment size in the last packet that came.
fn announced(world: &World, node: usize) -> u16 {
    let packet = world.received(node).last().unwrap();
    u16::from_be_bytes([packet[42], packet[43]])
}

#[test]
fn a_syn_announces_what_passes_both_ways() {
    let mut world = settled(1340 + 32, config);

    offer(&mut world, 1, &packet([1, 0], 60, true, SYN));
    assert_eq!(announced(&world, 0), 1328 - 40);
    // The other side has not found out yet what passes, and lowers it to what may; this side knows.
    offer(&mut world, 0, &packet([0, 1], 60, true, SYN | 16));
    assert_eq!(announced(&world, 1), 1328 - 40);
    offer(&mut world, 1, &packet([1, 0], 60, true, 16));
    assert_eq!(announced(&world, 0), 1460, "only of a SYN");
}

#[test]
fn a_syn_is_reason_to_find_out() {
    let mut world = pair(0, config);

    offer(&mut world, 1, &packet([1, 0], 60, true, SYN));

    assert_eq!(announced(&world, 0), 1420 - 40, "as long as nothing speaks against it");
    assert_eq!(world.node(1).mtu(inner(0).into()), Some(1420));
    assert_eq!(world.node(0).mtu(inner(1).into()), Some(1420), "its receiver too");
    let member = world.id(0);
    assert!(world.events(1).contains(&Event::PathMtu { member, mtu: 1420 }));
}

#[test]
fn a_syn_is_left_alone_if_the_user_says_so() {
    let mut world = settled(1340 + 32, |number| config(number).clamp_mss(false));

    offer(&mut world, 1, &packet([1, 0], 60, true, SYN));
    assert_eq!(announced(&world, 0), 1460);
}

#[test]
fn what_the_own_link_refuses_is_sent_no_more() {
    let mut world = settled(0, config);
    let (now, to) = (world.now, address(0));
    let mtu = |world: &mut World| world.node(1).mtu(inner(0).into());
    assert_eq!(mtu(&mut world), Some(1420));

    world.node(1).datagram_too_long(now, address(7), 1400);
    assert_eq!(mtu(&mut world), Some(1420), "it leads elsewhere");
    world.node(1).datagram_too_long(now, to, 1400);
    assert_eq!(
        mtu(&mut world),
        Some(1360),
        "32 less than the longest that is shorter, in steps of 16"
    );
    let member = world.id(0);
    let mut events = std::iter::from_fn(|| world.node(1).poll_event());
    assert!(events.any(|event| event == Event::PathMtu { member, mtu: 1360 }), "told at once");
    world.node(1).datagram_too_long(now, to, 1360 + 32);
    assert_eq!(mtu(&mut world), Some(1344));
    // As a socket for both families shows it.
    let mapped = match to.ip() {
        IpAddr::V4(ip) => SocketAddr::from((ip.to_ipv6_mapped(), to.port())),
        IpAddr::V6(_) => to,
    };
    world.node(1).datagram_too_long(now, mapped, 600);
    assert_eq!(mtu(&mut world), Some(1280));

    world.limit = 0;
    world.run_for(Duration::from_secs(5));
    for _ in 0..30 {
        offer(&mut world, 1, &packet([1, 0], 1250, true, 0));
    }
    assert_eq!(mtu(&mut world), Some(1280), "not for ten minutes");
    world.run_for(Duration::from_secs(600));
    for _ in 0..30 {
        offer(&mut world, 1, &packet([1, 0], 1250, true, 0));
    }
    assert_eq!(mtu(&mut world), Some(1420));
}

#[test]
fn long_packets_pass_where_the_links_and_the_users_say_so() {
    let jumbo = |number| config(number).mtu(8920);
    let mut world = settled(8000 + 32, jumbo);

    assert_eq!(world.node(1).mtu(inner(0).into()), Some(8000));
    let packet = packet([1, 0], 8000, true, 0);
    assert_eq!(offer(&mut world, 1, &packet), Offered::Sent);
    assert_eq!(world.received(0).last(), Some(&packet));
}

#[test]
fn who_is_not_reached_yet_has_the_least_mtu_and_who_is_not_known_none() {
    let mut world = pair(0, config);
    world.start(2, config(2));

    assert_eq!(world.node(1).mtu([10, 7, 0, 99].into()), None);
    assert_eq!(world.node(2).mtu(inner(0).into()), None);
    assert_eq!(world.node(1).mtu(inner(0).into()), Some(1280));
}
