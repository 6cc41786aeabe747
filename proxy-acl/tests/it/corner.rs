//! Where HAProxy surprises. Each answer was seen on haproxy 2.6.12.

use proxy_acl::{Action, Options, Policy};

use crate::{decide, denied, from, get, policy, truth};

#[test]
fn boolean_fetch_ignores_patterns() {
    assert!(truth("always_true 0", &get("/")));
    assert!(!truth("always_false 1", &get("/")));
    assert!(truth("always_false -m found", &get("/")));
}

#[test]
fn unless_alone_always_applies() {
    assert!(denied("unless"));
}

#[test]
fn if_alone_never_applies() {
    assert!(!denied("if"));
}

#[test]
fn empty_word_ends_patterns() {
    assert!(truth("path /a '' /b", &get("/a")));
    assert!(!truth("path /a '' /b", &get("/b")));
    assert!(!truth("path '' /a", &get("/a")));
    assert!(!truth("path -u 5 '' /a", &get("/a")));
}

#[test]
fn method_without_regard_to_case_is_no_known_method() {
    assert!(!truth("method -i get", &get("/")));
    assert!(truth("method -m str -i get", &get("/")));
}

#[test]
fn predefined_get_holds_for_head() {
    let mut request = get("/");
    request.method = b"HEAD";

    let decision = decide("http-request deny if METH_GET", &request);

    assert!(!decision.is_allowed());
}

#[test]
fn less_than_a_negative_is_up_to_the_positive() {
    for (value, expected) in [("5", true), ("6", false), ("-7", true)] {
        let headers = [(&b"x"[..], value.as_bytes())];
        let request = get("/").headers(&headers);

        assert_eq!(truth("hdr(x) -m int lt -5", &request), expected, "{value}");
        assert_eq!(truth("hdr(x) -m int -- -5", &request), expected, "{value}");
    }
}

#[test]
fn length_less_than_zero_always_holds() {
    assert!(truth("path_len lt 0", &get("/")));
}

#[test]
fn v6_loopback_is_in_the_whole_of_v4() {
    assert!(truth("src 0.0.0.0/0", &from("::1", "/")));
}

#[test]
fn v4_is_in_the_whole_of_v6() {
    assert!(truth("src ::/0", &from("10.0.0.1", "/")));
    assert!(!truth("src ::/96", &from("10.0.0.1", "/")));
}

#[test]
fn mapped_source_is_not_its_v4_text() {
    let request = from("::ffff:10.0.0.1", "/");

    assert!(truth("src 10.0.0.0/8", &request));
    assert!(!truth("src -m beg 10.", &request));
    assert!(truth("src -m str ::ffff:10.0.0.1", &request));
}

#[test]
fn domain_matches_inside_longer_names() {
    for (host, expected) in [
        ("example.com.evil.org", true),
        ("example.com:8080", true),
        ("www.example.com", true),
        ("notexample.com", false),
    ] {
        let headers = [(&b"Host"[..], host.as_bytes())];
        assert_eq!(
            truth("hdr_dom(host) example.com", &get("/").headers(&headers)),
            expected,
            "{host}"
        );
    }
}

#[test]
fn header_splits_user_agents_at_commas() {
    let headers = [(&b"User-Agent"[..], &b"Mozilla/5 (KHTML, like Gecko)"[..])];
    let request = get("/").headers(&headers);

    assert!(truth("hdr(user-agent) 'like Gecko)'", &request));
    assert!(!truth("hdr(user-agent) 'Mozilla/5 (KHTML, like Gecko)'", &request));
}

#[test]
fn directory_of_slashes_alone_never_matches() {
    assert!(!truth("path_dir /", &get("/")));
    assert!(!truth("path_dir /", &get("/a/b")));
    assert!(truth("path_dir /a/", &get("/a/b")));
}

#[test]
fn trailing_blanks_in_pattern_files_count() {
    let options = Options::new()
        .pattern_file("list", "# comment\r\n\r\n  /lead\r\n/trail  \r\n/three # c\n #odd\n");
    let policy = Policy::parse(b"acl a path -f list", &options).expect("valid");

    for (path, expected) in [
        ("/lead", true),
        ("/trail", false),
        ("/trail  ", true),
        ("/three # c", true),
        ("/three", false),
    ] {
        assert_eq!(policy.acl("a", &get(path)), Some(expected), "{path}");
    }
}

#[test]
fn case_is_ignored_only_in_files_behind_the_flag() {
    let options = Options::new().pattern_file("a", "/A\n").pattern_file("b", "/B\n");
    let policy = Policy::parse(b"acl a path -f a -i -f b /C", &options).expect("valid");

    for (path, expected) in [("/A", true), ("/a", false), ("/b", true), ("/c", true)] {
        assert_eq!(policy.acl("a", &get(path)), Some(expected), "{path}");
    }
}

#[test]
fn flag_behind_a_pattern_is_a_pattern() {
    let headers = [(&b"x"[..], &b"-i"[..])];

    assert!(truth("hdr(x) lo -i", &get("/").headers(&headers)));
}

#[test]
fn match_method_replaces_the_suffix() {
    assert!(truth("path_beg -m end .php", &get("/x.php")));
    assert!(!truth("path_beg -m str /x", &get("/x.php")));
}

#[test]
fn space_before_brackets_makes_a_pattern() {
    let policy = policy("acl a hdr (host) x\nhttp-request deny if a");
    let headers = [(&b"anything"[..], &b"(host)"[..])];

    assert_eq!(policy.acl("a", &get("/").headers(&headers)), Some(true));
    assert_eq!(policy.warnings().len(), 1);
}

#[test]
fn every_value_of_every_line_is_tried() {
    let headers = [(&b"X"[..], &b"a, b"[..]), (b"y", b"n"), (b"x", b"c,"), (b"x_", b"d")];
    let request = get("/").headers(&headers);

    for (expression, expected) in [
        ("hdr(x) c", true),
        ("hdr(x) d", false),
        ("hdr(x) n", false),
        ("hdr(x,1) a", true),
        ("hdr(x,2) a", false),
        ("hdr(x,-1) -m len 0", true),
        ("hdr(x,-2) c", true),
        ("hdr(x,-4) a", true),
        ("hdr(x,5) -m found", false),
        ("hdr(x,-5) -m found", false),
        ("hdr n", true),
    ] {
        assert_eq!(truth(expression, &request), expected, "{expression}");
    }
}

#[test]
fn missing_sample_is_false_and_its_negation_true() {
    assert!(!truth("path -m found", &get("*")));
    assert!(!decide("http-request deny if !{ path_beg / }", &get("*")).is_allowed());
}

#[test]
fn acl_lines_of_one_name_are_alternatives() {
    let text = "acl a path /x\nhttp-request deny if a\nacl a path -i /Y";

    assert_eq!(decide(text, &get("/x")).line, Some(2));
    assert_eq!(decide(text, &get("/y")).line, Some(2));
    assert_eq!(decide(text, &get("/X")).line, None);
}

#[test]
fn users_acl_replaces_a_predefined_one() {
    let text = "acl METH_GET path /x\nhttp-request deny if METH_GET";

    assert!(decide(text, &get("/y")).is_allowed());
    assert!(!decide(text, &get("/x")).is_allowed());
}

#[test]
fn conditions_are_read_leniently() {
    for (condition, expected) in [
        ("if TRUE FALSE", false),
        ("if FALSE or TRUE", true),
        ("if TRUE FALSE || TRUE", true),
        ("if !FALSE", true),
        ("if ! FALSE", true),
        ("if !! FALSE", false),
        ("if ! ! { always_false }", false),
        ("if TRUE !", true),
        ("if or TRUE", true),
        ("if TRUE or or", true),
        ("if ! or FALSE", false),
        ("if TRUE !or FALSE", true),
        ("unless FALSE Or FALSE", true),
        ("unless TRUE", false),
        ("if !{ always_false }", true),
    ] {
        assert_eq!(denied(condition), expected, "{condition}");
    }
}

#[test]
fn first_rule_that_applies_decides() {
    let text = "\
# comment
http-request allow if { path /open }

http-request deny deny_status 404 if { path_beg /o }
http-request deny status 418 if { path_beg / }
";

    let open = decide(text, &get("/open"));
    let other = decide(text, &get("/other"));
    let teapot = decide(text, &get("/"));

    assert_eq!((open.action, open.line), (Action::Allow, Some(2)));
    assert_eq!((other.action, other.line), (Action::Deny { status: 404 }, Some(4)));
    assert_eq!((teapot.action, teapot.line), (Action::Deny { status: 418 }, Some(5)));
}

#[test]
fn no_rule_allows() {
    for text in ["", "\n", "# nothing", "acl a path /x"] {
        let decision = decide(text, &get("/x"));

        assert_eq!((decision.action, decision.line), (Action::Allow, None));
    }
}

#[test]
fn names_are_those_of_the_file() {
    let policy = policy("acl b path /x\nacl a path /y\nhttp-request deny if TRUE { src ::1 }");

    assert_eq!(policy.acl_names().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(policy.acl("c", &get("/")), None);
}

#[test]
fn converter_drops_the_suffix() {
    let request = get("/").headers(&[(b"x", b"an Admin"), (b"x", b"ADMIN")]);

    assert!(truth("hdr_sub(x) dmi", &request));
    assert!(!truth("hdr_sub(x),lower dmi", &request));
    assert!(truth("hdr_sub(x),lower admin", &request));
}

#[test]
fn header_value_takes_a_point_for_a_digit() {
    let request = get("/").headers(&[(b"x", b"5.9")]);

    assert!(truth("hdr_val(x) 489", &request));
    assert!(truth("hdr(x) -m int 5", &request));
}

#[test]
fn cookie_without_value_is_not_found() {
    let request = get("/").headers(&[(b"Cookie", b"sid=")]);

    assert!(!truth("cook(sid) -m found", &request));
}

#[test]
fn backslash_in_a_cookie_escapes_only_between_quotes() {
    let request = get("/").headers(&[(b"Cookie", br#"a=\;b=2; c="\";d=3"; e=4"#)]);

    assert!(truth("cook(b) 2", &request));
    assert!(!truth("cook(d) -m found", &request));
    assert!(truth("cook(e) 4", &request));
}

#[test]
fn low_half_of_a_number_is_an_address() {
    assert!(truth("int(4294967298) -m ip 0.0.0.2", &get("/")));
    assert!(!truth("int(4294967298) -m ip 255.255.255.255", &get("/")));
}

#[test]
fn port_stays_in_a_target_of_another_scheme() {
    let request = get("ftp://example.com:443/").headers(&[(b"Host", b"example.com:443")]);

    assert!(truth("url ftp://example.com:443/", &request));
    assert!(truth("hdr(host) example.com:443", &request));
}

#[test]
fn parameter_without_equal_sign_is_not_found() {
    assert!(!truth("urlp(id) -m found", &get("/?id")));
    assert!(truth("urlp(id) -m found", &get("/?id=")));
}

#[test]
fn missing_word_is_found_and_missing_field_is_not() {
    assert!(truth("path,word(5,/) -m found", &get("/a")));
    assert!(!truth("path,field(5,/) -m found", &get("/a")));
}

#[test]
fn malformed_escape_makes_the_sample_missing() {
    assert!(truth("path,url_dec -m beg /admin", &get("/%61dmin")));
    assert!(!truth("path,url_dec -m beg /admin", &get("/admin%zz")));
}

#[test]
fn value_that_cannot_be_converted_hides_those_behind_it() {
    let request = get("/").headers(&[(b"x", b"%zz, admin")]);

    assert!(!truth("hdr(x),url_dec admin", &request));
}

#[test]
fn default_of_a_map_needs_a_sample() {
    let options = Options::new().pattern_file("m", "/a yes\n");
    let policy = Policy::parse(b"acl a hdr(x),map(m,no) no", &options).expect("valid");

    assert_eq!(policy.acl("a", &get("/")), Some(false));
    assert_eq!(policy.acl("a", &get("/").headers(&[(b"x", b"y")])), Some(true));
}

#[test]
fn keys_of_a_map_can_be_patterns() {
    let options = Options::new().pattern_file("m", "/a yes\n/b  no\n");
    let policy = Policy::parse(b"acl a path -M -f m", &options).expect("valid");

    assert_eq!(policy.acl("a", &get("/b")), Some(true));
    assert_eq!(policy.acl("a", &get("/b  no")), Some(false));
}

#[test]
fn expressions_that_read_otherwise_elsewhere_are_pcres() {
    for (pattern, path, expected) in [
        (r"\.php$", "/a.php", true),
        ("/a{,3}$", "/a{,3}", true),
        ("[]a]b", "/]b", true),
        ("[a&&b]c", "/&c", true),
        (r"\<a", "/<a", true),
        (r"\Q.\E", "/a", false),
    ] {
        assert_eq!(truth(&format!("path_reg '{pattern}'"), &get(path)), expected, "{pattern}");
    }
    assert!(truth("path,url_dec -m reg 'php$'", &get("/a.php%0a")));
}

#[test]
fn json_values_are_matched_by_their_types() {
    let headers: [(&[u8], &[u8]); 1] = [(
        b"x",
        br#"{"user":{"id":42,"ok":true,"tags":["a","b"],"big":5.7,"name":"\u004A\u006f"}}"#,
    )];
    let request = get("/").headers(&headers);

    for (expression, expected) in [
        ("'req.fhdr(x),json_query(\"$.user.id\",\"int\")' -m int gt 41", true),
        ("'req.fhdr(x),json_query(\"$.user.id\")' -m str 42", true),
        ("'req.fhdr(x),json_query(\"$.user.ok\")' -m bool", true),
        ("'req.fhdr(x),json_query(\"$.user.name\")' -m str Jo", true),
        ("'req.fhdr(x),json_query(\"$.user.big\")' -m str 5.7", true),
        ("'req.fhdr(x),json_query(\"$.user.big\",\"int\")' -m str 5.7", false),
        ("'req.fhdr(x),json_query(\"$.user.tags[1]\")' -m str b", true),
        ("'req.fhdr(x),json_query(\"$.user.tags\")' -m found", false),
        // The commas split the header.
        ("'req.hdr(x),json_query(\"$.user.ok\")' -m found", false),
    ] {
        assert_eq!(truth(expression, &request), expected, "{expression}");
    }
}

#[test]
fn bytes_and_numbers_become_each_other() {
    let headers: [(&[u8], &[u8]); 1] = [(b"x", b"ff")];
    let request = get("/ab").headers(&headers);

    for expression in [
        "hdr(x),hex2i 255",
        "hdr(x),hex2i,htonl,hex -m str 000000FF",
        "'path,be2dec(.,1)' -m str 47.97.98",
        "'path,be2hex(:,2)' -m str 2F61:62",
        "'path,add_item(;,,x=1)' -m str '/ab;x=1'",
        "'path,ltrim(/ab),add_item(;,,x=1)' -m str x=1",
        "path,url_dec,cut_crlf -m str /ab",
    ] {
        assert!(truth(expression, &request), "{expression}");
    }
    assert!(truth("path,url_dec,cut_crlf -m str /a", &get("/a%0d%0ab")));
}

#[test]
fn name_of_a_method_is_a_method_that_must_be_told_how_to_match() {
    assert!(truth("meth(GET) -m str GET", &get("/")));
    assert!(truth("meth(PURGE),lower purge", &get("/")));
    assert!(!truth("meth(get) -m str GET", &get("/")));
    for expression in ["meth(GET) GET", "meth(A/B) -m str GET"] {
        let text = format!("acl a {expression}");
        assert!(Policy::parse(text.as_bytes(), &Options::new()).is_err(), "{expression}");
    }
}
