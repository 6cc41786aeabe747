//! The tree of a configuration: words with their places, before anything is looked up.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// A place in the configuration: line and column from 1, width in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) width: u32,
}

impl Span {
    /// The span from the start of `self` to the end of `last`, which stands on the same line.
    pub(crate) fn to(self, last: Self) -> Self {
        let end = (last.column + last.width).max(self.column + self.width);
        Self { width: end - self.column, ..self }
    }
}

/// A word after quotes, escapes and environment, and where it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: Vec<u8>,
    pub(crate) span: Span,
}

impl Word {
    pub(crate) fn is(&self, text: &str) -> bool {
        self.text == text.as_bytes()
    }

    pub(crate) fn display(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.text)
    }
}

/// `acl <name> <expression>`
#[derive(Clone, Debug)]
pub(crate) struct AclLine {
    pub(crate) name: Word,
    /// Nothing if it was wrong: the name counts as defined all the same, lest every use of it be
    /// reported too.
    pub(crate) expression: Option<Expression>,
}

/// What stands behind an acl's name or between braces.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    pub(crate) fetch: FetchWord,
    pub(crate) flags: Flags,
    pub(crate) patterns: Vec<Word>,
    pub(crate) span: Span,
}

/// A fetch with its arguments, as in `hdr(host,1)`.
#[derive(Clone, Debug)]
pub(crate) struct FetchWord {
    pub(crate) keyword: String,
    pub(crate) arguments: Vec<Vec<u8>>,
    pub(crate) word: Word,
}

/// The flags between a fetch and its patterns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags {
    pub(crate) method: Option<Word>,
    pub(crate) ignore_case: bool,
    pub(crate) no_dns: bool,
    pub(crate) files: Vec<PatternFile>,
    /// `--` was given, so having no pattern is meant.
    pub(crate) ended: bool,
}

/// `-f <name>`; only an `-i` that stands before it applies to its patterns.
#[derive(Clone, Debug)]
pub(crate) struct PatternFile {
    pub(crate) name: Word,
    pub(crate) ignore_case: bool,
}

/// `if` or `unless`, and what follows.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) unless: bool,
    /// Terms that are and-ed, of which one suite must hold.
    pub(crate) suites: Vec<Vec<Term>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) negated: bool,
    pub(crate) operand: Operand,
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum Operand {
    Named(Word),
    Anonymous(Expression),
}

/// `http-request <action> [arguments] [condition]`
#[derive(Clone, Debug)]
pub(crate) struct RuleLine {
    pub(crate) action: RuleAction,
    pub(crate) condition: Option<Condition>,
    pub(crate) span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuleAction {
    Allow,
    Deny { status: u16 },
}

#[derive(Clone, Debug)]
pub(crate) enum Directive {
    Acl(AclLine),
    Rule(RuleLine),
}
