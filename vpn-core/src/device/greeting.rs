use core::net::SocketAddr;

use super::Device;
use crate::crypto::Aead;
use crate::error::Discard;
use crate::handshake::Claimed;
use crate::time::Time;
use crate::wire::{CookieReply, Index, Initiation, Kind, Response};

/// Messages of the handshake, received.
impl<A: Aead> Device<A> {
    /// Opens what is no data message.
    #[cold]
    pub(crate) fn open_handshake(
        &mut self,
        now: Time,
        from: SocketAddr,
        datagram: &[u8],
    ) -> Result<(), Discard> {
        let now = self.observe(now);
        let opened = match Kind::of(datagram) {
            Some(Kind::Initiation) => self.open_initiation(now, from, datagram),
            Some(Kind::Response) => self.open_response(now, from, datagram),
            Some(Kind::CookieReply) => self.open_cookie(now, datagram),
            Some(Kind::Data) | None => Err(Discard::NotWireGuard),
        };
        opened.map_err(|discard| self.drops.add(discard))
    }

    fn open_initiation(
        &mut self,
        now: Time,
        from: SocketAddr,
        datagram: &[u8],
    ) -> Result<(), Discard> {
        let message = Initiation::parse(datagram).ok_or(Discard::NotWireGuard)?;
        self.admit(now, from, datagram, message.sender)?;
        let claimed = Claimed::read::<A>(&self.identity, &message).map_err(|_| Discard::BadTag)?;
        let Some(id) = self.peers.find(&claimed.public()) else {
            let stranger = claimed.authenticate_stranger::<A>(&self.identity);
            self.agenda.add_stranger(stranger.map_err(|_| Discard::BadTag)?);
            return Err(Discard::UnknownPeer);
        };
        let peer = self.peers.get_mut(id).ok_or(Discard::UnknownPeer)?;
        let accepted = peer.tunnel.accept_initiation(now, from, claimed);
        accepted.map_err(|discard| peer.blame(discard))?;
        self.refresh(id);
        Ok(())
    }

    fn open_response(
        &mut self,
        now: Time,
        from: SocketAddr,
        datagram: &[u8],
    ) -> Result<(), Discard> {
        let message = Response::parse(datagram).ok_or(Discard::NotWireGuard)?;
        self.admit(now, from, datagram, message.sender)?;
        let (id, peer) = self.peers.owner_mut(message.receiver).ok_or(Discard::UnknownIndex)?;
        let accepted = peer.tunnel.accept_response(now, from, &self.identity, &message);
        accepted.map_err(|discard| peer.blame(discard))?;
        self.peers.reindex(id);
        self.refresh(id);
        Ok(())
    }

    fn open_cookie(&mut self, now: Time, datagram: &[u8]) -> Result<(), Discard> {
        let message = CookieReply::parse(datagram).ok_or(Discard::NotWireGuard)?;
        let (_, peer) = self.peers.owner_mut(message.receiver).ok_or(Discard::UnknownIndex)?;
        let accepted = peer.tunnel.accept_cookie(now, &message);
        accepted.map_err(|discard| peer.blame(discard))
    }

    fn admit(
        &mut self,
        now: Time,
        from: SocketAddr,
        message: &[u8],
        sender: Index,
    ) -> Result<(), Discard> {
        self.gate.admit(now, from, message, sender, &mut self.rng)
    }
}
