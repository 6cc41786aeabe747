use alloc::vec;
use alloc::vec::Vec;

use super::{HONEST, LIAR, Pair, WALL, claims, config, network, signing};
use crate::key::SecretKey;
use crate::mesh::certificate::{Certificate, Claims};
use crate::mesh::event::{Event, Party};
use crate::mesh::frame::{Frame, pack};
use crate::mesh::gossip::{Item, Message, Tag, Version};
use crate::mesh::identity::SigningKey;
use crate::mesh::record::Record;
use crate::mesh::revocation::{Revocation, Subject};
use crate::mesh::thing::{Content, Thing};

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
    assert!(pair.honest.outbox.letters.len() < 64);
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
