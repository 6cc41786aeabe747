use alloc::vec::Vec;
use core::net::SocketAddr;

use super::Node;
use crate::crypto::Aead;
use crate::device::{Content, PeerConfig, PeerId};
use crate::error::Discard;
use crate::key::PublicKey;
use crate::link::may_open_connection;
use crate::mesh::event::{Event, Inbound};
use crate::mesh::frame::{Frame, Greeting};
use crate::mesh::gossip::life;
use crate::mesh::link::{Link, Who};
use crate::mesh::path::relay::Carried;
use crate::mesh::path::{Hop, is_reserved};
use crate::mesh::record::Record;
use crate::mesh::roster;
use crate::time::Time;
use crate::wire::{DATA_HEADER_LEN, INITIATION_LEN, Kind, TAG_LEN};

/// Datagrams from the socket.
impl<A: Aead> Node<A> {
    /// Opens one received datagram in place.
    ///
    /// # Errors
    ///
    /// A [`Discard`], which is counted. Nobody is to be answered, and what the datagram then holds
    /// is unspecified.
    pub fn open<'b>(
        &mut self,
        now: Time,
        from: SocketAddr,
        datagram: &'b mut [u8],
    ) -> Result<Inbound<'b>, Discard> {
        if is_reserved(&from) {
            return Err(self.device.discard(Discard::NotWireGuard));
        }
        self.open_from(now, from, datagram)
    }

    /// Opens a datagram that was received, or passed on.
    pub(super) fn open_from<'b>(
        &mut self,
        now: Time,
        from: SocketAddr,
        datagram: &'b mut [u8],
    ) -> Result<Inbound<'b>, Discard> {
        if Kind::of(datagram) != Some(Kind::Data) {
            return self.open_handshake(now, from, datagram);
        }
        match &mut self.lobby {
            Some(lobby) if !lobby.guests.is_empty() && lobby.device.owns(datagram) => {
                return self.open_of_guest(now, from, datagram);
            }
            _ => {}
        }
        match self.device.open_content(now, &from, datagram)? {
            Content::Packet { peer, packet } => Ok(self.hand_on(now, peer, packet)),
            Content::Stray { peer, packet } => self.take_stray(now, peer, packet),
            Content::Frame { peer, message } => self.take_frame(now, from, peer, message),
            Content::Keepalive(peer) => Ok(self.take_keepalive(now, peer)),
            Content::Control => Ok(Inbound::Control),
        }
    }

    /// Takes a packet whose source was not its sender's yet.
    #[cold]
    fn take_stray<'b>(
        &mut self,
        now: Time,
        peer: PeerId,
        packet: &'b mut [u8],
    ) -> Result<Inbound<'b>, Discard> {
        let now = self.observe(now);
        // It may have confirmed the session, which shows whose it is, and overtaken the hello.
        self.pump(now);
        if !self.device.is_from(peer, packet) {
            return Err(self.device.refuse(peer, Discard::SpoofedSource));
        }
        Ok(self.hand_on(now, peer, packet))
    }

    #[inline(never)]
    fn take_frame<'b>(
        &mut self,
        now: Time,
        from: SocketAddr,
        peer: PeerId,
        message: &'b mut [u8],
    ) -> Result<Inbound<'b>, Discard> {
        let now = self.observe(now);
        // A frame may be the first on its session.
        self.pump(now);
        if let Some(carried) = Carried::parse(text(message)) {
            return self.open_carried(now, from, peer, message, carried);
        }
        self.receive(now, from, peer, text(message));
        self.pump(now);
        Ok(Inbound::Control)
    }

    #[cold]
    fn take_keepalive<'b>(&mut self, now: Time, peer: PeerId) -> Inbound<'b> {
        let now = self.observe(now);
        self.hear(now, peer);
        self.pump(now);
        Inbound::Control
    }

    /// Opens a data message of a guest of the lobby.
    #[cold]
    fn open_of_guest<'b>(
        &mut self,
        now: Time,
        from: SocketAddr,
        datagram: &mut [u8],
    ) -> Result<Inbound<'b>, Discard> {
        let Some(lobby) = &mut self.lobby else { return Ok(Inbound::Control) };
        if let Some((peer, message)) = lobby.open(now, from, datagram)? {
            let now = self.observe(now);
            self.receive_in_lobby(now, from, peer, text(message));
        }
        Ok(Inbound::Control)
    }

    /// Hands on a packet that a member may send.
    #[inline(always)]
    fn hand_on<'b>(&mut self, now: Time, peer: PeerId, packet: &'b mut [u8]) -> Inbound<'b> {
        if self.fit.clamps && may_open_connection(packet) {
            self.clamp(now, peer, packet);
        }
        Inbound::Packet(packet)
    }

    fn open_handshake<'b>(
        &mut self,
        now: Time,
        from: SocketAddr,
        datagram: &[u8],
    ) -> Result<Inbound<'b>, Discard> {
        let now = self.observe(now);
        let initiation = <&[u8; INITIATION_LEN]>::try_from(datagram).ok();
        if let Some(response) = initiation.and_then(|it| self.answers.repeat(now, it)) {
            self.outbox.copy(Hop::of(from), &response);
            return Ok(Inbound::Control);
        }
        let mut opened = self.device.open_handshake(now, from, datagram);
        if opened == Err(Discard::UnknownPeer) {
            let stranger = self.device.poll_stranger();
            if stranger.is_some_and(|key| self.admit(now, from, key)) {
                opened = self.device.open_handshake(now, from, datagram);
            }
        } else if matches!(opened, Err(Discard::BadMac1 | Discard::UnknownIndex)) {
            if let Some(lobby) = self.lobby.as_mut().filter(|_| !is_reserved(&from)) {
                opened = lobby.receive(now, from, datagram);
            }
        }
        if let (Ok(()), Some(initiation)) = (opened, initiation) {
            self.answers.owe(now, initiation);
        }
        self.pump(now);
        opened.map(|()| Inbound::Control)
    }

    /// Lets an initiator in that is no peer: a member without a tunnel, or a guest. Either has to
    /// show soon that its initiation is no replay.
    fn admit(&mut self, now: Time, from: SocketAddr, key: PublicKey) -> bool {
        if !self.links.guests.admits(now, from) {
            return false;
        }
        let mut config = PeerConfig::new(key);
        config.preshared_key = self.membership.psk(&key);
        let Ok(peer) = self.device.add_peer(now, config) else { return false };
        self.device.allow_frames(peer);
        self.links.insert(now, peer, Link::incoming(Who::Guest, key));
        if let Some(gone) = self.links.guests.insert(now, peer) {
            self.drop_link(now, gone);
        }
        true
    }

    /// Takes a frame from a peer.
    fn receive(&mut self, now: Time, from: SocketAddr, peer: PeerId, frame: &[u8]) {
        let Ok(frame) = Frame::decode(frame) else { return };
        let is_sought = self.is_sought(peer);
        let Some(link) = self.links.get_mut(peer) else { return };
        match (frame, link.who) {
            // One that is looked for may have come by itself.
            (Frame::Hello(greeting), who) if who != Who::Door || is_sought => {
                if link.heard.admit(now) {
                    if is_sought {
                        self.links.give_way(peer);
                    }
                    self.receive_hello(now, from, peer, greeting);
                }
            }
            (Frame::Welcome(greeting), Who::Door | Who::Member(_)) => {
                if link.dialed && !link.welcomed {
                    self.receive_welcome(now, from, peer, greeting);
                }
            }
            (Frame::Gossip(message), Who::Member(number)) => {
                if let Some(known) = self.membership.roster.get(number) {
                    self.gossip.handle(now, roster::tag(&known.id), &message);
                }
            }
            (Frame::Things(things), Who::Member(number)) => {
                if let Some(known) = self.membership.roster.get(number) {
                    let tag = roster::tag(&known.id);
                    self.gossip.heard(now, tag);
                    things.into_iter().for_each(|thing| self.learn_thing(now, thing, tag));
                }
            }
            (Frame::Things(things), Who::Door) => self.learn_refusal(now, &things),
            (frame, Who::Member(_)) => self.receive_of_ways(now, from, peer, &frame),
            // Guests and doors have no part in gossip, and a guest was asked for no welcome.
            (_, Who::Guest | Who::Door) => {}
        }
    }

    fn receive_hello(&mut self, now: Time, from: SocketAddr, peer: PeerId, greeting: Greeting<'_>) {
        if self.meet(now, peer, greeting).is_some() {
            let welcome = Frame::Welcome(self.greeting(from)).to_bytes();
            self.send(false, peer, welcome);
        } else if let Some(notice) = self.notice_for(greeting) {
            self.send(false, peer, notice);
        }
    }

    fn receive_welcome(
        &mut self,
        now: Time,
        from: SocketAddr,
        peer: PeerId,
        greeting: Greeting<'_>,
    ) {
        let Some(link) = self.links.get(peer) else { return };
        let through_the_lobby = link.who == Who::Door && self.is_rendezvous(&link.key);
        let number = if through_the_lobby {
            self.read_greeting(now, greeting)
        } else {
            self.meet(now, peer, greeting)
        };
        let Some(number) = number else { return };
        let Some(known) = self.membership.roster.get_mut(number) else { return };
        let id = known.id;
        if through_the_lobby && !is_reserved(&from) {
            known.seen = Some(from);
        }
        if self.joining.welcomed() {
            self.tell(Event::Joined(id));
        }
        if self.joining.door() == Some(peer) {
            self.joining.finish();
        }
        if through_the_lobby {
            self.drop_link(now, peer);
            self.dial_for_gossip(now, roster::tag(&id));
        } else {
            self.links.welcome(peer);
            let lonely = self.is_lonely();
            if let Some(link) = self.links.get_mut(peer) {
                link.for_gossip |= lonely;
            }
            self.is_ready(now, peer);
            self.prove_way(now, peer);
        }
    }

    /// A peer says who it is; returns its number if that is a member with the tunnel's key.
    fn meet(&mut self, now: Time, peer: PeerId, greeting: Greeting<'_>) -> Option<u32> {
        let key = self.links.get(peer)?.key;
        self.expose(now, (Some(peer), &key), greeting);
        let _ = self.read_greeting(now, greeting);
        // Not the record shows who this is: that may be anyone's. The peer has the key.
        let number = self.membership.roster.find_tunnel(&key)?;
        let known = self.membership.roster.get_mut(number).filter(|known| !known.leaving)?;
        let id = known.id;
        known.proven |= Record::decode(greeting.record).is_ok_and(|record| record.member() == id);
        self.recognise(now, peer, number);
        if let Some(observed) = greeting.observed {
            self.observed(now, id, observed);
        }
        Some(number)
    }

    /// Forgets a member that has borrowed the tunnel key of whoever is at the other end, or one that is
    /// as if it were the same, when that one says to be another.
    fn expose(
        &mut self,
        now: Time,
        (here, key): (Option<PeerId>, &PublicKey),
        greeting: Greeting<'_>,
    ) {
        let Ok(record) = Record::decode(greeting.record) else { return };
        let Some(number) = self.membership.roster.find_rival(key) else { return };
        let Some(known) = self.membership.roster.get(number) else { return };
        let id = known.id;
        if known.proven
            || id == record.member()
            || record.certificate().claims().tunnel != *key
            || self.membership.judge(now, &record).is_err()
        {
            return;
        }
        // Whoever is here has been taken for that one, by its key alone.
        if let Some(peer) = here.filter(|_| known.peer == here) {
            if let Some(known) = self.membership.roster.get_mut(number) {
                known.peer = None;
            }
            if let Some(link) = self.links.get_mut(peer) {
                link.who = Who::Guest;
            }
        }
        self.forget(now, number, Event::MemberForgotten);
        self.gossip.remove(now, roster::tag(&id));
    }

    /// Learns the record of a greeting; returns the number of the member that it is of.
    fn read_greeting(&mut self, now: Time, greeting: Greeting<'_>) -> Option<u32> {
        let record = Record::decode(greeting.record).ok()?;
        self.learn(now, &record, life(greeting.life), None);
        self.membership.roster.find(&record.member())
    }

    /// What whoever greets is told if it was revoked. Not longer than its record.
    fn notice_for(&self, greeting: Greeting<'_>) -> Option<Vec<u8>> {
        let record = Record::decode(greeting.record).ok()?;
        let notice = self.membership.notice_for(&record)?;
        (notice.len() <= greeting.record.len()).then_some(notice)
    }

    /// Takes a frame from a guest of the lobby: a joiner says hello, is welcomed, and goes.
    fn receive_in_lobby(&mut self, now: Time, from: SocketAddr, guest: PeerId, frame: &[u8]) {
        let Ok(Frame::Hello(greeting)) = Frame::decode(frame) else { return };
        let Some(lobby) = &mut self.lobby else { return };
        if !lobby.guests.admits_hello(now, guest) {
            return;
        }
        let Some(key) = lobby.key(guest) else { return };
        self.expose(now, (None, &key), greeting);
        let number = self.read_greeting(now, greeting);
        let known = number.and_then(|number| self.membership.roster.get(number));
        if known.is_some_and(|known| known.tunnel == key && !known.leaving) {
            let welcome = Frame::Welcome(self.greeting(from)).to_bytes();
            self.send(true, guest, welcome);
        } else if let Some(notice) = self.notice_for(greeting) {
            self.send(true, guest, notice);
        }
        self.pump(now);
    }

    /// A peer has shown that it is there.
    fn hear(&mut self, now: Time, peer: PeerId) {
        if let Some(Link { who: Who::Member(number), .. }) = self.links.get(peer) {
            if let Some(known) = self.membership.roster.get(*number) {
                self.gossip.heard(now, roster::tag(&known.id));
            }
        }
    }

    pub(super) fn is_rendezvous(&self, key: &PublicKey) -> bool {
        self.lobby.as_ref().is_some_and(|lobby| lobby.device.public_key() == *key)
    }
}

/// The frame and its padding in a message that was opened.
fn text(message: &[u8]) -> &[u8] {
    let end = message.len().saturating_sub(TAG_LEN);
    message.get(DATA_HEADER_LEN..end).unwrap_or_default()
}
