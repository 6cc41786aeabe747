use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use super::certificate::{Certificate, Claims};
use super::encoding::{MAX_ENDPOINTS, canonical, is_endpoint};
use super::error::ClaimsError;
use super::event::Event;
use super::gossip::{Tag, Version};
use super::identity::{MemberId, SigningKey};
use super::record::Record;
use super::roster;
use crate::key::PublicKey;
use crate::time::Time;

/// How long a certificate that a node issues itself holds, in seconds: 30 days.
const OWN_LIFETIME: u64 = 30 * 86_400;
/// When it is replaced, in seconds before its end.
const RENEW_BEFORE: u64 = 20 * 86_400;
/// How long before the end of a certificate the user is told at most, in seconds: 7 days.
const END_NOTICE: u64 = 7 * 86_400;
/// How many members' word about where this node is seen is kept.
const MAX_OBSERVATIONS: usize = 8;

/// What a node knows of itself.
#[derive(Debug)]
pub(super) struct Own {
    signing: SigningKey,
    /// Issues this node's certificate, if it holds the network key.
    root: Option<SigningKey>,
    certificate: Certificate,
    introducer: Option<Certificate>,
    /// Where it is, as its user says.
    endpoints: Vec<SocketAddr>,
    /// Where members see it, the last first.
    observed: Vec<(MemberId, SocketAddr)>,
    /// The node has said farewell, and says nothing else any more.
    leaving: bool,
    version: Version,
    record: Record,
    bytes: Vec<u8>,
    /// When it is told anew, if it has changed.
    due: Option<Time>,
    /// What the user knows of the end of the certificate.
    end: End,
}

/// How near a certificate is to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Far,
    Near,
    Over,
}

impl Own {
    /// `last` is the last version that was told in an earlier life.
    pub(super) fn new(
        signing: SigningKey,
        root: Option<SigningKey>,
        certificate: Certificate,
        introducer: Option<Certificate>,
        endpoints: Vec<SocketAddr>,
        (last, wall): (Version, Duration),
    ) -> Self {
        let record = Record::sign(&signing, 0, &[], certificate.clone(), introducer.clone());
        let mut own = Self {
            signing,
            root,
            certificate,
            introducer,
            endpoints,
            observed: Vec::new(),
            leaving: false,
            version: last,
            record,
            bytes: Vec::new(),
            due: None,
            end: End::Far,
        };
        own.publish(wall);
        own
    }

    /// The certificate of a node that holds the network key.
    pub(super) fn certify(
        root: &SigningKey,
        claims: Claims,
        wall: Duration,
    ) -> Result<Certificate, ClaimsError> {
        let now = wall.as_secs();
        let serial = now.max(claims.serial.saturating_add(1));
        Certificate::issue(claims.serial(serial).valid(now, now.saturating_add(OWN_LIFETIME)), root)
    }

    pub(super) fn id(&self) -> MemberId {
        self.record.member()
    }

    pub(super) fn tag(&self) -> Tag {
        roster::tag(&self.id())
    }

    pub(super) fn version(&self) -> Version {
        self.version
    }

    pub(super) fn record(&self) -> &Record {
        &self.record
    }

    /// The record as it is told.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A version of an earlier life is about: this one must be newer.
    pub(super) fn outdo(&mut self, version: Version, wall: Duration) {
        self.version = self.version.max(version);
        self.publish(wall);
    }

    /// Notes where a member sees this node; whether that changes what is to be told.
    pub(super) fn observe(&mut self, by: MemberId, at: SocketAddr) -> bool {
        let at = canonical(at);
        self.observed.retain(|(other, _)| *other != by);
        self.observed.insert(0, (by, at));
        self.observed.truncate(MAX_OBSERVATIONS);
        self.told() != self.record.endpoints()
    }

    /// Whether members see this node, and nobody where its user says that it is.
    pub(super) fn is_hidden(&self) -> bool {
        let is_told = |at: &SocketAddr| self.endpoints.iter().any(|told| canonical(*told) == *at);
        !self.observed.is_empty() && !self.observed.iter().any(|(_, at)| is_told(at))
    }

    /// Where members see this node, the last first.
    pub(super) fn observed(&self) -> impl Iterator<Item = SocketAddr> {
        self.observed.iter().map(|(_, at)| *at)
    }

    /// What has changed is to be told then, or when others of its changes are.
    pub(super) fn publish_at(&mut self, due: Time) {
        self.due.get_or_insert(due);
    }

    pub(super) fn due(&self) -> Option<Time> {
        self.due
    }

    /// Whether it is time to tell of changes.
    pub(super) fn poll_due(&mut self, now: Time) -> bool {
        self.due.take_if(|due| *due <= now).is_some()
    }

    /// Makes a record of what has changed.
    pub(super) fn publish(&mut self, wall: Duration) {
        let wall_version = Version::edition(millis(wall));
        let next = Version::edition(self.version.number().saturating_add(1));
        self.version = wall_version.max(next);
        self.sign();
    }

    /// Makes a record that says the same again, or of a certificate that had to be renewed.
    pub(super) fn renew(&mut self, wall: Duration) {
        if self.recertify(wall) {
            self.publish(wall);
        } else {
            self.version = self.version.renewed();
            self.sign();
        }
    }

    /// What the user is to be told of the end of a certificate that only others can replace.
    pub(super) fn poll_end(&mut self, wall: Duration) -> Option<Event> {
        if self.root.is_some() {
            return None;
        }
        let all = || self.record.certificates().map(Certificate::claims);
        let at = all().map(|claims| claims.not_after).min()?;
        let whole = at.saturating_sub(self.certificate.claims().not_before);
        let left = at.saturating_sub(wall.as_secs());
        let end = match left {
            0 => End::Over,
            _ if left <= (whole / 4).min(END_NOTICE) => End::Near,
            _ => End::Far,
        };
        let last = core::mem::replace(&mut self.end, end);
        match end {
            End::Near if last != End::Near => Some(Event::CertificateEnds { at }),
            End::Over if last != End::Over => Some(Event::CertificateEnded { at }),
            End::Far | End::Near | End::Over => None,
        }
    }

    /// The clock was corrected: the certificate has to be valid by it, and the record newer than what
    /// others know of an earlier life, which may have had a better clock.
    pub(super) fn correct(&mut self, wall: Duration) {
        self.recertify(wall);
        self.publish(wall);
    }

    /// Takes another certificate.
    pub(super) fn set_certificate(
        &mut self,
        certificate: Certificate,
        introducer: Option<Certificate>,
        wall: Duration,
    ) {
        self.certificate = certificate;
        self.introducer = introducer;
        self.publish(wall);
    }

    /// The record with which the node leaves.
    pub(super) fn farewell(&mut self, wall: Duration) {
        self.leaving = true;
        self.publish(wall);
    }

    /// A certificate for another tunnel key, of a node that certifies itself.
    pub(super) fn certify_key(&self, tunnel: PublicKey, wall: Duration) -> Option<Certificate> {
        let mut claims = self.certificate.claims().clone();
        claims.tunnel = tunnel;
        Self::certify(self.root.as_ref()?, claims, wall).ok()
    }

    fn recertify(&mut self, wall: Duration) -> bool {
        let Some(root) = &self.root else { return false };
        let (claims, now) = (self.certificate.claims(), wall.as_secs());
        if now >= claims.not_before && now.saturating_add(RENEW_BEFORE) < claims.not_after {
            return false;
        }
        let Ok(certificate) = Self::certify(root, claims.clone(), wall) else { return false };
        self.certificate = certificate;
        true
    }

    fn sign(&mut self) {
        let (certificate, introducer) = (self.certificate.clone(), self.introducer.clone());
        let (sequence, told) = (self.version.bits(), self.told());
        self.record = if self.leaving {
            Record::farewell(&self.signing, sequence, certificate, introducer)
        } else {
            Record::sign(&self.signing, sequence, &told, certificate, introducer)
        };
        self.bytes = self.record.to_bytes();
    }

    /// Where this node is: as its user says, then as members see it, if two agree or only one has
    /// spoken. A NAT that gives each of them another port is not worth telling of.
    fn told(&self) -> Vec<SocketAddr> {
        let mut told: Vec<_> = self.endpoints.iter().map(|endpoint| canonical(*endpoint)).collect();
        for (_, at) in &self.observed {
            let witnesses = self.observed.iter().filter(|(_, other)| other == at).count();
            if (witnesses >= 2 || self.observed.len() == 1) && !told.contains(at) {
                told.push(*at);
            }
        }
        told.retain(is_endpoint);
        told.truncate(MAX_ENDPOINTS);
        told
    }
}

fn millis(wall: Duration) -> u64 {
    u64::try_from(wall.as_millis()).unwrap_or(u64::MAX)
}
