//! Whatever comes from outside, nothing panics, and the two ways to a decision agree.

use core::ops::ControlFlow;

use proptest::collection::vec;
use proptest::prelude::*;
use proxy_acl::{
    Config, DiagnosticKind, Diagnostics, Options, Policy, Request as _, RequestView, Scratch,
};

use crate::{get, policy};

/// Words that get a random line past the first checks.
fn word() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        "acl",
        "a",
        "b",
        "path",
        "path_beg",
        "path_dir",
        "path_len",
        "src",
        "method",
        "hdr(x)",
        "hdr(x,-1)",
        "req.hdr(host,2)",
        "url",
        "base,lower",
        "urlp(id),add(3)",
        "cook(a),field(2,/)",
        "hdr_ip(x),ipmask(8)",
        "path,url_dec,regsub([a-z]*,<\\1>,g)",
        "hdr(x),map_beg(list,no)",
        "var(txn.a)",
        "path_reg",
        "bytes(3)",
        "reg",
        "bin",
        "^/(a|b)+$",
        "(?=x)",
        "set-var(txn.a)",
        "set-path",
        "set-query",
        "set-uri",
        "del-header",
        "x",
        "%[path]",
        "http://h/%[hdr(x),hex]",
        "redirect",
        "prefix",
        "use_backend",
        "tcp-request",
        "content",
        "-i",
        "-M",
        "-m",
        "-f",
        "-n",
        "--",
        "int",
        "ip",
        "found",
        "dom",
        "list",
        "/x",
        "10.0.0.0/8",
        "::/0",
        "gt",
        "5",
        "http-request",
        "deny",
        "allow",
        "deny_status",
        "status",
        "404",
        "if",
        "unless",
        "!",
        "or",
        "||",
        "{",
        "}",
        "TRUE",
        "LOCALHOST",
        "\"",
        "'",
        "\\x4",
        "\"$A\"",
        "\"${A[*]}\"",
        "''",
        "#",
        "\0",
        "\r",
    ];
    prop_oneof![
        20 => proptest::sample::select(known.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..6),
    ]
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let start = proptest::sample::select(vec![
        "acl a ",
        "acl b ",
        "http-request deny if ",
        "http-request set-path ",
        "http-request redirect location ",
        "",
    ]);
    (start, vec(word(), 0..9))
        .prop_map(|(start, words)| [start.as_bytes(), &words.join(&b' ')].concat())
}

fn options() -> Options {
    Options::new().env("A", "x  10.0.0.1").pattern_file("list", "/x\n10.0.0.0/8\n5\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_configuration_is_read_or_refused(lines in vec(line(), 0..6)) {
        let text = lines.join(&b'\n');

        match Policy::parse(&text, &options()) {
            Ok(policy) => {
                let request = RequestView::new(b"GET", b"/x", "10.0.0.1:1".parse().expect("address"));
                prop_assert_eq!(policy.explain(&request).decision, policy.decide(&request));
            }
            Err(wrong) => {
                prop_assert!(wrong.errors().next().is_some());
                let _ = wrong.render().to_string();
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(text in vec(any::<u8>(), 0..200)) {
        if let Err(wrong) = Policy::parse(&text, &options()) {
            prop_assert!(wrong.errors().next().is_some());
            let _ = wrong.render().to_string();
        }
    }

    #[test]
    fn any_request_is_decided(
        method in vec(any::<u8>(), 0..8),
        uri in prop_oneof![vec(any::<u8>(), 0..20), "(/|http://|[a-c]:|\\*)[/?:a-c0-9,]{0,12}".prop_map(String::into_bytes)],
        version in vec(any::<u8>(), 0..9),
        values in vec("[ ,\"\\\\a-c:.0-9]{0,12}", 0..4),
        source in any::<u128>(),
    ) {
        let text = b"\
acl p path_beg /a -i
acl p path_dir -i b
acl p path -m int 5:
acl h hdr(host) a b
acl h hdr(x,-2) -m ip 0.0.0.0/0 ::/0
acl h hdr_dom(x) c
acl s src 10.0.0.0/8 ::/1
acl s src -m sub 1
acl m method GET -m
acl v req.ver 1.1
http-request deny if p !h or s m
http-request allow unless v
";
        let policy = Policy::parse(text, &options()).expect("valid");
        let headers: Vec<(&[u8], &[u8])> =
            values.iter().map(|value| (&b"x"[..], value.as_bytes())).chain([(&b"Host"[..], &b"a:80"[..])]).collect();
        let source = core::net::SocketAddr::new(core::net::Ipv6Addr::from_bits(source).into(), 1);
        let request = RequestView::new(&method, &uri, source).version(&version).headers(&headers);

        let decision = policy.decide(&request);

        let explanation = policy.explain(&request);
        prop_assert_eq!(explanation.decision, decision);
        prop_assert!(!explanation.to_string().is_empty());
    }
}

#[test]
fn texts_do_not_grow_without_bound() {
    let chain = ",regsub(a,aaaaaaaaaaaaaaaa,g)".repeat(40);
    let doubling = "http-request set-path %[path]%[path]\n".repeat(60);
    let text = format!("acl a path{chain} -m len gt 0\n{doubling}http-request deny if a");
    let policy = Policy::parse(text.as_bytes(), &Options::new()).expect("valid");
    let source = "192.0.2.1:80".parse().expect("address");
    let request = RequestView::new(b"GET", b"/a", source);
    let mut scratch = Scratch::new();

    let verdict = policy.decide_with(&request, &mut scratch);

    assert!(verdict.decision.is_allowed());
    assert_eq!(verdict.request.path().map(<[u8]>::len), Some(1024 * 1024));
    assert_eq!(policy.acl("a", &request), Some(false));
}

#[test]
fn variables_do_not_grow_without_bound() {
    let megabyte = "http-request set-var-fmt(txn.a) %[var(txn.a)]%[var(txn.a)]\n".repeat(20);
    let many: String =
        (0..20).map(|n| format!("http-request set-var(txn.b{n}) var(txn.a)\n")).collect();
    let tests = "http-request deny if { var(txn.b15) -m found }\n\
                 http-request unset-var(txn.b0)\n\
                 http-request set-var(txn.b15) var(txn.a)\n\
                 http-request allow if { var(txn.b14) -m len 1048576 } { var(txn.b15) -m len 1048576 }\n\
                 http-request deny\n";
    let policy = policy(&format!("http-request set-var(txn.a) str(x)\n{megabyte}{many}{tests}"));
    let mut scratch = Scratch::new();

    let first = policy.decide_with(&get("/"), &mut scratch).decision;
    let second = policy.decide_with(&get("/"), &mut scratch).decision;

    assert_eq!((first.is_allowed(), first.line), (true, Some(45)));
    assert_eq!(second, first);
}

/// The longest path or header of a request that such rules changed, and all headers together.
fn changed_by(rules: &str) -> (usize, usize) {
    let policy = policy(rules);
    let request = get("/a").headers(&[(b"x", b"ab,cd")]);
    let mut scratch = Scratch::new();

    let verdict = policy.decide_with(&request, &mut scratch);

    let mut longest = verdict.request.path().map_or(0, <[u8]>::len);
    let mut all = 0;
    let _ = verdict.request.headers(&mut |_, value| {
        longest = longest.max(value.len());
        all += value.len();
        ControlFlow::Continue(())
    });
    (longest, all)
}

#[test]
fn replacements_do_not_grow_without_bound() {
    for rule in [
        r"replace-path (.*) \1\1",
        r"replace-pathq (.*) \1\1",
        r"replace-uri (.*) \1\1",
        r"replace-header x (.*) \1\1",
        r"replace-value x (.*) \1\1",
    ] {
        let (longest, _) = changed_by(&format!("http-request {rule}\n").repeat(21));

        assert_eq!(longest, 1024 * 1024, "{rule}");
    }
}

#[test]
fn headers_do_not_grow_without_bound() {
    let rules = "http-request set-path %[path]%[path]\n".repeat(20)
        + &"http-request add-header y %[path]\n".repeat(20);

    let (longest, all) = changed_by(&rules);

    assert_eq!(longest, 1024 * 1024);
    assert!((15 << 20..=16 << 20).contains(&all), "{all}");
}

#[test]
fn inherited_lines_are_counted_for_each_proxy() {
    let rules = "defaults d\n mode http\n".to_owned() + &" http-request deny\n".repeat(30);
    let options = Options::new().max_lines(92);
    let parsed = |proxies: usize| {
        let sections: String = (0..proxies).map(|number| format!("backend b{number}\n")).collect();
        Config::parse((rules.clone() + &sections).as_bytes(), &options)
    };

    let most = parsed(30);
    let more = parsed(31);

    assert!(most.is_ok());
    let limits: Vec<_> =
        more.err().iter().flat_map(Diagnostics::errors).map(|one| (one.line, one.kind)).collect();
    assert_eq!(limits, [(63, DiagnosticKind::Limit)]);
}
