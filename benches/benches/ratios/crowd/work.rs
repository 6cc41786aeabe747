//! What is done again and again with a device of many peers.

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::time::Duration;

use benches::seed::Seed;
use vpn_core::{CONTROL_LEN, Device, DeviceConfig, PeerConfig, PublicKey, SecretKey, Time, Unix};

use crate::tunnel::{FROM, packet};

/// How often a peer that is idle otherwise has something due.
pub(crate) const KEEPALIVE: Duration = Duration::from_secs(25);
/// Lookups in one run, of peers in random order.
pub(crate) const LOOKUPS: u32 = 256;

/// Finds the peers that packets go to.
pub(crate) fn route(peers: u32) -> impl FnMut() {
    let device = crowd(peers, |peer| peer);
    let packets = some(peers, |number| {
        let mut packet = packet(64);
        packet[16..20].copy_from_slice(&inner(number).octets());
        packet
    });
    move || {
        for packet in &packets {
            assert!(black_box(device.route(packet)).is_ok(), "a destination of a peer");
        }
    }
}

/// Finds the peers that data messages name. That each has begun a handshake alone, so that its index
/// is found and no session, spares the cipher.
pub(crate) fn index(peers: u32) -> impl FnMut() {
    let mut device = crowd(peers, |peer| peer.endpoint(FROM));
    let now = Time::default() + KEEPALIVE;
    let ids: Vec<_> = device.peers().collect();
    let indices: Vec<[u8; 4]> = ids
        .into_iter()
        .map(|peer| {
            device.initiate(now, peer).expect("a peer with an endpoint");
            let mut out = [0; CONTROL_LEN];
            let initiation = device.poll_transmit(now, &mut out).expect("an initiation").datagram;
            initiation[4..8].try_into().expect("the sender's index")
        })
        .collect();
    let mut datagrams = some(peers, |number| {
        let mut datagram = vec![0; 32];
        datagram[0] = 4;
        datagram[4..8].copy_from_slice(&indices[number as usize]);
        datagram
    });
    move || {
        for datagram in &mut datagrams {
            assert!(black_box(device.open(now, FROM, datagram)).is_err(), "there is no session");
        }
    }
}

/// Lives until the next deadline and acts on it.
pub(crate) fn deadline(peers: u32) -> impl FnMut() {
    let mut device = crowd(peers, |peer| peer.persistent_keepalive(KEEPALIVE));
    move || {
        let next = device.poll_timeout().expect("a keepalive");
        device.handle_timeout(next);
    }
}

/// A device with so many peers, added one after the other within 25 s, each with an address.
pub(crate) fn crowd(peers: u32, known: impl Fn(PeerConfig) -> PeerConfig) -> Device {
    let config = DeviceConfig::new(SecretKey::from_bytes([1; 32]));
    let wall = Unix { secs: 1_700_000_000, nanos: 0 };
    let seed = vpn_core::Seed::from_bytes([2; 32]);
    let mut device = Device::new(config, seed, Time::default(), wall);
    for number in 0..peers {
        let now = Time::default() + KEEPALIVE * number / peers;
        let mut key = [9; 32];
        key[..4].copy_from_slice(&number.to_le_bytes());
        let peer = known(PeerConfig::new(PublicKey::from_bytes(key)));
        let peer = device.add_peer(now, peer).expect("another peer");
        let net = format!("{}/32", inner(number)).parse().expect("a net");
        device.allow(peer, net).expect("a peer");
        // A keepalive is due at once; the next ones then follow one another as the peers do.
        device.handle_timeout(now);
    }
    device
}

/// The inner address of a peer.
fn inner(number: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(Ipv4Addr::new(10, 0, 0, 0).to_bits() + number)
}

/// One thing for each lookup, of peers in random order.
fn some<T>(peers: u32, make: impl Fn(u32) -> T) -> Vec<T> {
    let mut random = Seed::new(u64::from(peers));
    (0..LOOKUPS).map(|_| make(random.between(0, peers as usize - 1) as u32)).collect()
}
