//! proxy-acl against answers of a real haproxy.
//!
//! `data/acl-cases.jsonl` holds what haproxy 2.6.12 answered: the truth of each acl before the first
//! rule that could change the request, and the decision. Configurations wholly within what
//! proxy-acl supports are compared in all of it. Of the others each acl is, whose own lines are
//! supported, and each denial, above which everything is.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what is not as expected fails the test, in its helpers as well"
)]

#[path = "haproxy_acl/generate.rs"]
mod generate;
#[path = "haproxy_acl/live.rs"]
mod live;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use proxy_acl::{Action, DiagnosticKind, Options, Policy, RequestView};
use serde_json::Value;

const CASES: &str = include_str!("../data/acl-cases.jsonl");

#[derive(Default)]
struct Counts {
    cases: usize,
    whole: usize,
    whole_truths: usize,
    denials: usize,
    single_truths: usize,
}

#[test]
fn recorded_cases_answer_as_haproxy_did() {
    let mut policies = BTreeMap::new();
    let mut counts = Counts::default();
    let mut wrong = Vec::new();

    for line in CASES.lines() {
        let case: Value = serde_json::from_str(line).expect("a case a line");
        counts.cases += 1;
        let policies = policies
            .entry(case["config"].as_str().expect("config").to_owned())
            .or_insert_with_key(|config| Policies::new(config, &options(&case)));
        policies.compare(&case, &mut counts, &mut wrong);
    }

    let Counts { cases, whole, whole_truths, denials, single_truths } = counts;
    println!(
        "{cases} cases; {whole} with their decision and {whole_truths} acl truths; of partly \
         supported ones {denials} denials and {single_truths} acl truths"
    );
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(cases, 3000);
    assert!(whole >= 8 && whole_truths >= 20, "fewer than when this was written");
    assert!(denials >= 1 && single_truths >= 2800, "fewer than when this was written");
}

/// A configuration as far as it is supported.
struct Policies {
    whole: Option<Policy>,
    acls: BTreeMap<String, Policy>,
}

impl Policies {
    fn new(config: &str, options: &Options) -> Self {
        let whole = supported(config, options);
        let mut acls = BTreeMap::new();
        if whole.is_none() {
            let name_of = |line: &str| {
                let mut words = line.split_ascii_whitespace();
                (words.next() == Some("acl")).then(|| words.next().unwrap_or_default().to_owned())
            };
            for name in config.lines().filter_map(name_of) {
                let own = |line: &&str| name_of(line).as_deref() == Some(name.as_str());
                let lines: Vec<&str> = config.lines().filter(own).collect();
                if let Some(policy) = supported(&lines.join("\n"), options) {
                    acls.insert(name, policy);
                }
            }
        }
        Self { whole, acls }
    }

    fn compare(&self, case: &Value, counts: &mut Counts, wrong: &mut Vec<String>) {
        let headers = headers(&case["request"]);
        let headers: Vec<(&[u8], &[u8])> =
            headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        let request = request(&case["request"], &headers);
        let expected = &case["expected"];
        let no_truths = serde_json::Map::new();
        let truths = expected["acls"].as_object().unwrap_or(&no_truths);
        let mut differs =
            |what: &str, expected: &dyn std::fmt::Debug, actual: &dyn std::fmt::Debug| {
                wrong.push(format!(
                    "case {}: {what}: haproxy {expected:?}, here {actual:?}\n{}\n{}",
                    case["id"],
                    case["config"].as_str().unwrap_or_default(),
                    case["request"]
                ));
            };

        if let Some(policy) = &self.whole {
            counts.whole += 1;
            let decision = policy.decide(&request);
            let (action, status) = match decision.action {
                Action::Allow => ("allow", None),
                Action::Deny { status } => ("deny", Some(u64::from(status))),
                other => panic!("unexpected action {other:?}"),
            };
            let actual = (action, decision.line.map(u64::from), status);
            let theirs = &expected["decision"];
            let theirs = (
                theirs["action"].as_str().unwrap_or_default(),
                theirs["line"].as_u64(),
                theirs["status"].as_u64(),
            );
            if actual != theirs {
                differs("decision", &theirs, &actual);
            }
            if policy.explain(&request).decision != decision {
                differs("explanation", &decision, &policy.explain(&request));
            }
        } else if let Some(policy) = above_denial(case) {
            counts.denials += 1;
            let decision = policy.decide(&request);
            let line = expected["decision"]["line"].as_u64();
            let status = expected["decision"]["status"].as_u64();
            let as_theirs = matches!(decision.action, Action::Deny { status: ours } if Some(u64::from(ours)) == status);
            if !as_theirs || decision.line.map(u64::from) != line {
                differs("denial", &(line, status), &decision);
            }
        }
        for (name, truth) in truths {
            let (policy, count) = match (&self.whole, self.acls.get(name)) {
                (Some(policy), _) => (policy, &mut counts.whole_truths),
                (None, Some(policy)) => (policy, &mut counts.single_truths),
                (None, None) => continue,
            };
            *count += 1;
            let actual = policy.acl(name, &request);
            if actual != truth.as_bool() {
                differs(name, &truth.as_bool(), &actual);
            }
        }
    }
}

/// Compiles what stands down to the denying line, if all of that is supported; what stands below
/// cannot have mattered.
fn above_denial(case: &Value) -> Option<Policy> {
    let decision = &case["expected"]["decision"];
    let line = decision["line"].as_u64().filter(|_| decision["action"] == "deny")?;
    let config = case["config"].as_str()?;
    let above: Vec<&str> = config.lines().take(usize::try_from(line).ok()?).collect();
    Policy::parse(above.join("\n").as_bytes(), &options(case)).ok()
}

/// Compiles, or makes sure that nothing but lack of support is in the way: haproxy accepted it.
fn supported(config: &str, options: &Options) -> Option<Policy> {
    match Policy::parse(config.as_bytes(), options) {
        Ok(policy) => Some(policy),
        Err(diagnostics) => {
            for error in diagnostics.errors() {
                let excused = error.kind == DiagnosticKind::Unsupported;
                assert!(excused, "haproxy accepted this:\n{}", error.render());
            }
            None
        }
    }
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
    RequestView::new(text("method").as_bytes(), text("uri").as_bytes(), address("src", "sport"))
        .version(text("version").as_bytes())
        .headers(headers)
        .destination(address("dst", "dport"))
}
