//! What a configuration is told about: errors and warnings with their place.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// How grave a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// The configuration is accepted, but this part hardly does what its author meant.
    Warning,
    /// The configuration is refused.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// What a [`Diagnostic`] is about, for programs that treat some of them specially.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DiagnosticKind {
    /// A line cannot be split into words: quotes, escapes, environment, stray NUL, too many words.
    Word,
    /// A limit of [`Options`](crate::Options) is exceeded, which the caller may raise.
    Limit,
    /// HAProxy knows this, this crate does not evaluate it.
    Unsupported,
    /// The first word of a line is no keyword, or does not belong there.
    Keyword,
    /// The line that begins a section is malformed, or names one that is not there or there twice.
    Section,
    /// No such backend, or one that cannot be used here.
    Backend,
    /// No such frontend, table or user list.
    Reference,
    /// An acl's name is missing or not allowed.
    AclName,
    /// A condition names an acl that is not defined above it.
    UnknownAcl,
    /// No such fetch, or its brackets are wrong.
    Fetch,
    /// No such converter, or one that cannot take what stands before it.
    Converter,
    /// An argument of a fetch or converter is wrong.
    Argument,
    /// No such flag, or a flag without its value.
    Flag,
    /// No such match method, or one that does not fit the fetch.
    MatchMethod,
    /// A pattern is not of the form its match method wants.
    Pattern,
    /// A pattern or map file was not handed in; [`Diagnostic::word`] is its name.
    PatternFile,
    /// A file is used both as a map and as a list.
    MapAndList,
    /// A condition of an `.if` rests on what was not told; [`Diagnostic::word`] is the predicate, which
    /// [`Options::predicate`](crate::Options::predicate) takes. What stands below is not reported.
    Predicate,
    /// A condition is malformed.
    Condition,
    /// An action or its argument is wrong.
    Action,
    /// A text with values in it, as in `/p%[path]`, is malformed.
    Format,
    /// Warning: there is no pattern, so the acl never matches.
    NoPattern,
    /// Warning: an empty word ends the line, and what follows is ignored.
    EmptyWord,
    /// Warning: a carriage return ends the line, and what follows is ignored.
    CarriageReturn,
    /// Warning: a space before `(`.
    SpaceBeforeParenthesis,
    /// Warning: an IPv4 address that is abbreviated, or has octal numbers.
    AbbreviatedAddress,
    /// Warning: an empty condition, which is never or always true.
    EmptyCondition,
    /// Warning: an earlier rule without a condition is final.
    Unreachable,
    /// Warning: an acl looks at what is never there when its rule is asked, or for what is never in it.
    NeverMatches,
    /// Warning: a host name is compared with capitals that clients do not send.
    Capital,
    /// Warning: HAProxy takes a word for another one.
    Misread,
    /// Warning: a rule is asked before others that stand above it.
    Misplaced,
    /// Warning: behind `accept-proxy`, `src` is not yet the client's address when a rule is asked.
    Peer,
    /// Warning: what `.warning` says in the file.
    Said,
    /// Warning: HAProxy ignores this line here.
    Ignored,
    /// Warning: HAProxy answers or changes requests or responses by this line, which this crate does
    /// not evaluate.
    NotEvaluated,
    /// Warning: there is no rule, so every request is allowed.
    NoRule,
}

impl DiagnosticKind {
    /// Returns its name in reports for machines, such as `unknown-acl`; names do not change.
    ///
    /// ```
    /// assert_eq!(proxy_acl::DiagnosticKind::UnknownAcl.code(), "unknown-acl");
    /// ```
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Limit => "limit",
            Self::Unsupported => "unsupported",
            Self::Keyword => "keyword",
            Self::Section => "section",
            Self::Backend => "backend",
            Self::Reference => "reference",
            Self::AclName => "acl-name",
            Self::UnknownAcl => "unknown-acl",
            Self::Fetch => "fetch",
            Self::Converter => "converter",
            Self::Argument => "argument",
            Self::Flag => "flag",
            Self::MatchMethod => "match-method",
            Self::Pattern => "pattern",
            Self::PatternFile => "pattern-file",
            Self::MapAndList => "map-and-list",
            Self::Predicate => "predicate",
            Self::Condition => "condition",
            Self::Action => "action",
            Self::Format => "format",
            Self::NoPattern => "no-pattern",
            Self::EmptyWord => "empty-word",
            Self::CarriageReturn => "carriage-return",
            Self::SpaceBeforeParenthesis => "space-before-parenthesis",
            Self::AbbreviatedAddress => "abbreviated-address",
            Self::EmptyCondition => "empty-condition",
            Self::Unreachable => "unreachable",
            Self::NeverMatches => "never-matches",
            Self::Capital => "capital",
            Self::Misread => "misread",
            Self::Misplaced => "misplaced",
            Self::Peer => "peer",
            Self::Said => "said",
            Self::Ignored => "ignored",
            Self::NotEvaluated => "not-evaluated",
            Self::NoRule => "no-rule",
        }
    }
}

/// One error or warning, with its place.
///
/// `Display` is one line, `site.acl:3:12: error: ...`; [`Diagnostic::render`] adds the source line
/// and a caret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Whether the configuration is refused because of it.
    pub severity: Severity,
    /// What it is about.
    pub kind: DiagnosticKind,
    /// The file name given by [`Options::file_name`](crate::Options::file_name).
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The column in bytes, counted from 1.
    pub column: u32,
    /// The offending word as the reader sees it after quotes and escapes, or empty. It is whole and
    /// raw, for programs; [`Diagnostic::message`] shows it escaped and shortened, for people.
    pub word: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub suggestion: Option<String>,
    pub(crate) source: String,
    pub(crate) width: u32,
}

impl Diagnostic {
    /// Returns a `Display` of several lines: the message, the source line, a caret under the
    /// offending word, and the suggestion.
    #[must_use]
    pub fn render(&self) -> impl fmt::Display + '_ {
        Rendered(self)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, severity, message, .. } = self;
        write!(f, "{file}:{line}:{column}: {severity}: {message}")?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; {suggestion}"),
            None => Ok(()),
        }
    }
}

struct Rendered<'a>(&'a Diagnostic);

/// The source is shown from at most this many bytes before the offending word, so that a line of a
/// megabyte does not flood a terminal.
const SHOWN_BEFORE: usize = 60;
const SHOWN: usize = 120;

/// Returns the part of `line` around `column`, one character a byte so that columns stay true, and
/// without control characters, which a terminal would obey.
pub(crate) fn window(line: &[u8], column: u32) -> String {
    let first = (column as usize).saturating_sub(1 + SHOWN_BEFORE);
    let shown = line.iter().skip(first).take(SHOWN);
    shown
        .map(|&byte| match byte {
            0x20..=0x7e => char::from(byte),
            b'\t' => ' ',
            _ => '?',
        })
        .collect()
}

impl fmt::Display for Rendered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Diagnostic { file, line, column, severity, message, source, .. } = self.0;
        writeln!(f, "{file}:{line}:{column}: {severity}: {message}")?;
        writeln!(f, "{line:>5} | {source}")?;
        let at = (*column as usize).saturating_sub(1).min(SHOWN_BEFORE);
        let width = (self.0.width as usize).clamp(1, SHOWN - at);
        write!(f, "      | {:>1$}", "^", at + 1)?;
        for _ in 1..width {
            f.write_str("~")?;
        }
        match &self.0.suggestion {
            Some(suggestion) => write!(f, "\n      = help: {suggestion}"),
            None => Ok(()),
        }
    }
}

/// All that is wrong with a configuration: at least one error, and the warnings found on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    pub(crate) fn new(list: Vec<Diagnostic>) -> Self {
        Self { list }
    }

    /// Returns errors and warnings in the order of the file.
    pub fn iter(&self) -> core::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// Returns the errors alone, in the order of the file.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter().filter(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Returns a `Display` of all of them with source lines and carets.
    #[must_use]
    pub fn render(&self) -> impl fmt::Display + '_ {
        RenderedAll(&self.list)
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = core::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = alloc::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.list.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{diagnostic}")?;
        }
        Ok(())
    }
}

impl core::error::Error for Diagnostics {}

struct RenderedAll<'a>(&'a [Diagnostic]);

impl fmt::Display for RenderedAll<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{}", diagnostic.render())?;
        }
        Ok(())
    }
}
