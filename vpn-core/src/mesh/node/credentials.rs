use alloc::vec::Vec;

use super::{Node, NodeError};
use crate::crypto::Aead;
use crate::device::PeerId;
use crate::key::{PublicKey, SecretKey};
use crate::mesh::certificate::Certificate;
use crate::time::Time;

/// What a node is a member by, replaced while it runs.
impl<A: Aead> Node<A> {
    /// Takes a further certificate for the same keys, as before the last one ends.
    ///
    /// # Errors
    ///
    /// A [`NodeError`] if the certificate is refused or for other keys; the last one stays.
    pub fn set_certificate(
        &mut self,
        now: Time,
        certificate: Certificate,
        introducer: Option<Certificate>,
    ) -> Result<(), NodeError> {
        let now = self.observe(now);
        let tunnel = self.device.public_key();
        self.check_certificate(now, &certificate, introducer.as_ref(), tunnel)?;
        self.certify(now, certificate, introducer);
        Ok(())
    }

    /// Replaces the key of this node's tunnels, if it certifies itself by the network key.
    ///
    /// Sessions go on until new ones are agreed under the new key, which the members at their other
    /// ends begin when they have learned of it: at once, as they are told through these sessions. The
    /// node's name and addresses stay. The key is to be kept for the next start, and attached peers
    /// are to be told of it.
    ///
    /// # Errors
    ///
    /// [`NodeError::Certified`] if the node does not certify itself, [`NodeError::Keys`] if another
    /// member has the key.
    pub fn set_tunnel_key(&mut self, now: Time, secret: SecretKey) -> Result<(), NodeError> {
        let now = self.observe(now);
        let wall = self.membership.wall(now);
        let certificate = self.membership.own.certify_key(secret.public_key(), wall);
        self.set_certified_tunnel_key(now, secret, certificate.ok_or(NodeError::Certified)?, None)
    }

    /// Replaces the key of this node's tunnels by one for which it has a certificate, as
    /// [`set_tunnel_key`](Self::set_tunnel_key) does.
    ///
    /// # Errors
    ///
    /// A [`NodeError`] if the certificate is refused, or for another member or another key, or if
    /// another member has the key; everything stays as it is.
    pub fn set_certified_tunnel_key(
        &mut self,
        now: Time,
        secret: SecretKey,
        certificate: Certificate,
        introducer: Option<Certificate>,
    ) -> Result<(), NodeError> {
        let now = self.observe(now);
        let key = secret.public_key();
        self.check_certificate(now, &certificate, introducer.as_ref(), key)?;
        if self.is_taken(&key) || self.device.find_peer(&key).is_some() {
            return Err(NodeError::Keys);
        }
        self.device.adopt_secret_key(now, secret);
        self.certify(now, certificate, introducer);
        let keys: Vec<_> = self.links.keys().collect();
        for (peer, other) in keys {
            let _ = self.device.set_preshared_key(peer, self.membership.psk(&other));
        }
        self.tell_linked();
        self.pump(now);
        Ok(())
    }

    /// The member at the other end of a tunnel has another key from here on.
    pub(super) fn replace_key(&mut self, now: Time, peer: PeerId, key: PublicKey) {
        // It may have come with its new key before it was known to have it.
        if let Some(guest) = self.device.find_peer(&key) {
            self.drop_link(now, guest);
        }
        let psk = self.membership.psk(&key);
        let replaced = self.device.replace_key(now, peer, key, psk);
        if let (Ok(()), Some(link)) = (replaced, self.links.get_mut(peer)) {
            link.key = key;
            let _ = self.device.initiate(now, peer);
        } else {
            self.drop_link(now, peer);
        }
    }

    /// Whether nobody else may have this tunnel key: it is this node's, the network's, or a member's.
    pub(super) fn is_taken(&self, key: &PublicKey) -> bool {
        *key == self.device.public_key()
            || self.is_rendezvous(key)
            || self.membership.roster.find_rival(key).is_some()
    }

    fn check_certificate(
        &self,
        now: Time,
        certificate: &Certificate,
        introducer: Option<&Certificate>,
        tunnel: PublicKey,
    ) -> Result<(), NodeError> {
        let claims = certificate.claims();
        if (claims.member, claims.tunnel) != (self.id(), tunnel) {
            return Err(NodeError::Keys);
        }
        let wall = self.membership.wall(now);
        let judged = self.membership.trust.verify_certificate(certificate, introducer, wall);
        judged.map_err(NodeError::Trust)
    }

    fn certify(&mut self, now: Time, certificate: Certificate, introducer: Option<Certificate>) {
        let wall = self.membership.wall(now);
        let (id, fresh) = (self.id(), certificate.claims().nets.clone());
        let last = self.membership.own.record().certificate().claims().nets.clone();
        self.membership.own.set_certificate(certificate, introducer, wall);
        for net in last.iter().copied().filter(|net| !fresh.contains(net)) {
            self.membership.holdings.remove(net, id);
            self.route(net);
        }
        for net in fresh.into_iter().filter(|net| !last.contains(net)) {
            self.hold(net, id);
        }
        self.tell_own(now);
        self.pump(now);
    }
}
