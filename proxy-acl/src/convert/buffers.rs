//! Room for a sample on its way through converters.

use alloc::vec::Vec;

use crate::fetch::{Held, Kind, Sample, until_nul};

/// Room for samples under conversion, kept from one to the next; the bytes of the one at hand are
/// `text`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffers {
    pub(super) text: Vec<u8>,
    pub(super) spare: Vec<u8>,
}

impl Buffers {
    pub(super) fn take(&mut self, sample: Sample<'_>) -> Held {
        let (held, bytes) = Held::part(sample);
        self.hold(bytes, held)
    }

    pub(super) fn hold(&mut self, bytes: &[u8], held: Held) -> Held {
        self.text.clear();
        self.text.extend_from_slice(bytes);
        held
    }

    /// Brings the sample to the kind a converter takes, if it can be brought there.
    pub(super) fn cast(&mut self, held: Held, kind: Kind) -> Option<Held> {
        let Self { text, spare } = self;
        match (kind, held) {
            (Kind::Text, Held::Text | Held::Method) => Some(Held::Text),
            (Kind::Text, Held::Binary) => {
                let length = until_nul(text).len();
                text.truncate(length);
                Some(Held::Text)
            }
            (Kind::Binary, Held::Text | Held::Method | Held::Binary) => Some(Held::Binary),
            (Kind::Text | Kind::Binary, _) => {
                spare.clear();
                let sample = held.show(text);
                if kind == Kind::Text {
                    sample.with_text(|bytes| spare.extend_from_slice(bytes));
                } else {
                    sample.with_bytes(|bytes| spare.extend_from_slice(bytes));
                }
                core::mem::swap(text, spare);
                Some(if kind == Kind::Text { Held::Text } else { Held::Binary })
            }
            (Kind::Integer, _) => held.show(text).integer().map(Held::Integer),
            (Kind::Bool, _) => held.show(text).integer().map(|value| Held::Bool(value != 0)),
            (Kind::Address | Kind::Ipv6 | Kind::MappedAddress, _) => {
                held.show(text).address().map(Held::Address)
            }
            (Kind::Method | Kind::Any, _) => Some(held),
        }
    }
}
