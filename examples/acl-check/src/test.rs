//! `test`: whether cases are decided as they expect.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::mem;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::Status;
use crate::args::Test;
use crate::case::{Aspect, Case, Rules};
use crate::config::{self, Config, Files, Refused};
use crate::outcome::{Answer, Outcome};
use crate::ruleset::Entrance;

/// Where a request goes in the recorded cases when the configuration names no backend.
const DEFAULT_BACKEND: &str = "b0";

/// Runs every case, and returns what is to be printed.
pub(crate) fn run(command: &Test) -> (String, Status) {
    let mut report = Report::default();
    for path in &command.files {
        match config::read(path) {
            Ok(text) => {
                let mut bench = Bench { command, folder: folder(path), configs: BTreeMap::new() };
                bench.file(path, &text, &mut report);
            }
            Err(error) => {
                report.error(path, None, &error.to_string());
            }
        }
    }
    let fine = report.failed.is_empty() && report.errors.is_empty();
    if report.cases == 0 && fine {
        report.error(Path::new(""), None, "there is no case");
    }
    let status = if fine && report.cases > 0 { Status::Fine } else { Status::Finding };
    (if command.json { report.json() } else { report.text() }, status)
}

/// Rules, and what is told of HAProxy's build.
type Given = (Rules, BTreeMap<String, bool>);

/// The configurations of one file of cases, each compiled once.
struct Bench<'t> {
    command: &'t Test,
    folder: PathBuf,
    configs: BTreeMap<Given, Result<Config, Refused>>,
}

impl Bench<'_> {
    fn file(&mut self, path: &Path, text: &[u8], report: &mut Report) {
        for (number, line) in (1..).zip(text.split(|&byte| byte == b'\n')) {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let value = match serde_json::from_slice::<Value>(line) {
                Ok(value) => value,
                Err(error) => {
                    report.error(path, Some(number), &not_json(&error));
                    continue;
                }
            };
            match Case::new(&value, number) {
                Ok(case) if case.rules == Rules::Default && self.command.config.is_none() => {
                    let message = "config: missing: name a 'config_file', or one with --config";
                    report.error(path, Some(number), message);
                }
                Ok(case) => self.case(&case, report),
                Err(error) => report.error(path, Some(number), &error.to_string()),
            }
        }
    }

    fn case(&mut self, case: &Case, report: &mut Report) {
        report.begin();
        let command = self.command;
        let config = self
            .configs
            .entry((case.rules.clone(), case.predicates.clone()))
            .or_insert_with_key(|given| load(command, &self.folder, given));
        let config = match config {
            Ok(config) => config,
            Err(refused) => {
                let (expected, actual) = ("accepted".into(), "refused".into());
                report.fail(case, "config", &expected, &actual, refused.render());
                return;
            }
        };
        if let Err(error) = config.rules.check_values(&case.request) {
            let names: Value = case.request.values.iter().map(|(name, _)| name.as_str()).collect();
            report.refuse(case, "request.values", &names, &error);
            return;
        }
        let entrance = match config.rules.entrance(case.frontend.as_deref()) {
            Ok(entrance) => entrance,
            Err(error) => {
                let frontend = case.frontend.as_deref().into();
                report.refuse(case, "frontend", &frontend, &error);
                return;
            }
        };
        let response = case.response.as_ref();
        let outcome = Outcome::new(entrance, &config.text, &case.request, response);
        let mut passed = true;
        for (aspect, expected) in &case.expected {
            let actual = actual(aspect, entrance, case, &outcome);
            if let (Aspect::Acl(name), Value::Null) = (aspect, &actual) {
                passed = false;
                let known: Vec<&str> = entrance.acl_names().collect();
                let why = format!("no acl has this name; there are {}", known.join(", "));
                let why = if known.is_empty() { format!("no acl is called '{name}'") } else { why };
                report.refuse(case, &aspect.to_string(), expected, &why);
            } else if actual != *expected {
                passed = false;
                let why = match (aspect, response.filter(|_| outcome.answer.is_some())) {
                    (Aspect::Response(_), Some(response)) => {
                        entrance.explain_response(&case.request, response)
                    }
                    _ => entrance.explain(&case.request),
                };
                report.fail(case, &aspect.to_string(), expected, &actual, why.to_string());
            }
        }
        report.passed += usize::from(passed);
    }
}

fn load(command: &Test, folder: &Path, given: &Given) -> Result<Config, Refused> {
    let (rules, predicates) = given;
    let loader = command.loader.with_predicates(predicates);
    match rules {
        Rules::Inline { text, files } => {
            loader.compile("config", text.clone().into(), Files::Given(files))
        }
        Rules::File(path) => loader.read(&folder.join(path)),
        Rules::Default => loader.read(command.config.as_deref().unwrap_or(Path::new("-"))),
    }
}

/// What is wrong with a line that is no JSON; the parser knows of this line alone.
fn not_json(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = message.strip_suffix(&place).unwrap_or(&message);
    format!("not JSON: {what} at column {}", error.column())
}

/// The folder that a case's `config_file` is looked for in.
fn folder(path: &Path) -> PathBuf {
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}

fn actual(aspect: &Aspect, entrance: Entrance<'_>, case: &Case, outcome: &Outcome) -> Value {
    match aspect {
        Aspect::Action => outcome.action.into(),
        Aspect::Line => outcome.line.into(),
        Aspect::Status => outcome.status.into(),
        Aspect::Backend if outcome.action != "allow" => Value::Null,
        Aspect::Backend => outcome.backend.as_deref().unwrap_or(DEFAULT_BACKEND).into(),
        Aspect::Location => outcome.location.as_deref().into(),
        Aspect::Path => outcome.path.as_deref().unwrap_or_default().into(),
        Aspect::Query => outcome.query().into(),
        Aspect::Header(name, _) => outcome.header(name).into(),
        Aspect::Headers(name) => outcome.headers(name).into(),
        Aspect::Acl(name) => entrance.acl(name, &case.request).into(),
        Aspect::Response(aspect) => {
            outcome.answer.as_ref().map_or(Value::Null, |answer| actual_response(aspect, answer))
        }
    }
}

fn actual_response(aspect: &Aspect, answer: &Answer) -> Value {
    match aspect {
        Aspect::Action => answer.action.into(),
        Aspect::Line => answer.line.into(),
        Aspect::Status => answer.status.into(),
        Aspect::Location => answer.location.as_deref().into(),
        Aspect::Header(name, _) => answer.header(name).into(),
        Aspect::Headers(name) => answer.headers(name).into(),
        Aspect::Backend | Aspect::Path | Aspect::Query | Aspect::Acl(_) | Aspect::Response(_) => {
            Value::Null
        }
    }
}

/// What came of the cases so far.
#[derive(Default)]
struct Report {
    cases: usize,
    passed: usize,
    failed: Vec<Value>,
    errors: Vec<Value>,
    text: String,
    /// The explanation that goes below the last lines of `text`.
    why: String,
}

impl Report {
    /// Begins the next case.
    fn begin(&mut self) {
        self.explain();
        self.cases += 1;
    }

    /// Writes the explanation once for all that it explains.
    fn explain(&mut self) {
        for line in mem::take(&mut self.why).lines() {
            // Writing into a string cannot fail.
            let _ = writeln!(self.text, "    {line}");
        }
    }

    fn fail(&mut self, case: &Case, field: &str, expected: &Value, actual: &Value, why: String) {
        let id = &case.id;
        if self.why != why {
            self.explain();
        }
        let _ = writeln!(self.text, "case {id}: {field}: expected {expected}, got {actual}");
        self.failed.push(failure(case, field, expected, actual, &why));
        self.why = why;
    }

    /// Tells of a case that cannot be decided.
    fn refuse(&mut self, case: &Case, field: &str, given: &Value, why: &str) {
        let _ = writeln!(self.text, "case {}: {field}: {why}", case.id);
        self.failed.push(failure(case, field, given, &Value::Null, why));
    }

    /// Tells of a case that is none.
    fn error(&mut self, path: &Path, line: Option<usize>, message: &str) {
        match line {
            Some(line) => eprintln!("acl-check: {}:{line}: {message}", path.display()),
            None if path.as_os_str().is_empty() => eprintln!("acl-check: {message}"),
            None => eprintln!("acl-check: {}: {message}", path.display()),
        }
        let file = path.display().to_string();
        self.errors.push(json!({ "file": file, "line": line, "message": message }));
    }

    fn json(self) -> String {
        let mut value =
            json!({ "cases": self.cases, "passed": self.passed, "failed": self.failed });
        if !self.errors.is_empty() {
            value["errors"] = self.errors.into();
        }
        format!("{value}\n")
    }

    fn text(mut self) -> String {
        self.explain();
        format!("{}{} of {} cases pass\n", self.text, self.passed, self.cases)
    }
}

fn failure(case: &Case, field: &str, expected: &Value, actual: &Value, why: &str) -> Value {
    json!({
        "id": case.id,
        "field": field,
        "expected": expected,
        "actual": actual,
        "explain": why,
    })
}
