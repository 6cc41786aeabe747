//! Values that follow from the request, as haproxy 2.6.12 derives them.

use core::ops::ControlFlow;

use proxy_acl::{Config, Options, Request as _, RequestView, ResponseView, Scratch, Tls, Value};

use crate::{get, policy, truth};

/// The value of a format, by what it makes of a header.
fn value(format: &str, request: &RequestView<'_>) -> String {
    let policy = policy(&format!("http-request set-header x-value \"[{format}]\""));
    let mut scratch = Scratch::new();
    let verdict = policy.decide_with(request, &mut scratch);
    let mut seen = String::new();
    let _ = verdict.request.headers(&mut |name, value| {
        if name == b"x-value" {
            seen = String::from_utf8_lossy(value).into_owned();
        }
        ControlFlow::Continue(())
    });
    assert_eq!(policy.missing_values(&scratch).count(), 0, "{format}");
    seen
}

#[test]
fn request_line_is_known_as_it_came() {
    let plain = get("/p/q?x=1");
    let absolute = get("http://10.0.0.1:80/x?a").version(b"HTTP/1.0");
    for (format, of_plain, of_absolute) in [
        ("%[capture.req.uri]", "[/p/q?x=1]", "[/x?a]"),
        ("%[capture.req.method]", "[GET]", "[GET]"),
        ("%[capture.req.ver]", "[HTTP/1.1]", "[HTTP/1.0]"),
        ("%HM", "[GET]", "[GET]"),
        ("%HU", "[/p/q?x=1]", "[http://10.0.0.1/x?a]"),
        ("%HP", "[/p/q]", "[http://10.0.0.1/x]"),
        ("%HPO", "[/p/q]", "[/x]"),
        ("%HQ", "[?x=1]", "[?a]"),
        ("%HV", "[HTTP/1.1]", "[HTTP/1.0]"),
        ("%r", "[GET /p/q?x=1 HTTP/1.1]", "[GET http://10.0.0.1/x?a HTTP/1.0]"),
    ] {
        assert_eq!(value(format, &plain), of_plain, "{format}");
        assert_eq!(value(format, &absolute), of_absolute, "{format}");
    }
    for without_path in ["*", "http://h", "h:443"] {
        assert_eq!(value("%HP-%HPO-%HQ", &get(without_path)), format!("[{without_path}--]"));
    }
    let later = get("/").version(b"HTTP/1.2");
    assert_eq!(value("%[capture.req.ver]", &later), "[HTTP/1.1]");
    assert_eq!(value("%HV", &later), "[HTTP/1.2]");
}

#[test]
fn captured_target_is_not_rewritten() {
    let text = "http-request set-path /new\n\
        http-request redirect location https://%[hdr(host)]%[capture.req.uri],%[baseq]";
    let policy = policy(text);
    let mut scratch = Scratch::new();
    let request = get("/a?x").headers(&[(b"host", b"h")]);

    let verdict = policy.decide_with(&request, &mut scratch);

    assert_eq!(verdict.location, Some(&b"https://h/a?x,h/new?x"[..]));
}

#[test]
fn request_line_is_asked_for_where_a_response_is_judged() {
    let policy = policy("http-response set-header x-target %[capture.req.uri]");
    let (request, response) = (get("/a"), ResponseView::new(200));
    let mut scratch = Scratch::new();

    let _ = policy.decide_with(&request, &mut scratch);
    let _ = policy.decide_response(&request, &response, &mut scratch);

    assert!(policy.missing_values(&scratch).eq(["capture.req.uri"]));
}

#[test]
fn host_and_target_are_put_together_and_hashed() {
    let headers: [(&[u8], &[u8]); 1] = [(b"Host", b"Ex.com:80")];
    let request = get("/p/q?x=1set1").headers(&headers);
    assert_eq!(value("%[baseq]", &request), "[Ex.com:80/p/q?x=1set1]");
    assert_eq!(value("%[base32]", &request), "[3774396407]");
    assert_eq!(value("%[url32]", &request), "[1902098736]");
    let request = get("/a?rewriteset1").headers(&[(b"host", b"a,b")]);
    assert_eq!(value("%[baseq]", &request), "[a/a?rewriteset1]");
    let request = get("/?set1").headers(&[(b"host", b"a,b")]);
    assert_eq!(value("%[base32] %[url32]", &request), "[877786378 682442257]");
    let source = "127.0.0.1:5000".parse().expect("an address");
    let request = RequestView::new(b"GET", b"/p/q?x=1set3", source).headers(&headers);
    assert_eq!(value("%[base32+src,hex]", &request), "[E0F8B7F77F000001]");
    assert_eq!(value("%[url32+src,hex]", &request), "[1C2F0D967F000001]");
}

#[test]
fn base_of_a_target_without_a_path_is_the_host_alone() {
    let headers: [(&[u8], &[u8]); 1] = [(b"Host", b"h")];

    assert_eq!(value("%[base]", &get("*").headers(&headers)), "[h]");
    assert!(!truth("base -m found", &get("*")));
}

#[test]
fn address_stands_in_absolute_targets_alone() {
    for (target, expected) in [
        ("http://10.0.0.1:81/", "[10.0.0.1:81]"),
        ("http://10.0.0.1:80/", "[10.0.0.1:80]"),
        ("https://10.0.0.1/", "[10.0.0.1:443]"),
        ("http://10.0.0.1x/", "[10.0.0.1:80]"),
        ("http://10.0.0.1:99999/", "[10.0.0.1:34463]"),
        ("http://h.com:81/", "[:]"),
        ("http://[::1]:88/", "[:]"),
        ("ftp://10.0.0.1/", "[:]"),
        ("http://u@10.0.0.1/", "[:]"),
        ("http://10.0.1/", "[:]"),
        ("/a?u=http://1.2.3.4:99/", "[:]"),
    ] {
        assert_eq!(value("%[url_ip]:%[url_port]", &get(target)), expected, "{target}");
    }
}

#[test]
fn headers_are_put_together() {
    let headers: [(&[u8], &[u8]); 3] = [(b"Host", b"h"), (b"Foo", b" a, b"), (b"foo", b"c ")];
    let request = get("/").headers(&headers);

    assert_eq!(value("%[req.hdr_names]", &request), "[host,foo,foo]");
    assert_eq!(value("%[req.hdr_names(;)]", &request), "[host;foo;foo]");
    let hexadecimal = "[686F73743A20680D0A666F6F3A20612C20620D0A666F6F3A20630D0A0D0A]";
    assert_eq!(value("%[req.hdrs,hex]", &request), hexadecimal);
}

#[test]
fn credentials_are_read_out_of_the_header() {
    let format = "%[http_auth_type]|%[http_auth_user]|%[http_auth_pass]|%[http_auth_bearer]";
    for (header, expected) in [
        ("Basic Ym9iOnNlY3JldA==", "[Basic|bob|secret|]"),
        ("basic Ym9iOnNlOmNyZXQ=", "[Basic|bob|se:cret|]"),
        ("BASIC   Ym9iOng=", "[Basic|bob|x|]"),
        ("B Ym9iOng=", "[Basic|bob|x|]"),
        ("Basic Ong=", "[Basic||x|]"),
        ("Basic Ym9iOg==", "[Basic|bob||]"),
        ("Basic dTpw, x", "[Basic|u|p|]"),
        ("Bearer abc def", "[Bearer|||abc def]"),
        ("Be abc", "[Bearer|||abc]"),
        ("Bearer a,b c", "[Bearer|||a]"),
        ("Bearer  abc ", "[Bearer|||abc]"),
    ] {
        let headers: [(&[u8], &[u8]); 1] = [(b"Authorization", header.as_bytes())];
        assert_eq!(value(format, &get("/").headers(&headers)), expected, "{header}");
    }
    for header in [
        "Basic bm9jb2xvbg==",
        "Basic bob",
        "Basic !!!!",
        "Basic",
        "Basic ",
        "Basic\tYm9iOng=",
        "Basicx dTpw",
        "Bearer",
        "Digest x",
        "",
    ] {
        let headers: [(&[u8], &[u8]); 1] = [(b"authorization", header.as_bytes())];
        assert_eq!(value(format, &get("/").headers(&headers)), "[|||]", "{header}");
    }
}

#[test]
fn token_may_stand_in_another_header() {
    for (header, expected) in
        [("Bearer tt", "[tt]"), ("bearer tt ", "[tt]"), ("B tt", "[]"), ("a,Bearer b", "[]")]
    {
        let headers: [(&[u8], &[u8]); 1] = [(b"x-tok", header.as_bytes())];
        let request = get("/").headers(&headers);
        assert_eq!(value("%[http_auth_bearer(x-tok)]", &request), expected, "{header}");
    }
}

#[test]
fn what_the_caller_gives_comes_first() {
    let headers: [(&[u8], &[u8]); 1] = [(b"authorization", b"Basic Ym9iOng=")];
    let values = [("http_auth_user", Value::Text(b"eve")), ("%HU", Value::Text(b"/other"))];
    let request = get("/").headers(&headers).values(&values);

    assert_eq!(value("%[http_auth_user] %[http_auth_pass] %HU", &request), "[eve x /other]");
}

#[test]
fn environment_is_known_as_the_configuration_leaves_it() {
    let text = b"
global
    setenv B later
defaults
    mode http
frontend www
    http-request set-path /%[env(A)]/%[env(B)]/%[env(C)]
";
    let config = Config::parse(text, &Options::new().env("A", "told")).expect("a configuration");
    let www = config.frontend("www").expect("a frontend");
    let mut scratch = Scratch::new();

    let request = get("/");
    let path = config.decide_with(www, &request, &mut scratch).request.path().map(<[u8]>::to_vec);

    assert_eq!(path.as_deref(), Some(&b"/told/later/"[..]));
    assert!(config.missing_values(&scratch).eq(["env(C)"]));
}

#[test]
fn names_of_proxies_are_known_in_a_whole_configuration() {
    let text = b"
defaults
    mode http
frontend www
    http-request set-header x-front %[fe_name]|%f|%ft|%b
    default_backend web
backend web
    http-request set-header x-back %[fe_name]|%f|%ft|%b|%[be_name]
";
    let config = Config::parse(text, &Options::new()).expect("a configuration");
    let www = config.frontend("www").expect("a frontend");
    let mut scratch = Scratch::new();
    let mut seen = |request: &RequestView<'_>| {
        let verdict = config.decide_with(www, request, &mut scratch);
        let mut seen = Vec::new();
        let _ = verdict.request.headers(&mut |_, value| {
            seen.push(String::from_utf8_lossy(value).into_owned());
            ControlFlow::Continue(())
        });
        seen
    };

    assert_eq!(seen(&get("/")), ["www|www|www|www", "www|www|www|web|web"]);
    let over_tls = get("/").tls(Tls::new());
    assert_eq!(seen(&over_tls), ["www|www|www~|www", "www|www|www~|web|web"]);

    let bare = policy("http-request deny if { fe_name -m found }");
    assert!(bare.decide_with(&get("/"), &mut scratch).decision.is_allowed());
    assert!(bare.missing_values(&scratch).eq(["fe_name"]));
}
