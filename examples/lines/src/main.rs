//! Counts and measures lines like `wc`, in bounded memory: also the longest line, a last one without
//! its ending, CRLF among LF, and what is not UTF-8; of plain and of gzip files.

mod args;
mod count;
mod follow;
mod input;
mod progress;
mod report;
mod utf8;

use std::io::{ErrorKind, Write, stdout};
use std::process::ExitCode;
use std::time::Instant;

use linereader::OnLong;

use crate::args::{Command, Options};

const FINDING: u8 = 1;
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let command = match args::parse(std::env::args_os()) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("lines: {error}\nTry 'lines --help'.");
            return ExitCode::from(USAGE);
        }
    };
    match command {
        Command::Help => print(args::HELP, ExitCode::SUCCESS),
        Command::Version => {
            print(&format!("lines {}\n", env!("CARGO_PKG_VERSION")), ExitCode::SUCCESS)
        }
        Command::Count(options) => count(&options),
        Command::Follow(path, options) => match follow::follow(&path, &options) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                eprintln!("lines: {}: {error}", path.display());
                ExitCode::from(FINDING)
            }
            _ => ExitCode::SUCCESS,
        },
    }
}

fn count(options: &Options) -> ExitCode {
    let mut status = ExitCode::SUCCESS;
    let mut values = Vec::new();
    let mut text = String::new();

    for path in &options.files {
        let start = Instant::now();
        let counted = input::count(path, options);
        let time = start.elapsed();

        if let Some(error) = report::failure(&counted) {
            eprintln!("lines: {}: {error}", path.display());
            status = ExitCode::from(FINDING);
        }
        if let (OnLong::Error, Some(long)) = (options.on_long, counted.first_long) {
            let all = match counted.count.overlong {
                0 | 1 => String::new(),
                all => format!(", the first of {all} such lines"),
            };
            eprintln!(
                "lines: {}: line {} at byte {} is longer than {} bytes{all}",
                path.display(),
                long.number,
                long.offset,
                options.max_line,
            );
            status = ExitCode::from(FINDING);
        }
        if options.json {
            values.push(report::json(path, &counted, time));
        } else if !matches!(counted.failure, Some((_, None))) {
            text.push_str(&report::text(path, &counted));
            text.push('\n');
        }
    }

    if options.json {
        let value = match <[_; 1]>::try_from(values) {
            Ok([value]) => value,
            Err(values) => values.into(),
        };
        text = format!("{value}\n");
    }
    print(&text, status)
}

/// Writes the result; whoever closes the pipe has seen enough.
fn print(text: &str, status: ExitCode) -> ExitCode {
    match stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("lines: cannot write the result: {error}");
            ExitCode::from(FINDING)
        }
        _ => status,
    }
}
