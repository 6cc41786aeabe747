//! Variables that rules set and later rules read.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::asked::Asked;
use crate::convert::LARGEST_TEXT;
use crate::fetch::{Held, Sample};
use crate::pattern::method;

/// The values of a policy's variables, by the index that each name got when it was compiled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables {
    slots: Vec<Kept>,
    /// The bytes of all values.
    size: usize,
}

/// What variables hold comes to no more than this. HAProxy has limits of its own for it, which are off by
/// default (`tune.vars.txn-max-size` and its like).
const LARGEST_VARIABLES: usize = 16 * LARGEST_TEXT;

/// The bytes for which a variable keeps its room.
const KEPT_ROOM: usize = 4096;

/// A variable of the process, of which the caller knows the value from before the request.
#[derive(Clone, Debug)]
pub(crate) struct OfProcess {
    pub(crate) index: usize,
    pub(crate) asked: Asked,
}

/// A sample that outlives what it was taken from, and keeps its room for the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    value: Option<Held>,
    bytes: Vec<u8>,
}

/// When a variable is set (configuration manual, `set-var`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// It has a value already.
    Set,
    /// It has none.
    NotSet,
    /// The new value is an empty text.
    Empty,
    /// The new value is anything else.
    NotEmpty,
    /// The old value is greater than the new one, where both are numbers.
    Greater,
    /// The old value is less than the new one, where both are numbers.
    Less,
    /// Nothing that can be.
    Never,
}

impl Guard {
    /// Their names; two of them have another one each.
    pub(crate) const NAMES: [(&str, Self); 8] = [
        ("ifempty", Self::Empty),
        ("ifexists", Self::Set),
        ("ifgt", Self::Greater),
        ("iflt", Self::Less),
        ("ifnotempty", Self::NotEmpty),
        ("ifnotexists", Self::NotSet),
        ("ifnotset", Self::NotSet),
        ("ifset", Self::Set),
    ];

    pub(crate) fn holds(self, old: Option<Sample<'_>>, new: Sample<'_>) -> bool {
        let empty = matches!(new, Sample::Text([]) | Sample::Binary([]));
        let ordered = |wanted| match (old, new) {
            (Some(Sample::Integer(old)), Sample::Integer(new)) => old.cmp(&new) == wanted,
            _ => true,
        };
        match self {
            Self::Set => old.is_some(),
            Self::NotSet => old.is_none(),
            Self::Empty => empty,
            Self::NotEmpty => !empty,
            Self::Greater => ordered(Ordering::Greater),
            Self::Less => ordered(Ordering::Less),
            Self::Never => false,
        }
    }
}

impl Kept {
    pub(crate) fn keep(&mut self, sample: Sample<'_>) {
        let (value, mut bytes) = Held::part(sample);
        // HAProxy keeps a number only, which for methods it does not know is that of OPTIONS.
        if matches!(sample, Sample::Method(name) if !method::is_known(name)) {
            bytes = b"OPTIONS";
        }
        self.value = Some(value);
        self.bytes.clear();
        if bytes.len() <= KEPT_ROOM {
            self.bytes.shrink_to(KEPT_ROOM);
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Forgets the value, and all but some of its room.
    fn forget(&mut self) {
        self.value = None;
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_ROOM);
    }

    fn size(&self) -> usize {
        self.bytes.len()
    }

    fn show(&self) -> Option<Sample<'_>> {
        Some(self.value?.show(&self.bytes))
    }
}

impl Variables {
    pub(crate) const fn new() -> Self {
        Self { slots: Vec::new(), size: 0 }
    }

    pub(crate) fn clear(&mut self) {
        self.slots.iter_mut().for_each(Kept::forget);
        self.size = 0;
    }

    pub(crate) fn unset(&mut self, index: usize) {
        if let Some(slot) = self.slots.get_mut(index) {
            self.size -= slot.size();
            slot.forget();
        }
    }

    /// Takes what is kept in exchange for the old value. What exceeds the room for all leaves the variable
    /// without one.
    pub(crate) fn set(&mut self, index: usize, kept: &mut Kept) {
        if self.slots.len() <= index {
            self.slots.resize_with(index + 1, Kept::default);
        }
        if let Some(slot) = self.slots.get_mut(index) {
            let others = self.size - slot.size();
            if others + kept.size() > LARGEST_VARIABLES {
                slot.forget();
                self.size = others;
            } else {
                self.size = others + kept.size();
                core::mem::swap(slot, kept);
            }
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<Sample<'_>> {
        self.slots.get(index)?.show()
    }
}
