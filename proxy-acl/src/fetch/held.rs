//! A sample whose bytes are kept apart.

use core::net::IpAddr;

use super::sample::Sample;

/// What a [`Sample`] is without its bytes, so that it can outlive what it was taken from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Held {
    Bool(bool),
    Integer(i64),
    Address(IpAddr),
    Method,
    Text,
    Binary,
}

impl Held {
    /// Takes a sample apart from its bytes, if it has any.
    pub(crate) fn part(sample: Sample<'_>) -> (Self, &[u8]) {
        match sample {
            Sample::Bool(value) => (Self::Bool(value), &[]),
            Sample::Integer(value) => (Self::Integer(value), &[]),
            Sample::Address(address) => (Self::Address(address), &[]),
            Sample::Method(text) => (Self::Method, text),
            Sample::Text(text) => (Self::Text, text),
            Sample::Binary(bytes) => (Self::Binary, bytes),
        }
    }

    /// Puts it together again.
    pub(crate) fn show(self, bytes: &[u8]) -> Sample<'_> {
        match self {
            Self::Bool(value) => Sample::Bool(value),
            Self::Integer(value) => Sample::Integer(value),
            Self::Address(address) => Sample::Address(address),
            Self::Method => Sample::Method(bytes),
            Self::Text => Sample::Text(bytes),
            Self::Binary => Sample::Binary(bytes),
        }
    }
}
