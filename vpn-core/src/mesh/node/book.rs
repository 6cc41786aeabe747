use alloc::vec::Vec;

use super::Node;
use crate::crypto::Aead;
use crate::mesh::book::{Book, Entry};
use crate::mesh::encoding::{canonical, is_endpoint};
use crate::mesh::error::TrustError;
use crate::mesh::gossip::record_life;
use crate::mesh::membership::Membership;
use crate::mesh::record::Record;
use crate::mesh::revocation::Revocation;
use crate::mesh::roster::Known;
use crate::time::Time;

/// The address book: written, and read at the next start.
impl<A: Aead> Node<A> {
    /// Writes down the way to all other members, for [`NodeConfig::book`](crate::mesh::NodeConfig::book).
    ///
    /// While this node has no neighbours, what it has not believed or has forgotten for its time alone is
    /// written too: the clock may be wrong.
    pub fn book(&self) -> Book {
        let membership = &self.membership;
        let revocations = membership.revocations.values();
        let revocations = revocations.filter_map(|bytes| Revocation::decode(bytes).ok());
        // What was not read comes first: if it is known as well, that is later.
        let mut entries = membership.unread.clone();
        entries.extend(revocations.map(|revocation| Entry::Revocation(revocation.into())));
        for (_, known) in membership.roster.iter().filter(|(_, known)| !known.leaving) {
            entries.extend(known.record().map(|record| Entry::Record(record.into())));
            entries.extend(known.seen.map(canonical).filter(is_endpoint).map(Entry::Seen));
        }
        Book { network: membership.trust.network(), version: membership.own.version(), entries }
    }

    /// Reads an address book; what is not to be believed is left out, and kept if only the clock speaks
    /// against it.
    pub(super) fn read_book(&mut self, now: Time, entries: Vec<Entry>) {
        let life = record_life(entries.len());
        let mut last = None;
        for entry in entries {
            match entry {
                Entry::Record(record) => {
                    last = Some(record.member());
                    if self.is_out_of_time(now, &record) {
                        self.membership.put_by(Entry::Record(record));
                    } else {
                        self.learn(now, &record, life, None);
                    }
                }
                Entry::Revocation(revocation) => {
                    if is_untimely(self.learn_revocation(now, (*revocation).clone(), None)) {
                        self.membership.put_by(Entry::Revocation(revocation));
                    }
                }
                Entry::Seen(at) => {
                    let Some(last) = last else { continue };
                    let Membership { roster, unread, .. } = &mut self.membership;
                    if let Some(known) = roster.find(&last).and_then(|it| roster.get_mut(it)) {
                        known.seen = Some(at);
                    } else if matches!(unread.last(), Some(Entry::Record(it)) if it.member() == last)
                    {
                        self.membership.put_by(entry);
                    }
                }
            }
        }
    }

    /// Keeps the record of a member that is forgotten, if only the clock speaks against it.
    pub(super) fn keep(&mut self, now: Time, known: &Known) {
        let record = known.record().filter(|_| !known.leaving);
        if let Some(record) = record.filter(|record| self.is_out_of_time(now, record)) {
            self.membership.put_by(Entry::Record(record.into()));
            let seen = known.seen.map(canonical).filter(is_endpoint);
            seen.into_iter().for_each(|seen| self.membership.put_by(Entry::Seen(seen)));
        }
    }

    fn is_out_of_time(&self, now: Time, record: &Record) -> bool {
        let wall = self.membership.wall(now);
        let (certificate, introducer) = (record.certificate(), record.introducer());
        is_untimely(self.membership.trust.check_times(certificate, introducer, wall))
    }
}

/// Whether only the clock speaks against something.
fn is_untimely(judged: Result<(), TrustError>) -> bool {
    matches!(judged, Err(TrustError::NotYet | TrustError::Expired))
}
