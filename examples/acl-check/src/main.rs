//! Asks HAProxy's access rules about a request, runs test cases against them, and says what is wrong
//! with them.
//!
//! [`args`] is what the command line says; [`config`] reads a configuration and the files it names;
//! [`ruleset`] is what came of it, and [`request`] and [`response`] what it is asked about. Each command
//! stands in a module of its own.

mod args;
mod bypass;
mod case;
mod config;
mod eval;
mod explain;
mod field;
mod lint;
mod outcome;
mod request;
mod response;
mod ruleset;
mod test;
mod value;
mod witness;

use std::io::{self, Write};
use std::process::ExitCode;

use crate::args::Command;

/// What a command found, beside what it printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Fine,
    Finding,
}

fn main() -> ExitCode {
    let command = match args::parse(lexopt::Parser::from_env()) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("acl-check: {error}\nTry 'acl-check --help'.");
            return ExitCode::from(2);
        }
    };
    let (text, status) = match command {
        Command::Help => (args::HELP.to_string(), Status::Fine),
        Command::Version => {
            (concat!("acl-check ", env!("CARGO_PKG_VERSION"), "\n").to_string(), Status::Fine)
        }
        Command::Eval(command) => eval::run(&command),
        Command::Test(command) => test::run(&command),
        Command::Lint(command) => lint::run(&command),
    };
    match (io::stdout().write_all(text.as_bytes()), status) {
        (Ok(()), Status::Fine) => ExitCode::SUCCESS,
        (Ok(()), Status::Finding) => ExitCode::FAILURE,
        (Err(error), _) => {
            // Whoever closes the pipe has seen enough, and needs no message.
            if error.kind() != io::ErrorKind::BrokenPipe {
                eprintln!("acl-check: cannot write the result: {error}");
            }
            ExitCode::FAILURE
        }
    }
}
