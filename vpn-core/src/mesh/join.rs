use alloc::collections::VecDeque;
use core::net::SocketAddr;
use core::time::Duration;

use crate::device::PeerId;
use crate::key::PublicKey;
use crate::time::Time;

/// How many contacts are kept.
const MAX_CONTACTS: usize = 16;
/// How long one contact is tried before the next.
const PATIENCE: Duration = Duration::from_secs(6);
/// How long a node that has joined and lost all neighbours waits before it asks its contacts again.
const LONELY: Duration = Duration::from_secs(30);

/// After how many contacts in vain the user is told, if there are no more, and a node that has neighbours
/// asks no further.
const MIN_VAIN: usize = 5;
/// How long the user is not told again.
const TELL_AGAIN: Duration = Duration::from_secs(300);

/// Where a member may be found, by what the user says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Contact {
    pub(super) at: SocketAddr,
    /// Whom the user knows to be there; anyone who holds the network key if `None`.
    pub(super) key: Option<PublicKey>,
}

/// The way in: one contact after the other is asked, until one welcomes this node.
#[derive(Debug, Default)]
pub(super) struct Joining {
    contacts: VecDeque<Contact>,
    door: Option<PeerId>,
    /// When the next contact is asked; `None` while nobody is to be asked.
    next: Option<Time>,
    vain: Vain,
    /// A member has welcomed this node once.
    joined: bool,
}

/// What came of contacts that did not let this node in.
#[derive(Debug, Default)]
struct Vain {
    contacts: usize,
    /// One of them has made a session.
    answered: bool,
    /// When the user may be told again.
    tell: Time,
}

impl Joining {
    /// Adds a contact, to be asked next.
    pub(super) fn add(&mut self, now: Time, contact: Contact) {
        self.contacts.retain(|other| *other != contact);
        self.contacts.push_front(contact);
        self.contacts.truncate(MAX_CONTACTS);
        if self.door.is_none() {
            self.next = Some(now);
        }
    }

    pub(super) fn door(&self) -> Option<PeerId> {
        self.door
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        self.next
    }

    /// Whether the next contact is to be asked.
    pub(super) fn is_due(&self, now: Time) -> bool {
        self.next.is_some_and(|next| next <= now)
    }

    /// Takes the door that has not opened.
    pub(super) fn close(&mut self) -> Option<PeerId> {
        self.door.take()
    }

    /// Takes the contact to be asked at `now`.
    pub(super) fn poll_contact(&mut self, now: Time) -> Option<Contact> {
        self.next.filter(|next| *next <= now)?;
        self.next = None;
        let contact = self.contacts.pop_front()?;
        self.contacts.push_back(contact);
        self.next = Some(now + PATIENCE);
        Some(contact)
    }

    /// This is where a contact is asked.
    pub(super) fn opened(&mut self, door: PeerId) {
        self.door = Some(door);
    }

    /// A contact did not let this node in, though it may have answered. When all were asked, returns
    /// whether any of them has answered, for the user to be told; a node that is not `lonely` asks nobody
    /// any more then.
    pub(super) fn fail(&mut self, now: Time, answered: bool, lonely: bool) -> Option<bool> {
        self.vain.contacts += 1;
        self.vain.answered |= answered;
        if self.vain.contacts < self.contacts.len().max(MIN_VAIN) {
            return None;
        }
        let told = (now >= self.vain.tell).then_some(self.vain.answered);
        if told.is_some() {
            self.vain = Vain { tell: now + TELL_AGAIN, ..Vain::default() };
        }
        if !lonely {
            self.rest();
        }
        told
    }

    /// Asks again at once, if anybody is asked.
    pub(super) fn hurry(&mut self, now: Time) {
        self.next = self.next.map(|_| now);
    }

    /// The node has neighbours, or has none.
    pub(super) fn settle(&mut self, now: Time, lonely: bool) {
        if !lonely && self.door.is_none() {
            self.rest();
        } else if lonely && self.next.is_none() && !self.contacts.is_empty() {
            self.next = Some(now + LONELY);
        }
    }

    /// A member has welcomed this node; whether it is the first that does.
    pub(super) fn welcomed(&mut self) -> bool {
        !core::mem::replace(&mut self.joined, true)
    }

    /// A contact has welcomed this node; takes the door.
    pub(super) fn finish(&mut self) -> Option<PeerId> {
        self.rest();
        self.door.take()
    }

    /// Nobody is asked until this node has no neighbours.
    fn rest(&mut self) {
        self.next = None;
        self.vain = Vain { tell: self.vain.tell, ..Vain::default() };
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::crypto::Seed;
    use crate::device::{Device, DeviceConfig, PeerConfig};
    use crate::key::SecretKey;
    use crate::time::Unix;

    fn secs(secs: u64) -> Time {
        Time::from_nanos(secs * 1_000_000_000)
    }

    fn door() -> PeerId {
        let [own, other] = [1, 2].map(|byte| SecretKey::from_bytes([byte; 32]));
        let (seed, wall) = (Seed::from_bytes([3; 32]), Unix::default());
        let mut device = Device::new(DeviceConfig::new(own), seed, secs(0), wall);
        device.add_peer(secs(0), PeerConfig::new(other.public_key())).unwrap()
    }

    /// Asks a contact that never answers as long as it is asked at all, up to 1,000 s; returns when, and
    /// when the user is told.
    fn ask(joining: &mut Joining, lonely: bool) -> (Vec<u64>, Vec<u64>) {
        let (door, mut asked, mut told) = (door(), Vec::new(), Vec::new());
        while let Some(next) = joining.deadline().filter(|next| *next < secs(1000)) {
            let second = next.as_nanos() / 1_000_000_000;
            if joining.close().is_some() {
                told.extend(joining.fail(next, false, lonely).map(|_| second));
            }
            if joining.poll_contact(next).is_some() {
                joining.opened(door);
                asked.push(second);
            }
        }
        (asked, told)
    }

    fn contact() -> Contact {
        Contact { at: "192.0.2.1:51820".parse().unwrap(), key: None }
    }

    #[test]
    fn a_lonely_node_asks_for_ever_and_tells_every_five_minutes() {
        let mut joining = Joining::default();
        joining.add(secs(0), contact());

        let (asked, told) = ask(&mut joining, true);

        assert_eq!((asked.len(), &asked[..3]), (167, &[0, 6, 12][..]));
        assert_eq!(told, [30, 330, 630, 930]);
    }

    #[test]
    fn a_node_with_neighbours_asks_for_half_a_minute_and_again_when_it_has_lost_them() {
        let mut joining = Joining::default();
        joining.add(secs(0), contact());

        assert_eq!(ask(&mut joining, false), (Vec::from([0, 6, 12, 18, 24]), Vec::from([30])));
        joining.settle(secs(60), false);
        assert_eq!(joining.deadline(), None);

        joining.settle(secs(120), true);
        let (asked, told) = ask(&mut joining, true);
        assert_eq!((asked[0], &told[..2]), (150, &[330, 630][..]));
    }
}
