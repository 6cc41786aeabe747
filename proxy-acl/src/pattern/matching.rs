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
    Bin,
    Reg,
    /// What `method` does without `-m`; it has no name.
    Method,
}

impl Matching {
    pub(crate) const NAMES: [&'static str; 14] = [
        "found", "bool", "int", "ip", "bin", "len", "str", "beg", "sub", "dir", "dom", "end",
        "reg", "regm",
    ];

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
            b"bin" => Self::Bin,
            // Where it only matters whether it matches, both are the same.
            b"reg" | b"regm" => Self::Reg,
            _ => return None,
        })
    }

    /// What is done without suffix and `-m`; nothing where `-m` is needed.
    pub(crate) fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Bool => Some(Self::Bool),
            Kind::Integer => Some(Self::Int),
            Kind::Method => Some(Self::Method),
            Kind::Text => Some(Self::Str),
            Kind::Address | Kind::Ipv6 | Kind::MappedAddress => Some(Self::Ip),
            Kind::Binary | Kind::Any => None,
        }
    }

    /// Whether samples of this kind can be converted to what is matched.
    pub(crate) fn fits(self, kind: Kind) -> bool {
        match kind {
            Kind::Method | Kind::Binary => !matches!(self, Self::Bool | Self::Int | Self::Ip),
            Kind::Bool => self != Self::Ip,
            Kind::Ipv6 => !matches!(self, Self::Bool | Self::Int),
            Kind::MappedAddress => self == Self::Found,
            Kind::Text | Kind::Address | Kind::Integer | Kind::Any => true,
        }
    }

    /// Whether there is something to match without patterns.
    pub(crate) fn needs_patterns(self) -> bool {
        !matches!(self, Self::Found | Self::Bool)
    }
}
