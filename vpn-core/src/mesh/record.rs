use alloc::vec::Vec;
use core::net::SocketAddr;

use super::certificate::{Certificate, MAX_CERTIFICATE_LEN, MAX_PLAIN_LEN};
use super::encoding::{MAX_ENDPOINTS, Reader, canonical, is_endpoint, put_endpoints};
use super::error::DecodeError;
use super::identity::{MemberId, SIGNATURE_LEN, SigningKey};
use super::signed::{Signed, Statement};

const VERSION: u8 = 1;
/// Greatest length of an encoded record, in bytes: who was introduced is no introducer.
pub(super) const MAX_RECORD_LEN: usize =
    1 + 8 + 1 + (1 + MAX_ENDPOINTS * 19) + MAX_PLAIN_LEN + 1 + MAX_CERTIFICATE_LEN + SIGNATURE_LEN;

/// What a member tells all others of itself, signed by it: its certificate, and where it is.
///
/// Of two records of one member the one with the higher sequence number holds. That it is well
/// formed says nothing; [`Trust`](crate::mesh::Trust) judges it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record(Signed<Account>);

/// What a member says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Account {
    sequence: u64,
    leaving: bool,
    endpoints: Vec<SocketAddr>,
    certificate: Certificate,
    /// The certificate of the issuer, unless that is a root.
    introducer: Option<Certificate>,
}

impl Record {
    /// Signs a record with the key that the certificate names.
    ///
    /// Of the endpoints, the first 8 to which datagrams can be sent are told. `introducer` is the
    /// certificate of the issuer, if that is no root.
    pub fn sign(
        key: &SigningKey,
        sequence: u64,
        endpoints: &[SocketAddr],
        certificate: Certificate,
        introducer: Option<Certificate>,
    ) -> Self {
        let endpoints: Vec<_> = endpoints
            .iter()
            .map(|endpoint| canonical(*endpoint))
            .filter(is_endpoint)
            .take(MAX_ENDPOINTS)
            .collect();
        let leaving = false;
        let account = Account { sequence, leaving, endpoints, certificate, introducer };
        Self(Signed::sign(account, key))
    }

    /// Signs the record of a member that leaves: others forget it, until it signs a later one.
    pub fn farewell(
        key: &SigningKey,
        sequence: u64,
        certificate: Certificate,
        introducer: Option<Certificate>,
    ) -> Self {
        let (leaving, endpoints) = (true, Vec::new());
        let account = Account { sequence, leaving, endpoints, certificate, introducer };
        Self(Signed::sign(account, key))
    }

    /// Returns the member's key, which signed this.
    pub fn member(&self) -> MemberId {
        self.0.statement().signer()
    }

    /// Returns the sequence number: milliseconds since 1970-01-01 UTC, or more than the last.
    pub fn sequence(&self) -> u64 {
        self.0.statement().sequence
    }

    /// Whether the member says that it leaves.
    pub fn is_leaving(&self) -> bool {
        self.0.statement().leaving
    }

    /// Returns where the member says it is, the best first.
    pub fn endpoints(&self) -> &[SocketAddr] {
        &self.0.statement().endpoints
    }

    /// Returns the member's certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.0.statement().certificate
    }

    /// Returns the certificate of the issuer, unless that is a root.
    pub fn introducer(&self) -> Option<&Certificate> {
        self.0.statement().introducer.as_ref()
    }

    /// Those that it depends on: the member's and its introducer's.
    pub(super) fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        [Some(self.certificate()), self.introducer()].into_iter().flatten()
    }

    /// Encodes it: at most 1,133 bytes, some 320 with one certificate, one net and two endpoints.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// Decodes exactly one record.
    ///
    /// # Errors
    ///
    /// A [`DecodeError`] if the bytes are not the encoding of a record. The signatures are not
    /// looked at.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Signed::decode(bytes).map(Self)
    }

    /// Whether the member that it names signed it.
    pub(super) fn is_signed(&self) -> bool {
        self.0.is_signed()
    }
}

impl Statement for Account {
    const LABEL: &'static [u8] = b"vpn-core mesh record";

    fn signer(&self) -> MemberId {
        self.certificate.claims().member
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        out.extend(self.sequence.to_le_bytes());
        out.push(self.leaving.into());
        put_endpoints(out, &self.endpoints);
        self.certificate.put(out);
        out.push(self.introducer.is_some().into());
        if let Some(introducer) = &self.introducer {
            introducer.put(out);
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.version(VERSION)?;
        let sequence = reader.u64()?;
        let leaving = reader.flag()?;
        let endpoints = reader.endpoints()?;
        let certificate = Certificate::read(reader)?;
        let introducer = if reader.flag()? { Some(Certificate::read(reader)?) } else { None };
        if introducer.is_some() && certificate.claims().introduces.is_some() {
            return Err(DecodeError::Introducers);
        }
        Ok(Self { sequence, leaving, endpoints, certificate, introducer })
    }
}
