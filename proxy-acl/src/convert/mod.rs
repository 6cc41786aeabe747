//! How to change a sample before it is matched (configuration manual, 7.3.1).

mod buffers;
pub(crate) mod chunk;
pub(crate) mod encoding;
pub(crate) mod given;
pub(crate) mod json;
pub(crate) mod keyword;
pub(crate) mod map;
pub(crate) mod number;
pub(crate) mod part;
pub(crate) mod substitution;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::asked::Asked;
use crate::fetch::{Held, Kind, Sample};
use crate::value::Value;
use crate::variable::Variables;
use chunk::Chunks;
use encoding::Encoding;
use given::Given;
use json::{Answer, Query};
use map::Map;
use number::{Checksum, Operation};
use part::Part;
use substitution::Substitution;

pub(crate) use buffers::Buffers;

#[derive(Clone, Debug)]
pub(crate) enum Converter {
    /// The sample stays as it is.
    Keep(Kind),
    Lower,
    Upper,
    Part(Part),
    TrimStart(Box<[u8]>),
    TrimEnd(Box<[u8]>),
    Host,
    Port,
    Substitute(Box<Substitution>),
    Concatenate(Box<Concatenation>),
    /// A comparison with a variable, byte by byte.
    Compare(usize),
    Encode(Encoding),
    /// Percent-decoding; `+` is a blank from the start rather than from `?` on.
    UrlDecode {
        form: bool,
    },
    Bytes {
        offset: usize,
        length: usize,
    },
    /// What is before the first carriage return or line feed.
    Line,
    Chunks(Box<Chunks>),
    /// A hexadecimal number.
    FromHex,
    /// The low 32 bits.
    NetworkOrder,
    Query(Box<Query>),
    AddItem(Box<Item>),
    Sha1,
    Length,
    Number(Operation),
    Checksum(Checksum),
    Mask {
        v4: u32,
        v6: Option<u128>,
    },
    Map(Box<Map>),
    Choose(Box<Choice>),
    /// What the caller knows.
    Given(Box<Given>),
}

/// Asks the caller for the result of a converter, by its name with arguments.
pub(crate) type Ask<'a> = dyn Fn(&Asked, Value<'_>) -> Option<Value<'a>> + 'a;

/// What is put behind a text: a variable between two constants.
#[derive(Clone, Debug)]
pub(crate) struct Concatenation {
    pub(crate) before: Box<[u8]>,
    pub(crate) variable: Option<usize>,
    pub(crate) behind: Box<[u8]>,
}

/// What a list of items grows by: a variable and a constant.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) delimiter: Box<[u8]>,
    pub(crate) variable: Option<usize>,
    pub(crate) behind: Box<[u8]>,
}

/// What becomes of true and of false.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) yes: Box<[u8]>,
    pub(crate) no: Box<[u8]>,
}

/// A text does not grow beyond this by converters and formats, lest a chain of replacements double
/// it until memory is full. HAProxy ends at its buffer, of 16 KiB by default.
pub(crate) const LARGEST_TEXT: usize = 1024 * 1024;

/// Converts a sample step by step; nothing once a step has no result.
pub(crate) fn convert<'b>(
    converters: &[Converter],
    sample: Sample<'_>,
    variables: &Variables,
    ask: &Ask<'_>,
    buffers: &'b mut Buffers,
) -> Option<Sample<'b>> {
    let mut held = buffers.take(sample);
    for converter in converters {
        held = converter.apply(held, variables, ask, buffers)?;
        if buffers.text.len() > LARGEST_TEXT {
            return None;
        }
    }
    Some(held.show(&buffers.text))
}

impl Converter {
    /// What it takes.
    pub(crate) fn input(&self) -> Kind {
        match self {
            Self::Encode(encoding) => encoding.input(),
            Self::Chunks(_) | Self::Bytes { .. } | Self::Sha1 | Self::Checksum(_) => Kind::Binary,
            Self::Number(_) | Self::NetworkOrder => Kind::Integer,
            Self::Mask { .. } => Kind::Address,
            Self::Choose(_) => Kind::Bool,
            Self::Map(map) => map.input(),
            Self::Given(given) => given.input,
            Self::Keep(kind) => *kind,
            Self::Lower
            | Self::Upper
            | Self::Part(_)
            | Self::TrimStart(_)
            | Self::TrimEnd(_)
            | Self::Host
            | Self::Port
            | Self::Substitute(_)
            | Self::Concatenate(_)
            | Self::Compare(_)
            | Self::UrlDecode { .. }
            | Self::Line
            | Self::FromHex
            | Self::Query(_)
            | Self::AddItem(_)
            | Self::Length => Kind::Text,
        }
    }

    /// What it gives.
    pub(crate) fn output(&self) -> Kind {
        match self {
            Self::Encode(encoding) => encoding.output(),
            Self::Bytes { .. } | Self::Sha1 | Self::NetworkOrder => Kind::Binary,
            Self::Number(operation) => operation.output(),
            Self::Checksum(_) | Self::Length | Self::Port | Self::Compare(_) | Self::FromHex => {
                Kind::Integer
            }
            Self::Query(_) => Kind::Any,
            Self::Mask { .. } => Kind::Address,
            Self::Map(map) => map.output(),
            Self::Given(given) => given.output,
            Self::Keep(kind) => *kind,
            Self::Lower
            | Self::Upper
            | Self::Part(_)
            | Self::TrimStart(_)
            | Self::TrimEnd(_)
            | Self::Host
            | Self::Substitute(_)
            | Self::Concatenate(_)
            | Self::UrlDecode { .. }
            | Self::Line
            | Self::Chunks(_)
            | Self::AddItem(_)
            | Self::Choose(_) => Kind::Text,
        }
    }

    fn apply(
        &self,
        held: Held,
        variables: &Variables,
        ask: &Ask<'_>,
        buffers: &mut Buffers,
    ) -> Option<Held> {
        let held = buffers.cast(held, self.input())?;
        let Buffers { text, spare } = &mut *buffers;
        match self {
            Self::Keep(_) => return Some(held),
            Self::Lower => text.make_ascii_lowercase(),
            Self::Upper => text.make_ascii_uppercase(),
            Self::Part(part) => keep(text, part.find(text)?),
            Self::TrimStart(bytes) => {
                let start = text.iter().position(|byte| !bytes.contains(byte));
                text.drain(..start.unwrap_or(text.len()));
            }
            Self::TrimEnd(bytes) => {
                let end = text.iter().rposition(|byte| !bytes.contains(byte));
                text.truncate(end.map_or(0, |end| end + 1));
            }
            Self::Host => {
                let end = part::host(text).len();
                text.truncate(end);
                text.make_ascii_lowercase();
            }
            Self::Port => return Some(Held::Integer(part::port(text))),
            Self::Substitute(substitution) => {
                spare.clear();
                substitution.apply(text, spare);
                core::mem::swap(text, spare);
            }
            Self::Concatenate(parts) => {
                let Concatenation { before, variable, behind } = &**parts;
                text.extend_from_slice(before);
                if let Some(value) = variable.and_then(|index| variables.get(index)) {
                    value.with_text(|value| text.extend_from_slice(value));
                }
                text.extend_from_slice(behind);
            }
            Self::Compare(variable) => {
                let order = variables.get(*variable)?.with_text(|other| part::compare(text, other));
                return Some(Held::Integer(order));
            }
            Self::Encode(encoding) => {
                spare.clear();
                encoding.apply(text, spare)?;
                core::mem::swap(text, spare);
                let binary = encoding.output() == Kind::Binary;
                return Some(if binary { Held::Binary } else { Held::Text });
            }
            Self::UrlDecode { form } => encoding::url_decode(text, *form)?,
            Self::Bytes { offset, length } => {
                text.drain(..text.len().min(*offset));
                text.truncate(*length);
                return Some(Held::Binary);
            }
            Self::Line => {
                let end = memchr::memchr2(b'\r', b'\n', text);
                text.truncate(end.unwrap_or(text.len()));
            }
            Self::Chunks(chunks) => {
                spare.clear();
                chunks.print(text, spare);
                core::mem::swap(text, spare);
            }
            Self::FromHex => return encoding::from_hex(text).map(Held::Integer),
            Self::NetworkOrder => {
                let Held::Integer(value) = held else { return None };
                let [_, _, _, _, low @ ..] = value.to_be_bytes();
                return Some(buffers.hold(&low, Held::Binary));
            }
            Self::Query(query) => {
                spare.clear();
                return Some(match query.find(text, spare)? {
                    Answer::Bool(value) => Held::Bool(value),
                    Answer::Integer(value) => Held::Integer(value),
                    Answer::Text => {
                        core::mem::swap(text, spare);
                        Held::Text
                    }
                });
            }
            Self::AddItem(item) => {
                let Item { delimiter, variable, behind } = &**item;
                spare.clear();
                if let Some(value) = variable.and_then(|index| variables.get(index)) {
                    value.with_text(|value| spare.extend_from_slice(value));
                }
                spare.extend_from_slice(behind);
                if !text.is_empty() && !spare.is_empty() {
                    text.extend_from_slice(delimiter);
                }
                text.extend_from_slice(spare);
            }
            Self::Sha1 => {
                let digest = <sha1::Sha1 as sha1::Digest>::digest(&*text);
                return Some(buffers.hold(&digest, Held::Binary));
            }
            Self::Length => return Some(Held::Integer(i64::try_from(text.len()).ok()?)),
            Self::Checksum(checksum) => return Some(Held::Integer(checksum.of(text))),
            Self::Number(operation) => {
                let Held::Integer(value) = held else { return None };
                let value = operation.apply(value, variables)?;
                let truth = operation.output() == Kind::Bool;
                return Some(if truth { Held::Bool(value != 0) } else { Held::Integer(value) });
            }
            Self::Mask { v4, v6 } => {
                let Held::Address(address) = held else { return None };
                return mask(address, *v4, *v6).map(Held::Address);
            }
            Self::Map(map) if map.groups => {
                spare.clear();
                map.substitute(text, spare)?;
                core::mem::swap(text, spare);
            }
            Self::Map(map) => {
                let value = map.find(&held.show(text))?;
                return Some(match value {
                    map::Value::Integer(value) => Held::Integer(*value),
                    map::Value::Address(address) => Held::Address(*address),
                    map::Value::Text(value) => buffers.hold(value, Held::Text),
                });
            }
            Self::Given(given) => {
                let value = ask(&given.asked, held.show(text).value())?;
                return Some(buffers.take(Sample::from(value)));
            }
            Self::Choose(choice) => {
                let Held::Bool(value) = held else { return None };
                let text = if value { &choice.yes } else { &choice.no };
                return Some(buffers.hold(text, Held::Text));
            }
        }
        Some(Held::Text)
    }
}

fn keep(text: &mut Vec<u8>, range: core::ops::Range<usize>) {
    text.truncate(range.end);
    text.drain(..range.start);
}

/// Masks an address; IPv6 that is a mapped IPv4 address becomes that, other IPv6 needs a mask of its
/// own.
fn mask(address: IpAddr, v4: u32, v6: Option<u128>) -> Option<IpAddr> {
    match address.to_canonical() {
        IpAddr::V4(address) => Some(IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & v4))),
        IpAddr::V6(address) => Some(IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & v6?))),
    }
}
