//! Where a fetch may stand. What haproxy 2.6.12 says was seen with `haproxy -c`.

use proxy_acl::{Config, Diagnostic, Diagnostics, Options, Policy, RequestView, Scratch};

const SECTIONS: &str = "defaults\nbackend b\n mode http\nbackend t\n stick-table type string\n";

/// The errors of a configuration.
fn errors(text: &str) -> Vec<String> {
    let parsed = Config::parse(text.as_bytes(), &Options::new());
    parsed.err().iter().flat_map(Diagnostics::errors).map(ToString::to_string).collect()
}

/// The errors of a rule in a section of this kind.
fn of_rule(section: &str, rule: &str) -> Vec<String> {
    errors(&format!("defaults\n mode http\n{section} x\n {rule}\n{SECTIONS}"))
}

#[test]
fn what_tells_of_the_backend_is_not_there_in_a_frontend() {
    for name in ["be_name", "be_id", "be_server_timeout", "cur_tunnel_timeout"] {
        for rule in [
            format!("http-request set-header a %[{name}]"),
            format!("http-request set-var(txn.a) {name}"),
            format!("http-request return status 404 content-type a/b lf-string %[{name}]"),
            format!("http-request track-sc0 {name} table t"),
            format!("http-request set-src {name}"),
            format!("tcp-request content set-var(txn.a) {name}"),
            format!("http-request redirect location %[{name}]"),
        ] {
            let expected = format!(
                "'{name}' is never there before the backend is chosen; write the rule in the backend"
            );
            let refused = of_rule("frontend", &rule);
            assert!(matches!(&*refused, [one] if one.ends_with(&expected)), "{rule}: {refused:?}");
            for section in ["backend", "listen"] {
                assert_eq!(of_rule(section, &rule), [""; 0], "{section}: {rule}");
            }
        }
        let response = format!("http-response set-header a %[{name}]");
        assert_eq!(of_rule("frontend", &response), [""; 0]);
        let defaults = format!(
            "defaults d\n http-request set-header a %[{name}]\nfrontend x from d\n mode http\n"
        );
        assert_eq!(errors(&defaults), [""; 0]);
    }
}

#[test]
fn what_tells_of_the_response_is_not_there_in_a_request() {
    let refused = of_rule("frontend", "http-request set-header a %[status]");

    let advice = "keep it in a variable while it is there";
    assert!(matches!(&*refused, [one] if one.ends_with(advice)), "{refused:?}");
}

#[test]
fn backend_is_never_chosen_by_what_tells_of_it() {
    for section in ["frontend", "backend", "listen"] {
        let refused = of_rule(section, "use_backend %[be_name]");

        assert_eq!(refused.len(), 1, "{section}: {refused:?}");
    }
    assert!(Policy::parse(b"use_backend %[be_name]\n", &Options::new()).is_err());
    assert!(Policy::parse(b"http-request set-path %[be_name]\n", &Options::new()).is_ok());
}

#[test]
fn condition_on_the_backend_in_a_frontend_is_warned_of() {
    let text = b"frontend x\n mode http\n http-request deny if { be_name x }\n";

    let config = Config::parse(text, &Options::new()).expect("a configuration");

    let request = RequestView::new(b"GET", b"/", ([192, 0, 2, 1], 1).into());
    let frontend = config.frontend("x").expect("it is there");
    assert!(!config.decide_with(frontend, &request, &mut Scratch::new()).decision.is_allowed());
    let warnings: Vec<String> = config.warnings().iter().map(Diagnostic::to_string).collect();
    assert_eq!(
        warnings,
        [
            "policy:3:25: warning: 'be_name' looks at the frontend, for no backend is chosen here; write the rule in the backend"
        ]
    );
}

#[test]
fn address_may_be_set_to_what_is_not_there_yet() {
    let text = b"frontend x\n mode http\n tcp-request connection set-src hdr(a)\n";

    let config = Config::parse(text, &Options::new()).expect("a configuration");

    let warnings: Vec<String> = config.warnings().iter().map(Diagnostic::to_string).collect();
    assert_eq!(
        warnings,
        [
            "policy:3:33: warning: 'hdr(a)' is never there when a client connects; write the rule in 'http-request'"
        ]
    );
    assert_eq!(of_rule("frontend", "tcp-request connection set-src res.hdr(a)").len(), 1);
}

#[test]
fn names_in_defaults_are_looked_up_for_those_who_inherit_the_rules() {
    let own = |name: &str, heir: &str| {
        errors(&format!(
            "defaults d\n mode http\n http-request deny if {{ {name} }}\n{heir} x from d\n{SECTIONS}"
        ))
    };
    let missing = |what: &str| [format!("policy:3:25: error: there is no {what}")];

    assert_eq!(own("nbsrv 1", "frontend"), missing("backend 'd'"));
    assert_eq!(own("nbsrv 1", "backend"), [""; 0]);
    assert_eq!(own("fe_conn 1", "frontend"), [""; 0]);
    assert_eq!(own("fe_conn 1", "backend"), missing("frontend 'd'"));
    assert_eq!(own("fe_conn(d) 1", "frontend"), missing("frontend 'd'"));
    assert_eq!(own("src_conn_cnt 1", "frontend"), missing("table 'd'"));
    assert_eq!(own("src_conn_cnt(t) 1", "frontend"), [""; 0]);
    assert_eq!(own("http_auth(u)", "backend"), missing("user list 'u'"));
    let after_one_without = "frontend y from d\n disabled\nfrontend";
    assert_eq!(own("nbsrv(z) 1", after_one_without), missing("backend 'z'"));
    // Where nobody asks them, HAProxy does not look.
    let unused =
        "defaults d\n mode http\n http-request deny if { nbsrv(z) 1 }\ndefaults\nfrontend x\n";
    assert_eq!(errors(unused), [""; 0]);
    let acl = "defaults d\n mode http\n acl a nbsrv(z) 1\nfrontend x\n";
    assert_eq!(errors(acl), [""; 0]);
}

#[test]
fn frontend_inherits_no_rules_of_tcp_responses() {
    let text = |heir| format!("defaults d\n mode http\n tcp-response content accept\n{heir} x\n");

    let expected = "policy:4:1: error: the defaults of line 1 have rules of 'tcp-response', which no frontend inherits";
    assert_eq!(errors(&text("frontend")), [expected]);
    assert_eq!(errors(&text("backend")), [""; 0]);
}
