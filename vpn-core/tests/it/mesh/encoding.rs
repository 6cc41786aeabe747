//! Each thing has one encoding; any other bytes are refused.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use proptest::prelude::*;
use vpn_core::ipnet::IpNet;
use vpn_core::mesh::{
    Certificate, Claims, ClaimsError, DecodeError, MemberId, Record, Revocation, Subject, Trust,
};

use super::{NETWORK, WALL, claims, key};

const ROOT: u8 = 200;
const INTRODUCER: u8 = 201;
const MEMBER: u8 = 202;

fn trust() -> Trust {
    Trust::from_roots(NETWORK, [key(ROOT).id()])
}

fn wall() -> Duration {
    Duration::from_secs(WALL)
}

fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![any::<[u8; 4]>().prop_map(IpAddr::from), any::<[u8; 16]>().prop_map(IpAddr::from),]
}

fn net() -> impl Strategy<Value = IpNet> {
    (address(), 0_u8..=128).prop_map(|(address, len)| {
        let longest = if address.is_ipv4() { 32 } else { 128 };
        IpNet::new(address, len.min(longest)).unwrap()
    })
}

fn any_claims() -> impl Strategy<Value = Claims> {
    let nets = || prop::collection::vec(net(), 0..=8);
    (any::<u64>(), 0..=WALL, WALL..u64::MAX, "[^\\pC]{0,8}", nets(), prop::option::of(nets()))
        .prop_map(|(serial, from, to, name, nets, introduces)| {
            let claims = claims(MEMBER).serial(serial).valid(from, to + 1).name(&name);
            let claims = nets.into_iter().fold(claims, Claims::net);
            match introduces {
                Some(nets) => claims.introducer(nets),
                None => claims,
            }
        })
}

fn certificate() -> impl Strategy<Value = Certificate> {
    any_claims().prop_map(|claims| Certificate::issue(claims, &key(ROOT)).unwrap())
}

/// The certificate of an introducer without limits, and one that it has issued.
fn introduced() -> (Certificate, Certificate) {
    let all = vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()];
    let introducer = claims(INTRODUCER).introducer(all);
    let member = claims(MEMBER).name("bücher").net("10.1.2.3/24".parse().unwrap());
    let member = member.net("2001:db8::7/128".parse().unwrap());
    (
        Certificate::issue(introducer, &key(ROOT)).unwrap(),
        Certificate::issue(member, &key(INTRODUCER)).unwrap(),
    )
}

fn record() -> impl Strategy<Value = Record> {
    let endpoint = (address(), any::<u16>()).prop_map(SocketAddr::from);
    let endpoints = prop::collection::vec(endpoint, 0..12);
    (certificate(), endpoints, any::<u64>(), any::<[bool; 2]>()).prop_map(
        |(certificate, endpoints, sequence, [introduced, leaving])| {
            let (certificate, introducer) = if introduced {
                let (introducer, certificate) = self::introduced();
                (certificate, Some(introducer))
            } else {
                (certificate, None)
            };
            if leaving {
                Record::farewell(&key(MEMBER), sequence, certificate, introducer)
            } else {
                Record::sign(&key(MEMBER), sequence, &endpoints, certificate, introducer)
            }
        },
    )
}

fn revocation() -> impl Strategy<Value = Revocation> {
    (any::<[u8; 32]>(), any::<u64>(), any::<[bool; 2]>(), WALL + 301..).prop_map(
        |(id, last_serial, [of_issuer, introduced], until)| {
            let id = MemberId::from_bytes(id);
            let subject = if of_issuer {
                Subject::Issuer(id)
            } else {
                Subject::Member { member: id, last_serial }
            };
            let (signer, introducer) =
                if introduced { (INTRODUCER, Some(self::introduced().0)) } else { (ROOT, None) };
            Revocation::sign(&key(signer), NETWORK, subject, until, introducer)
        },
    )
}

/// Every prefix, every byte changed and every byte added is refused by `accepts`.
fn refuses_all_others(bytes: &[u8], change: u8, accepts: impl Fn(&[u8]) -> bool) {
    assert!(accepts(bytes), "the right one");
    for at in 0..bytes.len() {
        let mut forged = bytes.to_vec();
        forged[at] ^= change;
        assert!(!accepts(&forged), "byte {at} ^ {change}");
        assert!(!accepts(&bytes[..at]), "{at} bytes");
    }
    let mut longer = bytes.to_vec();
    longer.push(change);
    assert!(!accepts(&longer), "one byte more");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_encoded_is_decoded(
        certificate in certificate(),
        record in record(),
        revocation in revocation(),
    ) {
        prop_assert!(certificate.to_bytes().len() <= 525);
        prop_assert!(record.to_bytes().len() <= 1133);
        prop_assert!(revocation.to_bytes().len() <= 688);
        prop_assert_eq!(Certificate::decode(&certificate.to_bytes()), Ok(certificate));
        prop_assert_eq!(Record::decode(&record.to_bytes()), Ok(record));
        prop_assert_eq!(Revocation::decode(&revocation.to_bytes()), Ok(revocation));
    }

    #[test]
    fn what_is_decoded_is_encoded_the_same(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(certificate) = Certificate::decode(&bytes) {
            prop_assert_eq!(certificate.to_bytes(), &bytes[..]);
        }
        if let Ok(record) = Record::decode(&bytes) {
            prop_assert_eq!(record.to_bytes(), &bytes[..]);
        }
        if let Ok(revocation) = Revocation::decode(&bytes) {
            prop_assert_eq!(revocation.to_bytes(), bytes);
        }
    }
}

proptest! {
    // Each case verifies some hundreds of signatures.
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn any_change_is_refused(
        record in record(),
        revocation in revocation(),
        change in 1_u8..,
    ) {
        let trust = trust();
        if trust.verify(&record, wall()).is_ok() {
            refuses_all_others(&record.to_bytes(), change, |bytes| {
                Record::decode(bytes).is_ok_and(|record| trust.verify(&record, wall()).is_ok())
            });
        }
        refuses_all_others(&revocation.to_bytes(), change, |bytes| {
            Revocation::decode(bytes)
                .is_ok_and(|revocation| trust.clone().revoke(revocation, wall()).is_ok())
        });
    }
}

#[test]
fn any_change_of_an_introduced_record_is_refused() {
    let (introducer, certificate) = introduced();
    let endpoints = ["192.0.2.1:51820".parse().unwrap(), "[2001:db8::1]:4242".parse().unwrap()];
    let record = Record::sign(&key(MEMBER), 7, &endpoints, certificate, Some(introducer));
    let trust = trust();

    refuses_all_others(&record.to_bytes(), 1, |bytes| {
        Record::decode(bytes).is_ok_and(|record| trust.verify(&record, wall()).is_ok())
    });
}

#[test]
fn the_longest_are_as_long_as_is_said() {
    let nets = || (0..8_u16).map(|net| format!("2001:db8:{net}::/48").parse::<IpNet>().unwrap());
    let full = |member: u8| nets().fold(claims(member).name(&"ä".repeat(16)), Claims::net);
    let introducer = full(INTRODUCER).introducer(nets().collect());
    let introducer = Certificate::issue(introducer, &key(ROOT)).unwrap();
    let certificate = Certificate::issue(full(MEMBER), &key(INTRODUCER)).unwrap();
    let endpoints = (1..=9).map(|port| SocketAddr::from(([0x20, 1, 0, 0, 0, 0, 0, 1], port)));
    let endpoints: Vec<_> = endpoints.collect();
    let (by, subject) = (Some(introducer.clone()), Subject::member(key(MEMBER).id()));

    let record = Record::sign(&key(MEMBER), 1, &endpoints, certificate, by.clone());
    let revocation = Revocation::sign(&key(INTRODUCER), NETWORK, subject, WALL + 1000, by);
    let by_root = Revocation::sign(&key(ROOT), NETWORK, subject, WALL + 1000, None);

    assert_eq!((introducer.to_bytes().len(), record.to_bytes().len()), (525, 1133));
    assert_eq!((revocation.to_bytes().len(), by_root.to_bytes().len()), (688, 163));
    assert_eq!(trust().verify(&record, wall()), Ok(()));
    assert_eq!(Record::decode(&record.to_bytes()), Ok(record));
    assert_eq!(Revocation::decode(&revocation.to_bytes()), Ok(revocation));
}

#[test]
fn claims_that_cannot_be_encoded_are_refused() {
    let issue = |claims| Certificate::issue(claims, &key(ROOT)).err();
    let nets = (0..9).map(|i| format!("10.0.{i}.0/24").parse().unwrap());

    assert_eq!(issue(claims(1).name(&"ä".repeat(16))), None);
    assert_eq!(issue(claims(1).name(&"a".repeat(33))), Some(ClaimsError::NameLength(33)));
    assert_eq!(issue(claims(1).name("a\nb")), Some(ClaimsError::NameControl));
    assert_eq!(issue(claims(1).valid(2, 1)), Some(ClaimsError::Validity));
    assert_eq!(issue(claims(1).introducer(nets.collect())), Some(ClaimsError::TooManyNets(9)));
}

/// Offsets restated from the layout: length of the name at 105, then nets, then the introducer's flag.
#[test]
fn deviations_are_named() {
    let net = |text: &str| text.parse::<IpNet>().unwrap();
    let claims = claims(1).name("ab").net(net("10.0.0.0/8")).net(net("10.1.0.0/16"));
    let bytes = Certificate::issue(claims, &key(ROOT)).unwrap().to_bytes();
    let decode = |at: usize, value: u8| {
        let mut bytes = bytes.clone();
        bytes[at] = value;
        Certificate::decode(&bytes).err()
    };

    assert_eq!(&bytes[105..121], &[2, b'a', b'b', 2, 4, 10, 0, 0, 0, 8, 4, 10, 1, 0, 0, 16]);
    assert_eq!(decode(0, 2), Some(DecodeError::Version(2)));
    assert_eq!(decode(105, 33), Some(DecodeError::TooMany(33)));
    assert_eq!(decode(106, 0xff), Some(DecodeError::Name));
    assert_eq!(decode(107, 0x7f), Some(DecodeError::Name));
    assert_eq!(decode(108, 9), Some(DecodeError::TooMany(9)));
    assert_eq!(decode(109, 5), Some(DecodeError::Unknown(5)));
    assert_eq!(decode(113, 1), Some(DecodeError::Net));
    assert_eq!(decode(114, 33), Some(DecodeError::Net));
    assert_eq!(decode(116, 9), Some(DecodeError::Net));
    assert_eq!(decode(121, 2), Some(DecodeError::Unknown(2)));
    assert_eq!(Certificate::decode(&bytes[..217]), Err(DecodeError::Truncated));
}

/// The end is at 97, behind the beginning.
#[test]
fn a_certificate_may_hold_for_no_time_but_not_for_less() {
    let certificate = Certificate::issue(claims(1).valid(7, 7), &key(ROOT)).unwrap();
    let mut bytes = certificate.to_bytes();

    assert_eq!(Certificate::decode(&bytes), Ok(certificate));
    bytes[97] = 6;
    assert_eq!(Certificate::decode(&bytes), Err(DecodeError::Validity));
}

#[test]
fn endpoints_that_name_no_single_host_are_neither_told_nor_read() {
    let certificate = Certificate::issue(claims(1), &key(ROOT)).unwrap();
    let odd =
        ["0.0.0.0:1", "255.255.255.255:1", "224.0.0.1:1", "192.0.2.1:0", "[::]:1", "[ff02::1]:1"];
    let odd = odd.map(|text| text.parse().unwrap());
    let mapped: SocketAddr = "[::ffff:192.0.2.1]:7".parse().unwrap();
    let record = Record::sign(&key(1), 1, &[&odd[..], &[mapped]].concat(), certificate, None);
    let mut bytes = record.to_bytes();

    assert_eq!(record.endpoints(), &["192.0.2.1:7".parse().unwrap()]);
    assert_eq!(bytes[10..18], [1, 4, 192, 0, 2, 1, 7, 0]);
    bytes[16] = 0;
    assert_eq!(Record::decode(&bytes), Err(DecodeError::Endpoint));
}
