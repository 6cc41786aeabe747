use alloc::vec::Vec;

use super::encoding::Reader;
use super::error::DecodeError;
use super::gossip::{Tag, Version};
use super::identity::SIGNATURE_LEN;
use super::record::Record;

/// Length of a renewal, in bytes.
const LEN: usize = 8 + 8 + SIGNATURE_LEN;
/// Where the sequence number stands in a record: behind the version of its form.
const SEQUENCE: core::ops::Range<usize> = 1..9;

/// All that differs between a record and a later one that says the same: the sequence number and the
/// signature, and the tag that tells whose they are.
///
/// Most records that are told are such; this is a quarter of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Renewal([u8; LEN]);

impl Renewal {
    /// What an encoded record of this tag has that an earlier one lacks.
    pub(super) fn of(tag: Tag, record: &[u8]) -> Option<Self> {
        let mut bytes = [0; LEN];
        let (name, rest) = bytes.split_at_mut(8);
        let (sequence, signature) = rest.split_at_mut(8);
        name.copy_from_slice(&tag.bits().to_le_bytes());
        sequence.copy_from_slice(record.get(SEQUENCE)?);
        signature.copy_from_slice(record.last_chunk::<SIGNATURE_LEN>()?);
        Some(Self(bytes))
    }

    /// Reads exactly one.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let renewal = Self(reader.array()?);
        reader.finish()?;
        Ok(renewal)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whose record it renews.
    pub(super) fn tag(&self) -> Tag {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        Tag::from_bits(u64::from_le_bytes([a, b, c, d, e, f, g, h]))
    }

    pub(super) fn version(&self) -> Version {
        let [_, _, _, _, _, _, _, _, a, b, c, d, e, f, g, h, ..] = self.0;
        Version::from_bits(u64::from_le_bytes([a, b, c, d, e, f, g, h]))
    }

    /// The later record, if this is an earlier one in its encoding. Whether it is signed is not
    /// looked at.
    pub(super) fn apply(&self, record: &[u8]) -> Option<Record> {
        let mut renewed = Vec::from(record);
        renewed.get_mut(SEQUENCE)?.copy_from_slice(&self.0[8..16]);
        renewed.last_chunk_mut::<SIGNATURE_LEN>()?.copy_from_slice(&self.0[16..]);
        Record::decode(&renewed).ok()
    }
}
