//! A stamp back into its fields and into a point in time, beside chrono's and jiff's parsers.

use benches::{Contest, Suite};
use chrono::format::{Item, Parsed, StrftimeItems};
use chrono::{DateTime, NaiveDateTime, Utc};
use jiff::Timestamp;
use jiff::civil;
use jiff::fmt::temporal::DateTimeParser;
use log_format::{EsMicros, Fields, Rfc3339Micros, UnixMicros, stamp};

use crate::stamp::{each, micros, to_chrono};

/// `EsMicros` in the language of chrono and jiff.
const LAYOUT: &str = "%Y-%m-%d %H:%M:%S%.6f";

const PARSER: DateTimeParser = DateTimeParser::new();

pub(crate) fn enter(suite: &mut Suite) {
    suite.path("parse/fields", fields);
    suite.path("parse/chrono", points);
}

/// Civil date and time, without a zone.
fn fields<'a>() -> Contest<'a> {
    let items: Vec<Item<'_>> = StrftimeItems::new(LAYOUT).collect();
    let texts: Vec<String> =
        micros().iter().map(|&m| stamped(stamp::<EsMicros>(&UnixMicros(m)))).collect();
    for text in &texts {
        let expected = chrono_fields(text, &items);
        assert_eq!(ours_fields(text).to_naive(), expected);
        assert_eq!(jiff_fields(text).strftime(LAYOUT).to_string(), *text);
    }

    let count = texts.len() as u32;
    let (for_chrono, for_jiff) = (texts.clone(), texts.clone());
    Contest::new(move || each(&texts, |text| ours_fields(text)))
        .peer("chrono", move || each(&for_chrono, |text| chrono_fields(text, &items)))
        .peer("jiff", move || each(&for_jiff, |text| jiff_fields(text)))
        .operations(count)
}

/// A point in time in UTC.
fn points<'a>() -> Contest<'a> {
    let texts: Vec<String> =
        micros().iter().map(|&m| stamped(stamp::<Rfc3339Micros>(&UnixMicros(m)))).collect();
    for (text, micros) in texts.iter().zip(micros()) {
        assert_eq!(ours_point(text), to_chrono(micros));
        assert_eq!(chrono_point(text), to_chrono(micros));
        assert_eq!(jiff_point(text).as_microsecond(), micros);
    }

    let count = texts.len() as u32;
    let (for_chrono, for_jiff) = (texts.clone(), texts.clone());
    Contest::new(move || each(&texts, |text| ours_point(text)))
        .peer("chrono", move || each(&for_chrono, |text| chrono_point(text)))
        .peer("jiff", move || each(&for_jiff, |text| jiff_point(text)))
        .operations(count)
}

fn stamped<S: ToString, E: std::fmt::Debug>(stamp: Result<S, E>) -> String {
    stamp.expect("the year has four digits").to_string()
}

fn ours_fields(text: &str) -> Fields {
    log_format::parse::<EsMicros>(text.as_bytes()).expect("a stamp")
}

fn chrono_fields(text: &str, items: &[Item<'_>]) -> NaiveDateTime {
    let mut parsed = Parsed::new();
    chrono::format::parse(&mut parsed, text, items.iter()).expect("a stamp");
    parsed.to_naive_datetime_with_offset(0).expect("a date")
}

fn jiff_fields(text: &str) -> civil::DateTime {
    PARSER.parse_datetime(text).expect("a stamp")
}

fn ours_point(text: &str) -> DateTime<Utc> {
    log_format::parse::<Rfc3339Micros>(text.as_bytes()).expect("a stamp").to_datetime_utc()
}

fn chrono_point(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("a stamp").to_utc()
}

fn jiff_point(text: &str) -> Timestamp {
    PARSER.parse_timestamp(text).expect("a stamp")
}
