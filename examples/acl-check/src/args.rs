//! The command line.

use std::ffi::OsString;
use std::mem;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value};
use lexopt::{Parser, ValueExt};
use proxy_acl::Unsupported;

use crate::config::Loader;
use crate::request::{self, Header, OwnedRequest, Tls};
use crate::response::OwnedResponse;
use crate::value::{self, OwnedValue};

pub(crate) const HELP: &str = "\
Asks HAProxy's access rules about a request, runs test cases against them, and says what is wrong
with them.

Usage: acl-check eval FILE --src IP --path P [--method M] [--header 'NAME: VALUE']... [OPTION...]
       acl-check test CASES.jsonl... [OPTION...]
       acl-check lint FILE... [OPTION...]

If a file is -, or none is named, standard input is read.

A FILE holds acl lines and rules alone, or is a whole haproxy.cfg.

eval: what the rules of FILE decide about one request
  --src IP[:PORT]          the client's address
  --path TARGET            the request target, for example /admin?x=1
  --method METHOD          (default GET)
  --header 'NAME: VALUE'   a header line; repeat it for more, in order
  --http VERSION           the protocol version: 1.0, 1.1 or 2 (default 1.1)
  --dst IP[:PORT]          the address the client connected to
  --tls, --sni NAME, --alpn NAME
                           the connection is encrypted, and for which name and protocol
  --value 'NAME=VALUE'     what only a proxy knows, by the name in FILE: --value 'nbsrv(web)=2',
                           --value 'http_auth(staff)=true'; of a converter what it gives;
                           repeat it for more
  --response STATUS        what the server answers, for rules on the response too
  --response-header 'NAME: VALUE'
                           a header line of the response; repeat it for more, in order
  --frontend NAME          the section that takes the request, if FILE has more than one
  --explain                say which rules were asked, which acls matched, and on what

test: whether cases are decided as they expect; one is a line, folded here (README.md has all keys):
  {\"config_file\": \"site.acl\", \"request\": {\"uri\": \"/admin\", \"src\": \"192.0.2.7\"},
   \"expected\": {\"decision\": \"deny\"}}
  --config FILE            the configuration of cases that name none

lint: errors and warnings, with their places
  --bypass                 note spellings that are allowed of paths that are denied, such as
                           //admin and /%61dmin

All commands:
  --json                   print one JSON value
  --env NAME=VALUE         a variable for \"$NAME\" in configurations, beside the environment's
  --predicate 'NAME=true'  what holds of HAProxy's build, as in .if lines: 'feature(QUIC)=true'
  --leave-out              leave out, with a warning, what bears on access but cannot be evaluated,
                           such as Lua: decisions are then not HAProxy's
  -C DIR                   where relative names of pattern and map files begin (default: here,
                           unless the configuration says otherwise with default-path)
  -h, --help               print this
  -V, --version            print the version

Exit status: 0 if all is fine, whatever eval decides and lint notes; 1 for a configuration that is
refused, a finding of lint, a case that fails, or a file that cannot be read; 2 for wrong usage.
";

#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Version,
    Eval(Box<Eval>),
    Test(Test),
    Lint(Lint),
}

#[derive(Debug)]
pub(crate) struct Eval {
    pub(crate) file: PathBuf,
    pub(crate) request: OwnedRequest,
    pub(crate) response: Option<OwnedResponse>,
    pub(crate) frontend: Option<String>,
    pub(crate) explain: bool,
    pub(crate) json: bool,
    pub(crate) loader: Loader,
}

#[derive(Debug)]
pub(crate) struct Test {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) config: Option<PathBuf>,
    pub(crate) json: bool,
    pub(crate) loader: Loader,
}

#[derive(Debug)]
pub(crate) struct Lint {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) bypass: bool,
    pub(crate) json: bool,
    pub(crate) loader: Loader,
}

/// Reads the command line.
///
/// # Errors
///
/// A message that says what is wrong with it.
pub(crate) fn parse(mut parser: Parser) -> Result<Command, lexopt::Error> {
    let command = match parser.next()? {
        Some(Short('h') | Long("help")) => return Ok(Command::Help),
        Some(Short('V') | Long("version")) => return Ok(Command::Version),
        Some(Value(name)) => name.string()?,
        Some(arg @ (Short(_) | Long(_))) => return Err(arg.unexpected()),
        None => return Err("a command is missing: eval, test or lint".into()),
    };
    match command.as_str() {
        "eval" => eval(parser),
        "test" => test(parser),
        "lint" => lint(parser),
        _ => Err(format!("no command is called '{command}': choose eval, test or lint").into()),
    }
}

/// What all commands have in common.
#[derive(Default)]
struct Common {
    files: Vec<PathBuf>,
    json: bool,
    help: bool,
    variables: Vec<(Vec<u8>, Vec<u8>)>,
    predicates: Vec<(Vec<u8>, bool)>,
    unsupported: Unsupported,
    directory: Option<PathBuf>,
}

impl Common {
    /// Takes an argument that no command treats specially.
    fn take(&mut self, parser: &mut Parser, arg: Arg) -> Result<(), lexopt::Error> {
        match arg {
            Arg::File(file) => self.files.push(file.into()),
            Arg::Short('h') => self.help = true,
            Arg::Short('C') => self.directory = Some(parser.value()?.into()),
            Arg::Long(name) => match name.as_str() {
                "help" => self.help = true,
                "json" => self.json = true,
                "env" => self.variables.push(variable(parser.value()?)?),
                "leave-out" => self.unsupported = Unsupported::LeaveOut,
                "predicate" => self.predicates.push(predicate(parser.value()?)?),
                _ => return Err(lexopt::Error::UnexpectedOption(format!("--{name}"))),
            },
            Arg::Short(letter) => {
                return Err(lexopt::Error::UnexpectedOption(format!("-{letter}")));
            }
        }
        Ok(())
    }

    fn files(&mut self) -> Vec<PathBuf> {
        if self.files.is_empty() {
            self.files.push("-".into());
        }
        mem::take(&mut self.files)
    }

    fn loader(self) -> Loader {
        Loader::new(self.variables, self.predicates, self.unsupported, self.directory)
    }
}

/// An argument that does not borrow from the parser.
enum Arg {
    Short(char),
    Long(String),
    File(OsString),
}

fn next(parser: &mut Parser) -> Result<Option<Arg>, lexopt::Error> {
    Ok(parser.next()?.map(|arg| match arg {
        Short(letter) => Arg::Short(letter),
        Long(name) => Arg::Long(name.to_string()),
        Value(file) => Arg::File(file),
    }))
}

fn eval(mut parser: Parser) -> Result<Command, lexopt::Error> {
    let mut common = Common::default();
    let mut source = None;
    let mut path = None;
    let mut request = OwnedRequest::default();
    let mut status = None;
    let mut response_headers = Vec::new();
    let mut frontend = None;
    let mut explain = false;
    while let Some(arg) = next(&mut parser)? {
        let Arg::Long(name) = &arg else {
            common.take(&mut parser, arg)?;
            continue;
        };
        match name.as_str() {
            "src" => source = Some(parser.value()?.parse_with(address)?),
            "dst" => request.destination = Some(parser.value()?.parse_with(address)?),
            "path" => path = Some(parser.value()?.into_vec()),
            "method" => request.method = parser.value()?.into_vec(),
            "http" => request.version = parser.value()?.parse_with(version)?,
            "header" => request.headers.push(header(parser.value()?)?),
            "value" => request.values.push(value(parser.value()?)?),
            "response" => status = Some(parser.value()?.parse_with(self::status)?),
            "response-header" => response_headers.push(header(parser.value()?)?),
            "tls" => drop(request.tls.get_or_insert_with(Tls::default)),
            "sni" => request.tls.get_or_insert_default().name = Some(parser.value()?.into_vec()),
            "alpn" => {
                request.tls.get_or_insert_default().protocol = Some(parser.value()?.into_vec());
            }
            "frontend" => frontend = Some(parser.value()?.string()?),
            "explain" => explain = true,
            _ => common.take(&mut parser, arg)?,
        }
    }
    if common.help {
        return Ok(Command::Help);
    }
    request.source = source.ok_or("--src is missing: the client's address")?;
    request.target = path.ok_or("--path is missing: the request target")?;
    if !request::is_method(&request.method) {
        return Err("--method is a word such as GET, without blanks; HAProxy refuses others".into());
    }
    if !request::is_target(&request.method, &request.target) {
        return Err("--path begins with '/', is 'http://...' or '*', and has no blanks; HAProxy \
                    refuses others"
            .into());
    }
    let response =
        status.map(|status| OwnedResponse { status, headers: mem::take(&mut response_headers) });
    if response.is_none() && !response_headers.is_empty() {
        return Err("--response is missing: the status of the response with these headers".into());
    }
    let mut files = common.files();
    let Some(file) = files.pop().filter(|_| files.is_empty()) else {
        return Err("eval takes one FILE".into());
    };
    let json = common.json;
    let loader = common.loader();
    Ok(Command::Eval(Box::new(Eval { file, request, response, frontend, explain, json, loader })))
}

fn test(mut parser: Parser) -> Result<Command, lexopt::Error> {
    let mut common = Common::default();
    let mut config = None;
    while let Some(arg) = next(&mut parser)? {
        match &arg {
            Arg::Long(name) if name == "config" => config = Some(parser.value()?.into()),
            Arg::Long(_) | Arg::Short(_) | Arg::File(_) => common.take(&mut parser, arg)?,
        }
    }
    if common.help {
        return Ok(Command::Help);
    }
    let files = common.files();
    Ok(Command::Test(Test { files, config, json: common.json, loader: common.loader() }))
}

fn lint(mut parser: Parser) -> Result<Command, lexopt::Error> {
    let mut common = Common::default();
    let mut bypass = false;
    while let Some(arg) = next(&mut parser)? {
        match &arg {
            Arg::Long(name) if name == "bypass" => bypass = true,
            Arg::Long(_) | Arg::Short(_) | Arg::File(_) => common.take(&mut parser, arg)?,
        }
    }
    if common.help {
        return Ok(Command::Help);
    }
    let files = common.files();
    Ok(Command::Lint(Lint { files, bypass, json: common.json, loader: common.loader() }))
}

/// Reads an address with or without its port, which otherwise is 0.
fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let without_port = || text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 0));
    text.parse()
        .or_else(|_| without_port())
        .map_err(|_| "expected an address such as 192.0.2.7, 192.0.2.7:5000 or [2001:db8::7]:5000")
}

fn version(text: &str) -> Result<Vec<u8>, String> {
    request::version(text).ok_or_else(|| format!("expected {}", request::VERSIONS))
}

/// Reads a status line's status.
fn status(text: &str) -> Result<u16, &'static str> {
    let status = text.parse().ok().filter(|status| (100..=999).contains(status));
    status.ok_or("expected a status from 100 to 999")
}

fn header(line: OsString) -> Result<Header, &'static str> {
    let (name, value) = pair(line, b':').ok_or("a header is 'Name: value'")?;
    Ok((name, value.trim_ascii().to_vec()))
}

fn variable(text: OsString) -> Result<(Vec<u8>, Vec<u8>), &'static str> {
    pair(text, b'=').ok_or("--env takes NAME=VALUE")
}

fn predicate(text: OsString) -> Result<(Vec<u8>, bool), &'static str> {
    const WRONG: &str = "--predicate takes NAME=true or NAME=false";
    let (name, holds) = pair(text, b'=').ok_or(WRONG)?;
    match holds.as_slice() {
        b"true" => Ok((name, true)),
        b"false" => Ok((name, false)),
        _ => Err(WRONG),
    }
}

fn value(text: OsString) -> Result<(String, OwnedValue), &'static str> {
    let (name, value) = pair(text, b'=').ok_or("--value takes NAME=VALUE")?;
    Ok((value::asked_name(&String::from_utf8_lossy(&name)), OwnedValue::parse(&value)?))
}

/// Splits a text at the first separator, before which there must be something.
fn pair(text: OsString, separator: u8) -> Option<(Vec<u8>, Vec<u8>)> {
    let text = text.into_vec();
    let mut parts = text.splitn(2, |&byte| byte == separator);
    let (name, value) = (parts.next()?, parts.next()?);
    (!name.is_empty()).then(|| (name.to_vec(), value.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_have_a_port() {
        for (text, expected) in [
            ("192.0.2.7", "192.0.2.7:0"),
            ("192.0.2.7:80", "192.0.2.7:80"),
            ("2001:db8::7", "[2001:db8::7]:0"),
            ("[2001:db8::7]:80", "[2001:db8::7]:80"),
        ] {
            assert_eq!(address(text), Ok(expected.parse().expect(expected)));
        }
        for wrong in ["", "192.0.2", "host", "192.0.2.7:x"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_header_is_split_at_its_first_colon() {
        let host = (b"Host".to_vec(), b"a:80".to_vec());

        assert_eq!(header("Host: a:80".into()), Ok(host));
        assert!(header("Host".into()).is_err());
        assert!(header(": a".into()).is_err());
    }
}
