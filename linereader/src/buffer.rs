use std::boxed::Box;
use std::vec;

/// Bytes that were read, and room behind them.
///
/// They begin where a cache line does. What the system hands over begins a page, and a large
/// allocation usually begins 16 bytes behind one: of all distances the one at which processors with
/// fast string copies (Zen 3 and 4) were measured to copy at less than half their speed.
pub(crate) struct Buffer {
    storage: Box<[u8]>,
    start: usize,
    capacity: usize,
    filled: usize,
}

const CACHE_LINE: usize = 64;

impl Buffer {
    /// Makes an empty buffer of `capacity` bytes, at least 1.
    pub(crate) fn new(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        let storage = vec![0; capacity.saturating_add(CACHE_LINE - 1)].into_boxed_slice();
        let start = storage.as_ptr().align_offset(CACHE_LINE).min(storage.len() - capacity);
        Self { storage, start, capacity, filled: 0 }
    }

    /// What was read.
    #[inline]
    pub(crate) fn filled(&self) -> &[u8] {
        &self.storage[self.start..][..self.filled]
    }

    /// What can be read to.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        &mut self.storage[self.start..][self.filled..self.capacity]
    }

    /// Counts so many bytes of the room as read.
    pub(crate) fn fill(&mut self, count: usize) {
        self.filled = self.filled.saturating_add(count).min(self.capacity);
    }

    /// Forgets what was read.
    pub(crate) fn clear(&mut self) {
        self.filled = 0;
    }

    /// Forgets what was read before `start` and makes room for half the capacity or more. Returns
    /// where the bytes from `start` on lie then, or `None` if there are too many of them.
    ///
    /// A byte is moved at most once for each one read, however little is read at a time.
    pub(crate) fn hold(&mut self, start: usize) -> Option<usize> {
        if self.filled <= self.capacity / 2 {
            return Some(start);
        }
        let held = self.filled.saturating_sub(start);
        let most = self.capacity / 4;
        if held > most {
            return None;
        }
        // What is read next begins where a cache line does.
        let front = held.next_multiple_of(CACHE_LINE).min(most);
        let from = self.start + start;
        self.storage.copy_within(from..from + held, self.start + front - held);
        self.filled = front;
        Some(front - held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn a_buffer_has_its_capacity_and_begins_a_cache_line() {
        for capacity in [1, 63, 64, 65, 4096, 128 * 1024] {
            let mut buffer = Buffer::new(capacity);

            assert_eq!(buffer.room().len(), capacity);
            assert_eq!(buffer.room().as_ptr().align_offset(CACHE_LINE), 0);
        }
    }

    #[test]
    fn a_buffer_is_never_without_room() {
        assert_eq!(Buffer::new(0).room().len(), 1);
    }

    #[test]
    fn what_is_held_stays_as_it_is_and_leaves_room_for_half_the_capacity() {
        for capacity in (1..300).chain([4096, 4099]) {
            for filled in [1, capacity / 2, capacity / 2 + 1, capacity] {
                for held in [1, capacity / 4, capacity / 4 + 1, filled] {
                    let mut buffer = Buffer::new(capacity);
                    let bytes: Vec<u8> = (0..filled).map(|at| at as u8).collect();
                    buffer.room()[..filled].copy_from_slice(&bytes);
                    buffer.fill(filled);
                    let start = filled.saturating_sub(held);

                    let Some(at) = buffer.hold(start) else {
                        assert!(held > capacity / 4 && filled > capacity / 2);
                        continue;
                    };

                    assert_eq!(buffer.filled()[at..], bytes[start..]);
                    assert!(buffer.room().len() >= capacity / 2);
                }
            }
        }
    }

    #[test]
    fn no_more_bytes_are_moved_than_are_read() {
        for step in [1, 7, 100] {
            let mut buffer = Buffer::new(1024);
            let (mut read, mut moved, mut start) = (0, 0, 0);
            for _ in 0..5000 {
                let count = buffer.room().len().min(step);
                buffer.fill(count);
                read += count;

                let held = buffer.filled().len() - start;
                match buffer.hold(start) {
                    Some(at) => {
                        moved += if at == start { 0 } else { held };
                        start = at;
                    }
                    None => {
                        buffer.clear();
                        start = 0;
                    }
                }
                // A line ends now and then.
                start = if read % 90 < step { buffer.filled().len() } else { start };
            }

            assert!(moved > 0 && moved <= read, "{moved} of {read}");
        }
    }

    #[test]
    fn what_is_read_behind_a_short_line_begins_a_cache_line() {
        let mut buffer = Buffer::new(4096);
        buffer.fill(4096);

        assert_eq!(buffer.hold(4096 - 100), Some(28));

        assert_eq!(buffer.room().as_ptr().align_offset(CACHE_LINE), 0);
    }
}
