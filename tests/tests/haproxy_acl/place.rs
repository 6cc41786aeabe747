//! Where each fetch may stand, by the table that haproxy prints of its own.

use std::process::Command;

use proxy_acl::{Config, Options};

/// Words before a fetch, the kind of the section, and the columns of haproxy's table of which one must
/// permit it.
const PLACES: [(&str, &str, &[usize]); 11] = [
    ("tcp-request connection set-var(sess.x) ", "frontend", &[0]),
    ("tcp-request session set-var(sess.x) ", "frontend", &[1]),
    ("tcp-request content set-var(txn.x) ", "frontend", &[2]),
    ("tcp-request content set-var(txn.x) ", "backend", &[6]),
    ("http-request set-var(txn.x) ", "frontend", &[3]),
    ("http-request set-var(txn.x) ", "backend", &[7]),
    ("http-request set-var(txn.x) ", "listen", &[3, 7]),
    ("tcp-response content set-var(txn.x) ", "backend", &[11]),
    ("http-response set-var(txn.x) ", "frontend", &[16]),
    ("http-response set-var(txn.x) ", "backend", &[12]),
    ("http-after-response set-var(txn.x) ", "listen", &[12, 16]),
];

const REST: &str = "backend b0\n server s 127.0.0.1\nfrontend f0\nbackend t0\n \
                    stick-table type string\nuserlist u0\n user a password b\n";

#[test]
#[ignore = "needs haproxy"]
fn every_fetch_stands_where_haproxy_lets_it() {
    let run = Command::new("haproxy").args(["-dKsmp", "-q", "-c", "-f", "/dev/null"]).output();
    let output = run.expect("haproxy runs").stdout;
    let table = String::from_utf8(output).expect("text");
    let mut compared = 0;
    let mut wrong = Vec::new();

    for row in table.lines() {
        let Some((columns, fetch)) = row.strip_prefix("[ ").and_then(|row| row.split_once(" ] "))
        else {
            continue;
        };
        let permitted: Vec<bool> = columns.split(' ').map(|column| column == "Y").collect();
        let (fetch, _) = fetch.rsplit_once(": ").expect("a fetch and its type");
        if fetch.starts_with("internal.") || fetch.starts_with("lua.") {
            continue;
        }
        let fetch = with_arguments(fetch);
        for (rule, section, columns) in PLACES {
            let text = format!("defaults\n mode http\n{section} x\n {rule}{fetch}\n{REST}");
            let theirs = columns.iter().any(|column| permitted[*column]);
            let parsed = Config::parse(text.as_bytes(), &Options::new());
            let ours = parsed.as_ref().err().map(ToString::to_string);
            compared += 1;
            if theirs == ours.is_some() {
                wrong.push(format!("{section} {rule}{fetch}: haproxy {theirs}, here {ours:?}"));
            }
        }
    }

    assert!(wrong.is_empty(), "{} of {compared} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 4000, "only {compared} were compared");
}

/// Gives a fetch, such as `nbsrv(backend)`, what its table wants.
fn with_arguments(fetch: &str) -> String {
    let Some((name, types)) = fetch.strip_suffix(')').and_then(|call| call.split_once('(')) else {
        return fetch.to_owned();
    };
    // What may be left out is in brackets.
    let needed = types.split('[').next().unwrap_or_default();
    let argument = |kind: &str| match kind {
        "backend" => "b0",
        "frontend" => "f0",
        "table" => "t0",
        "user list" => "u0",
        "server" => "b0/s",
        "integer" => "1",
        "IPv4 address" => "10.0.0.1",
        "IPv6 address" => "::1",
        _ => match name {
            "bool" => "true",
            "bin" => "00",
            "meth" => "GET",
            "var" => "txn.v",
            _ => "x",
        },
    };
    let given: Vec<&str> =
        needed.split(',').filter(|kind| !kind.is_empty()).map(argument).collect();
    if given.is_empty() { name.to_owned() } else { format!("{name}({})", given.join(",")) }
}
