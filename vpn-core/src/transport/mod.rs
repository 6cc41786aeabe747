//! Data messages under the keys of a finished handshake: counters and keys, no policy.

mod keys;
mod replay;
mod session;
mod slot;

pub(crate) use keys::{Keys, Role};
pub(crate) use session::{OpenError, Session};
pub(crate) use slot::Slots;

/// A session is not used at a greater age (paper, section 6.1).
pub(crate) const REJECT_AFTER_TIME: core::time::Duration = core::time::Duration::from_secs(180);
/// No message carries this counter or a greater one (paper, section 6.1).
const REJECT_AFTER_MESSAGES: u64 = u64::MAX - (1 << 13);
