//! Whether a reader of lines survives a failing source: for tests of this crate and of any other.

use alloc::vec::Vec;
use core::fmt;
use std::error::Error;
use std::io::{self, ErrorKind, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How a source may fail: a signal, nothing there yet, and something that passes.
const KINDS: [ErrorKind; 3] = [ErrorKind::Interrupted, ErrorKind::WouldBlock, ErrorKind::TimedOut];

/// Reads a slice, and fails once on the way.
///
/// # Examples
///
/// ```
/// use std::io::{ErrorKind, Read};
///
/// use linereader::testing::FailOnce;
///
/// let mut source = FailOnce::new(b"input", 2, ErrorKind::WouldBlock);
/// let mut buffer = [0; 8];
/// assert_eq!(source.read(&mut buffer).ok(), Some(2));
/// assert!(source.read(&mut buffer).is_err());
/// assert_eq!(source.read(&mut buffer).ok(), Some(3));
/// ```
#[derive(Clone, Debug)]
pub struct FailOnce<'i> {
    rest: &'i [u8],
    /// The failure to come, and after how many bytes.
    failure: Option<(usize, ErrorKind)>,
}

impl<'i> FailOnce<'i> {
    /// Fails with `kind` after `at` bytes. What comes before and what comes behind is read in one
    /// piece each if there is room.
    pub fn new(input: &'i [u8], at: usize, kind: ErrorKind) -> Self {
        Self { rest: input, failure: Some((at, kind)) }
    }

    /// Does not fail.
    pub fn never(input: &'i [u8]) -> Self {
        Self { rest: input, failure: None }
    }
}

impl Read for FailOnce<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some((left, kind)) = &mut self.failure else { return self.rest.read(buffer) };
        if *left == 0 {
            let kind = *kind;
            self.failure = None;
            return Err(kind.into());
        }
        let room = buffer.len().min(*left);
        let count = self.rest.read(&mut buffer[..room])?;
        // At the end of the input nothing is left to fail.
        *left -= count;
        Ok(count)
    }
}

/// Demands of a reader that an error between any two bytes of the input changes none of its lines.
///
/// `open` makes a reader, and returns what gives its next line, as [`Iterator::next`] would: `None`
/// at the end of the input. After an error it is called again. The lines have to be those of a
/// source that never fails, whatever the reader takes for a line; an error may be handed on once or
/// be retried in silence. Errors of three kinds are tried before each byte and behind the last one.
///
/// # Errors
///
/// The first [`Damage`].
///
/// # Panics
///
/// If the reader has an error of its own, where the source has none: with nothing behind it to
/// compare, any reader would survive. The input is to be one that the reader takes.
///
/// # Examples
///
/// ```
/// use std::io::{BufRead, BufReader};
///
/// use linereader::testing::survives_errors;
/// use linereader::{LineReader, ReadError};
///
/// let input = b"first\nsecond\r\nlast";
///
/// let ours = survives_errors(input, |source| {
///     let mut reader = LineReader::new(source);
///     move || {
///         let line = reader.next_line().map(|line| line.map(|line| line.bytes().to_vec()));
///         line.map_err(|error| std::io::Error::other(error)).transpose()
///     }
/// });
/// assert_eq!(ours, Ok(()));
///
/// let std = survives_errors(input, |source| {
///     let mut lines = BufReader::new(source).split(b'\n');
///     move || lines.next()
/// });
/// assert_eq!(
///     std.unwrap_err().to_string(),
///     r#"with 'operation would block' after 1 byte, line 1 is "irst" instead of "first""#,
/// );
/// # Ok::<(), ReadError>(())
/// ```
pub fn survives_errors<'i, N>(
    input: &'i [u8],
    open: impl Fn(FailOnce<'i>) -> N,
) -> Result<(), Damage>
where
    N: FnMut() -> Option<io::Result<Vec<u8>>>,
{
    let mut expected = Vec::new();
    let mut next = open(FailOnce::never(input));
    while let Some(line) = next() {
        assert!(line.is_ok(), "the reader fails where its source does not: {line:?}");
        expected.extend(line);
    }
    for at in 0..=input.len() {
        for kind in KINDS {
            let mut next = open(FailOnce::new(input, at, kind));
            compare(&mut next, &expected).map_err(|(line, expected, found)| Damage {
                at,
                kind,
                line,
                expected,
                found,
            })?;
        }
    }
    Ok(())
}

/// The number of a line that differs, what it was to be and what came.
type Difference = (usize, Option<Vec<u8>>, Found);

fn compare(
    next: &mut impl FnMut() -> Option<io::Result<Vec<u8>>>,
    expected: &[Vec<u8>],
) -> Result<(), Difference> {
    let mut errors = 0;
    let mut number = 1;
    let mut expected = expected.iter();
    loop {
        // What panics is not used again.
        let found = match catch_unwind(AssertUnwindSafe(&mut *next)) {
            Ok(Some(Ok(line))) => Found::Line(line),
            Ok(Some(Err(_))) if errors == 0 => {
                errors += 1;
                continue;
            }
            Ok(Some(Err(_))) => Found::SecondError,
            Ok(None) => Found::End,
            Err(_) => Found::Panic,
        };
        match (expected.next(), found) {
            (Some(line), Found::Line(found)) if *line == found => number += 1,
            (None, Found::End) => return Ok(()),
            (line, found) => return Err((number, line.cloned(), found)),
        }
    }
}

/// What an error did to the lines of a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// After how many bytes the source failed.
    pub at: usize,
    /// How it failed.
    pub kind: ErrorKind,
    /// The number of the first line that differs; the first line is 1.
    pub line: usize,
    /// The line there was to be, as the reader gives it without an error; `None` if it was to end.
    pub expected: Option<Vec<u8>>,
    /// What came in its place.
    pub found: Found,
}

/// What a reader gave in place of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// Another line.
    Line(Vec<u8>),
    /// The end of the input.
    End,
    /// One more error than there was.
    SecondError,
    /// A panic.
    Panic,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "\"{}\"", line.escape_ascii()),
            Self::End => f.write_str("the end"),
            Self::SecondError => f.write_str("a second error"),
            Self::Panic => f.write_str("a panic"),
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = if self.at == 1 { "byte" } else { "bytes" };
        write!(f, "with '{}' after {} {bytes}, line {} is ", self.kind, self.at, self.line)?;
        write!(f, "{} instead of ", self.found)?;
        match &self.expected {
            Some(line) => write!(f, "\"{}\"", line.escape_ascii()),
            None => f.write_str("the end"),
        }
    }
}

impl Error for Damage {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "the reader fails where its source does not")]
    fn a_reader_that_takes_nothing_of_the_input_is_no_survivor() {
        let _ = survives_errors(b"one\n", |_| {
            let mut refusals = [Err(ErrorKind::InvalidData.into())].into_iter();
            move || refusals.next()
        });
    }
}
