//! Patterns that are well-formed, but match nothing that a client sends.

use alloc::format;
use alloc::string::String;

use super::Compiler;
use crate::ast::{Flags, Word};
use crate::error::DiagnosticKind;
use crate::fetch::Subject;
use crate::fetch::header::Unit;
use crate::parse::flag::is_flag;
use crate::pattern::matching::Matching;
use crate::pipeline::Pipeline;

impl Compiler<'_, '_> {
    /// Warns of patterns of this way of matching that no sample has, or hardly any.
    pub(super) fn check_patterns(
        &mut self,
        pipeline: &Pipeline,
        matching: Matching,
        flags: &Flags,
        patterns: &[Word],
    ) {
        let from_start = matches!(matching, Matching::Str | Matching::Beg);
        let as_text = from_start
            || matches!(matching, Matching::End | Matching::Sub | Matching::Dir | Matching::Dom);
        if !as_text || !pipeline.converters.is_empty() {
            return;
        }
        let subject = &pipeline.fetch.subject;
        let is_path = *subject == Subject::Path;
        let is_value = matches!(subject, Subject::Header { unit: Unit::Value, .. });
        let is_host = !flags.ignore_case
            && matches!(subject, Subject::Header { name, .. } if name.eq_ignore_ascii_case(b"host"));
        if let (true, Some(word)) = (is_nameless(subject), patterns.first()) {
            if HEADERS.iter().any(|name| word.text.eq_ignore_ascii_case(name.as_bytes())) {
                let (kind, message, suggestion) = nameless(word);
                self.reporter.warning(kind, word, message).suggest(suggestion);
            }
        }
        // Of flags that stand too late, and what is behind them, that alone is told.
        let late = |word: &Word| !flags.ended && is_flag(word);
        for word in patterns.iter().take_while(|word| !late(word)) {
            let (kind, message, suggestion) =
                if (is_path || *subject == Subject::PathQuery) && from_start && is_relative(word) {
                    relative(word)
                } else if is_path && word.text.contains(&b'?') {
                    with_query(word)
                } else if is_value && is_list(word) {
                    list(word)
                } else if is_host && word.text.iter().any(u8::is_ascii_uppercase) {
                    capital(word)
                } else {
                    continue;
                };
            self.reporter.warning(kind, word, message).suggest(suggestion);
        }
    }
}

type Finding = (DiagnosticKind, String, String);

/// The target `*` is a path of its own.
fn is_relative(pattern: &Word) -> bool {
    !pattern.text.starts_with(b"/") && !matches!(pattern.text.as_slice(), b"" | b"*")
}

fn relative(word: &Word) -> Finding {
    let shown = word.display();
    let message = format!("a path begins with '/', so '{shown}' matches none");
    (DiagnosticKind::NeverMatches, message, format!("write '/{shown}', or match with '-m sub'"))
}

fn with_query(word: &Word) -> Finding {
    let message = format!("a path ends before '?', so '{}' matches none", word.display());
    (DiagnosticKind::NeverMatches, message, "use 'pathq', or 'query' for what is behind it".into())
}

/// In quotes a comma is part of a value.
fn is_list(pattern: &Word) -> bool {
    pattern.text.contains(&b',') && !pattern.text.contains(&b'"')
}

fn list(word: &Word) -> Finding {
    let message =
        format!("the values of a header end at commas, so '{}' matches none", word.display());
    (DiagnosticKind::NeverMatches, message, "use 'req.fhdr' to look at whole lines".into())
}

fn capital(word: &Word) -> Finding {
    let message =
        format!("clients send host names in lower case, which '{}' does not match", word.display());
    (DiagnosticKind::Capital, message, "put '-i' before the patterns".into())
}

/// Headers that stand in brackets more often than they are values.
const HEADERS: [&str; 12] = [
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "origin",
    "referer",
    "user-agent",
    "x-forwarded-for",
    "x-forwarded-proto",
];

/// Whether all headers are looked at.
fn is_nameless(subject: &Subject) -> bool {
    matches!(subject, Subject::Header { name, .. } if name.is_empty())
}

fn nameless(word: &Word) -> Finding {
    let shown = word.display();
    let message = format!("'{shown}' is looked for among the values of all headers");
    (DiagnosticKind::Misread, message, format!("write 'hdr({shown})' to look at this header"))
}
