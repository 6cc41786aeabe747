use thiserror::Error;

/// A line is longer than [`Config::max_line`](crate::Config::max_line) allows.
///
/// It is reported once, as soon as it is known, which may be long before the line ends. Nothing
/// but this line is lost: its bytes are passed over as they come, without being kept, and the line
/// behind it follows with its own offset and number. The offset tells where to read the line again
/// by other means.
///
/// # Examples
///
/// ```
/// use linereader::{Config, Splitter};
///
/// let mut splitter = Splitter::new(Config::new().max_line(3));
/// let mut lines = splitter.push(b"one\nfour\n");
/// assert!(lines.next().is_some_and(|line| line.is_ok()));
/// let error = lines.next().and_then(Result::err).expect("four bytes are more than three");
/// assert_eq!((error.number, error.offset, error.limit), (2, 4, 3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
#[error("line {number} at byte {offset} is longer than {limit} bytes: raise the limit to read it")]
pub struct TooLong {
    /// Where the line begins, in bytes from the beginning of the input.
    pub offset: u64,
    /// The line's number; it counts like every other line.
    pub number: u64,
    /// The limit it exceeds, in bytes of content.
    pub limit: usize,
}

/// Why [`LineReader`](crate::LineReader) could not hand out a line.
///
/// After either variant the next call goes on where this one stopped.
///
/// # Examples
///
/// ```
/// use linereader::{Config, DEFAULT_CAPACITY, LineReader, ReadError};
///
/// let config = Config::new().max_line(3);
/// let mut reader = LineReader::with_config(&b"one\nfour\ntwo\n"[..], config, DEFAULT_CAPACITY);
/// let (mut lines, mut long) = (0, 0);
/// loop {
///     match reader.next_line() {
///         Ok(Some(_)) => lines += 1,
///         Ok(None) => break,
///         Err(ReadError::TooLong(_)) => long += 1,
///         Err(error) => return Err(error),
///     }
/// }
/// assert_eq!((lines, long), (2, 1));
/// # Ok::<(), ReadError>(())
/// ```
#[cfg(feature = "std")]
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The reader failed; what was read of an unfinished line is kept.
    #[error("cannot read the next line")]
    Io(#[source] std::io::Error),
    /// A line is over the limit and is passed over.
    #[error(transparent)]
    TooLong(#[from] TooLong),
}
