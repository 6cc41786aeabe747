//! Whole configurations in the style of public ones, written anew: haproxy 2.6.12 accepts each with its
//! files; here they are parsed whole and asked about requests.

use std::fs;
use std::path::Path;
use std::process::Command;

use proxy_acl::{Action, Config, Options, RequestView, Scratch};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/acl-configs");
const NAMES: [&str; 5] = ["wordpress.cfg", "gateway.cfg", "hosting.cfg", "sso.cfg", "edge.cfg"];

fn config(name: &str) -> Config {
    let read = |name: &str| fs::read(Path::new(FOLDER).join(name)).expect("file");
    let files = ["keys.map", "hosts.map", "state.map", "banned.lst", "bots.lst", "geo.map"];
    let options = Options::new().file_name(name);
    let options =
        files.into_iter().fold(options, |options, file| options.pattern_file(file, read(file)));
    Config::parse(&read(name), &options).unwrap_or_else(|wrong| panic!("{}", wrong.render()))
}

#[test]
fn whole_configurations_answer_requests() {
    const DENIED: Action = Action::Deny { status: 403 };
    const MISSING: Action = Action::Deny { status: 404 };
    for (name, frontend, source, uri, host, expected) in [
        ("wordpress.cfg", "www", "192.0.2.7", "/wp-admin/", "a", DENIED),
        ("wordpress.cfg", "www", "10.66.3.4", "/wp-admin/", "a", Action::Allow),
        ("wordpress.cfg", "www", "192.0.2.7", "/.git/config", "a", MISSING),
        ("gateway.cfg", "gateway", "192.0.2.7", "/healthz", "a", Action::Return { status: 200 }),
        ("gateway.cfg", "gateway", "192.0.2.7", "/v2/x", "a", Action::Deny { status: 401 }),
        ("hosting.cfg", "hosts", "203.0.113.66", "/", "a", Action::Reject),
        ("hosting.cfg", "hosts", "192.0.2.7", "/", "a", Action::Deny { status: 421 }),
        ("hosting.cfg", "hosts", "192.0.2.7", "/admin", "shop.example.com", DENIED),
        ("hosting.cfg", "hosts", "192.0.2.7", "/admin", "blog.example.org", Action::Allow),
        ("sso.cfg", "portal", "192.0.2.7", "/", "a", Action::Redirect { status: 301 }),
        ("edge.cfg", "cdn", "192.0.2.66", "/", "a", Action::SilentDrop),
        ("edge.cfg", "cdn", "192.0.2.7", "/a/%2e%2e/b", "a", Action::Deny { status: 400 }),
        ("edge.cfg", "cdn", "192.0.2.7", "/lawless", "a", Action::Deny { status: 451 }),
    ] {
        let config = config(name);
        let source = format!("{source}:4000").parse().expect("address");
        let headers: &[(&[u8], &[u8])] = &[(b"Host", host.as_bytes())];
        let request = RequestView::new(b"GET", uri.as_bytes(), source).headers(headers);
        let mut scratch = Scratch::new();

        let frontend = config.frontend(frontend).expect("it is there");
        let verdict = config.decide_with(frontend, &request, &mut scratch);

        let explanation = config.explain(frontend, &request);
        assert_eq!(verdict.decision.action, expected, "{name} {uri}\n{explanation}");
    }
}

#[test]
#[ignore = "needs haproxy"]
fn whole_configurations_are_accepted_by_haproxy() {
    for name in NAMES {
        let run = Command::new("haproxy").current_dir(FOLDER).args(["-c", "-f", name]).output();
        let run = run.expect("haproxy runs");

        assert!(run.status.success(), "{name}: {}", String::from_utf8_lossy(&run.stderr));
    }
}
