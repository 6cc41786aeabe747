//! A sample on its way through converters.

use alloc::vec::Vec;
use core::net::IpAddr;

use crate::fetch::{Kind, Sample, until_nul};

/// Room for samples under conversion, kept from one to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffers {
    pub(super) text: Vec<u8>,
    pub(super) spare: Vec<u8>,
}

/// A sample under conversion, whose bytes, if it has any, are in [`Buffers::text`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Held {
    Bool(bool),
    Integer(i64),
    Address(IpAddr),
    Method,
    Text,
    Binary,
}

impl Buffers {
    pub(super) fn hold(&mut self, bytes: &[u8], held: Held) -> Held {
        self.text.clear();
        self.text.extend_from_slice(bytes);
        held
    }
}

impl Held {
    pub(super) fn new(sample: Sample<'_>, buffers: &mut Buffers) -> Self {
        buffers.text.clear();
        match sample {
            Sample::Bool(value) => Self::Bool(value),
            Sample::Integer(value) => Self::Integer(value),
            Sample::Address(address) => Self::Address(address),
            Sample::Method(text) => buffers.hold(text, Self::Method),
            Sample::Text(text) => buffers.hold(text, Self::Text),
            Sample::Binary(bytes) => buffers.hold(bytes, Self::Binary),
        }
    }

    pub(super) fn show(self, text: &[u8]) -> Sample<'_> {
        match self {
            Self::Bool(value) => Sample::Bool(value),
            Self::Integer(value) => Sample::Integer(value),
            Self::Address(address) => Sample::Address(address),
            Self::Method => Sample::Method(text),
            Self::Text => Sample::Text(text),
            Self::Binary => Sample::Binary(text),
        }
    }

    /// Brings the sample to the kind a converter takes, if it can be brought there.
    pub(super) fn cast(self, kind: Kind, buffers: &mut Buffers) -> Option<Self> {
        let Buffers { text, spare } = buffers;
        match (kind, self) {
            (Kind::Text, Self::Text | Self::Method) => Some(Self::Text),
            (Kind::Text, Self::Binary) => {
                let length = until_nul(text).len();
                text.truncate(length);
                Some(Self::Text)
            }
            (Kind::Binary, Self::Text | Self::Method | Self::Binary) => Some(Self::Binary),
            (Kind::Text | Kind::Binary, _) => {
                spare.clear();
                let sample = self.show(text);
                if kind == Kind::Text {
                    sample.with_text(|bytes| spare.extend_from_slice(bytes));
                } else {
                    sample.with_bytes(|bytes| spare.extend_from_slice(bytes));
                }
                core::mem::swap(text, spare);
                Some(if kind == Kind::Text { Self::Text } else { Self::Binary })
            }
            (Kind::Integer, _) => self.show(text).integer().map(Self::Integer),
            (Kind::Bool, _) => self.show(text).integer().map(|value| Self::Bool(value != 0)),
            (Kind::Address | Kind::Ipv6 | Kind::MappedAddress, _) => {
                self.show(text).address().map(Self::Address)
            }
            (Kind::Method | Kind::Any, _) => Some(self),
        }
    }
}
