//! Whole configurations. What haproxy 2.6.12 says to each was seen with `haproxy -c`.

use proxy_acl::{
    Action, Config, Decision, Diagnostic, DiagnosticKind, Options, ProxyKind, RequestView,
    ResponseView, Scratch, Unsupported,
};

use crate::{from, get, policy};

pub(crate) fn config(text: &str) -> Config {
    match Config::parse(text.as_bytes(), &Options::new()) {
        Ok(config) => config,
        Err(wrong) => panic!("{}", wrong.render()),
    }
}

/// Line, column and kind of each error.
pub(crate) fn errors(text: &str) -> Vec<(u32, u32, DiagnosticKind)> {
    let Err(wrong) = Config::parse(text.as_bytes(), &Options::new()) else {
        panic!("accepted: {text}");
    };
    wrong.errors().map(|error| (error.line, error.column, error.kind)).collect()
}

/// The decision at frontend `f`, and the backend.
pub(crate) fn decide(config: &Config, request: &RequestView<'_>) -> (Decision, Option<String>) {
    let Some(frontend) = config.frontend("f") else { panic!("no frontend") };
    let mut scratch = Scratch::new();
    let verdict = config.decide_with(frontend, request, &mut scratch);
    assert_eq!(config.explain(frontend, request).decision, verdict.decision);
    let backend = verdict.backend.map(|name| String::from_utf8_lossy(name).into_owned());
    (verdict.decision, backend)
}

const HTTP: &str = "defaults\n mode http\n";

#[test]
fn backend_sees_what_the_frontend_changed() {
    let config = config(&format!(
        "{HTTP}frontend f
 http-request set-var(txn.who) src
 http-request set-path /v2%[path]
 use_backend api if {{ path_beg /v2/api }}
 default_backend web
backend api
 http-request deny if {{ path /v2/api/x }} {{ var(txn.who) -m ip 192.0.2.0/24 }}
backend web
"
    ));

    let (denied, _) = decide(&config, &get("/api/x"));
    assert_eq!((denied.action, denied.line), (Action::Deny { status: 403 }, Some(9)));
    let (allowed, backend) = decide(&config, &from("10.0.0.1", "/api/x"));
    assert_eq!(
        (allowed.action, allowed.line, backend.as_deref()),
        (Action::Allow, None, Some("api"))
    );
    assert_eq!(decide(&config, &get("/")).1.as_deref(), Some("web"));
}

#[test]
fn deciding_line_is_the_backends_where_a_rule_of_it_applies() {
    let config = config(&format!(
        "{HTTP}frontend f
 http-request allow if {{ path_beg /a }}
 default_backend b
backend b
 http-request allow if {{ path /ab }}
 http-request deny if {{ path /ac }}
"
    ));

    assert_eq!(decide(&config, &get("/a")).0.line, Some(4));
    assert_eq!(decide(&config, &get("/ab")).0.line, Some(7));
    assert_eq!(decide(&config, &get("/ac")).0.line, Some(8));
}

#[test]
fn dynamic_backend_that_is_not_there_gives_way_to_the_default() {
    let config = config(&format!(
        "{HTTP}frontend f\n use_backend %[path,field(2,/)]\n default_backend b\nbackend b\nbackend c\n"
    ));

    assert_eq!(decide(&config, &get("/c")).1.as_deref(), Some("c"));
    assert_eq!(decide(&config, &get("/nowhere")).1.as_deref(), Some("b"));
}

#[test]
fn listen_section_is_its_own_backend_and_asked_once() {
    for choice in ["", " use_backend %[hdr(to)]\n"] {
        let config = config(&format!("{HTTP}listen f\n http-request set-path /x%[path]\n{choice}"));
        let Some(listen) = config.frontend("f") else { panic!("no frontend") };
        let mut scratch = Scratch::new();

        let request = get("/").headers(&[(b"to", b"f")]);
        let verdict = config.decide_with(listen, &request, &mut scratch);

        assert_eq!(verdict.backend, Some(&b"f"[..]));
        assert_eq!(verdict.request.path(), Some(&b"/x/"[..]), "{choice}");
    }
}

#[test]
fn rules_of_defaults_come_first_and_their_acls_stay_there() {
    let text = "defaults d\n mode http\n acl local src 10.0.0.0/8\n http-request deny if local\n\
                frontend f from d\n acl local src 192.0.2.0/24\n http-request deny deny_status 404 if local\n";

    let config = config(text);

    assert_eq!(decide(&config, &from("10.0.0.1", "/")).0.line, Some(4));
    assert_eq!(decide(&config, &get("/")).0.line, Some(7));
    assert_eq!(
        errors(
            "defaults d\n mode http\n acl a path /\nfrontend f from d\n http-request deny if a\n"
        ),
        [(5, 23, DiagnosticKind::UnknownAcl)]
    );
}

#[test]
fn backend_inherits_rules_but_those_on_connections() {
    let text = |list| format!("defaults d\n mode http\n {list} accept\nbackend b from d\n");

    assert_eq!(Config::parse(text("tcp-request content").as_bytes(), &Options::new()).err(), None);
    assert_eq!(errors(&text("tcp-request session")), [(4, 1, DiagnosticKind::Section)]);
}

#[test]
fn allow_in_defaults_skips_the_rules_behind() {
    let config = config(
        "defaults d\n mode http\n http-request allow if { path /a }\nfrontend f from d\n http-request deny\n",
    );

    assert!(decide(&config, &get("/a")).0.is_allowed());
    assert!(!decide(&config, &get("/b")).0.is_allowed());
}

#[test]
fn settings_come_through_several_defaults() {
    let config = config(
        "defaults a\n mode http\n default_backend b\ndefaults c from a\nfrontend f from c\n \
         http-request deny if { path /x }\nbackend b from a\n",
    );

    assert!(!decide(&config, &get("/x")).0.is_allowed());
    assert_eq!(decide(&config, &get("/y")).1.as_deref(), Some("b"));
}

#[test]
fn tcp_mode_ignores_http_rules() {
    let config =
        config("frontend f\n http-request deny\n tcp-request content reject if { src 10.0.0.1 }\n");

    assert!(decide(&config, &get("/")).0.is_allowed());
    assert_eq!(decide(&config, &from("10.0.0.1", "/")).0.action, Action::Reject);
    let kinds: Vec<_> = config.warnings().iter().map(|warning| warning.kind).collect();
    assert_eq!(kinds, [DiagnosticKind::Ignored, DiagnosticKind::Misplaced]);
}

/// Seen with haproxy 2.6.12.
#[test]
fn of_a_block_the_first_branch_that_holds_counts() {
    let text = b"global\n setenv STAGE test\n\
        frontend f\n mode http\n\
        .if streq(\"$STAGE\",live)\n http-request deny deny_status 400\n\
        .elif defined(STAGE) && !defined(NOPE)\n\
        .if 0\n http-request deny deny_status 401\n.alert x\n.if foo\n.endif\n\
        .elif 1\n http-request deny deny_status 404\n.endif\n\
        .elif foo\n http-request deny deny_status 405\n\
        .else\n http-request deny deny_status 408\n.endif\n.notice \"a b\"\n";

    let config = Config::parse(text, &Options::new()).expect("accepted");

    let frontend = config.frontend("f").expect("it is there");
    let action = frontend.policy.decide(&get("/")).action;
    assert_eq!(action, Action::Deny { status: 404 });
    // Lines that do not count and begin no block.
    let skipped: Vec<_> = config.skipped().collect();
    assert_eq!(skipped, [(".if", 5), (".notice", 1), ("global", 1)]);
}

/// Seen with haproxy 2.6.12.
#[test]
fn names_with_a_dot_stand_for_places() {
    let text = b"defaults\n mode http\n\
        .if !streq(\"$.SECTION\",defaults)\n.alert x\n.endif\n\
        frontend f\n http-request redirect location \"/$.FILE-$.SECTION-$.LINE\"\n";

    let config = Config::parse(text, &Options::new().file_name("a.cfg")).expect("accepted");

    let frontend = config.frontend("f").expect("it is there");
    let (request, mut scratch) = (get("/"), Scratch::new());
    let verdict = config.decide_with(frontend, &request, &mut scratch);
    assert_eq!(verdict.location, Some(&b"/a.cfg-f-7"[..]));
}

#[test]
fn blocks_stand_among_bare_rules_too() {
    let policy = policy(".if version_before(2.7)\nhttp-request deny if { path /x }\n.endif");

    assert!(!policy.decide(&get("/x")).is_allowed());
    assert!(policy.decide(&get("/")).is_allowed());
}

#[test]
fn blocks_end_at_a_depth() {
    for begin in [".if 1\n", ".if 0\n"] {
        let nested = |depth| [begin.repeat(depth), ".endif\n".repeat(depth)].concat();

        assert_eq!(config(&nested(99)).proxies().len(), 0);
        assert_eq!(errors(&nested(100)), [(100, 1, DiagnosticKind::Keyword)]);
        assert_eq!(errors(&nested(101)), [(100, 1, DiagnosticKind::Keyword)]);
    }
}

#[test]
fn sections_are_checked_as_haproxy_does() {
    use DiagnosticKind as Kind;

    for (text, expected) in [
        ("acl a path /\n", (1, 1, Kind::Keyword)),
        ("globl\n", (1, 1, Kind::Keyword)),
        ("frontend\n", (1, 1, Kind::Section)),
        ("frontend ''\n", (1, 1, Kind::Section)),
        ("frontend a/b\n", (1, 10, Kind::Section)),
        ("frontend a b\n mode http\n bind :80\n", (2, 2, Kind::Section)),
        ("backend a b\n mode http\nfrontend a\n", (2, 2, Kind::Section)),
        ("defaults d\nfrontend a from d b\n mode http\n", (2, 19, Kind::Section)),
        ("frontend a\nlisten a b\n", (2, 10, Kind::Section)),
        ("frontend a\n enabled\n use_backend b\n", (3, 14, Kind::Backend)),
        (
            "defaults d\n disabled\nfrontend a from d\n enabled\n use_backend %[x]\n",
            (5, 14, Kind::Fetch),
        ),
        ("frontend a\n use_backend %[path(a)]\n", (2, 14, Kind::Argument)),
        ("frontend a\n tcp-request inspect-delay\n", (2, 14, Kind::Action)),
        ("frontend a\n tcp-request inspect-delay 1x\n", (2, 28, Kind::Action)),
        ("frontend a\n http-request set-log-level warn\n", (2, 29, Kind::Action)),
        ("frontend a\n http-request set-log-level\n", (2, 15, Kind::Action)),
        ("frontend a\n http-request set-log-level info x\n", (2, 34, Kind::Action)),
        ("frontend a\n http-request deny hdr x %[pat]\n", (2, 26, Kind::Fetch)),
        ("frontend a\n http-request deny hdr x %[status]\n", (2, 26, Kind::Fetch)),
        (
            "frontend a\n http-request return content-type a lf-string %[pat]\n",
            (2, 47, Kind::Fetch),
        ),
        ("frontend a from\n bind :80\n", (2, 2, Kind::Section)),
        ("frontend a from x\n", (1, 17, Kind::Section)),
        ("defaults from x\n", (1, 15, Kind::Section)),
        ("frontend a\nfrontend a\n", (2, 10, Kind::Section)),
        ("listen a\nbackend a\n", (2, 9, Kind::Section)),
        ("defaults d\ndefaults d\nfrontend a from d\n", (3, 17, Kind::Section)),
        ("resolvers r\nresolvers r\n", (2, 11, Kind::Section)),
        ("peers r\nresolvers r\npeers r\n", (3, 7, Kind::Section)),
        ("defaults a/b\nfrontend a from a/b\n", (2, 17, Kind::Section)),
        ("defaults\n http-request deny\n", (2, 2, Kind::Keyword)),
        ("defaults\n acl a path /\n", (2, 2, Kind::Keyword)),
        ("defaults d\n redirect location /\n", (2, 2, Kind::Keyword)),
        ("defaults d\n use_backend x\n", (2, 2, Kind::Keyword)),
        ("frontend a\n disabled\n enabled x\n", (3, 10, Kind::Keyword)),
        ("defaults d\n http-request deny\nlisten a from d\n", (3, 1, Kind::Section)),
        ("defaults d\n http-request deny\ndefaults e from d\n", (3, 1, Kind::Section)),
        (
            "defaults d\n http-request deny\nfrontend a from d\nbackend b from d\n",
            (4, 1, Kind::Section),
        ),
        ("defaults d\n tcp-request session reject\nbackend b from d\n", (3, 1, Kind::Section)),
        ("backend b\n tcp-request connection reject\n", (2, 2, Kind::Keyword)),
        ("backend b\n tcp-request session reject\n", (2, 2, Kind::Keyword)),
        ("frontend a\n default_backend b\n", (2, 18, Kind::Backend)),
        ("frontend a\n use_backend b if TRUE\n", (2, 14, Kind::Backend)),
        ("frontend a\n use_backend %%b\n", (2, 14, Kind::Backend)),
        ("frontend a\n use_backend %(b\n", (2, 14, Kind::Backend)),
        ("frontend a\n use_backend b\nfrontend b\n", (2, 14, Kind::Backend)),
        ("backend a\n use_backend b\n", (2, 14, Kind::Backend)),
        ("listen a\n use_backend a\n", (2, 14, Kind::Backend)),
        ("frontend a\n mode http\n default_backend b\nbackend b\n", (3, 18, Kind::Backend)),
        ("frontend a\n mode htp\n", (2, 7, Kind::Keyword)),
        ("frontend a\n bnd :80\n", (2, 2, Kind::Keyword)),
        ("frontend a\n no acl x\n", (2, 2, Kind::Keyword)),
        ("frontend a\n reqideny x\n", (2, 2, Kind::Keyword)),
        ("frontend a\n block if TRUE\n", (2, 2, Kind::Keyword)),
        ("global\n setenv A\n", (2, 2, Kind::Keyword)),
        (".alert x\n", (1, 1, Kind::Keyword)),
        (".foo\n", (1, 1, Kind::Keyword)),
        (".alert a b\n", (1, 1, Kind::Keyword)),
        (".notice a b\n", (1, 1, Kind::Keyword)),
        (".if 1\n", (1, 1, Kind::Keyword)),
        (".if 1\n.else x\n.endif\n", (2, 7, Kind::Keyword)),
        (".elif foo\n", (1, 1, Kind::Keyword)),
        (".else\n", (1, 1, Kind::Keyword)),
        (".endif\n", (1, 1, Kind::Keyword)),
        (".if 0\n.else\n.elif 1\n.endif\n", (3, 1, Kind::Keyword)),
        (".if 0\n.else\n.else\n.endif\n", (3, 1, Kind::Keyword)),
        (".if 0\n foo \"${X\n.endif\n", (2, 8, Kind::Word)),
        (".if 0\n.elif foo\n.endif\n", (2, 7, Kind::Condition)),
        (".if feature(LUA)\n.endif\n", (1, 5, Kind::Predicate)),
        (".if 0\n.elif 1\n foo\n.endif\n", (3, 2, Kind::Keyword)),
    ] {
        assert_eq!(errors(text), [expected], "{text}");
    }
}

#[test]
fn table_keeps_what_can_be_made_of_its_type() {
    let options = Options::new().pattern_file("m", "/x 10.0.0.1\n");
    for (key, wrong, right) in [
        ("ip", "ssl_fc", "int(1)"),
        ("ipv6", "ssl_fc", "src"),
        ("integer", "path,sha1", "ssl_fc"),
        ("string len 9", "path,map_str_ip(m)", "path,sha1"),
        ("binary len 9", "path,map_str_ip(m)", "ssl_fc"),
    ] {
        let kinds = |sample: &str| {
            let text = format!(
                "frontend f\n mode http\n stick-table type {key} size 1k\n http-request track-sc0 {sample}\n"
            );
            let errors = Config::parse(text.as_bytes(), &options).err();
            errors.iter().flatten().map(|error| error.kind).collect::<Vec<_>>()
        };

        assert_eq!(kinds(wrong), [DiagnosticKind::Reference], "{key} {wrong}");
        assert_eq!(kinds(right), [], "{key} {right}");
    }
}

/// Answers of haproxy 2.6.12.
#[test]
fn names_in_rules_of_defaults_are_looked_up_where_a_proxy_has_them() {
    use DiagnosticKind as Kind;

    let (front, back) = ("frontend f\n mode http\n", "backend f\n mode http\n");
    for (line, proxy, expected) in [
        ("http-request track-sc0 src", front, Some(Kind::Reference)),
        ("http-request track-sc0 src table x", front, Some(Kind::Reference)),
        ("http-request track-sc0 src table t", front, None),
        ("http-request track-sc0 src", "defaults e\nfrontend f\n mode http\n", None),
        ("http-request track-sc0 src", "frontend f\n disabled\n", None),
        ("http-request deny if { http_auth(x) }", front, Some(Kind::Reference)),
        ("http-request deny if { nbsrv(x) lt 1 }", front, Some(Kind::Backend)),
        ("http-request deny if { nbsrv lt 1 }", front, Some(Kind::Backend)),
        ("http-request deny if { nbsrv lt 1 }", back, None),
        ("http-request deny if { fe_conn lt 1 }", front, None),
        ("http-request deny if { fe_conn lt 1 }", back, Some(Kind::Reference)),
        ("http-request deny if { table_cnt gt 1 }", front, Some(Kind::Reference)),
        ("acl x table_cnt(x) gt 1", front, None),
    ] {
        let text = format!(
            "defaults\nbackend t\n stick-table type ip size 1k\ndefaults d\n mode http\n {line}\n{proxy}"
        );

        let errors = Config::parse(text.as_bytes(), &Options::new()).err();
        let kinds = errors.iter().flatten().map(|error| error.kind);

        assert_eq!(kinds.collect::<Vec<_>>(), Vec::from_iter(expected), "{line} {proxy}");
    }
}

#[test]
fn names_in_arguments_are_looked_up_as_by_haproxy() {
    use DiagnosticKind as Kind;

    let around = "userlist u\npeers p\n table t type string size 1k\nbackend b\n\
                  backend t\n stick-table type ip size 1k\n";
    for (line, expected) in [
        ("acl a nbsrv(b) 1", None),
        ("acl a nbsrv(x) 1", Some(Kind::Backend)),
        ("acl a nbsrv(f) 1", Some(Kind::Backend)),
        ("acl a nbsrv 1", Some(Kind::Backend)),
        ("acl a fe_conn(f) 1", None),
        ("acl a fe_conn 1", None),
        ("acl a fe_conn(b) 1", Some(Kind::Reference)),
        ("acl a src_conn_cnt(t) 1", None),
        ("acl a src_conn_cnt(p/t) 1", None),
        ("acl a src_conn_cnt(b) 1", Some(Kind::Reference)),
        ("acl a src_conn_cnt(p) 1", Some(Kind::Reference)),
        ("acl a src_conn_cnt 1", Some(Kind::Reference)),
        ("acl a sc0_conn_cnt 1", None),
        ("acl a sc_conn_cnt(0,x) 1", Some(Kind::Reference)),
        ("acl a src,table_conn_cnt(x) 1", Some(Kind::Reference)),
        ("acl a src,in_table(t)", None),
        ("acl a http_auth(u)", None),
        ("acl a http_auth(p)", Some(Kind::Reference)),
        ("http-request track-sc0 src table t", None),
        ("http-request track-sc0 src table b", Some(Kind::Reference)),
        ("http-request track-sc0 src", Some(Kind::Reference)),
        ("http-request track-sc0 method table p/t", None),
        ("http-request track-sc0 method table t", Some(Kind::Reference)),
        ("http-request track-sc0 ssl_fc table t", Some(Kind::Reference)),
        ("http-request track-sc0 path,length table t", None),
        ("acl a nbsrv(x) 1\n disabled", None),
    ] {
        let text = format!("{around}frontend f\n mode http\n {line}\n");
        let errors = Config::parse(text.as_bytes(), &Options::new()).err();
        let first = errors.as_ref().and_then(|wrong| wrong.errors().next());

        assert_eq!(first.map(|error| error.kind), expected, "{line}");
        assert!(first.is_none_or(|error| error.line == 9), "{line}");
    }
}

#[test]
fn brackets_beside_one_another_are_not_deep() {
    config(&format!(".if {}\n.endif\nfrontend a\n", vec!["(1)"; 400].join("&&")));
}

#[test]
fn defaults_begin_afresh() {
    let text = "defaults\n mode http\n default_backend b\ndefaults\n mode http\n\
                frontend f\nbackend b\n";
    let config = config(text);
    let Some(frontend) = config.frontend("f") else { panic!("no frontend") };

    let request = get("/");
    let mut scratch = Scratch::new();
    let verdict = config.decide_with(frontend, &request, &mut scratch);

    assert_eq!(verdict.backend, None);
}

#[test]
fn sections_are_accepted_as_by_haproxy() {
    for text in [
        "frontend a\nbackend a\n",
        "userlist a\nuserlist a\nglobal\nglobal\nmailers a\nmailers b\n",
        "defaults d\ndefaults d\nfrontend a\n",
        "defaults d\n acl a path /\ndefaults e from d\nlisten a from e\n",
        "defaults d\n default_backend nowhere\nbackend a\n",
        "frontend a\n disabled\n default_backend nowhere\n",
        "frontend a\n disabled\n use_backend %[path(a)]\n use_backend nowhere\n",
        "frontend a\n use_backend %[x\n disabled\n http-request deny if { path,regsub((,) -m found }\n",
        "defaults d\n disabled\nfrontend a from d\n use_backend nowhere\n",
        "frontend a b\nbackend a\nlisten b c\n",
        "frontend a\n tcp-request inspect-delay 5s\n http-request set-log-level silent if TRUE\n",
        "frontend a\n stick-table type ip size 1k\n http-request track-sc00 src\n http-request track-sc4294967298 src\n",
        "frontend a\n default_backend nowhere\n default_backend b\nbackend b\n",
        "frontend a\n use_backend %[path]\n",
        "frontend a\n use_backend a%(b\n",
        "frontend a\n use_backend b%%0\n",
        "frontend a\n default_backend b\nbackend b\n mode http\n",
        "global\n daemon\n stats socket /x\nresolvers r\n nameserver a 1.1.1.1:53\nlisten a\n",
    ] {
        config(text);
    }
}

#[test]
fn what_is_ignored_is_warned_of() {
    let config = config("backend a\n use_backend c\n default_backend c\nbackend c\n");

    let kinds: Vec<_> =
        config.warnings().iter().map(|warning| (warning.line, warning.kind)).collect();
    assert_eq!(
        kinds,
        [2, 3].map(|line| (line, DiagnosticKind::Ignored)),
        "{:?}",
        config.warnings()
    );
}

#[test]
fn lines_without_bearing_on_access_are_counted() {
    let config = config(
        "global\n daemon\n user haproxy\nuserlist staff\n user a password b\n\
         listen f\n mode http\n bind :80\n bind :81\n no option httpclose\n server s 1.1.1.1 sni ''\n\
         http-request set-log-level silent if { path / }\n use-server s if { path /x }\n",
    );

    let skipped: Vec<_> = config.skipped().collect();
    assert_eq!(
        skipped,
        [
            ("bind", 2),
            ("global", 2),
            ("http-request set-log-level", 1),
            ("no", 1),
            ("server", 1),
            ("use-server", 1),
            ("userlist", 1)
        ]
    );
    assert_eq!(config.warnings(), []);
}

#[test]
fn time_to_wait_for_content_is_no_rule() {
    let config = config(
        "listen f\n tcp-request inspect-delay 5s\n tcp-response inspect-delay 1s\n \
         tcp-request content reject if { src 10.0.0.1 }\n",
    );

    assert_eq!(decide(&config, &from("10.0.0.1", "/")).0.line, Some(4));
    assert!(decide(&config, &get("/")).0.is_allowed());
    let skipped: Vec<_> = config.skipped().collect();
    assert_eq!(skipped, [("tcp-request inspect-delay", 1), ("tcp-response inspect-delay", 1)]);
}

#[test]
fn filter_is_skipped_unless_it_asks_others() {
    let text = |kind| format!("frontend f\n mode http\n filter {kind}\n http-request deny\n");

    let skipped: Vec<_> =
        config(&text("compression")).skipped().map(|(what, _)| what.to_string()).collect();

    assert_eq!(skipped, ["filter"]);
    assert_eq!(errors(&text("spoe engine x")), [(3, 2, DiagnosticKind::Unsupported)]);
}

#[test]
fn first_word_tells_a_whole_configuration_from_bare_rules() {
    for whole in ["global", "# mine\n\n\tfrontend f", ".if x\nfrontend f", "\r\nlisten l"] {
        assert!(Config::is_whole(whole.as_bytes()), "{whole}");
    }
    for bare in [
        "",
        "# global\nacl a path /",
        "acl global path /",
        "globals",
        "x # frontend",
        ".if feature(QUIC)\nhttp-request deny\n.endif",
    ] {
        assert!(!Config::is_whole(bare.as_bytes()), "{bare}");
    }
}

#[test]
fn proxies_are_told_in_the_order_of_the_file() {
    let config = config("listen c\n mode http\nbackend b\nfrontend a\n");

    let proxies: Vec<_> =
        config.proxies().iter().map(|p| (&*p.name, p.kind, p.line, p.http)).collect();
    assert_eq!(
        proxies,
        [
            ("c", ProxyKind::Listen, 1, true),
            ("b", ProxyKind::Backend, 3, false),
            ("a", ProxyKind::Frontend, 4, false)
        ]
    );
}

#[test]
fn environment_is_set_line_by_line() {
    let text = "global\n setenv A /a\n presetenv A /b\n presetenv B /b\nfrontend f\n mode http\n \
                http-request deny deny_status 401 if { path \"$A\" }\n\
                http-request deny deny_status 404 if { path \"$B\" }\n";

    let config = config(text);

    assert_eq!(decide(&config, &get("/a")).0.line, Some(7));
    assert_eq!(decide(&config, &get("/b")).0.line, Some(8));
}

#[test]
fn environment_is_reset_but_for_what_is_kept() {
    let text = "global\n setenv A /a\n setenv B /b\n resetenv B\nfrontend f\n mode http\n \
                http-request deny if { path \"${A-/none}\" } or { path \"$B\" }\n";

    let config = config(text);

    assert!(decide(&config, &get("/a")).0.is_allowed());
    assert!(!decide(&config, &get("/b")).0.is_allowed());
}

#[test]
fn unsupported_lines_are_left_out_by_choice_with_the_rules_that_rest_on_them() {
    let text = "frontend f\n mode http\n acl odd path_reg a(?=x)\n acl odd path /y\n http-request deny if odd\n \
                http-request lua.check\n http-request deny deny_status 404 if { path /y }\n";
    let options = Options::new().unsupported(Unsupported::LeaveOut);

    assert_eq!(errors(text).len(), 2);
    let Ok(config) = Config::parse(text.as_bytes(), &options) else { panic!("refused") };

    assert_eq!(decide(&config, &get("/y")).0.line, Some(7));
    let warnings: Vec<_> = config.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings.iter().map(|text| text.split(':').nth(1)).collect::<Vec<_>>(),
        [Some("3"), Some("5"), Some("6")],
        "{warnings:?}"
    );
}

#[test]
fn diagnostics_of_inherited_rules_come_once() {
    let text =
        "defaults d\n acl a path\n http-request deny if b\nfrontend f from d\nfrontend g from d\n";
    let Err(wrong) = Config::parse(text.as_bytes(), &Options::new()) else { panic!("accepted") };

    let places: Vec<_> = wrong.iter().map(|Diagnostic { line, .. }| *line).collect();
    assert_eq!(places, [2, 3]);
}

#[test]
fn configuration_without_a_proxy_is_warned_of() {
    let config = config("global\n daemon\n");

    assert_eq!(config.warnings().len(), 1);
    assert_eq!(config.warnings()[0].kind, DiagnosticKind::NoRule);
}

/// Seen with a running haproxy 2.6.12, which lets everyone in at the first of these.
#[test]
fn inherited_connection_rules_need_a_rule_of_the_frontends_own() {
    for list in ["connection", "session"] {
        let defaults = format!(
            "defaults d\n mode http\n tcp-request {list} reject if {{ src 192.0.2.0/24 }}\n"
        );
        let alone = config(&format!("{defaults}frontend f from d\n http-request allow\n"));
        let with_own = config(&format!(
            "{defaults}frontend f from d\n tcp-request {list} accept if {{ src 10.0.0.1 }}\n"
        ));

        assert_eq!(decide(&alone, &get("/")).0.action, Action::Allow);
        let kinds: Vec<_> = alone.warnings().iter().map(|one| (one.line, one.kind)).collect();
        assert_eq!(kinds, [(4, DiagnosticKind::Ignored)]);
        assert_eq!(decide(&with_own, &get("/")).0.action, Action::Reject);
        assert_eq!(with_own.warnings(), []);
    }
}

#[test]
fn response_rules_are_ignored_outside_of_mode_http() {
    let config =
        config("frontend f\n mode tcp\n http-response deny\n tcp-request content accept\n");
    let Some(frontend) = config.frontend("f") else { panic!("no frontend") };
    let (request, response) = (get("/"), ResponseView::new(200));

    let mut scratch = Scratch::new();
    let verdict = config.decide_response(frontend, &request, &response, &mut scratch);

    assert_eq!(verdict.decision.action, Action::Allow);
    assert_eq!(
        config.warnings().iter().map(|one| one.kind).collect::<Vec<_>>(),
        [DiagnosticKind::Ignored]
    );
}

#[test]
fn monitors_are_answered_before_any_rule_on_requests() {
    let text = b"
defaults
    mode http
    monitor-uri /alive
frontend www
    tcp-request content reject if { src 192.0.2.66 }
    acl dead hdr(x-dead) 1
    monitor fail if dead
    monitor fail unless { hdr(x-other) -m found }
    http-request deny if { path /alive }
backend other
    http-request deny if { path /alive }
";
    let config = Config::parse(text, &Options::new()).expect("a configuration");
    let www = config.frontend("www").expect("a frontend");
    let mut scratch = Scratch::new();
    let other: (&[u8], &[u8]) = (b"x-other", b"1");
    let dead: (&[u8], &[u8]) = (b"x-dead", b"1");
    for (uri, headers, action, line) in [
        ("/alive", &[other][..], Action::Return { status: 200 }, 4),
        ("http://h/alive", &[other], Action::Return { status: 200 }, 4),
        ("/alive", &[other, dead], Action::Return { status: 503 }, 8),
        ("/alive", &[], Action::Return { status: 503 }, 9),
        ("/alive?x", &[other], Action::Deny { status: 403 }, 10),
    ] {
        let request = get(uri).headers(headers);
        let verdict = config.decide_with(www, &request, &mut scratch);

        assert_eq!(verdict.decision.action, action, "{uri} {headers:?}");
        assert_eq!(verdict.decision.line, Some(line), "{uri} {headers:?}");
        assert_eq!(config.explain(www, &request).decision, verdict.decision, "{uri}");
    }
    let refused = from("192.0.2.66", "/alive");
    let verdict = config.decide_with(www, &refused, &mut scratch);
    assert_eq!(verdict.decision.action, Action::Reject);
    let backend = &config.backend("other").expect("a backend").policy;
    assert_eq!(backend.decide(&get("/alive")).line, Some(12));
}

#[test]
fn monitors_are_read_as_haproxy_reads_them() {
    for (line, valid) in [
        ("monitor fail if", true),
        ("monitor fail", false),
        ("monitor", false),
        ("monitor foo", false),
        ("monitor fail x", false),
        ("monitor fail if nosuch", false),
        ("monitor-uri /x", true),
        ("monitor-uri", false),
        ("monitor-uri a b", false),
    ] {
        let text = format!("defaults\n mode http\nfrontend f\n {line}\n");

        assert_eq!(Config::parse(text.as_bytes(), &Options::new()).is_ok(), valid, "{line}");

        let text = text.replace("frontend f", "backend f");
        let in_backend = Config::parse(text.as_bytes(), &Options::new());
        let kinds = in_backend.map(|config| config.warnings()[0].kind).ok();
        assert_eq!(kinds, valid.then_some(DiagnosticKind::Ignored), "{line}");
    }
    assert_eq!(
        errors("defaults\n mode http\n monitor fail if TRUE\nfrontend f\n"),
        [(3, 2, DiagnosticKind::Keyword)]
    );
}

#[test]
fn what_answers_clients_but_is_not_evaluated_is_told() {
    for line in [
        "stats uri /st",
        "stats auth a:b",
        "stats http-request deny",
        "errorloc 403 /login",
        "errorloc303 403 /login",
        "errorfile 403 /e.http",
        "option http-restrict-req-hdr-names reject",
        "http-after-response set-header a b",
    ] {
        let text = format!("defaults\n mode http\nfrontend f\n {line}\n");
        let config = Config::parse(text.as_bytes(), &Options::new()).expect("a configuration");

        let [warning] = config.warnings() else { panic!("{line}: {:?}", config.warnings()) };
        assert_eq!((warning.kind, warning.line), (DiagnosticKind::NotEvaluated, 4), "{line}");
    }
    let quiet =
        b"defaults\n mode http\nfrontend f\n stats socket /x\n errorfile 503 /e\n option httplog\n";
    let config = Config::parse(quiet, &Options::new()).expect("a configuration");
    assert!(config.warnings().is_empty(), "{:?}", config.warnings());
}

#[test]
fn variable_set_for_the_whole_process_is_told() {
    let text = b"global\n set-var proc.maint bool(true)\ndefaults\n mode http\nfrontend f\n";

    let config = Config::parse(text, &Options::new()).expect("a configuration");

    let [warning] = config.warnings() else { panic!("{:?}", config.warnings()) };
    assert_eq!((warning.kind, warning.line), (DiagnosticKind::NotEvaluated, 2));
}

#[test]
fn keywords_that_cannot_stand_in_a_section_are_refused_there() {
    for (section, lines) in [
        (
            "defaults d",
            &[
                "bind :80",
                "capture cookie a len 3",
                "description a",
                "dispatch 127.0.0.1:1",
                "filter compression",
                "force-persist if TRUE",
                "id 7",
                "ignore-persist if TRUE",
                "server s 127.0.0.1:1",
                "server-template s 3 127.0.0.1:1",
                "stick on src",
                "stick-table type ip size 1k",
                "use-fcgi-app x",
                "use-server s if TRUE",
            ][..],
        ),
        (
            "frontend f",
            &[
                "default-server inter 3s",
                "retry-on none",
                "server s 127.0.0.1:1",
                "server-template s 3 127.0.0.1:1",
                "use-fcgi-app x",
            ][..],
        ),
        ("backend b", &["declare capture request len 3"][..]),
    ] {
        for line in lines {
            let text = format!("{section}\n {line}\nlisten l\n");
            assert_eq!(errors(&text), [(2, 2, DiagnosticKind::Keyword)], "{section}: {line}");
        }
    }
    for line in ["server s 127.0.0.1:1", "declare capture request len 3", "bind :80", "id 7"] {
        config(&format!("listen l\n {line}\n"));
    }
}

/// Answers of haproxy 2.6.12.
#[test]
fn words_that_begin_no_line_are_refused_in_every_section() {
    for section in ["defaults", "defaults d", "frontend f", "backend b", "listen l"] {
        for line in ["grace 3s", "usesrc clientip"] {
            let text = format!("{section}\n {line}\nbackend b0\n");
            assert_eq!(errors(&text), [(2, 2, DiagnosticKind::Keyword)], "{section}: {line}");
        }
        config(&format!("{section}\n source 127.0.0.1 usesrc clientip\nbackend b0\n"));
    }
}
