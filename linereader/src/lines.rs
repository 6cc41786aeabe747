use core::fmt;

use crate::progress::Progress;
use crate::{Batch, Line, Splitter, TooLong};

/// The lines that end in one chunk, as [`Splitter::push`] lends them.
///
/// It lends each line from call to call, since the first may lie in the splitter, and is therefore
/// no [`Iterator`].
///
/// # Examples
///
/// ```
/// use linereader::{Config, Splitter};
///
/// let mut splitter = Splitter::new(Config::new());
/// let mut lines = splitter.push(b"one\ntwo\nthr");
/// let mut numbers = Vec::new();
/// while let Some(line) = lines.next() {
///     numbers.push(line?.number());
/// }
/// assert_eq!(numbers, [1, 2]);
/// assert_eq!(splitter.pending(), 3);
/// # Ok::<(), linereader::TooLong>(())
/// ```
#[must_use = "a chunk is consumed only as its lines are taken"]
pub struct Lines<'s, 'c> {
    splitter: &'s mut Splitter,
    chunk: &'c [u8],
}

impl<'s, 'c> Lines<'s, 'c> {
    pub(crate) fn new(splitter: &'s mut Splitter, chunk: &'c [u8]) -> Self {
        Self { splitter, chunk }
    }

    /// Hands out the next line, or `None` when the chunk is consumed.
    ///
    /// # Errors
    ///
    /// [`TooLong`] for a line over the limit; the next call goes on behind it.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "an iterator cannot lend")]
    pub fn next(&mut self) -> Option<Result<Line<'_>, TooLong>> {
        if !self.splitter.is_ready() {
            match self.splitter.advance(self.chunk) {
                Progress::Ready => {}
                Progress::Piece(piece) => return Some(Ok(piece.line(self.chunk))),
                Progress::Carried(piece) => return Some(Ok(piece.line(self.splitter.lent()))),
                Progress::TooLong(error) => return Some(Err(error)),
                Progress::Dry => return None,
            }
        }
        Some(Ok(self.splitter.pop(self.chunk)))
    }

    /// Hands out the next lines together, or `None` when the chunk is consumed.
    ///
    /// # Errors
    ///
    /// [`TooLong`] for a line over the limit, after the lines before it; the next call goes on
    /// behind it.
    pub fn next_batch(&mut self) -> Option<Result<Batch<'_>, TooLong>> {
        if !self.splitter.is_ready() {
            let line = match self.splitter.advance(self.chunk) {
                Progress::Ready => return Some(Ok(self.splitter.pop_batch(self.chunk))),
                Progress::Piece(piece) => piece.line(self.chunk),
                Progress::Carried(piece) => piece.line(self.splitter.lent()),
                Progress::TooLong(error) => return Some(Err(error)),
                Progress::Dry => return None,
            };
            return Some(Ok(Batch::of_line(line)));
        }
        Some(Ok(self.splitter.pop_batch(self.chunk)))
    }

    /// Returns what of the chunk is not consumed.
    ///
    /// It begins with the byte at offset `position().offset + pending()` of the splitter, and is
    /// empty once the lines are through.
    ///
    /// # Examples
    ///
    /// ```
    /// use linereader::{Config, Splitter};
    ///
    /// // A header by lines, and then a body of other bytes.
    /// let mut splitter = Splitter::new(Config::new());
    /// let mut lines = splitter.push(b"Length: 4\r\n\r\n\0\n\n\x01");
    /// while let Some(line) = lines.next() {
    ///     if line?.bytes().is_empty() {
    ///         break;
    ///     }
    /// }
    /// assert_eq!(lines.rest(), b"\0\n\n\x01");
    /// # Ok::<(), linereader::TooLong>(())
    /// ```
    #[must_use]
    pub fn rest(&self) -> &'c [u8] {
        self.splitter.rest(self.chunk)
    }
}

impl fmt::Debug for Lines<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines")
            .field("splitter", &self.splitter)
            .field("rest", &self.rest().len())
            .finish_non_exhaustive()
    }
}
