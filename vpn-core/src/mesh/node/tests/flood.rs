use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use super::{HONEST, LIAR, Node, Pair, WALL, claims, config, network, signing};
use crate::crypto::Seed;
use crate::key::SecretKey;
use crate::mesh::certificate::{Certificate, Claims};
use crate::mesh::event::{Event, Party};
use crate::mesh::frame::{Frame, pack};
use crate::mesh::gossip::{Item, Message, Tag, Version};
use crate::mesh::identity::SigningKey;
use crate::mesh::record::Record;
use crate::mesh::revocation::{Revocation, Subject};
use crate::mesh::thing::{Content, Thing};
use crate::time::Time;

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

/// Nothing is forgotten for its time by a node without neighbours; what would end is kept, as the
/// clock may be wrong.
#[test]
fn a_flood_of_revocations_that_end_at_once_is_forgotten() {
    let mut now = Time::from_nanos(1);
    let honest = config(HONEST).max_members(10);
    let mut honest = Node::new(honest, Seed::from_bytes([1; 32]), now, WALL).unwrap();
    let revocation = |second: u64, number: u64| {
        let serial = second << 8 | number;
        let subject = Subject::Member { member: signing(LIAR).id(), last_serial: serial };
        // They are taken for five minutes after their end.
        let until = WALL.secs + second - 299;
        Revocation::sign(&network().root(), network().network(), subject, until, None)
    };

    for second in 1..300 {
        now = now + Duration::from_secs(1);
        for number in 0..4 {
            honest.revoke(now, revocation(second, number)).unwrap();
        }
        honest.handle_timeout(now);
    }

    let membership = &honest.membership;
    assert_eq!((membership.trust.revocations().len(), membership.revocations.len()), (4, 4));
    assert_eq!(membership.unread.len(), 1024 + 2 * 10);
    let first = crate::mesh::membership::notice(&revocation(1, 0)).0;
    assert_eq!(honest.gossip.version(first), None);
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
