use alloc::collections::VecDeque;

use super::PeerId;
use super::peers::{Peer, Peers};
use super::schedule::Schedule;
use crate::crypto::Aead;
use crate::key::PublicKey;
use crate::time::Time;
use crate::tunnel::Notice;

/// How many unknown initiators wait to be told.
const MAX_STRANGERS: usize = 64;

/// Which peers have something to send, to tell, or to do later.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    /// Peers with output, each once.
    ready: VecDeque<PeerId>,
    /// Peers with events, each once.
    noticed: VecDeque<PeerId>,
    /// Unknown initiators to be told of, each once.
    strangers: VecDeque<PublicKey>,
    deadlines: Schedule,
}

impl Agenda {
    /// Makes room for the peer just added, one of `peers`, so that nothing allocates later.
    pub(super) fn reserve(&mut self, id: PeerId, peers: usize) {
        self.deadlines.reserve(id.slot() as usize);
        self.ready.reserve(peers - self.ready.len());
        self.noticed.reserve(peers - self.noticed.len());
        self.strangers.reserve(MAX_STRANGERS - self.strangers.len());
    }

    /// Strikes out a peer that was removed.
    pub(super) fn remove(&mut self, id: PeerId) {
        self.deadlines.set(id.slot() as usize, None);
        self.ready.retain(|other| *other != id);
        self.noticed.retain(|other| *other != id);
    }

    /// Enters what a peer has to send or to tell, and its deadline: seldom, beside packets.
    #[inline(never)]
    pub(super) fn refresh<A: Aead>(&mut self, id: PeerId, peer: &mut Peer<A>) {
        enqueue(&mut self.ready, id, &mut peer.ready, peer.tunnel.has_output());
        enqueue(&mut self.noticed, id, &mut peer.noticed, peer.tunnel.has_notice());
        self.deadlines.set(id.slot() as usize, peer.tunnel.deadline());
    }

    /// Whether a refresh would change nothing.
    pub(super) fn is_fresh<A: Aead>(&self, id: PeerId, peer: &Peer<A>) -> bool {
        peer.ready == peer.tunnel.has_output()
            && peer.noticed == peer.tunnel.has_notice()
            && self.deadlines.of(id.slot() as usize) == peer.tunnel.deadline()
    }

    /// Notes an unknown initiator, unless it waits already or too many do.
    pub(super) fn add_stranger(&mut self, key: PublicKey) {
        if self.strangers.len() < MAX_STRANGERS && !self.strangers.contains(&key) {
            self.strangers.push_back(key);
        }
    }

    /// Takes a peer with output; the caller clears its mark.
    pub(super) fn poll_ready(&mut self) -> Option<PeerId> {
        self.ready.pop_front()
    }

    /// Takes what is to be told of a peer.
    pub(super) fn poll_notice<A: Aead>(
        &mut self,
        peers: &mut Peers<A>,
    ) -> Option<(PeerId, Notice)> {
        while let Some(id) = self.noticed.pop_front() {
            let Some(peer) = peers.get_mut(id) else { continue };
            let notice = peer.tunnel.poll_notice();
            peer.noticed = peer.tunnel.has_notice();
            if peer.noticed {
                self.noticed.push_front(id);
            }
            if let Some(notice) = notice {
                return Some((id, notice));
            }
        }
        None
    }

    pub(super) fn poll_stranger(&mut self) -> Option<PublicKey> {
        self.strangers.pop_front()
    }

    /// Whether output or events wait.
    pub(super) fn is_pressing(&self) -> bool {
        !(self.ready.is_empty() && self.noticed.is_empty() && self.strangers.is_empty())
    }

    /// The earliest deadline and the slot of the peer that has it.
    pub(super) fn deadline(&self) -> Option<(Time, usize)> {
        self.deadlines.first()
    }
}

/// Makes a peer wait in a queue, or withdraws it: seldom, as when a packet has taken the place of a
/// keepalive that waited.
fn enqueue(queue: &mut VecDeque<PeerId>, id: PeerId, waiting: &mut bool, waits: bool) {
    match (*waiting, waits) {
        (false, true) => queue.push_back(id),
        (true, false) => queue.retain(|other| *other != id),
        (false, false) | (true, true) => {}
    }
    *waiting = waits;
}
