//! Timestamps whose width never changes, and HAProxy log lines written and read by one format
//! description.
//!
//! It opens no files, holds no state, and reads no clock but for the default of the `tracing`
//! timer.
//!
//! A [`Moment`] (a chrono time, a `SystemTime`, a number of microseconds) is stamped by [`stamp`]
//! in a [`Layout`], whose width is a constant of the type; what would not fit that width is a
//! [`StampError`], never a wider text; [`layout!`] makes layouts of one's own. A [`StampCache`]
//! stamps the instants of a burst faster. [`parse`] is the exact inverse and gives [`Fields`],
//! from which chrono types and unix times come. [`check`] and [`find`] say how a stamp that others
//! wrote deviates from its layout; what they give can be repaired. [`haproxy`] has its own stamp
//! among its fields: its `Format` is compiled from the string of a `log-format` directive, and
//! reads lines and writes them.
//!
//! ```
//! use log_format::{EsMicros, UnixMicros, parse, stamp};
//!
//! let stamp = stamp::<EsMicros>(&UnixMicros(1_496_149_391_000_000))?;
//! assert_eq!(stamp.as_str(), "2017-05-30 13:03:11.000000");
//!
//! let fields = parse::<EsMicros>(stamp.as_bytes())?;
//! assert_eq!(fields.unix_micros(), 1_496_149_391_000_000);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! * `std` (default): `SystemTime` as a [`Moment`].
//! * `alloc` (part of `std`): [`haproxy`]'s formats and what comes with them.
//! * `bytes`: `put` appends a stamp to a [`bytes::BufMut`](https://docs.rs/bytes).
//! * `serde`: moments and stamps as text, by `#[serde(with = "...")]`.
//! * `tracing`: a timer for tracing-subscriber's formatters, with the system's clock or any other.
//!
//! Without features it needs neither allocator nor operating system.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod bounds;
mod cache;
mod calendar;
mod check;
mod deviation;
mod error;
mod fields;
pub mod haproxy;
mod layout;
mod loose;
mod moment;
mod parse;
mod repair;
#[cfg(feature = "serde")]
pub mod serde;
mod shape;
mod stamp;
#[cfg(feature = "tracing")]
pub mod tracing;
mod walk;
mod write;

/// Its types are stamped and read: the version to name them by.
pub use chrono;

pub use crate::cache::StampCache;
pub use crate::check::{Finding, check, find};
pub use crate::deviation::{Deviation, DeviationKind};
pub use crate::error::{BatchError, Field, ParseError, ParseErrorKind, StampError};
pub use crate::fields::Fields;
#[doc(hidden)]
pub use crate::layout::epoch as __epoch;
pub use crate::layout::{
    Clf, CommaMillis, EsLog, EsMicros, EsMillis, EsNanos, HaproxyDate, Layout, Rfc3164,
    Rfc3339Micros, Rfc3339MicrosOffset, Rfc3339Millis, Rfc3339MillisOffset, Rfc3339Nanos,
    Rfc3339NanosOffset, Rfc3339Seconds, Rfc3339SecondsOffset,
};
pub use crate::moment::{LeapHeld, Moment, UnixMicros, UnixNanos};
pub use crate::parse::{parse, parse_in_year};
pub use crate::repair::Repair;
#[cfg(feature = "bytes")]
pub use crate::stamp::put;
pub use crate::stamp::{Stamp, push, stamp, write_to};

#[cfg(all(doctest, feature = "alloc"))]
#[doc = include_str!("../README.md")]
struct Readme;
