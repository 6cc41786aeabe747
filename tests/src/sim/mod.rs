//! A network in virtual time: hosts behind NATs, on links that lose, double, delay and damage.
//!
//! A [`World`] carries datagrams between things that implement [`Host`] and sleeps exactly until the
//! next arrival or deadline. Everything random comes from one seed, so that equal seeds give equal
//! [`trace`](World::trace) hashes; [`each_seed`] names the command that runs a failing seed again.

mod faults;
mod gossiper;
mod member;
mod nat;
mod peer;
mod random;
mod seed;
mod tunnels;
mod world;

pub use faults::Faults;
pub use gossiper::{Gossiper, Tally};
pub use member::Member;
pub use nat::{Nat, NatKind};
pub use peer::Peer;
pub use random::Random;
pub use seed::each_seed;
pub use world::{Host, HostId, NetworkId, World};
