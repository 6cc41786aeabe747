//! Stamping, reading, checking and repairing take no memory from the heap.
//!
//! The allocator counts for the whole process, and the test harness allocates too, now and then;
//! so the work is done several times, and the quietest round counts.

#![expect(clippy::expect_used, reason = "a test fails by panicking, its helpers too")]

use std::alloc::System;
use std::hint::black_box;

use chrono::{DateTime, FixedOffset, Utc};
use log_format::{
    Clf, EsMicros, EsNanos, HaproxyDate, Layout, Repair, Rfc3164, Rfc3339MicrosOffset, StampCache,
    UnixMicros, UnixNanos, check, find, parse, parse_in_year, push, stamp, write_to,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn there_and_back<L: Layout>(micros: i64, room: &mut String) {
    let utc = DateTime::<Utc>::from_timestamp_micros(micros).expect("a time of chrono's");
    let zoned = utc.with_timezone(&FixedOffset::east_opt(20_700).expect("Nepal's offset"));

    let stamps = [stamp::<L>(&UnixMicros(micros)), stamp::<L>(&utc), stamp::<L>(&zoned)];
    for text in stamps.into_iter().flatten() {
        let fields = parse_in_year::<L>(text.as_bytes(), 2016).expect("a stamp");
        black_box((fields.to_datetime_utc(), fields.unix_nanos()));
        black_box(parse_in_year::<L>(&text.as_bytes()[..12], 2016)).expect_err("a half");
        black_box(check::<L>(text.as_bytes()).repair(Repair::new())).expect("sound");
        black_box(find::<L>(b"at 2016-05-30T13:03:11.5Z").repair(Repair::new().cut()))
            .expect("mendable");
    }
    room.clear();
    push::<L>(&UnixNanos(i128::from(micros) * 1_000), room).expect("room");
    write_to::<L>(&UnixMicros(i64::MAX), &mut [0; 64]).expect_err("no such year");
}

#[test]
fn no_way_through_a_stamp_allocates() {
    // The runner's own thread may still allocate when a test begins, and all threads are counted.
    std::thread::sleep(std::time::Duration::from_millis(200));

    let mut room = String::with_capacity(64);
    let mut rows = vec![0; 100 * 27];
    let instants: Vec<_> = (0..100).map(|number| UnixMicros(number * 333_333)).collect();

    let quietest = (0..10).map(|_| {
        let region = Region::new(ALLOCATOR);
        all_ways(&instants, &mut rows, &mut room);
        let change = region.change();
        change.allocations + change.reallocations
    });

    assert_eq!(quietest.min(), Some(0));
}

fn all_ways(instants: &[UnixMicros], rows: &mut [u8], room: &mut String) {
    for micros in (-3_000_000_000_000_000..3_000_000_000_000_000).step_by(12_345_678_901_234) {
        there_and_back::<EsMicros>(micros, room);
        there_and_back::<EsNanos>(micros, room);
        there_and_back::<HaproxyDate>(micros, room);
        there_and_back::<Rfc3339MicrosOffset>(micros, room);
        there_and_back::<Clf>(micros, room);
        there_and_back::<Rfc3164>(micros, room);
    }
    let written = StampCache::<EsMicros>::new().batch(instants, b"\n", rows);
    assert_eq!(written, Ok(2_700));
    black_box(parse::<EsMicros>(&rows[..26])).expect("the first row");
}
