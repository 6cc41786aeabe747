use std::fmt;
use std::future::poll_fn;
use std::io::ErrorKind;
use std::pin::Pin;
use std::task::{Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use crate::buffer::Buffer;
use crate::piece::Piece;
use crate::progress::Progress;
use crate::{Batch, Config, Line, Position, ReadError, Splitter};

/// Reads lines out of anything that implements [`AsyncRead`].
///
/// **Its methods are cancel safe**: a future that is dropped before it is ready has changed nothing
/// that the next call does not go on with. Errors lose nothing, and the end of the input is no
/// state, as with [`LineReader`](crate::LineReader).
///
/// # Examples
///
/// ```
/// use linereader::{AsyncLineReader, Config, DEFAULT_CAPACITY, ReadError};
/// # use std::{pin::pin, task::{Context, Poll, Waker}};
///
/// async fn longest(socket: impl tokio::io::AsyncRead + Unpin) -> Result<usize, ReadError> {
///     let mut reader = AsyncLineReader::new(socket, Config::new(), DEFAULT_CAPACITY);
///     let mut longest = 0;
///     while let Some(line) = reader.next_line().await? {
///         longest = longest.max(line.bytes().len());
///     }
///     Ok(longest)
/// }
/// # let mut context = Context::from_waker(Waker::noop());
/// # let polled = pin!(longest(&b"one\nthree\n"[..])).poll(&mut context);
/// # assert!(matches!(polled, Poll::Ready(Ok(5))));
/// ```
pub struct AsyncLineReader<R> {
    inner: R,
    buffer: Buffer,
    filled: usize,
    splitter: Splitter,
}

impl<R> AsyncLineReader<R> {
    /// Reads lines through a buffer of `capacity` bytes, at least 1.
    pub fn new(inner: R, config: Config, capacity: usize) -> Self {
        Self { inner, buffer: Buffer::new(capacity), filled: 0, splitter: Splitter::new(config) }
    }

    /// Returns where the first line begins that was neither handed out nor passed over to its end.
    #[must_use]
    pub fn position(&self) -> Position {
        self.splitter.position()
    }

    /// Returns how many lines were over the limit so far, whatever happened to them.
    #[must_use]
    pub fn overlong(&self) -> u64 {
        self.splitter.overlong()
    }
}

impl<R: AsyncRead + Unpin> AsyncLineReader<R> {
    /// Hands out the next line, or `None` at the end of the input.
    ///
    /// # Errors
    ///
    /// - [`ReadError::Io`] if the reader failed with anything but [`ErrorKind::Interrupted`], after
    ///   which it is polled again.
    /// - [`ReadError::TooLong`] for a line over the limit, which is passed over.
    ///
    /// The next call goes on in both cases.
    pub async fn next_line(&mut self) -> Result<Option<Line<'_>>, ReadError> {
        match self.advance().await? {
            Next::Ready => Ok(Some(self.splitter.pop(&self.buffer))),
            Next::Piece(piece) => Ok(Some(piece.line(&self.buffer))),
            Next::Carried(piece) => Ok(Some(piece.line(self.splitter.lent()))),
            Next::Eof => Ok(self.splitter.finish().transpose()?),
        }
    }

    /// Hands out the next lines together, or `None` at the end of the input.
    ///
    /// # Errors
    ///
    /// As [`next_line`](Self::next_line), after the lines before the error.
    pub async fn next_batch(&mut self) -> Result<Option<Batch<'_>>, ReadError> {
        let line = match self.advance().await? {
            Next::Ready => return Ok(Some(self.splitter.pop_batch(&self.buffer))),
            Next::Piece(piece) => Some(piece.line(&self.buffer)),
            Next::Carried(piece) => Some(piece.line(self.splitter.lent())),
            Next::Eof => self.splitter.finish().transpose()?,
        };
        Ok(line.map(Batch::of_line))
    }

    async fn advance(&mut self) -> Result<Next, ReadError> {
        loop {
            if self.splitter.is_ready() {
                return Ok(Next::Ready);
            }
            match self.splitter.advance(self.buffer.get(..self.filled).unwrap_or_default()) {
                Progress::Ready => return Ok(Next::Ready),
                Progress::Piece(piece) => return Ok(Next::Piece(piece)),
                Progress::Carried(piece) => return Ok(Next::Carried(piece)),
                Progress::TooLong(error) => return Err(error.into()),
                Progress::Dry => {}
            }
            // The buffer is consumed, and whoever is dropped while it waits leaves an empty one.
            self.filled = 0;
            self.splitter.begin();
            let (inner, buffer) = (&mut self.inner, &mut self.buffer);
            self.filled = poll_fn(|context| {
                loop {
                    let mut room = ReadBuf::new(buffer);
                    match ready!(Pin::new(&mut *inner).poll_read(context, &mut room)) {
                        Ok(()) => return Poll::Ready(Ok(room.filled().len())),
                        Err(error) if error.kind() == ErrorKind::Interrupted => {}
                        Err(error) => return Poll::Ready(Err(error)),
                    }
                }
            })
            .await
            .map_err(ReadError::Io)?;
            if self.filled == 0 {
                return Ok(Next::Eof);
            }
        }
    }
}

impl<R: fmt::Debug> fmt::Debug for AsyncLineReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncLineReader")
            .field("inner", &self.inner)
            .field("splitter", &self.splitter)
            .finish_non_exhaustive()
    }
}

/// Where the next line is.
enum Next {
    /// In the buffer, with its end found.
    Ready,
    /// A piece of the buffer.
    Piece(Piece),
    /// A piece of what the splitter lends.
    Carried(Piece),
    /// In the splitter, if there is one, and without an ending.
    Eof,
}
