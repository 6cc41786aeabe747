use std::cell::RefCell;
use std::error::Error;
use std::io::{self, Read, Write};

use linereader::{Config, End, Line, LineReader};

use crate::options::{Command, Options};
use crate::report::Report;

/// A longer line ends the run: what cannot be read cannot be passed on either.
const MAX_LINE: usize = 64 << 20;

/// Does the command on every line of `input`, with results to `output` and what is to be said
/// about single lines to `notes`. Returns whether all was well.
pub(crate) fn run(
    options: &Options,
    input: impl Read,
    output: impl Write,
    notes: &mut impl Write,
) -> io::Result<bool> {
    let output = &RefCell::new(output);
    let config = Config::new().max_line(MAX_LINE);
    let mut lines = LineReader::with_config(Prompt { input, output }, config, 128 * 1024);
    let mut desk = Desk { options, output, notes, report: Report::default(), clean: true };
    let mut text = Vec::new();
    loop {
        text.clear();
        match lines.next_line() {
            Ok(Some(line)) => desk.line(line, &mut text)?,
            Ok(None) => return desk.close(),
            Err(error) => {
                // If it was the flush that failed, it fails again.
                output.borrow_mut().flush()?;
                let cause: &dyn Error = error.source().unwrap_or(&error);
                let name = options.input_name();
                return Err(io::Error::other(format!("cannot read {name}: {cause}")));
            }
        }
    }
}

/// Lets no result wait while the input makes us wait, as that of `tail -f` does.
struct Prompt<'a, I, O> {
    input: I,
    output: &'a RefCell<O>,
}

impl<I: Read, O: Write> Read for Prompt<'_, I, O> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.output.borrow_mut().flush()?;
        self.input.read(room)
    }
}

struct Desk<'a, O, N> {
    options: &'a Options,
    output: &'a RefCell<O>,
    notes: &'a mut N,
    report: Report,
    clean: bool,
}

impl<O: Write, N: Write> Desk<'_, O, N> {
    /// Does the command on one line; `text` is empty room for the result.
    fn line(&mut self, line: Line<'_>, text: &mut Vec<u8>) -> io::Result<()> {
        let Options { command, tool, anywhere, repair, year, .. } = *self.options;
        let (number, bytes) = (line.number(), line.bytes());
        match command {
            Command::Format => {
                let Some(micros) = integer(bytes) else {
                    return self.note(number, 1, &"not an integer of 64 bits");
                };
                if let Err(error) = (tool.format)(micros, text) {
                    return self.note(number, 1, &error);
                }
                text.push(b'\n');
            }
            Command::Parse => match (tool.parse)(bytes, year.unwrap_or(0)) {
                Ok(micros) => text.extend_from_slice(format!("{micros}\n").as_bytes()),
                Err(error) => return self.note(number, error.at + 1, &error.kind),
            },
            Command::Check => {
                let deviation = (tool.check)(bytes, anywhere);
                self.report.count(number, deviation);
                if let (Some(found), false) = (deviation, self.options.json) {
                    let line = format!("{number}:{}: {}\n", found.at + 1, found.kind.name());
                    text.extend_from_slice(line.as_bytes());
                }
            }
            Command::Repair => {
                if let Err(deviation) = (tool.repair)(bytes, anywhere, repair, text) {
                    self.note(number, deviation.at + 1, &deviation.kind)?;
                    text.extend_from_slice(bytes);
                }
                text.extend_from_slice(ending(line.end()));
            }
        }
        self.output.borrow_mut().write_all(text)
    }

    fn note(&mut self, line: u64, column: usize, fault: &dyn std::fmt::Display) -> io::Result<()> {
        self.clean = false;
        writeln!(self.notes, "stamps: {line}:{column}: {fault}")
    }

    fn close(self) -> io::Result<bool> {
        if self.options.json {
            writeln!(self.output.borrow_mut(), "{}", self.report.to_json())?;
        }
        self.output.borrow_mut().flush()?;
        Ok(self.clean && self.report.deviating() == 0)
    }
}

fn integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn ending(end: End) -> &'static [u8] {
    match end {
        End::Lf => b"\n",
        End::CrLf => b"\r\n",
        End::Eof | _ => b"",
    }
}
