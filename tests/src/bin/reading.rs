//! Reads generated lines in one of several ways and prints how many there were and the most memory
//! that the process has had, in kB: the child of `linereader_peak`.
#![expect(clippy::expect_used, reason = "a child that cannot do its work must fail loudly")]

use std::io::{BufRead, BufReader};

use linereader::{LineReader, ReadError};
use tests::cycle::Cycle;

fn main() {
    let mut args = std::env::args().skip(1);
    let way = args.next().expect("the way is named");
    let mib: u64 = args.next().and_then(|mib| mib.parse().ok()).expect("MiB are named");
    let length = mib << 20;

    let line = [[b'x'; 127].as_slice(), b"\n"].concat();
    let lines = match way.as_str() {
        "lines" => by_lines(Cycle::new(&line, length)),
        "one-line" => by_lines(Cycle::new(&[b'x'; 4096], length)),
        "collected" => collected(Cycle::new(&line, length)),
        other => unreachable!("no way is called {other}"),
    };

    println!("{lines} {}", peak_kb().expect("Linux tells the peak"));
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

fn collected(input: Cycle<'_>) -> u64 {
    let lines: Vec<_> = BufReader::new(input).lines().collect();
    lines.len() as u64
}

fn peak_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
