//! The tree into a policy: names looked up, patterns compiled.

mod converter;
mod expression;
mod fetch;
mod map;
mod patterns;
mod predefined;
mod rule;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::ast::{self, Directive, Operand, RuleAction, Span, Word};
use crate::error::DiagnosticKind;
use crate::parse::did_you_mean;
use crate::policy::{Acl, Expression, Place};
use crate::reporter::Reporter;
use crate::rule::Lists;
use crate::source::Files;
use crate::spelling;
use predefined::Lookup;

/// What a policy is made of.
pub(crate) struct Compiled {
    pub(crate) acls: Vec<Acl>,
    pub(crate) names: BTreeMap<Box<str>, usize>,
    pub(crate) lists: Lists,
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
        variables: BTreeMap::new(),
        patterns: 0,
    };
    let mut lists = Lists::default();
    let mut last = [const { None }; 6];
    for directive in directives {
        if compiler.reporter.is_full() {
            break;
        }
        match directive {
            Directive::Acl(line) => compiler.acl(line),
            Directive::Rule(line) => {
                if let Some(last) = last.get_mut(line.list as usize) {
                    compiler.check_reachable(line, last);
                }
                // What is wrong was reported.
                let _ = compiler.rule(line, &mut lists);
            }
            Directive::DefaultBackend(name) => {
                lists.default_backend = Some(name.text.as_slice().into());
            }
        }
    }
    let Compiler { acls, names, files, .. } = compiler;
    Compiled { acls, names, lists, files }
}

struct Compiler<'c, 'o> {
    reporter: &'c mut Reporter<'o>,
    acls: Vec<Acl>,
    names: BTreeMap<Box<str>, usize>,
    files: Files,
    /// The index of each variable.
    variables: BTreeMap<Box<[u8]>, usize>,
    /// Patterns compiled so far, against the limit.
    patterns: usize,
}

impl Compiler<'_, '_> {
    fn acl(&mut self, line: &ast::AclLine) {
        let index = self.named(line.name.utf8(), true);
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

    fn check_reachable(&mut self, line: &ast::RuleLine, last: &mut Option<(u32, bool)>) {
        let ends = matches!(
            line.action,
            RuleAction::Final(_) | RuleAction::Redirect(_) | RuleAction::Backend { .. }
        );
        let unconditional = ends && line.condition.is_none();
        let span = line.span;
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
        if let Some(&index) = self.names.get(word.utf8()) {
            return Some(index);
        }
        match predefined::find(&word.text) {
            Lookup::Found(words) => {
                let expression = self.predefined(words, word.span)?;
                let index = self.named(word.utf8(), false);
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
        let (name, argument) = match fetch.strip_suffix(')').and_then(|call| call.split_once('(')) {
            Some((name, argument)) => (name, Some(argument.as_bytes().to_vec())),
            None => (*fetch, None),
        };
        let call =
            ast::Call { name: String::from(name), arguments: argument.into_iter().collect() };
        let expression = ast::Expression {
            fetch: ast::FetchWord { fetch: call, converters: Vec::new(), word: word(fetch) },
            flags: ast::Flags::default(),
            patterns: patterns.iter().map(word).collect(),
            span,
        };
        self.expression(&expression, Place::Predefined(words))
    }
}
