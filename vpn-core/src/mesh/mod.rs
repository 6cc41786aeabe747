//! Many nodes that are one network: who is a member, and what members tell one another.
#![expect(dead_code, reason = "tunnels need what is derived for them")]

mod certificate;
mod encoding;
mod error;
#[cfg_attr(
    not(feature = "__simulation"),
    expect(unreachable_pub, unused_imports, reason = "for the simulator")
)]
pub(crate) mod gossip;
mod identity;
mod network_key;
mod record;
mod revocation;
mod trust;
mod view;

pub use certificate::{Certificate, Claims};
pub use error::{ClaimsError, DecodeError, NetworkKeyError, TrustError};
pub use identity::{MemberId, NetworkId, SigningKey};
pub use network_key::NetworkKey;
pub use record::Record;
pub use revocation::{Revocation, Subject};
pub use trust::Trust;
