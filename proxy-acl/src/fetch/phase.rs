//! When there is something to look at.

/// A step on the way of a request, at which rules are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// The client is connected.
    Connection = 1,
    /// Its TLS handshake is done.
    Session = 2,
    /// The request is there.
    #[default]
    Request = 4,
    /// The response is there, and the request gone on.
    Response = 8,
}

/// The steps at which a fetch has samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Phases(u8);

impl Phases {
    pub(crate) const ALWAYS: Self = Self(15);
    pub(crate) const SESSION: Self = Self(14);
    pub(crate) const REQUEST: Self = Self(4);
    /// From the request on.
    pub(crate) const EXCHANGE: Self = Self(12);
    pub(crate) const RESPONSE: Self = Self(8);

    #[inline]
    pub(crate) fn contain(self, phase: Phase) -> bool {
        self.0 & phase as u8 != 0
    }
}
