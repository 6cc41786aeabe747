use alloc::boxed::Box;
use core::fmt;

use bytes::Bytes;

use crate::{Batch, Delimiter, End, Line, Position};

/// The lines of a [`Batch`] with the bytes they lie in, to be kept or sent to another thread.
///
/// Handing on a chunk costs one count for all its lines, where a [`Bytes`] for each costs one per
/// line. A chunk, and every [`Bytes`] out of it, keeps all of its bytes in memory: a few short lines
/// that are kept for long are better copied with [`Line::to_owned`].
///
/// # Examples
///
/// ```
/// use bytes::Bytes;
/// use linereader::{Chunk, Config, Splitter};
///
/// let input = Bytes::from_static(b"one\ntwo\nthr");
/// let mut splitter = Splitter::new(Config::new());
/// let mut lines = splitter.push(&input);
/// let mut chunks = Vec::new();
/// while let Some(batch) = lines.next_batch().transpose()? {
///     chunks.push(Chunk::share(&batch, &input));
/// }
///
/// let worker = std::thread::spawn(move || {
///     chunks.iter().flat_map(|chunk| chunk.lines()).map(|line| line.bytes().len()).sum::<usize>()
/// });
/// assert_eq!(worker.join().ok(), Some(6));
/// # Ok::<(), linereader::TooLong>(())
/// ```
#[derive(Clone)]
pub struct Chunk {
    bytes: Bytes,
    /// Where in the bytes the first line begins, and what the ends count from.
    start: usize,
    base: usize,
    ends: Box<[u32]>,
    first: Position,
    delimiter: Delimiter,
    /// The ending of the only line, and whether it is a first part, if that is known already.
    known: Option<(End, bool)>,
}

impl Chunk {
    /// Takes over a batch that lies in `bytes`, without copying the lines.
    ///
    /// A batch that lies elsewhere is copied: that of the one line which began in an earlier chunk.
    #[must_use]
    pub fn share(batch: &Batch<'_>, bytes: &Bytes) -> Self {
        let (lines, start, base) = batch.extent();
        let (of_lines, of_bytes) = (lines.as_ptr_range(), bytes.as_ptr_range());
        let within = of_bytes.start <= of_lines.start && of_lines.end <= of_bytes.end;
        let bytes = if within { bytes.slice_ref(lines) } else { Bytes::copy_from_slice(lines) };
        Self {
            bytes,
            start,
            base,
            ends: batch.ends().into(),
            first: batch.first(),
            delimiter: batch.delimiter(),
            known: batch.known().map(|line| (line.end(), line.is_first())),
        }
    }

    /// Returns how many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns whether there are no lines.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns the lines, from both ends and by index.
    #[must_use]
    pub fn lines(&self) -> Batch<'_> {
        match self.known {
            Some((end, first)) => Batch::of_line(Line::piece(&self.bytes, self.first, end, first)),
            None => Batch::of_chunk(
                &self.bytes,
                self.start,
                self.base,
                &self.ends,
                self.first,
                self.delimiter,
            ),
        }
    }

    /// Returns the content of the line of that index, counted from 0, sharing the chunk's bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use bytes::Bytes;
    /// use linereader::{Chunk, Config, Splitter};
    ///
    /// let mut splitter = Splitter::new(Config::new());
    /// let mut lines = splitter.push(b"one\ntwo\n");
    /// let batch = lines.next_batch().transpose()?.expect("two lines end in the chunk");
    /// let two: Option<Bytes> = Chunk::from(&batch).line_bytes(1);
    /// assert_eq!(two.as_deref(), Some(&b"two"[..]));
    /// # Ok::<(), linereader::TooLong>(())
    /// ```
    #[must_use]
    pub fn line_bytes(&self, index: usize) -> Option<Bytes> {
        let line = self.lines().get(index)?;
        // An empty slice has no place of its own.
        Some(if line.bytes().is_empty() {
            Bytes::new()
        } else {
            self.bytes.slice_ref(line.bytes())
        })
    }
}

impl From<&Batch<'_>> for Chunk {
    /// Copies the lines, all at once.
    fn from(batch: &Batch<'_>) -> Self {
        Self::share(batch, &Bytes::new())
    }
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.lines(), f)
    }
}
