//! `eval`: what the rules decide about one request.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::args::Eval;
use crate::config;
use crate::outcome::Outcome;
use crate::ruleset::Entrance;
use crate::{Status, explain, lint};

/// Decides, and returns what is to be printed.
pub(crate) fn run(command: &Eval) -> (String, Status) {
    let config = match command.loader.read(&command.file) {
        Ok(config) => config,
        Err(refused) => {
            eprint!("{}", refused.render());
            return fail(command, "the configuration is refused", &lint::findings(&refused));
        }
    };
    eprint!("{}", config::render(config.rules.warnings()));
    let entrance = match config.rules.entrance(command.frontend.as_deref()) {
        Ok(entrance) => entrance,
        Err(error) => {
            eprintln!("acl-check: {}: {error}", command.file.display());
            return fail(command, &error, &[]);
        }
    };
    let outcome = Outcome::new(entrance, &config.text, &command.request);
    let text = if command.json {
        json(command, entrance, &outcome)
    } else {
        text(command, entrance, &outcome)
    };
    (text, Status::Fine)
}

fn fail(command: &Eval, error: &str, findings: &[Value]) -> (String, Status) {
    let value = json!({ "error": error, "findings": findings });
    (if command.json { format!("{value}\n") } else { String::new() }, Status::Finding)
}

fn json(command: &Eval, entrance: Entrance<'_>, outcome: &Outcome) -> String {
    let value = json!({
        "decision": outcome.action,
        "status": outcome.status,
        "line": outcome.line,
        "backend": outcome.backend,
        "location": outcome.location,
        "acls": entrance.acls(&command.request),
        "explain": explain::json(&entrance.explain(&command.request)),
    });
    format!("{value}\n")
}

fn text(command: &Eval, entrance: Entrance<'_>, outcome: &Outcome) -> String {
    let mut text = if command.explain {
        format!("{}\n", entrance.explain(&command.request))
    } else {
        format!("{}\n", outcome.sentence)
    };
    for (what, value) in [("backend", &outcome.backend), ("location", &outcome.location)] {
        if let Some(value) = value {
            // Writing into a string cannot fail.
            let _ = writeln!(text, "{what}: {}", value.escape_debug());
        }
    }
    text
}
