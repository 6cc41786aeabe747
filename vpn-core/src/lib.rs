//! A WireGuard-compatible tunnel device without I/O: many peers, one key, in place.
//!
//! It has no socket, no clock, no threads and no random source: datagrams, time and one seed are
//! arguments, so that the same inputs give the same bytes. It neither configures interfaces or
//! routes of the operating system nor keeps packets that wait for a session.
//!
//! A caller meets, in this order:
//!
//! 1. [`SecretKey`], [`PublicKey`], [`PresharedKey`] and [`Seed`], from which a [`Device`] and its
//!    peers ([`DeviceConfig`], [`PeerConfig`]) are made;
//! 2. [`Device::seal`] for each packet to be sent ([`Outbound`]) and [`Device::open`] for each
//!    datagram received ([`Inbound`], or a [`Discard`]);
//! 3. [`Device::poll_transmit`] and [`Device::poll_event`] for what the device has to say by
//!    itself ([`Control`], [`Event`]);
//! 4. [`Device::poll_timeout`] and [`Device::handle_timeout`] for when to call it again;
//! 5. where one core is not enough: a [`Lease`] to seal and a [`KeyTable`] to open on other threads,
//!    [`Device::settle`] and [`Device::commit_all`] to account for it; [`Lease::seal_train`] and
//!    [`Device::open_train`] for trains of datagrams with segmentation offload;
//! 6. where packets may be longer than the way to a peer takes: the module [`link`];
//! 7. where peers are to find one another: the module `mesh`.
//!
//! # Examples
//!
//! Two devices in one process; the embedder would carry the datagrams over a UDP socket.
//!
//! ```rust
//! use vpn_core::{
//!     CONTROL_LEN, Device, DeviceConfig, Event, HEADROOM, Inbound, Outbound, PeerConfig, SecretKey,
//!     Seed, TAILROOM, Time, Unix,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Real keys and seeds come from the system's random source.
//! let (alice_key, bob_key) = (SecretKey::from_bytes([1; 32]), SecretKey::from_bytes([2; 32]));
//! let (alice_seed, bob_seed) = (Seed::from_bytes([3; 32]), Seed::from_bytes([4; 32]));
//! let (alice_at, bob_at) = ("192.0.2.1:51820".parse()?, "192.0.2.2:51820".parse()?);
//! let (now, wall) = (Time::from_nanos(0), Unix { secs: 1_800_000_000, nanos: 0 });
//!
//! let mut alice = Device::new(DeviceConfig::new(alice_key), alice_seed, now, wall);
//! let mut bob = Device::new(DeviceConfig::new(bob_key), bob_seed, now, wall);
//! let to_bob = alice.add_peer(now, PeerConfig::new(bob.public_key()).endpoint(bob_at))?;
//! let to_alice = bob.add_peer(now, PeerConfig::new(alice.public_key()))?;
//! alice.allow(to_bob, "10.0.0.2/32".parse()?)?;
//! bob.allow(to_alice, "10.0.0.1/32".parse()?)?;
//!
//! // An IPv4 packet from 10.0.0.1 to 10.0.0.2, with room around it to be sealed in place.
//! let mut packet = *b"\x45\0\0\x14\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02";
//! let mut buf = [0; HEADROOM + 20 + TAILROOM];
//! let range = HEADROOM..HEADROOM + 20;
//! buf[range.clone()].copy_from_slice(&packet);
//!
//! // There is no session: the packet is held, and the handshake waits to be sent.
//! assert_eq!(alice.seal(now, &mut buf, range.clone())?, Outbound::Held(to_bob));
//! let mut out = [0; CONTROL_LEN];
//! let initiation = alice.poll_transmit(now, &mut out).ok_or("no initiation")?;
//! bob.open(now, alice_at, initiation.datagram)?;
//! let response = bob.poll_transmit(now, &mut out).ok_or("no response")?;
//! alice.open(now, bob_at, response.datagram)?;
//! assert_eq!(alice.poll_event(), Some(Event::Up(to_bob)));
//!
//! // The session is there.
//! let Outbound::Send(message) = alice.seal(now, &mut buf, range)? else { return Err("held".into()) };
//! assert_eq!(message.to, bob_at);
//! assert_eq!(
//!     bob.open(now, alice_at, message.datagram)?,
//!     Inbound::Packet { peer: to_alice, packet: &mut packet },
//! );
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! `std` (default) turns on the standard-library parts of the dependencies. Without it the crate
//! is `no_std` and needs `alloc`. Nothing here does I/O either way.
//!
//! `mesh` (default) adds the module of that name, in which nodes find one another through any of
//! them.
//!
//! `aws-lc` adds `AwsLcChaCha20Poly1305`, a faster cipher, and `Curve::AwsLc`, faster handshakes; it
//! needs a C compiler. It changes nothing by itself: a device has the one if its type says so, the
//! other if its configuration does.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod error;
mod key;
mod time;

mod wire;

mod crypto;

mod handshake;
mod transport;

mod timer;

mod tunnel;

mod device;

pub mod link;

#[cfg(feature = "mesh")]
pub mod mesh;

/// What the simulator runs by the thousand, without ciphers; no part of the interface.
#[cfg(feature = "__simulation")]
#[doc(hidden)]
pub mod simulation {
    pub use crate::mesh::frame::reencode_frame;
    pub use crate::mesh::gossip::{
        Digest, Gossip, Item, List, MAX_ITEMS, Message, Output, Parcel, Range, Tag, Version,
        record_life, renewal_interval,
    };
}

#[cfg(feature = "aws-lc")]
pub use crypto::AwsLcChaCha20Poly1305;
pub use crypto::{Aead, BadTag, ChaCha20Poly1305, Seed, TextTooLong};
pub use device::{
    CONTROL_LEN, Control, Device, DeviceConfig, Drops, Event, HEADROOM, Inbound, KeyTable, Lease,
    LoadPolicy, Opened, Outbound, PeerConfig, PeerId, PeerStatus, TAILROOM, Train, Transmit,
};
pub use error::{Discard, KeyError, LeaseError, PeerError, SealError};
pub use ipnet;
pub use key::{Curve, PresharedKey, PublicKey, SecretKey};
pub use time::{Time, Unix};
pub use tunnel::Traffic;

/// Runs the README's example.
#[cfg(all(doctest, feature = "mesh"))]
#[doc = include_str!("../README.md")]
struct Readme;
