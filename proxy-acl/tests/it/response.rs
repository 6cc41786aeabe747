//! Rules on responses. Each answer was seen on haproxy 2.6.12, by the live comparison.

use core::net::SocketAddr;
use core::ops::ControlFlow;

use proxy_acl::{
    Action, Config, Decision, DiagnosticKind, Options, Response, ResponseView, Scratch, Tls, Value,
};

use crate::{get, policy};

type Headers<'a> = &'a [(&'a [u8], &'a [u8])];

/// The decision about a response to `GET /a`, its status and headers afterwards, and the location.
fn outcome(text: &str, status: u16, headers: Headers<'_>) -> (Decision, u16, String, String) {
    let policy = policy(text);
    let mut scratch = Scratch::new();
    let request = get("/a").destination(SocketAddr::from(([10, 0, 0, 80], 443)));
    assert!(policy.decide_with(&request, &mut scratch).decision.is_allowed());
    let response = ResponseView::new(status).headers(headers);
    let verdict = policy.decide_response(&request, &response, &mut scratch);
    let location = String::from_utf8_lossy(verdict.location.unwrap_or_default()).into_owned();
    (verdict.decision, verdict.response.status(), shown(&verdict.response), location)
}

fn shown(response: &impl Response) -> String {
    let mut out = String::new();
    let _ = response.headers(&mut |name, value| {
        let [name, value] = [name, value].map(String::from_utf8_lossy);
        out += &format!("{name}={value};");
        ControlFlow::Continue(())
    });
    out
}

#[test]
fn response_is_denied_with_502_unless_told_otherwise() {
    for (rule, action) in [
        ("deny", Action::Deny { status: 502 }),
        ("deny deny_status 404", Action::Deny { status: 404 }),
        ("return", Action::Return { status: 200 }),
        ("return status 418", Action::Return { status: 418 }),
        ("silent-drop", Action::SilentDrop),
        ("redirect location /x code 303", Action::Redirect { status: 303 }),
        ("redirect prefix /p location /x", Action::Redirect { status: 302 }),
    ] {
        let (decision, ..) = outcome(&format!("http-response {rule}"), 200, &[]);

        assert_eq!((decision.action, decision.line), (action, Some(1)), "{rule}");
    }
}

#[test]
fn status_and_headers_are_looked_at() {
    let headers: Headers<'_> = &[
        (b"X-A", b"one, two"),
        (b"x-a", b"3"),
        (b"Set-Cookie", b"sid=abc; Path=/; x=y"),
        (b"set-cookie", b"b=2"),
        (b"X-Ip", b"10.0.0.1"),
    ];
    for (condition, expected) in [
        ("status 204", true),
        ("status 200:203", false),
        ("res.hdr(x-a) two", true),
        ("shdr(x-a,-1) 3", true),
        ("res.fhdr(x-a) 'one, two'", true),
        ("res.hdr_cnt(x-a) 3", true),
        ("res.hdr_val(x-a,3) 3", true),
        ("res.hdr_ip(x-ip) 10.0.0.0/8", true),
        ("shdr_beg(x-a) on", true),
        ("res.cook(sid) abc", true),
        ("scook(x) -m found", false),
        ("scook(b) 2", true),
        ("res.ver 1.1", true),
        ("method GET", true),
        ("src 192.0.2.1", true),
        ("dst 10.0.0.80", true),
        ("path /a", false),
        ("hdr(x-a) 3", false),
    ] {
        let rule = format!("http-response deny if {{ {condition} }}");
        let (decision, ..) = outcome(&rule, 204, headers);

        assert_eq!(!decision.is_allowed(), expected, "{condition}");
    }
}

#[test]
fn what_the_caller_knows_is_there_with_the_response() {
    let values = [("be_conn(web)", Value::Integer(3))];
    let conversions = [("table_gpc0(t)", Value::Integer(200), Value::Integer(1))];
    let request = get("/a")
        .tls(Tls::new().server_name(b"example.com"))
        .values(&values)
        .conversions(&conversions);

    for condition in
        ["ssl_fc", "ssl_fc_sni example.com", "be_conn(web) 3", "status,table_gpc0(t) 1"]
    {
        let policy = policy(&format!("http-response deny if {{ {condition} }}"));
        let mut scratch = Scratch::new();
        let response = ResponseView::new(200);
        let verdict = policy.decide_response(&request, &response, &mut scratch);

        assert_eq!(verdict.decision.line, Some(1), "{condition}");
    }
}

#[test]
fn later_rules_see_what_earlier_ones_changed() {
    let headers: Headers<'_> = &[(b"X-A", b"old, other"), (b"Server", b"x")];
    for (rule, status, expected) in [
        ("set-header x-a new", 200, "Server=x;x-a=new;"),
        ("add-header x-a new", 200, "X-A=old, other;Server=x;x-a=new;"),
        ("del-header server", 200, "X-A=old, other;"),
        ("del-header ^x- -m reg", 200, "Server=x;"),
        ("replace-header x-a o(l|t) <\\1>", 200, "X-A=<l>;Server=x;"),
        ("replace-value x-a ^o(l|t).* <\\1>", 200, "X-A=<l>,<t>;Server=x;"),
        ("replace-value x-a none <>", 200, "X-A=old, other;Server=x;"),
        ("set-status 404", 404, "X-A=old, other;Server=x;"),
        ("set-status 503 reason 'Slow Down'", 503, "X-A=old, other;Server=x;"),
        ("set-header x-a %[status]", 200, "Server=x;x-a=200;"),
        ("set-header x-a %[hdr(server)]", 200, "Server=x;x-a=x;"),
    ] {
        let (decision, after, text, _) = outcome(&format!("http-response {rule}"), 200, headers);

        assert!(decision.is_allowed());
        assert_eq!((after, text.as_str()), (status, expected), "{rule}");
    }
    let text = "http-response set-status 404\nhttp-response deny if { status 404 }";
    assert_eq!(outcome(text, 200, &[]).0.line, Some(2));
}

#[test]
fn verdict_shows_what_was_decided_and_not_the_headers() {
    let policy = policy("http-response redirect location /x if { status 404 }");
    let mut scratch = Scratch::new();
    let request = get("/a");
    let response = ResponseView::new(404).headers(&[(b"Set-Cookie", b"secret")]);

    let verdict = policy.decide_response(&request, &response, &mut scratch);

    assert_eq!(
        format!("{verdict:?}"),
        "ResponseVerdict { decision: Decision { action: Redirect { status: 302 }, line: Some(1) }, \
         location: Some(\"/x\"), response: RewrittenResponse { status: 404, .. } }"
    );
}

#[test]
fn variables_of_the_request_are_there() {
    let text = "http-request set-var(txn.p) path\nhttp-response redirect location /x%[var(txn.p)]";

    let (.., location) = outcome(text, 200, &[]);

    assert_eq!(location, "/x/a");
}

#[test]
fn tcp_rules_on_the_response_come_first() {
    let text = "http-response deny\ntcp-response content accept if { status 200 }\n\
                tcp-response content close if { status 201 }";

    assert_eq!(outcome(text, 200, &[]).0.line, Some(1));
    assert_eq!(outcome(text, 201, &[]).0.action, Action::Reject);
}

#[test]
fn what_is_not_there_is_warned_of() {
    for (text, kinds) in [
        ("acl a path /x\nhttp-response deny if a", 1),
        ("acl a status 200\nhttp-request deny if a", 1),
        ("http-response deny if { hdr(x) y }", 1),
        ("tcp-request connection reject if { path /x }", 1),
        ("tcp-request connection reject if { ssl_fc }", 1),
        ("acl a path /x\nacl a src 10.0.0.1\nhttp-response deny if a", 0),
        ("http-response deny if { method GET } { src 10.0.0.1 } TRUE", 0),
    ] {
        let policy = policy(text);
        let found = policy.warnings().iter().filter(|w| w.kind == DiagnosticKind::NeverMatches);

        assert_eq!(found.count(), kinds, "{text}");
    }
}

#[test]
fn backend_judges_the_response_before_the_frontend() {
    let text = "defaults\n mode http\nfrontend f\n http-response set-header x-b frontend\n \
                http-response deny if { status 404 }\n default_backend b\nbackend b\n \
                http-response add-header x-b backend\n http-response set-status 404 if { status 410 }\n \
                http-response deny if { status 500 }\n";
    let Ok(config) = Config::parse(text.as_bytes(), &Options::new()) else { panic!("refused") };
    let Some(frontend) = config.frontend("f") else { panic!("no frontend") };
    let mut scratch = Scratch::new();

    for (status, line, headers) in [
        (200, None, "x-b=frontend;"),
        (410, Some(5), "x-b=frontend;"),
        (500, Some(10), "x-b=backend;"),
    ] {
        let request = get("/");
        let _ = config.decide_with(frontend, &request, &mut scratch);
        let response = ResponseView::new(status);
        let verdict = config.decide_response(frontend, &request, &response, &mut scratch);

        assert_eq!((verdict.decision.line, shown(&verdict.response).as_str()), (line, headers));
    }
}

#[test]
fn deciding_line_is_the_backends_where_the_frontend_has_nothing_to_say() {
    let text = "defaults\n mode http\nfrontend f\n http-response allow if { status 201 }\n \
                default_backend b\nbackend b\n http-response allow if { status 200:201 }\n";
    let Ok(config) = Config::parse(text.as_bytes(), &Options::new()) else { panic!("refused") };
    let Some(frontend) = config.frontend("f") else { panic!("no frontend") };
    let mut scratch = Scratch::new();

    for (status, line) in [(200, Some(7)), (201, Some(4)), (204, None)] {
        let request = get("/");
        let _ = config.decide_with(frontend, &request, &mut scratch);
        let response = ResponseView::new(status);
        let verdict = config.decide_response(frontend, &request, &response, &mut scratch);

        assert_eq!((verdict.decision.action, verdict.decision.line), (Action::Allow, line));
    }
}
