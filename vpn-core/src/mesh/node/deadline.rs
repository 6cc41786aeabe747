use alloc::vec::Vec;
use core::time::Duration;

use super::{Node, SWEEP, dial};
use crate::crypto::Aead;
use crate::mesh::link::Due;
use crate::mesh::lobby::Lobby;
use crate::time::Time;

/// Who is called so late has slept.
const ASLEEP: Duration = Duration::from_secs(5);

/// What happens because time has passed.
impl<A: Aead> Node<A> {
    /// Returns when to call [`handle_timeout`](Self::handle_timeout): the last `now` seen while
    /// output or events wait.
    pub fn poll_timeout(&self) -> Option<Time> {
        if !self.outbox.is_empty() || !self.events.is_empty() {
            return Some(self.now);
        }
        let lobby = self.lobby.as_ref().and_then(Lobby::poll_timeout);
        let clocks = [self.gossip.poll_timeout(), self.sweep, self.homes.deadline()];
        let tunnels = [self.device.poll_timeout(), lobby, self.links.deadline()];
        let others = [self.joining.deadline(), self.steering.deadline()];
        let all = tunnels.into_iter().chain(others).chain([self.membership.own.due()]);
        all.flatten().chain(clocks).min().map(|deadline| deadline.max(self.now))
    }

    /// Acts on all deadlines up to `now`. The next one is later, unless output or events wait.
    pub fn handle_timeout(&mut self, now: Time) {
        let slept = self.poll_timeout().is_some_and(|due| now.since(due) >= ASLEEP);
        let now = self.observe(now);
        // First, as a keepalive that is asked for may be due at once.
        self.hold_homes(now);
        self.device.handle_timeout(now);
        if let Some(lobby) = &mut self.lobby {
            lobby.handle_timeout(now);
        }
        self.handle_links(now);
        self.handle_ways(now);
        if self.membership.own.poll_due(now) {
            let wall = self.membership.wall(now);
            self.membership.own.publish(wall);
            self.tell_own(now);
        }
        if self.sweep <= now {
            self.sweep = now + SWEEP;
            self.forget_expired(now);
            self.forget_fallen(now);
            let wall = self.membership.wall(now);
            let end = self.membership.own.poll_end(wall);
            end.into_iter().for_each(|event| self.tell(event));
            let lonely = self.is_lonely();
            self.joining.settle(now, lonely);
            if !lonely {
                // Whatever of it is to be believed, neighbours tell.
                self.membership.unread = Vec::new();
            }
        }
        self.pump(now);
        if slept {
            self.network_changed(now);
        }
    }

    /// Proves anew how the other members are reached: to be called when the host has another
    /// address or another network. After sleep it happens by itself, when
    /// [`handle_timeout`](Self::handle_timeout) comes late by a clock that has gone on meanwhile, see
    /// [`Time`].
    pub fn network_changed(&mut self, now: Time) {
        let now = self.observe(now);
        for peer in self.steering.peers() {
            self.doubt(now, peer);
        }
        self.handle_ways(now);
    }

    /// Tells neighbours of this node's own record.
    pub(super) fn tell_own(&mut self, now: Time) {
        self.gossip.set_own(now, self.membership.own.version());
    }

    pub(super) fn handle_links(&mut self, now: Time) {
        loop {
            let roster = &self.membership.roster;
            let due = self.links.poll_due(now, |link| dial::endpoints(roster, link));
            match due {
                Some((peer, Due::Redial)) => self.redial(now, peer),
                Some((peer, Due::Hello)) => self.say_hello(peer),
                Some((peer, Due::GiveUp)) => self.give_up(now, peer),
                None => return,
            }
        }
    }
}
