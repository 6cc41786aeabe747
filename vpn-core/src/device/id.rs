use core::fmt;
use core::num::{NonZeroU32, NonZeroU64};

/// Names a peer of one device; not used again after the peer was removed, and unknown to devices that
/// were made from another seed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(
    /// The slot in the upper half; in the lower one, never zero, the generation, which counts the
    /// peers that had the slot. So an id or none is one register, and compared at once.
    NonZeroU64,
);

impl PeerId {
    pub(super) fn new(slot: u32, generation: NonZeroU32) -> Self {
        Self(NonZeroU64::from(generation) | u64::from(slot) << 32)
    }

    /// That of the peer that has the slot after this one.
    pub(super) fn next(self) -> Self {
        if self.generation() == u32::MAX {
            Self::new(self.slot(), NonZeroU32::MIN)
        } else {
            Self(self.0.saturating_add(1))
        }
    }

    #[inline]
    pub(super) fn slot(self) -> u32 {
        (self.0.get() >> 32) as u32
    }

    fn generation(self) -> u32 {
        self.0.get() as u32
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerId")
            .field("slot", &self.slot())
            .field("generation", &self.generation())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_peer_in_a_slot_has_another_id() {
        let first = PeerId::new(u32::MAX, NonZeroU32::MIN);

        let second = first.next();
        let third = second.next();

        assert_eq!([first, second, third].map(PeerId::slot), [u32::MAX; 3]);
        assert_eq!([first, second, third].map(PeerId::generation), [1, 2, 3]);
    }

    #[test]
    fn generations_begin_anew_after_the_last() {
        let last = PeerId::new(7, NonZeroU32::MAX);

        assert_eq!(last.next(), PeerId::new(7, NonZeroU32::MIN));
    }

    #[test]
    fn ids_are_ordered_by_their_slots() {
        assert!(PeerId::new(1, NonZeroU32::MAX) < PeerId::new(2, NonZeroU32::MIN));
    }
}
