//! Random requests as they go over the wire.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use proxy_acl::RequestView;

use crate::generate::Random;

/// A request as it goes over the wire.
#[derive(Debug)]
pub(crate) struct Sent {
    method: &'static str,
    uri: String,
    version: &'static str,
    headers: Vec<(&'static str, String)>,
    source: SocketAddr,
}

impl Sent {
    pub(crate) fn random(random: &mut Random) -> Self {
        let method =
            random.pick(&["GET", "GET", "POST", "HEAD", "OPTIONS", "PURGE", "get", "CONNECT"]);
        let host = random.pick(&[
            "example.com",
            "Example.com:80",
            "www.example.com:443",
            "10.0.0.1",
            "evil.org",
        ]);
        let path = random.pick(&[
            "/",
            "/admin",
            "/Admin/x",
            "/wp-admin/",
            "//admin",
            "/a/wp-admin",
            "/x.php",
            "/x.PHP?a=/admin",
            "/administrator",
            "/a;b=c",
            "/10.0.0.1",
            "/?/admin",
            "/a%20b",
            "/x.php?id=7&user=admin",
            "/p;id=2?id=a+b;ID=3&id=%61",
            "/%41dmin?id=&q",
            "/a+b/c.d?x?id=9",
            "/%zz/admin",
            "/img1/x.png?a[]=1",
            "/a/./b/../admin",
            "/../x/..",
            "/a/%2e%2E/b?c=%7e&b=%6a",
            "//x//y/.?b=2&a=1&aa=0",
            "/a?id",
            "/a?=x&&id=5",
            "/a?id=a=b;id=",
            "/a?id;x=2?id=3",
            "/?&;id=1;;ID=",
            "/a|b^`{}?id={1}",
            "/\\admin",
            "/;id=3/x?id=4&user=?",
            "/a%2Fb%3fid=9?i=1&id=%26",
            "/%",
            "/a=b/id=7?x",
            "/A/../%2E%2e/%41?B=%4a&a=%",
            "/.php/x.PHP/",
            "/admin/..;/x.com",
        ]);
        let uri = match (method, random.below(8)) {
            ("CONNECT", _) => match host.contains(':') {
                true => host.to_owned(),
                false => format!("{host}:80"),
            },
            ("OPTIONS", 0..=3) => "*".to_owned(),
            (_, 0) => format!("http://{host}{path}"),
            (_, 1) => match random.below(4) {
                // Without a path haproxy cannot change it, and answers with an error of its own.
                0 => format!("http://{host}/?id=1"),
                1 => format!("https://{host}//"),
                2 => format!("HTTP://{host}/Admin"),
                _ => "x+y://h/a?b".to_owned(),
            },
            _ => path.to_owned(),
        };
        let mut headers = vec![(random.pick(&["Host", "host", "HOST"]), host.to_owned())];
        for _ in 0..random.below(5) {
            let name = random.pick(&[
                "X-Tag",
                "x-tag",
                "X-Forwarded-For",
                "User-Agent",
                "x_tag",
                "Cookie",
                "Cookie",
            ]);
            if name == "Cookie" {
                headers.push((name, cookies(random)));
                continue;
            }
            let mut value = String::new();
            for index in 0..1 + random.below(3) {
                let element = random.pick(&[
                    "",
                    "x",
                    "X",
                    "red",
                    "a b",
                    "/admin",
                    "10.0.0.1",
                    "10.0.0.1:80",
                    "::1",
                    "12abc",
                    "-5",
                    "5.9",
                    "\"a, b\"",
                    "example.com",
                    "\"open",
                    "Mozilla/5 (KHTML, like Gecko)",
                    "99",
                    "2001:db8::1",
                    "192.168.1.7;x",
                    "true",
                    "1",
                    "\\\"x",
                    "caf\u{e9}",
                    "10.0.0.1:x",
                    "7",
                    "[::1]",
                    "[2001:db8::1]:80",
                    "::ffff:10.0.0.1",
                    "010.0.0.1",
                    "10.0.0.256",
                    "0x10",
                    "+7",
                    "9223372036854775808",
                    "a\tb",
                    "YQ==",
                    "for=10.0.0.1;by=x",
                    "\"\"",
                    "\"a\\\"b,c\"",
                    "'a,b'",
                    "a\u{80}b",
                ]);
                // The last one folds the line.
                let joint =
                    if index == 0 { "" } else { random.pick(&[",", ", ", " ,\t", ",\r\n "]) };
                let _ = write!(value, "{joint}{element}");
            }
            headers.push((name, value));
        }
        let address: IpAddr = random
            .pick(&[
                "10.0.0.1",
                "10.1.2.3",
                "10.9.9.5",
                "127.0.0.1",
                "192.168.1.7",
                "8.8.8.8",
                "0.0.0.0",
                "::1",
                "::",
                "::ffff:10.0.0.1",
                "::10.0.0.1",
                "2001:db8::1",
                "2002:a00:1::1",
                "172.16.5.4",
                "64:ff9b::10.0.0.1",
                "fe80::1",
            ])
            .parse()
            .expect("address");
        let source = SocketAddr::new(address, 1024 + random.below(60_000) as u16);
        Self {
            method,
            uri,
            version: random.pick(&["HTTP/1.1", "HTTP/1.1", "HTTP/1.0"]),
            headers,
            source,
        }
    }

    pub(crate) fn view<T>(&self, look: impl FnOnce(&RequestView<'_>) -> T) -> T {
        // haproxy puts blanks in the place of folds before any rule.
        let unfolded: Vec<_> =
            self.headers.iter().map(|(name, value)| (name, value.replace("\r\n", "  "))).collect();
        let headers: Vec<(&[u8], &[u8])> =
            unfolded.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        let view = RequestView::new(self.method.as_bytes(), self.uri.as_bytes(), self.source);
        let destination = match self.source {
            SocketAddr::V4(_) => SocketAddr::from(([192, 0, 2, 1], 80)),
            SocketAddr::V6(_) => SocketAddr::from(([0xfdfd; 8], 80)),
        };
        let view = view.version(self.version.as_bytes()).destination(destination);
        look(&view.headers(&headers))
    }

    pub(crate) fn is_connect(&self) -> bool {
        self.method == "CONNECT"
    }

    /// A PROXY protocol header of version 2, and the request.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = b"\r\n\r\n\0\r\nQUIT\n\x21".to_vec();
        let port = self.source.port().to_be_bytes();
        let (family, address, destination) = match self.source.ip() {
            IpAddr::V4(address) => (0x11, address.octets().to_vec(), vec![192, 0, 2, 1]),
            IpAddr::V6(address) => (0x21, address.octets().to_vec(), vec![0xfd; 16]),
        };
        let body = [address, destination, port.to_vec(), vec![0, 80]].concat();
        out.extend([family, 0, body.len() as u8]);
        out.extend(body);
        let mut text = format!("{} {} {}\r\n", self.method, self.uri, self.version);
        for (name, value) in &self.headers {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        out.extend(text.into_bytes());
        out.extend(b"\r\n");
        out
    }
}

fn cookies(random: &mut Random) -> String {
    let mut value = String::new();
    for index in 0..1 + random.below(3) {
        let joint = if index == 0 {
            ""
        } else {
            random.pick(&[";", "; ", " ;", ",", "; ;", ";\t", ";;", " "])
        };
        let name = random.pick(&["sid", "sid", "SID", "sidx", "$sid", "a", "", "si", "sid "]);
        let equal = random.pick(&["=", "=", "=", " = ", "", "= ", "==", "=\t"]);
        let content = random.pick(&[
            "",
            "1",
            "abc",
            "\"q;x\"",
            "a b",
            "12abc",
            "x=y",
            "admin",
            "\"",
            "\"a",
            "'q;x'",
            "\"a\"b",
            "a,b",
            "\\;",
            "\"a\\\";b\"",
            "a%20b",
            "\u{e9}",
        ]);
        let _ = write!(value, "{joint}{name}{equal}{content}");
    }
    value
}
