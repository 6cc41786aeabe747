//! A packet from the inside out: route, seal, account; beside boringtun, gotatun, and the bare cipher
//! that ours is built on, which shows what all but the cipher costs.

use aws_lc_rs::aead::LessSafeKey;
use benches::{Contest, Suite};
use gotatun::packet::Packet;
use vpn_core::{Aead, AwsLcChaCha20Poly1305, ChaCha20Poly1305};

use crate::bare::Bare;
use crate::tunnel::{Boringtun, Buffer, Gotatun, Ours, SIZES, packet, written};

/// Packets made at a time for gotatun, which uses them up.
const BATCH: usize = 32;

pub(crate) fn enter(suite: &mut Suite) {
    for size in SIZES {
        suite.path(&format!("seal/{size}"), || {
            beside_gotatun(contest::<AwsLcChaCha20Poly1305, LessSafeKey>(size), size)
        });
    }
    for size in SIZES {
        suite.path(&format!("seal-default/{size}"), || {
            contest::<ChaCha20Poly1305, chacha20poly1305::ChaCha20Poly1305>(size)
        });
    }
}

fn contest<'a, A: Aead + 'a, B: Bare + 'a>(size: usize) -> Contest<'a> {
    let packet = packet(size);
    let header = *packet.first_chunk().expect("an IP header");
    let mut ours = Ours::<A>::connected(size);
    let mut boringtun = Boringtun::connected();
    let mut buffer = Buffer::new(&packet);
    let mut sealed = vec![0; size + 32];

    let length = buffer.seal(&mut ours.initiator, ours.now, &header);
    assert_eq!(buffer.open(&mut ours.responder, ours.now), size);
    assert_eq!(written(boringtun.initiator.encapsulate(&packet, &mut sealed)).len(), length);

    let cipher = B::new();
    let mut text = packet.clone();
    let mut counter = 0_u64;
    Contest::new(move || buffer.seal(&mut ours.initiator, ours.now, &header))
        .peer("boringtun", move || {
            written(boringtun.initiator.encapsulate(&packet, &mut sealed)).len()
        })
        .peer(B::NAME, move || {
            counter += 1;
            // As ours is given it each time: what was just written is slow to be read.
            text[..20].copy_from_slice(&header);
            cipher.seal(counter, &mut text)
        })
        .bytes(size)
}

fn beside_gotatun(contest: Contest<'_>, size: usize) -> Contest<'_> {
    let packet = packet(size);
    let mut gotatun = Gotatun::connected();

    let sealed = Gotatun::seal(&mut gotatun.initiator, Packet::copy_from(packet.as_slice()));
    assert_eq!(sealed.len(), size + 32);
    assert_eq!(*Gotatun::open(&mut gotatun.responder, sealed), *packet);

    contest.peer_prepared(
        "gotatun",
        (0..BATCH).map(|_| None).collect(),
        move |piece: &mut Option<_>| *piece = Some(Packet::copy_from(packet.as_slice())),
        move |piece| piece.take().map(|packet| Gotatun::seal(&mut gotatun.initiator, packet)),
    )
}
