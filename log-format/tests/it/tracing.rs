use std::time::SystemTime;

use log_format::tracing::Timer;
use log_format::{EsMicros, EsNanos, UnixMicros, parse};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

#[test]
fn timer_writes_what_its_clock_says() {
    let mut line = String::from("[");

    let timer = Timer::<EsMicros, _>::with_clock(|| UnixMicros(1_496_149_391_000_000));
    timer.format_time(&mut Writer::new(&mut line)).unwrap();

    assert_eq!(line, "[2017-05-30 13:03:11.000000");
}

#[test]
fn timer_without_a_clock_of_its_own_reads_the_systems() {
    let before = SystemTime::now();
    let mut line = String::new();

    Timer::<EsNanos>::new().format_time(&mut Writer::new(&mut line)).unwrap();

    let stamped: SystemTime = parse::<EsNanos>(line.as_bytes()).unwrap().to_datetime_utc().into();
    assert!((before..=SystemTime::now()).contains(&stamped));
}

#[test]
fn time_that_cannot_be_stamped_is_an_error_and_writes_nothing() {
    let mut line = String::new();

    let timer = Timer::<EsMicros, _>::with_clock(|| UnixMicros(i64::MAX));

    assert!(timer.format_time(&mut Writer::new(&mut line)).is_err());
    assert_eq!(line, "");
}
