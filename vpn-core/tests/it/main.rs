//! The device through its public API: two of them, a virtual clock and a faulty wire.

mod data;
mod determinism;
mod garbage;
mod handshake;
mod network;
mod peers;
mod timers;
mod world;
