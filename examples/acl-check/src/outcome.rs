//! What rules made of a request, in the words of the shared test cases.

use std::ops::ControlFlow;

use proxy_acl::{Action, Request as _, Scratch};

use crate::request::{Header, OwnedRequest};
use crate::ruleset::Entrance;

/// The names of what can be decided.
pub(crate) const ACTIONS: [&str; 10] = [
    "allow",
    "deny",
    "tarpit",
    "reject",
    "tcp-reject",
    "silent-drop",
    "return",
    "redirect",
    "auth",
    "service",
];

/// A decision, and what became of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// One of [`ACTIONS`].
    pub(crate) action: &'static str,
    pub(crate) status: Option<u16>,
    pub(crate) line: Option<u32>,
    pub(crate) backend: Option<String>,
    pub(crate) location: Option<String>,
    /// The path as the rules left it.
    pub(crate) path: Option<String>,
    headers: Vec<Header>,
    /// The decision as a sentence.
    pub(crate) sentence: String,
}

impl Outcome {
    /// Asks the rules; `config` is the text they stand in.
    pub(crate) fn new(entrance: Entrance<'_>, config: &[u8], request: &OwnedRequest) -> Self {
        let mut scratch = Scratch::new();
        let verdict = entrance.decide(request, &mut scratch);
        let decision = verdict.decision;
        let (action, status) = match decision.action {
            Action::Allow => ("allow", None),
            Action::Deny { status } => ("deny", Some(status)),
            Action::Tarpit { status } => ("tarpit", Some(status)),
            Action::Return { status } => ("return", Some(status)),
            Action::Redirect { status } => ("redirect", Some(status)),
            Action::Reject if is_tcp(config, decision.line) => ("tcp-reject", None),
            Action::Reject => ("reject", None),
            Action::SilentDrop => ("silent-drop", None),
            Action::Authenticate => ("auth", Some(401)),
            Action::Service => ("service", None),
            _ => ("unknown", None),
        };
        let mut headers = Vec::new();
        let _ = verdict.request.headers(&mut |name, value| {
            headers.push((name.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        });
        Self {
            action,
            status,
            line: decision.line,
            backend: verdict.backend.map(text),
            location: verdict.location.map(text),
            path: verdict.request.path().map(text),
            headers,
            sentence: decision.to_string(),
        }
    }

    /// The value of the last header of this name, without blanks around it; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> String {
        let is_it = |line: &&Header| line.0.eq_ignore_ascii_case(name.as_bytes());
        self.headers.iter().rfind(is_it).map(|line| text(line.1.trim_ascii())).unwrap_or_default()
    }
}

/// Whether the deciding rule is one for connections.
fn is_tcp(text: &[u8], line: Option<u32>) -> bool {
    let index = line.and_then(|line| usize::try_from(line).ok()?.checked_sub(1));
    let line = index.and_then(|index| text.split(|&byte| byte == b'\n').nth(index));
    line.is_some_and(|line| line.trim_ascii_start().starts_with(b"tcp-request"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
