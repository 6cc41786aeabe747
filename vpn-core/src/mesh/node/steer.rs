use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use super::Node;
use super::dial::candidates;
use super::home::TRIED;
use super::outbox::Letter;
use crate::crypto::Aead;
use crate::device::PeerId;
use crate::mesh::frame::{Call, Frame, Probe};
use crate::mesh::gossip::Tag;
use crate::mesh::link::{Link, Who};
use crate::mesh::path::{self, Hop, Look, Output, Paths, is_reserved, is_worth_trying};
use crate::mesh::roster;
use crate::time::Time;
use crate::wire::{INITIATION_LEN, Kind};

/// How long what was sent may stay unanswered before the way is doubted.
const PATIENCE: Duration = Duration::from_secs(2);
/// So many members at once are asked to pass something on.
const RELAYS: usize = 3;
/// How often an initiation is sent once more where it has gone before.
const MAX_REPEATS: u8 = 3;
/// Whoever has so many neighbours wants none that is not reached directly.
const FEW_NEIGHBOURS: usize = 2;
/// An idle tunnel is kept from being forgotten by NATs while its session is younger: what its
/// initiator sends later renews it.
const KEPT: Duration = Duration::from_secs(100);

/// Ways to members: found, proven, chosen.
impl<A: Aead> Node<A> {
    /// There is a session with a member, or the peer with whom there is one turns out to be a member.
    pub(super) fn begin_steering(&mut self, now: Time, peer: PeerId) {
        let link = self.links.get(peer).filter(|link| link.up);
        if !matches!(link, Some(Link { who: Who::Member(_), .. }))
            || self.steering.get(peer).is_some()
        {
            return;
        }
        if let Some(endpoint) = self.device.endpoint(peer).ok().flatten() {
            self.device.steer(peer, PATIENCE);
            self.steering.insert(now, peer, Paths::new(now, Hop::of(endpoint), self.fit.max));
            self.watch_lengths(now, peer);
        }
    }

    /// A member is known to know this node: if it is reached through another, both look for a direct
    /// way; else it shows that it is where its answers seem to come from.
    pub(super) fn prove_way(&mut self, now: Time, peer: PeerId) {
        let Some(hop) = self.steering.get(peer).map(Paths::current) else { return };
        if !hop.is_direct() {
            self.steering.change(now, peer, |paths, _| paths.call(now));
        } else if !self.steering.was_heard(now, hop.address()) {
            self.steering.change(now, peer, |paths, random| paths.prove(now, random));
        }
        self.handle_ways(now);
    }

    /// A member is heard from elsewhere than before.
    pub(super) fn heard_from(&mut self, now: Time, peer: PeerId, from: SocketAddr) {
        let hop = Hop::of(from);
        self.steering.told_at(from);
        let known = self.steering.change(now, peer, |paths, random| {
            paths.heard(now, hop, random);
        });
        match known {
            Some(()) => self.handle_ways(now),
            None => self.note_endpoint(peer, from),
        }
    }

    /// The way to a member is to be proven again.
    pub(super) fn doubt(&mut self, now: Time, peer: PeerId) {
        let relays = self.ways_through(now, peer);
        self.steering.change(now, peer, |paths, random| paths.doubt(now, &relays, random));
    }

    /// Sends an initiation on further ways, if it is not known which leads to the member.
    pub(super) fn spread(&mut self, now: Time, peer: PeerId, to: SocketAddr, datagram: &[u8]) {
        let Some(link) = self.links.get(peer) else { return };
        let lost = self.steering.get(peer).is_some_and(Paths::is_doubtful);
        let initiation = <&[u8; INITIATION_LEN]>::try_from(datagram);
        let Ok(initiation) = initiation.map_err(drop).and_then(|it| {
            let wanted = Kind::of(it) == Some(Kind::Initiation) && (!link.up || lost);
            if wanted { Ok(it) } else { Err(()) }
        }) else {
            return;
        };
        let is_first = link.attempts == 0;
        match link.who {
            // Further initiations go to one address each, in turns: where nobody answers, few are sent.
            Who::Member(number) if is_first => self.send_to_all(now, number, to, initiation),
            Who::Member(_) => {}
            Who::Door if !self.is_sought(peer) => {}
            Who::Door | Who::Guest => return,
        }
        self.steering.dial(now, peer, initiation);
    }

    /// Sends an initiation to wherever a member may be beside where it goes already.
    fn send_to_all(
        &mut self,
        now: Time,
        number: u32,
        to: SocketAddr,
        initiation: &[u8; INITIATION_LEN],
    ) {
        let Some(known) = self.membership.roster.get(number) else { return };
        let own = self.addresses();
        for at in candidates(known) {
            let wanted = at != to && is_worth_trying(&at, &own);
            if wanted && self.may_dial(now, number, at) {
                self.outbox.copy(Hop::Direct(at), initiation);
            }
        }
    }

    /// Does what is due about the ways to all members.
    pub(super) fn handle_ways(&mut self, now: Time) {
        while let Some(peer) = self.steering.poll_due(now) {
            if self.steering.is_dial_due(now, peer) {
                self.ask_relays(now, peer);
            }
            if self.steering.get(peer).is_some_and(|paths| paths.wants_look(now)) {
                self.look(now, peer);
            }
            let outputs = self.steering.change(now, peer, |paths, random| {
                paths.handle_timeout(now, random);
                core::iter::from_fn(|| paths.poll()).collect::<Vec<_>>()
            });
            outputs.into_iter().flatten().for_each(|output| self.follow(now, peer, output));
        }
    }

    /// Takes what a member says of ways.
    pub(super) fn receive_of_ways(
        &mut self,
        now: Time,
        from: SocketAddr,
        peer: PeerId,
        frame: &Frame<'_>,
    ) {
        match frame {
            Frame::Probe(probe) => {
                self.say_probe(peer, Hop::of(from), probe.token, 0, Frame::Echo);
                self.steering.told_at(from);
                self.seen_by(now, peer, probe.observed);
            }
            Frame::Echo(Probe { token, observed }) => {
                let way = self.steering.change(now, peer, |paths, _| paths.answered(now, *token));
                if let Some(hop) = way.flatten() {
                    self.steering.heard_at(now, hop.address());
                    self.seen_by(now, peer, *observed);
                }
            }
            Frame::Call(call) => self.receive_call(now, peer, call),
            Frame::Refusal(party) => self.receive_refusal(now, peer, *party),
            Frame::Hello(_) | Frame::Welcome(_) | Frame::Gossip(_) | Frame::Things(_) => {}
        }
        self.handle_ways(now);
    }

    /// Whose way leads through a member that is reached no more.
    pub(super) fn lose_relay(&mut self, now: Time, number: u32) {
        for peer in self.steering.peers() {
            self.steering.change(now, peer, |paths, _| paths.lose_relay(now, number));
        }
        self.handle_ways(now);
    }

    /// Ways to a member through others, some of those that there may be.
    pub(super) fn relays(&mut self, now: Time, number: u32, asked: &[u32]) -> Vec<Hop> {
        let Some(known) = self.membership.roster.get(number) else { return Vec::new() };
        let party = roster::tag(&known.id);
        let key = known.tunnel;
        let homes = self.homes_of(now, &key);
        let mut relays: Vec<u32> = self.links.peers().filter_map(|p| self.relay_at(p)).collect();
        relays.retain(|relay| *relay != number && !asked.contains(relay));
        let random = self.steering.draw();
        if let Some(len) = u64::try_from(relays.len()).ok().filter(|len| *len > 0) {
            relays.rotate_left((random % len) as usize);
        }
        // Its homes know best, the first before the others.
        relays.sort_by_key(|relay| homes.iter().position(|home| home == relay).unwrap_or(TRIED));
        relays.truncate(RELAYS);
        relays.into_iter().map(|relay| Hop::Via { relay, party }).collect()
    }

    /// The number of the member at the other end, if it is one that may pass messages on.
    fn relay_at(&self, peer: PeerId) -> Option<u32> {
        let link = self.links.get(peer).filter(|link| link.is_ready())?;
        let Who::Member(number) = link.who else { return None };
        let endpoint = self.device.endpoint(peer).ok()??;
        Some(number).filter(|_| Hop::of(endpoint).is_direct())
    }

    fn ways_through(&mut self, now: Time, peer: PeerId) -> Vec<Hop> {
        match self.links.get(peer) {
            Some(Link { who: Who::Member(number), .. }) => {
                let number = *number;
                self.relays(now, number, &[])
            }
            Some(_) | None => Vec::new(),
        }
    }

    /// Asks members to pass an initiation on that was not answered.
    fn ask_relays(&mut self, now: Time, peer: PeerId) {
        let (number, for_traffic) = match self.links.get(peer) {
            Some(Link { who: Who::Member(number), for_traffic, .. }) => (*number, *for_traffic),
            Some(Link { who: Who::Door, up: false, .. }) => return self.knock_again(now, peer),
            Some(_) | None => return self.steering.end_dial(now, peer),
        };
        // Gossip has others to choose from, and what goes through a relay costs three times as much.
        if !for_traffic && self.has_neighbours() {
            return;
        }
        let Some(dialing) = self.steering.dialing(peer) else { return };
        let (asked, initiation) = (dialing.asked.clone(), dialing.initiation.clone());
        let repeats = dialing.repeats;
        dialing.repeats = repeats.saturating_add(1);
        let mut is_repeated = false;
        let rounds = dialing.rounds(now);
        let at = self.device.endpoint(peer).ok().flatten();
        if let Some(at) = at.filter(|at| !is_reserved(at)) {
            // It may have been lost, or what answered it.
            let limit = if self.was_there(now, number, at) { MAX_REPEATS } else { 1 };
            is_repeated = repeats < limit && self.may_dial(now, number, at);
            if is_repeated {
                self.outbox.copy(Hop::Direct(at), &initiation[..]);
            }
        }
        let relays = self.relays(now, number, &asked);
        // Whoever there is a tunnel with is asked first.
        let rounds = if asked.is_empty() && !relays.is_empty() { 0 } else { 1 + rounds };
        let homes_left = self.dial_homes(now, peer, rounds);
        if relays.is_empty() && !homes_left && !is_repeated {
            return self.steering.end_dial(now, peer);
        }
        for hop in relays {
            if let (Hop::Via { relay, .. }, Some(it)) = (hop, self.steering.dialing(peer)) {
                it.asked.push(relay);
            }
            self.outbox.copy(hop, &initiation[..]);
        }
    }

    /// Sends an initiation once more to where the user says that a member is: it may have been lost, or
    /// what answered it.
    fn knock_again(&mut self, now: Time, peer: PeerId) {
        let at = self.device.endpoint(peer).ok().flatten();
        let dialing = self.steering.dialing(peer).filter(|it| it.repeats < MAX_REPEATS);
        let (Some(at), Some(dialing)) = (at, dialing) else {
            return self.steering.end_dial(now, peer);
        };
        dialing.repeats += 1;
        let initiation = dialing.initiation.clone();
        self.outbox.copy(Hop::Direct(at), &initiation[..]);
    }

    fn look(&mut self, now: Time, peer: PeerId) {
        self.release(now, peer);
        let Ok(status) = self.device.status(peer) else { return };
        let Some(link) = self.links.get(peer) else { return };
        let young = status.last_handshake.is_some_and(|last| now.since(last) < KEPT);
        let keeps_alive = young && link.dialed && link.for_traffic;
        let wanted = self.steering.get(peer).is_some_and(Paths::wants_relays);
        let relays = if wanted { self.ways_through(now, peer) } else { Vec::new() };
        let packets = self.device.packets(peer);
        self.steering.change(now, peer, |paths, random| {
            paths.look(now, Look { packets, keeps_alive, random }, &relays);
        });
    }

    /// Whether there are as many direct neighbours as are needed.
    fn has_neighbours(&self) -> bool {
        let is_direct = |tag: &Tag| {
            let peer = self.ready_peer(*tag);
            peer.is_some_and(|peer| self.relay_at(peer).is_some())
        };
        self.gossip.neighbours().filter(is_direct).nth(FEW_NEIGHBOURS - 1).is_some()
    }

    /// Lets a neighbour go that is reached through another, if there are others.
    fn release(&mut self, now: Time, peer: PeerId) {
        let indirect = self.steering.get(peer).is_some_and(|paths| !paths.current().is_direct());
        let Some(Link { who: Who::Member(number), .. }) = self.links.get(peer) else { return };
        let known = self.membership.roster.get(*number).filter(|_| indirect);
        if let Some(tag) = known.map(|known| roster::tag(&known.id)) {
            if self.has_neighbours() {
                self.gossip.release(now, tag);
            }
        }
    }

    fn follow(&mut self, now: Time, peer: PeerId, output: Output) {
        match output {
            Output::Probe(hop, token) => {
                let known = self.steering.get(peer).is_some_and(|paths| paths.current() == hop);
                let allowed = match hop {
                    Hop::Direct(at) => known || self.may_venture_for(now, peer, at),
                    Hop::Via { .. } => true,
                };
                if allowed {
                    self.say_probe(peer, hop, token, 0, Frame::Probe);
                }
            }
            Output::Measure(hop, token, len) => self.say_probe(peer, hop, token, len, Frame::Probe),
            Output::Mtu => self.watch_lengths(now, peer),
            Output::Call => self.say_call(peer, false),
            Output::Renew => {
                let _ = self.device.initiate(now, peer);
                self.links.greet_again(now, peer);
                let heard = self.messages_from(peer);
                self.steering.change(now, peer, |paths, _| paths.expect(now, heard));
            }
            Output::Lost(heard) => {
                // Without packets nobody waits, and the session may outlive what keeps all from it.
                let awaited = self.links.get(peer).is_some_and(|link| link.for_traffic);
                if awaited && self.messages_from(peer) == heard {
                    self.drop_link(now, peer);
                }
            }
            Output::Use(hop) => {
                let _ = self.device.set_endpoint(now, peer, hop.address());
                self.note_endpoint(peer, hop.address());
            }
        }
    }

    /// How many messages of a peer have authenticated.
    fn messages_from(&self, peer: PeerId) -> u64 {
        self.device.status(peer).map_or(0, |status| status.received.datagrams)
    }

    fn may_venture_for(&mut self, now: Time, peer: PeerId, at: SocketAddr) -> bool {
        let Some(Link { who: Who::Member(number), .. }) = self.links.get(peer) else {
            return false;
        };
        self.may_venture(now, *number, at)
    }

    /// Says a probe or an echo, with zeros behind it up to `len` bytes.
    fn say_probe(
        &mut self,
        peer: PeerId,
        hop: Hop,
        token: u64,
        len: u16,
        kind: fn(Probe) -> Frame<'static>,
    ) {
        let observed = Some(hop.address()).filter(|at| !is_reserved(at));
        let mut frame = kind(Probe { token, observed }).to_bytes();
        frame.resize(frame.len().max(len.into()), 0);
        self.outbox.post(Letter { to_lobby: false, to: peer, hop: Some(hop), frame });
    }

    fn say_call(&mut self, peer: PeerId, is_answer: bool) {
        let call = Frame::Call(Call { is_answer, endpoints: self.addresses() }).to_bytes();
        self.send(false, peer, call);
    }

    fn receive_call(&mut self, now: Time, peer: PeerId, call: &Call) {
        let taken = self.steering.change(now, peer, |paths, _| match call.is_answer {
            true => paths.is_answered(),
            false => paths.is_called(now),
        });
        if taken != Some(true) {
            return;
        }
        if !call.is_answer {
            self.say_call(peer, true);
        }
        let own = self.addresses();
        let hops = call.endpoints.iter().filter(|at| is_worth_trying(at, &own));
        let hops: Vec<_> = hops.copied().map(Hop::Direct).collect();
        self.steering.change(now, peer, |paths, random| {
            paths.offer(now, hops.into_iter(), random);
        });
    }

    /// A member does not pass on to another: that is tried through others.
    fn receive_refusal(&mut self, now: Time, relay: PeerId, party: Tag) {
        let Some(Link { who: Who::Member(relay), .. }) = self.links.get(relay) else { return };
        let (relay, number) = (*relay, self.membership.roster.find_tag(party));
        let known = number.and_then(|number| self.membership.roster.get(number));
        let Some(peer) = known.and_then(|known| known.peer) else { return };
        self.steering.change(now, peer, |paths, _| paths.lose_relay(now, relay));
        if self.steering.dialing(peer).is_some_and(|it| it.is_refused_by(relay)) {
            self.steering.hurry(now, peer);
        }
    }

    /// A member sees this node somewhere. If it was not known to be there, those are told who look for
    /// it.
    fn seen_by(&mut self, now: Time, peer: PeerId, at: Option<SocketAddr>) {
        let Some(at) = at else { return };
        let Some(Link { who: Who::Member(number), .. }) = self.links.get(peer) else { return };
        let Some(known) = self.membership.roster.get(*number) else { return };
        // Behind a NAT that gives each destination another port, another port is no news.
        let is_known = |known: &SocketAddr| known.ip() == at.ip();
        let (id, is_news) = (known.id, !self.addresses().iter().any(is_known));
        self.observed(now, id, at);
        for peer in self.steering.peers().into_iter().filter(|_| is_news) {
            self.steering.change(now, peer, |paths, _| paths.call_unless_settled(now));
        }
    }

    /// Where this node may be.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        let own = &self.membership.own;
        path::own(own.record().endpoints(), own.observed())
    }
}
