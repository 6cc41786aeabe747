use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::SocketAddr;

use super::encoding::{Reader, put_endpoint};
use super::error::DecodeError;
use super::gossip::Version;
use super::identity::NetworkId;
use super::record::{MAX_RECORD_LEN, Record};
use super::revocation::{MAX_REVOCATION_LEN, Revocation};

const VERSION: u8 = 1;
const RECORD: u8 = 0;
const REVOCATION: u8 = 1;
const SEEN: u8 = 2;

/// An address book: what a node writes down so that it finds the others again after a restart,
/// without asking any of those that it once joined through.
///
/// It holds no secret. Nothing in it is believed that is not signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    pub(super) network: NetworkId,
    /// The last version of the node's own record.
    pub(super) version: Version,
    pub(super) entries: Vec<Entry>,
}

/// One thing in a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Record(Box<Record>),
    Revocation(Box<Revocation>),
    /// Where the member of the record before was reached last.
    Seen(SocketAddr),
}

impl Book {
    /// Returns the network that the book is of.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// Returns the records of members.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Record(record) => Some(&**record),
            Entry::Revocation(_) | Entry::Seen(_) => None,
        })
    }

    /// Encodes the book.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::from([VERSION]);
        out.extend(self.network.as_bytes());
        out.extend(self.version.bits().to_le_bytes());
        for entry in &self.entries {
            let (kind, bytes) = match entry {
                Entry::Record(record) => (RECORD, record.to_bytes()),
                Entry::Revocation(revocation) => (REVOCATION, revocation.to_bytes()),
                Entry::Seen(endpoint) => {
                    let mut bytes = Vec::new();
                    put_endpoint(&mut bytes, *endpoint);
                    (SEEN, bytes)
                }
            };
            out.push(kind);
            out.extend(u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_le_bytes());
            out.extend(bytes);
        }
        out
    }

    /// Decodes a book.
    ///
    /// # Errors
    ///
    /// A [`DecodeError`] if the bytes are not the encoding of a book; nothing of it is used then.
    /// Signatures are not looked at.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let network = NetworkId::from_bytes(reader.array()?);
        let version = Version::from_bits(reader.u64()?);
        let mut entries = Vec::new();
        while !reader.rest().is_empty() {
            let kind = reader.u8()?;
            let len = usize::from(reader.u16()?);
            if len > MAX_RECORD_LEN.max(MAX_REVOCATION_LEN) {
                return Err(DecodeError::TooMany(len));
            }
            let bytes = reader.bytes(len)?;
            entries.push(match kind {
                RECORD => Entry::Record(Record::decode(bytes)?.into()),
                REVOCATION => Entry::Revocation(Revocation::decode(bytes)?.into()),
                SEEN => {
                    let mut reader = Reader::new(bytes);
                    let endpoint = reader.endpoint()?;
                    reader.finish()?;
                    Entry::Seen(endpoint)
                }
                other => return Err(DecodeError::Unknown(other)),
            });
        }
        Ok(Self { network, version, entries })
    }
}
