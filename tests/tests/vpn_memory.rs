//! What a device of vpn-core allocates: little for a peer, nothing for a packet, nothing for an
//! attacker.
//!
//! The allocator counts for the whole process, and the test harness allocates too; so there is one
//! test in this binary, and it stays that way.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail by panicking")]

use std::alloc::System;
use std::net::SocketAddr;
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use vpn_core::{
    CONTROL_LEN, Device, DeviceConfig, Discard, HEADROOM, Inbound, LoadPolicy, Outbound,
    PeerConfig, PeerId, SecretKey, Seed, Time, Unix,
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const PEERS: u32 = 256;
const PACKETS: u32 = 1_000_000;
const WRONG_MAC1: u32 = 1_000_000;
const RIGHT_MAC1: u32 = 20_000;

fn device(number: u32) -> Device {
    let mut bytes = [7; 32];
    bytes[8..12].copy_from_slice(&number.to_le_bytes());
    let config = DeviceConfig::new(SecretKey::from_bytes(bytes)).load(LoadPolicy::Caller);
    let wall = Unix { secs: 1_800_000_000, nanos: 0 };
    Device::new(config, Seed::from_bytes(bytes), Time::default(), wall)
}

fn address(number: u32) -> SocketAddr {
    SocketAddr::from((number.to_be_bytes(), 51820))
}

/// What was asked of the allocator.
#[derive(Default)]
struct Count {
    calls: usize,
    /// Bytes taken and not given back.
    left: i64,
}

impl Count {
    /// Runs `work` and adds what it has asked for.
    fn during<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let region = Region::new(ALLOCATOR);
        let result = work();
        let change = region.change();
        self.calls += change.allocations + change.reallocations;
        self.left += i64::try_from(change.bytes_allocated).unwrap();
        self.left -= i64::try_from(change.bytes_deallocated).unwrap();
        result
    }
}

/// A hub with many peers, each in a session with it; and what the hub has allocated for each.
fn hub(now: Time) -> (Device, Vec<(Device, PeerId)>, [i64; 2]) {
    let mut hub = device(0);
    let (mut idle, mut up) = (Count::default(), Count::default());
    let mut peers: Vec<_> = (1..=PEERS)
        .map(|number| {
            let spoke = device(number);
            let config = PeerConfig::new(spoke.public_key()).endpoint(address(number));
            let net = format!("10.0.{}.{}/32", number >> 8, number & 255).parse().unwrap();
            idle.during(|| {
                let peer = hub.add_peer(now, config).unwrap();
                hub.allow(peer, net).unwrap();
                (spoke, peer)
            })
        })
        .collect();
    for (number, (spoke, peer)) in (1..).zip(&mut peers) {
        let to_hub = PeerConfig::new(hub.public_key()).endpoint(address(0));
        let to_hub = spoke.add_peer(now, to_hub).unwrap();
        spoke.allow(to_hub, "0.0.0.0/0".parse().unwrap()).unwrap();
        let mut out = [0; CONTROL_LEN];
        spoke.initiate(now, to_hub).unwrap();
        let initiation = spoke.poll_transmit(now, &mut out).unwrap();
        let mut answer = [0; CONTROL_LEN];
        let response = up.during(|| {
            hub.open(now, address(number), initiation.datagram).unwrap();
            hub.poll_transmit(now, &mut answer).unwrap()
        });
        spoke.open(now, address(0), response.datagram).unwrap();
        let confirmation = spoke.poll_transmit(now, &mut out).unwrap();
        up.during(|| hub.open(now, address(number), confirmation.datagram).map(drop)).unwrap();
        assert_eq!(hub.is_up(*peer), Ok(true));
    }
    while hub.poll_event().is_some() {}
    let each = [idle, up].map(|count| count.left / i64::from(PEERS));
    (hub, peers, each)
}

#[test]
fn memory_is_what_it_should_be() {
    // The runner's own thread may still allocate when a test begins, and all threads are counted.
    std::thread::sleep(Duration::from_millis(200));

    let now = Time::default();
    let (mut hub, mut peers, [idle, up]) = hub(now);
    println!("a peer takes {idle} bytes, {up} more with a session");
    assert!(idle <= 2048, "{idle} bytes for a peer without a session");
    assert!(idle + up <= 5120, "{} bytes for a peer with a session", idle + up);

    // Packets, and the passing of time.
    let (spoke, peer) = &mut peers[0];
    let mut packet = [0; 64];
    packet[..4].copy_from_slice(&[0x45, 0, 0, 64]);
    packet[12..20].copy_from_slice(&[10, 0, 0, 1, 10, 9, 9, 9]);
    let mut count = Count::default();
    let tick = Duration::from_secs(100) / PACKETS;
    count.during(|| {
        let mut now = now;
        for _ in 0..PACKETS {
            let mut buf = [0; HEADROOM + 64 + 32];
            buf[HEADROOM..HEADROOM + 64].copy_from_slice(&packet);
            let sealed = spoke.seal(now, &mut buf, HEADROOM..HEADROOM + 64).unwrap();
            let Outbound::Send(sent) = sealed else { unreachable!("a session") };
            let opened = hub.open(now, address(1), sent.datagram);
            assert!(matches!(opened, Ok(Inbound::Packet { peer: from, .. }) if from == *peer));
            now = now + tick;
            hub.handle_timeout(now);
            let mut out = [0; CONTROL_LEN];
            while let Some(keepalive) = hub.poll_transmit(now, &mut out) {
                let _ = spoke.open(now, address(0), keepalive.datagram);
            }
        }
    });
    assert_eq!(count.calls, 0, "for {PACKETS} packets");

    // Forged initiations: with a wrong mac1, then with a right one.
    let mut stranger = device(PEERS + 1);
    let to_hub = PeerConfig::new(hub.public_key()).endpoint(address(0));
    let to_hub = stranger.add_peer(now, to_hub).unwrap();
    stranger.initiate(now, to_hub).unwrap();
    let mut out = [0; CONTROL_LEN];
    stranger.poll_transmit(now, &mut out).unwrap();
    let state = |hub: &Device| {
        let peers: Vec<_> = peers.iter().map(|(_, id)| hub.status(*id)).collect();
        (hub.poll_timeout(), peers)
    };
    let before = state(&hub);
    let mut count = Count::default();
    count.during(|| {
        for number in 0..WRONG_MAC1 {
            let mut forged = out;
            forged[8..12].copy_from_slice(&number.to_le_bytes());
            forged[116] ^= 1;
            let result = hub.open(now, address(number), &mut forged);
            assert_eq!(result, Err(Discard::BadMac1));
        }
        // The same initiation is genuine of its kind each time: its sender is just nobody here.
        for number in 0..RIGHT_MAC1 {
            let mut copy = out;
            let result = hub.open(now, address(number), &mut copy);
            assert_eq!(result, Err(Discard::UnknownPeer));
        }
        hub.set_under_load(true);
        for number in 0..RIGHT_MAC1 {
            let mut copy = out;
            let result = hub.open(now, address(number), &mut copy);
            assert_eq!(result, Err(Discard::UnderLoad));
        }
    });
    let mut answers = 0;
    while hub.poll_transmit(now, &mut out).is_some() {
        answers += 1;
    }
    while hub.poll_event().is_some() {}
    assert_eq!(count.calls, 0, "for the attacker");
    assert_eq!(answers, 64, "cookie replies that wait are bounded");
    assert_eq!(state(&hub), before);
}
