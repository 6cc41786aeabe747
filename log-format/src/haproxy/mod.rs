//! HAProxy's log lines, read and written by the string of a `log-format` directive.
//!
//! `Format::compile` takes the directive's string, such as `HTTPLOG`; then `Format::read` takes a
//! line apart into a `Line` of borrowed fields, and `Format::write` makes a line of an `Entry`
//! (all of feature `alloc`). Syslog's prefix and the line ending come off first, with
//! [`prefix::strip`].
//!
//! The rules are those of HAProxy's configuration manual 2.6, sections 8.2 to 8.9, and of lines
//! that HAProxy 2.6.12 wrote.
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use log_format::haproxy::{Format, prefix};
//!
//! let format = Format::httplog();
//! let line = b"<134>Nov 22 05:01:17 web01 haproxy[5803]: 127.0.0.1:36346 \
//!     [22/Nov/2026:05:01:17.384] web app/s1 0/0/1/12/13 200 49 - - ---- 1/1/0/0/0 0/0 \
//!     {example.com} \"GET /x?y=1 HTTP/1.1\"";
//!
//! let line = format.read(prefix::strip(line).body)?;
//!
//! assert_eq!(line.status(), Some(200));
//! assert_eq!(line.timers().and_then(|timers| timers.response), Some(12));
//! assert_eq!(line.request().and_then(|request| request.uri()), Some(&b"/x?y=1"[..]));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "alloc")]
mod compile;
#[cfg(feature = "alloc")]
mod entry;
#[cfg(feature = "alloc")]
mod error;
#[cfg(feature = "alloc")]
mod format;
#[cfg(feature = "alloc")]
mod line;
pub mod prefix;
#[cfg(feature = "alloc")]
mod read;
#[cfg(feature = "alloc")]
mod text;
#[cfg(feature = "alloc")]
mod timer;
#[cfg(feature = "alloc")]
mod variable;
#[cfg(feature = "alloc")]
mod write;

#[cfg(feature = "alloc")]
pub use self::entry::{Connections, Entry, Queues};
#[cfg(feature = "alloc")]
pub use self::error::{
    FormatError, FormatErrorKind, LineError, LineErrorKind, WriteError, WriteErrorKind,
};
#[cfg(feature = "alloc")]
pub use self::format::{Format, HTTPLOG, TCPLOG};
#[cfg(feature = "alloc")]
pub use self::line::{Line, Request};
#[cfg(feature = "alloc")]
pub use self::text::{Captures, Headers, Logged, Text, Unescape};
#[cfg(feature = "alloc")]
pub use self::timer::Timers;
#[cfg(feature = "alloc")]
pub use self::variable::Variable;
