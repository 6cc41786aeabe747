use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use super::book::Entry;
use super::error::TrustError;
use super::frame::Frame;
use super::gossip::{Tag, Version};
use super::holding::Holdings;
use super::lost::Lost;
use super::own::Own;
use super::record::Record;
use super::renewal::Renewal;
use super::revocation::Revocation;
use super::roster::{Known, Roster};
use super::thing::{Content, Thing};
use super::trust::{MAX_REVOCATIONS, Trust};
use crate::crypto::hash;
use crate::key::{PresharedKey, PublicKey};
use crate::time::{Time, WallClock};

/// Who is a member, as far as this node knows.
#[derive(Debug)]
pub(super) struct Membership {
    pub(super) trust: Trust,
    pub(super) own: Own,
    pub(super) roster: Roster,
    pub(super) holdings: Holdings,
    /// Encoded, by the names under which they are gossiped of.
    pub(super) revocations: BTreeMap<Tag, Box<[u8]>>,
    pub(super) wall: WallClock,
    pub(super) max_members: usize,
    /// Of the address book and of those forgotten, what the clock speaks against: it may be wrong.
    pub(super) unread: Vec<Entry>,
    pub(super) lost: Lost,
}

impl Membership {
    /// Keeps what the clock speaks against: no more than could be known if it did not.
    pub(super) fn put_by(&mut self, entry: Entry) {
        // Of each member, its record and where it was seen.
        let most = self.max_members.saturating_mul(2).saturating_add(MAX_REVOCATIONS);
        if self.unread.len() < most {
            self.unread.push(entry);
        }
    }

    /// The time since 1970-01-01 UTC.
    pub(super) fn wall(&self, now: Time) -> Duration {
        self.wall.read(now)
    }

    /// Judges a record. That of a member whose certificate was judged before costs one signature
    /// less.
    pub(super) fn judge(&self, now: Time, record: &Record) -> Result<(), TrustError> {
        let wall = self.wall(now);
        let number = self.roster.find(&record.member());
        let known = number.and_then(|number| self.roster.get(number)).and_then(Known::record);
        let same = known.is_some_and(|known| {
            known.certificate() == record.certificate() && known.introducer() == record.introducer()
        });
        if same {
            self.trust.check_times(record.certificate(), record.introducer(), wall)?;
            self.trust.verify_signature(record)
        } else {
            self.trust.verify(record, wall)
        }
    }

    /// The record that a renewal makes of the one that is known, if there is one.
    pub(super) fn renewed(&self, renewal: &Renewal) -> Option<Record> {
        let known = self.roster.get(self.roster.find_tag(renewal.tag())?)?;
        renewal.apply(&known.record)
    }

    /// The preshared key of the tunnel with a key.
    pub(super) fn psk(&self, key: &PublicKey) -> Option<PresharedKey> {
        let own = self.own.record().certificate().claims().tunnel;
        self.trust.psk().map(|psk| psk.pair(&own, key))
    }

    /// The frame that tells the owner of a record that it was revoked, if it was.
    pub(super) fn notice_for(&self, record: &Record) -> Option<Vec<u8>> {
        let bytes = self.trust.revocation_of(record)?.to_bytes();
        let thing = Thing { life: 0, content: Content::Revocation(&bytes) };
        Some(Frame::Things(Vec::from([thing])).to_bytes())
    }

    /// Whether a revocation covers this node's own certificate, or that of its issuer.
    pub(super) fn concerns_own(&self, revocation: &Revocation) -> bool {
        let by_root = self.trust.is_root(revocation.signer());
        self.own.record().certificates().any(|certificate| revocation.covers(certificate, by_root))
    }

    /// The encoding of something that is gossiped of.
    pub(super) fn thing(&self, tag: Tag) -> Option<&[u8]> {
        if tag == self.own.tag() {
            return Some(self.own.bytes());
        }
        if tag.is_member() {
            self.roster.get(self.roster.find_tag(tag)?).map(|known| &*known.record)
        } else {
            self.revocations.get(&tag).map(|bytes| &**bytes)
        }
    }
}

/// The name under which a revocation is gossiped of, and its one version.
pub(super) fn notice(revocation: &Revocation) -> (Tag, Version) {
    let [a, b, c, d, e, f, g, h, ..] = hash(&[b"vpn-core mesh tag", &revocation.to_bytes()]);
    (Tag::notice(u64::from_le_bytes([a, b, c, d, e, f, g, h])), Version::edition(1))
}
