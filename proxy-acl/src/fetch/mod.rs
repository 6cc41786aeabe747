//! What to look at in a request (configuration manual, 7.3).

mod authorization;
pub(crate) mod cookie;
pub(crate) mod derived;
pub(crate) mod header;
mod held;
pub(crate) mod host;
pub(crate) mod injected;
pub(crate) mod keyword;
mod parameter;
pub(crate) mod path;
pub(crate) mod phase;
mod printed;
mod sample;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::ops::ControlFlow;

use crate::asked::{Asked, Missing};
use crate::request::Request;
use crate::rewritten::Rewritten;
use derived::Derived;
use header::Unit;
pub(crate) use held::Held;
use parameter::Parameters;
use phase::{Phase, Phases};
pub(crate) use printed::Printed;
pub(crate) use sample::{Kind, Sample, until_nul};

/// Room for what must be put together first, and what was asked for in vain.
#[derive(Clone, Debug, Default)]
pub(crate) struct Room {
    bytes: Vec<u8>,
    pub(crate) missing: Missing,
}

/// One thing to look at. It may be missing, and some have several values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fetch {
    pub(crate) subject: Subject,
    pub(crate) form: Form,
    /// When it is there; at other times it is missing.
    pub(crate) phases: Phases,
}

/// What becomes of each value found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    /// An address, as in `hdr_ip`; what is none does not count.
    Address,
    /// A number in an old way of reading, as in `hdr_val`.
    Number,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Constant(Constant),
    Method,
    Path,
    PathQuery,
    Target,
    Query,
    /// `Host` and path.
    Base,
    Version,
    Source,
    SourcePort,
    Destination,
    DestinationPort,
    Header {
        name: Box<[u8]>,
        occurrence: i64,
        unit: Unit,
    },
    HeaderCount {
        name: Box<[u8]>,
        unit: Unit,
    },
    Cookie(Box<[u8]>),
    CookieCount(Box<[u8]>),
    Parameter {
        name: Box<[u8]>,
        delimiter: u8,
    },
    Tls,
    TlsHasName,
    TlsName,
    TlsProtocol,
    /// The status of the response.
    Status,
    Variable {
        index: usize,
        default: Option<Box<[u8]>>,
    },
    /// What the caller knows by this name, or else what can be derived.
    Injected {
        asked: Asked,
        kind: Kind,
        derived: Option<Derived>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Constant {
    Bool(bool),
    Integer(i64),
    Method(Box<[u8]>),
    Text(Box<[u8]>),
    Binary(Box<[u8]>),
    Address(IpAddr),
}

impl Fetch {
    pub(crate) fn kind(&self) -> Kind {
        match self.form {
            Form::Plain => self.subject.kind(),
            Form::Address => Kind::Address,
            Form::Number => Kind::Integer,
        }
    }

    /// Shows each sample to `visit` until it breaks; never called when the sample is missing.
    #[inline]
    pub(crate) fn each<R: Request + ?Sized>(
        &self,
        view: &Rewritten<'_, R>,
        room: &mut Room,
        mut visit: impl FnMut(Sample<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if !self.phases.contain(view.phase()) {
            return ControlFlow::Continue(());
        }
        match self.form {
            Form::Plain => self.subject.each(view, room, visit),
            form @ (Form::Address | Form::Number) => {
                self.subject.each(view, room, |sample| match form.of(sample) {
                    Some(sample) => visit(sample),
                    None => ControlFlow::Continue(()),
                })
            }
        }
    }

    /// Shows the one sample that counts where only one can: the last value of a header or cookie,
    /// the first of a parameter.
    pub(crate) fn one<R: Request + ?Sized>(
        &self,
        view: &Rewritten<'_, R>,
        room: &mut Room,
        visit: impl FnOnce(Sample<'_>),
    ) {
        if !self.phases.contain(view.phase()) {
            return;
        }
        let mut left = 0;
        if let Subject::Header { name, occurrence: 0, unit } = &self.subject {
            left = header::count(view, name, *unit) - 1;
        } else if let Subject::Cookie(name) = &self.subject {
            // Without a name the first cookie counts.
            left = if name.is_empty() { 0 } else { cookie_count(view, name) - 1 };
        }
        let mut visit = Some(visit);
        let _ = self.subject.each(view, room, |sample| {
            if left > 0 {
                left -= 1;
                return ControlFlow::Continue(());
            }
            if let (Some(sample), Some(visit)) = (self.form.of(sample), visit.take()) {
                visit(sample);
            }
            ControlFlow::Break(())
        });
    }
}

impl Form {
    fn of(self, sample: Sample<'_>) -> Option<Sample<'_>> {
        match self {
            Self::Plain => Some(sample),
            Self::Address => sample.with_text(sample::header_address).map(Sample::Address),
            Self::Number => Some(Sample::Integer(sample.with_text(sample::legacy_integer))),
        }
    }
}

impl Subject {
    fn kind(&self) -> Kind {
        match self {
            Self::Constant(Constant::Bool(_)) | Self::Tls | Self::TlsHasName => Kind::Bool,
            Self::Constant(Constant::Integer(_))
            | Self::SourcePort
            | Self::DestinationPort
            | Self::HeaderCount { .. }
            | Self::CookieCount(_)
            | Self::Status => Kind::Integer,
            Self::Constant(Constant::Binary(_)) => Kind::Binary,
            Self::Injected { kind, .. } => *kind,
            Self::Constant(Constant::Address(IpAddr::V6(_))) => Kind::Ipv6,
            Self::Constant(Constant::Address(_)) | Self::Source | Self::Destination => {
                Kind::Address
            }
            Self::Constant(Constant::Method(_)) | Self::Method => Kind::Method,
            Self::Variable { .. } => Kind::Any,
            Self::Constant(Constant::Text(_))
            | Self::Path
            | Self::PathQuery
            | Self::Target
            | Self::Query
            | Self::Base
            | Self::Version
            | Self::Header { .. }
            | Self::Cookie(_)
            | Self::Parameter { .. }
            | Self::TlsName
            | Self::TlsProtocol => Kind::Text,
        }
    }

    #[inline]
    fn each<R: Request + ?Sized>(
        &self,
        view: &Rewritten<'_, R>,
        room: &mut Room,
        mut visit: impl FnMut(Sample<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let sample = match self {
            Self::Path => view.path().map(Sample::Text),
            Self::Source => Some(Sample::Address(view.source().ip())),
            Self::Method => Some(Sample::Method(view.seen_method())),
            Self::Header { name, occurrence, unit } => {
                let visit = |value: &[u8]| visit(Sample::Text(value));
                return header::each(view, name, *occurrence, *unit, visit);
            }
            Self::Cookie(name) => {
                let visit = |value: &[u8]| visit(Sample::Text(value));
                return cookie::each(view, name, sent_by(view), visit);
            }
            Self::Parameter { name, delimiter } => {
                return Parameters::new(view.uri(), name, *delimiter)
                    .try_for_each(|value| visit(Sample::Text(value)));
            }
            Self::Constant(_)
            | Self::PathQuery
            | Self::Target
            | Self::Query
            | Self::Base
            | Self::Version
            | Self::SourcePort
            | Self::Destination
            | Self::DestinationPort
            | Self::HeaderCount { .. }
            | Self::CookieCount(_)
            | Self::Tls
            | Self::TlsHasName
            | Self::TlsName
            | Self::TlsProtocol
            | Self::Status
            | Self::Variable { .. }
            | Self::Injected { .. } => self.single(view, room),
        };
        match sample {
            Some(sample) => visit(sample),
            None => ControlFlow::Continue(()),
        }
    }

    /// Returns the sample of what has one value at most.
    fn single<'s, R: Request + ?Sized>(
        &'s self,
        view: &'s Rewritten<'_, R>,
        room: &'s mut Room,
    ) -> Option<Sample<'s>> {
        let port = |address: SocketAddr| Sample::Integer(i64::from(address.port()));
        match self {
            Self::Constant(constant) => Some(constant.sample()),
            Self::PathQuery => path::with_query(view.uri()).map(Sample::Text),
            Self::Target => Some(Sample::Text(view.uri())),
            Self::Query => path::query(view.uri()).map(Sample::Text),
            Self::Base => {
                let base = put_base(view, view.path(), &mut room.bytes);
                base.then_some(Sample::Text(&room.bytes))
            }
            Self::Version => {
                let version = view.version();
                let slash = memchr::memchr(b'/', version)?;
                version.get(slash + 1..).map(Sample::Text)
            }
            Self::SourcePort => Some(port(view.source())),
            Self::Destination => view.destination().map(|address| Sample::Address(address.ip())),
            Self::DestinationPort => view.destination().map(port),
            Self::HeaderCount { name, unit } => {
                Some(Sample::Integer(header::count(view, name, *unit)))
            }
            Self::CookieCount(name) => Some(Sample::Integer(cookie_count(view, name))),
            Self::Tls => Some(Sample::Bool(view.tls().is_some())),
            Self::TlsHasName => {
                Some(Sample::Bool(view.tls().is_some_and(|tls| tls.server_name.is_some())))
            }
            Self::TlsName => view.tls()?.server_name.map(Sample::Text),
            Self::TlsProtocol => view.tls()?.protocol.map(Sample::Text),
            Self::Status => view.status().map(|status| Sample::Integer(i64::from(status))),
            Self::Injected { asked, derived, .. } => {
                if let Some(value) = view.value(&asked.name) {
                    return Some(Sample::from(value));
                }
                if let Some(derived) = derived.as_ref().filter(|one| one.is_known(view)) {
                    return derived.sample(view, &mut room.bytes);
                }
                room.missing.insert(asked.number);
                None
            }
            Self::Variable { index, default } => {
                let value = view.variable(*index);
                value.or_else(|| default.as_deref().map(Sample::Text))
            }
            // These may have several values.
            Self::Path
            | Self::Source
            | Self::Method
            | Self::Header { .. }
            | Self::Cookie(_)
            | Self::Parameter { .. } => None,
        }
    }
}

impl Constant {
    fn sample(&self) -> Sample<'_> {
        match self {
            Self::Bool(value) => Sample::Bool(*value),
            Self::Integer(value) => Sample::Integer(*value),
            Self::Method(name) => Sample::Method(name),
            Self::Text(text) => Sample::Text(text),
            Self::Binary(bytes) => Sample::Binary(bytes),
            Self::Address(address) => Sample::Address(*address),
        }
    }
}

/// Puts the first value of `Host`, if it is not empty, and a path together; tells whether there is
/// either.
fn put_base<R: Request + ?Sized>(
    view: &Rewritten<'_, R>,
    path: Option<&[u8]>,
    buffer: &mut Vec<u8>,
) -> bool {
    buffer.clear();
    let _ = header::each(view, b"host", 1, Unit::Value, |host| {
        buffer.extend_from_slice(host);
        ControlFlow::Break(())
    });
    match path {
        Some(path) => buffer.extend_from_slice(path),
        None if buffer.is_empty() => return false,
        None => {}
    }
    true
}

fn sent_by<R: Request + ?Sized>(view: &Rewritten<'_, R>) -> cookie::SentBy {
    match view.phase() {
        Phase::Response => cookie::SentBy::Server,
        Phase::Connection | Phase::Session | Phase::Request => cookie::SentBy::Client,
    }
}

fn cookie_count<R: Request + ?Sized>(view: &Rewritten<'_, R>, name: &[u8]) -> i64 {
    let mut count = 0;
    let _ = cookie::each(view, name, sent_by(view), |_| {
        count += 1;
        ControlFlow::Continue(())
    });
    count
}
