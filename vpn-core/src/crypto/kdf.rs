use blake2::Blake2s256;
use blake2::digest::{Digest, FixedOutput, KeyInit, Mac};
use hmac::SimpleHmac;
use zeroize::Zeroizing;

use super::Key;

/// BLAKE2s-256 over the concatenation of `parts` (RFC 7693).
pub(crate) fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Blake2s256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// HKDF with HMAC-BLAKE2s, one output.
pub(crate) fn kdf1(chain: &[u8; 32], input: &[u8]) -> Key {
    let temporary = hmac(chain, &[input]);
    hmac(&temporary, &[&[1]])
}

/// HKDF with HMAC-BLAKE2s, two outputs.
pub(crate) fn kdf2(chain: &[u8; 32], input: &[u8]) -> (Key, Key) {
    let temporary = hmac(chain, &[input]);
    let first = hmac(&temporary, &[&[1]]);
    let second = hmac(&temporary, &[first.as_slice(), &[2]]);
    (first, second)
}

/// HKDF with HMAC-BLAKE2s, three outputs.
pub(crate) fn kdf3(chain: &[u8; 32], input: &[u8]) -> (Key, Key, Key) {
    let temporary = hmac(chain, &[input]);
    let first = hmac(&temporary, &[&[1]]);
    let second = hmac(&temporary, &[first.as_slice(), &[2]]);
    let third = hmac(&temporary, &[second.as_slice(), &[3]]);
    (first, second, third)
}

/// HMAC-BLAKE2s (RFC 2104 with blocks of 64 bytes), not the keyed mode of BLAKE2s.
#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> Key {
    let mut mac = SimpleHmac::<Blake2s256>::new_from_slice(key).expect("a key of any length");
    for part in parts {
        Mac::update(&mut mac, part);
    }
    let mut output = Zeroizing::new([0; 32]);
    mac.finalize_into((&mut *output).into());
    output
}
