//! Lines out of bytes in any chunks, beside the twin of linereader's own tests.

mod limits;
#[path = "../../../../linereader/tests/it/naive.rs"]
mod naive;
mod records;
mod splitter;

use std::io::{self, Read};

use linereader::{Bom, Config, Delimiter, Line, LineReader, OnLong, ReadError, TooLong};

pub use limits::linereader_limits;
use naive::Item;
pub use records::linereader_records;
pub use splitter::linereader_splitter;

/// What the first bytes of an input choose, and the rest of it.
///
/// The first one is the limit (255 lifts it), the second, up to 15, the number of cuts that follow,
/// one byte each.
struct Case<'i> {
    limit: usize,
    cuts: &'i [u8],
    text: &'i [u8],
}

impl<'i> Case<'i> {
    fn new(input: &'i [u8]) -> Option<Self> {
        let [limit, count, rest @ ..] = input else { return None };
        let (cuts, text) = rest.split_at_checked(usize::from(count % 16))?;
        let limit = if *limit == u8::MAX { usize::MAX } else { usize::from(*limit) };
        Some(Self { limit, cuts, text })
    }

    /// The text in chunks of the lengths in `cuts`, over and over; without cuts it is one chunk.
    fn chunks(&self) -> Chunks<'i> {
        Chunks { text: self.text, cuts: self.cuts, next: 0 }
    }

    /// A buffer's capacity.
    fn capacity(&self) -> usize {
        1 + self.cuts.first().map_or(0, |cut| usize::from(*cut))
    }
}

/// All but the limit that can be chosen, by one byte.
fn choice(byte: u8) -> (Delimiter, OnLong, Bom) {
    let delimiter = match byte % 5 {
        0 => Delimiter::Lf,
        1 => Delimiter::Universal,
        2 => Delimiter::Byte(0),
        3 => Delimiter::Byte(b'\n'),
        _ => Delimiter::Byte(b'\r'),
    };
    let on_long = match byte / 5 % 4 {
        0 => OnLong::Error,
        1 => OnLong::Truncate,
        2 => OnLong::Skip,
        _ => OnLong::Parts,
    };
    (delimiter, on_long, if byte < 128 { Bom::Keep } else { Bom::Strip })
}

/// A line, or the report of one that is too long.
fn item(line: Result<Line<'_>, TooLong>) -> Item {
    line.map_or_else(Item::from, Item::from)
}

/// What a reader finds, and how many lines it says were too long.
fn pulled(case: &Case<'_>, config: Config) -> (Vec<Item>, u64) {
    let mut reader = LineReader::with_config(case.chunks(), config, case.capacity());
    let mut found = Vec::new();
    loop {
        match reader.next_line() {
            Ok(Some(line)) => found.push(line.into()),
            Ok(None) => return (found, reader.overlong()),
            Err(ReadError::TooLong(error)) => found.push(error.into()),
            Err(error) => unreachable!("memory is readable: {error}"),
        }
    }
}

struct Chunks<'t> {
    text: &'t [u8],
    cuts: &'t [u8],
    next: usize,
}

impl<'t> Chunks<'t> {
    fn cut(&mut self, most: usize) -> Option<&'t [u8]> {
        if self.text.is_empty() {
            return None;
        }
        let cut = self.cuts.get(self.next % self.cuts.len().max(1));
        self.next += 1;
        // At least one byte, or a reader would take it for the end.
        let length = cut.map_or(usize::MAX, |cut| usize::from(*cut).max(1));
        let (chunk, rest) = self.text.split_at(length.min(most).min(self.text.len()));
        self.text = rest;
        Some(chunk)
    }
}

impl<'t> Iterator for Chunks<'t> {
    type Item = &'t [u8];

    fn next(&mut self) -> Option<&'t [u8]> {
        self.cut(usize::MAX)
    }
}

impl Read for Chunks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let chunk = self.cut(buffer.len()).unwrap_or_default();
        buffer[..chunk.len()].copy_from_slice(chunk);
        Ok(chunk.len())
    }
}
