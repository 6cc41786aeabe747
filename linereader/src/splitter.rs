use core::fmt;

use crate::carry::Carry;
use crate::scan::Window;
use crate::{Batch, Config, Line, Lines, Position, TooLong};

/// Splits chunks, pushed in as they come, into lines.
///
/// For each chunk call [`push`](Self::push) and take lines until there are none left; at the end
/// of the input call [`finish`](Self::finish) until it answers `None`: it hands out a last line
/// without an ending.
/// Lines lie in the chunk itself; only one that crosses from chunk to chunk is copied. What is
/// copied is at most the limit of [`Config::max_line`] and one byte, and after the longest such
/// line nothing is allocated any more.
///
/// How the input is cut into chunks changes neither the lines nor the errors.
///
/// A whole input in memory, say a mapped file, is one chunk.
///
/// # Examples
///
/// ```
/// use linereader::{Config, Splitter};
///
/// let mut splitter = Splitter::new(Config::new().max_line(5));
/// let mut lines = splitter.push(b"short\r\nmuch too long\nlast\n");
///
/// let mut texts = Vec::new();
/// while let Some(line) = lines.next() {
///     match line {
///         Ok(line) => texts.push((line.number(), line.bytes().to_vec())),
///         Err(error) => assert_eq!((error.number, error.offset), (2, 7)),
///     }
/// }
/// assert_eq!(texts, [(1, b"short".to_vec()), (3, b"last".to_vec())]);
/// ```
pub struct Splitter {
    pub(crate) config: Config,
    pub(crate) carry: Carry,
    pub(crate) window: Window,
    /// Where in the chunk the next line begins, or the next part of the open one.
    pub(crate) start: usize,
    /// Where in the input the next line begins, or the open one began.
    pub(crate) position: Position,
    /// Nothing is handed out before it is known whether the input begins with a byte order mark.
    pub(crate) may_begin_with_mark: bool,
    pub(crate) overlong: u64,
}

impl Splitter {
    /// Makes a splitter for an input that is read from its beginning.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::resume(config, Position::START)
    }

    /// Makes a splitter for an input that is read from `at` on, where a line begins.
    ///
    /// # Examples
    ///
    /// ```
    /// use linereader::{Config, Splitter};
    ///
    /// let input = b"one\ntwo\nthree\n";
    /// let mut first = Splitter::new(Config::new());
    /// assert!(first.push(input).next().is_some());
    /// let at = first.position();
    ///
    /// let mut second = Splitter::resume(Config::new(), at);
    /// let mut lines = second.push(&input[at.offset as usize..]);
    /// let two = lines.next().transpose()?.map(|line| (line.number(), line.bytes().to_vec()));
    /// assert_eq!(two, Some((2, b"two".to_vec())));
    /// # Ok::<(), linereader::TooLong>(())
    /// ```
    #[must_use]
    pub fn resume(config: Config, at: Position) -> Self {
        Self {
            config,
            carry: Carry::default(),
            window: Window::new(config),
            start: 0,
            position: at,
            may_begin_with_mark: config.strips_mark() && at.offset == 0,
            overlong: 0,
        }
    }

    /// Takes the next chunk, of any length, and lends the lines that end in it.
    ///
    /// The chunk is consumed as lines are taken, and its unfinished last line is kept when
    /// [`Lines::next`] or [`Lines::next_batch`] answers `None`. Whoever stops earlier finds the
    /// rest in [`Lines::rest`] and pushes it again before anything else.
    ///
    /// # Examples
    ///
    /// ```
    /// use linereader::{Config, Splitter};
    ///
    /// let mut splitter = Splitter::new(Config::new());
    /// assert!(splitter.push(b"be").next().is_none());
    /// let mut lines = splitter.push(b"gun\nnext");
    /// assert_eq!(lines.next().transpose()?.map(|line| line.bytes()), Some(&b"begun"[..]));
    /// # Ok::<(), linereader::TooLong>(())
    /// ```
    pub fn push<'s, 'c>(&'s mut self, chunk: &'c [u8]) -> Lines<'s, 'c> {
        self.begin();
        Lines::new(self, chunk)
    }

    /// Ends the input and hands out the line that had no ending, if there is one.
    ///
    /// Under [`OnLong::Parts`](crate::OnLong::Parts) there may be a second part, so it is called
    /// until it answers `None`. More can be pushed afterwards, as when a file has grown; it
    /// continues with the next offset and number as a line of its own.
    ///
    /// # Errors
    ///
    /// [`TooLong`] if a CR at the very end makes the line one byte longer than the limit, which is
    /// known only here. The line is passed over.
    ///
    /// # Examples
    ///
    /// ```
    /// use linereader::{Config, End, Splitter};
    ///
    /// let mut splitter = Splitter::new(Config::new());
    /// assert!(splitter.push(b"last").next().is_none());
    /// let last = splitter.finish().transpose()?.map(|line| (line.bytes(), line.end()));
    /// assert_eq!(last, Some((&b"last"[..], End::Eof)));
    /// assert!(splitter.finish().is_none());
    /// # Ok::<(), linereader::TooLong>(())
    /// ```
    pub fn finish(&mut self) -> Option<Result<Line<'_>, TooLong>> {
        Some(self.end_of_input()?.map(|piece| piece.line(self.lent())))
    }

    /// Returns where the first line begins that was neither handed out nor passed over to its end.
    ///
    /// Whoever saves it and resumes there later loses no line. If a line was reported as too long
    /// or cut, and its end has not come, this is still its beginning, and it comes again.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// Returns how many bytes of an unfinished line were consumed, from [`position`](Self::position)
    /// on.
    ///
    /// So the next chunk begins with the byte at offset `position().offset + pending()`. The bytes
    /// are held, except those of a line over the limit that were handed out as parts or passed
    /// over, which are only counted.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.carry.seen()
    }

    /// Returns how many lines were over the limit so far, whatever happened to them.
    #[must_use]
    pub fn overlong(&self) -> u64 {
        self.overlong
    }

    /// Stands at the beginning of another input.
    pub(crate) fn restart(&mut self) {
        self.carry.close();
        self.begin();
        self.position = Position::START;
        self.may_begin_with_mark = self.config.strips_mark();
    }

    /// Stands at the beginning of a new chunk.
    pub(crate) fn begin(&mut self) {
        self.start = 0;
        self.window.stand_at(0);
    }

    /// Stands in a chunk that begins, from `start` on, with an unfinished line that was looked at.
    #[cfg(feature = "std")]
    pub(crate) fn stand_behind(&mut self, chunk: &[u8], start: usize) {
        self.start = start;
        self.window.stand_at(chunk.len() - self.half_ending(self.rest(chunk)));
    }

    /// Whether `pop` has a line.
    #[inline]
    pub(crate) fn is_ready(&self) -> bool {
        self.window.is_ready()
    }

    /// Takes the next line of the chunk; `is_ready` comes first.
    #[inline]
    pub(crate) fn pop<'c>(&mut self, chunk: &'c [u8]) -> Line<'c> {
        let end = self.window.take();
        let line = self.config.delimiter.line(&chunk[self.start..=end], self.position);
        self.leave_line(end);
        line
    }

    /// Takes all lines that are ready; `is_ready` comes first.
    pub(crate) fn pop_batch<'a>(&'a mut self, chunk: &'a [u8]) -> Batch<'a> {
        let (start, base, first) = (self.start, self.window.base(), self.position);
        let ends = self.window.take_ready();

        self.start = ends.last().map_or(start, |last| base + *last as usize + 1);
        self.position = first.plus((self.start - start) as u64, ends.len() as u64);
        Batch::of_chunk(chunk, start, base, ends, first, self.config.delimiter)
    }

    /// Leaves behind the line whose ending's last byte is at `end` in the chunk.
    #[inline]
    pub(crate) fn leave_line(&mut self, end: usize) {
        self.position = self.position.plus((end + 1 - self.start) as u64, 1);
        self.start = end + 1;
    }

    /// What the carry-over lends.
    pub(crate) fn lent(&self) -> &[u8] {
        self.carry.lent()
    }

    /// What was consumed of an unfinished line and is held.
    #[cfg(feature = "std")]
    pub(crate) fn held(&self) -> &[u8] {
        self.carry.held()
    }

    /// What of the chunk is not consumed.
    pub(crate) fn rest<'c>(&self, chunk: &'c [u8]) -> &'c [u8] {
        chunk.get(self.start..).unwrap_or_default()
    }
}

impl fmt::Debug for Splitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Splitter")
            .field("config", &self.config)
            .field("position", &self.position)
            .field("pending", &self.pending())
            .finish_non_exhaustive()
    }
}
