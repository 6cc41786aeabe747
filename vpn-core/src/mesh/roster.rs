use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::net::SocketAddr;

use super::gossip::Tag;
use super::identity::MemberId;
use super::record::Record;
use crate::crypto::hash;
use crate::device::PeerId;
use crate::key::PublicKey;

/// All members that are known, by number, by id, by tag and by the keys of their tunnels.
#[derive(Debug, Default)]
pub(super) struct Roster {
    slots: Vec<Option<Box<Known>>>,
    free: Vec<u32>,
    by_tag: BTreeMap<Tag, u32>,
    /// By the first eight bytes, for less room: two keys that agree in them are as if they were one.
    by_tunnel: BTreeMap<[u8; 8], u32>,
}

/// A member, its record left encoded: most are never spoken to.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) id: MemberId,
    pub(super) tunnel: PublicKey,
    /// When its certificates end, in seconds since 1970-01-01 UTC.
    pub(super) not_after: u64,
    /// Who has issued its certificate.
    pub(super) issuer: Tag,
    /// Whoever has the tunnel's key has shown this member's record: nobody else has borrowed it.
    pub(super) proven: bool,
    /// It has left, and the record is kept to tell the others.
    pub(super) leaving: bool,
    /// Where it was reached last.
    pub(super) seen: Option<SocketAddr>,
    pub(super) peer: Option<PeerId>,
    pub(super) record: Box<[u8]>,
}

impl Known {
    pub(super) fn new(record: &Record) -> Self {
        let (own, introducer) = (record.certificate().claims(), record.introducer());
        let limit = introducer.map_or(u64::MAX, |introducer| introducer.claims().not_after);
        Self {
            id: own.member,
            tunnel: own.tunnel,
            not_after: own.not_after.min(limit),
            issuer: tag(&record.certificate().issuer()),
            proven: false,
            leaving: record.is_leaving(),
            seen: None,
            peer: None,
            record: record.to_bytes().into(),
        }
    }

    /// The record; what is kept was decoded before.
    pub(super) fn record(&self) -> Option<Record> {
        Record::decode(&self.record).ok()
    }
}

impl Roster {
    pub(super) fn len(&self) -> usize {
        self.by_tag.len()
    }

    /// Enters a member that is not known; `None` if another has its tag or its tunnel's key.
    pub(super) fn insert(&mut self, known: Known) -> Option<u32> {
        let tag = tag(&known.id);
        if self.by_tag.contains_key(&tag) || self.by_tunnel.contains_key(&short(&known.tunnel)) {
            return None;
        }
        let number = match self.free.pop() {
            Some(number) => number,
            None => {
                self.slots.push(None);
                u32::try_from(self.slots.len() - 1).ok()?
            }
        };
        self.by_tag.insert(tag, number);
        self.by_tunnel.insert(short(&known.tunnel), number);
        self.slots[number as usize] = Some(Box::new(known));
        Some(number)
    }

    /// Replaces what is known of a member, whose tunnel may have another key, which nobody else has.
    pub(super) fn replace(&mut self, number: u32, fresh: Known) -> Option<&Known> {
        let known = self.slots.get_mut(number as usize)?.as_deref_mut()?;
        self.by_tunnel.remove(&short(&known.tunnel));
        self.by_tunnel.insert(short(&fresh.tunnel), number);
        let proven = known.proven && known.tunnel == fresh.tunnel;
        *known = Known { seen: known.seen, peer: known.peer, proven, ..fresh };
        Some(known)
    }

    pub(super) fn remove(&mut self, number: u32) -> Option<Box<Known>> {
        let known = self.slots.get_mut(number as usize)?.take()?;
        self.free.push(number);
        self.by_tag.remove(&tag(&known.id));
        self.by_tunnel.remove(&short(&known.tunnel));
        Some(known)
    }

    pub(super) fn get(&self, number: u32) -> Option<&Known> {
        self.slots.get(number as usize)?.as_deref()
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut Known> {
        self.slots.get_mut(number as usize)?.as_deref_mut()
    }

    pub(super) fn find_tag(&self, tag: Tag) -> Option<u32> {
        self.by_tag.get(&tag).copied()
    }

    pub(super) fn find(&self, id: &MemberId) -> Option<u32> {
        let number = self.find_tag(tag(id))?;
        self.get(number).filter(|known| known.id == *id).map(|_| number)
    }

    pub(super) fn find_tunnel(&self, key: &PublicKey) -> Option<u32> {
        let number = self.by_tunnel.get(&short(key)).copied()?;
        self.get(number).filter(|known| known.tunnel == *key).map(|_| number)
    }

    /// Whoever keeps all others from having this tunnel key, by having it or one that is as if it were
    /// the same.
    pub(super) fn find_rival(&self, key: &PublicKey) -> Option<u32> {
        self.by_tunnel.get(&short(key)).copied()
    }

    /// All members, in the order of their tags.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Known)> {
        self.by_tag.values().filter_map(|number| Some((*number, self.get(*number)?)))
    }
}

fn short(key: &PublicKey) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h, ..] = *key.as_bytes();
    [a, b, c, d, e, f, g, h]
}

/// The name under which a member is gossiped of.
pub(super) fn tag(id: &MemberId) -> Tag {
    let [a, b, c, d, e, f, g, h, ..] = hash(&[b"vpn-core mesh tag", id.as_bytes()]);
    Tag::member(u64::from_le_bytes([a, b, c, d, e, f, g, h]))
}
