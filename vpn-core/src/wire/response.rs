use super::{Index, MAC_LEN, TAG_LEN, take, take_index};

pub(super) const TYPE: u32 = 2;
/// Length of a handshake response.
pub(crate) const RESPONSE_LEN: usize = 92;

/// The second message of a handshake, without its macs.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) sender: Index,
    pub(crate) receiver: Index,
    pub(crate) ephemeral: [u8; 32],
    pub(crate) sealed_nothing: [u8; TAG_LEN],
}

impl Response {
    pub(crate) fn parse(datagram: &[u8]) -> Option<Self> {
        let mut bytes = datagram;
        if bytes.len() != RESPONSE_LEN || take(&mut bytes)? != TYPE.to_le_bytes() {
            return None;
        }
        Some(Self {
            sender: take_index(&mut bytes)?,
            receiver: take_index(&mut bytes)?,
            ephemeral: take(&mut bytes)?,
            sealed_nothing: take(&mut bytes)?,
        })
    }

    /// Writes the message with both macs zero.
    pub(crate) fn emit(&self, out: &mut [u8; RESPONSE_LEN]) {
        out[..4].copy_from_slice(&TYPE.to_le_bytes());
        out[4..8].copy_from_slice(&self.sender.0.to_le_bytes());
        out[8..12].copy_from_slice(&self.receiver.0.to_le_bytes());
        out[12..44].copy_from_slice(&self.ephemeral);
        out[44..60].copy_from_slice(&self.sealed_nothing);
        out[60..].copy_from_slice(&[0; 2 * MAC_LEN]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_keeps_offsets() {
        let message = Response {
            sender: Index(1),
            receiver: Index(2),
            ephemeral: [5; 32],
            sealed_nothing: [6; 16],
        };
        let mut bytes = [0xff; 92];

        message.emit(&mut bytes);
        let parsed = Response::parse(&bytes).unwrap();

        assert_eq!(bytes[..13], [2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 5]);
        assert_eq!((bytes[43], bytes[44], bytes[59]), (5, 6, 6));
        assert_eq!(bytes[60..], [0; 32]);
        assert_eq!((parsed.sender, parsed.receiver), (Index(1), Index(2)));
        assert_eq!(parsed.ephemeral, message.ephemeral);
        assert_eq!(parsed.sealed_nothing, message.sealed_nothing);
    }

    #[test]
    fn other_lengths_and_types_are_refused() {
        let mut bytes = [0; 93];
        bytes[0] = 2;

        assert!(Response::parse(&bytes[..92]).is_some());
        assert!(Response::parse(&bytes[..91]).is_none());
        assert!(Response::parse(&bytes).is_none());
        bytes[3] = 1;
        assert!(Response::parse(&bytes[..92]).is_none());
    }
}
