//! Packets sealed and opened: by the bare cipher, one at a time, as a train, and by the nodes of a mesh
//! that reach each other directly.

use std::hint::black_box;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::time::Duration;

use vpn_core::mesh::{self, NetworkKey, Node, NodeConfig, SigningKey, TRANSMIT_LEN};
use vpn_core::{Aead, Device, HEADROOM, Inbound, Lease, SecretKey, Seed, Time, Unix};

use crate::callgrind::counted;
use crate::tunnel::{Buffer, FROM, Ours, packet};

/// Packets that are counted: those of a full train.
pub(crate) const PACKETS: usize = 44;

/// Which of two ways is counted; the other is gone off the count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Seal,
    Open,
}

impl Way {
    fn go<T>(self, things: &mut T, mut seal: impl FnMut(&mut T), mut open: impl FnMut(&mut T)) {
        match self {
            Self::Seal => counted(|| seal(things)),
            Self::Open => {
                seal(things);
                counted(|| open(things));
            }
        }
    }
}

pub(crate) fn bare<A: Aead>(way: Way, size: usize) {
    let cipher = A::new(&[7; 32]);
    let mut texts = vec![(packet(size), [0; 16]); PACKETS];
    way.go(
        &mut texts,
        |texts| {
            for (counter, (text, tag)) in texts.iter_mut().enumerate() {
                cipher.seal(counter as u64, &[], text, tag).expect("a packet is short enough");
            }
        },
        |texts| {
            for (counter, (text, tag)) in texts.iter_mut().enumerate() {
                cipher.open(counter as u64, &[], text, tag).expect("sealed with the same key");
            }
        },
    );
}

pub(crate) fn single<A: Aead>(way: Way, size: usize) {
    let Ours { mut initiator, mut responder, now, .. } = Ours::<A>::connected(size);
    let packet = packet(size);
    let header = packet.first_chunk().expect("an IP header");
    // The first packet sets the timers.
    let mut first = Buffer::new(&packet);
    first.seal(&mut initiator, now, header);
    first.open(&mut responder, now);

    let mut buffers: Vec<_> = (0..PACKETS).map(|_| Buffer::new(&packet)).collect();
    way.go(
        &mut buffers,
        |buffers| {
            for buffer in buffers {
                black_box(buffer.seal(&mut initiator, now, header));
            }
        },
        |buffers| {
            for buffer in buffers {
                black_box(buffer.open(&mut responder, now));
            }
        },
    );
}

pub(crate) fn train<A: Aead>(way: Way, size: usize) {
    let Ours { mut initiator, mut responder, peer, now, .. } = Ours::<A>::connected(size);
    let packet = packet(size);
    let segment = size + 32;
    let mut train = vec![0; PACKETS * segment];
    for place in train.chunks_mut(segment) {
        place[HEADROOM..HEADROOM + size].copy_from_slice(&packet);
    }
    let packets = u32::try_from(PACKETS).expect("a train");
    let mut seal = |train: &mut Vec<u8>| {
        let mut lease: Lease<A> =
            initiator.lease(now, peer, packets).expect("a peer").expect("a session");
        let _ = lease.seal_train(now, train, size).expect("counters enough");
        initiator.settle(lease);
    };
    // The first train sets the timers.
    let mut first = train.clone();
    seal(&mut first);
    open_train(&mut responder, now, &mut first, segment);

    way.go(&mut train, seal, |train| open_train(&mut responder, now, train, segment));
}

fn open_train<A: Aead>(device: &mut Device<A>, now: Time, train: &mut [u8], segment: usize) {
    for opened in device.open_train(now, FROM, train, segment) {
        let Ok(Inbound::Packet { packet, .. }) = opened else { unreachable!("a good datagram") };
        black_box(packet.len());
    }
}

/// A packet of a node and the room around it, and where the sealed datagram lies.
type Wrapped = (Vec<u8>, Range<usize>);

pub(crate) fn mesh<A: Aead>(way: Way, size: usize) {
    let mut now = Time::from_nanos(1_000_000_000);
    let [mut alice, mut bob] = [1, 2].map(|number| node::<A>(number, now));
    bob.join(now, endpoint(1)).expect("an address");
    talk(now, &mut alice, &mut bob);
    let mut packet = packet(size);
    packet[12..20].copy_from_slice(&[10, 7, 0, 2, 10, 7, 0, 1]);
    // The first long packet has the way measured.
    let mut first = [&[0; mesh::HEADROOM][..], &packet, &[0; mesh::TAILROOM]].concat();
    bob.seal(now, &mut first, mesh::HEADROOM..mesh::HEADROOM + size).expect("a packet");
    // Who has just joined is a guest for some seconds more.
    for _ in 0..10 {
        talk(now, &mut alice, &mut bob);
        now = now + Duration::from_secs(1);
    }
    let mut wrapped = vec![mesh::HEADROOM; PACKETS + 1].into_iter().map(|start| {
        let mut bytes = vec![0; start + size + mesh::TAILROOM];
        bytes[start..start + size].copy_from_slice(&packet);
        (bytes, 0..0)
    });
    let mut seal = |(bytes, datagram): &mut Wrapped| {
        let start = bytes.as_ptr().addr();
        let packet = mesh::HEADROOM..mesh::HEADROOM + size;
        let Ok(mesh::Outbound::Send(transmit)) = bob.seal(now, bytes, packet) else {
            unreachable!("the way is direct");
        };
        let at = transmit.datagram.as_ptr().addr() - start;
        *datagram = at..at + transmit.datagram.len();
    };
    let mut open = |(bytes, datagram): &mut Wrapped| {
        let Ok(mesh::Inbound::Packet(packet)) =
            alice.open(now, endpoint(2), &mut bytes[datagram.clone()])
        else {
            unreachable!("the datagram is good");
        };
        black_box(packet.len());
    };
    // The first packet sets the timers.
    let mut first = wrapped.next().expect("one more");
    seal(&mut first);
    open(&mut first);

    let mut wrapped: Vec<Wrapped> = wrapped.collect();
    way.go(
        &mut wrapped,
        |wrapped| wrapped.iter_mut().for_each(&mut seal),
        |wrapped| wrapped.iter_mut().for_each(&mut open),
    );
}

fn node<A: Aead>(number: u8, now: Time) -> Node<A> {
    let key = NetworkKey::from_bytes([7; 32]);
    let signing = SigningKey::from_bytes([number; 32]);
    let tunnel = SecretKey::from_bytes([number + 100; 32]);
    let config = NodeConfig::with_network_key(&key, signing, tunnel)
        .net(IpAddr::from([10, 7, 0, number]).into())
        .endpoint(endpoint(number))
        .mtu(1420);
    let wall = Unix { secs: 1_800_000_000, nanos: 0 };
    Node::with_cipher(config, Seed::from_bytes([number; 32]), now, wall)
        .expect("a good configuration")
}

fn endpoint(number: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, number], 51820))
}

/// Lets both say all that they have to say at a moment.
fn talk<A: Aead>(now: Time, alice: &mut Node<A>, bob: &mut Node<A>) {
    alice.handle_timeout(now);
    bob.handle_timeout(now);
    for _ in 0..8 {
        carry(bob, endpoint(2), alice, now);
        carry(alice, endpoint(1), bob, now);
    }
}

/// Carries all that one node has to say to the other.
fn carry<A: Aead>(from: &mut Node<A>, whence: SocketAddr, to: &mut Node<A>, now: Time) {
    let mut wire = [0; TRANSMIT_LEN];
    while let Some(message) = from.poll_transmit(now, &mut wire) {
        // What is meant for another address of the other's is not carried.
        let _ = to.open(now, whence, message.datagram);
    }
    while from.poll_event().is_some() {}
}
