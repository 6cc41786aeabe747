//! The device through its public API: two of them, a virtual clock and a faulty wire.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helpers fail by panicking")]

mod batch;
mod checklist;
mod data;
mod determinism;
mod garbage;
mod handshake;
mod link;
mod load;
#[cfg(feature = "mesh")]
mod mesh;
mod network;
mod peers;
mod secret_key;
mod status;
mod timers;
mod ways;
mod world;
