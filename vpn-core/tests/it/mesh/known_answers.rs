//! Bytes computed by another program, in Python: Ed25519 and X25519 written after the pseudocode of
//! RFC 8032 and RFC 7748, BLAKE2s and HMAC from its standard library, layouts and labels from
//! MESH.md.

use vpn_core::SecretKey;
use vpn_core::mesh::{Certificate, Claims, NetworkKey, Record, Revocation, SigningKey, Subject};

const TEXT: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8Hx8wj";
const NETWORK: &str = "035e2701ba1a06f0689becd0b78c053e";
const ROOT: &str = "a9c3afedd0a2f35464033ffb96c3b73e6d896bf6730270e6d5f68a97ba7a048a";
const ADDRESS: &str = "fdfb:d193:9509:bebd:4226:1ff9:5a23:aabf";
const CERTIFICATE: &str = "01035e2701ba1a06f0689becd0b78c053e8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f\
     5b8fc9b3945dfedd3b6bd47f6fa28ee15d969d5bb0ea53774d488bdaf9df1c6e0124b3ef2207000000000000\
     00e803000000000000d007000000000000036f6e6501040a0700001000a9c3afedd0a2f35464033ffb96c3b7\
     3e6d896bf6730270e6d5f68a97ba7a048a9ec3b9186cd42d901bd92f152137dc5711ac574a26d42019cdd901\
     1664b1c02844b7e6c25eaea8438c6e7c8a0fa7e1e11089df368c7e3a844c49a2426d656e0e";
/// Goes before the certificate.
const RECORD_HEAD: &str =
    "010900000000000000000204c00002016cca0620010db80000000000000000000000010700";
/// Goes behind the certificate.
const RECORD_FOOT: &str = "00f2f7f14c16da11bf0ab2a632e5f7deb88ad00544f6d5ff3120ef33e4be78dab0adfa120841f208c9cb8cc0\
     137b969e6d2f96961b14b3488170d457a31343770a";
const REVOCATION: &str = "01035e2701ba1a06f0689becd0b78c053e018139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df6\
     0f5b8fc9b3940700000000000000b80b000000000000a9c3afedd0a2f35464033ffb96c3b73e6d896bf67302\
     70e6d5f68a97ba7a048a00fcac5547f1acfd28d8d68564751fb1b202183dce206a9318517e73598614dbf13d\
     5771e41f38718b2c0b4c914d5ecf77c3ac89c5faf4e3b00d608ee241fe0d06";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn network_key() -> NetworkKey {
    NetworkKey::from_bytes(std::array::from_fn(|i| i as u8))
}

fn member() -> SigningKey {
    SigningKey::from_bytes([2; 32])
}

fn certificate() -> Certificate {
    let network = network_key();
    let tunnel = SecretKey::from_bytes([3; 32]).public_key();
    let claims = Claims::new(network.network(), member().id(), tunnel)
        .serial(7)
        .valid(1000, 2000)
        .name("one")
        .net("10.7.0.0/16".parse().unwrap());
    Certificate::issue(claims, &network.root()).unwrap()
}

#[test]
fn what_is_derived_from_a_network_key() {
    let key = network_key();

    assert_eq!(key.to_text(), TEXT);
    assert_eq!(key.network().to_string(), NETWORK);
    assert_eq!(key.root().id().to_string(), ROOT);
    assert_eq!(key.network().derived_address(&member().id()).to_string(), ADDRESS);
}

#[test]
fn a_certificate() {
    assert_eq!(hex(&certificate().to_bytes()), CERTIFICATE);
}

#[test]
fn a_record() {
    let endpoints = ["192.0.2.1:51820".parse().unwrap(), "[2001:db8::1]:7".parse().unwrap()];

    let record = Record::sign(&member(), 9, &endpoints, certificate(), None);

    assert_eq!(hex(&record.to_bytes()), [RECORD_HEAD, CERTIFICATE, RECORD_FOOT].concat());
}

#[test]
fn a_revocation() {
    let network = network_key();
    let subject = Subject::Member { member: member().id(), last_serial: 7 };

    let revocation = Revocation::sign(&network.root(), network.network(), subject, 3000, None);

    assert_eq!(hex(&revocation.to_bytes()), REVOCATION);
}
