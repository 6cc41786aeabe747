//! A whole haproxy.cfg into its sections (configuration manual, 3 and 4).
//!
//! What has nothing to do with access is skipped and counted under its first word; lines of sections
//! other than proxies are counted under the section's name, and not looked at further.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::block::Blocks;
use super::keyword::{ACCESS, NAMES};
use super::{BYTE_ORDER_MARK, byte_order_mark, did_you_mean, line, proxy};
use crate::ast::{Section, SectionKind, Side, Slots, Surroundings, Word};
use crate::error::DiagnosticKind;
use crate::reporter::Reporter;
use crate::spelling;

/// Reads all lines. What is wrong is reported, and the line left out.
pub(crate) fn parse(reporter: &mut Reporter<'_>) -> (Vec<Section>, Surroundings) {
    let mut file = File {
        sections: Vec::new(),
        names: BTreeSet::new(),
        others: BTreeSet::new(),
        surroundings: Surroundings::default(),
        place: Place::Nowhere,
        environment: line::environment(reporter),
    };
    let mut blocks = Blocks::default();
    for index in 0..reporter.lines().len() {
        if reporter.is_full() {
            break;
        }
        let words = line::words(index, &file.environment, reporter);
        let words = words.and_then(|words| blocks.pass(words, &file.environment, reporter));
        if let Some(words) = words {
            file.line(words, reporter);
        }
    }
    blocks.finish(reporter);
    file.surroundings.environment = file.environment;
    (file.sections, file.surroundings)
}

/// Whether the first line of a text that is no macro begins a section, be it with a capital or a byte
/// order mark; bare rules have none.
pub(crate) fn begins(text: &[u8]) -> bool {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let first_words = text.split(|&byte| byte == b'\n').filter_map(|line| {
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        words.next().filter(|word| !word.starts_with(b"#") && !word.starts_with(b"."))
    });
    let first = first_words.into_iter().next().unwrap_or_default();
    NAMES.iter().any(|name| first.eq_ignore_ascii_case(name.as_bytes()))
}

/// What was read of a file so far.
struct File {
    sections: Vec<Section>,
    /// The names of proxies, with the sides on which these stand.
    names: BTreeSet<(Side, Vec<u8>)>,
    /// The names of other sections, with their keywords.
    others: BTreeSet<(&'static str, Vec<u8>)>,
    surroundings: Surroundings,
    place: Place,
    /// `setenv` and its like change it for the lines below.
    environment: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// Which section the lines belong to.
#[derive(Clone, Copy)]
enum Place {
    Nowhere,
    /// The last of the sections read.
    Proxy,
    Global,
    /// A section of this name, which has no bearing on access.
    Other(&'static str),
    /// Below a line of this number, of which HAProxy makes no section.
    Missing(u32),
    /// A section whose first line is wrong.
    Broken,
}

impl File {
    fn line(&mut self, words: Vec<Word>, reporter: &mut Reporter<'_>) {
        let Some((keyword, rest)) = words.split_first().filter(|(word, _)| !word.text.is_empty())
        else {
            return;
        };
        let kind = match keyword.text.as_slice() {
            b"defaults" => Some(SectionKind::Defaults),
            b"frontend" => Some(SectionKind::Frontend),
            b"backend" => Some(SectionKind::Backend),
            b"listen" => Some(SectionKind::Listen),
            _ => None,
        };
        let name = NAMES.iter().find(|name| keyword.is(name));
        if name.is_some() {
            let section = rest.first().unwrap_or(keyword).text.clone();
            self.environment.insert(b".SECTION".to_vec(), section);
        }
        match (kind, name, self.place) {
            (Some(kind), ..) => {
                let begun = self.begin(kind, keyword, rest, reporter);
                self.place = begun.unwrap_or(Place::Broken);
            }
            (None, Some(name), _) => {
                check_other(name, keyword, rest, reporter);
                self.check_twice(name, rest, reporter);
                if let ("userlist", [name, ..]) = (*name, rest) {
                    self.surroundings.user_lists.insert(name.text.clone());
                }
                let is_global = *name == "global";
                self.place = if is_global { Place::Global } else { Place::Other(name) };
            }
            (None, None, Place::Broken) => {}
            (None, None, Place::Missing(line)) => {
                let shown = keyword.display();
                let message = format!("'{shown}' stands in no section, for line {line} makes none");
                reporter
                    .error(DiagnosticKind::Section, keyword, message)
                    .suggest("write nothing behind the name in that line");
                self.place = Place::Broken;
            }
            (None, None, Place::Proxy) => {
                if let Some(section) = self.sections.last_mut() {
                    proxy::line(section, words, reporter);
                }
            }
            (None, None, Place::Global) => {
                self.set_environment(keyword, rest, reporter);
                if keyword.is("set-var") || keyword.is("set-var-fmt") {
                    let name = rest.first().map_or_else(String::new, Word::display);
                    let message = format!(
                        "the variable '{name}' is not set, for '{}' is not evaluated here",
                        keyword.display()
                    );
                    reporter.warning(DiagnosticKind::NotEvaluated, keyword, message).suggest(
                        format!("hand in its value by the name 'var({name})', or set it by a rule"),
                    );
                }
                skip("global", keyword, reporter);
            }
            (None, None, Place::Other(name)) => {
                if let ("peers", true, [table, ..]) = (name, keyword.is("table"), rest) {
                    let section = self.environment.get(&b".SECTION"[..]);
                    let section = section.map_or(&[][..], Vec::as_slice);
                    let name = [section, &table.text].join(&b'/');
                    self.surroundings.tables.insert(name, proxy::key_type(rest));
                }
                skip(name, keyword, reporter);
            }
            (None, None, Place::Nowhere) => {
                // What follows belongs to the section that this line fails to begin.
                self.place = Place::Broken;
                if keyword.text.starts_with(BYTE_ORDER_MARK) {
                    return byte_order_mark(keyword, reporter);
                }
                let message = format!("'{}' stands before any section", keyword.display());
                let report = reporter.error(DiagnosticKind::Keyword, keyword, message);
                match spelling::nearest(&keyword.text, NAMES) {
                    Some(near) => report.suggest(did_you_mean(near)),
                    None => report.suggest("begin one with 'frontend', 'backend' or 'listen'"),
                }
            }
        }
    }

    /// `setenv`, `presetenv`, `unsetenv`, `resetenv` (configuration manual, 3.1).
    fn set_environment(&mut self, keyword: &Word, words: &[Word], reporter: &mut Reporter<'_>) {
        let set = keyword.is("setenv");
        match (keyword.text.as_slice(), words) {
            (b"setenv" | b"presetenv", [name, value, ..]) => {
                let known = self.environment.contains_key(&name.text);
                if set || !known {
                    self.environment.insert(name.text.clone(), value.text.clone());
                }
            }
            (b"setenv" | b"presetenv", _) => {
                let message = format!("'{}' without a name and a value", keyword.display());
                reporter.error(DiagnosticKind::Keyword, keyword, message);
            }
            (b"unsetenv", names) => {
                for name in names {
                    self.environment.remove(&name.text);
                }
            }
            (b"resetenv", kept) => {
                let is_kept = |name: &[u8]| kept.iter().any(|word| word.text == name);
                self.environment.retain(|name, _| name.starts_with(b".") || is_kept(name));
            }
            _ => {}
        }
    }

    /// `frontend <name> [from <defaults>]` and its like; nothing if it is wrong.
    fn begin(
        &mut self,
        kind: SectionKind,
        keyword: &Word,
        words: &[Word],
        reporter: &mut Reporter<'_>,
    ) -> Option<Place> {
        let end = words.iter().position(|word| word.text.is_empty()).unwrap_or(words.len());
        let words = words.get(..end).unwrap_or_default();
        let shown = keyword.display();
        let (name, from, rest) = match (kind, words) {
            (SectionKind::Defaults, [from, name, rest @ ..]) if from.is("from") => {
                (None, Some(name), rest)
            }
            (_, [name, from, defaults, rest @ ..]) if from.is("from") => {
                (Some(name), Some(defaults), rest)
            }
            (_, [name, rest @ ..]) => (Some(name), None, rest),
            (SectionKind::Defaults, []) => (None, None, words),
            (_, []) => {
                let message = format!("'{shown}' without a name");
                reporter.error(DiagnosticKind::Section, keyword, message);
                return None;
            }
        };
        if let (Some(name), false) = (name, kind == SectionKind::Defaults) {
            check_name(name, reporter)?;
        }
        match (name, rest.first().filter(|_| kind != SectionKind::Defaults)) {
            (Some(name), Some(word)) => self.without_section(kind, name, from, word, reporter),
            _ => {
                let names = name
                    .into_iter()
                    .flat_map(|name| kind.sides().iter().map(|side| (*side, name.text.clone())));
                self.names.extend(names);
                self.sections.push(Section {
                    kind,
                    keyword: keyword.clone(),
                    name: name.cloned(),
                    from: from.cloned(),
                    mode: None,
                    disabled: None,
                    table: None,
                    slots: Slots::default(),
                    monitor: None,
                    proxied: None,
                    directives: Vec::new(),
                });
                Some(Place::Proxy)
            }
        }
    }

    /// Two sections of one keyword and name are one too many, except where HAProxy does not mind.
    fn check_twice(&mut self, keyword: &'static str, words: &[Word], reporter: &mut Reporter<'_>) {
        let Some(name) =
            words.first().filter(|_| !["cache", "global", "userlist"].contains(&keyword))
        else {
            return;
        };
        if !self.others.insert((keyword, name.text.clone())) {
            let message = format!("there is a section '{keyword} {}' above", name.display());
            reporter.error(DiagnosticKind::Section, name, message);
        }
    }

    /// HAProxy makes no section of a line with a word too many: it complains, and refuses the lines
    /// below.
    fn without_section(
        &self,
        kind: SectionKind,
        name: &Word,
        from: Option<&Word>,
        word: &Word,
        reporter: &mut Reporter<'_>,
    ) -> Option<Place> {
        let mut sides = kind.sides().iter();
        let taken = sides.any(|side| self.names.contains(&(*side, name.text.clone())));
        let shown = word.display();
        let suggestion = "write addresses in 'bind' lines, defaults behind 'from'";
        if taken || from.is_some() {
            let message = format!("unexpected '{shown}' behind the name");
            reporter.error(DiagnosticKind::Section, word, message).suggest(suggestion);
            return None;
        }
        let message =
            format!("HAProxy makes no section of this line, for '{shown}' stands behind the name");
        reporter.warning(DiagnosticKind::Ignored, word, message).suggest(suggestion);
        Some(Place::Missing(word.span.line))
    }
}

/// Checks the first line of a section that is no proxy: all but `global` have a name, and some of them
/// may have more behind it.
fn check_other(section: &str, keyword: &Word, words: &[Word], reporter: &mut Reporter<'_>) {
    let takes_more = ["http-errors", "mailers", "resolvers", "ring"].contains(&section);
    let most = usize::from(section != "global");
    match words.get(most).filter(|word| !takes_more && !word.text.is_empty()) {
        Some(word) => {
            let message = format!("unexpected '{}' behind '{section}'", word.display());
            reporter.error(DiagnosticKind::Section, word, message);
        }
        None if most == 1 && words.first().is_none_or(|word| word.text.is_empty()) => {
            let message = format!("'{section}' without a name");
            reporter.error(DiagnosticKind::Section, keyword, message);
        }
        None => {
            // HAProxy looks at the names of the others later, or not at all.
            if let Some(name) = words.first().filter(|_| !["cache", "program"].contains(&section)) {
                let _ = check_name(name, reporter);
            }
        }
    }
}

/// Counts a line of a section that has no bearing on access; rules have no place there.
fn skip(section: &str, keyword: &Word, reporter: &mut Reporter<'_>) {
    let is_access = ACCESS.iter().any(|known| keyword.is(known));
    if !is_access || section == "fcgi-app" && keyword.is("acl") {
        return reporter.skip(section.to_owned());
    }
    let message = format!("'{}' cannot stand in '{section}'", keyword.display());
    reporter
        .error(DiagnosticKind::Keyword, keyword, message)
        .suggest("move it to a frontend, a backend or 'listen'");
}

/// Checks the name of a proxy, or of defaults that are referred to.
pub(crate) fn check_name(name: &Word, reporter: &mut Reporter<'_>) -> Option<()> {
    let permitted = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
    if name.text.iter().all(permitted) {
        return Some(());
    }
    let message = format!("'{}' is no name of a section", name.display());
    reporter
        .error(DiagnosticKind::Section, name, message)
        .suggest("use letters, digits, '_', '-', '.' and ':'");
    None
}
