//! A decision with all that goes with it.

use core::fmt;

use crate::decision::Decision;
use crate::request::Request;
use crate::rewritten::Rewritten;

/// A decision with all that goes with it; see [`Policy::decide_with`](crate::Policy::decide_with).
#[non_exhaustive]
pub struct Verdict<'v, R: ?Sized> {
    /// What is to be done.
    pub decision: Decision,
    /// The backend that an allowed request goes to: by the first `use_backend` whose condition holds,
    /// or `default_backend`. `None` if the configuration names none.
    pub backend: Option<&'v [u8]>,
    /// The value of `Location` if the client is sent elsewhere.
    pub location: Option<&'v [u8]>,
    /// The request as the rules left it.
    pub request: Rewritten<'v, R>,
}

impl<R: Request + ?Sized> fmt::Debug for Verdict<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verdict")
            .field("decision", &self.decision)
            .field("backend", &self.backend.map(<[u8]>::escape_ascii))
            .field("location", &self.location.map(<[u8]>::escape_ascii))
            .field("request", &self.request)
            .finish()
    }
}
