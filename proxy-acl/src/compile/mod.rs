//! The tree into a policy: names looked up, patterns compiled.

mod expression;
mod patterns;
mod predefined;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::ast::{self, Directive, Operand, RuleAction, Span, Word};
use crate::decision::Action;
use crate::error::DiagnosticKind;
use crate::parse::did_you_mean;
use crate::policy::{Acl, Condition, Expression, Place, Rule, Term};
use crate::reporter::Reporter;
use crate::source::Files;
use crate::spelling;
use predefined::Lookup;

/// What a policy is made of.
pub(crate) struct Compiled {
    pub(crate) acls: Vec<Acl>,
    pub(crate) names: BTreeMap<Box<str>, usize>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) files: Files,
}

/// Compiles in the order of the file, so that an acl is known only below its first line. What is
/// wrong is reported, and the line left out.
pub(crate) fn compile(directives: &[Directive], reporter: &mut Reporter<'_>) -> Compiled {
    let mut compiler = Compiler {
        reporter,
        acls: Vec::new(),
        names: BTreeMap::new(),
        files: Files::default(),
        patterns: 0,
    };
    let mut rules = Vec::new();
    let mut last: Option<(u32, bool)> = None;
    for directive in directives {
        if compiler.reporter.is_full() {
            break;
        }
        match directive {
            Directive::Acl(line) => compiler.acl(line),
            Directive::Rule(line) => {
                compiler.check_reachable(line.span, &mut last, line.condition.is_none());
                rules.extend(compiler.rule(line));
            }
        }
    }
    let Compiler { acls, names, files, .. } = compiler;
    Compiled { acls, names, rules, files }
}

struct Compiler<'c, 'o> {
    reporter: &'c mut Reporter<'o>,
    acls: Vec<Acl>,
    names: BTreeMap<Box<str>, usize>,
    files: Files,
    /// Patterns compiled so far, against the limit.
    patterns: usize,
}

impl Compiler<'_, '_> {
    fn acl(&mut self, line: &ast::AclLine) {
        let index = self.named(&line.name.display(), true);
        let Some(expression) = &line.expression else {
            return;
        };
        let place = Place::Configuration(expression.span);
        if let Some(expression) = self.expression(expression, place) {
            if let Some(acl) = self.acls.get_mut(index) {
                acl.expressions.push(expression);
            }
        }
    }

    /// Returns the index of the acl of this name, which is made if there is none.
    fn named(&mut self, name: &str, by_user: bool) -> usize {
        if let Some(&index) = self.names.get(name) {
            if let (true, Some(acl)) = (by_user, self.acls.get_mut(index)) {
                acl.by_user = true;
            }
            return index;
        }
        let index = self.push(Acl { by_user, expressions: Vec::new() });
        self.names.insert(name.into(), index);
        index
    }

    fn push(&mut self, acl: Acl) -> usize {
        self.acls.push(acl);
        self.acls.len() - 1
    }

    fn check_reachable(&mut self, span: Span, last: &mut Option<(u32, bool)>, unconditional: bool) {
        match last {
            Some((line, reported @ false)) => {
                let message = format!("never reached: the rule of line {line} always applies");
                let text = String::new();
                let (severity, kind) = (crate::Severity::Warning, DiagnosticKind::Unreachable);
                self.reporter
                    .at(severity, kind, span, text, message)
                    .suggest("put this rule first, or give the other a condition");
                *reported = true;
            }
            Some(_) => {}
            None if unconditional => *last = Some((span.line, false)),
            None => {}
        }
    }

    fn rule(&mut self, line: &ast::RuleLine) -> Option<Rule> {
        let action = match line.action {
            RuleAction::Allow => Action::Allow,
            RuleAction::Deny { status } => Action::Deny { status },
        };
        let condition = match &line.condition {
            None => None,
            Some(condition) => Some(self.condition(condition)?),
        };
        Some(Rule { span: line.span, action, condition })
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

    fn operand(&mut self, operand: &Operand) -> Option<usize> {
        match operand {
            Operand::Named(word) => self.reference(word),
            Operand::Anonymous(expression) => {
                let place = Place::Configuration(expression.span);
                let expression = self.expression(expression, place)?;
                Some(self.push(Acl { by_user: false, expressions: vec![expression] }))
            }
        }
    }

    fn reference(&mut self, word: &Word) -> Option<usize> {
        let name = word.display();
        if let Some(&index) = self.names.get(name.as_ref()) {
            return Some(index);
        }
        match predefined::find(&word.text) {
            Lookup::Found(words) => {
                let expression = self.predefined(words, word.span)?;
                let index = self.named(&name, false);
                if let Some(acl) = self.acls.get_mut(index) {
                    acl.expressions.push(expression);
                }
                Some(index)
            }
            Lookup::Unsupported => {
                let message = format!("the predefined acl '{name}' is not supported");
                self.reporter.error(DiagnosticKind::Unsupported, word, message);
                None
            }
            Lookup::Unknown => {
                let suggestion = match word.text.as_slice() {
                    b"and" | b"AND" | b"&&" => String::from("terms side by side are and-ed"),
                    b"}" => String::from("there is no '{' before it"),
                    text if text.starts_with(b"{") => {
                        String::from("'{' and '}' are words of their own: put spaces around them")
                    }
                    text => {
                        let mut known: Vec<&str> = predefined::names().collect();
                        known.extend(self.names.keys().map(AsRef::<str>::as_ref));
                        spelling::nearest(text, known).map_or_else(
                            || String::from("an acl must be defined above its use"),
                            did_you_mean,
                        )
                    }
                };
                let message = format!("no acl named '{name}' is defined above");
                self.reporter.error(DiagnosticKind::UnknownAcl, word, message).suggest(suggestion);
                None
            }
        }
    }

    fn predefined(&mut self, words: predefined::Words, span: Span) -> Option<Expression> {
        let word = |text: &&str| Word { text: text.as_bytes().to_vec(), span };
        let (fetch, patterns) = words.split_first()?;
        let expression = ast::Expression {
            fetch: ast::FetchWord {
                keyword: String::from(*fetch),
                arguments: Vec::new(),
                word: word(fetch),
            },
            flags: ast::Flags::default(),
            patterns: patterns.iter().map(word).collect(),
            span,
        };
        self.expression(&expression, Place::Predefined(words))
    }
}
