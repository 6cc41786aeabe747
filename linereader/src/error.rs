use thiserror::Error;

/// A line is longer than [`Config::max_line`](crate::Config::max_line) allows.
///
/// It is reported once, as soon as it is known, which may be long before the line ends. Nothing
/// but this line is lost: its bytes are passed over as they come, without being kept, and the line
/// behind it follows with its own offset and number. The offset tells where to read the line again
/// by other means.
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
