//! What evaluation needs room for.

use alloc::vec::Vec;

use crate::change::Output;
use crate::pipeline::Text;
use crate::rewritten::Changes;

/// Room for texts that must be put together and for what rules change, kept from one request to the
/// next.
///
/// With one of these for each thread [`Policy::decide_with`](crate::Policy::decide_with) stops
/// allocating once it has seen the largest request. It carries nothing over from one request to the
/// next, and serves any number of policies. What the rules on a request leave for those on its
/// response is in it until the next decision, so whoever decides about responses keeps one for each
/// exchange under way.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    pub(crate) text: Text,
    pub(crate) changes: Changes,
    pub(crate) output: Output,
    pub(crate) location: Vec<u8>,
    pub(crate) backend: Vec<u8>,
}

impl Scratch {
    /// Returns one without any room yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}
