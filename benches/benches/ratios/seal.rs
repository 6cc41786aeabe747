//! A packet from the inside out: route, seal, account; beside boringtun, and beside the bare cipher
//! that ours is built on, which shows what all but the cipher costs.

use benches::{Contest, Suite};
use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut, ChaCha20Poly1305, KeyInit};

use crate::tunnel::{Boringtun, Buffer, Ours, SIZES, packet, written};

pub(crate) fn enter(suite: &mut Suite) {
    for size in SIZES {
        suite.path(&format!("seal-default/{size}"), || contest(size));
    }
}

fn contest<'a>(size: usize) -> Contest<'a> {
    let packet = packet(size);
    let header = packet[..20].to_vec();
    let mut ours = Ours::connected(size);
    let mut boringtun = Boringtun::connected();
    let mut buffer = Buffer::new(&packet);
    let mut sealed = vec![0; size + 32];

    let length = buffer.seal(&mut ours.initiator, ours.now, &header);
    assert_eq!(buffer.open(&mut ours.responder, ours.now), size);
    assert_eq!(written(boringtun.initiator.encapsulate(&packet, &mut sealed)).len(), length);

    let cipher: ChaCha20Poly1305 = KeyInit::new(&[7; 32].into());
    let mut text = packet.clone();
    let mut counter = 0_u64;
    Contest::new(move || buffer.seal(&mut ours.initiator, ours.now, &header))
        .peer("boringtun", move || {
            written(boringtun.initiator.encapsulate(&packet, &mut sealed)).len()
        })
        .peer("chacha20poly1305", move || {
            counter += 1;
            encrypt(&cipher, counter, &mut text)
        })
        .bytes(size)
}

/// Encrypts in place under a counter and returns the tag.
pub(crate) fn encrypt(cipher: &ChaCha20Poly1305, counter: u64, text: &mut [u8]) -> [u8; 16] {
    cipher
        .encrypt_inout_detached(&nonce(counter).into(), &[], InOutBuf::from(text))
        .expect("a packet is short enough")
        .into()
}

/// The nonce of a data message: four zero bytes and the counter.
pub(crate) fn nonce(counter: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&counter.to_le_bytes());
    nonce
}
