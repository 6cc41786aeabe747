//! Rules: what they order, and formats with their values.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Compiler;
use crate::ast::{self, FormatPiece, FormatWord, List, RuleAction};
use crate::log_format::{Format, Piece};
use crate::pattern::Choice;
use crate::pattern::text::TextSet;
use crate::redirect::Redirect;
use crate::rule::{Change, Condition, Order, Rule, Term};

impl Compiler<'_, '_> {
    /// Compiles a rule and puts it into its list.
    pub(super) fn rule(&mut self, line: &ast::RuleLine) -> Option<()> {
        let order = self.order(&line.action);
        // What is wrong with the condition is reported even if the rule does nothing.
        let condition = match &line.condition {
            None => None,
            Some(condition) => Some(self.condition(condition)?),
        };
        let order = order??;
        let lists = &mut self.compiled.lists;
        let [connection, session, content] = &mut lists.tcp;
        let list = match line.list {
            List::TcpConnection => connection,
            List::TcpSession => session,
            List::TcpContent => content,
            List::HttpRequest => &mut lists.http,
            List::Redirect => &mut lists.redirects,
            List::UseBackend => &mut lists.backends,
        };
        list.push(Rule { span: line.span, order, condition });
        Some(())
    }

    /// The outer nothing stands for an error, the inner for a rule without effect.
    #[expect(clippy::option_option, reason = "wrong and without effect are two things")]
    fn order(&mut self, action: &RuleAction) -> Option<Option<Order>> {
        let change = match action {
            RuleAction::Nothing => return Some(None),
            RuleAction::Final(action) => return Some(Some(Order::Final(*action))),
            RuleAction::Backend { name, .. } => {
                return Some(Some(Order::Backend(self.format(name)?)));
            }
            RuleAction::Redirect(redirect) => {
                return Some(Some(Order::Redirect(Box::new(Redirect {
                    kind: redirect.kind,
                    target: self.format(&redirect.target)?,
                    status: redirect.status,
                    drop_query: redirect.drop_query,
                    append_slash: redirect.append_slash,
                }))));
            }
            RuleAction::SetVariable { name, value } => Change::SetVariable {
                index: self.variable(&name.text, name)?,
                value: self.pipeline(value)?.0,
            },
            RuleAction::FormatVariable { name, value } => Change::FormatVariable {
                index: self.variable(&name.text, name)?,
                value: self.format(value)?,
            },
            RuleAction::UnsetVariable { name } => {
                Change::UnsetVariable { index: self.variable(&name.text, name)? }
            }
            RuleAction::SetHeader { name, value } => {
                Change::SetHeader { name: name.text.as_slice().into(), value: self.format(value)? }
            }
            RuleAction::AddHeader { name, value } => {
                Change::AddHeader { name: name.text.as_slice().into(), value: self.format(value)? }
            }
            RuleAction::RemoveHeader { name, place } => {
                let mut names = TextSet::new(*place, Choice::First);
                names.push(&name.text, true);
                Change::RemoveHeader { names }
            }
            RuleAction::Replace { part, value } => {
                Change::Replace { part: *part, value: self.format(value)? }
            }
        };
        Some(Some(Order::Change(Box::new(change))))
    }

    fn format(&mut self, word: &FormatWord) -> Option<Format> {
        let mut pieces = Vec::with_capacity(word.pieces.len());
        for piece in &word.pieces {
            pieces.push(match piece {
                FormatPiece::Literal(text) => Piece::Literal(text.as_slice().into()),
                FormatPiece::Value(value) => Piece::Value(self.pipeline(value)?.0),
            });
        }
        Some(Format { pieces: pieces.into_boxed_slice() })
    }

    fn condition(&mut self, condition: &ast::Condition) -> Option<Condition> {
        let mut complete = true;
        let mut suites = Vec::new();
        for suite in &condition.suites {
            let mut terms = Vec::new();
            for term in suite {
                match self.operand(&term.operand) {
                    Some(acl) => {
                        terms.push(Term { negated: term.negated, acl, span: term.span });
                    }
                    None => complete = false,
                }
            }
            suites.push(terms.into_boxed_slice());
        }
        complete.then(|| Condition { unless: condition.unless, suites: suites.into_boxed_slice() })
    }
}
