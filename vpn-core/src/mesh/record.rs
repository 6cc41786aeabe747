use alloc::vec::Vec;
use core::net::SocketAddr;

use super::certificate::{Certificate, MAX_CERTIFICATE_LEN, MAX_PLAIN_LEN};
use super::encoding::{MAX_ENDPOINTS, Reader, canonical, is_endpoint, put_endpoints};
use super::error::DecodeError;
use super::identity::{MemberId, SIGNATURE_LEN, SigningKey};

const VERSION: u8 = 1;
const LABEL: &[u8] = b"vpn-core mesh record";
/// Greatest length of an encoded record, in bytes: who was introduced is no introducer.
pub(super) const MAX_RECORD_LEN: usize =
    1 + 8 + 1 + (1 + MAX_ENDPOINTS * 19) + MAX_PLAIN_LEN + 1 + MAX_CERTIFICATE_LEN + SIGNATURE_LEN;

/// What a member tells all others of itself, signed by it: its certificate, and where it is.
///
/// Of two records of one member the one with the higher sequence number holds. That it is well
/// formed says nothing; [`Trust`](crate::mesh::Trust) judges it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    sequence: u64,
    leaving: bool,
    endpoints: Vec<SocketAddr>,
    certificate: Certificate,
    /// The certificate of the issuer, unless that is a root.
    introducer: Option<Certificate>,
    signature: [u8; SIGNATURE_LEN],
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
        Self::signed(key, sequence, false, endpoints, certificate, introducer)
    }

    /// Signs the record of a member that leaves: others forget it, until it signs a later one.
    pub fn farewell(
        key: &SigningKey,
        sequence: u64,
        certificate: Certificate,
        introducer: Option<Certificate>,
    ) -> Self {
        Self::signed(key, sequence, true, Vec::new(), certificate, introducer)
    }

    fn signed(
        key: &SigningKey,
        sequence: u64,
        leaving: bool,
        endpoints: Vec<SocketAddr>,
        certificate: Certificate,
        introducer: Option<Certificate>,
    ) -> Self {
        let signature = [0; SIGNATURE_LEN];
        let mut record = Self { sequence, leaving, endpoints, certificate, introducer, signature };
        record.signature = key.sign(LABEL, &record.body());
        record
    }

    /// Returns the member's key, which signed this.
    pub fn member(&self) -> MemberId {
        self.certificate.claims().member
    }

    /// Returns the sequence number: milliseconds since 1970-01-01 UTC, or more than the last.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Whether the member says that it leaves.
    pub fn is_leaving(&self) -> bool {
        self.leaving
    }

    /// Returns where the member says it is, the best first.
    pub fn endpoints(&self) -> &[SocketAddr] {
        &self.endpoints
    }

    /// Returns the member's certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Returns the certificate of the issuer, unless that is a root.
    pub fn introducer(&self) -> Option<&Certificate> {
        self.introducer.as_ref()
    }

    /// Encodes it: at most 1,133 bytes, some 320 with one certificate, one net and two endpoints.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.body();
        bytes.extend(self.signature);
        bytes
    }

    /// Decodes exactly one record.
    ///
    /// # Errors
    ///
    /// A [`DecodeError`] if the bytes are not the encoding of a record. The signatures are not
    /// looked at.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let record = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(record)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.version(VERSION)?;
        let sequence = reader.u64()?;
        let leaving = reader.flag()?;
        let endpoints = reader.endpoints()?;
        let certificate = Certificate::read(reader)?;
        let introducer = if reader.flag()? { Some(Certificate::read(reader)?) } else { None };
        if introducer.is_some() && certificate.claims().introduces.is_some() {
            return Err(DecodeError::Introducers);
        }
        let signature = reader.array()?;
        Ok(Self { sequence, leaving, endpoints, certificate, introducer, signature })
    }

    /// Whether the member that it names signed it.
    pub(super) fn is_signed(&self) -> bool {
        self.member().verifies(LABEL, &self.body(), &self.signature)
    }

    fn body(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MAX_RECORD_LEN);
        bytes.push(VERSION);
        bytes.extend(self.sequence.to_le_bytes());
        bytes.push(self.leaving.into());
        put_endpoints(&mut bytes, &self.endpoints);
        self.certificate.put(&mut bytes);
        bytes.push(self.introducer.is_some().into());
        if let Some(introducer) = &self.introducer {
            introducer.put(&mut bytes);
        }
        bytes
    }
}
