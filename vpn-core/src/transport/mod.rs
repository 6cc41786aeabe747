//! Data messages under the keys of a finished handshake: counters and keys, no policy.

mod replay;
mod session;
mod slot;

pub(crate) use session::{OpenError, Role, Session};
pub(crate) use slot::Slots;

/// A session is not used at a greater age (paper, section 6.1).
pub(crate) const REJECT_AFTER_TIME: core::time::Duration = core::time::Duration::from_secs(180);
