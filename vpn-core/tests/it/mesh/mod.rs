//! The mesh through its public API.

mod clock;
mod encoding;
mod hostile;
mod known_answers;
mod length;
mod membership;
mod node;
mod trust;
mod world;

use vpn_core::SecretKey;
use vpn_core::mesh::{Claims, NetworkId, SigningKey};

pub(crate) const NETWORK: NetworkId = NetworkId::from_bytes([0x11; 16]);
/// A second in which everything is valid that does not say otherwise.
pub(crate) const WALL: u64 = 1_800_000_000;

pub(crate) fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes([byte; 32])
}

/// Claims of the member whose keys are made of one byte.
pub(crate) fn claims(byte: u8) -> Claims {
    let tunnel = SecretKey::from_bytes([byte; 32]).public_key();
    Claims::new(NETWORK, key(byte).id(), tunnel).valid(WALL - 1000, WALL + 1000)
}
