use core::fmt;
use core::iter::FusedIterator;
use core::slice;

use crate::{Delimiter, Line, Position};

/// Lines that lie behind one another in one chunk: never empty when handed out.
///
/// It is the fast way to many lines: an ordinary iterator, from both ends and of known length,
/// whose lines can be kept beside one another as long as the batch is lent. How many lines a batch
/// has depends on the chunk and means nothing.
///
/// # Examples
///
/// ```
/// use linereader::{Config, Splitter};
///
/// let mut splitter = Splitter::new(Config::new());
/// let mut lines = splitter.push(b"one\ntwo\nthree\n");
/// let mut longest = 0;
/// while let Some(batch) = lines.next_batch().transpose()? {
///     longest = batch.iter().map(|line| line.bytes().len()).fold(longest, usize::max);
/// }
/// assert_eq!(longest, 5);
/// # Ok::<(), linereader::TooLong>(())
/// ```
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    chunk: &'a [u8],
    /// Where in the chunk the first line begins.
    start: usize,
    /// What the ends count from.
    base: usize,
    /// The last byte of each line's ending.
    ends: &'a [u32],
    first: Position,
    delimiter: Delimiter,
    /// The line, if there is one only and it is known already.
    known: Option<Line<'a>>,
}

impl<'a> Batch<'a> {
    /// The lines of a chunk from `start` on, which end at `base` plus each of `ends`.
    pub(crate) fn of_chunk(
        chunk: &'a [u8],
        start: usize,
        base: usize,
        ends: &'a [u32],
        first: Position,
        delimiter: Delimiter,
    ) -> Self {
        Self { chunk, start, base, ends, first, delimiter, known: None }
    }

    /// One line that lies elsewhere.
    pub(crate) fn of_line(line: Line<'a>) -> Self {
        Self {
            chunk: line.bytes(),
            start: 0,
            base: line.bytes().len(),
            ends: &[0],
            first: line.position(),
            delimiter: Delimiter::Lf,
            known: Some(line),
        }
    }

    /// All the lines' bytes, and where in them the first line begins and what the ends count from.
    #[cfg(feature = "bytes")]
    pub(crate) fn extent(&self) -> (&'a [u8], usize, usize) {
        let from = if self.known.is_some() { 0 } else { self.start.min(self.base) };
        let to = match (self.known, self.ends.last()) {
            (None, Some(last)) => self.base + *last as usize + 1,
            _ => self.chunk.len(),
        };
        (self.chunk.get(from..to).unwrap_or_default(), self.start - from, self.base - from)
    }

    #[cfg(feature = "bytes")]
    pub(crate) fn ends(&self) -> &'a [u32] {
        self.ends
    }

    #[cfg(feature = "bytes")]
    pub(crate) fn first(&self) -> Position {
        self.first
    }

    #[cfg(feature = "bytes")]
    pub(crate) fn delimiter(&self) -> Delimiter {
        self.delimiter
    }

    #[cfg(feature = "bytes")]
    pub(crate) fn known(&self) -> Option<Line<'a>> {
        self.known
    }

    /// Returns how many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns whether there are no lines, which is never so for a batch just handed out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns the lines with the endings between them, but for the last: one piece of the chunk.
    ///
    /// # Examples
    ///
    /// ```
    /// use linereader::{Config, Splitter};
    ///
    /// let mut splitter = Splitter::new(Config::new());
    /// let mut lines = splitter.push(b"one\r\ntwo\nrest");
    /// let batch = lines.next_batch().transpose()?.expect("two lines end in the chunk");
    /// assert_eq!(batch.bytes(), b"one\r\ntwo");
    /// # Ok::<(), linereader::TooLong>(())
    /// ```
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        match self.get(self.len().wrapping_sub(1)) {
            Some(last) if self.known.is_none() => {
                let length = last.offset().wrapping_sub(self.first.offset) as usize;
                let end = self.start + length + last.bytes().len();
                self.chunk.get(self.start..end).unwrap_or_default()
            }
            last => last.map(|line| line.bytes()).unwrap_or_default(),
        }
    }

    /// Returns the line of that index, counted from 0.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Line<'a>> {
        let end = self.base + *self.ends.get(index)? as usize;
        if let Some(line) = self.known {
            return Some(line);
        }
        let start = match index.checked_sub(1) {
            Some(before) => self.base + *self.ends.get(before)? as usize + 1,
            None => self.start,
        };
        let at = self.first.plus((start - self.start) as u64, index as u64);
        Some(self.delimiter.line(self.chunk.get(start..=end)?, at))
    }

    /// Returns the lines in order.
    #[must_use]
    pub fn iter(&self) -> BatchIter<'a> {
        BatchIter {
            rest: self.chunk.get(self.start..).unwrap_or_default(),
            start: self.start,
            base: self.base,
            ends: self.ends.iter(),
            at: self.first,
            delimiter: self.delimiter,
            known: self.known,
        }
    }
}

impl fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<'a> IntoIterator for Batch<'a> {
    type Item = Line<'a>;
    type IntoIter = BatchIter<'a>;

    fn into_iter(self) -> BatchIter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for &Batch<'a> {
    type Item = Line<'a>;
    type IntoIter = BatchIter<'a>;

    fn into_iter(self) -> BatchIter<'a> {
        self.iter()
    }
}

/// The lines of a [`Batch`], in order.
#[derive(Clone)]
pub struct BatchIter<'a> {
    /// The chunk from the next line on.
    rest: &'a [u8],
    /// Where in the chunk the next line begins.
    start: usize,
    base: usize,
    ends: slice::Iter<'a, u32>,
    /// Where in the input the next line begins.
    at: Position,
    delimiter: Delimiter,
    known: Option<Line<'a>>,
}

impl<'a> BatchIter<'a> {
    /// The next line, whose end was just taken.
    #[inline]
    fn line(&mut self, end: u32, delimiter: Delimiter) -> Option<Line<'a>> {
        let next = self.base + end as usize + 1;
        let (raw, rest) = self.rest.split_at_checked(next.wrapping_sub(self.start))?;
        let line = delimiter.line(raw, self.at);
        self.at = self.at.plus(raw.len() as u64, 1);
        (self.start, self.rest) = (next, rest);
        Some(line)
    }

    #[inline]
    fn fold_by<B>(
        mut self,
        delimiter: Delimiter,
        init: B,
        mut visit: impl FnMut(B, Line<'a>) -> B,
    ) -> B {
        let mut value = init;
        while let Some(line) = self.ends.next().and_then(|end| self.line(*end, delimiter)) {
            value = visit(value, line);
        }
        value
    }
}

impl<'a> Iterator for BatchIter<'a> {
    type Item = Line<'a>;

    #[inline]
    fn next(&mut self) -> Option<Line<'a>> {
        let end = *self.ends.next()?;
        self.known.or_else(|| self.line(end, self.delimiter))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ends.size_hint()
    }

    #[inline]
    fn fold<B, F: FnMut(B, Line<'a>) -> B>(mut self, init: B, visit: F) -> B {
        if self.known.is_some() {
            return self.next().into_iter().fold(init, visit);
        }
        match self.delimiter {
            // A loop of its own, in which the compiler knows the delimiter: an eighth at 8 bytes.
            Delimiter::Lf => self.fold_by(Delimiter::Lf, init, visit),
            delimiter @ (Delimiter::Byte(_) | Delimiter::Universal) => {
                self.fold_by(delimiter, init, visit)
            }
        }
    }
}

impl DoubleEndedIterator for BatchIter<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        let end = self.base + *self.ends.next_back()? as usize;
        if self.known.is_some() {
            return self.known;
        }
        let before = self.ends.as_slice().last();
        let start = before.map_or(self.start, |before| self.base + *before as usize + 1);
        let from = start.wrapping_sub(self.start);
        let raw = self.rest.get(from..=end.wrapping_sub(self.start))?;
        Some(self.delimiter.line(raw, self.at.plus(from as u64, self.ends.len() as u64)))
    }
}

impl ExactSizeIterator for BatchIter<'_> {}
impl FusedIterator for BatchIter<'_> {}

impl fmt::Debug for BatchIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
