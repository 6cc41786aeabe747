//! Collects what is wrong while a configuration is read, and what was skipped.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::ast::{Span, Word};
use crate::error::{Diagnostic, DiagnosticKind, Severity, window};
use crate::options::{Options, Unsupported};

pub(crate) struct Reporter<'o> {
    options: &'o Options,
    lines: Vec<&'o [u8]>,
    list: Vec<Diagnostic>,
    failed: bool,
    /// The line from which on it is not known which lines count.
    doubtful: Option<u32>,
    /// How many bytes more there may be.
    room: usize,
    /// What is read a second time was reported the first time.
    pub(crate) repeating: bool,
    skipped: BTreeMap<String, usize>,
}

impl<'o> Reporter<'o> {
    /// Begins to read a text; one of too many lines is taken for empty.
    pub(crate) fn new(text: &'o [u8], options: &'o Options) -> Self {
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let count = 1 + memchr::memchr_iter(b'\n', text).count();
        let most = options.max_lines;
        let within = count <= most;
        let mut reporter = Self {
            options,
            lines: if within { text.split(|&byte| byte == b'\n').collect() } else { Vec::new() },
            list: Vec::new(),
            failed: false,
            doubtful: None,
            room: options.max_bytes,
            repeating: false,
            skipped: BTreeMap::new(),
        };
        if !within {
            let line = u32::try_from(most).unwrap_or(u32::MAX).saturating_add(1);
            let message = format!("{count} lines are more than the limit of {most}");
            let span = Span { line, column: 1, width: 1 };
            reporter
                .at(Severity::Error, DiagnosticKind::Limit, span, String::new(), message)
                .suggest("move patterns to a file");
        }
        reporter
    }

    pub(crate) fn options(&self) -> &'o Options {
        self.options
    }

    pub(crate) fn lines(&self) -> &[&'o [u8]] {
        &self.lines
    }

    /// Whether there may be so many bytes more; counts them.
    pub(crate) fn has_room(&mut self, bytes: usize) -> bool {
        let room = self.room.checked_sub(bytes);
        self.room = room.unwrap_or(self.room);
        room.is_some()
    }

    /// Whether there is room for no further diagnostic.
    pub(crate) fn is_full(&self) -> bool {
        self.failed && self.list.len() >= self.options.max_diagnostics
    }

    pub(crate) fn failed(&self) -> bool {
        self.failed
    }

    /// Ends the reports with this line, save of what else must be told to know which lines count: they
    /// would be of what is missing only since it is not known.
    pub(crate) fn doubt(&mut self, line: u32) {
        self.doubtful.get_or_insert(line);
    }

    /// Counts a line that has no bearing on access.
    pub(crate) fn skip(&mut self, what: String) {
        *self.skipped.entry(what).or_default() += 1;
    }

    pub(crate) fn take_skipped(&mut self) -> BTreeMap<String, usize> {
        core::mem::take(&mut self.skipped)
    }

    pub(crate) fn into_list(mut self) -> Vec<Diagnostic> {
        // Names are resolved after the whole file is parsed, so diagnostics come in two waves.
        self.list.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        self.list
    }

    /// Reports an error; of what is not supported only a warning, if the caller wants it so.
    pub(crate) fn error(&mut self, kind: DiagnosticKind, at: &Word, message: String) -> Report<'_> {
        let lenient = kind == DiagnosticKind::Unsupported && self.leaves_out();
        let severity = if lenient { Severity::Warning } else { Severity::Error };
        let text = String::from_utf8_lossy(&at.text).into_owned();
        self.at(severity, kind, at.span, text, message)
    }

    /// Whether what is not supported is left out.
    pub(crate) fn leaves_out(&self) -> bool {
        self.options.unsupported == Unsupported::LeaveOut
    }

    pub(crate) fn warning(
        &mut self,
        kind: DiagnosticKind,
        at: &Word,
        message: String,
    ) -> Report<'_> {
        self.at(
            Severity::Warning,
            kind,
            at.span,
            String::from_utf8_lossy(&at.text).into_owned(),
            message,
        )
    }

    pub(crate) fn at(
        &mut self,
        severity: Severity,
        kind: DiagnosticKind,
        span: Span,
        word: String,
        message: String,
    ) -> Report<'_> {
        let error = severity == Severity::Error;
        if self.repeating && kind != DiagnosticKind::Limit {
            return Report(None);
        }
        let is_doubtful = self.doubtful.is_some_and(|line| line < span.line);
        if is_doubtful && kind != DiagnosticKind::Predicate {
            return Report(None);
        }
        if self.list.len() >= self.options.max_diagnostics {
            // The first error always finds room: a refusal must say why.
            if !error || self.failed {
                return Report(None);
            }
            self.list.pop();
        }
        self.failed |= error;
        let index = (span.line as usize).saturating_sub(1);
        let line = self.lines.get(index).copied().unwrap_or_default();
        self.list.push(Diagnostic {
            severity,
            kind,
            file: self.options.file_name.clone(),
            line: span.line,
            column: span.column,
            word,
            message,
            suggestion: None,
            source: window(line, span.column),
            width: span.width,
        });
        Report(self.list.last_mut())
    }
}

/// The diagnostic just reported, to which a suggestion may be added.
pub(crate) struct Report<'d>(Option<&'d mut Diagnostic>);

impl Report<'_> {
    pub(crate) fn suggest(self, suggestion: impl Into<String>) {
        if let Some(diagnostic) = self.0 {
            diagnostic.suggestion = Some(suggestion.into());
        }
    }
}
