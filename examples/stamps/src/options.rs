use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use lexopt::prelude::*;
use log_format::Repair;

use crate::tool::{TOOLS, Tool};

/// What the command line asks for.
pub(crate) enum Call {
    Run(Options),
    Help,
    Version,
}

pub(crate) struct Options {
    pub(crate) command: Command,
    pub(crate) tool: &'static Tool,
    /// `None` for standard input.
    pub(crate) file: Option<PathBuf>,
    /// Look for the stamp anywhere in the line.
    pub(crate) anywhere: bool,
    pub(crate) json: bool,
    pub(crate) repair: Repair,
    pub(crate) year: Option<u16>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Command {
    Format,
    Parse,
    Check,
    Repair,
}

const HELP: &str = "\
Writes, reads, checks and repairs the timestamps of logs.

Usage: stamps format --layout L [FILE]
       stamps parse  --layout L [--year Y] [FILE]
       stamps check  --layout L [--find] [--json] [FILE]
       stamps repair --layout L [--find] [--cut] [--zone Z] [--year Y] [FILE]

format writes the stamp of each line's unix microseconds, in UTC.
parse  is its inverse; a stamp without a zone is taken as UTC.
check  names the lines whose stamp deviates from the layout: LINE:COLUMN: kind.
repair writes the lines with their stamp as the layout has it, the rest unchanged.

Without FILE, or with -, standard input is read.

  --layout L  one of the layouts below
  --find      take the first stamp anywhere in the line, not the one that begins it
  --json      one object: lines, ok, kinds, and the first ten deviations
  --cut       cut digits, or a year, that the layout has no room for
  --zone Z    take stamps without a zone as at this offset: Z, +04:00 or +0400
  --year Y    take stamps without a year as of this one

Exit status: 0 all is well; 1 a line deviates (check), could not be repaired, read or written;
2 the command line is wrong.

Layouts:
";

/// The text of `--help`.
pub(crate) fn help() -> String {
    let mut help = String::from(HELP);
    for tool in &TOOLS {
        // Writing into a string cannot fail.
        let _ = writeln!(help, "  {:22}  {}", tool.name, tool.pattern);
    }
    help
}

impl Call {
    pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let (mut command, mut tool, mut file) = (None, None, None);
        let (mut anywhere, mut json) = (false, false);
        let (mut repair, mut year) = (Repair::new(), None);
        // Which commands take the options given.
        let mut taken_by = Vec::new();
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(Self::Help),
                Short('V') | Long("version") => return Ok(Self::Version),
                Long("layout") => tool = Some(parser.value()?.parse_with(Tool::named)?),
                Long("find") => {
                    anywhere = true;
                    taken_by.push(("--find", &[Command::Check, Command::Repair][..]));
                }
                Long("json") => {
                    json = true;
                    taken_by.push(("--json", &[Command::Check]));
                }
                Long("cut") => {
                    repair = repair.cut();
                    taken_by.push(("--cut", &[Command::Repair]));
                }
                Long("zone") => {
                    let minutes = parser.value()?.parse_with(offset)?;
                    repair = repair.assume_offset(minutes).map_err(|_| "zone out of range")?;
                    taken_by.push(("--zone", &[Command::Repair]));
                }
                Long("year") => {
                    let told = parser.value()?.parse()?;
                    repair = repair.assume_year(told).map_err(|_| "year is not 0 to 9999")?;
                    year = Some(told);
                    taken_by.push(("--year", &[Command::Parse, Command::Repair]));
                }
                Value(word) if command.is_none() => command = Some(word.parse_with(named)?),
                Value(path) if file.is_none() => file = Some(path),
                Short(_) | Long(_) | Value(_) => return Err(argument.unexpected()),
            }
        }

        let command = command.ok_or("a command is missing: format, parse, check or repair")?;
        let tool: &Tool = tool.ok_or("--layout is missing")?;
        if let Some((option, _)) = taken_by.iter().find(|(_, by)| !by.contains(&command)) {
            return Err(format!("{option} does not go with this command").into());
        }
        if command == Command::Parse && tool.needs_year && year.is_none() {
            return Err(format!("{} has no year: --year is missing", tool.name).into());
        }
        let file = file.filter(|file: &OsString| file != "-").map(PathBuf::from);
        Ok(Self::Run(Options { command, tool, file, anywhere, json, repair, year }))
    }
}

impl Options {
    pub(crate) fn open(&self) -> io::Result<Box<dyn Read>> {
        let Some(path) = &self.file else {
            return Ok(Box::new(io::stdin().lock()));
        };
        let file = File::open(path).map_err(|error| {
            io::Error::new(error.kind(), format!("cannot open {}: {error}", path.display()))
        })?;
        Ok(Box::new(file))
    }

    /// What the input is called in messages.
    pub(crate) fn input_name(&self) -> Cow<'_, str> {
        self.file.as_ref().map_or("standard input".into(), |path| path.to_string_lossy())
    }
}

fn named(word: &str) -> Result<Command, String> {
    match word {
        "format" => Ok(Command::Format),
        "parse" => Ok(Command::Parse),
        "check" => Ok(Command::Check),
        "repair" => Ok(Command::Repair),
        _ => Err(String::from("no such command: take format, parse, check or repair")),
    }
}

/// Minutes east of UTC.
fn offset(text: &str) -> Result<i16, &'static str> {
    const FORM: &str = "a zone is Z, +04:00 or +0400";
    let (sign, digits) = match text.split_at_checked(1).ok_or(FORM)? {
        ("Z", "") => return Ok(0),
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return Err(FORM),
    };
    let digits = match digits.split_once(':') {
        Some((hours, minutes)) if hours.len() == 2 => [hours, minutes].concat(),
        Some(_) => return Err(FORM),
        None => digits.to_owned(),
    };
    if digits.len() != 4 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(FORM);
    }
    let number: i16 = digits.parse().map_err(|_| FORM)?;
    match number % 100 {
        60.. => Err("a zone has at most 59 minutes"),
        minutes => Ok(sign * (number / 100 * 60 + minutes)),
    }
}
