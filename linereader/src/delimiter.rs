use memchr::{memchr, memchr2};

use crate::{End, Line, Position};

/// What ends a line.
///
/// # Examples
///
/// ```
/// use linereader::{Config, Delimiter, End, Splitter};
///
/// let mut splitter = Splitter::new(Config::new().delimiter(Delimiter::Universal));
/// let mut lines = splitter.push(b"old mac\rdos\r\nunix\n");
///
/// let mut ends = Vec::new();
/// while let Some(line) = lines.next().transpose()? {
///     ends.push(line.end());
/// }
/// assert_eq!(ends, [End::Cr, End::CrLf, End::Lf]);
/// # Ok::<(), linereader::TooLong>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Delimiter {
    /// A line feed, told apart from a carriage return and a line feed. A CR elsewhere is data.
    #[default]
    Lf,
    /// This byte and nothing else: `Byte(0)` for what `find -print0` writes. With `Byte(b'\n')` a
    /// CR before the LF stays in the content.
    Byte(u8),
    /// `\n`, `\r\n` or `\r`, in any mixture.
    ///
    /// A CR at the end of a chunk is held back until the next byte tells whether an LF follows.
    Universal,
}

impl Delimiter {
    /// The line that `raw` is, whose last byte ends it.
    #[inline]
    pub(crate) fn line(self, raw: &[u8], at: Position) -> Line<'_> {
        // What the last byte is need not be asked: the scanner found it.
        let (content, end) = match (self, raw) {
            (Self::Lf, [content @ .., b'\r', _]) => (content, End::CrLf),
            (Self::Lf, [content @ .., _]) => (content, End::Lf),
            (Self::Byte(_), [content @ .., _]) => (content, End::Delimiter),
            (Self::Universal, [content @ .., b'\r', b'\n']) => (content, End::CrLf),
            (Self::Universal, [content @ .., b'\n']) => (content, End::Lf),
            (Self::Universal, [content @ .., _]) => (content, End::Cr),
            (_, []) => (raw, End::Eof),
        };
        Line::whole(content, at, end)
    }

    /// How many bytes of `rest` belong to the open line, if they tell where it ends.
    ///
    /// `after_cr` says that the byte before `rest` is a CR of the line.
    pub(crate) fn find(self, rest: &[u8], after_cr: bool) -> Option<usize> {
        match self {
            Self::Lf => memchr(b'\n', rest).map(|at| at + 1),
            Self::Byte(byte) => memchr(byte, rest).map(|at| at + 1),
            Self::Universal if after_cr => rest.first().map(|first| usize::from(*first == b'\n')),
            Self::Universal => {
                let at = memchr2(b'\n', b'\r', rest)?;
                match rest.get(at..)? {
                    [b'\r'] => None,
                    [b'\r', b'\n', ..] => Some(at + 2),
                    _ => Some(at + 1),
                }
            }
        }
    }

    /// Whether a CR may belong to an ending.
    pub(crate) fn takes_cr(self) -> bool {
        !matches!(self, Self::Byte(_))
    }
}
