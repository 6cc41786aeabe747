//! `eval`: what the rules decide about one request.

use std::fmt::Write as _;

use serde_json::json;

use crate::args::Eval;
use crate::config::{self, Config};
use crate::outcome::{self, Outcome};
use crate::{Status, explain, lint};

/// Decides, and returns what is to be printed.
pub(crate) fn run(command: &Eval) -> (String, Status) {
    let config = match command.loader.read(&command.file) {
        Ok(config) => config,
        Err(refused) => {
            eprint!("{}", refused.render());
            let findings = lint::findings(&refused);
            let value = json!({ "error": "the configuration is refused", "findings": findings });
            let text = if command.json { format!("{value}\n") } else { String::new() };
            return (text, Status::Finding);
        }
    };
    eprint!("{}", config::render(config.policy.warnings()));
    let outcome = Outcome::new(&config, &command.request);
    let text = if command.json {
        json(command, &config, &outcome)
    } else {
        text(command, &config, &outcome)
    };
    (text, Status::Fine)
}

fn json(command: &Eval, config: &Config, outcome: &Outcome) -> String {
    let value = json!({
        "decision": outcome.action,
        "status": outcome.status,
        "line": outcome.line,
        "backend": outcome.backend,
        "location": outcome.location,
        "acls": outcome::acls(config, &command.request),
        "explain": explain::json(&config.policy.explain(&command.request)),
    });
    format!("{value}\n")
}

fn text(command: &Eval, config: &Config, outcome: &Outcome) -> String {
    let mut text = if command.explain {
        format!("{}\n", config.policy.explain(&command.request))
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
