//! Random configurations and requests within what proxy-acl supports.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use proxy_acl::RequestView;

/// Lines of acls named a0, a1 and so on, then rules.
pub(crate) struct Ruleset {
    pub(crate) acls: usize,
    lines: Vec<String>,
    rules: Vec<(String, String)>,
}

impl Ruleset {
    pub(crate) fn random(random: &mut Random) -> Self {
        let acls = 1 + random.below(5);
        let mut lines = Vec::new();
        for index in 0..acls {
            for _ in 0..1 + random.below(8) / 6 {
                lines.push(format!("acl a{index} {}", expression(random)));
            }
        }
        let rules = (0..1 + random.below(4)).map(|_| rule(random, acls)).collect();
        Self { acls, lines, rules }
    }

    pub(crate) fn text(&self) -> String {
        let rules = self.rules.iter().map(|(action, condition)| format!("{action} {condition}"));
        let lines: Vec<String> = self.lines.iter().cloned().chain(rules).collect();
        lines.join("\n")
    }

    /// The same for haproxy, with variables that note what holds.
    pub(crate) fn frontend(&self, socket: &Path, index: usize) -> String {
        let mut out = format!("frontend f{index}\n bind unix@{} accept-proxy\n", socket.display());
        let mut truths = String::new();
        for line in &self.lines {
            let _ = writeln!(out, " {line}");
        }
        for acl in 0..self.acls {
            let _ = writeln!(out, " http-request set-var(txn.p{acl}) int(0)");
            let _ = writeln!(out, " http-request set-var(txn.p{acl}) int(1) if a{acl}");
            let _ = write!(truths, "%[var(txn.p{acl})]");
        }
        out.push_str(" http-request set-var(txn.r) int(0)\n");
        for (line, (action, condition)) in (self.lines.len() + 1..).zip(&self.rules) {
            let _ = writeln!(out, " http-request set-var(txn.r) int({line}) {condition}");
            let _ = writeln!(out, " {action} {condition}");
        }
        let _ = writeln!(out, " http-after-response set-header x-acl {truths}");
        out.push_str(" http-after-response set-header x-line %[var(txn.r)]\n default_backend b\n");
        out
    }
}

fn rule(random: &mut Random, acls: usize) -> (String, String) {
    let action = match random.below(8) {
        0..=1 => "http-request allow".to_owned(),
        2 => {
            let code = random.pick(&["400", "401", "404", "410", "429", "500", "503"]);
            format!("http-request deny deny_status {code}")
        }
        3 => format!("http-request deny status {}", random.pick(&["404", "418", "301"])),
        _ => "http-request deny".to_owned(),
    };
    let mut condition = random.pick(&["if", "if", "if", "unless"]).to_owned();
    for _ in 0..random.below(5) {
        let negation = random.pick(&["", "", "", "!", "! ", "!!"]);
        let term = match random.below(6) {
            0 => format!("{{ {} }}", expression(random)),
            1 => random
                .pick(&["TRUE", "FALSE", "METH_GET", "METH_POST", "LOCALHOST", "HTTP_1.1", "HTTP"])
                .to_owned(),
            _ => format!("a{}", random.below(acls)),
        };
        let joint = random.pick(&["", "", "", " or", " ||", " OR", " or or", " !or"]);
        let _ = write!(condition, " {negation}{term}{joint}");
    }
    (action, condition)
}

const TEXTS: [&str; 24] = [
    "/",
    "/admin",
    "/Admin",
    "admin",
    "min",
    "/wp-admin/",
    "wp-admin",
    ".php",
    ".PHP",
    "example.com",
    "com",
    "Example",
    ".com",
    "x",
    "X",
    "red",
    "10.0.0.1",
    "10.",
    "::ffff:",
    "GET",
    "a b",
    "-i",
    "1",
    "/a?b",
];
const NETWORKS: [&str; 16] = [
    "10.0.0.0/8",
    "10.0.0.1",
    "127.0.0.1",
    "0.0.0.0/0",
    "::/0",
    "::1",
    "::ffff:0:0/96",
    "::/96",
    "192.168.1.0/255.255.255.0",
    "10.0.0.5/255.0.0.255",
    "2001:db8::/32",
    "2002::/16",
    "10.1.2.3/24",
    "203.0.113.9",
    "172.16.0.0/12",
    "2001:db8::1/128",
];
const NUMBERS: [&str; 14] = [
    "0", "1", "5", "12", "2:6", "3:", ":4", "7-9", "gt 3", "lt 5", "ge 12", "le 1", "eq 6", "lt 0",
];

fn expression(random: &mut Random) -> String {
    let fetch = match random.below(10) {
        0..=2 => random.pick(&[
            "path", "path_beg", "path_end", "path_sub", "path_dir", "path_dom", "path_len",
        ]),
        3..=4 => "src",
        5 => "method",
        6 => random.pick(&["req.ver", "always_true", "always_false"]),
        _ => random.pick(&[
            "hdr", "hdr_beg", "hdr_end", "hdr_sub", "hdr_dir", "hdr_dom", "hdr_len", "req.hdr",
        ]),
    };
    let mut out = fetch.to_owned();
    if fetch.contains("hdr") {
        let name =
            random.pick(&["host", "x-tag", "X-Tag", "x-forwarded-for", "x-none", "user-agent", ""]);
        let occurrence = random.pick(&["", "", "", ",1", ",2", ",-1", ",-2", ",0"]);
        let _ = write!(out, "({name}{occurrence})");
    }
    let default = match fetch.rsplit_once('_') {
        Some((_, suffix)) if suffix.len() == 3 => suffix,
        _ => match fetch {
            "src" => "ip",
            "always_true" | "always_false" => "bool",
            _ => "str",
        },
    };
    let mut method = default;
    if random.below(3) == 0 {
        method = random
            .pick(&["found", "bool", "int", "ip", "len", "str", "beg", "sub", "dir", "dom", "end"]);
        let number = matches!(method, "bool" | "int");
        if fetch == "method" && (number || method == "ip") || default == "bool" && method == "ip" {
            method = "str";
        }
        let _ = write!(out, " -m {method}");
    }
    if random.below(3) == 0 {
        out.push_str(" -i");
    }
    match random.below(6) {
        0 => out.push_str(" --"),
        1 => out.push_str(" -n --"),
        _ => {}
    }
    let dashed = out.ends_with("--");
    if method == "found" {
        return out;
    }
    for _ in 0..match random.below(10) {
        0 => 0,
        1 => 12,
        _ => 1 + random.below(3),
    } {
        let word = match method {
            "ip" => random.pick(&NETWORKS),
            "int" | "len" => random.pick(&NUMBERS),
            _ if fetch == "method" => {
                random.pick(&["GET", "get", "HEAD", "POST", "Purge", "G", "OPTIONS"])
            }
            _ if fetch == "req.ver" => random.pick(&["1.0", "1.1", "1", "."]),
            _ => random.pick(&TEXTS),
        };
        // A pattern of delimiters alone makes haproxy look at the byte behind the sample.
        let delimiters = word == "/" && matches!(method, "dir" | "dom");
        if word.starts_with('-') && !dashed || delimiters {
            continue;
        }
        let _ = match word {
            word if word.contains(' ') && matches!(method, "int" | "len") => write!(out, " {word}"),
            word if word.contains(' ') => write!(out, " \"{word}\""),
            word => match random.below(6) {
                0 => write!(out, " '{word}'"),
                1 => write!(out, " \"{word}\""),
                2 => write!(out, " \\x{:02x}{}", word.as_bytes()[0], &word[1..]),
                _ => write!(out, " {word}"),
            },
        };
    }
    out
}

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
        ]);
        let uri = match (method, random.below(8)) {
            ("CONNECT", _) => match host.contains(':') {
                true => host.to_owned(),
                false => format!("{host}:80"),
            },
            ("OPTIONS", 0..=3) => "*".to_owned(),
            (_, 0) => format!("http://{host}{path}"),
            _ => path.to_owned(),
        };
        let mut headers = vec![(random.pick(&["Host", "host", "HOST"]), host.to_owned())];
        for _ in 0..random.below(5) {
            let name = random.pick(&["X-Tag", "x-tag", "X-Forwarded-For", "User-Agent", "x_tag"]);
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
                ]);
                let joint = if index == 0 { "" } else { random.pick(&[",", ", ", " ,\t"]) };
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
        let headers: Vec<(&[u8], &[u8])> =
            self.headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        let view = RequestView::new(self.method.as_bytes(), self.uri.as_bytes(), self.source);
        look(&view.version(self.version.as_bytes()).headers(&headers))
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

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len())]
    }
}
