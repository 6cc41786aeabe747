use alloc::vec::Vec;
use core::net::SocketAddr;

use super::Node;
use crate::crypto::Aead;
use crate::device::{PeerConfig, PeerId};
use crate::error::SealError;
use crate::key::PublicKey;
use crate::mesh::event::{Event, Outbound, Party};
use crate::mesh::frame::{Frame, Greeting};
use crate::mesh::gossip::life_units;
use crate::mesh::join::Contact;
use crate::mesh::link::{Link, Who};
use crate::mesh::path::{is_reserved, is_worth_trying};
use crate::mesh::roster::{self, Known, Roster};
use crate::time::Time;
use crate::tunnel::Notice;

/// Tunnels: made when gossip or a packet needs one, gone when their session has ended.
impl<A: Aead> Node<A> {
    /// Does what the device tells of, what gossip wants, and asks the next contact if it is time.
    pub(super) fn pump(&mut self, now: Time) {
        loop {
            while let Some((peer, notice)) = self.device.poll_notice() {
                match notice {
                    Notice::Up => self.rise(now, peer),
                    Notice::Down => self.fall(now, peer),
                    Notice::GaveUp => self.give_up(now, peer),
                    Notice::Roamed(from) => self.heard_from(now, peer, from),
                    Notice::Silent => {
                        // Whoever made the tunnel, there are packets for it.
                        if let Some(link) = self.links.get_mut(peer) {
                            link.for_traffic = true;
                        }
                        self.doubt(now, peer);
                        self.handle_ways(now);
                    }
                }
            }
            // Whoever is let in was asked for when its initiation came.
            while self.device.poll_stranger().is_some() {}
            if self.joining.is_due(now) {
                self.ask_next_contact(now);
            }
            while let Some(output) = self.gossip.poll(now) {
                self.act(now, output);
            }
            // A link that was lost, for one, is replaced at once.
            if self.gossip.poll_timeout() > now {
                return;
            }
            self.gossip.handle_timeout(now);
        }
    }

    /// Makes a tunnel to a member, for packets that wait.
    pub(super) fn dial_for_traffic<'b>(
        &mut self,
        now: Time,
        number: u32,
    ) -> Result<Outbound<'b>, SealError> {
        let known = self.membership.roster.get(number).ok_or(SealError::NoRoute)?;
        let id = known.id;
        let peer = self.dial(now, number)?;
        self.links.wait(peer);
        self.pump(now);
        Ok(Outbound::Held(Party::Member(id)))
    }

    /// A packet has to wait for a peer's session.
    pub(super) fn held<'b>(&mut self, now: Time, peer: PeerId) -> Result<Outbound<'b>, SealError> {
        self.observe(now);
        self.links.wait(peer);
        self.party(peer).map(Outbound::Held).ok_or(SealError::NoRoute)
    }

    /// Tries the next endpoint of a member that does not answer.
    pub(super) fn redial(&mut self, now: Time, peer: PeerId) {
        let Some(Link { who: Who::Member(number), attempts, .. }) = self.links.get(peer) else {
            if self.is_sought(peer) {
                self.give_up(now, peer);
            }
            return;
        };
        let Some(known) = self.membership.roster.get(*number) else { return };
        let (number, attempts) = (*number, usize::from(*attempts));
        let mut candidates = candidates(known);
        let turn = attempts % candidates.len().max(1);
        candidates.rotate_left(turn);
        match self.way_to_dial(now, number, &candidates) {
            Some(endpoint) => _ = self.device.set_endpoint(now, peer, endpoint),
            None => self.give_up(now, peer),
        }
    }

    /// Where a member is dialled: the first of these addresses to which that much may be sent, or
    /// through another member.
    fn way_to_dial(&mut self, now: Time, number: u32, told: &[SocketAddr]) -> Option<SocketAddr> {
        let own = self.addresses();
        let seen = self.membership.roster.get(number).and_then(|known| known.seen);
        // Who does not know yet where it is cannot tell which private addresses are of its own network.
        let is_worth =
            |at: &SocketAddr| own.is_empty() || seen == Some(*at) || is_worth_trying(at, &own);
        let worth = told.iter().copied().filter(is_worth);
        let allowed = worth.into_iter().find(|at| self.may_dial(now, number, *at));
        allowed.or_else(|| self.relays(now, number, &[]).first().map(|hop| hop.address()))
    }

    /// Whether an initiation for a member may be sent there: it was there before, or not much has
    /// been sent in vain.
    pub(super) fn may_dial(&mut self, now: Time, number: u32, at: SocketAddr) -> bool {
        self.was_there(now, number, at) || self.may_venture(now, number, at)
    }

    /// Whether a datagram may be sent where a member says to be; counts it if so.
    pub(super) fn may_venture(&mut self, now: Time, number: u32, at: SocketAddr) -> bool {
        let tag = self.membership.roster.get(number).map(|known| roster::tag(&known.id));
        tag.is_some_and(|tag| self.steering.may_venture(now, tag, at))
    }

    /// Whether a member was reached there last, or somebody there has answered lately.
    pub(super) fn was_there(&self, now: Time, number: u32, at: SocketAddr) -> bool {
        let known = self.membership.roster.get(number);
        known.is_some_and(|known| known.seen == Some(at)) || self.steering.was_heard(now, at)
    }

    /// A peer has not answered, or not said who it is.
    pub(super) fn give_up(&mut self, now: Time, peer: PeerId) {
        if self.links.get(peer).is_some() {
            self.drop_link(now, peer);
        } else if let Some(party) = self.party(peer) {
            self.tell(Event::Unreachable(party));
        }
    }

    /// Gives a tunnel up, whatever for; the nets of its member are reserved for the next one, and packets
    /// that wait do so no more.
    pub(super) fn drop_link(&mut self, now: Time, peer: PeerId) {
        let Some(link) = self.links.remove(peer) else { return };
        let _ = self.device.remove_peer(peer);
        self.steering.remove(now, peer);
        let awaited = match link.who {
            Who::Member(number) => Some(number),
            // A member may have begun a tunnel itself when it was to be dialled.
            Who::Guest | Who::Door => self.membership.roster.find_tunnel(&link.key),
        };
        let awaited = awaited.filter(|_| link.awaited);
        if let Some(known) = awaited.and_then(|number| self.membership.roster.get(number)) {
            self.tell(Event::Unreachable(Party::Member(known.id)));
        }
        let Who::Member(number) = link.who else { return };
        self.lose_relay(now, number);
        let Some(known) = self.membership.roster.get_mut(number) else { return };
        known.peer = None;
        let id = known.id;
        self.route_member(number);
        self.gossip.failed(now, roster::tag(&id));
        if link.up {
            self.tell(Event::Down(Party::Member(id)));
        }
    }

    /// Says who this node is, to whoever is at the other end.
    pub(super) fn say_hello(&mut self, peer: PeerId) {
        if let Some(endpoint) = self.device.endpoint(peer).ok().flatten() {
            let hello = Frame::Hello(self.greeting(endpoint)).to_bytes();
            self.send(false, peer, hello);
        }
    }

    /// Who this node is, for one whose messages come from `from`.
    pub(super) fn greeting(&self, from: SocketAddr) -> Greeting<'_> {
        let life = life_units(self.gossip.own_life());
        let observed = Some(from).filter(|from| !is_reserved(from));
        Greeting { observed, life, record: self.membership.own.bytes() }
    }

    /// The tunnel to a member can carry gossip; tells gossip of it if it asked for it.
    pub(super) fn is_ready(&mut self, now: Time, peer: PeerId) {
        let Some(link) = self.links.get(peer).filter(|link| link.is_ready()) else { return };
        let (who, for_gossip) = (link.who, link.for_gossip);
        // It may be one that knows how somebody is reached who is looked for.
        self.steering.hurry_all(now);
        self.handle_ways(now);
        let (Who::Member(number), true) = (who, for_gossip) else { return };
        if let Some(known) = self.membership.roster.get(number) {
            self.gossip.connected(now, roster::tag(&known.id));
        }
    }

    /// Makes a tunnel to a member unless there is one, or one is being made.
    pub(super) fn dial(&mut self, now: Time, number: u32) -> Result<PeerId, SealError> {
        let known = self.membership.roster.get(number).ok_or(SealError::NoRoute)?;
        if let Some(peer) = known.peer {
            return Ok(peer);
        }
        let (key, told) = (known.tunnel, candidates(known));
        if let Some(other) = self.device.find_peer(&key) {
            if !self.is_sought(other) {
                self.call_back(now, other, number);
                return Ok(other);
            }
            // Nothing that was said there has been believed so far, nor heard perhaps.
            self.drop_link(now, other);
        }
        let psk = self.membership.psk(&key);
        let endpoint = self.way_to_dial(now, number, &told).ok_or(SealError::NoEndpoint)?;
        let mut config = PeerConfig::new(key).endpoint(endpoint);
        config.preshared_key = psk;
        let peer = self.device.add_peer(now, config).map_err(|_| SealError::NoRoute)?;
        self.device.allow_frames(peer);
        self.links.insert(now, peer, Link::dialed(Who::Member(number), key));
        self.bind(number, peer);
        let _ = self.device.initiate(now, peer);
        Ok(peer)
    }

    /// A member that is to be dialled has come by itself. If it has not shown yet that its initiation
    /// is no replay, it is dialled nevertheless: replays must not keep this node from it. As the peer
    /// stays, the same replay is not answered again.
    fn call_back(&mut self, now: Time, guest: PeerId, number: u32) {
        let Some(told) = self.membership.roster.get(number).map(candidates) else { return };
        let Some(endpoint) = self.way_to_dial(now, number, &told) else { return };
        if self.links.get(guest).is_some_and(|link| link.up && link.who == Who::Guest) {
            // A session that is confirmed shows whose it is without a hello.
            self.recognise(now, guest, number);
        } else if self.links.call_back(now, guest, number) {
            self.bind(number, guest);
            let _ = self.device.set_endpoint(now, guest, endpoint);
            let _ = self.device.initiate(now, guest);
        }
    }

    /// Leads the nets of a member to a peer.
    pub(super) fn bind(&mut self, number: u32, peer: PeerId) {
        if let Some(known) = self.membership.roster.get_mut(number) {
            known.peer = Some(peer);
        }
        self.route_member(number);
    }

    /// Asks the next contact to let this node in, in place of the one that has not.
    fn ask_next_contact(&mut self, now: Time) {
        if let Some(door) = self.joining.close() {
            let answered = self.links.get(door).is_some_and(|link| link.up);
            self.drop_link(now, door);
            if let Some(answered) = self.joining.fail(now, answered, self.is_lonely()) {
                self.tell(Event::JoinFailed { answered });
            }
        }
        if let Some(contact) = self.joining.poll_contact(now) {
            self.knock(now, contact);
        }
    }

    /// Whether there is nobody with whom gossip is exchanged.
    pub(super) fn is_lonely(&self) -> bool {
        self.gossip.neighbours().next().is_none()
    }

    /// Asks a contact to let this node in.
    fn knock(&mut self, now: Time, contact: Contact) {
        let rendezvous = self.lobby.as_ref().map(|lobby| lobby.device.public_key());
        let Some(key) = contact.key.or(rendezvous) else { return };
        if let Some(peer) = self.open_door(now, contact.at, key) {
            self.joining.opened(peer);
        }
    }

    /// Makes a tunnel to one whose record is not known; `None` if there is one with this key.
    pub(super) fn open_door(
        &mut self,
        now: Time,
        at: SocketAddr,
        key: PublicKey,
    ) -> Option<PeerId> {
        let mut config = PeerConfig::new(key).endpoint(at);
        config.preshared_key = self.membership.psk(&key);
        let peer = self.device.add_peer(now, config).ok()?;
        self.device.allow_frames(peer);
        self.links.insert(now, peer, Link::dialed(Who::Door, key));
        let _ = self.device.initiate(now, peer);
        Some(peer)
    }

    /// Whether at the other end is a door that not the user has named, but where a member was that was
    /// forgotten.
    pub(super) fn is_sought(&self, peer: PeerId) -> bool {
        let is_door = self.links.get(peer).is_some_and(|link| link.who == Who::Door);
        is_door && self.joining.door() != Some(peer)
    }

    fn rise(&mut self, now: Time, peer: PeerId) {
        // A session that is confirmed is no replay. Whoever renews one that this node has lost by a
        // restart says no hello.
        if let Some(Link { who: Who::Guest, key, .. }) = self.links.get(peer) {
            let number = self.membership.roster.find_tunnel(key);
            let member = number.filter(|number| self.is_member(*number));
            if let Some(number) = member {
                self.recognise(now, peer, number);
            }
        }
        self.links.rise(now, peer);
        if let Some(endpoint) = self.device.endpoint(peer).ok().flatten() {
            self.note_endpoint(peer, endpoint);
            // Whoever has answered a response has received it there.
            if self.links.get(peer).is_some_and(|link| !link.dialed) {
                self.steering.heard_at(now, endpoint);
            }
        }
        self.begin_steering(now, peer);
        self.handle_links(now);
        if let Some(party) = self.party(peer) {
            self.tell_up(peer, party);
        }
        self.is_ready(now, peer);
        if self.links.get(peer).is_some_and(Link::is_ready) {
            self.prove_way(now, peer);
        }
    }

    /// There is a session: packets that wait can be sent.
    pub(super) fn tell_up(&mut self, peer: PeerId, party: Party) {
        if let Some(link) = self.links.get_mut(peer) {
            link.awaited = false;
        }
        self.tell(Event::Up(party));
    }

    fn fall(&mut self, now: Time, peer: PeerId) {
        if self.links.get(peer).is_some() {
            self.drop_link(now, peer);
        } else if let Some(party) = self.party(peer) {
            self.tell(Event::Down(party));
        }
    }

    pub(super) fn note_endpoint(&mut self, peer: PeerId, at: SocketAddr) {
        if is_reserved(&at) {
            return;
        }
        let Some(Link { who: Who::Member(number), .. }) = self.links.get(peer) else { return };
        if let Some(known) = self.membership.roster.get_mut(*number) {
            known.seen = Some(at);
        }
    }

    /// Who is at the other end, if that is known.
    pub(super) fn party(&self, peer: PeerId) -> Option<Party> {
        match self.links.get(peer) {
            Some(Link { who: Who::Member(number), .. }) => {
                self.membership.roster.get(*number).map(|known| Party::Member(known.id))
            }
            Some(_) => None,
            None => self.device.status(peer).ok().map(|status| Party::Leaf(status.public_key)),
        }
    }

    /// Whether the number is of a member that has not said farewell.
    pub(super) fn is_member(&self, number: u32) -> bool {
        self.membership.roster.get(number).is_some_and(|known| !known.leaving)
    }
}

/// How many endpoints a link can be tried at.
pub(super) fn endpoints(roster: &Roster, link: &Link) -> usize {
    match link.who {
        Who::Member(number) => roster.get(number).map_or(0, |known| candidates(known).len()),
        Who::Guest | Who::Door => 1,
    }
}

/// Where a member may be: where it was reached last, then where it says it is.
pub(super) fn candidates(known: &Known) -> Vec<SocketAddr> {
    let told = known.record().map(|record| record.endpoints().to_vec()).unwrap_or_default();
    let mut candidates: Vec<_> = known.seen.into_iter().collect();
    candidates.extend(told.into_iter().filter(|endpoint| Some(*endpoint) != known.seen));
    candidates
}
