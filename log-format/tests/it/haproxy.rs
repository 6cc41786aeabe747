use std::net::IpAddr;

use log_format::haproxy::{
    Captures, Connections, Entry, Format, FormatErrorKind, Headers, LineErrorKind, Queues, Text,
    Timers, Variable, WriteErrorKind,
};
use log_format::{EsMillis, Fields, Moment, StampError, UnixMicros, stamp};
use proptest::prelude::*;

const LINE: &str = "10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 \
                    200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} \"GET /index.html HTTP/1.1\"";

/// Writes what was read, which must give the same line.
fn round_trip(format: &Format, line: &str) {
    let read = format.read(line.as_bytes()).map_err(|error| (error, line)).unwrap();
    let mut written = Vec::new();
    format.write(&read.entry(), &mut written).unwrap();
    assert_eq!(std::str::from_utf8(&written).unwrap(), line);
}

fn fault(format: &str, line: &str) -> (usize, Option<Variable>, LineErrorKind) {
    let error = Format::compile(format).unwrap().read(line.as_bytes()).unwrap_err();
    (error.at, error.field, error.kind)
}

#[test]
fn example_of_the_manual_reads_field_by_field() {
    // Section 8.2.3 of the configuration manual 2.6.
    let format = Format::httplog();

    let line = format.read(LINE.as_bytes()).unwrap();

    assert_eq!(line.client(), Some(&b"10.0.1.2"[..]));
    assert_eq!(line.client_ip(), Some([10, 0, 1, 2].into()));
    assert_eq!(line.client_port(), Some(33_317));
    let date = stamp::<EsMillis>(&line.request_date().unwrap()).unwrap();
    assert_eq!(date.as_str(), "2009-02-06 12:14:14.655");
    assert_eq!((line.date(), line.accept_date()), (line.request_date(), None));
    assert_eq!((line.frontend(), line.tls()), (Some(&b"http-in"[..]), Some(false)));
    assert_eq!((line.backend(), line.server()), (Some(&b"static"[..]), Some(&b"srv1"[..])));
    let timers = Timers {
        request: Some(10),
        queue: Some(0),
        connect: Some(30),
        response: Some(69),
        active: Some(109),
        total: None,
    };
    assert_eq!(line.timers(), Some(timers));
    assert_eq!((line.status(), line.bytes(), line.is_partial()), (Some(200), Some(2_750), false));
    assert_eq!((line.request_cookie(), line.response_cookie()), (None, None));
    assert_eq!(line.termination(), Some(&b"----"[..]));
    let connections =
        Connections { active: 1, frontend: 1, backend: 1, server: 1, ..Connections::default() };
    assert_eq!(line.connections(), Some(connections));
    assert_eq!(line.queues(), Some(Queues::default()));
    assert_eq!(line.request_headers().unwrap().as_bytes(), b"1wt.eu");
    assert_eq!(line.response_headers().unwrap().as_bytes(), b"");
    let request = line.request().unwrap();
    assert_eq!(request.method(), Some(&b"GET"[..]));
    assert_eq!(request.uri(), Some(&b"/index.html"[..]));
    assert_eq!(request.version(), Some(&b"HTTP/1.1"[..]));
    assert!(!request.is_bad());
    round_trip(&format, LINE);
}

#[test]
fn examples_of_the_manual_write_back() {
    // Section 8.9 of the configuration manual 2.6; the last with the redispatch that it tells of.
    let http = [
        "127.0.0.1:33319 [15/Oct/2003:08:31:57.149] px-http px-http/srv1 6559/1230/7/147/6870 200 \
         243 - - ---- 324/239/239/99/0 0/9 \"HEAD / HTTP/1.0\"",
        "127.0.0.1:33320 [15/Oct/2003:08:32:17.654] px-http px-http/srv1 9/0/7/14/+30 200 +243 - \
         - ---- 3/3/3/1/0 0/0 \"GET /image.iso HTTP/1.0\"",
        "127.0.0.1:34548 [15/Oct/2003:15:18:55.798] px-http px-http/<NOSRV> -1/-1/-1/-1/8490 -1 0 \
         - - CR-- 2/2/2/0/0 0/0 \"\"",
        "10.0.0.1:34552 [15/Oct/2003:15:26:31.462] px-http px-http/srv1 3183/-1/-1/-1/11215 503 0 \
         - - SC-- 205/202/202/115/3 0/0 \"HEAD / HTTP/1.0\"",
        "10.0.0.1:34552 [15/Oct/2003:15:26:31.462] px-http px-http/srv1 3183/-1/-1/-1/11215 503 0 \
         - - SC-- 205/202/202/115/+3 0/0 \"HEAD / HTTP/1.0\"",
        "127.0.0.1:34014 [09/Aug/2004:20:26:09.000] proxy-out proxy-out/cache1 0/0/0/162/+162 200 \
         +350 - - ---- 0/0/0/0/0 0/0 {fr.adserver.yahoo.co||http://fr.f416.mail.} {|864|private||} \
         \"GET http://fr.adserver.yahoo.com/\"",
        "unix:1 [15/Oct/2003:15:26:31.462] px-http~ px-http/srv1 0/0/0/0/0 200 0 A=\" B=[{ ---- \
         1/1/1/1/0 0/0 \"GET / HTTP/1.0\"",
    ];
    let tcp = "127.0.0.1:34550 [15/Oct/2003:15:24:28.312] px-tcp px-tcp/srv1 0/0/5007 0 cD \
               0/0/0/0/0 0/0";

    for line in http {
        round_trip(&Format::httplog(), line);
    }
    round_trip(&Format::tcplog(), tcp);
    let format = Format::httplog();
    let redispatched = format.read(http[4].as_bytes()).unwrap().connections().unwrap();
    assert_eq!((redispatched.retries, redispatched.redispatched), (3, true));
    let partial = format.read(http[1].as_bytes()).unwrap();
    assert_eq!((partial.is_partial(), partial.bytes()), (true, Some(243)));
    let aborted = format.read(http[2].as_bytes()).unwrap();
    assert_eq!((aborted.status(), aborted.timers().unwrap().request), (None, None));
    assert_eq!(aborted.request().unwrap().method(), None);
    let unversioned = format.read(http[5].as_bytes()).unwrap().request().unwrap();
    assert_eq!(unversioned.uri(), Some(&b"http://fr.adserver.yahoo.com/"[..]));
    assert_eq!(unversioned.version(), None);
    let unix = format.read(http[6].as_bytes()).unwrap();
    assert_eq!((unix.client(), unix.client_ip()), (Some(&b"unix"[..]), None));
    assert_eq!((unix.client_port(), unix.tls()), (Some(1), Some(true)));
    assert_eq!(unix.request_cookie(), Some(&b"A=\""[..]));
}

#[test]
fn default_entry_is_a_session_that_came_to_nothing() {
    let mut out = Vec::from(*b"> ");

    Format::httplog().write(&Entry::default(), &mut out).unwrap();

    let line = "> -:- [01/Jan/1970:00:00:00.000] - -/<NOSRV> -1/-1/-1/-1/-1 -1 0 - - ---- \
                0/0/0/0/0 0/0 \"<BADREQ>\"";
    assert_eq!(std::str::from_utf8(&out).unwrap(), line);
    round_trip(&Format::httplog(), &line[2..]);
}

#[test]
fn request_and_headers_are_escaped_as_haproxy_does() {
    // The captured header and its escapes are those of the real lines with all syslog formats.
    let format = Format::compile("%hr %hs %{+Q}r").unwrap();
    let values: [&[u8]; 3] = [br#"a"b{c}d|e#f\g ]h"#, b"", b"\n\xff"];
    let entry = Entry {
        request_headers: Some(Captures::Raw(&values)),
        request: Text::Raw(b"GET /{\"#}|\x00\x7f~ HTTP/1.1"),
        ..Entry::default()
    };
    let mut out = Vec::new();

    format.write(&entry, &mut out).unwrap();

    let expected = r#"{a#22b#7Bc#7Dd#7Ce#23f\g ]h||#0A#FF} "GET /{#22#23}|#00#7F~ HTTP/1.1""#;
    assert_eq!(std::str::from_utf8(&out).unwrap(), expected);
    let line = format.read(&out).unwrap();
    let read: Vec<Vec<u8>> =
        line.request_headers().unwrap().iter().map(|value| value.unescape().collect()).collect();
    assert_eq!(read, values);
    let mut request = Vec::new();
    line.request().unwrap().text().unescape_to(&mut request);
    assert_eq!(request, b"GET /{\"#}|\x00\x7f~ HTTP/1.1");
}

#[test]
fn bytes_that_haproxy_escapes_come_out_escaped() {
    let format = Format::compile("%hr %{+Q}r").unwrap();
    let mut out = Vec::new();

    let line = format.read(b"{\xe9|\t} \"GET /\xc3\xa9\0\"").unwrap();
    format.write(&line.entry(), &mut out).unwrap();

    assert_eq!(out, b"{#E9|#09} \"GET /#C3#A9#00\"");
    round_trip(&format, std::str::from_utf8(&out).unwrap());
}

#[test]
fn number_sign_without_two_digits_stands_for_itself() {
    let format = Format::compile("%{+Q}r").unwrap();
    let unescaped = |line: &str| -> Vec<u8> {
        format.read(line.as_bytes()).unwrap().request().unwrap().text().unescape().collect()
    };

    assert_eq!(unescaped("\"#\""), b"#");
    assert_eq!(unescaped("\"#4\""), b"#4");
    assert_eq!(unescaped("\"#g1#41\""), b"#g1A");
    assert_eq!(unescaped("\"##41#2a\""), b"#A*");
}

#[test]
fn blanks_merge_around_captures_that_are_not_there() {
    let format = Format::compile("  %hr  %ST %hs").unwrap();
    let mut out = Vec::new();

    let line = format.read(b"200 ").unwrap();
    format.write(&line.entry(), &mut out).unwrap();

    assert_eq!((line.status(), line.request_headers()), (Some(200), None));
    assert_eq!(out, b"200 ");
}

#[test]
fn format_that_ends_in_captured_headers_tells_which_were_logged() {
    let cases = [
        ("%ST %hr %hs", "200 ", None, None),
        ("%ST %hr %hs", "200 {a} ", Some("a"), None),
        ("%ST %hr %hs", "200 {b}", None, Some("b")),
        ("%ST %hr %hs", "200 {a} {b}", Some("a"), Some("b")),
        ("%hs %hr", "{a}", Some("a"), None),
        ("%hs %hr", "{b} ", None, Some("b")),
        ("%ST %{+Q}hr %{+Q}hs", "200 \"{b}\"", None, Some("b")),
        ("%ST %{+Q}hr %hs", "200 {b}", None, Some("b")),
        ("%ST %hr %hs/%B", "200 {b}/7", None, Some("b")),
        // Where the line does not tell, the first that the format names.
        ("%ST %hr %hs %B", "200 {a} 7", Some("a"), None),
        ("%tsc%hr%hs", "----{a}", Some("a"), None),
    ];

    for (format, line, request, response) in cases {
        let format = Format::compile(format).unwrap();

        let read = format.read(line.as_bytes()).unwrap();

        let text = |headers: Headers<'_>| headers.as_bytes().escape_ascii().to_string();
        assert_eq!(read.request_headers().map(text).as_deref(), request, "{line}");
        assert_eq!(read.response_headers().map(text).as_deref(), response, "{line}");
        round_trip(&format, line);
    }
    assert_eq!(
        fault("%tsc%hr %hs", "----{a}"),
        (7, Some(Variable::RequestHeaders), LineErrorKind::Truncated)
    );
}

#[test]
fn quoted_fields_read_and_write_with_their_quotes() {
    // The strings are quoted under %{+Q}o, numbers and states are not: as in HAProxy's clf lines.
    let format = Format::compile("%{+Q}o %{-Q}ci %r %ST %ft %b %s %tsc %CC %hr 100%%").unwrap();
    let line = r#"10.0.0.1 "GET / HTTP/1.1" 200 "fe_clf~" "bk_app" "app1" --VN "" "{a|b}" 100%"#;

    let read = format.read(line.as_bytes()).unwrap();

    assert_eq!((read.client(), read.server()), (Some(&b"10.0.0.1"[..]), Some(&b"app1"[..])));
    assert_eq!((read.tls(), read.request_cookie()), (Some(true), None));
    round_trip(&format, line);
    round_trip(
        &Format::compile("%{+Q}CC %ST").unwrap(),
        r#""a"b c" 200"#.replace("b c", "b").as_str(),
    );
}

#[test]
fn fields_that_the_format_does_not_name_are_absent() {
    let format = Format::compile("%f %t").unwrap();

    let line = format.read(b"web 22/Nov/2026:05:01:17.384").unwrap();

    assert_eq!((line.frontend(), line.tls()), (Some(&b"web"[..]), None));
    assert_eq!((line.date(), line.request_date()), (line.accept_date(), None));
    assert_eq!((line.client(), line.client_ip(), line.client_port()), (None, None, None));
    assert_eq!((line.backend(), line.server(), line.termination()), (None, None, None));
    assert_eq!((line.timers(), line.status(), line.bytes()), (None, None, None));
    assert_eq!((line.request_cookie(), line.response_cookie()), (None, None));
    assert_eq!((line.connections(), line.queues()), (None, None));
    assert_eq!((line.request_headers(), line.response_headers()), (None, None));
    assert!(line.request().is_none());
    assert!(format.names(Variable::Frontend) && !format.names(Variable::Server));
}

#[test]
fn faults_in_lines_are_named_with_place_and_field() {
    use LineErrorKind::{
        Byte, Date, Empty, Number, Partial, Termination, TooLarge, Trailing, Truncated,
    };
    use Variable::{
        ActiveTime, Backend, BytesRead, ClientIp, ClientPort, RequestDate, Retries, Status,
    };

    let line = |from: &str, to: &str| {
        assert!(LINE.contains(from), "{from}");
        fault(log_format::haproxy::HTTPLOG, &LINE.replacen(from, to, 1))
    };

    assert_eq!(
        line("10.0.1.2:33317", "Connect from"),
        (7, Some(ClientIp), Byte { expected: b':', found: b' ' })
    );
    assert_eq!(line("10.0.1.2", ""), (0, Some(ClientIp), Empty));
    assert_eq!(line("33317", "x"), (9, Some(ClientPort), Number));
    assert_eq!(line("33317", "033317"), (9, Some(ClientPort), Number));
    assert_eq!(line("33317", "33317000000"), (9, Some(ClientPort), TooLarge));
    assert_eq!(
        line("14.655", "14"),
        (36, Some(RequestDate), Date(log_format::ParseErrorKind::MissingFraction))
    );
    assert_eq!(
        line("06/Feb", "30/Feb"),
        (16, Some(RequestDate), Date(log_format::ParseErrorKind::Range(log_format::Field::Day)))
    );
    assert_eq!(
        line("static/", "static "),
        (56, Some(Backend), Byte { expected: b'/', found: b' ' })
    );
    assert_eq!(line("/109", "/+109"), (82, Some(BytesRead), Partial));
    assert_eq!(line("/109", "/-2"), (73, Some(ActiveTime), Number));
    assert_eq!(line(" 200 ", " 70000 "), (77, Some(Status), TooLarge));
    assert_eq!(line("2750", "18446744073709551616"), (81, Some(BytesRead), TooLarge));
    assert_eq!(line("----", "--- "), (90, Some(Variable::TerminationCookie), Termination));
    assert_eq!(line("/0 0/0", "/-1 0/0"), (103, Some(Retries), Number));
    assert_eq!(line("1.1\"", "1.1\" 0/0"), (LINE.len(), Some(Variable::Request), Trailing));
    assert_eq!(line("1.1\"", "1.1"), (LINE.len() - 1, Some(Variable::Request), Truncated));
    let error = Format::httplog().read(&LINE.as_bytes()[..100]).unwrap_err();
    let foreign = Format::httplog().read("::1:1é".as_bytes()).unwrap_err();
    assert_eq!(
        foreign.to_string(),
        "expected ' ', found '\\xc3' at byte 5 of the line, in or behind %cp"
    );
    assert_eq!(error.to_string(), "line ends early at byte 100 of the line, in or behind %bc");
}

#[test]
fn lines_that_haproxy_wrote_of_rare_events_write_back() {
    // By HAProxy 2.6.12: a unix socket, a redispatch, a tab and nothing in cookies, and captures
    // of response headers alone.
    let lines = [
        "unix:2 [22/Nov/2026:07:03:23.946] fe_resp bk/s1 0/0/0/4/4 200 172 - - ---- 1/1/0/0/0 0/0 \
         {text/pl#7Dain} \"GET /unix HTTP/1.1\"",
        "127.0.0.1:46280 [22/Nov/2026:07:03:23.959] fe_both bk/s1 0/0/0/1/1 200 172 - - ---- \
         1/1/0/0/0 0/0 {#C3#A9#22#7B#7C#7D#23\\#09tab} {text/pl#7Dain} \"GET /c HTTP/1.1\"",
        "127.0.0.1:41974 [22/Nov/2026:07:03:23.986] fe_redisp bkr/s1 0/0/1/0/1 200 172 - - ---- \
         1/1/0/0/+1 0/0 \"GET /d1 HTTP/1.1\"",
        "127.0.0.1:49206 [22/Nov/2026:07:04:10.845] fe_resp bk/s1 0/0/0/0/0 200 116 \
         SESSIONID=a\tb - ---- 1/1/0/0/0 0/0 {} \"GET /t HTTP/1.1\"",
        "127.0.0.1:49224 [22/Nov/2026:07:04:10.848] fe_resp bk/s1 0/0/0/0/0 200 116 SESSIONID= - \
         ---- 2/2/1/1/0 0/0 {} \"GET /e HTTP/1.1\"",
    ];

    for line in lines {
        round_trip(&Format::httplog(), line);
    }
}

#[test]
fn cookie_with_blanks_is_an_error_and_not_a_guess() {
    // The first two by HAProxy 2.6.12, of clients that sent such cookies; the others forge the
    // rest of a line with more care.
    let cookies = [
        r#"SESSIONID="a b c" SESSIONID="x y""#,
        r#"SESSIONID=- ---- 1/1/1/1/0 0/0 "GET /forged HTTP/1.1" -"#,
        r#"SESSIONID=x - ---- 1/1/1/1/0 0/0 "GET /forged HTTP/1.1" -"#,
        r#"SESSIONID=x - ---- 1/1/1/1/0 0/0 {a} {b} "GET /forged -"#,
        r#"SESSIONID=x - ---- 1/1/1/1/0 0/0 {a -"#,
        "a b -",
        "a b c d",
        "- a bbbb",
    ];

    for cookies in cookies {
        let line = LINE.replacen("- -", cookies, 1);

        assert!(Format::httplog().read(line.as_bytes()).is_err(), "{cookies}");
    }
}

#[test]
fn faults_in_formats_are_named_with_their_place() {
    use FormatErrorKind::{
        Ambiguous, Control, MayBeAbsent, NoName, Repeated, Sample, UnclosedFlags, UnknownFlag,
        UnknownVariable, UnsupportedFlag, UnsupportedVariable,
    };

    let cases = [
        ("%ci %zz", 5, UnknownVariable),
        ("%ci %HM", 5, UnsupportedVariable),
        ("%", 1, NoName),
        ("% ci", 1, NoName),
        ("%{+Q}", 1, NoName),
        ("%[src]", 1, Sample),
        ("%{+Q}[src]", 5, Sample),
        ("%{+Qci", 1, UnclosedFlags),
        ("%{+Q,+Z}ci", 5, UnknownFlag),
        ("%{}ci", 2, UnknownFlag),
        ("%{+X}ci", 2, UnsupportedFlag),
        ("a\tb", 1, Control),
        ("%ci%cp", 0, Ambiguous(Variable::ClientIp)),
        ("%ST %B%U", 7, UnsupportedVariable),
        ("%ST%B%s", 0, Ambiguous(Variable::Status)),
        ("%{-Q}cp%%0%ST%{-Q}B", 10, Ambiguous(Variable::Status)),
        ("%ST %B %ST", 7, Repeated(Variable::Status)),
        ("%ft %f", 4, Repeated(Variable::Frontend)),
        ("%f %ft", 3, Repeated(Variable::FrontendTransport)),
        ("%tsc %ts", 5, Repeated(Variable::Termination)),
        ("%ts %tsc", 4, Repeated(Variable::TerminationCookie)),
        ("%r %ST", 0, Ambiguous(Variable::Request)),
        ("%ft~", 0, Ambiguous(Variable::FrontendTransport)),
        ("%ST %hr{", 4, MayBeAbsent(Variable::RequestHeaders)),
        ("%ci:%cp:%ST", 0, Ambiguous(Variable::ClientIp)),
        ("%ci:%cp/%ft", 0, Ambiguous(Variable::ClientIp)),
    ];

    for (format, at, kind) in cases {
        let error = Format::compile(format).unwrap_err();
        assert_eq!((error.at, error.kind), (at, kind), "{format}");
    }
    assert_eq!(
        Format::compile("%ci%cp").unwrap_err().to_string(),
        "end of %ci cannot be found in a line: put a blank or another byte behind it at byte 0 of \
         the log format"
    );
    assert!(Format::compile("%tr%tsc%{+Q}r%hr%hs%ST").is_ok());
    assert!(Format::compile("").is_ok());
}

#[test]
fn format_is_refused_in_which_another_field_could_pass_for_captured_headers() {
    use Variable::{RequestHeaders, ResponseHeaders};
    let refused = [
        ("%ci:%cp %hr %CC %ST", 8, RequestHeaders),
        ("%ci:%cp %hr %hs %CC %ST", 8, RequestHeaders),
        ("%hs %s", 0, ResponseHeaders),
        ("%ST %hs %r", 4, ResponseHeaders),
        ("%hr {%ST", 0, RequestHeaders),
        ("%{+Q}hr %{+Q}r", 0, RequestHeaders),
        ("%{+Q}hr %CC", 0, RequestHeaders),
        ("%hr %{+Q}hs %CC", 0, RequestHeaders),
    ];
    let accepted = ["%hr %{+Q}r", "%hr|%CC", "%hr %tsc", "%{+Q}hr %ST", "%hr %{+Q}CC %ST"];

    for (format, at, variable) in refused {
        let error = Format::compile(format).unwrap_err();
        assert_eq!(
            (error.at, error.kind),
            (at, FormatErrorKind::MayBeAbsent(variable)),
            "{format}"
        );
    }
    for format in accepted {
        assert!(Format::compile(format).is_ok(), "{format}");
    }
    assert_eq!(
        fault("%ST %hr %tsc", "200 {a}-"),
        (7, Some(RequestHeaders), LineErrorKind::Byte { expected: b' ', found: b'-' })
    );
    assert_eq!(
        fault("%ST %hr %tsc", "200 x{-}"),
        (4, Some(Variable::TerminationCookie), LineErrorKind::Termination)
    );
}

#[test]
fn values_that_would_not_read_back_are_refused_and_nothing_is_written() {
    let refused = |entry: Entry<'_>| {
        let mut out = Vec::from(*b"before");
        let error = Format::httplog().write(&entry, &mut out).unwrap_err();
        assert_eq!(out, b"before");
        (error.field, error.kind)
    };
    let none = Entry::default;
    let byte = |at, byte| WriteErrorKind::Byte { at, byte };

    assert_eq!(
        refused(Entry { client: b"", ..none() }),
        (Variable::ClientIp, WriteErrorKind::Empty)
    );
    assert_eq!(refused(Entry { client: b"a b", ..none() }), (Variable::ClientIp, byte(1, b' ')));
    assert_eq!(
        refused(Entry { frontend: b"a~", ..none() }),
        (Variable::FrontendTransport, byte(1, b'~'))
    );
    assert_eq!(refused(Entry { backend: b"a/b", ..none() }), (Variable::Backend, byte(1, b'/')));
    assert_eq!(refused(Entry { server: b"s\n", ..none() }), (Variable::Server, byte(1, b'\n')));
    assert_eq!(
        refused(Entry { request_cookie: Some(b"a b"), ..none() }),
        (Variable::RequestCookie, byte(1, b' '))
    );
    assert_eq!(
        refused(Entry { response_cookie: Some(b""), ..none() }),
        (Variable::ResponseCookie, WriteErrorKind::Empty)
    );
    assert_eq!(
        refused(Entry { termination: *b"-- -", ..none() }),
        (Variable::TerminationCookie, byte(2, b' '))
    );
    assert_eq!(
        refused(Entry { termination: *b"{-}-", ..none() }),
        (Variable::TerminationCookie, byte(0, b'{'))
    );
    let before_year_0 = Fields::new(0, 1, 1, 0, 0, 0, 0).unwrap().with_offset(60).unwrap();
    assert_eq!(
        refused(Entry { request_date: before_year_0, ..none() }),
        (Variable::RequestDate, WriteErrorKind::Stamp(StampError::Year))
    );
}

#[test]
fn what_a_value_may_hold_depends_on_what_follows_it() {
    let write = |format: &str, entry: Entry<'_>| {
        let mut out = Vec::new();
        let outcome = Format::compile(format).unwrap().write(&entry, &mut out);
        outcome.map(|()| String::from_utf8(out).unwrap()).map_err(|error| error.kind)
    };
    let none = Entry::default;
    let byte = |at, byte| Err(WriteErrorKind::Byte { at, byte });
    let client = |client| Entry { client, client_port: Some(80), status: Some(200), ..none() };
    let cookie = |cookie| Entry { request_cookie: Some(cookie), ..none() };

    // An address may hold the byte behind it only where that is a colon, since only then it is
    // known to end at the last.
    assert_eq!(write("%ci:%cp %ST", client(b"::1")).unwrap(), "::1:80 200");
    assert_eq!(write("%ci.%cp %ST", client(b"10.0.0.1")), byte(2, b'.'));
    assert_eq!(write("%ci-%cp %ST", client(b"10.0.0.1")).unwrap(), "10.0.0.1-80 200");
    assert_eq!(write("%{+Q}ci:%cp", client(b"a\":")), byte(1, b'"'));
    assert_eq!(write("%CC", cookie(b"-")), Err(WriteErrorKind::Absent));
    assert_eq!(write("%{+Q}CC", cookie(b"-")).unwrap(), "\"-\"");
    assert_eq!(write("%{+Q}CC", cookie(b"")), Err(WriteErrorKind::Absent));
    let tls = Entry { frontend: b"a\"", tls: true, ..none() };
    assert_eq!(write("%{+Q}ft~", tls), byte(1, b'"'));
    let empty = Entry { request_headers: Some(Captures::Raw(&[])), ..none() };
    assert_eq!(write("%hr %ST", empty).unwrap(), "-1");
}

fn names() -> impl Strategy<Value = Vec<u8>> {
    "[A-Za-z0-9_.:<>-]{1,12}".prop_map(String::into_bytes)
}

fn cookies() -> impl Strategy<Value = Option<Vec<u8>>> {
    // HAProxy's parser lets all but these into a cookie; a dash stands for none.
    let byte = any::<u8>().prop_filter("ends", |byte| !b" \0\r\n".contains(byte));
    let cookie = prop::collection::vec(byte, 1..12).prop_filter("absent", |cookie| cookie != b"-");
    prop::option::of(cookie)
}

fn headers() -> impl Strategy<Value = Option<Vec<Vec<u8>>>> {
    prop::option::of(prop::collection::vec(prop::collection::vec(any::<u8>(), 0..10), 1..4))
}

fn addresses() -> impl Strategy<Value = String> {
    let v4 = any::<[u8; 4]>().prop_map(IpAddr::from);
    let v6 = any::<[u8; 16]>().prop_map(IpAddr::from);
    prop_oneof![v4, v6].prop_map(|address| address.to_string())
}

fn connections() -> impl Strategy<Value = Connections> {
    any::<([u32; 5], bool)>().prop_map(|(counts, redispatched)| {
        let [active, frontend, backend, server, retries] = counts;
        Connections { active, frontend, backend, server, retries, redispatched }
    })
}

/// Values of captured headers as a writer hands them in.
fn slices(headers: &Option<Vec<Vec<u8>>>) -> Option<Vec<&[u8]>> {
    headers.as_ref().map(|values| values.iter().map(Vec::as_slice).collect())
}

/// Values of captured headers as the writer had them.
fn unescaped(headers: Headers<'_>) -> Vec<Vec<u8>> {
    headers.iter().map(|value| value.unescape().collect()).collect()
}

fn timers() -> impl Strategy<Value = Timers> {
    any::<[Option<u32>; 5]>().prop_map(|[request, queue, connect, response, active]| Timers {
        request,
        queue,
        connect,
        response,
        active,
        total: None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_entry_reads_back_as_it_was_written(
        (client, client_port) in (addresses(), any::<Option<u32>>()),
        (frontend, backend, server, tls) in (names(), names(), names(), any::<bool>()),
        timers in timers(),
        (status, bytes, partial) in any::<(Option<u16>, u64, bool)>(),
        (request_cookie, response_cookie) in (cookies(), cookies()),
        (connections, queues) in (connections(), any::<(u32, u32)>()),
        (request_headers, response_headers) in (headers(), headers()),
        request in prop::collection::vec(any::<u8>(), 0..40),
        millis in 0..4_000_000_000_000_i64,
    ) {
        let format = Format::httplog();
        // A lone block is read as the request's.
        let response_headers = request_headers.as_ref().and(response_headers);
        let request_values = slices(&request_headers);
        let response_values = slices(&response_headers);
        let entry = Entry {
            client: client.as_bytes(),
            client_port,
            request_date: UnixMicros(millis * 1_000).fields().unwrap(),
            frontend: &frontend,
            tls,
            backend: &backend,
            server: &server,
            timers,
            status,
            bytes,
            partial,
            request_cookie: request_cookie.as_deref(),
            response_cookie: response_cookie.as_deref(),
            connections,
            queues: Queues { server: queues.0, backend: queues.1 },
            request_headers: request_values.as_deref().map(Captures::Raw),
            response_headers: response_values.as_deref().map(Captures::Raw),
            request: Text::Raw(&request),
            ..Entry::default()
        };
        let mut out = Vec::new();

        format.write(&entry, &mut out).unwrap();
        let line = format.read(&out).unwrap();

        assert_eq!(line.request_headers().map(unescaped), request_headers);
        assert_eq!(line.response_headers().map(unescaped), response_headers);
        let read: Vec<u8> = line.request().unwrap().text().unescape().collect();
        assert_eq!(read, request);
        let expected = Entry {
            request_date: entry.request_date.to_naive().fields().unwrap(),
            request_headers: line.entry().request_headers,
            response_headers: line.entry().response_headers,
            request: line.entry().request,
            ..entry
        };
        assert_eq!(line.entry(), expected);
        let mut again = Vec::new();
        format.write(&line.entry(), &mut again).unwrap();
        assert_eq!(again, out);
    }

    #[test]
    fn whatever_reads_writes_back_as_the_same_bytes(
        at in 0..LINE.len(),
        remove in 0..6_usize,
        insert in "[ -~]{0,5}",
    ) {
        let format = Format::httplog();
        let end = (at + remove).min(LINE.len());
        let line = format!("{}{insert}{}", &LINE[..at], &LINE[end..]);

        match format.read(line.as_bytes()) {
            Ok(_) => round_trip(&format, &line),
            Err(error) => assert!(error.at <= line.len()),
        }
    }

    /// Cookies go into the line as clients send them. Whatever they hold, a line that reads says
    /// of everything behind them what HAProxy wrote.
    #[test]
    fn no_cookie_passes_for_the_rest_of_the_line(
        cookies in prop::collection::vec(
            prop::sample::select(vec![
                " ", "-", "x", "----", "1/1/1/1/0", "0/0", "{a", "{", "}", "{a|b}", "\"",
                "\"GET /forged", "\"GET /forged HTTP/1.1\"", " - ---- 1/1/1/1/0 0/0 ",
                "- ---- 1/1/1/1/0 0/0 \"",
            ]),
            1..12,
        ),
        blocks in prop::sample::select(vec!["", "{h} ", "{} {|h} "]),
    ) {
        let line = format!(
            "::1:1 [06/Feb/2009:12:14:14.655] f b/s 0/0/0/0/0 200 0 {} CD-- 7/7/7/7/7 3/3 \
             {blocks}\"GET /real HTTP/1.1\"",
            cookies.concat(),
        );

        if let Ok(line) = Format::httplog().read(line.as_bytes()) {
            assert_eq!(line.termination(), Some(&b"CD--"[..]));
            assert_eq!(line.connections().unwrap().active, 7);
            assert_eq!(line.queues().unwrap().server, 3);
            assert_eq!(line.request().unwrap().uri(), Some(&b"/real"[..]));
            let headers = [line.request_headers(), line.response_headers()];
            assert_eq!(headers.into_iter().flatten().count(), blocks.matches('{').count());
        }
    }

    #[test]
    fn no_bytes_make_reader_or_compiler_panic(
        line in prop::collection::vec(any::<u8>(), 0..80),
        format in "[%{}+QocipTrsthCB: \\[\\]/\"é]{0,24}",
    ) {
        let _ = Format::httplog().read(&line);
        if let Ok(format) = Format::compile(&format) {
            if let Ok(read) = format.read(&line) {
                let _ = format.write(&read.entry(), &mut Vec::new());
            }
        }
    }
}
