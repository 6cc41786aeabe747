//! Sections into proxies: what they inherit, and whether the backends they name are there
//! (configuration manual, 4).

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Compiled, Compiler, reference};
use crate::asked::Names;
use crate::ast::{
    Directive, List, Mode, Section, SectionKind, Side, Slots, Span, Surroundings, Word,
};
use crate::error::{DiagnosticKind, Severity};
use crate::parse::did_you_mean;
use crate::parse::section::check_name;
use crate::reporter::Reporter;
use crate::rule::Monitor;
use crate::source::Files;
use crate::spelling;
use crate::variable::OfProcess;

/// How many times as many lines may be inherited as a configuration may have.
const INHERITED: usize = 10;

/// A proxy, compiled.
pub(crate) struct CompiledProxy {
    pub(crate) kind: SectionKind,
    pub(crate) name: Box<str>,
    pub(crate) line: u32,
    pub(crate) http: bool,
    pub(crate) disabled: bool,
    pub(crate) compiled: Compiled,
}

/// Compiles all sections. What is wrong is reported.
pub(crate) fn compile(
    sections: &[Section],
    surroundings: &Surroundings,
    reporter: &mut Reporter<'_>,
) -> (Vec<CompiledProxy>, Files, Names) {
    let mut compiler = Compiler::new(reporter);
    compiler.environment = surroundings.environment.clone();
    let inherited = inherit(sections, compiler.reporter);
    let settings = Settings::of(sections, &inherited);
    let mut proxies = Vec::new();
    let mut chosen = Vec::with_capacity(sections.len());
    let mut references = Vec::with_capacity(sections.len());
    for ((section, from), settings) in sections.iter().zip(&inherited).zip(&settings) {
        if compiler.reporter.is_full() {
            break;
        }
        let defaults = from.and_then(|at| sections.get(at));
        if section.kind == SectionKind::Defaults {
            compiler.directives(&section.directives, &mut [const { None }; List::COUNT]);
            compiler.compiled = Compiled::default();
        } else {
            let mode = settings.mode;
            compiler.proxied = section.proxied;
            compiler.disabled = settings.disabled;
            let mut proxy = compiler.proxy(section, defaults, mode);
            let is_asked = section.kind != SectionKind::Backend && mode == Mode::Http;
            let monitor = settings.monitor.filter(|_| is_asked);
            proxy.compiled.lists.monitor = monitor.map(|(target, span)| {
                Box::new(Monitor {
                    target: target.text.as_slice().into(),
                    failures: core::mem::take(&mut compiler.failures),
                    answer: Monitor::answer(200, *span, None),
                })
            });
            compiler.failures.clear();
            if section.kind != SectionKind::Backend {
                let name = settings.default_backend;
                proxy.compiled.lists.default_backend = name.map(|name| name.text.as_slice().into());
            }
            compiler.disabled = false;
            proxies.push(proxy);
        }
        chosen.push(core::mem::take(&mut compiler.chosen));
        references.push(core::mem::take(&mut compiler.references));
    }
    compiler.check_updates();
    let of_process: Arc<[OfProcess]> = core::mem::take(&mut compiler.of_process).into();
    for proxy in &mut proxies {
        proxy.compiled.lists.of_process = Arc::clone(&of_process);
    }
    let files = core::mem::take(&mut compiler.files);
    let values = core::mem::take(&mut compiler.values);
    if !reporter.failed() {
        check_backends(sections, &settings, &chosen, reporter);
        let heirs = heirs(sections, &inherited, &settings);
        let slots: Vec<Slots> = settings.iter().map(|settings| settings.slots).collect();
        reference::check(sections, &heirs, &slots, surroundings, &references, reporter);
    }
    (proxies, files, values)
}

/// Of each section the index of the `defaults` it begins from: the one it names, or the last above.
fn inherit(sections: &[Section], reporter: &mut Reporter<'_>) -> Vec<Option<usize>> {
    let mut named: BTreeMap<&[u8], (usize, bool)> = BTreeMap::new();
    let mut last = None;
    let mut used_by: BTreeMap<usize, SectionKind> = BTreeMap::new();
    let mut ways: BTreeMap<usize, Ways> = BTreeMap::new();
    let mut inherited = Vec::with_capacity(sections.len());
    check_names(sections, reporter);
    for (index, section) in sections.iter().enumerate() {
        let from = match &section.from {
            None if section.kind == SectionKind::Defaults => None,
            None => last,
            Some(name) => match named.get(name.text.as_slice()) {
                Some((at, false)) => check_name(name, reporter).map(|()| *at),
                found => {
                    let shown = name.display();
                    let message = match found {
                        Some(_) => format!("there are several 'defaults {shown}' above"),
                        None => format!("there is no 'defaults {shown}' above"),
                    };
                    reporter.error(DiagnosticKind::Section, name, message);
                    None
                }
            },
        };
        if let Some(at) = from.filter(|_| section.kind != SectionKind::Defaults) {
            let ways = ways.entry(at).or_default();
            check_ways(section, sections.get(at), ways, reporter);
        }
        if let Some(defaults) = from.and_then(|at| sections.get(at)) {
            let before = from.and_then(|at| used_by.insert(at, section.kind));
            check_inheritance(section, defaults, before, reporter);
        }
        inherited.push(from);
        if section.kind == SectionKind::Defaults {
            last = Some(index);
            if let Some(name) = &section.name {
                let twice = named.contains_key(name.text.as_slice());
                named.insert(&name.text, (index, twice));
            }
        }
    }
    inherited
}

/// In which ways proxies began from some defaults.
#[derive(Default)]
struct Ways {
    by_name: bool,
    as_last: bool,
    reported: bool,
}

/// Warns of defaults that are inherited both by their name and for standing above: HAProxy complains,
/// and goes on.
fn check_ways(
    section: &Section,
    defaults: Option<&Section>,
    ways: &mut Ways,
    reporter: &mut Reporter<'_>,
) {
    ways.by_name |= section.from.is_some();
    ways.as_last |= section.from.is_none();
    let Some(name) = defaults.and_then(|defaults| defaults.name.as_ref()) else { return };
    if ways.by_name && ways.as_last && !ways.reported {
        ways.reported = true;
        let message = format!(
            "the defaults '{}' of line {} are used by their name, and by other proxies without it",
            name.display(),
            name.span.line
        );
        reporter
            .warning(DiagnosticKind::Section, &section.keyword, message)
            .suggest("write 'from' in all of them, or put other 'defaults' above those without");
    }
}

/// Two proxies of one name must not both take requests, nor both answer them.
fn check_names(sections: &[Section], reporter: &mut Reporter<'_>) {
    let mut known: BTreeMap<(&[u8], Side), &Section> = BTreeMap::new();
    for section in sections {
        let Some(name) = &section.name else { continue };
        for side in section.kind.sides() {
            if let Some(other) = known.insert((&name.text, *side), section) {
                let message = format!(
                    "the proxy of line {} has the name '{}' too",
                    other.keyword.span.line,
                    name.display()
                );
                reporter.error(DiagnosticKind::Section, name, message);
                break;
            }
        }
    }
}

/// Defaults with rules can be inherited by frontends or by backends, by no other sections, and only
/// by one of these two kinds.
fn check_inheritance(
    section: &Section,
    defaults: &Section,
    before: Option<SectionKind>,
    reporter: &mut Reporter<'_>,
) {
    let rules = |wanted: fn(List) -> bool| {
        defaults
            .directives
            .iter()
            .any(|directive| matches!(directive, Directive::Rule(rule) if wanted(rule.list)))
    };
    if !rules(|_| true) {
        return;
    }
    let at = defaults.keyword.span.line;
    let connection = |list| matches!(list, List::TcpConnection | List::TcpSession);
    let message = match (section.kind, before) {
        (SectionKind::Listen | SectionKind::Defaults, _) => {
            format!(
                "the defaults of line {at} have rules, which only a frontend or backend inherits"
            )
        }
        (SectionKind::Backend, _) if defaults.slots.request > 0 => {
            format!("the defaults of line {at} make slots to capture in, which no backend inherits")
        }
        (SectionKind::Backend, _) if rules(connection) => {
            format!(
                "the defaults of line {at} have rules on connections, which no backend inherits"
            )
        }
        (SectionKind::Frontend, _) if rules(|list| list == List::TcpResponse) => format!(
            "the defaults of line {at} have rules of 'tcp-response', which no frontend inherits"
        ),
        (SectionKind::Frontend, Some(SectionKind::Backend))
        | (SectionKind::Backend, Some(SectionKind::Frontend)) => format!(
            "the defaults of line {at} have rules, so frontends and backends cannot share them"
        ),
        _ => return,
    };
    reporter.error(DiagnosticKind::Section, &section.keyword, message);
}

/// What a section says of itself, or else inherits.
#[derive(Clone, Copy)]
struct Settings<'s> {
    mode: Mode,
    disabled: bool,
    default_backend: Option<&'s Word>,
    monitor: Option<&'s (Word, Span)>,
    slots: Slots,
}

impl<'s> Settings<'s> {
    const UNSAID: Self = Self {
        mode: Mode::Tcp,
        disabled: false,
        default_backend: None,
        monitor: None,
        slots: Slots { request: 0, response: 0 },
    };

    /// Those of each section, of which every one begins from one above.
    fn of(sections: &'s [Section], inherited: &[Option<usize>]) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::with_capacity(sections.len());
        for (section, from) in sections.iter().zip(inherited) {
            let from = from.and_then(|at| all.get(at)).unwrap_or(&Self::UNSAID);
            let settings = Self {
                mode: section.mode.unwrap_or(from.mode),
                disabled: section.disabled.unwrap_or(from.disabled),
                default_backend: own_default_backend(section).or(from.default_backend),
                monitor: section.monitor.as_ref().or(from.monitor),
                slots: section.slots + from.slots,
            };
            all.push(settings);
        }
        all
    }
}

/// On which side the proxies stand that begin from the `defaults` at an index, without those that are
/// disabled.
fn heirs(
    sections: &[Section],
    inherited: &[Option<usize>],
    settings: &[Settings<'_>],
) -> BTreeMap<usize, &'static [Side]> {
    let enabled = sections.iter().zip(inherited).zip(settings).filter(|(_, one)| !one.disabled);
    enabled
        .filter(|((section, _), _)| section.kind != SectionKind::Defaults)
        .filter_map(|((section, from), _)| Some(((*from)?, section.kind.sides())))
        .collect()
}

fn own_default_backend(section: &Section) -> Option<&Word> {
    section.directives.iter().rev().find_map(|directive| match directive {
        Directive::DefaultBackend(name) => Some(name),
        Directive::Acl(_) | Directive::Rule(_) | Directive::MonitorFailure(..) => None,
    })
}

impl Compiler<'_, '_> {
    /// Counts what is inherited, which a few lines can multiply; what exceeds the limit is reported.
    fn may_inherit(&mut self, defaults: &Section, section: &Section) -> bool {
        let limit = self.reporter.options().max_lines.saturating_mul(INHERITED);
        self.inherited = self.inherited.saturating_add(defaults.directives.len());
        let within = self.inherited <= limit;
        if !within {
            let message = format!("proxies inherit more than {limit} lines in all");
            self.reporter
                .error(DiagnosticKind::Limit, &section.keyword, message)
                .suggest("keep rules out of defaults that so many proxies share");
        }
        within
    }

    fn proxy(
        &mut self,
        section: &Section,
        defaults: Option<&Section>,
        mode: Mode,
    ) -> CompiledProxy {
        let mut ends = [const { None }; List::COUNT];
        if let Some(defaults) = defaults.filter(|defaults| self.may_inherit(defaults, section)) {
            self.reporter.repeating = true;
            self.directives(&defaults.directives, &mut ends);
            self.reporter.repeating = false;
            // Rules of defaults keep their acls, but these names are not seen from here.
            self.compiled.names.clear();
            self.compiled.acls.iter_mut().for_each(|acl| acl.by_user = false);
        }
        self.sides = section.kind.sides();
        self.directives(&section.directives, &mut ends);
        self.sides = Side::ALL;
        let mut compiled = core::mem::take(&mut self.compiled);
        let lists = &mut compiled.lists;
        let word = section.name.as_ref().unwrap_or(&section.keyword);
        if section.kind == SectionKind::Backend {
            lists.backends.clear();
        }
        // HAProxy 2.6 asks these lists only where the section itself has a rule in them.
        for list in [List::TcpConnection, List::TcpSession] {
            let is_own =
                |one: &Directive| matches!(one, Directive::Rule(rule) if rule.list == list);
            let Some(rules) = lists.list_mut(list) else { continue };
            if !rules.is_empty() && !section.directives.iter().any(is_own) {
                rules.clear();
                let name = list.name();
                let message = format!("the '{name}' rules of its defaults are ignored");
                self.reporter.warning(DiagnosticKind::Ignored, word, message).suggest(
                    "HAProxy asks them only where the section has such a rule of its own: write \
                     them here",
                );
            }
        }
        if mode == Mode::Tcp {
            for list in [List::HttpRequest, List::Redirect, List::HttpResponse] {
                let Some(rules) = lists.list_mut(list) else { continue };
                if !rules.is_empty() {
                    rules.clear();
                    let name = list.name();
                    let message = format!("'{name}' rules are ignored, for the mode is not 'http'");
                    self.reporter
                        .warning(DiagnosticKind::Ignored, word, message)
                        .suggest("write 'mode http' in this section or in its defaults");
                }
            }
        }
        let name = section.name.as_ref().map_or("", Word::utf8);
        CompiledProxy {
            kind: section.kind,
            name: name.into(),
            line: section.keyword.span.line,
            http: mode == Mode::Http,
            disabled: self.disabled,
            compiled,
        }
    }
}

/// Checks that the backends named, of which those `chosen` by the rules of each section are given, are
/// there and can take what comes.
fn check_backends(
    sections: &[Section],
    settings: &[Settings<'_>],
    chosen: &[Vec<Word>],
    reporter: &mut Reporter<'_>,
) {
    let mut backends: BTreeMap<&[u8], usize> = BTreeMap::new();
    for (index, section) in sections.iter().enumerate() {
        if let (SectionKind::Backend | SectionKind::Listen, Some(name)) =
            (section.kind, &section.name)
        {
            backends.insert(&name.text, index);
        }
    }
    for (index, (section, own)) in sections.iter().zip(settings).enumerate() {
        if section.kind == SectionKind::Defaults || own.disabled {
            continue;
        }
        let default = match section.kind {
            SectionKind::Backend => own_default_backend(section),
            SectionKind::Defaults | SectionKind::Frontend | SectionKind::Listen => {
                own.default_backend
            }
        };
        for name in default.into_iter().chain(chosen.get(index).into_iter().flatten()) {
            let Some(&at) = backends.get(name.text.as_slice()) else {
                let known = backends.keys().filter_map(|name| core::str::from_utf8(name).ok());
                let near = spelling::nearest(&name.text, known);
                let message = format!("there is no backend '{}'", name.display());
                let report = reporter.error(DiagnosticKind::Backend, name, message);
                if let Some(near) = near {
                    report.suggest(did_you_mean(near));
                }
                continue;
            };
            if at == index {
                let message = format!("'{}' would hand requests on to itself", name.display());
                reporter.error(DiagnosticKind::Backend, name, message);
            }
            let is_tcp = settings.get(at).is_some_and(|there| there.mode == Mode::Tcp);
            if own.mode == Mode::Http && is_tcp {
                let message = format!("the backend '{}' is not in http mode", name.display());
                reporter
                    .error(DiagnosticKind::Backend, name, message)
                    .suggest("write 'mode http' there");
            }
        }
    }
    if sections.iter().all(|section| section.kind == SectionKind::Defaults) {
        let span = Span { line: 1, column: 1, width: 1 };
        let message = String::from("there is no proxy, so nothing is decided");
        reporter
            .at(Severity::Warning, DiagnosticKind::NoRule, span, String::new(), message)
            .suggest("begin one with 'frontend', 'backend' or 'listen'");
    }
}
