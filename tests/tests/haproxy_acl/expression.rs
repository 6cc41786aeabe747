//! Random expressions.

use std::fmt::Write as _;

use crate::generate::Random;

/// Files by their names: maps, whose first columns serve as patterns too.
pub(crate) const FILES: [(&str, &str); 10] = [
    ("text.map", "/admin yes\n/a  no  \nadmin red\n/ root\nx\tX\n# c /x\nexample.com host\n/a b\n"),
    ("word.map", "com yes\nwp-admin admin\n/a x\nexample red\n"),
    (
        "ip.map",
        "10.0.0.0/8 ten\n10.1.0.0/16 deep\n::/0 six\n192.168.0.0/16 home\n2001:db8::/32 doc\n",
    ),
    ("regex.map", "^/adm yes\n[0-9]+$ digits\n\\.php php\n"),
    ("int.map", "/admin 5\n/ -3\nadmin 0\nx 4294967296\nred   12\n"),
    ("addr.map", "/admin 10.0.0.1\n/ ::1\nx 192.168.1.7\n"),
    ("num.map", "5 five\n0:3 few\n10 ten\n80 web\n1000: many\n"),
    ("ipint.map", "10.0.0.0/8 8\n::/0 -6\n127.0.0.1 1\n"),
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
    /// An address out of a map.
    Mapped,
    Truth,
    Method,
    Bytes,
    Any,
}

/// A fetch with arguments, whether it may have a suffix.
fn fetch(random: &mut Random) -> (String, Kind, bool) {
    let header = |random: &mut Random, occurrence: bool| {
        let name = random.pick(&[
            "host",
            "host",
            "x-tag",
            "x-tag",
            "X-Tag",
            "x-forwarded-for",
            "x-forwarded-for",
            "x-none",
            "user-agent",
            "cookie",
            "",
        ]);
        let place = random.pick(&[
            "",
            "",
            "",
            ",1",
            ",2",
            ",-1",
            ",-2",
            ",0",
            ",3",
            ",-3",
            ",-10",
            ",9",
            ",",
            ",4294967297",
        ]);
        format!("({name}{})", if occurrence { place } else { "" })
    };
    match random.below(36) {
        0..=3 => ("path".to_owned(), Kind::Text, true),
        4 => (random.pick(&["base", "url"]).to_owned(), Kind::Text, true),
        5 => (random.pick(&["query", "pathq", "req.ver"]).to_owned(), Kind::Text, false),
        6 => ("src".to_owned(), Kind::Address, false),
        7 => (random.pick(&["dst", "src"]).to_owned(), Kind::Address, false),
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
            let name = random.pick(&["hdr_cnt", "req.fhdr_cnt", "req.hdr_cnt"]);
            (format!("{name}{}", header(random, false)), Kind::Number, false)
        }
        21..=22 => {
            let name = random.pick(&["sid", "SID", "a", "none", "", "$sid", "sidx"]);
            (format!("cook({name})"), Kind::Text, true)
        }
        23 => {
            let fetch = random.pick(&[
                "cook_cnt(sid)",
                "cook_cnt()",
                "cook_val(sid)",
                "cook_val()",
                "urlp_val(id)",
                "urlp_val()",
                "urlp_val(id,;)",
                "dst_port",
            ]);
            (fetch.to_owned(), Kind::Number, false)
        }
        24..=26 => {
            let argument = random.pick(&[
                "(id)", "(id)", "(ID)", "(user)", "(id,;)", "(q)", "(none)", "(id,)", "()", "",
                "(a)", "(i)", "(id,/)", "(id,&)", "(id,=)", "(b,;)", "(,;)", "(a[])", "(id,?x)",
            ]);
            (format!("urlp{argument}"), Kind::Text, true)
        }
        27..=28 => {
            let fetch = random.pick(&[
                "var(txn.v)",
                "var(txn.v)",
                "var(txn.v,dft)",
                "var(txn.v,)",
                "var(req.w)",
            ]);
            (fetch.to_owned(), Kind::Any, false)
        }
        29..=30 => {
            let fetch = random.pick(&[
                "str(red)",
                "str(5)",
                "str(/a/b)",
                "str",
                "str(10.0.0.1)",
                "str(::1)",
                "str(aGk=)",
                "str(2f61zz)",
                "str(-9223372036854775808)",
                "str(9223372036854775808)",
                "str(0x10)",
                "str(a%2Fb%+c)",
                "str(1.2.3)",
                "str(example.com:443)",
                "str([::1]:80)",
                "str(true)",
                "str(ffffffffffffffff)",
                "str(\"a,b\")",
            ]);
            (fetch.to_owned(), Kind::Text, false)
        }
        31 => {
            let fetch =
                random.pick(&["bin(2f61)", "bin(00)", "bin(0a000001)", "bin(ff80)", "bin(3132)"]);
            (fetch.to_owned(), Kind::Bytes, false)
        }
        32 => {
            let fetch = random.pick(&["ipv4(10.0.0.1)", "ipv4(0.0.0.0)"]);
            (fetch.to_owned(), Kind::Address, false)
        }
        33 => (random.pick(&["bool(true)", "bool(0)"]).to_owned(), Kind::Truth, false),
        _ => {
            let fetch = random.pick(&[
                "int(5)",
                "int(-3)",
                "src_port",
                "int(0)",
                "int(9223372036854775807)",
                "int(-9223372036854775808)",
                "int(4294967296)",
                "int(167772161)",
            ]);
            (fetch.to_owned(), Kind::Number, false)
        }
    }
}

/// Converters, each with what it takes and gives.
const CONVERTERS: [(&str, Kind, Kind); 172] = [
    ("lower", Kind::Text, Kind::Text),
    ("lower", Kind::Text, Kind::Text),
    ("lower", Kind::Text, Kind::Text),
    ("upper", Kind::Text, Kind::Text),
    ("upper", Kind::Text, Kind::Text),
    ("url_dec", Kind::Text, Kind::Text),
    ("url_dec", Kind::Text, Kind::Text),
    ("url_dec(1)", Kind::Text, Kind::Text),
    ("url_dec()", Kind::Text, Kind::Text),
    ("url_enc", Kind::Text, Kind::Text),
    ("url_enc", Kind::Text, Kind::Text),
    ("url_enc(query)", Kind::Text, Kind::Text),
    ("field(2,/)", Kind::Text, Kind::Text),
    ("field(1,:)", Kind::Text, Kind::Text),
    ("field(-1,.)", Kind::Text, Kind::Text),
    ("field(1,:,2)", Kind::Text, Kind::Text),
    ("field(2,/,)", Kind::Text, Kind::Text),
    ("field(2,/,0)", Kind::Text, Kind::Text),
    ("field(-2,/,2)", Kind::Text, Kind::Text),
    ("field(3,/.)", Kind::Text, Kind::Text),
    ("field(1,/,-1)", Kind::Text, Kind::Text),
    ("field(2,a)", Kind::Text, Kind::Text),
    ("field(1,\",\")", Kind::Text, Kind::Text),
    ("word(1,/)", Kind::Text, Kind::Text),
    ("word(2,/)", Kind::Text, Kind::Text),
    ("word(-2,/.)", Kind::Text, Kind::Text),
    ("word(2,/,0)", Kind::Text, Kind::Text),
    ("word(-1,/.,)", Kind::Text, Kind::Text),
    ("word(1,/,2)", Kind::Text, Kind::Text),
    ("word(-1,/,2)", Kind::Text, Kind::Text),
    ("word(1,.)", Kind::Text, Kind::Text),
    ("word(1,/,99999999999999999999)", Kind::Text, Kind::Text),
    ("word(1,xa)", Kind::Text, Kind::Text),
    ("ltrim(/)", Kind::Text, Kind::Text),
    ("ltrim(/a)", Kind::Text, Kind::Text),
    ("ltrim()", Kind::Text, Kind::Text),
    ("rtrim(/)", Kind::Text, Kind::Text),
    ("rtrim(nm)", Kind::Text, Kind::Text),
    ("rtrim()", Kind::Text, Kind::Text),
    ("regsub(a,b)", Kind::Text, Kind::Text),
    ("regsub(a,,g)", Kind::Text, Kind::Text),
    ("regsub(A,b,gi)", Kind::Text, Kind::Text),
    ("regsub([0-9]*,N,g)", Kind::Text, Kind::Text),
    ("regsub(^/,)", Kind::Text, Kind::Text),
    ("regsub(x*,-,g)", Kind::Text, Kind::Text),
    ("regsub(/,//,g)", Kind::Text, Kind::Text),
    (r"regsub(\\.,_,g)", Kind::Text, Kind::Text),
    ("regsub($,!,g)", Kind::Text, Kind::Text),
    ("regsub(a,&,g)", Kind::Text, Kind::Text),
    ("host_only", Kind::Text, Kind::Text),
    ("host_only", Kind::Text, Kind::Text),
    ("concat(<,txn.v,>)", Kind::Text, Kind::Text),
    ("concat(,,)", Kind::Text, Kind::Text),
    ("concat(,txn.v,)", Kind::Text, Kind::Text),
    ("concat(-,txn.none,x)", Kind::Text, Kind::Text),
    ("concat(/)", Kind::Text, Kind::Text),
    (r"concat(\t)", Kind::Text, Kind::Text),
    (r"regsub(/,\t,g)", Kind::Text, Kind::Text),
    (r"field(2,a\n)", Kind::Text, Kind::Text),
    ("hex", Kind::Text, Kind::Text),
    ("cut_crlf", Kind::Text, Kind::Text),
    ("map(text.map)", Kind::Text, Kind::Text),
    ("map(text.map,)", Kind::Text, Kind::Text),
    ("map_str(text.map,d)", Kind::Text, Kind::Text),
    ("map_beg(text.map,none)", Kind::Text, Kind::Text),
    ("map_beg(text.map)", Kind::Text, Kind::Text),
    ("map_sub(word.map)", Kind::Text, Kind::Text),
    ("map_dom(word.map)", Kind::Text, Kind::Text),
    ("map_dir(word.map,none)", Kind::Text, Kind::Text),
    ("map_end(word.map)", Kind::Text, Kind::Text),
    ("map_reg(regex.map)", Kind::Text, Kind::Text),
    ("add_item(\",\",txn.v)", Kind::Text, Kind::Text),
    ("add_item(;,,x)", Kind::Text, Kind::Text),
    ("add_item(-,txn.v,y)", Kind::Text, Kind::Text),
    ("lower", Kind::Text, Kind::Text),
    ("b64dec", Kind::Text, Kind::Bytes),
    ("ub64dec", Kind::Text, Kind::Bytes),
    ("b64dec", Kind::Text, Kind::Bytes),
    ("length", Kind::Text, Kind::Number),
    ("length", Kind::Text, Kind::Number),
    ("port_only", Kind::Text, Kind::Number),
    ("port_only", Kind::Text, Kind::Number),
    ("strcmp(txn.v)", Kind::Text, Kind::Number),
    ("hex2i", Kind::Text, Kind::Number),
    ("hex2i", Kind::Text, Kind::Number),
    ("map_str_int(int.map)", Kind::Text, Kind::Number),
    ("map_beg_int(int.map,7)", Kind::Text, Kind::Number),
    ("map_sub_int(int.map,)", Kind::Text, Kind::Number),
    ("map_str_ip(addr.map)", Kind::Text, Kind::Mapped),
    ("map_beg_ip(addr.map,10.0.0.1)", Kind::Text, Kind::Mapped),
    ("json_query('$.a')", Kind::Text, Kind::Any),
    ("json_query('$.a',int)", Kind::Text, Kind::Any),
    ("hex", Kind::Bytes, Kind::Text),
    ("base64", Kind::Bytes, Kind::Text),
    ("base64", Kind::Bytes, Kind::Text),
    ("ub64enc", Kind::Bytes, Kind::Text),
    ("be2hex(,)", Kind::Bytes, Kind::Text),
    ("be2hex(:,2,)", Kind::Bytes, Kind::Text),
    ("be2hex(.,3,1)", Kind::Bytes, Kind::Text),
    ("be2dec(.,2)", Kind::Bytes, Kind::Text),
    ("be2dec(:,8)", Kind::Bytes, Kind::Text),
    ("be2dec(-,3,1)", Kind::Bytes, Kind::Text),
    ("bytes(1,3)", Kind::Bytes, Kind::Bytes),
    ("bytes(9)", Kind::Bytes, Kind::Bytes),
    ("bytes(1,)", Kind::Bytes, Kind::Bytes),
    ("bytes(-1)", Kind::Bytes, Kind::Bytes),
    ("bytes(2,-1)", Kind::Bytes, Kind::Bytes),
    ("bytes(0,1)", Kind::Bytes, Kind::Bytes),
    ("sha1", Kind::Bytes, Kind::Bytes),
    ("crc32", Kind::Bytes, Kind::Number),
    ("crc32(1)", Kind::Bytes, Kind::Number),
    ("djb2", Kind::Bytes, Kind::Number),
    ("djb2(1)", Kind::Bytes, Kind::Number),
    ("sdbm", Kind::Bytes, Kind::Number),
    ("sdbm(6)", Kind::Bytes, Kind::Number),
    ("wt6", Kind::Bytes, Kind::Number),
    ("wt6(1)", Kind::Bytes, Kind::Number),
    ("xxh32", Kind::Bytes, Kind::Number),
    ("xxh32(-1)", Kind::Bytes, Kind::Number),
    ("xxh32(7)", Kind::Bytes, Kind::Number),
    ("xxh64", Kind::Bytes, Kind::Number),
    ("xxh64(5)", Kind::Bytes, Kind::Number),
    ("xxh3", Kind::Bytes, Kind::Number),
    ("xxh3(1)", Kind::Bytes, Kind::Number),
    ("add(5)", Kind::Number, Kind::Number),
    ("add(5)", Kind::Number, Kind::Number),
    ("add()", Kind::Number, Kind::Number),
    ("add(9223372036854775807)", Kind::Number, Kind::Number),
    ("add(txn.v)", Kind::Number, Kind::Number),
    ("sub(7)", Kind::Number, Kind::Number),
    ("sub(txn.v)", Kind::Number, Kind::Number),
    ("sub(-9223372036854775808)", Kind::Number, Kind::Number),
    ("mul(3)", Kind::Number, Kind::Number),
    ("mul(-1)", Kind::Number, Kind::Number),
    ("mul(9223372036854775807)", Kind::Number, Kind::Number),
    ("div(2)", Kind::Number, Kind::Number),
    ("div(0)", Kind::Number, Kind::Number),
    ("div(-1)", Kind::Number, Kind::Number),
    ("div(txn.v)", Kind::Number, Kind::Number),
    ("mod(4)", Kind::Number, Kind::Number),
    ("mod(0)", Kind::Number, Kind::Number),
    ("mod(-1)", Kind::Number, Kind::Number),
    ("mod(-3)", Kind::Number, Kind::Number),
    ("neg", Kind::Number, Kind::Number),
    ("and(6)", Kind::Number, Kind::Number),
    ("and(-2)", Kind::Number, Kind::Number),
    ("or(99999999999999999999)", Kind::Number, Kind::Number),
    ("or(8)", Kind::Number, Kind::Number),
    ("xor(5)", Kind::Number, Kind::Number),
    ("xor(-1)", Kind::Number, Kind::Number),
    ("cpl", Kind::Number, Kind::Number),
    ("cpl", Kind::Number, Kind::Number),
    ("not", Kind::Number, Kind::Truth),
    ("bool", Kind::Number, Kind::Truth),
    ("even", Kind::Number, Kind::Truth),
    ("odd", Kind::Number, Kind::Truth),
    ("not", Kind::Number, Kind::Truth),
    ("htonl", Kind::Number, Kind::Bytes),
    ("map_int(num.map)", Kind::Number, Kind::Text),
    ("iif(red,x)", Kind::Truth, Kind::Text),
    ("iif(,)", Kind::Truth, Kind::Text),
    ("iif(5,0)", Kind::Truth, Kind::Text),
    ("ipmask(8)", Kind::Address, Kind::Address),
    ("ipmask(24,48)", Kind::Address, Kind::Address),
    ("ipmask(255.0.0.255)", Kind::Address, Kind::Address),
    ("ipmask(24,)", Kind::Address, Kind::Address),
    ("ipmask(0,0)", Kind::Address, Kind::Address),
    ("ipmask(32,ffff::)", Kind::Address, Kind::Address),
    ("ipmask(8,64)", Kind::Address, Kind::Address),
    ("map_ip(ip.map)", Kind::Address, Kind::Text),
    ("map_ip(ip.map,none)", Kind::Address, Kind::Text),
    ("map_ip_int(ipint.map)", Kind::Address, Kind::Number),
];

impl Kind {
    /// Whether haproxy lets a converter that takes the other kind stand behind this one.
    fn casts(self, to: Self) -> bool {
        match to {
            Self::Any => true,
            _ if self == Self::Mapped => false,
            Self::Truth => !matches!(self, Self::Bytes | Self::Method | Self::Address),
            Self::Number => !matches!(self, Self::Bytes | Self::Method),
            Self::Address => !matches!(self, Self::Bytes | Self::Method | Self::Truth),
            Self::Text | Self::Bytes | Self::Method | Self::Mapped => true,
        }
    }
}

fn converter(random: &mut Random, kind: Kind) -> (&'static str, Kind) {
    loop {
        let (text, input, output) = CONVERTERS[random.below(CONVERTERS.len())];
        // Most often one that is made for it.
        let wanted = input == kind || kind == Kind::Any || random.below(4) == 0;
        // What is calculated of truths is a number to haproxy, but never an address.
        let is_odd = (kind, input, output) == (Kind::Truth, Kind::Number, Kind::Number);
        if wanted && kind.casts(input) && !is_odd {
            return (text, output);
        }
    }
}

/// A fetch and up to three converters.
pub(crate) fn pipeline(random: &mut Random) -> String {
    let (fetch, kind, _) = fetch(random);
    converted(random, fetch, kind).0
}

fn converted(random: &mut Random, mut text: String, mut kind: Kind) -> (String, Kind) {
    for _ in 0..random.below(8) / 2 {
        // Of what is mapped nothing can be made but by 'debug', which spoils other fetches in haproxy
        // 2.6; on methods, as in 'map_regm', it crashes now and then.
        if matches!(kind, Kind::Mapped | Kind::Method) {
            break;
        }
        let (name, output) = converter(random, kind);
        // Of an empty cookie or parameter haproxy makes no bytes, of other empty texts it does.
        let is_part = text.starts_with("cook(") || text.starts_with("urlp");
        if is_part && name == "b64dec" {
            continue;
        }
        let _ = write!(text, ",{name}");
        kind = output;
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
    let quoted = out.contains(['<', '*', '$', '"', ';', '&', '\\', '\'']);
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
            Kind::Truth => method != "ip",
            Kind::Mapped => method == "found",
            Kind::Text | Kind::Number | Kind::Address | Kind::Any => true,
        };
        let other = if kind == Kind::Mapped { "found" } else { "str" };
        method = if fits { method } else { other };
        let _ = write!(out, " -m {method}");
    } else if method.is_empty() {
        method = match kind {
            Kind::Number => "int",
            Kind::Address | Kind::Mapped => "ip",
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
