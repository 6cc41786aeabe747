//! Random mistakes in random configurations.

use crate::expression::expression;
use crate::generate::{Random, Ruleset};
use crate::mistake::with_mistake;

/// Without it haproxy reads certificates first, which takes most of its time.
const QUICK: &str = " httpclient.ssl.verify none";

/// A configuration with one or two mistakes in its rules.
pub(crate) fn mutated(random: &mut Random) -> String {
    let mut lines: Vec<String> =
        ["global", " expose-experimental-directives", QUICK, "defaults", " mode http"]
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
            3 => lines.insert(at, other_line(random)),
            _ => lines[at] = with_mistake(&lines[at], random),
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
        "use_backend %{+E}o%(b1",
        "use_backend b%o",
        "http-request return status 404 content-type text/plain string x",
        "http-request return content-type text/plain lf-string %[path]",
        "http-request deny status 404 default-errorfiles",
        "http-request track-sc1 hdr(x-tag),lower table f",
        "tcp-request connection track-sc0 src",
        "http-request deny hdr x-why %[src]",
        "http-request deny deny_status 418 content-type text/plain string x",
        "http-request tarpit deny_status 418 hdr x-why %[src]",
        "http-request deny deny_status 418",
        "monitor fail",
        "http-request set-header x-be %[fe_name]",
        "http-request set-var(txn.v) be_name",
        "tcp-request connection set-src hdr(x-forwarded-for)",
        "tcp-request session set-dst-port int(80)",
        "http-request capture path len 10",
        "http-request capture hdr(x-tag),lower id 0",
        "http-response capture status id 0",
        "tcp-request content capture src len 3",
        "http-request set-map(m) %[src] %[path]",
        "http-request add-acl(l) %[src]",
        "http-response del-map(m) %[status]",
    ]);
    match random.below(3) {
        0 => rule.to_owned(),
        1 => format!("{rule} if {{ {} }}", expression(random)),
        _ => format!("{rule} unless TRUE or a0"),
    }
}

/// A line that begins a section, or a rule that is not whole.
fn other_line(random: &mut Random) -> String {
    random
        .pick(&[
            "global",
            "defaults",
            "defaults d",
            "defaults d\n mode http\n http-request deny if { nbsrv 1 }",
            "defaults d\n mode http\n http-request track-sc0 src table f",
            "defaults d\n tcp-response content accept",
            "defaults d from none",
            "frontend f",
            "frontend",
            "frontend g from d",
            "backend b0",
            "backend b2",
            "backend b/2",
            "listen l",
            "listen l x",
            "userlist u",
            "peers p",
            "resolvers r",
            "mailers m",
            "http-errors e",
            "listn l",
            "Frontend f",
            " mode tcp",
            " mode http",
            " mode x",
            " bind unix@g.sock",
            " option httplog",
            " balance source",
            " acl",
            " acl a",
            " acl or path",
            " acl a0",
            " http-request",
            " http-request deny if",
            " tcp-request",
            " tcp-request connection",
            " default_backend",
            " default_backend b1",
            " default_backend b1 b0",
            " use_backend",
            " use_backend b0 if",
            " redirect",
            "\t",
            "#",
            " # x",
            " .if defined(X)",
            ".if 1",
            ".endif",
            ".else",
            ".elif 1",
            ".notice x",
            ".alert x",
            ".diag",
            "foo",
            " foo",
            " block if a0",
            " reqadd x",
            " tcp-response content accept",
            " tcp-response inspect-delay 1s",
            " tcp-response x",
            " http-after-response del-header x",
            " option forwardfor",
            " disabled",
            " monitor",
            " monitor fail if TRUE",
            " monitor-uri",
            " monitor-uri /m",
            " declare capture request len 5",
            " declare capture response len x",
            " capture request header host len 9",
            " capture cookie a len",
            " filter compression",
            " description x",
            " retry-on none",
            "defaults d\n stick-table type ip size 1k",
        ])
        .to_owned()
}
