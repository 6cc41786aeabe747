//! Two ends of a tunnel with a session between them: ours, boringtun's and gotatun's.

mod boringtun;
mod gotatun;
mod ours;

pub(crate) use self::boringtun::{Boringtun, IdleBoringtun, delivered, written};
pub(crate) use self::gotatun::Gotatun;
pub(crate) use self::ours::{Buffer, FROM, Ours, SECRETS, packet};

/// Sizes of the inner packet: a bare acknowledgement, a name lookup, a full packet, a jumbo.
pub(crate) const SIZES: [usize; 4] = [64, 512, 1420, 8900];
