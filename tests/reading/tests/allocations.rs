//! The memory of reading by lines is the buffer and the limit, whatever the input.
//!
//! The allocator counts for the whole process, and the test harness allocates too; so there is one
//! test in this binary, and it stays that way.

use std::alloc::System;
use std::io::{BufRead, BufReader};

use linereader::{Config, DEFAULT_CAPACITY, LineReader, ReadError};
use reading::Cycle;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const MIB: u64 = 1 << 20;
const LIMIT: usize = 1 << 20;
const BOUND: usize = DEFAULT_CAPACITY + LIMIT + 64 * 1024;

/// Lines of a log in 3 MiB: mostly 80 to 250 bytes, both endings, one line of just the limit and
/// one above it.
fn log() -> Vec<u8> {
    let mut log = Vec::new();
    let mut line = |length: usize| {
        log.extend(std::iter::repeat_n(b'x', length));
        log.extend_from_slice(if length.is_multiple_of(7) { b"\r\n" } else { b"\n" });
    };
    line(LIMIT);
    line(LIMIT + 1);
    for index in 0..6_000 {
        line(80 + index * 37 % 171);
    }
    log
}

#[test]
fn reading_by_lines_stays_within_buffer_and_limit_and_collecting_them_does_not() {
    // The runner's own thread may still allocate when a test begins, and all threads are counted.
    std::thread::sleep(std::time::Duration::from_millis(200));

    let log = log();

    lines_allocate_nothing_after_the_first_period(&log);
    a_line_without_end_stays_within_the_bound();
    collected_lines_exceed_the_bound(&log);
}

fn lines_allocate_nothing_after_the_first_period(log: &[u8]) {
    let region = Region::new(ALLOCATOR);
    let config = Config::new().max_line(LIMIT);
    let mut reader = LineReader::with_config(Cycle::new(log, 1500 * MIB), config, DEFAULT_CAPACITY);
    let (mut bytes, mut lines, mut reports) = (0, 0_u64, 0_u64);
    let mut warm = None;

    loop {
        match reader.next_line() {
            Ok(Some(line)) => {
                lines += 1;
                bytes = line.next_offset();
            }
            Ok(None) => break,
            Err(ReadError::TooLong(_)) => reports += 1,
            Err(error) => unreachable!("the generator does not fail: {error}"),
        }
        if warm.is_none() && bytes > log.len() as u64 {
            warm = Some(region.change());
        }
    }

    let all = region.change();
    assert_eq!((bytes, lines + reports), (1500 * MIB, reader.position().number - 1));
    assert!(reports > 50, "every period has a line over the limit, {reports} were reported");
    // Bytes allocated and never freed again are taken for live: the peak is at most this.
    assert!(all.bytes_allocated <= BOUND, "{} bytes allocated", all.bytes_allocated);
    let later = warm.map(|warm| all - warm);
    let later = later.map(|later| (later.allocations, later.reallocations));
    assert_eq!(later, Some((0, 0)), "allocations in {lines} lines");
}

fn a_line_without_end_stays_within_the_bound() {
    let period = [b'x'; 4096];
    let region = Region::new(ALLOCATOR);
    let config = Config::new().max_line(LIMIT);
    let endless = Cycle::new(&period, 1500 * MIB);
    let mut reader = LineReader::with_config(endless, config, DEFAULT_CAPACITY);

    assert!(matches!(reader.next_line(), Err(ReadError::TooLong(_))));
    assert!(matches!(reader.next_line(), Ok(None)));

    assert_eq!(reader.position().offset, 1500 * MIB);
    let allocated = region.change().bytes_allocated;
    assert!(allocated <= BOUND, "{allocated} bytes allocated");
}

fn collected_lines_exceed_the_bound(log: &[u8]) {
    let region = Region::new(ALLOCATOR);

    let lines: Vec<_> = BufReader::new(Cycle::new(log, 16 * MIB)).lines().collect();

    let change = region.change();
    let live = change.bytes_allocated - change.bytes_deallocated;
    assert!(live > BOUND, "{} lines in only {live} bytes: the bound is no test", lines.len());
}
