//! What is said of words that stand in the wrong place.

use proxy_acl::{Config, Diagnostic, DiagnosticKind as Kind, Options, Policy};

/// What is said of bare rules, which may be refused.
fn said(text: &str) -> Vec<Diagnostic> {
    match Policy::parse(text.as_bytes(), &Options::new()) {
        Ok(policy) => policy.warnings().to_vec(),
        Err(diagnostics) => diagnostics.into_iter().collect(),
    }
}

fn said_of_config(text: &str) -> Vec<Diagnostic> {
    match Config::parse(text.as_bytes(), &Options::new()) {
        Ok(config) => config.warnings().to_vec(),
        Err(diagnostics) => diagnostics.into_iter().collect(),
    }
}

fn places(all: &[Diagnostic]) -> Vec<(u32, u32, Kind)> {
    all.iter().map(|one| (one.line, one.column, one.kind)).collect()
}

#[test]
fn flag_behind_patterns_is_told_as_such_alone() {
    for (expression, column) in [
        ("hdr(host) x -i", 36),
        ("hdr(user-agent) -m sub curl -i", 52),
        ("path /x -m beg y", 32),
        ("path /x -f list", 32),
    ] {
        let all = said(&format!("http-request deny if {{ {expression} }}"));

        assert_eq!(places(&all), [(1, column, Kind::Misread)], "{expression}: {all:?}");
        assert!(all[0].message.contains("flags stand before them"), "{}", all[0]);
    }
    for meant in ["hdr(x) -i a", "hdr(x) -- a -i", "int(5) gt -5"] {
        assert_eq!(places(&said(&format!("http-request deny if {{ {meant} }}"))), [], "{meant}");
    }
}

#[test]
fn words_that_join_terms_are_told_among_patterns() {
    for (expression, expected) in [
        ("hdr(x) a or hdr(x) b", &[(1, 33, Kind::Misread)][..]),
        ("hdr(x) a || b", &[(1, 33, Kind::Misread)]),
        ("hdr(x) a AND b", &[(1, 33, Kind::Misread)]),
        ("hdr(x) trick or", &[]),
        ("hdr(x) or treat", &[]),
    ] {
        let all = said(&format!("http-request deny if {{ {expression} }}"));

        assert_eq!(places(&all), expected, "{expression}");
    }
}

#[test]
fn header_without_brackets_around_its_name_is_told() {
    let all = said("http-request deny if { hdr Host x }");

    assert_eq!(places(&all), [(1, 28, Kind::Misread)]);
    assert_eq!(all[0].suggestion.as_deref(), Some("write 'hdr(Host)' to look at this header"));
    assert_eq!(said("http-request deny if { hdr x }"), []);
    assert_eq!(said("http-request deny if { hdr(x) host }"), []);
}

#[test]
fn expression_without_braces_is_one_report_that_shows_them() {
    for (condition, column, word) in [
        ("path /x", 22, "path"),
        ("!hdr(host) -i x", 23, "hdr(host)"),
        ("nbsrv(b) 1", 22, "nbsrv(b)"),
    ] {
        let all = said(&format!("http-request deny if {condition}"));

        assert_eq!(places(&all), [(1, column, Kind::UnknownAcl)], "{condition}");
        let help = format!("put an expression in braces: '{{ {word} ... }}'");
        assert_eq!(all[0].suggestion.as_deref(), Some(&*help));
    }
}

#[test]
fn every_word_of_a_condition_that_names_no_acl_is_told() {
    let above = "an acl must be defined above its use";
    let joined = "terms side by side are and-ed";
    for (condition, expected) in [
        ("quux frob", &[(22, above), (27, above)][..]),
        ("TRUE and FALSE", &[(27, joined)]),
        ("TRUE AND FALSE", &[(27, joined)]),
        ("TRUE && FALSE", &[(27, joined)]),
        ("TRUE }", &[(27, "there is no '{' before it")]),
    ] {
        let all = said(&format!("http-request deny if {condition}"));

        assert!(all.iter().all(|one| one.kind == Kind::UnknownAcl), "{condition}: {all:?}");
        let told: Vec<(u32, &str)> =
            all.iter().map(|one| (one.column, one.suggestion.as_deref().unwrap_or(""))).collect();
        assert_eq!(told, expected, "{condition}");
    }
}

#[test]
fn actions_on_access_are_told_where_none_has_such_a_name() {
    let all = said("http-request quuxfrob");

    assert_eq!(places(&all), [(1, 14, Kind::Action)]);
    let hint = all[0].suggestion.as_deref().unwrap_or_default();
    assert!(hint.starts_with("it takes, among others, '") && hint.contains("'deny'"), "{hint}");
    assert!(!hint.contains("'set-nice'"), "{hint}");
}

#[test]
fn parentheses_are_told_not_to_exist() {
    for condition in ["( path /x )", "(path /x)", "( a or b )"] {
        let all = said(&format!("http-request deny if {condition}"));

        let hint = all[0].suggestion.as_deref().unwrap_or_default();
        assert!(hint.starts_with("there are no parentheses"), "{condition}: {hint}");
    }
}

#[test]
fn value_that_is_missing_before_a_condition_is_told() {
    for (rule, column) in [
        ("http-request set-header X if TRUE", 27),
        ("http-request deny hdr X if TRUE", 25),
        ("http-request set-var-fmt(txn.a) unless FALSE", 33),
    ] {
        let all = said(rule);

        assert_eq!(places(&all), [(1, column, Kind::Action)], "{rule}");
        assert!(all[0].message.contains("is taken for a value"), "{}", all[0]);
    }
}

#[test]
fn condition_that_is_not_known_is_told_without_what_follows_from_it() {
    let text = "acl a src x\n.if feature(QUIC)\nacl q path /q\n.else\nacl q path /r\n.endif\n\
                .if feature(LUA)\n.endif\nhttp-request deny if q\n";

    let all = said(text);

    assert_eq!(
        places(&all),
        [(1, 11, Kind::Pattern), (2, 5, Kind::Predicate), (7, 5, Kind::Predicate)]
    );
    assert_eq!(all[1].word, "feature(QUIC)");
}

#[test]
fn condition_of_a_block_is_told_with_what_it_lacks() {
    for (condition, message) in [
        ("defined(X", "'defined(X' lacks the ')' to the '(' at its byte 8"),
        ("1 || (0", "'1 || (0' lacks the ')' to the '(' at its byte 6"),
        ("streq(a)", "there is no predicate 'streq' with such arguments, at byte 1"),
    ] {
        let all = said(&format!(".if {condition}\nno keyword\n.endif"));

        assert_eq!(places(&all), [(1, 5, Kind::Condition)], "{condition}");
        assert_eq!(all[0].message, message);
    }
}

#[test]
fn first_line_of_a_section_is_known_by_capitals_and_marks() {
    for (text, hint) in [
        ("Frontend f\n bind :80\n", "did you mean 'frontend'?"),
        ("\u{feff}frontend f\n bind :80\n", "save the file as UTF-8 without one"),
    ] {
        assert!(Config::is_whole(text.as_bytes()), "{text}");
        let all = said_of_config(text);

        assert_eq!(places(&all), [(1, 1, Kind::Keyword)]);
        assert_eq!(all[0].suggestion.as_deref(), Some(hint));
    }
    assert!(!Config::is_whole(b".if 1\nhttp-request deny\n.endif\n"));
}

#[test]
fn file_may_warn_by_itself() {
    let all = said(".warning 'is old'\n.notice x\nhttp-request deny");

    assert_eq!(places(&all), [(1, 1, Kind::Said)]);
    assert_eq!(all[0].message, "the file says 'is old'");
}

// Where haproxy 2.6.12 warns.
#[test]
fn rules_that_are_asked_before_those_above_are_told() {
    let text = "defaults\n mode http\nfrontend f\n use_backend b if FALSE\n \
                redirect location /x if FALSE\n http-request deny if FALSE\n \
                tcp-request content accept if FALSE\n tcp-request session accept if FALSE\n \
                tcp-request connection accept if FALSE\n default_backend b\n\
                backend b\n http-request deny if FALSE\n http-response deny if FALSE\n \
                http-request allow\n tcp-request content accept if FALSE\n";

    let all = said_of_config(text);

    let lines: Vec<u32> = all.iter().map(|one| one.line).collect();
    assert_eq!(lines, [5, 6, 7, 8, 9, 15]);
    assert!(all.iter().all(|one| one.kind == Kind::Misplaced));
    assert_eq!(
        all[3].message,
        "this 'tcp-request session' rule is asked before the 'tcp-request content' rule of line 7"
    );
}

#[test]
fn defaults_that_are_inherited_in_two_ways_are_told() {
    let text = "defaults d\n mode http\nfrontend g\n http-request allow\n\
                frontend f from d\n http-request allow\nfrontend h\n http-request allow\n";

    let all = said_of_config(text);

    assert_eq!(places(&all), [(5, 1, Kind::Section)]);
    assert_eq!(
        said_of_config(
            &text
                .replace("frontend g", "frontend g from d")
                .replace("frontend h", "frontend h from d")
        ),
        []
    );
}

#[test]
fn file_as_a_map_and_a_list_is_no_file_that_is_missing() {
    let options = Options::new().pattern_file("f", "/a b\n");
    let text = b"acl a path -f f\nacl b path -M -f f\n";

    let Err(all) = Policy::parse(text, &options) else { panic!("accepted") };

    let kinds: Vec<Kind> = all.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [Kind::MapAndList]);
}

#[test]
fn source_is_told_to_be_the_peer_before_the_proxy_header_is_read() {
    let text = "frontend f\n mode http\n bind :80 accept-proxy\n acl office src 192.0.2.0/24\n \
                tcp-request connection reject if !office\n tcp-request connection accept if TRUE\n \
                tcp-request session reject if !office\n";

    let all = said_of_config(text);

    assert_eq!(places(&all), [(5, 35, Kind::Peer)]);
    assert_eq!(said_of_config(&text.replace(" accept-proxy", "")), []);
}
