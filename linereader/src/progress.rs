//! How a splitter comes from one line to the next where that takes more than the next end.

use crate::bom::Mark;
use crate::piece::Piece;
use crate::{Delimiter, End, OnLong, Splitter, TooLong};

/// What `Splitter::advance` came to.
pub(crate) enum Progress {
    /// `pop` has a line.
    Ready,
    /// A piece of the chunk.
    Piece(Piece),
    /// A piece of what the carry-over lends.
    Carried(Piece),
    /// A line is over the limit.
    TooLong(TooLong),
    /// The chunk is consumed.
    Dry,
}

impl Splitter {
    /// Moves on until there is something to tell; `is_ready` is false before.
    pub(crate) fn advance(&mut self, chunk: &[u8]) -> Progress {
        match self.advance_within(chunk) {
            Some(progress) => progress,
            None => self.keep(chunk),
        }
    }

    /// As `advance`, but does not consume the rest of the chunk, which may be empty, if it has no
    /// end: then it is `None`.
    pub(crate) fn advance_within(&mut self, chunk: &[u8]) -> Option<Progress> {
        if self.may_begin_with_mark && self.start < chunk.len() {
            match Mark::of(self.carry.held(), chunk) {
                Mark::Begun => {
                    self.carry.append(chunk, self.config.limit());
                    self.start = chunk.len();
                    return Some(Progress::Dry);
                }
                Mark::Whole => self.leave_mark(),
                Mark::None => {}
            }
            self.may_begin_with_mark = false;
        }
        loop {
            let progress = if self.carry.is_open() && self.start < chunk.len() {
                self.go_on(chunk)
            } else if self.window.has_end() {
                self.end_long(chunk)
            } else if self.window.refill(chunk) {
                None
            } else {
                return None;
            };
            if progress.is_some() {
                return progress;
            }
            let fitting = self.fitting(chunk);
            self.window.make_ready(fitting);
            if fitting > 0 {
                return Some(Progress::Ready);
            }
        }
    }

    /// Ends the open line with the input.
    pub(crate) fn end_of_input(&mut self) -> Option<Result<Piece, TooLong>> {
        let seen = self.carry.seen();
        if seen == 0 {
            return None;
        }
        self.may_begin_with_mark = false;
        if self.carry.is_skipping() {
            self.leave_open(seen);
            return None;
        }

        let is_cr = self.config.delimiter == Delimiter::Universal && self.carry.ends_in_cr();
        let end = if is_cr { End::Cr } else { End::Eof };
        let content = self.carry.held().len().saturating_sub(end.width());
        if content <= self.config.limit() {
            let piece = self.lend(content, end);
            self.leave_open(seen);
            return Some(Ok(piece));
        }

        self.count_long();
        let report = self.too_long();
        match self.config.on_long {
            OnLong::Parts => Some(Ok(self.cut_carried(&[]))),
            OnLong::Truncate => {
                let piece = self.cut_carried(&[]);
                self.leave_open(seen);
                Some(Ok(piece))
            }
            OnLong::Error => {
                self.leave_open(seen);
                Some(Err(report))
            }
            OnLong::Skip => {
                self.leave_open(seen);
                None
            }
        }
    }

    /// Goes on with the line that began in an earlier chunk; `None` if it is passed over.
    fn go_on(&mut self, chunk: &[u8]) -> Option<Progress> {
        let rest = self.rest(chunk);
        let Some(count) = self.config.delimiter.find(rest, self.carry.ends_in_cr()) else {
            return Some(self.keep(chunk));
        };
        let raw = rest.get(..count).unwrap_or_default();
        let seen = self.carry.seen().wrapping_add(count as u64);
        if self.carry.is_skipping() {
            self.leave_open(seen);
            self.step(count);
            return None;
        }

        let end = self.ending(raw);
        let held = self.carry.held().len();
        let content = (held + count).saturating_sub(end.width());
        if content > self.config.limit() {
            return self.open_long(raw, Some(seen));
        }
        let wanting = raw.get(..content.saturating_sub(held)).unwrap_or_default();
        self.carry.append(wanting, self.config.limit());
        let piece = self.lend(content, end);
        self.leave_open(seen);
        self.step(count);
        Some(Progress::Carried(piece))
    }

    /// Takes the next end, of a line over the limit or of its last part; `None` if that is passed
    /// over.
    fn end_long(&mut self, chunk: &[u8]) -> Option<Progress> {
        let end = self.window.peek();
        let raw = chunk.get(self.start..=end).unwrap_or_default();
        let line = self.config.delimiter.line(raw, self.position);
        let (content, ending) = (line.bytes().len(), line.end());
        if content <= self.config.limit() {
            let piece = self.piece(self.start..self.start + content, ending);
            self.window.take();
            self.leave_open(self.carry.passed().wrapping_add(raw.len() as u64));
            self.start = end + 1;
            return Some(Progress::Piece(piece));
        }

        self.count_long();
        if self.config.on_long == OnLong::Parts {
            return Some(self.cut_chunk());
        }
        let report = self.too_long();
        let piece = self.piece(self.start..self.start + self.config.limit(), End::Cut);
        self.window.take();
        self.leave_line(end);
        match self.config.on_long {
            OnLong::Truncate => Some(Progress::Piece(piece)),
            OnLong::Error => Some(Progress::TooLong(report)),
            OnLong::Skip | OnLong::Parts => None,
        }
    }

    /// Consumes the rest of the chunk, which ends no line.
    pub(crate) fn keep(&mut self, chunk: &[u8]) -> Progress {
        let rest = self.rest(chunk);
        if rest.is_empty() {
            return Progress::Dry;
        }
        if self.carry.is_skipping() {
            self.carry.skip(rest);
            self.step(rest.len());
            return Progress::Dry;
        }
        if self.fits(rest) {
            self.carry.append(rest, self.config.limit());
            self.step(rest.len());
            return Progress::Dry;
        }
        if self.carry.held().is_empty() && self.config.on_long == OnLong::Parts {
            self.count_long();
            return self.cut_chunk();
        }
        self.open_long(rest, None).unwrap_or(Progress::Dry)
    }

    /// Whether the open line is within the limit, which goes on with `rest`.
    pub(crate) fn fits(&self, rest: &[u8]) -> bool {
        let seen = self.carry.held().len() + rest.len();
        // A CR at the end may be half of a CRLF and is not yet content.
        seen.saturating_sub(self.half_ending(rest)) <= self.config.limit()
    }

    /// How many of the last bytes may be the half of an ending.
    pub(crate) fn half_ending(&self, rest: &[u8]) -> usize {
        usize::from(self.config.delimiter.takes_cr() && rest.last() == Some(&b'\r'))
    }

    /// Tells of the open line, which goes on with `raw`, that it is over the limit; `None` if it
    /// is passed over. If `raw` ends it, `seen` is how long it is with its ending.
    fn open_long(&mut self, raw: &[u8], seen: Option<u64>) -> Option<Progress> {
        self.count_long();
        let report = self.too_long();
        if self.config.on_long == OnLong::Parts {
            let taken = self.wanting(raw);
            let piece = self.cut_carried(taken);
            self.step(taken.len());
            return Some(Progress::Carried(piece));
        }

        let mut rest = raw;
        let piece = (self.config.on_long == OnLong::Truncate).then(|| {
            let taken = self.wanting(raw);
            rest = raw.get(taken.len()..).unwrap_or_default();
            Progress::Carried(self.cut_carried(taken))
        });
        match seen {
            Some(seen) => self.leave_open(seen),
            None => self.carry.skip(rest),
        }
        self.step(raw.len());
        match self.config.on_long {
            OnLong::Error => Some(Progress::TooLong(report)),
            OnLong::Truncate | OnLong::Skip | OnLong::Parts => piece,
        }
    }

    /// Hands out as much of the chunk as the limit allows, as a part.
    fn cut_chunk(&mut self) -> Progress {
        let limit = self.config.limit();
        let piece = self.piece(self.start..self.start + limit, End::Cut);
        self.start += limit;
        self.carry.pass(limit);
        Progress::Piece(piece)
    }

    /// Hands out as much of what is held, after `taken`, as the limit allows.
    fn cut_carried(&mut self, taken: &[u8]) -> Piece {
        self.carry.append(taken, self.config.limit());
        self.lend(self.config.limit(), End::Cut)
    }

    /// The first `count` bytes held.
    fn lend(&mut self, count: usize, end: End) -> Piece {
        let piece = self.piece(0..count, end);
        self.carry.lend_part(count);
        piece
    }

    /// What comes next of the open line.
    fn piece(&self, range: core::ops::Range<usize>, end: End) -> Piece {
        let passed = self.carry.passed();
        Piece { range, at: self.position.plus(passed, 0), end, first: passed == 0 }
    }

    /// What of `raw` fills the bytes held up to the limit.
    fn wanting<'c>(&self, raw: &'c [u8]) -> &'c [u8] {
        let room = self.config.limit().saturating_sub(self.carry.held().len());
        raw.get(..room).unwrap_or(raw)
    }

    /// How the open line ends, of which `raw` is the last of the chunk.
    fn ending(&self, raw: &[u8]) -> End {
        let mut last = [0; 2];
        let held = self.carry.held();
        let bytes = raw.iter().rev().chain(held.iter().rev());
        for (to, from) in last.iter_mut().rev().zip(bytes) {
            *to = *from;
        }
        self.config.delimiter.line(&last, self.position).end()
    }

    /// How many of the lines found come before the first that is too long.
    fn fitting(&self, chunk: &[u8]) -> usize {
        if self.carry.passed() > 0 {
            return 0;
        }
        let (base, ends) = (self.window.base(), self.window.ends());
        let whole = ends.last().map_or(0, |last| base + *last as usize - self.start);
        let limit = self.config.limit();
        if whole <= limit {
            return ends.len();
        }
        let mut start = self.start;
        ends.iter()
            .take_while(|end| {
                let next = base + **end as usize + 1;
                let raw = chunk.get(start..next).unwrap_or_default();
                start = next;
                self.config.delimiter.line(raw, self.position).bytes().len() <= limit
            })
            .count()
    }

    /// Leaves behind the byte order mark that begins with what is held.
    fn leave_mark(&mut self) {
        self.step(Mark::WIDTH - self.carry.held().len());
        self.carry.close();
        self.position = self.position.plus(Mark::WIDTH as u64, 0);
    }

    /// Leaves behind the open line, which has `seen` bytes with its ending.
    fn leave_open(&mut self, seen: u64) {
        self.position = self.position.plus(seen, 1);
        self.carry.close();
    }

    /// Consumes bytes of the chunk; what was found behind them stays found.
    fn step(&mut self, count: usize) {
        self.start += count;
        self.window.skip_to(self.start);
    }

    /// Counts the line at hand, unless a part of it was handed out before.
    fn count_long(&mut self) {
        self.overlong += u64::from(self.carry.passed() == 0);
    }

    /// The error for the line at `position`.
    fn too_long(&self) -> TooLong {
        let (offset, number) = (self.position.offset, self.position.number);
        TooLong { offset, number, limit: self.config.limit() }
    }
}
