//! The public behaviour of proxy-acl.
#![expect(clippy::panic, reason = "what is not as expected fails the test, in its helpers as well")]

mod capture;
mod choice;
mod config;
mod converter;
mod corner;
mod derived;
mod diagnostics;
mod difference;
mod explanation;
mod hint;
mod hostile;
mod message;
mod place;
mod process;
mod response;
mod rules;
mod update;
mod value;

use proxy_acl::{Decision, Options, Policy, RequestView};

fn policy(text: &str) -> Policy {
    match Policy::parse(text.as_bytes(), &Options::new()) {
        Ok(policy) => policy,
        Err(wrong) => panic!("{}", wrong.render()),
    }
}

/// A request for `uri` from 192.0.2.1.
fn get(uri: &str) -> RequestView<'_> {
    from("192.0.2.1", uri)
}

fn from<'a>(source: &str, uri: &'a str) -> RequestView<'a> {
    let Ok(ip) = source.parse() else { panic!("{source} is no address") };
    RequestView::new(b"GET", uri.as_bytes(), core::net::SocketAddr::new(ip, 4321))
}

/// The truth of an acl made of this expression.
fn truth(expression: &str, request: &RequestView<'_>) -> bool {
    let policy = policy(&format!("acl a {expression}"));
    policy.acl("a", request) == Some(true)
}

/// The decision of one `deny` with this condition.
fn denied(condition: &str) -> bool {
    let policy = policy(&format!("http-request deny {condition}"));
    !policy.decide(&get("/")).is_allowed()
}

fn decide(text: &str, request: &RequestView<'_>) -> Decision {
    policy(text).decide(request)
}

#[test]
fn policies_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}

    shared::<Policy>();
}

#[test]
fn request_may_be_a_trait_object() {
    let request = get("/x");
    let request: &dyn proxy_acl::Request = &request;

    assert_eq!(policy("acl a path /x").acl("a", request), Some(true));
}
