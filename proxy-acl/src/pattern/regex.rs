//! Regular expressions, searched anywhere in the sample (configuration manual, 7.1.4).

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use regex::bytes::{Regex, RegexBuilder};

use super::syntax::{self, Reason, Refusal};

#[derive(Clone, Debug, Default)]
pub(crate) struct RegexList {
    patterns: Vec<Regex>,
}

/// Why an expression is not taken.
#[derive(Clone, Debug)]
pub(crate) enum RegexError {
    /// HAProxy takes it, a linear-time engine does not.
    Unsupported {
        what: &'static str,
        at: usize,
    },
    Invalid {
        why: String,
        at: Option<usize>,
    },
    TooBig {
        limit: usize,
    },
}

impl RegexError {
    pub(crate) fn message(&self, pattern: &str) -> String {
        match self {
            Self::Unsupported { what, at } => {
                format!("{what} at byte {} of '{pattern}' is not supported", at + 1)
            }
            Self::Invalid { why, at: Some(at) } => {
                format!("'{pattern}' is no regular expression: at byte {} {why}", at + 1)
            }
            Self::Invalid { why, at: None } => {
                format!("'{pattern}' is no regular expression: {why}")
            }
            Self::TooBig { limit } => {
                format!("'{pattern}' takes more than the limit of {limit} bytes when compiled")
            }
        }
    }

    pub(crate) fn suggestion(&self) -> &'static str {
        match self {
            Self::Unsupported { .. } => {
                "say it without: with several patterns, or several terms in the condition"
            }
            Self::Invalid { .. } => "put a backslash before characters that stand for themselves",
            Self::TooBig { .. } => "lower its repetitions",
        }
    }
}

impl RegexList {
    pub(crate) fn push(&mut self, regex: Regex) {
        self.patterns.push(regex);
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Regex> {
        self.patterns.get(index)
    }

    #[inline]
    pub(crate) fn find(&self, sample: &[u8]) -> Option<usize> {
        self.patterns.iter().position(|regex| regex.is_match(sample))
    }
}

/// Compiles an expression of at most `limit` bytes of program; with `whole` it is only asked whether
/// it matches.
pub(crate) fn compile(
    pattern: &[u8],
    ignore_case: bool,
    whole: bool,
    limit: usize,
) -> Result<Regex, RegexError> {
    let translated = syntax::translate(pattern, whole).map_err(|Refusal { reason, at }| {
        let what = reason.name();
        // Groups capture where something is replaced.
        if whole && reason == Reason::BackReference {
            let why = format!("it has {what}, but groups do not capture");
            return RegexError::Invalid { why, at: Some(at) };
        }
        let refused_by_haproxy = matches!(
            reason,
            Reason::ClassName
                | Reason::ClassNameAlone
                | Reason::NothingToRepeat
                | Reason::Comment
                | Reason::Range
                | Reason::Code
                | Reason::Options
        );
        if refused_by_haproxy {
            RegexError::Invalid { why: format!("it has {what}"), at: Some(at) }
        } else {
            RegexError::Unsupported { what, at }
        }
    })?;
    RegexBuilder::new(&translated)
        .unicode(false)
        .case_insensitive(ignore_case)
        .size_limit(limit)
        .dfa_size_limit(limit)
        .build()
        .map_err(|error| {
            if let regex::Error::CompiledTooBig(limit) = error {
                return RegexError::TooBig { limit };
            }
            // The last line says what is wrong; those before repeat the expression.
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            let why = last.strip_prefix("error: ").unwrap_or(last);
            RegexError::Invalid { why: String::from(why), at: None }
        })
}
