//! An input of any length that takes no room.

#![forbid(unsafe_code)]

use std::io::{self, Read};

/// The same bytes over and over, without a file and without allocating.
#[derive(Debug)]
pub struct Cycle<'a> {
    period: &'a [u8],
    at: usize,
    left: u64,
}

impl<'a> Cycle<'a> {
    /// Makes an input of `length` bytes, which are those of `period` again and again.
    #[must_use]
    pub fn new(period: &'a [u8], length: u64) -> Self {
        Self { period, at: 0, left: length }
    }
}

impl Read for Cycle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written < buffer.len() && self.left > 0 {
            let most =
                (buffer.len() - written).min(usize::try_from(self.left).unwrap_or(usize::MAX));
            let piece = &self.period[self.at..];
            let piece = &piece[..piece.len().min(most)];
            buffer[written..written + piece.len()].copy_from_slice(piece);
            written += piece.len();
            self.left -= piece.len() as u64;
            self.at = (self.at + piece.len()) % self.period.len();
        }
        Ok(written)
    }
}
