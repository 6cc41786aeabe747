//! Deciding takes no memory from the heap: not at all where no text must be put together, and with the
//! caller's scratch not where it must, once the largest request has been seen.
//!
//! The allocator counts for the whole process, and the test harness allocates too: one test stands in
//! this binary, and it runs its policies one after the other.

#![expect(clippy::expect_used, reason = "a test fails by panicking, its helpers too")]

use std::alloc::System;
use std::fmt::Write as _;
use std::hint::black_box;

use proxy_acl::{Options, Policy, RequestView, Scratch, Tls};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const DECISIONS: usize = 1_000_000;

/// Every way of looking and matching that takes the request as it came.
const PLAIN: &str = r"
acl is_local src 10.66.0.0/24 2001:db8::/32
acl is_listed src -f nets.lst
acl is_admin path_beg -f paths.lst
acl is_script path_end .php .cgi
acl is_probe path_sub -i -f words.lst
acl is_dir path_dir -i secret
acl is_host hdr(host) -i example.com www.example.com
acl is_dom hdr_dom(host) example.com
acl is_client hdr_ip(x-forwarded-for) 192.0.2.0/24
acl is_bot hdr_reg(user-agent) -i bot|crawler ^curl/[0-9]+
acl is_in cook(sid) -m found
acl is_debug url_param(debug) -m int ge 1
acl is_long path_len gt 200
acl is_many hdr_cnt(cookie) gt 3
acl is_safe method GET HEAD
acl is_old req.ver 1.0
acl is_named ssl_fc_sni -m end .example.com
tcp-request connection reject if { src 203.0.113.9 }
http-request deny if is_listed !is_local
http-request deny if is_admin !is_local or is_probe or is_dir
http-request deny deny_status 404 if is_script !is_safe
http-request tarpit if is_bot is_long
http-request return status 204 if is_debug is_client is_in
http-request deny if is_many is_old
http-request deny unless is_host or is_dom or is_named
";

/// Converters, maps and everything that changes the request.
const REWRITING: &str = r"
tcp-request content set-var(txn.net) src,ipmask(24)
http-request set-var(txn.host) hdr(host),host_only,lower
http-request set-var(txn.site) var(txn.host),map(sites.map,none)
http-request set-var(txn.sum) url_param(id),add(7),mul(3)
http-request set-var-fmt(txn.key) %[var(txn.net)]-%[var(txn.site)]
http-request del-header X-Forwarded-For if { path,url_dec,lower -m beg /api }
http-request set-header X-Key %[var(txn.key),crc32]
http-request add-header X-Key %[path,field(2,/),hex]
http-request set-path /v2%[path] if { base,lower -m beg example.com/api }
http-request set-query %[query,regsub(a,b,g)]&x=1 if { query -m found }
http-request set-uri /gone if { path_beg /v2/old }
http-request set-method POST if { method PURGE }
http-request deny if { hdr_cnt(x-key) gt 2 } or { var(txn.sum) -m int gt 1000000 }
http-request redirect prefix https://%[var(txn.host)] code 301 if { path /login }
use_backend %[var(txn.site)] if { var(txn.site) -m found }
";

#[test]
fn a_million_decisions_allocate_nothing() {
    // The runner's own thread may still allocate when a test begins, and all threads are counted.
    std::thread::sleep(std::time::Duration::from_millis(200));

    let plain = policy(PLAIN);
    let rewriting = policy(REWRITING);
    let requests = requests();
    let mut scratch = Scratch::new();
    let mut verdicts = 0;

    // HAProxy takes `:80` out of an absolute target before any rule, which needs room.
    let as_they_came: Vec<_> =
        requests.iter().filter(|request| !request.uri.starts_with(b"http")).copied().collect();
    assert_none("decide", DECISIONS, &as_they_came, |request| {
        black_box(plain.decide(request));
    });
    assert_none("decide_with", DECISIONS / 4, &requests, |request| {
        black_box(plain.decide_with(request, &mut scratch).decision);
    });
    assert_none("rewriting", DECISIONS / 4, &requests, |request| {
        let verdict = rewriting.decide_with(request, &mut scratch);
        verdicts += usize::from(verdict.backend.is_some() || verdict.location.is_some());
    });

    assert!(verdicts > DECISIONS / 4, "hardly anything was rewritten: {verdicts}");
    // The other way round, or the counting could be broken unseen.
    assert_eq!(allocations(|| drop(black_box(Box::new(1)))), 1);
}

fn policy(text: &str) -> Policy {
    let mut nets = String::new();
    let mut paths = String::new();
    let mut words = String::new();
    for index in 0..300 {
        // Writing into a string cannot fail.
        let _ = writeln!(nets, "203.0.{}.0/25\n2001:db8:{index:x}::/48", index % 113);
        let _ = writeln!(paths, "/admin{index}");
        let _ = writeln!(words, "probe-{index}-");
    }
    let options = Options::new()
        .pattern_file("nets.lst", nets)
        .pattern_file("paths.lst", paths)
        .pattern_file("words.lst", words)
        .pattern_file("sites.map", "example.com shop\nwww.example.com shop\nexample.org blog\n");
    Policy::parse(text.as_bytes(), &options).expect("the policy is valid")
}

fn requests() -> Vec<RequestView<'static>> {
    const HEADERS: [&[(&[u8], &[u8])]; 4] = [
        &[(b"Host", b"Example.com"), (b"Cookie", b"sid=1; theme=dark"), (b"User-Agent", b"Bot")],
        &[(b"Host", b"www.example.com:443"), (b"X-Forwarded-For", b"192.0.2.7, 10.0.0.1")],
        &[(b"Host", b"example.org"), (b"X-Key", b"a, b"), (b"User-Agent", b"curl/7.88 (x, y)")],
        &[(b"Host", b"other.test"), (b"Cookie", b"a=1, b=2, c=3, d=4")],
    ];
    const TARGETS: [(&[u8], &[u8]); 8] = [
        (b"GET", b"/"),
        (b"GET", b"/admin7/x.php?id=12&a=1"),
        (b"POST", b"/api/%61dmin?debug=1"),
        (b"GET", b"/old/page?aaa=1;b"),
        (b"PURGE", b"/login"),
        (b"GET", b"http://example.com:80/SECRET/a"),
        (b"POST", b"/cgi/run.cgi"),
        (b"OPTIONS", b"*"),
    ];
    const SOURCES: [&str; 5] = [
        "10.66.0.9:40000",
        "203.0.7.1:1",
        "[2001:db8:1::1]:40000",
        "[::ffff:192.0.2.9]:40000",
        "203.0.113.9:1",
    ];
    let mut requests = Vec::new();
    for headers in HEADERS {
        for (method, target) in TARGETS {
            for source in SOURCES {
                let source = source.parse().expect("an address");
                let tls = Tls::new().server_name(b"www.example.com");
                requests.push(RequestView::new(method, target, source).headers(headers).tls(tls));
            }
        }
    }
    requests
}

/// Runs all requests once to warm up, then counts.
fn assert_none<'r>(
    path: &str,
    times: usize,
    requests: &[RequestView<'r>],
    mut run: impl FnMut(&RequestView<'r>),
) {
    requests.iter().for_each(&mut run);
    let counted = allocations(|| requests.iter().cycle().take(times).for_each(&mut run));
    assert_eq!(counted, 0, "allocations in {path}");
}

/// How often the allocator is asked for memory meanwhile.
fn allocations(run: impl FnOnce()) -> usize {
    let region = Region::new(ALLOCATOR);
    run();
    let change = region.change();
    change.allocations + change.reallocations
}
