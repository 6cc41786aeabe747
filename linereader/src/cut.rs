use core::iter::FusedIterator;

use crate::Delimiter;

/// Cuts `bytes` into at most `count` pieces of about the same length, for as many workers.
///
/// Every piece begins where a line begins and ends where one ends, so each line belongs to exactly
/// one. No piece is empty; there are fewer than `count` where lines are long. A `count` of 0 counts
/// as 1.
///
/// A worker counts offsets from its piece and numbers from 1. The first line of a piece has the
/// number 1 plus the lines of all pieces before it, which is known once they are through.
///
/// # Examples
///
/// ```
/// use linereader::{Config, Delimiter, Splitter, cut};
///
/// let input = b"one\ntwo\nthree\nfour\nfive\nsix\n";
/// let mut first = 1;
/// let mut numbered = Vec::new();
/// for piece in cut(input, 3, Delimiter::Lf) {
///     // Each of these could be a thread's work.
///     let mut splitter = Splitter::new(Config::new());
///     let mut lines = splitter.push(piece);
///     while let Some(line) = lines.next().transpose()? {
///         numbered.push((first - 1 + line.number(), line.bytes().to_vec()));
///     }
///     first += splitter.position().number - 1;
/// }
/// assert_eq!(numbered[4], (5, b"five".to_vec()));
/// assert_eq!(numbered.len(), 6);
/// # Ok::<(), linereader::TooLong>(())
/// ```
#[must_use]
pub fn cut(bytes: &[u8], count: usize, delimiter: Delimiter) -> Cut<'_> {
    Cut { rest: bytes, count: count.max(1), delimiter }
}

/// The pieces that [`cut`] makes, in order.
#[derive(Clone, Debug)]
pub struct Cut<'a> {
    rest: &'a [u8],
    count: usize,
    delimiter: Delimiter,
}

impl<'a> Iterator for Cut<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = if self.count == 1 {
            self.rest.len()
        } else {
            // Looked for from the byte before on: the cut is right where it should be if a line
            // ends there.
            let before = (self.rest.len() / self.count).saturating_sub(1);
            let found = self.delimiter.find(self.rest.get(before..)?, false);
            found.map_or(self.rest.len(), |count| before + count)
        };
        self.count -= usize::from(self.count > 1);
        let (piece, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        Some(piece)
    }
}

impl FusedIterator for Cut<'_> {}
