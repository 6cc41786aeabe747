//! Compiled rules, in their lists.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::ast::{List, Span};
use crate::change::Change;
use crate::decision::Action;
use crate::log_format::Format;
use crate::redirect::Redirect;
use crate::variable::OfProcess;

/// The lists of rules in the order of evaluation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists {
    /// `tcp-request` connection, session and content.
    pub(crate) tcp: [Vec<Rule>; 3],
    /// Asked behind them, once the request is there.
    pub(crate) monitor: Option<Box<Monitor>>,
    pub(crate) http: Vec<Rule>,
    /// `redirect` lines, which come after `http-request allow` too.
    pub(crate) redirects: Vec<Rule>,
    /// `use_backend` lines.
    pub(crate) backends: Vec<Rule>,
    pub(crate) default_backend: Option<Box<[u8]>>,
    /// `tcp-response` and `http-response`.
    pub(crate) responses: [Vec<Rule>; 2],
    /// Variables that may have values from before the request; those of all policies of a configuration.
    pub(crate) of_process: Arc<[OfProcess]>,
    /// A condition looks at what is not there yet.
    pub(crate) too_early: bool,
}

impl Lists {
    /// Whether there is no rule at all; where requests go by default is none.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { tcp, http, redirects, backends, responses, .. } = self;
        tcp.iter().chain([http, redirects, backends]).chain(responses).all(Vec::is_empty)
    }

    /// The list of this kind; nothing for one that is not asked.
    pub(crate) fn list_mut(&mut self, list: List) -> Option<&mut Vec<Rule>> {
        let [connection, session, content] = &mut self.tcp;
        let [tcp_response, http_response] = &mut self.responses;
        Some(match list {
            List::TcpConnection => connection,
            List::TcpSession => session,
            List::TcpContent => content,
            List::HttpRequest => &mut self.http,
            List::Redirect => &mut self.redirects,
            List::UseBackend => &mut self.backends,
            List::TcpResponse => tcp_response,
            List::HttpResponse => http_response,
            List::HttpAfterResponse => return None,
        })
    }

    /// Whether no rule on requests changes what later rules see, or is undone by what it sees itself.
    pub(crate) fn change_nothing(&self) -> bool {
        let changes = |rule: &Rule| match &rule.order {
            Order::Change(_) => true,
            Order::Redirect(redirect) => redirect.ignore_empty,
            Order::Final(_) | Order::Backend(_) => false,
        };
        !self.tcp.iter().chain([&self.http, &self.redirects]).flatten().any(changes)
    }
}

/// What answers those who ask whether the proxy is well (configuration manual, `monitor-uri`).
#[derive(Clone, Debug)]
pub(crate) struct Monitor {
    /// The path and query at which they ask.
    pub(crate) target: Box<[u8]>,
    /// When it is not.
    pub(crate) failures: Vec<Rule>,
    pub(crate) answer: Rule,
}

impl Monitor {
    /// What they are told where the condition holds.
    pub(crate) fn answer(status: u16, span: Span, condition: Option<Condition>) -> Rule {
        Rule { span, order: Order::Final(Action::Return { status }), condition }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) span: Span,
    pub(crate) order: Order,
    pub(crate) condition: Option<Condition>,
}

#[derive(Clone, Debug)]
pub(crate) enum Order {
    Final(Action),
    Redirect(Box<Redirect>),
    Change(Box<Change>),
    Backend(Format),
}

impl Order {
    /// What it decides, if it does.
    #[inline]
    pub(crate) fn action(&self) -> Option<Action> {
        match self {
            Self::Final(action) => Some(*action),
            Self::Redirect(redirect) => Some(Action::Redirect { status: redirect.status }),
            Self::Change(_) | Self::Backend(_) => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) unless: bool,
    /// Terms that are and-ed, of which one suite must hold.
    pub(crate) suites: Box<[Box<[Term]>]>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Term {
    pub(crate) negated: bool,
    /// Index into [`Policy::acls`](crate::policy::Policy).
    pub(crate) acl: usize,
    pub(crate) span: Span,
}
