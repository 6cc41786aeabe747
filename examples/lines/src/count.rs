use std::io::Read;

use linereader::{
    Config, DEFAULT_CAPACITY, Delimiter, End, Line, LineReader, OnLong, Position, ReadError,
};

use crate::args::Options;
use crate::progress::Progress;
use crate::utf8::Utf8;

/// What is known of the lines of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    /// Content bytes of the longest line.
    pub(crate) longest: u64,
    pub(crate) unterminated: bool,
    pub(crate) crlf: u64,
    pub(crate) invalid_utf8: u64,
    pub(crate) overlong: u64,
}

impl Count {
    /// Puts what was counted behind this together with it.
    pub(crate) fn append(&mut self, behind: &Self) {
        self.lines += behind.lines;
        self.bytes += behind.bytes;
        self.longest = self.longest.max(behind.longest);
        self.unterminated = behind.unterminated;
        self.crlf += behind.crlf;
        self.invalid_utf8 += behind.invalid_utf8;
        self.overlong += behind.overlong;
    }
}

/// Counts one input from its beginning to its end or to an error.
pub(crate) struct Counter<'a> {
    options: &'a Options,
    progress: &'a Progress,
    count: Count,
    /// Bytes of the line of which parts are coming.
    length: u64,
    utf8: Utf8,
    /// Number within the input and offset of the first line over the limit.
    first_long: Option<Position>,
}

/// How far counting came.
pub(crate) struct Counted {
    pub(crate) count: Count,
    pub(crate) first_long: Option<Position>,
    /// The error and the byte of the input at which it stands, if anything could be read.
    pub(crate) failure: Option<(ReadError, Option<u64>)>,
}

impl<'a> Counter<'a> {
    pub(crate) fn new(options: &'a Options, progress: &'a Progress) -> Self {
        let (count, utf8) = (Count::default(), Utf8::default());
        Self { options, progress, count, length: 0, utf8, first_long: None }
    }

    /// Counts what `input` has, which begins at byte `from`.
    pub(crate) fn count(mut self, input: impl Read, from: u64) -> Counted {
        // All parts come, whatever the policy, for the length of the longest line to be true.
        let config = Config::new()
            .max_line(self.options.max_line)
            .delimiter(self.options.delimiter)
            .on_long(OnLong::Parts);
        let at = Position { offset: from, number: 1 };
        let mut reader = LineReader::resume(input, config, DEFAULT_CAPACITY, at);
        let mut offset = from;

        let failure = loop {
            match reader.next_batch() {
                Ok(Some(batch)) => {
                    // Text cut at ASCII is text; only where it is none each line is looked at.
                    let is_text =
                        self.is_cut_at_ascii() && simdutf8::basic::from_utf8(batch.bytes()).is_ok();
                    batch.iter().for_each(|line| self.line(line, is_text));
                    if let Some(last) = batch.iter().next_back() {
                        self.progress.add(last.next_offset() - offset);
                        offset = last.next_offset();
                    }
                }
                Ok(None) => break None,
                Err(error) => break Some((error, Some(reader.read_offset()))),
            }
        };
        // A line that an error left without its end was not read.
        self.count.lines = reader.position().number - 1;
        self.count.bytes = reader.read_offset() - from;
        self.count.overlong = reader.overlong();
        Counted { count: self.count, first_long: self.first_long, failure }
    }

    fn is_cut_at_ascii(&self) -> bool {
        !matches!(self.options.delimiter, Delimiter::Byte(byte) if !byte.is_ascii())
    }

    #[inline]
    fn line(&mut self, line: Line<'_>, is_text: bool) {
        if !(line.is_first() && line.is_last()) {
            return self.part(line);
        }
        self.count.longest = self.count.longest.max(line.bytes().len() as u64);
        self.ended(line.end());
        if !is_text {
            self.count.invalid_utf8 += u64::from(line.to_str().is_err());
        }
    }

    /// A part of a line over the limit.
    fn part(&mut self, part: Line<'_>) {
        if part.is_first() {
            self.length = 0;
            self.utf8 = Utf8::default();
            self.first_long.get_or_insert(part.position());
        }
        self.length += part.bytes().len() as u64;
        let on_long = self.options.on_long;
        let looked_at = on_long == OnLong::Parts || on_long == OnLong::Truncate && part.is_first();
        if looked_at {
            let is_invalid = self.utf8.push(part.bytes());
            self.count.invalid_utf8 += u64::from(is_invalid);
        }
        self.count.longest = self.count.longest.max(self.length);
        if part.is_last() {
            let is_invalid = on_long == OnLong::Parts && self.utf8.finish();
            self.count.invalid_utf8 += u64::from(is_invalid);
            self.ended(part.end());
        }
    }

    fn ended(&mut self, end: End) {
        self.count.crlf += u64::from(end == End::CrLf);
        self.count.unterminated = end == End::Eof;
    }
}
