//! Responses: what rules see of them, and what they leave.

use alloc::string::String;
use core::fmt;
use core::net::SocketAddr;
use core::ops::ControlFlow;

use crate::decision::{Action, Decision};
use crate::request::{HeaderVisitor, Request, Tls};
use crate::scratch::Scratch;
use crate::update::{Update, Updates};
use crate::value::Value;

/// What a proxy shows of a response, for rules of `http-response`.
pub trait Response {
    /// Returns the status, for example 200.
    fn status(&self) -> u16;

    /// Returns the protocol version as in the status line.
    fn version(&self) -> &[u8] {
        b"HTTP/1.1"
    }

    /// Shows every header line in order to `visit`, and stops when it breaks; see
    /// [`Request::headers`].
    ///
    /// # Errors
    ///
    /// `ControlFlow::Break` says that `visit` broke.
    fn headers(&self, visit: &mut HeaderVisitor<'_>) -> ControlFlow<()>;
}

/// A response put together from borrowed parts.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ResponseView<'a> {
    /// The status.
    pub status: u16,
    /// The protocol version as in the status line.
    pub version: &'a [u8],
    /// The headers in order, name and raw value.
    pub headers: &'a [(&'a [u8], &'a [u8])],
}

impl<'a> ResponseView<'a> {
    /// Returns a response of version `HTTP/1.1` without headers.
    #[must_use]
    pub const fn new(status: u16) -> Self {
        Self { status, version: b"HTTP/1.1", headers: &[] }
    }

    /// Sets the headers.
    #[must_use]
    pub const fn headers(mut self, headers: &'a [(&'a [u8], &'a [u8])]) -> Self {
        self.headers = headers;
        self
    }
}

impl Response for ResponseView<'_> {
    fn status(&self) -> u16 {
        self.status
    }

    fn version(&self) -> &[u8] {
        self.version
    }

    fn headers(&self, visit: &mut HeaderVisitor<'_>) -> ControlFlow<()> {
        self.headers.iter().try_for_each(|(name, value)| visit(name, value))
    }
}

/// A response as rules see it: the headers are its own, and of the request there are left the method,
/// the ends of the connection, and what only the proxy knows.
pub(crate) struct Answered<'r, R: ?Sized, S: ?Sized> {
    pub(crate) request: &'r R,
    pub(crate) response: &'r S,
}

impl<R: Request + ?Sized, S: Response + ?Sized> Request for Answered<'_, R, S> {
    fn method(&self) -> &[u8] {
        self.request.method()
    }

    fn uri(&self) -> &[u8] {
        b""
    }

    fn version(&self) -> &[u8] {
        self.response.version()
    }

    fn headers(&self, visit: &mut HeaderVisitor<'_>) -> ControlFlow<()> {
        self.response.headers(visit)
    }

    fn source(&self) -> SocketAddr {
        self.request.source()
    }

    fn destination(&self) -> Option<SocketAddr> {
        self.request.destination()
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

/// A decision about a response with all that goes with it.
#[non_exhaustive]
pub struct ResponseVerdict<'v, S: ?Sized> {
    /// What is to be done.
    pub decision: Decision,
    /// The value of `Location` if the client is sent elsewhere.
    pub location: Option<&'v [u8]>,
    /// The response as the rules left it.
    pub response: RewrittenResponse<'v, S>,
    updates: &'v Updates,
}

impl<'v, S: Response + ?Sized> ResponseVerdict<'v, S> {
    /// Puts together what the evaluation left in `scratch`.
    pub(crate) fn new(decision: Decision, response: &'v S, scratch: &'v Scratch) -> Self {
        let redirected = matches!(decision.action, Action::Redirect { .. });
        Self {
            decision,
            location: redirected.then_some(&*scratch.location),
            response: RewrittenResponse { response, scratch },
            updates: &scratch.changes.updates,
        }
    }

    /// Returns what rules on the response order to be changed in pattern and map files; see
    /// [`Verdict::updates`](crate::Verdict::updates).
    pub fn updates(&self) -> impl Iterator<Item = Update<'v>> + use<'v, S> {
        self.updates.iter()
    }
}

impl<S: Response + ?Sized> fmt::Debug for ResponseVerdict<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseVerdict")
            .field("decision", &self.decision)
            .field("location", &self.location.map(String::from_utf8_lossy))
            .field("response", &self.response)
            .finish()
    }
}

/// A response with what the rules changed in it, which is how it goes on to the client.
pub struct RewrittenResponse<'r, S: ?Sized> {
    response: &'r S,
    scratch: &'r Scratch,
}

impl<S: Response + ?Sized> Response for RewrittenResponse<'_, S> {
    fn status(&self) -> u16 {
        self.scratch.changes.status().unwrap_or_else(|| self.response.status())
    }

    fn version(&self) -> &[u8] {
        self.response.version()
    }

    fn headers(&self, visit: &mut HeaderVisitor<'_>) -> ControlFlow<()> {
        match self.scratch.changes.changed_headers() {
            Some(mut headers) => headers.try_for_each(|(name, value)| visit(name, value)),
            None => self.response.headers(visit),
        }
    }
}

impl<S: Response + ?Sized> fmt::Debug for RewrittenResponse<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RewrittenResponse").field("status", &self.status()).finish_non_exhaustive()
    }
}
