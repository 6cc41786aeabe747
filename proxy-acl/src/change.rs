//! What rules change of a request or response, for later rules to see.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::ops::Range;

use regex::bytes::Regex;

use crate::ast::{End, TargetPart};
use crate::convert::substitution;
use crate::decision::Action;
use crate::fetch::{Sample, path};
use crate::log_format::Format;
use crate::normalize::{Normalizer, Scope};
use crate::pattern::text::TextSet;
use crate::pipeline::{Pipeline, Text};
use crate::request::Request;
use crate::rewritten::{Changes, Rewritten};
use crate::update::{Update, UpdateKind};
use crate::variable::{Guard, Kept};

/// Something that later rules see.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    SetVariable {
        index: usize,
        guards: Box<[Guard]>,
        value: Pipeline,
    },
    FormatVariable {
        index: usize,
        guards: Box<[Guard]>,
        value: Format,
    },
    UnsetVariable {
        index: usize,
    },
    SetHeader {
        name: Box<[u8]>,
        value: Format,
    },
    AddHeader {
        name: Box<[u8]>,
        value: Format,
    },
    RemoveHeader {
        names: TextSet,
    },
    /// The expression is for names in lower case.
    RemoveHeaderByRegex {
        names: Regex,
    },
    SubstituteHeader {
        name: Box<[u8]>,
        regex: Regex,
        value: Format,
        whole: bool,
    },
    Replace {
        part: TargetPart,
        value: Format,
    },
    Substitute {
        part: TargetPart,
        regex: Regex,
        value: Format,
    },
    Normalize(Normalizer),
    SetEnd {
        end: End,
        value: Pipeline,
    },
    SetStatus(u16),
    Update {
        kind: UpdateKind,
        file: Box<[u8]>,
        key: Format,
        value: Option<Format>,
    },
}

/// Room for what a rule writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Output {
    pub(crate) text: Vec<u8>,
    replaced: Vec<u8>,
    pub(crate) kept: Kept,
}

impl Change {
    /// Whether it only concerns variables.
    pub(crate) fn is_variable(&self) -> bool {
        match self {
            Self::SetVariable { .. } | Self::FormatVariable { .. } | Self::UnsetVariable { .. } => {
                true
            }
            Self::SetHeader { .. }
            | Self::AddHeader { .. }
            | Self::RemoveHeader { .. }
            | Self::RemoveHeaderByRegex { .. }
            | Self::SubstituteHeader { .. }
            | Self::Replace { .. }
            | Self::Substitute { .. }
            | Self::Normalize(_)
            | Self::SetEnd { .. }
            | Self::SetStatus(_)
            | Self::Update { .. } => false,
        }
    }

    /// Makes the change; returns what is decided instead where it cannot be made.
    #[inline(never)]
    pub(crate) fn apply<R: Request + ?Sized>(
        &self,
        request: &R,
        changes: &mut Changes,
        text: &mut Text,
        output: &mut Output,
    ) -> Option<Action> {
        output.text.clear();
        let view = Rewritten::new(request, changes);
        match self {
            Self::SetVariable { index, guards, value } => {
                let mut found = false;
                let old = view.variable(*index);
                value.one(&view, text, |sample| {
                    found = guards.iter().all(|guard| guard.holds(old, sample));
                    if found {
                        output.kept.keep(sample);
                    }
                });
                if found {
                    changes.variables.set(*index, &mut output.kept);
                }
            }
            Self::FormatVariable { index, guards, value } => {
                value.write(&view, text, &mut output.text);
                let (old, new) = (view.variable(*index), Sample::Text(&output.text));
                if guards.iter().all(|guard| guard.holds(old, new)) {
                    output.kept.keep(new);
                    changes.variables.set(*index, &mut output.kept);
                }
            }
            Self::UnsetVariable { index } => changes.variables.unset(*index),
            Self::SetHeader { name, value } => {
                value.write(&view, text, &mut output.text);
                changes.remove_headers(request, |line| line.eq_ignore_ascii_case(name));
                changes.add_header(request, name, &output.text);
            }
            Self::AddHeader { name, value } => {
                value.write(&view, text, &mut output.text);
                changes.add_header(request, name, &output.text);
            }
            Self::RemoveHeader { names } => {
                changes.remove_headers(request, |line| names.contains(line));
            }
            Self::RemoveHeaderByRegex { names } => {
                let lower = &mut output.text;
                changes.remove_headers(request, |line| {
                    lower.clear();
                    lower.extend(line.iter().map(u8::to_ascii_lowercase));
                    names.is_match(lower)
                });
            }
            Self::SubstituteHeader { name, regex, value, whole } => {
                value.write(&view, text, &mut output.text);
                changes.replace_headers(request, name, *whole, |value, out| {
                    substitution::replace_all_of(regex, &output.text, value, out)
                });
            }
            Self::Replace { part, value } => {
                value.write(&view, text, &mut output.text);
                replace(*part, request, changes, &mut output.text);
            }
            Self::Substitute { part, regex, value } => {
                value.write(&view, text, &mut output.text);
                let target = view.uri();
                if *part != TargetPart::Target && path::of(target).is_none() {
                    return None;
                }
                let old = target.get(place(*part, target)).unwrap_or_default();
                output.replaced.clear();
                if substitution::replace_all_of(regex, &output.text, old, &mut output.replaced) {
                    replace(*part, request, changes, &mut output.replaced);
                }
            }
            Self::Normalize(normalizer) => {
                let target = view.uri();
                let (part, range) = match normalizer.scope() {
                    Scope::Path => (TargetPart::Path, place(TargetPart::Path, target)),
                    Scope::PathQuery => {
                        (TargetPart::PathQuery, place(TargetPart::PathQuery, target))
                    }
                    Scope::Query => (TargetPart::Query, place(TargetPart::Query, target)),
                };
                let old = target.get(range).unwrap_or_default();
                if path::of(target).is_none() || old.is_empty() {
                    return None;
                }
                if normalizer.write(old, &mut output.text).is_err() {
                    return Some(Action::Deny { status: 400 });
                }
                replace(part, request, changes, &mut output.text);
            }
            Self::SetEnd { end, value } => {
                let (source, destination) = (view.source(), view.destination());
                let mut changed = None;
                value.one(&view, text, |sample| {
                    changed = match end {
                        End::Source => {
                            sample.address().map(|ip| SocketAddr::new(ip, source.port()))
                        }
                        End::Destination => sample.address().map(|ip| {
                            SocketAddr::new(ip, destination.map_or(0, |address| address.port()))
                        }),
                        End::SourcePort => port(sample.integer(), Some(source.ip())),
                        End::DestinationPort => {
                            port(sample.integer(), destination.map(|address| address.ip()))
                        }
                    };
                });
                match (end, changed) {
                    (_, None) => {}
                    (End::Source | End::SourcePort, Some(address)) => changes.set_source(address),
                    (End::Destination | End::DestinationPort, Some(address)) => {
                        changes.set_destination(address);
                    }
                }
            }
            Self::SetStatus(status) => changes.set_status(*status),
            Self::Update { kind, file, key, value } => {
                key.write(&view, text, &mut output.text);
                output.replaced.clear();
                if let Some(value) = value {
                    value.write(&view, text, &mut output.replaced);
                }
                let (key, value) = (&*output.text, &*output.replaced);
                changes.updates.push(Update { kind: *kind, file, key, value });
            }
        }
        None
    }
}

/// An address with another port, of which the low 16 bits count.
fn port(value: Option<i64>, ip: Option<IpAddr>) -> Option<SocketAddr> {
    let port = u16::try_from(value? & 0xffff).ok()?;
    Some(SocketAddr::new(ip?, port))
}

/// Where a part of the target stands; the query is what is behind the mark.
fn place(part: TargetPart, target: &[u8]) -> Range<usize> {
    let (start, rest) = path_and_query(target);
    match part {
        TargetPart::Method | TargetPart::Target => 0..target.len(),
        TargetPart::Path => start..start + memchr::memchr(b'?', rest).unwrap_or(rest.len()),
        TargetPart::PathQuery => start..target.len(),
        TargetPart::Query => mark(target).map_or(target.len(), |at| at + 1)..target.len(),
    }
}

fn replace<R: Request + ?Sized>(
    part: TargetPart,
    request: &R,
    changes: &mut Changes,
    with: &mut Vec<u8>,
) {
    match part {
        TargetPart::Method => return changes.set_method(with),
        TargetPart::Target => return changes.set_target(request, with),
        // A mark that is there stays, before an empty query too.
        TargetPart::Query => {
            if !with.is_empty() && mark(Rewritten::new(request, changes).uri()).is_none() {
                with.insert(0, b'?');
            }
        }
        TargetPart::Path | TargetPart::PathQuery => {}
    }
    changes.replace_in_target(request, |target| place(part, target), with);
}

/// Where the mark before the query stands.
fn mark(target: &[u8]) -> Option<usize> {
    memchr::memchr(b'?', target)
}

/// The path and query of a target, and where they begin; all of a target that has none.
fn path_and_query(target: &[u8]) -> (usize, &[u8]) {
    let rest = path::with_query(target).unwrap_or(target);
    (target.len() - rest.len(), rest)
}
