//! What happens in a tour, in order; the nodes do it, the story only waits for it.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use proxy_acl::Policy;
use vpn_core::PublicKey;

use crate::args::Options;
use crate::clock::Clock;
use crate::failure::Failure;
use crate::log::digest::{Digest, Stamps};
use crate::log::journal::{Files, Journal};
use crate::mesh;
use crate::node::peer::Peer;
use crate::node::{News, Summary};
use crate::overlay::{
    self, BRANCH, BRANCH_ADDRESS, BRANCH_VISITORS, ELSEWHERE_VISITORS, OFFICE, OFFICE_ADDRESS,
    OFFICE_NET, SITE, SITE_ADDRESS,
};
use crate::probe::{Pinger, Sink, Source};
use crate::report::{Membership, Report, Resident, Route, Tunnel};
use crate::watch::Watch;
use crate::web::connection::SITE_PORT;
use crate::web::plan::{self, Origin};
use crate::web::site::Site;
use crate::web::visitor::{Tally, Visitor};

/// Runs a tour from the first socket to the log that was read back.
///
/// # Errors
///
/// Whatever went wrong first.
pub fn tell(options: &Options, policy: Policy) -> Result<Report, Failure> {
    let clock = Clock::start();
    let (news, inbox) = channel();
    // The sockets come first, so that without them no file was made.
    let (nodes, mut residents) = overlay::found(clock, &news)?;
    let mut watch = Watch::new(nodes, inbox, clock, options.requests);
    let (files, journal) = match &options.log {
        None => {
            let files = Files::temporary()?;
            let journal = Journal::create(&files, clock)?;
            (files, journal)
        }
        Some(log) => {
            let files = Files::beside(log);
            let unusable = |failure: Failure| Failure::Usage(failure.to_string());
            let journal = Journal::create(&files, clock).map_err(unusable)?;
            (files, journal)
        }
    };
    watch.node(SITE)?.serve(Site::new(policy, journal, news.clone()));
    watch.node(SITE)?.serve(Source::default());

    let keys = Keys { site: watch.node(SITE)?.key, office: watch.node(OFFICE)?.key };
    let (learnt, direct) = meet(&mut watch, keys)?;
    let round_trips = ping(&mut watch, &news)?;
    let departure = visit(&mut watch, &news, options.requests, clock)?;
    let (bytes, took) = carry(&mut watch, &news)?;
    let branch = watch.leave(BRANCH)?;
    let site = watch.leave(SITE)?;
    let mesh = mesh::tell(clock)?;

    let digest = Digest::read(&files.log, OFFICE_NET)?;
    let stamps = Stamps::read(&files)?;
    agree(&digest, departure.tally, options.requests)?;
    let summaries = [(SITE, &site), (OFFICE, &departure.office), (BRANCH, &branch)];
    for (resident, (_, summary)) in residents.iter_mut().zip(summaries) {
        resident.dropped = summary.dropped;
    }
    let membership = Membership {
        handshake: handshake(&branch, keys.office),
        linked: watch.facts.linked(BRANCH, keys.office).unwrap_or_default(),
        learnt,
        direct_handshake: handshake(&branch, keys.site),
        direct,
        left: departure.left,
        gone_on: departure.gone_on,
        port_is_free: departure.port_is_free,
        requests_before: departure.before,
        requests_after: options.requests - departure.before,
        routes: routes(&residents, &summaries),
    };
    Ok(Report {
        policy: options.acl.as_ref().map_or("built in".into(), |acl| acl.display().to_string()),
        residents,
        membership,
        digest,
        denial: watch.facts.denial.take(),
        stamps,
        tunnel: Tunnel { round_trips, bytes, took },
        mesh,
        log: options.log.clone(),
        total: clock.now(),
    })
}

/// The keys that the story asks for.
#[derive(Clone, Copy)]
struct Keys {
    site: PublicKey,
    office: PublicKey,
}

/// Waits until the branch and the site have a tunnel of their own. Returns when the branch learnt
/// of the site and from whom, and when that tunnel stood.
fn meet(watch: &mut Watch, keys: Keys) -> Result<((Duration, PublicKey), Duration), Failure> {
    let learnt = watch.wait("the branch to learn of the site", |facts| {
        let of_site = facts
            .learnt
            .iter()
            .find(|(node, learnt, _)| *node == BRANCH && learnt.member == keys.site);
        of_site.map(|(_, learnt, at)| (*at, learnt.from))
    })?;
    let direct =
        watch.wait("a tunnel between branch and site", |facts| facts.linked(BRANCH, keys.site))?;
    Ok((learnt, direct))
}

fn ping(watch: &mut Watch, news: &Sender<News>) -> Result<Vec<Duration>, Failure> {
    watch.node(BRANCH)?.serve(Pinger::new(SITE_ADDRESS, news.clone()));
    watch.wait("the answers to echo requests", |facts| facts.round_trips.clone())
}

/// What was to be seen when the office left, and what all visitors got by the end.
struct Departure {
    left: Duration,
    port_is_free: bool,
    before: u32,
    gone_on: Duration,
    office: Summary,
    tally: Tally,
}

/// Lets the visitors send the first half of the requests, makes the office leave, and lets the
/// others send the second half over the connections they have.
fn visit(
    watch: &mut Watch,
    news: &Sender<News>,
    requests: u32,
    clock: Clock,
) -> Result<Departure, Failure> {
    let half = plan::half(requests);
    watch.gate().open_to(half);
    let parts: [(&'static str, Origin, &[Ipv4Addr]); 3] = [
        (OFFICE, Origin::Office, &[OFFICE_ADDRESS; 2]),
        (BRANCH, Origin::Branch, &BRANCH_VISITORS),
        (BRANCH, Origin::Elsewhere, &ELSEWHERE_VISITORS),
    ];
    for (node, origin, addresses) in parts {
        let (gate, site) = (watch.gate().clone(), (SITE_ADDRESS, SITE_PORT));
        let visitor = Visitor::new(origin, requests, gate, site, addresses, news.clone());
        watch.node(node)?.serve(visitor);
    }
    let all_of = |watch: &mut Watch, what, limit| {
        watch.wait(what, |facts| {
            let tally = |origin| facts.tally(origin, limit);
            Some(tally(Origin::Branch)?.with(tally(Origin::Elsewhere)?))
        })
    };
    let office =
        watch.wait("the answers for the office", |facts| facts.tally(Origin::Office, half))?;
    let before = all_of(watch, "the answers to the first half of the requests", half)?.with(office);

    // Whoever leaves before its last acknowledgement has gone out leaves a request unlogged.
    watch.wait(LOGGED, |facts| (facts.logged == half).then_some(()))?;
    let address = watch.node(OFFICE)?.address;
    let summary = watch.leave(OFFICE)?;
    let left = clock.now();
    let port_is_free = UdpSocket::bind(address).is_ok();

    watch.gate().open_to(requests);
    watch.node(BRANCH)?.wake();
    let rest = all_of(watch, "the answers to the second half of the requests", requests)?;
    watch.wait(LOGGED, |facts| (facts.logged == requests).then_some(()))?;
    Ok(Departure {
        left,
        port_is_free,
        before: before.answers,
        gone_on: clock.now(),
        office: summary,
        tally: rest.with(office),
    })
}

fn carry(watch: &mut Watch, news: &Sender<News>) -> Result<(u64, Duration), Failure> {
    watch.node(BRANCH)?.serve(Sink::new(BRANCH_ADDRESS, SITE_ADDRESS, news.clone()));
    watch.wait("the end of the large transfer", |facts| facts.carried)
}

/// Checks that the log says what the visitors saw.
fn agree(digest: &Digest, seen: Tally, requests: u32) -> Result<(), Failure> {
    let pairs = [
        ("requests", u64::from(requests), digest.all.requests),
        ("answers", u64::from(seen.answers), digest.all.requests),
        ("denials", u64::from(seen.denied), digest.all.denied),
    ];
    match pairs.into_iter().find(|(_, seen, logged)| seen != logged) {
        None => Ok(()),
        Some((what, seen, logged)) => {
            Err(Failure::Disagreement(format!("{seen} {what}, {logged} logged")))
        }
    }
}

/// Returns how long a handshake with a peer took that was begun here.
fn handshake(summary: &Summary, key: PublicKey) -> Option<Duration> {
    let peer = summary.peers.iter().find(|peer| peer.key == key)?;
    peer.up?.checked_sub(peer.dialled?)
}

/// Puts together what each node sent to each other one and what arrived there.
fn routes(residents: &[Resident], summaries: &[(&'static str, &Summary)]) -> Vec<Route> {
    let peer_of = |name: &str, key: PublicKey| -> Option<&Peer> {
        let (_, summary) = summaries.iter().find(|(other, _)| *other == name)?;
        summary.peers.iter().find(|peer| peer.key == key)
    };
    let pairs = residents.iter().flat_map(|from| residents.iter().map(move |to| (from, to)));
    pairs
        .filter_map(|(from, to)| {
            let (outward, inward) = (peer_of(from.name, to.key)?, peer_of(to.name, from.key)?);
            let endpoint: SocketAddr = outward.endpoint?;
            Some(Route {
                from: from.name,
                to: to.name,
                endpoint,
                straight: endpoint == to.address && inward.endpoint == Some(from.address),
                sent: outward.sent,
                received: inward.received,
            })
        })
        .collect()
}

/// What the story waits for twice.
const LOGGED: &str = "the log of all answers";
