//! Variables that rules set and later rules read.

use alloc::vec::Vec;
use core::net::IpAddr;

use crate::fetch::Sample;
use crate::pattern::method;

/// The values of a policy's variables, by the index that each name got when it was compiled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables {
    slots: Vec<Kept>,
}

/// A sample that outlives what it was taken from, and keeps its room for the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    value: Option<Value>,
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
enum Value {
    Bool(bool),
    Integer(i64),
    Address(IpAddr),
    Method,
    Text,
    Binary,
}

impl Kept {
    pub(crate) fn keep(&mut self, sample: Sample<'_>) {
        let (value, bytes): (_, &[u8]) = match sample {
            Sample::Bool(value) => (Value::Bool(value), &[]),
            Sample::Integer(value) => (Value::Integer(value), &[]),
            Sample::Address(address) => (Value::Address(address), &[]),
            Sample::Method(name) if method::is_known(name) => (Value::Method, name),
            // HAProxy keeps a number only, which for methods it does not know is that of OPTIONS.
            Sample::Method(_) => (Value::Method, b"OPTIONS"),
            Sample::Text(text) => (Value::Text, text),
            Sample::Binary(bytes) => (Value::Binary, bytes),
        };
        self.value = Some(value);
        self.bytes.clear();
        self.bytes.extend_from_slice(bytes);
    }

    fn show(&self) -> Option<Sample<'_>> {
        Some(match self.value? {
            Value::Bool(value) => Sample::Bool(value),
            Value::Integer(value) => Sample::Integer(value),
            Value::Address(address) => Sample::Address(address),
            Value::Method => Sample::Method(&self.bytes),
            Value::Text => Sample::Text(&self.bytes),
            Value::Binary => Sample::Binary(&self.bytes),
        })
    }
}

impl Variables {
    pub(crate) const fn new() -> Self {
        Self { slots: Vec::new() }
    }

    pub(crate) fn clear(&mut self) {
        self.slots.iter_mut().for_each(|slot| slot.value = None);
    }

    pub(crate) fn unset(&mut self, index: usize) {
        if let Some(slot) = self.slots.get_mut(index) {
            slot.value = None;
        }
    }

    /// Takes what is kept in exchange for the old value.
    pub(crate) fn set(&mut self, index: usize, kept: &mut Kept) {
        if self.slots.len() <= index {
            self.slots.resize_with(index + 1, Kept::default);
        }
        if let Some(slot) = self.slots.get_mut(index) {
            core::mem::swap(slot, kept);
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<Sample<'_>> {
        self.slots.get(index)?.show()
    }
}
