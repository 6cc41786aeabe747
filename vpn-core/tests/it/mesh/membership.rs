//! Who is a member changes while the network runs.

use std::time::Duration;

use vpn_core::mesh::{
    Book, Certificate, Claims, DecodeError, Event, JoinError, NetworkId, Node, NodeConfig,
    NodeError, Party, Revocation, Subject, Trust, TrustError,
};
use vpn_core::{PresharedKey, SealError, Seed};

use super::key;
use super::world::{World, address, config, inner, network, packet, signing, tunnel};

const ROOT: u8 = 200;
const NETWORK: NetworkId = NetworkId::from_bytes([3; 16]);

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn claims(node: usize) -> Claims {
    let claims = Claims::new(NETWORK, signing(node).id(), tunnel(node).public_key());
    claims.name("certified").net(std::net::IpAddr::from(inner(node)).into())
}

fn certify(claims: Claims) -> Certificate {
    Certificate::issue(claims, &key(ROOT)).unwrap()
}

fn trust() -> Trust {
    Trust::from_roots(NETWORK, [key(ROOT).id()])
}

fn certified(node: usize, certificate: Certificate) -> NodeConfig {
    NodeConfig::with_certificate(trust(), certificate, None, signing(node), tunnel(node))
        .endpoint(address(node))
}

/// Certified nodes, each joined through node 0.
fn certified_world(nodes: usize) -> World {
    let mut world = World::new();
    for number in 0..nodes {
        world.start(number, certified(number, certify(claims(number))));
        if number > 0 {
            let now = world.now;
            world.node(number).join_member(now, address(0), tunnel(0).public_key());
        }
        world.run_for(secs(2));
    }
    world.run_for(secs(30));
    world
}

fn revoke(world: &World, node: usize) -> Revocation {
    let until = world.unix().secs + 100_000;
    Revocation::sign(&key(ROOT), NETWORK, Subject::member(world.id(node)), until, None)
}

#[test]
fn certified_nodes_join_through_a_member_they_know_and_learn_of_all() {
    let mut world = certified_world(4);

    assert_eq!(world.knows(3), [0, 1, 2]);
    assert_eq!(world.knows(1), [0, 2, 3]);
    assert!(world.passes(3, 1, secs(5)));
    let now = world.now;
    assert_eq!(world.node(1).join(now, address(2)), Err(JoinError::NoNetworkKey));
}

/// An address book that is written right after may be all that the next start has.
#[test]
fn a_certified_joiner_and_the_member_that_lets_it_in_know_where_the_other_is() {
    let mut world = World::new();
    for number in 0..2 {
        let certificate = certify(claims(number));
        let (trust, signing, tunnel) = (trust(), signing(number), tunnel(number));
        let config = NodeConfig::with_certificate(trust, certificate, None, signing, tunnel);
        world.start(number, config);
    }
    let now = world.now;
    world.node(1).join_member(now, address(0), tunnel(0).public_key());

    world.run_for(secs(1));

    for (number, other) in [(0, 1), (1, 0)] {
        let id = world.id(other);
        let member = world.node(number).member(&id).unwrap();
        assert_eq!((member.is_up, member.endpoint), (true, Some(address(other))));
    }
}

#[test]
fn whom_no_root_has_certified_is_not_let_in() {
    let mut world = certified_world(2);
    let own_root = Trust::from_roots(NETWORK, [key(201).id()]);
    let certificate = Certificate::issue(claims(2), &key(201)).unwrap();
    let stranger = NodeConfig::with_certificate(own_root, certificate, None, signing(2), tunnel(2));
    world.start(2, stranger);
    let now = world.now;
    world.node(2).join_member(now, address(0), tunnel(0).public_key());
    world.run_for(secs(60));

    assert_eq!((world.knows(0), world.knows(1), world.knows(2)), (vec![1], vec![0], vec![]));
}

#[test]
fn certified_nodes_need_the_secret_that_the_others_share() {
    let start = |secrets: [Option<u8>; 2]| {
        let mut world = World::new();
        for (number, secret) in secrets.into_iter().enumerate() {
            let trust = secret.into_iter().fold(trust(), |trust, byte| {
                trust.preshared_key(&PresharedKey::from_bytes([byte; 32]))
            });
            let (signing, tunnel) = (signing(number), tunnel(number));
            let certificate = certify(claims(number));
            let config = NodeConfig::with_certificate(trust, certificate, None, signing, tunnel);
            world.start(number, config.endpoint(address(number)));
        }
        let now = world.now;
        world.node(1).join_member(now, address(0), tunnel(0).public_key());
        world.run_for(secs(30));
        (world.knows(0), world.knows(1))
    };

    assert_eq!(start([Some(5), Some(5)]), (vec![1], vec![0]));
    for other in [None, Some(6)] {
        assert_eq!(start([Some(5), other]), (vec![], vec![]));
        assert_eq!(start([other, Some(5)]), (vec![], vec![]));
    }
}

#[test]
fn a_revocation_reaches_all_and_cuts_the_member_off() {
    let mut world = certified_world(5);
    assert!(world.passes(2, 4, secs(5)));
    let (now, revocation) = (world.now, revoke(&world, 4));

    world.node(1).revoke(now, revocation).unwrap();
    world.run_for(secs(10));

    let id = world.id(4);
    for number in 0..4 {
        assert!(!world.knows(number).contains(&4), "node {number}");
        assert!(world.events(number).contains(&Event::Revoked(id)), "node {number}");
        assert_eq!(world.send(number, &packet(number, 4, 0)), Err(SealError::NoRoute));
    }
    // It goes on trying.
    let received = world.received(2).len();
    let _ = world.send(4, &packet(4, 2, 0));
    world.run_for(secs(200));
    assert_eq!(world.received(2).len(), received);
    assert!((0..4).all(|number| !world.knows(number).contains(&4)));
}

#[test]
fn a_part_that_was_cut_off_learns_of_a_revocation_when_it_is_back() {
    let mut world = certified_world(6);
    world.island = [4, 5].into();
    let (now, revocation) = (world.now, revoke(&world, 1));
    world.node(0).revoke(now, revocation).unwrap();
    world.run_for(secs(60));
    assert!(world.knows(4).contains(&1));

    world.island.clear();
    world.run_for(secs(240));

    assert!([0, 2, 3, 4, 5].iter().all(|number| !world.knows(*number).contains(&1)));
}

#[test]
fn nobody_but_a_root_revokes() {
    let mut world = certified_world(2);
    let until = world.unix().secs + 1000;
    let subject = Subject::member(world.id(0));
    let forged = Revocation::sign(&signing(1), NETWORK, subject, until, None);
    let now = world.now;

    assert_eq!(world.node(0).revoke(now, forged), Err(TrustError::Issuer));
}

#[test]
fn a_member_whose_certificate_ends_is_forgotten() {
    let mut world = certified_world(2);
    let end = world.unix().secs + 600;
    world.start(2, certified(2, certify(claims(2).valid(0, end))));
    let now = world.now;
    world.node(2).join_member(now, address(1), tunnel(1).public_key());
    world.run_for(secs(30));
    assert_eq!(world.knows(0), [1, 2]);

    world.run_for(secs(540));
    assert_eq!(world.knows(0), [1, 2]);
    world.run_for(secs(30 + 300 + 60));

    assert_eq!((world.knows(0), world.knows(1)), (vec![1], vec![0]));
    assert!(world.events(0).contains(&Event::MemberForgotten(world.id(2))));
    assert!(world.send(0, &packet(0, 2, 0)).is_err());
}

#[test]
fn a_certificate_is_renewed_while_the_member_talks() {
    let mut world = certified_world(2);
    let now = world.unix().secs;
    world.start(2, certified(2, certify(claims(2).valid(0, now + 600))));
    let at = world.now;
    world.node(2).join_member(at, address(0), tunnel(0).public_key());
    world.run_for(secs(60));

    let at = world.now;
    let further = certify(claims(2).serial(1).valid(0, now + 100_000));
    world.node(2).set_certificate(at, further, None).unwrap();
    world.run_for(secs(1200));

    assert_eq!(world.knows(0), [1, 2]);
    assert!(world.passes(0, 2, secs(5)));
    let down = Event::Down(Party::Member(world.id(2)));
    assert!(!world.events(0).contains(&down));
}

#[test]
fn a_node_finds_the_others_by_its_book_when_the_first_are_gone() {
    let mut world = World::new();
    for number in 0..4 {
        world.start(number, config(number));
        if number > 0 {
            world.join(number, 0);
        }
        world.run_for(secs(2));
    }
    world.run_for(secs(60));
    let book = world.node(3).book();
    let bytes = book.to_bytes();
    assert_eq!(Book::decode(&bytes), Ok(book));
    world.stop(3);
    world.stop(0);
    world.run_for(secs(30));

    world.start(3, config(3).book(Book::decode(&bytes).unwrap()));
    world.run_for(secs(30));

    assert!(world.passes(3, 1, secs(15)));
    assert!(world.passes(2, 3, secs(15)));
    assert_eq!(Book::decode(&bytes[..bytes.len() - 1]), Err(DecodeError::Truncated));
}

#[test]
fn who_leaves_is_forgotten_at_once_and_may_come_back() {
    let mut world = World::new();
    for number in 0..4 {
        world.start(number, config(number));
        if number > 0 {
            world.join(number, 0);
        }
        world.run_for(secs(2));
    }
    world.run_for(secs(60));

    world.leave(2);
    world.run_for(secs(5));
    assert_eq!(world.knows(0), [1, 3]);
    assert_eq!(world.knows(3), [0, 1]);
    assert!(world.events(0).contains(&Event::MemberForgotten(world.id(2))));

    world.start(2, config(2));
    world.join(2, 3);
    world.run_for(secs(60));
    assert_eq!(world.knows(0), [1, 2, 3]);
    assert!(world.passes(0, 2, secs(15)));
}

#[test]
fn of_two_that_claim_a_net_the_lower_id_has_it_wherever_one_asks() {
    let mut world = World::new();
    let shared = "10.9.0.0/24".parse().unwrap();
    for number in 0..4 {
        let config = if number > 1 { config(number).net(shared) } else { config(number) };
        world.start(number, config);
        if number > 0 {
            world.join(number, 0);
        }
        world.run_for(secs(2));
    }
    world.run_for(secs(30));
    let (low, high) = if world.id(2) < world.id(3) { (2, 3) } else { (3, 2) };
    let (owner, other) = (world.id(low), world.id(high));

    let mut to_shared = packet(0, 1, 9);
    to_shared[16..20].copy_from_slice(&[10, 9, 0, 7]);
    world.send(0, &to_shared).unwrap();
    world.run_for(secs(5));
    assert_eq!((world.received(low).len(), world.received(high).len()), (1, 0));
    for number in [0, 1] {
        let conflict = Event::Conflict { net: shared, owner, other };
        assert!(world.events(number).contains(&conflict), "node {number}");
    }

    world.leave(low);
    world.run_for(secs(5));
    world.send(0, &to_shared).unwrap();
    world.run_for(secs(5));
    assert_eq!(world.received(high).len(), 1);
}

/// As from its own wider net, in which the other's lies; and of all, from the other's own address.
#[test]
fn nobody_sends_from_what_the_receiver_has_itself() {
    let mut world = World::new();
    let nets = [["10.9.7.0/24", "10.4.0.0/16"], ["10.9.0.0/16", "::/0"]];
    for (number, nets) in nets.into_iter().enumerate() {
        let config = nets.iter().fold(config(number), |it, net| it.net(net.parse().unwrap()));
        world.start(number, config);
    }
    world.join(1, 0);
    world.run_for(secs(5));
    let mut arrives = |source: [u8; 4]| {
        let mut packet = packet(1, 0, 9);
        packet[12..16].copy_from_slice(&source);
        let before = world.received(0).len();
        world.send(1, &packet).unwrap();
        world.run_for(secs(1));
        world.received(0).len() > before
    };

    assert!(arrives([10, 9, 8, 1]) && arrives([10, 9, 6, 255]));
    assert!(!arrives([10, 9, 7, 1]) && !arrives([10, 9, 7, 255]));
    let address = world.node(0).address().octets();
    let mut v6 = [&[0x60, 0, 0, 0, 0, 0, 59, 64][..], &[0x20; 16], &address].concat();
    world.send(1, &v6).unwrap();
    v6[8..24].copy_from_slice(&address);
    world.send(1, &v6).unwrap();
    world.run_for(secs(1));
    assert_eq!(world.received(0).iter().filter(|packet| packet[0] == 0x60).count(), 1);
}

#[test]
fn a_node_is_not_made_of_what_does_not_fit_together() {
    let new = |config| {
        let unix = World::new().unix();
        Node::new(config, Seed::from_bytes([1; 32]), Default::default(), unix).err()
    };
    let certificate = certify(claims(0));

    assert_eq!(new(certified(0, certificate.clone())), None);
    assert_eq!(new(certified(1, certificate)), Some(NodeError::Keys));
    let ended = certify(claims(0).valid(0, 1));
    assert_eq!(new(certified(0, ended)), Some(NodeError::Trust(TrustError::Expired)));
    let mut world = World::new();
    world.start(0, config(0));
    let book = world.node(0).book();
    assert_eq!(book.network(), network().network());
    assert_eq!(new(certified(0, certify(claims(0))).book(book)), Some(NodeError::Book));
}

fn unreachable(world: &World, number: usize, other: usize) -> usize {
    let gone = Event::Unreachable(Party::Member(world.id(other)));
    world.events(number).iter().filter(|event| **event == gone).count()
}

#[test]
fn packets_held_for_a_member_that_is_revoked_wait_no_more() {
    let mut world = certified_world(3);
    world.stop(2);
    world.run_for(secs(190));
    world.send(1, &packet(1, 2, 0)).unwrap();
    world.run_for(secs(2));
    assert_eq!(unreachable(&world, 1, 2), 0);

    let (now, revocation) = (world.now, revoke(&world, 2));
    world.node(1).revoke(now, revocation).unwrap();
    world.run_for(secs(1));

    assert_eq!(unreachable(&world, 1, 2), 1);
    assert!(world.events(1).contains(&Event::Revoked(world.id(2))));
    world.run_for(secs(200));
    assert_eq!(unreachable(&world, 1, 2), 1);
}

#[test]
fn packets_held_for_a_member_that_is_forgotten_wait_no_more() {
    let mut world = certified_world(3);
    world.stop(2);
    let id = world.id(2);
    while world.knows(1).contains(&2) {
        // It is held, unless another waits.
        let _ = world.send(1, &packet(1, 2, 0));
        world.run_for(secs(1));
    }

    let events: Vec<_> = world.events(1).to_vec();
    let last = |wanted: Event| events.iter().rposition(|event| *event == wanted);
    let gone = last(Event::Unreachable(Party::Member(id)));
    assert!(gone > last(Event::Up(Party::Member(id))));
    assert!(last(Event::MemberForgotten(id)).is_some());
    world.run_for(secs(200));
    assert_eq!(world.events(1).iter().rposition(|it| matches!(it, Event::Unreachable(_))), gone);
}

#[test]
fn whoever_is_cut_off_is_told() {
    let mut world = certified_world(3);
    assert!(world.passes(0, 2, secs(5)));
    let (now, revocation) = (world.now, revoke(&world, 2));

    world.node(0).revoke(now, revocation).unwrap();
    world.run_for(secs(1));

    let revoked = Event::Revoked(world.id(2));
    assert_eq!(world.events(2).iter().filter(|event| **event == revoked).count(), 1);
}

#[test]
fn whoever_was_cut_off_in_its_absence_is_told_when_it_is_back() {
    let mut world = certified_world(3);
    world.stop(2);
    let (now, revocation) = (world.now, revoke(&world, 2));
    world.node(0).revoke(now, revocation).unwrap();
    world.run_for(secs(60));

    world.start(2, certified(2, certify(claims(2))));
    let now = world.now;
    world.node(2).join_member(now, address(0), tunnel(0).public_key());
    world.run_for(secs(2));

    assert!(world.events(2).contains(&Event::Revoked(world.id(2))));
}

#[test]
fn a_holder_of_the_network_key_that_was_cut_off_is_told_in_the_lobby() {
    let mut world = World::new();
    for number in 0..3 {
        world.start(number, config(number));
        if number > 0 {
            world.join(number, 0);
        }
        world.run_for(secs(2));
    }
    world.stop(2);
    let subject = Subject::Member { member: world.id(2), last_serial: u64::MAX };
    let until = world.unix().secs + 100_000;
    let revocation = Revocation::sign(&network().root(), network().network(), subject, until, None);
    let now = world.now;
    world.node(0).revoke(now, revocation).unwrap();

    world.start(2, config(2));
    world.join(2, 1);
    world.run_for(secs(4));

    assert!(world.events(2).contains(&Event::Revoked(world.id(2))));
}

#[test]
fn the_end_of_a_certificate_is_told_before_and_after() {
    let mut world = World::new();
    let (from, at) = (world.unix().secs, world.unix().secs + 4000);
    world.start(0, certified(0, certify(claims(0).valid(from, at))));
    let told = |world: &World| {
        let ends = |event: &&Event| {
            matches!(event, Event::CertificateEnds { .. } | Event::CertificateEnded { .. })
        };
        world.events(0).iter().filter(ends).copied().collect::<Vec<_>>()
    };

    world.run_for(secs(2990));
    assert_eq!(told(&world), []);
    world.run_for(secs(70));
    assert_eq!(told(&world), [Event::CertificateEnds { at }]);
    world.run_for(secs(1100));
    assert_eq!(told(&world), [Event::CertificateEnds { at }, Event::CertificateEnded { at }]);

    let (now, end) = (world.now, at + 9000);
    world.node(0).set_certificate(now, certify(claims(0).valid(from, end)), None).unwrap();
    world.run_for(secs(120));
    assert_eq!(told(&world).len(), 2);
}

#[test]
fn a_certified_node_is_told_how_to_replace_its_tunnel_key() {
    let mut world = certified_world(1);
    let now = world.now;

    let refused = world.node(0).set_tunnel_key(now, tunnel(1));

    assert_eq!(refused, Err(NodeError::Certified));
}
