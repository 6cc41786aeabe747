use core::time::Duration;

use super::super::{HEADROOM, Node, NodeError, TAILROOM};
use super::{
    HONEST, LIAR, Pair, VICTIM, WALL, at, carry, claims, config, network, record, signing, tunnel,
};
use crate::crypto::Seed;
use crate::key::{PublicKey, SecretKey};
use crate::mesh::certificate::{Certificate, Claims};
use crate::mesh::event::{Event, Inbound, Outbound};
use crate::mesh::frame::{Frame, Greeting};
use crate::mesh::record::Record;
use crate::time::Time;

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
/// itself. Whether all of the key is borrowed or only the bytes by which members are looked up.
#[test]
fn whoever_has_borrowed_a_tunnel_key_goes_when_its_owner_comes() {
    let whole = tunnel(VICTIM).public_key();
    let mut alike = *whole.as_bytes();
    alike[8..].fill(9);
    let alike = PublicKey::from_bytes(alike);
    for (key, by_lobby) in [(whole, false), (whole, true), (alike, false), (alike, true)] {
        let mut pair = Pair::new();
        let borrowed = Claims { tunnel: key, ..claims(9) };
        let certificate = Certificate::issue(borrowed, &network().root()).unwrap();
        pair.say_record(&Record::sign(&signing(9), 1, &[at(9)], certificate, None));
        pair.say_record(&record(VICTIM, 1));
        assert!(pair.knows(9) && !pair.knows(VICTIM));

        let mut now = pair.now;
        let mut victim = Node::new(config(VICTIM), Seed::from_bytes([3; 32]), now, WALL).unwrap();
        match by_lobby {
            true => assert_eq!(victim.join(now, at(HONEST)), Ok(())),
            false => victim.join_member(now, at(HONEST), tunnel(HONEST).public_key()),
        }
        for _ in 0..8 {
            carry(now, &mut victim, VICTIM, &mut pair.honest);
            carry(now, &mut pair.honest, HONEST, &mut victim);
            now = now + Duration::from_millis(100);
            victim.handle_timeout(now);
            pair.honest.handle_timeout(now);
        }

        assert!(!pair.knows(9));
        assert!(pair.honest.member(&victim.id()).unwrap().is_up, "{key:?} {by_lobby}");
        assert!(victim.member(&signing(HONEST).id()).unwrap().is_up);
    }
}

/// Else two who share a key, or one under two names, would displace one another for ever.
#[test]
fn whoever_has_shown_that_a_tunnel_key_is_its_own_keeps_it() {
    let mut pair = Pair::new();
    let later = pair.honest.member(&signing(LIAR).id()).unwrap().record.sequence() + (1 << 16);
    pair.say_record(&record(LIAR, later));
    let second = Claims { tunnel: tunnel(LIAR).public_key(), ..claims(9) };
    let certificate = Certificate::issue(second, &network().root()).unwrap();
    let second = Record::sign(&signing(9), 1, &[at(9)], certificate, None).to_bytes();
    pair.run(10);

    pair.say(&Frame::Hello(Greeting { observed: Some(at(HONEST)), life: 90, record: &second }));

    let known = pair.honest.member(&signing(LIAR).id()).unwrap();
    assert!(known.is_up && known.record.sequence() >= later);
    assert!(!pair.knows(9));
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
