use alloc::vec;

use super::{HONEST, LIAR, Pair, VICTIM, at, claims, network, record, signing};
use crate::mesh::certificate::Certificate;
use crate::mesh::frame::{Frame, Greeting};
use crate::mesh::record::Record;
use crate::mesh::renewal::Renewal;
use crate::mesh::roster;
use crate::mesh::thing::{Content, Thing};

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
        let life = 150;
        pair.run(10);

        pair.say(&if in_greeting {
            Frame::Hello(Greeting { observed: Some(at(HONEST)), life, record: &bytes })
        } else {
            Frame::Things(vec![Thing { life, content: Content::Record(&bytes) }])
        });

        pair.run(5500);
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

/// What was judged before costs a signature less: the certificates must be the same.
#[test]
fn a_known_members_introducer_is_judged_again_if_it_is_another() {
    let mut pair = Pair::new();
    let member = LIAR + 10;
    let introducer = claims(VICTIM).introducer(vec![]);
    let introducer = Certificate::issue(introducer, &network().root()).unwrap();
    let certificate = Certificate::issue(claims(member), &signing(VICTIM)).unwrap();
    let mut forged = introducer.to_bytes();
    *forged.last_mut().unwrap() ^= 1;
    let forged = Certificate::decode(&forged).unwrap();
    let mut learned = |edition: u64, introducer: &Certificate| {
        let introducer = Some(introducer.clone());
        let certificate = certificate.clone();
        pair.say_record(&Record::sign(
            &signing(member),
            edition << 16,
            &[at(member)],
            certificate,
            introducer,
        ));
        let known = pair.honest.member(&signing(member).id());
        known.map(|known| known.record.sequence() >> 16)
    };

    assert_eq!(learned(1, &introducer), Some(1));
    assert_eq!(learned(2, &forged), Some(1));
    assert_eq!(learned(3, &introducer), Some(3));
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
