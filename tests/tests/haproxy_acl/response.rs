//! Random rules on responses, answered by an installed haproxy.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::PathBuf;

use proxy_acl::{
    Action, Options, Policy, RequestView, Response, ResponseVerdict, ResponseView, Scratch,
};

use crate::generate::Random;
use crate::live::{Haproxy, field, seed, status};

const RULESETS: usize = 200;

/// What the server answers to `/0`, `/1` and so on: status and headers.
const RESPONSES: [(u16, &[(&str, &str)]); 8] = [
    (200, &[]),
    (200, &[("x-tag", "one, two"), ("x-tag", "3"), ("server", "Apache/2.4 (Debian)")]),
    (404, &[("x-tag", "red"), ("x-powered-by", "PHP/8.2")]),
    (204, &[("set-cookie", "sid=abc; Path=/; HttpOnly"), ("set-cookie", "b=2, c=3")]),
    (301, &[("x-tag", ","), ("x-other", "10.0.0.1")]),
    (500, &[("x-tag", "\"a, b\", c"), ("x-other", "12abc"), ("cache-control", "public,max-age=5")]),
    (403, &[("set-cookie", "sid=\"q;x\"; a=b"), ("x-tag", "caf\u{e9}")]),
    (200, &[("content-type", "text/html; charset=utf-8"), ("x-other", "-5"), ("x-tag", "a b")]),
];

#[test]
#[ignore = "needs haproxy"]
fn random_rules_on_responses_answer_as_haproxy_does() {
    let seed = seed();
    let mut random = Random(seed);
    let rulesets: Vec<Vec<Rule>> = (0..RULESETS)
        .map(|_| (0..1 + random.below(6)).map(|_| rule(&mut random)).collect())
        .collect();
    let folder = tempfile::tempdir().expect("folder");
    let haproxy = Haproxy::start(folder.path(), RULESETS, |sockets| config(&rulesets, sockets));
    let mut wrong = Vec::new();
    let mut compared = 0;

    for (index, rules) in rulesets.iter().enumerate() {
        let lines: Vec<&str> = rules.iter().map(|rule| rule.text.as_str()).collect();
        let text = format!("{SET}\n{}", lines.join("\n"));
        let policy = Policy::parse(text.as_bytes(), &Options::new())
            .unwrap_or_else(|wrong| panic!("haproxy accepts this\n{text}\n{}", wrong.render()));
        for number in 0..RESPONSES.len() {
            let uri = format!("/{number}");
            let bytes = format!("GET {uri} HTTP/1.1\r\nHost: a\r\n\r\n");
            let head = haproxy.exchange(index, bytes.as_bytes());
            let theirs = Answer {
                line: field(&head, "x-line").and_then(|line| line.parse().ok()).unwrap_or(0),
                status: status(&head),
                rest: field(&head, "x-rest").unwrap_or("").trim().to_owned(),
            };
            let ours = answer(&policy, &uri, number);
            compared += 1;
            if ours != theirs {
                wrong.push(format!("{text}\n{uri}\nhere    {ours:?}\nhaproxy {theirs:?}"));
            }
        }
    }

    let shown: Vec<&str> = wrong.iter().take(8).map(String::as_str).collect();
    assert!(wrong.is_empty(), "seed {seed}: {} differ\n{}", wrong.len(), shown.join("\n\n"));
    println!("{compared} responses compared");
}

/// The deciding line or 0, the status, and the headers of interest or the location.
#[derive(Debug, PartialEq)]
struct Answer {
    line: u32,
    status: u16,
    rest: String,
}

fn answer(policy: &Policy, uri: &str, number: usize) -> Answer {
    let (status, headers) = RESPONSES[number];
    let headers: Vec<(&[u8], &[u8])> =
        headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    let source = "192.0.2.7:4000".parse().expect("address");
    let request = RequestView::new(b"GET", uri.as_bytes(), source).headers(&[(b"Host", b"a")]);
    let response = ResponseView::new(status).headers(&headers);
    let mut scratch = Scratch::new();
    let allowed = policy.decide_with(&request, &mut scratch).decision.is_allowed();
    assert!(allowed, "no rule on requests decides");
    let verdict = policy.decide_response(&request, &response, &mut scratch);
    let (status, rest) = if let Some(location) = verdict.location {
        (303, String::from_utf8_lossy(location).into_owned())
    } else if let Action::Deny { status } | Action::Return { status } = verdict.decision.action {
        (status, String::new())
    } else if verdict.decision.line.is_some() {
        // What an allowing rule leaves is not noted.
        (verdict.response.status(), String::new())
    } else {
        (verdict.response.status(), tags(&verdict))
    };
    Answer { line: verdict.decision.line.unwrap_or(0), status, rest }
}

/// Count and last value of `x-tag` and `set-cookie`.
fn tags(verdict: &ResponseVerdict<'_, ResponseView<'_>>) -> String {
    let mut out = String::new();
    for wanted in ["x-tag", "set-cookie"] {
        let (mut count, mut last) = (0, String::new());
        let _ = verdict.response.headers(&mut |name, value| {
            if name.eq_ignore_ascii_case(wanted.as_bytes()) {
                count += 1;
                last = String::from_utf8_lossy(value.trim_ascii()).into_owned();
            }
            ControlFlow::Continue(())
        });
        let _ = write!(out, "{count}|{last}|");
    }
    out
}

struct Rule {
    text: String,
    condition: String,
    ends: bool,
}

/// The first line of every ruleset.
const SET: &str = "http-request set-var(txn.p) path";

fn config(rulesets: &[Vec<Rule>], sockets: &[PathBuf]) -> String {
    let mut out = "defaults\n mode http\n timeout client 30s\n timeout server 30s\n \
                   timeout connect 30s\nfrontend origin\n bind unix@origin.sock\n"
        .to_owned();
    for (number, (status, headers)) in RESPONSES.iter().enumerate() {
        let _ = write!(out, " http-request return status {status}");
        for (name, value) in *headers {
            let _ = write!(out, " hdr {name} '{value}'");
        }
        let _ = writeln!(out, " if {{ path /{number} }}");
    }
    for (index, (rules, socket)) in rulesets.iter().zip(sockets).enumerate() {
        let _ = write!(
            out,
            "listen f{index}\n bind unix@{}\n server s unix@origin.sock\n",
            socket.display()
        );
        let _ = writeln!(out, " http-request set-src ipv4(192.0.2.7)\n {SET}");
        let _ = writeln!(out, " http-response set-var(txn.r) int(0)");
        for (line, rule) in (2..).zip(rules) {
            let Rule { text, condition, ends } = rule;
            if *ends {
                let _ = writeln!(out, " http-response set-var(txn.r) int({line}) {condition}");
            }
            let _ = writeln!(out, " {text}");
        }
        out.push_str(
            " http-after-response set-header x-line %[var(txn.r)]\n http-after-response set-header x-rest \
             \"%[res.fhdr_cnt(x-tag)]|%[res.fhdr(x-tag)]|%[res.fhdr_cnt(set-cookie)]|%[res.fhdr(set-cookie)]|\" \
             unless { var(txn.r) -m int gt 0 }\n http-after-response set-header x-rest %[res.fhdr(location)] \
             if { var(txn.r) -m int gt 0 } { res.fhdr(location) -m found }\n",
        );
    }
    out
}

fn rule(random: &mut Random) -> Rule {
    let (ends, action) = match random.below(16) {
        0..=1 => (true, "deny"),
        2 => (true, random.pick(&["deny deny_status 404", "deny status 418", "return status 410"])),
        3 => (
            true,
            random.pick(&[
                "redirect location /l%[var(txn.p)] code 303",
                "redirect location /%[status] code 303",
            ]),
        ),
        4 => (true, "allow"),
        5..=6 => {
            (false, random.pick(&["set-status 404", "set-status 599 reason x", "set-status 201"]))
        }
        7 => (
            false,
            random.pick(&[
                "set-var(txn.v) res.hdr(x-tag)",
                "set-var(txn.v) status",
                "set-var(txn.v) hdr(x-tag)",
                "set-var(txn.v) res.cook(sid)",
                "set-var-fmt(txn.v) %[src]%[method]",
                "unset-var(txn.v)",
            ]),
        ),
        _ => (
            false,
            random.pick(&[
                "set-header x-tag new",
                "set-header x-tag %[status],%[res.hdr(x-other)]",
                "add-header X-Tag \"%[var(txn.p)]; x\"",
                "add-header x-tag %[var(txn.v)]",
                "add-header set-cookie \"sid=1; Path=/\"",
                "del-header x-tag",
                "del-header x- -m beg",
                "del-header ^set -m reg",
                "replace-header x-tag (o|r)(.) \\2\\1",
                "replace-header set-cookie (.*) \"\\1; Secure\"",
                "replace-value x-tag ^(.)[a-z]* <\\1>",
                "replace-value cache-control public private",
            ]),
        ),
    };
    let mut condition = random.pick(&["if", "if", "unless"]).to_owned();
    for _ in 0..random.below(3) {
        let negation = random.pick(&["", "", "!"]);
        let term = random.pick(&[
            "{ status 200 }",
            "{ status 400:499 }",
            "{ status ge 300 }",
            "{ res.hdr(x-tag) red }",
            "{ res.hdr(x-tag) -m found }",
            "{ res.fhdr(x-tag) -m sub , }",
            "{ shdr_beg(x-tag) -i R o }",
            "{ res.hdr_cnt(x-tag) gt 1 }",
            "{ res.hdr_val(x-other) 12 }",
            "{ res.hdr_ip(x-other) 10.0.0.0/8 }",
            "{ res.hdr(x-other) -m int lt 0 }",
            "{ res.cook(sid) -m found }",
            "{ scook(b) 2 }",
            "{ scook(c) 3 }",
            "{ scook(a) b }",
            "{ res.cook_cnt(sid) 1 }",
            "{ res.ver 1.1 }",
            "{ path /0 }",
            "{ hdr(x-tag) red }",
            "{ method GET }",
            "{ src 192.0.2.0/24 }",
            "{ var(txn.p) -m str /1 /2 /5 }",
            "{ var(txn.v) -m found }",
            "{ var(txn.v) -m sub 2 }",
            "TRUE",
            "METH_GET",
        ]);
        let joint = random.pick(&["", "", " or"]);
        let _ = write!(condition, " {negation}{term}{joint}");
    }
    Rule { text: format!("http-response {action} {condition}"), condition, ends }
}
