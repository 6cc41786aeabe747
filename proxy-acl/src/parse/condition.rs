//! Conditions: terms and-ed to suites, suites or-ed (configuration manual, 7.2).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::expression;
use crate::ast::{Condition, Operand, Term, Word};
use crate::error::DiagnosticKind;
use crate::reporter::Reporter;

/// Reads what follows `if` or `unless`, which is `keyword`.
///
/// HAProxy is lenient here, and so are we: a `!` with nothing to negate and an `or` with nothing
/// beside it are dropped.
pub(super) fn parse(
    keyword: &Word,
    words: &[Word],
    reporter: &mut Reporter<'_>,
) -> Option<Condition> {
    let unless = keyword.is("unless");
    let mut suites: Vec<Vec<Term>> = Vec::new();
    let mut suite = Vec::new();
    let mut negation = Negation::default();
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        rest = after;
        let marks = word.text.iter().take_while(|&&byte| byte == b'!').count();
        negation.add(marks, word);
        let text = word.text.get(marks..).unwrap_or_default();
        if text.is_empty() {
            continue;
        }
        if text.eq_ignore_ascii_case(b"or") || text == b"||" {
            if !suite.is_empty() {
                suites.push(core::mem::take(&mut suite));
            }
            negation = Negation::default();
            continue;
        }
        let mut last = word;
        let operand = if text == b"{" {
            let Some(end) = rest.iter().position(|word| word.is("}")) else {
                reporter
                    .error(DiagnosticKind::Condition, word, String::from("this '{' is not closed"))
                    .suggest("end the expression with '}' as a word of its own");
                return None;
            };
            let (inside, closing) = rest.split_at(end);
            let (brace, after) = closing.split_first()?;
            last = brace;
            rest = after;
            Operand::Anonymous(expression::parse(word, inside, reporter)?)
        } else {
            let skipped = u32::try_from(marks).unwrap_or_default();
            let mut name = Word { text: text.to_vec(), span: word.span };
            if word.span.width as usize == word.text.len() {
                name.span.column += skipped;
                name.span.width -= skipped;
            }
            Operand::Named(name)
        };
        let first = negation.first.unwrap_or(word.span);
        suite.push(Term { negated: negation.odd, operand, span: first.to(last.span) });
        negation = Negation::default();
    }
    if !suite.is_empty() {
        suites.push(suite);
    }
    if suites.is_empty() {
        let (holds, what) = if unless { ("always", "unless") } else { ("never", "if") };
        let message = format!("'{what}' without a condition {holds} applies");
        reporter
            .warning(DiagnosticKind::EmptyCondition, keyword, message)
            .suggest("name an acl, or remove the line");
    }
    Some(Condition { unless, suites })
}

/// The exclamation marks seen since the last term.
#[derive(Default)]
struct Negation {
    odd: bool,
    first: Option<crate::ast::Span>,
}

impl Negation {
    fn add(&mut self, marks: usize, word: &Word) {
        self.odd ^= marks % 2 == 1;
        if marks > 0 {
            self.first.get_or_insert(word.span);
        }
    }
}
