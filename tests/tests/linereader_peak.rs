//! The memory of a process that reads lines, as the kernel tells it: VmHWM of a child, which begins
//! anew, where its resource usage would begin with the peak of this process.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test whose means fail has failed")]

use std::process::Command;

const MOST_KB: u64 = 4096;

/// How many lines a child has read in this way of so many MiB, and its peak in kB.
fn child(way: &str, mib: u64) -> (u64, u64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reading"));
    let output = command.args([way, &mib.to_string()]).output().expect("the binary was built");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout).unwrap();
    let (lines, peak) = told.trim().split_once(' ').expect("two numbers");
    (lines.parse().unwrap(), peak.parse().unwrap())
}

#[test]
fn lines_of_1500_mib_take_less_than_4_mib() {
    let (lines, peak) = child("lines", 1500);

    assert_eq!(lines, (1500 << 20) / 128);
    assert!(peak < MOST_KB, "{peak} kB");
}

#[test]
fn a_line_of_1500_mib_takes_less_than_4_mib() {
    let (lines, peak) = child("one-line", 1500);

    assert_eq!(lines, 1);
    assert!(peak < MOST_KB, "{peak} kB");
}

#[test]
fn collecting_the_lines_of_64_mib_takes_more() {
    let (lines, peak) = child("collected", 64);

    assert_eq!(lines, (64 << 20) / 128);
    assert!(peak > MOST_KB, "only {peak} kB: the bound is no test");
}
