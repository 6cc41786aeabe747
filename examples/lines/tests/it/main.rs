//! The binary as a user runs it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test whose means fail has failed")]

mod counting;
mod failing;
mod following;
mod memory;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A directory of inputs.
struct Dir(TempDir);

impl Dir {
    fn new() -> Self {
        Self(TempDir::new().expect("the temporary directory is writable"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("the temporary directory is writable");
        path
    }
}

fn lines(args: &[&str], files: &[&Path]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lines"));
    command.args(args).args(files).stdin(Stdio::null());
    command.output().expect("the binary was built")
}

fn lines_of_stdin(args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lines"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary was built");
    let mut stdin = child.stdin.take().expect("it was asked for");
    stdin.write_all(input).expect("the child reads all");
    drop(stdin);
    child.wait_with_output().expect("the child ends")
}

fn json(output: &Output) -> Value {
    assert!(output.stdout.ends_with(b"\n"));
    serde_json::from_slice(&output.stdout).expect("one JSON value")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
