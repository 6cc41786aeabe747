//! Random mistakes in random configurations.

use crate::expression::expression;
use crate::generate::{Random, Ruleset};

/// A configuration with one or two mistakes in its rules.
pub(crate) fn mutated(random: &mut Random) -> String {
    let mut lines: Vec<String> =
        ["global", " expose-experimental-directives", "defaults", " mode http"]
            .map(str::to_owned)
            .to_vec();
    for kind in ["connect", "client", "server"] {
        lines.push(format!(" timeout {kind} 1s"));
    }
    lines.extend(
        ["frontend f", " bind unix@f.sock", " stick-table type ip size 1k"].map(str::to_owned),
    );
    let first = lines.len();
    lines.extend(Ruleset::random(random).text().lines().map(|line| format!(" {line}")));
    for _ in 0..random.below(4) {
        lines.push(format!(" {}", other_rule(random)));
    }
    lines.extend(
        [" default_backend b0", "backend b0", " http-request deny if { path /x }"]
            .map(str::to_owned),
    );
    lines.push("backend b1".to_owned());
    for _ in 0..1 + random.below(2) {
        let at = first + random.below(lines.len() - first);
        match random.below(10) {
            0 => {
                lines.remove(at);
            }
            1 => lines.insert(at, lines[at].clone()),
            2 => {
                let other = first + random.below(lines.len() - first);
                lines.swap(at, other);
            }
            3..=6 => lines[at] = with_other_words(&lines[at], random),
            _ => lines[at] = with_other_bytes(&lines[at], random),
        }
    }
    lines.join("\n") + "\n"
}

fn other_rule(random: &mut Random) -> String {
    let rule = random.pick(&[
        "http-request replace-header x-tag (a) b\\1",
        "http-request replace-value x-tag ^a b",
        "http-request replace-path /a(.*) /\\1",
        "http-request replace-uri ^/(.*) /x/\\1",
        "http-request set-src hdr(x-forwarded-for)",
        "http-request auth realm x",
        "http-request unset-var(txn.v)",
        "http-request set-var-fmt(txn.w) %[src]:%[src_port]",
        "http-request track-sc0 src",
        "http-request set-log-level silent",
        "http-response set-header x-a %[status]",
        "http-response del-header x-tag -m beg",
        "http-response set-status 404",
        "http-response deny deny_status 503",
        "http-response replace-value x-tag a b",
        "http-after-response set-header x-b c",
        "tcp-request connection reject",
        "tcp-request session accept",
        "tcp-request content reject",
        "tcp-request inspect-delay 1s",
        "redirect prefix /x code 301",
        "redirect location /y drop-query",
        "use_backend b1",
        "use_backend %[path,field(2,/)]",
        "http-request return status 404 content-type text/plain string x",
        "http-request deny hdr x-why %[src]",
    ]);
    match random.below(3) {
        0 => rule.to_owned(),
        1 => format!("{rule} if {{ {} }}", expression(random)),
        _ => format!("{rule} unless TRUE or a0"),
    }
}

/// Words that stand somewhere in configurations, most of them in the wrong place.
const WORDS: [&str; 62] = [
    "acl",
    "if",
    "unless",
    "or",
    "||",
    "!",
    "{",
    "}",
    "-i",
    "-f",
    "-m",
    "-M",
    "-u",
    "-n",
    "--",
    "-q",
    "str",
    "beg",
    "reg",
    "int",
    "ip",
    "foo",
    "path",
    "path_beg",
    "hdr(host)",
    "hdr(",
    "src",
    "status",
    "res.hdr(x)",
    "method",
    "var(txn.v)",
    "var(x)",
    "nbsrv(b0)",
    "sc0_conn_cnt",
    "sc_conn_cnt",
    "path,lower",
    "path,lowr",
    "path,field(0,/)",
    "src,ipmask(33)",
    "deny",
    "allow",
    "tarpit",
    "accept",
    "http-request",
    "http-response",
    "tcp-request",
    "use_backend",
    "default_backend",
    "redirect",
    "backend",
    "frontend",
    "b0",
    "b2",
    "TRUE",
    "NOPE",
    "''",
    "5",
    "10.0.0.0/8",
    "10.0.0.0/33",
    "[",
    "%[path]",
    "%[pat]",
];

fn with_other_words(line: &str, random: &mut Random) -> String {
    let mut words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return line.to_owned();
    }
    let at = random.below(words.len());
    let word = random.pick(&WORDS);
    match random.below(5) {
        0 => {
            words.remove(at);
        }
        1 => words.insert(at, word),
        2 => words[at] = word,
        3 => words.insert(at, words[at]),
        _ => {
            let other = random.below(words.len());
            words.swap(at, other);
        }
    }
    format!(" {}", words.join(" "))
}

fn with_other_bytes(line: &str, random: &mut Random) -> String {
    let mut text: Vec<char> = line.chars().collect();
    if text.is_empty() {
        return line.to_owned();
    }
    let at = random.below(text.len());
    let other = random.pick(&[
        "(", ")", ",", "'", "\"", "\\", "#", "{", "}", "!", "%", "[", "]", "$", "x", "0", " ", "-",
        "_", ".",
    ]);
    let other = other.chars().next().expect("one");
    match random.below(4) {
        0 => {
            text.remove(at);
        }
        1 => text.insert(at, other),
        2 => text[at] = other,
        _ if text[at].is_ascii_uppercase() => text[at].make_ascii_lowercase(),
        _ => text[at].make_ascii_uppercase(),
    }
    text.into_iter().collect()
}
