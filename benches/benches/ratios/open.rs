//! A datagram from the outside in: find its session, authenticate, decrypt, check counter and source;
//! beside boringtun, gotatun and the bare cipher. Every datagram is opened once, sealed off the clock.

use aws_lc_rs::aead::LessSafeKey;
use benches::{Contest, Suite};
use gotatun::packet::Packet;
use vpn_core::{Aead, AwsLcChaCha20Poly1305, ChaCha20Poly1305};

use crate::bare::Bare;
use crate::tunnel::{Boringtun, Buffer, Gotatun, Ours, SIZES, delivered, packet, written};

/// Datagrams sealed at a time.
const BATCH: usize = 32;

pub(crate) fn enter(suite: &mut Suite) {
    for size in SIZES {
        suite.path(&format!("open/{size}"), || {
            beside_gotatun(contest::<AwsLcChaCha20Poly1305, LessSafeKey>(size), size)
        });
    }
    for size in SIZES {
        suite.path(&format!("open-default/{size}"), || {
            contest::<ChaCha20Poly1305, chacha20poly1305::ChaCha20Poly1305>(size)
        });
    }
}

fn contest<'a, A: Aead + 'a, B: Bare + 'a>(size: usize) -> Contest<'a> {
    let packet = packet(size);
    let header = *packet.first_chunk().expect("an IP header");
    let Ours { mut initiator, mut responder, now, .. } = Ours::<A>::connected(size);
    let Boringtun { initiator: mut sealer, responder: mut opener, .. } = Boringtun::connected();
    let buffers: Vec<Buffer> = (0..BATCH).map(|_| Buffer::new(&packet)).collect();
    let datagrams = vec![vec![0; size + 32]; BATCH];
    let mut opened = vec![0; size + 32];

    let mut first = Buffer::new(&packet);
    first.seal(&mut initiator, now, &header);
    assert_eq!(first.open(&mut responder, now), size);
    let sealed = written(sealer.encapsulate(&packet, &mut opened)).to_vec();
    assert_eq!(delivered(opener.decapsulate(None, &sealed, &mut opened)), packet);

    let (cipher, decipher) = (B::new(), B::new());
    let texts = vec![(packet.clone(), 0, [0; 16]); BATCH];
    let mut counter = 0_u64;
    Contest::prepared(
        buffers,
        move |buffer| _ = buffer.seal(&mut initiator, now, &header),
        move |buffer| buffer.open(&mut responder, now),
    )
    .peer_prepared(
        "boringtun",
        datagrams,
        move |datagram| {
            let length = written(sealer.encapsulate(&packet, datagram)).len();
            datagram.truncate(length);
        },
        move |datagram| delivered(opener.decapsulate(None, datagram, &mut opened)).len(),
    )
    .peer_prepared(
        B::NAME,
        texts,
        move |(text, at, tag)| {
            counter += 1;
            *at = counter;
            *tag = cipher.seal(counter, text);
        },
        move |(text, counter, tag)| decipher.open(*counter, text, tag),
    )
    .bytes(size)
}

fn beside_gotatun(contest: Contest<'_>, size: usize) -> Contest<'_> {
    let packet = packet(size);
    let Gotatun { initiator: mut sealer, responder: mut opener } = Gotatun::connected();
    contest.peer_prepared(
        "gotatun",
        (0..BATCH).map(|_| None).collect(),
        move |piece: &mut Option<_>| {
            let packet = Packet::copy_from(packet.as_slice());
            *piece = Some(Gotatun::seal(&mut sealer, packet));
        },
        move |piece| piece.take().map(|datagram| Gotatun::open(&mut opener, datagram).len()),
    )
}
