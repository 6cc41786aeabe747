use core::net::SocketAddr;
use core::time::Duration;

use ipnet::IpNet;

use super::{Device, PeerConfig, PeerId, PeerStatus, config};
use crate::crypto::Aead;
use crate::error::PeerError;
use crate::handshake::Remote;
use crate::key::{PresharedKey, PublicKey};
use crate::time::Time;
use crate::tunnel::Tunnel;

/// The peers of a device: adding, changing, removing and looking at them.
impl<A: Aead> Device<A> {
    /// Adds a peer and computes the secret shared with it, once.
    ///
    /// With a persistent keepalive and an endpoint, a handshake is due at `now`.
    ///
    /// # Errors
    ///
    /// [`PeerError::Duplicate`], [`PeerError::OwnKey`], [`PeerError::LowOrderKey`] for the key;
    /// [`PeerError::Full`] beyond 1,048,576 peers.
    pub fn add_peer(&mut self, now: Time, peer: PeerConfig) -> Result<PeerId, PeerError> {
        let now = self.observe(now);
        if peer.public_key == self.identity.public() {
            return Err(PeerError::OwnKey);
        }
        let remote = Remote::new(&self.identity, peer.public_key, peer.preshared_key)
            .ok_or(PeerError::LowOrderKey)?;
        let keepalive = config::interval(peer.persistent_keepalive);
        let id = self.peers.insert(Tunnel::new(remote, peer.endpoint, keepalive, now))?;
        self.agenda.reserve(id, self.peers.len());
        self.refresh(id);
        Ok(id)
    }

    /// Removes a peer, its sessions and its allowed addresses; its keys are wiped. No event follows:
    /// packets held for it are the caller's to drop.
    ///
    /// # Errors
    ///
    /// [`PeerError::UnknownPeer`] if no peer has this id.
    pub fn remove_peer(&mut self, peer: PeerId) -> Result<(), PeerError> {
        if !self.peers.remove(peer) {
            return Err(PeerError::UnknownPeer);
        }
        self.routes.remove_peer(peer);
        self.agenda.remove(peer);
        Ok(())
    }

    /// Sets where a peer is, until its own messages say otherwise.
    ///
    /// With a persistent keepalive, a handshake is due at `now` if it was not known before.
    ///
    /// # Errors
    ///
    /// [`PeerError::UnknownPeer`] if no peer has this id.
    pub fn set_endpoint(
        &mut self,
        now: Time,
        peer: PeerId,
        endpoint: SocketAddr,
    ) -> Result<(), PeerError> {
        let now = self.observe(now);
        self.tunnel(peer)?.set_endpoint(now, endpoint);
        self.refresh(peer);
        Ok(())
    }

    /// Replaces the secret shared with a peer, `None` for no secret. It takes effect with the next
    /// message of a handshake that holds it, which is the response; the session goes on.
    ///
    /// # Errors
    ///
    /// [`PeerError::UnknownPeer`] if no peer has this id.
    pub fn set_preshared_key(
        &mut self,
        peer: PeerId,
        key: Option<PresharedKey>,
    ) -> Result<(), PeerError> {
        self.tunnel(peer)?.set_preshared_key(key);
        Ok(())
    }

    /// Sets how often something is sent at the least; `None` or zero means never.
    ///
    /// # Errors
    ///
    /// [`PeerError::UnknownPeer`] if no peer has this id.
    pub fn set_persistent_keepalive(
        &mut self,
        peer: PeerId,
        interval: Option<Duration>,
    ) -> Result<(), PeerError> {
        self.tunnel(peer)?.set_persistent_keepalive(config::interval(interval));
        self.refresh(peer);
        Ok(())
    }

    /// Returns where a peer is, as set or as learned; `None` if nothing is known.
    ///
    /// # Errors
    ///
    /// [`PeerError::UnknownPeer`] if no peer has this id.
    pub fn endpoint(&self, peer: PeerId) -> Result<Option<SocketAddr>, PeerError> {
        let peer = self.peers.get(peer).ok_or(PeerError::UnknownPeer)?;
        Ok(peer.tunnel.endpoint().copied())
    }

    /// Whether there is a session to send to the peer, as of the last call.
    ///
    /// # Errors
    ///
    /// [`PeerError::UnknownPeer`] if no peer has this id.
    pub fn is_up(&self, peer: PeerId) -> Result<bool, PeerError> {
        let peer = self.peers.get(peer).ok_or(PeerError::UnknownPeer)?;
        Ok(peer.tunnel.is_up())
    }

    /// Returns what there is to know of a peer: its counters, its endpoint, whether it is up.
    ///
    /// # Errors
    ///
    /// [`PeerError::UnknownPeer`] if no peer has this id.
    pub fn status(&self, peer: PeerId) -> Result<PeerStatus, PeerError> {
        self.peers.get(peer).map(PeerStatus::of).ok_or(PeerError::UnknownPeer)
    }

    /// Returns the ids of all peers, in an order that does not change by itself.
    pub fn peers(&self) -> impl Iterator<Item = PeerId> {
        self.peers.ids()
    }

    /// Returns the id of the peer with a public key.
    pub fn find_peer(&self, key: &PublicKey) -> Option<PeerId> {
        self.peers.find(key)
    }

    /// Allows a peer the addresses of `net`, as destinations and as sources.
    ///
    /// Of overlapping nets the longest prefix decides; exactly the same net moves from the peer
    /// that had it. Host bits of `net` are ignored.
    ///
    /// # Errors
    ///
    /// [`PeerError::UnknownPeer`] if no peer has this id.
    pub fn allow(&mut self, peer: PeerId, net: IpNet) -> Result<(), PeerError> {
        self.tunnel(peer)?;
        self.routes.insert(net, peer);
        Ok(())
    }

    /// Takes the addresses of `net` from a peer; returns whether it was allowed exactly that net.
    ///
    /// Other nets that contain the same addresses, of this or other peers, then decide.
    ///
    /// # Errors
    ///
    /// [`PeerError::UnknownPeer`] if no peer has this id.
    pub fn disallow(&mut self, peer: PeerId, net: IpNet) -> Result<bool, PeerError> {
        self.tunnel(peer)?;
        Ok(self.routes.remove(net, peer))
    }

    /// Returns the nets that a peer is allowed, without host bits: IPv4 first, longer prefixes
    /// first, then by address.
    ///
    /// # Errors
    ///
    /// [`PeerError::UnknownPeer`] if no peer has this id.
    pub fn allowed(&self, peer: PeerId) -> Result<impl Iterator<Item = IpNet>, PeerError> {
        self.peers.get(peer).ok_or(PeerError::UnknownPeer)?;
        Ok(self.routes.of_peer(peer))
    }

    pub(super) fn tunnel(&mut self, id: PeerId) -> Result<&mut Tunnel<A>, PeerError> {
        let peer = self.peers.get_mut(id).ok_or(PeerError::UnknownPeer)?;
        Ok(&mut peer.tunnel)
    }
}
