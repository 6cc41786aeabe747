//! Devices whose secrets are concealed, in everything that they do with them.

use std::hint::black_box;
use std::net::SocketAddr;
use std::time::Duration;

use vpn_core::{
    CONTROL_LEN, Device, DeviceConfig, Discard, HEADROOM, Inbound, Outbound, PeerConfig, PeerId,
    PresharedKey, SecretKey, Seed, TAILROOM, Time, Unix,
};

use crate::valgrind::{conceal, reveal};

const NOW: Time = Time::from_nanos(0);

/// Whose secrets are concealed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrets {
    Concealed,
    Known,
}

const SUBJECT: u8 = 1;
const OTHER: u8 = 2;
const STRANGER: u8 = 3;

fn address(who: u8) -> SocketAddr {
    ([192, 0, 2, who], 51820).into()
}

/// A device and its only peer.
fn device(who: u8, peer: u8, psk: u8, secrets: Secrets) -> (Device, PeerId) {
    let (mut secret, mut psk) = ([who; 32], [psk; 32]);
    if secrets == Secrets::Concealed {
        conceal(&mut secret);
        conceal(&mut psk);
    }
    let wall = Unix { secs: 1_800_000_000, nanos: 0 };
    let config = DeviceConfig::new(SecretKey::from_bytes(secret));
    let mut device = Device::new(config, Seed::from_bytes([who; 32]), NOW, wall);
    let key = SecretKey::from_bytes([peer; 32]).public_key();
    let config =
        PeerConfig::new(key).preshared_key(PresharedKey::from_bytes(psk)).endpoint(address(peer));
    let peer_id = device.add_peer(NOW, config).unwrap();
    device.allow(peer_id, format!("10.0.0.{peer}/32").parse().unwrap()).unwrap();
    (device, peer_id)
}

fn subject() -> (Device, PeerId) {
    device(SUBJECT, OTHER, 9, Secrets::Concealed)
}

fn other() -> (Device, PeerId) {
    device(OTHER, SUBJECT, 9, Secrets::Known)
}

/// What a device sends by itself; from then on everyone may know it.
fn poll(device: &mut Device) -> Vec<u8> {
    let mut out = [0; CONTROL_LEN];
    let datagram = device.poll_transmit(NOW, &mut out).unwrap().datagram.to_vec();
    reveal(datagram.as_slice());
    datagram
}

fn initiation(device: &mut Device, peer: PeerId) -> Vec<u8> {
    device.initiate(NOW, peer).unwrap();
    poll(device)
}

/// What became of a datagram; that is for everyone to see.
fn open(device: &mut Device, datagram: &[u8]) -> Result<Option<Vec<u8>>, Discard> {
    let mut datagram = datagram.to_vec();
    let result = match device.open(NOW, address(OTHER), &mut datagram) {
        Ok(Inbound::Packet { packet, .. }) => {
            // Its place and its length first.
            let packet: &[u8] = packet;
            reveal(&packet);
            reveal(packet);
            Ok(Some(packet.to_vec()))
        }
        Ok(Inbound::Keepalive(_) | Inbound::Control) => Ok(None),
        Err(discard) => Err(discard),
    };
    reveal(&result);
    result
}

fn packet(from: u8, to: u8) -> [u8; 64] {
    let mut packet = [0x5a; 64];
    packet[..20].fill(0);
    (packet[0], packet[3]) = (0x45, 64);
    packet[12..20].copy_from_slice(&[10, 0, 0, from, 10, 0, 0, to]);
    packet
}

fn seal(device: &mut Device, packet: &[u8]) -> Vec<u8> {
    let mut buf = [0; HEADROOM + 64 + TAILROOM];
    buf[HEADROOM..HEADROOM + 64].copy_from_slice(packet);
    let Outbound::Send(message) = device.seal(NOW, &mut buf, HEADROOM..HEADROOM + 64).unwrap()
    else {
        unreachable!("there is a session")
    };
    let datagram = message.datagram.to_vec();
    reveal(datagram.as_slice());
    datagram
}

/// Packets both ways, and one whose tag is wrong.
fn exchange(subject: &mut Device, other: &mut Device) {
    let mut datagram = seal(other, &packet(OTHER, SUBJECT));
    let got = open(subject, &datagram).unwrap().unwrap();
    assert_eq!(got, packet(OTHER, SUBJECT));
    datagram[8] += 1;
    conceal(&mut datagram[16..]);
    assert_eq!(open(subject, &datagram), Err(Discard::BadTag));

    let datagram = seal(subject, &packet(SUBJECT, OTHER));
    assert_eq!(open(other, &datagram).unwrap().unwrap(), packet(SUBJECT, OTHER));
}

/// Answers a handshake, and exchanges packets.
pub(crate) fn answers() {
    let (mut subject, _) = subject();
    let (mut other, to_subject) = other();

    let mut datagram = initiation(&mut other, to_subject);
    let macs = datagram.len() - 32;
    conceal(&mut datagram[macs..]);
    assert_eq!(open(&mut subject, &datagram), Ok(None));
    assert_eq!(open(&mut subject, &datagram), Err(Discard::StaleTimestamp));
    let response = poll(&mut subject);
    assert_eq!(open(&mut other, &response), Ok(None));
    let keepalive = poll(&mut other);
    assert_eq!(open(&mut subject, &keepalive), Ok(None));
    exchange(&mut subject, &mut other);
}

/// Begins a handshake, and exchanges packets.
pub(crate) fn begins() {
    let (mut subject, to_other) = subject();
    let (mut other, _) = other();

    let datagram = initiation(&mut subject, to_other);
    assert_eq!(open(&mut other, &datagram), Ok(None));
    let mut response = poll(&mut other);
    let macs = response.len() - 32;
    conceal(&mut response[macs..]);
    assert_eq!(open(&mut subject, &response), Ok(None));
    let keepalive = poll(&mut subject);
    assert_eq!(open(&mut other, &keepalive), Ok(None));
    exchange(&mut subject, &mut other);
}

/// Handshake messages that are refused: by mac1, by the key they name, by what they are sealed
/// under, by the preshared key.
pub(crate) fn refuses() {
    let (mut subject, to_other) = subject();
    let (mut stranger, to_subject) = device(STRANGER, SUBJECT, 9, Secrets::Known);
    let datagram = initiation(&mut stranger, to_subject);
    assert_eq!(open(&mut subject, &datagram), Err(Discard::UnknownPeer));
    let mut forged = datagram;
    let macs = forged.len() - 32;
    forged[macs] ^= 1;
    conceal(&mut forged[macs..]);
    assert_eq!(open(&mut subject, &forged), Err(Discard::BadMac1));

    let (mut other, _) = device(OTHER, SUBJECT, 8, Secrets::Known);
    let datagram = initiation(&mut subject, to_other);
    assert_eq!(open(&mut other, &datagram), Ok(None));
    let response = poll(&mut other);
    assert_eq!(open(&mut subject, &response), Err(Discard::BadTag));
}

/// Cookies are asked for, given, shown and compared.
pub(crate) fn is_under_load() {
    let (mut subject, _) = subject();
    let (mut other, to_subject) = other();
    subject.set_under_load(true);

    let first = initiation(&mut other, to_subject);
    assert_eq!(open(&mut subject, &first), Err(Discard::UnderLoad));
    let cookie = poll(&mut subject);
    assert_eq!(open(&mut other, &cookie), Ok(None));

    let later = NOW + Duration::from_secs(6);
    other.handle_timeout(later);
    let mut out = [0; CONTROL_LEN];
    let mut second = other.poll_transmit(later, &mut out).unwrap().datagram.to_vec();
    let macs = second.len() - 32;
    assert_ne!(second[macs + 16..], [0; 16]);
    let mut forged = second.clone();
    forged[macs + 31] ^= 1;
    for datagram in [&mut forged, &mut second] {
        conceal(&mut datagram[macs..]);
    }
    assert_eq!(open(&mut subject, &forged), Err(Discard::UnderLoad));
    assert_eq!(open(&mut subject, &second), Ok(None));
}

/// The negative control: a comparison that ends at the first difference.
pub(crate) fn leaks_by_branching() {
    let mut secret = [7; 16];
    conceal(&mut secret);

    let equal = black_box(secret).iter().zip(&black_box([8; 16])).all(|(a, b)| a == b);

    reveal(&equal);
    assert!(!equal);
}

/// The other negative control: a table that is read where a secret says.
pub(crate) fn leaks_by_indexing() {
    let mut secret = 7_u8;
    conceal(&mut secret);

    let found = black_box([5; 256])[usize::from(black_box(secret))];

    reveal(&found);
    assert_eq!(found, 5);
}
