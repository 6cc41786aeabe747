//! What is to be done with a request or a response.

use core::fmt;

/// What the deciding rule orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// The request or response goes on.
    Allow,
    /// The request is answered with an error, or the response replaced by one.
    Deny {
        /// The HTTP status of the answer, 200 to 599.
        status: u16,
    },
    /// The request is kept waiting, then answered with an error.
    Tarpit {
        /// The HTTP status of the answer, 200 to 599.
        status: u16,
    },
    /// The connection is closed without an answer.
    Reject,
    /// The connection is forgotten, and the client not told.
    SilentDrop,
    /// The request is answered at once, or the response replaced.
    Return {
        /// The HTTP status of the answer, 200 to 599.
        status: u16,
    },
    /// The client is asked for a name and a password, with the HTTP status 401.
    Authenticate,
    /// A service of the proxy itself answers, such as its statistics.
    Service,
    /// The client is sent elsewhere, to [`Verdict::location`](crate::Verdict::location).
    Redirect {
        /// The HTTP status of the answer: 301, 302, 303, 307 or 308.
        status: u16,
    },
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allow => f.write_str("allowed"),
            Self::Deny { status } => write!(f, "denied with status {status}"),
            Self::Tarpit { status } => write!(f, "kept waiting, then denied with status {status}"),
            Self::Reject => f.write_str("connection closed"),
            Self::SilentDrop => f.write_str("connection dropped silently"),
            Self::Return { status } => write!(f, "answered with status {status}"),
            Self::Authenticate => f.write_str("asked for a password with status 401"),
            Self::Service => f.write_str("answered by a service"),
            Self::Redirect { status } => write!(f, "redirected with status {status}"),
        }
    }
}

/// What is to be done with a request or a response, and which line says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Decision {
    /// What is to be done.
    pub action: Action,
    /// The line of the deciding rule, counted from 1; `None` when none decided, which allows.
    pub line: Option<u32>,
}

impl Decision {
    /// Returns whether the request or response goes on.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        matches!(self.action, Action::Allow)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.action)?;
        match self.line {
            Some(line) => write!(f, " by line {line}"),
            None => f.write_str(": no rule decides"),
        }
    }
}
