//! Lines out of a stream of bytes: bounded memory, exact offsets, nothing lost on an error.
//!
//! The crate opens, maps and decodes nothing: bytes come in, lines go out as bytes, and every line
//! tells how it ended.
//!
//! How the pieces meet:
//!
//! 1. A [`Config`] says what ends a line ([`Delimiter`]), how long one may be and what happens to a
//!    longer one ([`OnLong`]), and what a byte order mark is ([`Bom`]).
//! 2. A [`Splitter`] takes chunks as they come and lends the [`Lines`] in them. It owns only the
//!    beginning of a line that no chunk has ended yet.
//! 3. A [`Line`] is its bytes, its [`Position`] and the [`End`] it had; a [`Batch`] is many lines
//!    of one chunk at once, as an ordinary iterator.
//! 4. A `LineReader` (feature `std`) does the same over any [`Read`](https://doc.rust-lang.org/std/io/trait.Read.html).
//! 5. [`cut`] and `cut_at` divide an input among workers, a [`RecordSplitter`] groups lines that
//!    belong together, and a `Chunk` (feature `bytes`) takes a batch to another thread.
//! 6. A [`Follow`] keeps to a file that grows or is rotated, by what the caller sees of it, and an
//!    [`OwnedLine`] outlives what it was lent from.
//!
//! A line over the limit is never handed out silently and never held: by default it is reported
//! once as [`TooLong`] and passed over, and what follows it comes as usual. So memory is bounded by
//! the buffer and the limit, whatever the input.
//!
//! # Examples
//!
//! ```
//! use linereader::{Config, End, Splitter};
//!
//! let mut splitter = Splitter::new(Config::new().max_line(80));
//! let mut seen = Vec::new();
//!
//! for chunk in [&b"GET / HTTP/1.1\r"[..], b"\nHost: example.org\nlast"] {
//!     let mut lines = splitter.push(chunk);
//!     while let Some(line) = lines.next() {
//!         let line = line?;
//!         seen.push((line.offset(), line.bytes().to_vec(), line.end()));
//!     }
//! }
//! if let Some(line) = splitter.finish() {
//!     let line = line?;
//!     seen.push((line.offset(), line.bytes().to_vec(), line.end()));
//! }
//!
//! assert_eq!(seen, [
//!     (0, b"GET / HTTP/1.1".to_vec(), End::CrLf),
//!     (16, b"Host: example.org".to_vec(), End::Lf),
//!     (34, b"last".to_vec(), End::Eof),
//! ]);
//! # Ok::<(), linereader::TooLong>(())
//! ```
//!
//! # Features
//!
//! - `std` (default): `LineReader` and `ReadError`, and the choice of vector instructions at run
//!   time. Without it the crate is `no_std` and needs `alloc`.
//! - `bytes` (default): `Chunk`.
//! - `tokio`: `ChunkDecoder` for framed streams, and `AsyncLineReader`. It brings no runtime.
//! - `testing`: `testing::survives_errors`, which tells whether a reader of lines, this one or any
//!   other, loses something when its source fails.
#![no_std]
#![deny(unsafe_code)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod bom;
mod config;
mod delimiter;
mod error;
mod long;

mod line;
mod owned;
mod piece;
mod position;

mod scan;

mod batch;
mod carry;
mod lines;
mod progress;
mod splitter;

#[cfg(feature = "std")]
mod buffer;
#[cfg(feature = "bytes")]
mod chunk;
mod cut;
mod follow;
#[cfg(feature = "std")]
mod intake;
#[cfg(feature = "std")]
mod owned_lines;
#[cfg(feature = "std")]
mod read_at;
#[cfg(feature = "std")]
mod reader;
mod record;

#[cfg(feature = "testing")]
pub mod testing;

#[cfg(feature = "tokio")]
mod async_reader;
#[cfg(feature = "tokio")]
mod decoder;

#[cfg(feature = "tokio")]
pub use async_reader::AsyncLineReader;
pub use batch::{Batch, BatchIter};
pub use bom::Bom;
#[cfg(feature = "bytes")]
pub use chunk::Chunk;
pub use config::Config;
pub use cut::{Cut, cut};
#[cfg(feature = "tokio")]
pub use decoder::ChunkDecoder;
pub use delimiter::Delimiter;
#[cfg(feature = "std")]
pub use error::ReadError;
pub use error::TooLong;
pub use follow::{FileId, Follow, Next, Seen};
pub use line::{End, Line};
pub use lines::Lines;
pub use long::OnLong;
pub use owned::OwnedLine;
#[cfg(feature = "std")]
pub use owned_lines::OwnedLines;
pub use position::Position;
#[cfg(feature = "std")]
pub use read_at::{ReadAt, Section, cut_at};
#[cfg(feature = "std")]
pub use reader::{DEFAULT_CAPACITY, LineReader};
pub use record::{RecordSplitter, Records};
pub use splitter::Splitter;

#[cfg(all(doctest, feature = "std", feature = "bytes"))]
#[doc = include_str!("../README.md")]
struct Readme;
