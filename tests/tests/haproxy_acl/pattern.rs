//! Random patterns, and the files that hold some.

use std::fmt::Write as _;

use crate::fetch::Kind;
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

/// Appends patterns of a method to an expression that gives this kind.
pub(crate) fn patterns(random: &mut Random, method: &str, kind: Kind, out: &mut String) {
    let dashed = out.ends_with("--");
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
}
