//! The memory of the process, as the kernel tells it: VmHWM, which starts anew with the child,
//! where the resource usage of a child would begin with the peak of this process.
#![cfg(target_os = "linux")]

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

const BLOCK: usize = 1 << 20;
const BLOCKS: usize = 1500;
const MOST_KB: u64 = 4096;

/// What the binary says of 1500 MiB that are `block` over and over.
fn count(block: &[u8]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lines"));
    command.args(["--json", "--on-long", "parts"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the binary was built");
    let mut stdin = child.stdin.take().expect("it was asked for");
    for _ in 0..BLOCKS {
        stdin.write_all(block).expect("the child reads all");
    }
    drop(stdin);
    let output = child.wait_with_output().expect("the child ends");
    serde_json::from_slice(&output.stdout).expect("one JSON value")
}

#[test]
fn lines_of_1500_mib_take_less_than_4_mib() {
    let mut block = b"x".repeat(BLOCK);
    block.iter_mut().skip(127).step_by(128).for_each(|byte| *byte = b'\n');

    let value = count(&block);

    assert_eq!(value["lines"], BLOCKS * BLOCK / 128);
    assert!(value["peak_rss_kb"].as_u64().unwrap() < MOST_KB, "{value}");
}

#[test]
fn a_line_of_1500_mib_takes_less_than_4_mib() {
    let value = count(&b"x".repeat(BLOCK));

    assert_eq!((&value["lines"], &value["longest"]), (&1.into(), &(BLOCKS * BLOCK).into()));
    assert!(value["peak_rss_kb"].as_u64().unwrap() < MOST_KB, "{value}");
}
