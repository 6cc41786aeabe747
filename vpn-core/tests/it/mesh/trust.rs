use std::time::Duration;

use vpn_core::mesh::{
    Certificate, Claims, MemberId, NetworkId, NetworkKey, Record, Revocation, Subject, Trust,
    TrustError,
};
use vpn_core::{PresharedKey, SecretKey};

use super::{NETWORK, WALL, claims, key};

const ROOT: u8 = 200;
const OTHER_ROOT: u8 = 203;
const INTRODUCER: u8 = 201;
const MEMBER: u8 = 202;

fn trust() -> Trust {
    Trust::from_roots(NETWORK, [key(ROOT).id(), key(OTHER_ROOT).id()])
}

fn at(second: u64) -> Duration {
    Duration::from_secs(second)
}

fn issue(claims: Claims, by: u8) -> Certificate {
    Certificate::issue(claims, &key(by)).unwrap()
}

fn introducer() -> Certificate {
    issue(claims(INTRODUCER).introducer(vec!["10.7.0.0/16".parse().unwrap()]), ROOT)
}

fn judge(claims: Claims, by: u8, introducer: Option<&Certificate>) -> Result<(), TrustError> {
    trust().verify_certificate(&issue(claims, by), introducer, at(WALL))
}

#[test]
fn whom_a_root_certifies_is_believed() {
    assert_eq!(judge(claims(MEMBER), ROOT, None), Ok(()));
    assert_eq!(judge(claims(MEMBER), OTHER_ROOT, None), Ok(()));
    assert_eq!(judge(claims(MEMBER), MEMBER, None), Err(TrustError::Issuer));
}

#[test]
fn a_certificate_of_another_network_is_refused() {
    let mut foreign = claims(MEMBER);
    foreign.network = NetworkId::from_bytes([9; 16]);

    assert_eq!(judge(foreign, ROOT, None), Err(TrustError::Network));
}

#[test]
fn certificates_hold_from_their_first_second_to_their_last_give_or_take_the_skew_of_clocks() {
    let certificate = issue(claims(MEMBER).valid(10_000, 20_000), ROOT);
    let judge = |second| trust().verify_certificate(&certificate, None, at(second));

    assert_eq!(judge(9_699), Err(TrustError::NotYet));
    assert_eq!(judge(9_700), Ok(()));
    assert_eq!(judge(20_299), Ok(()));
    assert_eq!(judge(20_300), Err(TrustError::Expired));
}

#[test]
fn an_introducer_admits_members_within_its_limits() {
    let net = |text: &str| claims(MEMBER).net(text.parse().unwrap());
    let judge = |claims| judge(claims, INTRODUCER, Some(&introducer()));

    assert_eq!(judge(claims(MEMBER)), Ok(()));
    assert_eq!(judge(net("10.7.1.0/24")), Ok(()));
    assert_eq!(judge(net("10.8.1.0/24")), Err(TrustError::Constraint));
    assert_eq!(judge(net("10.0.0.0/8")), Err(TrustError::Constraint));
    let later = claims(MEMBER).valid(WALL - 1000, WALL + 1001);
    assert_eq!(judge(later), Err(TrustError::Constraint));
    let earlier = claims(MEMBER).valid(WALL - 1001, WALL + 1000);
    assert_eq!(judge(earlier), Err(TrustError::Constraint));
    assert_eq!(judge(claims(MEMBER).introducer(Vec::new())), Err(TrustError::Constraint));
}

#[test]
fn only_roots_make_introducers() {
    let plain = issue(claims(INTRODUCER), ROOT);
    assert_eq!(judge(claims(MEMBER), INTRODUCER, Some(&plain)), Err(TrustError::Issuer));

    let second = issue(claims(7).introducer(Vec::new()), INTRODUCER);
    assert_eq!(judge(claims(MEMBER), 7, Some(&second)), Err(TrustError::Issuer));

    assert_eq!(judge(claims(MEMBER), MEMBER, Some(&introducer())), Err(TrustError::Issuer));
    assert_eq!(judge(claims(MEMBER), INTRODUCER, None), Err(TrustError::Issuer));
}

#[test]
fn an_introducer_whose_time_is_over_introduces_nobody() {
    let introducer = issue(claims(INTRODUCER).introducer(Vec::new()).valid(0, 20_000), ROOT);
    let member = issue(claims(MEMBER).valid(0, 20_000), INTRODUCER);
    let judge = |second| trust().verify_certificate(&member, Some(&introducer), at(second));

    assert_eq!(judge(20_000), Ok(()));
    assert_eq!(judge(20_300), Err(TrustError::Expired));
}

#[test]
fn nobody_is_certified_addresses_that_are_derived() {
    let other = NETWORK.derived_address(&key(7).id());
    let host = claims(MEMBER).net(std::net::IpAddr::from(other).into());

    assert_eq!(judge(host, ROOT, None), Err(TrustError::DerivedNet));
    assert_eq!(
        judge(claims(MEMBER).net(NETWORK.derived_net().into()), ROOT, None),
        Err(TrustError::DerivedNet)
    );
    assert_eq!(judge(claims(MEMBER).net("::/0".parse().unwrap()), ROOT, None), Ok(()));
}

/// A certificate of which one byte was changed after it was signed.
fn altered(certificate: &Certificate, place: usize) -> Certificate {
    let mut bytes = certificate.to_bytes();
    bytes[place] ^= 1;
    Certificate::decode(&bytes).unwrap()
}

/// Offsets restated from the layout: member at 17, tunnel key at 49, serial at 81, its end at 97.
#[test]
fn a_certificate_says_what_its_issuer_signed_and_nothing_else() {
    let by_root = issue(claims(MEMBER), ROOT);
    let introduced = issue(claims(MEMBER), INTRODUCER);
    let subject = Subject::member(key(MEMBER).id());
    let signature = by_root.to_bytes().len() - 1;

    for place in [17, 49, 81, 97, signature] {
        let judged = trust().verify_certificate(&altered(&by_root, place), None, at(WALL));
        assert_eq!(judged, Err(TrustError::Signature), "byte {place}");
    }
    for place in [49, 81, introducer().to_bytes().len() - 1] {
        let forged = altered(&introducer(), place);
        let judged = trust().verify_certificate(&introduced, Some(&forged), at(WALL));
        assert_eq!(judged, Err(TrustError::Signature), "byte {place}");
        let revocation =
            Revocation::sign(&key(INTRODUCER), NETWORK, subject, WALL + 1000, Some(forged));
        assert_eq!(trust().revoke(revocation, at(WALL)), Err(TrustError::Signature));
    }
}

#[test]
fn a_record_must_be_signed_by_the_member_that_its_certificate_names() {
    let certificate = issue(claims(MEMBER), ROOT);
    let judge = |by: u8| {
        let record = Record::sign(&key(by), 1, &[], certificate.clone(), None);
        trust().verify(&record, at(WALL))
    };

    assert_eq!(judge(MEMBER), Ok(()));
    assert_eq!(judge(7), Err(TrustError::Signature));
}

fn revoke(trust: &mut Trust, subject: Subject, by: u8) -> Result<bool, TrustError> {
    let introducer = (by == INTRODUCER).then(introducer);
    let revocation = Revocation::sign(&key(by), NETWORK, subject, WALL + 1000, introducer);
    trust.revoke(revocation, at(WALL))
}

#[test]
fn a_revoked_member_is_refused_up_to_the_serial_revoked() {
    let mut trust = trust();
    let member = key(MEMBER).id();
    let subject = Subject::Member { member, last_serial: 5 };

    assert_eq!(revoke(&mut trust, subject, ROOT), Ok(true));
    assert_eq!(revoke(&mut trust, subject, ROOT), Ok(false));

    let judge = |claims| trust.verify_certificate(&issue(claims, ROOT), None, at(WALL));
    assert_eq!(judge(claims(MEMBER).serial(5)), Err(TrustError::Revoked));
    assert_eq!(judge(claims(MEMBER).serial(6)), Ok(()));
    assert_eq!(judge(claims(7).serial(1)), Ok(()));
}

#[test]
fn a_revoked_introducer_takes_along_whom_it_introduced() {
    let mut trust = trust();
    let issuer = Subject::Issuer(key(INTRODUCER).id());
    let member = issue(claims(MEMBER), INTRODUCER);
    assert_eq!(trust.verify_certificate(&member, Some(&introducer()), at(WALL)), Ok(()));

    assert_eq!(revoke(&mut trust, issuer, ROOT), Ok(true));

    let judged = trust.verify_certificate(&member, Some(&introducer()), at(WALL));
    assert_eq!(judged, Err(TrustError::Revoked));
    let direct = issue(claims(MEMBER), ROOT);
    assert_eq!(trust.verify_certificate(&direct, None, at(WALL)), Ok(()));
}

#[test]
fn revoking_an_introducers_own_certificate_takes_along_whom_it_introduced() {
    let mut trust = trust();
    let subject = Subject::member(key(INTRODUCER).id());
    assert_eq!(revoke(&mut trust, subject, ROOT), Ok(true));

    let member = issue(claims(MEMBER), INTRODUCER);
    let judged = trust.verify_certificate(&member, Some(&introducer()), at(WALL));

    assert_eq!(judged, Err(TrustError::Revoked));
}

#[test]
fn an_introducer_revokes_whom_it_introduced_and_nobody_else() {
    let mut trust = trust();
    let subject = Subject::member(key(MEMBER).id());

    assert_eq!(revoke(&mut trust, subject, INTRODUCER), Ok(true));

    let introduced = issue(claims(MEMBER), INTRODUCER);
    let judged = trust.verify_certificate(&introduced, Some(&introducer()), at(WALL));
    assert_eq!(judged, Err(TrustError::Revoked));
    let by_root = issue(claims(MEMBER), ROOT);
    assert_eq!(trust.verify_certificate(&by_root, None, at(WALL)), Ok(()));
}

/// What it has issued has fallen too; its revocations would take the place of others'.
#[test]
fn an_introducer_whose_time_is_over_or_who_is_revoked_revokes_nobody() {
    let subject = Subject::member(key(MEMBER).id());
    for falls in [Subject::member(key(INTRODUCER).id()), Subject::Issuer(key(INTRODUCER).id())] {
        let mut trust = trust();
        assert_eq!(revoke(&mut trust, falls, ROOT), Ok(true));

        assert_eq!(revoke(&mut trust, subject, INTRODUCER), Err(TrustError::Revoked));
    }
    let introducer = issue(claims(INTRODUCER).introducer(Vec::new()).valid(0, WALL), ROOT);
    let late = Revocation::sign(&key(INTRODUCER), NETWORK, subject, WALL + 1000, Some(introducer));
    assert_eq!(trust().revoke(late.clone(), at(WALL + 300)), Err(TrustError::Expired));
    assert_eq!(trust().revoke(late, at(WALL + 299)), Ok(true));
}

#[test]
fn an_introducer_goes_on_revoking_when_others_fall() {
    let mut trust = trust();
    let other = issue(claims(7).introducer(Vec::new()), ROOT);
    let issuer = Subject::Issuer(key(INTRODUCER).id());
    let slander = Revocation::sign(&key(7), NETWORK, issuer, WALL + 1000, Some(other));
    assert_eq!(trust.revoke(slander, at(WALL)), Ok(true), "it concerns nobody");
    assert_eq!(revoke(&mut trust, Subject::Issuer(key(8).id()), ROOT), Ok(true));

    assert_eq!(revoke(&mut trust, Subject::member(key(MEMBER).id()), INTRODUCER), Ok(true));
}

#[test]
fn members_revoke_nobody() {
    let mut trust = trust();
    let subject = Subject::member(key(7).id());

    assert_eq!(revoke(&mut trust, subject, MEMBER), Err(TrustError::Issuer));
    let plain = issue(claims(MEMBER), ROOT);
    let forged = Revocation::sign(&key(MEMBER), NETWORK, subject, WALL + 1000, Some(plain));
    assert_eq!(trust.revoke(forged, at(WALL)), Err(TrustError::Issuer));
    let other = NetworkId::from_bytes([9; 16]);
    let foreign = Revocation::sign(&key(ROOT), other, subject, WALL + 1000, None);
    assert_eq!(trust.revoke(foreign, at(WALL)), Err(TrustError::Network));
    assert!(trust.revocations().is_empty());
}

#[test]
fn revocations_are_bounded_and_make_room_when_their_time_is_over() {
    let mut trust = trust();
    let revocation = |number: u64, until| {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.to_le_bytes());
        let subject = Subject::member(MemberId::from_bytes(id));
        Revocation::sign(&key(ROOT), NETWORK, subject, until, None)
    };
    for number in 0..1024 {
        assert_eq!(trust.revoke(revocation(number, WALL + 1000 + number), at(WALL)), Ok(true));
    }

    let late = revocation(9999, WALL + 9999);
    assert_eq!(trust.revoke(late.clone(), at(WALL)), Err(TrustError::Full));
    assert_eq!(revoke(&mut trust, Subject::member(key(7).id()), INTRODUCER), Err(TrustError::Full));
    assert_eq!(trust.revoke(late, at(WALL + 1300)), Ok(true));
    assert_eq!(trust.revocations().len(), 1024);
    let past = revocation(10_000, WALL + 1000);
    assert_eq!(trust.revoke(past, at(WALL + 1300)), Err(TrustError::Expired));
}

#[test]
fn introducers_cannot_fill_the_room_for_a_roots_revocations() {
    let mut trust = trust();
    let mut filled = Vec::new();
    for by in 20..30 {
        let introducer = issue(claims(by).introducer(Vec::new()), ROOT);
        let flood = (0..200).map(|number| {
            let subject = Subject::Member { member: key(MEMBER).id(), last_serial: number };
            let introducer = Some(introducer.clone());
            Revocation::sign(&key(by), NETWORK, subject, WALL + 1000, introducer)
        });
        let taken = flood.map(|revocation| trust.revoke(revocation, at(WALL)));
        filled.push(taken.take_while(|taken| *taken == Ok(true)).count());
    }

    assert_eq!(filled, [128, 128, 128, 128, 0, 0, 0, 0, 0, 0]);
    assert_eq!(revoke(&mut trust, Subject::Issuer(key(20).id()), ROOT), Ok(true));
}

#[test]
fn whoever_holds_the_network_key_certifies_itself() {
    let network = NetworkKey::from_bytes([5; 32]);
    let trust = Trust::from_network_key(&network).preshared_key(&PresharedKey::from_bytes([1; 32]));
    let tunnel = SecretKey::from_bytes([2; 32]).public_key();
    let claims = Claims::new(network.network(), key(MEMBER).id(), tunnel);

    let own = Certificate::issue(claims.clone(), &network.root()).unwrap();
    let stranger = Certificate::issue(claims, &NetworkKey::from_bytes([6; 32]).root()).unwrap();

    assert_eq!(trust.verify_certificate(&own, None, at(WALL)), Ok(()));
    assert_eq!(trust.verify_certificate(&stranger, None, at(WALL)), Err(TrustError::Issuer));
}
