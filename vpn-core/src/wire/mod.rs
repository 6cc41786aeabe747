//! Bytes to messages and back: no state, no keys, no judgement beyond type and length.
//!
//! Integers are little-endian. Byte 0 is the type, bytes 1 to 3 are zero; the first three messages
//! have one exact length (WireGuard paper, section 5.4).
#![warn(clippy::indexing_slicing)]

mod cookie;
mod data;
mod initiation;
pub(crate) mod ip;
mod response;

pub(crate) use cookie::{COOKIE_REPLY_LEN, CookieReply};
pub(crate) use data::{DATA_HEADER_LEN, DATA_OVERHEAD, DataHeader, TAG_LEN};
pub(crate) use initiation::{INITIATION_LEN, Initiation};
pub(crate) use response::{RESPONSE_LEN, Response};

/// Length of mac1 and of mac2, which end both handshake messages.
pub(crate) const MAC_LEN: usize = 16;

/// The number by which a receiver finds the handshake or session that a message belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Index(pub(crate) u32);

/// What a datagram claims to be, by its first four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Initiation,
    Response,
    CookieReply,
    Data,
}

impl Kind {
    pub(crate) fn of(datagram: &[u8]) -> Option<Self> {
        match u32::from_le_bytes(*datagram.first_chunk()?) {
            initiation::TYPE => Some(Self::Initiation),
            response::TYPE => Some(Self::Response),
            cookie::TYPE => Some(Self::CookieReply),
            data::TYPE => Some(Self::Data),
            _ => None,
        }
    }
}

/// Cuts the next `N` bytes off the front.
fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = bytes.split_first_chunk()?;
    *bytes = tail;
    Some(*head)
}

/// Cuts the next four bytes off the front, as an index.
fn take_index(bytes: &mut &[u8]) -> Option<Index> {
    take(bytes).map(|bytes| Index(u32::from_le_bytes(bytes)))
}
