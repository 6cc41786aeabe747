use alloc::vec::Vec;

/// What earlier chunks left of a line that has not ended: its bytes, or, once it is known to be
/// over the limit, only their count.
#[derive(Debug, Default)]
pub(crate) struct Carry {
    bytes: Vec<u8>,
    /// The bytes were handed out as a line; they are cleared before the next use.
    lent: bool,
    /// Bytes passed over of a line that was reported as too long; 0 if there is none.
    skipped: u64,
}

impl Carry {
    /// The bytes of the open line; empty if there is none or it is being skipped.
    pub(crate) fn held(&self) -> &[u8] {
        if self.lent { &[] } else { &self.bytes }
    }

    /// Bytes of the open line that chunks have brought, held or skipped.
    pub(crate) fn seen(&self) -> u64 {
        if self.is_skipping() { self.skipped } else { self.held().len() as u64 }
    }

    /// Whether the open line was reported as too long.
    pub(crate) fn is_skipping(&self) -> bool {
        self.skipped > 0
    }

    /// Adds `part` to the open line; true if the line is thereby known to be over the limit and
    /// skipped from here on.
    pub(crate) fn absorb(&mut self, part: &[u8], limit: usize) -> bool {
        self.clear_lent();
        if self.is_skipping() {
            self.skipped = self.skipped.saturating_add(part.len() as u64);
            return false;
        }
        let Some(&last) = part.last() else { return false };

        let seen = self.bytes.len().saturating_add(part.len());
        // A CR at the end may be half of a CRLF and is not yet content.
        let content = if last == b'\r' { seen - 1 } else { seen };
        if content > limit {
            self.bytes.clear();
            self.skipped = seen as u64;
            return true;
        }
        self.append(part, limit);
        false
    }

    /// The open line, whose bytes stay until the next use.
    pub(crate) fn lend(&mut self) -> &[u8] {
        self.lent = true;
        &self.bytes
    }

    /// Drops the open line.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.lent = false;
        self.skipped = 0;
    }

    fn clear_lent(&mut self) {
        if self.lent {
            self.clear();
        }
    }

    /// Appends with doubling growth that does not overshoot the limit, as `Vec`'s own would.
    fn append(&mut self, part: &[u8], limit: usize) {
        let needed = self.bytes.len() + part.len();
        if needed > self.bytes.capacity() {
            let most = limit.saturating_add(1);
            let capacity = self.bytes.capacity().saturating_mul(2).min(most).max(needed);
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
        self.bytes.extend_from_slice(part);
    }
}
