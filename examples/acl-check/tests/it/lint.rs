use serde_json::json;

use crate::{Folder, SITE, code, json, stderr, stdout};

const WRONG: &str = "\
acl never path_beg
acl admin pth_beg /admin
http-request deny if admn
";

#[test]
fn nothing_is_said_of_good_rules() {
    let folder = Folder::new(&[("site.acl", SITE)]);

    let text = folder.run(&["lint", "site.acl"]);
    let output = folder.run(&["lint", "site.acl", "--json"]);

    assert_eq!((code(&text), stdout(&text), stderr(&text)), (0, "", ""));
    assert_eq!((code(&output), json(&output)), (0, json!([])));
}

#[test]
fn findings_are_shown_in_their_lines() {
    let folder = Folder::new(&[("wrong.acl", WRONG)]);

    let output = folder.run(&["lint", "wrong.acl"]);

    let expected = "\
wrong.acl:1:11: warning: 'path_beg' has no pattern, so it never matches
    1 | acl never path_beg
      |           ^~~~~~~~
      = help: add patterns, or '-m found' to ask for existence, or '--' if it is meant
wrong.acl:2:11: error: unknown fetch 'pth_beg'
    2 | acl admin pth_beg /admin
      |           ^~~~~~~
      = help: did you mean 'path_beg'?
wrong.acl:3:22: error: no acl named 'admn' is defined above
    3 | http-request deny if admn
      |                      ^~~~
      = help: did you mean 'admin'?
";
    assert_eq!(stdout(&output), expected);
    assert_eq!(code(&output), 1);
}

#[test]
fn findings_of_all_files_are_one_array() {
    let folder = Folder::new(&[("wrong.acl", WRONG), ("site.acl", SITE)]);

    let output = folder.run(&["lint", "--json", "wrong.acl", "site.acl", "none.acl"]);

    let findings = json(&output);
    let brief = |index: usize| {
        let finding = &findings[index];
        json!([
            finding["file"],
            finding["line"],
            finding["column"],
            finding["code"],
            finding["severity"]
        ])
    };
    assert_eq!(brief(0), json!(["wrong.acl", 1, 11, "no-pattern", "warning"]));
    assert_eq!(brief(1), json!(["wrong.acl", 2, 11, "fetch", "error"]));
    assert_eq!(brief(2), json!(["wrong.acl", 3, 22, "unknown-acl", "error"]));
    assert_eq!(brief(3), json!(["none.acl", null, null, "unreadable", "error"]));
    assert_eq!(findings.as_array().map(Vec::len), Some(4));
    assert_eq!(findings[1]["message"], "unknown fetch 'pth_beg'");
    assert_eq!(findings[1]["suggestion"], "did you mean 'path_beg'?");
    assert!(stderr(&output).contains("none.acl: No such file"), "{}", stderr(&output));
    assert_eq!(code(&output), 1);
}

#[test]
fn a_whole_configuration_is_read() {
    let rules = "global\n daemon\ndefaults\n mode http\nfrontend www\n http-request dny\n";
    let folder = Folder::new(&[("haproxy.cfg", rules)]);

    let output = folder.run(&["lint", "haproxy.cfg", "--json"]);

    assert_eq!(json(&output)[0]["line"], 6);
    assert_eq!(json(&output)[0]["code"], "action");
}

#[test]
fn a_warning_alone_is_a_finding() {
    let folder = Folder::new(&[]);

    let output = folder.run_with(&["lint", "--json"], "acl a path_beg\nhttp-request deny if a\n");

    assert_eq!(code(&output), 1);
    assert_eq!(json(&output)[0]["file"], "-");
}

#[test]
fn a_whole_configuration_may_begin_with_a_macro() {
    let folder = Folder::new(&[]);

    let output = folder.run_with(
        &["lint"],
        ".notice \"for the edge\"\nfrontend f\n mode http\n http-request deny\n",
    );

    assert_eq!(stdout(&output), "");
    assert_eq!(code(&output), 0);
}

#[test]
fn a_request_shows_the_fault_where_one_does() {
    let visitor = json!({
        "method": "GET",
        "uri": "/",
        "src": "192.0.2.1",
        "headers": [["Host", "example.com"]],
    });
    let folder = Folder::new(&[]);

    for (rules, code, request) in [
        ("acl a path_beg\nhttp-request deny if a\n", "no-pattern", &visitor),
        ("acl a path_beg\nhttp-request deny if { path /x } a\n", "no-pattern", &json!(null)),
        ("http-request deny if\n", "empty-condition", &visitor),
        ("http-request deny\nhttp-request allow\n", "unreachable", &visitor),
        ("http-request deny if { status 200 }\n", "never-matches", &visitor),
        ("acl unused path /x\n", "no-rule", &visitor),
        (
            "defaults\n mode http\nfrontend f\n http-request deny if { path }\n",
            "no-pattern",
            &visitor,
        ),
    ] {
        let output = json(&folder.run_with(&["lint", "--json"], rules));

        assert_eq!(output[0]["code"], code, "{rules}");
        assert_eq!(&output[0]["request"], request, "{rules}");
    }
}

#[test]
fn other_spellings_of_a_denied_path_are_noted_on_demand() {
    let rules = "\
acl is_admin path_beg /wp-admin
acl is_script path_end .php
http-request return if { path /health }
http-request deny if !{ path_beg /wp } { path -m sub public } or is_admin !{ src 10.0.0.0/8 }
http-request deny if is_script
http-request deny if { path,lower,url_dec -m sub private }
http-request deny unless { path_beg / }
";
    let folder = Folder::new(&[("rules", rules), ("site.acl", SITE)]);

    let text = folder.run(&["lint", "--bypass", "rules"]);
    let output = folder.run(&["lint", "--bypass", "rules", "--json"]);
    let silent = folder.run(&["lint", "rules"]);

    let help = "      = help: if the server takes these for the same, match with '-i', put \
                'http-request normalize-uri' before the rule, or deny all but what is meant\n";
    let expected = format!(
        "rules:1:14: note: '/wp-admin' is denied, but not '//wp-admin', '/./wp-admin', \
         '/x/../wp-admin', '/%77p-admin', '/WP-ADMIN'\n{help}\
         rules:2:15: note: '/index.php' is denied, but not '/index.php;x', '/INDEX.PHP'\n{help}"
    );
    assert_eq!(stdout(&text), expected);
    assert_eq!((code(&text), code(&output), stdout(&silent)), (0, 0, ""));
    let notes = json(&output);
    assert_eq!(notes.as_array().map(Vec::len), Some(2));
    assert_eq!((&notes[0]["severity"], &notes[0]["code"]), (&json!("note"), &json!("bypass")));
    assert_eq!(notes[0]["request"]["uri"], "//wp-admin");
    assert_eq!((&notes[1]["line"], &notes[1]["column"]), (&json!(2), &json!(15)));
}

#[test]
fn a_rule_that_sees_every_spelling_has_no_note() {
    let rules = "\
http-request normalize-uri percent-decode-unreserved
http-request normalize-uri path-merge-slashes
http-request normalize-uri path-strip-dot
http-request normalize-uri path-strip-dotdot full
http-request deny if { path_beg -i /admin }
";
    let folder = Folder::new(&[("rules", rules)]);

    let output = folder.run(&["lint", "--bypass", "rules"]);

    assert_eq!((code(&output), stdout(&output)), (0, ""));
}

#[test]
fn a_note_can_be_pasted_into_a_test_case() {
    let folder = Folder::new(&[("site.acl", SITE)]);
    let notes = json(&folder.run(&["lint", "--bypass", "site.acl", "--json"]));
    let case = json!({ "request": notes[0]["request"], "expected": { "decision": "deny" } });

    let output = folder.run_with(&["test", "--config", "site.acl", "--json"], &format!("{case}\n"));

    let report = json(&output);
    assert_eq!((&report["cases"], &report["passed"]), (&json!(1), &json!(0)));
    assert_eq!(report["failed"][0]["actual"], "allow");
}

#[test]
fn what_was_not_looked_at_is_counted() {
    let config = "\
frontend www
    mode http
    bind :80
    timeout client 5s
    timeout http-request 5s
    http-request deny if { path_beg /admin }
";
    let folder = Folder::new(&[("site.cfg", config)]);

    let output = folder.run(&["lint", "site.cfg"]);

    assert_eq!((code(&output), stdout(&output)), (0, ""));
    assert_eq!(stderr(&output), "acl-check: site.cfg: not looked at: bind, timeout (2)\n");
}

#[test]
fn ways_around_are_looked_for_at_named_hosts_and_by_tls() {
    let rules = "\
redirect scheme https if !{ ssl_fc }
http-request deny if !{ hdr(host) www.example.org }
http-request deny if { path_beg /admin }
";
    let hidden = "http-request deny if !{ src 10.0.0.0/8 }\nhttp-request deny if { path /admin }\n";
    let folder = Folder::new(&[("rules", rules), ("hidden", hidden)]);

    let found = folder.run(&["lint", "--bypass", "rules", "--json"]);
    let nothing = folder.run(&["lint", "--bypass", "hidden"]);

    let notes = json(&found);
    let request = &notes.as_array().unwrap().last().unwrap()["request"];
    assert_eq!((&request["sni"], &request["tls"]), (&json!("www.example.org"), &json!(true)));
    assert_eq!(request["uri"], "//admin");
    assert!(!stderr(&found).contains("never got past"), "{}", stderr(&found));
    assert_eq!(stdout(&nothing), "");
    let expected = "acl-check: hidden: tried 2 requests for 1 paths, 0 got around\n\
                    acl-check: hidden: 1 of the paths never got past the rule of line 1, so those \
                    behind it were not tried with them\n";
    assert_eq!(stderr(&nothing), expected);
}
