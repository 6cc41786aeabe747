use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::Dir;

/// `lines --follow`, which is killed in the end.
struct Following {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Following {
    fn start(args: &[&str], file: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lines"));
        command.arg("--follow").args(args).arg(file).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the binary was built");
        let stdout = BufReader::new(child.stdout.take().expect("it was asked for"));
        Self { child, stdout }
    }

    /// Waits for the next line, however long it takes.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("the child writes text");
        line
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_file_is_followed_from_before_it_is_there_through_both_kinds_of_rotation() {
    let dir = Dir::new();
    let (log, old) = (dir.path("log"), dir.path("log.1"));
    let mut following = Following::start(&[], &log);

    append(&log, "one\ntw");
    assert_eq!(following.line(), "one\n");
    append(&log, "o\n");
    assert_eq!(following.line(), "two\n");

    fs::rename(&log, &old).unwrap();
    append(&old, "last of the old\nhalf");
    append(&log, "first of the new\n");
    assert_eq!(following.line(), "last of the old\n");
    assert_eq!(following.line(), "half\n");
    assert_eq!(following.line(), "first of the new\n");

    OpenOptions::new().write(true).truncate(true).open(&log).unwrap();
    append(&log, "short\n");
    assert_eq!(following.line(), "short\n");
}

#[test]
fn following_begins_where_it_is_told_to() {
    let dir = Dir::new();
    let log = dir.file("log", "one\ntwo\n");

    let mut following = Following::start(&["--from", "4"], &log);

    assert_eq!(following.line(), "two\n");
}
