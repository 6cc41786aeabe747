use alloc::vec::Vec;

use super::encoding::Reader;
use super::error::DecodeError;
use super::record::MAX_RECORD_LEN;
use super::renewal::Renewal;

const RECORD: u8 = 0;
const REVOCATION: u8 = 1;
const RENEWAL: u8 = 2;
/// Bytes in front of each thing: life, kind and length.
const THING_HEADER_LEN: usize = 5;

/// Something that is gossiped, and for how long it is to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Thing<'a> {
    /// In units of four seconds.
    pub(super) life: u16,
    pub(super) content: Content<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content<'a> {
    Record(&'a [u8]),
    Revocation(&'a [u8]),
    Renewal(Renewal),
}

impl<'a> Thing<'a> {
    /// Bytes that it takes in a frame.
    pub(super) fn len(&self) -> usize {
        THING_HEADER_LEN + self.content.bytes().len()
    }

    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let life = reader.u16()?;
        let kind = reader.u8()?;
        let len = usize::from(reader.u16()?);
        if len > MAX_RECORD_LEN {
            return Err(DecodeError::TooMany(len));
        }
        let bytes = reader.bytes(len)?;
        let content = match kind {
            RECORD => Content::Record(bytes),
            REVOCATION => Content::Revocation(bytes),
            RENEWAL => Content::Renewal(Renewal::decode(bytes)?),
            other => return Err(DecodeError::Unknown(other)),
        };
        Ok(Self { life, content })
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        let bytes = self.content.bytes();
        out.extend(self.life.to_le_bytes());
        out.push(match self.content {
            Content::Record(_) => RECORD,
            Content::Revocation(_) => REVOCATION,
            Content::Renewal(_) => RENEWAL,
        });
        out.extend(u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_le_bytes());
        out.extend(bytes);
    }
}

impl Content<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Record(bytes) | Self::Revocation(bytes) => bytes,
            Self::Renewal(renewal) => renewal.as_bytes(),
        }
    }
}
