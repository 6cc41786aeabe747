use core::net::SocketAddr;

use super::PeerId;
use super::agenda::Agenda;
use super::datagram::Inbound;
use super::gate::Gate;
use super::peers::Peers;
use super::route::Routes;
use crate::crypto::{Aead, Drbg};
use crate::error::Discard;
use crate::handshake::{Claimed, Identity};
use crate::time::Time;
use crate::wire::{
    CookieReply, DATA_HEADER_LEN, DataHeader, Index, Initiation, Kind, Response, ip,
};

/// A datagram's way from the socket to the peer that it is from: who sent it when, and what of the
/// device it may touch.
pub(super) struct Arrival<'d, A> {
    pub(super) now: Time,
    pub(super) from: SocketAddr,
    pub(super) identity: &'d Identity,
    pub(super) routes: &'d Routes,
    pub(super) gate: &'d mut Gate,
    pub(super) rng: &'d mut Drbg,
    pub(super) peers: &'d mut Peers<A>,
    pub(super) agenda: &'d mut Agenda,
}

impl<A: Aead> Arrival<'_, A> {
    /// Opens the datagram in place.
    pub(super) fn open<'b>(&mut self, datagram: &'b mut [u8]) -> Result<Inbound<'b>, Discard> {
        match Kind::of(datagram) {
            Some(Kind::Data) => self.open_data(datagram),
            Some(Kind::Initiation) => self.open_initiation(datagram),
            Some(Kind::Response) => self.open_response(datagram),
            Some(Kind::CookieReply) => self.open_cookie(datagram),
            None => Err(Discard::NotWireGuard),
        }
    }

    fn open_data<'b>(&mut self, datagram: &'b mut [u8]) -> Result<Inbound<'b>, Discard> {
        let (header, sealed) = DataHeader::parse(datagram).ok_or(Discard::NotWireGuard)?;
        let (id, peer) = self.peers.owner_mut(header.receiver).ok_or(Discard::UnknownIndex)?;
        let opened = peer
            .tunnel
            .open(self.now, self.from, header, sealed)
            .inspect_err(|discard| peer.drops.add(*discard))?;
        if opened.confirmed {
            self.peers.reindex(id);
        }
        self.agenda.refresh(self.peers, id);
        if opened.len == 0 {
            return Ok(Inbound::Keepalive(id));
        }
        let text = &mut datagram[DATA_HEADER_LEN..DATA_HEADER_LEN + opened.len];
        let len = self.check(id, text).inspect_err(|discard| self.blame(id, *discard))?;
        Ok(Inbound::Packet { peer: id, packet: &mut text[..len] })
    }

    /// Checks an inner packet, and returns its length without padding.
    fn check(&self, id: PeerId, text: &[u8]) -> Result<usize, Discard> {
        let header = ip::Header::parse(text).ok_or(Discard::NotIp)?;
        if self.routes.lookup(header.source) == Some(id) {
            Ok(header.len)
        } else {
            Err(Discard::SpoofedSource)
        }
    }

    fn blame(&mut self, id: PeerId, discard: Discard) {
        if let Some(peer) = self.peers.get_mut(id) {
            peer.drops.add(discard);
        }
    }

    fn open_initiation<'b>(&mut self, datagram: &[u8]) -> Result<Inbound<'b>, Discard> {
        let message = Initiation::parse(datagram).ok_or(Discard::NotWireGuard)?;
        self.admit(datagram, message.sender)?;
        let claimed = Claimed::read(self.identity, &message).map_err(|_| Discard::BadTag)?;
        let Some(id) = self.peers.find(&claimed.public()) else {
            self.agenda.add_stranger(claimed.public());
            return Err(Discard::UnknownPeer);
        };
        let peer = self.peers.get_mut(id).ok_or(Discard::UnknownPeer)?;
        peer.tunnel
            .accept_initiation(self.now, self.from, claimed)
            .inspect_err(|discard| peer.drops.add(*discard))?;
        self.agenda.refresh(self.peers, id);
        Ok(Inbound::Control)
    }

    fn open_response<'b>(&mut self, datagram: &[u8]) -> Result<Inbound<'b>, Discard> {
        let message = Response::parse(datagram).ok_or(Discard::NotWireGuard)?;
        self.admit(datagram, message.sender)?;
        let (id, peer) = self.peers.owner_mut(message.receiver).ok_or(Discard::UnknownIndex)?;
        peer.tunnel
            .accept_response(self.now, self.from, self.identity, &message)
            .inspect_err(|discard| peer.drops.add(*discard))?;
        self.peers.reindex(id);
        self.agenda.refresh(self.peers, id);
        Ok(Inbound::Control)
    }

    fn open_cookie<'b>(&mut self, datagram: &[u8]) -> Result<Inbound<'b>, Discard> {
        let message = CookieReply::parse(datagram).ok_or(Discard::NotWireGuard)?;
        let (_, peer) = self.peers.owner_mut(message.receiver).ok_or(Discard::UnknownIndex)?;
        peer.tunnel
            .accept_cookie(self.now, &message)
            .inspect_err(|discard| peer.drops.add(*discard))?;
        Ok(Inbound::Control)
    }

    fn admit(&mut self, message: &[u8], sender: Index) -> Result<(), Discard> {
        self.gate.admit(self.now, self.from, message, sender, self.rng)
    }
}
