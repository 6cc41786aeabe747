//! The port of `Host` that says nothing (RFC 3986, 6.2.3).
//!
//! Before any rule is asked HAProxy drops the default port of an absolute-form target from the
//! target and from `Host`; for `CONNECT`, whose target has no scheme, 80 and 443 both are default.

use alloc::vec::Vec;

use super::path::after_scheme;

/// The target names the default port of its scheme, so that `Host` may lose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DefaultPort {
    Http,
    Https,
    /// There is no scheme.
    Either,
}

impl DefaultPort {
    #[cold]
    pub(crate) fn of(method: &[u8], target: &[u8]) -> Option<Self> {
        if target.first() == Some(&b'/') {
            return None;
        }
        let (scheme, rest) = match after_scheme(target) {
            Some(rest) if target.get(..5)?.eq_ignore_ascii_case(b"http:") => (Self::Http, rest),
            Some(rest) if target.get(..6)?.eq_ignore_ascii_case(b"https:") => (Self::Https, rest),
            Some(_) => return None,
            None if method == b"CONNECT" => (Self::Either, target),
            None => return None,
        };
        let end = memchr::memchr(b'/', rest).unwrap_or(rest.len());
        let (_, port) = split_port(rest.get(..end)?)?;
        scheme.is(port).then_some(scheme)
    }

    /// Writes `target` without its default port to `out`; one without a scheme keeps it, as in
    /// HAProxy.
    pub(crate) fn normalise(self, target: &[u8], out: &mut Vec<u8>) {
        let Some(rest) = after_scheme(target) else {
            return out.extend_from_slice(target);
        };
        let (scheme, _) = target.split_at(target.len() - rest.len());
        let (authority, path) = rest.split_at(memchr::memchr(b'/', rest).unwrap_or(rest.len()));
        out.extend_from_slice(scheme);
        out.extend_from_slice(self.strip(authority));
        out.extend_from_slice(path);
    }

    pub(crate) fn strip(self, host: &[u8]) -> &[u8] {
        match split_port(host) {
            Some((bare, port)) if self.is(port) => bare,
            _ => host,
        }
    }

    fn is(self, port: &[u8]) -> bool {
        match self {
            Self::Http => matches!(port, b"" | b"80"),
            Self::Https => matches!(port, b"" | b"443"),
            Self::Either => matches!(port, b"" | b"80" | b"443"),
        }
    }
}

/// Splits the digits behind a last colon off.
fn split_port(authority: &[u8]) -> Option<(&[u8], &[u8])> {
    let digits = authority.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, port) = authority.split_at(authority.len() - digits);
    before.strip_suffix(b":").map(|host| (host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(method: &str, target: &str, host: &'static str) -> &'static str {
        let port = DefaultPort::of(method.as_bytes(), target.as_bytes());
        let host = port.map_or(host.as_bytes(), |port| port.strip(host.as_bytes()));
        core::str::from_utf8(host).expect("text")
    }

    // Answers of haproxy 2.6.12.

    #[test]
    fn default_port_of_the_target_is_dropped() {
        for (target, host) in [
            ("http://h:80/a", "h:80"),
            ("HTTP://h:80/a", "h:80"),
            ("https://h:443/a", "h:443"),
            ("http://h:/a", "h:"),
            ("http://h:80/a", "h"),
        ] {
            assert_eq!(seen("GET", target, host), "h", "{target}");
        }
        assert_eq!(seen("CONNECT", "h:443", "h:443"), "h");
        assert_eq!(seen("CONNECT", "h:80", "h:80"), "h");
    }

    #[test]
    fn target_with_a_scheme_loses_the_port_too() {
        for (target, expected) in
            [("http://h:80/a?b", "http://h/a?b"), ("https://h:", "https://h"), ("h:80", "h:80")]
        {
            let port = DefaultPort::of(b"CONNECT", target.as_bytes()).expect(target);
            let mut out = Vec::new();

            port.normalise(target.as_bytes(), &mut out);

            assert_eq!(out, expected.as_bytes());
        }
    }

    #[test]
    fn other_ports_stay() {
        for (target, host) in [
            ("http://h/a", "h:80"),
            ("https://h:80/a", "h:80"),
            ("http://h:443/a", "h:443"),
            ("http://h:080/a", "h:080"),
            ("ftp://h:80/a", "h:80"),
            ("/a", "h:80"),
            ("*", "h:80"),
            ("h:443", "h:443"),
        ] {
            assert_eq!(seen("GET", target, host), host, "{target}");
        }
        assert_eq!(seen("CONNECT", "h:8080", "h:8080"), "h:8080");
    }
}
