//! Expressions: what is looked at, the way of matching, the patterns.

use alloc::format;

use super::Compiler;
use super::patterns::Builder;
use crate::acl::{Expression, Place};
use crate::ast;
use crate::error::DiagnosticKind;
use crate::fetch::keyword;
use crate::number;
use crate::pattern::Choice;
use crate::pattern::matching::Matching;
use crate::pipeline::Pipeline;

impl Compiler<'_, '_> {
    pub(super) fn expression(
        &mut self,
        expression: &ast::Expression,
        place: Place,
    ) -> Option<Expression> {
        let pipeline = self.acl_pipeline(&expression.fetch);
        // The number is taken even where the expression is wrong.
        self.check_number(expression.flags.number.as_deref())?;
        let (pipeline, suffix) = pipeline?;
        let matching = self.matching(expression, &pipeline, suffix)?;
        let mut builder = Builder::new(matching, Choice::First);
        for file in &expression.flags.files {
            self.pattern_file(file, &mut builder)?;
        }
        self.patterns(expression, place, &mut builder)?;
        if matches!(place, Place::Configuration(_)) {
            self.check_patterns(&pipeline, matching, &expression.flags, &expression.patterns);
        }
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
        Some(Expression { pipeline, matcher, origins, place })
    }

    /// Refuses a number that an acl has already; those without one have -1.
    fn check_number(&mut self, word: Option<&ast::Word>) -> Option<()> {
        if self.reporter.repeating {
            return Some(());
        }
        let number =
            word.map_or(-1, |word| number::leading(&word.text).map_or(0, |(value, _)| value));
        // HAProxy keeps the low 32 bits.
        let is_free = self.numbers.insert(number as i32);
        let Some(word) = word.filter(|_| !is_free) else { return Some(()) };
        let message = format!("the number '{}' is taken by an acl or a map above", word.display());
        self.reporter.error(DiagnosticKind::Flag, word, message).suggest("choose another one");
        None
    }

    fn matching(
        &mut self,
        expression: &ast::Expression,
        pipeline: &Pipeline,
        suffix: Option<Matching>,
    ) -> Option<Matching> {
        let kind = pipeline.kind();
        let Some(word) = &expression.flags.method else {
            // It is the acl keyword 'method' that brings this way of matching, not the kind.
            let is_said = |one: &Matching| {
                *one != Matching::Method || keyword::is_of_acls(&expression.fetch.fetch.name)
            };
            let matching = suffix.or_else(|| Matching::of(kind).filter(is_said));
            if matching.is_none() {
                let word = &expression.fetch.word;
                let message = format!("how to match '{}' must be said with '-m'", word.display());
                self.reporter
                    .error(DiagnosticKind::MatchMethod, word, message)
                    .suggest("add '-m str', or another method");
            }
            return matching;
        };
        let shown = word.display();
        // Names were looked up when the line was read.
        let matching = Matching::named(&word.text)?;
        if !matching.fits(kind) {
            let message = format!(
                "the match method '{shown}' cannot be used with '{}'",
                expression.fetch.word.display()
            );
            self.reporter.error(DiagnosticKind::MatchMethod, word, message);
            return None;
        }
        Some(matching)
    }
}
