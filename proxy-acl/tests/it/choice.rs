//! Which backend a request is handed to. What haproxy 2.6.12 does was seen on a running one, what it
//! says to a line with `haproxy -c`.

use proxy_acl::{Action, DiagnosticKind};

use crate::config::{config, decide, errors};
use crate::get;

#[test]
fn rules_of_a_disabled_backend_are_not_asked() {
    let config = config(
        "defaults
 mode http
frontend f
 use_backend %[path,field(2,/)] if { path_beg /off }
 default_backend also_off
backend off
 disabled
 http-request return status 201
backend also_off
 disabled
 http-request return status 202
",
    );

    for uri in ["/off", "/"] {
        let (decision, backend) = decide(&config, &get(uri));
        assert_eq!((decision.action, decision.line, backend), (Action::Allow, None, None), "{uri}");
    }
    assert!(config.backend("off").is_some_and(|proxy| proxy.disabled));
    assert!(config.frontend("f").is_some_and(|proxy| !proxy.disabled));
}

#[test]
fn backend_in_tcp_mode_takes_no_request_of_an_http_frontend() {
    let config = config(
        "defaults
 mode http
frontend f
 use_backend %[path,field(2,/)]
 default_backend web
backend tcp
 mode tcp
 tcp-request content reject
backend web
 http-request deny
",
    );

    let (decision, backend) = decide(&config, &get("/tcp"));
    assert_eq!((decision.action, backend), (Action::Allow, None));
    let (decision, _) = decide(&config, &get("/other"));
    assert_eq!(decision.line, Some(10));
}

#[test]
fn name_of_one_text_is_looked_up_and_of_several_is_put_together() {
    let text = |name: &str| {
        format!("frontend f\n mode http\n use_backend {name}\nbackend b\n mode http\n")
    };

    for name in [
        "%{+E}o%(b",
        "%{+E}o",
        "x%o",
        "b%{+E}o",
        "a%{}o",
        "%o%o",
        "%o%%",
        "%%%o",
        "%o%%b",
        "%%b",
        "%,b",
        "%-o",
        "%o(b",
        "%o%o%(x",
        "'%o b'",
        "'b c'",
    ] {
        assert_eq!(errors(&text(name))[0].2, DiagnosticKind::Backend, "{name}");
    }
    for name in
        ["b%%", "b%o%%", "'b%o c'", "b%{+E}o%(b", "b%o(b", "%(%(b", "%%%%", "b%-o", "'%o %(b'"]
    {
        config(&text(name));
    }
}

#[test]
fn table_cannot_stand_in_defaults() {
    for defaults in ["defaults", "defaults d"] {
        let text = format!("{defaults}\n mode http\n stick-table type ip size 1k\nfrontend f\n");

        assert_eq!(errors(&text), [(3, 2, DiagnosticKind::Keyword)]);
    }
}
