//! A request that was written down.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;

use proxy_acl::{HeaderVisitor, Request, Value};
use serde_json::json;

use crate::outcome;
use crate::value::OwnedValue;

/// A header line: name and value.
pub(crate) type Header = (Vec<u8>, Vec<u8>);

/// A request that owns its parts.
#[derive(Debug, Clone)]
pub(crate) struct OwnedRequest {
    pub(crate) method: Vec<u8>,
    pub(crate) target: Vec<u8>,
    pub(crate) version: Vec<u8>,
    pub(crate) headers: Vec<Header>,
    pub(crate) source: SocketAddr,
    pub(crate) destination: Option<SocketAddr>,
    pub(crate) tls: Option<Tls>,
    /// What only a proxy knows, by the names that the library asks by.
    pub(crate) values: Vec<(String, OwnedValue)>,
}

/// What is known of an encrypted connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tls {
    pub(crate) name: Option<Vec<u8>>,
    pub(crate) protocol: Option<Vec<u8>>,
}

impl OwnedRequest {
    /// Its method, target, source and headers, as test cases take them.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let header = |(name, value): &Header| [outcome::text(name), outcome::text(value)];
        let mut value = json!({
            "method": outcome::text(&self.method),
            "uri": outcome::text(&self.target),
            "src": self.source.ip().to_string(),
            "headers": self.headers.iter().map(header).collect::<Vec<_>>(),
        });
        if let Some(tls) = &self.tls {
            value["tls"] = true.into();
            value["sni"] = tls.name.as_deref().map(outcome::text).into();
        }
        value
    }
}

impl Default for OwnedRequest {
    fn default() -> Self {
        Self {
            method: b"GET".to_vec(),
            target: b"/".to_vec(),
            version: b"HTTP/1.1".to_vec(),
            headers: Vec::new(),
            source: SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0),
            destination: None,
            tls: None,
            values: Vec::new(),
        }
    }
}

impl Request for OwnedRequest {
    fn method(&self) -> &[u8] {
        &self.method
    }

    fn uri(&self) -> &[u8] {
        &self.target
    }

    fn version(&self) -> &[u8] {
        &self.version
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

    fn tls(&self) -> Option<proxy_acl::Tls<'_>> {
        self.tls.as_ref().map(|Tls { name, protocol }| {
            let mut tls = proxy_acl::Tls::new();
            tls.server_name = name.as_deref();
            tls.protocol = protocol.as_deref();
            tls
        })
    }

    fn value(&self, name: &str) -> Option<Value<'_>> {
        let last = self.values.iter().rfind(|(known, _)| known == name);
        last.map(|(_, value)| value.as_value())
    }

    /// What is given by the name of a converter is what it gives, whatever it takes.
    fn converted<'s>(&'s self, name: &str, _value: Value<'_>) -> Option<Value<'s>> {
        self.value(name)
    }
}

/// What [`version`] takes.
pub(crate) const VERSIONS: &str = "a version: 1.0, 1.1, 2.0, also as HTTP/1.1, 2 or h2";

/// The protocol version as HAProxy sees it, by one of the ways to write it; nothing for another text.
pub(crate) fn version(text: &str) -> Option<Vec<u8>> {
    let number = text.strip_prefix("HTTP/").unwrap_or(text);
    let number = match number {
        "2" | "h2" => "2.0",
        "3" | "h3" => "3.0",
        _ => number,
    };
    let fits = matches!(number.as_bytes(), [major, b'.', minor]
        if major.is_ascii_digit() && minor.is_ascii_digit());
    fits.then(|| format!("HTTP/{number}").into())
}

/// Whether HAProxy takes a request with this method (RFC 9110, 5.6.2): of others it asks no rule.
pub(crate) fn is_method(method: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !method.is_empty() && method.iter().all(fits)
}

/// Whether HAProxy takes a request with this target: of others it asks no rule.
pub(crate) fn is_target(method: &[u8], target: &[u8]) -> bool {
    let is_scheme = |text: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        !text.is_empty() && text.bytes().all(fits)
    };
    if target.iter().any(|byte| byte.is_ascii_control() || *byte == b' ') {
        return false;
    }
    let target = String::from_utf8_lossy(target);
    method == b"CONNECT"
        || target.starts_with(['/', '*'])
        || target.split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_one_that_haproxy_takes() {
        for target in ["/", "/admin?x=1", "//", "*", "http://example.com/", "https://[::1]"] {
            assert!(is_target(b"GET", target.as_bytes()), "{target}");
        }
        for wrong in
            ["", "admin", "wp-admin/", "?x=1", "example.com:443", "://x", "a/b://c", "/a b", "/a\n"]
        {
            assert!(!is_target(b"GET", wrong.as_bytes()), "{wrong}");
        }
        assert!(is_target(b"CONNECT", b"example.com:443"));
    }

    #[test]
    fn a_version_may_be_written_in_several_ways() {
        for (text, seen) in [
            ("1.0", "HTTP/1.0"),
            ("HTTP/1.1", "HTTP/1.1"),
            ("2", "HTTP/2.0"),
            ("2.0", "HTTP/2.0"),
            ("h2", "HTTP/2.0"),
            ("HTTP/2", "HTTP/2.0"),
        ] {
            assert_eq!(version(text).as_deref(), Some(seen.as_bytes()), "{text}");
        }
        for wrong in ["", "1", "HTTP/", "http/1.1", "1.1 ", "11.0"] {
            assert_eq!(version(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_method_is_a_token() {
        for method in ["GET", "get", "M-SEARCH"] {
            assert!(is_method(method.as_bytes()), "{method}");
        }
        for wrong in ["", "G ET", "G@T", "GET\n"] {
            assert!(!is_method(wrong.as_bytes()), "{wrong}");
        }
    }
}
