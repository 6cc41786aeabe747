//! Writes, reads, checks and repairs the timestamps of logs.
//!
//! [`options`] is what the command line says, [`tool`] what one layout can do with one line;
//! [`run`] reads the lines and carries them from one to the other.

mod options;
mod report;
mod run;
mod tool;

use std::io::{self, Write};
use std::process::ExitCode;

use crate::options::{Call, Options};

fn main() -> ExitCode {
    let options = match Call::parse(lexopt::Parser::from_env()) {
        Ok(Call::Run(options)) => options,
        Ok(Call::Help) => return print(&options::help()),
        Ok(Call::Version) => return print(concat!("stamps ", env!("CARGO_PKG_VERSION"), "\n")),
        Err(error) => {
            eprintln!("stamps: {error}\nTry 'stamps --help'.");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Whoever reads the output has seen enough, and needs no message.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("stamps: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> io::Result<bool> {
    let input = options.open()?;
    let output = io::BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    run::run(options, input, output, &mut io::stderr().lock())
}

fn print(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
