use alloc::vec::Vec;
use core::time::Duration;

use super::super::{HEADROOM, Node, TAILROOM, TRANSMIT_LEN};
use super::{
    HONEST, LIAR, Pair, VICTIM, WALL, at, carry, config, network, record, signing, tunnel,
};
use crate::crypto::Seed;
use crate::mesh::event::{Outbound, Party};
use crate::mesh::frame::{Frame, Greeting};
use crate::mesh::revocation::{Revocation, Subject};
use crate::mesh::thing::{Content, Thing};
use crate::time::Time;

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
    pair.liar.outbox.letters.clear();
    pair.liar.send(true, guest, welcome.to_bytes());
    carry(now, &mut pair.liar, LIAR, &mut joiner);
    assert!(joiner.member(&signing(VICTIM).id()).is_some());
    joiner.handle_timeout(now + Duration::from_secs(6));

    assert!(!seen(&joiner));
}

/// All else waits until somebody has been believed.
#[test]
fn the_door_is_believed_only_that_the_joiner_itself_was_revoked() {
    let mut pair = Pair::new();
    let now = pair.now;
    let mut joiner = Node::new(config(VICTIM), Seed::from_bytes([4; 32]), now, WALL).unwrap();
    joiner.join(now, at(LIAR)).unwrap();
    carry(now, &mut joiner, VICTIM, &mut pair.liar);
    carry(now, &mut pair.liar, LIAR, &mut joiner);
    let guest = pair.liar.lobby.as_ref().unwrap();
    let guest = guest.device.find_peer(&tunnel(VICTIM).public_key()).unwrap();
    let mut kept = |node: u8| {
        let subject = Subject::member(signing(node).id());
        let root = network().root();
        let revocation = Revocation::sign(&root, network().network(), subject, u64::MAX, None);
        let bytes = revocation.to_bytes();
        let thing = Thing { life: 100, content: Content::Revocation(&bytes) };
        carry(now, &mut joiner, VICTIM, &mut pair.liar);
        pair.liar.outbox.letters.clear();
        pair.liar.send(true, guest, Frame::Things(Vec::from([thing])).to_bytes());
        carry(now, &mut pair.liar, LIAR, &mut joiner);
        joiner.membership.trust.revocations().len()
    };

    assert_eq!((kept(HONEST), kept(VICTIM)), (0, 1));
}

/// One that is looked for may say hello instead, as it may have begun a tunnel by itself.
#[test]
fn a_door_that_the_user_has_named_is_believed_when_it_welcomes() {
    let mut pair = Pair::new();
    let now = pair.now;
    let mut joiner = Node::new(config(VICTIM), Seed::from_bytes([4; 32]), now, WALL).unwrap();
    joiner.join_member(now, at(LIAR), tunnel(LIAR).public_key());
    for _ in 0..2 {
        carry(now, &mut joiner, VICTIM, &mut pair.liar);
        pair.liar.outbox.letters.clear();
        carry(now, &mut pair.liar, LIAR, &mut joiner);
    }
    let guest = pair.liar.device.find_peer(&tunnel(VICTIM).public_key()).unwrap();
    let bytes = record(LIAR, 1).to_bytes();
    let greeting = Greeting { observed: Some(at(VICTIM)), life: 90, record: &bytes };
    let mut is_believed = |frame: Frame<'_>| {
        pair.liar.send(false, guest, frame.to_bytes());
        carry(now, &mut pair.liar, LIAR, &mut joiner);
        joiner.member(&signing(LIAR).id()).is_some()
    };

    assert!(!is_believed(Frame::Hello(greeting)));
    assert!(is_believed(Frame::Welcome(greeting)));
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
    let (mut dialed, mut answered) = (Vec::new(), 0);
    let mut now = pair.now;
    for _ in 0..56 {
        now = now + Duration::from_millis(100);
        pair.honest.handle_timeout(now);
        while let Some(sent) = pair.honest.poll_transmit(now, &mut out) {
            if sent.to == at(VICTIM) {
                dialed.push(sent.datagram.to_vec());
            }
        }
        answered += usize::from(pair.honest.open(now, at(99), &mut replay).is_ok());
    }
    assert_eq!(answered, 4, "its response may have been lost");
    // The same initiation goes out at once, and once more when others would be asked.
    assert_eq!(dialed.len(), 2);
    assert!(dialed.iter().all(|again| *again == dialed[0]));
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
    joiner.outbox.letters.clear();
    for record in &records {
        joiner.send(
            false,
            door,
            Frame::Hello(Greeting { observed: Some(at(HONEST)), life: 90, record }).to_bytes(),
        );
    }
    carry(now, &mut joiner, VICTIM, &mut pair.honest);
    carry(now, &mut pair.honest, HONEST, &mut joiner);

    assert!(
        joiner.member(&signing(HONEST).id()).is_none(),
        "a record is not welcomed, but its owner"
    );
    assert_eq!((20..25).filter(|node| pair.knows(*node)).count(), 1);
}

#[test]
fn a_guest_in_the_lobby_goes_after_five_seconds_if_nothing_else_happens() {
    let start = Time::from_nanos(1);
    let node =
        |number| Node::new(config(number), Seed::from_bytes([number; 32]), start, WALL).unwrap();
    let (mut host, mut joiner) = (node(HONEST), node(VICTIM));
    let is_there = |host: &Node| {
        let lobby = host.lobby.as_ref().unwrap();
        lobby.device.find_peer(&tunnel(VICTIM).public_key()).is_some()
    };
    // Not at a time at which the node looks after itself anyway.
    let now = start + Duration::from_millis(300);
    host.handle_timeout(now);
    joiner.join(now, at(HONEST)).unwrap();
    carry(now, &mut joiner, VICTIM, &mut host);
    carry(now, &mut host, HONEST, &mut joiner);
    assert!(is_there(&host));

    let end = now + Duration::from_secs(5);
    while let Some(due) = host.poll_timeout().filter(|due| *due <= end) {
        assert!(is_there(&host), "not before");
        host.handle_timeout(due);
        carry(due, &mut host, HONEST, &mut joiner);
    }

    assert!(!is_there(&host));
}

/// Its response may have been lost, or the network may have sent the initiation twice.
#[test]
fn a_joiner_whose_initiation_comes_twice_is_answered_twice() {
    let mut pair = Pair::new();
    let now = pair.now;
    let mut joiner = Node::new(config(VICTIM), Seed::from_bytes([3; 32]), now, WALL).unwrap();
    joiner.join(now, at(HONEST)).unwrap();
    let mut out = [0; TRANSMIT_LEN];
    let initiation = joiner.poll_transmit(now, &mut out).unwrap().datagram.to_vec();
    let mut answer = |pair: &mut Pair| {
        pair.honest.open(now, at(VICTIM), &mut initiation.clone()).unwrap();
        pair.honest.poll_transmit(now, &mut out).map(|sent| sent.datagram.to_vec())
    };

    let answers = [0; 2].map(|_| answer(&mut pair));

    assert!(answers[0].is_some() && answers[0] == answers[1]);
}

#[test]
fn the_last_instant_is_lived_through() {
    let mut pair = Pair::new();
    pair.now = Time::from_nanos(u64::MAX - 300_000_000);
    pair.run(6);
    pair.honest.network_changed(pair.now);
    pair.honest.set_wall(WALL, pair.now);
    pair.honest.join(pair.now, at(VICTIM)).unwrap();
    pair.run(6);

    assert_eq!(pair.now, Time::from_nanos(u64::MAX));
    assert!(pair.honest.poll_timeout().is_some());
}
