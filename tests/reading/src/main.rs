//! Reads generated lines in one of several ways, under a limit that it sets itself, and prints how
//! many there were and the most memory that the process has had, in kB.
#![forbid(unsafe_code)]
#![expect(clippy::expect_used, reason = "a child that cannot do its work must fail loudly")]

use std::io::{BufRead, BufReader};

use linereader::{LineReader, ReadError};
use reading::Cycle;
use rustix::process::{Resource, Rlimit, setrlimit};

fn main() {
    let mut args = std::env::args().skip(1);
    let way = args.next().expect("the way is named");
    let mut number = || args.next().and_then(|number| number.parse::<u64>().ok());
    let length = number().expect("the MiB of input are named") << 20;
    limit_data(number().expect("the KiB of the limit are named") << 10);

    let line = [[b'x'; 127].as_slice(), b"\n"].concat();
    let lines = Cycle::new(&line, length);
    let one_line = Cycle::new(&[b'x'; 4096], length);
    let count = match way.as_str() {
        "lines" => by_lines(lines),
        "one-line" => by_lines(one_line),
        "collected" => BufReader::new(lines).lines().collect::<Vec<_>>().len() as u64,
        "one-line-collected" => BufReader::new(one_line).lines().count() as u64,
        other => unreachable!("no way is called {other}"),
    };

    println!("{count} {}", peak_kb().expect("Linux tells the peak"));
}

/// Has the kernel refuse more than so many bytes that are the process's own to write: heap and
/// private mappings, without the code of program and libraries.
fn limit_data(bytes: u64) {
    let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
    setrlimit(Resource::Data, limit).expect("a limit may be lowered");
}

fn by_lines(input: Cycle<'_>) -> u64 {
    let mut reader = LineReader::new(input);
    let mut lines = 0;
    loop {
        match reader.next_line() {
            Ok(Some(_)) | Err(ReadError::TooLong(_)) => lines += 1,
            Ok(None) => return lines,
            Err(error) => unreachable!("the generator does not fail: {error}"),
        }
    }
}

fn peak_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
