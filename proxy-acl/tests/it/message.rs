//! What messages say, word by word.

use proxy_acl::{Config, DiagnosticKind, Diagnostics, Options, Policy, Scratch};

fn wrong(text: &str) -> Diagnostics {
    let Err(wrong) = Policy::parse(text.as_bytes(), &Options::new()) else {
        panic!("accepted: {text}");
    };
    wrong
}

/// The first error of a refused text, as one line.
fn message(text: &str) -> String {
    wrong(text).errors().next().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn messages_say_what_is_wrong_and_what_to_do() {
    for (text, expected) in [
        ("acl a path,lower(1) /x", "7: error: 'lower' takes no argument"),
        (
            "acl a path,strcmp 1",
            "7: error: the name of a variable is missing; write a scope and a name, as in 'txn.group'",
        ),
        ("acl a path,field(1) /x", "7: error: 'field' takes 2 to 3 arguments, not 1"),
        ("acl a path,iif(1) /x", "7: error: 'iif' takes 2 arguments, not 1"),
        (
            "acl a path,set-var(txn.x) 1",
            "7: error: the converter 'set-var' is not supported; write a rule 'http-request set-var(...)' before \
             this one",
        ),
        ("acl a path,lua.x /x", "7: error: the converter 'lua.x' is not supported"),
        ("acl a lua.x /x", "7: error: the fetch 'lua.x' is not supported"),
        ("acl a internal.x 1", "7: error: the fetch 'internal.x' is not supported"),
        (
            "acl a path,be2hex(:,0) x",
            "7: error: 'be2hex' takes a separator and a number of bytes, 1 to 2147483647",
        ),
        (
            "acl a path,be2hex(,0,1) x",
            "7: error: 'be2hex' takes a separator and a number of bytes, 1 to 2147483647",
        ),
        (
            "acl a path,be2hex(:,-2147483649) x",
            "7: error: 'be2hex' takes a separator and a number of bytes, 1 to 2147483647",
        ),
        (
            "acl a meth(GET) GET",
            "7: error: how to match 'meth(GET)' must be said with '-m'; add '-m str', or another method",
        ),
        ("acl a path,be2hex(:,2,2) x", "7: error: '2' is not 0 or 1"),
        (
            "acl a path,be2dec(.,9) x",
            "7: error: 'be2dec' takes a separator and a number of bytes, 1 to 8",
        ),
        (
            "acl a hdr(x,-11) y",
            "7: error: the occurrence -11 is below -10; count from 1 on the left, from -1 to -10 on the right",
        ),
        (
            "acl a hdr(x,-12) y",
            "7: error: the occurrence -12 is below -10; count from 1 on the left, from -1 to -10 on the right",
        ),
        (
            "acl a hdr(x,4294967285) y",
            "7: error: the occurrence 4294967285 is above 2147483647; count from 1 on the left, from -1 to -10 on the right",
        ),
        (
            "acl a hdr(x,4294967284) y",
            "7: error: the occurrence 4294967284 is above 2147483647; count from 1 on the left, from -1 to -10 on the right",
        ),
        (
            "acl a path -f f -m beg /x",
            "17: error: '-m' must stand before files and patterns; move it before the first '-f'",
        ),
        ("acl a bool(yes)", "7: error: 'yes' is not a truth value"),
        (
            "http-request deny if {path /x }",
            "22: error: no acl named '{path' is defined above; '{' and '}' are words of their own: put spaces around them",
        ),
        ("acl a path,map_beg_str(f) x", "7: error: unknown converter 'map_beg_str'"),
        ("acl a path,lowr /x", "7: error: unknown converter 'lowr'; did you mean 'lower'?"),
        ("acl a path(x) /x", "7: error: 'path' takes no argument"),
        (
            ".if 0xg\n.endif",
            "5: error: '0xg' is no condition: byte 2 is unexpected; join numbers and predicates such as 'defined(NAME)' and 'streq(a,b)' with '&&' and '||'",
        ),
        (".alert x", "1: error: the file refuses itself: 'x'"),
        ("acl a hdr(x,1,2) y", "7: error: 'hdr' takes at most 2 arguments, not 3"),
        ("acl a http_auth", "7: error: 'http_auth' takes one argument, not 0"),
        ("acl a var(txn.a,b,c) -m str y", "7: error: 'var' takes 1 to 2 arguments, not 3"),
        ("acl a sc1_get_gpc0(a,b) 1", "7: error: 'sc1_get_gpc0' takes at most 1 arguments, not 2"),
        (
            "acl a var(txn.a-b) -m str y",
            "7: error: 'txn.a-b' is not the name of a variable; write a scope and a name, as in 'txn.group'",
        ),
        (
            "http-response set-header x %[path]",
            "28: error: 'path' is never there when the response comes; keep it in a variable while it is there",
        ),
        (
            "tcp-request connection set-var(sess.a) path",
            "40: error: 'path' is never there when a client connects; keep it in a variable while it is there",
        ),
        (
            "tcp-request session set-var(sess.a) path",
            "37: error: 'path' is never there before the request; keep it in a variable while it is there",
        ),
        (
            "http-request set-var(txn.a) status",
            "29: error: 'status' is never there before the response; keep it in a variable while it is there",
        ),
        (
            "acl a path_reg (?!a)",
            "16: error: look-around at byte 1 of '(?!a)' is not supported; \
             say it without: with several patterns, or several terms in the condition",
        ),
        (
            r"acl a path_reg (a)\1",
            r"16: error: '(a)\1' is no regular expression: at byte 4 it has a back-reference, but groups do not capture; put a backslash before characters that stand for themselves",
        ),
        (
            "acl a path_reg ((a{99}){99}){99}",
            "16: error: '((a{99}){99}){99}' takes more than the limit of 1048576 bytes when compiled; \
             lower its repetitions",
        ),
        (
            "http-request return status 200 string x",
            "32: error: 'string' without the type of its content; write 'content-type text/plain' before it",
        ),
        (
            "http-request deny content-type a string x lf-string y",
            "43: error: 'lf-string' behind 'string'; an answer has one content: remove one of them",
        ),
        (
            "http-request return status 418 default-errorfiles",
            "32: error: 'default-errorfiles' has no page for the status code 418",
        ),
        ("http-request deny hdr a %[path", "25: error: a ']' is missing in '%[path'"),
        (
            "http-request deny hdr a %{+Q[path]",
            "25: error: a '}' is missing in '%{+Q[path]'; write '%{+E}[fetch]', or '%%' for a percent sign",
        ),
        (
            "http-request deny hdr a %{+Q}%[path]",
            "25: error: flags stand before no value in '%{+Q}%[path]'; write '%{+E}[fetch]'",
        ),
        (
            "http-request deny hdr a %{+Q}HM",
            "25: error: flags of '%HM' in '%{+Q}HM'; write '%[fetch]', which takes flags",
        ),
        (
            "http-request return content-type a lf-string %",
            "46: error: '%' ends '%'; write '%%' for a percent sign",
        ),
        ("http-request track-sc0 scr", "24: error: unknown fetch 'scr'; did you mean 'src'?"),
        ("http-request track-sc0 src table", "28: error: 'table' without its argument"),
        (
            "http-request track-sc0 src x",
            "28: error: expected 'if' or 'unless' after 'src', not 'x'; put 'if' or 'unless' before a condition",
        ),
        (
            "tcp-request connection track-sc0 path",
            "34: error: 'path' is never there when a client connects; keep it in a variable while it is there",
        ),
        ("redirect location /x code", "22: error: 'code' without its value"),
        ("redirect location", "10: error: 'location' without its value"),
        (
            "acl a path -I /x",
            "12: error: '-I' is not a flag; there are -i -n -m -f -M -u; put '--' before patterns that begin with '-'",
        ),
        (
            "http-request deny 403 if TRUE",
            "19: error: expected 'if' or 'unless' after 'deny', not '403'; to choose the answer's status, write 'deny_status' before it",
        ),
        (
            "http-request deny TRUE",
            "19: error: expected 'if' or 'unless' after 'deny', not 'TRUE'; put 'if' or 'unless' before a condition",
        ),
    ] {
        assert_eq!(message(text), format!("policy:1:{expected}"), "{text}");
    }
}

#[test]
fn keywords_of_former_versions_are_told_from_unknown_ones() {
    for (keyword, expected) in [
        ("reqdeny", "was removed from HAProxy in version 2.1; write a rule of 'http-request'"),
        ("block", "was removed from HAProxy in version 2.1; write a rule of 'http-request'"),
        ("rspdel", "was removed from HAProxy in version 2.1; write a rule of 'http-response'"),
    ] {
        let text = format!("frontend f\n mode http\n {keyword} x\n");
        let Err(wrong) = Config::parse(text.as_bytes(), &Options::new()) else {
            panic!("accepted: {keyword}");
        };

        assert_eq!(wrong.to_string(), format!("policy:3:2: error: '{keyword}' {expected}"));
    }
}

#[test]
fn word_in_the_wrong_section_is_told_where_it_cannot_stand() {
    for (text, expected) in [
        (
            "backend b\n mode http\n tcp-request session accept\n",
            "policy:3:2: error: 'tcp-request session' cannot stand in 'backend'",
        ),
        (
            "frontend f\n mode http\n tcp-response content accept\n",
            "policy:3:2: error: 'tcp-response' cannot stand in 'frontend'; move it to a backend, or make the section 'listen'",
        ),
        (
            "frontend f\n mode http\n tcp-response inspect-delay 1s\n",
            "policy:3:2: error: 'tcp-response' cannot stand in 'frontend'; move it to a backend, or make the section 'listen'",
        ),
        (
            "frontend f\nuserlist u\n http-request deny\n",
            "policy:3:2: error: 'http-request' cannot stand in 'userlist'; move it to a frontend, a backend or 'listen'",
        ),
        ("userlist u x\n", "policy:1:12: error: unexpected 'x' behind 'userlist'"),
        (
            "fcgi-app a\n http-request deny\n",
            "policy:2:2: error: 'http-request' cannot stand in 'fcgi-app'; move it to a frontend, a backend or 'listen'",
        ),
        (
            "userlist u\n acl a path /\n",
            "policy:2:2: error: 'acl' cannot stand in 'userlist'; move it to a frontend, a backend or 'listen'",
        ),
        (
            "userlist u(x\n",
            "policy:1:10: error: 'u(x' is no name of a section; use letters, digits, '_', '-', '.' and ':'",
        ),
        ("global x\n", "policy:1:8: error: unexpected 'x' behind 'global'"),
        ("frontend f\npeers\n", "policy:2:1: error: 'peers' without a name"),
        (
            "global\n use_backend b\n",
            "policy:2:2: error: 'use_backend' cannot stand in 'global'; move it to a frontend, a backend or 'listen'",
        ),
    ] {
        let Err(wrong) = Config::parse(text.as_bytes(), &Options::new()) else {
            panic!("accepted: {text}");
        };

        assert_eq!(wrong.to_string(), expected);
    }
}

#[test]
fn nearest_word_is_not_the_last_that_is_as_near() {
    let text = "acl aa1 path /\nacl aa2 path /\nacl aa3 path /\nhttp-request deny if aa";

    assert!(message(text).ends_with("; did you mean 'aa1'?"), "{}", message(text));
}

#[test]
fn all_that_is_wrong_is_a_line_each() {
    let wrong = wrong("acl a pth /x\nhttp-request");

    assert_eq!(
        wrong.to_string(),
        "policy:1:7: error: unknown fetch 'pth'; did you mean 'path'?\n\
         policy:2:1: error: 'http-request' without an action; write 'allow' or 'deny'"
    );
}

#[test]
fn findings_are_rendered_one_below_the_other_under_the_name_of_their_file() {
    let options = Options::new().file_name("site.acl");
    let Err(wrong) = Policy::parse(b"acl a pth /x\nacl b path\n", &options) else {
        panic!("accepted");
    };

    assert_eq!(
        wrong.render().to_string(),
        "\
site.acl:1:7: error: unknown fetch 'pth'
    1 | acl a pth /x
      |       ^~~
      = help: did you mean 'path'?
site.acl:2:7: warning: 'path' has no pattern, so it never matches
    2 | acl b path
      |       ^~~~
      = help: add patterns, or '-m found' to ask for existence, or '--' if it is meant"
    );
    let mut lines = Vec::new();
    for finding in &wrong {
        lines.push(finding.line);
    }
    assert_eq!(lines, [1, 2]);
}

#[test]
fn long_lines_are_shown_around_the_word() {
    let terms = "METH_POST ".repeat(19);
    let text = format!("http-request deny if {terms}{}", "x".repeat(200));

    let wrong = wrong(&text);

    let rendered = wrong.render().to_string();
    let mut lines = rendered.lines();
    let message =
        format!("policy:1:212: error: no acl named '{}...' is defined above", "x".repeat(80));
    assert_eq!(lines.next(), Some(message.as_str()));
    let shown = format!("    1 | {}{}", "METH_POST ".repeat(6), "x".repeat(60));
    assert_eq!(lines.next(), Some(shown.as_str()));
    let caret = format!("      | {}^{}", " ".repeat(60), "~".repeat(59));
    assert_eq!(lines.next(), Some(caret.as_str()));
}

#[test]
fn pattern_that_nothing_matches_is_told() {
    let never = DiagnosticKind::NeverMatches;
    for (expression, expected) in [
        ("path wp-admin", Some(never)),
        ("path_beg wp-admin", Some(never)),
        ("path -m beg admin", Some(never)),
        ("pathq admin", Some(never)),
        ("path /admin?x", Some(never)),
        ("path_sub ?x", Some(never)),
        ("hdr(x-tag) a,b", Some(never)),
        ("hdr_end(user-agent) 'KHTML, like Gecko'", Some(never)),
        ("hdr(Host) Example.com", Some(DiagnosticKind::Capital)),
        ("hdr_dom(host) example.COM", Some(DiagnosticKind::Capital)),
        ("path *", None),
        ("path_sub admin", None),
        ("path_dir admin", None),
        ("path_reg ^admin", None),
        ("path,lower admin", None),
        ("pathq_beg /admin?x", None),
        ("hdr(x-tag) \\\"a,b\\\"", None),
        ("req.fhdr(x-tag) a,b", None),
        ("hdr(host) -i Example.com", None),
        ("hdr(host) example.com", None),
        ("hdr(x-tag) Red", None),
        ("hdr_reg(host) ^Example", None),
    ] {
        let expression = expression.replace("pathq_beg", "pathq -m beg");
        let policy = crate::policy(&format!("http-request deny if {{ {expression} }}"));

        let kinds: Vec<_> = policy.warnings().iter().map(|warning| warning.kind).collect();
        assert_eq!(kinds, expected.into_iter().collect::<Vec<_>>(), "{expression}");
    }
}

#[test]
fn sections_and_answers_are_accepted_as_haproxy_writes_them() {
    let text = b"
global
 setenv A x
 unsetenv A
userlist u
 user a password b
peers p
 table t type ip size 1k
resolvers r more
cache c(
fcgi-app a
 acl a path /
defaults d e x
 mode http
frontend f from d
 http-request return content-type text/plain hdr a b string x if { path \"/${A-y}\" }
 http-request return lf-string %[path] content-type text/plain
 http-request deny default-errorfiles
 http-request deny status 404 errorfiles mine
 http-request track-sc1 src,ipmask(24) table p/t if TRUE
";

    let config = Config::parse(text, &Options::new());

    let config = config.unwrap_or_else(|wrong| panic!("{}", wrong.render()));
    let frontend = config.frontend("f").expect("it is there");
    let decide =
        |path| config.decide_with(frontend, &crate::get(path), &mut Scratch::new()).decision.line;
    assert_eq!((decide("/y"), decide("/x")), (Some(16), Some(17)));
}
