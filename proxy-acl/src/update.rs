//! What rules order to be changed in pattern and map files (configuration manual, 4.2, `set-map`).

use alloc::vec::Vec;
use core::fmt;

use crate::convert::LARGEST_TEXT;

/// A change of a pattern or map file that a rule orders.
///
/// Rules read these files as they were handed in, later ones of the same request too: who carries an
/// update out does so for the requests to come, in the file, and compiles the rules again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Update<'v> {
    /// What is to be done.
    pub kind: UpdateKind,
    /// The name of the file, as rules write it.
    pub file: &'v [u8],
    /// The pattern, or the key of a map.
    pub key: &'v [u8],
    /// The value of the key; empty unless it is set.
    pub value: &'v [u8],
}

/// What is to be done in a file; `Display` is the name of the action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UpdateKind {
    /// The pattern is added, if it is not there.
    AddAcl,
    /// The pattern is removed.
    DelAcl,
    /// The key gets the value, and is added if it is not there.
    SetMap,
    /// The key and its value are removed.
    DelMap,
}

impl UpdateKind {
    pub(crate) const ALL: [Self; 4] = [Self::AddAcl, Self::DelAcl, Self::SetMap, Self::DelMap];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AddAcl => "add-acl",
            Self::DelAcl => "del-acl",
            Self::SetMap => "set-map",
            Self::DelMap => "del-map",
        }
    }
}

impl fmt::Display for UpdateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The updates of one request or response; its room is kept for the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Updates {
    bytes: Vec<u8>,
    list: Vec<Entry>,
}

/// Where the parts of an update end; each begins where the one before ends.
#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: UpdateKind,
    file: usize,
    key: usize,
    value: usize,
}

/// The texts of all updates come to no more than this; one for which there is no room is left out.
const LARGEST_UPDATES: usize = 16 * LARGEST_TEXT;

impl Updates {
    pub(crate) const fn new() -> Self {
        Self { bytes: Vec::new(), list: Vec::new() }
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.list.clear();
    }

    pub(crate) fn push(&mut self, update: Update<'_>) {
        let Update { kind, file, key, value } = update;
        let size = file.len() + key.len() + value.len();
        if size > LARGEST_UPDATES.saturating_sub(self.bytes.len()) {
            return;
        }
        let mut append = |part| {
            self.bytes.extend_from_slice(part);
            self.bytes.len()
        };
        let entry = Entry { kind, file: append(file), key: append(key), value: append(value) };
        self.list.push(entry);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Update<'_>> {
        let mut start = 0;
        self.list.iter().map(move |&Entry { kind, file, key, value }| {
            let part = |from, to| self.bytes.get(from..to).unwrap_or_default();
            let from = core::mem::replace(&mut start, value);
            Update { kind, file: part(from, file), key: part(file, key), value: part(key, value) }
        })
    }
}
