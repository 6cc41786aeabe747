//! A stamp of fixed width out of a point in time, beside chrono's and jiff's own RFC 3339.

use std::hint::black_box;

use benches::seed::Seed;
use benches::{Contest, Suite};
use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, SecondsFormat, Utc};
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use log_format::{Rfc3339Micros, Stamp, stamp};

/// The same layout in chrono's language.
const LAYOUT: &str = "%Y-%m-%dT%H:%M:%S%.6fZ";

const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(6));

pub(crate) fn enter(suite: &mut Suite) {
    suite.path("stamp/chrono", contest);
}

fn contest<'a>() -> Contest<'a> {
    let times: Vec<DateTime<Utc>> = micros().into_iter().map(to_chrono).collect();
    let timestamps: Vec<Timestamp> = micros().into_iter().map(to_jiff).collect();
    let items: Vec<Item<'_>> = StrftimeItems::new(LAYOUT).collect();
    let mut text = String::new();
    for (time, timestamp) in times.iter().zip(&timestamps) {
        let expected = time.to_rfc3339_opts(SecondsFormat::Micros, true);
        assert_eq!(ours(time).as_str(), expected);
        assert_eq!(chrono_format(time, &items, &mut text), expected);
        assert_eq!(jiff(timestamp, &mut text), expected);
    }

    let count = times.len() as u32;
    let (for_chrono, for_format) = (times.clone(), times.clone());
    let mut jiff_text = String::new();
    Contest::new(move || each(&times, ours))
        .peer("chrono", move || {
            each(&for_chrono, |time| time.to_rfc3339_opts(SecondsFormat::Micros, true));
        })
        .peer("chrono-format", move || {
            each(&for_format, |time| chrono_format(time, &items, &mut text).len());
        })
        .peer("jiff", move || each(&timestamps, |time| jiff(time, &mut jiff_text).len()))
        .operations(count)
}

fn ours(time: &DateTime<Utc>) -> Stamp<Rfc3339Micros> {
    stamp(time).expect("the year has four digits")
}

fn chrono_format<'t>(time: &DateTime<Utc>, items: &[Item<'_>], text: &'t mut String) -> &'t str {
    text.clear();
    time.format_with_items(items.iter()).write_to(text).expect("memory is writable");
    text
}

fn jiff<'t>(time: &Timestamp, text: &'t mut String) -> &'t str {
    text.clear();
    PRINTER.print_timestamp(time, &mut *text).expect("memory is writable");
    text
}

/// Goes through all inputs, keeping each result from being optimised away.
pub(crate) fn each<I, T>(inputs: &[I], mut run: impl FnMut(&I) -> T) {
    for input in inputs {
        black_box(run(input));
    }
}

/// Points in time all over the years 1970 to 2100, in microseconds since 1970.
pub(crate) fn micros() -> Vec<i64> {
    let mut seed = Seed::new(0x7374_616d);
    (0..1024).map(|_| (seed.next_u64() % 4_102_444_800_000_000) as i64).collect()
}

pub(crate) fn to_chrono(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).expect("within chrono's range")
}

fn to_jiff(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).expect("within jiff's range")
}
