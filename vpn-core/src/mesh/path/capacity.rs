use super::hop::Hop;
use super::mtu::{BASE, PathMtu};
use super::{FEW_PROBES, FRESH, Output, Paths};
use crate::time::Time;

/// What the way that is used carries, as the owner of the tunnel knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Capacity {
    mtu: u16,
    /// The greatest packet of which there is nothing to be asked.
    unasked: u16,
    is_found: bool,
    /// The MTU that the user knows of.
    told: u16,
}

impl Capacity {
    pub(super) fn new(now: Time, mtu: &PathMtu) -> Self {
        let (unasked, is_found) = (mtu.unasked(now), mtu.is_found());
        Self { mtu: mtu.mtu(), unasked, is_found, told: BASE }
    }
}

/// Packets by their length.
impl Paths {
    /// The greatest packet that is sent on the way that is used.
    pub(in crate::mesh) fn mtu(&self) -> u16 {
        self.capacity.mtu
    }

    /// The greatest packet that the way that is used may carry, as far as is known.
    pub(in crate::mesh) fn hoped_for(&self) -> u16 {
        self.way(self.current()).map_or(BASE, |way| way.mtu.hoped_for())
    }

    /// The greatest packet that is to be sent without a word.
    pub(in crate::mesh) fn unasked(&self) -> u16 {
        self.capacity.unasked
    }

    /// Whether something follows if a packet may be too long for the way that is used.
    pub(in crate::mesh) fn is_askable(&self, now: Time) -> bool {
        self.way(self.current()).is_some_and(|way| way.mtu.is_askable(now))
    }

    /// A packet is sent, or announced, that may be too long for the way that is used.
    pub(in crate::mesh) fn ask(&mut self, now: Time, random: u64) {
        let current = self.current();
        if let Some(way) = self.ways.iter_mut().find(|way| way.hop == current) {
            // Only where short messages arrive, long ones show something.
            if way.mtu.ask(now) && !way.is_proven_within(now, FRESH) {
                way.probe(now, random, FEW_PROBES);
            }
        }
        self.show_capacity(now);
    }

    /// A datagram of `len` bytes is too long for this host's link to where the ways lead of which
    /// `overhead` tells what a datagram on them has beside the packet.
    pub(in crate::mesh) fn refuse(
        &mut self,
        now: Time,
        len: usize,
        overhead: impl Fn(Hop) -> Option<usize>,
    ) {
        for way in &mut self.ways {
            let left = overhead(way.hop).and_then(|overhead| len.checked_sub(overhead + 1));
            if let Some(left) = left {
                way.mtu.refuse(now, u16::try_from(left).unwrap_or(u16::MAX));
            }
        }
        self.show_capacity(now);
    }

    /// The MTU, if the user is to be told of it.
    pub(in crate::mesh) fn poll_mtu(&mut self) -> Option<u16> {
        let Capacity { mtu, is_found, told, .. } = self.capacity;
        let news = mtu < told || is_found && mtu != told;
        news.then(|| {
            self.capacity.told = mtu;
            mtu
        })
    }

    /// What the last way has carried, the next one may carry too.
    pub(super) fn presume(&mut self, now: Time, last: Hop, next: Hop) {
        let mtu = self.way(last).and_then(|way| way.mtu.presumption(next.is_direct()));
        let next = self.ways.iter_mut().find(|way| way.hop == next);
        if let (Some(mtu), Some(next)) = (mtu, next) {
            next.mtu.presume(now, mtu);
        }
    }

    pub(super) fn show_capacity(&mut self, now: Time) {
        let Some(way) = self.way(self.current()) else { return };
        let capacity = Capacity { told: self.capacity.told, ..Capacity::new(now, &way.mtu) };
        if core::mem::replace(&mut self.capacity, capacity) != capacity {
            self.outputs.push_back(Output::Mtu);
        }
    }
}
