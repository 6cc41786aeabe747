//! Collects what is wrong while a configuration is read.

use alloc::string::String;
use alloc::vec::Vec;

use crate::ast::{Span, Word};
use crate::error::{Diagnostic, DiagnosticKind, Severity, window};
use crate::options::Options;

pub(crate) struct Reporter<'o> {
    options: &'o Options,
    lines: Vec<&'o [u8]>,
    list: Vec<Diagnostic>,
    failed: bool,
}

impl<'o> Reporter<'o> {
    pub(crate) fn new(options: &'o Options, lines: Vec<&'o [u8]>) -> Self {
        Self { options, lines, list: Vec::new(), failed: false }
    }

    pub(crate) fn options(&self) -> &'o Options {
        self.options
    }

    pub(crate) fn lines(&self) -> &[&'o [u8]] {
        &self.lines
    }

    /// Whether there is room for no further diagnostic.
    pub(crate) fn is_full(&self) -> bool {
        self.failed && self.list.len() >= self.options.max_diagnostics
    }

    pub(crate) fn failed(&self) -> bool {
        self.failed
    }

    pub(crate) fn into_list(mut self) -> Vec<Diagnostic> {
        // Names are resolved after the whole file is parsed, so diagnostics come in two waves.
        self.list.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        self.list
    }

    pub(crate) fn error(&mut self, kind: DiagnosticKind, at: &Word, message: String) -> Report<'_> {
        self.at(
            Severity::Error,
            kind,
            at.span,
            String::from_utf8_lossy(&at.text).into_owned(),
            message,
        )
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
