/// A place between two lines, from which reading can be resumed later.
///
/// The two numbers are all there is to save. To resume, seek the input to `offset` and hand the
/// position to [`Splitter::resume`](crate::Splitter::resume) or `LineReader::resume`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Bytes of input before the line, its predecessors' endings included.
    pub offset: u64,
    /// Number of the line that begins here; the first line of an input is 1.
    pub number: u64,
}

impl Position {
    /// The beginning of an input: offset 0, line 1.
    pub const START: Self = Self { offset: 0, number: 1 };

    /// The position so many bytes and lines further on.
    ///
    /// It wraps: a position that was saved wrong gives wrong answers but no panic.
    #[inline]
    pub(crate) const fn plus(self, bytes: u64, lines: u64) -> Self {
        Self { offset: self.offset.wrapping_add(bytes), number: self.number.wrapping_add(lines) }
    }
}

impl Default for Position {
    fn default() -> Self {
        Self::START
    }
}
