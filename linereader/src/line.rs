use core::fmt;
use core::str::Utf8Error;

use crate::{OwnedLine, Position};

/// One line, lent from the chunk, the buffer or the carry-over it lies in.
///
/// # Examples
///
/// ```
/// use linereader::{Config, End, Splitter};
///
/// let mut splitter = Splitter::new(Config::new());
/// let mut lines = splitter.push(b"one\r\ntwo\n");
/// let one = lines.next().transpose()?.expect("a whole line was pushed");
///
/// assert_eq!(one.bytes(), b"one");
/// assert_eq!(one.end(), End::CrLf);
/// assert_eq!((one.offset(), one.number(), one.next_offset()), (0, 1, 5));
/// # Ok::<(), linereader::TooLong>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    bytes: &'a [u8],
    at: Position,
    end: End,
    first: bool,
}

impl<'a> Line<'a> {
    /// A line from its beginning to its ending.
    #[inline]
    pub(crate) fn whole(bytes: &'a [u8], at: Position, end: End) -> Self {
        Self { bytes, at, end, first: true }
    }

    /// A part of a line that may begin behind the line's beginning.
    pub(crate) fn piece(bytes: &'a [u8], at: Position, end: End, first: bool) -> Self {
        Self { bytes, at, end, first }
    }

    /// Returns the content, without the ending.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Returns the content as text.
    ///
    /// # Errors
    ///
    /// [`Utf8Error`] if the content is not UTF-8; the bytes are still there.
    ///
    /// # Examples
    ///
    /// ```
    /// use linereader::{Config, Splitter};
    ///
    /// let mut splitter = Splitter::new(Config::new());
    /// let mut lines = splitter.push(b"caf\xc3\xa9\ncaf\xe9\n");
    /// assert_eq!(lines.next().transpose()?.map(|line| line.to_str()), Some(Ok("caf\u{e9}")));
    /// let latin = lines.next().transpose()?.map(|line| (line.to_str().is_err(), line.bytes()));
    /// assert_eq!(latin, Some((true, &b"caf\xe9"[..])));
    /// # Ok::<(), linereader::TooLong>(())
    /// ```
    pub fn to_str(&self) -> Result<&'a str, Utf8Error> {
        core::str::from_utf8(self.bytes)
    }

    /// Copies the line, so that it outlives what it is lent from.
    #[must_use]
    pub fn to_owned(&self) -> OwnedLine {
        OwnedLine::from(*self)
    }

    /// Returns the offset in bytes of the line's first byte in the whole input.
    #[inline]
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.at.offset
    }

    /// Returns the line's number; the first line of an input is 1.
    #[inline]
    #[must_use]
    pub fn number(&self) -> u64 {
        self.at.number
    }

    /// Returns offset and number together: where to resume to get this line again.
    ///
    /// Of a part that [is not the first](Self::is_first) this is no place to resume at, since no
    /// line begins there.
    #[inline]
    #[must_use]
    pub fn position(&self) -> Position {
        self.at
    }

    /// Returns how the line ended.
    #[inline]
    #[must_use]
    pub fn end(&self) -> End {
        self.end
    }

    /// Returns whether the bytes begin where the line begins: false for all but the first part of
    /// a line handed out by [`OnLong::Parts`](crate::OnLong::Parts).
    #[inline]
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.first
    }

    /// Returns whether the bytes go on to where the line ends: false if it was
    /// [cut](End::Cut) behind them.
    #[inline]
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.end != End::Cut
    }

    /// Returns the offset of the first byte behind the line and its ending, or behind the cut.
    ///
    /// # Examples
    ///
    /// ```
    /// use linereader::{Config, Splitter};
    ///
    /// let mut splitter = Splitter::new(Config::new());
    /// let mut lines = splitter.push(b"one\r\ntwo\n");
    /// let mut offsets = Vec::new();
    /// while let Some(line) = lines.next().transpose()? {
    ///     offsets.push((line.offset(), line.next_offset()));
    /// }
    /// assert_eq!(offsets, [(0, 5), (5, 9)]);
    /// # Ok::<(), linereader::TooLong>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn next_offset(&self) -> u64 {
        self.at.plus((self.bytes.len() + self.end.width()) as u64, 1).offset
    }
}

impl fmt::Debug for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Line");
        shown
            .field("bytes", &format_args!("b\"{}\"", self.bytes.escape_ascii()))
            .field("offset", &self.at.offset)
            .field("number", &self.at.number)
            .field("end", &self.end);
        if !self.first {
            shown.field("first", &false);
        }
        shown.finish()
    }
}

/// How a line ended.
///
/// # Examples
///
/// ```
/// use linereader::{Config, End, Splitter};
///
/// let mut splitter = Splitter::new(Config::new());
/// let mut lines = splitter.push(b"dos\r\nunix\nlast");
/// let mut crlf = 0;
/// while let Some(line) = lines.next().transpose()? {
///     crlf += u32::from(line.end() == End::CrLf);
/// }
/// let last = splitter.finish().transpose()?.map(|line| line.end());
/// assert_eq!((crlf, last), (1, Some(End::Eof)));
/// # Ok::<(), linereader::TooLong>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// With a line feed, `\n`.
    Lf,
    /// With a carriage return and a line feed, `\r\n`.
    CrLf,
    /// With a carriage return alone, `\r`, which ends lines under
    /// [`Delimiter::Universal`](crate::Delimiter::Universal) only.
    Cr,
    /// With the byte of [`Delimiter::Byte`](crate::Delimiter::Byte).
    Delimiter,
    /// With the input: its last line had no ending.
    Eof,
    /// Not at all: it is over the limit and was cut here, as
    /// [`OnLong::Truncate`](crate::OnLong::Truncate) or [`OnLong::Parts`](crate::OnLong::Parts)
    /// asked for.
    Cut,
}

impl End {
    /// Returns how many bytes the ending has: 0, 1 or 2.
    #[inline]
    #[must_use]
    pub const fn width(self) -> usize {
        match self {
            Self::Lf | Self::Cr | Self::Delimiter => 1,
            Self::CrLf => 2,
            Self::Eof | Self::Cut => 0,
        }
    }
}
