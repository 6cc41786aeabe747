/// A place between two lines, from which reading can be resumed later.
///
/// The two numbers are all there is to save. To resume, seek the input to `offset` and hand the
/// position to [`Splitter::resume`](crate::Splitter::resume) or `LineReader::resume`.
///
/// # Examples
///
/// ```
/// use linereader::{Config, Position, Splitter};
///
/// let log = b"one\ntwo\nthree\n";
/// let mut splitter = Splitter::new(Config::new());
/// assert!(splitter.push(log).next().is_some());
/// let Position { offset, number } = splitter.position();
///
/// // Saved as two numbers, and read back on another day.
/// let at = Position { offset, number };
/// let mut splitter = Splitter::resume(Config::new(), at);
/// let mut lines = splitter.push(&log[at.offset as usize..]);
/// let two = lines.next().transpose()?.map(|line| (line.number(), line.bytes()));
/// assert_eq!(two, Some((2, &b"two"[..])));
/// # Ok::<(), linereader::TooLong>(())
/// ```
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
