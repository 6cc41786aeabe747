//! When there is something to look at.

use crate::ast::Side;

/// A step on the way of a request, at which rules are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// The client is connected.
    Connection = 1,
    /// Its TLS handshake is done.
    Session = 2,
    /// The request is there, in a frontend or in a backend.
    #[default]
    Request = 12,
    /// The response is there, and the request gone on.
    Response = 16,
}

impl Phase {
    /// The steps at which rules of this phase are asked in a section that stands on these sides.
    pub(crate) fn on(self, sides: &[Side]) -> Phases {
        if self != Self::Request {
            return Phases(self as u8);
        }
        let steps = sides.iter().map(|side| match side {
            Side::Front => Phases::FRONT,
            Side::Back => Phases::BACK,
        });
        steps.fold(Phases(0), |all, step| Phases(all.0 | step.0))
    }
}

/// The steps at which a fetch has samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Phases(u8);

impl Phases {
    pub(crate) const ALWAYS: Self = Self(31);
    pub(crate) const SESSION: Self = Self(30);
    pub(crate) const REQUEST: Self = Self(12);
    /// From the request on.
    pub(crate) const EXCHANGE: Self = Self(28);
    /// From the choice of the backend on.
    pub(crate) const BACKEND: Self = Self(24);
    pub(crate) const RESPONSE: Self = Self(16);
    /// Requests in a frontend.
    pub(crate) const FRONT: Self = Self(4);
    /// Requests in a backend.
    const BACK: Self = Self(8);

    #[inline]
    pub(crate) fn contain(self, phase: Phase) -> bool {
        self.meet(Self(phase as u8))
    }

    /// Whether both have a step in common.
    #[inline]
    pub(crate) fn meet(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}
