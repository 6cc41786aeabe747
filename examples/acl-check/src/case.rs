//! Test cases: a configuration, a request, and what is expected.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use serde_json::Value;

use crate::field::{Field, FieldError};
use crate::outcome::ACTIONS;
use crate::request::{self, Header, OwnedRequest, Tls};
use crate::response::OwnedResponse;
use crate::value::{self, OwnedValue};

/// One line of a file of test cases. Keys beside those it needs are the author's own, for remarks.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) id: Value,
    pub(crate) rules: Rules,
    /// What holds of HAProxy's build, in `.if` lines, before what the command line tells.
    pub(crate) predicates: BTreeMap<String, bool>,
    /// The section that takes the request, if there is more than one.
    pub(crate) frontend: Option<String>,
    pub(crate) request: OwnedRequest,
    /// What the server answers.
    pub(crate) response: Option<OwnedResponse>,
    /// At least one, in the order in which they are compared.
    pub(crate) expected: Vec<(Aspect, Value)>,
}

/// The rules that a case is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rules {
    /// A text with its pattern files by name.
    Inline { text: String, files: BTreeMap<String, String> },
    /// A file, relative to the one with the cases.
    File(PathBuf),
    /// The file of the command line.
    Default,
}

/// What can be expected of an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Aspect {
    Action,
    Line,
    Status,
    Backend,
    Location,
    Path,
    Query,
    /// The last request header of this name; `true` under its old name `x_out`.
    Header(String, bool),
    /// All request headers of this name.
    Headers(String),
    Acl(String),
    /// Of what becomes of the response.
    Response(Box<Aspect>),
}

impl std::fmt::Display for Aspect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Action => f.write_str("decision.action"),
            Self::Line => f.write_str("decision.line"),
            Self::Status => f.write_str("decision.status"),
            Self::Backend => f.write_str("decision.backend"),
            Self::Location => f.write_str("decision.location"),
            Self::Path => f.write_str("path"),
            Self::Query => f.write_str("query"),
            Self::Header(_, true) => f.write_str("x_out"),
            Self::Header(name, false) | Self::Headers(name) => write!(f, "headers.{name}"),
            Self::Acl(name) => write!(f, "acls.{name}"),
            Self::Response(aspect) => write!(f, "response.{aspect}"),
        }
    }
}

impl Case {
    /// Reads a case; without an `id` it is called by its line.
    ///
    /// # Errors
    ///
    /// [`FieldError`] for the first key that is missing or unknown, or has a wrong value.
    pub(crate) fn new(value: &Value, line: usize) -> Result<Self, FieldError> {
        let case = Field::document(value);
        let request = request(&case.require("request", "an object with src and uri")?)?;
        let response = case.get("response").map(|field| response(&field)).transpose()?;
        let wanted = case.require("expected", "an object with decision or acls")?;
        if let (Some(field), None) = (wanted.get("response"), &response) {
            return Err(field.error("the case has no 'response' that could be judged"));
        }
        Ok(Self {
            id: value.get("id").cloned().unwrap_or_else(|| line.into()),
            rules: rules(&case)?,
            predicates: case.get("predicates").map_or(Ok(BTreeMap::new()), |all| truths(&all))?,
            frontend: case.get("frontend").map(|name| name.text().map(Into::into)).transpose()?,
            request,
            response,
            expected: expected(&wanted)?,
        })
    }
}

fn rules(case: &Field<'_>) -> Result<Rules, FieldError> {
    let mut files = BTreeMap::new();
    if let Some(given) = case.get("files") {
        for (name, content) in given.entries()? {
            files.insert(name.to_string(), content.text()?.to_string());
        }
    }
    match (case.get("config"), case.get("config_file"), case.get("files")) {
        (Some(_), Some(file), _) => Err(file.error("the case has its rules in 'config' already")),
        (Some(text), None, _) => Ok(Rules::Inline { text: text.text()?.to_string(), files }),
        (None, _, Some(files)) => {
            Err(files.error("these belong to 'config'; a file's own are read from the disk"))
        }
        (None, Some(file), None) => Ok(Rules::File(file.text()?.into())),
        (None, None, None) => Ok(Rules::Default),
    }
}

fn truths(field: &Field<'_>) -> Result<BTreeMap<String, bool>, FieldError> {
    let truth = |(name, field): (&str, Field<'_>)| Ok((name.to_string(), field.truth()?));
    field.entries()?.into_iter().map(truth).collect()
}

const REQUEST_KEYS: [&str; 13] = [
    "method", "uri", "version", "headers", "src", "sport", "dst", "dport", "body", "tls", "sni",
    "alpn", "values",
];

fn request(field: &Field<'_>) -> Result<OwnedRequest, FieldError> {
    field.only(&REQUEST_KEYS)?;
    let bytes = |key: &str, default: &[u8]| match field.get(key) {
        Some(field) => field.text().map(|text| text.as_bytes().to_vec()),
        None => Ok(default.to_vec()),
    };
    let address = |ip: &Field<'_>, port: &str| {
        let ip: IpAddr = ip.parsed("an IP address")?;
        let port = match field.get(port) {
            Some(port) => port.number("a port")?,
            None => 0,
        };
        Ok(SocketAddr::new(ip, port))
    };
    let headers = field.get("headers").map_or(Ok(Vec::new()), |field| headers(&field))?;
    let destination = field.get("dst").map(|ip| address(&ip, "dport")).transpose()?;
    let encrypted = field.get("tls").map_or(Ok(false), |tls| tls.truth())?;
    let tls = Tls {
        name: field.get("sni").map(|name| name.text().map(Into::into)).transpose()?,
        protocol: field.get("alpn").map(|name| name.text().map(Into::into)).transpose()?,
    };
    let method = bytes("method", b"GET")?;
    if let Some(field) = field.get("method").filter(|_| !request::is_method(&method)) {
        return Err(field.expected("a method without blanks"));
    }
    let version = match field.get("version") {
        None => b"HTTP/1.1".to_vec(),
        Some(field) => {
            request::version(field.text()?).ok_or_else(|| field.expected(request::VERSIONS))?
        }
    };
    let uri = field.require("uri", "the request target")?;
    let target = uri.text()?.as_bytes().to_vec();
    if !request::is_target(&method, &target) {
        return Err(uri.expected("what begins with '/', is 'http://...' or '*', and has no blanks"));
    }
    Ok(OwnedRequest {
        method,
        target,
        version,
        headers,
        source: address(&field.require("src", "the client's address")?, "sport")?,
        destination,
        tls: encrypted.then_some(tls),
        values: field.get("values").map_or(Ok(Vec::new()), |field| values(&field))?,
    })
}

fn values(field: &Field<'_>) -> Result<Vec<(String, OwnedValue)>, FieldError> {
    let value = |(name, field): (&str, Field<'_>)| {
        let value = match (field.value, field.value.as_i64()) {
            (Value::Bool(truth), _) => OwnedValue::Bool(*truth),
            (_, Some(number)) => OwnedValue::Integer(number),
            (Value::String(text), _) => {
                OwnedValue::parse(text.as_bytes()).map_err(|message| field.error(message))?
            }
            _ => return Err(field.expected("true, false, a whole number or a string")),
        };
        Ok((value::asked_name(name), value))
    };
    field.entries()?.into_iter().map(value).collect()
}

fn response(field: &Field<'_>) -> Result<OwnedResponse, FieldError> {
    field.only(&["status", "headers"])?;
    let status = field.require("status", "the status of the response")?;
    Ok(OwnedResponse {
        status: status.number("a status from 100 to 999").and_then(|number| match number {
            100..=999 => Ok(number),
            _ => Err(status.expected("a status from 100 to 999")),
        })?,
        headers: field.get("headers").map_or(Ok(Vec::new()), |field| headers(&field))?,
    })
}

/// Reads `[["Name", "value"], ...]` or `{"Name": "value", ...}`.
fn headers(field: &Field<'_>) -> Result<Vec<Header>, FieldError> {
    let Some(lines) = field.elements() else {
        let line = |(name, value): (&str, Field<'_>)| Ok((name.into(), value.text()?.into()));
        return field.entries()?.into_iter().map(line).collect();
    };
    let line = |line: &Field<'_>| match line.elements().as_deref() {
        Some([name, value]) => Ok((name.text()?.into(), value.text()?.into())),
        _ => Err(line.error("expected [\"Name\", \"value\"]")),
    };
    lines.iter().map(line).collect()
}

fn expected(field: &Field<'_>) -> Result<Vec<(Aspect, Value)>, FieldError> {
    field.only(&["decision", "acls", "path", "query", "headers", "x_out", "response"])?;
    let mut all = Vec::new();
    if let Some(wanted) = field.get("decision") {
        decision(&wanted, &mut all)?;
    }
    if let Some(wanted) = field.get("response") {
        all.extend(expected_response(&wanted)?);
    }
    if let Some(path) = field.get("path") {
        all.push((Aspect::Path, path.text()?.into()));
    }
    if let Some(query) = field.get("query") {
        all.push((Aspect::Query, query.text()?.into()));
    }
    if let Some(header) = field.get("x_out") {
        all.push((Aspect::Header("x-out".to_string(), true), header.text()?.into()));
    }
    expected_headers(field, &mut all)?;
    for (name, truth) in field.get("acls").map_or(Ok(Vec::new()), |all| all.entries())? {
        all.push((Aspect::Acl(name.to_string()), truth.truth()?.into()));
    }
    if all.is_empty() {
        return Err(field.error(
            "nothing is expected, so nothing would be tested; null counts for the line alone",
        ));
    }
    Ok(all)
}

fn expected_response(field: &Field<'_>) -> Result<Vec<(Aspect, Value)>, FieldError> {
    field.only(&["decision", "headers"])?;
    let mut all = Vec::new();
    if let Some(wanted) = field.get("decision") {
        decision(&wanted, &mut all)?;
    }
    expected_headers(field, &mut all)?;
    Ok(all.into_iter().map(|(aspect, value)| (Aspect::Response(aspect.into()), value)).collect())
}

/// Reads `{"Name": "value of the last"}` or `{"Name": ["value", ...]}`.
fn expected_headers(field: &Field<'_>, all: &mut Vec<(Aspect, Value)>) -> Result<(), FieldError> {
    for (name, field) in field.get("headers").map_or(Ok(Vec::new()), |all| all.entries())? {
        let name = name.to_string();
        all.push(match field.elements() {
            None => (Aspect::Header(name, false), field.text()?.into()),
            Some(values) => {
                for value in &values {
                    value.text()?;
                }
                (Aspect::Headers(name), field.value.clone())
            }
        });
    }
    Ok(())
}

/// Reads `"deny"` or an object; null as a line means that no rule decided.
fn decision(field: &Field<'_>, all: &mut Vec<(Aspect, Value)>) -> Result<(), FieldError> {
    let action = |field: &Field<'_>| match field.text()? {
        name if ACTIONS.contains(&name) => Ok((Aspect::Action, name.into())),
        _ => Err(field.error(format!("no such action; there are {}", ACTIONS.join(", ")))),
    };
    if field.value.is_string() {
        all.push(action(field)?);
        return Ok(());
    }
    field.only(&["action", "line", "status", "backend", "location"])?;
    if let Some(field) = field.get("action") {
        all.push(action(&field)?);
    }
    match field.value.get("line") {
        Some(Value::Null) => all.push((Aspect::Line, Value::Null)),
        _ => {
            if let Some(line) = field.get("line") {
                all.push((Aspect::Line, line.number::<u32>("a line, or null")?.into()));
            }
        }
    }
    if let Some(status) = field.get("status") {
        all.push((Aspect::Status, status.number::<u16>("a status")?.into()));
    }
    for (key, aspect) in [("backend", Aspect::Backend), ("location", Aspect::Location)] {
        if let Some(field) = field.get(key) {
            all.push((aspect, field.text()?.into()));
        }
    }
    Ok(())
}
