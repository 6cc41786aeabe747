//! `eval`: what the rules decide about one request, and about the response to it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::args::Eval;
use crate::config;
use crate::outcome::{self, FileUpdate, Outcome, RequestLine};
use crate::request::Header;
use crate::ruleset::Entrance;
use crate::{Status, explain, lint};

/// Decides, and returns what is to be printed.
pub(crate) fn run(command: &Eval) -> (String, Status) {
    let config = match command.loader.read(&command.file) {
        Ok(config) => config,
        Err(refused) => {
            refused.print();
            return fail(command, "the configuration is refused", &lint::findings(&refused));
        }
    };
    eprint!("{}", config::render(config.rules.warnings()));
    let entrance = config.rules.entrance(command.frontend.as_deref());
    let checked = config.rules.check_values(&command.request);
    let entrance = match entrance.and_then(|entrance| checked.map(|()| entrance)) {
        Ok(entrance) => entrance,
        Err(error) => {
            eprintln!("acl-check: {}: {error}", command.file.display());
            return fail(command, &error, &[]);
        }
    };
    let response = command.response.as_ref();
    let outcome = Outcome::new(entrance, &config.text, &command.request, response);
    if !outcome.missing.is_empty() {
        let names: Vec<String> =
            outcome.missing.iter().map(|name| name.escape_debug().to_string()).collect();
        eprintln!("acl-check: not given, counted as missing: {}", names.join(", "));
    }
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
    let request = &command.request;
    let answered = command.response.as_ref().zip(outcome.answer.as_ref());
    let value = json!({
        "decision": outcome.action,
        "status": outcome.status,
        "line": outcome.line,
        "backend": outcome.backend,
        "location": outcome.location,
        "acls": entrance.acls(request),
        "explain": explain::json(&entrance.explain(request)),
        "missing": outcome.missing,
        "updates": outcome.updates.iter().map(update).collect::<Vec<_>>(),
        "request": outcome.rewritten.as_ref().map(|line| json!({
            "method": outcome::text(&line.method),
            "uri": outcome::text(&line.target),
            "headers": line.headers.iter().map(header).collect::<Vec<_>>(),
        })),
        "response": answered.map(|(response, answer)| json!({
            "decision": answer.action,
            "status": answer.status,
            "line": answer.line,
            "location": answer.location,
            "headers": answer.headers.iter().map(header).collect::<Vec<_>>(),
            "explain": explain::json(&entrance.explain_response(request, response)),
        })),
    });
    format!("{value}\n")
}

fn header((name, value): &Header) -> Value {
    json!([outcome::text(name), outcome::text(value)])
}

fn update(update: &FileUpdate) -> Value {
    let FileUpdate { action, file, key, value } = update;
    json!({ "action": action, "file": file, "key": key, "value": value })
}

fn text(command: &Eval, entrance: Entrance<'_>, outcome: &Outcome) -> String {
    let request = &command.request;
    let mut text = if command.explain {
        format!("{}\n", entrance.explain(request))
    } else {
        format!("{}\n", outcome.sentence)
    };
    let missing = entrance.without_backend().filter(|_| outcome.action == "allow");
    line("backend", outcome.backend.as_deref().or(missing), &mut text);
    // An explanation tells it.
    let location = outcome.location.as_deref().filter(|_| !command.explain);
    line("location", location, &mut text);
    if let Some(RequestLine { method, target, headers }) = &outcome.rewritten {
        line("request method", changed(method, &request.method).as_deref(), &mut text);
        line("request uri", changed(target, &request.target).as_deref(), &mut text);
        for (name, value) in headers.iter().filter(|_| *headers != request.headers) {
            let header = format!("{}: {}", outcome::text(name), outcome::text(value));
            line("request header", Some(&header), &mut text);
        }
    }
    match (&command.response, &outcome.answer) {
        (Some(response), Some(answer)) => {
            let sentence = if command.explain {
                entrance.explain_response(request, response).to_string()
            } else {
                answer.sentence.clone()
            };
            let _ = writeln!(text, "response {sentence}");
            let location = answer.location.as_deref().filter(|_| !command.explain);
            line("location", location, &mut text);
            if answer.action == "allow" {
                line(
                    "status",
                    answer.status.map(|status| status.to_string()).as_deref(),
                    &mut text,
                );
            }
            for (name, value) in &answer.headers {
                let header = format!("{}: {}", outcome::text(name), outcome::text(value));
                line("header", Some(&header), &mut text);
            }
        }
        (Some(_), None) => text.push_str("response not judged: the request gets to no server\n"),
        (None, _) => {}
    }
    for update in &outcome.updates {
        line("update", Some(&update.to_string()), &mut text);
    }
    text
}

/// What a part of the request became, if that is something else.
fn changed(part: &[u8], before: &[u8]) -> Option<String> {
    (part != before).then(|| outcome::text(part))
}

fn line(what: &str, value: Option<&str>, text: &mut String) {
    if let Some(value) = value {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{what}: {}", value.escape_debug());
    }
}
