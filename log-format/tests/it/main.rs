//! `log-format` through its public API.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod cache;
mod check;
#[cfg(feature = "alloc")]
mod haproxy;
#[cfg(feature = "alloc")]
mod haproxy_formats;
mod output;
mod parse;
mod prefix;
#[cfg(feature = "serde")]
mod serde;
mod stamp;
#[cfg(feature = "tracing")]
mod tracing;
