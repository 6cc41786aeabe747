//! Our device against wireguard-go, over a cable between two network namespaces.
//!
//! wireguard-go carries the packets of the kernel behind it; ours are made and read here. Our clock
//! can be put forward, so that nobody waits for our timers; wireguard-go's cannot.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what is not as expected fails the test, in its helpers as well"
)]

#[path = "wireguard_go/inner.rs"]
mod inner;
#[path = "wireguard_go/lab.rs"]
mod lab;
#[path = "wireguard_go/node.rs"]
mod node;

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use vpn_core::{Discard, Event, SecretKey};

use lab::{Config, FAMILIES, Family, Lab, OUR_INNER, OUR_OUTER, PORT, THEIR_INNER, THEIR_OUTER};
use node::{Node, Settings};

/// How long anything is waited for that is to happen.
const PATIENCE: Duration = Duration::from_secs(20);
/// More than the 20 ms within which wireguard-go accepts one initiation of a peer, and than the
/// 17 ms to which timestamps are rounded.
const BETWEEN_INITIATIONS: Duration = Duration::from_millis(50);
const MTU: u16 = 1420;
/// Types of messages, restated from the WireGuard paper, section 5.4.
const INITIATION: u8 = 1;
const COOKIE_REPLY: u8 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Ours,
    Theirs,
}

use Side::{Ours, Theirs};

/// Both sides; who is to begin knows where the other is.
struct World {
    node: Node,
    lab: Lab,
    outer: Family,
    settings: Settings,
}

impl World {
    fn new(initiator: Side, outer: Family, psk: Option<[u8; 32]>) -> Self {
        Self::with(initiator, outer, [psk; 2], MTU)
    }

    fn with(initiator: Side, outer: Family, psks: [Option<[u8; 32]>; 2], mtu: u16) -> Self {
        let secret = [1; 32];
        let at = SocketAddr::from((outer.of(OUR_OUTER), PORT));
        let config = Config {
            secret: [2; 32],
            peer: SecretKey::from_bytes(secret).public_key(),
            psk: psks[Theirs as usize],
            endpoint: (initiator == Theirs).then_some(at),
        };
        let settings = Settings {
            secret,
            peer: config.public(),
            psk: psks[Ours as usize],
            endpoint: (initiator == Ours).then_some((outer.of(THEIR_OUTER), PORT).into()),
            mtu,
            seed: 3,
        };
        let lab = Lab::new(config, mtu);
        let node = Node::new(&settings, lab.our_socket(at));
        Self { node, lab, outer, settings }
    }

    /// A world in which this side has begun a handshake and both have heard one another.
    fn connected(initiator: Side) -> Self {
        let mut world = Self::new(initiator, Family::V4, None);
        world.talk(initiator, Family::V4);
        world
    }

    /// A packet of the given family there and one back.
    fn talk(&mut self, first: Side, family: Family) {
        let theirs = self.lab.their_application(family.of(THEIR_INNER));
        let second = if first == Ours { Theirs } else { Ours };
        for from in [first, second] {
            self.pass(from, &theirs, &[0x5a; 100]);
        }
    }

    /// Content from one side's application to the other's.
    fn pass(&mut self, from: Side, theirs: &UdpSocket, content: &[u8]) {
        let their_address = theirs.local_addr().unwrap();
        let family = if their_address.is_ipv4() { Family::V4 } else { Family::V6 };
        let our_address = SocketAddr::from((family.of(OUR_INNER), 7777));
        match from {
            Ours => {
                self.node.send(inner::packet(our_address, their_address, content));
                self.node.run_until("to come up", Node::is_up);
                let mut got = [0; 2048];
                let (len, source) = theirs.recv_from(&mut got).unwrap();
                assert_eq!((source, &got[..len]), (our_address, content));
            }
            Theirs => {
                self.node.packets.clear();
                theirs.send_to(content, our_address).unwrap();
                self.node.run_until("a packet", |node| !node.packets.is_empty());
                let got = inner::parse(&self.node.packets[0]);
                assert_eq!(got, (their_address, our_address, content));
            }
        }
    }

    /// Where wireguard-go takes us to be.
    fn our_endpoint(&self) -> SocketAddr {
        let shown = self.lab.show("endpoints");
        shown.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

/// Both roles are told apart by who sent an initiation and who was answered.
fn both_families_pass(initiator: Side, outer: Family) {
    for psk in [None, Some([9; 32])] {
        let mut world = World::new(initiator, outer, psk);

        for family in FAMILIES {
            world.talk(initiator, family);
        }

        let begun = world.node.received.iter().filter(|datagram| datagram[0] == INITIATION);
        let expected = if initiator == Ours { (1, 0) } else { (0, 1) };
        assert_eq!((world.node.initiations(), begun.count()), expected);
        assert_eq!(world.node.handshakes(), 1);
        assert_eq!(world.node.discards, []);
        assert_eq!(world.our_endpoint(), world.node.socket.local_addr().unwrap());
    }
}

#[test]
#[ignore = "needs root and wireguard-go"]
fn we_begin_over_ipv4() {
    both_families_pass(Ours, Family::V4);
}

#[test]
#[ignore = "needs root and wireguard-go"]
fn we_begin_over_ipv6() {
    both_families_pass(Ours, Family::V6);
}

#[test]
#[ignore = "needs root and wireguard-go"]
fn they_begin_over_ipv4() {
    both_families_pass(Theirs, Family::V4);
}

#[test]
#[ignore = "needs root and wireguard-go"]
fn they_begin_over_ipv6() {
    both_families_pass(Theirs, Family::V6);
}

#[test]
#[ignore = "needs root and wireguard-go"]
fn different_preshared_keys_never_come_up() {
    for initiator in [Ours, Theirs] {
        let psks = [Some([8; 32]), Some([9; 32])];
        let mut world = World::with(initiator, Family::V4, psks, MTU);
        let theirs = world.lab.their_application(Family::V4.of(THEIR_INNER));
        match initiator {
            Ours => world.node.device.initiate(world.node.now(), world.node.peer).unwrap(),
            Theirs => drop(theirs.send_to(&[0], (Family::V4.of(OUR_INNER), 1)).unwrap()),
        }

        // The responder's answer does not authenticate.
        world.node.run_for(Duration::from_millis(500));

        assert!(!world.node.is_up());
        match initiator {
            Ours => assert_eq!(world.node.discards, [Discard::BadTag]),
            Theirs => assert_eq!(world.node.sent.len(), 1),
        }
    }
}

/// 1299 is no multiple of 16, so that its last packets are padded by less; 1280 is one.
#[test]
#[ignore = "needs root and wireguard-go"]
fn packets_of_all_lengths_pass_and_both_pad_alike() {
    for mtu in [1420, 1299, 1280] {
        let mut world = World::with(Ours, Family::V4, [None; 2], mtu);
        world.talk(Ours, Family::V4);
        for family in FAMILIES {
            let theirs = world.lab.their_application(family.of(THEIR_INNER));
            let headers = inner::headers_len(family.of(THEIR_INNER));
            let edges = usize::from(mtu) - 34..=usize::from(mtu);
            for len in (headers..headers + 34).chain(edges) {
                let content = vec![len as u8; len - headers];
                let outer = [Ours, Theirs].map(|from| {
                    world.pass(from, &theirs, &content);
                    let datagrams = [&world.node.sent, &world.node.received][from as usize];
                    datagrams.last().unwrap().len()
                });

                let padded = len.next_multiple_of(16).min(mtu.into());
                assert_eq!(outer, [32 + padded; 2], "{len} bytes, MTU {mtu}");
            }
        }
    }
}

#[test]
#[ignore = "needs root and wireguard-go"]
fn thousands_of_packets_pass_in_one_session() {
    let mut world = World::connected(Ours);
    let theirs = world.lab.their_application(Family::V6.of(THEIR_INNER));

    // Windows are smaller than this, by far.
    for number in 0..10_000_u32 {
        let from = if number % 2 == 0 { Ours } else { Theirs };
        world.pass(from, &theirs, &number.to_be_bytes());
    }

    assert_eq!(world.node.discards, []);
    assert_eq!(world.node.handshakes(), 1);
}

#[test]
#[ignore = "needs root and wireguard-go"]
fn source_that_they_are_not_allowed_is_discarded() {
    let mut world = World::connected(Ours);
    world.lab.add_their_inner_address("10.0.0.3/24");
    let liar = world.lab.their_application(IpAddr::from([10, 0, 0, 3]));

    liar.send_to(&[1], (Family::V4.of(OUR_INNER), 7777)).unwrap();
    world.node.run_until("a discard", |node| !node.discards.is_empty());

    assert_eq!(world.node.discards, [Discard::SpoofedSource]);
}

#[test]
#[ignore = "needs root and wireguard-go"]
fn we_renew_the_session_after_120_seconds() {
    let mut world = World::connected(Ours);

    for renewed in 1..=3 {
        world.node.skip(Duration::from_secs(119));
        world.talk(Ours, Family::V6);
        assert_eq!(world.node.handshakes(), renewed);
        world.node.skip(Duration::from_secs(1));
        world.node.run_for(BETWEEN_INITIATIONS);
        world.talk(Ours, Family::V4);
        world.node.run_until("a new session", |node| node.handshakes() == renewed + 1);
        // What they say last is an answer: there is no other reason to renew.
        world.talk(Theirs, Family::V4);
        world.talk(Ours, Family::V4);
    }

    assert_eq!(world.node.initiations(), 4);
    assert_eq!(world.node.discards, []);
}

#[test]
#[ignore = "needs root and wireguard-go"]
fn responder_of_the_last_session_may_begin_the_next() {
    let mut world = World::connected(Theirs);

    // Our clock alone has moved, so that they go on with the session and we do not.
    world.node.run_for(BETWEEN_INITIATIONS);
    world.node.skip(Duration::from_secs(181));
    assert!(!world.node.is_up());
    world.talk(Ours, Family::V4);

    assert_eq!((world.node.handshakes(), world.node.initiations()), (2, 1));
    world.talk(Theirs, Family::V6);
    assert_eq!(world.node.discards, []);
}

#[test]
#[ignore = "needs root and wireguard-go"]
fn they_follow_us_to_another_address_and_port() {
    let mut world = World::connected(Ours);
    world.lab.add_our_outer_address("192.0.2.101/24");

    for to in ["192.0.2.1:40000", "192.0.2.101:40001"] {
        world.node.socket = world.lab.our_socket(to.parse().unwrap());
        world.talk(Ours, Family::V4);
        assert_eq!(world.our_endpoint(), to.parse().unwrap());
    }

    assert_eq!(world.node.initiations(), 1);
}

#[test]
#[ignore = "needs root and wireguard-go"]
fn we_follow_them_to_another_address_and_port() {
    let mut world = World::connected(Ours);

    world.lab.move_them("192.0.2.2/24", "192.0.2.102/24", 40000);
    world.talk(Theirs, Family::V4);

    let moved = SocketAddr::from(([192, 0, 2, 102], 40000));
    assert_eq!(world.node.events.last(), Some(&Event::Roamed(world.node.peer, moved)));
    assert_eq!(world.node.initiations(), 1);
}

#[test]
#[ignore = "needs root and wireguard-go"]
fn our_cookie_lets_them_in_under_load() {
    let mut world = World::new(Theirs, Family::V6, Some([9; 32]));
    world.node.device.set_under_load(true);

    // They begin again after 5 s.
    world.talk(Theirs, Family::V4);

    assert_eq!(world.node.discards, [Discard::UnderLoad]);
    let sent: Vec<u8> = world.node.sent.iter().map(|datagram| datagram[0]).collect();
    assert_eq!(sent[0], COOKIE_REPLY);
    let initiations = world.node.received.iter().filter(|datagram| datagram[0] == INITIATION);
    let shown: Vec<bool> = initiations.map(|datagram| datagram[132..] != [0; 16]).collect();
    assert_eq!(shown, [false, true]);
}

/// A stranger with one initiation, to be sent again and again.
struct Flood {
    socket: UdpSocket,
    initiation: Vec<u8>,
    to: SocketAddr,
}

impl Flood {
    fn new(world: &World) -> Self {
        let any_port = SocketAddr::from((world.outer.of(OUR_OUTER), 0));
        let settings = Settings { secret: [7; 32], ..world.settings.clone() };
        let mut stranger = Node::new(&settings, world.lab.our_socket(any_port));
        stranger.device.initiate(stranger.now(), stranger.peer).unwrap();
        stranger.run_for(Duration::from_millis(1));
        let to = SocketAddr::from((world.outer.of(THEIR_OUTER), PORT));
        Self { initiation: stranger.sent[0].clone(), socket: stranger.socket, to }
    }

    /// Sends until a cookie is the answer. So few at once leave room in the socket's buffer.
    fn put_under_load(&self) {
        self.socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        for _ in 0..500 {
            for _ in 0..200 {
                self.socket.send_to(&self.initiation, self.to).unwrap();
            }
            if self.socket.recv(&mut [0; 148]).is_ok() {
                return;
            }
        }
        panic!("100,000 initiations are no load");
    }
}

/// wireguard-go is under load for a second after 128 handshake messages waited for it.
#[test]
#[ignore = "needs root and wireguard-go"]
fn their_cookie_lets_us_in_under_load() {
    let mut world = World::new(Ours, Family::V4, None);
    let theirs = world.lab.their_application(Family::V4.of(THEIR_INNER));
    let flood = Flood::new(&world);

    flood.put_under_load();
    let our = SocketAddr::from((Family::V4.of(OUR_INNER), 7777));
    world.node.send(inner::packet(our, theirs.local_addr().unwrap(), &[1]));
    world.node.run_until("a cookie", |node| !node.received.is_empty());
    assert_eq!(world.node.received[0][0], COOKIE_REPLY);
    assert_eq!(world.node.discards, []);
    assert!(!world.node.is_up());

    flood.put_under_load();
    world.node.skip(Duration::from_millis(5400));
    world.node.run_until("to come up", Node::is_up);

    let initiations = world.node.sent.iter().filter(|datagram| datagram[0] == INITIATION);
    let shown: Vec<bool> = initiations.map(|datagram| datagram[132..] != [0; 16]).collect();
    assert_eq!(shown, [false, true]);
    assert_eq!(theirs.recv(&mut [0; 9]).unwrap(), 1);
}

#[test]
#[ignore = "needs root and wireguard-go"]
fn we_find_them_again_after_their_restart() {
    let mut world = World::connected(Ours);

    world.lab.restart();
    let theirs = world.lab.their_application(Family::V4.of(THEIR_INNER));
    let our = SocketAddr::from((Family::V4.of(OUR_INNER), 7777));
    world.node.send(inner::packet(our, theirs.local_addr().unwrap(), &[1]));
    // 10 s and 5 s without an answer, and up to 0.33 s of jitter.
    world.node.skip(Duration::from_millis(15_400));
    world.node.run_until("a new session", |node| node.handshakes() == 2);

    world.talk(Ours, Family::V6);
    world.talk(Theirs, Family::V4);
}

#[test]
#[ignore = "needs root and wireguard-go"]
fn they_let_us_in_after_our_restart() {
    let mut world = World::connected(Ours);
    world.node.run_for(BETWEEN_INITIATIONS);

    let settings = Settings { seed: 4, ..world.settings.clone() };
    world.node = Node::new(&settings, world.node.socket.try_clone().unwrap());
    world.talk(Ours, Family::V4);

    assert_eq!((world.node.handshakes(), world.node.initiations()), (1, 1));
    world.talk(Theirs, Family::V6);
}

/// What they send into the session that we have forgotten is lost; after 15 s without an answer
/// they begin a new one.
#[test]
#[ignore = "needs root and wireguard-go"]
fn they_find_us_again_after_our_restart() {
    let mut world = World::connected(Theirs);
    let theirs = world.lab.their_application(Family::V4.of(THEIR_INNER));

    let settings = Settings { seed: 4, ..world.settings.clone() };
    world.node = Node::new(&settings, world.node.socket.try_clone().unwrap());
    theirs.send_to(&[1], (Family::V4.of(OUR_INNER), 7777)).unwrap();
    world.node.run_until("their initiation", Node::is_up);

    assert!(world.node.discards.iter().all(|discard| *discard == Discard::UnknownIndex));
    assert_eq!(world.node.initiations(), 0);
    world.talk(Theirs, Family::V4);
}

/// Two renewals by each side, at the speed of a real clock: four minutes and a bit.
#[test]
#[ignore = "needs root and wireguard-go"]
fn on_demand_sessions_are_renewed_by_the_clock() {
    std::thread::scope(|scope| {
        for initiator in [Ours, Theirs] {
            scope.spawn(move || {
                let mut world = World::connected(initiator);
                for _ in 0..250 {
                    world.node.run_for(Duration::from_secs(1));
                    world.talk(initiator, Family::V4);
                }
                let begun = world.node.received.iter().filter(|datagram| datagram[0] == INITIATION);
                let expected = if initiator == Ours { (3, 0) } else { (0, 3) };
                assert_eq!((world.node.initiations(), begun.count()), expected);
                assert_eq!(world.node.handshakes(), 3);
                assert_eq!(world.node.discards, []);
            });
        }
    });
}
