//! Requests that show what a warning is about.

use std::net::{Ipv4Addr, SocketAddr};

use proxy_acl::{Diagnostic, DiagnosticKind, Explanation, Outcome};

use crate::request::{OwnedRequest, Tls};
use crate::ruleset::Entrance;

/// Returns a request of which the way through the rules shows the warning; none where only the text
/// does.
pub(crate) fn find(entrances: &[Entrance<'_>], warning: &Diagnostic) -> Option<OwnedRequest> {
    let request = visitor("/");
    let shows = |entrance: &Entrance<'_>| shows(&entrance.explain(&request), warning);
    entrances.iter().any(shows).then_some(request)
}

/// A name for examples (RFC 2606).
pub(crate) const HOST: &str = "example.com";

/// A request of a visitor who is nobody in particular.
pub(crate) fn visitor(target: &str) -> OwnedRequest {
    visitor_of(HOST, false, target)
}

/// The same at this host, by TLS or in the clear.
pub(crate) fn visitor_of(host: &str, encrypted: bool, target: &str) -> OwnedRequest {
    let tls = || Tls { name: Some(host.into()), protocol: None };
    OwnedRequest {
        target: target.into(),
        headers: vec![(b"Host".to_vec(), host.into())],
        tls: encrypted.then(tls),
        // Of the addresses for documentation (RFC 5737).
        source: SocketAddr::new(Ipv4Addr::new(192, 0, 2, 1).into(), 0),
        ..OwnedRequest::default()
    }
}

fn shows(explanation: &Explanation, warning: &Diagnostic) -> bool {
    let Explanation { decision, rules, .. } = explanation;
    if warning.kind == DiagnosticKind::NoRule {
        return decision.is_allowed();
    }
    if warning.kind == DiagnosticKind::Unreachable {
        return decision.line.is_some_and(|line| line < warning.line);
    }
    if warning.kind == DiagnosticKind::EmptyCondition {
        return rules.iter().any(|rule| rule.line == warning.line);
    }
    let terms = rules.iter().flat_map(|rule| rule.suites.iter().flatten());
    terms.flat_map(|term| &term.expressions).any(|expression| {
        let here = expression.place.is_some_and(|(line, _)| line == warning.line);
        here && !matches!(expression.outcome, Outcome::Matched { .. })
    })
}
