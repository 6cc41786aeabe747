use crate::time::Time;

/// Messages to or from a peer: of handshakes, keepalives and data, as `wg show` counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traffic {
    /// How many datagrams.
    pub datagrams: u64,
    /// Their length in bytes: that of the UDP payload.
    pub bytes: u64,
}

impl Traffic {
    pub(crate) fn add(&mut self, len: usize) {
        self.merge(Self { datagrams: 1, bytes: len as u64 });
    }

    fn merge(&mut self, more: Self) {
        self.datagrams = self.datagrams.wrapping_add(more.datagrams);
        self.bytes = self.bytes.wrapping_add(more.bytes);
    }
}

/// What a monitoring user wants to know of a tunnel's past.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) handshakes: u64,
    pub(crate) last_handshake: Option<Time>,
    pub(crate) sent: Traffic,
    pub(crate) received: Traffic,
}

impl Tally {
    /// A session has come to be used.
    pub(super) fn handshake(&mut self, now: Time) {
        self.handshakes += 1;
        self.last_handshake = Some(now);
    }

    pub(super) fn sent(&mut self, len: usize) {
        self.sent.add(len);
    }

    pub(super) fn settle(&mut self, sent: Traffic) {
        self.sent.merge(sent);
    }

    /// Something authenticated was received.
    pub(super) fn received(&mut self, len: usize) {
        self.received.add(len);
    }

    /// So many messages of so many bytes together were.
    pub(super) fn received_all(&mut self, messages: usize, bytes: usize) {
        self.received.merge(Traffic { datagrams: messages as u64, bytes: bytes as u64 });
    }
}
