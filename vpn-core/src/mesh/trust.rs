use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use ipnet::IpNet;

use super::certificate::Certificate;
use super::error::TrustError;
use super::identity::{MemberId, NetworkId};
use super::network_key::{NetworkKey, NetworkPsk};
use super::record::Record;
use super::revocation::{Revocation, Subject};
use crate::key::{PresharedKey, SecretKey};

/// How far the clocks of members may lie apart.
pub(super) const CLOCK_SKEW: u64 = 300;
/// The greatest number of revocations kept.
pub(super) const MAX_REVOCATIONS: usize = 1024;
/// How many of them introducers have signed, and one of them: none can keep a root's out.
const MAX_OF_INTRODUCERS: usize = 512;
const MAX_OF_ONE_INTRODUCER: usize = 128;

/// Who is believed: the roots of a network, and what was revoked.
///
/// With a network key, the root is a key that is derived from it, so that every holder issues its
/// own certificate; all else is the same.
///
/// ```
/// use core::time::Duration;
/// use vpn_core::mesh::{NetworkKey, Trust};
///
/// let key = NetworkKey::from_bytes([7; 32]);
///
/// assert_eq!(Trust::from_network_key(&key).network(), key.network());
/// ```
#[derive(Clone)]
pub struct Trust {
    network: NetworkId,
    roots: Vec<MemberId>,
    revocations: Vec<Revocation>,
    psk: Option<NetworkPsk>,
    rendezvous: Option<SecretKey>,
}

impl Trust {
    /// Trusts whoever holds the network key.
    pub fn from_network_key(key: &NetworkKey) -> Self {
        Self {
            network: key.network(),
            roots: [key.root().id()].into(),
            revocations: Vec::new(),
            psk: Some(key.preshared()),
            rendezvous: Some(key.rendezvous()),
        }
    }

    /// Trusts whom one of the roots has certified, or an introducer that a root has certified.
    pub fn from_roots(network: NetworkId, roots: impl IntoIterator<Item = MemberId>) -> Self {
        Self {
            network,
            roots: roots.into_iter().collect(),
            revocations: Vec::new(),
            psk: None,
            rendezvous: None,
        }
    }

    /// Sets a secret that all members share beside their certificates: from it each pair's preshared
    /// key is derived. A member without it cannot make a tunnel.
    #[must_use]
    pub fn preshared_key(self, key: &PresharedKey) -> Self {
        Self { psk: Some(NetworkPsk::from_preshared_key(key)), ..self }
    }

    /// Returns the network.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// Returns the revocations that are kept, in the order in which they came.
    pub fn revocations(&self) -> &[Revocation] {
        &self.revocations
    }

    pub(super) fn psk(&self) -> Option<&NetworkPsk> {
        self.psk.as_ref()
    }

    pub(super) fn rendezvous(&self) -> Option<&SecretKey> {
        self.rendezvous.as_ref()
    }

    /// Judges a record at a wall time, given since 1970-01-01 UTC.
    ///
    /// # Errors
    ///
    /// A [`TrustError`] that says why the record is not to be believed.
    pub fn verify(&self, record: &Record, wall: Duration) -> Result<(), TrustError> {
        self.verify_certificate(record.certificate(), record.introducer(), wall)?;
        self.verify_signature(record)
    }

    /// Judges a record whose certificates were judged and not revoked since: by time and signature.
    pub(super) fn verify_signature(&self, record: &Record) -> Result<(), TrustError> {
        if record.is_signed() { Ok(()) } else { Err(TrustError::Signature) }
    }

    /// Judges a member's certificate; `introducer` is that of its issuer, unless this is a root.
    ///
    /// # Errors
    ///
    /// A [`TrustError`] that says why the certificate is not to be believed.
    pub fn verify_certificate(
        &self,
        certificate: &Certificate,
        introducer: Option<&Certificate>,
        wall: Duration,
    ) -> Result<(), TrustError> {
        let claims = certificate.claims();
        if claims.network != self.network {
            return Err(TrustError::Network);
        }
        let derived = IpNet::from(self.network.derived_net());
        if claims.nets.iter().any(|net| derived.contains(net)) {
            return Err(TrustError::DerivedNet);
        }
        self.check_times(certificate, introducer, wall)?;
        match introducer {
            None if self.is_root(certificate.issuer()) => {}
            None => return Err(TrustError::Issuer),
            Some(introducer) => {
                self.verify_introducer(introducer, certificate.issuer())?;
                check_constraints(certificate, introducer)?;
            }
        }
        if certificate.is_signed() { Ok(()) } else { Err(TrustError::Signature) }
    }

    /// Judges certificates whose signatures were judged: by the clock and by what was revoked.
    pub(super) fn check_times(
        &self,
        certificate: &Certificate,
        introducer: Option<&Certificate>,
        wall: Duration,
    ) -> Result<(), TrustError> {
        let now = wall.as_secs();
        for certificate in [Some(certificate), introducer].into_iter().flatten() {
            let claims = certificate.claims();
            if now.saturating_add(CLOCK_SKEW) < claims.not_before {
                return Err(TrustError::NotYet);
            }
            if now.saturating_sub(CLOCK_SKEW) >= claims.not_after {
                return Err(TrustError::Expired);
            }
            if self.is_revoked(certificate) {
                return Err(TrustError::Revoked);
            }
        }
        Ok(())
    }

    /// Whether anything that an introducer has issued under its certificate can hold: if not, what it
    /// revokes is of no use either.
    fn check_standing(&self, introducer: &Certificate, wall: Duration) -> Result<(), TrustError> {
        self.check_times(introducer, None, wall)?;
        let issuer = Subject::Issuer(introducer.claims().member);
        let fallen = |kept: &Revocation| kept.subject() == issuer && self.is_root(kept.signer());
        if self.revocations.iter().any(fallen) { Err(TrustError::Revoked) } else { Ok(()) }
    }

    /// Judges a revocation and keeps it; returns whether it says anything that was not known.
    ///
    /// # Errors
    ///
    /// A [`TrustError`] that says why the revocation is not to be believed, or
    /// [`TrustError::Full`].
    pub fn revoke(&mut self, revocation: Revocation, wall: Duration) -> Result<bool, TrustError> {
        if revocation.network() != self.network {
            return Err(TrustError::Network);
        }
        let now = wall.as_secs().saturating_sub(CLOCK_SKEW);
        if now >= revocation.until() {
            return Err(TrustError::Expired);
        }
        if self.revocations.contains(&revocation) {
            return Ok(false);
        }
        match revocation.introducer() {
            None if self.is_root(revocation.signer()) => {}
            None => return Err(TrustError::Issuer),
            Some(introducer) => {
                self.check_standing(introducer, wall)?;
                self.verify_introducer(introducer, revocation.signer())?;
            }
        }
        if !revocation.is_signed() {
            return Err(TrustError::Signature);
        }
        self.revocations.retain(|kept| now < kept.until());
        if !self.has_room_for(&revocation) {
            return Err(TrustError::Full);
        }
        self.revocations.push(revocation);
        Ok(true)
    }

    /// Whether the time of any that is kept is over.
    pub(super) fn has_ended(&self, wall: Duration) -> bool {
        let now = wall.as_secs().saturating_sub(CLOCK_SKEW);
        self.revocations.iter().any(|kept| now >= kept.until())
    }

    /// Takes what was kept and holds no more: its time is over, or its introducer's.
    pub(super) fn take_fallen(&mut self, wall: Duration) -> Vec<Revocation> {
        let now = wall.as_secs().saturating_sub(CLOCK_SKEW);
        let stands = |kept: &Revocation| {
            let introducer = kept.introducer();
            now < kept.until() && introducer.is_none_or(|it| self.check_standing(it, wall).is_ok())
        };
        let standing: Vec<bool> = self.revocations.iter().map(stands).collect();
        let mut standing = standing.into_iter();
        let (kept, fallen) = core::mem::take(&mut self.revocations)
            .into_iter()
            .partition(|_| standing.next().unwrap_or(true));
        self.revocations = kept;
        fallen
    }

    fn has_room_for(&self, revocation: &Revocation) -> bool {
        if self.revocations.len() >= MAX_REVOCATIONS {
            return false;
        }
        if revocation.introducer().is_none() {
            return true;
        }
        let introducers = self.revocations.iter().filter(|kept| kept.introducer().is_some());
        let own = introducers.clone().filter(|kept| kept.signer() == revocation.signer());
        introducers.count() < MAX_OF_INTRODUCERS && own.count() < MAX_OF_ONE_INTRODUCER
    }

    /// Whether `introducer` says, in the name of a root, that `issuer` may introduce members.
    fn verify_introducer(
        &self,
        introducer: &Certificate,
        issuer: MemberId,
    ) -> Result<(), TrustError> {
        let claims = introducer.claims();
        if claims.network != self.network {
            return Err(TrustError::Network);
        }
        // The issuer of an introducer is a root: the path has one step.
        if claims.member != issuer || claims.introduces.is_none() {
            return Err(TrustError::Issuer);
        }
        if !self.is_root(introducer.issuer()) {
            return Err(TrustError::Issuer);
        }
        if introducer.is_signed() { Ok(()) } else { Err(TrustError::Signature) }
    }

    fn is_revoked(&self, certificate: &Certificate) -> bool {
        self.revocations
            .iter()
            .any(|revocation| revocation.covers(certificate, self.is_root(revocation.signer())))
    }

    /// A revocation for which a record is not believed.
    pub(super) fn revocation_of(&self, record: &Record) -> Option<&Revocation> {
        let covers = |kept: &&Revocation| {
            let by_root = self.is_root(kept.signer());
            record.certificates().any(|certificate| kept.covers(certificate, by_root))
        };
        self.revocations.iter().find(covers)
    }

    pub(super) fn is_root(&self, id: MemberId) -> bool {
        self.roots.contains(&id)
    }
}

/// Whether an introducer may grant what a certificate claims.
fn check_constraints(
    certificate: &Certificate,
    introducer: &Certificate,
) -> Result<(), TrustError> {
    let (claims, limits) = (certificate.claims(), introducer.claims());
    let grants = limits.introduces.as_deref().unwrap_or_default();
    let granted = claims.introduces.is_none()
        && claims.not_before >= limits.not_before
        && claims.not_after <= limits.not_after
        && claims.nets.iter().all(|net| grants.iter().any(|grant| grant.contains(net)));
    if granted { Ok(()) } else { Err(TrustError::Constraint) }
}

/// Shows what is public.
impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("network", &self.network)
            .field("roots", &self.roots)
            .field("revocations", &self.revocations)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::certificate::Claims;
    use crate::mesh::identity::SigningKey;

    const NETWORK: NetworkId = NetworkId::from_bytes([1; 16]);

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_bytes([byte; 32])
    }

    fn revocation(until: u64, by: u8, introducer: Option<Certificate>) -> Revocation {
        let subject = Subject::Member { member: key(9).id(), last_serial: until };
        Revocation::sign(&key(by), NETWORK, subject, until, introducer)
    }

    #[test]
    fn a_revocation_falls_when_its_time_or_its_introducers_is_over() {
        let (root, introducer) = (1, 2);
        let tunnel = SecretKey::from_bytes([2; 32]).public_key();
        let claims = Claims::new(NETWORK, key(introducer).id(), tunnel).valid(0, 2000);
        let certificate = Certificate::issue(claims.introducer(Vec::new()), &key(root)).unwrap();
        let kept = [
            revocation(1000, root, None),
            revocation(9000, root, None),
            revocation(9000, introducer, Some(certificate)),
        ];
        let mut trust = Trust::from_roots(NETWORK, [key(root).id()]);
        for revocation in &kept {
            assert_eq!(trust.revoke(revocation.clone(), Duration::from_secs(500)), Ok(true));
        }
        let mut fallen = |wall| trust.take_fallen(Duration::from_secs(wall));

        assert_eq!(fallen(1299), []);
        assert_eq!(fallen(1300), kept[..1]);
        assert_eq!(fallen(2299), []);
        assert_eq!(fallen(2300), kept[2..]);
        assert_eq!(trust.revocations(), &kept[1..2]);
    }
}
