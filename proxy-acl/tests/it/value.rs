//! Values that only a proxy knows.

use proxy_acl::{Scratch, Value};

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
