use serde_json::json;

use crate::{Folder, SITE, code, json, stderr, stdout};

const OUTSIDE: [&str; 6] =
    ["eval", "site.acl", "--src=192.0.2.7", "--path=/wp-admin/?x", "--method", "GET"];

fn with<'a>(args: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    args.iter().chain(more).copied().collect()
}

#[test]
fn decision_is_one_line() {
    let folder = Folder::new(&[("site.acl", SITE)]);

    let denied = folder.run(&OUTSIDE);
    let allowed = folder.run(&["eval", "site.acl", "--src", "10.66.0.9", "--path", "/wp-admin/"]);

    assert_eq!(stdout(&denied), "denied with status 403 by line 3\n");
    assert_eq!(stdout(&allowed), "allowed: no rule decides\nbackend: web\n");
    assert_eq!((code(&denied), code(&allowed)), (0, 0));
}

#[test]
fn frontend_without_a_backend_for_the_request_is_told() {
    let site = "defaults\n mode http\nfrontend f\n use_backend %[req.hdr(x)] if { path_beg / }\n\
                backend web\nlisten l\nfrontend t\n mode tcp\n";
    let folder = Folder::new(&[("site.cfg", site)]);
    let told = |args: &[&str]| {
        let output = folder.run(&with(&["eval", "site.cfg", "--src=192.0.2.7", "--path=/"], args));
        stdout(&output).to_owned()
    };

    assert_eq!(
        told(&["--frontend=f", "--header", "x: nope"]),
        "allowed: no rule decides\n\
         backend: none is there for it: HAProxy answers with status 503\n"
    );
    assert_eq!(
        told(&["--frontend=f", "--header", "x: web"]),
        "allowed: no rule decides\nbackend: web\n"
    );
    assert_eq!(told(&["--frontend=l"]), "allowed: no rule decides\nbackend: l\n");
    assert_eq!(
        told(&["--frontend=t"]),
        "allowed: no rule decides\nbackend: none is there for it: HAProxy closes the connection\n"
    );
}

#[test]
fn what_cannot_be_evaluated_is_left_out_if_that_is_wanted() {
    let site = "http-request lua.check\nhttp-request deny if { path /admin }\n";
    let folder = Folder::new(&[("lua.acl", site)]);
    let request = ["eval", "lua.acl", "--src=192.0.2.7", "--path=/admin"];

    let refused = folder.run(&request);
    let decided = folder.run(&with(&request, &["--leave-out"]));

    let message = "\
lua.acl:1:14: error: the action 'lua.check' is not supported
    1 | http-request lua.check
      |              ^~~~~~~~~
      = help: --leave-out goes on without it: decisions are then not HAProxy's
";
    assert_eq!((code(&refused), stderr(&refused)), (1, message));
    assert_eq!((code(&decided), stdout(&decided)), (0, "denied with status 403 by line 2\n"));
    let warning = "lua.acl:1:14: warning: the action 'lua.check' is not supported\n";
    assert!(stderr(&decided).starts_with(warning), "{}", stderr(&decided));
}

#[test]
fn reasons_are_told_where_asked() {
    let folder = Folder::new(&[("site.acl", SITE)]);

    let output = folder.run(&with(&OUTSIDE, &["--explain"]));

    let expected = "\
denied with status 403 by line 3
line 3 applies: http-request deny if !is_local is_admin
  !is_local: true
    src 10.66.0.0/24 (line 2): '192.0.2.7' does not match
  is_admin: true
    path_beg /wp-admin (line 1): '/wp-admin/' matches '/wp-admin'
";
    assert_eq!(stdout(&output), expected);
}

#[test]
fn json_has_decision_acls_and_reasons() {
    let folder = Folder::new(&[("site.acl", SITE)]);

    let output = json(&folder.run(&with(&OUTSIDE, &["--json"])));

    assert_eq!(output["decision"], "deny");
    assert_eq!(output["status"], 403);
    assert_eq!(output["line"], 3);
    assert_eq!(output["backend"], json!(null));
    assert_eq!(output["acls"], json!({ "is_admin": true, "is_local": false }));
    let terms = &output["explain"][0]["suites"][0];
    assert_eq!(terms[0]["holds"], true);
    assert_eq!(terms[0]["expressions"][0]["outcome"], "unmatched");
    assert_eq!(terms[1]["expressions"][0]["pattern"]["text"], "/wp-admin");
    assert_eq!(terms[1]["expressions"][0]["pattern"]["column"], 23);
}

#[test]
fn every_part_of_a_request_can_be_said() {
    let rules = "\
acl all hdr(x) -m str b -- c
http-request redirect location https://%[ssl_fc_sni]/%[dst_port] if { hdr_cnt(x) 2 } { ssl_fc } { src_port 5000 } { req.ver 2.0 } { ssl_fc_alpn h2 } { method PURGE }
";
    let folder = Folder::new(&[("rules", rules)]);

    let output = folder.run(&[
        "eval",
        "rules",
        "--src=[2001:db8::7]:5000",
        "--dst=192.0.2.1:443",
        "--path=/",
        "--method=PURGE",
        "--http=2.0",
        "--header=X: a",
        "--header=x:b",
        "--sni=example.com",
        "--alpn=h2",
    ]);

    assert_eq!(
        stdout(&output),
        "redirected with status 302 by line 2\nlocation: https://example.com/443\n"
    );
}

#[test]
fn rules_may_come_from_standard_input() {
    let folder = Folder::new(&[]);

    for file in [&[][..], &["-"]] {
        let args = with(&["eval", "--src=192.0.2.7", "--path=/wp-admin"], file);
        let output = folder.run_with(&args, SITE);

        assert_eq!(stdout(&output), "denied with status 403 by line 3\n");
    }
}

#[test]
fn variables_come_from_the_environment_and_the_command_line() {
    let rules = "http-request deny unless { src \"$OFFICE\" }\n";
    let folder = Folder::new(&[("rules", rules)]);
    let args = ["eval", "rules", "--src=10.66.0.9", "--path=/", "--json"];

    let inherited = json(&folder.run(&args));
    let replaced = json(&folder.run(&with(&args, &["--env", "OFFICE=192.0.2.0/24"])));

    assert_eq!((&inherited["decision"], &replaced["decision"]), (&json!("allow"), &json!("deny")));
}

#[test]
fn pattern_and_map_files_are_read_where_haproxy_would() {
    let rules = "\
http-request deny if { path -f lists/blocked.lst } or { path,map(lists/more.map) -m found }
";
    let config =
        format!("global\n    default-path config\ndefaults\n    mode http\nfrontend www\n{rules}");
    let folder = Folder::new(&[
        ("rules", rules),
        ("etc/haproxy.cfg", &config),
        ("lists/blocked.lst", "/a\n"),
        ("lists/more.map", "/b yes\n"),
        ("etc/rules", rules),
        ("etc/lists/blocked.lst", "/c\n"),
        ("etc/lists/more.map", "/d yes\n"),
    ]);
    let denied = |args: &[&str], path: &str| {
        let args = with(&["eval", "--src=192.0.2.7", "--json", "--path", path], args);
        json(&folder.run(&args))["decision"] == "deny"
    };

    for path in ["/a", "/b"] {
        assert!(denied(&["rules"], path) && denied(&["etc/rules"], path), "{path}");
        assert!(!denied(&["rules", "-C", "etc"], path), "{path}");
    }
    for path in ["/c", "/d"] {
        assert!(denied(&["etc/rules", "-C", "etc"], path), "{path}");
        assert!(denied(&["etc/haproxy.cfg"], path), "{path}");
        assert!(!denied(&["etc/rules"], path), "{path}");
    }
}

#[test]
fn refused_configuration_is_told_with_its_places() {
    let folder =
        Folder::new(&[("rules", "acl a pth /\nhttp-request deny if { path -f no.lst }\n")]);

    let text = folder.run(&["eval", "rules", "--src=::1", "--path=/"]);
    let output = folder.run(&["eval", "rules", "--src=::1", "--path=/", "--json"]);

    assert_eq!((code(&text), code(&output)), (1, 1));
    assert_eq!(stdout(&text), "");
    assert!(stderr(&text).contains("rules:1:7: error: unknown fetch 'pth'"), "{}", stderr(&text));
    assert!(stderr(&text).contains("      |       ^~~"), "{}", stderr(&text));
    assert!(stderr(&text).contains("cannot read 'no.lst': No such file"), "{}", stderr(&text));
    assert_eq!(json(&output)["findings"][0]["code"], "fetch");
}

#[test]
fn warnings_do_not_disturb_the_result() {
    let folder = Folder::new(&[("rules", "acl a path_beg\nhttp-request deny if a\n")]);

    let output = folder.run(&["eval", "rules", "--src=::1", "--path=/", "--json"]);

    assert_eq!(code(&output), 0);
    assert!(stderr(&output).contains("rules:1:7: warning: "), "{}", stderr(&output));
    assert_eq!(json(&output)["decision"], "allow");
}

const WHOLE: &str = "\
# A whole configuration.
defaults
    mode http
    timeout client 30s
frontend www
    bind :80
    acl is_git path_beg /.git
    http-request deny if is_git
    use_backend admin if { path_beg /wp-admin }
    default_backend site
frontend api
    http-request deny deny_status 401
backend admin
    http-request deny deny_status 404 unless { src 10.66.0.0/24 }
backend site
    server one 10.66.0.10:80
";

#[test]
fn a_whole_configuration_is_asked_through_its_frontend() {
    let folder = Folder::new(&[("haproxy.cfg", WHOLE)]);
    let eval = |more: &[&str]| {
        folder.run(&with(&["eval", "haproxy.cfg", "--src=192.0.2.7", "--path=/wp-admin/"], more))
    };

    assert_eq!(stdout(&eval(&["--frontend=www"])), "denied with status 404 by line 14\n");
    assert_eq!(stdout(&eval(&["--frontend=api"])), "denied with status 401 by line 12\n");
    assert_eq!(
        stdout(&eval(&["--frontend=www", "--path=/"])),
        "allowed: no rule decides\nbackend: site\n"
    );
    let acls = json(&eval(&["--frontend=www", "--json"]))["acls"].clone();
    assert_eq!(acls, json!({ "is_git": false }));
}

#[test]
fn a_frontend_must_be_named_where_there_are_several() {
    let folder = Folder::new(&[("haproxy.cfg", WHOLE), ("site.acl", SITE)]);

    for (args, reason) in [
        (
            &["haproxy.cfg"][..],
            "several frontends, name one by --frontend, or by 'frontend' in a test case: www, api",
        ),
        (&["haproxy.cfg", "--frontend=site"], "no such frontend; there are www, api"),
        (&["site.acl", "--frontend=www"], "these are bare rules"),
    ] {
        let output = folder.run(&with(&["eval", "--src=::1", "--path=/"], args));

        assert_eq!((code(&output), stdout(&output)), (1, ""));
        assert!(stderr(&output).contains(reason), "{}", stderr(&output));
    }
}

const LIMITED: &str = "\
http-request deny deny_status 429 if { sc0_http_req_rate gt 100 }
http-request auth unless { http_auth(staff) } or { ssl_c_sha1 -m bin c0ffee }
use_backend spare if { nbsrv(web) 0 } or { fc_src 10.0.0.0/8 } { ssl_c_s_dn(cn) 'Jane Doe' }
";

#[test]
fn what_only_a_proxy_knows_is_given_by_name() {
    let folder = Folder::new(&[("rules", LIMITED)]);
    let eval = |values: &[&str]| {
        let mut args = vec!["eval", "rules", "--src=192.0.2.7", "--path=/"];
        args.extend(values.iter().flat_map(|value| ["--value", value]));
        stdout(&folder.run(&args)).to_string()
    };

    let staff = "http_auth(staff)=true";
    for (values, expected) in [
        (&[][..], "asked for a password with status 401 by line 2\n"),
        (&["http_auth(staff)=false"], "asked for a password with status 401 by line 2\n"),
        (&[staff], "allowed: no rule decides\n"),
        (&["ssl_c_sha1=hex:c0ffee"], "allowed: no rule decides\n"),
        (&[staff, "sc_http_req_rate(0)=101"], "denied with status 429 by line 1\n"),
        (&[staff, "sc0_http_req_rate=101"], "denied with status 429 by line 1\n"),
        (&[staff, "nbsrv(web)=0"], "allowed: no rule decides\nbackend: spare\n"),
        (&[staff, "nbsrv(web)=0", "nbsrv(web)=1"], "allowed: no rule decides\n"),
        (
            &[staff, "fc_src=10.0.0.7", "ssl_c_s_dn(cn)=Jane Doe"],
            "allowed: no rule decides\nbackend: spare\n",
        ),
    ] {
        assert_eq!(eval(values), expected, "{values:?}");
    }
}

#[test]
fn a_value_that_no_rule_asks_for_is_refused() {
    let whole = format!(
        "userlist staff\ndefaults\n mode http\nfrontend www\n{LIMITED}backend spare\nbackend web\n"
    );
    let odd = r"http-request deny if { nbsrv(\x1b) 0 }";
    let files = [("rules", LIMITED), ("whole", &*whole), ("odd", odd), ("site.acl", SITE)];
    let folder = Folder::new(&files);

    for (file, reason) in [
        ("odd", r"they ask for nbsrv(\u{1b})"),
        (
            "rules",
            "no rule asks for the value 'nbsrv(wbe)'; they ask for fc_src, http_auth(staff), nbsrv(web), ",
        ),
        ("whole", "they ask for fc_src, http_auth(staff), nbsrv(web), sc_http_req_rate(0)"),
        ("site.acl", "no rule asks for the value 'nbsrv(wbe)', nor for any other"),
    ] {
        let output =
            folder.run(&["eval", file, "--src=::1", "--path=/", "--value=nbsrv(wbe)=0", "--json"]);

        assert_eq!(code(&output), 1);
        assert!(stderr(&output).contains(reason), "{}", stderr(&output));
        assert!(json(&output)["error"].as_str().unwrap().contains(reason));
    }
}

#[test]
fn reasons_tell_which_value_was_not_given() {
    let folder = Folder::new(&[("rules", LIMITED)]);

    let args = ["eval", "rules", "--src=::1", "--path=/", "--explain"];
    let text = folder.run(&args);
    let output = json(&folder.run(&with(&args, &["--json"])));

    assert!(stdout(&text).contains("no value of sc_http_req_rate(0) is given"), "{text:?}");
    let expression = &output["explain"][0]["suites"][0][0]["expressions"][0];
    assert_eq!(expression["outcome"], "not-given");
    assert_eq!(expression["name"], "sc_http_req_rate(0)");
}

const RESPONSES: &str = "\
http-request set-var(txn.public) bool(1) if { path_beg /public }
http-request deny if { path /secret }
http-response set-header X-Frame-Options DENY
http-response del-header Server
http-response deny if { status 500:599 } or { res.hdr(X-Internal),url_dec -m found }
http-response redirect location /login%[status] if { status 401 }
http-response set-status 404 if { status 403 } !{ var(txn.public) -m bool }
tcp-response content close if { status 418 }
";

fn answered<'a>(status: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let args = ["eval", "rules", "--src=192.0.2.7", "--path=/a", "--response", status];
    with(&args, more)
}

#[test]
fn a_response_is_judged_too() {
    let folder = Folder::new(&[("rules", RESPONSES)]);
    let allowed = "allowed: no rule decides\n";

    for (status, more, expected) in [
        (
            "200",
            &["--response-header=Server: x", "--response-header=Via: y"][..],
            "response allowed: no rule decides\nstatus: 200\nheader: Via: y\nheader: X-Frame-Options: DENY\n",
        ),
        ("503", &[], "response denied with status 502 by line 5\n"),
        ("401", &[], "response redirected with status 302 by line 6\nlocation: /login401\n"),
        (
            "403",
            &[],
            "response allowed: no rule decides\nstatus: 404\nheader: X-Frame-Options: DENY\n",
        ),
        (
            "403",
            &["--path=/public"],
            "response allowed: no rule decides\nstatus: 403\nheader: X-Frame-Options: DENY\n",
        ),
        ("418", &[], "response connection closed by line 8\n"),
    ] {
        let output = folder.run(&answered(status, more));

        assert_eq!(stdout(&output), format!("{allowed}{expected}"), "{status}");
        assert_eq!(code(&output), 0);
    }
}

#[test]
fn no_response_is_judged_where_the_request_gets_to_no_server() {
    let folder = Folder::new(&[("rules", RESPONSES)]);

    let args = answered("200", &["--path=/secret"]);
    let text = folder.run(&args);
    let output = json(&folder.run(&with(&args, &["--json"])));

    assert_eq!(
        stdout(&text),
        "denied with status 403 by line 2\nresponse not judged: the request gets to no server\n"
    );
    assert_eq!(output["response"], json!(null));
}

#[test]
fn json_has_what_becomes_of_the_response_and_why() {
    let folder = Folder::new(&[("rules", RESPONSES)]);

    let closed = json(&folder.run(&answered("418", &["--json"])));
    let output =
        json(&folder.run(&answered("403", &["--json", "--response-header=X-Internal: %zz"])));

    assert_eq!(closed["response"]["decision"], "tcp-reject");
    assert_eq!(closed["response"]["status"], json!(null));
    let response = &output["response"];
    assert_eq!((&response["decision"], &response["status"]), (&json!("allow"), &json!(404)));
    assert_eq!(response["headers"], json!([["X-Internal", "%zz"], ["X-Frame-Options", "DENY"]]));
    let lines = response["explain"].as_array().unwrap().iter().map(|rule| rule["line"].clone());
    assert_eq!(lines.collect::<Vec<_>>(), [8, 3, 4, 5, 6, 7]);
    let deny = &response["explain"][3]["suites"];
    assert_eq!(deny[0][0]["expressions"][0]["samples"], json!(["403"]));
    assert_eq!(deny[1][0]["expressions"][0]["outcome"], "unconverted");
    assert_eq!(deny[1][0]["expressions"][0]["sample"], "%zz");
}

#[test]
fn reasons_about_the_response_follow_those_about_the_request() {
    let folder = Folder::new(&[("rules", RESPONSES)]);

    let output = folder.run(&answered("401", &["--explain"]));

    let text = stdout(&output);
    let request = text.find("line 2 does not apply: http-request deny").unwrap();
    let response = text.find("response redirected with status 302 by line 6\n").unwrap();
    let reason = text.find("    status 401 (line 6): '401' matches '401'\n").unwrap();
    assert!(request < response && response < reason, "{text}");
}

#[test]
fn what_a_converter_gives_can_be_said() {
    let rules = "http-request deny if { src,table_http_req_rate(clients) gt 5 }\n";
    let folder = Folder::new(&[("rules", rules)]);
    let args = ["eval", "rules", "--src=192.0.2.7", "--path=/"];

    let without = folder.run(&args);
    let with = folder.run(&with(&args, &["--value=table_http_req_rate(clients)=6", "--explain"]));

    assert_eq!(stdout(&without), "allowed: no rule decides\n");
    assert!(stdout(&with).starts_with("denied with status 403 by line 1\n"), "{}", stdout(&with));
    assert!(stdout(&with).contains("'6' matches 'gt 5'"), "{}", stdout(&with));
}

#[test]
fn what_holds_of_the_build_can_be_said() {
    let rules = "listen f\n mode http\n.if feature(QUIC)\n http-request deny\n.endif\n";
    let folder = Folder::new(&[("rules", rules)]);
    let args = ["eval", "rules", "--src=192.0.2.7", "--path=/"];

    let unknown = folder.run(&args);
    let holds = folder.run(&with(&args, &["--predicate", "feature(QUIC)=true"]));
    let fails = folder.run(&with(&args, &["--predicate", "feature(QUIC)=false"]));
    let wrong = folder.run(&with(&args, &["--predicate", "feature(QUIC)=yes"]));

    assert_eq!((code(&unknown), code(&wrong)), (1, 2));
    assert_eq!(stdout(&holds), "denied with status 403 by line 4\n");
    assert_eq!(stdout(&fails), "allowed: no rule decides\nbackend: f\n");
}

#[test]
fn values_that_were_asked_for_in_vain_are_named() {
    let folder = Folder::new(&[("rules", LIMITED)]);
    let args = ["eval", "rules", "--src=::1", "--path=/"];

    let without = folder.run(&args);
    let given = folder.run(&with(&args, &["--value=sc_http_req_rate(0)=1000"]));
    let output = json(&folder.run(&with(&args, &["--json"])));

    let line = stderr(&without).lines().last().unwrap();
    let names = line.strip_prefix("acl-check: not given, counted as missing: ").unwrap();
    assert!(names.split(", ").any(|name| name == "sc_http_req_rate(0)"), "{names}");
    let names: Vec<_> = names.split(", ").collect();
    assert_eq!(output["missing"], json!(names));
    assert!(!stderr(&given).contains("sc_http_req_rate"), "{}", stderr(&given));
}

#[test]
fn request_is_shown_as_the_rules_left_it() {
    let rules = "http-request set-path /new%[path] if { path_beg /old }\n\
                 http-request set-header X-Seen yes if { path_beg /new }\n\
                 http-request deny if { path /new/old/deny }\n";
    let folder = Folder::new(&[("rules", rules)]);
    let eval = |path| ["eval", "rules", "--src=::1", "--header=Host: a", "--path", path];

    let text = folder.run(&eval("/old?x=1"));
    let output = json(&folder.run(&with(&eval("/old?x=1"), &["--json"])));
    let unchanged = json(&folder.run(&with(&eval("/"), &["--json"])));
    let denied = json(&folder.run(&with(&eval("/old/deny"), &["--json"])));

    assert_eq!(
        stdout(&text),
        "allowed: no rule decides\nrequest uri: /new/old?x=1\n\
         request header: Host: a\nrequest header: X-Seen: yes\n"
    );
    let headers = json!([["Host", "a"], ["X-Seen", "yes"]]);
    let request = json!({ "method": "GET", "uri": "/new/old?x=1", "headers": headers });
    assert_eq!(output["request"], request);
    assert_eq!(unchanged["request"], json!(null));
    assert_eq!(denied["request"], json!(null));
}

#[test]
fn versions_are_taken_in_several_ways() {
    let folder = Folder::new(&[("rules", "http-request deny if HTTP_2.0\n")]);
    let eval = |version| folder.run(&["eval", "rules", "--src=::1", "--path=/", "--http", version]);

    for version in ["2", "2.0", "h2", "HTTP/2.0"] {
        assert!(stdout(&eval(version)).starts_with("denied"), "{version}");
    }
    assert!(stdout(&eval("1.1")).starts_with("allowed"));
    assert_eq!(code(&eval("two")), 2);
}

#[test]
fn what_haproxy_takes_for_no_request_is_refused() {
    let folder = Folder::new(&[("site.acl", SITE)]);

    for (arg, reason) in [
        ("--path=/a b", "--path begins with '/'"),
        ("--path=?x", "--path begins with '/'"),
        ("--method=G ET", "--method is a word such as GET"),
    ] {
        let output = folder.run(&["eval", "site.acl", "--src=::1", "--path=/", arg]);

        assert_eq!(code(&output), 2, "{arg}");
        assert!(stderr(&output).contains(reason), "{}", stderr(&output));
    }
}

#[test]
fn updates_of_files_are_told() {
    let rules = "http-request add-acl(banned.acl) %[src] if { path_beg /.env }\n\
                 http-request set-map(last.map) %[src] %[path]\n";
    let folder = Folder::new(&[("site.acl", rules)]);
    let args = ["eval", "site.acl", "--src=192.0.2.7", "--path=/.env"];

    let told = folder.run(&args);
    let value = json(&folder.run(&with(&args, &["--json"])));

    assert_eq!(
        stdout(&told),
        "allowed: no rule decides\n\
         update: add-acl(banned.acl) 192.0.2.7\n\
         update: set-map(last.map) 192.0.2.7 /.env\n"
    );
    assert_eq!(
        value["updates"],
        json!([
            { "action": "add-acl", "file": "banned.acl", "key": "192.0.2.7", "value": null },
            { "action": "set-map", "file": "last.map", "key": "192.0.2.7", "value": "/.env" },
        ])
    );
}
