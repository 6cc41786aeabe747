//! Converters by their names and arguments.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::Compiler;
use crate::ast::{Call, Word};
use crate::convert::chunk::Chunks;
use crate::convert::encoding::Encoding;
use crate::convert::given::{self, Given};
use crate::convert::json::{Path, Query};
use crate::convert::keyword::{NATIVE, UNSUPPORTED};
use crate::convert::number::{Checksum, Hash, Operand, Operation};
use crate::convert::part::{Part, Unit};
use crate::convert::substitution::Substitution;
use crate::convert::{Choice, Concatenation, Converter, Item};
use crate::error::DiagnosticKind;
use crate::fetch::Kind;
use crate::number;
use crate::parse::did_you_mean;
use crate::pattern::regex;
use crate::quote;
use crate::signature::{self, Signature};
use crate::spelling;

impl Compiler<'_, '_> {
    pub(super) fn converter(&mut self, call: &Call, word: &Word) -> Option<Converter> {
        let name = call.name.as_str();
        if name == "map" || name.starts_with("map_") {
            return self.map(call, word);
        }
        let Some((_, signature)) = NATIVE.iter().find(|(known, _)| *known == name) else {
            return self.given_converter(call, word);
        };
        if name == "regsub" {
            self.check_flags(&call.arguments, word)?;
        }
        let arguments = self.arguments(call, Signature(signature), word)?;
        let integer = |at: usize| arguments.get(at).and_then(|text| signature::integer(text));
        let text =
            |at: usize| -> Box<[u8]> { arguments.get(at).map_or(&[][..], Vec::as_slice).into() };
        Some(match name {
            "debug" => Converter::Keep(Kind::Any),
            "capture-req" | "capture-res" => Converter::Keep(Kind::Text),
            "lower" => Converter::Lower,
            "upper" => Converter::Upper,
            "field" | "word" => Converter::Part(self.part(name, arguments, word)?),
            "ltrim" => Converter::TrimStart(text(0)),
            "rtrim" => Converter::TrimEnd(text(0)),
            "host_only" => Converter::Host,
            "port_only" => Converter::Port,
            "regsub" => Converter::Substitute(Box::new(self.substitution(arguments, word)?)),
            "concat" => {
                let variable = match &*text(1) {
                    [] => None,
                    name => Some(self.variable(name, word)?),
                };
                let (before, behind) = (text(0), text(2));
                Converter::Concatenate(Box::new(Concatenation { before, variable, behind }))
            }
            "strcmp" => Converter::Compare(self.variable(&text(0), word)?),
            "hex" => Converter::Encode(Encoding::Hex),
            "base64" => Converter::Encode(Encoding::Base64),
            "ub64enc" => Converter::Encode(Encoding::Base64Url),
            "b64dec" => Converter::Encode(Encoding::FromBase64),
            "ub64dec" => Converter::Encode(Encoding::FromBase64Url),
            "url_enc" => {
                if !matches!(&*text(0), b"" | b"query") {
                    let message = format!("'{}' is not 'query'", quote::shown(&text(0)));
                    self.reporter.error(DiagnosticKind::Argument, word, message);
                    return None;
                }
                Converter::Encode(Encoding::Url)
            }
            "url_dec" => Converter::UrlDecode { form: integer(0).is_some_and(|form| form != 0) },
            // Numbers below 0 are beyond any text.
            "bytes" => Converter::Bytes {
                offset: integer(0).and_then(|offset| offset.try_into().ok()).unwrap_or(usize::MAX),
                length: integer(1).and_then(|length| length.try_into().ok()).unwrap_or(usize::MAX),
            },
            "sha1" => Converter::Sha1,
            "length" => Converter::Length,
            "ipmask" => self.mask(arguments, word)?,
            "iif" => Converter::Choose(Box::new(Choice { yes: text(0), no: text(1) })),
            "crc32" => short_checksum(Hash::Crc32, integer(0)),
            "djb2" => short_checksum(Hash::Djb2, integer(0)),
            "sdbm" => short_checksum(Hash::Sdbm, integer(0)),
            "wt6" => short_checksum(Hash::Wt6, integer(0)),
            "xxh3" => Converter::Checksum(Checksum::Xxh3 { seed: integer(0).unwrap_or(0) as u64 }),
            "json_query" => Converter::Query(Box::new(self.query(arguments, word)?)),
            "be2dec" | "be2hex" => Converter::Chunks(Box::new(self.chunks(name, arguments, word)?)),
            "add_item" => Converter::AddItem(Box::new(self.item(arguments, word)?)),
            "cut_crlf" => Converter::Line,
            "hex2i" => Converter::FromHex,
            "htonl" => Converter::NetworkOrder,
            "xxh32" => {
                Converter::Checksum(Checksum::Xxh32 { seed: integer(0).unwrap_or(0) as u32 })
            }
            "xxh64" => {
                Converter::Checksum(Checksum::Xxh64 { seed: integer(0).unwrap_or(0) as u64 })
            }
            "neg" => Converter::Number(Operation::Negate),
            "cpl" => Converter::Number(Operation::Complement),
            "bool" => Converter::Number(Operation::Bool),
            "not" => Converter::Number(Operation::Not),
            "even" => Converter::Number(Operation::Even),
            "odd" => Converter::Number(Operation::Odd),
            _ => {
                let operand = self.operand_of(&text(0), word)?;
                Converter::Number(match name {
                    "add" => Operation::Add(operand),
                    "sub" => Operation::Subtract(operand),
                    "mul" => Operation::Multiply(operand),
                    "div" => Operation::Divide(operand),
                    "mod" => Operation::Remainder(operand),
                    "and" => Operation::And(operand),
                    "or" => Operation::Or(operand),
                    _ => Operation::Xor(operand),
                })
            }
        })
    }

    /// A converter of which only the caller knows the results.
    fn given_converter(&mut self, call: &Call, word: &Word) -> Option<Converter> {
        let Some((input, output, signature)) = given::named(&call.name) else {
            self.unknown_converter(&call.name, word);
            return None;
        };
        let arguments = self.arguments(call, signature, word)?;
        let call = signature::call(&call.name, None, arguments);
        let asked = self.asked(call);
        Some(Converter::Given(Box::new(Given { asked, input, output })))
    }

    pub(super) fn unknown_converter(&mut self, name: &str, word: &Word) {
        if UNSUPPORTED.contains(&name) || name.starts_with("lua.") {
            let message = format!("the converter '{name}' is not supported");
            let report = self.reporter.error(DiagnosticKind::Unsupported, word, message);
            if UNSUPPORTED.contains(&name) {
                // Conditions change nothing, so that they can be explained and tried.
                report.suggest(format!("write a rule 'http-request {name}(...)' before this one"));
            }
            return;
        }
        let known = NATIVE.iter().map(|(name, _)| *name).chain(given::names()).chain(UNSUPPORTED);
        let near = spelling::nearest(name.as_bytes(), known);
        let message = format!("unknown converter '{}'", quote::shown(name.as_bytes()));
        let report = self.reporter.error(DiagnosticKind::Converter, word, message);
        if let Some(near) = near {
            report.suggest(did_you_mean(near));
        }
    }

    fn part(&mut self, name: &str, arguments: &[Vec<u8>], word: &Word) -> Option<Part> {
        let [index, delimiters, count @ ..] = arguments else { return None };
        let index = signature::integer(index)?;
        if index == 0 {
            let message = format!("'{name}' counts from 1 on the left, from -1 on the right");
            self.reporter.error(DiagnosticKind::Argument, word, message);
            return None;
        }
        if delimiters.is_empty() {
            let message = format!("'{name}' without a delimiter");
            self.reporter.error(DiagnosticKind::Argument, word, message);
            return None;
        }
        let count = count.first().map_or(Some(1), |text| signature::integer(text))?;
        let unit = if name == "field" { Unit::Field } else { Unit::Word };
        Some(Part { unit, index, delimiters: delimiters.as_slice().into(), count })
    }

    /// Looks at the flags of `regsub`, which HAProxy does before it asks for an expression.
    fn check_flags(&mut self, arguments: &[Vec<u8>], word: &Word) -> Option<()> {
        let [_, _, flags] = arguments else { return Some(()) };
        if flags.iter().all(|flag| b"gi".contains(flag)) {
            return Some(());
        }
        let message = format!("'{}' are no flags of 'regsub'", quote::shown(flags));
        self.reporter
            .error(DiagnosticKind::Argument, word, message)
            .suggest("use 'g' to replace all, 'i' to ignore the case");
        None
    }

    fn substitution(&mut self, arguments: &[Vec<u8>], word: &Word) -> Option<Substitution> {
        let [expression, replacement, flags @ ..] = arguments else { return None };
        let flags = flags.first().map_or(&[][..], Vec::as_slice);
        let limit = self.reporter.options().max_regex;
        match regex::compile(expression, flags.contains(&b'i'), false, limit) {
            Ok(regex) => Some(Substitution::new(regex, replacement, flags.contains(&b'g'))),
            Err(error) => {
                if !self.disabled {
                    self.refuse_regex(&error, expression, word);
                }
                None
            }
        }
    }

    /// `json_query(<path>[,'int'])`
    fn query(&mut self, arguments: &[Vec<u8>], word: &Word) -> Option<Query> {
        let [path, kind @ ..] = arguments else { return None };
        let kind = kind.first().filter(|kind| !kind.is_empty());
        if let Some(kind) = kind.filter(|kind| *kind != b"int") {
            let message = format!("'{}' is not 'int'", quote::shown(kind));
            self.reporter.error(DiagnosticKind::Argument, word, message);
            return None;
        }
        let Some(parsed) = Path::parse(path).filter(|_| !path.is_empty()) else {
            let message = format!("'{}' is not a path in a JSON text", quote::shown(path));
            self.reporter
                .error(DiagnosticKind::Argument, word, message)
                .suggest("write '$', then '.name' or '[number]' as often as needed");
            return None;
        };
        if parsed.leads_nowhere() {
            let message = format!("'{}' leads nowhere in a JSON text", quote::shown(path));
            self.reporter
                .warning(DiagnosticKind::NeverMatches, word, message)
                .suggest("begin the path with '$.' or '$['");
        }
        Some(Query { path: parsed, integer: kind.is_some() })
    }

    /// `be2dec(<separator>,<size>[,<whole>])` and `be2hex([<separator>[,<size>[,<whole>]]])`
    fn chunks(&mut self, name: &str, arguments: &[Vec<u8>], word: &Word) -> Option<Chunks> {
        let decimal = name == "be2dec";
        let [separator, numbers @ ..] = arguments else { return None };
        let mut numbers = numbers.iter().filter_map(|text| signature::integer(text));
        let (written, whole) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        let most = if decimal { 8 } else { i32::MAX };
        let size = match written {
            ..=0 if !separator.is_empty() || whole != 0 => 0,
            1..=8 => written as i32,
            _ if decimal => 0,
            // HAProxy takes the low 32 bits, and to print all in one it needs no size.
            _ if separator.is_empty() && whole == 0 && written as i32 <= 0 => most,
            _ => written as i32,
        };
        let message = match usize::try_from(size).ok().filter(|size| *size > 0) {
            Some(size) if (0..=1).contains(&whole) => {
                let separator = separator.as_slice().into();
                return Some(Chunks { size, separator, whole: whole == 1, decimal });
            }
            Some(_) => format!("'{whole}' is not 0 or 1"),
            None => format!("'{name}' takes a separator and a number of bytes, 1 to {most}"),
        };
        self.reporter.error(DiagnosticKind::Argument, word, message);
        None
    }

    /// `add_item(<delimiter>,[<variable>][,<constant>])`
    fn item(&mut self, arguments: &[Vec<u8>], word: &Word) -> Option<Item> {
        let [delimiter, name, behind @ ..] = arguments else { return None };
        let behind = behind.first().map_or(&[][..], Vec::as_slice);
        if name.is_empty() && behind.is_empty() {
            let message = "'add_item' takes a variable, or a text behind it, or both".into();
            self.reporter.error(DiagnosticKind::Argument, word, message);
            return None;
        }
        let variable = if name.is_empty() { None } else { Some(self.variable(name, word)?) };
        Some(Item { delimiter: delimiter.as_slice().into(), variable, behind: behind.into() })
    }

    fn mask(&mut self, arguments: &[Vec<u8>], word: &Word) -> Option<Converter> {
        let v4 = self.parsed_with(arguments.first()?, "an IPv4 mask", word, |text| {
            let length = number::up_to(32, text.as_bytes());
            let bits = length.map(|length| u32::MAX.checked_shl(32 - length).unwrap_or(0));
            bits.or_else(|| text.parse::<Ipv4Addr>().ok().map(Ipv4Addr::to_bits))
        })?;
        let v6 = match arguments.get(1) {
            None => None,
            Some(text) => Some(self.parsed_with(text, "an IPv6 mask", word, |text| {
                let length = number::up_to(128, text.as_bytes());
                let bits = length.map(|length| u128::MAX.checked_shl(128 - length).unwrap_or(0));
                bits.or_else(|| text.parse::<Ipv6Addr>().ok().map(Ipv6Addr::to_bits))
            })?),
        };
        Some(Converter::Mask { v4, v6 })
    }

    fn operand_of(&mut self, text: &[u8], word: &Word) -> Option<Operand> {
        if text.is_empty() {
            let message = format!("a converter of '{}' without its operand", word.display());
            self.reporter
                .warning(DiagnosticKind::Misread, word, message)
                .suggest("HAProxy takes it for 0: write it in the brackets");
            return Some(Operand::Constant(0));
        }
        match signature::integer(text) {
            Some(value) => Some(Operand::Constant(value)),
            None => self.variable(text, word).map(Operand::Variable),
        }
    }

    fn parsed_with<T>(
        &mut self,
        text: &[u8],
        what: &str,
        word: &Word,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let parsed = core::str::from_utf8(text).ok().and_then(parse);
        if parsed.is_none() {
            let message = format!("'{}' is not {what}", quote::shown(text));
            self.reporter.error(DiagnosticKind::Argument, word, message);
        }
        parsed
    }
}

fn short_checksum(hash: Hash, mixed: Option<i64>) -> Converter {
    Converter::Checksum(Checksum::Short { hash, mixed: mixed.is_some_and(|mixed| mixed != 0) })
}
