use super::text::{Captures, Text};
use super::timer::Timers;
use crate::fields::Fields;

/// What a log line says, to be written by [`Format::write`](super::Format::write).
///
/// The default is what HAProxy logs of a session that came to nothing: no client known, no
/// server, no timers, `<BADREQ>`, dates at the beginning of 1970. Fields that the format does not
/// name are not looked at.
///
/// Minor versions add fields, here and in [`Timers`], [`Connections`] and [`Queues`], as more
/// variables come to be known: end every literal with `..Entry::default()` (or theirs), as here.
///
/// ```
/// use log_format::haproxy::{Entry, Timers};
///
/// let entry = Entry {
///     client: b"10.66.0.7",
///     client_port: Some(40_001),
///     status: Some(200),
///     timers: Timers { active: Some(13), ..Timers::default() },
///     request: "GET / HTTP/1.1".into(),
///     ..Entry::default()
/// };
/// assert_eq!(entry.server, b"<NOSRV>");
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Entry<'a> {
    /// The client's address as text, or `unix`; `-` when not known.
    pub client: &'a [u8],
    /// The client's port, or the number of the listener behind a unix socket.
    pub client_port: Option<u32>,
    /// When the connection was accepted (`%t`). HAProxy's dates are local time without a zone:
    /// give the civil time wanted in the log; fields with an offset are written in UTC.
    pub accept_date: Fields,
    /// When the first byte of the request came (`%tr`), as above.
    pub request_date: Fields,
    /// The frontend's name.
    pub frontend: &'a [u8],
    /// Whether the client used TLS (`~` behind the frontend in `%ft`).
    pub tls: bool,
    /// The backend's name.
    pub backend: &'a [u8],
    /// The server's name, or `<NOSRV>` or `<STATS>`.
    pub server: &'a [u8],
    /// Times in milliseconds.
    pub timers: Timers,
    /// HTTP status; `None` is written as `-1`.
    pub status: Option<u16>,
    /// Bytes sent to the client.
    pub bytes: u64,
    /// Whether the line was written before the end (`option logasap`): a `+` stands before the
    /// total time and the bytes.
    pub partial: bool,
    /// The captured cookie of the request, with its name; not escaped, so it can hold neither
    /// blanks nor NUL, CR, LF.
    pub request_cookie: Option<&'a [u8]>,
    /// The captured cookie of the response, as above.
    pub response_cookie: Option<&'a [u8]>,
    /// How the session ended (section 8.5 of the manual), in letters, digits and `-`; `%ts` has
    /// the first two alone.
    pub termination: [u8; 4],
    /// Concurrent connections, and retries.
    pub connections: Connections,
    /// Places in the queues.
    pub queues: Queues,
    /// Captured headers of the request; `None` when the configuration captures none. Where a lone
    /// block could be that of the response as well, it is read as that which the format names
    /// first.
    pub request_headers: Option<Captures<'a>>,
    /// Captured headers of the response, as above.
    pub response_headers: Option<Captures<'a>>,
    /// The request line, or `<BADREQ>`.
    pub request: Text<'a>,
}

/// Concurrent connections when the line was written, and retries.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Connections {
    /// `%ac`: of the process.
    pub active: u32,
    /// `%fc`: of the frontend.
    pub frontend: u32,
    /// `%bc`: of the backend.
    pub backend: u32,
    /// `%sc`: of the server.
    pub server: u32,
    /// `%rc`: further attempts to connect to a server.
    pub retries: u32,
    /// Whether the session went to another server after those (`+` before the retries).
    pub redispatched: bool,
}

/// Requests that were before this one in the queues.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Queues {
    /// `%sq`: in the server's queue.
    pub server: u32,
    /// `%bq`: in the backend's queue.
    pub backend: u32,
}

impl Default for Entry<'_> {
    fn default() -> Self {
        Self {
            client: b"-",
            client_port: None,
            accept_date: Fields::EPOCH,
            request_date: Fields::EPOCH,
            frontend: b"-",
            tls: false,
            backend: b"-",
            server: b"<NOSRV>",
            timers: Timers::default(),
            status: None,
            bytes: 0,
            partial: false,
            request_cookie: None,
            response_cookie: None,
            termination: *b"----",
            connections: Connections::default(),
            queues: Queues::default(),
            request_headers: None,
            response_headers: None,
            request: Text::Raw(b"<BADREQ>"),
        }
    }
}
