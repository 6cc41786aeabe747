use std::fmt;
use std::future::poll_fn;
use std::io::ErrorKind;
use std::pin::Pin;
use std::task::{Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use crate::intake::{Found, Intake};
use crate::{Batch, Config, Line, Position, ReadError};

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
    intake: Intake,
}

impl<R> AsyncLineReader<R> {
    /// Reads lines through a buffer of `capacity` bytes, at least 1.
    pub fn new(inner: R, config: Config, capacity: usize) -> Self {
        Self { inner, intake: Intake::new(config, capacity, Position::START) }
    }

    /// Returns where the first line begins that was neither handed out nor passed over to its end.
    #[must_use]
    pub fn position(&self) -> Position {
        self.intake.splitter().position()
    }

    /// Returns how many lines were over the limit so far, whatever happened to them.
    #[must_use]
    pub fn overlong(&self) -> u64 {
        self.intake.splitter().overlong()
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
        Ok(match self.advance().await? {
            Some(found) => Some(self.intake.line(found)),
            None => self.intake.finish().transpose()?,
        })
    }

    /// Hands out the next lines together, or `None` at the end of the input.
    ///
    /// # Errors
    ///
    /// As [`next_line`](Self::next_line), after the lines before the error.
    pub async fn next_batch(&mut self) -> Result<Option<Batch<'_>>, ReadError> {
        Ok(match self.advance().await? {
            Some(found) => Some(self.intake.batch(found)),
            None => self.intake.finish().transpose()?.map(Batch::of_line),
        })
    }

    /// Reads until there is a line, the end, which is `None`, or an error.
    async fn advance(&mut self) -> Result<Option<Found>, ReadError> {
        loop {
            let found = self.intake.advance()?;
            if found.is_some() {
                return Ok(found);
            }
            let (inner, room) = (&mut self.inner, self.intake.room());
            let count = poll_fn(|context| {
                loop {
                    let mut room = ReadBuf::new(room);
                    match ready!(Pin::new(&mut *inner).poll_read(context, &mut room)) {
                        Ok(()) => return Poll::Ready(Ok(room.filled().len())),
                        Err(error) if error.kind() == ErrorKind::Interrupted => {}
                        Err(error) => return Poll::Ready(Err(error)),
                    }
                }
            })
            .await
            .map_err(ReadError::Io)?;
            if count == 0 {
                return Ok(None);
            }
            self.intake.fill(count);
        }
    }
}

impl<R: fmt::Debug> fmt::Debug for AsyncLineReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncLineReader")
            .field("inner", &self.inner)
            .field("splitter", self.intake.splitter())
            .finish_non_exhaustive()
    }
}
