//! A fetch by its name and arguments, and the converters behind it.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use core::net::{AddrParseError, IpAddr, Ipv4Addr, Ipv6Addr};

use super::Compiler;
use crate::ast::{Call, FetchWord, Word};
use crate::error::DiagnosticKind;
use crate::fetch::derived::Derived;
use crate::fetch::header::Unit;
use crate::fetch::injected::{self, Injected};
use crate::fetch::keyword::{self, Keyword, Named};
use crate::fetch::phase::{Phase, Phases};
use crate::fetch::{Constant, Fetch, Form, Kind, Subject};
use crate::parse::did_you_mean;
use crate::pattern::binary;
use crate::pattern::matching::Matching;
use crate::pipeline::Pipeline;
use crate::quote;
use crate::signature::{self, Signature};
use crate::spelling;
use crate::variable::OfProcess;

/// HAProxy remembers no more values when it counts from the right.
const LOWEST_OCCURRENCE: i64 = -10;

impl Compiler<'_, '_> {
    /// Compiles a fetch and its converters for an acl, with the way of matching that the fetch's suffix
    /// names, which is lost by a converter.
    pub(super) fn acl_pipeline(
        &mut self,
        word: &FetchWord,
    ) -> Option<(Pipeline, Option<Matching>)> {
        let (fetch, suffix) = self.fetch(&word.fetch, &word.word)?;
        let pipeline = self.converted(fetch, word)?;
        Some((pipeline, suffix.filter(|_| word.converters.is_empty())))
    }

    /// Compiles a fetch and its converters for a rule that uses the sample itself.
    pub(super) fn pipeline(&mut self, word: &FetchWord, steps: Phases) -> Option<Pipeline> {
        let (mut fetch, suffix) = self.fetch(&word.fetch, &word.word)?;
        let shown = quote::shown(word.fetch.name.as_bytes());
        if suffix.is_some() {
            let message = format!("'{shown}' is for acls: its suffix says how to match");
            self.reporter.error(DiagnosticKind::Fetch, &word.word, message);
            return None;
        }
        // In an acl the request's headers are meant.
        if word.fetch.name == "hdr" {
            fetch.phases = Phases::EXCHANGE;
        }
        if !fetch.phases.meet(steps) {
            let (when, suggestion) = if fetch.phases == Phases::BACKEND && steps == Phases::FRONT {
                ("before the backend is chosen", "write the rule in the backend")
            } else {
                (when(steps), "keep it in a variable while it is there")
            };
            let message = format!("'{shown}' is never there {when}");
            let report = self.reporter.error(DiagnosticKind::Fetch, &word.word, message);
            report.suggest(suggestion);
            return None;
        }
        self.converted(fetch, word)
    }

    fn converted(&mut self, fetch: Fetch, word: &FetchWord) -> Option<Pipeline> {
        let mut kind = fetch.kind();
        let mut converters = Vec::new();
        for call in &word.converters {
            let converter = self.converter(call, &word.word)?;
            if !casts(kind, converter.input()) {
                let message =
                    format!("the converter '{}' cannot take what stands before it", call.name);
                self.reporter.error(DiagnosticKind::Converter, &word.word, message);
                return None;
            }
            kind = converter.output();
            converters.push(converter);
        }
        Some(Pipeline { fetch, converters: converters.into_boxed_slice() })
    }

    fn fetch(&mut self, call: &Call, word: &Word) -> Option<(Fetch, Option<Matching>)> {
        let name = call.name.as_str();
        let Some(Named { keyword, suffix, phases }) = Keyword::named(name) else {
            return match Injected::named(name) {
                Some(injected) => Some((self.injected(injected, call, word)?, None)),
                None => self.unknown_fetch(name, word),
            };
        };
        let arguments = self.arguments(call, signature(keyword), word)?;
        let (subject, form) = self.subject(keyword, arguments, word)?;
        Some((Fetch { subject, form, phases }, suffix))
    }

    fn injected(&mut self, injected: Injected, call: &Call, word: &Word) -> Option<Fetch> {
        let Injected { name, number, kind, signature, phases } = injected;
        let arguments = self.arguments(call, signature, word)?;
        let derived = match (name, arguments.first()) {
            ("env", Some(name)) => {
                self.environment.get(name).map(|value| Derived::Constant(value.as_slice().into()))
            }
            _ => Derived::named(name, arguments),
        };
        let asked = self.asked(signature::call(name, number, arguments));
        let subject = Subject::Injected { asked, kind, derived };
        Some(Fetch { subject, form: Form::Plain, phases })
    }

    fn unknown_fetch<T>(&mut self, name: &str, word: &Word) -> Option<T> {
        if name.starts_with("lua.") || name.starts_with("internal.") {
            let message = format!("the fetch '{name}' is not supported");
            self.reporter.error(DiagnosticKind::Unsupported, word, message);
            return None;
        }
        let message = format!("unknown fetch '{}'", quote::shown(name.as_bytes()));
        let near =
            spelling::nearest(name.as_bytes(), keyword::supported().chain(injected::names()));
        let report = self.reporter.error(DiagnosticKind::Fetch, word, message);
        if let Some(near) = near {
            report.suggest(did_you_mean(near));
        }
        None
    }

    fn subject(
        &mut self,
        keyword: Keyword,
        arguments: &[Vec<u8>],
        word: &Word,
    ) -> Option<(Subject, Form)> {
        let first: Box<[u8]> = arguments.first().map_or(&[][..], Vec::as_slice).into();
        let subject = match keyword {
            Keyword::AlwaysTrue => Subject::Constant(Constant::Bool(true)),
            Keyword::AlwaysFalse => Subject::Constant(Constant::Bool(false)),
            Keyword::Text => Subject::Constant(Constant::Text(first)),
            Keyword::Binary
            | Keyword::Bool
            | Keyword::Integer
            | Keyword::Ipv4
            | Keyword::Ipv6
            | Keyword::ConstantMethod => Subject::Constant(self.constant(keyword, &first, word)?),
            Keyword::Method => Subject::Method,
            Keyword::Path => Subject::Path,
            Keyword::PathQuery => Subject::PathQuery,
            Keyword::Target => Subject::Target,
            Keyword::Query => Subject::Query,
            Keyword::Base => Subject::Base,
            Keyword::Version => Subject::Version,
            Keyword::Source => Subject::Source,
            Keyword::SourcePort => Subject::SourcePort,
            Keyword::Destination => Subject::Destination,
            Keyword::DestinationPort => Subject::DestinationPort,
            Keyword::Header(unit) => self.header(arguments, unit, word)?,
            Keyword::HeaderAddress => {
                return Some((self.header(arguments, Unit::Value, word)?, Form::Address));
            }
            Keyword::HeaderNumber => {
                return Some((self.header(arguments, Unit::Value, word)?, Form::Number));
            }
            Keyword::HeaderCount(unit) => Subject::HeaderCount { name: first, unit },
            Keyword::Cookie => Subject::Cookie(first),
            Keyword::CookieNumber => return Some((Subject::Cookie(first), Form::Number)),
            Keyword::CookieCount => Subject::CookieCount(first),
            Keyword::Parameter => parameter(arguments),
            Keyword::ParameterNumber => return Some((parameter(arguments), Form::Number)),
            Keyword::Status => Subject::Status,
            Keyword::Tls => Subject::Tls,
            Keyword::TlsHasName => Subject::TlsHasName,
            Keyword::TlsName => Subject::TlsName,
            Keyword::TlsProtocol => Subject::TlsProtocol,
            Keyword::Variable => Subject::Variable {
                index: self.variable(&first, word)?,
                default: arguments.get(1).map(|text| text.as_slice().into()),
            },
        };
        Some((subject, Form::Plain))
    }

    fn constant(&mut self, keyword: Keyword, text: &[u8], word: &Word) -> Option<Constant> {
        let utf8 = core::str::from_utf8(text).unwrap_or_default();
        let address = |address: Result<IpAddr, AddrParseError>| address.ok().map(Constant::Address);
        let (constant, what) = if keyword == Keyword::Bool {
            let value = match text.to_ascii_lowercase().as_slice() {
                b"true" | b"1" => Some(true),
                b"false" | b"0" => Some(false),
                _ => None,
            };
            (value.map(Constant::Bool), "a truth value")
        } else if keyword == Keyword::Binary {
            (
                binary::parse(text)
                    .filter(|bytes| !bytes.is_empty())
                    .map(|bytes| Constant::Binary(bytes.into())),
                "an even number of hexadecimal digits",
            )
        } else if keyword == Keyword::ConstantMethod {
            let is_token =
                |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
            let name = Some(text).filter(|text| text.iter().all(is_token));
            (name.map(|text| Constant::Method(text.into())), "the name of a method")
        } else if keyword == Keyword::Ipv4 {
            (address(utf8.parse::<Ipv4Addr>().map(IpAddr::V4)), "an IPv4 address")
        } else if keyword == Keyword::Ipv6 {
            (address(utf8.parse::<Ipv6Addr>().map(IpAddr::V6)), "an IPv6 address")
        } else {
            (signature::integer(text).map(Constant::Integer), "a number")
        };
        if constant.is_none() {
            let message = format!("'{}' is not {what}", quote::shown(text));
            self.reporter.error(DiagnosticKind::Argument, word, message);
        }
        constant
    }

    fn header(&mut self, arguments: &[Vec<u8>], unit: Unit, word: &Word) -> Option<Subject> {
        let name = arguments.first().map_or(&[][..], Vec::as_slice).into();
        let written = arguments.get(1).and_then(|text| signature::integer(text)).unwrap_or(0);
        // HAProxy takes the low 32 bits, so that 4294967297 is the first.
        let occurrence = i64::from(written as i32);
        if written < LOWEST_OCCURRENCE || occurrence < LOWEST_OCCURRENCE {
            let message = if written < 0 {
                format!("the occurrence {written} is below {LOWEST_OCCURRENCE}")
            } else {
                format!("the occurrence {written} is above {}", i32::MAX)
            };
            self.reporter
                .error(DiagnosticKind::Argument, word, message)
                .suggest("count from 1 on the left, from -1 to -10 on the right");
            return None;
        }
        Some(Subject::Header { name, occurrence, unit })
    }

    /// Returns the index of a variable, whose name tells its scope.
    pub(super) fn variable(&mut self, name: &[u8], word: &Word) -> Option<usize> {
        let scoped = SCOPES.iter().any(|scope| {
            name.strip_prefix(scope.as_bytes()).is_some_and(|rest| {
                let valid =
                    |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'.';
                !rest.is_empty() && rest.iter().all(valid)
            })
        });
        if !scoped {
            let message = match name {
                [] => "the name of a variable is missing".into(),
                _ => format!("'{}' is not the name of a variable", quote::shown(name)),
            };
            self.reporter
                .error(DiagnosticKind::Argument, word, message)
                .suggest("write a scope and a name, as in 'txn.group'");
            return None;
        }
        let next = self.variables.len();
        let index = *self.variables.entry(name.into()).or_insert(next);
        if name.starts_with(b"proc.") {
            let asked = self.asked(signature::call("var", None, &[name.to_vec()]));
            if index == next {
                self.of_process.push(OfProcess { index, asked });
            }
        }
        Some(index)
    }
}

const SCOPES: [&str; 6] = ["proc.", "sess.", "txn.", "req.", "res.", "check."];

/// The arguments that a fetch takes.
fn signature(keyword: Keyword) -> Signature {
    Signature(match keyword {
        Keyword::Header(_) | Keyword::HeaderAddress | Keyword::HeaderNumber => "?si",
        Keyword::Parameter | Keyword::ParameterNumber => "?ss",
        Keyword::HeaderCount(_)
        | Keyword::Cookie
        | Keyword::CookieNumber
        | Keyword::CookieCount => "?s",
        Keyword::Variable => "s?s",
        Keyword::ConstantMethod | Keyword::Text | Keyword::Binary | Keyword::Bool => "s",
        Keyword::Integer => "i",
        Keyword::Ipv4 => "p",
        Keyword::Ipv6 => "q",
        Keyword::AlwaysTrue
        | Keyword::AlwaysFalse
        | Keyword::Method
        | Keyword::Path
        | Keyword::PathQuery
        | Keyword::Target
        | Keyword::Query
        | Keyword::Base
        | Keyword::Version
        | Keyword::Source
        | Keyword::SourcePort
        | Keyword::Destination
        | Keyword::DestinationPort
        | Keyword::Status
        | Keyword::Tls
        | Keyword::TlsHasName
        | Keyword::TlsName
        | Keyword::TlsProtocol => "",
    })
}

/// The time of the steps at which rules of one list are asked, in messages.
pub(super) fn when(steps: Phases) -> &'static str {
    if steps.contain(Phase::Connection) {
        "when a client connects"
    } else if steps.contain(Phase::Session) {
        "before the request"
    } else if steps.contain(Phase::Request) {
        "before the response"
    } else {
        "when the response comes"
    }
}

fn parameter(arguments: &[Vec<u8>]) -> Subject {
    let name = arguments.first().map_or(&[][..], Vec::as_slice).into();
    // HAProxy takes an empty delimiter for NUL, which no target has.
    let delimiter = arguments.get(1).map_or(b'?', |text| text.first().copied().unwrap_or(0));
    Subject::Parameter { name, delimiter }
}

/// Whether HAProxy lets a converter that takes one kind stand behind what gives another.
pub(super) fn casts(from: Kind, to: Kind) -> bool {
    let is_bytes = matches!(from, Kind::Binary | Kind::Method);
    match to {
        Kind::Any => true,
        _ if from == Kind::MappedAddress => false,
        Kind::Bool => !is_bytes && !matches!(from, Kind::Address | Kind::Ipv6),
        Kind::Integer => !is_bytes && from != Kind::Ipv6,
        Kind::Address | Kind::Ipv6 | Kind::MappedAddress => !is_bytes && from != Kind::Bool,
        Kind::Binary | Kind::Text | Kind::Method => true,
    }
}
