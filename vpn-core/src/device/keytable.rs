use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::SocketAddr;

use crate::crypto::{Aead, ChaCha20Poly1305};
use crate::time::Time;
use crate::transport::{Keys, OpenError};
use crate::wire::{DataHeader, Index};

/// The keys of all sessions at one moment, by which any thread can decrypt without the device.
///
/// It does not change: [`Device::key_table`](crate::Device::key_table) gives another once sessions
/// have come or gone. Keys that are older than 180 s are not used, and all are wiped when the device
/// has dropped the session and the last table that holds them is gone.
#[derive(Debug)]
pub struct KeyTable<A: Aead = ChaCha20Poly1305> {
    /// In the order of their indices.
    keys: Vec<Arc<Keys<A>>>,
}

impl<A: Aead> KeyTable<A> {
    pub(super) fn new(mut keys: Vec<Arc<Keys<A>>>) -> Self {
        keys.sort_unstable_by_key(|keys| keys.local());
        Self { keys }
    }

    /// Decrypts a received datagram in place, if it is a data message of a session in this table.
    ///
    /// Nothing is accepted yet: hand the result to [`Device::commit`](crate::Device::commit),
    /// whatever it is, which also opens what this table could not.
    pub fn open<'b>(&self, now: Time, from: SocketAddr, datagram: &'b mut [u8]) -> Opened<'b> {
        let state = self.state(now, datagram);
        Opened { from, datagram, state }
    }

    fn state(&self, now: Time, datagram: &mut [u8]) -> State {
        let Some((header, sealed)) = DataHeader::parse(datagram) else { return State::Sealed };
        let Some(keys) = self.find(header.receiver).filter(|keys| !keys.is_expired(now)) else {
            return State::Sealed;
        };
        match keys.open(header.counter, sealed) {
            Ok(len) => State::Open { header, remote: keys.remote(), len },
            Err(OpenError::BadTag) => State::Forged(header),
            // The device says the same.
            Err(OpenError::Limit | OpenError::Replay) => State::Sealed,
        }
    }

    fn find(&self, index: Index) -> Option<&Keys<A>> {
        let at = self.keys.binary_search_by_key(&index, |keys| keys.local()).ok()?;
        self.keys.get(at).map(Arc::as_ref)
    }
}

/// A datagram that went through [`KeyTable::open`] and waits for
/// [`Device::commit`](crate::Device::commit): neither its counter nor its inner source has been
/// checked.
#[derive(Debug)]
#[must_use = "what is not committed was not received"]
pub struct Opened<'b> {
    pub(super) from: SocketAddr,
    pub(super) datagram: &'b mut [u8],
    pub(super) state: State,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    /// Not touched: no data message, or none of a session in the table.
    Sealed,
    /// Decrypted: the text follows the header. A receiver index may have been drawn again since,
    /// but hardly together with the same index of the other side.
    Open { header: DataHeader, remote: Index, len: usize },
    /// Names a session and does not authenticate under its keys.
    Forged(DataHeader),
}
