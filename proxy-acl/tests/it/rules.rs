//! Rules beyond allow and deny: their order, what they change, what goes with the decision.

use core::ops::ControlFlow;

use proxy_acl::{Action, Options, Policy, Request, RequestView, Scratch, Tls};

use crate::{decide, from, get, policy, truth};

/// Backend, location, target and headers, as text.
fn outcome(text: &str, request: &RequestView<'_>) -> (String, String, String, String) {
    let policy = policy(text);
    let mut scratch = Scratch::new();
    let verdict = policy.decide_with(request, &mut scratch);
    let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut headers = String::new();
    let _ = verdict.request.headers(&mut |name, value| {
        headers += &format!("{}={};", show(name), show(value));
        ControlFlow::Continue(())
    });
    let backend = show(verdict.backend.unwrap_or_default());
    let location = show(verdict.location.unwrap_or_default());
    (backend, location, show(verdict.request.uri()), headers)
}

#[test]
fn legacy_redirect_comes_after_allow() {
    let decision = decide("http-request allow\nredirect location /x\n", &get("/"));

    assert_eq!(decision.action, Action::Redirect { status: 302 });
    assert_eq!(decision.line, Some(2));
}

#[test]
fn legacy_redirect_takes_its_target_literally() {
    let (_, location, ..) = outcome("redirect location /%[path]", &get("/a"));
    assert_eq!(location, "/%[path]");

    let (_, location, ..) = outcome("http-request redirect location /%[path]", &get("/a"));
    assert_eq!(location, "//a");
}

#[test]
fn redirects_keep_path_and_query_as_their_kind_says() {
    let request = get("/a?b").headers(&[(b"Host", b"H:80")]);
    for (rule, expected) in [
        ("location /x", "/x"),
        ("prefix https://n", "https://n/a?b"),
        ("prefix https://n drop-query", "https://n/a"),
        ("prefix / drop-query append-slash", "/a/"),
        ("scheme https code 307", "https://H:80/a?b"),
    ] {
        let (_, location, ..) = outcome(&format!("http-request redirect {rule}"), &request);

        assert_eq!(location, expected, "{rule}");
    }
}

#[test]
fn cookies_of_a_redirect_change_nothing_here() {
    let text = "redirect location /x set-cookie SEEN=1 code 301 clear-cookie OLD=";

    let decision = decide(text, &get("/"));

    assert_eq!(decision.action, Action::Redirect { status: 301 });
}

#[test]
fn accept_ends_its_own_list_only() {
    let text = "tcp-request content accept\ntcp-request content reject\nhttp-request deny";

    assert_eq!(decide(text, &get("/")).line, Some(3));
}

#[test]
fn tcp_rules_come_first_wherever_they_stand() {
    let text = "http-request deny\ntcp-request session reject if { src 192.0.2.0/24 }";

    assert_eq!(decide(text, &get("/")).action, Action::Reject);
    assert_eq!(decide(text, &from("10.0.0.1", "/")).action, Action::Deny { status: 403 });
}

#[test]
fn later_rules_see_what_earlier_ones_changed() {
    for (change, condition) in [
        ("set-path /admin", "path /admin"),
        ("set-query id=7", "urlp(id) 7"),
        ("set-query %[hdr(none)]", "url /x?"),
        ("set-pathq /y?z", "query z"),
        ("set-uri http://h/y", "hdr(host) h"),
        ("set-header x-a new", "hdr(x-a) new"),
        ("add-header x-a new", "hdr_cnt(x-a) 2"),
        ("del-header x-a", "hdr_cnt(x-a) 0"),
        ("del-header X-A -m str", "hdr_cnt(x-a) 0"),
        ("del-header X- -m beg", "hdr_cnt() 1"),
        ("del-header -A -m end", "hdr_cnt(x-a) 0"),
        ("del-header -A -m sub", "hdr_cnt(x-a) 0"),
        ("del-header ^x-a -m reg", "hdr_cnt(x-a) 0"),
        ("replace-header x-a (o)ld \\1n", "hdr(x-a) on"),
        ("replace-value x-a ^o <new>", "hdr(x-a) <new>"),
        ("replace-path /(.) /\\1\\1", "url /xx?q"),
        ("replace-pathq x.q y", "url y"),
        ("replace-uri ^/x(.*) /z\\1", "url /z?q"),
        ("set-src hdr(x-ip)", "src 10.9.9.9"),
        ("set-src-port int(99)", "src_port 99"),
        ("set-var(txn.a) path,upper", "var(txn.a) -m str /X"),
        ("set-var-fmt(txn.a) <%[src]>", "var(txn.a) -m str <192.0.2.1>"),
        ("set-var(txn.a) src", "var(txn.a) -m ip 192.0.2.0/24"),
    ] {
        let headers: &[(&[u8], &[u8])] =
            &[(b"Host", b"n"), (b"X-A", b"old"), (b"X-Ip", b"10.9.9.9")];
        let request = get("/x?q").headers(headers);
        let rule = format!("http-request deny if {{ {condition} }}");

        let without = decide(&rule, &request);
        let with = decide(&format!("http-request {change}\n{rule}"), &request);

        assert!(without.is_allowed(), "{condition}");
        assert_eq!(with.line, Some(2), "{change}");
    }
}

/// Answers of haproxy 2.6.12.
#[test]
fn deny_status_needs_a_page_only_where_nothing_else_is_said() {
    for said in [
        "content-type text/plain string x",
        "content-type text/plain",
        "hdr x-why %[src]",
        "errorfile 418.http",
        "status 418",
    ] {
        let rule = format!("http-request deny deny_status 418 {said}");

        for text in [format!("{rule} if {{ path /x }}"), rule] {
            assert_eq!(decide(&text, &get("/x")).action, Action::Deny { status: 418 }, "{text}");
        }
    }
    for said in ["", "if TRUE", "unless TRUE", "default-errorfiles", "foo"] {
        let text = format!("http-request deny deny_status 418 {said}");

        assert!(Policy::parse(text.as_bytes(), &Options::new()).is_err(), "{text}");
    }
}

/// Answers of haproxy 2.6.12.
#[test]
fn an_emptied_query_keeps_the_mark_that_was_there() {
    for (target, expected) in [("/x", "/x"), ("/x?", "/x?"), ("/x?q", "/x?"), ("/x?q?r", "/x?")] {
        let rule = format!("http-request deny if {{ url -m str {expected} }}");

        let decision =
            decide(&format!("http-request set-query %[hdr(none)]\n{rule}"), &get(target));

        assert_eq!(decision.line, Some(2), "{target}");
    }
}

/// Answers of haproxy 2.6.12.
#[test]
fn targets_without_a_path_are_rewritten_as_a_whole_or_not_at_all() {
    for (change, of_server, of_tunnel) in [
        ("replace-uri . a", "a", "a"),
        ("replace-uri [*] /y", "/y", "h:443"),
        ("replace-path . a", "*", "h:443"),
        ("replace-pathq . a", "*", "h:443"),
    ] {
        for (method, target, expected) in
            [("OPTIONS", "*", of_server), ("CONNECT", "h:443", of_tunnel)]
        {
            let rule = format!("http-request deny if {{ url -m str {expected} }}");
            let client = "192.0.2.1:1".parse().expect("an address");
            let request = RequestView::new(method.as_bytes(), target.as_bytes(), client);

            let decision = decide(&format!("http-request {change}\n{rule}"), &request);

            assert_eq!(decision.line, Some(2), "{change} {target}");
        }
    }
}

/// Answers of haproxy 2.6.12.
#[test]
fn flags_of_values_tell_how_they_are_written() {
    let headers: &[(&[u8], &[u8])] = &[(b"x-tag", b"a\"b\\c]\x01"), (b"x-empty", b"")];
    let request = get("/").headers(headers);

    for (format, message, variable) in [
        ("%[hdr(x-tag)]", r#"a"b\c]%01"#, "a\"b\\c]\x01"),
        ("%{+Q}[hdr(x-tag)]", r#"a"b\c]%01"#, "\"a\"b\\c]\x01\""),
        ("%{+E}[hdr(x-tag)]", r#"a\"b\\c\]%01"#, "a\\\"b\\\\c\\]\x01"),
        ("%{+E,+Q}[hdr(x-tag)]", r#"a\"b\\c\]%01"#, "\"a\\\"b\\\\c\\]\x01\""),
        ("<%[hdr(no)]>", "<>", "<>"),
        ("<%{+Q}[hdr(no)]>", "<>", r#"<"">"#),
        ("<%{+M}[hdr(no)]>", "<>", "<->"),
        ("<%{+M}[hdr(x-empty)]>", "<>", "<->"),
        ("<%{+M,+Q}[hdr(no)]>", "<>", r#"<"">"#),
        ("%{+X}[int(255)]", "255", "255"),
        ("%{+Q}o%[int(1)]%{-Q}[int(2)]%[int(3)]", "123", r#""1"2"3""#),
        ("%[int(1)]%{+Q}o%[int(2)]%o%[int(3)]", "123", r#"1"2""3""#),
        ("<%[str(a%00b),url_dec]>", "<a%00b>", "<a>"),
        ("<%{+M}[str(%00b),url_dec]>", "<%00b>", "<>"),
        ("100%) %-%[int(1)]%.", "100) -1.", "100) -1."),
    ] {
        let text = format!(
            "http-request set-var-fmt(txn.a) \"{format}\"\n\
             http-request set-header a \"{format}\"\n\
             http-request set-header b %[var(txn.a),hex]\n"
        );

        let (_, _, _, headers) = outcome(&text, &request);

        let hex: String = variable.bytes().map(|byte| format!("{byte:02X}")).collect();
        assert!(headers.ends_with(&format!(";a={message};b={hex};")), "{format}: {headers}");
    }
}

#[test]
fn normal_forms_are_seen_by_later_rules() {
    for (normalizer, uri, expected) in [
        ("path-merge-slashes", "//a//b?c//d", "/a/b?c//d"),
        ("path-strip-dot", "/./a/.?/./", "/a/?/./"),
        ("path-strip-dotdot", "/a/../b?/../", "/b?/../"),
        ("percent-decode-unreserved", "/%61?%62", "/a?b"),
        ("percent-to-uppercase", "/%2f?%2f", "/%2F?%2F"),
        ("query-sort-by-name", "/x?b=1&a=2", "/x?a=2&b=1"),
        ("path-merge-slashes", "*", "*"),
        ("query-sort-by-name", "*?b=1&a=2", "*?b=1&a=2"),
        ("path-merge-slashes", "http://h//a", "http://h/a"),
    ] {
        let (_, _, after, _) =
            outcome(&format!("http-request normalize-uri {normalizer}"), &get(uri));

        assert_eq!(after, expected, "{normalizer} {uri}");
    }
    let misread = "http-request normalize-uri percent-decode-unreserved if TRUE";
    assert_eq!(outcome(misread, &get("//%61")).2, "/%61");
    let strict = "http-request normalize-uri percent-decode-unreserved strict";
    assert_eq!(decide(strict, &get("/%zz")).action, Action::Deny { status: 400 });
}

#[test]
fn services_and_passwords_end_the_rules() {
    let text = "http-request auth realm x if { path /a }\nhttp-request use-service prometheus-exporter if { path /b }";

    assert_eq!(decide(text, &get("/a")).action, Action::Authenticate);
    assert_eq!(decide(text, &get("/b")).action, Action::Service);
}

#[test]
fn actions_without_bearing_on_access_may_have_arguments_and_a_condition() {
    for condition in ["", " if TRUE", " unless FALSE"] {
        let text = format!("http-request set-tos 8{condition}\nhttp-request deny");

        assert_eq!(decide(&text, &get("/")).line, Some(2));
    }
}

#[test]
fn unset_variable_is_missing_again() {
    let text = "http-request set-var(txn.a) path\nhttp-request unset-var(txn.a)\n\
                http-request deny if { var(txn.a) -m found }";

    assert!(decide(text, &get("/")).is_allowed());
}

#[test]
fn changes_do_not_outlive_the_request() {
    let policy = policy(
        "http-request deny if { var(txn.a) -m found }\n\
         http-request set-var(txn.a) path\nhttp-request add-header x y\nhttp-request set-path /z",
    );
    let mut scratch = Scratch::new();

    for path in ["/a", "/b"] {
        let request = get(path);
        let verdict = policy.decide_with(&request, &mut scratch);

        assert!(verdict.decision.is_allowed());
        assert_eq!(verdict.request.path(), Some(&b"/z"[..]));
    }
}

#[test]
fn allowed_request_goes_to_the_first_backend_that_applies() {
    let text =
        "use_backend a if { path /a }\nuse_backend %[hdr(x)] if { path /b }\ndefault_backend c";
    let headers: &[(&[u8], &[u8])] = &[(b"x", b"named")];

    assert_eq!(outcome(text, &get("/a")).0, "a");
    assert_eq!(outcome(text, &get("/b").headers(headers)).0, "named");
    assert_eq!(outcome(text, &get("/c")).0, "c");
    assert_eq!(outcome("http-request deny\nuse_backend a", &get("/")).0, "");
}

#[test]
fn default_port_vanishes_before_any_rule() {
    let request = get("http://h:80/a").headers(&[(b"Host", b"h:80")]);

    let (_, _, uri, headers) = outcome("http-request set-header x y", &request);

    assert_eq!(uri, "http://h/a");
    assert_eq!(headers, "Host=h;x=y;");
}

#[test]
fn control_characters_of_values_are_encoded() {
    let request = get("/").headers(&[(b"x", b"a\x01b\x7f\tc")]);

    let (.., headers) = outcome("http-request set-header y %[hdr(x)]", &request);

    assert_eq!(headers, "x=a\x01b\x7f\tc;y=a%01b%7F\tc;");
}

#[test]
fn name_of_the_tls_connection_can_be_asked_for() {
    let text = "http-request deny if { ssl_fc_sni_end .example }";
    let tls = get("/").tls(Tls::new().server_name(b"a.example").protocol(b"h2"));

    assert!(decide(text, &get("/")).is_allowed());
    assert!(!decide(text, &tls).is_allowed());
    assert!(!decide("http-request deny if { ssl_fc_alpn h2 } { ssl_fc }", &tls).is_allowed());
}

#[test]
fn both_ways_to_a_decision_agree_where_no_rule_changes_anything() {
    let policy = policy(
        "tcp-request connection accept if { path /a }\n\
         tcp-request content reject if { path /b }\n\
         http-request allow if { path /c }\n\
         http-request redirect location /%[path] code 303 if { path /d }\n\
         http-request deny if { path /e } or { path /a } or { url * }\n\
         redirect prefix /x if { path /c } or { path /f }\n\
         use_backend web if { path /g }\n",
    );
    let mut scratch = Scratch::new();
    let mut lines = Vec::new();

    for uri in ["/a", "/b", "/c", "/d", "/e", "/f", "/g", "*", "http://h/b", "http://h:80/e"] {
        let request = get(uri);
        let decision = policy.decide(&request);

        assert_eq!(decision, policy.decide_with(&request, &mut scratch).decision, "{uri}");
        assert_eq!(decision, policy.explain(&request).decision, "{uri}");
        lines.push(decision.line);
    }

    let expected = [5, 2, 6, 4, 5, 6, 0, 5, 2, 5].map(|line| (line > 0).then_some(line));
    assert_eq!(lines, expected);
}

#[test]
fn acl_is_asked_behind_the_first_changes_only() {
    let policy = policy(
        "tcp-request connection set-src src,ipmask(24)\n\
         http-request set-var(txn.a) path if { path /a }\n\
         http-request set-header x new\n\
         http-request set-var(txn.b) path\n\
         acl masked src 192.0.2.0/32\nacl first var(txn.a) -m found\n\
         acl header hdr(x) new\nacl second var(txn.b) -m found\n",
    );

    let truths =
        |uri| ["masked", "first", "header", "second"].map(|name| policy.acl(name, &get(uri)));

    assert_eq!(truths("/a"), [true, true, false, false].map(Some));
    assert_eq!(truths("/b"), [true, false, false, false].map(Some));
}

#[test]
fn changed_destination_and_method_go_on_with_the_request() {
    let policy = policy(
        "http-request set-dst src\nhttp-request set-dst-port int(8443)\n\
         http-request set-method POST\n\
         http-request deny if { method POST } or !{ dst 192.0.2.1 } or !{ dst_port 8443 }\n",
    );
    let request = get("/").destination("198.51.100.1:80".parse().expect("an address"));
    assert!(truth("dst 198.51.100.1", &request));
    let mut scratch = Scratch::new();

    let verdict = policy.decide_with(&request, &mut scratch);

    // HAProxy knows the common methods by a number that this rule does not change.
    assert!(verdict.decision.is_allowed());
    assert_eq!(verdict.request.method(), b"POST");
    assert_eq!(verdict.request.destination(), "192.0.2.1:8443".parse().ok());
    let shown = format!("{verdict:?}");
    assert!(shown.contains("Allow") && shown.contains("POST"), "{shown}");
}

#[test]
fn uncommon_method_is_seen_changed() {
    let text = "http-request set-method BREW\nhttp-request deny if { method BREW }";
    let request = RequestView::new(b"STEEP", b"/", get("/").source());

    assert_eq!(decide(text, &request).line, Some(2));
    assert!(decide("http-request deny if { method BREW }", &request).is_allowed());
}

/// Answers of haproxy 2.6.12.
#[test]
fn authority_of_the_target_follows_a_replaced_host() {
    let headers: &[(&[u8], &[u8])] = &[(b"Host", b"evil.org")];
    for (rules, uri, expected) in [
        (
            "http-request replace-header host (.*) n.example",
            "http://evil.org/a",
            "http://n.example/a",
        ),
        (
            "http-request replace-header host evil n.example",
            "http://evil.org/a",
            "http://n.example/a",
        ),
        ("http-request replace-value host evil.* n,b", "http://evil.org/a", "http://n,b/a"),
        (
            "http-request replace-header host nope n.example",
            "http://evil.org/a",
            "http://evil.org/a",
        ),
        ("http-request replace-header host (.*) n.example", "/a", "/a"),
        (
            "http-request replace-path .* x\nhttp-request replace-header host (.*) n.example",
            "http://evil.org/a",
            "http://n.example",
        ),
    ] {
        let policy = policy(rules);
        let mut scratch = Scratch::new();
        let request = get(uri).headers(headers);

        let verdict = policy.decide_with(&request, &mut scratch);

        assert_eq!(String::from_utf8_lossy(verdict.request.uri()), expected, "{rules}");
    }
}

/// Answers of haproxy 2.6.12.
#[test]
fn variable_is_set_under_the_conditions_of_its_brackets() {
    let old = ["", "str(old)", "int(5)"];
    for (guard, value, expected) in [
        ("ifexists", "str(new)", ["-", "new", "new"]),
        // Nothing behind an empty condition counts.
        (",ifexists", "str(new)", ["new", "new", "new"]),
        ("ifexists,,x", "str(new)", ["-", "new", "new"]),
        ("ifset", "int(7)", ["-", "7", "7"]),
        ("ifnotexists", "str(new)", ["new", "old", "5"]),
        ("ifnotset", "int(7)", ["7", "old", "5"]),
        ("ifempty", "str(new)", ["-", "old", "5"]),
        ("ifempty", "int(7)", ["-", "old", "5"]),
        ("ifempty", "str()", ["", "", ""]),
        ("ifnotempty", "str(new)", ["new", "new", "new"]),
        ("ifnotempty", "str()", ["-", "old", "5"]),
        ("ifgt", "int(7)", ["7", "7", "5"]),
        ("ifgt", "int(3)", ["3", "3", "3"]),
        ("ifgt", "str(new)", ["new", "new", "new"]),
        ("iflt", "int(7)", ["7", "7", "7"]),
        ("iflt", "int(3)", ["3", "3", "5"]),
        ("ifset,ifnotempty", "str(new)", ["-", "new", "new"]),
    ] {
        for (old, expected) in old.into_iter().zip(expected) {
            let before = match old {
                "" => "unset-var(txn.a)".to_owned(),
                old => format!("set-var(txn.a) {old}"),
            };
            let text = format!(
                "http-request {before}\nhttp-request set-var(txn.a,{guard}) {value}\n\
                 http-request redirect location \"%[var(txn.a,-)]\""
            );
            let policy = policy(&text);
            let (request, mut scratch) = (get("/"), Scratch::new());

            let verdict = policy.decide_with(&request, &mut scratch);

            let location = String::from_utf8_lossy(verdict.location.unwrap_or_default());
            assert_eq!(location, expected, "{text}");
        }
    }
}

/// What haproxy 2.6.12 answers.
#[test]
fn redirect_to_nowhere_may_be_ignored() {
    let headers: [(&[u8], &[u8]); 1] = [(b"k", b"v")];
    for (rule, bare, with_header) in [
        ("location %[hdr(k)] ignore-empty", None, Some("v")),
        ("location %[hdr(k)]", Some(""), Some("v")),
        ("location x%[hdr(k)] ignore-empty", Some("x"), Some("xv")),
        ("prefix %[hdr(k)] ignore-empty", Some("/a"), Some("v/a")),
    ] {
        let policy = policy(&format!("http-request redirect {rule}\nhttp-request deny"));
        let mut scratch = Scratch::new();
        for (request, expected) in [(get("/a"), bare), (get("/a").headers(&headers), with_header)] {
            let verdict = policy.decide_with(&request, &mut scratch);

            assert_eq!(verdict.location, expected.map(str::as_bytes), "{rule}");
            assert_eq!(verdict.decision, policy.decide(&request), "{rule}");
        }
    }
}
