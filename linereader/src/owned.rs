use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::{End, Line, Position};

/// A line that owns its bytes and nothing more: what outlives buffer and chunk.
///
/// It has the size of the content, so that a short line kept for long keeps no buffer with it.
///
/// # Examples
///
/// ```
/// use linereader::{Config, Splitter};
///
/// let mut splitter = Splitter::new(Config::new());
/// let mut kept = Vec::new();
/// for chunk in [&b"one\nERR"[..], b"OR\ntwo"] {
///     let mut lines = splitter.push(chunk);
///     while let Some(line) = lines.next().transpose()? {
///         if line.bytes().starts_with(b"ERROR") {
///             kept.push(line.to_owned());
///         }
///     }
/// }
/// assert_eq!(kept[0].bytes(), b"ERROR");
/// assert_eq!(kept[0].as_line().number(), 2);
/// # Ok::<(), linereader::TooLong>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedLine {
    bytes: Box<[u8]>,
    at: Position,
    end: End,
    first: bool,
}

impl OwnedLine {
    /// Returns the content, without the ending.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the line with all that it tells.
    #[must_use]
    pub fn as_line(&self) -> Line<'_> {
        Line::piece(&self.bytes, self.at, self.end, self.first)
    }

    /// Gives back the content, without copying it.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes.into_vec()
    }
}

impl From<Line<'_>> for OwnedLine {
    fn from(line: Line<'_>) -> Self {
        Self {
            bytes: line.bytes().into(),
            at: line.position(),
            end: line.end(),
            first: line.is_first(),
        }
    }
}
