use blake2::Blake2sMac;
use blake2::digest::consts::U16;
use blake2::digest::{FixedOutput, KeyInit, Update};
use subtle::ConstantTimeEq;

use crate::crypto::kdf::hash;
use crate::key::PublicKey;

/// Length of mac1, mac2 and cookies.
const LEN: usize = 16;

/// One of the two macs that end a handshake message.
pub(crate) type Mac = [u8; LEN];
/// What a responder under load hands out, and what keys mac2.
pub(crate) type Cookie = [u8; LEN];

/// What keys mac1 of messages to one receiver; anyone who knows its public key has it.
#[derive(Debug)]
pub(crate) struct Mac1Key([u8; 32]);

impl Mac1Key {
    pub(crate) fn new(receiver: &PublicKey) -> Self {
        Self(hash(&[b"mac1----", receiver.as_bytes()]))
    }
}

/// Writes mac1, and mac2 if there is a cookie, into the end of a handshake message.
///
/// Returns mac1, to which a cookie reply is bound.
pub(crate) fn stamp_macs<const N: usize>(
    message: &mut [u8; N],
    key: &Mac1Key,
    cookie: Option<&Cookie>,
) -> Mac {
    const { assert!(N >= 2 * LEN) };
    let (mac1_at, mac2_at) = (N - 2 * LEN, N - LEN);
    let mac1 = keyed(&key.0, &message[..mac1_at]);
    message[mac1_at..mac2_at].copy_from_slice(&mac1);
    if let Some(cookie) = cookie {
        let mac2 = keyed(cookie, &message[..mac2_at]);
        message[mac2_at..].copy_from_slice(&mac2);
    }
    mac1
}

/// Returns mac1 of a handshake message if its sender has `key`; compares in constant time.
pub(crate) fn verify_mac1(message: &[u8], key: &Mac1Key) -> Option<Mac> {
    let (before_mac2, _) = message.split_last_chunk::<LEN>()?;
    let (before_mac1, mac1) = before_mac2.split_last_chunk::<LEN>()?;
    let right: bool = keyed(&key.0, before_mac1).ct_eq(mac1).into();
    right.then_some(*mac1)
}

/// Whether the sender of a handshake message holds `cookie`; in constant time.
pub(crate) fn verify_mac2(message: &[u8], cookie: &Cookie) -> bool {
    let Some((before_mac2, mac2)) = message.split_last_chunk::<LEN>() else { return false };
    keyed(cookie, before_mac2).ct_eq(mac2).into()
}

/// The cookie for a source: what only the holder of `secret` can compute.
pub(crate) fn make_cookie(secret: &[u8; 32], source: &[u8]) -> Cookie {
    keyed(secret, source)
}

/// The key under which `sender` seals its cookie replies.
pub(crate) fn cookie_key(sender: &PublicKey) -> [u8; 32] {
    hash(&[b"cookie--", sender.as_bytes()])
}

/// The keyed mode of BLAKE2s with 16 bytes of output (RFC 7693, section 2.9), not HMAC.
#[expect(clippy::expect_used, reason = "the key's length is checked when this is compiled")]
fn keyed<const K: usize>(key: &[u8; K], message: &[u8]) -> Mac {
    const { assert!(K <= 32) };
    let mut mac = Blake2sMac::<U16>::new_from_slice(key).expect("a key of up to 32 bytes");
    mac.update(message);
    mac.finalize_fixed().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receiver(byte: u8) -> Mac1Key {
        Mac1Key::new(&PublicKey::from_bytes([byte; 32]))
    }

    #[test]
    fn mac1_binds_message_and_receiver() {
        let key = receiver(3);
        let mut message = [8; 92];
        stamp_macs(&mut message, &key, None);

        assert_eq!(verify_mac1(&message, &key).as_ref(), message[60..].first_chunk());
        assert_eq!(verify_mac1(&message, &receiver(4)), None);
        assert_eq!(message[76..], [8; 16]);
        for at in 0..76 {
            let mut forged = message;
            forged[at] ^= 1;
            assert_eq!(verify_mac1(&forged, &key), None, "byte {at}");
        }
        for len in 0..32 {
            assert_eq!(verify_mac1(&message[..len], &key), None);
        }
    }

    #[test]
    fn mac2_binds_message_and_cookie() {
        let mut message = [8; 92];
        stamp_macs(&mut message, &receiver(3), Some(&[9; 16]));

        assert!(verify_mac2(&message, &[9; 16]));
        assert!(!verify_mac2(&message, &[8; 16]));
        for at in 0..92 {
            let mut forged = message;
            forged[at] ^= 0x80;
            assert!(!verify_mac2(&forged, &[9; 16]), "byte {at}");
        }
        for len in 0..16 {
            assert!(!verify_mac2(&message[..len], &[9; 16]));
        }
    }

    #[test]
    fn mac2_covers_mac1_and_is_keyed_by_the_cookie() {
        let key = receiver(3);
        let mut message = [0; 148];
        let mac1 = stamp_macs(&mut message, &key, Some(&[9; 16]));

        assert_eq!(message[116..132], mac1);
        assert_eq!(message[132..], keyed(&[9; 16], &message[..132]));
    }
}
