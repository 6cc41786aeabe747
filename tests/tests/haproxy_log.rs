//! `log-format` against lines that HAProxy 2.6.12 wrote, judged by a slow reader of its own and
//! by what HAProxy's `halog` says of the same file.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::collections::BTreeMap;

use log_format::haproxy::prefix::{Kind, strip};
use log_format::haproxy::{Format, HTTPLOG, Headers, Line, LineErrorKind, TCPLOG};
use log_format::{HaproxyDate, stamp};

/// Each eighth line of a larger corpus, with RFC 3164's prefix as a syslog daemon files it.
fn corpus() -> Vec<u8> {
    let mut compressed = &include_bytes!("../data/haproxy.log.xz")[..];
    let mut lines = Vec::new();
    lzma_rs::xz_decompress(&mut compressed, &mut lines).unwrap();
    lines
}

fn lines(corpus: &[u8]) -> impl Iterator<Item = &[u8]> {
    corpus.strip_suffix(b"\n").unwrap().split(|byte| *byte == b'\n')
}

/// The line's own part, by the one thing that stands between in this file: `haproxy[10660]: `.
fn body(line: &[u8]) -> &str {
    let line = std::str::from_utf8(line).unwrap();
    line.split_once("]: ").unwrap().1
}

/// The blank-separated words of an httplog line before the captured headers, and the rest.
/// HAProxy's fields before the headers hold no blanks (the cookies of this file neither).
struct Slow<'l> {
    words: Vec<&'l str>,
    headers: Vec<&'l str>,
    request: &'l str,
}

/// Takes a line for httplog when its second word is a date with milliseconds in brackets, its
/// fifth five numbers, and it ends in a quote. (tcplog has three numbers there, the custom format
/// of this file ten, httpslog ends in a cipher, clf in an empty string and a blank.)
fn slow(body: &str) -> Option<Slow<'_>> {
    let mut words: Vec<&str> = body.splitn(13, ' ').collect();
    let rest = words.pop().filter(|_| words.len() == 12)?;
    let date = words[1].strip_prefix('[')?.strip_suffix(']')?;
    if date.len() != 24 || date.as_bytes()[20] != b'.' || words[4].split('/').count() != 5 {
        return None;
    }
    let unquoted = rest.strip_suffix('"')?;
    let (headers, request) = unquoted.split_at(unquoted.rfind('"')?);
    let headers = headers.split_inclusive("} ").map(str::trim_end).collect();
    Some(Slow { words, headers, request: &request[1..] })
}

fn text(bytes: Option<&[u8]>) -> &str {
    std::str::from_utf8(bytes.unwrap()).unwrap()
}

fn or_minus_one(number: Option<u32>) -> String {
    number.map_or("-1".into(), |number| number.to_string())
}

fn block(headers: Headers<'_>) -> String {
    format!("{{{}}}", text(Some(headers.as_bytes())))
}

/// Puts the fields into words as they stand in the line, each by itself.
fn words(line: &Line<'_>) -> Vec<String> {
    let plus = if line.is_partial() { "+" } else { "" };
    let timers = line.timers().unwrap();
    let connections = line.connections().unwrap();
    let queues = line.queues().unwrap();
    let date = stamp::<HaproxyDate>(&line.request_date().unwrap().to_naive()).unwrap();
    vec![
        format!("{}:{}", line.client_ip().unwrap(), line.client_port().unwrap()),
        format!("[{date}]"),
        format!("{}{}", text(line.frontend()), if line.tls().unwrap() { "~" } else { "" }),
        format!("{}/{}", text(line.backend()), text(line.server())),
        format!(
            "{}/{}/{}/{}/{plus}{}",
            or_minus_one(timers.request),
            or_minus_one(timers.queue),
            or_minus_one(timers.connect),
            or_minus_one(timers.response),
            or_minus_one(timers.active),
        ),
        or_minus_one(line.status().map(u32::from)),
        format!("{plus}{}", line.bytes().unwrap()),
        line.request_cookie().map_or("-", |cookie| text(Some(cookie))).into(),
        line.response_cookie().map_or("-", |cookie| text(Some(cookie))).into(),
        text(line.termination()).into(),
        format!(
            "{}/{}/{}/{}/{}{}",
            connections.active,
            connections.frontend,
            connections.backend,
            connections.server,
            if connections.redispatched { "+" } else { "" },
            connections.retries,
        ),
        format!("{}/{}", queues.server, queues.backend),
    ]
}

/// Nearest rank, `per_mille` of 1000, of sorted values.
fn percentile(sorted: &[u32], per_mille: usize) -> u32 {
    sorted[(sorted.len() * per_mille).div_ceil(1000) - 1]
}

#[test]
fn every_httplog_line_reads_as_the_slow_reader_reads_it_and_writes_back() {
    let corpus = corpus();
    let format = Format::httplog();
    let mut read = 0;
    let mut responses = Vec::new();
    let mut bytes = 0;
    let mut statuses = BTreeMap::new();
    let mut counts = BTreeMap::<&str, u32>::new();
    let mut written = Vec::new();

    for whole in lines(&corpus) {
        let body = body(whole);
        let Some(slow) = slow(body) else { continue };
        let stripped = strip(whole);
        assert_eq!((stripped.kind, stripped.body), (Kind::Rfc3164, body.as_bytes()));

        let line = format.read(stripped.body).unwrap_or_else(|error| panic!("{error}: {body}"));

        assert_eq!(words(&line), slow.words, "{body}");
        let blocks = [line.request_headers(), line.response_headers()];
        assert_eq!(blocks.into_iter().flatten().map(block).collect::<Vec<_>>(), slow.headers);
        let request = line.request().unwrap();
        assert_eq!(text(Some(request.text().as_bytes())), slow.request);
        assert_eq!(request.is_bad(), slow.request == "<BADREQ>");
        if let (Some(method), Some(uri)) = (request.method(), request.uri()) {
            let parts = [Some(method), Some(uri), request.version()]
                .map(|part| part.map(|p| text(Some(p))));
            let joined: Vec<_> = parts.into_iter().flatten().collect();
            assert_eq!(joined.join(" "), slow.request);
        }
        written.clear();
        format.write(&line.entry(), &mut written).unwrap();
        assert_eq!(std::str::from_utf8(&written).unwrap(), body);

        read += 1;
        bytes += line.bytes().unwrap();
        responses.extend(line.timers().unwrap().response);
        *statuses.entry(line.status().unwrap()).or_insert(0) += 1;
        let facts = [
            ("ipv6 client", line.client_ip().unwrap().is_ipv6()),
            ("partial", line.is_partial()),
            ("tls", line.tls().unwrap()),
            ("bad request", request.is_bad()),
            ("<NOSRV>", line.server() == Some(b"<NOSRV>")),
            ("<STATS>", line.server() == Some(b"<STATS>")),
            ("a quote in a cookie", slow.words[7].contains('"')),
            ("no block", slow.headers.is_empty()),
            ("one block", slow.headers.len() == 1),
            ("two blocks", slow.headers.len() == 2),
            ("a timer of -1", slow.words[4].contains("-1")),
        ];
        for (fact, _) in facts.iter().filter(|(_, holds)| *holds) {
            *counts.entry(fact).or_default() += 1;
        }
    }

    responses.sort_unstable();
    println!("{read} httplog lines, {bytes} bytes sent; {counts:?}");
    // As counted in this file by regular expressions in Python, apart from this reader; the corpus
    // has no redispatch and no unix socket.
    let expected = [
        ("<NOSRV>", 2_121),
        ("<STATS>", 215),
        ("a quote in a cookie", 4_839),
        ("a timer of -1", 2_815),
        ("bad request", 775),
        ("ipv6 client", 9_205),
        ("no block", 6_762),
        ("one block", 2_109),
        ("partial", 2_144),
        ("tls", 19),
        ("two blocks", 30_002),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
    assert_eq!(bytes, 154_409_660);
    // `halog -H -c` counts 38,890 lines and `halog -st -H` so many of each status; 17 of them,
    // all with status 200, are httpslog, which halog takes for httplog.
    assert_eq!(read, 38_890 - 17);
    let halog = [
        (200, 28_818 - 17),
        (201, 365),
        (204, 633),
        (206, 368),
        (302, 718),
        (303, 37),
        (304, 1_844),
        (400, 762),
        (401, 361),
        (403, 291),
        (404, 1_821),
        (408, 13),
        (418, 356),
        (429, 342),
        (500, 698),
        (502, 345),
        (503, 1_074),
        (504, 44),
    ];
    assert_eq!(statuses, BTreeMap::from(halog));
    // `halog -pct` has 36,075 response times, again with those 17, and 333 ms at 99.9 %.
    assert_eq!(responses.len(), 36_075 - 17);
    assert_eq!([500, 750, 999, 1000].map(|p| percentile(&responses, p)), [3, 12, 333, 404]);
}

#[test]
fn lines_of_other_formats_are_refused_and_tcplog_reads_as_tcplog() {
    let corpus = corpus();
    let (http, tcp) = (Format::httplog(), Format::tcplog());
    let (mut others, mut tcp_lines) = (0, 0);
    let mut written = Vec::new();

    for whole in lines(&corpus) {
        let body = body(whole);
        if slow(body).is_some() {
            continue;
        }
        assert!(http.read(body.as_bytes()).is_err(), "{body}");
        others += 1;
        // Three timers, a whole number of bytes, and two letters.
        let words: Vec<_> = body.split(' ').collect();
        let is_tcp = words.len() == 9 && words[4].split('/').count() == 3 && words[6].len() == 2;
        let line = tcp.read(body.as_bytes());
        assert_eq!(line.is_ok(), is_tcp, "{body}");
        let Ok(line) = line else { continue };
        let timers = line.timers().unwrap();
        let shown = [timers.queue, timers.connect, timers.total].map(or_minus_one).join("/");
        assert_eq!((shown.as_str(), text(line.termination())), (words[4], words[6]));
        assert_eq!(line.bytes().unwrap().to_string(), words[5]);
        assert_eq!((line.status(), line.request(), line.request_date()), (None, None, None));
        written.clear();
        tcp.write(&line.entry(), &mut written).unwrap();
        assert_eq!(std::str::from_utf8(&written).unwrap(), body);
        tcp_lines += 1;
    }

    println!("{others} other lines, {tcp_lines} of them tcplog");
    assert_eq!((others, tcp_lines), (40_763 - 38_873, 182));
}

#[test]
fn line_cut_anywhere_is_reported_as_truncated() {
    let corpus = corpus();
    let format = Format::httplog();
    let mut cuts = 0;

    for whole in lines(&corpus).step_by(97) {
        let body = body(whole);
        if slow(body).is_none() {
            continue;
        }
        for end in 0..body.len() {
            let error = format.read(&body.as_bytes()[..end]).unwrap_err();

            assert_eq!((error.at, error.kind), (end, LineErrorKind::Truncated), "{}", &body[..end]);
            cuts += 1;
        }
    }

    assert!(cuts > 50_000, "{cuts}");
}

#[test]
fn prefixes_of_all_syslog_formats_come_off() {
    let text = include_str!("../data/haproxy-syslog-prefixes.txt");
    let format = Format::httplog();
    let mut kind = "";
    let mut seen = BTreeMap::<&str, u32>::new();

    for line in text.lines() {
        if let Some(name) = line.strip_prefix("# ") {
            kind = name;
            continue;
        }
        let stripped = strip(line.as_bytes());
        *seen.entry(kind).or_default() += 1;

        let (expected, priority) = match kind {
            "rfc3164" | "rfc3164, cut at len 128" => (Kind::Rfc3164, Some(134)),
            "rfc5424" => (Kind::Rfc5424, Some(134)),
            "iso" => (Kind::Iso, None),
            "timed" => (Kind::Timed, Some(6)),
            "short" => (Kind::Short, Some(6)),
            "priority" => (Kind::Priority, Some(134)),
            "raw" => (Kind::Raw, None),
            other => panic!("{other}"),
        };
        assert_eq!((stripped.kind, stripped.priority), (expected, priority), "{line}");
        assert!(stripped.body.starts_with(b"127.0.0.1:"), "{line}");
        let read = format.read(stripped.body);
        if kind.ends_with("cut at len 128") {
            assert_eq!(read.unwrap_err().kind, LineErrorKind::Truncated);
        } else {
            let line = read.unwrap();
            let captured: Vec<_> = line.request_headers().unwrap().iter().collect();
            assert_eq!(captured.len(), 1);
            assert_eq!(captured[0].unescape().collect::<Vec<_>>(), br#"a"b{c}d|e#f\g ]h"#);
            assert_eq!(line.request().unwrap().uri(), Some(&b"/x?y=1"[..]));
        }
    }

    assert_eq!(seen.len(), 8);
    assert!(seen.values().all(|count| *count == 2), "{seen:?}");
}

#[test]
fn formats_are_those_of_the_manual() {
    // Sections 8.2.2 and 8.2.3 of the configuration manual 2.6, its line breaks joined.
    let tcplog = "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq";
    let httplog = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc \
                   %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r";

    assert_eq!((TCPLOG, HTTPLOG), (tcplog, httplog));
}
