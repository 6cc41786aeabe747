//! Why a decision is as it is.

use proxy_acl::{Options, Outcome, Policy};

use crate::{from, get, policy};

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
    hdr(x-pass) -m found (line 5): the request has none, so it does not match
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
    assert_eq!(written.text, "'/c d'");
    assert_eq!((written.file, written.line, written.column), (None, Some(1), Some(24)));
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
    assert_eq!(policy("").explain(&get("/")).to_string(), "allowed: no rule applies");
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
