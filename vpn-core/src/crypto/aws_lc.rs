use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use core::fmt;

use super::aead::{Aead, BadTag, TextTooLong, nonce};

/// The [`Aead`] of AWS-LC, written in assembly: the fastest where it is, and it needs a C compiler.
///
/// AWS-LC wipes the key when it is dropped, and keeps it on its own heap. Chosen by type:
///
/// ```
/// use vpn_core::{AwsLcChaCha20Poly1305, Device, DeviceConfig, SecretKey, Seed, Time, Unix};
///
/// let device = Device::<AwsLcChaCha20Poly1305>::with_cipher(
///     DeviceConfig::new(SecretKey::from_bytes([1; 32])),
///     Seed::from_bytes([2; 32]),
///     Time::from_nanos(0),
///     Unix { secs: 1_800_000_000, nanos: 0 },
/// );
/// ```
pub struct AwsLcChaCha20Poly1305(LessSafeKey);

impl AwsLcChaCha20Poly1305 {
    #[inline]
    fn seal_with(
        &self,
        nonce: [u8; 12],
        bound: &[u8],
        text: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), TextTooLong> {
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.0
            .seal_in_place_scatter(nonce, Aad::from(bound), text, &[], tag)
            .map_err(|_| TextTooLong)
    }

    #[inline]
    fn open_with(
        &self,
        nonce: [u8; 12],
        bound: &[u8],
        text: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), BadTag> {
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.0
            .open_in_place_separate_tag(nonce, Aad::from(bound), tag, text)
            .map(|_| ())
            .map_err(|_| BadTag)
    }
}

impl Aead for AwsLcChaCha20Poly1305 {
    #[expect(clippy::expect_used, reason = "fails for a key of another length alone")]
    fn new(key: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&CHACHA20_POLY1305, key).expect("a key of 32 bytes");
        Self(LessSafeKey::new(key))
    }

    #[inline]
    fn seal(
        &self,
        counter: u64,
        bound: &[u8],
        text: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), TextTooLong> {
        self.seal_with(nonce(counter), bound, text, tag)
    }

    #[inline]
    fn open(
        &self,
        counter: u64,
        bound: &[u8],
        text: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), BadTag> {
        self.open_with(nonce(counter), bound, text, tag)
    }
}

impl fmt::Debug for AwsLcChaCha20Poly1305 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AwsLcChaCha20Poly1305(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::ChaCha20Poly1305;
    use super::super::wycheproof;
    use super::*;

    #[test]
    fn wycheproof_cases_pass() {
        wycheproof::chacha20_poly1305(
            |key, nonce, aad, text| {
                let mut tag = [0; 16];
                AwsLcChaCha20Poly1305::new(key).seal_with(nonce, aad, text, &mut tag).unwrap();
                tag
            },
            |key, nonce, aad, text, tag| {
                AwsLcChaCha20Poly1305::new(key).open_with(nonce, aad, text, tag)
            },
        );
    }

    #[test]
    fn key_is_silent() {
        let cipher = AwsLcChaCha20Poly1305::new(&[1; 32]);

        assert_eq!(alloc::format!("{cipher:?}"), "AwsLcChaCha20Poly1305(..)");
    }

    #[test]
    fn no_plaintext_is_left_when_the_tag_is_wrong() {
        for len in [1, 16, 64, 192, 1420] {
            let cipher = AwsLcChaCha20Poly1305::new(&[1; 32]);
            let mut text = alloc::vec![0xff; len];
            let mut tag = [0; 16];
            cipher.seal(3, &[], &mut text, &mut tag).unwrap();
            tag[0] ^= 1;

            assert_eq!(cipher.open(3, &[], &mut text, &tag), Err(BadTag));
            assert!(text.iter().all(|byte| *byte == 0), "length {len}");
        }
    }

    proptest! {
        #[test]
        fn both_ciphers_give_identical_bytes(
            key in any::<[u8; 32]>(),
            counter in any::<u64>(),
            bound in prop::collection::vec(any::<u8>(), 0..70),
            text in prop::collection::vec(any::<u8>(), 0..3000),
        ) {
            let (ours, theirs) = (ChaCha20Poly1305::new(&key), AwsLcChaCha20Poly1305::new(&key));
            let (mut a, mut b) = (text.clone(), text.clone());

            let (mut tag, mut other) = ([0; 16], [1; 16]);
            prop_assert_eq!(ours.seal(counter, &bound, &mut a, &mut tag), Ok(()));
            prop_assert_eq!(theirs.seal(counter, &bound, &mut b, &mut other), Ok(()));
            prop_assert_eq!(tag, other);
            prop_assert_eq!(&a, &b);
            prop_assert_eq!(theirs.open(counter, &bound, &mut a, &tag), Ok(()));
            prop_assert_eq!(ours.open(counter, &bound, &mut b, &tag), Ok(()));
            prop_assert_eq!(&a, &text);
            prop_assert_eq!(&b, &text);
        }
    }
}
