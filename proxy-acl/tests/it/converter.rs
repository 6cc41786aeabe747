//! What converters make of samples.

use std::ops::ControlFlow;

use proxy_acl::{
    Action, DiagnosticKind, Options, Policy, Request as _, RequestView, Scratch, Value,
};

use crate::{decide, get, policy, truth};

/// Answers of haproxy 2.6.12.
#[test]
fn word_behind_a_fetch_may_be_a_converter_and_a_pattern() {
    let headers: &[(&[u8], &[u8])] = &[(b"a", b"LOW")];
    let request = get("/x?LOWER").headers(headers);

    for expression in [
        "query lower",
        "query lower x",
        "req.fhdr(a) lower low",
        "req.fhdr(a) lower,upper LOW",
        "req.fhdr(a) lower upper LOW",
        "req.fhdr(a) map_low LOW",
        // These are keywords for acls, and take no converter so.
        "hdr(a) lower LOW",
        "query, LOWER",
        "query,,lower, lower",
        // Without its operand.
        "int(2),add() 2",
        "int(5),sub 5",
        "path,ltrim() /x",
        "str -m len 0",
        // A sign alone is 0.
        "int(+) 0",
        "int(5),add(-) 5",
        "hdr(a,-) LOW",
        "path,bytes(-) -m str /x",
    ] {
        assert!(truth(expression, &request), "{expression}");
    }
    for expression in [
        "query x lower",
        // Without arguments that the manual demands.
        "path,json -m found",
        "path,language -m found",
        "int(1),ltime -m found",
        "int(1),utime -m found",
        "env -m found",
        "query -m str lower",
        "req.fhdr(a) lower",
        "hdr(a) lower low",
        "hdr(a),lower upper LOW",
        "req.fhdr(a) -m str lower low",
    ] {
        assert!(!truth(expression, &request), "{expression}");
    }
}

/// Answers of haproxy 2.6.12.
#[test]
fn every_name_calculates_what_it_says() {
    let headers: &[(&[u8], &[u8])] = &[(b"x", b"gt"), (b"x", b"le")];
    let request = get("/a/b").headers(headers);

    for expression in [
        "path,crc32 564197754",
        "path,crc32(1) 3995489802",
        "path,djb2 2088269926",
        "path,djb2(1) 614568966",
        "path,sdbm 3132309221",
        "path,sdbm(6) 3007108340",
        "path,wt6 4164410176",
        "path,xxh3,mod(1000) -m str -- -471",
        "path,xxh3(1),mod(1000) -m str -- -726",
        "path,sha1,hex A51458F8D2C1FBD82E413E3DDD561E9462E8F61B",
        "int(5),or(12) 13",
        "int(5),bool,add(1) 2",
        "bool(true),add(1) 2",
        "bool(1),add(1) 2",
        "bool(false),add(1) 1",
        "bool(0),add(1) 1",
        "var(txn.a_b.c,x) -m str x",
        "hdr(x,-2) gt",
        "meth(get) -m str get",
        "meth(x),length 1",
        "meth -m len 0",
        // Words that are operators where numbers are compared.
        "hdr(x) gt",
        "hdr(x) -m beg l",
    ] {
        assert!(truth(expression, &request), "{expression}");
    }
    for expression in ["path_len 0", "path_len lt 1", "hdr(x,-10) gt", "hdr(x) eq"] {
        assert!(!truth(expression, &request), "{expression}");
    }
}

#[test]
fn values_of_maps_are_of_the_type_they_are_for() {
    for (call, map, expected) in [
        ("map_str_int(m)", "/a 1\n/b x\n", "the value 'x' is not a number, in line 2 of 'm'"),
        ("map_str_ip(m)", "/b x\n", "the value 'x' is not an address, in line 1 of 'm'"),
    ] {
        let options = Options::new().pattern_file("m", map);
        let text = format!("http-request deny if {{ path,{call} -m found }}");
        let Err(wrong) = Policy::parse(text.as_bytes(), &options) else { panic!("{call}") };

        assert_eq!(wrong.errors().next().map(|error| &*error.message), Some(expected));
    }
}

/// Answers of haproxy 2.6.12, to which an argument that may be left out and is an empty number is 0, and
/// larger numbers are the nearest 64-bit integer.
#[test]
fn empty_and_large_numbers_among_arguments_are_read() {
    let headers: &[(&[u8], &[u8])] = &[(b"host", b"h"), (b"host", b"last")];
    let request = get("/a/b").headers(headers);

    for expression in [
        "path,field(2,/) a",
        "path,field(2,/,) a/b",
        "path,word(1,/,) a/b",
        "path,word(1,/,9999999999999999999) a/b",
        "path,bytes(1) -m str a/b",
        "path,bytes(1,),length 0",
        "path,bytes(-1),length 0",
        "path,bytes(0,-1) -m str /a/b",
        "path,bytes(99999999999999999999),length 0",
        "path,xxh32(-1) 3980884213",
        "path,xxh32(4294967297) 773555439",
        "path,xxh64(-1),mod(1000) 56",
        "path,xxh64(99999999999999999999),mod(1000) 318",
        "path,be2hex(,) 2F612F62",
        "path,be2hex(,-3,0) 2F612F62",
        "path,be2hex(.,4294967299,1) 2F612F",
        "path,be2dec(.,2,) 12129.12130",
        "int(1),add(9223372036854775808) 9223372036854775807",
        "int(-9223372036854775809) -m str -- -9223372036854775808",
        "str -m len 0",
        "hdr(host,4294967297) h",
        "hdr(host,99999999999999999999) last",
        "src,ipmask(24,) 192.0.2.0",
        "always_true,hex 0000000000000001",
        "int(5),capture-req(0),add(1) 6",
        "always_true -m bin 0000000000000001",
    ] {
        assert!(truth(expression, &request), "{expression}");
    }
}

/// Answers of haproxy 2.6.12.
#[test]
fn values_of_a_map_refer_to_groups() {
    let content = "^/a(.)(.*)  <\\1|\\2>\n^/b(x)?y no\\1\\0\\x41\\\\z\n";
    let options = Options::new().pattern_file("groups.map", content);
    let answer = |path: &str| {
        let text = "http-request set-header a %[path,map_regm(groups.map,d\\1)]";
        let policy = Policy::parse(text.as_bytes(), &options).expect("accepted");
        let mut scratch = Scratch::new();
        let mut value = Vec::new();
        let request = get(path);
        let verdict = policy.decide_with(&request, &mut scratch);
        let _ = verdict.request.headers(&mut |_, found| {
            value = found.to_vec();
            ControlFlow::Break(())
        });
        String::from_utf8(value).expect("text")
    };

    assert_eq!(answer("/abcd"), "<b|cd>");
    assert_eq!(answer("/by"), "no/byA\\z");
    assert_eq!(answer("/bxy"), "nox/bxyA\\z");
    assert_eq!(answer("/c"), "d\\1");
}

#[test]
fn file_is_a_map_or_a_list() {
    let options = Options::new().pattern_file("file", "/a b\n");
    for (text, accepted) in [
        ("acl a path -f file\nacl b path -f file", true),
        ("acl a path,map(file) x\nacl b path -M -f file", true),
        ("acl a path -f file\nacl b path,map(file) x", false),
        ("acl a path,map(file) x\nacl b path -f file", false),
        ("acl a path -f file -M -f file", false),
    ] {
        let read = Policy::parse(text.as_bytes(), &options);

        let wrong = read.err().map(|wrong| wrong.errors().map(|error| error.kind).collect());
        assert_eq!(wrong, (!accepted).then(|| vec![DiagnosticKind::MapAndList]), "{text}");
    }
}

#[test]
fn caller_is_asked_for_what_only_a_proxy_knows() {
    let request = get("/token");
    let conversions = [
        ("jwt_verify(alg,key.pem)", Value::Bytes(b"/TOKEN"), Value::Integer(1)),
        ("table_http_req_rate(clients)", Value::Address([192, 0, 2, 1].into()), Value::Integer(9)),
        ("sha2(256)", Value::Bytes(b"/token"), Value::Bytes(b"\x01\x02")),
        ("json(utf8)", Value::Text(b"/token"), Value::Text(b"\"")),
    ];
    let request = request.conversions(&conversions);

    for expression in [
        "path,upper,jwt_verify(alg,key.pem) 1",
        "ipv4(192.0.2.1),table_http_req_rate(clients) gt 8",
        "path,sha2(256),hex 0102",
        "path,json(utf8),length 1",
        "path,debug(x),capture-req(0) /token",
    ] {
        assert!(truth(expression, &request), "{expression}");
    }
    for expression in [
        "path,jwt_verify(alg,key.pem) -m found",
        "ipv4(192.0.2.2),table_http_req_rate(clients) -m found",
        "path,sha2(512) -m found",
    ] {
        assert!(!truth(expression, &request), "{expression}");
    }
}

#[test]
fn word_behind_the_value_of_a_variable_may_be_a_converter() {
    let policy = policy(
        "http-request set-var(txn.a) path lower upper if TRUE\n\
         http-request deny if { var(txn.a) -m str /X }",
    );

    assert!(!policy.decide_with(&get("/x"), &mut Scratch::new()).decision.is_allowed());
}

#[test]
fn converters_do_what_their_names_say() {
    let headers: &[(&[u8], &[u8])] = &[
        (b"Host", b"Example.com:8080"),
        (b"n", b"-7"),
        (b"ip", b"192.0.2.77"),
        (b"ip6", b"2001:db8::77"),
        (b"e", b"a%20b+c"),
    ];
    let request = get("/Ab/cd").headers(headers);
    for expression in [
        "path,lower -m str /ab/cd",
        "path,upper -m str /AB/CD",
        "path,field(2,/) -m str Ab",
        "path,word(2,/) -m str cd",
        "path,ltrim(/A) -m str b/cd",
        "path,rtrim(dc) -m str /Ab/",
        "path,length -m int 6",
        "path,hex -m str 2F41622F6364",
        "path,base64 -m str L0FiL2Nk",
        "path,base64,b64dec,hex -m str 2F41622F6364",
        "path,ub64enc -m str L0FiL2Nk",
        "path,ub64enc,ub64dec,length -m int 6",
        "path,regsub(/,-,g) -m str -- -Ab-cd",
        "path,concat(<,,>) -m str /Ab/cd<>",
        "path,bytes(1,2),hex -m str 4162",
        "path,crc32 -m int 0:4294967295",
        "hdr(host),host_only -m str example.com",
        "hdr(host),port_only -m int 8080",
        "hdr(e),url_dec -m str 'a b+c'",
        "hdr(e),url_dec(1) -m str 'a b c'",
        "hdr(e),url_enc -m str a%2520b%2Bc",
        "str(hello),wt6 3538347703",
        "str(hello),wt6(1) 140457739",
        "bin(0a0b),be2hex -m str 0A0B",
        "hdr(ip),ipmask(24) -m ip 192.0.2.0/32",
        "hdr(ip6),ipmask(24,32) -m ip 2001:db8::/128",
        "hdr(n),neg -m int 7",
        "hdr(n),cpl -m int 6",
        "hdr(n),add(10) -m int 3",
        "hdr(n),add(10),sub(1) -m int 2",
        "hdr(n),mul(-2) -m int 14",
        "hdr(n),div(-2) -m int 3",
        "hdr(n),neg,mod(4) -m int 3",
        "hdr(n),neg,and(3) -m int 3",
        "hdr(n),neg,or(8) -m int 15",
        "hdr(n),neg,xor(2) -m int 5",
        "hdr(n),odd -m bool",
        "hdr(n),add(1),even -m bool",
        "hdr(n),bool -m bool",
        "hdr(n),add(7),not -m bool",
        "hdr(n),odd,iif(yes,no) -m str yes",
        "hdr(n),even,iif(yes,no) -m str no",
    ] {
        assert!(truth(expression, &request), "{expression}");
    }
    for expression in [
        "hdr(n),even -m bool",
        "hdr(n),add(1),odd -m bool",
        "hdr(n),not -m bool",
        "hdr(n),add(7),bool -m bool",
        "hdr(ip6),ipmask(24) -m found",
    ] {
        assert!(!truth(expression, &request), "{expression}");
    }
}

/// What `haproxy -c` of version 2.6.12 says of these.
#[test]
fn converters_and_methods_take_what_can_be_cast() {
    let options = Options::new().pattern_file("m", "10.0.0.0/8 10.1.2.3\n");
    for (expression, accepted) in [
        ("always_true,hex -m found", true),
        ("always_true -m bin 0000000000000001", true),
        ("always_true,ipmask(8)", false),
        ("src,add(1)", true),
        ("src,iif(a,b)", false),
        ("src -m bool", true),
        ("ipv6(::1),hex -m found", true),
        ("ipv6(::1),add(1)", false),
        ("ipv6(::1) -m int 1", false),
        ("bin(2f),lower", true),
        ("bin(2f),add(1)", false),
        ("method,ipmask(8)", false),
        ("src,map_ip_ip(m) 10.1.2.3", true),
        ("src,map_ip_ip(m) -m found", true),
        ("src,map_ip_ip(m),debug -m str 10.1.2.3", true),
        ("src,map_ip_ip(m) -m ip 10.1.2.3", false),
        ("src,map_ip_ip(m),lower", false),
    ] {
        let read = Policy::parse(format!("acl a {expression}").as_bytes(), &options);

        assert_eq!(read.is_ok(), accepted, "{expression}");
    }
}

#[test]
fn maps_match_as_their_names_say() {
    let files = [
        ("int.map", "1:3 few\n4 four\n"),
        ("text.map", "/ab x\n"),
        ("part.map", "cd 5\n"),
        ("net.map", "192.0.2.0/24 10.1.2.3\n"),
    ];
    let options = files
        .iter()
        .fold(Options::new(), |options, (name, text)| options.pattern_file(*name, *text));
    let request = get("/ab/cd.ef");
    for expression in [
        "path,length,sub(7),map_int(int.map) -m str few",
        "path,map_beg(text.map) -m str x",
        "path,map(text.map,none) -m str none",
        "path,map_sub_int(part.map) -m int 5",
        "path,field(3,/),field(1,.),map_str_int(part.map) -m int 5",
        "path,rtrim(.ef),map_end_int(part.map) -m int 5",
        "path,rtrim(.ef),map_dir_int(part.map) -m int 5",
        "path,map_dom_int(part.map) -m int 5",
        "path,map_reg_int(part.map) -m int 5",
        "src,map_ip_ip(net.map) 10.1.2.3",
        "path,map_str_int(part.map,) 0",
    ] {
        let text = format!("acl a {expression}");
        let policy = match Policy::parse(text.as_bytes(), &options) {
            Ok(policy) => policy,
            Err(wrong) => panic!("{}", wrong.render()),
        };

        assert_eq!(policy.acl("a", &request), Some(true), "{expression}");
    }
}

#[test]
fn match_methods_do_what_their_names_say() {
    let request = get("/ab/cd.ef");
    for (expression, expected) in [
        ("path -m found", true),
        ("path -m str /ab/cd.ef", true),
        ("path -m str /ab", false),
        ("path -m beg /ab", true),
        ("path -m beg ab", false),
        ("path -m end .ef", true),
        ("path -m end cd", false),
        ("path -m sub b/c", true),
        ("path -m sub bc", false),
        ("path -m dir ab", true),
        ("path -m dir cd", false),
        ("path -m dom cd", true),
        ("path -m dom c", false),
        ("path -m reg ^/a.*f$", true),
        ("path -m regm ^/a.*f$", true),
        ("path -m len 9", true),
        ("path -m bin 2f61622f63642e6566", true),
        ("path,length -m bool", true),
        ("path,length -m int gt 8", true),
        ("src -m ip 192.0.2.0/24", true),
    ] {
        assert_eq!(truth(expression, &request), expected, "{expression}");
    }
}

#[test]
fn variables_of_the_environment_are_the_callers() {
    let options = Options::new().env("DENIED", "/x").env("OTHER", "/y");
    let text = b"http-request deny if { path \"$DENIED\" }";
    let Ok(policy) = Policy::parse(text, &options) else { panic!("refused") };

    assert!(!policy.decide(&get("/x")).is_allowed());
    assert!(policy.decide(&get("/y")).is_allowed());
}

#[test]
fn what_comes_with_the_request_is_not_there_before_it() {
    let request = get("/x");
    for rule in ["tcp-request connection reject", "tcp-request session reject"] {
        let rule = format!("{rule} if {{ path_beg /x }}");

        assert_eq!(decide(&rule, &request).action, Action::Allow, "{rule}");
    }
    assert_eq!(decide("tcp-request content reject if { path_beg /x }", &request).line, Some(1));
}

#[test]
fn default_port_vanishes_for_conditions_too() {
    let headers: &[(&[u8], &[u8])] = &[(b"Host", b"h:80"), (b"x", b"h:80")];
    let request = RequestView::new(b"GET", b"http://h:80/a", get("/").source()).headers(headers);

    for condition in ["url http://h/a", "hdr(host) h", "hdr(x) h:80"] {
        let policy = policy(&format!("http-request deny if {{ {condition} }}"));

        assert!(!policy.decide(&request).is_allowed(), "{condition}");
    }
}

#[test]
fn last_cookie_and_the_base_go_into_headers() {
    let headers: &[(&[u8], &[u8])] = &[(b"Host", b"h"), (b"Cookie", b"a=1; a=2; b=\"x;y\"; a=3")];
    let request = get("/p?q").headers(headers);

    for expression in
        ["base h/p", "base_beg h/", "cook_cnt(a) 3", "cook_cnt(b) 1", "cook(b) '\"x;y\"'"]
    {
        assert!(truth(expression, &request), "{expression}");
    }
    let text = "http-request set-var(txn.a) cook(a)\nhttp-request deny if { var(txn.a) -m str 3 }";
    assert_eq!(decide(text, &request).line, Some(2));
}

/// As haproxy does: of a number beyond 64 bits the low 32 are -1.
#[test]
fn a_map_has_the_number_of_acls_without_one() {
    let text = b"acl a path,map(m) -m found -u 99999999999999999999\n";
    let wrong = Policy::parse(text, &Options::new().pattern_file("m", "/a b\n")).unwrap_err();

    assert!(wrong.to_string().contains("is taken by an acl or a map above"), "{wrong}");
    Policy::parse(b"acl a path -u 99999999999999999999 /x\n", &Options::new()).unwrap();
}
