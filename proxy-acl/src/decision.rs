//! What is to be done with a request.

use core::fmt;

/// What the deciding rule orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// The request goes on.
    Allow,
    /// The request is answered with an error.
    Deny {
        /// The HTTP status of the answer, 200 to 599.
        status: u16,
    },
}

/// What is to be done with a request, and which line says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Decision {
    /// What is to be done.
    pub action: Action,
    /// The line of the deciding rule, counted from 1; `None` when no rule applied, which allows.
    pub line: Option<u32>,
}

impl Decision {
    /// Returns whether the request goes on.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        matches!(self.action, Action::Allow)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.action {
            Action::Allow => f.write_str("allowed")?,
            Action::Deny { status } => write!(f, "denied with status {status}")?,
        }
        match self.line {
            Some(line) => write!(f, " by line {line}"),
            None => f.write_str(": no rule applies"),
        }
    }
}
