//! What a tunnel's MTU asks of the packets inside: what is announced in advance, and what becomes of
//! a packet that is too long.
//!
//! A node of a mesh does all of this by itself, by the MTU that it finds out for each way. Here it is
//! for embedders of a [`Device`](crate::Device), who know the MTUs of their peers:
//!
//! 1. [`clamp_mss`] for each packet in either direction, so that TCP sends nothing too long;
//! 2. [`answer_too_big`] for a packet to be sent that is too long, and what it returns to the TUN
//!    device; or, if the packet is one that routers may cut, [`Fragments`] in its place.
//!
//! Packets are of IPv4 or IPv6 with whole checksums, as a TUN device without offloads gives them;
//! of others, nothing is changed and nobody is told anything. Nothing is allocated.

mod checksum;
mod fragments;
mod mss;
mod too_big;
mod upper;

pub use fragments::Fragments;
pub use mss::clamp_mss;
#[cfg(feature = "mesh")]
pub(crate) use mss::may_open_connection;
pub use too_big::{ANSWER_HEADROOM, answer_too_big};
