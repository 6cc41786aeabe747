//! `lint`: errors and warnings with their places.

use proxy_acl::{Diagnostic, Severity};
use serde_json::{Value, json};

use crate::Status;
use crate::args::Lint;
use crate::config::{self, Refused};

/// Reads every file, and returns what is to be printed.
pub(crate) fn run(command: &Lint) -> (String, Status) {
    let mut all = Vec::new();
    let mut text = String::new();
    for path in &command.files {
        match command.loader.read(path) {
            Ok(config) => {
                let warnings = config.rules.warnings();
                text.push_str(&config::render(warnings));
                all.extend(warnings.iter().map(finding));
            }
            Err(refused) => {
                match &refused {
                    // No finding in the text, but what kept us from it.
                    Refused::Unreadable { .. } => eprint!("acl-check: {}", refused.render()),
                    Refused::Invalid(_) => text.push_str(&refused.render()),
                }
                all.extend(findings(&refused));
            }
        }
    }
    let status = if all.is_empty() { Status::Fine } else { Status::Finding };
    if command.json {
        text = format!("{}\n", Value::from(all));
    }
    (text, status)
}

/// Why a configuration is refused, as JSON.
pub(crate) fn findings(refused: &Refused) -> Vec<Value> {
    match refused {
        Refused::Invalid(diagnostics) => diagnostics.iter().map(finding).collect(),
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

fn finding(diagnostic: &Diagnostic) -> Value {
    json!({
        "file": diagnostic.file,
        "line": diagnostic.line,
        "column": diagnostic.column,
        "code": diagnostic.kind.code(),
        "severity": diagnostic.severity.to_string(),
        "message": diagnostic.message,
        "suggestion": diagnostic.suggestion,
        "request": null,
    })
}
