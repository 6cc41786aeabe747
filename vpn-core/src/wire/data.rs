use super::{Index, take, take_index};

pub(super) const TYPE: u32 = 4;
/// Length of the header in front of the ciphertext.
pub(crate) const DATA_HEADER_LEN: usize = 16;
/// Length of the authentication tag behind each ciphertext.
pub(crate) const TAG_LEN: usize = 16;
/// Bytes that a data message is longer than its plaintext; the length of a keepalive.
pub(crate) const DATA_OVERHEAD: usize = DATA_HEADER_LEN + TAG_LEN;

/// The clear part of a data message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DataHeader {
    pub(crate) receiver: Index,
    pub(crate) counter: u64,
}

impl DataHeader {
    /// Splits a data message into its header and the ciphertext with its tag.
    pub(crate) fn parse(datagram: &mut [u8]) -> Option<(Self, &mut [u8])> {
        if datagram.len() < DATA_OVERHEAD {
            return None;
        }
        let (header, sealed) = datagram.split_at_mut_checked(DATA_HEADER_LEN)?;
        let mut header: &[u8] = header;
        if take(&mut header)? != TYPE.to_le_bytes() {
            return None;
        }
        let receiver = take_index(&mut header)?;
        let counter = u64::from_le_bytes(take(&mut header)?);
        Some((Self { receiver, counter }, sealed))
    }

    pub(crate) fn emit(&self, out: &mut [u8; DATA_HEADER_LEN]) {
        out[..4].copy_from_slice(&TYPE.to_le_bytes());
        out[4..8].copy_from_slice(&self.receiver.0.to_le_bytes());
        out[8..].copy_from_slice(&self.counter.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_keeps_offsets() {
        let header = DataHeader { receiver: Index(7), counter: 0x0102_0304_0506_0708 };
        let mut bytes = [0xff; 33];

        header.emit(bytes.first_chunk_mut().unwrap());
        let (parsed, sealed) = DataHeader::parse(&mut bytes).unwrap();

        assert_eq!(parsed, header);
        assert_eq!(sealed, [0xff; 17]);
        assert_eq!(bytes[..16], [4, 0, 0, 0, 7, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1]);
    }

    #[test]
    fn a_message_without_room_for_a_tag_is_refused() {
        let mut bytes = [0; 32];
        bytes[0] = 4;

        assert!(DataHeader::parse(&mut bytes[..31]).is_none());
        assert!(DataHeader::parse(&mut bytes).is_some());
    }

    #[test]
    fn other_types_are_refused() {
        for (at, byte) in [(0, 3), (1, 4), (3, 1)] {
            let mut bytes = [0; 32];
            bytes[0] = 4;
            bytes[at] = byte;

            assert!(DataHeader::parse(&mut bytes).is_none());
        }
    }
}
