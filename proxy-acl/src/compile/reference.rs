//! What arguments and `track-sc` refer to by name: whether it is there (configuration manual, 7.3).

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::vec::Vec;

use super::Compiler;
use super::fetch::casts;
use crate::ast::{Directive, Section, SectionKind, Side, Slots, Surroundings, Word};
use crate::error::DiagnosticKind;
use crate::fetch::Kind;
use crate::quote;
use crate::reporter::Reporter;

/// A name in a rule, or an empty one for the section's own, with the word in which it stands.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    what: What,
    name: Vec<u8>,
    word: Word,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Backend,
    Frontend,
    /// A table into which a sample of this kind must fit, if there is one.
    Table(Option<Kind>),
    UserList,
    /// One of those in which parts of requests or of responses are kept for the log.
    Slot {
        of_response: bool,
        index: i32,
    },
}

impl What {
    /// What a letter of a [signature](crate::signature::Signature) stands for.
    pub(super) fn of(code: char) -> Option<Self> {
        match code {
            'b' => Some(Self::Backend),
            'f' => Some(Self::Frontend),
            't' => Some(Self::Table(None)),
            'u' => Some(Self::UserList),
            _ => None,
        }
    }
}

impl Compiler<'_, '_> {
    /// Keeps a name until all sections are known.
    pub(super) fn refer(&mut self, what: What, name: &[u8], word: &Word) {
        // Those of defaults are theirs, and in a disabled section HAProxy does not look.
        if !self.disabled && !self.reporter.repeating {
            self.references.push(Reference { what, name: name.to_vec(), word: word.clone() });
        }
    }
}

/// Reports what is not there of what each section refers to. `heirs` tells where the proxies stand that
/// begin from the `defaults` at an index and are not disabled: with rules these are for one side alone.
/// `slots` has those of each section.
pub(super) fn check(
    sections: &[Section],
    heirs: &BTreeMap<usize, &[Side]>,
    slots: &[Slots],
    surroundings: &Surroundings,
    references: &[Vec<Reference>],
    reporter: &mut Reporter<'_>,
) {
    let proxies: BTreeSet<(Side, &[u8])> = sections
        .iter()
        .flat_map(|section| section.kind.sides().iter().map(|side| (*side, own_name(section))))
        .collect();
    let mut tables: BTreeMap<&[u8], &[u8]> = BTreeMap::new();
    let of_peers = surroundings.tables.iter().map(|(name, key)| (name.as_slice(), key.as_slice()));
    tables.extend(of_peers);
    tables.extend(sections.iter().filter_map(|section| {
        section.table.as_ref().map(|key| (own_name(section), key.as_slice()))
    }));
    for (index, ((section, references), slots)) in
        sections.iter().zip(references).zip(slots).enumerate()
    {
        let is_defaults = section.kind == SectionKind::Defaults;
        let sides = heirs.get(&index).copied().unwrap_or_else(|| section.kind.sides());
        // What only stands in defaults that no proxy begins from, or that are without rules, is not asked.
        let is_rule = |one: &Directive| matches!(one, Directive::Rule(_));
        let is_asked = !is_defaults || !sides.is_empty() && section.directives.iter().any(is_rule);
        for Reference { what, name, word } in references.iter().filter(|_| is_asked) {
            let is_own = name.is_empty();
            let name = if is_own { own_name(section) } else { name };
            let (kind, thing) = match what {
                What::Backend => (DiagnosticKind::Backend, "backend"),
                What::Frontend => (DiagnosticKind::Reference, "frontend"),
                What::Table(_) => (DiagnosticKind::Reference, "table"),
                What::UserList => (DiagnosticKind::Reference, "user list"),
                What::Slot { of_response: false, .. } => {
                    (DiagnosticKind::Reference, "request slot")
                }
                What::Slot { of_response: true, .. } => {
                    (DiagnosticKind::Reference, "response slot")
                }
            };
            let is_there = match what {
                What::Backend if is_own => sides.contains(&Side::Back),
                What::Frontend if is_own => sides.contains(&Side::Front),
                What::Backend => proxies.contains(&(Side::Back, name)),
                What::Frontend => proxies.contains(&(Side::Front, name)),
                What::Table(_) => tables.contains_key(name),
                What::UserList => surroundings.user_lists.contains(name),
                // A backend takes those of any frontend, and below 0 HAProxy finds all there.
                What::Slot { of_response, index } => {
                    let count = if *of_response { slots.response } else { slots.request };
                    let index = usize::try_from(*index).ok();
                    !sides.contains(&Side::Front) || index.is_none_or(|index| index < count)
                }
            };
            let shown = quote::shown(name);
            if !is_there {
                reporter.error(kind, word, format!("there is no {thing} '{shown}'"));
                continue;
            }
            let key = tables.get(name).and_then(|key| key_kind(key));
            if let (What::Table(Some(sample)), Some(key)) = (what, key) {
                if !casts(*sample, key) {
                    let message = format!("'{}' cannot be kept in '{shown}'", word.display());
                    reporter
                        .error(kind, word, message)
                        .suggest("let the table have keys of another type");
                }
            }
        }
    }
}

fn own_name(section: &Section) -> &[u8] {
    section.name.as_ref().map_or(&[], |name| &name.text)
}

/// The kind of a table's keys, by the name of their type.
fn key_kind(name: &[u8]) -> Option<Kind> {
    match name {
        b"ip" => Some(Kind::Address),
        b"ipv6" => Some(Kind::Ipv6),
        b"integer" => Some(Kind::Integer),
        b"string" => Some(Kind::Text),
        b"binary" => Some(Kind::Binary),
        _ => None,
    }
}
