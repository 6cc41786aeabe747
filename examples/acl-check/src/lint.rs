//! `lint`: errors and warnings with their places, and, where they show them, requests.

use std::fmt::Write as _;
use std::path::Path;

use proxy_acl::{Diagnostic, Severity};
use serde_json::{Value, json};

use crate::args::Lint;
use crate::bypass::{self, Bypass, Search};
use crate::config::{self, Config, Refused};
use crate::request::OwnedRequest;
use crate::{Status, outcome, witness};

/// Reads every file, and returns what is to be printed.
pub(crate) fn run(command: &Lint) -> (String, Status) {
    let mut report = Report { findings: Vec::new(), text: String::new(), status: Status::Fine };
    for path in &command.files {
        match command.loader.read(path) {
            Ok(config) => report.accepted(path, &config, command.bypass),
            Err(refused) => report.refused(&refused),
        }
    }
    let Report { findings, text, status } = report;
    (if command.json { format!("{}\n", Value::from(findings)) } else { text }, status)
}

/// What was found so far.
struct Report {
    findings: Vec<Value>,
    text: String,
    /// Notes leave it as it is.
    status: Status,
}

impl Report {
    fn refused(&mut self, refused: &Refused) {
        match refused {
            // No finding in the text, but what kept us from it.
            Refused::Unreadable { .. } => refused.print(),
            Refused::Invalid(_) => self.text.push_str(&refused.render()),
        }
        self.findings.extend(findings(refused));
        self.status = Status::Finding;
    }

    fn accepted(&mut self, path: &Path, config: &Config, bypass: bool) {
        if let Some(skipped) = config.rules.skipped() {
            eprintln!("acl-check: {}: not looked at: {skipped}", path.display());
        }
        let entrances = config.rules.entrances();
        let warnings = config.rules.warnings();
        self.text.push_str(&config::render(warnings));
        for warning in warnings {
            self.findings.push(finding(warning, witness::find(&entrances, warning).as_ref()));
            self.status = Status::Finding;
        }
        if bypass {
            let search = bypass::find(&entrances, &config.text);
            for bypass in &search.found {
                self.note(path, bypass);
            }
            tell(path, &search);
        }
    }

    fn note(&mut self, path: &Path, bypass: &Bypass) {
        let Bypass { line, column, denied, allowed } = bypass;
        let uris = allowed.iter().map(|request| format!("'{}'", outcome::text(&request.target)));
        let uris: Vec<String> = uris.collect();
        let message = format!("'{denied}' is denied, but not {}", uris.join(", "));
        let file = path.display().to_string();
        // Writing into a string cannot fail.
        let _ = writeln!(self.text, "{file}:{line}:{column}: note: {message}");
        let _ = writeln!(self.text, "      = help: {AROUND}");
        self.findings.push(json!({
            "file": file,
            "line": line,
            "column": column,
            "code": "bypass",
            "severity": "note",
            "message": message,
            "suggestion": AROUND,
            "request": allowed.first().map(OwnedRequest::to_json),
        }));
    }
}

/// Says on standard error how much was tried, lest silence be taken for safety.
fn tell(path: &Path, search: &Search) {
    let Search { found, requests, paths, hidden, last } = search;
    let file = path.display();
    let found = found.len();
    eprintln!("acl-check: {file}: tried {requests} requests for {paths} paths, {found} got around");
    if let (1.., Some(line)) = (hidden, last) {
        eprintln!(
            "acl-check: {file}: {hidden} of the paths never got past the rule of line {line}, so those \
             behind it were not tried with them"
        );
    }
}

/// What to do about a bypass.
const AROUND: &str = "if the server takes these for the same, match with '-i', put \
                      'http-request normalize-uri' before the rule, or deny all but what is meant";

/// Why a configuration is refused, as JSON.
pub(crate) fn findings(refused: &Refused) -> Vec<Value> {
    match refused {
        Refused::Invalid(diagnostics) => diagnostics.iter().map(|one| finding(one, None)).collect(),
        Refused::Unreadable { name, error } => vec![json!({
            "file": name,
            "line": null,
            "column": null,
            "code": "unreadable",
            "severity": Severity::Error.to_string(),
            "message": error.to_string(),
            "suggestion": null,
            "request": null,
        })],
    }
}

fn finding(diagnostic: &Diagnostic, request: Option<&OwnedRequest>) -> Value {
    json!({
        "file": diagnostic.file,
        "line": diagnostic.line,
        "column": diagnostic.column,
        "code": diagnostic.kind.code(),
        "severity": diagnostic.severity.to_string(),
        "message": diagnostic.message,
        "suggestion": diagnostic.suggestion,
        "request": request.map(OwnedRequest::to_json),
    })
}
