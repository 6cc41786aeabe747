//! The handshake `Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s`, both roles.
//!
//! A handshake ends in [`SessionKeys`] or in nothing; half of one cannot send a packet. Nothing
//! here keeps time or decides whom to answer.

mod cookie;
mod initiator;
mod issuer;
mod pattern;
mod responder;
mod symmetric;

use core::fmt;

use crate::crypto::{Key, Mac1Key};
use crate::key::{Curve, KeyPair, PresharedKey, PublicKey, SecretKey, SharedSecret};
use crate::wire::Index;

pub(crate) use cookie::CookieJar;
pub(crate) use initiator::Initiator;
pub(crate) use issuer::CookieIssuer;
pub(crate) use responder::{Authenticated, Claimed};

use symmetric::Symmetric;

/// Hashed into the transcript of every handshake (WireGuard paper, section 5.4).
const IDENTIFIER: &[u8] = b"WireGuard v1 zx2c4 Jason@zx2c4.com";

/// The static keys of this side.
pub(crate) struct Identity {
    keys: KeyPair,
    /// Where handshakes begin that the other side begins: always the same.
    start: Symmetric,
}

impl From<KeyPair> for Identity {
    fn from(keys: KeyPair) -> Self {
        let start = pattern::begin(IDENTIFIER, &keys.public());
        Self { keys, start }
    }
}

impl Identity {
    pub(crate) fn new(curve: Curve, secret: SecretKey) -> Self {
        Self::from(KeyPair::new(curve, secret))
    }

    pub(crate) fn public(&self) -> PublicKey {
        self.keys.public()
    }

    /// Other keys of this side, computed with as these are: static ones that take their place, or
    /// those of one handshake.
    pub(crate) fn another(&self, secret: SecretKey) -> KeyPair {
        self.keys.another(secret)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// What this side knows of the other before any message.
pub(crate) struct Remote {
    public: PublicKey,
    /// Static-static Diffie-Hellman, part of each handshake and always the same.
    shared: SharedSecret,
    /// Where handshakes begin that this side begins: always the same, too.
    start: Symmetric,
    psk: PresharedKey,
    mac1_key: Mac1Key,
}

impl Remote {
    /// `None` if `public` has a low order.
    pub(crate) fn new(
        identity: &Identity,
        public: PublicKey,
        psk: Option<PresharedKey>,
    ) -> Option<Self> {
        let shared = identity.keys.agree(&public)?;
        let start = pattern::begin(IDENTIFIER, &public);
        Some(Self { public, shared, start, psk: or_none(psk), mac1_key: Mac1Key::new(&public) })
    }

    /// Computes what is shared with another static key of this side.
    pub(crate) fn set_identity(&mut self, identity: &Identity) {
        // A key that was not of low order agrees with every secret.
        if let Some(shared) = identity.keys.agree(&self.public) {
            self.shared = shared;
        }
    }

    pub(crate) fn set_preshared_key(&mut self, psk: Option<PresharedKey>) {
        self.psk = or_none(psk);
    }

    pub(crate) fn public(&self) -> PublicKey {
        self.public
    }

    /// Keys mac1 of messages to the other side.
    pub(crate) fn mac1_key(&self) -> &Mac1Key {
        &self.mac1_key
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("public", &self.public).finish_non_exhaustive()
    }
}

/// No preshared key is the same as one of zeros (paper, section 5.2).
fn or_none(psk: Option<PresharedKey>) -> PresharedKey {
    psk.unwrap_or_else(|| PresharedKey::from_bytes([0; 32]))
}

/// What a complete handshake leaves behind.
pub(crate) struct SessionKeys {
    pub(crate) send: Key,
    pub(crate) receive: Key,
    /// The index by which this side is addressed.
    pub(crate) local: Index,
    /// The index by which the other side is addressed.
    pub(crate) remote: Index,
}

/// A message that does not authenticate, or that would agree on a secret of a low-order point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotAuthentic;

#[cfg(test)]
mod tests {
    use alloc::format;
    use core::time::Duration;

    use super::*;
    use crate::crypto::{ChaCha20Poly1305, Tai64n};

    #[test]
    fn secrets_of_a_handshake_are_silent() {
        let secret = |byte| SecretKey::from_bytes([byte; 32]);
        let [ours, theirs] = [1, 2].map(|byte| Identity::new(Curve::default(), secret(byte)));
        let psk = PresharedKey::from_bytes([3; 32]);
        let remote = Remote::new(&ours, theirs.public(), Some(psk)).unwrap();
        let back = Remote::new(&theirs, ours.public(), None).unwrap();
        let stamp = Tai64n::ratcheted(Duration::ZERO, None);
        let ephemeral = ours.another(secret(4));
        let (initiator, message) =
            Initiator::start::<ChaCha20Poly1305>(&ours, &remote, ephemeral, Index(7), &stamp)
                .unwrap();

        let (us, them) = (ours.public(), theirs.public());
        assert_eq!(format!("{ours:?}"), format!("Identity {{ keys: {:?}, .. }}", ours.keys));
        assert_eq!(format!("{remote:?}"), format!("Remote {{ public: {them:?}, .. }}"));
        assert_eq!(format!("{initiator:?}"), "Initiator { local: Index(7), .. }");
        let claimed = Claimed::read::<ChaCha20Poly1305>(&theirs, &message).unwrap();
        assert_eq!(format!("{claimed:?}"), format!("Claimed {{ public: {us:?}, .. }}"));
        let authenticated = claimed.authenticate::<ChaCha20Poly1305>(&back).unwrap();
        assert_eq!(format!("{authenticated:?}"), "Authenticated { sender: Index(7), .. }");
        assert_eq!(format!("{:?}", CookieJar::default()), "CookieJar(..)");
        assert_eq!(format!("{:?}", CookieIssuer::new(&us)), "CookieIssuer(..)");
    }
}
