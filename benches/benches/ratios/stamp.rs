//! A stamp of fixed width out of a point in time, beside the formatters that can be told to keep to
//! one width.

use std::hint::black_box;

use benches::seed::Seed;
use benches::{Contest, Suite};
use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, SecondsFormat, Utc};
use iso8601_timestamp::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use log_format::{Rfc3339Micros, Stamp, StampCache, UnixMicros, stamp};

/// The same layout in chrono's language.
const LAYOUT: &str = "%Y-%m-%dT%H:%M:%S%.6fZ";

const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(6));

pub(crate) fn enter(suite: &mut Suite) {
    suite.path("stamp/chrono", chrono);
    suite.path("stamp/burst", burst);
}

/// Each from its own type, at random in many years. Ours and `iso8601-timestamp` return text on the
/// stack, chrono a new string, jiff and `chrono-items` (the layout parsed beforehand) write into one
/// that is there.
fn chrono<'a>() -> Contest<'a> {
    let times: Vec<DateTime<Utc>> = micros().into_iter().map(to_chrono).collect();
    let timestamps: Vec<jiff::Timestamp> = micros().into_iter().map(to_jiff).collect();
    let points: Vec<Timestamp> = micros().into_iter().map(to_iso8601).collect();
    let items: Vec<Item<'_>> = StrftimeItems::new(LAYOUT).collect();
    let mut text = String::new();
    for ((time, timestamp), point) in times.iter().zip(&timestamps).zip(&points) {
        let expected = time.to_rfc3339_opts(SecondsFormat::Micros, true);
        assert_eq!(ours(time).as_str(), expected);
        assert_eq!(chrono_format(time), expected);
        assert_eq!(chrono_items(time, &items, &mut text), expected);
        assert_eq!(jiff(timestamp, &mut text), expected);
        assert_eq!(*point.format_microseconds(), *expected);
    }

    let count = times.len() as u32;
    let (for_format, for_items, for_rfc3339) = (times.clone(), times.clone(), times.clone());
    let mut jiff_text = String::new();
    Contest::new(move || each(&times, ours))
        .peer("iso8601-timestamp", move || each(&points, Timestamp::format_microseconds))
        .peer("jiff", move || each(&timestamps, |time| jiff(time, &mut jiff_text).len()))
        .peer("chrono", move || each(&for_format, chrono_format))
        .peer("chrono-items", move || {
            each(&for_items, |time| chrono_items(time, &items, &mut text).len());
        })
        .peer("chrono-rfc3339", move || {
            each(&for_rfc3339, |time| time.to_rfc3339_opts(SecondsFormat::Micros, true));
        })
        .operations(count)
}

/// Instants 140 microseconds apart, as in a burst of 7,000 lines a second. The peer starts from its
/// own type, whose date and time of day are split already; ours from a number.
fn burst<'a>() -> Contest<'a> {
    let instants: Vec<i64> = (0..7_000).map(|line| 1_496_149_391_000_000 + 140 * line).collect();
    let points: Vec<Timestamp> = instants.iter().map(|&micros| to_iso8601(micros)).collect();
    let mut cache = StampCache::<Rfc3339Micros>::new();
    for (instant, point) in instants.iter().zip(&points) {
        let ours = cache.stamp(UnixMicros(*instant)).expect("the year has four digits");
        assert_eq!(ours.as_str(), &*point.format_microseconds());
    }

    let count = instants.len() as u32;
    Contest::new(move || {
        for instant in &instants {
            black_box(cache.stamp(UnixMicros(*instant)).is_ok());
            black_box(&mut cache);
        }
    })
    .peer("iso8601-timestamp", move || each(&points, Timestamp::format_microseconds))
    .operations(count)
}

fn ours(time: &DateTime<Utc>) -> Stamp<Rfc3339Micros> {
    stamp(time).expect("the year has four digits")
}

fn chrono_format(time: &DateTime<Utc>) -> String {
    time.format(LAYOUT).to_string()
}

fn chrono_items<'t>(time: &DateTime<Utc>, items: &[Item<'_>], text: &'t mut String) -> &'t str {
    text.clear();
    time.format_with_items(items.iter()).write_to(text).expect("memory is writable");
    text
}

fn jiff<'t>(time: &jiff::Timestamp, text: &'t mut String) -> &'t str {
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

fn to_jiff(micros: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(micros).expect("within jiff's range")
}

fn to_iso8601(micros: i64) -> Timestamp {
    let text = to_chrono(micros).to_rfc3339_opts(SecondsFormat::Micros, true);
    Timestamp::parse(&text).expect("a timestamp of RFC 3339")
}
