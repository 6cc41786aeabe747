use core::fmt;
use core::net::Ipv6Addr;

use ed25519_dalek::{Signature, Signer, VerifyingKey};
use ipnet::Ipv6Net;

use crate::crypto::hash;

/// Length of an Ed25519 signature.
pub(super) const SIGNATURE_LEN: usize = 64;

/// Names a network among others: 16 bytes that all its members agree on.
///
/// Derived from the [`NetworkKey`](crate::mesh::NetworkKey) if there is one; with certificates it is
/// drawn at random when the network is founded. No secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkId([u8; 16]);

impl NetworkId {
    /// Takes 16 bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Returns the net of all addresses that are derived from members' keys: a /48 of unique local
    /// addresses (RFC 4193, section 3.1), whose 40 bits of global id are derived from this.
    pub fn derived_net(&self) -> Ipv6Net {
        let mut octets = [0; 16];
        octets[..6].copy_from_slice(&self.prefix());
        Ipv6Net::new_assert(octets.into(), 48)
    }

    /// Returns the address of a member within [`derived_net`](Self::derived_net), which nobody has
    /// to assign: its last 80 bits are derived from the member's key.
    pub fn derived_address(&self, member: &MemberId) -> Ipv6Addr {
        let derived = hash(&[b"vpn-core mesh address", &self.0, member.as_bytes()]);
        let mut octets = [0; 16];
        octets[..6].copy_from_slice(&self.prefix());
        octets[6..].copy_from_slice(&derived[..10]);
        octets.into()
    }

    fn prefix(&self) -> [u8; 6] {
        let [a, b, c, d, e, ..] = hash(&[b"vpn-core mesh prefix", &self.0]);
        [0xfd, a, b, c, d, e]
    }
}

impl fmt::Display for NetworkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Debug for NetworkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NetworkId({self})")
    }
}

/// The Ed25519 public key (RFC 8032) of a member, or of an issuer of certificates.
///
/// A member keeps it for life, while the key of its tunnels can be replaced by a further
/// certificate. Displayed as 64 hexadecimal digits; ordered by its bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId([u8; 32]);

impl MemberId {
    /// Takes the 32 bytes of the encoded point. Whether they are one shows when it is to verify.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes of the encoded point.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether this key signed `label` and `message`: strictly, so that no signature has a second
    /// form and no key of low order signs anything.
    pub(super) fn verifies(
        &self,
        label: &[u8],
        message: &[u8],
        signature: &[u8; SIGNATURE_LEN],
    ) -> bool {
        let signature = Signature::from_bytes(signature);
        VerifyingKey::from_bytes(&self.0)
            .is_ok_and(|key| key.verify_strict(&digest(label, message), &signature).is_ok())
    }
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Debug for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemberId({self})")
    }
}

/// An Ed25519 secret key (RFC 8032), wiped on drop and silent in `Debug`.
///
/// ```
/// use vpn_core::mesh::SigningKey;
///
/// let key = SigningKey::from_bytes([7; 32]);
///
/// assert_eq!(&key.id().to_string()[..8], "ea4a6c63");
/// assert_eq!(format!("{key:?}"), "SigningKey(..)");
/// ```
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// Takes 32 bytes from a cryptographically secure source.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&bytes))
    }

    /// Returns the public key, by which others know its holder.
    pub fn id(&self) -> MemberId {
        MemberId(self.0.verifying_key().to_bytes())
    }

    pub(super) fn sign(&self, label: &[u8], message: &[u8]) -> [u8; SIGNATURE_LEN] {
        self.0.sign(&digest(label, message)).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// What is signed: a hash that the label separates from those of other kinds of messages.
fn digest(label: &[u8], message: &[u8]) -> [u8; 32] {
    hash(&[&[u8::try_from(label.len()).unwrap_or(u8::MAX)], label, message])
}

fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    /// RFC 8032, section 7.1, test 1: the public key of a secret.
    #[test]
    fn public_key_agrees_with_the_rfc() {
        let secret: [u8; 32] = [
            0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec,
            0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03,
            0x1c, 0xae, 0x7f, 0x60,
        ];

        let id = SigningKey::from_bytes(secret).id();

        assert_eq!(
            id.to_string(),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
    }

    #[test]
    fn signatures_bind_key_label_and_message() {
        let key = SigningKey::from_bytes([1; 32]);
        let signature = key.sign(b"label", b"message");

        assert!(key.id().verifies(b"label", b"message", &signature));
        assert!(!key.id().verifies(b"labe", b"lmessage", &signature));
        assert!(!key.id().verifies(b"label", b"messagf", &signature));
        assert!(!SigningKey::from_bytes([2; 32]).id().verifies(b"label", b"message", &signature));
        for at in 0..64 {
            let mut forged = signature;
            forged[at] ^= 1;
            assert!(!key.id().verifies(b"label", b"message", &forged), "byte {at}");
        }
    }

    /// With the neutral point as key and as R, and S zero, the plain equation holds for anything.
    #[test]
    fn keys_of_low_order_sign_nothing() {
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let mut signature = [0; 64];
        signature[0] = 1;

        assert!(!MemberId::from_bytes(neutral).verifies(b"label", b"message", &signature));
    }

    #[test]
    fn derived_addresses_lie_in_the_networks_net_and_differ() {
        let [here, there] = [[1; 16], [2; 16]].map(NetworkId::from_bytes);
        let [a, b] = [[3; 32], [4; 32]].map(MemberId::from_bytes);

        assert_eq!(here.derived_net().addr().octets()[0], 0xfd);
        assert!(here.derived_net().contains(&here.derived_address(&a)));
        assert!(!here.derived_net().contains(&there.derived_address(&a)));
        assert_ne!(here.derived_address(&a), here.derived_address(&b));
    }
}
