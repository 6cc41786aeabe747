//! What the README says is done otherwise than by HAProxy, line by line. That haproxy 2.6.12 accepts
//! the refused lines was seen with `haproxy -c`.

use proxy_acl::{Action, DiagnosticKind, Options, Policy, Request as _, Scratch};

use crate::{get, policy, truth};

fn refusal(text: &str) -> Option<DiagnosticKind> {
    let wrong = Policy::parse(text.as_bytes(), &Options::new()).err()?;
    wrong.errors().next().map(|error| error.kind)
}

#[test]
fn what_haproxy_cannot_do_is_refused() {
    use DiagnosticKind as Kind;

    for (text, kind) in [
        ("acl a hdr(x,2147483648) y", Kind::Argument),
        ("acl a path,be2hex(:,4294967296) -m str y", Kind::Argument),
        ("acl a path,json_query($[*]) -m str 1", Kind::Argument),
        ("acl a path,json_query($[0]b) -m str 1", Kind::Argument),
        ("http-request deny if { path -u }", Kind::Flag),
    ] {
        assert_eq!(refusal(text), Some(kind), "{text}");
    }
}

#[test]
fn what_cannot_be_done_here_is_refused() {
    use DiagnosticKind as Kind;

    for (text, kind) in [
        ("acl a src localhost", Kind::Pattern),
        ("http-request set-header a %{+Q}r", Kind::Unsupported),
        (r"http-request replace-header host (.*)\1 x", Kind::Unsupported),
        (r#"acl a "path,regsub('(.)\\1',x)" -m str y"#, Kind::Unsupported),
    ] {
        assert_eq!(refusal(text), Some(kind), "{text}");
    }
}

/// As seen by asking haproxy 2.6.12 itself.
#[test]
fn what_haproxy_guesses_is_guessed_alike_with_a_warning() {
    use DiagnosticKind as Kind;

    for (expression, yes, kind) in [
        ("int(5) ne 5", true, Kind::Misread),
        ("int(5) ne 6", false, Kind::Misread),
        ("int(2) gt 1.5", true, Kind::Misread),
        ("int(1) gt 1.5", false, Kind::Misread),
        ("int(2) lt 2.5", false, Kind::Misread),
        ("ipv4(8.0.0.1) 010.0.0.1", true, Kind::AbbreviatedAddress),
        ("ipv4(10.0.0.1) 010.0.0.1", false, Kind::AbbreviatedAddress),
        ("ipv4(8.0.0.1) 010.1", true, Kind::AbbreviatedAddress),
        ("str(1),json_query(x) -m found", false, Kind::NeverMatches),
    ] {
        let policy = policy(&format!("http-request deny if {{ {expression} }}"));

        assert_eq!(!policy.decide(&get("/")).is_allowed(), yes, "{expression}");
        let kinds: Vec<_> = policy.warnings().iter().map(|warning| warning.kind).collect();
        assert_eq!(kinds, [kind], "{expression}");
    }
    for expression in ["ipv4(10.9.9.9) 10.0.0.0/+8", "ipv4(10.9.9.9),ipmask(4294967304) 10.0.0.0"] {
        assert!(truth(expression, &get("/")), "{expression}");
    }
}

#[test]
fn status_is_the_number_at_the_start_of_its_word() {
    for (rule, action) in [
        ("deny deny_status 404x", Action::Deny { status: 404 }),
        ("deny status 4294967700", Action::Deny { status: 404 }),
        ("deny status +404", Action::Deny { status: 404 }),
        ("redirect location / code 301x", Action::Redirect { status: 301 }),
    ] {
        let policy = policy(&format!("http-request {rule}"));

        assert_eq!(policy.decide(&get("/")).action, action, "{rule}");
        let kinds: Vec<_> = policy.warnings().iter().map(|warning| warning.kind).collect();
        assert_eq!(kinds, [DiagnosticKind::Misread], "{rule}");
    }
    for rule in ["deny status x404", "deny status -404", "deny status 18446744073709552020"] {
        assert_eq!(
            refusal(&format!("http-request {rule}")),
            Some(DiagnosticKind::Action),
            "{rule}"
        );
    }
}

#[test]
fn empty_word_is_the_value_of_a_flag_and_ends_a_line_elsewhere() {
    for (flags, yes) in [("-u '' -i", true), ("lower -u '' -i", false), ("-- -u '' -i", false)] {
        let policy = policy(&format!("acl a path {flags} /X\nhttp-request deny if a"));

        assert_eq!(!policy.decide(&get("/x")).is_allowed(), yes, "{flags}");
    }
}

/// Answers of haproxy 2.6.12.
#[test]
fn empty_word_is_the_text_of_a_variable() {
    for (behind, expected) in [("if FALSE", "old"), ("if TRUE", ""), ("", ""), ("'' if FALSE", "")]
    {
        let policy = policy(&format!(
            "http-request set-var(txn.a) str(old)\n\
             http-request set-var-fmt(txn.a) '' {behind}\n\
             http-request set-path /%[var(txn.a)]\n"
        ));
        let mut scratch = Scratch::new();

        let request = get("/");
        let verdict = policy.decide_with(&request, &mut scratch);

        let path = format!("/{expected}");
        assert_eq!(verdict.request.path(), Some(path.as_bytes()), "{behind}");
    }
    assert_eq!(refusal("http-request set-var-fmt(txn.a) '' x"), Some(DiagnosticKind::Action));
    assert_eq!(refusal("tcp-request content set-var-fmt(txn.a) '' if FALSE"), None);
}

#[test]
fn abbreviated_address_is_read_as_numbers_with_a_warning() {
    let policy = policy("acl a src 10.1\nhttp-request deny if a");

    assert!(truth("src 10.1", &crate::from("10.0.0.1", "/")));
    assert_eq!(
        policy.warnings().iter().map(|warning| warning.kind).collect::<Vec<_>>(),
        [DiagnosticKind::AbbreviatedAddress]
    );
}

#[test]
fn variables_live_as_long_as_one_request() {
    let policy = policy(
        "http-request set-var(sess.seen) int(1) if { path /first }\n\
         http-request deny if { var(sess.seen) -m found }",
    );
    let mut scratch = Scratch::new();

    assert!(!policy.decide_with(&get("/first"), &mut scratch).decision.is_allowed());
    assert!(policy.decide_with(&get("/second"), &mut scratch).decision.is_allowed());
}

#[test]
fn texts_end_at_a_mebibyte() {
    let policy = policy("http-request set-path %[path]%[path]");
    let long = format!("/{}", "x".repeat(700_000));
    let mut scratch = Scratch::new();

    let request = get(&long);
    let verdict = policy.decide_with(&request, &mut scratch);

    assert_eq!(verdict.request.uri().len(), 1024 * 1024);
}

/// haproxy 2.6.12 keeps one cache for both, so that its second rule does not apply here.
#[test]
fn end_and_sub_of_one_file_answer_each_for_itself() {
    let text = b"http-request deny if { path_end -f names }\n\
                 http-request deny deny_status 404 if { path_sub -f names }\n";
    let policy = Policy::parse(text, &Options::new().pattern_file("names", "/wp\n"));
    let decision = policy.map(|policy| policy.decide(&get("/wp/x")).action);

    assert_eq!(decision.ok(), Some(Action::Deny { status: 404 }));
}
