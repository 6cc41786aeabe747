//! The other ways to lines, each as its own documentation shows it.

use std::io::{self, BufRead, BufReader, Read};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bstr::io::BufReadExt;
use futures_core::Stream;
use grep_matcher::{LineTerminator, Match, Matcher, NoCaptures, NoError};
use grep_searcher::{Searcher, SearcherBuilder, Sink, SinkMatch};
use ripline::line_buffer::{LineBufferBuilder, LineBufferReader};
use ripline::lines::LineIter;
use tokio_util::codec::{FramedRead, LinesCodec};

use super::tally::Tally;

/// Bytes in everyone's buffer but grep-searcher's, which has 64 KiB and no way to change them.
pub(super) const BUFFER: usize = 128 * 1024;

pub(super) type Reading = fn(&[u8]) -> io::Result<Tally>;

/// Those that lend lines out of their buffer.
pub(super) const LENDING: [(&str, Reading); 5] = [
    ("bstr", bstr),
    ("linereader-0.4", linereader_published),
    ("ripline", ripline),
    ("grep-searcher", grep_searcher),
    ("memchr", memchr),
];

/// Those that copy or allocate every line.
pub(super) const COPYING: [(&str, Reading); 3] =
    [("std", std_read_until), ("std-lines", std_lines), ("tokio-util", tokio_util)];

fn bstr(text: &[u8]) -> io::Result<Tally> {
    let mut tally = Tally::default();
    BufReader::with_capacity(BUFFER, text).for_byte_line(|line| {
        tally.take(line);
        Ok(true)
    })?;
    Ok(tally)
}

fn linereader_published(text: &[u8]) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut reader = linereader_published::LineReader::with_capacity(BUFFER, text);
    while let Some(line) = reader.next_line() {
        tally.take(content(line?));
    }
    Ok(tally)
}

fn ripline(text: &[u8]) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut buffer = LineBufferBuilder::new().capacity(BUFFER).build();
    let mut reader = LineBufferReader::new(text, &mut buffer);
    while reader.fill()? {
        for line in LineIter::new(b'\n', reader.buffer()) {
            tally.take(content(line));
        }
        reader.consume_all();
    }
    Ok(tally)
}

fn grep_searcher(text: &[u8]) -> io::Result<Tally> {
    let mut searcher = SearcherBuilder::new().invert_match(true).line_number(false).build();
    let mut sink = EveryLine(Tally::default());
    searcher.search_reader(Nothing, text, &mut sink)?;
    Ok(sink.0)
}

/// What no line has, so that every line is an inverted match.
struct Nothing;

impl Matcher for Nothing {
    type Captures = NoCaptures;
    type Error = NoError;

    fn find_at(&self, _: &[u8], _: usize) -> Result<Option<Match>, NoError> {
        Ok(None)
    }

    fn new_captures(&self) -> Result<NoCaptures, NoError> {
        Ok(NoCaptures::new())
    }

    fn line_terminator(&self) -> Option<LineTerminator> {
        Some(LineTerminator::byte(b'\n'))
    }
}

struct EveryLine(Tally);

impl Sink for EveryLine {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, line: &SinkMatch<'_>) -> io::Result<bool> {
        self.0.take(content(line.bytes()));
        Ok(true)
    }
}

/// The loop that one writes by hand: what is left of the buffer goes to its front.
fn memchr(mut text: &[u8]) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut buffer = vec![0; BUFFER];
    let mut filled = 0;
    loop {
        let count = text.read(&mut buffer[filled..])?;
        if count == 0 {
            return Ok(tally);
        }
        filled += count;
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', &buffer[..filled]) {
            tally.take(content(&buffer[start..=end]));
            start = end + 1;
        }
        buffer.copy_within(start..filled, 0);
        filled -= start;
    }
}

fn std_read_until(text: &[u8]) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut reader = BufReader::with_capacity(BUFFER, text);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        tally.take(content(&line));
        line.clear();
    }
    Ok(tally)
}

fn std_lines(text: &[u8]) -> io::Result<Tally> {
    let mut tally = Tally::default();
    for line in BufReader::with_capacity(BUFFER, text).lines() {
        tally.take(line?.as_bytes());
    }
    Ok(tally)
}

/// Without a runtime: a slice is always ready.
fn tokio_util(text: &[u8]) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut lines = pin!(FramedRead::with_capacity(text, LinesCodec::new(), BUFFER));
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(line)) = lines.as_mut().poll_next(&mut context) {
        tally.take(line.map_err(io::Error::other)?.as_bytes());
    }
    Ok(tally)
}

/// All lines first, then what is to be done with them.
pub(super) fn collected(text: &[u8]) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let lines = BufReader::with_capacity(BUFFER, text).lines().collect::<io::Result<Vec<_>>>()?;
    for line in &lines {
        tally.take(line.as_bytes());
    }
    Ok(tally)
}

/// The whole input first, then its lines by memchr.
pub(super) fn slurped(mut text: &[u8]) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut whole = Vec::new();
    text.read_to_end(&mut whole)?;
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', &whole) {
        tally.take(content(&whole[start..=end]));
        start = end + 1;
    }
    Ok(tally)
}

fn content(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
