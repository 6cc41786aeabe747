//! proxy-acl against answers of a real haproxy.
//!
//! `data/acl-cases.jsonl` holds what haproxy 2.6.12 answered to 3,000 requests under 750
//! configurations: the truth of each acl before the first rule that does more than set variables, the
//! decision with its line, status, backend and location, and what of the request was rewritten.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what is not as expected fails the test, in its helpers as well"
)]

#[path = "haproxy_acl/converter.rs"]
mod converter;
#[path = "haproxy_acl/expression.rs"]
mod expression;
#[path = "haproxy_acl/fetch.rs"]
mod fetch;
#[path = "haproxy_acl/generate.rs"]
mod generate;
#[path = "haproxy_acl/known.rs"]
mod known;
#[path = "haproxy_acl/live.rs"]
mod live;
#[path = "haproxy_acl/mistake.rs"]
mod mistake;
#[path = "haproxy_acl/mutate.rs"]
mod mutate;
#[path = "haproxy_acl/mutation.rs"]
mod mutation;
#[path = "haproxy_acl/pattern.rs"]
mod pattern;
#[path = "haproxy_acl/place.rs"]
mod place;
#[path = "haproxy_acl/response.rs"]
mod response;
#[path = "haproxy_acl/sent.rs"]
mod sent;
#[path = "haproxy_acl/site.rs"]
mod site;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::ControlFlow;

use proxy_acl::{Action, Options, Policy, Request, RequestView, Scratch, Tls};
use serde_json::{Value, json};

const CASES: &str = include_str!("../data/acl-cases.jsonl");

#[test]
fn recorded_cases_answer_as_haproxy_did() {
    let mut policies = BTreeMap::new();
    let mut scratch = Scratch::new();
    let (mut cases, mut truths) = (0, 0);
    let mut wrong = Vec::new();

    for line in CASES.lines() {
        let case: Value = serde_json::from_str(line).expect("a case a line");
        cases += 1;
        let config = case["config"].as_str().expect("config");
        let policy = policies.entry(config.to_owned()).or_insert_with(|| {
            Policy::parse(config.as_bytes(), &options(&case))
                .map_err(|refused| format!("haproxy accepts this:\n{}", refused.render()))
        });
        match policy {
            Ok(policy) => truths += compare(policy, &case, &mut scratch, &mut wrong),
            Err(refused) => wrong.push((case["id"].clone(), refused.clone())),
        }
    }

    wrong.dedup_by(|later, earlier| later.0 == earlier.0);
    println!("{} of {cases} cases and {truths} acl truths are as haproxy's", cases - wrong.len());
    let shown: Vec<&str> = wrong.iter().take(20).map(|(_, text)| text.as_str()).collect();
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), shown.join("\n\n"));
    assert_eq!(cases, 3000);
    assert!(truths > 8500, "only {truths} acl truths were compared");
}

/// Compares all that a case tells, and returns how many acl truths it told.
fn compare(
    policy: &Policy,
    case: &Value,
    scratch: &mut Scratch,
    wrong: &mut Vec<(Value, String)>,
) -> usize {
    let headers = headers(&case["request"]);
    let headers: Vec<(&[u8], &[u8])> =
        headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    let request = request(&case["request"], &headers);
    let expected = &case["expected"];
    let config = case["config"].as_str().unwrap_or_default();
    let mut differs = |what: &str, theirs: &Value, ours: &Value| {
        let text = format!(
            "case {}: {what}: haproxy {theirs}, here {ours}\n{config}\n{}\n{}",
            case["id"],
            case["request"],
            policy.explain(&request)
        );
        wrong.push((case["id"].clone(), text));
    };

    let verdict = policy.decide_with(&request, scratch);
    let mut ours = json!({ "line": verdict.decision.line });
    let (action, status) = match verdict.decision.action {
        Action::Allow => ("allow", None),
        Action::Deny { status } => ("deny", Some(status)),
        Action::Tarpit { status } => ("tarpit", Some(status)),
        Action::Return { status } => ("return", Some(status)),
        Action::Redirect { status } => ("redirect", Some(status)),
        Action::Reject if is_tcp(config, verdict.decision.line) => ("tcp-reject", None),
        Action::Reject => ("reject", None),
        other @ (Action::SilentDrop | _) => panic!("unexpected action {other:?}"),
    };
    ours["action"] = action.into();
    if let Some(status) = status {
        ours["status"] = status.into();
    }
    if action == "allow" {
        ours["backend"] = text(verdict.backend.unwrap_or(b"b0"));
    }
    if let Some(location) = verdict.location {
        ours["location"] = text(location);
    }
    if ours != expected["decision"] {
        differs("decision", &expected["decision"], &ours);
    }
    let explained = policy.explain(&request).decision;
    if explained != verdict.decision || policy.decide(&request) != verdict.decision {
        differs("explanation", &ours, &explained.to_string().into());
    }
    if let Some(path) = expected.get("path") {
        let ours = text(verdict.request.path().unwrap_or_default());
        if ours != *path {
            differs("path", path, &ours);
        }
    }
    if let Some(header) = expected.get("x_out") {
        let mut ours = text(b"");
        let _ = verdict.request.headers(&mut |name, value| {
            if name.eq_ignore_ascii_case(b"x-out") {
                // Blanks around it do not survive the wire.
                ours = text(value.trim_ascii());
            }
            ControlFlow::Continue(())
        });
        if ours != *header {
            differs("header", header, &ours);
        }
    }
    let truths = expected["acls"].as_object();
    for (name, truth) in truths.into_iter().flatten() {
        let ours = policy.acl(name, &request);
        if ours != truth.as_bool() {
            differs(name, truth, &json!(ours));
        }
    }
    truths.map_or(0, serde_json::Map::len)
}

fn text(bytes: &[u8]) -> Value {
    String::from_utf8_lossy(bytes).into()
}

fn is_tcp(config: &str, line: Option<u32>) -> bool {
    let index = line.expect("a rule rejects") as usize - 1;
    config.lines().nth(index).is_some_and(|line| line.trim_start().starts_with("tcp-request"))
}

fn options(case: &Value) -> Options {
    let mut options = Options::new().env("ACL_HOST", "example.com").env("ACL_NET", "10.0.0.0/8");
    for (name, content) in case["files"].as_object().into_iter().flatten() {
        options = options.pattern_file(name.as_str(), content.as_str().expect("file content"));
    }
    options
}

fn headers(request: &Value) -> Vec<(&str, &str)> {
    let headers = request["headers"].as_array().expect("headers");
    headers
        .iter()
        .map(|header| (header[0].as_str().expect("name"), header[1].as_str().expect("value")))
        .collect()
}

fn request<'a>(request: &'a Value, headers: &'a [(&'a [u8], &'a [u8])]) -> RequestView<'a> {
    let text = |key: &str| request[key].as_str().expect("text");
    let address = |ip: &str, port: &str| {
        let ip: IpAddr = text(ip).parse().expect("address");
        SocketAddr::new(ip, u16::try_from(request[port].as_u64().expect("port")).expect("port"))
    };
    let view = RequestView::new(
        text("method").as_bytes(),
        text("uri").as_bytes(),
        address("src", "sport"),
    )
    .version(text("version").as_bytes())
    .headers(headers)
    .destination(address("dst", "dport"));
    let name = request["sni"].as_str();
    match request["tls"].as_bool() {
        Some(true) => {
            view.tls(name.map_or(Tls::new(), |name| Tls::new().server_name(name.as_bytes())))
        }
        _ => view,
    }
}
