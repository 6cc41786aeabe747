use core::fmt;

/// A variable of a log format that can be read and written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Variable {
    /// `%ci`: the client's address.
    ClientIp,
    /// `%cp`: the client's port, or the listener's number for a unix socket.
    ClientPort,
    /// `%t`: when the connection was accepted.
    AcceptDate,
    /// `%tr`: when the request's first byte came.
    RequestDate,
    /// `%f`: the frontend.
    Frontend,
    /// `%ft`: the frontend, with `~` behind it when the client used TLS.
    FrontendTransport,
    /// `%b`: the backend.
    Backend,
    /// `%s`: the server.
    Server,
    /// `%TR`: time to receive the request.
    RequestTime,
    /// `%Tw`: time in queues.
    QueueTime,
    /// `%Tc`: time to connect to the server.
    ConnectTime,
    /// `%Tr`: the server's time to answer.
    ResponseTime,
    /// `%Ta`: active time of the request.
    ActiveTime,
    /// `%Tt`: time between accept and close.
    TotalTime,
    /// `%ST`: HTTP status.
    Status,
    /// `%B`: bytes sent to the client.
    BytesRead,
    /// `%CC`: the captured cookie of the request.
    RequestCookie,
    /// `%CS`: the captured cookie of the response.
    ResponseCookie,
    /// `%ts`: how the session ended, 2 letters.
    Termination,
    /// `%tsc`: how the session ended, and what became of the cookie, 4 letters.
    TerminationCookie,
    /// `%ac`: connections of the process.
    ActiveConnections,
    /// `%fc`: connections of the frontend.
    FrontendConnections,
    /// `%bc`: connections of the backend.
    BackendConnections,
    /// `%sc`: connections of the server.
    ServerConnections,
    /// `%rc`: retries, with `+` before it after a redispatch.
    Retries,
    /// `%sq`: requests before this one in the server's queue.
    ServerQueue,
    /// `%bq`: requests before this one in the backend's queue.
    BackendQueue,
    /// `%hr`: captured headers of the request.
    RequestHeaders,
    /// `%hs`: captured headers of the response.
    ResponseHeaders,
    /// `%r`: the request line.
    Request,
}

/// How the value of a variable is found in a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    /// Up to the byte that follows in the format, never over a blank.
    Word,
    /// The same, with escapes, and blanks inside.
    Text,
    /// Decimal digits with or without a sign.
    Number,
    /// Always as many bytes.
    Fixed,
    /// `{...}`, or nothing at all.
    Block,
}

impl Variable {
    const ALL: [(Self, &'static str); 30] = [
        (Self::ClientIp, "ci"),
        (Self::ClientPort, "cp"),
        (Self::AcceptDate, "t"),
        (Self::RequestDate, "tr"),
        (Self::Frontend, "f"),
        (Self::FrontendTransport, "ft"),
        (Self::Backend, "b"),
        (Self::Server, "s"),
        (Self::RequestTime, "TR"),
        (Self::QueueTime, "Tw"),
        (Self::ConnectTime, "Tc"),
        (Self::ResponseTime, "Tr"),
        (Self::ActiveTime, "Ta"),
        (Self::TotalTime, "Tt"),
        (Self::Status, "ST"),
        (Self::BytesRead, "B"),
        (Self::RequestCookie, "CC"),
        (Self::ResponseCookie, "CS"),
        (Self::Termination, "ts"),
        (Self::TerminationCookie, "tsc"),
        (Self::ActiveConnections, "ac"),
        (Self::FrontendConnections, "fc"),
        (Self::BackendConnections, "bc"),
        (Self::ServerConnections, "sc"),
        (Self::Retries, "rc"),
        (Self::ServerQueue, "sq"),
        (Self::BackendQueue, "bq"),
        (Self::RequestHeaders, "hr"),
        (Self::ResponseHeaders, "hs"),
        (Self::Request, "r"),
    ];

    /// The rest of the manual's table (section 8.2.6): known, but neither read nor written.
    const UNSUPPORTED: [&'static str; 33] = [
        "H", "HM", "HP", "HPO", "HQ", "HU", "HV", "ID", "T", "Td", "Tl", "Th", "Ti", "Tq", "Ts",
        "Tu", "U", "bi", "bp", "fi", "fp", "hrl", "hsl", "lc", "ms", "pid", "rt", "si", "sp",
        "sslc", "sslv", "trg", "trl",
    ];

    const TWINS: [[Self; 2]; 2] =
        [[Self::Frontend, Self::FrontendTransport], [Self::Termination, Self::TerminationCookie]];

    /// The name as it stands behind the `%` of a log format.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(variable, _)| *variable == self).map_or("", |(_, name)| name)
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(variable, _)| *variable)
    }

    pub(super) fn is_known_elsewhere(name: &str) -> bool {
        Self::UNSUPPORTED.contains(&name)
    }

    /// The variable that logs the same value in another way.
    pub(super) fn twin(self) -> Option<Self> {
        Self::TWINS.iter().find_map(|twins| match twins {
            [one, other] | [other, one] if *one == self => Some(*other),
            _ => None,
        })
    }

    pub(super) fn form(self) -> Form {
        match self {
            Self::ClientIp
            | Self::Frontend
            | Self::FrontendTransport
            | Self::Backend
            | Self::Server
            | Self::RequestCookie
            | Self::ResponseCookie => Form::Word,
            Self::ClientPort
            | Self::RequestTime
            | Self::QueueTime
            | Self::ConnectTime
            | Self::ResponseTime
            | Self::ActiveTime
            | Self::TotalTime
            | Self::Status
            | Self::BytesRead
            | Self::ActiveConnections
            | Self::FrontendConnections
            | Self::BackendConnections
            | Self::ServerConnections
            | Self::Retries
            | Self::ServerQueue
            | Self::BackendQueue => Form::Number,
            Self::AcceptDate | Self::RequestDate | Self::Termination | Self::TerminationCookie => {
                Form::Fixed
            }
            Self::RequestHeaders | Self::ResponseHeaders => Form::Block,
            Self::Request => Form::Text,
        }
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.name())
    }
}

/// A set of variables.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Variables(u64);

impl Variables {
    pub(super) fn insert(&mut self, variable: Variable) {
        self.0 |= 1 << variable as u32;
    }

    #[inline]
    pub(super) fn contains(self, variable: Variable) -> bool {
        self.0 & (1 << variable as u32) != 0
    }
}
