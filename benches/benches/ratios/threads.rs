//! One device's packets sealed and opened by two threads, under leases and a key table; beside one
//! thread that does the same. On a machine with fewer than two idle cores the ratio says nothing.

use std::thread;

use benches::{Contest, Suite};
use vpn_core::{Aead, AwsLcChaCha20Poly1305, HEADROOM, KeyTable, Lease, Opened, Time};

use crate::tunnel::{FROM, Ours, packet};

const SIZE: usize = 1420;
/// Packets of one run, within what a receiver's window takes in any order.
const PACKETS: usize = 1024;

pub(crate) fn enter(suite: &mut Suite) {
    suite.path("two-threads/1420", || {
        Contest::parallel(work(2))
            .peer("vpn-core", work(1))
            .operations(PACKETS as u32)
            .bytes(PACKETS * SIZE)
    });
}

/// Seals all packets and opens them, on so many threads.
fn work(threads: usize) -> impl FnMut() {
    let mut ours = Ours::<AwsLcChaCha20Poly1305>::connected(SIZE);
    let packet = packet(SIZE);
    let segment = SIZE + 32;
    let mut trains: Vec<Vec<u8>> =
        (0..threads).map(|_| vec![0; PACKETS / threads * segment]).collect();
    move || {
        let Ours { initiator, responder, peer, now, .. } = &mut ours;
        let table = responder.key_table();
        let leases: Vec<_> = trains
            .iter()
            .map(|train| {
                let packets = (train.len() / segment) as u32;
                initiator.lease(*now, *peer, packets).expect("a peer").expect("a session")
            })
            .collect();
        let done = thread::scope(|scope| {
            let (packet, table) = (&packet, &*table);
            let working: Vec<_> = trains
                .iter_mut()
                .zip(leases)
                .map(|(train, lease)| scope.spawn(|| carry(*now, lease, table, packet, train)))
                .collect();
            working.into_iter().map(|thread| thread.join().expect("no panic")).collect::<Vec<_>>()
        });
        let mut received = 0;
        for (lease, opened) in done {
            initiator.settle(lease);
            received += responder.commit_all(*now, opened).filter(Result::is_ok).count();
        }
        assert_eq!(received, PACKETS);
    }
}

/// What one thread does.
fn carry<'b, A: Aead>(
    now: Time,
    mut lease: Lease<A>,
    table: &KeyTable<A>,
    packet: &[u8],
    train: &'b mut [u8],
) -> (Lease<A>, Vec<Opened<'b>>) {
    let segment = lease.message_len(packet.len());
    for place in train.chunks_mut(segment) {
        place[HEADROOM..HEADROOM + packet.len()].copy_from_slice(packet);
    }
    let sealed = lease.seal_train(now, train, packet.len()).expect("counters enough");
    let datagrams = sealed.datagrams.chunks_mut(sealed.segment);
    let opened = datagrams.map(|datagram| table.open(now, FROM, datagram)).collect();
    (lease, opened)
}
