//! Bytes written in hexadecimal digits (configuration manual, 7.1.5).

use alloc::boxed::Box;
use alloc::vec::Vec;

#[derive(Clone, Debug, Default)]
pub(crate) struct BinarySet {
    patterns: Vec<Box<[u8]>>,
}

impl BinarySet {
    pub(crate) fn push(&mut self, bytes: Vec<u8>) {
        self.patterns.push(bytes.into_boxed_slice());
    }

    pub(crate) fn find(&self, sample: &[u8]) -> Option<usize> {
        self.patterns.iter().position(|bytes| **bytes == *sample)
    }
}

/// Reads an even number of hexadecimal digits.
pub(crate) fn parse(digits: &[u8]) -> Option<Vec<u8>> {
    let pairs = digits.chunks(2);
    pairs
        .map(|pair| {
            let [high, low] = *pair else { return None };
            let digit = |byte: u8| char::from(byte).to_digit(16);
            u8::try_from(digit(high)? << 4 | digit(low)?).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_in_pairs() {
        assert_eq!(parse(b"2F6a"), Some(b"/j".to_vec()));
        assert_eq!(parse(b"2F6"), None);
        assert_eq!(parse(b"2G"), None);
    }
}
