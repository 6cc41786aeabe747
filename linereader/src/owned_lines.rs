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
