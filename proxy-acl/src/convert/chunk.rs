//! Big-endian bytes as numbers (configuration manual, `be2dec` and `be2hex`).

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::encoding;
use crate::fetch::Printed;

/// How bytes are cut into numbers, and these are printed.
#[derive(Clone, Debug)]
pub(crate) struct Chunks {
    /// Bytes of a number, from 1, for decimal ones to 8.
    pub(crate) size: usize,
    /// What stands between two.
    pub(crate) separator: Box<[u8]>,
    /// Whether fewer bytes at the end are left out.
    pub(crate) whole: bool,
    pub(crate) decimal: bool,
}

impl Chunks {
    /// Writes what becomes of `bytes` to `out`, which is empty.
    pub(super) fn print(&self, bytes: &[u8], out: &mut Vec<u8>) {
        for chunk in bytes.chunks(self.size).filter(|chunk| !self.whole || chunk.len() == self.size)
        {
            if !out.is_empty() {
                out.extend_from_slice(&self.separator);
            }
            if self.decimal {
                let value = chunk.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
                out.extend_from_slice(Printed::unsigned(value).as_bytes());
            } else {
                encoding::to_hex(chunk, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    /// Answers of haproxy 2.6.12.
    #[test]
    fn bytes_are_printed_in_chunks() {
        for (decimal, size, separator, whole, bytes, expected) in [
            (true, 1, ".", false, &b"hello"[..], "104.101.108.108.111"),
            (true, 2, ".", false, b"hello", "26725.27756.111"),
            (true, 2, ".", true, b"hello", "26725.27756"),
            (true, 3, ".", false, b"\xff\xff\xff\xff", "16777215.255"),
            (true, 8, ".", false, b"\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615"),
            (true, 1, "", false, b"hello", "104101108108111"),
            (false, 2, ".", false, b"hello", "6865.6C6C.6F"),
            (false, 2, ".", true, b"hello", "6865.6C6C"),
            (false, 3, "", false, b"hello", "68656C6C6F"),
        ] {
            let mut out = Vec::new();

            Chunks { size, separator: separator.as_bytes().into(), whole, decimal }
                .print(bytes, &mut out);

            assert_eq!(out.escape_ascii().to_string(), expected);
        }
    }
}
