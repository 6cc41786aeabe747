//! Values that follow from the request, though a caller may give others (configuration manual, 7.3.6
//! and 8.2.4).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::IpAddr;
use core::ops::ControlFlow;

use super::authorization::{self, Scheme};
use super::header::{self, Unit};
use super::phase::Phase;
use super::sample::{self, Sample};
use super::{path, put_base};
use crate::convert::number::{mix, sdbm};
use crate::request::{HeaderVisitor, Request};
use crate::rewritten::Rewritten;

/// What a value is derived from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Derived {
    /// A part of the request as it came.
    Line(LinePart),
    /// `Host`, path and query.
    BaseQuery,
    /// A hash of `Host` and the path, or the query with it, and perhaps the client's address.
    Hash {
        query: bool,
        source: bool,
    },
    /// The address in an absolute target.
    TargetAddress,
    TargetPort,
    /// All headers, each in a line.
    Headers,
    /// The names of all headers.
    HeaderNames {
        delimiter: u8,
    },
    User,
    Password,
    Scheme,
    /// The token in this header.
    Token(Box<[u8]>),
    Constant(Box<[u8]>),
    /// Where the request came in, and whether `~` tells that this is over TLS.
    Frontend {
        marked: bool,
    },
    /// The proxy whose rules are asked.
    Proxy,
}

/// A part of a request line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinePart {
    Whole,
    Method,
    Target,
    /// The target up to the query, its scheme and authority included.
    BeforeQuery,
    Path,
    PathQuery,
    /// The query with its mark, or nothing at all.
    Query,
    Version,
    /// One of the versions that HAProxy tells apart.
    KnownVersion,
}

impl Derived {
    /// Returns what the value of this name and these arguments is derived from, if it is.
    pub(crate) fn named(name: &str, arguments: &[Vec<u8>]) -> Option<Self> {
        let first = arguments.first().map_or(&[][..], Vec::as_slice);
        Some(match name {
            "%r" => Self::Line(LinePart::Whole),
            "%HM" | "capture.req.method" => Self::Line(LinePart::Method),
            "%HU" => Self::Line(LinePart::Target),
            "%HP" => Self::Line(LinePart::BeforeQuery),
            "%HPO" => Self::Line(LinePart::Path),
            "%HQ" => Self::Line(LinePart::Query),
            "%HV" => Self::Line(LinePart::Version),
            "capture.req.uri" => Self::Line(LinePart::PathQuery),
            "capture.req.ver" => Self::Line(LinePart::KnownVersion),
            "baseq" => Self::BaseQuery,
            "base32" => Self::Hash { query: false, source: false },
            "base32+src" => Self::Hash { query: false, source: true },
            "url32" => Self::Hash { query: true, source: false },
            "url32+src" => Self::Hash { query: true, source: true },
            "url_ip" => Self::TargetAddress,
            "url_port" => Self::TargetPort,
            "req.hdrs" => Self::Headers,
            "req.hdr_names" => {
                Self::HeaderNames { delimiter: first.first().copied().unwrap_or(b',') }
            }
            "http_auth_user" => Self::User,
            "http_auth_pass" => Self::Password,
            "http_auth_type" => Self::Scheme,
            "http_auth_bearer" => Self::Token(first.into()),
            "fe_name" | "%f" => Self::Frontend { marked: false },
            "%ft" => Self::Frontend { marked: true },
            "be_name" | "%b" => Self::Proxy,
            _ => return None,
        })
    }

    /// Whether it can be derived where rules are asked at this point; otherwise only the caller knows
    /// it.
    pub(crate) fn is_known<R: Request + ?Sized>(&self, view: &Rewritten<'_, R>) -> bool {
        if matches!(self, Self::Line(_)) {
            view.phase() == Phase::Request
        } else {
            !matches!(self, Self::Frontend { .. } | Self::Proxy) || !view.frontend().is_empty()
        }
    }

    pub(super) fn sample<'s, R: Request + ?Sized>(
        &'s self,
        view: &'s Rewritten<'_, R>,
        out: &'s mut Vec<u8>,
    ) -> Option<Sample<'s>> {
        out.clear();
        match self {
            Self::Line(part) => part.write(view, out)?,
            Self::BaseQuery => {
                let target = path::with_query(view.target());
                return put_base(view, target, out).then_some(Sample::Text(out));
            }
            Self::Hash { query, source } => {
                let hash = hash(view, *query);
                if !source {
                    return Some(Sample::Integer(i64::from(hash)));
                }
                out.extend_from_slice(&hash.to_be_bytes());
                match view.source().ip() {
                    IpAddr::V4(address) => out.extend(address.octets()),
                    IpAddr::V6(address) => out.extend(address.octets()),
                }
                return Some(Sample::Binary(out));
            }
            Self::TargetAddress => {
                return target_address(view.target()).map(|(ip, _)| Sample::Address(ip));
            }
            Self::TargetPort => {
                let (_, port) = target_address(view.target())?;
                return Some(Sample::Integer(i64::from(port)));
            }
            Self::Headers => {
                each_header(view, &mut |name, value| {
                    out.extend(name.iter().map(u8::to_ascii_lowercase));
                    out.extend_from_slice(b": ");
                    out.extend_from_slice(header::trim(value));
                    out.extend_from_slice(b"\r\n");
                });
                out.extend_from_slice(b"\r\n");
                return Some(Sample::Binary(out));
            }
            Self::HeaderNames { delimiter } => {
                let mut first = true;
                each_header(view, &mut |name, _| {
                    out.extend((!first).then_some(*delimiter));
                    out.extend(name.iter().map(u8::to_ascii_lowercase));
                    first = false;
                });
            }
            Self::User | Self::Password => {
                authorization::credentials(view, out)?;
                let colon = memchr::memchr(b':', out)?;
                if *self == Self::User {
                    out.truncate(colon);
                } else {
                    out.drain(..=colon);
                }
            }
            Self::Scheme => {
                return Some(Sample::Text(match authorization::scheme(view)? {
                    Scheme::Basic => {
                        authorization::credentials(view, out)?;
                        b"Basic"
                    }
                    Scheme::Bearer => b"Bearer",
                }));
            }
            Self::Token(header) => authorization::token(view, header, out)?,
            Self::Constant(text) => return Some(Sample::Text(text)),
            Self::Frontend { marked } => {
                out.extend_from_slice(view.frontend());
                out.extend((*marked && view.tls().is_some()).then_some(b'~'));
            }
            Self::Proxy => out.extend_from_slice(view.proxy()),
        }
        Some(Sample::Text(out))
    }
}

impl LinePart {
    /// Appends the part to `out`.
    fn write<R: Request + ?Sized>(self, view: &Rewritten<'_, R>, out: &mut Vec<u8>) -> Option<()> {
        let received = view.received();
        match self {
            Self::Method => out.extend_from_slice(received.method()),
            Self::Version => out.extend_from_slice(received.version()),
            Self::KnownVersion if received.version() == b"HTTP/1.0" => {
                out.extend_from_slice(b"HTTP/1.0");
            }
            Self::KnownVersion => out.extend_from_slice(b"HTTP/1.1"),
            Self::Whole => {
                out.extend_from_slice(received.method());
                out.push(b' ');
                view.write_received_target(out);
                out.push(b' ');
                out.extend_from_slice(received.version());
            }
            Self::Target => view.write_received_target(out),
            Self::BeforeQuery => {
                view.write_received_target(out);
                out.truncate(memchr::memchr(b'?', out).unwrap_or(out.len()));
            }
            Self::PathQuery => out.extend_from_slice(path::with_query(received.uri())?),
            Self::Path => out.extend_from_slice(path::of(received.uri()).unwrap_or_default()),
            Self::Query => {
                if let Some(query) = path::query(received.uri()) {
                    out.push(b'?');
                    out.extend_from_slice(query);
                }
            }
        }
        Some(())
    }
}

fn each_header<R: Request + ?Sized>(request: &R, visit: &mut dyn FnMut(&[u8], &[u8])) {
    let mut each = |name: &[u8], value: &[u8]| {
        visit(name, value);
        ControlFlow::Continue(())
    };
    let each: &mut HeaderVisitor<'_> = &mut each;
    let _ = request.headers(each);
}

/// The hash that `base32` and `url32` are, of which the second looks at the whole line of `Host`.
fn hash<R: Request + ?Sized>(view: &Rewritten<'_, R>, query: bool) -> u32 {
    let mut hash = 0;
    let unit = if query { Unit::Line } else { Unit::Value };
    let _ = header::each(view, b"host", 1, unit, |host| {
        hash = sdbm(hash, host);
        ControlFlow::Break(())
    });
    let path = if query { path::with_query(view.target()) } else { view.path() };
    mix(sdbm(hash, path.unwrap_or_default()))
}

/// The IPv4 address and the port of an `http` or `https` target.
fn target_address(target: &[u8]) -> Option<(IpAddr, u16)> {
    let rest = path::after_scheme(target)?;
    let (scheme, _) = target.split_at(target.len() - rest.len());
    let usual = match scheme.to_ascii_lowercase().as_slice() {
        b"http://" => 80,
        b"https://" => 443,
        _ => return None,
    };
    let address = sample::leading_v4(rest)?;
    let digit = |byte: &u8| byte.is_ascii_digit();
    let end = rest.iter().position(|byte| !digit(byte) && *byte != b'.').unwrap_or(rest.len());
    let port = match rest.get(end..).and_then(|rest| rest.strip_prefix(b":")) {
        // What exceeds 16 bits is lost.
        Some(port) => port
            .iter()
            .take_while(|byte| digit(byte))
            .fold(0_u16, |port, digit| port.wrapping_mul(10).wrapping_add(u16::from(digit - b'0'))),
        None => usual,
    };
    Some((IpAddr::V4(address), port))
}
