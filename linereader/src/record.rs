use alloc::vec::Vec;
use core::{fmt, mem};

use crate::piece::Piece;
use crate::{Config, Delimiter, End, Line, Lines, OnLong, Position, Splitter, TooLong};

/// Groups lines into records: a line for which `starts` is true begins one, all others go on with
/// it. A stack trace under the line it belongs to is one record.
///
/// A record is handed out as a [`Line`] whose content is its lines with the endings between them;
/// offset and number are those of its first line, the ending is that of its last. What comes before
/// the first start is a record of its own. A record is known to be whole when the next one begins,
/// or at the end of the input.
///
/// The limit and the policy of the [`Config`] hold for the record, endings between its lines
/// counted. Of a line over the limit `starts` sees as many bytes as the limit allows.
///
/// Each byte is copied, mostly once. Held are at most four times the limit, and nothing is allocated
/// after the longest record.
///
/// # Examples
///
/// ```
/// use linereader::{Config, RecordSplitter};
///
/// let log = b"ERROR no route\n\tat Net.java:5\n\tat Main.java:9\nINFO next\n";
/// let mut splitter = RecordSplitter::new(Config::new(), |line: &[u8]| !line.starts_with(b"\t"));
///
/// let mut records = splitter.push(log);
/// let trace = records.next().transpose()?.map(|record| (record.number(), record.bytes().to_vec()));
/// assert_eq!(trace, Some((1, b"ERROR no route\n\tat Net.java:5\n\tat Main.java:9".to_vec())));
/// assert!(records.next().is_none());
///
/// let last = splitter.finish().transpose()?.map(|record| (record.number(), record.bytes().to_vec()));
/// assert_eq!(last, Some((4, b"INFO next".to_vec())));
/// # Ok::<(), linereader::TooLong>(())
/// ```
pub struct RecordSplitter<F> {
    starts: F,
    splitter: Splitter,
    open: OpenRecord,
}

impl<F: FnMut(&[u8]) -> bool> RecordSplitter<F> {
    /// Begins with an input that is read from its beginning.
    pub fn new(config: Config, starts: F) -> Self {
        Self::resume(config, Position::START, starts)
    }

    /// Begins with an input that is read from `at` on, where a record begins.
    pub fn resume(config: Config, at: Position, starts: F) -> Self {
        // All bytes of long lines are wanted here, since it is the record that is cut.
        let lines = config.on_long(OnLong::Parts);
        Self { starts, splitter: Splitter::resume(lines, at), open: OpenRecord::new(config) }
    }

    /// Takes the next chunk, of any length, and lends the records that end in it.
    ///
    /// The chunk is consumed as records are taken, and what is left is kept when [`Records::next`]
    /// answers `None`.
    pub fn push<'s, 'c>(&'s mut self, chunk: &'c [u8]) -> Records<'s, 'c, F> {
        self.splitter.begin();
        Records { splitter: self, chunk }
    }

    /// Ends the input and hands out what is left of it; called until it answers `None`.
    ///
    /// # Errors
    ///
    /// [`TooLong`] for a record over the limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use linereader::{Config, RecordSplitter};
    ///
    /// let mut splitter = RecordSplitter::new(Config::new(), |line: &[u8]| !line.starts_with(b" "));
    /// let mut records = splitter.push(b"one\n and more");
    /// assert!(records.next().is_none());
    /// let last = splitter.finish().transpose()?.map(|record| record.bytes().to_vec());
    /// assert_eq!(last, Some(b"one\n and more".to_vec()));
    /// assert!(splitter.finish().is_none());
    /// # Ok::<(), linereader::TooLong>(())
    /// ```
    pub fn finish(&mut self) -> Option<Result<Line<'_>, TooLong>> {
        let told = loop {
            if let Some(told) = self.open.tell_long() {
                break told;
            }
            match self.splitter.finish() {
                Some(Ok(line)) => {
                    if let Some(piece) = self.open.take(line, &mut self.starts) {
                        break Ok(piece);
                    }
                }
                Some(Err(error)) => break Err(error),
                None => break Ok(self.open.close()?),
            }
        };
        Some(told.map(|piece| piece.line(&self.open.done)))
    }

    /// Returns where the first record begins that was neither handed out nor passed over to its
    /// end: where to resume.
    #[must_use]
    pub fn position(&self) -> Position {
        if self.open.is_open { self.open.at } else { self.splitter.position() }
    }

    /// Returns how many records were over the limit so far, whatever happened to them.
    #[must_use]
    pub fn overlong(&self) -> u64 {
        self.open.overlong
    }
}

impl<F> fmt::Debug for RecordSplitter<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordSplitter").field("splitter", &self.splitter).finish_non_exhaustive()
    }
}

/// The records that end in one chunk, as [`RecordSplitter::push`] lends them.
///
/// # Examples
///
/// ```
/// use linereader::{Config, RecordSplitter};
///
/// let mut splitter = RecordSplitter::new(Config::new(), |line: &[u8]| !line.starts_with(b" "));
/// let mut numbers = Vec::new();
/// for chunk in [&b"one\n more"[..], b"\ntwo\nthree\n"] {
///     let mut records = splitter.push(chunk);
///     while let Some(record) = records.next() {
///         numbers.push(record?.number());
///     }
/// }
/// assert_eq!(numbers, [1, 3]);
/// # Ok::<(), linereader::TooLong>(())
/// ```
#[must_use = "a chunk is consumed only as its records are taken"]
pub struct Records<'s, 'c, F> {
    splitter: &'s mut RecordSplitter<F>,
    chunk: &'c [u8],
}

impl<F: FnMut(&[u8]) -> bool> Records<'_, '_, F> {
    /// Hands out the next record, or `None` when the chunk is consumed.
    ///
    /// # Errors
    ///
    /// [`TooLong`] for a record over the limit; the next call goes on behind it.
    #[expect(clippy::should_implement_trait, reason = "an iterator cannot lend")]
    pub fn next(&mut self) -> Option<Result<Line<'_>, TooLong>> {
        let RecordSplitter { starts, splitter, open } = &mut *self.splitter;
        let told = loop {
            if let Some(told) = open.tell_long() {
                break told;
            }
            match Lines::new(splitter, self.chunk).next()? {
                Ok(line) => {
                    if let Some(piece) = open.take(line, starts) {
                        break Ok(piece);
                    }
                }
                Err(error) => break Err(error),
            }
        };
        Some(told.map(|piece| piece.line(&open.done)))
    }
}

impl<F> fmt::Debug for Records<'_, '_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("splitter", &self.splitter).finish_non_exhaustive()
    }
}

/// The record whose end is not known yet.
struct OpenRecord {
    limit: usize,
    on_long: OnLong,
    delimiter: Delimiter,
    /// Its bytes so far, without those handed out as parts or skipped.
    bytes: Vec<u8>,
    /// How its last line ended: content only if another follows.
    end: End,
    at: Position,
    is_open: bool,
    /// Bytes handed out as parts.
    passed: u64,
    skipping: bool,
    overlong: u64,
    /// What is lent.
    done: Vec<u8>,
}

impl OpenRecord {
    fn new(config: Config) -> Self {
        Self {
            limit: config.limit(),
            on_long: config.on_long,
            delimiter: config.delimiter,
            bytes: Vec::new(),
            end: End::Cut,
            at: Position::START,
            is_open: false,
            passed: 0,
            skipping: false,
            overlong: 0,
            done: Vec::new(),
        }
    }

    /// Adds a line or a part of one; answers the record that it ended, which lies in `done`.
    fn take(&mut self, line: Line<'_>, starts: &mut impl FnMut(&[u8]) -> bool) -> Option<Piece> {
        let begins = line.is_first() && starts(line.bytes());
        let ended = if begins { self.close() } else { None };
        if !self.is_open {
            self.is_open = true;
            self.at = line.position();
        } else if !self.skipping {
            match (self.end, self.delimiter) {
                (End::Lf, _) => self.bytes.push(b'\n'),
                (End::CrLf, _) => self.bytes.extend_from_slice(b"\r\n"),
                (End::Cr, _) => self.bytes.push(b'\r'),
                (End::Delimiter, Delimiter::Byte(byte)) => self.bytes.push(byte),
                _ => {}
            }
        }
        if !self.skipping {
            self.bytes.extend_from_slice(line.bytes());
        }
        self.end = line.end();
        ended
    }

    /// Ends the record and moves it to `done`, unless it was passed over.
    fn close(&mut self) -> Option<Piece> {
        let piece = self.piece(self.bytes.len(), self.end);
        let told = self.is_open && !self.skipping;
        mem::swap(&mut self.bytes, &mut self.done);
        self.bytes.clear();
        self.is_open = false;
        self.passed = 0;
        self.skipping = false;
        told.then_some(piece)
    }

    /// What there is to tell of a record over the limit.
    fn tell_long(&mut self) -> Option<Result<Piece, TooLong>> {
        if self.bytes.len() <= self.limit {
            return None;
        }
        self.overlong += u64::from(self.passed == 0);
        let piece = self.piece(self.limit, End::Cut);
        let rest = self.bytes.get(self.limit..).unwrap_or_default();
        self.done.clear();
        self.done.extend_from_slice(rest);
        mem::swap(&mut self.bytes, &mut self.done);
        if self.on_long == OnLong::Parts {
            self.passed = self.passed.wrapping_add(self.limit as u64);
            return Some(Ok(piece));
        }
        self.bytes.clear();
        self.skipping = true;
        match self.on_long {
            OnLong::Error => Some(Err(TooLong {
                offset: self.at.offset,
                number: self.at.number,
                limit: self.limit,
            })),
            OnLong::Truncate => Some(Ok(piece)),
            OnLong::Skip | OnLong::Parts => None,
        }
    }

    fn piece(&self, count: usize, end: End) -> Piece {
        let first = self.passed == 0;
        Piece { range: 0..count, at: self.at.plus(self.passed, 0), end, first }
    }
}
