//! Patterns from the line and from files, compiled into a matcher.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use super::Compiler;
use crate::acl::Place;
use crate::ast::{self, PatternFile, Word};
use crate::error::DiagnosticKind;
use crate::pattern::binary::{self, BinarySet};
use crate::pattern::int::{self, IntSet, Operator};
use crate::pattern::ip::{self, IpPattern, IpSet};
use crate::pattern::matching::Matching;
use crate::pattern::method::MethodSet;
use crate::pattern::regex::{self, RegexError, RegexList};
use crate::pattern::text::{DIRECTORY, DOMAIN, Place as TextPlace, TextSet};
use crate::pattern::{Choice, Matcher};
use crate::quote;
use crate::source::Origin;

/// A matcher that is being filled, and where each pattern came from.
pub(super) struct Builder {
    choice: Choice,
    set: Set,
    origins: Vec<Origin>,
}

enum Set {
    /// Patterns are counted, and mean nothing.
    Found,
    True,
    Integer(IntSet),
    Length(IntSet),
    Address(Vec<IpPattern>),
    Text(TextSet),
    Method(MethodSet),
    Binary(BinarySet),
    Regex(RegexList),
}

impl Builder {
    pub(super) fn new(matching: Matching, choice: Choice) -> Self {
        let text = |place| Set::Text(TextSet::new(place, choice));
        let set = match matching {
            Matching::Found => Set::Found,
            Matching::Bool => Set::True,
            Matching::Int => Set::Integer(IntSet::default()),
            Matching::Len => Set::Length(IntSet::default()),
            Matching::Ip => Set::Address(Vec::new()),
            Matching::Method => Set::Method(MethodSet::default()),
            Matching::Bin => Set::Binary(BinarySet::default()),
            Matching::Reg => Set::Regex(RegexList::default()),
            Matching::Str => text(TextPlace::Whole),
            Matching::Beg => text(TextPlace::Prefix),
            Matching::End => text(TextPlace::Suffix),
            Matching::Sub => text(TextPlace::Anywhere),
            Matching::Dir => text(TextPlace::Word(DIRECTORY)),
            Matching::Dom => text(TextPlace::Word(DOMAIN)),
        };
        Self { choice, set, origins: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.origins.is_empty()
    }

    pub(super) fn finish(self) -> (Matcher, Vec<Origin>) {
        let matcher = match self.set {
            Set::Found => Matcher::Found,
            Set::True => Matcher::True,
            Set::Integer(set) => Matcher::Integer(set),
            Set::Length(set) => Matcher::Length(set),
            Set::Address(patterns) => Matcher::Address(IpSet::new(&patterns, self.choice)),
            Set::Text(set) => Matcher::Text(set.finish()),
            Set::Method(set) => Matcher::Method(set),
            Set::Binary(set) => Matcher::Binary(set),
            Set::Regex(list) => Matcher::Regex(list),
        };
        (matcher, self.origins)
    }

    fn takes_operators(&self) -> bool {
        matches!(self.set, Set::Integer(_) | Set::Length(_))
    }

    fn push(
        &mut self,
        text: &[u8],
        ignore_case: bool,
        operator: Operator,
        max_regex: usize,
    ) -> Result<(), Refused> {
        let number = || -> Result<RangeInclusive<i64>, Refused> {
            int::parse(text, operator).ok_or(Refused::Number)
        };
        match &mut self.set {
            Set::Found | Set::True => {}
            Set::Integer(set) => set.push(number()?),
            Set::Length(set) => {
                let (low, high) = number()?.into_inner();
                // HAProxy compares lengths as unsigned, which makes `lt 0` hold for all.
                set.push(low..=if high < 0 { i64::MAX } else { high });
            }
            Set::Address(patterns) => patterns.push(ip::parse(text).ok_or(Refused::Address)?),
            Set::Text(set) => set.push(text, ignore_case),
            Set::Method(set) => set.push(text, ignore_case),
            Set::Binary(set) => set.push(binary::parse(text).ok_or(Refused::Binary)?),
            Set::Regex(list) => {
                let regex = regex::compile(text, ignore_case, true, max_regex);
                list.push(regex.map_err(Refused::Regex)?);
            }
        }
        Ok(())
    }
}

/// What a pattern is not.
enum Refused {
    Number,
    Address,
    Binary,
    Regex(RegexError),
}

impl Refused {
    fn kind(&self) -> DiagnosticKind {
        match self {
            Self::Regex(RegexError::Unsupported { .. }) => DiagnosticKind::Unsupported,
            Self::Regex(RegexError::TooBig { .. }) => DiagnosticKind::Limit,
            Self::Number | Self::Address | Self::Binary | Self::Regex(_) => DiagnosticKind::Pattern,
        }
    }

    fn message(&self, pattern: &str) -> String {
        match self {
            Self::Binary => format!("'{pattern}' is not an even number of hexadecimal digits"),
            Self::Regex(error) => error.message(pattern),
            Self::Number => format!("'{pattern}' is neither a number nor a range of numbers"),
            Self::Address => format!("'{pattern}' is not an IPv4 or IPv6 address or network"),
        }
    }

    fn suggestion(&self) -> &'static str {
        match self {
            Self::Binary => "write two digits for each byte",
            Self::Regex(error) => error.suggestion(),
            Self::Number => "write '5', '2:4', '2:', ':4', or an operator: eq ge gt le lt",
            Self::Address => "write '192.0.2.0/24' or '2001:db8::/32'; names are not resolved",
        }
    }
}

impl<'o> Compiler<'_, 'o> {
    /// Adds the patterns of the line; an operator holds until the next one.
    pub(super) fn patterns(
        &mut self,
        expression: &ast::Expression,
        place: Place,
        builder: &mut Builder,
    ) -> Option<()> {
        let flags = &expression.flags;
        let mut operator = Operator::Equal;
        // An operator is shown with the pattern right behind it.
        let mut begin = None;
        for (index, word) in expression.patterns.iter().enumerate() {
            if builder.takes_operators() {
                if let Some(given) = Operator::parse(&word.text) {
                    operator = given;
                    begin = Some(word.span);
                    if word.is("ne") {
                        let message = String::from("HAProxy takes 'ne' for 'eq'");
                        self.reporter
                            .warning(DiagnosticKind::Misread, word, message)
                            .suggest("use 'eq', and '!' in the condition");
                    }
                    continue;
                }
            }
            self.count(word)?;
            let max_regex = self.reporter.options().max_regex;
            let pushed = builder.push(&word.text, flags.ignore_case, operator, max_regex);
            if builder.takes_operators() && operator != Operator::Equal && word.text.contains(&b'.')
            {
                let message = format!("HAProxy takes '{}' for what is before '.'", word.display());
                self.reporter
                    .warning(DiagnosticKind::Misread, word, message)
                    .suggest("write a whole number");
            }
            if let Err(refused) = pushed {
                self.accept_otherwise(&refused, word, flags.no_dns, builder)?;
            }
            builder.origins.push(match place {
                Place::Configuration(_) => {
                    Origin::Word(begin.take().map_or(word.span, |begin| begin.to(word.span)))
                }
                Place::Predefined(words) => {
                    Origin::Predefined(words.get(index + 1).copied().unwrap_or_default())
                }
            });
        }
        Some(())
    }

    /// Accepts `10.1/16` and `010.0.0.1` with a warning, as HAProxy does where it may ask the system's resolver.
    fn accept_otherwise(
        &mut self,
        refused: &Refused,
        word: &Word,
        no_dns: bool,
        builder: &mut Builder,
    ) -> Option<()> {
        let shown = word.display();
        if let (Set::Address(patterns), false) = (&mut builder.set, no_dns) {
            if let Some((address, pattern)) = ip::parse_abbreviated(&word.text) {
                patterns.push(pattern);
                let whole = word.text.iter().filter(|byte| **byte == b'.').count() > 2;
                let what = if whole { "address in octal numbers" } else { "abbreviated address" };
                let message = format!("'{shown}' is an {what} and stands for {address}");
                self.reporter
                    .warning(DiagnosticKind::AbbreviatedAddress, word, message)
                    .suggest("write all four numbers, without zeros before them");
                return Some(());
            }
        }
        self.reporter
            .error(refused.kind(), word, refused.message(&shown))
            .suggest(refused.suggestion());
        None
    }

    /// Adds the patterns of a file, one a line: blanks before are dropped, blanks behind are part of
    /// the pattern, lines that begin with `#` and empty ones are skipped.
    ///
    /// In a map the pattern is what stands before the first blank; the rest, without blanks around,
    /// is its value. Returns the values with their lines.
    pub(super) fn pattern_file(
        &mut self,
        file: &PatternFile,
        builder: &mut Builder,
    ) -> Option<Vec<(u32, &'o [u8])>> {
        let name = &file.name;
        let Some(content) = self.reporter.options().files.get(&name.text) else {
            let message = format!("the pattern file '{}' was not handed in", name.display());
            self.reporter
                .error(DiagnosticKind::PatternFile, name, message)
                .suggest("give its content to 'Options::pattern_file'");
            return None;
        };
        let Some(index) = self.files.add(&name.text, content, file.map) else {
            let message =
                format!("the file '{}' is used both as a map and as a list", name.display());
            self.reporter
                .error(DiagnosticKind::MapAndList, name, message)
                .suggest("put '-M' before '-f' to use the keys of a map, or use two files");
            return None;
        };
        let max_regex = self.reporter.options().max_regex;
        let mut values = Vec::new();
        for (number, line) in (1..).zip(content.split(|&byte| byte == b'\n')) {
            if line.starts_with(b"#") {
                continue;
            }
            let blanks = line.iter().take_while(|&&byte| byte == b' ' || byte == b'\t').count();
            let pattern = line.get(blanks..).unwrap_or_default();
            let end = memchr::memchr(b'\r', pattern).unwrap_or(pattern.len());
            let pattern = pattern.get(..end).unwrap_or_default();
            let (pattern, value) =
                if file.map { key_and_value(pattern) } else { (pattern, &[][..]) };
            if pattern.is_empty() {
                continue;
            }
            self.count(name)?;
            if file.map {
                values.push((number, value));
            }
            if let Err(refused) =
                builder.push(pattern, file.ignore_case, Operator::Equal, max_regex)
            {
                let message = format!(
                    "{}, in line {number} of '{}'",
                    refused.message(&quote::shown(pattern)),
                    name.display()
                );
                self.reporter.error(refused.kind(), name, message).suggest(refused.suggestion());
                return None;
            }
            builder.origins.push(Origin::File { file: index, line: number });
        }
        Some(values)
    }

    pub(super) fn refuse_regex(&mut self, error: &RegexError, expression: &[u8], word: &Word) {
        let kind = match error {
            RegexError::Unsupported { .. } => DiagnosticKind::Unsupported,
            RegexError::TooBig { .. } => DiagnosticKind::Limit,
            RegexError::Invalid { .. } => DiagnosticKind::Argument,
        };
        let message = error.message(&quote::shown(expression));
        self.reporter.error(kind, word, message).suggest(error.suggestion());
    }

    fn count(&mut self, word: &Word) -> Option<()> {
        self.patterns += 1;
        let most = self.reporter.options().max_patterns;
        if self.patterns <= most {
            return Some(());
        }
        if self.patterns == most + 1 {
            let message = format!("more patterns than the limit of {most}");
            self.reporter
                .error(DiagnosticKind::Limit, word, message)
                .suggest("split the configuration, or match networks and prefixes instead");
        }
        None
    }
}

fn key_and_value(line: &[u8]) -> (&[u8], &[u8]) {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let end = line.iter().position(is_blank).unwrap_or(line.len());
    let (key, value) = line.split_at(end);
    (key, value.trim_ascii())
}
