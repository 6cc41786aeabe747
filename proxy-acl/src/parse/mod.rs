//! Lines into the tree: which directive, in which form. Names are looked up later.

mod acl;
mod action;
mod action_name;
mod answer;
mod block;
mod call;
mod capture;
mod condition;
mod delay;
mod expression;
mod fetch;
pub(crate) mod flag;
mod keyword;
mod line;
pub(crate) mod log_format;
mod predicate;
mod proxy;
mod redirect;
mod rule;
pub(crate) mod section;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use block::Blocks;

use crate::ast::{Directive, List, Word};
use crate::error::DiagnosticKind;
use crate::reporter::Reporter;
use crate::spelling;

/// Reads all lines as rules. What is wrong is reported, and the line left out.
pub(crate) fn parse(reporter: &mut Reporter<'_>) -> Vec<Directive> {
    let mut directives = Vec::new();
    let mut blocks = Blocks::default();
    let environment = &line::environment(reporter);
    for index in 0..reporter.lines().len() {
        if reporter.is_full() {
            break;
        }
        let words = line::words(index, environment, reporter);
        if let Some(words) = words.and_then(|words| blocks.pass(words, environment, reporter)) {
            directives.extend(directive(&line::effective(words, reporter), reporter));
        }
    }
    blocks.finish(reporter);
    directives
}

const SUPPORTED: &[&str] = &[
    "acl",
    "default_backend",
    "http-after-response",
    "http-request",
    "http-response",
    "redirect",
    "tcp-request",
    "tcp-response",
    "use_backend",
];

/// What HAProxy knows at the start of a line that has to do with access, but not this crate.
const UNSUPPORTED: &[&str] = &["filter"];

/// U+FEFF in UTF-8, which some editors put at the start of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

fn directive(words: &[Word], reporter: &mut Reporter<'_>) -> Option<Directive> {
    let (keyword, rest) = words.split_first()?;
    match keyword.text.as_slice() {
        b"acl" => acl::parse(keyword, rest, reporter).map(Directive::Acl),
        b"http-request" => {
            rule::http(List::HttpRequest, keyword, rest, reporter).map(Directive::Rule)
        }
        b"http-response" => {
            rule::http(List::HttpResponse, keyword, rest, reporter).map(Directive::Rule)
        }
        b"tcp-request" => rule::tcp_request(keyword, rest, reporter).map(Directive::Rule),
        b"tcp-response" => rule::tcp_response(keyword, rest, reporter).map(Directive::Rule),
        b"redirect" => rule::redirect(keyword, rest, reporter).map(Directive::Rule),
        b"use_backend" => rule::use_backend(keyword, rest, reporter).map(Directive::Rule),
        b"default_backend" => {
            rule::default_backend(keyword, rest, reporter).map(Directive::DefaultBackend)
        }
        b"http-after-response" => {
            not_evaluated(keyword, reporter);
            rule::http(List::HttpAfterResponse, keyword, rest, reporter).map(Directive::Rule)
        }
        b"use-server" => {
            reporter.skip(keyword.display());
            None
        }
        _ => {
            let shown = keyword.display();
            if keyword.text.starts_with(BYTE_ORDER_MARK) {
                byte_order_mark(keyword, reporter);
            } else if UNSUPPORTED.iter().any(|known| keyword.is(known)) {
                let message = format!("'{shown}' is not supported");
                reporter.error(DiagnosticKind::Unsupported, keyword, message);
            } else if keyword::NAMES.iter().any(|known| keyword.is(known)) {
                let message = format!("the section '{shown}' does not belong among bare rules");
                reporter
                    .error(DiagnosticKind::Unsupported, keyword, message)
                    .suggest("read a whole configuration with 'Config::parse'");
            } else {
                let known = SUPPORTED.iter().chain(UNSUPPORTED).copied();
                let suggestion = spelling::nearest(&keyword.text, known)
                    .map_or_else(|| String::from("expected 'acl' or 'http-request'"), did_you_mean);
                let message = format!("unknown keyword '{shown}'");
                reporter.error(DiagnosticKind::Keyword, keyword, message).suggest(suggestion);
            }
            None
        }
    }
}

fn byte_order_mark(keyword: &Word, reporter: &mut Reporter<'_>) {
    let message = String::from("the line begins with a byte order mark");
    reporter
        .error(DiagnosticKind::Keyword, keyword, message)
        .suggest("save the file as UTF-8 without one");
}

/// Counts a line as skipped though it bears on what clients are answered, and says so.
fn not_evaluated(keyword: &Word, reporter: &mut Reporter<'_>) {
    let shown = keyword.display();
    let message = format!("what '{shown}' does to requests or responses is not evaluated");
    reporter.warning(DiagnosticKind::NotEvaluated, keyword, message);
    reporter.skip(shown);
}

pub(crate) fn did_you_mean(candidate: &str) -> String {
    format!("did you mean '{candidate}'?")
}
