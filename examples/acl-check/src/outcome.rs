//! What rules made of a request and of the response to it, in the words of the shared test cases.

use std::fmt;
use std::ops::ControlFlow;

use proxy_acl::{
    Action, Decision, HeaderVisitor, Request as _, Response as _, ResponseVerdict, Scratch, Update,
    UpdateKind,
};

use crate::request::{Header, OwnedRequest};
use crate::response::OwnedResponse;
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
    /// What goes on, if anything does and the rules changed it.
    pub(crate) rewritten: Option<RequestLine>,
    /// The target as the rules left it.
    target: Vec<u8>,
    headers: Vec<Header>,
    /// What is to be changed in pattern and map files.
    pub(crate) updates: Vec<FileUpdate>,
    /// The values that were asked for and not given, by their names.
    pub(crate) missing: Vec<String>,
    /// The decision as a sentence.
    pub(crate) sentence: String,
    /// What becomes of the response; `None` if there is none, or the request gets to no server.
    pub(crate) answer: Option<Answer>,
}

/// What goes on to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestLine {
    pub(crate) method: Vec<u8>,
    pub(crate) target: Vec<u8>,
    pub(crate) headers: Vec<Header>,
}

/// A change of a pattern or map file that a rule orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileUpdate {
    pub(crate) action: String,
    pub(crate) file: String,
    pub(crate) key: String,
    /// `None` where none is set.
    pub(crate) value: Option<String>,
}

impl FileUpdate {
    fn new(update: Update<'_>) -> Self {
        let is_set = update.kind == UpdateKind::SetMap;
        Self {
            action: update.kind.to_string(),
            file: text(update.file),
            key: text(update.key),
            value: is_set.then(|| text(update.value)),
        }
    }
}

impl fmt::Display for FileUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, file, key, value } = self;
        write!(f, "{action}({file}) {key}")?;
        value.as_ref().map_or(Ok(()), |value| write!(f, " {value}"))
    }
}

/// A decision about a response, and what became of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// One of [`ACTIONS`].
    pub(crate) action: &'static str,
    /// What the client gets; `None` if that is nothing.
    pub(crate) status: Option<u16>,
    pub(crate) line: Option<u32>,
    pub(crate) location: Option<String>,
    /// As the rules left them; none where the response does not go on.
    pub(crate) headers: Vec<Header>,
    /// The decision as a sentence.
    pub(crate) sentence: String,
}

impl Outcome {
    /// Asks the rules about a request and, if it is allowed, about the response to it; `config` is the
    /// text they stand in.
    pub(crate) fn new(
        entrance: Entrance<'_>,
        config: &[u8],
        request: &OwnedRequest,
        response: Option<&OwnedResponse>,
    ) -> Self {
        let mut scratch = Scratch::new();
        let verdict = entrance.decide(request, &mut scratch);
        let decision = verdict.decision;
        let (action, status) = named(decision, config);
        let line = RequestLine {
            method: verdict.request.method().to_vec(),
            target: verdict.request.uri().to_vec(),
            headers: headers(|visit| verdict.request.headers(visit)),
        };
        let is_changed = line.method != request.method
            || line.target != request.target
            || line.headers != request.headers;
        let mut outcome = Self {
            action,
            status,
            line: decision.line,
            backend: verdict.backend.map(text),
            location: verdict.location.map(text),
            path: verdict.request.path().map(text),
            target: line.target.clone(),
            headers: line.headers.clone(),
            rewritten: (is_changed && decision.is_allowed()).then_some(line),
            updates: verdict.updates().map(FileUpdate::new).collect(),
            missing: Vec::new(),
            sentence: decision.to_string(),
            answer: None,
        };
        if let Some(response) = response.filter(|_| decision.is_allowed()) {
            let verdict = entrance.decide_response(request, response, &mut scratch);
            outcome.updates.extend(verdict.updates().map(FileUpdate::new));
            outcome.answer = Some(Answer::new(&verdict, config));
        }
        outcome.missing = entrance.missing(&scratch);
        outcome
    }

    /// What is behind the first `?` of the target as the rules left it; empty if there is none.
    pub(crate) fn query(&self) -> String {
        let mut parts = self.target.splitn(2, |&byte| byte == b'?');
        parts.nth(1).map(text).unwrap_or_default()
    }

    /// The value of the last header of this name, without blanks around it; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> String {
        last(&self.headers, name)
    }

    /// The values of all headers of this name, without blanks around them.
    pub(crate) fn headers(&self, name: &str) -> Vec<String> {
        named_headers(&self.headers, name).collect()
    }
}

impl Answer {
    fn new(verdict: &ResponseVerdict<'_, OwnedResponse>, config: &[u8]) -> Self {
        let decision = verdict.decision;
        let (action, status) = named(decision, config);
        let (status, headers) = if decision.is_allowed() {
            (Some(verdict.response.status()), headers(|visit| verdict.response.headers(visit)))
        } else {
            (status, Vec::new())
        };
        Self {
            action,
            status,
            line: decision.line,
            location: verdict.location.map(text),
            headers,
            sentence: decision.to_string(),
        }
    }

    /// The value of the last header of this name, without blanks around it; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> String {
        last(&self.headers, name)
    }

    /// The values of all headers of this name, without blanks around them.
    pub(crate) fn headers(&self, name: &str) -> Vec<String> {
        named_headers(&self.headers, name).collect()
    }
}

/// One of [`ACTIONS`], and the status that goes with it.
fn named(decision: Decision, config: &[u8]) -> (&'static str, Option<u16>) {
    match decision.action {
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
    }
}

fn headers(all: impl FnOnce(&mut HeaderVisitor<'_>) -> ControlFlow<()>) -> Vec<Header> {
    let mut headers = Vec::new();
    let _ = all(&mut |name, value| {
        headers.push((name.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    });
    headers
}

fn last(headers: &[Header], name: &str) -> String {
    named_headers(headers, name).last().unwrap_or_default()
}

fn named_headers(headers: &[Header], name: &str) -> impl Iterator<Item = String> {
    let is_it = |line: &&Header| line.0.eq_ignore_ascii_case(name.as_bytes());
    headers.iter().filter(is_it).map(|line| text(line.1.trim_ascii()))
}

/// Whether the deciding rule is one for connections.
fn is_tcp(text: &[u8], line: Option<u32>) -> bool {
    let index = line.and_then(|line| usize::try_from(line).ok()?.checked_sub(1));
    let line = index.and_then(|index| text.split(|&byte| byte == b'\n').nth(index));
    line.is_some_and(|line| line.trim_ascii_start().starts_with(b"tcp-"))
}

/// Bytes as text, which they nearly always are.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
