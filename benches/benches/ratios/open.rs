//! A datagram from the outside in: find its session, authenticate, decrypt, check counter and source;
//! beside boringtun and the bare cipher. Every datagram is opened once, sealed off the clock.

use benches::{Contest, Suite};
use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut, ChaCha20Poly1305, KeyInit};

use crate::seal::{encrypt, nonce};
use crate::tunnel::{Boringtun, Buffer, Ours, SIZES, delivered, packet, written};

/// Datagrams sealed at a time.
const BATCH: usize = 32;

pub(crate) fn enter(suite: &mut Suite) {
    for size in SIZES {
        suite.path(&format!("open-default/{size}"), || contest(size));
    }
}

fn contest<'a>(size: usize) -> Contest<'a> {
    let packet = packet(size);
    let header = packet[..20].to_vec();
    let Ours { mut initiator, mut responder, now, .. } = Ours::connected(size);
    let Boringtun { initiator: mut sealer, responder: mut opener, .. } = Boringtun::connected();
    let buffers: Vec<Buffer> = (0..BATCH).map(|_| Buffer::new(&packet)).collect();
    let datagrams = vec![vec![0; size + 32]; BATCH];
    let mut opened = vec![0; size + 32];

    let mut first = Buffer::new(&packet);
    first.seal(&mut initiator, now, &header);
    assert_eq!(first.open(&mut responder, now), size);
    let sealed = written(sealer.encapsulate(&packet, &mut opened)).to_vec();
    assert_eq!(delivered(opener.decapsulate(None, &sealed, &mut opened)), packet);

    let cipher: ChaCha20Poly1305 = KeyInit::new(&[7; 32].into());
    let decipher = cipher.clone();
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
        "chacha20poly1305",
        texts,
        move |(text, at, tag)| {
            counter += 1;
            *at = counter;
            *tag = encrypt(&cipher, counter, text);
        },
        move |(text, counter, tag)| {
            decipher
                .decrypt_inout_detached(
                    &nonce(*counter).into(),
                    &[],
                    InOutBuf::from(text.as_mut_slice()),
                    (&*tag).into(),
                )
                .expect("sealed with the same key");
        },
    )
    .bytes(size)
}
