use core::fmt;
use core::str::Utf8Error;

use crate::Position;

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
}

impl<'a> Line<'a> {
    /// A line that ended with LF, where `bytes` are all before the LF: a CR at their end belongs
    /// to the ending.
    #[inline]
    pub(crate) fn ended(bytes: &'a [u8], at: Position) -> Self {
        match bytes {
            [content @ .., b'\r'] => Self { bytes: content, at, end: End::CrLf },
            _ => Self { bytes, at, end: End::Lf },
        }
    }

    /// A line whose ending is known.
    #[inline]
    pub(crate) fn with_end(bytes: &'a [u8], at: Position, end: End) -> Self {
        Self { bytes, at, end }
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
    pub fn to_str(&self) -> Result<&'a str, Utf8Error> {
        core::str::from_utf8(self.bytes)
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

    /// Returns the offset of the first byte behind the line and its ending.
    #[inline]
    #[must_use]
    pub fn next_offset(&self) -> u64 {
        self.at.plus((self.bytes.len() + self.end.width()) as u64, 1).offset
    }
}

impl fmt::Debug for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("bytes", &format_args!("b\"{}\"", self.bytes.escape_ascii()))
            .field("offset", &self.at.offset)
            .field("number", &self.at.number)
            .field("end", &self.end)
            .finish()
    }
}

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// With a line feed, `\n`.
    Lf,
    /// With a carriage return and a line feed, `\r\n`.
    CrLf,
    /// With the input: its last line had no ending.
    Eof,
}

impl End {
    #[inline]
    const fn width(self) -> usize {
        match self {
            Self::Lf => 1,
            Self::CrLf => 2,
            Self::Eof => 0,
        }
    }
}
