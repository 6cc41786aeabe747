//! Which bytes may stand where in a layout.

/// The least and the greatest byte of each place of a pattern.
///
/// Eight places are compared at once. What stands in a byte of `x` below the highest bit, which no
/// ASCII has, is at least `low` if `(x | 0x80) - low` keeps that bit, and at most `0x7f - room` if
/// `x + room` does not set it.
pub(crate) struct Bounds {
    windows: [Window; 6],
    count: usize,
}

#[derive(Clone, Copy)]
struct Window {
    at: usize,
    low: u64,
    room: u64,
}

const HIGHEST: u64 = 0x8080_8080_8080_8080;

impl Bounds {
    /// Reads a pattern that [`Shape::of`](crate::shape::Shape::of) has taken. Names of months,
    /// signs, and blanks that may be digits are left to others.
    pub(crate) const fn of(pattern: &str) -> Self {
        let pattern = pattern.as_bytes();
        let mut windows = [Window { at: 0, low: 0, room: 0 }; 6];
        let mut count = 0;
        while count * 8 < pattern.len() {
            // The last window overlaps the one before it.
            let last = pattern.len() - 8;
            let at = if count * 8 < last { count * 8 } else { last };
            windows[count] = Window::of(pattern, at);
            count += 1;
        }
        Self { windows, count }
    }

    /// Whether every byte of a text, which is as long as the pattern, is within its bounds.
    #[inline(always)]
    pub(crate) fn hold(&self, text: &[u8]) -> bool {
        let mut faults = 0;
        for window in self.windows.iter().take(self.count) {
            let bytes = text.get(window.at..).and_then(<[u8]>::first_chunk);
            let x = u64::from_le_bytes(bytes.copied().unwrap_or_default());
            faults |= x | !((x | HIGHEST) - window.low) | x.wrapping_add(window.room);
        }
        faults & HIGHEST == 0
    }
}

impl Window {
    const fn of(pattern: &[u8], at: usize) -> Self {
        let (mut low, mut room) = ([0; 8], [0; 8]);
        let mut index = 0;
        while index < 8 {
            let letter = pattern[at + index];
            let next = if at + index + 1 < pattern.len() { pattern[at + index + 1] } else { 0 };
            let (least, greatest) = match (letter, next) {
                (b'M', b'o') | (b'o' | b'n', _) | (b'_', b'D') | (b'+', b'z') => (0, 0x7f),
                (b'Y' | b'M' | b'D' | b'h' | b'm' | b's' | b'f' | b'z', _) => (b'0', b'9'),
                (literal, _) => (literal, literal),
            };
            low[index] = least;
            room[index] = 0x7f - greatest;
            index += 1;
        }
        Self { at, low: u64::from_le_bytes(low), room: u64::from_le_bytes(room) }
    }
}

#[cfg(test)]
mod tests {
    use super::Bounds;

    #[test]
    fn every_byte_is_held_to_the_letter_of_its_place_and_no_other() {
        let pattern = "Mon _D+hh:mm:ss,ff+zzzz";
        let bounds = Bounds::of(pattern);
        let sound = *b"Jun  1+13:03:11,25-0400";

        for at in 0..sound.len() {
            for byte in 0..=u8::MAX {
                let mut text = sound;
                text[at] = byte;
                let expected = match at {
                    0..=2 | 4 | 18 => byte.is_ascii(),
                    3 | 6 | 9 | 12 | 15 => byte == sound[at],
                    _ => byte.is_ascii_digit(),
                };
                assert_eq!(bounds.hold(&text), expected, "{at} {byte}");
            }
        }
    }
}
