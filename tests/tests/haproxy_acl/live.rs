//! Fresh random cases, answered by an installed haproxy on unix sockets.

use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use proxy_acl::{Action, Options, Policy, RequestView};

const RULESETS: usize = 300;
const REQUESTS: usize = 6;

#[test]
#[ignore = "needs haproxy"]
fn random_cases_answer_as_haproxy_does() {
    let seed = match std::env::var("ACL_SEED") {
        Ok(seed) => seed.parse().expect("ACL_SEED is a number"),
        Err(_) => SystemTime::now().duration_since(UNIX_EPOCH).expect("clock").as_nanos() as u64,
    };
    println!("ACL_SEED={seed}");
    let mut random = Random(seed);
    let rulesets: Vec<Ruleset> = (0..RULESETS).map(|_| Ruleset::random(&mut random)).collect();
    let folder = tempfile::tempdir().expect("folder");
    let haproxy = Haproxy::start(folder.path(), &rulesets);
    let (mut compared, mut truths, mut refused) = (0, 0, 0);

    for (index, ruleset) in rulesets.iter().enumerate() {
        let text = ruleset.text();
        let policy = Policy::parse(text.as_bytes(), &Options::new())
            .unwrap_or_else(|wrong| panic!("haproxy accepts this\n{text}\n{}", wrong.render()));
        for _ in 0..REQUESTS {
            let request = Sent::random(&mut random);
            let Some(theirs) = haproxy.ask(index, &request) else {
                refused += 1;
                continue;
            };
            let ours = request.view(|view| answer(&policy, ruleset, view));
            compared += 1;
            truths += ruleset.acls;
            assert_eq!(ours, theirs, "seed {seed}, left ours\n{text}\n{request:?}");
        }
    }

    println!("{compared} decisions and {truths} acl truths compared; haproxy refused {refused}");
    assert!(compared >= RULESETS * REQUESTS * 9 / 10, "too many requests were refused");
}

/// The truth of each acl as digits, the deciding line or 0, and the status.
#[derive(Debug, PartialEq)]
struct Answer {
    acls: String,
    line: u32,
    status: u16,
}

fn answer(policy: &Policy, ruleset: &Ruleset, request: &RequestView<'_>) -> Answer {
    let truth = |index: usize| policy.acl(&format!("a{index}"), request).expect("defined above");
    let acls = (0..ruleset.acls).map(|index| if truth(index) { '1' } else { '0' }).collect();
    let decision = policy.decide(request);
    assert_eq!(policy.explain(request).decision, decision);
    let status = match decision.action {
        Action::Deny { status } => status,
        Action::Allow => 200,
        other => panic!("unexpected action {other:?}"),
    };
    Answer { acls, line: decision.line.unwrap_or(0), status }
}

/// Lines of acls named a0, a1 and so on, then rules.
struct Ruleset {
    acls: usize,
    lines: Vec<String>,
    rules: Vec<(String, String)>,
}

impl Ruleset {
    fn random(random: &mut Random) -> Self {
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

    fn text(&self) -> String {
        let rules = self.rules.iter().map(|(action, condition)| format!("{action} {condition}"));
        let lines: Vec<String> = self.lines.iter().cloned().chain(rules).collect();
        lines.join("\n")
    }

    /// The same for haproxy, with variables that note what holds.
    fn frontend(&self, socket: &Path, index: usize) -> String {
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
struct Sent {
    method: &'static str,
    uri: String,
    version: &'static str,
    headers: Vec<(&'static str, String)>,
    source: SocketAddr,
}

impl Sent {
    fn random(random: &mut Random) -> Self {
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

    fn view<T>(&self, look: impl FnOnce(&RequestView<'_>) -> T) -> T {
        let headers: Vec<(&[u8], &[u8])> =
            self.headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        let view = RequestView::new(self.method.as_bytes(), self.uri.as_bytes(), self.source);
        look(&view.version(self.version.as_bytes()).headers(&headers))
    }

    /// A PROXY protocol header of version 2, and the request.
    fn bytes(&self) -> Vec<u8> {
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

/// A running haproxy, ended when it is dropped, also by a failing assertion.
struct Haproxy {
    process: Child,
    sockets: Vec<std::path::PathBuf>,
}

impl Haproxy {
    fn start(folder: &Path, rulesets: &[Ruleset]) -> Self {
        let sockets: Vec<_> =
            (0..rulesets.len()).map(|index| folder.join(format!("{index}.sock"))).collect();
        let mut config = "defaults\n mode http\n timeout client 10s\n timeout server 10s\n \
                          timeout connect 10s\nbackend b\n http-request return status 200\n"
            .to_owned();
        for (index, (ruleset, socket)) in rulesets.iter().zip(&sockets).enumerate() {
            config += &ruleset.frontend(socket, index);
        }
        let path = folder.join("haproxy.cfg");
        fs::write(&path, config).expect("configuration is written");
        let log = fs::File::create(folder.join("log")).expect("log");
        let process = Command::new("haproxy")
            .arg("-db")
            .arg("-f")
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("log"))
            .stderr(log)
            .spawn()
            .expect("haproxy starts");
        let mut haproxy = Self { process, sockets };
        let deadline = Instant::now() + Duration::from_secs(20);
        while !haproxy.sockets.iter().all(|socket| UnixStream::connect(socket).is_ok()) {
            let ended = haproxy.process.try_wait().expect("status").is_some();
            assert!(
                !ended && Instant::now() < deadline,
                "haproxy does not listen:\n{}",
                fs::read_to_string(folder.join("log")).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        haproxy
    }

    /// Sends a request; `None` if haproxy refused it before any rule.
    fn ask(&self, ruleset: usize, request: &Sent) -> Option<Answer> {
        let mut stream = UnixStream::connect(&self.sockets[ruleset]).expect("connection");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("timeout");
        stream.write_all(&request.bytes()).expect("request is sent");
        let mut head = Vec::new();
        let mut chunk = [0; 4096];
        while !head.windows(4).any(|window| window == b"\r\n\r\n") {
            match stream.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => head.extend(&chunk[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => panic!("no answer to {request:?}: {error}"),
            }
        }
        let head = String::from_utf8_lossy(&head);
        let field =
            |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        Some(Answer {
            acls: field("x-acl")?.to_owned(),
            line: field("x-line")?.parse().expect("line"),
            status: head.split(' ').nth(1)?.parse().expect("status"),
        })
    }
}

impl Drop for Haproxy {
    fn drop(&mut self) {
        // Both fail only when it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// SplitMix64.
struct Random(u64);

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
