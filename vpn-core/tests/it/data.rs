use vpn_core::{Discard, Event, HEADROOM, Outbound, PeerConfig, SealError, TAILROOM, Time};

use crate::world::{ALICE, BOB, Sent, World, address, config, device_with, millis, packet, secs};

#[test]
fn replayed_datagram_is_dropped() {
    let mut world = World::connected();
    let datagram = world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));

    assert_eq!(world.deliver(BOB, &datagram), Ok(()));
    assert_eq!(world.deliver(BOB, &datagram), Err(Discard::Replay));
    assert_eq!(world.nodes[BOB].received.len(), 1);
}

#[test]
fn datagrams_may_overtake_one_another_within_the_window() {
    let mut world = World::connected();
    let late = world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));
    let too_late = world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));
    let mut last = Vec::new();
    // The first of these is 8,127 ahead of `too_late` and 8,128 ahead of `late`.
    for _ in 0..8127 {
        last = world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));
    }

    assert_eq!(world.deliver(BOB, &last), Ok(()));
    assert_eq!(world.deliver(BOB, &late), Ok(()));
    let further = world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));
    let further_still = world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));
    assert_eq!(world.deliver(BOB, &further_still), Ok(()));
    assert_eq!(world.deliver(BOB, &further), Ok(()));
    assert_eq!(world.deliver(BOB, &too_late), Err(Discard::Replay));
}

#[test]
fn any_altered_byte_of_a_datagram_changes_nothing() {
    let mut world = World::connected();
    let datagram = world.datagram(ALICE, &packet(ALICE, BOB, 64, 0));
    let deadline = world.nodes[BOB].device.poll_timeout();

    for at in 0..datagram.len() {
        for bit in [0x01, 0x80] {
            let mut forged = datagram.clone();
            forged[at] ^= bit;
            assert!(world.deliver_from(address(66), BOB, &forged).is_err(), "byte {at}");
        }
    }

    let node = &world.nodes[BOB];
    assert_eq!(node.device.endpoint(node.peer), Ok(Some(address(ALICE))));
    assert_eq!(node.device.poll_timeout(), deadline);
    assert_eq!(world.deliver(BOB, &datagram), Ok(()));
}

#[test]
fn truncated_datagrams_are_dropped() {
    let mut world = World::connected();
    let datagram = world.datagram(ALICE, &packet(ALICE, BOB, 64, 0));

    for len in 0..datagram.len() {
        assert!(world.deliver(BOB, &datagram[..len]).is_err(), "length {len}");
    }
    assert_eq!(world.deliver(BOB, &datagram), Ok(()));
}

#[test]
fn plaintext_is_padded_to_sixteen_bytes_but_never_beyond_the_mtu() {
    let mut world = World::connected();
    // Lengths of plaintexts with the default MTU of 1420.
    let cases = [
        (20, 32),
        (32, 32),
        (33, 48),
        (1407, 1408),
        (1408, 1408),
        (1409, 1420),
        (1419, 1420),
        (1420, 1420),
        (1421, 1421),
        (1500, 1500),
    ];

    for (len, padded) in cases {
        let packet = packet(ALICE, BOB, len, 0xaa);
        let datagram = world.datagram(ALICE, &packet);
        assert_eq!(datagram.len(), padded + 32, "packet of {len}");
        assert_eq!(world.deliver(BOB, &datagram), Ok(()));
        assert_eq!(world.nodes[BOB].received.pop(), Some(packet));
    }
}

#[test]
fn padding_is_zero_whatever_the_buffer_held() {
    let mut world = World::connected();
    let now = world.now;
    let mut buf = [0xee; 128];
    buf[16..56].copy_from_slice(&packet(ALICE, BOB, 40, 0));
    let sealed = world.nodes[ALICE].device.seal(now, &mut buf, 16..56).unwrap();
    let Outbound::Send(transmit) = sealed else { panic!("held") };
    let datagram = transmit.datagram;

    world.nodes[BOB].device.open(now, address(ALICE), datagram).unwrap();

    // What was opened in place: header, packet, padding.
    assert_eq!(datagram[16 + 40..16 + 48], [0; 8]);
}

#[test]
fn counters_are_consecutive_and_little_endian() {
    let mut world = World::connected();
    // The keepalive that confirmed the session had the counter 0.
    for counter in 1..300_u64 {
        let datagram = world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));
        assert_eq!(datagram[..4], [4, 0, 0, 0]);
        assert_eq!(datagram[8..16], counter.to_le_bytes());
    }
}

#[test]
fn spoofed_inner_source_is_dropped() {
    let mut world = World::connected();
    let mut spoofed = packet(ALICE, BOB, 40, 0);
    spoofed[12..16].copy_from_slice(&[10, 0, 0, 9]);
    let datagram = world.datagram(ALICE, &spoofed);

    assert_eq!(world.deliver(BOB, &datagram), Err(Discard::SpoofedSource));
    assert_eq!(world.nodes[BOB].received.len(), 0);
    assert_eq!(world.nodes[BOB].device.drops().count(Discard::SpoofedSource), 1);
}

#[test]
fn more_specific_prefix_of_another_peer_is_not_to_be_sent_from() {
    let mut world = World::connected();
    let carol = PeerConfig::new(crate::world::device(5).public_key());
    let now = world.now;
    let bob = &mut world.nodes[BOB];
    let carol = bob.device.add_peer(now, carol).unwrap();
    bob.device.allow(bob.peer, "10.1.0.0/16".parse().unwrap()).unwrap();
    bob.device.allow(carol, "10.1.2.0/24".parse().unwrap()).unwrap();
    let mut sent = |source: [u8; 4]| {
        let mut packet = packet(ALICE, BOB, 40, 0);
        packet[12..16].copy_from_slice(&source);
        let datagram = world.datagram(ALICE, &packet);
        world.deliver(BOB, &datagram)
    };

    assert_eq!(sent([10, 1, 1, 1]), Ok(()));
    assert_eq!(sent([10, 1, 2, 1]), Err(Discard::SpoofedSource));
}

#[test]
fn ipv6_inside_is_routed_and_checked_like_ipv4() {
    let mut world = World::connected();
    let (to_bob, to_alice) = (world.nodes[ALICE].peer, world.nodes[BOB].peer);
    world.nodes[ALICE].device.allow(to_bob, "fd00::2/128".parse().unwrap()).unwrap();
    world.nodes[BOB].device.allow(to_alice, "fd00::1/128".parse().unwrap()).unwrap();
    let mut packet = vec![0; 50];
    (packet[0], packet[5]) = (0x60, 10);
    (packet[8], packet[23], packet[24], packet[39]) = (0xfd, 1, 0xfd, 2);

    let datagram = world.datagram(ALICE, &packet);
    assert_eq!(world.deliver(BOB, &datagram), Ok(()));
    assert_eq!(world.nodes[BOB].received, [packet.clone()]);
    packet[23] = 7;
    let datagram = world.datagram(ALICE, &packet);
    assert_eq!(world.deliver(BOB, &datagram), Err(Discard::SpoofedSource));
}

#[test]
fn authenticated_datagram_from_elsewhere_roams() {
    let mut world = World::connected();
    let datagram = world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));

    world.deliver_from(address(66), BOB, &datagram).unwrap();
    world.drain(BOB);

    let peer = world.nodes[BOB].peer;
    assert_eq!(world.nodes[BOB].events.last(), Some(&Event::Roamed(peer, address(66))));
    let Sent::Datagram(to, _) = world.seal(BOB, &packet(BOB, ALICE, 40, 0)) else {
        panic!("no session");
    };
    assert_eq!(to, address(66));
}

#[test]
fn keepalive_from_elsewhere_that_is_an_answer_too_roams() {
    let mut world = World::connected();
    world.send(BOB, &packet(BOB, ALICE, 40, 0));
    world.run_for(secs(9));
    world.now = world.now + secs(1);
    world.nodes[ALICE].device.handle_timeout(world.now);
    let keepalive = world.poll(ALICE).unwrap();
    assert_eq!(keepalive.len(), 32);

    world.deliver_from(address(66), BOB, &keepalive).unwrap();

    let bob = &mut world.nodes[BOB];
    assert_eq!(bob.device.poll_event(), Some(Event::Roamed(bob.peer, address(66))));
}

#[test]
fn data_confirms_a_session_in_the_midst_of_data_of_the_last_one() {
    let mut world = World::connected();
    world.run_for(secs(6));
    let last = [1, 2, 3].map(|fill| world.datagram(ALICE, &packet(ALICE, BOB, 40, fill)));
    let (now, alice) = (world.now, &mut world.nodes[ALICE]);
    alice.device.initiate(now, alice.peer).unwrap();
    let initiation = world.poll(ALICE).unwrap();
    world.deliver(BOB, &initiation).unwrap();
    let response = world.poll(BOB).unwrap();
    world.deliver(ALICE, &response).unwrap();
    last.iter().for_each(|datagram| world.deliver(BOB, datagram).unwrap());

    let first = world.datagram(ALICE, &packet(ALICE, BOB, 40, 4));
    world.deliver(BOB, &first).unwrap();

    let bob = &world.nodes[BOB];
    assert_eq!(bob.device.status(bob.peer).unwrap().handshakes, 2);
}

#[test]
fn replayed_datagram_does_not_roam() {
    let mut world = World::connected();
    let datagram = world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));
    world.deliver(BOB, &datagram).unwrap();

    assert_eq!(world.deliver_from(address(66), BOB, &datagram), Err(Discard::Replay));
    let node = &world.nodes[BOB];
    assert_eq!(node.device.endpoint(node.peer), Ok(Some(address(ALICE))));
}

#[test]
fn datagrams_of_the_previous_session_are_accepted_after_a_rekey() {
    let mut world = World::connected();
    let late = world.datagram(ALICE, &packet(ALICE, BOB, 40, 9));
    world.run_for(secs(10));
    world.initiate(ALICE);
    world.run_for(millis(1));

    assert_eq!(world.initiations(ALICE).len(), 2);
    assert_eq!(world.deliver(BOB, &late), Ok(()));
}

#[test]
fn mistakes_in_sealing_are_named_and_change_nothing() {
    let mut world = World::connected();
    let good = packet(ALICE, BOB, 40, 0xee);
    let mut stranger = good.clone();
    stranger[19] = 99;
    let room = (HEADROOM, TAILROOM);
    let cases = [
        (&good, (15, TAILROOM), SealError::Headroom { need: 16, have: 15 }),
        (&good, (HEADROOM, 23), SealError::Tailroom { need: 24, have: 23 }),
        (&vec![0x45; 19], room, SealError::NotIp),
        (&vec![], room, SealError::NotIp),
        (&vec![0x55; 40], room, SealError::NotIp),
        (&stranger, room, SealError::NoRoute),
    ];
    let now = world.now;
    let device = &mut world.nodes[ALICE].device;

    for (packet, (before, behind), error) in cases {
        let mut buf = vec![0x77; before + packet.len() + behind];
        buf[before..before + packet.len()].copy_from_slice(packet);
        let copy = buf.clone();
        assert_eq!(device.seal(now, &mut buf, before..before + packet.len()), Err(error));
        assert_eq!(buf, copy);
    }
    let mut buf = [0; 64];
    assert_eq!(device.seal(now, &mut buf, 60..65), Err(SealError::Range));
    #[expect(clippy::reversed_empty_ranges, reason = "the mistake under test")]
    let reversed = device.seal(now, &mut buf, 40..20);
    assert_eq!(reversed, Err(SealError::Range));
}

#[test]
fn exactly_the_room_needed_is_enough() {
    let mut world = World::connected();
    let packet = packet(ALICE, BOB, 40, 0);
    let mut buf = vec![0; 16];
    buf.extend(&packet);
    buf.resize(16 + 40 + 8 + 16, 0);
    let now = world.now;

    let sealed = world.nodes[ALICE].device.seal(now, &mut buf, 16..56).unwrap();

    let Outbound::Send(transmit) = sealed else { panic!("held") };
    assert_eq!(transmit.datagram.len(), 80);
}

#[test]
fn packet_as_long_as_a_datagram_allows_is_sealed_whatever_the_mtu() {
    for mtu in [0, 65_503, 65_504, u16::MAX] {
        let mut device = device_with(config(ALICE).mtu(mtu), ALICE);
        let bob =
            PeerConfig::new(device_with(config(BOB), BOB).public_key()).endpoint(address(BOB));
        let peer = device.add_peer(Time::default(), bob).unwrap();
        device.allow(peer, "10.0.0.2/32".parse().unwrap()).unwrap();
        let mut seal = |len| {
            let mut buf = vec![0; HEADROOM + len + TAILROOM];
            buf[HEADROOM..HEADROOM + len].copy_from_slice(&packet(ALICE, BOB, len, 0));
            device.seal(Time::default(), &mut buf, HEADROOM..HEADROOM + len).map(drop)
        };

        for len in 65_470..=65_503 {
            assert_eq!(seal(len), Ok(()), "{len} bytes, MTU {mtu}");
        }
        assert_eq!(seal(65_504), Err(SealError::TooLong));
    }
}

#[test]
fn packet_too_long_for_a_datagram_is_refused() {
    let mut world = World::connected();
    let mut packet = packet(ALICE, BOB, 65_535, 0);
    packet.resize(HEADROOM + 65_535 + TAILROOM, 0);
    packet.rotate_right(HEADROOM);
    let now = world.now;
    let device = &mut world.nodes[ALICE].device;

    let range = HEADROOM..HEADROOM + 65_535;
    assert_eq!(device.seal(now, &mut packet, range), Err(SealError::TooLong));
    let range = HEADROOM..HEADROOM + 65_504;
    assert_eq!(device.seal(now, &mut packet, range), Err(SealError::NotIp));
    packet[HEADROOM + 2..HEADROOM + 4].copy_from_slice(&65_503_u16.to_be_bytes());
    let range = HEADROOM..HEADROOM + 65_503;
    assert!(matches!(device.seal(now, &mut packet, range), Ok(Outbound::Send(_))));
}
