//! Values for keys, from a file (configuration manual, `map`).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::substitution;
use crate::fetch::{Kind, Sample};
use crate::pattern::Matcher;
use crate::pattern::matching::Matching;

#[derive(Clone, Debug)]
pub(crate) struct Map {
    pub(crate) matching: Matching,
    pub(crate) keys: Matcher,
    /// The value of each key, in the same order.
    pub(crate) values: Vec<Value>,
    pub(crate) default: Option<Value>,
    pub(crate) output: Kind,
    /// Values refer to groups of the expressions that are their keys.
    pub(crate) groups: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(Box<[u8]>),
    Integer(i64),
    Address(IpAddr),
}

/// Reads `map[_<match method>[_<type of value>]]`; HAProxy has no name for texts as values.
pub(crate) fn named(name: &str) -> Option<(Matching, Kind)> {
    let Some(rest) = name.strip_prefix("map_") else {
        return (name == "map").then_some((Matching::Str, Kind::Text));
    };
    if rest == "regm" {
        return Some((Matching::Reg, Kind::Text));
    }
    let (matching, output) = match rest.split_once('_') {
        None => (rest, Kind::Text),
        Some((matching, "int")) => (matching, Kind::Integer),
        Some((matching, "ip")) => (matching, Kind::MappedAddress),
        Some(_) => return None,
    };
    let matching = match matching {
        "str" => Matching::Str,
        "beg" => Matching::Beg,
        "sub" => Matching::Sub,
        "dir" => Matching::Dir,
        "dom" => Matching::Dom,
        "end" => Matching::End,
        "reg" => Matching::Reg,
        "int" => Matching::Int,
        "ip" => Matching::Ip,
        _ => return None,
    };
    Some((matching, output))
}

impl Map {
    pub(super) fn input(&self) -> Kind {
        if self.matching == Matching::Ip {
            Kind::Address
        } else if self.matching == Matching::Int {
            Kind::Integer
        } else {
            Kind::Text
        }
    }

    pub(super) fn output(&self) -> Kind {
        self.output
    }

    /// Writes the value of the expression that fits to `out`, with its groups put in, or the default.
    pub(super) fn substitute(&self, text: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let Matcher::Regex(keys) = &self.keys else { return None };
        match (keys.find(text).and_then(|index| Some((index, keys.get(index)?))), &self.default) {
            (Some((index, key)), _) => {
                let Value::Text(value) = self.values.get(index)? else { return None };
                substitution::replace_all_of(key, value, text, out);
            }
            (None, Some(Value::Text(default))) => out.extend_from_slice(default),
            (None, _) => return None,
        }
        Some(())
    }

    /// Returns the value of the key that fits: the longest of prefixes and networks, else the first
    /// in the file; the default if none fits.
    pub(super) fn find(&self, sample: &Sample<'_>) -> Option<&Value> {
        let index = self.keys.find(sample).flatten();
        match index {
            Some(index) => self.values.get(index),
            None => self.default.as_ref(),
        }
    }
}
