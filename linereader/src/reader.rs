use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::vec::Vec;

use crate::intake::{Found, Intake};
use crate::{Batch, Config, Line, OwnedLines, Position, ReadError};

/// Bytes in the buffer of [`LineReader::new`]: 128 KiB.
///
/// Half and twice of it read as fast; 8 KiB and 1 MiB are slower by a fifth or more.
pub const DEFAULT_CAPACITY: usize = 128 * 1024;

/// Reads lines out of anything that implements [`Read`].
///
/// It has a buffer of its own, so the reader needs none. Memory stays within the buffer and the
/// limit of [`Config::max_line`], and 5 KiB more.
///
/// **Errors lose nothing.** A read that was interrupted is repeated. Any other error, be it
/// [`ErrorKind::WouldBlock`] or a broken disk, is returned, and what was read of an unfinished line
/// is kept: the next call reads on and hands out the whole line.
///
/// **The end of the input is no state.** After `None` the next call reads again, so an input that
/// has grown goes on. A last line without an ending is handed out with [`End::Eof`](crate::End::Eof);
/// what the input grows afterwards is a line of its own. Whoever wants to wait for its ending uses
/// [`Follow`](crate::Follow).
///
/// # Examples
///
/// ```
/// use linereader::{End, LineReader, ReadError};
///
/// let mut reader = LineReader::new(&b"one\r\ntwo"[..]);
/// let mut ends = Vec::new();
/// while let Some(line) = reader.next_line()? {
///     ends.push((line.bytes().len(), line.end()));
/// }
/// assert_eq!(ends, [(3, End::CrLf), (3, End::Eof)]);
/// # Ok::<(), ReadError>(())
/// ```
pub struct LineReader<R> {
    inner: R,
    intake: Intake,
}

impl<R> LineReader<R> {
    /// Reads lines with the default [`Config`] and a buffer of [`DEFAULT_CAPACITY`].
    pub fn new(inner: R) -> Self {
        Self::with_config(inner, Config::new(), DEFAULT_CAPACITY)
    }

    /// Reads lines through a buffer of `capacity` bytes, at least 1.
    ///
    /// The capacity does not limit the lines.
    ///
    /// # Examples
    ///
    /// ```
    /// use linereader::{Config, DEFAULT_CAPACITY, LineReader, OnLong, ReadError};
    ///
    /// let config = Config::new().max_line(4).on_long(OnLong::Truncate);
    /// let mut reader = LineReader::with_config(&b"123456\n12\n"[..], config, DEFAULT_CAPACITY);
    /// let mut found = Vec::new();
    /// while let Some(line) = reader.next_line()? {
    ///     found.push((line.to_owned().into_bytes(), line.is_last()));
    /// }
    /// assert_eq!(found, [(b"1234".to_vec(), false), (b"12".to_vec(), true)]);
    /// # Ok::<(), ReadError>(())
    /// ```
    pub fn with_config(inner: R, config: Config, capacity: usize) -> Self {
        Self::resume(inner, config, capacity, Position::START)
    }

    /// Reads lines from a reader that stands at the beginning of the line at `at`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, Seek, SeekFrom};
    ///
    /// use linereader::{Config, DEFAULT_CAPACITY, LineReader, Position, ReadError};
    ///
    /// let mut file = Cursor::new(b"one\ntwo\n");
    /// let at = Position { offset: 4, number: 2 };
    /// file.seek(SeekFrom::Start(at.offset)).map_err(ReadError::Io)?;
    /// let mut reader = LineReader::resume(file, Config::new(), DEFAULT_CAPACITY, at);
    /// assert_eq!(reader.next_line()?.map(|line| (line.number(), line.offset())), Some((2, 4)));
    /// # Ok::<(), ReadError>(())
    /// ```
    pub fn resume(inner: R, config: Config, capacity: usize, at: Position) -> Self {
        Self { inner, intake: Intake::new(config, capacity, at) }
    }

    /// Returns where the first line begins that was neither handed out nor passed over to its end.
    ///
    /// See [`Splitter::position`](crate::Splitter::position).
    #[must_use]
    pub fn position(&self) -> Position {
        self.intake.splitter().position()
    }

    /// Returns how many lines were over the limit so far, whatever happened to them.
    #[must_use]
    pub fn overlong(&self) -> u64 {
        self.intake.splitter().overlong()
    }

    /// Returns the offset in the input up to which was read: where a failed read failed.
    #[must_use]
    pub fn read_offset(&self) -> u64 {
        let read = self.intake.splitter().pending() + self.intake.rest().len() as u64;
        self.position().plus(read, 0).offset
    }

    /// Returns the reader.
    #[must_use]
    pub fn inner(&self) -> &R {
        &self.inner
    }

    /// Returns the reader; what is read from it here is missing in the lines and the offsets.
    #[must_use]
    pub fn inner_mut(&mut self) -> &mut R {
        &mut self.inner
    }

    /// Gives back the reader and all that was read from it and not handed out, which ends at the
    /// [`read_offset`](Self::read_offset) and begins at the position.
    ///
    /// Only if a line over the limit was reported, cut or skipped and its end was not reached, what is
    /// given back begins within that line, which began at the position.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Read;
    ///
    /// use linereader::{LineReader, ReadError};
    ///
    /// let mut reader = LineReader::new(&b"header\n\0body"[..]);
    /// assert!(reader.next_line()?.is_some());
    /// let (mut inner, mut body, at) = reader.into_parts();
    /// inner.read_to_end(&mut body).map_err(ReadError::Io)?;
    /// assert_eq!((at.offset, body), (7, b"\0body".to_vec()));
    /// # Ok::<(), ReadError>(())
    /// ```
    #[must_use]
    pub fn into_parts(self) -> (R, Vec<u8>, Position) {
        let position = self.position();
        let mut unread = self.intake.splitter().held().to_vec();
        unread.extend_from_slice(self.intake.rest());
        (self.inner, unread, position)
    }
}

impl<R: Read> LineReader<R> {
    /// Hands out the next line, or `None` at the end of the input.
    ///
    /// Where lines are short, say below 100 bytes, a loop over the lines of
    /// [`next_batch`](Self::next_batch) takes a quarter to a half less time.
    ///
    /// # Errors
    ///
    /// - [`ReadError::Io`] if the reader failed with anything but [`ErrorKind::Interrupted`].
    /// - [`ReadError::TooLong`] for a line over the limit, which is passed over.
    ///
    /// The next call goes on in both cases.
    #[inline]
    pub fn next_line(&mut self) -> Result<Option<Line<'_>>, ReadError> {
        if self.intake.is_ready() {
            return Ok(Some(self.intake.pop()));
        }
        Ok(match self.advance()? {
            Some(found) => Some(self.intake.line(found)),
            None => self.intake.finish().transpose()?,
        })
    }

    /// Hands out the next lines together, or `None` at the end of the input.
    ///
    /// # Errors
    ///
    /// As [`next_line`](Self::next_line), after the lines before the error.
    ///
    /// # Examples
    ///
    /// ```
    /// use linereader::{LineReader, ReadError};
    ///
    /// let mut reader = LineReader::new(&b"one\ntwo\nthree\n"[..]);
    /// let mut backwards = Vec::new();
    /// while let Some(batch) = reader.next_batch()? {
    ///     backwards.extend(batch.iter().rev().map(|line| line.number()));
    /// }
    /// assert_eq!(backwards, [3, 2, 1]);
    /// # Ok::<(), ReadError>(())
    /// ```
    pub fn next_batch(&mut self) -> Result<Option<Batch<'_>>, ReadError> {
        Ok(match self.advance()? {
            Some(found) => Some(self.intake.batch(found)),
            None => self.intake.finish().transpose()?.map(Batch::of_line),
        })
    }

    /// Calls `visit` with every line up to the end of the input or an error.
    ///
    /// # Errors
    ///
    /// As [`next_line`](Self::next_line). Called again, it goes on behind the error.
    ///
    /// # Examples
    ///
    /// ```
    /// use linereader::{LineReader, ReadError};
    ///
    /// let mut longest = 0;
    /// LineReader::new(&b"one\nthree\n"[..]).for_each(|line| longest = longest.max(line.bytes().len()))?;
    /// assert_eq!(longest, 5);
    /// # Ok::<(), ReadError>(())
    /// ```
    pub fn for_each(&mut self, mut visit: impl FnMut(Line<'_>)) -> Result<(), ReadError> {
        while let Some(batch) = self.next_batch()? {
            batch.iter().for_each(&mut visit);
        }
        Ok(())
    }

    /// Turns the reader into an ordinary iterator of lines that own their bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use linereader::{LineReader, ReadError};
    ///
    /// let lines = LineReader::new(&b"b\na\n"[..]).lines();
    /// let mut texts = lines.map(|line| Ok(line?.into_bytes())).collect::<Result<Vec<_>, ReadError>>()?;
    /// texts.sort();
    /// assert_eq!(texts, [b"a", b"b"]);
    /// # Ok::<(), ReadError>(())
    /// ```
    pub fn lines(self) -> OwnedLines<R> {
        OwnedLines::new(self)
    }

    /// Reads until there is a line, the end, which is `None`, or an error.
    #[inline(never)]
    fn advance(&mut self) -> Result<Option<Found>, ReadError> {
        loop {
            let found = self.intake.advance()?;
            if found.is_some() {
                return Ok(found);
            }
            let count = self.read()?;
            if count == 0 {
                return Ok(None);
            }
            self.intake.fill(count);
        }
    }

    fn read(&mut self) -> Result<usize, ReadError> {
        let room = self.intake.room();
        loop {
            match self.inner.read(room) {
                Ok(count) if count <= room.len() => return Ok(count),
                Ok(_) => {
                    let lie =
                        "the reader claims to have read more bytes than it was given room for";
                    return Err(ReadError::Io(io::Error::other(lie)));
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadError::Io(error)),
            }
        }
    }
}

impl<R: fmt::Debug> fmt::Debug for LineReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineReader")
            .field("inner", &self.inner)
            .field("splitter", self.intake.splitter())
            .finish_non_exhaustive()
    }
}
