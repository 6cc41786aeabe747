//! Variables of the process. What rules make of them was seen on a running haproxy 2.6.12 that set them in
//! `global`.

use core::net::IpAddr;

use proxy_acl::{Config, Options, Policy, RequestView, Scratch, Value};

use crate::{get, policy};

const VALUES: [(&str, Value<'_>); 4] = [
    ("var(proc.number)", Value::Integer(5)),
    ("var(proc.text)", Value::Text(b"txt")),
    ("var(proc.truth)", Value::Bool(true)),
    ("var(proc.address)", Value::Address(IpAddr::V4(core::net::Ipv4Addr::new(10, 0, 0, 1)))),
];

/// What the last header that the rules set holds.
fn written(rules: &str, request: &RequestView<'_>) -> String {
    let policy = policy(rules);
    let mut scratch = Scratch::new();
    let verdict = policy.decide_with(request, &mut scratch);
    let mut written = String::new();
    let _ = proxy_acl::Request::headers(&verdict.request, &mut |_, value| {
        written = String::from_utf8_lossy(value).into_owned();
        core::ops::ControlFlow::Continue(())
    });
    written
}

#[test]
fn variables_of_the_process_have_the_values_that_are_given() {
    let request = get("/").values(&VALUES);

    for (format, expected) in [
        ("%[var(proc.number)]", "5"),
        ("%[var(proc.text)]", "txt"),
        ("%[var(proc.truth)]", "1"),
        ("%[var(proc.address)]", "10.0.0.1"),
        ("%[int(1),add(proc.number)]", "6"),
        ("%[str(a),concat(-,proc.text)]", "a-txt"),
        ("%[str(txt),strcmp(proc.text)]", "0"),
        ("%[var(proc.none,default)]", "default"),
        ("-%[var(proc.none)]", "-"),
        ("-%[var(txn.text)]", "-"),
    ] {
        assert_eq!(written(&format!("http-request set-header x {format}"), &request), expected);
    }
}

#[test]
fn rules_change_variables_of_the_process_for_the_rest_of_the_request() {
    let request = get("/").values(&VALUES);

    for (rules, expected) in [
        ("set-var(proc.number) int(3)", "3"),
        ("set-var(proc.number,ifgt) int(2)", "2"),
        ("set-var(proc.number,iflt) int(2)", "5"),
        ("set-var(proc.number,ifnotset) int(2)", "5"),
        ("unset-var(proc.number)", ""),
    ] {
        let text = format!("http-request {rules}\nhttp-request set-header x %[var(proc.number)]");
        assert_eq!(written(&text, &request), expected, "{rules}");
    }
    let policy = policy(
        "http-request deny if { var(proc.number) -m int 3 }\nhttp-request set-var(proc.number) int(3)",
    );
    let mut scratch = Scratch::new();
    for _ in 0..2 {
        assert!(policy.decide_with(&request, &mut scratch).decision.is_allowed());
    }
}

#[test]
fn variables_of_the_process_exist_where_a_rule_names_them() {
    for (condition, expected) in
        [("ifexists", "1"), ("ifnotexists", ""), ("ifset", ""), ("ifnotset", "1")]
    {
        let text = format!(
            "http-request set-var(proc.new,{condition}) int(1)\n\
             http-request set-header x %[var(proc.new)]"
        );
        assert_eq!(written(&text, &get("/")), expected, "{condition}");
        let of_transaction = text.replace("proc", "txn");
        let expected = if condition.starts_with("ifnot") { "1" } else { "" };
        assert_eq!(written(&of_transaction, &get("/")), expected, "{condition}");
    }
}

#[test]
fn variables_of_the_process_are_named_among_the_values() {
    let policy =
        policy("http-request deny if { var(proc.limit) -m int lt 5 } { var(txn.x) -m found }");
    let mut scratch = Scratch::new();
    let request = get("/");

    let _ = policy.decide_with(&request, &mut scratch);

    assert!(policy.value_names().eq(["var(proc.limit)"]));
    assert!(policy.missing_values(&scratch).eq(["var(proc.limit)"]));
    let request = request.values(&[("var(proc.limit)", Value::Integer(1))]);
    let _ = policy.decide_with(&request, &mut scratch);
    assert_eq!(policy.missing_values(&scratch).count(), 0);
}

#[test]
fn proxies_share_the_variables_of_the_process() {
    let text = b"
defaults
 mode http
frontend f
 http-request unset-var(proc.off) if { path /on }
 default_backend b
backend b
 http-request deny if { var(proc.off) -m bool }
 http-response deny if { var(proc.late) -m int 7 }
";
    let config = Config::parse(text, &Options::new()).expect("accepted");
    let values = [("var(proc.off)", Value::Bool(true)), ("var(proc.late)", Value::Integer(7))];
    let frontend = config.frontend("f").expect("frontend");
    let mut scratch = Scratch::new();
    let off = get("/").values(&values);
    let on = get("/on").values(&values);

    assert!(!config.decide_with(frontend, &off, &mut scratch).decision.is_allowed());
    assert!(config.decide_with(frontend, &on, &mut scratch).decision.is_allowed());
    let response = proxy_acl::ResponseView::new(200);
    let verdict = config.decide_response(frontend, &on, &response, &mut scratch);
    assert!(!verdict.decision.is_allowed());
    let backend: &Policy = &config.backend("b").expect("backend").policy;
    assert!(backend.value_names().eq(["var(proc.late)", "var(proc.off)"]));
    assert_eq!(backend.acl_names().count(), 0);
    assert!(!backend.decide(&off).is_allowed());
}
