//! The administration rule of a site, beside the way one would write it in an afternoon: a list of
//! parsed rules, walked from the top, each acl asked when a rule names it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use benches::seed::Seed;
use benches::{Contest, Suite};
use ipnet::IpNet;
use proxy_acl::{Options, Policy, RequestView};

use crate::stamp::each;

const POLICY: &[u8] = b"\
acl is_admin path_beg /wp-admin
acl is_local src 10.66.0.0/24
http-request deny if !is_local is_admin
";

pub(crate) fn enter(suite: &mut Suite) {
    suite.path("acl/admin", contest);
}

fn contest<'a>() -> Contest<'a> {
    let policy = Policy::parse(POLICY, &Options::new()).expect("the policy is valid");
    let naive = Naive::new();
    let requests = requests();
    let mut denied = 0;
    for request in &requests {
        let view = RequestView::new(b"GET", request.uri.as_bytes(), request.source);
        let allowed = policy.decide(&view).is_allowed();
        assert_eq!(naive.allows(request), allowed, "{request:?}");
        denied += usize::from(!allowed);
    }
    assert!((1..requests.len()).contains(&denied), "the rule decides nothing here");

    let count = requests.len() as u32;
    let for_naive = requests.clone();
    Contest::new(move || {
        each(&requests, |request| {
            policy.decide(&RequestView::new(b"GET", request.uri.as_bytes(), request.source))
        });
    })
    .peer("naive", move || each(&for_naive, |request| naive.allows(request)))
    .operations(count)
}

#[derive(Debug, Clone)]
struct Request {
    uri: String,
    source: SocketAddr,
}

struct Naive {
    acls: Vec<Acl>,
    rules: Vec<Rule>,
}

enum Acl {
    PathBegins(Vec<String>),
    SourceWithin(Vec<IpNet>),
}

/// Denies if all its acls are as wanted.
struct Rule {
    terms: Vec<Term>,
}

struct Term {
    acl: usize,
    wanted: bool,
}

impl Naive {
    /// The same three lines.
    fn new() -> Self {
        let office = "10.66.0.0/24".parse().expect("a net");
        let acls = vec![Acl::PathBegins(vec!["/wp-admin".into()]), Acl::SourceWithin(vec![office])];
        let terms = vec![Term { acl: 1, wanted: false }, Term { acl: 0, wanted: true }];
        Self { acls, rules: vec![Rule { terms }] }
    }

    fn allows(&self, request: &Request) -> bool {
        let denies = |rule: &Rule| rule.terms.iter().all(|term| self.holds(term, request));
        !self.rules.iter().any(denies)
    }

    fn holds(&self, term: &Term, request: &Request) -> bool {
        let acl = match &self.acls[term.acl] {
            Acl::PathBegins(beginnings) => {
                let path = request.uri.split_once('?').map_or(&*request.uri, |(path, _)| path);
                beginnings.iter().any(|beginning| path.starts_with(beginning))
            }
            Acl::SourceWithin(nets) => nets.iter().any(|net| net.contains(&request.source.ip())),
        };
        acl == term.wanted
    }
}

/// Requests from the office and from elsewhere, some of them for the administration.
fn requests() -> Vec<Request> {
    let mut seed = Seed::new(0x6163_6c00);
    (0..1024)
        .map(|_| {
            let office = seed.between(0, 1) as u8;
            let host = seed.between(1, 254) as u8;
            let source = Ipv4Addr::new(10, 66, 1 - office, host);
            let page = seed.between(0, 1_000_000);
            let uri = match seed.between(0, 3) {
                0 => format!("/wp-admin/edit.php?post={page}"),
                1 => format!("/wp-content/uploads/{page}.jpg"),
                2 => format!("/article/{page}?utm_source=feed"),
                _ => "/".to_string(),
            };
            Request { uri, source: SocketAddr::new(IpAddr::V4(source), 40_000) }
        })
        .collect()
}
