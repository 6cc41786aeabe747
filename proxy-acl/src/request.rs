//! What a decision is made about.

use core::net::SocketAddr;
use core::ops::ControlFlow;

use crate::value::Value;

/// Receives headers one by one, name and raw value; breaks when it has seen enough.
pub type HeaderVisitor<'v> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'v;

/// What a proxy shows of a request; implement it for a request type to decide without copying.
///
/// All bytes are as they came over the wire: nothing is decoded, folded or trimmed. HAProxy does
/// some things before any rule is asked, and whoever wants its answers does them as well: it refuses
/// a target with `#`, two different `Host` headers, or an authority that contradicts `Host`, drops all but
/// the first of equal `Host` headers, and unfolds header lines.
pub trait Request {
    /// Returns the method, for example `GET`.
    fn method(&self) -> &[u8];

    /// Returns the raw request target: `/path?query`, `http://host/path`, `host:443` or `*`.
    ///
    /// Limit its size, and that of the headers, before asking for a decision; HAProxy takes no request
    /// of more than some 15 KiB. What is put together or converted is cut off at 1 MiB or missing, so
    /// that a rule does not match what is longer.
    fn uri(&self) -> &[u8];

    /// Returns the protocol version as in the request line, for example `HTTP/1.1`.
    fn version(&self) -> &[u8];

    /// Shows every header line in order to `visit`, and stops when it breaks.
    ///
    /// ```
    /// # use core::ops::ControlFlow;
    /// # use proxy_acl::HeaderVisitor;
    /// # struct Mine { headers: Vec<(String, Vec<u8>)> }
    /// # impl Mine {
    /// fn headers(&self, visit: &mut HeaderVisitor<'_>) -> ControlFlow<()> {
    ///     self.headers.iter().try_for_each(|(name, value)| visit(name.as_bytes(), value))
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `ControlFlow::Break` says that `visit` broke.
    fn headers(&self, visit: &mut HeaderVisitor<'_>) -> ControlFlow<()>;

    /// Returns the client's address, as the PROXY protocol replaced it where that is in use.
    fn source(&self) -> SocketAddr;

    /// Returns the address the client connected to, where it is known.
    fn destination(&self) -> Option<SocketAddr> {
        None
    }

    /// Returns what is known of the client's TLS connection; `None` if there is none.
    fn tls(&self) -> Option<Tls<'_>> {
        None
    }

    /// Returns a value that only a proxy knows: a counter of a stick table, how many servers are up,
    /// the client's certificate, whether a password is right. `None` where it is not known, and then
    /// the sample is missing.
    ///
    /// `name` is as in the configuration, arguments included: `nbsrv(web)`, `ssl_c_s_dn(cn)`,
    /// `http_auth(staff)`; arguments that may be left out and are, are not there. Names with a number
    /// in them come as one with an argument: `sc1_http_req_rate` as `sc_http_req_rate(1)`. A value of
    /// log-format comes with its sign, as `%ID`. [`Policy::value_names`](crate::Policy::value_names)
    /// tells which names a policy may ask for, [`Policy::missing_values`](crate::Policy::missing_values)
    /// which of them it did not get.
    fn value(&self, name: &str) -> Option<Value<'_>> {
        let _ = name;
        None
    }

    /// Returns what a converter makes of a value where only a proxy knows it: what a stick table holds of
    /// an address, what a token says once its signature is checked. `None` where it is not known, and then
    /// the sample is missing.
    ///
    /// `name` is as in the configuration, arguments included: `table_http_req_rate(clients)`,
    /// `jwt_verify(alg,key.pem)`, `sha2(256)`. `value` is of the type that the converter takes.
    fn converted<'s>(&'s self, name: &str, value: Value<'_>) -> Option<Value<'s>> {
        let _ = (name, value);
        None
    }
}

/// What a client's TLS connection tells about itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tls<'a> {
    /// The server name the client asked for (SNI), in its spelling.
    pub server_name: Option<&'a [u8]>,
    /// The application protocol agreed upon (ALPN), for example `h2`.
    pub protocol: Option<&'a [u8]>,
}

impl<'a> Tls<'a> {
    /// Returns a connection of which no more is known.
    #[must_use]
    pub const fn new() -> Self {
        Self { server_name: None, protocol: None }
    }

    /// Sets the server name the client asked for.
    #[must_use]
    pub const fn server_name(mut self, name: &'a [u8]) -> Self {
        self.server_name = Some(name);
        self
    }

    /// Sets the application protocol agreed upon.
    #[must_use]
    pub const fn protocol(mut self, protocol: &'a [u8]) -> Self {
        self.protocol = Some(protocol);
        self
    }
}

/// A request put together from borrowed parts.
///
/// ```
/// use proxy_acl::RequestView;
///
/// let request = RequestView::new(b"GET", b"/index.html", "192.0.2.1:5000".parse()?)
///     .headers(&[(b"host", b"example.com")]);
/// assert_eq!(request.version, b"HTTP/1.1");
/// # Ok::<(), core::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RequestView<'a> {
    /// The method.
    pub method: &'a [u8],
    /// The raw request target.
    pub uri: &'a [u8],
    /// The protocol version as in the request line.
    pub version: &'a [u8],
    /// The headers in order, name and raw value.
    pub headers: &'a [(&'a [u8], &'a [u8])],
    /// The client's address.
    pub source: SocketAddr,
    /// The address the client connected to.
    pub destination: Option<SocketAddr>,
    /// The client's TLS connection.
    pub tls: Option<Tls<'a>>,
    /// Values that only a proxy knows, by the names that [`Request::value`] tells.
    pub values: &'a [(&'a str, Value<'a>)],
    /// What converters make of values where only a proxy knows it: the name that [`Request::converted`]
    /// tells, what goes in, what comes out.
    pub conversions: &'a [(&'a str, Value<'a>, Value<'a>)],
}

impl<'a> RequestView<'a> {
    /// Returns a request of version `HTTP/1.1` without headers, destination, TLS and values.
    #[must_use]
    pub const fn new(method: &'a [u8], uri: &'a [u8], source: SocketAddr) -> Self {
        Self {
            method,
            uri,
            version: b"HTTP/1.1",
            headers: &[],
            source,
            destination: None,
            tls: None,
            values: &[],
            conversions: &[],
        }
    }

    /// Sets the protocol version.
    #[must_use]
    pub const fn version(mut self, version: &'a [u8]) -> Self {
        self.version = version;
        self
    }

    /// Sets the headers.
    #[must_use]
    pub const fn headers(mut self, headers: &'a [(&'a [u8], &'a [u8])]) -> Self {
        self.headers = headers;
        self
    }

    /// Sets the address the client connected to.
    #[must_use]
    pub const fn destination(mut self, destination: SocketAddr) -> Self {
        self.destination = Some(destination);
        self
    }

    /// Sets the client's TLS connection.
    #[must_use]
    pub const fn tls(mut self, tls: Tls<'a>) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Sets the values that only a proxy knows.
    ///
    /// ```
    /// use proxy_acl::{Options, Policy, RequestView, Value};
    ///
    /// let text = b"http-request deny deny_status 429 if { sc_http_req_rate(0) gt 100 }";
    /// let policy = Policy::parse(text, &Options::new())?;
    /// let request = RequestView::new(b"GET", b"/", "192.0.2.1:5000".parse().unwrap());
    ///
    /// assert!(policy.decide(&request).is_allowed());
    /// let values = [("sc_http_req_rate(0)", Value::Integer(101))];
    /// assert!(!policy.decide(&request.values(&values)).is_allowed());
    /// # Ok::<(), proxy_acl::Diagnostics>(())
    /// ```
    #[must_use]
    pub const fn values(mut self, values: &'a [(&'a str, Value<'a>)]) -> Self {
        self.values = values;
        self
    }

    /// Sets what converters make of values where only a proxy knows it: name, what goes in, what comes
    /// out.
    ///
    /// ```
    /// use proxy_acl::{Options, Policy, RequestView, Value};
    ///
    /// let text = b"http-request deny if { src,table_gpc0(banned) gt 0 }";
    /// let policy = Policy::parse(text, &Options::new())?;
    /// let request = RequestView::new(b"GET", b"/", "192.0.2.1:5000".parse().unwrap());
    ///
    /// assert!(policy.decide(&request).is_allowed());
    /// let source = Value::Address([192, 0, 2, 1].into());
    /// let conversions = [("table_gpc0(banned)", source, Value::Integer(1))];
    /// assert!(!policy.decide(&request.conversions(&conversions)).is_allowed());
    /// # Ok::<(), proxy_acl::Diagnostics>(())
    /// ```
    #[must_use]
    pub const fn conversions(mut self, conversions: &'a [(&'a str, Value<'a>, Value<'a>)]) -> Self {
        self.conversions = conversions;
        self
    }
}

impl Request for RequestView<'_> {
    fn method(&self) -> &[u8] {
        self.method
    }

    fn uri(&self) -> &[u8] {
        self.uri
    }

    fn version(&self) -> &[u8] {
        self.version
    }

    fn headers(&self, visit: &mut HeaderVisitor<'_>) -> ControlFlow<()> {
        self.headers.iter().try_for_each(|(name, value)| visit(name, value))
    }

    fn source(&self) -> SocketAddr {
        self.source
    }

    fn destination(&self) -> Option<SocketAddr> {
        self.destination
    }

    fn tls(&self) -> Option<Tls<'_>> {
        self.tls
    }

    fn value(&self, name: &str) -> Option<Value<'_>> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    fn converted<'s>(&'s self, name: &str, value: Value<'_>) -> Option<Value<'s>> {
        let known =
            |(known, from, _): &&(&str, Value<'_>, Value<'_>)| *known == name && *from == value;
        self.conversions.iter().find(known).map(|(.., to)| *to)
    }
}
