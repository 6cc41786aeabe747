//! The order in which rules are asked (configuration manual, 4.2).

use core::slice::from_ref;

use crate::decision::{Action, Decision};
use crate::fetch::phase::Phase;
use crate::fetch::{Sample, path};
use crate::pipeline::Text;
use crate::request::Request;
use crate::rewritten::Rewritten;
use crate::rule::{Lists, Order, Rule};
use crate::scratch::Scratch;
use crate::variable::OfProcess;

/// Asks the rules in their order, of each with `holds` whether its condition does.
///
/// `accept` ends its own list of `tcp-request` rules; `allow` ends `http-request`, but `redirect` and
/// `use_backend` lines are asked all the same.
#[inline]
pub(crate) fn run<R: Request + ?Sized>(
    lists: &Lists,
    request: &R,
    scratch: &mut Scratch,
    holds: impl FnMut(&Rule, &Rewritten<'_, R>, &mut Text) -> bool,
) -> Decision {
    start(lists, request, scratch);
    pass(lists, request, scratch, holds)
}

/// Forgets the last request, and asks for what is known from before.
#[inline]
pub(crate) fn start<R: Request + ?Sized>(lists: &Lists, request: &R, scratch: &mut Scratch) {
    scratch.changes.start(request);
    scratch.backend.clear();
    for OfProcess { index, asked } in lists.of_process.iter() {
        match request.value(&asked.name) {
            Some(value) => {
                scratch.output.kept.keep(Sample::from(value));
                scratch.changes.variables.set(*index, &mut scratch.output.kept);
            }
            None => scratch.text.miss(asked.number),
        }
    }
}

/// Asks the rules of one proxy about a request that rules of another may have changed already.
#[inline]
pub(crate) fn pass<R: Request + ?Sized>(
    lists: &Lists,
    request: &R,
    scratch: &mut Scratch,
    mut holds: impl FnMut(&Rule, &Rewritten<'_, R>, &mut Text) -> bool,
) -> Decision {
    for (list, phase) in lists.tcp.iter().zip(TCP_PHASES) {
        if let Some(decision) = ask(list, phase, request, scratch, &mut holds) {
            if decision.action != Action::Allow {
                return decision;
            }
        }
    }
    let phase = Phase::Request;
    if let Some(monitor) = &lists.monitor {
        if path::with_query(Rewritten::new(request, &scratch.changes).target())
            == Some(&monitor.target)
        {
            return ask(&monitor.failures, phase, request, scratch, &mut holds)
                .or_else(|| ask(from_ref(&monitor.answer), phase, request, scratch, &mut holds))
                .unwrap_or(Decision { action: Action::Allow, line: None });
        }
    }
    let mut decision = ask(&lists.http, phase, request, scratch, &mut holds)
        .unwrap_or(Decision { action: Action::Allow, line: None });
    if decision.action == Action::Allow {
        if let Some(redirect) = ask(&lists.redirects, phase, request, scratch, &mut holds) {
            return redirect;
        }
        // Its line is not the deciding one: it only says where an allowed request goes.
        let line = decision.line;
        decision = ask(&lists.backends, phase, request, scratch, &mut holds).unwrap_or(decision);
        decision.line = line;
    }
    decision
}

const TCP_PHASES: [Phase; 3] = [Phase::Connection, Phase::Session, Phase::Request];

/// Asks the rules of one proxy about a response: `tcp-response`, then `http-response`.
pub(crate) fn pass_response<R: Request + ?Sized>(
    lists: &Lists,
    answered: &R,
    scratch: &mut Scratch,
    mut holds: impl FnMut(&Rule, &Rewritten<'_, R>, &mut Text) -> bool,
) -> Decision {
    let mut decision = Decision { action: Action::Allow, line: None };
    for list in &lists.responses {
        if let Some(next) = ask(list, Phase::Response, answered, scratch, &mut holds) {
            decision = next;
            if next.action != Action::Allow {
                break;
            }
        }
    }
    decision
}

/// Asks the rules of one list; the first final one whose condition holds decides.
#[inline(always)]
fn ask<R: Request + ?Sized>(
    list: &[Rule],
    phase: Phase,
    request: &R,
    scratch: &mut Scratch,
    holds: &mut impl FnMut(&Rule, &Rewritten<'_, R>, &mut Text) -> bool,
) -> Option<Decision> {
    // Most lists are empty, and then not worth a call.
    if list.is_empty() {
        return None;
    }
    scratch.changes.phase = phase;
    ask_each(list, request, scratch, holds)
}

#[inline(never)]
fn ask_each<R: Request + ?Sized>(
    list: &[Rule],
    request: &R,
    scratch: &mut Scratch,
    holds: &mut impl FnMut(&Rule, &Rewritten<'_, R>, &mut Text) -> bool,
) -> Option<Decision> {
    let Scratch { text, changes, output, location, backend } = scratch;
    let mut view = Rewritten::new(request, changes);
    for rule in list {
        if !holds(rule, &view, text) {
            continue;
        }
        let decided = |action| Some(Decision { action, line: Some(rule.span.line) });
        match &rule.order {
            Order::Final(action) => return decided(*action),
            Order::Redirect(redirect) => {
                location.clear();
                redirect.write(&view, text, location);
                if redirect.ignore_empty && location.is_empty() {
                    continue;
                }
                return decided(Action::Redirect { status: redirect.status });
            }
            Order::Backend(name) => {
                backend.clear();
                name.write(&view, text, backend);
                return decided(Action::Allow);
            }
            Order::Change(change) => {
                if let Some(action) = change.apply(request, changes, text, output) {
                    return decided(action);
                }
                view = Rewritten::new(request, changes);
            }
        }
    }
    None
}

/// Decides like [`run`] where no rule changes anything, without looking at what does not bear on the
/// decision: the text of redirects, and backends.
#[inline]
pub(crate) fn run_plain(lists: &Lists, mut holds: impl FnMut(&Rule) -> bool) -> Decision {
    for list in &lists.tcp {
        if let Some(decision) = ask_plain(list, &mut holds) {
            if !decision.is_allowed() {
                return decision;
            }
        }
    }
    let decision = ask_plain(&lists.http, &mut holds)
        .unwrap_or(Decision { action: Action::Allow, line: None });
    if decision.is_allowed() {
        ask_plain(&lists.redirects, &mut holds).unwrap_or(decision)
    } else {
        decision
    }
}

#[inline(always)]
fn ask_plain(list: &[Rule], holds: &mut impl FnMut(&Rule) -> bool) -> Option<Decision> {
    // Most lists are empty, and then not worth a call.
    if list.is_empty() { None } else { ask_each_plain(list, holds) }
}

#[inline(never)]
fn ask_each_plain(list: &[Rule], holds: &mut impl FnMut(&Rule) -> bool) -> Option<Decision> {
    list.iter().find_map(|rule| {
        let action = rule.order.action().filter(|_| holds(rule))?;
        Some(Decision { action, line: Some(rule.span.line) })
    })
}

/// Applies the changes of rules that come before the first `http-request` rule that does more than
/// set variables.
pub(crate) fn prepare<R: Request + ?Sized>(
    lists: &Lists,
    request: &R,
    scratch: &mut Scratch,
    mut holds: impl FnMut(&Rule, &Rewritten<'_, R>, &mut Text) -> bool,
) {
    start(lists, request, scratch);
    for (list, phase) in lists.tcp.iter().zip(TCP_PHASES) {
        let _ = ask(list, phase, request, scratch, &mut holds);
    }
    let sets_variable =
        |rule: &&Rule| matches!(&rule.order, Order::Change(change) if change.is_variable());
    let count = lists.http.iter().take_while(sets_variable).count();
    let first = lists.http.get(..count).unwrap_or_default();
    let _ = ask(first, Phase::Request, request, scratch, &mut holds);
    scratch.changes.phase = Phase::Request;
}
