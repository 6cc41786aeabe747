use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::device::PeerId;
use crate::mesh::path::Hop;

/// How many messages wait to be sent as they are.
const MAX_COPIES: usize = 256;
/// How many frames wait to be polled; further ones are not sent.
const MAX_LETTERS: usize = 4096;

/// A frame to be sent.
pub(super) struct Letter {
    /// To a guest of the lobby rather than to a peer of the device.
    pub(super) to_lobby: bool,
    pub(super) to: PeerId,
    /// Which way, if not the one that is used.
    pub(super) hop: Option<Hop>,
    pub(super) frame: Vec<u8>,
}

/// A message to be sent as it is: one of a handshake on a further way, or the last to a peer.
pub(super) struct Copy {
    pub(super) hop: Hop,
    pub(super) datagram: Vec<u8>,
}

/// What waits to be sent beside what devices have to say.
#[derive(Default)]
pub(super) struct Outbox {
    pub(super) letters: VecDeque<Letter>,
    copies: VecDeque<Copy>,
}

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        self.letters.is_empty() && self.copies.is_empty()
    }

    pub(super) fn post(&mut self, letter: Letter) {
        if self.letters.len() < MAX_LETTERS {
            self.letters.push_back(letter);
        }
    }

    /// Has a message sent as it is.
    pub(super) fn copy(&mut self, hop: Hop, message: &[u8]) {
        if self.copies.len() < MAX_COPIES {
            self.copies.push_back(Copy { hop, datagram: message.to_vec() });
        }
    }

    pub(super) fn poll_letter(&mut self) -> Option<Letter> {
        self.letters.pop_front()
    }

    pub(super) fn poll_copy(&mut self) -> Option<Copy> {
        self.copies.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use core::net::SocketAddr;

    use super::*;
    use crate::crypto::Seed;
    use crate::device::{Device, DeviceConfig, PeerConfig};
    use crate::key::SecretKey;
    use crate::time::{Time, Unix};

    fn peer() -> PeerId {
        let [own, other] = [1, 2].map(|byte| SecretKey::from_bytes([byte; 32]));
        let (seed, now) = (Seed::from_bytes([3; 32]), Time::default());
        let mut device = Device::new(DeviceConfig::new(own), seed, now, Unix::default());
        device.add_peer(now, PeerConfig::new(other.public_key())).unwrap()
    }

    #[test]
    fn so_much_waits_and_no_more() {
        let hop = Hop::of(SocketAddr::from(([192, 0, 2, 1], 7)));
        let (mut letters, mut copies, to) = (Outbox::default(), Outbox::default(), peer());
        assert!(letters.is_empty());

        for _ in 0..5000 {
            letters.post(Letter { to_lobby: false, to, hop: None, frame: Vec::new() });
            copies.copy(hop, &[1]);
        }

        assert!(!letters.is_empty() && !copies.is_empty());
        assert_eq!(core::iter::from_fn(|| letters.poll_letter()).count(), 4096);
        assert_eq!(core::iter::from_fn(|| copies.poll_copy()).count(), 256);
        assert!(letters.is_empty() && copies.is_empty());
    }
}
