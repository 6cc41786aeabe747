//! Values that only a proxy knows.

use proxy_acl::{Config, Options, RequestView, ResponseView, Scratch, Value};

use crate::{decide, get, policy};

#[test]
fn values_are_asked_for_by_name_and_arguments() {
    let values = [
        ("sc_http_req_rate(0)", Value::Integer(101)),
        ("sc_get_gpc0(1,ips)", Value::Integer(1)),
        ("nbsrv(web)", Value::Integer(0)),
        ("src_conn_rate", Value::Integer(7)),
        ("http_auth(staff)", Value::Bool(true)),
        ("http_auth_group(staff)", Value::Text(b"admins")),
        ("ssl_c_used", Value::Bool(true)),
        ("ssl_c_verify", Value::Integer(0)),
        ("ssl_c_s_dn(cn)", Value::Text(b"Client.Example")),
        ("ssl_c_sha1", Value::Bytes(&[0xab, 0xcd])),
        ("fc_src", Value::Address(core::net::IpAddr::from([10, 0, 0, 1]))),
        ("req.len", Value::Integer(5)),
    ];
    let request = get("/").values(&values);

    for (condition, expected) in [
        ("{ sc_http_req_rate(0) gt 100 }", true),
        ("{ sc0_http_req_rate gt 100 }", true),
        ("{ sc1_http_req_rate gt 100 }", false),
        ("{ sc1_get_gpc0(ips) 1 }", true),
        ("{ sc_get_gpc0(1) 1 }", false),
        ("{ nbsrv(web) lt 1 }", true),
        ("{ nbsrv(other) lt 1 }", false),
        ("{ src_conn_rate ge 7 }", true),
        ("{ http_auth(staff) }", true),
        ("{ http_auth(others) }", false),
        ("{ http_auth_group(staff) admins }", true),
        ("{ ssl_c_used } { ssl_c_verify 0 }", true),
        ("{ ssl_c_s_dn(cn),lower client.example }", true),
        ("{ ssl_c_sha1,hex ABCD }", true),
        ("{ ssl_c_sha1 -m bin abcd }", true),
        ("{ fc_src 10.0.0.0/8 }", true),
        ("REQ_CONTENT", true),
        ("RDP_COOKIE", false),
        ("{ be_conn(web) -m found }", false),
    ] {
        let decision = decide(&format!("http-request deny if {condition}"), &request);

        assert_eq!(!decision.is_allowed(), expected, "{condition}");
    }
}

#[test]
fn values_of_log_format_are_those_of_the_connection_or_the_callers() {
    let values = [("%ID", Value::Text(b"7F00"))];
    let destination = core::net::SocketAddr::from(([10, 0, 0, 80], 443));
    let request = get("/").values(&values).destination(destination);
    let policy = policy("http-request set-path /%ci/%cp/%fi/%fp/%ID/%bi%%");
    let mut scratch = Scratch::new();

    let verdict = policy.decide_with(&request, &mut scratch);

    assert_eq!(verdict.request.path(), Some(&b"/192.0.2.1/4321/10.0.0.80/443/7F00/%"[..]));
}

#[test]
fn names_that_may_be_asked_for_are_known_beforehand() {
    let policy = policy(
        "acl unused nbsrv(web) 0\nhttp-request set-path /%ID/%[ssl_c_s_dn(cn)] if { path / }\n\
         http-response deny if { sc2_conn_cur gt 3 } or { nbsrv(web) 1 }",
    );

    let names: Vec<&str> = policy.value_names().collect();

    assert_eq!(names, ["%ID", "nbsrv(web)", "sc_conn_cur(2)", "ssl_c_s_dn(cn)"]);
}

#[test]
fn what_was_asked_for_in_vain_is_known_afterwards() {
    let text = b"
userlist staff
defaults
    mode http
frontend www
    http-request deny if { path_beg /admin } !{ http_auth(staff) }
    use_backend api if { path_beg /api }
backend banned
    stick-table type ip size 100 store gpc0
backend api
    http-request set-header x-id %[unique-id]-%[src,table_gpc0(banned)]
    http-response deny if { nbsrv(api) 0 }
";
    let config = Config::parse(text, &Options::new()).expect("a configuration");
    let www = config.frontend("www").expect("a frontend");
    let mut scratch = Scratch::new();
    let mut missing = |request: &RequestView<'_>, answered: bool| -> Vec<String> {
        let allowed = config.decide_with(www, request, &mut scratch).decision.is_allowed();
        if answered && allowed {
            let response = ResponseView::new(200);
            let _ = config.decide_response(www, request, &response, &mut scratch);
        }
        config.missing_values(&scratch).map(String::from).collect()
    };

    assert_eq!(missing(&get("/admin"), true), ["http_auth(staff)"]);
    assert_eq!(missing(&get("/api"), false), ["table_gpc0(banned)", "unique-id"]);
    assert_eq!(missing(&get("/api"), true), ["nbsrv(api)", "table_gpc0(banned)", "unique-id"]);
    let values = [("unique-id", Value::Text(b"1")), ("nbsrv(api)", Value::Integer(1))];
    assert_eq!(missing(&get("/api").values(&values), true), ["table_gpc0(banned)"]);
    assert!(missing(&get("/"), true).is_empty());
    assert!(config.value_names().eq([
        "http_auth(staff)",
        "nbsrv(api)",
        "table_gpc0(banned)",
        "unique-id"
    ]));
}
