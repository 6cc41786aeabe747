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

/// After how many contacts in vain the user is told, if there are no more.
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

    /// Takes the contact to be asked at `now`, and the door that has not opened.
    pub(super) fn poll_contact(&mut self, now: Time) -> Option<(Contact, Option<PeerId>)> {
        self.next.filter(|next| *next <= now)?;
        self.next = None;
        let contact = self.contacts.pop_front()?;
        self.contacts.push_back(contact);
        self.next = Some(now + PATIENCE);
        Some((contact, self.door.take()))
    }

    /// This is where a contact is asked.
    pub(super) fn opened(&mut self, door: PeerId) {
        self.door = Some(door);
    }

    /// A contact did not let this node in, though it may have answered. When all were asked, returns
    /// whether any of them has answered, for the user to be told.
    pub(super) fn fail(&mut self, now: Time, answered: bool) -> Option<bool> {
        self.vain.contacts += 1;
        self.vain.answered |= answered;
        if self.vain.contacts < self.contacts.len().max(MIN_VAIN) || now < self.vain.tell {
            return None;
        }
        let answered = self.vain.answered;
        self.vain = Vain { tell: now + TELL_AGAIN, ..Vain::default() };
        Some(answered)
    }

    /// Asks again at once, if anybody is asked.
    pub(super) fn hurry(&mut self, now: Time) {
        self.next = self.next.map(|_| now);
    }

    /// The node has neighbours, or has none.
    pub(super) fn settle(&mut self, now: Time, lonely: bool) {
        if !lonely {
            self.vain = Vain::default();
            self.next = self.next.filter(|_| self.door.is_some());
        } else if self.next.is_none() && !self.contacts.is_empty() {
            self.next = Some(now + LONELY);
        }
    }

    /// A contact has welcomed this node; takes the door.
    pub(super) fn finish(&mut self) -> Option<PeerId> {
        self.next = None;
        self.vain = Vain::default();
        self.door.take()
    }
}
