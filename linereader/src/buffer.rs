use std::boxed::Box;
use std::ops::{Deref, DerefMut, Range};
use std::vec;

/// Bytes that begin where a cache line does.
///
/// What the system hands over begins a page, and a large allocation usually begins 16 bytes behind
/// one: of all distances the one at which processors with fast string copies (Zen 3 and 4) were
/// measured to copy at less than half their speed.
pub(crate) struct Buffer {
    storage: Box<[u8]>,
    aligned: Range<usize>,
}

const CACHE_LINE: usize = 64;

impl Buffer {
    /// Makes a buffer of `capacity` bytes, at least 1.
    pub(crate) fn new(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        let storage = vec![0; capacity.saturating_add(CACHE_LINE - 1)].into_boxed_slice();
        let start = storage.as_ptr().align_offset(CACHE_LINE).min(storage.len() - capacity);
        Self { storage, aligned: start..start + capacity }
    }
}

impl Deref for Buffer {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        &self.storage[self.aligned.clone()]
    }
}

impl DerefMut for Buffer {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.storage[self.aligned.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_has_its_capacity_and_begins_a_cache_line() {
        for capacity in [1, 63, 64, 65, 4096, 128 * 1024] {
            let mut buffer = Buffer::new(capacity);

            buffer.fill(7);

            assert_eq!(buffer.len(), capacity);
            assert_eq!(buffer.as_ptr().align_offset(CACHE_LINE), 0);
        }
    }

    #[test]
    fn a_buffer_is_never_empty() {
        assert_eq!(Buffer::new(0).len(), 1);
    }
}
