//! Runs a subject under memcheck, and reads what it reports.

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::{fmt, fs};

/// A branch, an address or a system call that depends on undefined bytes.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) kind: String,
    /// Where it was, from the inside out.
    pub(crate) frames: Vec<Frame>,
}

#[derive(Debug, Default)]
pub(crate) struct Frame {
    pub(crate) function: String,
    /// Empty where the code was compiled without line numbers.
    pub(crate) file: String,
    pub(crate) line: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {}", self.kind)?;
        for Frame { function, file, line } in self.frames.iter().take(12) {
            write!(f, "\n    {function} {file}:{line}")?;
        }
        Ok(())
    }
}

/// The reports about one subject, run by this program.
pub(crate) fn memcheck(subject: &str) -> Result<Vec<Report>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let xml = folder.path().join("reports.xml");
    let status = Command::new("valgrind")
        .args(["--error-limit=no", "--num-callers=40", "--xml=yes"])
        .arg(format!("--xml-file={}", xml.display()))
        .arg(std::env::current_exe()?)
        .arg(subject)
        .status()?;
    if !status.success() {
        return Err(format!("{subject}: {status}").into());
    }
    Ok(parse(&fs::read_to_string(xml)?))
}

/// Valgrind writes one element a line.
fn parse(xml: &str) -> Vec<Report> {
    let mut reports = Vec::new();
    let mut folder = String::new();
    for line in xml.lines().map(str::trim) {
        let content = |tag: &str| {
            let content = line.strip_prefix(&format!("<{tag}>"))?;
            content.strip_suffix(&format!("</{tag}>")).map(unescape)
        };
        if line == "<error>" {
            reports.push(Report { kind: String::new(), frames: Vec::new() });
        }
        let Some(report) = reports.last_mut() else { continue };
        if let Some(kind) = content("kind") {
            report.kind = kind;
        } else if line == "<frame>" {
            report.frames.push(Frame::default());
            folder.clear();
        }
        let Some(frame) = report.frames.last_mut() else { continue };
        if let Some(function) = content("fn") {
            frame.function = function;
        } else if let Some(dir) = content("dir") {
            folder = dir;
        } else if let Some(file) = content("file") {
            frame.file = Path::new(&folder).join(file).display().to_string();
        } else if let Some(line) = content("line") {
            frame.line = line.parse().unwrap_or_default();
        }
    }
    reports
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
