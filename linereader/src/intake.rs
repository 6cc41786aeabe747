use crate::buffer::Buffer;
use crate::piece::Piece;
use crate::progress::Progress;
use crate::{Batch, Config, Line, Position, Splitter, TooLong};

/// A splitter and the buffer that it is fed from: a reader without what it reads from.
///
/// An unfinished line stays in the buffer as long as it is short, since what is read next then
/// completes it in place; in the splitter's carry-over both halves of it would be copied.
pub(crate) struct Intake {
    buffer: Buffer,
    splitter: Splitter,
}

/// Where the next line is.
pub(crate) enum Found {
    /// In the buffer, with its end found.
    Ready,
    /// A piece of the buffer.
    Piece(Piece),
    /// A piece of what the splitter lends.
    Carried(Piece),
}

impl Intake {
    /// Stands at `at` with an empty buffer of `capacity` bytes, at least 1.
    pub(crate) fn new(config: Config, capacity: usize, at: Position) -> Self {
        Self { buffer: Buffer::new(capacity), splitter: Splitter::resume(config, at) }
    }

    pub(crate) fn splitter(&self) -> &Splitter {
        &self.splitter
    }

    /// What was read and is not consumed.
    pub(crate) fn rest(&self) -> &[u8] {
        self.splitter.rest(self.buffer.filled())
    }

    /// Whether `pop` has a line.
    #[inline]
    pub(crate) fn is_ready(&self) -> bool {
        self.splitter.is_ready()
    }

    /// Takes the next line; `is_ready` comes first.
    #[inline]
    pub(crate) fn pop(&mut self) -> Line<'_> {
        self.splitter.pop(self.buffer.filled())
    }

    /// Moves on until there is a line; if there is `None`, more is to be read into the `room`.
    pub(crate) fn advance(&mut self) -> Result<Option<Found>, TooLong> {
        if self.is_ready() {
            return Ok(Some(Found::Ready));
        }
        let progress = match self.splitter.advance_within(self.buffer.filled()) {
            Some(progress) => progress,
            None if self.hold() => return Ok(None),
            None => self.splitter.keep(self.buffer.filled()),
        };
        match progress {
            Progress::Ready => Ok(Some(Found::Ready)),
            Progress::Piece(piece) => Ok(Some(Found::Piece(piece))),
            Progress::Carried(piece) => Ok(Some(Found::Carried(piece))),
            Progress::TooLong(error) => Err(error),
            Progress::Dry => {
                self.clear();
                Ok(None)
            }
        }
    }

    /// What `advance` found.
    pub(crate) fn line(&mut self, found: Found) -> Line<'_> {
        match found {
            Found::Ready => self.pop(),
            Found::Piece(piece) => piece.line(self.buffer.filled()),
            Found::Carried(piece) => piece.line(self.splitter.lent()),
        }
    }

    /// What `advance` found, and all that is ready with it.
    pub(crate) fn batch(&mut self, found: Found) -> Batch<'_> {
        match found {
            Found::Ready => self.splitter.pop_batch(self.buffer.filled()),
            Found::Piece(_) | Found::Carried(_) => Batch::of_line(self.line(found)),
        }
    }

    /// Where to read to; never empty after `advance` asked for more.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        self.buffer.room()
    }

    /// Takes so many bytes that were read into the `room`.
    pub(crate) fn fill(&mut self, count: usize) {
        self.buffer.fill(count);
    }

    /// Ends the input after `advance` asked for more; see `Splitter::finish`.
    pub(crate) fn finish(&mut self) -> Option<Result<Line<'_>, TooLong>> {
        // It fits, or it would not have been held.
        self.splitter.keep(self.buffer.filled());
        self.clear();
        self.splitter.finish()
    }

    /// Lets the unfinished line stay in the buffer and makes room behind it, if it is one that may.
    fn hold(&mut self) -> bool {
        let rest = self.rest();
        if rest.is_empty() || !self.splitter.fits(rest) {
            return false;
        }
        let Some(start) = self.buffer.hold(self.splitter.start) else {
            return false;
        };
        self.splitter.stand_behind(self.buffer.filled(), start);
        true
    }

    fn clear(&mut self) {
        self.buffer.clear();
        self.splitter.begin();
    }
}
