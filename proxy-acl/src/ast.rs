//! The tree of a configuration: words with their places, before anything is looked up.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use crate::decision::Action;
use crate::fetch::phase::Phase;
use crate::log_format::Style;
use crate::normalize::Normalizer;
use crate::quote;
use crate::update::UpdateKind;
use crate::variable::Guard;

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

    /// The word as text; empty if it is none, so that it is neither a name nor a number.
    pub(crate) fn utf8(&self) -> &str {
        core::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// The word as messages show it.
    pub(crate) fn display(&self) -> String {
        quote::shown(&self.text)
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

/// A fetch and the converters behind it, as in `hdr(host,1),lower`.
#[derive(Clone, Debug)]
pub(crate) struct FetchWord {
    pub(crate) fetch: Call,
    pub(crate) converters: Vec<Call>,
    /// The word that it is, or is a part of.
    pub(crate) word: Word,
}

/// A name with arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) arguments: Vec<Vec<u8>>,
}

/// A text with values put in, as in `/p%[path]`.
#[derive(Clone, Debug)]
pub(crate) struct FormatWord {
    pub(crate) pieces: Vec<FormatPiece>,
    /// How many constant texts HAProxy counts: a percent sign begins another one.
    pub(crate) texts: usize,
}

#[derive(Clone, Debug)]
pub(crate) enum FormatPiece {
    Literal(Vec<u8>),
    Value(FetchWord, Style),
}

/// The flags between a fetch and its patterns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags {
    pub(crate) method: Option<Word>,
    pub(crate) ignore_case: bool,
    pub(crate) no_dns: bool,
    /// The number that `-u` gives it; no two may have the same.
    pub(crate) number: Option<Box<Word>>,
    pub(crate) files: Vec<PatternFile>,
    /// `--` was given, so having no pattern is meant.
    pub(crate) ended: bool,
}

/// `-f <name>`; only an `-i` that stands before it applies to its patterns.
#[derive(Clone, Debug)]
pub(crate) struct PatternFile {
    pub(crate) name: Word,
    pub(crate) ignore_case: bool,
    /// The file is a map, of which the keys are the patterns.
    pub(crate) map: bool,
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

/// `<list> <action> [arguments] [condition]`
#[derive(Clone, Debug)]
pub(crate) struct RuleLine {
    pub(crate) list: List,
    pub(crate) action: RuleAction,
    pub(crate) condition: Option<Condition>,
    pub(crate) span: Span,
}

/// The lists of rules, in the order of evaluation (configuration manual, 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    TcpConnection,
    TcpSession,
    TcpContent,
    HttpRequest,
    Redirect,
    UseBackend,
    TcpResponse,
    HttpResponse,
    /// Rules of it change an answer when all is decided: they are checked, and not asked.
    HttpAfterResponse,
}

impl List {
    /// How many there are.
    pub(crate) const COUNT: usize = 9;

    /// The words that begin its lines.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::TcpConnection => "tcp-request connection",
            Self::TcpSession => "tcp-request session",
            Self::TcpContent => "tcp-request content",
            Self::HttpRequest => "http-request",
            Self::Redirect => "redirect",
            Self::UseBackend => "use_backend",
            Self::TcpResponse => "tcp-response content",
            Self::HttpResponse => "http-response",
            Self::HttpAfterResponse => "http-after-response",
        }
    }

    /// When its rules are asked.
    pub(crate) fn phase(self) -> Phase {
        match self {
            Self::TcpConnection => Phase::Connection,
            Self::TcpSession => Phase::Session,
            Self::TcpContent | Self::HttpRequest | Self::Redirect | Self::UseBackend => {
                Phase::Request
            }
            Self::TcpResponse | Self::HttpResponse | Self::HttpAfterResponse => Phase::Response,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum RuleAction {
    Final(Action),
    Redirect(RedirectWord),
    Change(ChangeWord),
    /// The name of a backend, a text that is read when all lines are.
    Backend(Word),
    /// A final action with the texts of its answer, which are only checked.
    Answer {
        action: Action,
        texts: Vec<FormatWord>,
    },
    /// A sample is counted in a table, the section's own if there is no name; it has no bearing on
    /// access.
    Track {
        sample: FetchWord,
        table: Option<Word>,
    },
    /// A sample is kept for the log.
    Capture {
        sample: FetchWord,
        slot: Slot,
    },
    /// Something else that has no bearing on access.
    Nothing,
}

/// Where a rule keeps a sample for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// In a slot that it makes.
    New,
    /// In one of the section's, counted from 0; what is below that is none.
    At(i32),
}

/// How many slots a section makes to keep parts of requests and responses for the log.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slots {
    pub(crate) request: usize,
    pub(crate) response: usize,
}

impl core::ops::Add for Slots {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { request: self.request + other.request, response: self.response + other.response }
    }
}

impl Slots {
    /// The count that a word names.
    pub(crate) fn named(&mut self, direction: &Word) -> Option<&mut usize> {
        match direction.text.as_slice() {
            b"request" => Some(&mut self.request),
            b"response" => Some(&mut self.response),
            _ => None,
        }
    }
}

/// What a rule changes for later rules to see.
#[derive(Clone, Debug)]
pub(crate) enum ChangeWord {
    SetVariable {
        name: Word,
        guards: Vec<Guard>,
        value: FetchWord,
    },
    FormatVariable {
        name: Word,
        guards: Vec<Guard>,
        value: FormatWord,
    },
    UnsetVariable {
        name: Word,
    },
    SetHeader {
        name: Word,
        value: FormatWord,
    },
    AddHeader {
        name: Word,
        value: FormatWord,
    },
    RemoveHeader {
        name: Word,
        matching: NameMatch,
    },
    /// `replace-header` and `replace-value`
    SubstituteHeader {
        name: Word,
        regex: Word,
        value: FormatWord,
        /// In whole lines, or in each value between commas.
        whole: bool,
    },
    Replace {
        part: TargetPart,
        value: FormatWord,
    },
    /// `replace-path`, `replace-pathq` and `replace-uri`
    Substitute {
        part: TargetPart,
        regex: Word,
        value: FormatWord,
    },
    Normalize(Normalizer),
    SetEnd {
        end: End,
        value: FetchWord,
    },
    SetStatus(u16),
    /// `set-map` and its like
    Update {
        kind: UpdateKind,
        file: Word,
        key: FormatWord,
        value: Option<FormatWord>,
    },
}

/// What a rule replaces of the request line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TargetPart {
    Method,
    Path,
    PathQuery,
    Query,
    Target,
}

/// Which headers `del-header` removes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameMatch {
    Whole,
    Prefix,
    Suffix,
    Anywhere,
    Regex,
}

/// What a rule replaces of the ends of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Source,
    SourcePort,
    Destination,
    DestinationPort,
}

/// `redirect <kind> <target> [options]`
#[derive(Clone, Debug)]
pub(crate) struct RedirectWord {
    pub(crate) kind: RedirectKind,
    pub(crate) target: FormatWord,
    pub(crate) status: u16,
    pub(crate) drop_query: bool,
    pub(crate) append_slash: bool,
    pub(crate) ignore_empty: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RedirectKind {
    Location,
    Prefix,
    Scheme,
}

#[derive(Clone, Debug)]
pub(crate) enum Directive {
    Acl(AclLine),
    Rule(RuleLine),
    DefaultBackend(Word),
    /// When monitors are told that the proxy is not well.
    MonitorFailure(Condition, Span),
}

/// A section that makes a proxy, or presets for proxies (configuration manual, 4).
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) kind: SectionKind,
    pub(crate) keyword: Word,
    /// Only `defaults` may go without.
    pub(crate) name: Option<Word>,
    /// The `defaults` that it names.
    pub(crate) from: Option<Word>,
    pub(crate) mode: Option<Mode>,
    pub(crate) disabled: Option<bool>,
    /// The type of the keys of its stick table, if it has one.
    pub(crate) table: Option<Vec<u8>>,
    pub(crate) slots: Slots,
    /// The target at which a monitor asks, and the line that names it.
    pub(crate) monitor: Option<(Word, Span)>,
    /// The line of the first `bind` with `accept-proxy`.
    pub(crate) proxied: Option<u32>,
    pub(crate) directives: Vec<Directive>,
}

/// What rules may refer to of sections that are no proxies.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    /// The names of `userlist` sections.
    pub(crate) user_lists: BTreeSet<Vec<u8>>,
    /// The types of the keys of stick tables in `peers` sections, by names such as `peers/table`.
    pub(crate) tables: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The environment behind the last line.
    pub(crate) environment: BTreeMap<Vec<u8>, Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SectionKind {
    Defaults,
    Frontend,
    Backend,
    Listen,
}

impl SectionKind {
    /// On which sides a proxy of this kind stands; two of one name cannot stand on one side.
    pub(crate) fn sides(self) -> &'static [Side] {
        match self {
            Self::Defaults => &[],
            Self::Frontend => &[Side::Front],
            Self::Backend => &[Side::Back],
            Self::Listen => Side::ALL,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    /// Where requests come in.
    Front,
    /// Where they are handed on.
    Back,
}

impl Side {
    pub(crate) const ALL: &'static [Self] = &[Self::Front, Self::Back];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Tcp,
    Http,
}
