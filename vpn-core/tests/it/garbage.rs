use std::cell::Cell;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;
use vpn_core::{HEADROOM, Outbound, TAILROOM};

use crate::handshake::stamp_mac1;
use crate::world::{ALICE, BOB, World, address, packet};

/// A message that its receiver would accept.
struct Intact {
    world: World,
    to: usize,
    bytes: Vec<u8>,
}

impl Intact {
    /// A message of a type: 1 to 4 are initiation, response, cookie reply, data.
    fn of(kind: u8) -> Self {
        let mut world = if kind == 4 { World::connected() } else { World::new() };
        let (to, bytes) = match kind {
            1 => (BOB, Self::initiation(&mut world)),
            2 => {
                let initiation = Self::initiation(&mut world);
                world.deliver(BOB, &initiation).unwrap();
                (ALICE, world.poll(BOB).unwrap())
            }
            3 => {
                let initiation = Self::initiation(&mut world);
                world.nodes[BOB].device.set_under_load(true);
                world.deliver(BOB, &initiation).unwrap_err();
                (ALICE, world.poll(BOB).unwrap())
            }
            _ => (BOB, world.datagram(ALICE, &packet(ALICE, BOB, 200, 1))),
        };
        assert_eq!(bytes[0], kind);
        Self { world, to, bytes }
    }

    fn initiation(world: &mut World) -> Vec<u8> {
        let (now, peer) = (world.now, world.nodes[ALICE].peer);
        world.nodes[ALICE].device.initiate(now, peer).unwrap();
        world.poll(ALICE).unwrap()
    }

    /// Whether the message ends in the two macs.
    fn has_macs(&self) -> bool {
        matches!(self.bytes[0], 1 | 2)
    }
}

/// What is done to a message.
#[derive(Clone, Debug)]
enum Mangling {
    /// Bits of some bytes are flipped.
    Flip(Vec<(Index, u8)>),
    /// The same, by someone who knows the receiver's key and makes mac1 right again.
    Forge(Vec<(Index, u8)>),
    /// The end is missing.
    Cut(Index),
    /// More follows.
    Extend(Vec<u8>),
}

impl Mangling {
    fn any() -> impl Strategy<Value = Self> {
        let flips = || prop::collection::vec((any::<Index>(), 1_u8..), 1..4);
        prop_oneof![
            flips().prop_map(Self::Flip),
            flips().prop_map(Self::Forge),
            any::<Index>().prop_map(Self::Cut),
            prop::collection::vec(any::<u8>(), 1..40).prop_map(Self::Extend),
        ]
    }

    /// Nothing is done to mac2, which is not looked at without load, nor in a forgery to the
    /// sender's own index, which mac1 alone protects.
    fn apply(&self, intact: &Intact) -> Vec<u8> {
        let mut bytes = intact.bytes.clone();
        let len = bytes.len();
        let mut flip = |flips: &[(Index, u8)], range: std::ops::Range<usize>| {
            for (at, mask) in flips {
                bytes[range.start + at.index(range.len())] ^= mask;
            }
        };
        match self {
            Self::Forge(flips) if intact.has_macs() => {
                flip(flips, 8..len - 32);
                let receiver = intact.world.nodes[intact.to].device.public_key();
                stamp_mac1(&mut bytes, receiver.as_bytes());
            }
            Self::Flip(flips) | Self::Forge(flips) => {
                flip(flips, 0..if intact.has_macs() { len - 16 } else { len });
            }
            Self::Cut(at) => bytes.truncate(at.index(len)),
            Self::Extend(tail) => bytes.extend(tail),
        }
        bytes
    }
}

/// Whether the bytes begin with a whole IP packet to an address, by RFC 791 and RFC 8200.
fn is_packet(bytes: &[u8]) -> bool {
    let stated = |at: usize| usize::from(bytes[at]) << 8 | usize::from(bytes[at + 1]);
    match bytes.first().map(|first| first >> 4) {
        Some(4) if bytes.len() >= 20 => (20..=bytes.len()).contains(&stated(2)),
        Some(6) if bytes.len() >= 40 => 40 + stated(4) <= bytes.len(),
        _ => false,
    }
}

/// Bytes whose header is often that of a packet of just that length.
fn almost_packet() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop::collection::vec(any::<u8>(), 0..200);
    let first = prop::sample::select(vec![0x45_u8, 0x60, 0x00]);
    (bytes, first, -4_isize..3).prop_map(|(mut bytes, first, off)| {
        let total = bytes.len().saturating_add_signed(off);
        let (at, stated) = if first == 0x60 { (4, total.saturating_sub(40)) } else { (2, total) };
        if let Some(head) = bytes.first_mut() {
            *head = first;
        }
        if let Some(place) = bytes.get_mut(at..at + 2) {
            place.copy_from_slice(&(stated as u16).to_be_bytes());
        }
        bytes
    })
}

proptest! {
    #[test]
    fn random_bytes_are_discarded_in_silence(
        kind in 0_u8..6,
        mut bytes in prop::collection::vec(any::<u8>(), 0..300),
        node in 0_usize..2,
    ) {
        let mut world = World::connected();
        let deadline = world.nodes[node].device.poll_timeout();
        prop_assert!(world.deliver_from(address(66), node, &bytes).is_err());
        if let Some(head) = bytes.first_chunk_mut::<4>() {
            *head = [kind, 0, 0, 0];
        }
        prop_assert!(world.deliver_from(address(66), node, &bytes).is_err());

        prop_assert_eq!(world.poll(node), None);
        prop_assert_eq!(world.nodes[node].device.poll_timeout(), deadline);
        prop_assert_eq!(world.nodes[node].device.drops().total(), 2);
    }

    #[test]
    fn mangled_messages_are_discarded_in_silence(kind in 1_u8..5, mangling in Mangling::any()) {
        let intact = Intact::of(kind);
        let mangled = mangling.apply(&intact);
        prop_assume!(mangled != intact.bytes);
        let Intact { mut world, to, bytes } = intact;
        let (peer, deadline) = (world.nodes[to].peer, world.nodes[to].device.poll_timeout());

        prop_assert!(world.deliver_from(address(66), to, &mangled).is_err());

        prop_assert_eq!(world.poll(to), None);
        let device = &mut world.nodes[to].device;
        prop_assert_eq!(device.poll_event(), None);
        prop_assert_eq!(device.poll_timeout(), deadline);
        prop_assert_eq!(device.endpoint(peer), Ok(Some(address(1 - to))));
        prop_assert_eq!(world.deliver(to, &bytes), Ok(()));
    }
}

#[test]
fn random_packets_are_sealed_or_refused() {
    let sealed = Cell::new(0);
    let strategy = (almost_packet(), 0..4 * HEADROOM, 0..4 * TAILROOM);
    let run = |(packet, front, behind): (Vec<u8>, usize, usize)| {
        let mut world = World::connected();
        let (now, peer) = (world.now, world.nodes[ALICE].peer);
        for net in ["0.0.0.0/0", "::/0"] {
            world.nodes[ALICE].device.allow(peer, net.parse().unwrap()).unwrap();
        }
        let mut buf = [vec![0xa5; front], packet.clone(), vec![0xa5; behind]].concat();
        let copy = buf.clone();
        let range = front..front + packet.len();

        let outcome = world.nodes[ALICE].device.seal(now, &mut buf, range);

        let padding = packet.len().next_multiple_of(16) - packet.len();
        let fits = front >= 16 && behind >= padding + 16;
        match outcome {
            Ok(Outbound::Send(message)) => {
                prop_assert!(is_packet(&packet) && fits);
                prop_assert_eq!(message.datagram.len(), 16 + packet.len() + padding + 16);
                sealed.set(sealed.get() + 1);
            }
            Ok(Outbound::Held(_)) => prop_assert!(false, "there is a session"),
            Err(error) => {
                prop_assert!(!(is_packet(&packet) && fits), "{error}");
                prop_assert_eq!(buf, copy);
            }
        }
        Ok(())
    };

    TestRunner::default().run(&strategy, run).unwrap();

    assert!(sealed.get() > 0, "none sealed");
}
