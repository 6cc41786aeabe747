//! What the command line promises.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the message")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn tour(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tour")).args(arguments).output().unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let output = tour(&[&["--json"], arguments].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(output.stdout.ends_with(b"}\n"));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Asserts that the call is refused with one line that contains `named`.
fn assert_refused(arguments: &[&str], named: &str) {
    let output = tour(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);

    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
    assert!(output.stdout.is_empty());
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(errors.contains(named), "{arguments:?}: {errors}");
}

fn write(directory: &Path, name: &str, text: &str) -> String {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Returns the first three words of the table's row for some clients.
fn row<'t>(text: &'t str, clients: &str) -> Vec<&'t str> {
    let table = text.split("  clients ").nth(1).unwrap();
    let row = table.lines().find(|line| line.trim_start().starts_with(clients)).unwrap();
    row.split_whitespace().take(3).collect()
}

#[test]
fn json_has_the_promised_keys_and_what_happened() {
    let report = json(&["--requests", "40"]);

    assert_eq!(report["requests"], 40);
    assert_eq!(report["denied"], 4);
    let percentiles = ["p50", "p75", "p99"].map(|key| report[key].as_u64().unwrap());
    assert!(percentiles.is_sorted(), "{percentiles:?}");
    assert!(report["stamps"]["total"].as_u64().unwrap() > 40);
    assert!(report["stamps"]["display_other_width"].as_u64().unwrap() > 0);
    assert!(report["stamps"]["rfc3339_other_width"].as_u64().unwrap() > 0);
    assert_eq!(report["stamps"]["ours_other_width"], 0);
    assert!(report["tunnel"]["rtt_us"].as_f64().unwrap() > 0.0);
    assert!(report["tunnel"]["mbit_per_s"].as_f64().unwrap() > 0.0);
    assert_eq!(report["denial"]["status"], 403);
    assert_eq!(report["membership"]["learnt_from"], "office");
    assert_eq!(report["membership"]["requests_after"], 20);
    assert_eq!(report["membership"]["port_is_free"], true);
    assert_eq!(report["mesh"]["members"], 6);
    assert_eq!(report["mesh"]["left"], 2);
    assert_eq!(report["mesh"]["pairs_after"], 6);
    assert_eq!(report["mesh"]["newcomer_reached"], 3);
}

#[test]
fn branch_and_site_exchange_their_datagrams_directly() {
    let report = json(&["--requests", "40"]);

    let nodes = report["nodes"].as_array().unwrap();
    let address =
        |name: &str| nodes.iter().find(|node| node["name"] == name).unwrap()["address"].clone();
    let routes = report["membership"]["routes"].as_array().unwrap();
    let route = |from: &str, to: &str| {
        routes.iter().find(|route| route["from"] == from && route["to"] == to).unwrap()
    };
    for (from, to) in [("branch", "site"), ("site", "branch")] {
        let direct = route(from, to);
        assert_eq!(direct["straight"], true);
        assert_eq!(direct["endpoint"], address(to));
        assert!(direct["received_bytes"].as_u64().unwrap() > 100_000, "{direct}");
    }
    // Nothing but records of members goes between branch and office.
    assert!(route("branch", "office")["sent_bytes"].as_u64().unwrap() < 10_000);
}

#[test]
fn text_says_the_same_as_the_kept_log() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("kept.log");
    let log = log.to_str().unwrap();

    let output = tour(&["--requests", "20", "--log", log]);

    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = std::fs::read_to_string(log).unwrap();
    assert_eq!(lines.lines().count(), 20);
    let denied = lines.matches(" PR-- ").count();
    assert_eq!(row(&text, "all"), ["all", "20", &denied.to_string()], "{text}");
    assert!(text.contains("denied with status 403"), "{text}");
    for suffix in ["requests", "seconds"] {
        let rows = std::fs::read_to_string(format!("{log}.{suffix}")).unwrap();
        assert!(rows.lines().all(|row| row.find('\t') == Some(26)), "{rows}");
    }
}

#[test]
fn text_and_json_agree() {
    let text = String::from_utf8(tour(&["--requests", "60"]).stdout).unwrap();
    let report = json(&["--requests", "60"]);

    let clients = [
        ("office", &report["clients"]["office"]),
        ("elsewhere", &report["clients"]["elsewhere"]),
        ("all", &report),
    ];
    for (name, group) in clients {
        let expected = [name, &group["requests"].to_string(), &group["denied"].to_string()];
        assert_eq!(row(&text, name), expected, "{text}");
    }
    let explanation = report["denial"]["explanation"].as_str().unwrap();
    assert!(explanation.lines().all(|line| text.contains(line)), "{text}");
}

#[test]
fn policy_of_the_caller_decides() {
    let directory = tempfile::tempdir().unwrap();
    let open = write(directory.path(), "open.acl", "http-request allow\n");
    let closed = write(directory.path(), "closed.acl", "http-request deny deny_status 200\n");

    let allowed = json(&["--requests", "20", "--acl", &open]);
    let refused = json(&["--requests", "20", "--acl", &closed]);

    assert_eq!((&allowed["denied"], &allowed["denial"]), (&Value::from(0), &Value::Null));
    assert_eq!(refused["denied"], 20);
    assert_eq!(refused["denial"]["status"], 200);
}

#[test]
fn policy_is_read_from_standard_input() {
    let mut tour = Command::new(env!("CARGO_BIN_EXE_tour"))
        .args(["--requests", "20", "--acl", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    tour.stdin.take().unwrap().write_all(b"http-request deny if { src 203.0.113.0/24 }\n").unwrap();

    let output = tour.wait_with_output().unwrap();

    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["denied"], report["clients"]["elsewhere"]["requests"]);
    assert_eq!(report["denied"], 10);
}

#[test]
fn one_request_is_enough_for_a_tour() {
    let report = json(&["--requests", "1"]);

    assert_eq!((&report["requests"], &report["denied"]), (&Value::from(1), &Value::from(0)));
}

#[test]
fn malformed_policy_is_refused_with_its_place_and_no_file_is_made() {
    let directory = tempfile::tempdir().unwrap();
    let policy = write(directory.path(), "bad.acl", "acl ok src 10.0.0.0/8\nacl bad srk 1.2.3.4\n");
    let log = directory.path().join("tour.log");

    assert_refused(&["--acl", &policy, "--log", log.to_str().unwrap()], "bad.acl:2:9: ");

    assert!(!log.exists());
}

#[test]
fn what_cannot_be_used_is_refused() {
    assert_refused(&["--acl", "/nonexistent/site.acl"], "/nonexistent/site.acl");
    assert_refused(&["--frobnicate"], "--frobnicate");
    assert_refused(&["--requests", "0"], "'0'");
    assert_refused(&["--requests", "100001"], "'100001'");
    assert_refused(&["--log", "/nonexistent/tour.log"], "/nonexistent/tour.log");
}

#[test]
fn help_and_version_go_to_standard_output() {
    let (help, version) = (tour(&["--help"]), tour(&["--version"]));

    assert!(help.status.success() && version.status.success());
    assert!(String::from_utf8_lossy(&help.stdout).contains("--requests N"));
    assert!(version.stdout.starts_with(b"tour "));
}

#[test]
fn nothing_is_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("tour.log");
    let rows = directory.path().join("tour.log.seconds");
    std::fs::write(&rows, "precious").unwrap();

    assert_refused(&["--log", log.to_str().unwrap()], "tour.log.seconds");

    assert_eq!(std::fs::read_to_string(&rows).unwrap(), "precious");
    assert!(!log.exists());
}
