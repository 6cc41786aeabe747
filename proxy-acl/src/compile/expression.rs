//! A fetch with its arguments, and the way of matching that goes with it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Compiler;
use super::patterns::Builder;
use crate::ast::{self, FetchWord};
use crate::error::DiagnosticKind;
use crate::fetch::Fetch;
use crate::fetch::keyword::{self, Keyword};
use crate::parse::did_you_mean;
use crate::pattern::matching::Matching;
use crate::policy::{Expression, Place};
use crate::spelling;

/// HAProxy remembers no more values when it counts from the right.
const LOWEST_OCCURRENCE: i64 = -10;

impl Compiler<'_, '_> {
    pub(super) fn expression(
        &mut self,
        expression: &ast::Expression,
        place: Place,
    ) -> Option<Expression> {
        let (fetch, suffix) = self.fetch(&expression.fetch)?;
        let matching = self.matching(expression, &fetch, suffix)?;
        let mut builder = Builder::new(matching);
        for file in &expression.flags.files {
            self.pattern_file(file, &mut builder)?;
        }
        self.patterns(expression, place, &mut builder)?;
        if builder.is_empty() && matching.needs_patterns() && !expression.flags.ended {
            let message = format!(
                "'{}' has no pattern, so it never matches",
                expression.fetch.word.display()
            );
            self.reporter
                .warning(DiagnosticKind::NoPattern, &expression.fetch.word, message)
                .suggest(
                    "add patterns, or '-m found' to ask for existence, or '--' if it is meant",
                );
        }
        let (matcher, origins) = builder.finish();
        Some(Expression { fetch, matcher, origins, place })
    }

    fn fetch(&mut self, fetch: &FetchWord) -> Option<(Fetch, Option<Matching>)> {
        let name = fetch.keyword.as_str();
        let Some((keyword, suffix)) = Keyword::named(name) else {
            if keyword::UNSUPPORTED.contains(&name) {
                let message = format!("the fetch '{name}' is not supported");
                self.reporter.error(DiagnosticKind::Unsupported, &fetch.word, message);
            } else {
                let known = keyword::SUPPORTED.iter().chain(keyword::UNSUPPORTED).copied();
                let message = format!("unknown fetch '{name}'");
                let near = spelling::nearest(name.as_bytes(), known);
                let report = self.reporter.error(DiagnosticKind::Fetch, &fetch.word, message);
                if let Some(near) = near {
                    report.suggest(did_you_mean(near));
                }
            }
            return None;
        };
        let most = if keyword == Keyword::Header { 2 } else { 0 };
        if fetch.arguments.len() > most {
            let message = match most {
                0 => format!("'{name}' takes no argument"),
                _ => format!("'{name}' takes at most a name and an occurrence"),
            };
            self.reporter.error(DiagnosticKind::Argument, &fetch.word, message);
            return None;
        }
        let fetch = match keyword {
            Keyword::AlwaysTrue => Fetch::AlwaysTrue,
            Keyword::AlwaysFalse => Fetch::AlwaysFalse,
            Keyword::Method => Fetch::Method,
            Keyword::Path => Fetch::Path,
            Keyword::Version => Fetch::Version,
            Keyword::Source => Fetch::Source,
            Keyword::Header => self.header(fetch)?,
        };
        Some((fetch, suffix))
    }

    fn header(&mut self, fetch: &FetchWord) -> Option<Fetch> {
        let mut arguments = fetch.arguments.iter();
        let name = arguments.next().map_or(&[][..], Vec::as_slice).into();
        let occurrence = match arguments.next().filter(|text| !text.is_empty()) {
            None => 0,
            Some(text) => {
                let shown = String::from_utf8_lossy(text);
                match shown.parse() {
                    Ok(occurrence @ LOWEST_OCCURRENCE..) => occurrence,
                    parsed => {
                        let message = match parsed {
                            Ok(_) => format!("the occurrence {shown} is below {LOWEST_OCCURRENCE}"),
                            Err(_) => format!("the occurrence '{shown}' is not a number"),
                        };
                        self.reporter
                            .error(DiagnosticKind::Argument, &fetch.word, message)
                            .suggest("count from 1 on the left, from -1 to -10 on the right");
                        return None;
                    }
                }
            }
        };
        Some(Fetch::Header { name, occurrence })
    }

    fn matching(
        &mut self,
        expression: &ast::Expression,
        fetch: &Fetch,
        suffix: Option<Matching>,
    ) -> Option<Matching> {
        let kind = fetch.kind();
        let Some(word) = &expression.flags.method else {
            return Some(suffix.unwrap_or_else(|| Matching::of(kind)));
        };
        let shown = word.display();
        let Some(matching) = Matching::named(&word.text) else {
            if Matching::UNSUPPORTED.iter().any(|known| word.is(known)) {
                let message = format!("the match method '{shown}' is not supported");
                self.reporter.error(DiagnosticKind::Unsupported, word, message);
            } else {
                let message = format!("unknown match method '{shown}'");
                let suggestion = spelling::nearest(&word.text, Matching::NAMES).map_or_else(
                    || format!("choose one of {}", Matching::NAMES.join(", ")),
                    did_you_mean,
                );
                self.reporter.error(DiagnosticKind::MatchMethod, word, message).suggest(suggestion);
            }
            return None;
        };
        if !matching.fits(kind) {
            let message = format!(
                "the match method '{shown}' cannot be used with '{}'",
                expression.fetch.keyword
            );
            self.reporter.error(DiagnosticKind::MatchMethod, word, message);
            return None;
        }
        Some(matching)
    }
}
