use core::net::SocketAddr;

use super::PeerId;
use super::agenda::Agenda;
use super::datagram::Inbound;
use super::drops::Drops;
use super::frame::{Content, FRAME_NIBBLE};
use super::gate::Gate;
use super::keytable::{Opened, State};
use super::peers::Peers;
use super::route::Routes;
use crate::crypto::{Aead, Drbg};
use crate::error::Discard;
use crate::handshake::{Claimed, Identity};
use crate::time::Time;
use crate::tunnel;
use crate::wire::{
    CookieReply, DATA_HEADER_LEN, DataHeader, Index, Initiation, Kind, Response, ip,
};

/// The way of datagrams from the socket to the peers that they are from, and what of the device
/// they may touch. What follows from them is entered in the agenda once for each run of datagrams
/// from one peer, at the latest when this is dropped.
pub(super) struct Arrival<'d, A: Aead> {
    pub(super) now: Time,
    pub(super) identity: &'d Identity,
    pub(super) routes: &'d mut Routes,
    pub(super) gate: &'d mut Gate,
    pub(super) rng: &'d mut Drbg,
    pub(super) peers: &'d mut Peers<A>,
    pub(super) agenda: &'d mut Agenda,
    pub(super) drops: &'d mut Drops,
    /// A peer to be entered in the agenda.
    pub(super) touched: Option<PeerId>,
}

impl<A: Aead> Arrival<'_, A> {
    /// Opens a datagram in place.
    pub(super) fn open<'b>(
        &mut self,
        from: SocketAddr,
        datagram: &'b mut [u8],
    ) -> Result<Inbound<'b>, Discard> {
        self.open_content(from, datagram)?.into_inbound()
    }

    /// Opens a datagram in place, which may hold a frame of the mesh.
    pub(super) fn open_content<'b>(
        &mut self,
        from: SocketAddr,
        datagram: &'b mut [u8],
    ) -> Result<Content<'b>, Discard> {
        let opened = match Kind::of(datagram) {
            Some(Kind::Data) => self.open_data(from, datagram),
            Some(Kind::Initiation) => self.open_initiation(from, datagram).map(Content::from),
            Some(Kind::Response) => self.open_response(from, datagram).map(Content::from),
            Some(Kind::CookieReply) => self.open_cookie(datagram).map(Content::from),
            None => Err(Discard::NotWireGuard),
        };
        opened.inspect_err(|discard| self.drops.add(*discard))
    }

    /// Accepts a datagram that was opened elsewhere, or opens it here.
    pub(super) fn commit<'b>(&mut self, opened: Opened<'b>) -> Result<Inbound<'b>, Discard> {
        let Opened { from, datagram, state } = opened;
        let accepted = match state {
            State::Sealed => return self.open(from, datagram),
            State::Open { header, remote, len } => {
                self.accept_data(from, (header, remote), datagram, len)
            }
            State::Forged(header) => Err(match self.peers.owner_mut(header.receiver) {
                Some((_, peer)) => peer.blame(Discard::BadTag),
                None => Discard::UnknownIndex,
            }),
        };
        accepted.inspect_err(|discard| self.drops.add(*discard))?.into_inbound()
    }

    fn open_data<'b>(
        &mut self,
        from: SocketAddr,
        datagram: &'b mut [u8],
    ) -> Result<Content<'b>, Discard> {
        let (header, sealed) = DataHeader::parse(datagram).ok_or(Discard::NotWireGuard)?;
        let (id, peer) = self.peers.owner_mut(header.receiver).ok_or(Discard::UnknownIndex)?;
        let opened = peer.tunnel.open(self.now, from, header, sealed);
        let opened = opened.map_err(|discard| peer.blame(discard))?;
        self.deliver(id, datagram, &opened)
    }

    fn accept_data<'b>(
        &mut self,
        from: SocketAddr,
        (header, remote): (DataHeader, Index),
        datagram: &'b mut [u8],
        len: usize,
    ) -> Result<Content<'b>, Discard> {
        let (id, peer) = self.peers.owner_mut(header.receiver).ok_or(Discard::UnknownIndex)?;
        let opened = peer.tunnel.accept(self.now, from, (header, remote), len);
        let opened = opened.map_err(|discard| peer.blame(discard))?;
        self.deliver(id, datagram, &opened)
    }

    /// Hands on the content of a data message from a peer, if it may send that.
    fn deliver<'b>(
        &mut self,
        id: PeerId,
        datagram: &'b mut [u8],
        opened: &tunnel::Opened,
    ) -> Result<Content<'b>, Discard> {
        if opened.confirmed {
            self.peers.reindex(id);
        }
        if opened.stirred {
            self.touch(id);
        }
        debug_assert!(
            self.touched == Some(id) || self.agenda.is_fresh(self.peers, id),
            "a stirred peer kept quiet"
        );
        if opened.len == 0 {
            return Ok(Inbound::Keepalive(id).into());
        }
        let text = &mut datagram[DATA_HEADER_LEN..DATA_HEADER_LEN + opened.len];
        let discard = match ip::Header::parse(text) {
            Some(header) if self.routes.of_source(header.source) == Some(id) => {
                return Ok(Inbound::Packet { peer: id, packet: &mut text[..header.len] }.into());
            }
            Some(_) => Discard::SpoofedSource,
            None => Discard::NotIp,
        };
        let peer = self.peers.get_mut(id).ok_or(Discard::UnknownPeer)?;
        if peer.frames && text[0] >> 4 == FRAME_NIBBLE {
            return Ok(Content::Frame { peer: id, frame: text });
        }
        Err(peer.blame(discard))
    }

    fn open_initiation<'b>(
        &mut self,
        from: SocketAddr,
        datagram: &[u8],
    ) -> Result<Inbound<'b>, Discard> {
        let message = Initiation::parse(datagram).ok_or(Discard::NotWireGuard)?;
        self.admit(from, datagram, message.sender)?;
        let claimed = Claimed::read(self.identity, &message).map_err(|_| Discard::BadTag)?;
        let Some(id) = self.peers.find(&claimed.public()) else {
            let stranger = claimed.authenticate_stranger(self.identity);
            self.agenda.add_stranger(stranger.map_err(|_| Discard::BadTag)?);
            return Err(Discard::UnknownPeer);
        };
        let peer = self.peers.get_mut(id).ok_or(Discard::UnknownPeer)?;
        let accepted = peer.tunnel.accept_initiation(self.now, from, claimed);
        accepted.map_err(|discard| peer.blame(discard))?;
        self.touch(id);
        Ok(Inbound::Control)
    }

    fn open_response<'b>(
        &mut self,
        from: SocketAddr,
        datagram: &[u8],
    ) -> Result<Inbound<'b>, Discard> {
        let message = Response::parse(datagram).ok_or(Discard::NotWireGuard)?;
        self.admit(from, datagram, message.sender)?;
        let (id, peer) = self.peers.owner_mut(message.receiver).ok_or(Discard::UnknownIndex)?;
        let accepted = peer.tunnel.accept_response(self.now, from, self.identity, &message);
        accepted.map_err(|discard| peer.blame(discard))?;
        self.peers.reindex(id);
        self.touch(id);
        Ok(Inbound::Control)
    }

    fn open_cookie<'b>(&mut self, datagram: &[u8]) -> Result<Inbound<'b>, Discard> {
        let message = CookieReply::parse(datagram).ok_or(Discard::NotWireGuard)?;
        let (_, peer) = self.peers.owner_mut(message.receiver).ok_or(Discard::UnknownIndex)?;
        let accepted = peer.tunnel.accept_cookie(self.now, &message);
        accepted.map_err(|discard| peer.blame(discard))?;
        Ok(Inbound::Control)
    }

    fn admit(&mut self, from: SocketAddr, message: &[u8], sender: Index) -> Result<(), Discard> {
        self.gate.admit(self.now, from, message, sender, self.rng)
    }

    /// Sees to it that a peer is entered in the agenda.
    fn touch(&mut self, id: PeerId) {
        if self.touched != Some(id) {
            self.settle();
            self.touched = Some(id);
        }
    }

    fn settle(&mut self) {
        if let Some(id) = self.touched.take() {
            self.agenda.refresh(self.peers, id);
        }
    }
}

impl<A: Aead> Drop for Arrival<'_, A> {
    fn drop(&mut self) {
        self.settle();
    }
}
