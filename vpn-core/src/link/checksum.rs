//! The checksum of IPv4, TCP, UDP and ICMP: the ones' complement of a ones' complement sum (RFC 1071).

/// A ones' complement sum under way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum(u64);

impl Sum {
    /// Adds bytes, of which there must be an even number unless they are the last.
    pub(super) fn add(self, bytes: &[u8]) -> Self {
        let words = bytes.chunks_exact(2);
        let last = words.remainder().first().map_or(0, |byte| u64::from(*byte) << 8);
        let sum: u64 = words.map(|word| u64::from(word[0]) << 8 | u64::from(word[1])).sum();
        Self(self.0 + sum + last)
    }

    /// The checksum of all that was added.
    pub(super) fn checksum(self) -> u16 {
        !fold(self.0)
    }
}

/// The checksum after one of the 16-bit words under it has changed (RFC 1624, equation 3).
pub(super) fn update(checksum: u16, old: u16, new: u16) -> u16 {
    !fold(u64::from(!checksum) + u64::from(!old) + u64::from(new))
}

fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 1071, section 3: the words add up to 0x2ddf0, so to 0xddf2.
    #[test]
    fn the_example_of_rfc_1071() {
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];

        assert_eq!(Sum::default().add(&bytes).checksum(), !0xddf2);
        assert_eq!(Sum::default().add(&bytes[..2]).add(&bytes[2..]).checksum(), !0xddf2);
        assert_eq!(Sum::default().add(&[0x12, 0x34, 0x56]).checksum(), !(0x1234 + 0x5600));
    }

    /// The example of RFC 1624, section 4, at which RFC 1141 gave 0xffff in place of 0.
    #[test]
    fn the_example_of_rfc_1624() {
        assert_eq!(update(0xdd2f, 0x5555, 0x3285), 0x0000);
    }

    #[test]
    fn an_updated_checksum_is_that_of_the_changed_bytes() {
        let words = [0x0000, 0x0001, 0x1234, 0x8000, 0xfffe, 0xffff_u16];
        for old in words {
            for new in words {
                let sum = |word: u16| Sum::default().add(&[0x45, 0x67]).add(&word.to_be_bytes());

                assert_eq!(update(sum(old).checksum(), old, new), sum(new).checksum());
            }
        }
    }
}
