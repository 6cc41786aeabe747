//! The ways of matching that `-m` and the suffixes of fetches name.

use crate::fetch::Kind;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matching {
    Found,
    Bool,
    Int,
    Ip,
    Len,
    Str,
    Beg,
    Sub,
    Dir,
    Dom,
    End,
    /// What `method` does without `-m`; it has no name.
    Method,
}

impl Matching {
    /// The names that are supported.
    pub(crate) const NAMES: [&'static str; 11] =
        ["found", "bool", "int", "ip", "len", "str", "beg", "sub", "dir", "dom", "end"];
    /// The names that HAProxy knows beside these.
    pub(crate) const UNSUPPORTED: [&'static str; 3] = ["bin", "reg", "regm"];

    pub(crate) fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"found" => Self::Found,
            b"bool" => Self::Bool,
            b"int" => Self::Int,
            b"ip" => Self::Ip,
            b"len" => Self::Len,
            b"str" => Self::Str,
            b"beg" => Self::Beg,
            b"sub" => Self::Sub,
            b"dir" => Self::Dir,
            b"dom" => Self::Dom,
            b"end" => Self::End,
            _ => return None,
        })
    }

    /// What a fetch without suffix and `-m` does.
    pub(crate) fn of(kind: Kind) -> Self {
        match kind {
            Kind::Bool => Self::Bool,
            Kind::Method => Self::Method,
            Kind::Text => Self::Str,
            Kind::Address => Self::Ip,
        }
    }

    /// Whether samples of this kind can be converted to what is matched.
    pub(crate) fn fits(self, kind: Kind) -> bool {
        match kind {
            Kind::Method => !matches!(self, Self::Bool | Self::Int | Self::Ip),
            Kind::Bool => self != Self::Ip,
            Kind::Text | Kind::Address => true,
        }
    }

    /// Whether there is something to match without patterns.
    pub(crate) fn needs_patterns(self) -> bool {
        !matches!(self, Self::Found | Self::Bool)
    }
}
