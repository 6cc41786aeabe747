use std::io::{self, Read};

use linereader::{Config, End, Line, LineReader, Position, ReadError, Splitter, TooLong};

/// Splits the rest of the input under a limit and with cuts that its first bytes choose: the
/// splitter, the reader and a splitter resumed at any line find what an obvious twin finds.
///
/// The first byte is the limit (255 lifts it), the second, up to 15, the number of cuts that follow,
/// one byte each.
///
/// # Panics
///
/// If one of these does not hold.
pub fn linereader(input: &[u8]) {
    let Some((&limit, rest)) = input.split_first() else { return };
    let Some((&count, rest)) = rest.split_first() else { return };
    let Some((cuts, text)) = rest.split_at_checked(usize::from(count % 16)) else { return };
    let limit = if limit == u8::MAX { usize::MAX } else { usize::from(limit) };
    let config = Config::new().max_line(limit);

    let expected = twin(text, limit, Position::START);

    assert_eq!(pushed(text, cuts, config, Position::START), expected, "pushed in chunks");
    assert_eq!(pulled(text, cuts, config), expected, "pulled in chunks");
    // A place in the middle stands for all of them: the fuzzer moves it.
    if let Some(found) = expected.get(expected.len() / 2) {
        let at = found.at();
        let tail = &text[at.offset as usize..];
        assert_eq!(pushed(tail, cuts, config, at), twin(tail, limit, at), "resumed");
        assert_eq!(twin(tail, limit, at), expected[expected.len() / 2..], "resumed twin");
    }
}

/// A line, or the report of one that is too long.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    Line(Position, Vec<u8>, End),
    TooLong(Position),
}

impl Found {
    fn at(&self) -> Position {
        match self {
            Self::Line(at, ..) | Self::TooLong(at) => *at,
        }
    }
}

impl From<Line<'_>> for Found {
    fn from(line: Line<'_>) -> Self {
        Self::Line(line.position(), line.bytes().to_vec(), line.end())
    }
}

impl From<TooLong> for Found {
    fn from(error: TooLong) -> Self {
        Self::TooLong(Position { offset: error.offset, number: error.number })
    }
}

/// Splits at each LF, then looks at each piece.
fn twin(text: &[u8], limit: usize, from: Position) -> Vec<Found> {
    let mut at = from;
    let mut found = Vec::new();
    for piece in text.split_inclusive(|byte| *byte == b'\n') {
        let (content, end) = match piece {
            [content @ .., b'\r', b'\n'] => (content, End::CrLf),
            [content @ .., b'\n'] => (content, End::Lf),
            _ => (piece, End::Eof),
        };
        found.push(if content.len() > limit {
            Found::TooLong(at)
        } else {
            Found::Line(at, content.to_vec(), end)
        });
        at = Position { offset: at.offset + piece.len() as u64, number: at.number + 1 };
    }
    found
}

fn pushed(text: &[u8], cuts: &[u8], config: Config, from: Position) -> Vec<Found> {
    let mut found = Vec::new();
    let mut splitter = Splitter::resume(config, from);
    let mut chunks = Chunks { text, cuts, next: 0 };
    let mut consumed = from.offset;
    while let Some(chunk) = chunks.cut(usize::MAX) {
        consumed += chunk.len() as u64;
        let mut lines = splitter.push(chunk);
        while let Some(line) = lines.next() {
            found.push(line.map_or_else(Found::from, Found::from));
        }
        assert_eq!(splitter.position().offset + splitter.pending(), consumed);
    }
    found.extend(splitter.finish().map(|line| line.map_or_else(Found::from, Found::from)));
    found
}

fn pulled(text: &[u8], cuts: &[u8], config: Config) -> Vec<Found> {
    let capacity = 1 + cuts.first().map_or(0, |cut| usize::from(*cut));
    let chunks = Chunks { text, cuts, next: 0 };
    let mut reader = LineReader::with_config(chunks, config, capacity);
    let mut found = Vec::new();
    loop {
        match reader.next_line() {
            Ok(Some(line)) => found.push(line.into()),
            Ok(None) => return found,
            Err(ReadError::TooLong(error)) => found.push(error.into()),
            Err(error) => unreachable!("memory is readable: {error}"),
        }
    }
}

/// The text in chunks of the lengths in `cuts`, over and over; without cuts it is one chunk.
struct Chunks<'t> {
    text: &'t [u8],
    cuts: &'t [u8],
    next: usize,
}

impl<'t> Chunks<'t> {
    fn cut(&mut self, most: usize) -> Option<&'t [u8]> {
        if self.text.is_empty() {
            return None;
        }
        let cut = self.cuts.get(self.next % self.cuts.len().max(1));
        self.next += 1;
        // At least one byte, or a reader would take it for the end.
        let length = cut.map_or(usize::MAX, |cut| usize::from(*cut).max(1));
        let (chunk, rest) = self.text.split_at(length.min(most).min(self.text.len()));
        self.text = rest;
        Some(chunk)
    }
}

impl Read for Chunks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let chunk = self.cut(buffer.len()).unwrap_or_default();
        buffer[..chunk.len()].copy_from_slice(chunk);
        Ok(chunk.len())
    }
}
