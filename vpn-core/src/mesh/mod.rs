//! Many nodes that are one network: who is a member, and what members tell one another.
//!
//! A [`Node`] is a [`Device`](crate::Device) that finds its peers by itself. It joins through any
//! member, learns of all others by gossip, makes tunnels to those that packets are for, and depends
//! on none of them: the first may leave.
//!
//! A caller meets, in this order:
//!
//! 1. [`NetworkKey`] and [`SigningKey`], from which a [`NodeConfig`] is made; or [`Certificate`] and
//!    [`Trust`], where a few decide who is a member;
//! 2. [`Node::join`] with the address of any member, or the [`Book`] of an earlier life;
//! 3. [`Node::seal`] and [`Node::open`], [`Node::poll_transmit`] and [`Node::poll_event`],
//!    [`Node::poll_timeout`] and [`Node::handle_timeout`], as of a device;
//! 4. [`Node::members`], [`Node::revoke`], [`Node::leave`].
//!
//! What is said on the wire is written down in `MESH.md`, beside this crate's README.

mod answer;
mod book;
mod certificate;
mod encoding;
mod error;
mod event;
pub(crate) mod frame;
#[cfg_attr(
    not(feature = "__simulation"),
    expect(unreachable_pub, unused_imports, reason = "for the simulator")
)]
pub(crate) mod gossip;
mod guest;
mod holding;
mod identity;
mod join;
mod link;
mod lobby;
mod lost;
mod membership;
mod network_key;
mod node;
mod own;
mod path;
mod record;
mod renewal;
mod rest;
mod revocation;
mod roster;
mod signed;
mod thing;
mod trust;
mod view;

pub use book::Book;
pub use certificate::{Certificate, Claims};
pub use error::{ClaimsError, DecodeError, NetworkKeyError, TrustError};
pub use event::{Event, Inbound, Outbound, Party, Remedy, Transmit};
pub use identity::{MemberId, NetworkId, SigningKey};
pub use network_key::NetworkKey;
pub use node::{HEADROOM, JoinError, Member, Node, NodeConfig, NodeError, TAILROOM, TRANSMIT_LEN};
pub use record::Record;
pub use revocation::{Revocation, Subject};
pub use trust::Trust;
