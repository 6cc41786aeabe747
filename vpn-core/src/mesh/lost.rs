use alloc::collections::VecDeque;
use core::net::SocketAddr;

use super::gossip::Tag;
use super::roster::Known;
use crate::key::PublicKey;

/// How many of these are remembered: as many as gossip knows to have been forgotten.
const MAX_LOST: usize = 1024;

/// Members that were silent until they were forgotten. They may live in another part of a network that
/// was divided, so it is remembered how they were reached.
#[derive(Debug, Default)]
pub(super) struct Lost(VecDeque<Trace>);

/// How a member was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trace {
    tag: Tag,
    pub(super) key: PublicKey,
    pub(super) at: SocketAddr,
}

impl Trace {
    /// Where a member was reached last, or else the first address that it told and that is worth
    /// trying; `None` if there is none, or the member has left.
    pub(super) fn of(
        tag: Tag,
        known: &Known,
        is_worth_trying: impl Fn(&SocketAddr) -> bool,
    ) -> Option<Self> {
        let told = || known.record()?.endpoints().iter().copied().find(is_worth_trying);
        let at = known.seen.or_else(told).filter(|_| !known.leaving)?;
        Some(Self { tag, key: known.tunnel, at })
    }
}

impl Lost {
    pub(super) fn insert(&mut self, trace: Trace) {
        self.0.retain(|other| other.tag != trace.tag);
        if self.0.len() == MAX_LOST {
            self.0.pop_front();
        }
        self.0.push_back(trace);
    }

    pub(super) fn find(&self, tag: Tag) -> Option<Trace> {
        self.0.iter().find(|trace| trace.tag == tag).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(tag: u64, port: u16) -> Trace {
        let key = PublicKey::from_bytes([7; 32]);
        Trace { tag: Tag::from_bits(tag), key, at: SocketAddr::from(([192, 0, 2, 1], port)) }
    }

    #[test]
    fn so_many_are_remembered_the_last_ones_each_where_it_was_last() {
        let mut lost = Lost::default();
        for tag in (0..2000).chain([1999]) {
            lost.insert(trace(tag, if tag < 1999 { 1 } else { 2 }));
        }
        lost.insert(trace(1500, 3));

        assert_eq!(lost.0.len(), 1024);
        assert_eq!(lost.find(Tag::from_bits(975)), None);
        assert_eq!(lost.find(Tag::from_bits(976)), Some(trace(976, 1)));
        assert_eq!(lost.find(Tag::from_bits(1500)), Some(trace(1500, 3)));
    }
}
