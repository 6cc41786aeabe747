//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};

use crate::failure::Failure;

/// What `--help` prints.
pub const HELP: &str = "\
Three nodes on 127.0.0.1, tunnels between them, and HTTP through the tunnels: a policy decides,
a log is written and read back, and a report says what happened. Then a mesh of five, of which the
first two leave, and a sixth that joins through one of the rest.

Usage: tour [--json] [--acl FILE] [--requests N] [--log FILE]

  --json          print the report as one JSON value
  --acl FILE      decide by this policy (acl and http-request lines as in HAProxy; - is stdin)
                  instead of the built-in one
  --requests N    send so many requests, 1 to 100000 (default 2000)
  --log FILE      keep the log in FILE, the stamps in FILE.requests and FILE.seconds;
                  none of the three may exist
  --help          print this
  --version       print the version

It needs no privileges and no network, and ends by itself. Exit status: 0 fine, 1 something went
wrong on the way, 2 the arguments, the policy or the log file cannot be used.
";

/// What the caller wants.
#[derive(Debug, PartialEq, Eq)]
pub enum Wish {
    /// A tour.
    Tour(Options),
    /// The help text.
    Help,
    /// The version.
    Version,
}

/// What a tour is to be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Print JSON in place of text.
    pub json: bool,
    /// The policy's file; the built-in policy without one.
    pub acl: Option<PathBuf>,
    /// How many requests are sent.
    pub requests: u32,
    /// Where to keep the log; a temporary directory without it.
    pub log: Option<PathBuf>,
}

impl Wish {
    /// Reads the arguments behind the program's name.
    ///
    /// # Errors
    ///
    /// [`Failure::Usage`] with the first argument that is wrong.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Wish, Failure> {
        let mut options = Options { json: false, acl: None, requests: DEFAULT_REQUESTS, log: None };
        let mut parser = Parser::from_args(arguments);
        while let Some(argument) = parser.next().map_err(usage)? {
            match argument {
                Arg::Long("json") => options.json = true,
                Arg::Long("acl") => options.acl = Some(parser.value().map_err(usage)?.into()),
                Arg::Long("log") => options.log = Some(log(parser.value().map_err(usage)?)?),
                Arg::Long("requests") => {
                    let value = parser.value().and_then(ValueExt::string).map_err(usage)?;
                    options.requests = requests(&value)?;
                }
                Arg::Short('h') | Arg::Long("help") => return Ok(Wish::Help),
                Arg::Short('V') | Arg::Long("version") => return Ok(Wish::Version),
                Arg::Short(_) | Arg::Long(_) | Arg::Value(_) => {
                    return Err(usage(argument.unexpected()));
                }
            }
        }
        Ok(Wish::Tour(options))
    }
}

fn log(value: OsString) -> Result<PathBuf, Failure> {
    if value == "-" || value.is_empty() {
        return Err(usage("--log must be a file: standard output is for the report"));
    }
    Ok(value.into())
}

fn requests(value: &str) -> Result<u32, Failure> {
    match value.parse() {
        Ok(requests) if !value.starts_with('+') && (1..=MOST_REQUESTS).contains(&requests) => {
            Ok(requests)
        }
        _ => Err(usage(format!(
            "--requests must be a whole number from 1 to {MOST_REQUESTS}, not '{value}'"
        ))),
    }
}

fn usage(what: impl std::fmt::Display) -> Failure {
    Failure::Usage(format!("{what}; see tour --help"))
}

const DEFAULT_REQUESTS: u32 = 2000;
const MOST_REQUESTS: u32 = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Wish, String> {
        Wish::parse(arguments.iter().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn arguments_are_taken_in_any_order() {
        let wish = parse(&["--requests=7", "--acl", "site.acl", "--json", "--log", "tour.log"]);

        let options = Options {
            json: true,
            acl: Some("site.acl".into()),
            requests: 7,
            log: Some("tour.log".into()),
        };
        assert_eq!(wish, Ok(Wish::Tour(options)));
    }

    #[test]
    fn wrong_arguments_are_named() {
        let cases = [
            (&["--frobnicate"][..], "--frobnicate"),
            (&["--requests", "0"], "'0'"),
            (&["--requests", "100001"], "'100001'"),
            (&["--requests", "many"], "'many'"),
            (&["--requests"], "--requests"),
            (&["--acl"], "--acl"),
            (&["--log", "-"], "--log"),
            (&["site.acl"], "site.acl"),
            (&["--json=yes"], "--json"),
        ];

        for (arguments, named) in cases {
            let error = parse(arguments).unwrap_err();
            assert!(error.contains(named), "{arguments:?}: {error}");
            assert!(!error.contains('\n'), "{arguments:?}: {error}");
        }
    }
}
