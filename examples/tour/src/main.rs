//! One run that shows all four crates of Sysop at work over loopback.
//!
//! Three nodes with tunnels of `vpn-core` carry HTTP between them. The site asks `proxy-acl` about
//! each request and logs it by `log-format`; `linereader` reads the log back for the report. Then six
//! members of a [`mesh`] meet, and the first two of them leave. The [`story`] is the place to begin reading, then the loop of a [`node`].

#![expect(unreachable_pub, reason = "a binary has no outside")]

mod args;
mod clock;
mod failure;
mod log;
mod mesh;
mod node;
mod overlay;
mod policy;
mod probe;
mod random;
mod report;
mod story;
mod watch;
mod web;
#[cfg(test)]
mod wire;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use crate::args::{HELP, Options, Wish};
use crate::failure::Failure;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // When nobody reads standard error there is nobody to tell.
            let _ = writeln!(io::stderr(), "tour: {failure}");
            ExitCode::from(failure.exit_status())
        }
    }
}

fn run() -> Result<(), Failure> {
    let text = match Wish::parse(std::env::args_os().skip(1))? {
        Wish::Help => HELP.to_owned(),
        Wish::Version => format!("tour {}\n", env!("CARGO_PKG_VERSION")),
        Wish::Tour(options) => tour(&options)?,
    };
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // The reader has seen what it wanted.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => {
            written.map_err(|source| Failure::System { action: "write to standard output", source })
        }
    }
}

fn tour(options: &Options) -> Result<String, Failure> {
    let policy = policy::load(options.acl.as_deref())?;
    let report = story::tell(options, policy)?;
    Ok(if options.json { report.to_json() } else { report.to_string() })
}
