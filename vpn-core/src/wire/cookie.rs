use super::{Index, TAG_LEN, take, take_index};

pub(super) const TYPE: u32 = 3;
/// Length of a cookie reply.
pub(crate) const COOKIE_REPLY_LEN: usize = 64;

/// What a responder under load sends in place of a response.
#[derive(Clone, Debug)]
pub(crate) struct CookieReply {
    pub(crate) receiver: Index,
    pub(crate) nonce: [u8; 24],
    pub(crate) sealed_cookie: [u8; 16 + TAG_LEN],
}

impl CookieReply {
    pub(crate) fn parse(datagram: &[u8]) -> Option<Self> {
        let mut bytes = datagram;
        if bytes.len() != COOKIE_REPLY_LEN || take(&mut bytes)? != TYPE.to_le_bytes() {
            return None;
        }
        Some(Self {
            receiver: take_index(&mut bytes)?,
            nonce: take(&mut bytes)?,
            sealed_cookie: take(&mut bytes)?,
        })
    }

    pub(crate) fn emit(&self, out: &mut [u8; COOKIE_REPLY_LEN]) {
        out[..4].copy_from_slice(&TYPE.to_le_bytes());
        out[4..8].copy_from_slice(&self.receiver.0.to_le_bytes());
        out[8..32].copy_from_slice(&self.nonce);
        out[32..].copy_from_slice(&self.sealed_cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips() {
        let reply = CookieReply { receiver: Index(7), nonce: [8; 24], sealed_cookie: [9; 32] };
        let mut bytes = [0xff; 64];

        reply.emit(&mut bytes);
        let parsed = CookieReply::parse(&bytes).unwrap();

        assert_eq!(bytes[..9], [3, 0, 0, 0, 7, 0, 0, 0, 8]);
        assert_eq!(parsed.receiver, reply.receiver);
        assert_eq!(parsed.nonce, reply.nonce);
        assert_eq!(parsed.sealed_cookie, reply.sealed_cookie);
    }

    #[test]
    fn fields_lie_at_their_offsets() {
        let mut bytes: [u8; 64] = core::array::from_fn(|i| i.to_le_bytes()[0]);
        bytes[..4].copy_from_slice(&[3, 0, 0, 0]);

        let reply = CookieReply::parse(&bytes).unwrap();

        assert_eq!(reply.receiver, Index(0x0706_0504));
        assert_eq!((reply.nonce[0], reply.nonce[23]), (8, 31));
        assert_eq!((reply.sealed_cookie[0], reply.sealed_cookie[31]), (32, 63));
    }

    #[test]
    fn other_lengths_and_types_are_refused() {
        let mut bytes = [0; 65];
        bytes[0] = 3;

        assert!(CookieReply::parse(&bytes[..64]).is_some());
        assert!(CookieReply::parse(&bytes[..63]).is_none());
        assert!(CookieReply::parse(&bytes).is_none());
        bytes[3] = 1;
        assert!(CookieReply::parse(&bytes[..64]).is_none());
    }
}
