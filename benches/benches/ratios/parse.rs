//! A stamp back into its fields and into a point in time, beside the parsers of RFC 3339.

use std::time::{SystemTime, UNIX_EPOCH};

use benches::{Contest, Suite};
use chrono::{DateTime, Utc};
use jiff::fmt::temporal::DateTimeParser;
use log_format::{Fields, Rfc3339Micros};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::stamp::{each, micros, to_chrono};

const PARSER: DateTimeParser = DateTimeParser::new();

pub(crate) fn enter(suite: &mut Suite) {
    suite.path("parse/fields", fields);
    suite.path("parse/chrono", points);
}

/// Ours into date and time of day, which is also what `speedate`, `time` and `iso8601-timestamp`
/// hold; `jiff` and `humantime` count from 1970.
fn fields<'a>() -> Contest<'a> {
    let texts = texts();
    for (text, micros) in texts.iter().zip(micros()) {
        assert_eq!(ours_fields(text).unix_micros(), micros);
    }
    let count = texts.len() as u32;
    beside_others(Contest::new(move || each(&texts, |text| ours_fields(text)))).operations(count)
}

/// Ours into chrono's type, the others each into their own.
fn points<'a>() -> Contest<'a> {
    let texts = texts();
    for (text, micros) in texts.iter().zip(micros()) {
        assert_eq!(ours_point(text), to_chrono(micros));
        assert_eq!(chrono_point(text), to_chrono(micros));
    }
    let count = texts.len() as u32;
    let for_chrono = texts.clone();
    let contest = Contest::new(move || each(&texts, |text| ours_point(text)))
        .peer("chrono", move || each(&for_chrono, |text| chrono_point(text)));
    beside_others(contest).operations(count)
}

/// Enters those who read the same texts into other types than chrono's.
fn beside_others(contest: Contest<'_>) -> Contest<'_> {
    for (text, micros) in texts().iter().zip(micros()) {
        let nanos = i128::from(micros) * 1_000;
        let since_1970 = humantime_point(text).duration_since(UNIX_EPOCH).expect("after 1970");
        assert_eq!(since_1970.as_micros() as i64, micros);
        assert_eq!(*iso8601_point(text).format_microseconds(), **text);
        assert_eq!(jiff_point(text).as_microsecond(), micros);
        let speedate = speedate_point(text);
        assert_eq!(speedate.timestamp_tz(), micros / 1_000_000);
        assert_eq!(i64::from(speedate.time.microsecond), micros % 1_000_000);
        assert_eq!(time_point(text).unix_timestamp_nanos(), nanos);
    }

    let [for_humantime, for_iso8601, for_jiff, for_speedate, for_time] = [(); 5].map(|()| texts());
    contest
        .peer("humantime", move || each(&for_humantime, |text| humantime_point(text)))
        .peer("iso8601-timestamp", move || each(&for_iso8601, |text| iso8601_point(text)))
        .peer("jiff", move || each(&for_jiff, |text| jiff_point(text)))
        .peer("speedate", move || each(&for_speedate, |text| speedate_point(text)))
        .peer("time", move || each(&for_time, |text| time_point(text)))
}

fn texts() -> Vec<String> {
    let stamp = |time| log_format::stamp::<Rfc3339Micros>(&time).expect("a year of four digits");
    micros().into_iter().map(to_chrono).map(|time| stamp(time).to_string()).collect()
}

fn ours_fields(text: &str) -> Fields {
    log_format::parse::<Rfc3339Micros>(text.as_bytes()).expect("a stamp")
}

fn ours_point(text: &str) -> DateTime<Utc> {
    ours_fields(text).to_datetime_utc()
}

fn chrono_point(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("a stamp").to_utc()
}

fn humantime_point(text: &str) -> SystemTime {
    humantime::parse_rfc3339(text).expect("a stamp")
}

fn iso8601_point(text: &str) -> iso8601_timestamp::Timestamp {
    iso8601_timestamp::Timestamp::parse(text).expect("a stamp")
}

fn jiff_point(text: &str) -> jiff::Timestamp {
    PARSER.parse_timestamp(text).expect("a stamp")
}

fn speedate_point(text: &str) -> speedate::DateTime {
    speedate::DateTime::parse_str(text).expect("a stamp")
}

fn time_point(text: &str) -> OffsetDateTime {
    OffsetDateTime::parse(text, &Rfc3339).expect("a stamp")
}
