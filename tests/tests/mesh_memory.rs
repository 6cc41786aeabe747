//! What a node of the mesh allocates: little for a member, nothing for a packet.
//!
//! The allocator counts for the whole process, and the test harness allocates too; so there is one
//! test in this binary, and it stays that way.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail by panicking")]

use std::alloc::System;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use vpn_core::mesh::{
    Book, Certificate, Claims, HEADROOM, Inbound, NetworkKey, Node, NodeConfig, Outbound, Record,
    SigningKey, TAILROOM, TRANSMIT_LEN,
};
use vpn_core::{PublicKey, SecretKey, Seed, Time, Unix};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const MEMBERS: u32 = 2000;
const PACKETS: u32 = 200_000;
const WALL: Unix = Unix { secs: 1_800_000_000, nanos: 0 };

fn network() -> NetworkKey {
    NetworkKey::from_bytes([7; 32])
}

fn at(node: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, node], 51820))
}

fn node(number: u8, book: Option<Book>) -> Node {
    let (signing, tunnel) = ([number; 32], [number + 100; 32]);
    let config = NodeConfig::with_network_key(
        &network(),
        SigningKey::from_bytes(signing),
        SecretKey::from_bytes(tunnel),
    );
    let config = config.net(IpAddr::from([10, 7, 0, number]).into()).endpoint(at(number));
    let config = book.into_iter().fold(config, NodeConfig::book).relay(100_000_000);
    Node::new(config, Seed::from_bytes([number; 32]), Time::default(), WALL).unwrap()
}

/// The record of a member with one net, an address of either family, and a name.
fn record(number: u32) -> Record {
    let mut bytes = [0x33; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    let key = SigningKey::from_bytes(bytes);
    let [_, _, high, low] = number.to_be_bytes();
    let claims = Claims::new(network().network(), key.id(), PublicKey::from_bytes(bytes))
        .name("member of the mesh")
        .net(IpAddr::from([10, 8, high, low]).into());
    let certificate = Certificate::issue(claims, &network().root()).unwrap();
    let endpoints = ["192.0.2.200:51820".parse().unwrap(), "[2001:db8::1]:51820".parse().unwrap()];
    Record::sign(&key, u64::from(number) << 16, &endpoints, certificate, None)
}

/// An address book with so many members, written as MESH.md says.
fn book(members: u32) -> Book {
    let mut bytes = vec![1];
    bytes.extend(network().network().as_bytes());
    bytes.extend([0; 8]);
    for record in (0..members).map(record) {
        let record = record.to_bytes();
        bytes.push(0);
        bytes.extend(u16::try_from(record.len()).unwrap().to_le_bytes());
        bytes.extend(record);
    }
    Book::decode(&bytes).unwrap()
}

/// Hands over what either has to say, until neither has anything.
fn settle(now: Time, a: &mut Node, b: &mut Node) {
    for _ in 0..8 {
        hand_over(now, a, b, [1, 2]);
        hand_over(now, b, a, [2, 1]);
    }
}

fn hand_over(now: Time, from: &mut Node, to: &mut Node, [sender, receiver]: [u8; 2]) {
    let mut out = [0; TRANSMIT_LEN];
    while let Some(sent) = from.poll_transmit(now, &mut out) {
        if sent.to == at(receiver) {
            let _ = to.open(now, at(sender), sent.datagram);
        }
    }
    while from.poll_event().is_some() {}
}

/// Six seconds of three nodes, of which the first two do not reach one another; the second has a packet
/// for the first.
fn apart(start: Time, nodes: &mut [Node; 3]) {
    for tenth in 0..60 {
        let now = start + Duration::from_millis(100) * tenth;
        if tenth == 30 {
            let mut buf = [0; HEADROOM + 20 + TAILROOM];
            buf[HEADROOM..HEADROOM + 4].copy_from_slice(&[0x45, 0, 0, 20]);
            buf[HEADROOM + 12..][..8].copy_from_slice(&[10, 7, 0, 2, 10, 7, 0, 1]);
            nodes[1].seal(now, &mut buf, HEADROOM..HEADROOM + 20).unwrap();
        }
        for _ in 0..12 {
            for from in 0..3 {
                let mut out = [0; TRANSMIT_LEN];
                while let Some(sent) = nodes[from].poll_transmit(now, &mut out) {
                    carry(now, nodes, from, sent.to, sent.datagram);
                }
                while nodes[from].poll_event().is_some() {}
            }
        }
        nodes.iter_mut().for_each(|node| node.handle_timeout(now));
    }
}

fn carry(now: Time, nodes: &mut [Node; 3], from: usize, to: SocketAddr, datagram: &mut [u8]) {
    let Some(number) = (0..3).find(|number| at(*number as u8 + 1) == to) else { return };
    if from + number == 1 {
        return;
    }
    if let Ok(Inbound::Forward(sent)) = nodes[number].open(now, at(from as u8 + 1), datagram) {
        let (to, mut datagram) = (sent.to, sent.datagram.to_vec());
        carry(now, nodes, number, to, &mut datagram);
    }
}

/// Bytes taken and not given back while `work` ran.
fn held<T>(work: impl FnOnce() -> T) -> (T, i64) {
    let region = Region::new(ALLOCATOR);
    let result = work();
    let change = region.change();
    let taken = i64::try_from(change.bytes_allocated).unwrap();
    (result, taken - i64::try_from(change.bytes_deallocated).unwrap())
}

/// Seals a packet; the datagram if it is one.
fn offer(now: Time, node: &mut Node, packet: &[u8]) -> Option<Vec<u8>> {
    let mut buf = [&[0; HEADROOM][..], packet, &[0; TAILROOM]].concat();
    match node.seal(now, &mut buf, HEADROOM..HEADROOM + packet.len()) {
        Ok(Outbound::Send(sent)) => Some(sent.datagram.to_vec()),
        _ => None,
    }
}

#[test]
fn memory_is_what_it_should_be() {
    // The runner's own thread may still allocate when a test begins, and all threads are counted.
    std::thread::sleep(Duration::from_millis(200));

    // Members that are known and idle.
    let full = book(MEMBERS);
    let (nobody, empty) = held(|| node(1, Some(book(0))));
    let (mut everybody, all) = held(|| {
        let mut node = node(1, Some(full.clone()));
        while node.poll_event().is_some() {}
        node
    });
    assert_eq!(everybody.members().count(), MEMBERS as usize);
    let each = (all - empty) / i64::from(MEMBERS);
    println!("a member that is known takes {each} bytes");
    assert!(each <= 1024, "{each} bytes for a member that is known");
    drop(nobody);

    // Packets on a direct path.
    let (mut alice, mut bob) = (node(1, None), node(2, None));
    let now = Time::default();
    bob.join(now, at(1)).unwrap();
    settle(now, &mut alice, &mut bob);
    let mut packet = [0; 64];
    packet[..4].copy_from_slice(&[0x45, 0, 0, 64]);
    packet[12..20].copy_from_slice(&[10, 7, 0, 2, 10, 7, 0, 1]);
    let region = Region::new(ALLOCATOR);
    for number in 0..PACKETS {
        let now = now + Duration::from_micros(10) * number;
        let mut buf = [0; HEADROOM + 64 + TAILROOM];
        buf[HEADROOM..HEADROOM + 64].copy_from_slice(&packet);
        let Ok(Outbound::Send(sent)) = bob.seal(now, &mut buf, HEADROOM..HEADROOM + 64) else {
            unreachable!("a tunnel")
        };
        let opened = alice.open(now, at(2), sent.datagram);
        assert!(matches!(opened, Ok(Inbound::Packet(text)) if text == packet));
        assert!(alice.poll_timeout().is_some());
    }
    let change = region.change();
    assert_eq!(change.allocations + change.reallocations, 0, "for {PACKETS} packets");

    // Of them, those that announce or exceed what the way carries.
    let later = now + Duration::from_micros(10) * PACKETS;
    let mut long = [0; 1400];
    long[..4].copy_from_slice(&[0x45, 0, 0x05, 0x78]);
    long[6..10].copy_from_slice(&[0x40, 0, 64, 6]);
    long[12..20].copy_from_slice(&[10, 7, 0, 2, 10, 7, 0, 1]);
    offer(later, &mut bob, &long);
    bob.datagram_too_long(later, at(1), 1330);
    settle(later, &mut alice, &mut bob);
    assert_eq!(bob.mtu([10, 7, 0, 1].into()), Some(1296));
    let mut syn = packet;
    (syn[9], syn[32], syn[33]) = (6, 0x60, 2);
    syn[40..44].copy_from_slice(&[2, 4, 0x05, 0xb4]);
    settle(later, &mut alice, &mut bob);
    for _ in 0..2 {
        alice.open(later, at(2), &mut offer(later, &mut bob, &syn).unwrap()).unwrap();
        settle(later, &mut alice, &mut bob);
    }
    let region = Region::new(ALLOCATOR);
    for number in 0..PACKETS / 4 {
        let now = later + Duration::from_micros(100) * number;
        let mut buf = [0; HEADROOM + 1400 + TAILROOM];
        buf[HEADROOM..HEADROOM + 1400].copy_from_slice(&long);
        let sealed = bob.seal(later, &mut buf, HEADROOM..HEADROOM + 1400);
        assert!(matches!(sealed, Ok(Outbound::TooBig { mtu: 1296, .. })));
        buf[HEADROOM..HEADROOM + 64].copy_from_slice(&syn);
        let Ok(Outbound::Send(sent)) = bob.seal(later, &mut buf, HEADROOM..HEADROOM + 64) else {
            unreachable!("a tunnel")
        };
        let opened = alice.open(now, at(2), sent.datagram);
        assert!(matches!(opened, Ok(Inbound::Packet(text)) if text[40..44] == [2, 4, 0x04, 0xe8]));
    }
    let change = region.change();
    assert_eq!(change.allocations + change.reallocations, 0, "for SYNs and packets too long");

    // Packets through a member.
    let mut nodes = [node(1, None), node(2, None), node(3, None)];
    nodes[0].join(now, at(3)).unwrap();
    nodes[1].join(now, at(3)).unwrap();
    apart(now, &mut nodes);
    let region = Region::new(ALLOCATOR);
    for number in 0..PACKETS / 4 {
        let now = now + Duration::from_secs(6) + Duration::from_micros(10) * number;
        let mut buf = [0; HEADROOM + 64 + TAILROOM];
        buf[HEADROOM..HEADROOM + 64].copy_from_slice(&packet);
        let [alice, bob, carol] = &mut nodes;
        let Ok(Outbound::Send(sent)) = bob.seal(now, &mut buf, HEADROOM..HEADROOM + 64) else {
            unreachable!("a tunnel")
        };
        assert_eq!(sent.to, at(3));
        let (before, opened) = (sent.datagram.len(), carol.open(now, at(2), sent.datagram));
        let Ok(Inbound::Forward(sent)) = opened else { unreachable!("a relay") };
        assert_eq!((sent.to, sent.datagram.len()), (at(1), before));
        let opened = alice.open(now, at(3), sent.datagram);
        assert!(matches!(opened, Ok(Inbound::Packet(text)) if text == packet));
    }
    let change = region.change();
    assert_eq!(change.allocations + change.reallocations, 0, "for packets passed on");

    // Datagrams of somebody who is not a member.
    let region = Region::new(ALLOCATOR);
    for number in 0..PACKETS {
        let mut garbage = [0x5a; 148];
        garbage[..4].copy_from_slice(&[(number % 5) as u8, 0, 0, 0]);
        garbage[4..8].copy_from_slice(&number.to_le_bytes());
        let _ = everybody.open(now, at(9), &mut garbage);
    }
    assert_eq!(region.change().allocations, 0, "for garbage");
}
