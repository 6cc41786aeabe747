//! What passes through a member: a whole message of the tunnel between two others, in a frame.

use core::ops::Range;
use core::time::Duration;

use crate::mesh::gossip::{Pace, Tag};
use crate::time::Time;
use crate::wire::{DATA_HEADER_LEN, Kind, TAG_LEN};

/// Bytes in front of what is passed on: the header of a frame, and a tag.
pub(in crate::mesh) const HEADER_LEN: usize = 4 + 8;
/// Bytes by which a datagram that is passed on is longer than one sent directly, padding aside.
pub(in crate::mesh) const OVERHEAD: usize = DATA_HEADER_LEN + HEADER_LEN + TAG_LEN;
const VERSION: u8 = 1;
/// The most bytes a second that can be counted.
const MAX_RATE: u32 = 125_000_000;

/// Which way a frame goes that carries a message of two others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mesh) enum Leg {
    /// To the one that passes it on; the tag names whom it is for.
    Out = 0xe7,
    /// From the one that passes it on; the tag names whom it is from.
    In = 0xe8,
}

/// A frame that carries a message of two others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::mesh) struct Carried {
    pub(in crate::mesh) leg: Leg,
    pub(in crate::mesh) party: Tag,
    /// Where in the frame the message lies.
    pub(in crate::mesh) message: Range<usize>,
}

impl Carried {
    /// Reads the front of a frame; `None` if it is another frame, or no message lies in it.
    pub(in crate::mesh) fn parse(frame: &[u8]) -> Option<Self> {
        let [kind, version, low, high, tag @ .., _, _, _, _] = frame.first_chunk::<16>()?;
        let leg = match *kind {
            0xe7 => Leg::Out,
            0xe8 => Leg::In,
            _ => return None,
        };
        let party = Tag::from_bits(u64::from_le_bytes(*tag));
        let end = 4 + usize::from(u16::from_le_bytes([*low, *high]));
        let message = HEADER_LEN..end;
        let carried = frame.get(message.clone())?;
        let padding = frame.get(end..)?;
        let valid = *version == VERSION
            && party.is_member()
            && Kind::of(carried).is_some()
            && padding.len() < 16
            && padding.iter().all(|byte| *byte == 0);
        valid.then_some(Self { leg, party, message })
    }

    /// Writes the front of a frame whose message of `len` bytes follows; `None` if it is too long.
    pub(in crate::mesh) fn emit(
        leg: Leg,
        party: Tag,
        len: usize,
        out: &mut [u8; HEADER_LEN],
    ) -> Option<()> {
        let [low, high] = u16::try_from(len + HEADER_LEN - 4).ok()?.to_le_bytes();
        out[..4].copy_from_slice(&[leg as u8, VERSION, low, high]);
        out[4..].copy_from_slice(&party.bits().to_le_bytes());
        Some(())
    }

    /// Turns a frame to be passed on into the one that arrives: from `party`.
    pub(in crate::mesh) fn turn(frame: &mut [u8], party: Tag) {
        if let Some(front) = frame.first_chunk_mut::<HEADER_LEN>() {
            front[0] = Leg::In as u8;
            front[4..].copy_from_slice(&party.bits().to_le_bytes());
        }
    }
}

/// The least time between two refusals that one member is told.
const REFUSAL_GAP: Duration = Duration::from_millis(50);

/// A member that has messages passed on: what it may, and what it is told.
#[derive(Debug)]
pub(in crate::mesh) struct Passenger {
    pub(in crate::mesh) tag: Tag,
    bytes: Pace,
    refused: Option<Time>,
}

impl Passenger {
    /// A second's worth passes at once.
    pub(in crate::mesh) fn new(tag: Tag, bytes_per_second: u32) -> Self {
        let rate = bytes_per_second.clamp(1, MAX_RATE);
        Self { tag, bytes: Pace::new(rate, rate), refused: None }
    }

    /// Whether a datagram of `len` bytes is passed on; counts it if so.
    pub(in crate::mesh) fn take(&mut self, now: Time, len: usize) -> bool {
        u32::try_from(len).is_ok_and(|len| self.bytes.take(now, len))
    }

    /// Whether it is told that something was not passed on.
    pub(in crate::mesh) fn is_told(&mut self, now: Time) -> bool {
        let early = self.refused.is_some_and(|refused| now.since(refused) < REFUSAL_GAP);
        if !early {
            self.refused = Some(now);
        }
        !early
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// Kind, version, length, tag, and a keepalive of the inner tunnel.
    fn frame() -> Vec<u8> {
        let mut frame = Vec::from(*b"\xe7\x01\x28\x00\x08\x00\x00\x00\x00\x00\x00\x01");
        frame.extend([4, 0, 0, 0]);
        frame.extend([0x5a; 28]);
        frame
    }

    #[test]
    fn the_layout_of_what_is_passed_on() {
        let mut frame = frame();
        let party = Tag::from_bits(0x0100_0000_0000_0008);

        let carried = Carried { leg: Leg::Out, party, message: 12..44 };
        assert_eq!(Carried::parse(&frame), Some(carried.clone()));
        let mut front = [0; HEADER_LEN];
        Carried::emit(Leg::Out, party, 32, &mut front).unwrap();
        assert_eq!(front, frame[..12]);

        let from = Tag::from_bits(6);
        Carried::turn(&mut frame, from);
        assert_eq!(Carried::parse(&frame), Some(Carried { leg: Leg::In, party: from, ..carried }));
    }

    #[test]
    fn what_holds_no_message_is_not_passed_on() {
        let altered = |at: usize, value: u8| {
            let mut frame = frame();
            frame[at] = value;
            Carried::parse(&frame)
        };

        assert!(altered(43, 1).is_some());
        assert_eq!(altered(0, 0xe9), None);
        assert_eq!(altered(1, 2), None);
        assert_eq!(altered(2, 0x29), None, "more than there is");
        assert_eq!(altered(2, 0x27), None, "what follows is no padding");
        assert_eq!(altered(4, 9), None, "the tag of a revocation");
        assert_eq!(altered(12, 0x45), None, "no message of the protocol");
        assert_eq!(Carried::parse(&frame()[..15]), None);
    }

    #[test]
    fn a_member_has_so_many_bytes_a_second_passed_on() {
        let second = Time::from_nanos(1_000_000_000);
        let mut passenger = Passenger::new(Tag::from_bits(2), 1000);

        assert!(passenger.take(second, 600) && passenger.take(second, 400));
        assert!(!passenger.take(second, 1));
        assert!(passenger.take(second + Duration::from_millis(500), 500));
        assert!(passenger.is_told(second) && !passenger.is_told(second));
    }
}
