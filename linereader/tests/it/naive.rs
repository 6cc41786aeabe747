//! The slow, obvious twin: what the lines of an input are, by definition.

use linereader::{End, Line, TooLong};

/// A line or a report, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Line { bytes: Vec<u8>, offset: u64, number: u64, end: End },
    TooLong { offset: u64, number: u64 },
}

impl From<Line<'_>> for Item {
    fn from(line: Line<'_>) -> Self {
        let (offset, number, end) = (line.offset(), line.number(), line.end());
        Self::Line { bytes: line.bytes().to_vec(), offset, number, end }
    }
}

impl From<TooLong> for Item {
    fn from(error: TooLong) -> Self {
        Self::TooLong { offset: error.offset, number: error.number }
    }
}

impl Item {
    /// A line that is expected.
    pub(crate) fn line(bytes: &[u8], offset: u64, number: u64, end: End) -> Self {
        Self::Line { bytes: bytes.to_vec(), offset, number, end }
    }
}

/// Splits an input that is at hand as a whole.
pub(crate) fn items(input: &[u8], limit: usize) -> Vec<Item> {
    let mut items = Vec::new();
    let mut offset = 0;
    let mut number = 1;
    let mut rest = input;
    while !rest.is_empty() {
        let (content, end, width) = match rest.iter().position(|byte| *byte == b'\n') {
            Some(at) if at > 0 && rest[at - 1] == b'\r' => (&rest[..at - 1], End::CrLf, at + 1),
            Some(at) => (&rest[..at], End::Lf, at + 1),
            None => (rest, End::Eof, rest.len()),
        };
        items.push(if content.len() > limit {
            Item::TooLong { offset, number }
        } else {
            Item::line(content, offset, number, end)
        });
        offset += width as u64;
        number += 1;
        rest = &rest[width..];
    }
    items
}
