//! Random expressions.

use std::fmt::Write as _;

use crate::generate::Random;

/// Files by their names: maps, whose first columns serve as patterns too.
pub(crate) const FILES: [(&str, &str); 6] = [
    ("text.map", "/admin yes\n/a  no  \nadmin red\n/ root\nx\tX\n# c /x\nexample.com host\n/a b\n"),
    ("word.map", "com yes\nwp-admin admin\n/a x\nexample red\n"),
    (
        "ip.map",
        "10.0.0.0/8 ten\n10.1.0.0/16 deep\n::/0 six\n192.168.0.0/16 home\n2001:db8::/32 doc\n",
    ),
    ("regex.map", "^/adm yes\n[0-9]+$ digits\n\\.php php\n"),
    ("texts.lst", "/admin\n# no\n  x\nred \n/\n"),
    ("nets.lst", "10.0.0.0/8\n::1\n\n192.168.1.0/24\n"),
];

const TEXTS: [&str; 28] = [
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
    "caf\u{e9}",
    "yes",
    "admin",
    "abc",
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
const NUMBERS: [&str; 16] = [
    "0", ":-3", ":-", "1", "5", "12", "2:6", "3:", ":4", "7-9", "gt 3", "lt 5", "ge 12", "le 1",
    "eq 6", "lt 0",
];

const REGEXES: [&str; 22] = [
    "^/admin",
    r"\.php$",
    "[0-9]+",
    "^/(a|b)",
    "x{2,3}",
    "a{,3}",
    "[]a]m",
    r"\d+",
    "^$",
    "(?i)ADMIN",
    "[[:alpha:]]+/",
    "e.*m",
    "^.{5,}$",
    "[^/]+$",
    r"\bcom\b",
    "a|b|",
    "[a-c.]x",
    "/[+-]",
    r"\x2f\x61",
    r"[\w.-]+\s",
    "[a&&d]m",
    r"\Q.\E",
];
const CODES: [&str; 6] = ["2f61", "2F61646d696E", "31", "0a000001", "0000000000000005", "312e31"];

/// What a fetch or converter gives.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Number,
    Address,
    Truth,
    Method,
    Bytes,
    Any,
}

/// A fetch with arguments, whether it may have a suffix.
fn fetch(random: &mut Random) -> (String, Kind, bool) {
    let header = |random: &mut Random, occurrence: bool| {
        let name =
            random.pick(&["host", "x-tag", "X-Tag", "x-forwarded-for", "x-none", "user-agent", ""]);
        let place = random.pick(&["", "", "", ",1", ",2", ",-1", ",-2", ",0", ",", ",4294967297"]);
        format!("({name}{})", if occurrence { place } else { "" })
    };
    match random.below(30) {
        0..=3 => ("path".to_owned(), Kind::Text, true),
        4 => (random.pick(&["base", "url"]).to_owned(), Kind::Text, true),
        5 => (random.pick(&["query", "pathq", "req.ver"]).to_owned(), Kind::Text, false),
        6..=7 => ("src".to_owned(), Kind::Address, false),
        8 => ("method".to_owned(), Kind::Method, false),
        9 => {
            (random.pick(&["always_true", "always_false", "ssl_fc"]).to_owned(), Kind::Truth, false)
        }
        10..=13 => (format!("hdr{}", header(random, true)), Kind::Text, true),
        14 => (format!("req.hdr{}", header(random, true)), Kind::Text, false),
        15..=16 => (format!("req.fhdr{}", header(random, true)), Kind::Text, false),
        17..=18 => (format!("hdr_ip{}", header(random, true)), Kind::Address, false),
        19 => (format!("hdr_val{}", header(random, true)), Kind::Number, false),
        20 => {
            let name = random.pick(&["hdr_cnt", "req.fhdr_cnt"]);
            (format!("{name}{}", header(random, false)), Kind::Number, false)
        }
        21..=22 => {
            let name = random.pick(&["sid", "SID", "a", "none", ""]);
            (format!("cook({name})"), Kind::Text, true)
        }
        23 => {
            let fetch =
                random.pick(&["cook_cnt(sid)", "cook_val(sid)", "urlp_val(id)", "dst_port"]);
            (fetch.to_owned(), Kind::Number, false)
        }
        24..=26 => {
            let argument = random.pick(&[
                "(id)", "(id)", "(ID)", "(user)", "(id,;)", "(q)", "(none)", "(id,)", "()",
            ]);
            (format!("urlp{argument}"), Kind::Text, true)
        }
        27 => (random.pick(&["var(txn.v)", "var(txn.v,dft)"]).to_owned(), Kind::Any, false),
        28 => (random.pick(&["str(red)", "str(5)", "str(/a/b)"]).to_owned(), Kind::Text, false),
        _ => (random.pick(&["int(5)", "int(-3)", "src_port"]).to_owned(), Kind::Number, false),
    }
}

fn converter(random: &mut Random, kind: Kind) -> Option<(&'static str, Kind)> {
    let text = [
        ("lower", Kind::Text),
        ("upper", Kind::Text),
        ("url_dec", Kind::Text),
        ("url_dec(1)", Kind::Text),
        ("url_enc", Kind::Text),
        ("field(2,/)", Kind::Text),
        ("field(-1,.)", Kind::Text),
        ("field(1,:,2)", Kind::Text),
        ("word(1,/)", Kind::Text),
        ("word(-2,/.)", Kind::Text),
        ("word(2,/,0)", Kind::Text),
        ("bytes(1,3)", Kind::Bytes),
        ("bytes(9)", Kind::Bytes),
        ("bytes(1,)", Kind::Bytes),
        ("bytes(-1)", Kind::Bytes),
        ("bytes(2,-1)", Kind::Bytes),
        ("field(2,/,)", Kind::Text),
        ("word(-1,/.,)", Kind::Text),
        ("word(1,/,99999999999999999999)", Kind::Text),
        ("concat(,,)", Kind::Text),
        ("concat(,txn.v,)", Kind::Text),
        ("regsub(a,,)", Kind::Text),
        ("url_dec()", Kind::Text),
        ("be2hex(,)", Kind::Text),
        ("be2hex(:,2,)", Kind::Text),
        ("xxh32(-1)", Kind::Number),
        ("map(text.map,)", Kind::Text),
        ("ltrim(/)", Kind::Text),
        ("ltrim()", Kind::Text),
        ("rtrim(nm)", Kind::Text),
        ("regsub(a,b)", Kind::Text),
        ("regsub(A,b,gi)", Kind::Text),
        ("regsub([0-9]*,N,g)", Kind::Text),
        ("length", Kind::Number),
        ("host_only", Kind::Text),
        ("port_only", Kind::Number),
        ("add(5)", Kind::Number),
        ("concat(<,txn.v,>)", Kind::Text),
        ("strcmp(txn.v)", Kind::Number),
        ("hex", Kind::Text),
        ("base64", Kind::Text),
        ("ub64enc", Kind::Text),
        ("crc32", Kind::Number),
        ("djb2", Kind::Number),
        ("xxh32", Kind::Number),
        ("sha1", Kind::Bytes),
        ("ipmask(8)", Kind::Address),
        ("map(text.map)", Kind::Text),
        ("map_beg(text.map,none)", Kind::Text),
        ("map_sub(word.map)", Kind::Text),
        ("map_dom(word.map)", Kind::Text),
        ("map_dir(word.map,none)", Kind::Text),
        ("map_end(word.map)", Kind::Text),
        ("map_reg(regex.map)", Kind::Text),
        ("map_ip(ip.map,none)", Kind::Text),
    ];
    let number = [
        ("add(5)", Kind::Number),
        ("add()", Kind::Number),
        ("sub(7)", Kind::Number),
        ("mul(3)", Kind::Number),
        ("div(2)", Kind::Number),
        ("mod(4)", Kind::Number),
        ("neg", Kind::Number),
        ("not", Kind::Truth),
        ("bool", Kind::Truth),
        ("even", Kind::Truth),
        ("odd", Kind::Truth),
        ("and(6)", Kind::Number),
        ("cpl", Kind::Number),
        ("hex", Kind::Text),
        ("length", Kind::Number),
        ("iif(red,x)", Kind::Text),
        ("iif(,)", Kind::Text),
        ("or(99999999999999999999)", Kind::Number),
    ];
    let address = [
        ("ipmask(8)", Kind::Address),
        ("ipmask(24,48)", Kind::Address),
        ("ipmask(24,)", Kind::Address),
        ("ipmask(255.0.0.255)", Kind::Address),
        ("map_ip(ip.map)", Kind::Text),
        ("lower", Kind::Text),
        ("hex", Kind::Text),
    ];
    Some(match kind {
        Kind::Text => text[random.below(text.len())],
        Kind::Number => number[random.below(number.len())],
        Kind::Address => address[random.below(address.len())],
        Kind::Truth | Kind::Method | Kind::Bytes | Kind::Any => return None,
    })
}

/// A fetch and up to two converters.
pub(crate) fn pipeline(random: &mut Random) -> String {
    let (fetch, kind, _) = fetch(random);
    converted(random, fetch, kind).0
}

fn converted(random: &mut Random, mut text: String, mut kind: Kind) -> (String, Kind) {
    for _ in 0..random.below(5) / 2 {
        if let Some((name, output)) = converter(random, kind) {
            let _ = write!(text, ",{name}");
            kind = output;
        }
    }
    (text, kind)
}

/// A fetch with a converter in a word of its own, which is a pattern too.
fn with_isolated_converter(random: &mut Random) -> String {
    let fetch = random.pick(&[
        "query",
        "pathq",
        "src",
        "req.fhdr(x-tag)",
        "req.hdr(host)",
        "req.hdr(x-tag,1),lower",
        "str(Red)",
        "var(txn.v,Dft)",
    ]);
    let converter = random.pick(&["lower", "upper", "hex", "lower upper", "lower,upper", "hex x"]);
    let flag = random.pick(&["", "", " -i"]);
    let (first, second) = (random.pick(&["red", "RED", "10.0.0.1"]), random.pick(&["a", "lower"]));
    format!("{fetch} {converter}{flag} {first} {second}")
}

/// Whether words behind a fetch begin with such a converter, before which no flag may stand.
pub(crate) fn is_isolated(words: &str) -> bool {
    ["lower", "upper", "hex"].iter().any(|converter| words.starts_with(converter))
}

pub(crate) fn expression(random: &mut Random) -> String {
    if random.below(24) == 0 {
        return with_isolated_converter(random);
    }
    let (fetch, kind, suffixed) = fetch(random);
    let mut method = "";
    let (mut out, kind) = if suffixed && random.below(3) == 0 {
        let (name, arguments) = fetch.split_at(fetch.find('(').unwrap_or(fetch.len()));
        method = random.pick(&["beg", "end", "sub", "dir", "dom", "len", "reg"]);
        (format!("{name}_{method}{arguments}"), kind)
    } else {
        converted(random, fetch, kind)
    };
    let needed = method.is_empty() && matches!(kind, Kind::Any | Kind::Bytes);
    let quoted = out.contains(['<', '*']);
    if quoted {
        out = format!("'{out}'");
    }
    if needed || random.below(3) == 0 {
        method = random.pick(&[
            "found", "bool", "int", "ip", "len", "str", "beg", "sub", "dir", "dom", "end", "reg",
            "bin",
        ]);
        let fits = match kind {
            Kind::Method | Kind::Bytes => !matches!(method, "bool" | "int" | "ip" | "bin"),
            Kind::Truth => !matches!(method, "ip" | "bin"),
            Kind::Text | Kind::Number | Kind::Address | Kind::Any => true,
        };
        method = if fits { method } else { "str" };
        let _ = write!(out, " -m {method}");
    } else if method.is_empty() {
        method = match kind {
            Kind::Number => "int",
            Kind::Address => "ip",
            Kind::Truth => "bool",
            Kind::Text | Kind::Method | Kind::Bytes | Kind::Any => "str",
        };
    }
    if random.below(3) == 0 {
        out.push_str(" -i");
    }
    if random.below(12) == 0 {
        out.push_str(match method {
            "ip" => random.pick(&[" -f nets.lst", " -M -f ip.map"]),
            "str" | "beg" | "sub" | "end" if kind != Kind::Method => {
                random.pick(&[" -f texts.lst", " -M -f text.map"])
            }
            _ => "",
        });
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
            "reg" => {
                let _ = write!(out, " '{}'", random.pick(&REGEXES));
                continue;
            }
            "bin" => random.pick(&CODES),
            _ if kind == Kind::Method => {
                random.pick(&["GET", "get", "HEAD", "POST", "Purge", "G", "OPTIONS"])
            }
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
                2 if word.is_ascii() => write!(out, " \\x{:02x}{}", word.as_bytes()[0], &word[1..]),
                _ => write!(out, " {word}"),
            },
        };
    }
    out
}
