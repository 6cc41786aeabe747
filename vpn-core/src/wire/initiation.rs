use super::{Index, MAC_LEN, TAG_LEN, take, take_index};

pub(super) const TYPE: u32 = 1;
/// Length of a handshake initiation.
pub(crate) const INITIATION_LEN: usize = 148;

/// The first message of a handshake, without its macs.
#[derive(Clone, Debug)]
pub(crate) struct Initiation {
    pub(crate) sender: Index,
    pub(crate) ephemeral: [u8; 32],
    pub(crate) sealed_static: [u8; 32 + TAG_LEN],
    pub(crate) sealed_timestamp: [u8; 12 + TAG_LEN],
}

impl Initiation {
    pub(crate) fn parse(datagram: &[u8]) -> Option<Self> {
        let mut bytes = datagram;
        if bytes.len() != INITIATION_LEN || take(&mut bytes)? != TYPE.to_le_bytes() {
            return None;
        }
        Some(Self {
            sender: take_index(&mut bytes)?,
            ephemeral: take(&mut bytes)?,
            sealed_static: take(&mut bytes)?,
            sealed_timestamp: take(&mut bytes)?,
        })
    }

    /// Writes the message with both macs zero.
    pub(crate) fn emit(&self, out: &mut [u8; INITIATION_LEN]) {
        out[..4].copy_from_slice(&TYPE.to_le_bytes());
        out[4..8].copy_from_slice(&self.sender.0.to_le_bytes());
        out[8..40].copy_from_slice(&self.ephemeral);
        out[40..88].copy_from_slice(&self.sealed_static);
        out[88..116].copy_from_slice(&self.sealed_timestamp);
        out[116..].copy_from_slice(&[0; 2 * MAC_LEN]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_keeps_offsets() {
        let message = Initiation {
            sender: Index(0x0403_0201),
            ephemeral: [5; 32],
            sealed_static: [6; 48],
            sealed_timestamp: [7; 28],
        };
        let mut bytes = [0xff; 148];

        message.emit(&mut bytes);
        let parsed = Initiation::parse(&bytes).unwrap();

        assert_eq!(bytes[..9], [1, 0, 0, 0, 1, 2, 3, 4, 5]);
        assert_eq!((bytes[39], bytes[40], bytes[87], bytes[88], bytes[115]), (5, 6, 6, 7, 7));
        assert_eq!(bytes[116..], [0; 32]);
        assert_eq!(parsed.sender, message.sender);
        assert_eq!(parsed.ephemeral, message.ephemeral);
        assert_eq!(parsed.sealed_static, message.sealed_static);
        assert_eq!(parsed.sealed_timestamp, message.sealed_timestamp);
    }

    #[test]
    fn other_lengths_and_types_are_refused() {
        let mut bytes = [0; 149];
        bytes[0] = 1;

        assert!(Initiation::parse(&bytes[..148]).is_some());
        assert!(Initiation::parse(&bytes[..147]).is_none());
        assert!(Initiation::parse(&bytes).is_none());
        bytes[3] = 1;
        assert!(Initiation::parse(&bytes[..148]).is_none());
    }
}
