use proptest::prelude::*;

use crate::world::{ALICE, BOB, World, address, packet};

/// One real message of each type, sent by Alice: initiation, response, data; and a cookie reply's
/// outline.
fn messages() -> (World, Vec<Vec<u8>>) {
    let mut world = World::connected();
    let data = world.datagram(ALICE, &packet(ALICE, BOB, 200, 1));
    let initiation = world.trace[0].2.clone();
    let response = world.trace[1].2.clone();
    let mut cookie = response[..64].to_vec();
    cookie[0] = 3;
    (world, vec![initiation, response, cookie, data])
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
    fn mangled_messages_are_discarded_in_silence(
        which in 0_usize..4,
        node in 0_usize..2,
        cut in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..4),
        tail in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let (mut world, messages) = messages();
        let mut bytes = messages[which].clone();
        let intact = bytes.clone();
        for (at, flip) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        bytes.extend(tail);
        prop_assume!(bytes != intact);

        prop_assert!(world.deliver_from(address(66), node, &bytes).is_err());
        prop_assert_eq!(world.poll(node), None);
        let peer = world.nodes[node].peer;
        prop_assert_eq!(world.nodes[node].device.endpoint(peer), Ok(Some(address(1 - node))));
    }

    #[test]
    fn random_packets_are_sealed_or_refused(
        mut bytes in prop::collection::vec(any::<u8>(), 0..200),
        version in prop::sample::select(vec![0x45_u8, 0x60, 0x00]),
        start in 0_usize..220,
        len in 0_usize..220,
    ) {
        let mut world = World::connected();
        let now = world.now;
        if let Some(first) = bytes.get_mut(start) {
            *first = version;
        }
        let copy = bytes.clone();
        let sealed = world.nodes[ALICE].device.seal(now, &mut bytes, start..start + len);
        if sealed.is_err() {
            prop_assert_eq!(bytes, copy);
        }
    }
}
