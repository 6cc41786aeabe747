//! The policy: the caller's file or the built-in one.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use proxy_acl::{Options, Policy};

use crate::failure::Failure;

/// Reads and compiles the policy in `file` (`-` is standard input), or the built-in one. `"$NAME"`
/// in it is taken from the process's environment; warnings go to standard error.
///
/// # Errors
///
/// [`Failure::Usage`] when the file cannot be read or is malformed, with the place of the first
/// error.
pub fn load(file: Option<&Path>) -> Result<Policy, Failure> {
    let (name, text) = match file {
        None => ("default.acl".to_owned(), BUILT_IN.to_vec()),
        Some(path) => {
            let text = if path == Path::new("-") { read(io::stdin()) } else { open(path) };
            let name = path.display().to_string();
            let text = text.map_err(|error| Failure::Usage(format!("{name}: {error}")))?;
            (name, text)
        }
    };
    let variables = std::env::vars_os().filter_map(|(name, value)| {
        // What is not UTF-8 cannot be named in a policy that is meant to be portable.
        Some((name.into_string().ok()?, value.into_string().ok()?))
    });
    let options = variables
        .fold(Options::new().file_name(name), |options, (name, value)| options.env(name, value));
    let policy = Policy::parse(&text, &options).map_err(|diagnostics| {
        let mut errors = diagnostics.errors();
        let first = errors.next().map(ToString::to_string).unwrap_or_default();
        match errors.count() {
            0 => Failure::Usage(first),
            more => Failure::Usage(format!("{first} (and {more} more)")),
        }
    })?;
    for warning in policy.warnings() {
        // When nobody reads standard error there is nobody to warn.
        let _ = writeln!(io::stderr(), "tour: {warning}");
    }
    Ok(policy)
}

fn open(path: &Path) -> io::Result<Vec<u8>> {
    read(File::open(path)?)
}

fn read(source: impl Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    source.take(SIZE_LIMIT + 1).read_to_end(&mut text)?;
    if text.len() as u64 > SIZE_LIMIT {
        return Err(io::Error::other(format!("more than {SIZE_LIMIT} bytes")));
    }
    Ok(text)
}

const BUILT_IN: &[u8] = include_bytes!("default.acl");

/// No policy is larger, so that a device file does not fill the memory.
const SIZE_LIMIT: u64 = 16 << 20;
