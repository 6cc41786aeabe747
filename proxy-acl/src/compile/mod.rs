//! The tree into a policy: names looked up, patterns compiled.

mod arguments;
mod converter;
mod expression;
mod fetch;
mod improbable;
mod map;
mod patterns;
mod predefined;
mod reference;
mod rule;
pub(crate) mod section;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use reference::Reference;

use crate::acl::{Acl, Expression, Place};
use crate::asked::{Asked, Names};
use crate::ast::{self, Directive, List, Operand, RuleAction, Side, Span, Word};
use crate::error::DiagnosticKind;
use crate::fetch::phase::Phase;
use crate::fetch::{injected, keyword};
use crate::parse::did_you_mean;
use crate::reporter::Reporter;
use crate::rule::{Lists, Monitor, Rule};
use crate::source::Files;
use crate::spelling;
use crate::update::UpdateKind;
use crate::variable::OfProcess;

/// What a policy is made of.
#[derive(Default)]
pub(crate) struct Compiled {
    pub(crate) acls: Vec<Acl>,
    pub(crate) names: BTreeMap<Box<str>, usize>,
    pub(crate) lists: Lists,
    /// What the caller is asked for by name.
    pub(crate) value_names: Names,
}

/// Compiles bare rules.
pub(crate) fn compile(directives: &[Directive], reporter: &mut Reporter<'_>) -> (Compiled, Files) {
    let mut compiler = Compiler::new(reporter);
    compiler.environment = compiler.reporter.options().environment.clone();
    compiler.directives(directives, &mut [const { None }; List::COUNT]);
    compiler.check_updates();
    compiler.compiled.lists.of_process = compiler.of_process.into();
    (compiler.compiled, compiler.files)
}

/// Of each list the line of the rule behind which nothing is reached, and whether that was said.
type Ends = [Option<(u32, bool)>; List::COUNT];

struct Compiler<'c, 'o> {
    reporter: &'c mut Reporter<'o>,
    /// The policy that is being compiled.
    compiled: Compiled,
    files: Files,
    /// The index of each variable; policies of one configuration share them.
    variables: BTreeMap<Box<[u8]>, usize>,
    /// Those of them that may have values from before the request.
    of_process: Vec<OfProcess>,
    /// What the caller is asked for by name; policies of one configuration share the numbers.
    values: Names,
    /// The environment that is left behind the last line.
    environment: BTreeMap<Vec<u8>, Vec<u8>>,
    /// On which sides the rules are asked; of bare rules and of `defaults` it may be any.
    sides: &'static [Side],
    /// When the monitors of this section are told of a failure.
    failures: Vec<Rule>,
    /// Patterns compiled so far, against the limit.
    patterns: usize,
    /// Lines of defaults compiled again for proxies so far, against theirs.
    inherited: usize,
    /// The numbers that acls have so far.
    numbers: BTreeSet<i32>,
    /// The backends that the rules of this section name.
    chosen: Vec<Word>,
    /// The files that rules so far order to be changed, and how.
    updated: Vec<(UpdateKind, Word)>,
    /// What else they refer to by name.
    references: Vec<Reference>,
    /// The line of a 'bind' of this section with 'accept-proxy'.
    proxied: Option<u32>,
    /// The section is disabled: what HAProxy reads when all lines are read, it does not read there.
    disabled: bool,
}

impl<'c, 'o> Compiler<'c, 'o> {
    fn new(reporter: &'c mut Reporter<'o>) -> Self {
        Self {
            reporter,
            compiled: Compiled::default(),
            files: Files::default(),
            variables: BTreeMap::new(),
            of_process: Vec::new(),
            values: Names::default(),
            environment: BTreeMap::new(),
            sides: Side::ALL,
            failures: Vec::new(),
            patterns: 0,
            inherited: 0,
            numbers: BTreeSet::new(),
            chosen: Vec::new(),
            updated: Vec::new(),
            references: Vec::new(),
            proxied: None,
            disabled: false,
        }
    }
}

impl Compiler<'_, '_> {
    /// Compiles in the order of the file, so that an acl is known only below its first line. What is
    /// wrong is reported, and the line left out.
    fn directives(&mut self, directives: &[Directive], ends: &mut Ends) {
        let mut begins = [None; List::COUNT];
        for directive in directives {
            if self.reporter.is_full() {
                break;
            }
            match directive {
                Directive::Acl(line) => self.acl(line),
                Directive::Rule(line) => {
                    self.check_order(line, &mut begins);
                    if let Some(end) = ends.get_mut(line.list as usize) {
                        self.check_reachable(line, end);
                    }
                    // What is wrong was reported.
                    let _ = self.rule(line);
                }
                Directive::MonitorFailure(condition, span) => {
                    if let Some(condition) = self.condition(condition, Phase::Request) {
                        self.failures.push(Monitor::answer(503, *span, Some(condition)));
                    }
                }
                Directive::DefaultBackend(name) => {
                    self.compiled.lists.default_backend = Some(name.text.as_slice().into());
                }
            }
        }
    }

    fn acl(&mut self, line: &ast::AclLine) {
        let index = self.named(line.name.utf8(), true);
        let expression = line.expression.as_ref().and_then(|expression| {
            self.expression(expression, Place::Configuration(expression.span))
        });
        if let Some(acl) = self.compiled.acls.get_mut(index) {
            acl.incomplete |= expression.is_none();
            acl.expressions.extend(expression);
        }
    }

    /// Returns a name by which the caller is asked, with its number.
    fn asked(&mut self, name: Box<str>) -> Asked {
        let asked = self.values.add(name);
        self.compiled.value_names.insert(&asked);
        asked
    }

    /// Returns the index of the acl of this name, which is made if there is none.
    fn named(&mut self, name: &str, by_user: bool) -> usize {
        if let Some(&index) = self.compiled.names.get(name) {
            if let (true, Some(acl)) = (by_user, self.compiled.acls.get_mut(index)) {
                acl.by_user = true;
            }
            return index;
        }
        let index = self.push(Acl { by_user, incomplete: false, expressions: Vec::new() });
        self.compiled.names.insert(name.into(), index);
        index
    }

    fn push(&mut self, acl: Acl) -> usize {
        self.compiled.acls.push(acl);
        self.compiled.acls.len() - 1
    }

    fn check_reachable(&mut self, line: &ast::RuleLine, last: &mut Option<(u32, bool)>) {
        let ends = matches!(
            line.action,
            RuleAction::Final(_)
                | RuleAction::Answer { .. }
                | RuleAction::Redirect(_)
                | RuleAction::Backend(_)
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

    /// Warns of a rule that is asked before one above it; `begins` has the first line of each list so far.
    fn check_order(
        &mut self,
        line: &ast::RuleLine,
        begins: &mut [Option<(List, u32)>; List::COUNT],
    ) {
        if line.list.phase() == Phase::Response {
            return;
        }
        let at = line.list as usize;
        let later = begins.get(at + 1..=List::UseBackend as usize).unwrap_or_default();
        if let Some((list, above)) = later.iter().flatten().next() {
            let (this, other) = (line.list.name(), list.name());
            let message =
                format!("this '{this}' rule is asked before the '{other}' rule of line {above}");
            let severity = crate::Severity::Warning;
            self.reporter
                .at(severity, DiagnosticKind::Misplaced, line.span, String::new(), message)
                .suggest(format!("'{this}' rules all come before '{other}': write it above"));
        }
        if let Some(begin) = begins.get_mut(at) {
            begin.get_or_insert((line.list, line.span.line));
        }
    }

    /// Warns of changes to files that rules look into: they do not see them.
    fn check_updates(&mut self) {
        for (kind, file) in core::mem::take(&mut self.updated) {
            if self.files.contain(&file.text) {
                let message = format!(
                    "rules do not see what '{kind}' changes in '{}': it is told beside the decision",
                    file.display()
                );
                self.reporter
                    .warning(DiagnosticKind::NotEvaluated, &file, message)
                    .suggest("hand in the changed file for later requests");
            }
        }
    }

    fn operand(&mut self, operand: &Operand) -> Option<usize> {
        match operand {
            Operand::Named(word) => self.reference(word),
            Operand::Anonymous(expression) => {
                let place = Place::Configuration(expression.span);
                let expression = self.expression(expression, place)?;
                Some(self.push(Acl {
                    by_user: false,
                    incomplete: false,
                    expressions: vec![expression],
                }))
            }
        }
    }

    fn reference(&mut self, word: &Word) -> Option<usize> {
        let name = word.display();
        if let Some(&index) = self.compiled.names.get(word.utf8()) {
            let acl = self.compiled.acls.get(index);
            if acl.is_some_and(|acl| acl.incomplete) && self.reporter.leaves_out() {
                let message = format!("the acl '{name}' has a line that is left out");
                self.reporter
                    .error(DiagnosticKind::Unsupported, word, message)
                    .suggest("so the rule is left out too");
                return None;
            }
            return Some(index);
        }
        if let Some(words) = predefined::find(&word.text) {
            let expression = self.predefined(words, word.span)?;
            let index = self.named(word.utf8(), false);
            if let Some(acl) = self.compiled.acls.get_mut(index) {
                acl.expressions.push(expression);
            }
            return Some(index);
        }
        let suggestion = match word.text.as_slice() {
            b"and" | b"AND" | b"&&" => String::from("terms side by side are and-ed"),
            b"}" => String::from("there is no '{' before it"),
            text if text.starts_with(b"{") => {
                String::from("'{' and '}' are words of their own: put spaces around them")
            }
            _ if is_parenthesis(word) => String::from(
                "there are no parentheses: write '{ path /x }' for an expression, and one acl of \
                 several lines for terms that are or-ed",
            ),
            _ if is_fetch(word) => format!("put an expression in braces: '{{ {name} ... }}'"),
            text => {
                let mut known: Vec<&str> = predefined::names().collect();
                known.extend(self.compiled.names.keys().map(AsRef::<str>::as_ref));
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

/// Whether a word that names no acl is a fetch, with or without arguments and converters, so that what
/// follows it will be patterns.
fn is_fetch(word: &Word) -> bool {
    let end = word.text.iter().position(|byte| matches!(byte, b'(' | b','));
    let name = word.text.get(..end.unwrap_or(word.text.len())).unwrap_or_default();
    keyword::supported().chain(injected::names()).any(|known| known.as_bytes() == name)
}

/// Whether a word that names no acl belongs to an expression without its braces.
fn is_loose(word: &Word) -> bool {
    is_fetch(word) || is_parenthesis(word)
}

/// Whether a word that names no acl is a parenthesis, or begins or ends with one.
fn is_parenthesis(word: &Word) -> bool {
    word.text.starts_with(b"(") || word.text.ends_with(b")") && !word.text.contains(&b'(')
}
