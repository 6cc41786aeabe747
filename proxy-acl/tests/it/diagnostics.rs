//! What is wrong, and where.

use proxy_acl::{Config, Diagnostic, DiagnosticKind, Options, Policy, Severity};

fn wrong(text: &str) -> Vec<Diagnostic> {
    let Err(wrong) = Policy::parse(text.as_bytes(), &Options::new()) else {
        panic!("accepted: {text}");
    };
    wrong.errors().cloned().collect()
}

#[test]
fn errors_have_their_column_and_kind() {
    use DiagnosticKind as Kind;

    for (text, column, kind) in [
        ("acl a path \"/x", 12, Kind::Word),
        ("acl", 1, Kind::AclName),
        ("acl a$b path /x", 5, Kind::AclName),
        ("acl OR path /x", 5, Kind::AclName),
        ("acl a", 5, Kind::Fetch),
        ("acl a pathh /x", 7, Kind::Fetch),
        ("acl a hdr(x y", 7, Kind::Fetch),
        ("acl a hdr(x)y z", 7, Kind::Fetch),
        ("acl a req.hdr_beg(x) y", 7, Kind::Fetch),
        ("acl a path(x) y", 7, Kind::Argument),
        ("acl a hdr(x,-11) y", 7, Kind::Argument),
        ("acl a hdr(x,2147483648) y", 7, Kind::Argument),
        ("acl a hdr(x,y) y", 7, Kind::Argument),
        ("acl a path -q /x", 12, Kind::Flag),
        ("acl a path -m", 12, Kind::Flag),
        ("acl a path -u x /y", 15, Kind::Flag),
        ("acl a path -u - /y", 15, Kind::Flag),
        ("acl a path -u '5 ' /y", 15, Kind::Flag),
        ("acl a path -u '' -x", 18, Kind::Flag),
        ("acl a path -i -m '' /y", 18, Kind::MatchMethod),
        ("acl a path -u '' -f '' /y", 21, Kind::PatternFile),
        ("acl a path -u '' /x\nacl b path -u ' 0' /y", 15, Kind::Flag),
        ("acl a path -m foo /x", 15, Kind::MatchMethod),
        ("acl a method -m int 1", 17, Kind::MatchMethod),
        ("acl a path -f nowhere", 15, Kind::PatternFile),
        ("acl a src 10.0.0.0/33", 11, Kind::Pattern),
        ("acl a src -n 10.1/16", 14, Kind::Pattern),
        ("acl a path_len 1 0x5", 18, Kind::Pattern),
        ("acl a path_len 90:80", 16, Kind::Pattern),
        ("acl a path,lowr /x", 7, Kind::Converter),
        ("acl a path,(x) /x", 7, Kind::Converter),
        ("acl a path -u 5 /x\nacl b path -u +5 /y", 15, Kind::Flag),
        ("acl a path /x\nacl b path -u 99999999999999999999 /y", 15, Kind::Flag),
        ("http-after-response set-header a %[path]", 34, Kind::Fetch),
        ("http-after-response deny", 21, Kind::Action),
        ("acl a method,add(1) 2", 7, Kind::Converter),
        ("acl a path,set-var(txn.a) /x", 7, Kind::Unsupported),
        ("acl a path,protobuf /x", 7, Kind::Argument),
        ("http-request deny( if TRUE", 14, Kind::Action),
        ("http-request set-path '/% [path]'", 23, Kind::Format),
        ("http-request set-path /%1", 23, Kind::Format),
        ("acl a path,lower(1) /x", 7, Kind::Argument),
        ("acl a path,field(1) /x", 7, Kind::Argument),
        ("acl a path,field(x,/) /x", 7, Kind::Argument),
        ("acl a path,field(0,/) /x", 7, Kind::Argument),
        ("acl a path,word(0,/) /x", 7, Kind::Argument),
        ("acl a path,ipmask(33) /x", 7, Kind::Argument),
        ("acl a path,regsub(a,b,x) /x", 7, Kind::Argument),
        ("acl a path,regsub([,b) /x", 7, Kind::Argument),
        ("acl a path,map() /x", 7, Kind::Argument),
        ("acl a path,map(nowhere) /x", 7, Kind::PatternFile),
        ("acl a path,add(x) 1", 7, Kind::Argument),
        ("acl a var(x) -m str y", 7, Kind::Argument),
        ("acl a var(txn.x) y", 7, Kind::MatchMethod),
        ("acl a path,bytes(1,3) x", 7, Kind::MatchMethod),
        ("acl a bool(x)", 7, Kind::Argument),
        ("acl a bool(2)", 7, Kind::Argument),
        ("acl a path -m bin 2f6", 19, Kind::Pattern),
        ("acl a path_reg [", 16, Kind::Pattern),
        ("acl a path_reg (a)\\1", 16, Kind::Pattern),
        ("acl a path_reg (?!a)", 16, Kind::Unsupported),
        ("acl a path_reg a++", 16, Kind::Unsupported),
        ("acl a path_reg ((a{99}){99}){99}", 16, Kind::Limit),
        ("tcp-request content", 1, Kind::Action),
        ("tcp-request contents reject", 13, Kind::Action),
        ("tcp-request content deny", 21, Kind::Action),
        ("tcp-request connection set-var(sess.a) path", 40, Kind::Fetch),
        ("use_backend", 1, Kind::Action),
        ("default_backend", 1, Kind::Action),
        ("redirect if TRUE", 1, Kind::Action),
        ("redirect location", 10, Kind::Action),
        ("redirect location /x code 304", 27, Kind::Action),
        ("redirect location /x drop", 22, Kind::Action),
        ("http-request set-path /x%[path", 23, Kind::Format),
        ("http-request set-path /x%[pat]", 23, Kind::Fetch),
        ("http-request set-path /x%xx", 23, Kind::Format),
        ("http-request set-path /x%", 23, Kind::Format),
        ("http-request set-path /x%{+Q}ci", 23, Kind::Unsupported),
        ("http-request set-path %[status]", 23, Kind::Fetch),
        ("http-request set-path %[path_beg]", 23, Kind::Fetch),
        ("http-response set-header x %[path]", 28, Kind::Fetch),
        ("http-response reject", 15, Kind::Action),
        ("http-response redirect prefix /x", 24, Kind::Action),
        ("http-response set-status 99", 26, Kind::Action),
        ("http-response set-status 404x", 26, Kind::Action),
        ("http-response deny deny_status 418", 32, Kind::Action),
        ("http-response set-status 404 reason", 30, Kind::Action),
        ("http-request replace-header x y", 14, Kind::Action),
        ("http-request replace-path [ x", 27, Kind::Argument),
        ("http-request normalize-uri x", 28, Kind::Action),
        ("http-request auth realm", 14, Kind::Action),
        ("http-request set-src foo", 22, Kind::Fetch),
        ("http-request set-var(txn.a,ifnever) src", 14, Kind::Action),
        ("acl a path,field(1,) /x", 7, Kind::Argument),
        ("http-request do-resolve(txn.a,r) src", 14, Kind::Unsupported),
        ("http-request del-header x -m foo", 30, Kind::MatchMethod),
        ("acl a sc_http_req_rate gt 5", 7, Kind::Argument),
        ("acl a sc_http_req_rate(x) gt 5", 7, Kind::Argument),
        ("acl a sc3_http_req_rate gt 5", 7, Kind::Fetch),
        ("acl a http_auth", 7, Kind::Argument),
        ("acl a urlp_ip(x) 10.0.0.1", 7, Kind::Fetch),
        ("tcp-response session reject", 14, Kind::Action),
        ("http-request set-path", 14, Kind::Action),
        ("http-request set-header x", 14, Kind::Action),
        ("http-request set-var(x) path", 14, Kind::Argument),
        ("http-request lua.x", 14, Kind::Unsupported),
        ("acll a path /x", 1, Kind::Keyword),
        ("http-request", 1, Kind::Action),
        ("http-request deny IF TRUE", 19, Kind::Action),
        ("http-request deny deny_status 418", 31, Kind::Action),
        ("http-request deny status 999", 26, Kind::Action),
        ("http-request deny if { path /x", 22, Kind::Condition),
        ("http-request deny if !later", 23, Kind::UnknownAcl),
        ("http-request deny if {path", 22, Kind::UnknownAcl),
        ("http-request track-sc+1 src", 14, Kind::Action),
        ("http-request set-nice 5 if nope", 28, Kind::UnknownAcl),
        ("http-request set-nice 5 unless nope", 32, Kind::UnknownAcl),
    ] {
        let errors = wrong(text);

        assert_eq!(errors.len(), 1, "{text}: {errors:?}");
        assert_eq!((errors[0].column, errors[0].kind), (column, kind), "{text}: {}", errors[0]);
    }
}

#[test]
fn acl_must_stand_above_its_use() {
    let errors = wrong("http-request deny if later\nacl later path /x");

    assert_eq!(errors[0].kind, DiagnosticKind::UnknownAcl);
}

#[test]
fn all_errors_of_a_file_are_told_in_order() {
    let errors = wrong("acl a src x\nacl b pth /\nhttp-request dny\nhttp-request deny if c");

    assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

#[test]
fn mistyped_words_are_corrected() {
    for (text, near) in [
        ("acl a pth_beg /x", "'path_beg'"),
        ("acl a path -m begn /x", "'beg'"),
        ("htp-request deny", "'http-request'"),
        ("http-request dney", "'deny'"),
        ("acl admin path /x\nhttp-request deny if admn", "'admin'"),
        ("http-request deny if localhost", "'LOCALHOST'"),
    ] {
        let errors = wrong(text);
        let suggestion = errors[0].suggestion.as_deref().unwrap_or_default();

        assert!(suggestion.contains(near), "{text}: {}", errors[0]);
    }
}

#[test]
fn deny_status_out_of_place_is_told_its_place() {
    for (text, before) in [
        ("http-request deny status 403 deny_status 404", "403"),
        ("http-request tarpit deny_status 429 deny_status 404", "429"),
        ("http-request allow deny_status 404", "allow"),
    ] {
        let errors = wrong(text);

        assert_eq!(errors[0].kind, DiagnosticKind::Action);
        assert_eq!(
            errors[0].message,
            format!("expected 'if' or 'unless' after '{before}', not 'deny_status'")
        );
        assert_eq!(
            errors[0].suggestion.as_deref(),
            Some("'deny_status' must come first, right behind 'deny' or 'tarpit'")
        );
    }
}

#[test]
fn caret_stands_under_the_word() {
    let errors = wrong("acl a src 10.0.0.0/33 # too long");

    assert_eq!(
        errors[0].render().to_string(),
        "\
policy:1:11: error: '10.0.0.0/33' is not an IPv4 or IPv6 address or network
    1 | acl a src 10.0.0.0/33 # too long
      |           ^~~~~~~~~~~
      = help: write '192.0.2.0/24' or '2001:db8::/32'; names are not resolved"
    );
}

#[test]
fn caret_spares_the_marks_before_a_name() {
    let errors = wrong("http-request deny if !!later");

    let rendered = errors[0].render().to_string();

    let caret = rendered.lines().nth(2);
    assert_eq!(caret, Some("      |                        ^~~~~"), "{rendered}");
}

#[test]
fn terminal_controls_are_not_rendered() {
    let errors = wrong("acl a \x1b[31mpath /x");

    assert!(
        !errors[0].render().to_string().lines().nth(1).is_some_and(|line| line.contains('\x1b'))
    );
}

/// HAProxy asks for the expression only when it has read all lines.
#[test]
fn flags_of_regsub_are_looked_at_before_its_expression() {
    for (arguments, message) in [
        (",a,b", "'b' are no flags of 'regsub'"),
        (",,gb", "'gb' are no flags of 'regsub'"),
        (",a,g", "argument 1 of 'regsub' is empty"),
        (",a", "argument 1 of 'regsub' is empty"),
    ] {
        let errors = wrong(&format!("acl a path,regsub({arguments}) /x"));

        assert_eq!(errors[0].message, message, "{arguments}");
    }
}

#[test]
fn words_in_messages_are_escaped_and_shortened() {
    for (text, message) in [
        ("acl a\x1b path /x", r"character '\u{1b}' is not permitted in acl name 'a\u{1b}'"),
        ("acl a path -m \x1b[2J x", r"unknown match method '\u{1b}[2J'"),
        ("acl a src \x1b]0;x\x07", r"'\u{1b}]0;x\u{7}' is not an IPv4 or IPv6 address or network"),
        ("acl a path,add(\x1b) 1", r"'\u{1b}' is not the name of a variable"),
        ("acl a int(\x1b)", r"'\u{1b}' is not a number"),
        ("acl a path /x\nhttp-request deny if \\x1b", r"no acl named '\u{1b}' is defined above"),
        ("\u{202e}acl", r"unknown keyword '\u{202e}acl'"),
    ] {
        let errors = wrong(text);

        assert_eq!(errors[0].message, message, "{text:?}");
    }

    let errors = wrong(&"x".repeat(60_000));

    assert_eq!(errors[0].message, format!("unknown keyword '{}...'", "x".repeat(80)));
    assert_eq!(errors[0].word.len(), 60_000);
}

#[test]
fn byte_order_mark_is_named() {
    for text in ["\u{feff}acl a path /x", "\u{feff}# site\nacl a path /x", "\u{feff}"] {
        let errors = wrong(text);

        assert_eq!(
            errors[0].to_string(),
            "policy:1:1: error: the line begins with a byte order mark; \
             save the file as UTF-8 without one"
        );
    }
}

#[test]
fn what_is_hardly_meant_is_warned_of() {
    use DiagnosticKind as Kind;

    for (text, kind) in [
        ("acl a path", Kind::NoPattern),
        ("acl a path ''", Kind::NoPattern),
        ("http-request set-path /100%-", Kind::Misread),
        ("acl a path -m beg -u", Kind::Misread),
        ("acl a path /x '' /y", Kind::EmptyWord),
        ("# note\rhttp-request deny", Kind::CarriageReturn),
        ("http-request allow\rhttp-request deny\r", Kind::CarriageReturn),
        ("acl a hdr (host) x", Kind::SpaceBeforeParenthesis),
        ("acl a src 10.1", Kind::AbbreviatedAddress),
        ("http-request deny if", Kind::EmptyCondition),
        ("http-request deny\nhttp-request allow", Kind::Unreachable),
    ] {
        let policy = Policy::parse(text.as_bytes(), &Options::new()).expect(text);
        let warnings = policy.warnings();

        assert!(warnings.iter().any(|warning| warning.kind == kind), "{text}: {warnings:?}");
        assert!(warnings.iter().all(|warning| warning.severity == Severity::Warning));
    }
    for text in [
        "acl a path --",
        "acl a path -m found",
        "acl a hdr -- (host)",
        "acl a hdr -i (host)",
        "acl a path_reg (admin|login)",
        "acl a always_true",
    ] {
        let text = format!("{text}\nhttp-request deny if a\n");
        let policy = Policy::parse(text.as_bytes(), &Options::new()).expect(&text);

        assert_eq!(policy.warnings(), [], "{text}");
    }
}

#[test]
fn carriage_return_in_mid_line_is_named_with_its_place() {
    let text = b"http-request allow\r\n# note\rhttp-request deny\r\n";
    let policy = Policy::parse(text, &Options::new()).expect("valid");

    assert_eq!(
        policy.warnings().iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["policy:2:7: warning: a carriage return in mid-line: 18 bytes behind it are ignored; \
          end lines with LF or CRLF"]
    );
}

#[test]
fn carriage_return_before_the_line_feed_is_a_line_end() {
    for text in
        ["http-request deny\r\n# note\r\n\r\n", "http-request deny\r", "http-request deny\r \r\n"]
    {
        let policy = Policy::parse(text.as_bytes(), &Options::new()).expect(text);

        assert_eq!(policy.warnings(), [], "{text:?}");
    }
}

#[test]
fn configuration_without_a_rule_is_warned_of_and_allows() {
    for text in ["", "# nothing\n", "acl a path /x\n", "default_backend web\n"] {
        let policy = Policy::parse(text.as_bytes(), &Options::new()).expect(text);

        assert_eq!(
            policy.warnings().iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["policy:1:1: warning: no rule bears on access, so every request is allowed; \
              write one, for example 'http-request deny if !local'"],
            "{text}"
        );
        assert!(policy.decide(&crate::get("/x")).is_allowed(), "{text}");
    }
    for rule in ["http-request allow", "tcp-request content accept", "redirect prefix /x"] {
        let policy = Policy::parse(rule.as_bytes(), &Options::new()).expect(rule);

        assert_eq!(policy.warnings(), [], "{rule}");
    }
}

#[test]
fn limits_are_the_callers() {
    let text = "acl a path /x /y /z\nacl b path /x\n";
    let refusal = |options: Options| {
        let wrong = Policy::parse(text.as_bytes(), &options).expect_err("beyond the limit");
        wrong.errors().next().map(|error| (error.kind, error.line))
    };

    assert_eq!(refusal(Options::new().max_line(18)), Some((DiagnosticKind::Limit, 1)));
    assert_eq!(refusal(Options::new().max_lines(1)), Some((DiagnosticKind::Limit, 2)));
    assert_eq!(refusal(Options::new().max_patterns(3)), Some((DiagnosticKind::Limit, 2)));
    // Blanks do not count; what stands for variables does.
    assert_eq!(refusal(Options::new().max_bytes(23)), Some((DiagnosticKind::Limit, 2)));
    let all = Options::new().max_line(19).max_lines(2).max_bytes(24).max_patterns(4);
    assert!(Policy::parse(text.as_bytes(), &all).is_ok());
}

#[test]
fn a_variable_cannot_swell_a_configuration_without_bound() {
    let text = format!("global\nsetenv X {}\nfrontend f\n", "x".repeat(1000))
        + &"acl a path \"$X\"\n".repeat(100);

    let wrong = Config::parse(text.as_bytes(), &Options::new().max_bytes(50_000)).err();

    let limit = |error: &Diagnostic| error.kind == DiagnosticKind::Limit;
    assert!(wrong.is_some_and(|wrong| wrong.errors().any(limit)));
}

#[test]
fn refusal_says_why_even_when_full_of_warnings() {
    let text = "acl a path\n".repeat(10) + "acl b pth /x\n" + "acl c pth /x\n";
    let wrong =
        Policy::parse(text.as_bytes(), &Options::new().max_diagnostics(3)).expect_err("refused");

    assert_eq!(wrong.iter().count(), 3);
    assert_eq!(wrong.errors().next().map(|error| error.line), Some(11));
}
