//! The binary as a user runs it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test whose means fail has failed")]

mod cases;
mod eval;
mod lint;
mod usage;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const SITE: &str = "\
acl is_admin path_beg /wp-admin
acl is_local src 10.66.0.0/24
http-request deny if !is_local is_admin
default_backend web
";

/// A folder of files, in which the binary runs.
struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(TempDir::new().expect("the temporary directory is writable"));
        for (name, content) in files {
            let path = folder.0.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        folder
    }

    fn run(&self, args: &[&str]) -> Output {
        self.run_with(args, "")
    }

    fn run_with(&self, args: &[&str], input: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_acl-check"))
            .args(args)
            .current_dir(self.0.path())
            .env_clear()
            .env("OFFICE", "10.66.0.0/24")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary was built");
        let mut stdin = child.stdin.take().unwrap();
        // Whoever is wrongly used does not read.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().unwrap()
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it ended by itself")
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.stdout.ends_with(b"\n"));
    serde_json::from_slice(&output.stdout).expect("one JSON value")
}

/// The cases that a real haproxy answered.
fn recorded_cases() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/acl-cases.jsonl");
    path.to_str().unwrap().to_string()
}
