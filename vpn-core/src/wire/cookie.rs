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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_lie_at_their_offsets() {
        let mut bytes: [u8; 64] = core::array::from_fn(|i| i.to_le_bytes()[0]);
        bytes[..4].copy_from_slice(&[3, 0, 0, 0]);

        let reply = CookieReply::parse(&bytes).unwrap();

        assert_eq!(reply.receiver, Index(0x0706_0504));
        assert_eq!((reply.nonce[0], reply.nonce[23]), (8, 31));
        assert_eq!((reply.sealed_cookie[0], reply.sealed_cookie[31]), (32, 63));
        assert!(CookieReply::parse(&bytes[..63]).is_none());
    }
}
