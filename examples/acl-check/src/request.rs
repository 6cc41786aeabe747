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
        json!({
            "method": outcome::text(&self.method),
            "uri": outcome::text(&self.target),
            "src": self.source.ip().to_string(),
            "headers": self.headers.iter().map(header).collect::<Vec<_>>(),
        })
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

/// Whether HAProxy takes a request with this target: of others it asks no rule.
pub(crate) fn is_target(method: &[u8], target: &[u8]) -> bool {
    let is_scheme = |text: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        !text.is_empty() && text.bytes().all(fits)
    };
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
        for wrong in ["", "admin", "wp-admin/", "?x=1", "example.com:443", "://x", "a/b://c"] {
            assert!(!is_target(b"GET", wrong.as_bytes()), "{wrong}");
        }
        assert!(is_target(b"CONNECT", b"example.com:443"));
    }
}
