use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;

use base64ct::{Base64UrlUnpadded, Encoding};
use zeroize::Zeroizing;

use super::error::NetworkKeyError;
use super::identity::{NetworkId, SigningKey};
use crate::crypto::{Key, hash, kdf1};
use crate::key::{PresharedKey, PublicKey, SecretKey};

const KEY_LEN: usize = 32;
const CHECKSUM_LEN: usize = 4;
/// Length of key and checksum in base64, without padding.
const TEXT_LEN: usize = 48;

/// The secret of a network: who has it, and the address of any member, can join.
///
/// It is 32 random bytes, never a pass-phrase: a recorded handshake lets an attacker try guesses
/// without asking anybody. Whoever has it can admit and revoke members, so all holders trust one
/// another; to expel one of them, give the others another key. Wiped on drop, silent in `Debug`.
///
/// ```
/// use vpn_core::mesh::{NetworkKey, NetworkKeyError};
///
/// # fn main() -> Result<(), NetworkKeyError> {
/// let key = NetworkKey::from_bytes([7; 32]);
/// let text = key.to_text();
///
/// assert_eq!(text.len(), 48);
/// assert_eq!(text.parse::<NetworkKey>()?.network(), key.network());
/// assert_eq!("passw0rd".parse::<NetworkKey>().err(), Some(NetworkKeyError::Length(8)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct NetworkKey(Key);

impl NetworkKey {
    /// Takes 32 bytes from a cryptographically secure source.
    pub fn from_bytes(bytes: [u8; KEY_LEN]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Returns the secret as text, which parses again: base64 for URLs of the key and four bytes of
    /// checksum.
    pub fn to_text(&self) -> String {
        let mut bytes = Zeroizing::new([0; KEY_LEN + CHECKSUM_LEN]);
        bytes[..KEY_LEN].copy_from_slice(&*self.0);
        bytes[KEY_LEN..].copy_from_slice(&checksum(&self.0));
        let mut text = Zeroizing::new([0; TEXT_LEN]);
        let text = Base64UrlUnpadded::encode(bytes.as_slice(), text.as_mut_slice());
        text.unwrap_or_default().to_string()
    }

    /// Returns the network's name.
    pub fn network(&self) -> NetworkId {
        let mut id = [0; 16];
        id.copy_from_slice(&self.derive(b"vpn-core mesh network id")[..16]);
        NetworkId::from_bytes(id)
    }

    /// Returns the key that issues certificates, which every holder of the network key has.
    pub fn root(&self) -> SigningKey {
        SigningKey::from_bytes(*self.derive(b"vpn-core mesh root"))
    }

    /// The key of the party that a joiner speaks to, whoever it reaches.
    pub(super) fn rendezvous(&self) -> SecretKey {
        SecretKey::from_bytes(*self.derive(b"vpn-core mesh rendezvous"))
    }

    /// What all preshared keys of the network are derived from.
    pub(super) fn preshared(&self) -> NetworkPsk {
        NetworkPsk(self.derive(b"vpn-core mesh psk"))
    }

    fn derive(&self, label: &[u8]) -> Key {
        kdf1(&self.0, label)
    }
}

impl FromStr for NetworkKey {
    type Err = NetworkKeyError;

    fn from_str(text: &str) -> Result<Self, NetworkKeyError> {
        if text.len() != TEXT_LEN {
            return Err(NetworkKeyError::Length(text.len()));
        }
        let mut bytes = Zeroizing::new([0; KEY_LEN + CHECKSUM_LEN]);
        Base64UrlUnpadded::decode(text, bytes.as_mut_slice())
            .map_err(|_| NetworkKeyError::NotBase64)?;
        let mut key = Zeroizing::new([0; KEY_LEN]);
        key.copy_from_slice(&bytes[..KEY_LEN]);
        if checksum(&key) != bytes[KEY_LEN..] {
            return Err(NetworkKeyError::Checksum);
        }
        Ok(Self(key))
    }
}

impl fmt::Debug for NetworkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NetworkKey(..)")
    }
}

/// A secret that all members share, and from which each pair has another one, so that a tunnel is
/// as strong as this even if its key agreement falls.
#[derive(Clone)]
pub(super) struct NetworkPsk(Key);

impl NetworkPsk {
    pub(super) fn from_preshared_key(key: &PresharedKey) -> Self {
        Self(kdf1(key.as_bytes(), b"vpn-core mesh psk"))
    }

    /// The preshared key of two tunnel keys, in whatever order.
    pub(super) fn pair(&self, a: &PublicKey, b: &PublicKey) -> PresharedKey {
        let mut input = [0; 2 * KEY_LEN];
        input[..KEY_LEN].copy_from_slice(a.min(b).as_bytes());
        input[KEY_LEN..].copy_from_slice(a.max(b).as_bytes());
        PresharedKey::from_bytes(*kdf1(&self.0, &input))
    }
}

impl fmt::Debug for NetworkPsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NetworkPsk(..)")
    }
}

/// Against slips of the hand; it keeps no secret that the text does not show.
fn checksum(key: &[u8; KEY_LEN]) -> [u8; CHECKSUM_LEN] {
    let [a, b, c, d, ..] = hash(&[b"vpn-core mesh key checksum", key]);
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn every_slip_of_one_character_is_noticed() {
        let text = NetworkKey::from_bytes([0x5a; 32]).to_text();
        for at in 0..text.len() {
            for slip in ['A', 'z', '7', '-', '_'] {
                let mut wrong = text.clone();
                wrong.replace_range(at..=at, slip.encode_utf8(&mut [0; 4]));
                if wrong != text {
                    let error = wrong.parse::<NetworkKey>().unwrap_err();
                    assert_eq!(error, NetworkKeyError::Checksum, "{wrong}");
                }
            }
        }
    }

    #[test]
    fn other_characters_and_lengths_are_refused() {
        let text = NetworkKey::from_bytes([0x5a; 32]).to_text();

        let parse = |text: &str| text.parse::<NetworkKey>().err();
        assert_eq!(parse(&text[1..]), Some(NetworkKeyError::Length(47)));
        assert_eq!(parse(&format!("{text}A")), Some(NetworkKeyError::Length(49)));
        assert_eq!(parse(&format!("+{}", &text[1..])), Some(NetworkKeyError::NotBase64));
        assert_eq!(parse(&format!("é{}", &text[2..])), Some(NetworkKeyError::NotBase64));
    }

    #[test]
    fn what_is_derived_differs_by_label_and_by_key() {
        let derived = |byte| {
            let key = NetworkKey::from_bytes([byte; 32]);
            let pair = key.preshared().pair(&KEYS[0], &KEYS[1]);
            [
                *key.root().id().as_bytes(),
                *key.rendezvous().public_key().as_bytes(),
                *pair.as_bytes(),
            ]
        };
        let all: alloc::collections::BTreeSet<_> =
            [derived(1), derived(2)].into_iter().flatten().collect();

        assert_eq!(all.len(), 6);
        assert_ne!(
            NetworkKey::from_bytes([1; 32]).network(),
            NetworkKey::from_bytes([2; 32]).network()
        );
    }

    const KEYS: [PublicKey; 3] = [
        PublicKey::from_bytes([1; 32]),
        PublicKey::from_bytes([2; 32]),
        PublicKey::from_bytes([3; 32]),
    ];

    #[test]
    fn both_sides_of_a_pair_have_its_key_and_no_other_pair_has() {
        let network = NetworkKey::from_bytes([1; 32]).preshared();
        let pair = |a: usize, b: usize| *network.pair(&KEYS[a], &KEYS[b]).as_bytes();

        assert_eq!(pair(0, 1), pair(1, 0));
        assert_ne!(pair(0, 1), pair(0, 2));
        assert_ne!(pair(0, 1), pair(1, 2));
    }

    /// Computed by the program that `tests/it/mesh/known_answers.rs` tells of.
    #[test]
    fn derived_secrets_are_known() {
        let network = NetworkKey::from_bytes(core::array::from_fn(|i| i as u8));
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();

        assert_eq!(
            hex(network.rendezvous().public_key().as_bytes()),
            "d7e5559f4b8249041bb310b33579c0bef3d73c3d6e6cd15dbdfff20a84c5e94d"
        );
        assert_eq!(
            hex(network.preshared().pair(&KEYS[1], &KEYS[0]).as_bytes()),
            "afb599337b1604caa829326b74919b26e5c46a8baae045cf7d14249f5c600974"
        );
    }

    #[test]
    fn secrets_are_silent() {
        let key = NetworkKey::from_bytes([1; 32]);

        assert_eq!(format!("{key:?} {:?}", key.preshared()), "NetworkKey(..) NetworkPsk(..)");
    }
}
