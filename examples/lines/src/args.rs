use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::ValueExt;
use lexopt::prelude::{Long, Short, Value};
use linereader::{Delimiter, OnLong};

pub(crate) const HELP: &str = "\
Counts and measures lines, in bounded memory.

Usage: lines [FILE...] [OPTION...]

With no FILE, or if FILE is -, standard input is read. Gzip is recognised by its first bytes.

  --json               print a JSON object, or an array of them for more than one FILE
  --max-line N         longest line in bytes of content (default 1048576)
  --on-long POLICY     what to make of a longer line (default error):
                         error     name it on stderr, exit with 1
                         truncate  look at its first N bytes only
                         skip      look at nothing of it
                         parts     look at all of it
  --delimiter D        what ends a line (default lf): lf (CRLF counted apart), nul,
                       any (of LF, CRLF and CR), or a byte as 0..255, 0x00..0xff or a character
  --threads N          workers for a plain file (default 1)
  --from OFFSET        begin at that byte, where a line begins
  --follow             print the lines of one FILE as it grows, through rotation, until killed
  -h, --help           print this
  -V, --version        print the version

Every line counts, also a last one without its ending and those over the limit. Bytes of gzip are
counted as they come out of it.

Exit status: 0 if all is fine, 1 for an input that could not be read or a line over the limit
under the policy error, 2 for wrong usage.
";

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Version,
    Count(Options),
    Follow(PathBuf, Options),
}

#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// `-` is standard input.
    pub(crate) files: Vec<PathBuf>,
    pub(crate) json: bool,
    pub(crate) max_line: usize,
    pub(crate) on_long: OnLong,
    pub(crate) delimiter: Delimiter,
    pub(crate) threads: usize,
    pub(crate) from: u64,
}

/// Reads the command line, whose first argument is the program.
///
/// # Errors
///
/// A message that says what is wrong with it.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command, lexopt::Error> {
    let mut options = Options {
        files: Vec::new(),
        json: false,
        max_line: 1 << 20,
        on_long: OnLong::Error,
        delimiter: Delimiter::Lf,
        threads: 1,
        from: 0,
    };
    let mut follow = false;
    let mut parser = lexopt::Parser::from_iter(args);
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Command::Help),
            Short('V') | Long("version") => return Ok(Command::Version),
            Long("json") => options.json = true,
            Long("follow") => follow = true,
            Long("max-line") => options.max_line = parser.value()?.parse()?,
            Long("on-long") => options.on_long = parser.value()?.parse_with(on_long)?,
            Long("delimiter") => options.delimiter = parser.value()?.parse_with(delimiter)?,
            Long("threads") => options.threads = parser.value()?.parse()?,
            Long("from") => options.from = parser.value()?.parse()?,
            Value(file) => options.files.push(file.into()),
            arg @ (Short(_) | Long(_)) => return Err(arg.unexpected()),
        }
    }
    if options.threads == 0 {
        return Err("--threads must be 1 or more".into());
    }
    if !follow {
        if options.files.is_empty() {
            options.files.push("-".into());
        }
        return Ok(Command::Count(options));
    }
    if options.json {
        return Err("--follow prints lines and knows no --json".into());
    }
    match &options.files[..] {
        [file] if file.as_os_str() != "-" => Ok(Command::Follow(file.clone(), options)),
        _ => Err("--follow needs exactly one FILE, and not standard input".into()),
    }
}

fn on_long(text: &str) -> Result<OnLong, &'static str> {
    match text {
        "error" => Ok(OnLong::Error),
        "truncate" => Ok(OnLong::Truncate),
        "skip" => Ok(OnLong::Skip),
        "parts" => Ok(OnLong::Parts),
        _ => Err("expected error, truncate, skip or parts"),
    }
}

fn delimiter(text: &str) -> Result<Delimiter, &'static str> {
    let byte = match (text, text.as_bytes()) {
        ("lf", _) => return Ok(Delimiter::Lf),
        ("any", _) => return Ok(Delimiter::Universal),
        ("nul", _) => Some(0),
        (_, [byte]) if byte.is_ascii() && !byte.is_ascii_digit() => Some(*byte),
        _ => match text.strip_prefix("0x") {
            Some(digits) => u8::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        },
    };
    byte.map(Delimiter::Byte).ok_or("expected lf, nul, any, 0..255, 0x00..0xff or a character")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_is_a_name_a_number_or_a_character() {
        let named = [("lf", Delimiter::Lf), ("any", Delimiter::Universal)];
        let bytes = [("nul", 0), ("0", 0), ("59", 59), ("0x3b", 59), (";", 59), ("255", 255)];
        let bytes = bytes.map(|(text, byte)| (text, Delimiter::Byte(byte)));

        for (text, expected) in named.into_iter().chain(bytes) {
            assert_eq!(delimiter(text), Ok(expected), "{text}");
        }
        for wrong in ["256", "0x100", "-1", "", "ab", "é", "crlf"] {
            assert!(delimiter(wrong).is_err(), "{wrong}");
        }
    }
}
