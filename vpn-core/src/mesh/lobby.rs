use core::fmt;
use core::net::SocketAddr;

use super::guest::Guests;
use super::network_key::NetworkPsk;
use crate::crypto::{Aead, Drbg, Seed};
use crate::device::{Content, Device, DeviceConfig, PeerConfig, PeerId};
use crate::error::Discard;
use crate::key::{PublicKey, SecretKey};
use crate::time::{Time, Unix};

/// Where joiners are received that know the network's key and nothing else: a device with the
/// rendezvous key, which every member answers to.
///
/// Its guests say hello, are welcomed, and go: what they learn is whom to make a tunnel to.
pub(super) struct Lobby<A: Aead> {
    pub(super) device: Device<A>,
    pub(super) guests: Guests,
    psk: NetworkPsk,
}

impl<A: Aead> Lobby<A> {
    pub(super) fn new(
        secret: SecretKey,
        psk: NetworkPsk,
        rng: &mut Drbg,
        (now, wall): (Time, Unix),
    ) -> Self {
        let seed = Seed::from_bytes(*rng.draw());
        let device = Device::with_cipher(DeviceConfig::new(secret), seed, now, wall);
        Self { device, guests: Guests::new(rng), psk }
    }

    /// Opens a data message of a guest; returns the message that holds a frame, if it does.
    pub(super) fn open<'b>(
        &mut self,
        now: Time,
        from: SocketAddr,
        datagram: &'b mut [u8],
    ) -> Result<Option<(PeerId, &'b mut [u8])>, Discard> {
        let content = self.device.open_content(now, &from, datagram);
        self.forget_events();
        match content? {
            Content::Frame { peer, message } => Ok(Some((peer, message))),
            // Guests have no addresses.
            Content::Stray { peer, .. } => Err(self.device.refuse(peer, Discard::SpoofedSource)),
            Content::Packet { .. } | Content::Keepalive(_) | Content::Control => Ok(None),
        }
    }

    /// Takes a message of a handshake that is not for the node itself.
    pub(super) fn receive(
        &mut self,
        now: Time,
        from: SocketAddr,
        datagram: &[u8],
    ) -> Result<(), Discard> {
        let mut opened = self.device.open_handshake(now, from, datagram);
        if opened == Err(Discard::UnknownPeer) {
            let stranger = self.device.poll_stranger();
            if stranger.is_some_and(|key| self.admit(now, from, key)) {
                opened = self.device.open_handshake(now, from, datagram);
            }
        }
        self.forget_events();
        opened
    }

    fn admit(&mut self, now: Time, from: SocketAddr, key: PublicKey) -> bool {
        if !self.guests.admits(now, from) {
            return false;
        }
        let psk = self.psk.pair(&self.device.public_key(), &key);
        let peer = PeerConfig::new(key).preshared_key(psk);
        let Ok(peer) = self.device.add_peer(now, peer) else { return false };
        self.device.allow_frames(peer);
        if let Some(gone) = self.guests.insert(now, peer) {
            let _ = self.device.remove_peer(gone);
        }
        true
    }

    /// The key of a guest.
    pub(super) fn key(&self, guest: PeerId) -> Option<PublicKey> {
        self.device.status(guest).ok().map(|status| status.public_key)
    }

    pub(super) fn poll_timeout(&self) -> Option<Time> {
        self.device.poll_timeout().into_iter().chain(self.guests.deadline()).min()
    }

    pub(super) fn handle_timeout(&mut self, now: Time) {
        while let Some(guest) = self.guests.poll_expired(now) {
            let _ = self.device.remove_peer(guest);
        }
        self.device.handle_timeout(now);
        self.forget_events();
    }

    /// What becomes of guests is told by what they say.
    fn forget_events(&mut self) {
        while self.device.poll_event().is_some() {}
    }
}

impl<A: Aead> fmt::Debug for Lobby<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lobby").field("guests", &self.guests).finish_non_exhaustive()
    }
}
