use core::ops::Range;

use crate::{End, Line, Position};

/// A line that needed more than its end in the chunk, or a part of one, as a place in the chunk or
/// in the carry-over.
///
/// A place and not a [`Line`], since it is found while what it lies in is still borrowed mutably.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) range: Range<usize>,
    pub(crate) at: Position,
    pub(crate) end: End,
    pub(crate) first: bool,
}

impl Piece {
    /// The line, out of what the place was meant for.
    pub(crate) fn line(self, bytes: &[u8]) -> Line<'_> {
        let content = bytes.get(self.range).unwrap_or_default();
        Line::piece(content, self.at, self.end, self.first)
    }
}
