//! Formats made at random, and entries made at random to be written by them.

use std::cell::Cell;

use log_format::haproxy::{
    Captures, Connections, Entry, Format, Headers, Line, Queues, Text, Timers,
};
use log_format::{Fields, Moment, UnixMicros};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::TestRunner;

const NAMES: [&str; 30] = [
    "ci", "cp", "t", "tr", "f", "ft", "b", "s", "TR", "Tw", "Tc", "Tr", "Ta", "Tt", "ST", "B",
    "CC", "CS", "ts", "tsc", "ac", "fc", "bc", "sc", "rc", "sq", "bq", "hr", "hs", "r",
];

/// A directive's string, and the names in it.
fn directives() -> impl Strategy<Value = (String, Vec<&'static str>)> {
    let separators = prop_oneof![
        12 => Just(" "),
        4 => select(vec!["", ":", "/", "|", ".", "  "]),
        1 => select(vec!["{", "}", "\"", "~", "-", "+", "0", "%%", " {", "é"]),
    ];
    // Those that say most about what stands beside them come more often.
    let few = subsequence(vec!["ci", "cp", "ft", "s", "CC", "tsc", "hr", "hs", "r", "ST"], 2..7);
    let names = prop_oneof![few, subsequence(NAMES.to_vec(), 1..8)].prop_shuffle();
    names.prop_flat_map(move |names| {
        let fields = names.len();
        let between = prop::collection::vec(separators.clone(), fields + 1);
        let quoted = prop::collection::vec(prop::bool::weighted(0.25), fields);
        (Just(names), between, quoted).prop_map(|(names, between, quoted)| {
            let mut directive = String::from(if between[0] == " " { "" } else { between[0] });
            for ((name, quoted), separator) in names.iter().zip(quoted).zip(&between[1..]) {
                directive += if quoted { "%{+Q}" } else { "%" };
                directive += name;
                directive += separator;
            }
            // Most formats end in a field.
            (directive.trim_end().to_owned(), names)
        })
    })
}

/// What may stand in a name, a cookie or a header, with a preference for what could pass for
/// something else.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let odd = select(b"a0 :./-~|#\"{}\t\0\xe9".to_vec());
    prop_oneof![
        3 => "[a-z]{1,3}".prop_map(String::into_bytes),
        1 => select(vec!["{a}", "{a", "\"{a}\"", "::1", "10.0.0.1", "-", ""])
            .prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(odd, 0..6),
    ]
}

/// An entry that owns its texts.
#[derive(Clone, Debug)]
struct Values {
    names: [Vec<u8>; 4],
    cookies: [Option<Vec<u8>>; 2],
    headers: [Option<Vec<Vec<u8>>>; 2],
    request: Vec<u8>,
    termination: [u8; 4],
    numbers: [u32; 8],
    timers: [Option<u32>; 8],
    flags: [bool; 3],
    dates: [Fields; 2],
}

fn values() -> impl Strategy<Value = Values> {
    let number = prop_oneof![0..3_u32, any::<u32>()];
    let headers = || prop::option::of(prop::collection::vec(texts(), 0..3));
    let letters = prop_oneof![9 => select(b"-CDaz09".to_vec()), 1 => select(b" {\"\0".to_vec())];
    let date = (0..4_000_000_000_000_i64).prop_map(|millis| {
        UnixMicros(millis * 1_000).fields().unwrap().to_naive().fields().unwrap()
    });
    (
        [texts(), texts(), texts(), texts()],
        [prop::option::of(texts()), prop::option::of(texts())],
        [headers(), headers()],
        texts(),
        prop::array::uniform4(letters),
        prop::array::uniform8(number.clone()),
        prop::array::uniform8(prop::option::of(number)),
        any::<[bool; 3]>(),
        [date.clone(), date],
    )
        .prop_map(
            |(names, cookies, headers, request, termination, numbers, timers, flags, dates)| {
                Values {
                    names,
                    cookies,
                    headers,
                    request,
                    termination,
                    numbers,
                    timers,
                    flags,
                    dates,
                }
            },
        )
}

impl Values {
    fn entry<'v>(&'v self, headers: &'v [Option<Vec<&'v [u8]>>; 2]) -> Entry<'v> {
        let [client, frontend, backend, server] = &self.names;
        let [request_cookie, response_cookie] = &self.cookies;
        let [request_headers, response_headers] = headers;
        let [active, of_frontend, of_backend, of_server, retries, in_server, in_backend, bytes] =
            self.numbers;
        let [request, queue, connect, response, active_time, total, client_port, status] =
            self.timers;
        let [tls, partial, redispatched] = self.flags;
        Entry {
            client,
            client_port,
            accept_date: self.dates[0],
            request_date: self.dates[1],
            frontend,
            tls,
            backend,
            server,
            timers: Timers { request, queue, connect, response, active: active_time, total },
            status: status.map(|status| status as u16),
            bytes: u64::from(bytes) << 20,
            partial,
            request_cookie: request_cookie.as_deref(),
            response_cookie: response_cookie.as_deref(),
            termination: self.termination,
            connections: Connections {
                active,
                frontend: of_frontend,
                backend: of_backend,
                server: of_server,
                retries,
                redispatched,
            },
            queues: Queues { server: in_server, backend: in_backend },
            request_headers: request_headers.as_deref().map(Captures::Raw),
            response_headers: response_headers.as_deref().map(Captures::Raw),
            request: Text::Raw(&self.request),
        }
    }
}

/// Copies what a variable logs; captured headers and requests are compared unescaped, apart.
fn copy<'e>(name: &str, from: &Entry<'e>, to: &mut Entry<'e>) {
    let (timers, connections) = (&mut to.timers, &mut to.connections);
    match name {
        "ci" => to.client = from.client,
        "cp" => to.client_port = from.client_port,
        "t" => to.accept_date = from.accept_date,
        "tr" => to.request_date = from.request_date,
        "f" => to.frontend = from.frontend,
        "ft" => (to.frontend, to.tls) = (from.frontend, from.tls),
        "b" => to.backend = from.backend,
        "s" => to.server = from.server,
        "TR" => timers.request = from.timers.request,
        "Tw" => timers.queue = from.timers.queue,
        "Tc" => timers.connect = from.timers.connect,
        "Tr" => timers.response = from.timers.response,
        "Ta" => (timers.active, to.partial) = (from.timers.active, from.partial),
        "Tt" => (timers.total, to.partial) = (from.timers.total, from.partial),
        "ST" => to.status = from.status,
        "B" => (to.bytes, to.partial) = (from.bytes, from.partial),
        "CC" => to.request_cookie = from.request_cookie,
        "CS" => to.response_cookie = from.response_cookie,
        "ts" => to.termination[..2].copy_from_slice(&from.termination[..2]),
        "tsc" => to.termination = from.termination,
        "ac" => connections.active = from.connections.active,
        "fc" => connections.frontend = from.connections.frontend,
        "bc" => connections.backend = from.connections.backend,
        "sc" => connections.server = from.connections.server,
        "rc" => {
            connections.retries = from.connections.retries;
            connections.redispatched = from.connections.redispatched;
        }
        "sq" => to.queues.server = from.queues.server,
        "bq" => to.queues.backend = from.queues.backend,
        other => assert!(["hr", "hs", "r"].contains(&other), "{other}"),
    }
}

/// The blocks of captured headers in the order of the format: a lone one may be read as the other's.
fn blocks(line: &Line<'_>, names: &[&str]) -> Vec<Vec<Vec<u8>>> {
    let unescaped = |headers: Headers<'_>| -> Vec<Vec<u8>> {
        headers.iter().map(|value| value.unescape().collect()).collect()
    };
    let of = |name: &&str| match *name {
        "hr" => line.request_headers().map(unescaped),
        "hs" => line.response_headers().map(unescaped),
        _ => None,
    };
    names.iter().filter_map(of).collect()
}

#[test]
fn what_any_format_writes_it_reads_back_equal() {
    let (compiled, written) = (Cell::new(0), Cell::new(0));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(30_000) };
    let cases = config.cases;

    let outcome = TestRunner::new(config).run(&(directives(), values()), |case| {
        let ((directive, names), values) = case;
        let Ok(format) = Format::compile(&directive) else { return Ok(()) };
        compiled.set(compiled.get() + 1);
        let headers = values.headers.each_ref().map(|headers| {
            headers.as_ref().map(|values| values.iter().map(Vec::as_slice).collect())
        });
        let entry = values.entry(&headers);
        let mut out = Vec::new();
        if format.write(&entry, &mut out).is_err() {
            return Ok(());
        }
        written.set(written.get() + 1);

        let line = format.read(&out);

        let shown = out.escape_ascii();
        prop_assert!(line.is_ok(), "{:?} of {shown} by {directive}", line.err());
        let line = line.unwrap();
        let read = line.entry();
        let mut expected = Entry {
            request: read.request,
            request_headers: read.request_headers,
            response_headers: read.response_headers,
            ..Entry::default()
        };
        names.iter().for_each(|name| copy(name, &entry, &mut expected));
        prop_assert_eq!(read, expected, "{} by {}", shown, directive);
        let named = names.iter().filter_map(|name| match *name {
            "hr" => values.headers[0].clone(),
            "hs" => values.headers[1].clone(),
            _ => None,
        });
        let expected: Vec<_> = named.filter(|headers| !headers.is_empty()).collect();
        prop_assert_eq!(blocks(&line, &names), expected, "{} by {}", shown, directive);
        if names.contains(&"r") {
            let request: Vec<u8> = line.request().unwrap().text().unescape().collect();
            prop_assert_eq!(request, values.request, "{} by {}", shown, directive);
        }
        let mut again = Vec::new();
        format.write(&read, &mut again).unwrap();
        prop_assert_eq!(again, out, "by {}", directive);
        Ok(())
    });

    outcome.unwrap();
    let (compiled, written) = (compiled.get(), written.get());
    println!("{written} written by {compiled} formats of {cases}");
    assert!(compiled > cases / 4 && written > cases / 10, "{compiled}, {written}");
}
