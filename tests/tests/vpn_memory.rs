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
    CONTROL_LEN, Device, DeviceConfig, Discard, Drops, Event, HEADROOM, Inbound, LoadPolicy,
    Outbound, PeerConfig, PeerId, PeerStatus, SecretKey, Seed, TAILROOM, Time, Unix,
};
use wireguard_sans_io::crypto::blake2s;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const PACKETS: u32 = 1_000_000;
const WRONG_MAC1: u32 = 1_000_000;
const RIGHT_MAC1: u32 = 20_000;

#[test]
fn memory_is_what_it_should_be() {
    // The runner's own thread may still allocate when a test begins, and all threads are counted.
    std::thread::sleep(Duration::from_millis(200));

    let hub = Hub::new(256);
    let [idle, up] = hub.each;
    println!("a peer takes {idle} bytes, {up} more with a session");
    assert!(idle <= 2048, "{idle} bytes for a peer without a session");
    assert!(idle + up <= 5120, "{} bytes for a peer with a session", idle + up);

    packets_and_the_passing_of_time_allocate_nothing(hub);
    forged_initiations_change_no_peer_and_grow_nothing();
}

fn packets_and_the_passing_of_time_allocate_nothing(mut hub: Hub) {
    let Hub { device, spokes, now, .. } = &mut hub;
    let Spoke { device: spoke, peer, .. } = &mut spokes[0];
    let tick = Duration::from_secs(100) / PACKETS;
    let mut out = [0; CONTROL_LEN];

    let mut count = Count::default();
    count.during(|| {
        for _ in 0..PACKETS {
            let mut buf = buffer(1, 0);
            let sealed = spoke.seal(*now, &mut buf, HEADROOM..HEADROOM + 64).unwrap();
            let Outbound::Send(sent) = sealed else { unreachable!("a session") };
            let opened = device.open(*now, address(1), sent.datagram);
            assert!(matches!(opened, Ok(Inbound::Packet { peer: from, .. }) if from == *peer));
            *now = *now + tick;
            device.handle_timeout(*now);
            while let Some(keepalive) = device.poll_transmit(*now, &mut out) {
                let _ = spoke.open(*now, address(0), keepalive.datagram);
            }
        }
    });
    assert_eq!(count.calls, 0, "for {PACKETS} packets");

    // Sessions reach their greatest age, and later all keys are wiped.
    let mut down = 0;
    count.during(|| {
        for _ in 0..60_000 {
            *now = *now + Duration::from_millis(10);
            device.handle_timeout(*now);
            while device.poll_transmit(*now, &mut out).is_some() {}
            while let Some(event) = device.poll_event() {
                down += usize::from(matches!(event, Event::Down(_)));
            }
        }
    });
    assert_eq!(count.calls, 0, "for the passing of time");
    assert_eq!(down, spokes.len());
    assert_eq!(device.poll_timeout(), None);
}

/// The attacker knows the device's public key and has seen every handshake.
fn forged_initiations_change_no_peer_and_grow_nothing() {
    let [mut attacked, mut spared] = [Hub::new(16), Hub::new(16)];
    let mac1_key = blake2s::hash(&[b"mac1----", attacked.device.public_key().as_bytes()]);
    let stamped = |message: &[u8; CONTROL_LEN], sender: u32| {
        let mut message = *message;
        message[4..8].copy_from_slice(&sender.to_le_bytes());
        let mac1 = blake2s::mac(&mac1_key, &[&message[..116]]);
        message[116..132].copy_from_slice(&mac1);
        message
    };
    let replayed = attacked.spokes[0].initiation;
    let [mut of_nobody, mut of_no_time] = [replayed; 2];
    of_nobody[40] ^= 1;
    of_no_time[88] ^= 1;
    let forgeries = [
        (attacked.initiation_of_a_stranger(), Discard::UnknownPeer),
        (replayed, Discard::StaleTimestamp),
        (of_nobody, Discard::BadTag),
        (of_no_time, Discard::BadTag),
    ];
    let before = attacked.state();

    let mut count = Count::default();
    count.during(|| {
        for number in 0..WRONG_MAC1 {
            let mut forged = forgeries[number as usize % 4].0;
            forged[8..12].copy_from_slice(&number.to_le_bytes());
            forged[116 + number as usize % 16] ^= 1;
            assert_eq!(attacked.open(address(number), forged), Err(Discard::BadMac1));
        }
        for number in 0..RIGHT_MAC1 {
            let (forged, discard) = &forgeries[number as usize % 4];
            let result = attacked.open(address(number), stamped(forged, number));
            assert_eq!(result, Err(*discard));
        }
    });
    assert_eq!((count.calls, count.left), (0, 0), "for the attacker");
    let told = std::iter::from_fn(|| attacked.device.poll_event()).collect::<Vec<_>>();
    assert!(matches!(told[..], [Event::UnknownInitiator(_)]), "{told:?}");
    assert_eq!(attacked.state(), before);
    // Not even its random source has moved: it goes on byte for byte as if nothing had been.
    assert!(attacked.live() == spared.live());

    attacked.device.set_under_load(true);
    let before = attacked.state();
    count.during(|| {
        for number in 0..RIGHT_MAC1 {
            let forged = stamped(&forgeries[number as usize % 4].0, number);
            assert_eq!(attacked.open(address(number), forged), Err(Discard::UnderLoad));
        }
    });
    assert_eq!((count.calls, count.left), (0, 0), "for the attacker under load");
    assert_eq!(attacked.state().1, before.1);
    let (now, mut out) = (attacked.now, [0; CONTROL_LEN]);
    let replies = std::iter::from_fn(|| attacked.device.poll_transmit(now, &mut out).map(drop));
    assert_eq!(replies.count(), 64, "cookie replies that wait are bounded");
    assert_eq!(attacked.state(), before);
}

/// A device with many peers, each in a session with it.
struct Hub {
    device: Device,
    spokes: Vec<Spoke>,
    now: Time,
    /// What the device has allocated for a peer: without a session, and more with one.
    each: [i64; 2],
}

struct Spoke {
    device: Device,
    /// Names it at the hub.
    peer: PeerId,
    /// Names the hub.
    hub: PeerId,
    /// The initiation that the session came from.
    initiation: [u8; CONTROL_LEN],
}

impl Hub {
    /// The same every time, down to the last byte.
    fn new(peers: u32) -> Self {
        let now = Time::default();
        let mut device = new_device(0);
        let (mut idle, mut up) = (Count::default(), Count::default());
        let mut spokes: Vec<_> = (1..=peers)
            .map(|number| {
                let mut spoke = new_device(number);
                let to_hub = PeerConfig::new(device.public_key()).endpoint(address(0));
                let hub = spoke.add_peer(now, to_hub).unwrap();
                spoke.allow(hub, "0.0.0.0/0".parse().unwrap()).unwrap();
                let to_spoke = PeerConfig::new(spoke.public_key()).endpoint(address(number));
                let net = format!("10.0.{}.{}/32", number >> 8, number & 255).parse().unwrap();
                let peer = idle.during(|| {
                    let peer = device.add_peer(now, to_spoke).unwrap();
                    device.allow(peer, net).unwrap();
                    peer
                });
                Spoke { device: spoke, peer, hub, initiation: [0; CONTROL_LEN] }
            })
            .collect();
        for (number, spoke) in (1..).zip(&mut spokes) {
            let mut out = [0; CONTROL_LEN];
            spoke.device.initiate(now, spoke.hub).unwrap();
            let _ = spoke.device.poll_transmit(now, &mut spoke.initiation).unwrap();
            let response = up.during(|| {
                device.open(now, address(number), &mut spoke.initiation.clone()).unwrap();
                device.poll_transmit(now, &mut out).unwrap()
            });
            spoke.device.open(now, address(0), response.datagram).unwrap();
            let confirmation = spoke.device.poll_transmit(now, &mut out).unwrap();
            up.during(|| device.open(now, address(number), confirmation.datagram).map(drop))
                .unwrap();
            assert_eq!(device.is_up(spoke.peer), Ok(true));
        }
        while device.poll_event().is_some() {}
        let each = [idle, up].map(|count| count.left / i64::from(peers));
        Self { device, spokes, now, each }
    }

    fn open(&mut self, from: SocketAddr, mut datagram: [u8; CONTROL_LEN]) -> Result<(), Discard> {
        self.device.open(self.now, from, &mut datagram).map(drop)
    }

    /// What is known of all peers but what was discarded, and the next deadline.
    fn state(&self) -> (Option<Time>, Vec<PeerStatus>) {
        let status = |spoke: &Spoke| {
            let mut status = self.device.status(spoke.peer).unwrap();
            status.drops = Drops::default();
            status
        };
        (self.device.poll_timeout(), self.spokes.iter().map(status).collect())
    }

    fn initiation_of_a_stranger(&self) -> [u8; CONTROL_LEN] {
        let mut stranger = new_device(u32::MAX);
        let hub = PeerConfig::new(self.device.public_key()).endpoint(address(0));
        let hub = stranger.add_peer(self.now, hub).unwrap();
        let mut initiation = [0; CONTROL_LEN];
        stranger.initiate(self.now, hub).unwrap();
        let _ = stranger.poll_transmit(self.now, &mut initiation).unwrap();
        initiation
    }

    /// Some minutes of packets both ways and of handshakes begun by either side; returns what the
    /// hub has sent and told.
    fn live(&mut self) -> (Vec<u8>, Vec<Event>) {
        let (mut sent, mut told, mut out) = (Vec::new(), Vec::new(), [0; CONTROL_LEN]);
        for round in 0..30 {
            self.now = self.now + Duration::from_secs(7);
            self.device.handle_timeout(self.now);
            for (number, spoke) in (1..).zip(&mut self.spokes) {
                if (round + number) % 10 == 0 {
                    self.device.initiate(self.now, spoke.peer).unwrap();
                }
                let mut buf = buffer(0, number as u8);
                let sealed = self.device.seal(self.now, &mut buf, HEADROOM..HEADROOM + 64);
                if let Ok(Outbound::Send(packet)) = sealed {
                    sent.extend_from_slice(packet.datagram);
                    let _ = spoke.device.open(self.now, address(0), packet.datagram);
                }
                let mut buf = buffer(number as u8, 0);
                let sealed = spoke.device.seal(self.now, &mut buf, HEADROOM..HEADROOM + 64);
                if let Ok(Outbound::Send(packet)) = sealed {
                    self.device.open(self.now, address(number), packet.datagram).unwrap();
                }
                spoke.device.handle_timeout(self.now);
                while let Some(message) = spoke.device.poll_transmit(self.now, &mut out) {
                    let _ = self.device.open(self.now, address(number), message.datagram);
                }
                while let Some(message) = self.device.poll_transmit(self.now, &mut out) {
                    sent.extend_from_slice(message.datagram);
                    if message.peer == Some(spoke.peer) {
                        let _ = spoke.device.open(self.now, address(0), message.datagram);
                    }
                }
            }
            told.extend(std::iter::from_fn(|| self.device.poll_event()));
        }
        assert!(self.state().1.iter().all(|peer| peer.is_up && peer.handshakes > 1));
        (sent, told)
    }
}

fn new_device(number: u32) -> Device {
    let mut bytes = [7; 32];
    bytes[8..12].copy_from_slice(&number.to_le_bytes());
    let config = DeviceConfig::new(SecretKey::from_bytes(bytes)).load(LoadPolicy::Caller);
    let wall = Unix { secs: 1_800_000_000, nanos: 0 };
    Device::new(config, Seed::from_bytes(bytes), Time::default(), wall)
}

fn address(number: u32) -> SocketAddr {
    SocketAddr::from((number.to_be_bytes(), 51820))
}

/// A packet of 64 bytes between two of 10.0.0.0/24, with room around it.
fn buffer(from: u8, to: u8) -> [u8; HEADROOM + 64 + TAILROOM] {
    let mut buf = [0; HEADROOM + 64 + TAILROOM];
    let packet = &mut buf[HEADROOM..];
    packet[..4].copy_from_slice(&[0x45, 0, 0, 64]);
    packet[12..20].copy_from_slice(&[10, 0, 0, from, 10, 0, 0, to]);
    buf
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
