//! Trains and batches, and the work of one device shared among threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use vpn_core::{
    Aead, BadTag, CONTROL_LEN, ChaCha20Poly1305, Device, Discard, Event, HEADROOM, Inbound,
    KeyTable, Lease, LeaseError, PeerConfig, PeerError, SealError, Seed, TextTooLong, Time, Unix,
};

use crate::world::{ALICE, BOB, World, address, config, device, millis, packet, secs};

fn lease(world: &mut World, from: usize, packets: u32) -> Lease {
    let (now, node) = (world.now, &mut world.nodes[from]);
    node.device.lease(now, node.peer, packets).unwrap().unwrap()
}

fn table(world: &mut World, node: usize) -> Arc<KeyTable> {
    world.nodes[node].device.key_table()
}

/// Packets laid out for a train: the last may be shorter than the others.
fn train(lease: &Lease, packets: &[Vec<u8>]) -> Vec<u8> {
    let segment = lease.message_len(packets[0].len());
    let mut buf = Vec::new();
    for packet in packets {
        let place = buf.len();
        buf.extend([0xee; HEADROOM]);
        buf.extend(packet);
        let len = segment.min(lease.message_len(packet.len()));
        buf.resize(place + len, 0xee);
    }
    buf
}

fn packets(count: u8, len: usize, last: usize) -> Vec<Vec<u8>> {
    let len_of = |i| if i + 1 == count { last } else { len };
    (0..count).map(|i| packet(ALICE, BOB, len_of(i), i)).collect()
}

#[test]
fn train_is_the_same_bytes_as_single_packets() {
    for (len, last) in [(40, 40), (1420, 1420), (1419, 1), (1400, 333), (20, 20), (1500, 1499)] {
        let packets = packets(9, len, last.max(20));
        let (mut single, mut batch) = (World::connected(), World::connected());
        let expected: Vec<_> =
            packets.iter().map(|packet| single.datagram(ALICE, packet)).collect();

        let mut lease = lease(&mut batch, ALICE, 9);
        let mut buf = train(&lease, &packets);
        let train = lease.seal_train(batch.now, &mut buf, len).unwrap();

        assert_eq!((train.peer, train.to), (batch.nodes[ALICE].peer, address(BOB)));
        let segments: Vec<_> = train.datagrams.chunks(train.segment).collect();
        assert_eq!(segments, expected, "length {len}, last {last}");
    }
}

#[test]
fn packets_of_any_length_are_the_same_bytes_under_a_lease() {
    let (mut single, mut batch) = (World::connected(), World::connected());
    let mut lease = lease(&mut batch, ALICE, 32);
    for i in 0..32_u8 {
        let packet = packet(ALICE, BOB, 20 + 47 * usize::from(i), i);
        let mut buf = vec![0xee; packet.len() + 64];
        buf[24..24 + packet.len()].copy_from_slice(&packet);

        let sealed = lease.seal(batch.now, &mut buf, 24..24 + packet.len()).unwrap();

        assert_eq!(sealed.datagram, single.datagram(ALICE, &packet));
    }
    let mut buf = [0; 96];
    buf[16..56].copy_from_slice(&packet(ALICE, BOB, 40, 0));
    assert_eq!(lease.remaining(), 0);
    assert_eq!(lease.seal(batch.now, &mut buf, 16..56), Err(LeaseError::Exhausted));
}

#[test]
fn mistakes_in_a_train_are_named_and_nothing_is_sealed() {
    let mut world = World::connected();
    let mut lease = lease(&mut world, ALICE, 5);
    let good = train(&lease, &packets(5, 100, 60));
    let segment = lease.message_len(100);
    let mut check = |alter: &dyn Fn(&mut Vec<u8>), len: usize, error: LeaseError| {
        let mut buf = good.clone();
        alter(&mut buf);
        let copy = buf.clone();
        assert_eq!(lease.seal_train(world.now, &mut buf, len), Err(error));
        assert_eq!(buf, copy);
        assert_eq!(lease.remaining(), 5);
    };
    let not_ip = LeaseError::Packet(SealError::NotIp);

    check(&|buf| buf[segment + HEADROOM] = 0, 100, not_ip);
    check(&|buf| buf[segment + HEADROOM + 3] = 99, 100, not_ip);
    check(&|buf| buf[segment + HEADROOM + 3] = 101, 100, not_ip);
    check(&|buf| buf.truncate(4 * segment + 10), 100, not_ip);
    let tailroom = LeaseError::Packet(SealError::Tailroom { need: 20, have: 19 });
    check(&|buf| buf.truncate(buf.len() - 1), 100, tailroom);
    check(&|buf| buf.extend_from_within(..2 * segment), 100, LeaseError::Exhausted);
    for len in [65_504, usize::MAX - 16, usize::MAX - 15, usize::MAX] {
        check(&|_| (), len, LeaseError::Packet(SealError::TooLong));
    }
    assert_eq!(lease.seal_train(world.now, &mut [], 100).unwrap().datagrams.len(), 0);
}

#[test]
fn longest_packet_of_a_datagram_may_be_a_train() {
    let mut world = World::connected();
    let mut lease = lease(&mut world, ALICE, 1);
    let mut buf = train(&lease, &packets(1, 65_503, 65_503));

    let train = lease.seal_train(world.now, &mut buf, 65_503).unwrap();

    assert_eq!((train.datagrams.len(), train.segment), (65_535, 65_535));
}

#[test]
fn lease_of_nothing_stirs_nothing() {
    let mut world = World::connected();
    let deadline = world.nodes[ALICE].device.poll_timeout();

    let lease = lease(&mut world, ALICE, 0);

    assert_eq!(lease.remaining(), 0);
    assert_eq!(world.nodes[ALICE].device.poll_timeout(), deadline);
}

#[test]
fn lease_of_nothing_begins_no_handshake() {
    let mut world = World::new();
    let (now, peer) = (world.now, world.nodes[ALICE].peer);
    let alice = &mut world.nodes[ALICE].device;

    assert!(alice.lease(now, peer, 0).unwrap().is_none());

    assert_eq!((alice.poll_timeout(), world.poll(ALICE)), (None, None));
}

#[test]
fn lease_that_has_expired_stays_so_when_time_goes_back() {
    let mut world = World::connected();
    let mut lease = lease(&mut world, ALICE, 2);
    let mut buf = [0; 96];
    buf[16..56].copy_from_slice(&packet(ALICE, BOB, 40, 0));

    let late = lease.seal(world.now + secs(180), &mut buf, 16..56).map(drop);
    let early = lease.seal(world.now, &mut buf, 16..56).map(drop);

    assert_eq!((late, early), (Err(LeaseError::Expired), Err(LeaseError::Expired)));
}

#[test]
fn leases_have_no_counter_in_common_and_unused_ones_are_skipped() {
    let mut world = World::connected();
    let mut leases = [0; 2].map(|_| lease(&mut world, ALICE, 3));
    let third = lease(&mut world, ALICE, 1000);
    drop(third);
    let mut counters = Vec::new();
    for which in [1, 0, 1] {
        let mut buf = [0; 96];
        buf[16..56].copy_from_slice(&packet(ALICE, BOB, 40, 0));
        let sealed = leases[which].seal(world.now, &mut buf, 16..56).unwrap();
        counters.push(sealed.datagram[8]);
        let datagram = sealed.datagram.to_vec();
        assert_eq!(world.deliver(BOB, &datagram), Ok(()));
    }
    let single = world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));

    // The keepalive that confirmed the session had the counter 0.
    assert_eq!(counters, [4, 1, 5]);
    assert_eq!(single[8..16], 1007_u64.to_le_bytes());
    assert_eq!(world.deliver(BOB, &single), Ok(()));
}

#[test]
fn lease_and_table_refuse_keys_of_180_seconds() {
    let mut world = World::connected();
    let born = world.now;
    let mut lease = lease(&mut world, ALICE, 2);
    let table = table(&mut world, BOB);
    let mut buf = [0; 96];
    buf[16..56].copy_from_slice(&packet(ALICE, BOB, 40, 0));
    let expired = born + secs(180);

    let sealed = lease.seal(world.now, &mut buf, 16..56).unwrap().datagram;
    assert_eq!(lease.seal_train(expired, &mut [], 40), Err(LeaseError::Expired));
    assert_eq!(lease.seal(expired, &mut [], 0..0), Err(LeaseError::Expired));
    let copy = sealed.to_vec();
    let opened = table.open(expired, address(ALICE), sealed);
    let bob = &mut world.nodes[BOB].device;
    assert_eq!(bob.commit(expired, opened), Err(Discard::SessionExpired));
    assert_eq!(sealed, copy, "not even decrypted");
}

#[test]
fn lease_without_a_session_begins_a_handshake() {
    let mut world = World::new();
    let (now, peer) = (world.now, world.nodes[ALICE].peer);
    let alice = &mut world.nodes[ALICE].device;
    let stranger = PeerConfig::new(device(7).public_key());
    let stranger = alice.add_peer(Time::default(), stranger).unwrap();

    assert!(alice.lease(now, peer, 8).unwrap().is_none());
    assert_eq!(alice.lease(now, stranger, 8).err(), Some(PeerError::NoEndpoint));
    alice.remove_peer(stranger).unwrap();
    assert_eq!(alice.lease(now, stranger, 8).err(), Some(PeerError::UnknownPeer));
    world.drain(ALICE);

    assert_eq!(world.initiations(ALICE).len(), 1);
}

#[test]
fn timers_take_a_lease_for_data_sent() {
    let mut world = World::connected();
    let born = world.initiations(ALICE)[0];
    world.faults.loss = 100;
    world.run_for(secs(1));
    drop(lease(&mut world, ALICE, 10));
    world.run_for(secs(14));
    assert_eq!(world.initiations(ALICE).len(), 1);
    world.run_for(secs(2));
    assert_eq!(world.initiations(ALICE).len(), 2, "nothing came back for 15 s");

    let mut world = World::connected();
    world.run_until(born + secs(120));
    drop(lease(&mut world, ALICE, 10));
    world.drain(ALICE);
    assert_eq!(world.initiations(ALICE).len(), 2, "the session is 120 s old");
}

#[test]
fn settling_a_lease_counts_what_was_sealed() {
    let mut world = World::connected();
    let peer = world.nodes[ALICE].peer;
    let before = world.nodes[ALICE].device.status(peer).unwrap().sent;
    let mut lease = lease(&mut world, ALICE, 10);
    let mut buf = train(&lease, &packets(4, 100, 20));
    let _ = lease.seal_train(world.now, &mut buf, 100).unwrap();

    world.nodes[ALICE].device.settle(lease);

    let after = world.nodes[ALICE].device.status(peer).unwrap().sent;
    assert_eq!(after.datagrams, before.datagrams + 4);
    assert_eq!(after.bytes, before.bytes + 3 * (112 + 32) + 32 + 32);
}

#[test]
fn lease_of_another_device_counts_nothing() {
    let mut world = World::connected();
    let mut lease = lease(&mut world, ALICE, 10);
    let mut buf = train(&lease, &packets(4, 100, 20));
    let _ = lease.seal_train(world.now, &mut buf, 100).unwrap();
    let bob = &mut world.nodes[BOB];
    let before = bob.device.status(bob.peer);

    bob.device.settle(lease);

    assert_eq!(bob.device.status(bob.peer), before);
}

#[test]
fn route_names_the_peer_of_a_packet() {
    let world = World::connected();
    let alice = &world.nodes[ALICE];

    assert_eq!(alice.device.route(&packet(ALICE, BOB, 40, 0)), Ok(alice.peer));
    assert_eq!(alice.device.route(&packet(ALICE, 9, 40, 0)), Err(SealError::NoRoute));
    assert_eq!(alice.device.route(&[0x45; 19]), Err(SealError::NotIp));
}

/// A sealed train of as many packets, ready to be opened by Bob, and its segment size.
fn sealed_train(world: &mut World, count: u8) -> (Vec<u8>, usize) {
    let mut lease = lease(world, ALICE, count.into());
    let mut buf = train(&lease, &packets(count, 100, 50));
    let segment = lease.seal_train(world.now, &mut buf, 100).unwrap().segment;
    (buf, segment)
}

#[test]
fn train_is_opened_packet_by_packet() {
    let mut world = World::connected();
    let (mut buf, segment) = sealed_train(&mut world, 6);
    let (now, node) = (world.now, &mut world.nodes[BOB]);

    let opened: Vec<_> = node.device.open_train(now, address(ALICE), &mut buf, segment).collect();

    let mut expected = packets(6, 100, 50);
    let expected: Vec<_> = expected
        .iter_mut()
        .map(|packet| Ok(Inbound::Packet { peer: node.peer, packet: packet.as_mut_slice() }))
        .collect();
    assert_eq!(opened, expected);
    drop(opened);
    // The keepalive that answers the train is due as after single packets.
    assert_eq!(node.device.poll_timeout(), Some(now + secs(10)));
    assert_eq!(node.device.open_train(now, address(ALICE), &mut [], 0).count(), 0);
}

#[test]
fn duplicate_inside_one_train_is_dropped() {
    let mut world = World::connected();
    let (mut buf, segment) = sealed_train(&mut world, 3);
    buf.copy_within(..segment, segment);

    let node = &mut world.nodes[BOB];
    let opened = node.device.open_train(world.now, address(ALICE), &mut buf, segment);

    let discards: Vec<_> = opened.map(Result::err).collect();
    assert_eq!(discards, [None, Some(Discard::Replay), None]);
}

#[test]
fn a_forgery_and_a_stranger_in_the_midst_of_a_train_are_dropped_alone() {
    let mut world = World::connected();
    let (mut buf, segment) = sealed_train(&mut world, 50);
    buf[20 * segment + 40] ^= 1;
    buf[30 * segment + 4] ^= 1;

    let node = &mut world.nodes[BOB];
    let opened = node.device.open_train(world.now, address(ALICE), &mut buf, segment);

    let mut discards = [None; 50];
    discards[20] = Some(Discard::BadTag);
    discards[30] = Some(Discard::UnknownIndex);
    assert_eq!(opened.map(Result::err).collect::<Vec<_>>(), discards);
    let status = node.device.status(node.peer).unwrap();
    assert_eq!(status.drops.count(Discard::BadTag), 1);
    assert_eq!(node.device.drops().count(Discard::UnknownIndex), 1);
    // Handshake, its keepalive, the train without two.
    let lengths = 148 + 32 + 47 * segment as u64 + 96;
    assert_eq!((status.received.datagrams, status.received.bytes), (50, lengths));
}

#[test]
fn at_most_32_kib_are_opened_before_they_are_taken() {
    let mut world = World::connected();
    let (buf, segment) = sealed_train(&mut world, 250);
    assert!(buf.len() > 32_768 + 16 * segment);
    let node = &mut world.nodes[BOB];
    for taken in [0, 1, 2, 3, 12, 228, 229, 230] {
        let received = node.device.status(node.peer).unwrap().received.bytes;
        let mut train = buf.clone();

        let opened = node.device.open_train(world.now, address(ALICE), &mut train, segment);
        let good = opened.take(taken).filter(Result::is_ok).count();

        let ahead = node.device.status(node.peer).unwrap().received.bytes - received;
        let least = (good * segment) as u64;
        assert!((least..=least + 32_768).contains(&ahead), "{taken} taken");
    }
}

#[test]
fn each_packet_of_a_train_counts_for_the_keepalive() {
    let mut world = World::connected();
    world.run_for(secs(1));
    let (mut datagrams, segment) = sealed_train(&mut world, 2);
    world.faults.loss = 100;
    let received = world.now;
    let bob = &mut world.nodes[BOB].device;
    let opened = bob.open_train(received, address(ALICE), &mut datagrams, segment);
    assert_eq!(opened.filter(Result::is_ok).count(), 2);

    world.run_for(secs(25));

    // As after two packets one by one: an answer to the first, and to what came meanwhile.
    let expected = [10, 20].map(|second| (received + secs(second), 4));
    assert_eq!(world.sent(BOB)[1..], expected);
}

#[test]
fn packet_behind_a_keepalive_in_one_batch_is_owed_an_answer() {
    let mut world = World::connected();
    world.run_for(secs(1));
    let data = world.datagram(BOB, &packet(BOB, ALICE, 40, 0));
    world.faults.loss = 100;
    world.deliver(ALICE, &data).unwrap();
    world.run_for(secs(10));
    let keepalive = world.trace.last().unwrap().2.clone();
    assert_eq!(keepalive.len(), 32);
    let mut batch = [keepalive, world.datagram(ALICE, &packet(ALICE, BOB, 40, 0))];
    let table = table(&mut world, BOB);
    let received = world.now;
    let opened = batch.each_mut().map(|datagram| table.open(received, address(ALICE), datagram));
    let results = world.nodes[BOB].device.commit_all(received, opened);
    assert_eq!(results.filter(Result::is_ok).count(), 2);

    world.run_for(secs(10));

    assert_eq!(world.sent(BOB).last(), Some(&(received + secs(10), 4)));
}

/// Of a run of packets some things are noted once; where the peer is, is not one of them.
#[test]
fn a_peer_that_roams_in_the_midst_of_a_batch_is_sent_to_where_it_is() {
    let mut world = World::connected();
    let table = table(&mut world, BOB);
    let (now, bob) = (world.now, world.nodes[BOB].peer);
    let elsewhere = "198.51.100.9:9".parse().unwrap();
    let mut batch = [0, 1, 2].map(|i| world.datagram(ALICE, &packet(ALICE, BOB, 40, i)));
    let from = [address(ALICE), address(ALICE), elsewhere];

    let mut from = from.into_iter();
    let opened = batch.each_mut().map(|datagram| table.open(now, from.next().unwrap(), datagram));
    let device = &mut world.nodes[BOB].device;
    assert_eq!(device.commit_all(now, opened).filter(Result::is_ok).count(), 3);

    assert_eq!(device.endpoint(bob), Ok(Some(elsewhere)));
}

#[test]
fn duplicate_inside_one_batch_is_dropped() {
    let mut world = World::connected();
    let table = table(&mut world, BOB);
    let datagram = world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));
    let mut copies = [datagram.clone(), datagram.clone(), datagram];
    let now = world.now;

    let opened: Vec<_> =
        copies.iter_mut().map(|copy| table.open(now, address(ALICE), copy)).collect();
    let discards: Vec<_> =
        world.nodes[BOB].device.commit_all(now, opened).map(Result::err).collect();

    assert_eq!(discards, [None, Some(Discard::Replay), Some(Discard::Replay)]);
}

#[test]
fn opening_with_a_table_changes_nothing_before_the_commit() {
    let mut world = World::connected();
    let table = table(&mut world, BOB);
    let mut datagram = world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));
    let now = world.now;
    let peer = world.nodes[BOB].peer;
    let bob = &mut world.nodes[BOB].device;
    let (deadline, status) = (bob.poll_timeout(), bob.status(peer));

    let opened = table.open(now, address(66), &mut datagram);

    assert_eq!((bob.poll_timeout(), bob.status(peer)), (deadline, status));
    assert!(matches!(bob.commit(now, opened), Ok(Inbound::Packet { .. })));
    assert_eq!(bob.poll_event(), Some(Event::Roamed(peer, address(66))));
}

#[test]
fn what_was_opened_is_silent_about_its_content() {
    let mut world = World::connected();
    let mut datagram = world.datagram(ALICE, &packet(ALICE, BOB, 48, 171));
    let table = table(&mut world, BOB);

    let opened = table.open(world.now, address(ALICE), &mut datagram);

    let shown = format!("{opened:?}");
    assert!(shown.starts_with("Opened { from: 192.0.2.1:51820, len: 80, state: Open {"), "{shown}");
    assert!(!shown.contains("171"), "{shown}");
}

#[test]
fn table_changes_only_when_sessions_do() {
    let mut world = World::connected();
    let before = table(&mut world, BOB);
    world.send(ALICE, &packet(ALICE, BOB, 40, 0));
    world.run_for(secs(6));
    assert!(Arc::ptr_eq(&before, &table(&mut world, BOB)));

    world.initiate(ALICE);
    world.run_for(millis(1));

    let after = table(&mut world, BOB);
    assert!(!Arc::ptr_eq(&before, &after));
    // What the old table does not know yet, the device opens itself.
    let mut datagram = world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));
    let now = world.now;
    let opened = before.open(now, address(ALICE), &mut datagram);
    assert!(world.nodes[BOB].device.commit(now, opened).is_ok());
}

#[test]
fn handshake_that_is_begun_or_given_up_leaves_the_table_as_it_is() {
    let mut world = World::connected();
    world.faults.loss = 100;
    world.run_for(secs(6));
    let before = table(&mut world, ALICE);

    world.initiate(ALICE);
    assert_eq!(world.initiations(ALICE).len(), 2);
    assert!(Arc::ptr_eq(&before, &table(&mut world, ALICE)));
    world.run_for(secs(91));
    assert_eq!(world.nodes[ALICE].events.last(), Some(&Event::GaveUp(world.nodes[ALICE].peer)));
    assert!(Arc::ptr_eq(&before, &table(&mut world, ALICE)));
}

#[test]
fn datagram_of_a_session_dropped_before_the_commit_is_discarded() {
    let mut world = World::connected();
    let table = table(&mut world, BOB);
    let mut datagram = world.datagram(ALICE, &packet(ALICE, BOB, 40, 0));
    let now = world.now;
    let opened = table.open(now, address(ALICE), &mut datagram);

    let peer = world.nodes[BOB].peer;
    world.nodes[BOB].device.remove_peer(peer).unwrap();

    assert_eq!(world.nodes[BOB].device.commit(now, opened), Err(Discard::UnknownIndex));
}

#[test]
fn threads_share_one_device() {
    let mut world = World::connected();
    let now = world.now;
    let leases = [0; 4].map(|_| lease(&mut world, ALICE, 500));
    let table = table(&mut world, BOB);
    let packet = packet(ALICE, BOB, 200, 1);
    let seal = |mut lease: Lease| {
        let mut buf = train(&lease, &vec![packet.clone(); 500]);
        let segment = lease.seal_train(now, &mut buf, 200).unwrap().segment;
        (buf, segment)
    };

    let mut sealed = std::thread::scope(|scope| {
        let threads = leases.map(|lease| scope.spawn(|| seal(lease)));
        threads.map(|thread| thread.join().unwrap())
    });
    let opened: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = sealed
            .iter_mut()
            .map(|(buf, segment)| {
                scope.spawn(|| {
                    let datagrams = buf.chunks_mut(*segment);
                    let open = |datagram| table.open(now, address(ALICE), datagram);
                    datagrams.map(open).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let bob = &mut world.nodes[BOB].device;
    let received = bob.commit_all(now, opened).filter(Result::is_ok).count();

    assert_eq!(received, 2000);
}

/// How many ciphers of [`Counted`] exist.
static ALIVE: AtomicUsize = AtomicUsize::new(0);

/// A cipher whose end is seen.
#[derive(Debug)]
struct Counted(ChaCha20Poly1305);

impl Aead for Counted {
    fn new(key: &[u8; 32]) -> Self {
        ALIVE.fetch_add(1, Ordering::SeqCst);
        Self(Aead::new(key))
    }

    fn seal(
        &self,
        counter: u64,
        bound: &[u8],
        text: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), TextTooLong> {
        self.0.seal(counter, bound, text, tag)
    }

    fn open(
        &self,
        counter: u64,
        bound: &[u8],
        text: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), BadTag> {
        self.0.open(counter, bound, text, tag)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn an_index_drawn_again_does_not_name_the_session_it_named_before() {
    let mut world = World::connected();
    let mut datagram = world.datagram(ALICE, &packet(ALICE, BOB, 40, 1));
    // A twin of Bob draws the same indices; its Alice has drawn one more than the first.
    let mut twin = World::new();
    twin.faults.loss = 100;
    twin.initiate(ALICE);
    twin.run_for(secs(2));
    twin.faults.loss = 0;
    twin.run_for(secs(5));
    let same_index = twin.datagram(ALICE, &packet(ALICE, BOB, 40, 2));
    assert_eq!(same_index[4..8], datagram[4..8]);

    let now = twin.now;
    let opened = table(&mut world, BOB).open(world.now, address(ALICE), &mut datagram);
    let bob = &mut twin.nodes[BOB].device;

    assert_eq!(bob.commit(now, opened), Err(Discard::UnknownIndex));
    assert_eq!(twin.deliver(BOB, &same_index), Ok(()));
}

#[test]
fn keys_are_wiped_when_the_last_lease_or_table_is_gone() {
    let start = Time::default();
    let wall = Unix { secs: 1_800_000_000, nanos: 0 };
    let seed = Seed::from_bytes([8; 32]);
    let mut alice = Device::<Counted>::with_cipher(config(ALICE), seed, start, wall);
    let mut bob = device(BOB);
    let to_bob = alice
        .add_peer(Time::default(), PeerConfig::new(bob.public_key()).endpoint(address(BOB)))
        .unwrap();
    bob.add_peer(Time::default(), PeerConfig::new(alice.public_key())).unwrap();
    alice.initiate(start, to_bob).unwrap();
    let mut out = [0; CONTROL_LEN];
    let initiation = alice.poll_transmit(start, &mut out).unwrap();
    bob.open(start, address(ALICE), initiation.datagram).unwrap();
    let response = bob.poll_transmit(start, &mut out).unwrap();
    alice.open(start, address(BOB), response.datagram).unwrap();
    assert_eq!(ALIVE.load(Ordering::SeqCst), 2);

    let lease = alice.lease(start, to_bob, 1).unwrap();
    let table = alice.key_table();
    alice.handle_timeout(start + secs(540));

    assert_eq!(ALIVE.load(Ordering::SeqCst), 2);
    drop(table);
    assert_eq!(ALIVE.load(Ordering::SeqCst), 2);
    drop(lease);
    assert_eq!(ALIVE.load(Ordering::SeqCst), 0);
}

#[test]
fn leases_and_tables_may_move_between_threads() {
    fn moves<T: Send + Sync>() {}

    moves::<Lease>();
    moves::<KeyTable>();
    moves::<vpn_core::Opened<'_>>();
}
