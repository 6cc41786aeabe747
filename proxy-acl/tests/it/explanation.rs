//! Why a decision is as it is.

use proxy_acl::{Config, Explanation, Options, Outcome, Policy, ResponseView, Scratch, Value};

use crate::{from, get, policy, truth};

#[test]
fn each_rule_down_to_the_deciding_one_is_told() {
    let policy = policy(
        "\
acl local src 10.66.0.0/24 127.0.0.1
acl admin path_beg /wp-admin
acl admin path_end .cgi
http-request allow if local
http-request deny if admin !{ hdr(x-pass) -m found } or LOCALHOST
http-request deny
",
    );

    let text = policy.explain(&get("/a.cgi")).to_string();

    assert_eq!(
        text,
        "\
denied with status 403 by line 5
line 4 does not apply: http-request allow if local
  local: false
    src 10.66.0.0/24 127.0.0.1 (line 1): '192.0.2.1' does not match
line 5 applies: http-request deny if admin !{ hdr(x-pass) -m found } or LOCALHOST
  admin: true
    path_beg /wp-admin (line 2): '/a.cgi' does not match
    path_end .cgi (line 3): '/a.cgi' matches '.cgi'
  !{ hdr(x-pass) -m found }: true
    hdr(x-pass) -m found (line 5): there is none, so it does not match
  or
  LOCALHOST: not looked at"
    );
}

#[test]
fn pattern_is_named_with_its_place() {
    let options = Options::new().pattern_file("deny.lst", "# list\n/a\n/b\n");
    let text = b"acl a path -f deny.lst '/c d'\nhttp-request deny if a";
    let policy = Policy::parse(text, &options).expect("valid");
    let pattern = |uri: &str| {
        let explanation = policy.explain(&get(uri));
        let outcome = &explanation.rules[0].suites[0][0].expressions[0].outcome;
        let Outcome::Matched { pattern: Some(pattern), .. } = outcome else {
            panic!("{outcome:?}");
        };
        pattern.clone()
    };

    let (filed, written) = (pattern("/b"), pattern("/c d"));

    assert_eq!(filed.text, "/b");
    assert_eq!((filed.file.as_deref(), filed.line), (Some("deny.lst"), Some(3)));
    let text = policy.explain(&get("/b")).to_string();
    assert!(text.ends_with("(line 1): '/b' matches '/b' of deny.lst:3"), "{text}");
    assert_eq!(written.text, "'/c d'");
    assert_eq!((written.file, written.line, written.column), (None, Some(1), Some(24)));
}

#[test]
fn bytes_are_matched_by_their_own_pattern() {
    let policy = policy("http-request deny if { bin(0a) -m bin 0b 0A } or { bin(0c) -m bin 0b }");

    let explanation = policy.explain(&get("/"));

    let Outcome::Matched { pattern: Some(pattern), .. } = outcome(&explanation) else {
        panic!("{explanation}");
    };
    assert_eq!(pattern.text, "0A");
    assert!(truth("bin(0c) -m bin 0b 0c", &get("/")));
    assert!(!truth("bin(0d) -m bin 0b 0c", &get("/")));
}

#[test]
fn all_samples_of_a_header_are_shown() {
    let policy = policy("http-request deny if { hdr(x) c }");
    let headers = [(&b"x"[..], &b"a, \x01"[..])];

    let text = policy.explain(&get("/").headers(&headers)).to_string();

    assert!(text.ends_with(r"hdr(x) c (line 1): 'a', '\x01' does not match"), "{text}");
}

#[test]
fn predefined_acl_is_explained_by_its_meaning() {
    let policy = policy("http-request deny if LOCALHOST");

    let text = policy.explain(&from("127.9.9.9", "/")).to_string();

    assert!(
        text.contains("src 127.0.0.1/8 ::1 (predefined): '127.9.9.9' matches '127.0.0.1/8'"),
        "{text}"
    );
}

#[test]
fn nothing_to_explain_is_said() {
    assert_eq!(policy("").explain(&get("/")).to_string(), "allowed: no rule decides");
}

#[test]
fn terminal_controls_of_the_configuration_are_escaped() {
    let policy = policy("acl a path /\x1b[2J\nhttp-request deny if a");

    let text = policy.explain(&get("/")).to_string();

    assert!(text.contains(r"path /\u{1b}[2J (line 1): '/' does not match"), "{text}");
    assert!(!text.contains('\x1b'), "{text}");
}

#[test]
fn negation_apart_from_its_name_is_shown_with_it() {
    let policy = policy("acl local src 10.0.0.0/8\nhttp-request deny if TRUE ! ! ! local");

    let text = policy.explain(&get("/")).to_string();

    assert!(text.contains("\n  TRUE: true\n"), "{text}");
    assert!(text.contains("\n  ! ! ! local: true\n"), "{text}");
}

/// What came of the only expression of the only rule.
fn outcome(explanation: &Explanation) -> &Outcome {
    &explanation.rules[0].suites[0][0].expressions[0].outcome
}

#[test]
fn no_sample_is_told_apart_from_one_that_cannot_be_had() {
    let values = [("nbsrv(web)", Value::Integer(2))];
    let headers = [(&b"x"[..], &b"a, %zz, b"[..])];
    let conversions = [("table_gpc0(t)", Value::Text(b"a"), Value::Integer(1))];
    let request = get("/%zz").headers(&headers).values(&values).conversions(&conversions);
    let unmatched = Outcome::Unmatched { samples: vec!["2".to_string()], count: 1 };
    for (condition, expected) in [
        ("hdr(y) a", Outcome::Missing),
        ("hdr(y),lower a", Outcome::Missing),
        ("path,url_dec /a", Outcome::Unconverted { sample: "/%zz".to_string() }),
        ("hdr(x),url_dec b", Outcome::Unconverted { sample: "%zz".to_string() }),
        ("status 200", Outcome::Unavailable),
        ("nbsrv(web) 0", unmatched),
        ("http_auth_user a", Outcome::Missing),
        ("fe_name a", Outcome::NotGiven { name: "fe_name".to_string() }),
        ("nbsrv(api) 0", Outcome::NotGiven { name: "nbsrv(api)".to_string() }),
        ("sc1_conn_cur 0", Outcome::NotGiven { name: "sc_conn_cur(1)".to_string() }),
        ("nbsrv(a\\x1b) 0", Outcome::NotGiven { name: r"nbsrv(a\u{1b})".to_string() }),
        ("src,table_gpc0(t) 0", Outcome::NotGiven { name: "table_gpc0(t)".to_string() }),
        ("hdr(x),table_gpc0(t) 0", Outcome::NotGiven { name: "table_gpc0(t)".to_string() }),
        ("path,sha2,hex,table_gpc(0,t) 0", Outcome::NotGiven { name: "sha2".to_string() }),
    ] {
        let policy = policy(&format!("http-request deny if {{ {condition} }}"));

        let explanation = policy.explain(&request);

        assert_eq!(outcome(&explanation), &expected, "{condition}");
    }
}

#[test]
fn what_kept_a_sample_away_is_said() {
    let policy =
        policy("http-request deny if { path,url_dec /a } or { status 200 } or { nbsrv(web) 0 }");

    let text = policy.explain(&get("/%zz")).to_string();

    for expected in [
        "path,url_dec /a (line 1): '/%zz' cannot be converted, so nothing from it on matches",
        "status 200 (line 1): it is not there at this point, so it does not match",
        "nbsrv(web) 0 (line 1): no value of nbsrv(web) is given, so it does not match",
    ] {
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn rules_on_the_response_are_explained_with_what_the_request_left() {
    let text = "\
http-request set-var(txn.site) hdr(host)
acl internal var(txn.site) -m end .internal
tcp-response content accept if { status 500 }
http-response set-header x-seen %[status] if { path /a }
http-response deny if { res.hdr(set-cookie) -m sub admin } !internal
http-response return status 404 if internal { res.hdr(x-seen) -m found } or { status 403 }
http-response deny
";
    let policy = policy(text);
    let headers = [(&b"host"[..], &b"a.internal"[..])];
    let request = get("/a").headers(&headers);
    let response = ResponseView::new(403).headers(&[(b"Set-Cookie", b"admin=1")]);

    let explanation = policy.explain_response(&request, &response);

    let mut scratch = Scratch::new();
    let _ = policy.decide_with(&request, &mut scratch);
    let verdict = policy.decide_response(&request, &response, &mut scratch);
    assert_eq!(explanation.decision, verdict.decision);
    assert_eq!(
        explanation.to_string(),
        "\
answered with status 404 by line 6
line 3 does not apply: tcp-response content accept if { status 500 }
  { status 500 }: false
    status 500 (line 3): '403' does not match
line 4 does not apply: http-response set-header x-seen %[status] if { path /a }
  { path /a }: false
    path /a (line 4): it is not there at this point, so it does not match
line 5 does not apply: http-response deny if { res.hdr(set-cookie) -m sub admin } !internal
  { res.hdr(set-cookie) -m sub admin }: true
    res.hdr(set-cookie) -m sub admin (line 5): 'admin=1' matches 'admin'
  !internal: false
    var(txn.site) -m end .internal (line 2): 'a.internal' matches '.internal'
line 6 applies: http-response return status 404 if internal { res.hdr(x-seen) -m found } or { status 403 }
  internal: true
    var(txn.site) -m end .internal (line 2): 'a.internal' matches '.internal'
  { res.hdr(x-seen) -m found }: false
    res.hdr(x-seen) -m found (line 6): there is none, so it does not match
  or
  { status 403 }: true
    status 403 (line 6): '403' matches '403'"
    );
}

#[test]
fn response_is_explained_by_the_backend_before_the_frontend() {
    let text = "defaults\n mode http\nfrontend f\n http-response deny if { status 404 }\n \
                use_backend b if { path /b }\n default_backend a\nbackend a\nbackend b\n \
                http-response set-status 404 if { status 410 }\n";
    let Ok(config) = Config::parse(text.as_bytes(), &Options::new()) else { panic!("refused") };
    let Some(frontend) = config.frontend("f") else { panic!("no frontend") };
    let gone = ResponseView::new(410);

    let explain = |uri| {
        let explanation = config.explain_response(frontend, &get(uri), &gone);
        let rules = explanation.rules.iter().map(|rule| (rule.line, rule.applies));
        (explanation.decision.line, rules.collect::<Vec<_>>())
    };

    assert_eq!(explain("/b"), (Some(4), vec![(9, true), (4, true)]));
    assert_eq!(explain("/"), (None, vec![(4, false)]));
}

#[test]
fn operator_is_shown_with_its_pattern() {
    let policy = policy("http-request deny if { path_len gt 3 1 }");

    let text = policy.explain(&get("/admin")).to_string();

    assert!(text.contains("'/admin' matches 'gt 3'"), "{text}");
}

#[test]
fn long_samples_are_shown_by_their_start() {
    let policy = policy("http-request deny if { path_end .php }");
    let uri = format!("/{}", "a".repeat(100_000));

    let text = policy.explain(&get(&uri)).to_string();

    assert!(text.contains(&format!("'/{}...'", "a".repeat(1023))), "{}", text.len());
    assert!(text.len() < 1500, "{}", text.len());
}

#[test]
fn redirect_is_told_with_its_location() {
    let policy = policy(
        "http-request redirect location https://h%[path] if { path_beg /old }
http-response redirect location /é if { status 404 }
http-request deny",
    );

    let explanation = policy.explain(&get("/old/x"));
    assert_eq!(explanation.location.as_deref(), Some("https://h/old/x"));
    assert_eq!(
        explanation.to_string().lines().take(2).collect::<Vec<_>>(),
        ["redirected with status 302 by line 1", "location: https://h/old/x"]
    );
    let response = policy.explain_response(&get("/"), &ResponseView::new(404));
    assert_eq!(response.location.as_deref(), Some("/é"));
    assert_eq!(policy.explain(&get("/")).location, None);
}
