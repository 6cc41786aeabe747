use alloc::vec::Vec;

use super::encoding::Reader;
use super::error::DecodeError;
use super::identity::{MemberId, SIGNATURE_LEN, SigningKey};

/// What can be signed: it names its signer, and has one encoding.
pub(super) trait Statement: Sized {
    /// Keeps a signature of one kind of statement from passing for that of another.
    const LABEL: &'static [u8];

    fn signer(&self) -> MemberId;
    fn put(&self, out: &mut Vec<u8>);
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;
}

/// A statement and behind it a signature, said to be its signer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signed<S> {
    statement: S,
    signature: [u8; SIGNATURE_LEN],
}

impl<S: Statement> Signed<S> {
    pub(super) fn sign(statement: S, key: &SigningKey) -> Self {
        let mut signed = Self { statement, signature: [0; SIGNATURE_LEN] };
        signed.signature = key.sign(S::LABEL, &signed.body());
        signed
    }

    pub(super) fn statement(&self) -> &S {
        &self.statement
    }

    /// Whether its signer signed it.
    pub(super) fn is_signed(&self) -> bool {
        self.statement.signer().verifies(S::LABEL, &self.body(), &self.signature)
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        self.statement.put(out);
        out.extend(self.signature);
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.put(&mut bytes);
        bytes
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { statement: S::read(reader)?, signature: reader.array()? })
    }

    /// Reads exactly one.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let signed = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(signed)
    }

    fn body(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.statement.put(&mut bytes);
        bytes
    }
}
