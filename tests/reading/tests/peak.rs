//! The memory of a process that reads lines: as the kernel tells it, VmHWM of a child, which begins
//! anew where its resource usage would begin with the peak of this process; and as the kernel
//! refuses it, by a limit under which other ways of reading die.
//!
//! `.ci/run` has this once more with release children.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test whose means fail has failed")]

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

/// All that a child may have in memory, its code and the libraries' included.
const MOST_KB: u64 = 4096;

/// What a child may allocate, the runtime's own included: twice the default limit of a line.
const DATA_KIB: u64 = 2048;

const MIB: u64 = 1500;
const SIGABRT: i32 = 6;

fn child(way: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reading"));
    command.args([way, &MIB.to_string(), &DATA_KIB.to_string()]);
    // A trace would need memory where there is none.
    command.env("RUST_BACKTRACE", "0").output().expect("the binary was built")
}

/// How many lines a child has read in this way, and its peak in kB.
fn survives(way: &str) -> (u64, u64) {
    let output = child(way);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout).unwrap();
    let (lines, peak) = told.trim().split_once(' ').expect("two numbers");
    (lines.parse().unwrap(), peak.parse().unwrap())
}

#[track_caller]
fn runs_out_of_memory(way: &str) {
    let output = child(way);

    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.signal(), Some(SIGABRT), "{told}");
    assert!(told.contains("memory allocation"), "{told}");
}

#[test]
fn lines_of_1500_mib_take_less_than_4_mib() {
    let (lines, peak) = survives("lines");

    println!("{peak} kB");
    assert_eq!(lines, (MIB << 20) / 128);
    assert!(peak < MOST_KB, "{peak} kB");
}

#[test]
fn a_line_of_1500_mib_takes_less_than_4_mib() {
    let (lines, peak) = survives("one-line");

    println!("{peak} kB");
    assert_eq!(lines, 1);
    assert!(peak < MOST_KB, "{peak} kB");
}

#[test]
fn collecting_the_same_lines_dies_of_the_same_limit() {
    runs_out_of_memory("collected");
}

#[test]
fn reading_the_same_line_whole_dies_of_the_same_limit() {
    runs_out_of_memory("one-line-collected");
}
