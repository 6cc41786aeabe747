//! Expressions: what is looked at, the way of matching, the patterns.

use alloc::format;

use super::Compiler;
use super::patterns::Builder;
use crate::ast;
use crate::error::DiagnosticKind;
use crate::pattern::Choice;
use crate::pattern::matching::Matching;
use crate::pipeline::Pipeline;
use crate::policy::{Expression, Place};

impl Compiler<'_, '_> {
    pub(super) fn expression(
        &mut self,
        expression: &ast::Expression,
        place: Place,
    ) -> Option<Expression> {
        if let Some(number) = &expression.flags.number {
            self.check_number(number)?;
        }
        let (pipeline, suffix) = self.acl_pipeline(&expression.fetch)?;
        let matching = self.matching(expression, &pipeline, suffix)?;
        let mut builder = Builder::new(matching, Choice::First);
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
        Some(Expression { pipeline, matcher, origins, place })
    }

    /// Refuses a number that an acl has already; -1 stands for none.
    fn check_number(&mut self, word: &ast::Word) -> Option<()> {
        let text = word.utf8();
        let number: i128 = text.strip_prefix('+').unwrap_or(text).parse().unwrap_or_default();
        // HAProxy keeps the low 32 bits.
        let number = (number & 0xffff_ffff) as u32 as i32;
        if number == -1 || self.reporter.repeating || self.numbers.insert(number) {
            return Some(());
        }
        let message = format!("the number '{}' is taken by an acl above", word.display());
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
            let matching = suffix.or_else(|| Matching::of(kind));
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
