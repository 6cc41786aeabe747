//! What a member may say inside its tunnels that is not true.

use alloc::vec;
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use super::{HEADROOM, Node, NodeConfig, NodeError, TAILROOM, TRANSMIT_LEN};
use crate::crypto::Seed;
use crate::device::{PeerConfig, PeerId};
use crate::key::SecretKey;
use crate::mesh::certificate::{Certificate, Claims};
use crate::mesh::event::{Event, Inbound, Outbound, Party};
use crate::mesh::frame::{Call, Content, Frame, Greeting, Probe, Thing, pack};
use crate::mesh::gossip::{Item, Message, Tag, Version};
use crate::mesh::identity::{MemberId, SigningKey};
use crate::mesh::network_key::NetworkKey;
use crate::mesh::path::Hop;
use crate::mesh::path::relay::{Carried, HEADER_LEN, Leg};
use crate::mesh::record::Record;
use crate::mesh::renewal::Renewal;
use crate::mesh::revocation::{Revocation, Subject};
use crate::mesh::roster;
use crate::time::{Time, Unix};

const HONEST: u8 = 1;
const LIAR: u8 = 2;
const VICTIM: u8 = 3;
const WALL: Unix = Unix { secs: 1_800_000_000, nanos: 0 };

fn at(node: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, node], 51820))
}

fn signing(node: u8) -> SigningKey {
    SigningKey::from_bytes([node; 32])
}

fn tunnel(node: u8) -> SecretKey {
    SecretKey::from_bytes([node + 100; 32])
}

fn network() -> NetworkKey {
    NetworkKey::from_bytes([7; 32])
}

fn config(node: u8) -> NodeConfig {
    NodeConfig::with_network_key(&network(), signing(node), tunnel(node)).endpoint(at(node))
}

/// An honest node and one whose frames the test writes.
struct Pair {
    now: Time,
    honest: Node,
    liar: Node,
}

impl Pair {
    fn new() -> Self {
        Self::with(config(HONEST))
    }

    fn with(honest: NodeConfig) -> Self {
        let now = Time::from_nanos(1);
        let node = |config, seed| Node::new(config, Seed::from_bytes([seed; 32]), now, WALL);
        let mut pair =
            Self { now, honest: node(honest, 1).unwrap(), liar: node(config(LIAR), 2).unwrap() };
        pair.liar.join(now, at(HONEST)).unwrap();
        pair.run(20);
        assert!(pair.knows(LIAR));
        pair
    }

    /// Both live for so many tenths of a second.
    fn run(&mut self, tenths: u32) {
        for _ in 0..tenths {
            self.now = self.now + Duration::from_millis(100);
            let now = self.now;
            for _ in 0..4 {
                carry(now, &mut self.liar, LIAR, &mut self.honest);
                carry(now, &mut self.honest, HONEST, &mut self.liar);
            }
            self.liar.handle_timeout(now);
            self.honest.handle_timeout(now);
        }
    }

    fn knows(&self, node: u8) -> bool {
        self.honest.member(&signing(node).id()).is_some()
    }

    /// The liar's tunnel to the honest node.
    fn peer(&self) -> PeerId {
        self.liar.device.find_peer(&tunnel(HONEST).public_key()).unwrap()
    }

    fn say(&mut self, frame: &Frame<'_>) {
        self.say_bytes(frame.to_bytes());
    }

    fn say_bytes(&mut self, frame: Vec<u8>) {
        let peer = self.peer();
        self.liar.send(false, peer, frame);
        self.run(2);
    }

    fn say_record(&mut self, record: &Record) {
        let bytes = record.to_bytes();
        self.say(&Frame::Things(vec![Thing { life: 100, content: Content::Record(&bytes) }]));
    }

    fn say_renewal(&mut self, renewal: Renewal) {
        self.say(&Frame::Things(vec![Thing { life: 100, content: Content::Renewal(renewal) }]));
    }
}

fn carry(now: Time, from: &mut Node, number: u8, to: &mut Node) {
    let mut out = [0; TRANSMIT_LEN];
    while let Some(sent) = from.poll_transmit(now, &mut out) {
        let _ = to.open(now, at(number), sent.datagram);
    }
}

fn claims(node: u8) -> Claims {
    Claims::new(network().network(), signing(node).id(), tunnel(node).public_key())
}

fn record(node: u8, sequence: u64) -> Record {
    let certificate = Certificate::issue(claims(node), &network().root()).unwrap();
    Record::sign(&signing(node), sequence, &[at(node)], certificate, None)
}

#[test]
fn a_genuine_record_of_another_is_learned() {
    let mut pair = Pair::new();

    pair.say_record(&record(VICTIM, 1));

    assert!(pair.knows(VICTIM));
}

/// Whoever is told of a thousand members has joined a moment ago, and counts two.
#[test]
fn a_record_lives_as_long_as_is_told_however_few_the_receiver_knows() {
    for in_greeting in [false, true] {
        let mut pair = Pair::new();
        let bytes = record(VICTIM, 1).to_bytes();
        let life = 200;
        pair.run(10);

        pair.say(&if in_greeting {
            Frame::Hello(Greeting { observed: Some(at(HONEST)), life, record: &bytes })
        } else {
            Frame::Things(vec![Thing { life, content: Content::Record(&bytes) }])
        });

        pair.run(7500);
        assert!(pair.knows(VICTIM));
        pair.run(1500);
        assert!(!pair.knows(VICTIM));
    }
}

#[test]
fn a_record_that_its_owner_has_not_signed_is_not_learned() {
    let mut pair = Pair::new();
    let certificate = Certificate::issue(claims(VICTIM), &network().root()).unwrap();

    pair.say_record(&Record::sign(&signing(LIAR), 1, &[at(LIAR)], certificate, None));

    assert!(!pair.knows(VICTIM));
}

#[test]
fn a_members_record_is_not_replaced_by_an_older_or_a_forged_one() {
    let mut pair = Pair::new();
    let genuine = record(VICTIM, 5 << 16);
    pair.say_record(&genuine);
    let certificate = genuine.certificate().clone();
    let forged = Record::sign(&signing(LIAR), 9 << 16, &[at(LIAR)], certificate, None);

    pair.say_record(&forged);
    pair.say_record(&record(VICTIM, 4 << 16));

    assert_eq!(pair.honest.member(&signing(VICTIM).id()).unwrap().record, genuine);
}

#[test]
fn a_renewal_that_its_owner_has_signed_makes_the_later_record() {
    let mut pair = Pair::new();
    let (first, later) = (record(VICTIM, 5 << 16), record(VICTIM, (5 << 16) + 3));
    let known = |pair: &Pair| pair.honest.member(&signing(VICTIM).id()).map(|it| it.record);
    let renewal = |record: &Record| {
        Renewal::of(roster::tag(&signing(VICTIM).id()), &record.to_bytes()).unwrap()
    };
    let of_nobody = renewal(&later);
    pair.say_renewal(of_nobody);
    assert_eq!(known(&pair), None);
    pair.say_record(&first);

    // The right number with the signature of another, and that of a record which says otherwise.
    let signed = |node, endpoint| {
        let certificate = first.certificate().clone();
        Record::sign(&signing(node), later.sequence(), &[endpoint], certificate, None)
    };
    pair.say_renewal(renewal(&signed(LIAR, at(VICTIM))));
    pair.say_renewal(renewal(&signed(VICTIM, at(99))));
    assert_eq!(known(&pair), Some(first));

    pair.say_renewal(renewal(&later));
    assert_eq!(known(&pair), Some(later));
}

/// The record is genuine, and the liar's handshake is too; they are not of the same member.
#[test]
fn a_hello_with_the_record_of_another_makes_nobody_that_other() {
    let mut pair = Pair::new();
    pair.say_record(&record(VICTIM, 1));
    let bytes = record(VICTIM, 2 << 16).to_bytes();

    pair.run(10);
    pair.say(&Frame::Hello(Greeting { observed: Some(at(HONEST)), life: 90, record: &bytes }));

    let victim = pair.honest.member(&signing(VICTIM).id()).unwrap();
    assert!(!victim.is_up);
    assert_eq!(victim.endpoint, None);
    assert!(pair.honest.member(&signing(LIAR).id()).unwrap().is_up);
}

#[test]
fn a_record_with_the_tunnel_key_of_another_is_not_learned() {
    let mut pair = Pair::new();
    pair.say_record(&record(VICTIM, 1));
    let mut claims = claims(9);
    claims.tunnel = tunnel(VICTIM).public_key();
    let certificate = Certificate::issue(claims, &network().root()).unwrap();

    pair.say_record(&Record::sign(&signing(9), 1, &[], certificate, None));

    assert!(!pair.knows(9) && pair.knows(VICTIM));
}

#[test]
fn nobody_has_this_nodes_tunnel_key_or_the_networks() {
    let mut pair = Pair::new();
    let taken = [tunnel(HONEST).public_key(), network().rendezvous().public_key()];
    for (number, tunnel) in (40..).zip(taken) {
        let claims = Claims { tunnel, ..claims(number) };
        let certificate = Certificate::issue(claims, &network().root()).unwrap();

        pair.say_record(&Record::sign(&signing(number), 1, &[at(number)], certificate, None));

        assert!(!pair.knows(number));
    }
}

/// The borrower comes first, so that the owner of the key is not taken for a member until it comes
/// itself.
#[test]
fn whoever_has_borrowed_a_tunnel_key_goes_when_its_owner_comes() {
    let mut pair = Pair::new();
    let borrowed = Claims { tunnel: tunnel(VICTIM).public_key(), ..claims(9) };
    let certificate = Certificate::issue(borrowed, &network().root()).unwrap();
    pair.say_record(&Record::sign(&signing(9), 1, &[at(9)], certificate, None));
    pair.say_record(&record(VICTIM, 1));
    assert!(pair.knows(9) && !pair.knows(VICTIM));

    let now = pair.now;
    let mut victim = Node::new(config(VICTIM), Seed::from_bytes([3; 32]), now, WALL).unwrap();
    victim.join_member(now, at(HONEST), tunnel(HONEST).public_key());
    for _ in 0..4 {
        carry(now, &mut victim, VICTIM, &mut pair.honest);
        carry(now, &mut pair.honest, HONEST, &mut victim);
    }

    assert!(!pair.knows(9));
    assert!(pair.honest.member(&victim.id()).unwrap().is_up);
    assert!(victim.member(&signing(HONEST).id()).unwrap().is_up);
}

#[test]
fn a_conflict_is_told_once_and_not_at_each_renewal() {
    let net = "10.9.0.0/24".parse().unwrap();
    let mut pair = Pair::with(config(HONEST).net(net));
    let certificate = Certificate::issue(claims(VICTIM).net(net), &network().root()).unwrap();
    let signed = |sequence| {
        Record::sign(&signing(VICTIM), sequence, &[at(VICTIM)], certificate.clone(), None)
    };

    for sequence in [1, 2, 3, 1 << 16] {
        pair.say_record(&signed(sequence));
    }

    let events = core::iter::from_fn(|| pair.honest.poll_event());
    assert_eq!(events.filter(|it| matches!(it, Event::Conflict { .. })).count(), 1);
}

/// The user has said where the net is; a member says otherwise, then leaves.
#[test]
fn nobody_draws_an_attached_peers_packets_to_itself() {
    let mut pair = Pair::new();
    let net = "10.9.0.7/32".parse().unwrap();
    let leaf = PeerConfig::new(tunnel(50).public_key()).endpoint(at(50));
    pair.honest.attach(pair.now, leaf, &[net]).unwrap();
    let mut packet = [0; HEADROOM + 20 + TAILROOM];
    packet[HEADROOM..HEADROOM + 4].copy_from_slice(&[0x45, 0, 0, 20]);
    packet[HEADROOM + 16..HEADROOM + 20].copy_from_slice(&[10, 9, 0, 7]);
    let mut leads =
        |pair: &mut Pair| match pair.honest.seal(pair.now, &mut packet, HEADROOM..HEADROOM + 20) {
            Ok(Outbound::Held(party)) => Some(party),
            _ => None,
        };
    let party = Some(Party::Leaf(tunnel(50).public_key()));
    assert_eq!(leads(&mut pair), party);

    let certificate = Certificate::issue(claims(VICTIM).net(net), &network().root()).unwrap();
    let certificate = || certificate.clone();
    pair.say_record(&Record::sign(&signing(VICTIM), 1 << 16, &[at(9)], certificate(), None));
    assert!(pair.knows(VICTIM));
    assert_eq!(leads(&mut pair), party);
    pair.say_record(&Record::farewell(&signing(VICTIM), 2 << 16, certificate(), None));
    assert_eq!(leads(&mut pair), party);

    pair.honest.detach(&tunnel(50).public_key()).unwrap();
    assert_eq!(leads(&mut pair), None);
}

/// Each change of a record costs every member of the network the record.
#[test]
fn a_member_that_changes_its_record_all_the_time_is_believed_now_and_then() {
    let mut pair = Pair::new();
    let sequence = |pair: &Pair| {
        pair.honest.member(&signing(VICTIM).id()).map_or(0, |it| it.record.sequence() >> 16)
    };
    let mut taken = 0;
    for edition in 1..=100_u64 {
        pair.say_record(&record(VICTIM, edition << 16));
        taken += usize::from(sequence(&pair) == edition);
    }
    // 20 s have passed: the first, a burst of eight, and one that was paid for since.
    assert_eq!(taken, 10);

    pair.run(200);
    pair.say_record(&record(VICTIM, 101 << 16));
    assert_eq!(sequence(&pair), 101);
}

#[test]
fn a_node_that_has_left_does_not_come_back_by_itself() {
    let mut pair = Pair::new();
    let version = pair.liar.record().sequence();

    pair.liar.leave(pair.now);
    pair.run(6000);

    assert!(pair.liar.record().is_leaving() && pair.liar.record().sequence() > version);
    assert!(!pair.knows(LIAR));
}

/// Packets go to and fro while one of the two replaces the key of its tunnels: none is lost, and the
/// sessions are agreed anew under the new key.
#[test]
fn a_tunnel_key_is_replaced_without_a_pause() {
    let mut pair = Pair::new();
    let key = SecretKey::from_bytes([200; 32]);
    let public = key.public_key();
    let mut key = Some(key);
    for round in 0..600 {
        if round == 100 {
            let replaced = pair.honest.set_tunnel_key(pair.now, key.take().unwrap());
            assert_eq!(replaced, Ok(()));
        }
        let now = pair.now;
        exchange(now, (&mut pair.honest, HONEST), (&mut pair.liar, LIAR));
        exchange(now, (&mut pair.liar, LIAR), (&mut pair.honest, HONEST));
        // Sessions are renewed after two minutes, and end after three.
        pair.run(10);
    }

    let id = signing(HONEST).id();
    assert_eq!(pair.liar.member(&id).unwrap().record.certificate().claims().tunnel, public);
    assert!(pair.liar.device.find_peer(&public).is_some());
    assert!(pair.liar.device.find_peer(&tunnel(HONEST).public_key()).is_none());
    let events = core::iter::from_fn(|| pair.liar.poll_event());
    assert!(events.into_iter().all(|event| !matches!(event, Event::Down(_))));
}

/// One packet, sealed and opened.
fn exchange(now: Time, from: (&mut Node, u8), to: (&mut Node, u8)) {
    let mut packet = [0; HEADROOM + 40 + TAILROOM];
    packet[HEADROOM] = 0x60;
    packet[HEADROOM + 8..][..16].copy_from_slice(&from.0.address().octets());
    packet[HEADROOM + 24..][..16].copy_from_slice(&to.0.address().octets());
    let sealed = from.0.seal(now, &mut packet, HEADROOM..HEADROOM + 40);
    let Ok(Outbound::Send(sent)) = sealed else { unreachable!("a tunnel: {sealed:?}") };
    let opened = to.0.open(now, at(from.1), sent.datagram);
    assert!(matches!(opened, Ok(Inbound::Packet(_))), "{opened:?}");
}

#[test]
fn a_tunnel_key_that_another_has_or_that_is_not_certified_is_refused() {
    let mut pair = Pair::new();
    let now = pair.now;
    let certificate = pair.honest.record().certificate().clone();

    assert_eq!(pair.honest.set_tunnel_key(now, tunnel(LIAR)), Err(NodeError::Keys));
    let other = pair.honest.set_certified_tunnel_key(now, tunnel(60), certificate, None);
    assert_eq!(other, Err(NodeError::Keys));
    assert_eq!(pair.honest.device.public_key(), tunnel(HONEST).public_key());
}

#[test]
fn a_revocation_by_no_issuer_is_not_believed() {
    let mut pair = Pair::new();
    let own = Certificate::issue(claims(LIAR).introducer(Vec::new()), &signing(LIAR)).unwrap();
    let subject = Subject::member(signing(HONEST).id());
    for introducer in [None, Some(own)] {
        let until = WALL.secs + 1000;
        let network = network().network();
        let forged = Revocation::sign(&signing(LIAR), network, subject, until, introducer);
        let bytes = forged.to_bytes();
        pair.say(&Frame::Things(vec![Thing { life: 9, content: Content::Revocation(&bytes) }]));
    }

    while let Some(event) = pair.honest.poll_event() {
        assert!(!matches!(event, Event::Revoked(_)));
    }
    assert!(pair.honest.membership.trust.revocations().is_empty());
}

/// Whoever holds the network key can make members; not more than there is room for.
#[test]
fn a_flood_of_records_fills_no_more_than_the_room_there_is() {
    let mut pair = Pair::with(config(HONEST).max_members(10));
    for round in 0..20_u8 {
        let records: Vec<_> = (0..3_u8)
            .map(|number| {
                let key = SigningKey::from_bytes([round * 3 + number + 10; 32]);
                let tunnel = SecretKey::from_bytes([round * 3 + number + 110; 32]).public_key();
                let claims = Claims::new(network().network(), key.id(), tunnel);
                let certificate = Certificate::issue(claims, &network().root()).unwrap();
                Record::sign(&key, 1, &[], certificate, None).to_bytes()
            })
            .collect();
        let things = records.iter().map(|bytes| Thing { life: 9, content: Content::Record(bytes) });
        for frame in pack(things) {
            pair.say_bytes(frame);
        }
    }

    assert_eq!(pair.honest.members().count(), 10);
    assert!(pair.knows(LIAR));
}

#[test]
fn announcements_of_what_does_not_exist_end() {
    let mut pair = Pair::new();
    for round in 0..50_u64 {
        let items = (0..64).map(|item| Item {
            tag: Tag::member(round << 32 | item << 8),
            version: Version::edition(1),
        });
        pair.say(&Frame::Gossip(Message::Have(items.collect())));
    }
    pair.run(600);

    assert_eq!(pair.honest.members().count(), 1);
    assert!(pair.honest.outbox.len() < 64);
    let party = Party::Member(signing(LIAR).id());
    assert!(core::iter::from_fn(|| pair.honest.poll_event()).all(|it| it != Event::Down(party)));
}

#[test]
fn frames_that_are_none_do_no_harm() {
    let mut pair = Pair::new();
    for first in 0xe0..=0xef_u8 {
        for len in [0_u16, 1, 5, 900] {
            let [low, high] = len.to_le_bytes();
            let mut frame = vec![0x5a; 904];
            frame[..4].copy_from_slice(&[first, 1, low, high]);
            pair.say_bytes(frame);
        }
    }

    assert!(pair.knows(LIAR));
    assert_eq!(pair.honest.members().count(), 1);
}

/// The address that a liar says it sees is one among others, and told only if nobody contradicts.
#[test]
fn one_members_word_of_where_this_node_is_gives_way_to_twos() {
    let mut own = Pair::new().honest.membership.own;
    let [true_at, false_at] = [at(77), at(78)];
    let id = |byte| MemberId::from_bytes([byte; 32]);
    own.observe(id(1), true_at);
    own.observe(id(2), true_at);
    own.observe(id(3), false_at);
    own.publish(Duration::from_secs(WALL.secs));

    assert!(own.record().endpoints().contains(&true_at));
    assert!(!own.record().endpoints().contains(&false_at));
}

/// A socket's address is no address to be told of; nothing is to be published again for it.
#[test]
fn an_endpoint_that_names_no_host_is_not_told_and_changes_nothing() {
    let nowhere = SocketAddr::from(([0, 0, 0, 0], 51820));
    let mut own = Pair::with(config(HONEST).endpoint(nowhere)).honest.membership.own;
    own.observe(signing(LIAR).id(), at(77));
    own.publish(Duration::from_secs(WALL.secs));

    assert_eq!(own.record().endpoints(), [at(HONEST), at(77)]);
    assert!(!own.observe(signing(LIAR).id(), at(77)));
}

/// Whoever answers for the rendezvous key is not shown to be the member whose record it sends.
#[test]
fn the_door_is_no_witness_of_where_a_node_is() {
    let mut pair = Pair::new();
    let seen = |node: &Node| node.record().endpoints().contains(&at(99));
    let bytes = record(VICTIM, 1).to_bytes();
    let welcome = Frame::Welcome(Greeting { observed: Some(at(99)), life: 90, record: &bytes });
    let (now, mut joiner) = (pair.now, config(VICTIM + 1));
    joiner.endpoints.clear();
    let mut joiner = Node::new(joiner, Seed::from_bytes([4; 32]), now, WALL).unwrap();
    joiner.join(now, at(LIAR)).unwrap();
    carry(now, &mut joiner, VICTIM + 1, &mut pair.liar);
    carry(now, &mut pair.liar, LIAR, &mut joiner);
    let guest = pair.liar.lobby.as_ref().unwrap();
    let guest = guest.device.find_peer(&tunnel(VICTIM + 1).public_key()).unwrap();
    carry(now, &mut joiner, VICTIM + 1, &mut pair.liar);
    pair.liar.outbox.clear();
    pair.liar.send(true, guest, welcome.to_bytes());
    carry(now, &mut pair.liar, LIAR, &mut joiner);
    assert!(joiner.member(&signing(VICTIM).id()).is_some());
    joiner.handle_timeout(now + Duration::from_secs(6));

    assert!(!seen(&joiner));
}

#[test]
fn a_replayed_initiation_does_not_keep_a_node_from_the_member() {
    let mut pair = Pair::new();
    let start = pair.now;
    let mut victim = Node::new(config(VICTIM), Seed::from_bytes([3; 32]), start, WALL).unwrap();
    victim.join_member(start, at(HONEST), tunnel(HONEST).public_key());
    let mut out = [0; TRANSMIT_LEN];
    let mut replay = victim.poll_transmit(start, &mut out).unwrap().datagram.to_vec();
    assert!(pair.honest.open(start, at(99), &mut replay.clone()).is_ok());
    pair.say_record(&record(VICTIM, 1));

    let mut packet = [0; HEADROOM + 40 + TAILROOM];
    packet[HEADROOM] = 0x60;
    packet[HEADROOM + 8..][..16].copy_from_slice(&pair.honest.address().octets());
    packet[HEADROOM + 24..][..16].copy_from_slice(&victim.address().octets());
    let sealed = pair.honest.seal(pair.now, &mut packet, HEADROOM..HEADROOM + 40);
    assert_eq!(sealed, Ok(Outbound::Held(Party::Member(victim.id()))));

    // The response was a handshake message, after which the next one waits for 5 s.
    let mut dialed = Vec::new();
    let mut now = pair.now;
    for _ in 0..56 {
        now = now + Duration::from_millis(100);
        pair.honest.handle_timeout(now);
        while let Some(sent) = pair.honest.poll_transmit(now, &mut out) {
            if sent.to == at(VICTIM) {
                dialed.push(sent.datagram.to_vec());
            }
        }
        assert!(pair.honest.open(now, at(99), &mut replay).is_err());
    }
    assert_eq!(dialed.len(), 1);
    victim.open(now, at(HONEST), &mut dialed[0]).unwrap();
    for _ in 0..3 {
        carry(now, &mut victim, VICTIM, &mut pair.honest);
        carry(now, &mut pair.honest, HONEST, &mut victim);
    }
    assert!(pair.honest.member(&victim.id()).unwrap().is_up);
}

/// A hello may cost two verifications, of whoever is in the lobby too.
#[test]
fn one_hello_in_so_long_is_looked_at_in_the_lobby() {
    let mut pair = Pair::new();
    let (now, mut joiner) =
        (pair.now, Node::new(config(VICTIM), Seed::from_bytes([4; 32]), pair.now, WALL).unwrap());
    joiner.join(now, at(HONEST)).unwrap();
    carry(now, &mut joiner, VICTIM, &mut pair.honest);
    carry(now, &mut pair.honest, HONEST, &mut joiner);
    let door = joiner.joining.door().unwrap();
    let records: Vec<_> = (20..25).map(|node| record(node, 1).to_bytes()).collect();
    joiner.outbox.clear();
    for record in &records {
        joiner.send(
            false,
            door,
            Frame::Hello(Greeting { observed: Some(at(HONEST)), life: 90, record }).to_bytes(),
        );
    }
    carry(now, &mut joiner, VICTIM, &mut pair.honest);

    assert_eq!((20..25).filter(|node| pair.knows(*node)).count(), 1);
}

/// An honest node that has tunnels with the liar and with another.
struct Triple {
    pair: Pair,
    other: Node,
}

impl Triple {
    fn new(honest: NodeConfig) -> Self {
        let mut pair = Pair::with(honest);
        let other = config(VICTIM);
        let mut other = Node::new(other, Seed::from_bytes([3; 32]), pair.now, WALL).unwrap();
        other.join(pair.now, at(HONEST)).unwrap();
        for _ in 0..20 {
            carry(pair.now, &mut other, VICTIM, &mut pair.honest);
            let mut out = [0; TRANSMIT_LEN];
            while let Some(sent) = pair.honest.poll_transmit(pair.now, &mut out) {
                let (to, number) = match sent.to {
                    to if to == at(VICTIM) => (&mut other, HONEST),
                    _ => (&mut pair.liar, HONEST),
                };
                let _ = to.open(pair.now, at(number), sent.datagram);
            }
            pair.now = pair.now + Duration::from_millis(100);
            other.handle_timeout(pair.now);
            pair.honest.handle_timeout(pair.now);
        }
        assert!(pair.honest.member(&other.id()).unwrap().is_up);
        Self { pair, other }
    }

    /// A datagram of the liar with something to be passed on to a member.
    fn carried(&mut self, to: u8, message: &[u8]) -> Vec<u8> {
        let peer = self.pair.peer();
        let mut buf = [0; 1500];
        let front = buf[16..].first_chunk_mut::<HEADER_LEN>().unwrap();
        let tag = roster::tag(&signing(to).id());
        Carried::emit(Leg::Out, tag, message.len(), front).unwrap();
        let frame = 16..16 + HEADER_LEN + message.len();
        buf[frame.end - message.len()..frame.end].copy_from_slice(message);
        let sealed = self.pair.liar.device.seal_frame(self.pair.now, peer, &mut buf, frame);
        let (message, _) = sealed.unwrap().unwrap();
        buf[message].to_vec()
    }

    /// Where the honest node passes it on to, if it does, and how many bytes.
    fn passed_on(&mut self, mut datagram: Vec<u8>) -> Option<(SocketAddr, usize)> {
        match self.pair.honest.open(self.pair.now, at(LIAR), &mut datagram) {
            Ok(Inbound::Forward(sent)) => Some((sent.to, sent.datagram.len())),
            Ok(_) | Err(_) => None,
        }
    }
}

/// A data message, as far as anybody can see who has not its key.
fn message(len: usize) -> Vec<u8> {
    let mut message = vec![0x5a; len];
    message[..4].copy_from_slice(&[4, 0, 0, 0]);
    message
}

#[test]
fn a_message_is_passed_on_to_whom_it_names_in_a_datagram_of_the_same_length() {
    let mut triple = Triple::new(config(HONEST));
    let datagram = triple.carried(VICTIM, &message(1312));
    let len = datagram.len();

    assert_eq!(triple.passed_on(datagram.clone()), Some((at(VICTIM), len)));
    assert_eq!(triple.passed_on(datagram), None, "a replay");
    let nonsense = triple.carried(VICTIM, &[0x45; 40]);
    assert_eq!(triple.passed_on(nonsense), None, "no message of the protocol");
}

#[test]
fn what_was_passed_on_is_not_passed_on_again() {
    let mut triple = Triple::new(config(HONEST));
    let mut datagram = triple.carried(VICTIM, &message(100));
    let via = Hop::Via { relay: 0, party: roster::tag(&signing(LIAR).id()) }.address();

    let now = triple.pair.now;
    assert!(triple.pair.honest.open(now, via, &mut datagram.clone()).is_err(), "nobody is there");
    let opened = triple.pair.honest.open_from(now, via, &mut datagram);
    assert_eq!(opened, Ok(Inbound::Control));
}

#[test]
fn a_member_has_no_more_passed_on_than_is_allowed() {
    let mut triple = Triple::new(config(HONEST).relay(1000));
    let mut passed = 0;
    for _ in 0..30 {
        let datagram = triple.carried(VICTIM, &message(100));
        passed += triple.passed_on(datagram).map_or(0, |(_, len)| len);
    }

    assert!((800..=1000).contains(&passed), "{passed}");
}

#[test]
fn whoever_does_not_pass_on_says_so_and_not_too_often() {
    for (config, to) in [(config(HONEST).relay(0), VICTIM), (config(HONEST), VICTIM + 1)] {
        let mut triple = Triple::new(config);
        triple.pair.honest.outbox.clear();
        for _ in 0..5 {
            let datagram = triple.carried(to, &message(100));
            assert_eq!(triple.passed_on(datagram), None);
        }

        let refusal = Frame::Refusal(roster::tag(&signing(to).id())).to_bytes();
        let said = |letter: &super::Letter| letter.frame == refusal;
        assert_eq!(triple.pair.honest.outbox.iter().filter(|letter| said(letter)).count(), 1);
        drop(triple.other);
    }
}

/// Who could say where others are would have them flooded.
#[test]
fn a_member_that_says_it_is_elsewhere_is_not_sent_much_there() {
    let mut pair = Pair::new();
    let (mut sent, mut out) = (0, [0; TRANSMIT_LEN]);
    for second in 0..60_u8 {
        let endpoints = (0..8).map(|port| (at(99).ip(), 1000 + u16::from(second) * 8 + port));
        let endpoints = endpoints.map(SocketAddr::from).collect();
        let peer = pair.peer();
        let call = Frame::Call(Call { is_answer: false, endpoints }).to_bytes();
        pair.liar.send(false, peer, call);
        for _ in 0..10 {
            pair.now = pair.now + Duration::from_millis(100);
            carry(pair.now, &mut pair.liar, LIAR, &mut pair.honest);
            pair.honest.handle_timeout(pair.now);
            while let Some(message) = pair.honest.poll_transmit(pair.now, &mut out) {
                sent += usize::from(message.to.ip() == at(99).ip());
                if message.to == at(LIAR) {
                    let _ = pair.liar.open(pair.now, at(HONEST), message.datagram);
                }
            }
        }
    }

    // Sixteen ways at a time, five probes each, 6.2 s.
    assert!((40..=16 * 5 * 10).contains(&sent), "{sent}");
    assert!(pair.honest.member(&pair.liar.id()).unwrap().is_up);
}

#[test]
fn an_echo_that_nobody_asked_for_proves_nothing() {
    let mut pair = Pair::new();
    let peer = pair.honest.device.find_peer(&tunnel(LIAR).public_key()).unwrap();
    let endpoints = vec![at(99)];
    pair.say(&Frame::Call(Call { is_answer: false, endpoints }));
    for token in 0..64 {
        pair.say(&Frame::Echo(Probe { token, observed: Some(at(98)) }));
    }

    assert_eq!(pair.honest.device.endpoint(peer), Ok(Some(at(LIAR))));
    assert!(!pair.honest.record().endpoints().contains(&at(98)));
}
