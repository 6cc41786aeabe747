//! What can go wrong in a tour, and the exit status for it.

use std::fmt::Display;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a tour ended early, as one line for standard error.
#[derive(Debug, Error)]
pub enum Failure {
    /// The arguments or the files they name cannot be used.
    #[error("{0}")]
    Usage(String),
    /// No UDP socket could be had.
    #[error("cannot bind a UDP socket on 127.0.0.1: {0}")]
    Bind(io::Error),
    /// A file of the tour could not be made, written or read back.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system refused something else.
    #[error("cannot {action}: {source}")]
    System {
        /// What was to be done, after the word "cannot".
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A tunnel could not be set up.
    #[error("tunnel: {0}")]
    Tunnel(String),
    /// A visitor got something else than the page it asked for.
    #[error("visitor: {0}")]
    Visit(String),
    /// The site could not serve or log a request.
    #[error("site: {0}")]
    Site(String),
    /// A measurement failed.
    #[error("measurement: {0}")]
    Probe(String),
    /// A node's thread panicked.
    #[error("the thread of {0} panicked")]
    Panicked(&'static str),
    /// A node's thread ended before it was told to.
    #[error("the thread of {0} ended too early")]
    Ended(&'static str),
    /// Something did not happen in time.
    #[error("gave up after {seconds} s of waiting for {waited_for}")]
    Stalled {
        /// What the story waited for.
        waited_for: &'static str,
        /// How long the whole tour might have taken.
        seconds: u64,
    },
    /// The log that was read back does not say what happened.
    #[error("the log disagrees with what the visitors saw: {0}")]
    Disagreement(String),
    /// A line of a file that the tour wrote cannot be read back.
    #[error("{}:{line}:{column}: {what}", path.display())]
    ReadBack {
        /// Which file.
        path: PathBuf,
        /// 1-based line.
        line: u64,
        /// 1-based column in bytes.
        column: usize,
        /// What is wrong there.
        what: String,
    },
}

impl Failure {
    /// Wraps an error of a measurement.
    pub fn probe(error: impl Display) -> Failure {
        Failure::Probe(error.to_string())
    }

    /// Wraps an error of the site.
    pub fn site(error: impl Display) -> Failure {
        Failure::Site(error.to_string())
    }

    /// Wraps an error of the tunnels.
    pub fn tunnel(error: impl Display) -> Failure {
        Failure::Tunnel(error.to_string())
    }

    /// Returns the exit status: 2 when the caller has to change something, 1 otherwise.
    pub fn exit_status(&self) -> u8 {
        if matches!(self, Failure::Usage(_) | Failure::Bind(_)) { 2 } else { 1 }
    }
}
