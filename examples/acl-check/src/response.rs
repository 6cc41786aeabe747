//! A response that was written down.

use std::ops::ControlFlow;

use proxy_acl::{HeaderVisitor, Response};

use crate::request::Header;

/// A response that owns its parts.
#[derive(Debug, Clone)]
pub(crate) struct OwnedResponse {
    pub(crate) status: u16,
    pub(crate) headers: Vec<Header>,
}

impl Response for OwnedResponse {
    fn status(&self) -> u16 {
        self.status
    }

    fn headers(&self, visit: &mut HeaderVisitor<'_>) -> ControlFlow<()> {
        self.headers.iter().try_for_each(|(name, value)| visit(name, value))
    }
}
