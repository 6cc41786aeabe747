use serde_json::{Value, json};

use crate::{Folder, SITE, code, json, recorded_cases, stderr, stdout};

const RECORDED: [&str; 2] = ["--env=ACL_HOST=example.com", "--env=ACL_NET=10.0.0.0/8"];

#[test]
fn recorded_cases_pass() {
    let folder = Folder::new(&[]);
    let [host, net] = RECORDED;

    let output = folder.run(&["test", &recorded_cases(), host, net, "--json"]);

    assert_eq!(json(&output), json!({ "cases": 3000, "passed": 3000, "failed": [] }));
    assert_eq!(code(&output), 0);
}

#[test]
fn recorded_cases_fail_where_the_environment_differs() {
    let folder = Folder::new(&[]);

    let output = folder.run(&["test", &recorded_cases(), "--json"]);

    let report = json(&output);
    let passed = report["passed"].as_u64().unwrap();
    assert!((1..3000).contains(&passed), "{passed}");
    assert!(!report["failed"].as_array().unwrap().is_empty());
    assert_eq!(code(&output), 1);
}

#[test]
fn own_cases_are_about_a_configuration_beside_them() {
    let cases = r#"
# The administration is for the office.
{"config_file": "../site.acl", "remark": "from outside", "request": {"uri": "/wp-admin/", "src": "192.0.2.7"}, "expected": {"decision": "deny", "acls": {"is_local": false}}}
{"config_file": "../site.acl", "request": {"uri": "/wp-admin/", "src": "10.66.0.7"}, "expected": {"decision": {"action": "allow", "line": null, "backend": "web"}}}
"#;
    let folder = Folder::new(&[("site.acl", SITE), ("cases/admin.jsonl", cases)]);

    let output = folder.run(&["test", "cases/admin.jsonl"]);

    assert_eq!(stdout(&output), "2 of 2 cases pass\n");
    assert_eq!(code(&output), 0);
}

#[test]
fn cases_may_be_about_the_configuration_of_the_command_line() {
    let case = r#"{"request": {"uri": "/", "src": "::1", "headers": {"X": "1"}}, "expected": {"path": "/new", "headers": {"x-out": "1-2"}}}"#;
    let rules = "http-request set-path /new\nhttp-request set-header X-Out %[hdr(x)]-2\n";
    let folder = Folder::new(&[("rules", rules)]);

    let output = folder.run_with(&["test", "--config", "rules"], case);

    assert_eq!(stdout(&output), "1 of 1 cases pass\n", "{}", stderr(&output));
}

#[test]
fn every_decision_can_be_expected() {
    let rules =
        "http-request auth if { path /auth }\nhttp-request use-service lua.x if { path /x }\n";
    let case = |uri, decision| {
        format!(
            r#"{{"request": {{"uri": "{uri}", "src": "::1"}}, "expected": {{"decision": {decision}}}}}"#
        )
    };
    let auth = case("/auth", r#"{"action": "auth", "status": 401}"#);
    let folder = Folder::new(&[("rules", rules)]);

    let output = folder.run_with(
        &["test", "--config", "rules"],
        &format!("{auth}\n{}", case("/x", r#""service""#)),
    );

    assert_eq!(stdout(&output), "2 of 2 cases pass\n", "{}", stderr(&output));
}

#[test]
fn cases_may_tell_of_haproxys_build() {
    let rules = ".if feature(QUIC)\nhttp-request deny\n.endif\n";
    let case = |predicates, decision| {
        format!(
            r#"{{"predicates": {predicates}, "request": {{"uri": "/", "src": "::1"}}, "expected": {{"decision": "{decision}"}}}}"#
        )
    };
    let cases = [
        case(r#"{"feature(QUIC)": true}"#, "deny"),
        case(r#"{"feature(QUIC)": false}"#, "allow"),
        case("null", "deny"),
    ];
    let folder = Folder::new(&[("rules", rules)]);
    let args = ["test", "--config", "rules", "--predicate", "feature(QUIC)=true"];

    let output = folder.run_with(&args, &cases.join("\n"));
    let wrong = folder.run_with(&args, &case(r#"{"feature(QUIC)": "yes"}"#, "deny"));

    assert_eq!(stdout(&output), "3 of 3 cases pass\n", "{}", stderr(&output));
    let message = "-:1: predicates.feature(QUIC): expected true or false, found \"yes\"";
    assert!(stderr(&wrong).contains(message), "{}", stderr(&wrong));
    assert_eq!(code(&wrong), 1);
}

#[test]
fn cases_may_name_a_frontend() {
    let case = |frontend, decision: &str| {
        format!(
            r#"{{"frontend": "{frontend}", "request": {{"uri": "/", "src": "::1"}}, "expected": {{"decision": "{decision}"}}}}"#
        )
    };
    let rules =
        "defaults\n mode http\nfrontend a\n http-request deny\nfrontend b\n http-request return\n";
    let folder = Folder::new(&[("rules", rules)]);
    let cases = [case("a", "deny"), case("b", "return"), case("c", "deny")].join("\n");

    let output = folder.run_with(&["test", "--config", "rules", "--json"], &cases);

    let report = json(&output);
    assert_eq!((&report["cases"], &report["passed"]), (&json!(3), &json!(2)));
    assert_eq!(report["failed"][0]["field"], "frontend");
}

#[test]
fn cases_may_give_values_and_responses() {
    let rules = "\
http-request deny if { sc1_http_req_rate gt 10 } or { req.body -m bin c0ff }
http-response set-header X-Frame-Options DENY
http-response deny deny_status 404 if { status 403 } !{ nbsrv(api) -m found }
";
    let case = |values: &str, status: u16, expected: &str| {
        format!(
            r#"{{"id": "{status}", "request": {{"uri": "/", "src": "::1", "values": {{{values}}}}}, "response": {{"status": {status}, "headers": {{"A": "b"}}}}, "expected": {expected}}}"#
        )
    };
    let cases = [
        case(r#""sc1_http_req_rate": 11"#, 200, r#"{"decision": "deny"}"#),
        case(r#""req.body": "hex:C0FF""#, 200, r#"{"decision": "deny"}"#),
        case(
            r#""sc_http_req_rate(1)": "10""#,
            200,
            r#"{"decision": "allow", "response": {"decision": {"action": "allow", "status": 200, "line": null}, "headers": {"x-frame-options": "DENY", "a": "b", "gone": ""}}}"#,
        ),
        case(
            "",
            403,
            r#"{"response": {"decision": {"action": "deny", "status": 404, "line": 3}}}"#,
        ),
        case(r#""nbsrv(api)": 0"#, 403, r#"{"response": {"decision": "allow"}}"#),
        case(r#""nbsrv(web)": 1"#, 500, r#"{"decision": "allow"}"#),
        case("", 501, r#"{"response": {"decision": {"action": "deny", "status": 502}}}"#),
        case(r#""sc1_http_req_rate": 11"#, 502, r#"{"response": {"decision": "allow"}}"#),
    ];
    let folder = Folder::new(&[("rules", rules)]);

    let output = folder.run_with(&["test", "--config", "rules", "--json"], &cases.join("\n"));

    let report = json(&output);
    assert_eq!((&report["cases"], &report["passed"]), (&json!(8), &json!(5)), "{report}");
    let failed = |index: usize| {
        let failed = &report["failed"][index];
        json!([failed["id"], failed["field"], failed["actual"]])
    };
    assert_eq!(failed(0), json!(["500", "request.values", null]));
    assert_eq!(failed(1), json!(["501", "response.decision.action", "allow"]));
    assert_eq!(failed(2), json!(["501", "response.decision.status", 501]));
    assert_eq!(failed(3), json!(["502", "response.decision.action", null]));
    let why = |index: usize| report["failed"][index]["explain"].as_str().unwrap();
    assert!(why(0).contains("no rule asks for the value 'nbsrv(web)'; they ask for"), "{report}");
    assert!(why(1).contains("status 403 (line 3): '501' does not match"), "{report}");
    assert!(why(3).contains("denied with status 403 by line 1"), "{report}");
}

#[test]
fn a_failing_case_tells_what_differs_and_why() {
    let case = r#"{"id": "office", "request": {"uri": "/wp-admin/", "src": "192.0.2.7"}, "expected": {"decision": {"action": "allow", "line": 3, "status": 403}, "acls": {"is_local": true, "gone": true}}}"#;
    let folder = Folder::new(&[("site.acl", SITE), ("cases.jsonl", case)]);

    let text = folder.run(&["test", "cases.jsonl", "--config=site.acl"]);
    let output = folder.run(&["test", "cases.jsonl", "--config=site.acl", "--json"]);

    assert!(stdout(&text).starts_with(
        "case \"office\": decision.action: expected \"allow\", got \"deny\"\ncase \"office\": acls.gone: "
    ));
    assert!(stdout(&text).contains("got false\n    denied with status"));
    assert!(stdout(&text).ends_with("0 of 1 cases pass\n"));
    let report = json(&output);
    assert_eq!((&report["cases"], &report["passed"]), (&json!(1), &json!(0)));
    let fields = ["decision.action", "acls.gone", "acls.is_local"];
    for (index, field) in fields.into_iter().enumerate() {
        assert_eq!(report["failed"][index]["field"], field);
        assert_eq!(report["failed"][index]["id"], "office");
    }
    assert_eq!(report["failed"][0]["expected"], "allow");
    assert_eq!(report["failed"][0]["actual"], "deny");
    assert!(report["failed"][0]["explain"].as_str().unwrap().contains("!is_local: true"));
    assert_eq!(report["failed"][1]["actual"], json!(null));
    let why = "no acl has this name; there are is_admin, is_local";
    assert_eq!(report["failed"][1]["explain"], why);
    assert_eq!((code(&text), code(&output)), (1, 1));
}

#[test]
fn a_reason_is_told_once_for_all_that_it_explains() {
    let case = r#"{"id": "x", "request": {"uri": "/", "src": "::1"}, "expected": {"decision": {"action": "allow", "status": 200}}}"#;
    let folder = Folder::new(&[("rules", "http-request deny\n")]);

    let output = folder.run_with(&["test", "--config", "rules"], case);

    let expected = "\
case \"x\": decision.action: expected \"allow\", got \"deny\"
case \"x\": decision.status: expected 200, got 403
    denied with status 403 by line 1
    line 1 applies: http-request deny
0 of 1 cases pass
";
    assert_eq!(stdout(&output), expected);
}

#[test]
fn a_case_that_cannot_be_decided_says_why_and_compares_nothing() {
    let case = |more: &str| format!(r#"{{"id": "x", {more}, "expected": {{"decision": "deny"}}}}"#);
    let several = case(r#""request": {"uri": "/", "src": "::1"}"#);
    let value = case(
        r#""frontend": "a", "request": {"uri": "/", "src": "::1", "values": {"nbsrv(web)": 1}}"#,
    );
    let whole =
        "frontend a\n mode http\n http-request deny\nfrontend b\n mode http\n http-request deny\n";
    let folder = Folder::new(&[("haproxy.cfg", whole)]);

    let output =
        folder.run_with(&["test", "--config", "haproxy.cfg"], &format!("{several}\n{value}\n"));

    let text = stdout(&output);
    assert!(
        text.contains("case \"x\": frontend: there are several frontends, name one by"),
        "{text}"
    );
    assert!(
        text.contains("case \"x\": request.values: no rule asks for the value 'nbsrv(web)'"),
        "{text}"
    );
    assert!(text.ends_with("0 of 2 cases pass\n") && !text.contains("got"), "{text}");
}

#[test]
fn what_is_no_json_is_named_by_one_line_and_its_column() {
    let folder = Folder::new(&[("rules", "http-request deny\n")]);

    let output = folder.run_with(&["test", "--config", "rules"], "# one\n{\"a\": 1 2}\n");

    let said = stderr(&output);
    assert_eq!(said, "acl-check: -:2: not JSON: expected `,` or `}` at column 9\n");
}

#[test]
fn a_refused_configuration_fails_its_cases() {
    let case = r#"{"id": 7, "config": "acl a pth /", "request": {"uri": "/", "src": "::1"}, "expected": {"decision": "deny"}}"#;
    let folder = Folder::new(&[]);

    let output = folder.run_with(&["test", "--json"], case);

    let failed = &json(&output)["failed"][0];
    assert_eq!((&failed["id"], &failed["field"]), (&json!(7), &json!("config")));
    assert!(failed["explain"].as_str().unwrap().contains("unknown fetch 'pth'"));
}

#[test]
fn a_wrong_case_is_named_by_line_and_key() {
    let request = r#""request": {"uri": "/", "src": "::1"}"#;
    let config = r#""config": "http-request deny""#;
    let expected = r#""expected": {"decision": "deny"}"#;
    let cases = [
        ("{", "not JSON: EOF"),
        ("7", "request: missing"),
        (&format!("{{{config}, {expected}}}"), "request: missing: an object with src and uri"),
        (&format!("{{{config}, {request}}}"), "expected: missing"),
        (&format!("{{{request}, {expected}}}"), "config: missing"),
        (&format!("{{{config}, {request}, \"expected\": {{}}}}"), "expected: nothing is expected"),
        (
            &format!("{{{config}, {request}, \"expected\": {{\"decison\": 1}}}}"),
            "expected.decison: no such key; there are decision, acls",
        ),
        (
            &format!("{{{config}, {request}, \"expected\": {{\"decision\": \"denied\"}}}}"),
            "expected.decision: no such action; there are allow, deny",
        ),
        (
            &format!("{{{config}, {request}, \"expected\": {{\"acls\": {{\"a\": 1}}}}}}"),
            "expected.acls.a: expected true or false, found 1",
        ),
        (
            &format!(
                "{{{config}, \"request\": {{\"uri\": \"admin\", \"src\": \"::1\"}}, {expected}}}"
            ),
            "request.uri: expected what begins with '/', is 'http://...' or '*', and has no blanks, found \"admin\"",
        ),
        (
            &format!(
                "{{{config}, \"request\": {{\"uri\": \"/\", \"src\": \"10.0.0.300\"}}, {expected}}}"
            ),
            "request.src: expected an IP address, found \"10.0.0.300\"",
        ),
        (
            &format!(
                "{{{config}, \"request\": {{\"uri\": \"/\", \"src\": \"::1\", \"sport\": 70000}}, {expected}}}"
            ),
            "request.sport: expected a port, found 70000",
        ),
        (
            &format!("{{{config}, {request}, \"response\": {{\"status\": 7}}, {expected}}}"),
            "response.status: expected a status from 100 to 999, found 7",
        ),
        (
            &format!(
                "{{{config}, \"request\": {{\"uri\": \"/\", \"src\": \"::1\", \"headers\": [[\"a\", \"b\"], [\"c\"]]}}, {expected}}}"
            ),
            "request.headers.1: expected [\"Name\", \"value\"]",
        ),
        (
            &format!(
                "{{{config}, \"request\": {{\"uri\": \"/\", \"src\": \"::1\", \"values\": {{\"a\": 1.5}}}}, {expected}}}"
            ),
            "request.values.a: expected true, false, a whole number or a string, found 1.5",
        ),
        (
            &format!(
                "{{{config}, \"request\": {{\"uri\": \"/\", \"src\": \"::1\", \"values\": {{\"a\": \"hex:0\"}}}}, {expected}}}"
            ),
            "request.values.a: 'hex:' takes pairs of hexadecimal digits",
        ),
        (
            &format!("{{{config}, {request}, \"response\": {{}}, {expected}}}"),
            "response.status: missing: the status of the response",
        ),
        (
            &format!(
                "{{{config}, {request}, \"expected\": {{\"response\": {{\"decision\": \"deny\"}}}}}}"
            ),
            "expected.response: the case has no 'response' that could be judged",
        ),
        (
            &format!("{{{config}, \"config_file\": \"x\", {request}, {expected}}}"),
            "config_file: the case has its rules in 'config' already",
        ),
    ];
    let folder = Folder::new(&[]);

    for (case, message) in cases {
        let input = format!("\n{{{config}, {request}, {expected}}}\n{case}\n");
        let output = folder.run_with(&["test", "--json"], &input);

        let place = format!("acl-check: -:3: {message}");
        assert!(stderr(&output).contains(&place), "{place}\n{}", stderr(&output));
        let report = json(&output);
        assert_eq!((&report["cases"], &report["passed"]), (&json!(1), &json!(1)), "{case}");
        assert_eq!(report["errors"][0]["line"], 3);
        assert_eq!(code(&output), 1);
    }
}

#[test]
fn no_case_at_all_is_a_finding() {
    let folder = Folder::new(&[]);

    let empty = folder.run(&["test"]);
    let missing = folder.run(&["test", "none.jsonl"]);

    assert_eq!((code(&empty), code(&missing)), (1, 1));
    assert!(stderr(&empty).contains("there is no case"));
    assert!(stderr(&missing).contains("none.jsonl: No such file"));
}

#[test]
fn query_and_repeated_headers_can_be_expected() {
    let rules = "http-request set-query b=2\nhttp-request add-header X-A two\n";
    let case = |expected: Value| {
        let request = json!({ "uri": "/?a=1", "src": "::1", "headers": { "X-A": "one" } });
        json!({ "config": rules, "request": request, "expected": expected })
    };
    let both = json!({ "query": "b=2", "headers": { "X-A": ["one", "two"], "X-B": [] } });
    let last = json!({ "headers": { "X-A": "two" } });
    let wrong = json!({ "headers": { "X-A": ["two"] } });
    let cases = format!("{}\n{}\n{}\n", case(both), case(last), case(wrong));

    let report = json(&Folder::new(&[]).run_with(&["test", "--json"], &cases));

    assert_eq!((&report["cases"], &report["passed"]), (&json!(3), &json!(2)), "{report}");
    assert_eq!(report["failed"][0]["field"], "headers.X-A");
    assert_eq!(report["failed"][0]["actual"], json!(["one", "two"]));
}
