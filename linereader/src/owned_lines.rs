use std::io::Read;
use std::iter::FusedIterator;

use crate::{LineReader, OwnedLine, ReadError};

/// The lines of a [`LineReader`] as an ordinary iterator of lines that own their bytes.
///
/// It allocates for every line; [`LineReader::next_line`] does not.
///
/// It ends at the end of the input and **after the first failed read**, so that a loop that passes
/// over errors comes to an end even where the reader fails for ever, as that of a directory does.
/// A line over the limit is an error like any other item, and what follows it comes as usual.
///
/// # Examples
///
/// ```
/// use linereader::{LineReader, ReadError};
///
/// let lines = LineReader::new(&b"one\ntwo\n"[..]).lines();
/// let kept: Result<Vec<_>, ReadError> = lines.collect();
/// assert_eq!(kept?[1].as_line().offset(), 4);
/// # Ok::<(), ReadError>(())
/// ```
#[derive(Debug)]
pub struct OwnedLines<R> {
    reader: LineReader<R>,
    done: bool,
}

impl<R> OwnedLines<R> {
    pub(crate) fn new(reader: LineReader<R>) -> Self {
        Self { reader, done: false }
    }

    /// Gives back the reader, to go on after a failed read.
    ///
    /// # Examples
    ///
    /// ```
    /// use linereader::{LineReader, ReadError};
    ///
    /// let mut lines = LineReader::new(&b"one\ntwo\n"[..]).lines();
    /// assert!(lines.next().transpose()?.is_some());
    /// assert_eq!(lines.into_reader().next_line()?.map(|line| line.bytes()), Some(&b"two"[..]));
    /// # Ok::<(), ReadError>(())
    /// ```
    #[must_use]
    pub fn into_reader(self) -> LineReader<R> {
        self.reader
    }
}

impl<R: Read> Iterator for OwnedLines<R> {
    type Item = Result<OwnedLine, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let line = self.reader.next_line().map(|line| line.map(OwnedLine::from)).transpose();
        self.done = matches!(line, None | Some(Err(ReadError::Io(_))));
        line
    }
}

impl<R: Read> FusedIterator for OwnedLines<R> {}
