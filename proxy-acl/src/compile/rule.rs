//! Rules: what they order, and formats with their values.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use ::regex::bytes::Regex;

use super::fetch::when;
use super::reference::What;
use super::{Compiler, is_loose};
use crate::acl::Expression;
use crate::ast::{
    self, ChangeWord, FormatPiece, FormatWord, List, NameMatch, RedirectWord, RuleAction, Slot,
    Span, Word,
};
use crate::change::Change;
use crate::error::DiagnosticKind;
use crate::fetch::Subject;
use crate::fetch::phase::{Phase, Phases};
use crate::log_format::{Format, Piece, Purpose};
use crate::parse::log_format;
use crate::pattern::text::{Place, TextSet};
use crate::pattern::{Choice, regex};
use crate::redirect::Redirect;
use crate::rule::{Condition, Order, Rule, Term};

impl Compiler<'_, '_> {
    /// Compiles a rule and puts it into its list.
    pub(super) fn rule(&mut self, line: &ast::RuleLine) -> Option<()> {
        let phase = line.list.phase();
        let order = self.order(line, phase.on(self.sides));
        // What is wrong with the condition is reported even if the rule does nothing.
        let condition = match &line.condition {
            None => None,
            Some(condition) => Some(self.condition(condition, phase)?),
        };
        let rule = Rule { span: line.span, order: order??, condition };
        self.compiled.lists.list_mut(line.list)?.push(rule);
        Some(())
    }

    /// The outer nothing stands for an error, the inner for a rule without effect.
    #[expect(clippy::option_option, reason = "wrong and without effect are two things")]
    fn order(&mut self, line: &ast::RuleLine, steps: Phases) -> Option<Option<Order>> {
        Some(Some(match &line.action {
            RuleAction::Nothing => return Some(None),
            RuleAction::Track { sample, table } => {
                let kind = self.pipeline(sample, steps)?.kind();
                let word = table.as_ref().unwrap_or(&sample.word);
                let name = table.as_ref().map_or(&[][..], |table| &table.text);
                self.refer(What::Table(Some(kind)), name, word);
                return Some(None);
            }
            RuleAction::Capture { sample, slot } => {
                // Rules of HTTP take only what is there in frontends, wherever they stand.
                let steps = if line.list == List::HttpRequest { Phases::FRONT } else { steps };
                self.pipeline(sample, steps)?;
                if let Slot::At(index) = *slot {
                    let of_response = line.list.phase() == Phase::Response;
                    let name = index.to_string();
                    self.refer(What::Slot { of_response, index }, name.as_bytes(), &sample.word);
                }
                return Some(None);
            }
            RuleAction::Final(action) => Order::Final(*action),
            RuleAction::Answer { action, texts } => {
                for text in texts {
                    self.format(text, steps)?;
                }
                Order::Final(*action)
            }
            RuleAction::Backend(_) if self.disabled => return Some(None),
            RuleAction::Backend(word) => {
                let name = log_format::parse(word, self.reporter)?;
                // HAProxy takes several texts for one with values.
                let is_value = |piece: &FormatPiece| matches!(piece, FormatPiece::Value(..));
                if name.texts <= 1 && !name.pieces.iter().any(is_value) {
                    self.chosen.push(word.clone());
                }
                // That of 'listen' is chosen on its side too where requests come in.
                Order::Backend(self.format_for(Purpose::Name, &name, Phases::FRONT)?)
            }
            RuleAction::Redirect(redirect) => {
                Order::Redirect(Box::new(self.redirect(redirect, steps)?))
            }
            RuleAction::Change(change) => Order::Change(Box::new(self.change(change, steps)?)),
        }))
    }

    fn redirect(&mut self, redirect: &RedirectWord, steps: Phases) -> Option<Redirect> {
        Some(Redirect {
            kind: redirect.kind,
            target: self.format(&redirect.target, steps)?,
            status: redirect.status,
            drop_query: redirect.drop_query,
            append_slash: redirect.append_slash,
            ignore_empty: redirect.ignore_empty,
        })
    }

    fn change(&mut self, change: &ChangeWord, steps: Phases) -> Option<Change> {
        let bytes = |word: &Word| -> Box<[u8]> { word.text.as_slice().into() };
        Some(match change {
            ChangeWord::SetVariable { name, guards, value } => Change::SetVariable {
                index: self.variable(&name.text, name)?,
                guards: guards.as_slice().into(),
                value: self.pipeline(value, steps)?,
            },
            ChangeWord::FormatVariable { name, guards, value } => Change::FormatVariable {
                index: self.variable(&name.text, name)?,
                guards: guards.as_slice().into(),
                value: self.format_for(Purpose::Name, value, steps)?,
            },
            ChangeWord::UnsetVariable { name } => {
                Change::UnsetVariable { index: self.variable(&name.text, name)? }
            }
            ChangeWord::SetHeader { name, value } => {
                Change::SetHeader { name: bytes(name), value: self.format(value, steps)? }
            }
            ChangeWord::AddHeader { name, value } => {
                Change::AddHeader { name: bytes(name), value: self.format(value, steps)? }
            }
            ChangeWord::RemoveHeader { name, matching } => {
                let place = match matching {
                    NameMatch::Whole => Place::Whole,
                    NameMatch::Prefix => Place::Prefix,
                    NameMatch::Suffix => Place::Suffix,
                    NameMatch::Anywhere => Place::Anywhere,
                    NameMatch::Regex => {
                        return Some(Change::RemoveHeaderByRegex { names: self.regex(name)? });
                    }
                };
                let mut names = TextSet::new(place, Choice::First);
                names.push(&name.text, true);
                Change::RemoveHeader { names }
            }
            ChangeWord::SubstituteHeader { name, regex, value, whole } => {
                Change::SubstituteHeader {
                    name: bytes(name),
                    regex: self.regex(regex)?,
                    value: self.format(value, steps)?,
                    whole: *whole,
                }
            }
            ChangeWord::Replace { part, value } => {
                Change::Replace { part: *part, value: self.format(value, steps)? }
            }
            ChangeWord::Substitute { part, regex, value } => Change::Substitute {
                part: *part,
                regex: self.regex(regex)?,
                value: self.format(value, steps)?,
            },
            ChangeWord::Normalize(normalizer) => Change::Normalize(*normalizer),
            ChangeWord::SetEnd { end, value } => {
                // HAProxy asks for what is there with the request, also where the rule comes before it.
                let pipeline = self.pipeline(value, Phase::Request.on(self.sides))?;
                if !pipeline.fetch.phases.meet(steps) {
                    let word = &value.word;
                    let message = format!("'{}' is never there {}", word.display(), when(steps));
                    self.reporter
                        .warning(DiagnosticKind::NeverMatches, word, message)
                        .suggest("write the rule in 'http-request'");
                }
                Change::SetEnd { end: *end, value: pipeline }
            }
            ChangeWord::SetStatus(status) => Change::SetStatus(*status),
            ChangeWord::Update { kind, file, key, value } => {
                if !self.reporter.repeating {
                    self.updated.push((*kind, file.clone()));
                }
                let key = self.format(key, steps)?;
                let value = match value {
                    None => None,
                    Some(value) => Some(self.format(value, steps)?),
                };
                Change::Update { kind: *kind, file: bytes(file), key, value }
            }
        })
    }

    fn regex(&mut self, word: &Word) -> Option<Regex> {
        let limit = self.reporter.options().max_regex;
        match regex::compile(&word.text, false, false, limit) {
            Ok(regex) => Some(regex),
            Err(error) => {
                self.refuse_regex(&error, &word.text, word);
                None
            }
        }
    }

    /// A part of a message.
    fn format(&mut self, word: &FormatWord, steps: Phases) -> Option<Format> {
        self.format_for(Purpose::Message, word, steps)
    }

    fn format_for(&mut self, purpose: Purpose, word: &FormatWord, steps: Phases) -> Option<Format> {
        let mut pieces = Vec::with_capacity(word.pieces.len());
        for piece in &word.pieces {
            pieces.push(match piece {
                FormatPiece::Literal(text) => Piece::Literal(text.as_slice().into()),
                FormatPiece::Value(value, style) => {
                    Piece::Value(self.pipeline(value, steps)?, *style)
                }
            });
        }
        Some(Format { pieces: pieces.into_boxed_slice(), purpose })
    }

    pub(super) fn condition(
        &mut self,
        condition: &ast::Condition,
        phase: Phase,
    ) -> Option<Condition> {
        let mut complete = true;
        let mut suites = Vec::new();
        for suite in &condition.suites {
            let mut terms = Vec::new();
            for term in suite {
                match self.operand(&term.operand) {
                    Some(acl) => {
                        self.check_steps(acl, &term.operand, phase);
                        if phase == Phase::Connection {
                            self.check_peer(acl, term.span);
                        }
                        terms.push(Term { negated: term.negated, acl, span: term.span });
                    }
                    None => {
                        complete = false;
                        // Its patterns are no acls either: one report is enough.
                        if matches!(&term.operand, ast::Operand::Named(word) if is_loose(word)) {
                            break;
                        }
                    }
                }
            }
            suites.push(terms.into_boxed_slice());
        }
        complete.then(|| Condition { unless: condition.unless, suites: suites.into_boxed_slice() })
    }

    /// Warns of an acl that looks only at what is never there when the rule is asked.
    fn check_steps(&mut self, acl: usize, operand: &ast::Operand, phase: Phase) {
        let Some(acl) = self.compiled.acls.get(acl) else { return };
        let steps = phase.on(self.sides);
        let there = |expression: &Expression| expression.pipeline.fetch.phases.meet(steps);
        let present = acl.expressions.iter().filter(|expression| there(expression)).count();
        if present < acl.expressions.len() && phase < Phase::Request {
            self.compiled.lists.too_early = true;
        }
        if present > 0 || acl.expressions.is_empty() {
            return;
        }
        let (word, what) = match operand {
            ast::Operand::Named(word) => (word, format!("the acl '{}'", word.display())),
            ast::Operand::Anonymous(expression) => {
                let word = &expression.fetch.word;
                (word, format!("'{}'", word.display()))
            }
        };
        if acl.expressions.iter().any(|expression| expression.pipeline.fetch.phases.contain(phase))
        {
            let message = format!("{what} looks at the frontend, for no backend is chosen here");
            self.reporter
                .warning(DiagnosticKind::Misread, word, message)
                .suggest("write the rule in the backend");
            return;
        }
        let message = format!("{what} looks at what is never there {}", when(steps));
        self.reporter
            .warning(DiagnosticKind::NeverMatches, word, message)
            .suggest("keep it in a variable while it is there");
    }

    /// Warns of a look at the source before the PROXY header that tells it was read.
    fn check_peer(&mut self, acl: usize, span: Span) {
        let (Some(line), Some(acl)) = (self.proxied, self.compiled.acls.get(acl)) else { return };
        let is_source =
            |expression: &Expression| expression.pipeline.fetch.subject == Subject::Source;
        if !acl.expressions.iter().any(is_source) {
            return;
        }
        let message =
            format!("'src' is the peer here, not its client: line {line} has 'accept-proxy'");
        let severity = crate::Severity::Warning;
        self.reporter
            .at(severity, DiagnosticKind::Peer, span, String::new(), message)
            .suggest("write 'tcp-request session', which is asked when the PROXY header was read");
    }
}
