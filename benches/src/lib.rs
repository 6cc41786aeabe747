//! Times a piece of ours and the same piece of others in alternating pairs.
//!
//! Two timings taken one after the other on a shared machine say little: clocks, caches and
//! neighbours change in between. Here ours and a peer take turns within one process, each pair gives
//! one ratio, and the median of the pairs' ratios is the result.
//!
//! A bench target makes a [`Suite`] from its arguments, names its hot paths with [`Suite::path`] and
//! ends with [`Suite::finish`]:
//!
//! - `cargo bench` measures every path, prints a Markdown table and writes `target/ratios.json`;
//! - `cargo bench -- WORD...` measures the paths whose names contain one of the words and keeps the
//!   other rows of the file;
//! - without `--bench`, as under `cargo test --benches`, every path runs once and nothing is written.

#![forbid(unsafe_code)]

mod args;
mod clock;
mod pair;
mod report;
pub mod seed;
mod suite;
mod table;

pub use args::{Args, UsageError};
pub use report::{PeerResult, Row};
pub use suite::{Contest, Suite};
