use std::io;

use bytes::{Bytes, BytesMut};
use tokio_util::codec::Decoder;

use crate::{Batch, Chunk, Config, Lines, Position, Splitter, TooLong};

/// Decodes a framed stream into [`Chunk`]s of lines.
///
/// A line over the limit is an **item**, `Err(TooLong)` within `Ok`, and the stream goes on behind
/// it. As an error of the decoder it would end the stream. The lines of a chunk lie in the stream's
/// own buffer; only one that crosses from read to read is copied.
///
/// # Examples
///
/// ```
/// use bytes::BytesMut;
/// use linereader::{ChunkDecoder, Config};
/// use tokio_util::codec::Decoder;
///
/// let mut decoder = ChunkDecoder::new(Config::new().max_line(5));
/// let mut received = BytesMut::from(&b"one\nmuch too long\ntwo\n"[..]);
///
/// let mut found = Vec::new();
/// while let Some(item) = decoder.decode_eof(&mut received)? {
///     match item {
///         Ok(chunk) => found.extend(chunk.lines().iter().map(|line| line.bytes().to_vec())),
///         Err(error) => assert_eq!(error.offset, 4),
///     }
/// }
/// assert_eq!(found, [b"one", b"two"]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct ChunkDecoder {
    splitter: Splitter,
    /// What was taken from the stream and may have lines yet.
    chunk: Bytes,
}

impl ChunkDecoder {
    /// Decodes a stream from its beginning.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { splitter: Splitter::new(config), chunk: Bytes::new() }
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

impl Decoder for ChunkDecoder {
    type Item = Result<Chunk, TooLong>;
    type Error = io::Error;

    /// Takes all of `src` and hands out the lines in it; it never fails.
    fn decode(&mut self, src: &mut BytesMut) -> io::Result<Option<Self::Item>> {
        loop {
            if let Some(batch) = Lines::new(&mut self.splitter, &self.chunk).next_batch() {
                return Ok(Some(batch.map(|batch| Chunk::share(&batch, &self.chunk))));
            }
            self.chunk = src.split().freeze();
            self.splitter.begin();
            if self.chunk.is_empty() {
                return Ok(None);
            }
        }
    }

    /// Hands out what is left, a last line without its ending included; it never fails.
    fn decode_eof(&mut self, src: &mut BytesMut) -> io::Result<Option<Self::Item>> {
        if let Some(item) = self.decode(src)? {
            return Ok(Some(item));
        }
        let last = self.splitter.finish();
        Ok(last.map(|line| line.map(|line| Chunk::from(&Batch::of_line(line)))))
    }
}
