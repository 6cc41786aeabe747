//! A WireGuard-compatible tunnel device without I/O.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod crypto;
mod device;
mod error;
mod handshake;
mod key;
mod time;
mod timer;
mod transport;
mod tunnel;
mod wire;

pub use crypto::{Aead, AeadError, ChaCha20Poly1305, Seed};
pub use device::{
    CONTROL_LEN, Device, DeviceConfig, Drops, Event, HEADROOM, Inbound, Outbound, PeerConfig,
    PeerId, TAILROOM, Transmit,
};
pub use error::{Discard, KeyError, PeerError, SealError};
pub use ipnet;
pub use key::{PresharedKey, PublicKey, SecretKey};
pub use time::{Time, Unix};
