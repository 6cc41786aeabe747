//! The message pattern IKpsk2 of the Noise specification, with payloads of any length:
//!
//! ```text
//! <- s
//! ...
//! -> e, es, s, ss
//! <- e, ee, se, psk
//! ```

use super::symmetric::Symmetric;
use super::{Identity, NotAuthentic, Remote};
use crate::crypto::Aead;
use crate::key::{KeyPair, PresharedKey, PublicKey, SharedSecret};

/// Begins as initiator; `prologue` binds what both sides must agree on beforehand.
pub(super) fn begin(prologue: &[u8], responder: &PublicKey) -> Symmetric {
    let mut state = Symmetric::new(prologue);
    state.mix_hash(responder.as_bytes());
    state
}

/// Initiator: writes `e, es, s, ss` and the payload, whose place ends in 16 bytes for the tag.
pub(super) fn write_first<A: Aead>(
    state: &mut Symmetric,
    local: &Identity,
    remote: &Remote,
    ephemeral: &KeyPair,
    sealed_static: &mut [u8; 48],
    sealed_payload: &mut [u8],
) -> Result<PublicKey, NotAuthentic> {
    let public = ephemeral.public();
    state.mix_ephemeral(public.as_bytes());
    let key = state.derive_key(&agree(ephemeral, &remote.public)?);
    sealed_static[..32].copy_from_slice(local.public().as_bytes());
    state.seal::<A>(&key, sealed_static)?;
    let key = state.derive_key(&remote.shared);
    state.seal::<A>(&key, sealed_payload)?;
    Ok(public)
}

/// Responder: reads `e, es, s` and returns the key that the initiator claims.
pub(super) fn read_first_static<A: Aead>(
    state: &mut Symmetric,
    local: &Identity,
    ephemeral: &PublicKey,
    mut sealed_static: [u8; 48],
) -> Result<PublicKey, NotAuthentic> {
    state.mix_ephemeral(ephemeral.as_bytes());
    let key = state.derive_key(&agree(&local.keys, ephemeral)?);
    let claimed = state.open::<A>(&key, &mut sealed_static)?;
    Ok(PublicKey::from_bytes(claimed.try_into().map_err(|_| NotAuthentic)?))
}

/// Responder: reads `ss` and the payload, which proves the claim.
pub(super) fn read_first_payload<'m, A: Aead>(
    state: &mut Symmetric,
    shared: &SharedSecret,
    sealed_payload: &'m mut [u8],
) -> Result<&'m mut [u8], NotAuthentic> {
    let key = state.derive_key(shared);
    state.open::<A>(&key, sealed_payload)
}

/// Responder: writes `e, ee, se, psk` and the payload, whose place ends in 16 bytes for the tag.
pub(super) fn write_second<A: Aead>(
    state: &mut Symmetric,
    remote: &Remote,
    their_ephemeral: &PublicKey,
    ephemeral: &KeyPair,
    sealed_payload: &mut [u8],
) -> Result<PublicKey, NotAuthentic> {
    let public = ephemeral.public();
    state.mix_ephemeral(public.as_bytes());
    state.mix_shared(&agree(ephemeral, their_ephemeral)?);
    state.mix_shared(&agree(ephemeral, &remote.public)?);
    let key = state.mix_psk(remote.psk.as_bytes());
    state.seal::<A>(&key, sealed_payload)?;
    Ok(public)
}

/// Initiator: reads `e, ee, se, psk` and the payload.
pub(super) fn read_second<'m, A: Aead>(
    state: &mut Symmetric,
    local: &Identity,
    psk: &PresharedKey,
    ephemeral: &KeyPair,
    their_ephemeral: &PublicKey,
    sealed_payload: &'m mut [u8],
) -> Result<&'m mut [u8], NotAuthentic> {
    state.mix_ephemeral(their_ephemeral.as_bytes());
    state.mix_shared(&agree(ephemeral, their_ephemeral)?);
    state.mix_shared(&agree(&local.keys, their_ephemeral)?);
    let key = state.mix_psk(psk.as_bytes());
    state.open::<A>(&key, sealed_payload)
}

fn agree(keys: &KeyPair, public: &PublicKey) -> Result<SharedSecret, NotAuthentic> {
    keys.agree(public).ok_or(NotAuthentic)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::crypto::{ChaCha20Poly1305 as Cipher, Key};
    use crate::key::{Curve, SecretKey};

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
    }

    fn keys(hex: &str) -> KeyPair {
        KeyPair::new(Curve::default(), SecretKey::from_bytes(bytes(hex).try_into().unwrap()))
    }

    /// A payload with room for its tag.
    fn payload(hex: &str) -> Vec<u8> {
        let mut payload = bytes(hex);
        payload.extend([0; 16]);
        payload
    }

    /// The vector of cacophony for this pattern, as shipped in the package of snow 0.10
    /// (tests/vectors/cacophony.txt): every message of the handshake and of the transport.
    #[test]
    fn cacophony_vector_is_reproduced() {
        let prologue = bytes("4a6f686e2047616c74");
        let psk = "54686973206973206d7920417573747269616e20706572737065637469766521";
        let psk = PresharedKey::from_bytes(bytes(psk).try_into().unwrap());
        let alice = Identity::from(keys(
            "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
        ));
        let bob = Identity::from(keys(
            "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
        ));
        let alice_ephemeral =
            keys("893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a");
        let bob_ephemeral =
            keys("bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b");
        assert_eq!(
            bob.public().as_bytes().as_slice(),
            bytes("31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62")
        );
        let to_bob = Remote::new(&alice, bob.public(), Some(psk.clone())).unwrap();
        let to_alice = Remote::new(&bob, alice.public(), Some(psk.clone())).unwrap();

        let mut ours = begin(&prologue, &bob.public());
        let mut sealed_static = [0; 48];
        let mut first = payload("4c756477696720766f6e204d69736573");
        let e = write_first::<Cipher>(
            &mut ours,
            &alice,
            &to_bob,
            &alice_ephemeral,
            &mut sealed_static,
            &mut first,
        )
        .unwrap();
        let message = [e.as_bytes().as_slice(), &sealed_static, &first].concat();
        assert_eq!(
            message,
            bytes(
                "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944001e21de9f98ddd8e2\
                 ad57527207feb56253c9c94a9e496782ecfcb2a75fbcaf1b52948cc48daefe660c62119ab5000980c8\
                 4831215f2441eba616548e832985464cf17e51ee93109008399a21f7e13f"
            )
        );

        let mut theirs = begin(&prologue, &bob.public());
        let claimed = read_first_static::<Cipher>(&mut theirs, &bob, &e, sealed_static).unwrap();
        let text = read_first_payload::<Cipher>(&mut theirs, &to_alice.shared, &mut first).unwrap();
        assert_eq!(claimed, alice.public());
        assert_eq!(text, b"Ludwig von Mises");

        let mut second = payload("4d757272617920526f746862617264");
        let re = write_second::<Cipher>(&mut theirs, &to_alice, &e, &bob_ephemeral, &mut second)
            .unwrap();
        let message = [re.as_bytes().as_slice(), &second].concat();
        assert_eq!(
            message,
            bytes(
                "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843cb765f2caef0751b8f\
                 007572dab0322217755c0632f365717edbf34d33e87a"
            )
        );
        let text =
            read_second::<Cipher>(&mut ours, &alice, &psk, &alice_ephemeral, &re, &mut second);
        assert_eq!(text.unwrap(), b"Murray Rothbard");

        let hash = bytes("f5191b875290abcd41347ac3622d9679688a7e980229cb937ef748336cfde0e5");
        assert_eq!(ours.transcript().as_slice(), hash);
        assert_eq!(theirs.transcript().as_slice(), hash);
        let (a, b) = ours.split();
        assert_eq!((&a, &b), (&theirs.clone().split().0, &theirs.split().1));

        let sealed = |key: &Key, counter, text: &str| {
            let mut text = bytes(text);
            let mut tag = [0; 16];
            Cipher::new(key).seal(counter, &[], &mut text, &mut tag).unwrap();
            text.extend(tag);
            text
        };
        assert_eq!(
            sealed(&a, 0, "462e20412e20486179656b"),
            bytes("8153ca9833bc3c1b91a7e66e5f4d4f5b59bf9e64c2f20d15f0bba7")
        );
        assert_eq!(
            sealed(&b, 0, "4361726c204d656e676572"),
            bytes("07af0c9c86e1b4e80f36b04ff7688d51141af3debd0332f0a705ef")
        );
        assert_eq!(
            sealed(&a, 1, "4a65616e2d426170746973746520536179"),
            bytes("6ab1467c0448cc78394494abaaf23afce0e234315d6e2624dcbfa8a21c1c4d073d")
        );
        assert_eq!(
            sealed(&b, 1, "457567656e2042f6686d20766f6e2042617765726b"),
            bytes("dfc346c0d2296ae6cf1acf6f12b8456a1dba228cf8d8b774aacf1c47fc53aa80ebc7a4c292")
        );
    }
}
