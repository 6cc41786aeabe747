//! Lines that begin with a dot: conditional blocks and messages (configuration manual, 2.4).

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::predicate::{self, Facts, Wrong};
use crate::ast::{Span, Word};
use crate::error::{DiagnosticKind, Severity};
use crate::reporter::Reporter;

/// The blocks that are open where a file is read.
#[derive(Default)]
pub(super) struct Blocks {
    open: Vec<Block>,
}

struct Block {
    /// The line of its `.if`.
    line: u32,
    state: State,
    /// Its `.else` was seen.
    last: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Lines count.
    Taken,
    /// No branch was taken yet.
    Waiting,
    /// A branch was taken, or none can be.
    Over,
}

/// HAProxy refuses the hundredth `.if` inside of others.
const DEEPEST: usize = 99;

impl Blocks {
    /// Takes the lines that begin with a dot, and those of branches that do not hold; returns the words
    /// of the others.
    pub(super) fn pass(
        &mut self,
        words: Vec<Word>,
        environment: &BTreeMap<Vec<u8>, Vec<u8>>,
        reporter: &mut Reporter<'_>,
    ) -> Option<Vec<Word>> {
        let taken = self.open.last().is_none_or(|block| block.state == State::Taken);
        let (keyword, rest) = words.split_first()?;
        match keyword.text.as_slice() {
            b".if" => self.begin(keyword, rest, environment, reporter),
            b".elif" | b".else" => self.go_on(keyword, rest, environment, reporter),
            b".endif" => {
                if check_alone(keyword, rest, reporter) && self.open.pop().is_none() {
                    lone(keyword, reporter);
                }
            }
            _ if !taken => reporter.skip(String::from(".if")),
            [b'.', ..] => message(keyword, rest, reporter),
            _ => return Some(words),
        }
        None
    }

    /// Reports a block that is not ended.
    pub(super) fn finish(self, reporter: &mut Reporter<'_>) {
        let Some(block) = self.open.last() else { return };
        let line = u32::try_from(reporter.lines().len()).unwrap_or(u32::MAX);
        let message = format!("the '.if' of line {} has no '.endif'", block.line);
        error(Span { line, column: 1, width: 1 }, message, reporter);
    }

    fn begin(
        &mut self,
        keyword: &Word,
        rest: &[Word],
        environment: &BTreeMap<Vec<u8>, Vec<u8>>,
        reporter: &mut Reporter<'_>,
    ) {
        let line = keyword.span.line;
        let taken = self.open.last().is_none_or(|block| block.state == State::Taken);
        let state = if self.open.len() == DEEPEST {
            let message = format!("more than {DEEPEST} '.if' inside of each other");
            error(keyword.span, message, reporter);
            State::Over
        } else if !taken {
            State::Over
        } else {
            state(condition(keyword, rest, environment, reporter))
        };
        self.open.push(Block { line, state, last: false });
    }

    fn go_on(
        &mut self,
        keyword: &Word,
        rest: &[Word],
        environment: &BTreeMap<Vec<u8>, Vec<u8>>,
        reporter: &mut Reporter<'_>,
    ) {
        let last = keyword.is(".else");
        if last && !check_alone(keyword, rest, reporter) {
            return;
        }
        let Some(block) = self.open.last_mut() else { return lone(keyword, reporter) };
        if block.last {
            let message = format!("'{}' stands behind '.else'", keyword.display());
            return error(keyword.span, message, reporter);
        }
        block.last = last;
        block.state = match block.state {
            State::Taken | State::Over => State::Over,
            State::Waiting if last => State::Taken,
            State::Waiting => state(condition(keyword, rest, environment, reporter)),
        };
    }
}

/// The state of a block by its condition, which may be wrong.
fn state(holds: Option<bool>) -> State {
    match holds {
        Some(true) => State::Taken,
        Some(false) => State::Waiting,
        None => State::Over,
    }
}

fn condition(
    keyword: &Word,
    rest: &[Word],
    environment: &BTreeMap<Vec<u8>, Vec<u8>>,
    reporter: &mut Reporter<'_>,
) -> Option<bool> {
    let words: Vec<&[u8]> = rest.iter().map(|word| word.text.as_slice()).collect();
    let text = words.join(&b' ');
    let facts = Facts { environment, told: &reporter.options().predicates };
    let wrong = match predicate::holds(&text, &facts) {
        Ok(value) => return Some(value),
        Err(wrong) => wrong,
    };
    let first = rest.first().unwrap_or(keyword);
    let span = first.span.to(rest.last().unwrap_or(first).span);
    let shown = crate::quote::shown(&text);
    let (kind, message, suggestion) = match &wrong {
        Wrong::Syntax { at } => (
            DiagnosticKind::Condition,
            format!("'{shown}' is no condition: byte {} is unexpected", at + 1),
            "join numbers and predicates such as 'defined(NAME)' and 'streq(a,b)' with '&&' and '||'",
        ),
        Wrong::Unclosed { at } => (
            DiagnosticKind::Condition,
            format!("'{shown}' lacks the ')' to the '(' at its byte {}", at + 1),
            "close it",
        ),
        Wrong::Predicate { at, name } => (
            DiagnosticKind::Condition,
            format!("there is no predicate '{name}' with such arguments, at byte {}", at + 1),
            "there are 'defined(NAME)', 'streq(a,b)', 'strneq(a,b)', 'feature(NAME)', \
             'version_atleast(2.6)', 'version_before(2.6)'",
        ),
        Wrong::Unknown { predicate } => (
            DiagnosticKind::Predicate,
            format!("whether '{predicate}' holds is not known here"),
            "tell it with 'Options::predicate'",
        ),
    };
    let word = match wrong {
        Wrong::Unknown { predicate } => predicate,
        Wrong::Syntax { .. } | Wrong::Unclosed { .. } | Wrong::Predicate { .. } => shown,
    };
    // Never left out: it is not known which branch counts.
    reporter.at(Severity::Error, kind, span, word, message).suggest(suggestion);
    reporter.doubt(span.line);
    None
}

/// `.notice`, `.warning`, `.diag` and `.alert` with a text.
fn message(keyword: &Word, rest: &[Word], reporter: &mut Reporter<'_>) {
    let text = rest.first().map_or_else(String::new, Word::display);
    match keyword.text.as_slice() {
        b".notice" | b".warning" | b".diag" | b".alert" if rest.len() > 1 => {
            let message = format!("'{}' takes one text", keyword.display());
            reporter.error(DiagnosticKind::Keyword, keyword, message).suggest("put it in quotes");
        }
        b".warning" => {
            let message = format!("the file says '{text}'");
            reporter.warning(DiagnosticKind::Said, keyword, message);
        }
        b".notice" | b".diag" => reporter.skip(keyword.display()),
        b".alert" => {
            error(keyword.span, format!("the file refuses itself: '{text}'"), reporter);
        }
        _ => error(keyword.span, format!("unknown macro '{}'", keyword.display()), reporter),
    }
}

/// Whether nothing stands behind a keyword that takes nothing.
fn check_alone(keyword: &Word, rest: &[Word], reporter: &mut Reporter<'_>) -> bool {
    if let Some(word) = rest.first() {
        let message = format!("unexpected '{}' behind '{}'", word.display(), keyword.display());
        error(word.span, message, reporter);
    }
    rest.is_empty()
}

fn lone(keyword: &Word, reporter: &mut Reporter<'_>) {
    error(keyword.span, format!("'{}' without an '.if'", keyword.display()), reporter);
}

fn error(span: Span, message: String, reporter: &mut Reporter<'_>) {
    reporter.at(Severity::Error, DiagnosticKind::Keyword, span, String::new(), message);
}
