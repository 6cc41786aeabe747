use alloc::vec::Vec;

/// What earlier chunks left of a line that has not ended: its bytes, or, once it is known to be
/// passed over, only their count.
#[derive(Debug, Default)]
pub(crate) struct Carry {
    bytes: Vec<u8>,
    /// So many of the bytes were handed out; they are cleared before the next use.
    lent: usize,
    /// Bytes of the line before those that are held: handed out as parts, or skipped.
    passed: u64,
    /// The rest of the line is passed over as it comes.
    skipping: bool,
    /// The last byte skipped is a CR.
    skipped_cr: bool,
}

impl Carry {
    /// The bytes of the open line that are held.
    pub(crate) fn held(&self) -> &[u8] {
        self.bytes.get(self.lent..).unwrap_or_default()
    }

    /// Bytes of the open line that were consumed, be they held, handed out or skipped.
    pub(crate) fn seen(&self) -> u64 {
        self.passed.wrapping_add(self.held().len() as u64)
    }

    /// Bytes of the open line before those that are held.
    #[inline]
    pub(crate) fn passed(&self) -> u64 {
        self.passed
    }

    /// Whether the open line is passed over to its end.
    pub(crate) fn is_skipping(&self) -> bool {
        self.skipping
    }

    /// Whether there are bytes here that the next chunk goes on with.
    pub(crate) fn is_open(&self) -> bool {
        self.skipping || !self.held().is_empty()
    }

    /// Whether the open line's last byte so far is a CR.
    pub(crate) fn ends_in_cr(&self) -> bool {
        if self.skipping { self.skipped_cr } else { self.held().last() == Some(&b'\r') }
    }

    /// Adds to the open line, whose content may have `limit` bytes.
    pub(crate) fn append(&mut self, part: &[u8], limit: usize) {
        self.clear_lent();
        // Doubling growth that does not overshoot the limit, as `Vec`'s own would.
        let needed = self.bytes.len() + part.len();
        if needed > self.bytes.capacity() {
            let most = limit.saturating_add(1);
            let capacity = self.bytes.capacity().saturating_mul(2).min(most).max(needed);
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
        self.bytes.extend_from_slice(part);
    }

    /// Counts bytes that were handed out of the chunk as a part of the open line.
    pub(crate) fn pass(&mut self, count: usize) {
        self.passed = self.passed.wrapping_add(count as u64);
    }

    /// Passes over what is held and `part`, and the rest of the line as it comes.
    pub(crate) fn skip(&mut self, part: &[u8]) {
        self.skipped_cr = part.last().map_or(self.ends_in_cr(), |last| *last == b'\r');
        self.passed = self.seen().wrapping_add(part.len() as u64);
        self.lent = self.bytes.len();
        self.skipping = true;
    }

    /// Hands out the first `count` bytes held as a part of the open line.
    pub(crate) fn lend_part(&mut self, count: usize) {
        self.clear_lent();
        self.lent = count.min(self.bytes.len());
        self.passed = self.passed.wrapping_add(self.lent as u64);
    }

    /// What was handed out, which stays until the next use.
    pub(crate) fn lent(&self) -> &[u8] {
        self.bytes.get(..self.lent).unwrap_or_default()
    }

    /// Ends the open line; what is held counts as handed out.
    pub(crate) fn close(&mut self) {
        self.lent = self.bytes.len();
        self.passed = 0;
        self.skipping = false;
        self.skipped_cr = false;
    }

    fn clear_lent(&mut self) {
        if self.lent > 0 {
            self.bytes.drain(..self.lent);
            self.lent = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_grows_to_the_limit_and_never_beyond() {
        for piece in 1..9 {
            let mut carry = Carry::default();
            let mut most = 0;

            for _ in 0..100 / piece {
                carry.append(&[b'x'; 9][..piece], 100);
                most = most.max(carry.bytes.capacity());
            }

            assert_eq!(carry.held().len(), 100 / piece * piece);
            assert!(most <= 101, "{most} bytes for pieces of {piece}");
        }
    }

    #[test]
    fn room_that_is_just_enough_does_not_grow() {
        let mut carry = Carry::default();
        carry.append(b"1234", 100);
        carry.close();

        carry.append(b"5678", 100);

        assert_eq!(carry.bytes.capacity(), 4);
    }
}
