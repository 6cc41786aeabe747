use alloc::vec::Vec;

use super::certificate::{Certificate, MAX_CERTIFICATE_LEN};
use super::encoding::Reader;
use super::error::DecodeError;
use super::identity::{MemberId, NetworkId, SIGNATURE_LEN, SigningKey};
use super::signed::{Signed, Statement};

const VERSION: u8 = 1;
const MEMBER: u8 = 1;
const ISSUER: u8 = 2;
/// Greatest length of an encoded revocation, in bytes.
pub(super) const MAX_REVOCATION_LEN: usize =
    1 + 16 + (1 + 32 + 8) + 8 + 32 + 1 + MAX_CERTIFICATE_LEN + SIGNATURE_LEN;

/// Which certificates are revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Those of a member whose serial is at most this; all with `u64::MAX`.
    Member {
        /// The member's key.
        member: MemberId,
        /// The last serial that is revoked.
        last_serial: u64,
    },
    /// Those that an introducer has issued, and will issue.
    Issuer(MemberId),
}

impl Subject {
    /// Every certificate of a member, whatever its serial.
    pub const fn member(member: MemberId) -> Self {
        Self::Member { member, last_serial: u64::MAX }
    }

    fn covers(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Member { member, last_serial } => {
                let claims = certificate.claims();
                claims.member == *member && claims.serial <= *last_serial
            }
            Self::Issuer(issuer) => certificate.issuer() == *issuer,
        }
    }
}

/// A statement, signed by a root or by the issuer concerned, that certificates hold no more.
///
/// An introducer's revocation holds for what it issued itself, whatever it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation(Signed<Notice>);

/// What is revoked, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Notice {
    network: NetworkId,
    subject: Subject,
    /// When it can be forgotten, in seconds since 1970-01-01 UTC.
    until: u64,
    signer: MemberId,
    /// The certificate of the signer, unless that is a root.
    introducer: Option<Certificate>,
}

impl Revocation {
    /// Signs a revocation, to be kept until a time in seconds since 1970-01-01 UTC: not before the
    /// last of the certificates concerned has ended; `u64::MAX` for a member that certifies itself
    /// by the network key, as it does again and again.
    ///
    /// `introducer` is the signer's certificate, if it is no root.
    pub fn sign(
        key: &SigningKey,
        network: NetworkId,
        subject: Subject,
        until: u64,
        introducer: Option<Certificate>,
    ) -> Self {
        let notice = Notice { network, subject, until, signer: key.id(), introducer };
        Self(Signed::sign(notice, key))
    }

    /// Returns the network that it is for.
    pub fn network(&self) -> NetworkId {
        self.0.statement().network
    }

    /// Returns which certificates are revoked.
    pub fn subject(&self) -> Subject {
        self.0.statement().subject
    }

    /// Returns when it can be forgotten, in seconds since 1970-01-01 UTC.
    pub fn until(&self) -> u64 {
        self.0.statement().until
    }

    /// Returns who signed it.
    pub fn signer(&self) -> MemberId {
        self.0.statement().signer
    }

    /// Returns the certificate of the signer, unless that is a root.
    pub fn introducer(&self) -> Option<&Certificate> {
        self.0.statement().introducer.as_ref()
    }

    /// Encodes it: 163 bytes if a root signed it, at most 688.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// Decodes exactly one revocation.
    ///
    /// # Errors
    ///
    /// A [`DecodeError`] if the bytes are not the encoding of a revocation. The signatures are not
    /// looked at.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Signed::decode(bytes).map(Self)
    }

    /// Whether it covers a certificate, if its signer is a root or not.
    pub(super) fn covers(&self, certificate: &Certificate, by_root: bool) -> bool {
        self.subject().covers(certificate) && (by_root || certificate.issuer() == self.signer())
    }

    /// Whether the signer that it names signed it.
    pub(super) fn is_signed(&self) -> bool {
        self.0.is_signed()
    }
}

impl Statement for Notice {
    const LABEL: &'static [u8] = b"vpn-core mesh revocation";

    fn signer(&self) -> MemberId {
        self.signer
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        out.extend(self.network.as_bytes());
        match self.subject {
            Subject::Member { member, last_serial } => {
                out.push(MEMBER);
                out.extend(member.as_bytes());
                out.extend(last_serial.to_le_bytes());
            }
            Subject::Issuer(issuer) => {
                out.push(ISSUER);
                out.extend(issuer.as_bytes());
            }
        }
        out.extend(self.until.to_le_bytes());
        out.extend(self.signer.as_bytes());
        out.push(self.introducer.is_some().into());
        if let Some(introducer) = &self.introducer {
            introducer.put(out);
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.version(VERSION)?;
        let network = NetworkId::from_bytes(reader.array()?);
        let subject = match reader.u8()? {
            MEMBER => Subject::Member {
                member: MemberId::from_bytes(reader.array()?),
                last_serial: reader.u64()?,
            },
            ISSUER => Subject::Issuer(MemberId::from_bytes(reader.array()?)),
            other => return Err(DecodeError::Unknown(other)),
        };
        let until = reader.u64()?;
        let signer = MemberId::from_bytes(reader.array()?);
        let introducer = if reader.flag()? { Some(Certificate::read(reader)?) } else { None };
        Ok(Self { network, subject, until, signer, introducer })
    }
}
