use core::fmt;
use core::net::IpAddr;

use super::entry::{Connections, Entry, Queues};
use super::text::{Captures, Headers, Logged, Text};
use super::timer::Timers;
use super::variable::{Variable, Variables};
use crate::fields::Fields;

/// A log line taken apart; its texts are borrowed from the line.
///
/// What the format does not name is `None`. Values are typed and checked while the line is read,
/// so that the accessors do no more than hand them out.
#[derive(Clone, Copy)]
pub struct Line<'l> {
    entry: Entry<'l>,
    named: Variables,
}

impl<'l> Line<'l> {
    pub(super) fn new(named: Variables) -> Self {
        Self { entry: Entry::default(), named }
    }

    pub(super) fn entry_mut(&mut self) -> &mut Entry<'l> {
        &mut self.entry
    }

    /// All values at once, in the form in which they are written; what the format does not name
    /// has its default.
    pub fn entry(&self) -> Entry<'l> {
        self.entry
    }

    /// The client's address as it stands in the line: an IP address without brackets, `unix`, or
    /// `-`.
    pub fn client(&self) -> Option<&'l [u8]> {
        self.when(Variable::ClientIp, self.entry.client)
    }

    /// The client's address, when it is an IP address.
    pub fn client_ip(&self) -> Option<IpAddr> {
        core::str::from_utf8(self.client()?).ok()?.parse().ok()
    }

    /// The client's port, or the number of the listener behind a unix socket; `None` also when
    /// the client is not known (`-`).
    pub fn client_port(&self) -> Option<u32> {
        self.when(Variable::ClientPort, self.entry.client_port)?
    }

    /// When the connection was accepted (`%t`): local time of the machine that logged it, to the
    /// millisecond, without a zone.
    pub fn accept_date(&self) -> Option<Fields> {
        self.when(Variable::AcceptDate, self.entry.accept_date)
    }

    /// When the first byte of the request came (`%tr`, in httplog), as above.
    pub fn request_date(&self) -> Option<Fields> {
        self.when(Variable::RequestDate, self.entry.request_date)
    }

    /// When the request began, or where the format does not tell, the connection: the date in
    /// brackets of httplog as of tcplog.
    pub fn date(&self) -> Option<Fields> {
        self.request_date().or_else(|| self.accept_date())
    }

    /// The frontend's name.
    pub fn frontend(&self) -> Option<&'l [u8]> {
        self.when(Variable::Frontend, self.entry.frontend)
            .or_else(|| self.when(Variable::FrontendTransport, self.entry.frontend))
    }

    /// Whether the client used TLS; only `%ft` tells.
    pub fn tls(&self) -> Option<bool> {
        self.when(Variable::FrontendTransport, self.entry.tls)
    }

    /// The backend's name; the frontend's, where none was reached.
    pub fn backend(&self) -> Option<&'l [u8]> {
        self.when(Variable::Backend, self.entry.backend)
    }

    /// The server's name; `<NOSRV>` where none was reached, `<STATS>` for HAProxy's own pages.
    pub fn server(&self) -> Option<&'l [u8]> {
        self.when(Variable::Server, self.entry.server)
    }

    /// The timers; `None` when the format names none at all.
    pub fn timers(&self) -> Option<Timers> {
        use Variable::{ActiveTime, ConnectTime, QueueTime, RequestTime, ResponseTime, TotalTime};
        let any = [RequestTime, QueueTime, ConnectTime, ResponseTime, ActiveTime, TotalTime];
        any.iter().any(|timer| self.named.contains(*timer)).then_some(self.entry.timers)
    }

    /// HTTP status; `None` also where HAProxy logged -1 because there was none.
    pub fn status(&self) -> Option<u16> {
        self.when(Variable::Status, self.entry.status)?
    }

    /// Bytes sent to the client; so far, when the line [is partial](Self::is_partial).
    pub fn bytes(&self) -> Option<u64> {
        self.when(Variable::BytesRead, self.entry.bytes)
    }

    /// Whether the line was written before the end (`option logasap`), with `+` before the total
    /// time and the bytes.
    pub fn is_partial(&self) -> bool {
        self.entry.partial
    }

    /// The captured cookie of the request, name and value, not escaped; `None` also when there
    /// was none (`-`).
    pub fn request_cookie(&self) -> Option<&'l [u8]> {
        self.when(Variable::RequestCookie, self.entry.request_cookie)?
    }

    /// The captured cookie of the response, as above.
    pub fn response_cookie(&self) -> Option<&'l [u8]> {
        self.when(Variable::ResponseCookie, self.entry.response_cookie)?
    }

    /// How the session ended: 4 letters, or 2 where the format has `%ts` (section 8.5 of the
    /// manual).
    pub fn termination(&self) -> Option<&[u8]> {
        let letters = &self.entry.termination;
        self.when(Variable::TerminationCookie, &letters[..])
            .or_else(|| self.when(Variable::Termination, &letters[..2]))
    }

    /// Concurrent connections and retries, 0 where the format does not name one; `None` when it
    /// names none at all.
    pub fn connections(&self) -> Option<Connections> {
        use Variable::{
            ActiveConnections, BackendConnections, FrontendConnections, Retries, ServerConnections,
        };
        let any = [
            ActiveConnections,
            FrontendConnections,
            BackendConnections,
            ServerConnections,
            Retries,
        ];
        any.iter().any(|counter| self.named.contains(*counter)).then_some(self.entry.connections)
    }

    /// Places in the queues, 0 where the format does not name one; `None` when it names none at
    /// all.
    pub fn queues(&self) -> Option<Queues> {
        self.when(Variable::ServerQueue, self.entry.queues)
            .or_else(|| self.when(Variable::BackendQueue, self.entry.queues))
    }

    /// Captured headers of the request; `None` also when none were logged.
    ///
    /// Where the format has `%hr %hs` and the line but one block, it is taken for the first: the
    /// line does not tell. It does only where the format ends so: HAProxy logs a blank behind the
    /// first block, even when no second follows.
    pub fn request_headers(&self) -> Option<Headers<'l>> {
        self.entry.request_headers.and_then(logged)
    }

    /// Captured headers of the response; `None` also when none were logged.
    pub fn response_headers(&self) -> Option<Headers<'l>> {
        self.entry.response_headers.and_then(logged)
    }

    /// The request line.
    pub fn request(&self) -> Option<Request<'l>> {
        match self.when(Variable::Request, self.entry.request)? {
            Text::Logged(text) => Some(Request { text }),
            Text::Raw(_) => None,
        }
    }

    #[inline]
    fn when<T>(&self, variable: Variable, value: T) -> Option<T> {
        self.named.contains(variable).then_some(value)
    }
}

impl fmt::Debug for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Line").field(&self.entry).finish()
    }
}

/// Captures out of a line are as logged.
fn logged(captures: Captures<'_>) -> Option<Headers<'_>> {
    match captures {
        Captures::Logged(headers) => Some(headers),
        Captures::Raw(_) => None,
    }
}

/// A request line as logged, escapes included: see [`Logged`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Request<'l> {
    text: Logged<'l>,
}

impl<'l> Request<'l> {
    /// All of it.
    pub fn text(self) -> Logged<'l> {
        self.text
    }

    /// Whether HAProxy could not make out a request (`<BADREQ>`).
    pub fn is_bad(self) -> bool {
        self.text.as_bytes() == b"<BADREQ>"
    }

    /// The method; `None` for a bad request.
    pub fn method(self) -> Option<&'l [u8]> {
        self.split().map(|(method, _)| method)
    }

    /// The request target; `None` for a bad request.
    pub fn uri(self) -> Option<&'l [u8]> {
        self.split().map(|(_, rest)| split_version(rest).0)
    }

    /// The version, such as `HTTP/1.1`; `None` when the line does not end in one, as when
    /// HAProxy cut a long request.
    pub fn version(self) -> Option<&'l [u8]> {
        self.split().and_then(|(_, rest)| split_version(rest).1)
    }

    /// The method, and what follows the first blank.
    fn split(self) -> Option<(&'l [u8], &'l [u8])> {
        let text = self.text.as_bytes();
        let blank = memchr::memchr(b' ', text)?;
        Some((text.get(..blank)?, text.get(blank + 1..)?))
    }
}

/// Target and version, split at the last blank if `HTTP/` follows it.
fn split_version(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let split = memchr::memrchr(b' ', text).and_then(|blank| text.split_at_checked(blank));
    match split {
        Some((uri, [b' ', version @ ..])) if version.starts_with(b"HTTP/") => (uri, Some(version)),
        _ => (text, None),
    }
}
