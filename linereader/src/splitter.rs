use core::fmt;

use memchr::memchr;

use crate::carry::Carry;
use crate::scan::Window;
use crate::{Batch, Config, End, Line, Lines, Position, TooLong};

/// Splits chunks, pushed in as they come, into lines.
///
/// For each chunk call [`push`](Self::push) and take lines until there are none left; at the end
/// of the input call [`finish`](Self::finish), which hands out a last line without an ending.
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
    limit: usize,
    carry: Carry,
    window: Window,
    /// Where in the chunk the next line begins.
    start: usize,
    /// Where in the input the next line begins.
    position: Position,
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
            limit: config.max_line,
            carry: Carry::default(),
            window: Window::new(),
            start: 0,
            position: at,
        }
    }

    /// Takes the next chunk, of any length, and lends the lines that end in it.
    ///
    /// The chunk is consumed as lines are taken, and its unfinished last line is kept when
    /// [`Lines::next`] or [`Lines::next_batch`] answers `None`. Whoever stops earlier finds the
    /// rest in [`Lines::rest`] and pushes it again before anything else.
    pub fn push<'s, 'c>(&'s mut self, chunk: &'c [u8]) -> Lines<'s, 'c> {
        self.begin();
        Lines::new(self, chunk)
    }

    /// Ends the input and hands out the line that had no ending, if there is one.
    ///
    /// More can be pushed afterwards, as when a file has grown; it continues with the next offset
    /// and number as a line of its own.
    ///
    /// # Errors
    ///
    /// [`TooLong`] if a CR at the very end makes the line one byte longer than the limit, which is
    /// known only here. The line is passed over.
    pub fn finish(&mut self) -> Option<Result<Line<'_>, TooLong>> {
        let seen = self.carry.seen();
        if seen == 0 {
            return None;
        }
        let error = self.too_long();
        let at = self.position;
        self.position = at.plus(seen, 1);

        if self.carry.is_skipping() {
            self.carry.clear();
            return None;
        }
        if self.carry.held().len() > self.limit {
            self.carry.clear();
            return Some(Err(error));
        }
        Some(Ok(Line::with_end(self.carry.lend(), at, End::Eof)))
    }

    /// Returns where the first line begins that was neither handed out nor passed over to its end.
    ///
    /// Whoever saves it and resumes there later loses no line. If a line was reported as too long
    /// and its end has not come, this is still its beginning, and it is reported again.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// Returns how many bytes of an unfinished line were consumed, from [`position`](Self::position)
    /// on.
    ///
    /// So the next chunk begins with the byte at offset `position().offset + pending()`. The bytes
    /// are held, except those of a line that was reported as too long, which are only counted.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.carry.seen()
    }

    /// Stands at the beginning of a new chunk.
    pub(crate) fn begin(&mut self) {
        self.start = 0;
        self.window.stand_at(0);
    }

    /// Whether `pop` has a line.
    #[inline]
    pub(crate) fn is_ready(&self) -> bool {
        self.window.is_ready()
    }

    /// Takes the next line of the chunk; `is_ready` comes first.
    #[inline]
    pub(crate) fn pop<'c>(&mut self, chunk: &'c [u8]) -> Result<Line<'c>, TooLong> {
        let end = self.window.take();
        let line = Line::ended(&chunk[self.start..end], self.position);
        if line.bytes().len() > self.limit {
            let error = self.too_long();
            self.pass(end);
            return Err(error);
        }
        self.pass(end);
        Ok(line)
    }

    /// Takes all lines found so far up to the first that is too long; `is_ready` comes first.
    pub(crate) fn pop_batch<'a>(&'a mut self, chunk: &'a [u8]) -> Result<Batch<'a>, TooLong> {
        let count = self.fitting(chunk);
        if count == 0 {
            return self.pop(chunk).map(Batch::of_line);
        }
        let (start, base, first) = (self.start, self.window.base(), self.position);
        let ends = self.window.take_many(count);

        self.start = ends.last().map_or(start, |last| base + *last as usize + 1);
        self.position = first.plus((self.start - start) as u64, ends.len() as u64);
        Ok(Batch::of_chunk(chunk, start, base, ends, first))
    }

    /// Moves on until there is something to tell; `is_ready` is false before.
    pub(crate) fn advance(&mut self, chunk: &[u8]) -> Progress {
        if self.carry.seen() > 0 && self.start < chunk.len() {
            if let Some(progress) = self.end_carried(chunk) {
                return progress;
            }
        }
        if self.window.refill(chunk) { Progress::Ready } else { self.keep_rest(chunk) }
    }

    /// The line of a `Progress::Carried`.
    pub(crate) fn carried(&mut self, at: Position) -> Line<'_> {
        Line::ended(self.carry.lend(), at)
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

    /// Ends the open line with the first line feed of the chunk; `None` if it was being skipped.
    fn end_carried(&mut self, chunk: &[u8]) -> Option<Progress> {
        let Some(end) = memchr(b'\n', chunk) else { return Some(self.keep_rest(chunk)) };
        let at = self.position;
        let skipped = self.carry.is_skipping();
        let too_long = self.carry.absorb(&chunk[..end], self.limit).then(|| self.too_long());

        self.position = at.plus(self.carry.seen().wrapping_add(1), 1);
        self.start = end + 1;
        self.window.stand_at(end + 1);

        if skipped || too_long.is_some() {
            self.carry.clear();
            return too_long.map(Progress::TooLong);
        }
        Some(Progress::Carried(at))
    }

    /// Consumes the unfinished line at the chunk's end.
    fn keep_rest(&mut self, chunk: &[u8]) -> Progress {
        let rest = self.rest(chunk);
        self.start = chunk.len();
        if self.carry.absorb(rest, self.limit) {
            return Progress::TooLong(self.too_long());
        }
        Progress::Dry
    }

    /// How many of the lines found come before the first that is too long.
    fn fitting(&self, chunk: &[u8]) -> usize {
        let (base, ends) = (self.window.base(), self.window.ends());
        let whole = ends.last().map_or(0, |last| base + *last as usize - self.start);
        if whole <= self.limit {
            return ends.len();
        }
        let mut start = self.start;
        ends.iter()
            .take_while(|end| {
                let end = base + **end as usize;
                let line = Line::ended(&chunk[start..end], self.position);
                start = end + 1;
                line.bytes().len() <= self.limit
            })
            .count()
    }

    /// Leaves behind the line that ends at `end` in the chunk.
    #[inline]
    fn pass(&mut self, end: usize) {
        self.position = self.position.plus((end + 1 - self.start) as u64, 1);
        self.start = end + 1;
    }

    /// The error for the line at `position`.
    fn too_long(&self) -> TooLong {
        TooLong { offset: self.position.offset, number: self.position.number, limit: self.limit }
    }
}

impl fmt::Debug for Splitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Splitter")
            .field("limit", &self.limit)
            .field("position", &self.position)
            .field("pending", &self.pending())
            .finish_non_exhaustive()
    }
}

/// What `Splitter::advance` came to.
pub(crate) enum Progress {
    /// `pop` has a line.
    Ready,
    /// The line that began in an earlier chunk is whole and waits in `carried`.
    Carried(Position),
    /// A line is over the limit.
    TooLong(TooLong),
    /// The chunk is consumed.
    Dry,
}
