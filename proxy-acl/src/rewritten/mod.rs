//! A request as later rules see it: with what earlier rules changed.

mod changes;

use alloc::vec::Vec;
use core::cell::OnceCell;
use core::fmt;
use core::net::SocketAddr;
use core::ops::ControlFlow;

use crate::fetch::header;
use crate::fetch::host::DefaultPort;
use crate::fetch::phase::Phase;
use crate::fetch::{Sample, path};
use crate::pattern::method;
use crate::request::{HeaderVisitor, Request, Tls};
use crate::value::Value;
use crate::variable::Variables;
use changes::NOTHING;

pub(crate) use changes::Changes;

/// A request with what the rules changed in it, which is how it goes on to the backend.
///
/// Rules that set or remove headers, change the path and so on never touch the request itself; what
/// they left of it is read here, and is a [`Request`] too.
pub struct Rewritten<'r, R: ?Sized> {
    request: &'r R,
    changes: &'r Changes,
    port: Option<DefaultPort>,
    path: OnceCell<Option<&'r [u8]>>,
}

impl<'r, R: Request + ?Sized> Rewritten<'r, R> {
    #[inline]
    pub(crate) fn new(request: &'r R, changes: &'r Changes) -> Self {
        let port = match request.uri().first() {
            Some(b'/') => None,
            _ => DefaultPort::of(request.method(), request.uri()),
        };
        Self { request, changes, port, path: OnceCell::new() }
    }

    /// Returns a request as it came; nothing if even HAProxy's own changes need room.
    #[inline]
    pub(crate) fn unchanged(request: &'r R) -> Option<Self> {
        let origin_form = request.uri().first() == Some(&b'/');
        origin_form.then(|| Self { request, changes: &NOTHING, port: None, path: OnceCell::new() })
    }

    /// Returns the path of the target, raw and without the query; `None` for `*` and an authority.
    #[inline]
    #[must_use]
    pub fn path(&self) -> Option<&'r [u8]> {
        *self.path.get_or_init(|| path::of(self.target()))
    }

    #[inline]
    pub(crate) fn target(&self) -> &'r [u8] {
        self.changes.target.get().unwrap_or_else(|| self.request.uri())
    }

    /// The method as rules see it: HAProxy knows the common ones by a number that `set-method` does
    /// not change.
    #[inline]
    pub(crate) fn seen_method(&self) -> &'r [u8] {
        match self.changes.method.get() {
            Some(method) if !method::is_known(self.request.method()) => method,
            _ => self.request.method(),
        }
    }

    /// The request as it came.
    pub(crate) fn received(&self) -> &'r R {
        self.request
    }

    /// Appends the target as it came, without a default port.
    pub(crate) fn write_received_target(&self, out: &mut Vec<u8>) {
        let target = self.request.uri();
        match self.port {
            Some(port) => port.normalise(target, out),
            None => out.extend_from_slice(target),
        }
    }

    /// The name of the proxy where it came in; empty where proxies have none.
    pub(crate) fn frontend(&self) -> &'r [u8] {
        &self.changes.frontend
    }

    /// The name of the proxy whose rules are asked; of a response that of the one which answered.
    pub(crate) fn proxy(&self) -> &'r [u8] {
        &self.changes.proxy
    }

    #[inline]
    pub(crate) fn phase(&self) -> Phase {
        self.changes.phase
    }

    pub(crate) fn status(&self) -> Option<u16> {
        self.changes.status
    }

    pub(crate) fn variables(&self) -> &'r Variables {
        &self.changes.variables
    }

    pub(crate) fn variable(&self, index: usize) -> Option<Sample<'r>> {
        self.changes.variables.get(index)
    }
}

impl<R: Request + ?Sized> Request for Rewritten<'_, R> {
    #[inline]
    fn method(&self) -> &[u8] {
        self.changes.method.get().unwrap_or_else(|| self.request.method())
    }

    #[inline]
    fn uri(&self) -> &[u8] {
        self.target()
    }

    fn version(&self) -> &[u8] {
        self.request.version()
    }

    fn headers(&self, visit: &mut HeaderVisitor<'_>) -> ControlFlow<()> {
        if let Some(mut headers) = self.changes.changed_headers() {
            return headers.try_for_each(|(name, value)| visit(name, value));
        }
        match self.port {
            None => self.request.headers(visit),
            port => self.request.headers(&mut |name, value| visit(name, shown(port, name, value))),
        }
    }

    #[inline]
    fn source(&self) -> SocketAddr {
        self.changes.source.unwrap_or_else(|| self.request.source())
    }

    fn destination(&self) -> Option<SocketAddr> {
        self.changes.destination.or_else(|| self.request.destination())
    }

    fn tls(&self) -> Option<Tls<'_>> {
        self.request.tls()
    }

    fn value(&self, name: &str) -> Option<Value<'_>> {
        self.request.value(name)
    }

    fn converted<'s>(&'s self, name: &str, value: Value<'_>) -> Option<Value<'s>> {
        self.request.converted(name, value)
    }
}

impl<R: Request + ?Sized> fmt::Debug for Rewritten<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rewritten")
            .field("method", &format_args!("{}", self.method().escape_ascii()))
            .field("uri", &format_args!("{}", self.uri().escape_ascii()))
            .finish_non_exhaustive()
    }
}

/// The value of a header line: trimmed, and of `Host` without the default port.
fn shown<'v>(port: Option<DefaultPort>, name: &[u8], value: &'v [u8]) -> &'v [u8] {
    match port {
        Some(port) if name.eq_ignore_ascii_case(b"host") => port.strip(header::trim(value)),
        _ => value,
    }
}
