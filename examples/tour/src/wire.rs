//! Two stacks joined without tunnels, in virtual time: what runs on a node runs here as well, and
//! always the same way.

use std::net::Ipv4Addr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use proxy_acl::{Options, Policy};
use smoltcp::socket::tcp;

use crate::clock::Clock;
use crate::log::digest::{Digest, Stamps};
use crate::log::journal::{Files, Journal};
use crate::node::stack::Stack;
use crate::node::{News, Service};
use crate::probe::{PINGS, Pinger, Sink, Source};
use crate::web::connection::SITE_PORT;
use crate::web::plan::Origin;
use crate::web::site::Site;
use crate::web::visitor::{Gate, Visitor};

const HERE: Ipv4Addr = Ipv4Addr::new(10, 66, 0, 1);
const OFFICE: Ipv4Addr = Ipv4Addr::new(10, 66, 0, 3);
const GUEST: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);

/// How long a packet takes from one end to the other.
const DELAY: Duration = Duration::from_micros(250);

const POLICY: &[u8] = b"acl is_admin path_beg /wp-admin\n\
    acl is_local src 10.66.0.0/24\n\
    http-request deny if !is_local is_admin\n";

struct End {
    stack: Stack,
    services: Vec<Box<dyn Service>>,
}

impl End {
    fn new(addresses: &[Ipv4Addr]) -> End {
        End { stack: Stack::new(addresses, 1, Duration::ZERO).unwrap(), services: Vec::new() }
    }

    fn work(&mut self, now: Duration) -> Vec<Vec<u8>> {
        for service in &mut self.services {
            service.poll(now, &mut self.stack).unwrap();
        }
        let mut packets = Vec::new();
        self.stack.transmit(now, |packet| {
            let (buffer, range) = packet.parts();
            packets.push(buffer[range].to_vec());
        });
        packets
    }
}

struct Wire {
    here: End,
    there: End,
    now: Duration,
    news: Sender<News>,
    inbox: Receiver<News>,
}

impl Wire {
    fn new() -> Wire {
        let (news, inbox) = channel();
        let (here, there) = (End::new(&[HERE]), End::new(&[OFFICE, GUEST]));
        Wire { here, there, now: Duration::ZERO, news, inbox }
    }

    /// Runs until the ends tell `count` news beside what is logged, at most a minute of virtual time.
    fn run(&mut self, count: usize) -> Vec<News> {
        let mut news = Vec::new();
        while news.len() < count && self.now < Duration::from_secs(60) {
            self.step();
            let told = self.inbox.try_iter();
            news.extend(told.filter(|news| !matches!(news, News::Logged { .. })));
        }
        news
    }

    fn step(&mut self) {
        let (to_there, to_here) = (self.here.work(self.now), self.there.work(self.now));
        self.now += DELAY;
        to_there.iter().for_each(|packet| self.there.stack.receive(self.now, packet));
        to_here.iter().for_each(|packet| self.here.stack.receive(self.now, packet));
    }

    fn visit(&mut self, requests: u32, parts: &[(Origin, Ipv4Addr)]) -> Gate {
        let gate = Gate::default();
        gate.open_to(requests);
        for &(origin, from) in parts {
            let (site, news) = ((HERE, SITE_PORT), self.news.clone());
            let visitor = Visitor::new(origin, requests, gate.clone(), site, &[from; 2], news);
            self.there.services.push(Box::new(visitor));
        }
        gate
    }
}

fn site(files: &Files, news: Sender<News>) -> Site {
    let policy = Policy::parse(POLICY, &Options::new()).unwrap();
    Site::new(policy, Journal::create(files, Clock::start()).unwrap(), news)
}

#[test]
fn visitors_get_pages_and_refusals_and_the_log_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::beside(&directory.path().join("log"));
    let mut wire = Wire::new();
    let mut news = Vec::new();
    wire.here.services.push(Box::new(site(&files, wire.news.clone())));
    let parts = [(Origin::Office, OFFICE), (Origin::Branch, OFFICE), (Origin::Elsewhere, GUEST)];

    wire.visit(40, &parts);
    news.extend(wire.run(4));
    // The last acknowledgements are still on their way to the site.
    (0..10).for_each(|_| wire.step());
    wire.here.services[0].finish().unwrap();

    let (mut answers, mut denied, mut explained) = (0, 0, 0);
    for news in news {
        if let News::Visited { tally, .. } = news {
            answers += tally.answers;
            denied += tally.denied;
        } else if let News::Denied(denial) = news {
            explained += 1;
            assert_eq!((denial.client.ip(), denial.status), (GUEST.into(), 403));
            assert!(denial.explanation.contains("!is_local"), "{}", denial.explanation);
        }
    }
    assert_eq!((answers, denied, explained), (40, 4, 1));

    let digest = Digest::read(&files.log, "10.66.0.0/24".parse().unwrap()).unwrap();
    assert_eq!((digest.all.requests, digest.all.denied), (40, 4));
    assert_eq!((digest.office.requests, digest.office.denied), (20, 0));
    assert!(digest.all.percentile(99) > digest.all.percentile(50));
    let stamps = Stamps::read(&files).unwrap();
    assert!(stamps.total > 40 && stamps.whole_seconds > 0);
    assert_eq!(stamps.ours_other_width, 0);
}

/// Sends bytes to a new site, and returns what it answers, how it leaves the connection, and what
/// it logs.
fn answer_to(request: &[u8]) -> (String, tcp::State, String) {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::beside(&directory.path().join("log"));
    let mut wire = Wire::new();
    wire.here.services.push(Box::new(site(&files, wire.news.clone())));
    wire.step();
    let handle = wire.there.stack.add_tcp(4096);
    wire.there.stack.connect(handle, GUEST, (HERE, SITE_PORT)).unwrap();
    (0..10).for_each(|_| wire.step());

    wire.there.stack.socket::<tcp::Socket<'_>>(handle).send_slice(request).unwrap();
    (0..100).for_each(|_| wire.step());
    wire.here.services[0].finish().unwrap();

    let socket: &mut tcp::Socket<'static> = wire.there.stack.socket(handle);
    let mut answer = vec![0; 4096];
    let size = socket.recv_slice(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..size]).into_owned();
    (answer, socket.state(), std::fs::read_to_string(&files.log).unwrap())
}

#[test]
fn malformed_request_is_refused_logged_and_closed() {
    let (answer, state, log) = answer_to(b"\x16\x03\x01 no\r\n\r\n");

    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(state, tcp::State::CloseWait);
    assert!(log.contains(" tour tour/<NOSRV> -1/-1/-1/-1/"), "{log}");
    assert!(log.ends_with(" \"<BADREQ>\"\n"), "{log}");
}

#[test]
fn other_methods_are_refused_and_the_connection_stays() {
    let (answer, state, log) = answer_to(b"DELETE /page/1 HTTP/1.1\r\nHost: a\r\n\r\n");

    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
    assert_eq!(state, tcp::State::Established);
    assert!(log.ends_with(" {a} \"DELETE /page/1 HTTP/1.1\"\n"), "{log}");
}

#[test]
fn client_may_ask_to_close() {
    let (answer, state, log) = answer_to(b"GET /wp-admin/ HTTP/1.1\r\nConnection: close\r\n\r\n");

    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert_eq!(state, tcp::State::CloseWait);
    assert!(log.contains(" tour tour/<NOSRV> 0/-1/-1/-1/") && log.contains(" PR-- "), "{log}");
}

#[test]
fn client_that_breaks_off_is_logged_and_its_place_is_free_again() {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::beside(&directory.path().join("log"));
    let mut wire = Wire::new();
    wire.here.services.push(Box::new(site(&files, wire.news.clone())));
    wire.step();

    // More clients than the site has places break off, one after another.
    for _ in 0..8 {
        let stack = &mut wire.there.stack;
        let handle = stack.add_tcp(4096);
        stack.connect(handle, GUEST, (HERE, SITE_PORT)).unwrap();
        (0..10).for_each(|_| wire.step());
        let socket: &mut tcp::Socket<'static> = wire.there.stack.socket(handle);
        socket.send_slice(b"GET /download/1 HTTP/1.1\r\n\r\n").unwrap();
        (0..10).for_each(|_| wire.step());
        wire.there.stack.socket::<tcp::Socket<'_>>(handle).abort();
        (0..10).for_each(|_| wire.step());
    }
    let gate = wire.visit(2, &[(Origin::Branch, OFFICE)]);
    wire.run(1);
    (0..10).for_each(|_| wire.step());
    wire.here.services[0].finish().unwrap();

    assert_eq!(gate.answered(), 1);
    let log = std::fs::read_to_string(&files.log).unwrap();
    assert_eq!(log.matches(" CD-- ").count(), 8, "{log}");
}

#[test]
fn pinger_times_the_round_trip() {
    let mut wire = Wire::new();
    let pinger = Pinger::new(HERE, wire.news.clone());
    wire.there.services.push(Box::new(pinger));

    let news = wire.run(1);

    let [News::Pinged(round_trips)] = &news[..] else { panic!("{news:?}") };
    assert_eq!(round_trips, &[2 * DELAY; PINGS]);
}

#[test]
fn large_transfer_arrives_whole() {
    let mut wire = Wire::new();
    wire.here.services.push(Box::new(Source::default()));
    wire.step();
    wire.there.services.push(Box::new(Sink::new(OFFICE, HERE, wire.news.clone())));

    let news = wire.run(1);

    let [News::Carried { bytes, took }] = &news[..] else { panic!("{news:?}") };
    assert!(*bytes > 1_000_000 && *took > Duration::ZERO);
}
