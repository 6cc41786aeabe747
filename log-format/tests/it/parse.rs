use log_format::{
    Clf, CommaMillis, EsLog, EsMicros, EsMillis, EsNanos, Field, Fields, HaproxyDate, Layout,
    ParseError, ParseErrorKind, Rfc3164, Rfc3339Micros, Rfc3339MicrosOffset, Rfc3339Millis,
    Rfc3339Nanos, Rfc3339Seconds, Stamp, UnixMicros, parse, parse_in_year, stamp,
};
use proptest::prelude::*;

/// What is taken must be what would be written; a fault must lie within the text or at its end.
fn check<L: Layout>(text: &[u8]) {
    match parse::<L>(text) {
        Ok(fields) => assert_eq!(stamp::<L>(&fields).unwrap().as_bytes(), text),
        Err(error) => assert!(error.at <= text.len(), "{error:?}"),
    }
}

fn check_without_year(text: &[u8]) {
    match parse_in_year::<Rfc3164>(text, 2017) {
        Ok(fields) => assert_eq!(stamp::<Rfc3164>(&fields).unwrap().as_bytes(), text),
        Err(error) => assert!(error.at <= text.len(), "{error:?}"),
    }
}

fn check_all(text: &[u8]) {
    check::<EsMillis>(text);
    check::<EsMicros>(text);
    check::<EsNanos>(text);
    check::<Rfc3339Millis>(text);
    check::<Rfc3339Micros>(text);
    check::<Rfc3339Nanos>(text);
    check::<HaproxyDate>(text);
    check::<Clf>(text);
    check::<CommaMillis>(text);
    check::<EsLog>(text);
    check::<Rfc3339Seconds>(text);
    check::<Rfc3339MicrosOffset>(text);
    check_without_year(text);
}

/// Texts of the right shape, whose numbers the calendar may not have.
fn shapes() -> impl Strategy<Value = String> {
    let number = 0..100_u8;
    let date = (number.clone(), number.clone(), 0..15_u8, 0..35_u8);
    let time = (0..26_u8, 0..62_u8, 0..62_u8, "[0-9]{0,9}");
    (date, time, "[ T]", "[.,]", "(Z?| [+-][0-9]{4}|[+-][0-2][0-9]:[0-6][0-9])").prop_map(
        |(
            (century, year, month, day),
            (hour, minute, second, fraction),
            separator,
            point,
            zone,
        )| {
            format!(
                "{century:02}{year:02}-{month:02}-{day:02}{separator}\
                 {hour:02}:{minute:02}:{second:02}{point}{fraction}{zone}"
            )
        },
    )
}

fn syslog_shapes() -> impl Strategy<Value = String> {
    let month = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|jan|Ja)";
    (month, "[ 0-4][0-9]", 0..26_u8, 0..62_u8)
        .prop_map(|(month, day, hour, minute)| format!("{month} {day} {hour:02}:{minute:02}:59"))
}

fn clf_shapes() -> impl Strategy<Value = String> {
    let month = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|jan|Mai|Ja)";
    (0..35_u8, month, 0..100_u8, 0..26_u8, 0..62_u8, "(\\.[0-9]{3}| [+-][012][0-9][0-6][0-9])")
        .prop_map(|(day, month, year, hour, minute, tail)| {
            format!("{day:02}/{month}/20{year:02}:{hour:02}:{minute:02}:59{tail}")
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn nothing_is_taken_but_what_would_be_written(
        bytes in prop::collection::vec(any::<u8>(), 0..40),
        shape in shapes(),
        clf in clf_shapes(),
        syslog in syslog_shapes(),
    ) {
        check_all(&bytes);
        check_all(shape.as_bytes());
        check_all(clf.as_bytes());
        check_all(syslog.as_bytes());
    }

    /// One byte changed: the text is another stamp, or the fault is named at that byte, or at
    /// the start of a number that is out of range for it.
    #[test]
    fn fault_is_named_where_it_lies(
        micros in -62_167_219_200_000_000..253_402_300_800_000_000_i64,
        at in 0..27_usize,
        byte: u8,
    ) {
        let written = stamp::<Rfc3339Micros>(&UnixMicros(micros)).unwrap();
        let mut text: [u8; 27] = written.as_bytes().try_into().unwrap();
        text[at] = byte;

        match parse::<Rfc3339Micros>(&text) {
            Ok(fields) => {
                let written = stamp::<Rfc3339Micros>(&fields).unwrap();
                assert_eq!(written.as_bytes(), text);
            }
            Err(ParseError { at: named, kind: ParseErrorKind::Range(field), .. }) => {
                // A changed year or month can take the day away.
                let day = field == Field::Day && named == 8;
                assert!(day || (named..named + 2).contains(&at), "{named} {at}");
            }
            Err(error) => assert_eq!(error.at, at),
        }
    }
}

fn kind<L: Layout>(text: &str) -> (usize, ParseErrorKind) {
    let error = parse::<L>(text.as_bytes()).unwrap_err();
    (error.at, error.kind)
}

#[test]
fn stamp_without_its_fraction_says_so() {
    // What Python's isoformat(' ') and chrono's Display write of whole seconds and milliseconds.
    assert_eq!(kind::<EsMicros>("2017-05-30 13:03:11"), (19, ParseErrorKind::MissingFraction));
    assert_eq!(
        kind::<Rfc3339Micros>("2017-05-30T13:03:11Z"),
        (19, ParseErrorKind::MissingFraction)
    );
    assert_eq!(
        kind::<EsMicros>("2017-05-30 13:03:11.123"),
        (23, ParseErrorKind::ShortFraction { found: 3, expected: 6 })
    );
    assert_eq!(
        kind::<Rfc3339Micros>("2017-05-30T13:03:11.Z"),
        (20, ParseErrorKind::ShortFraction { found: 0, expected: 6 })
    );
    assert_eq!(
        kind::<EsMicros>("2017-05-30 13:03:11.123456789"),
        (26, ParseErrorKind::LongFraction { expected: 6 })
    );
    assert_eq!(
        parse::<EsMicros>(b"2017-05-30 13:03:11.123").unwrap_err().to_string(),
        "3 of 6 digits in the fraction at byte 23"
    );
}

#[test]
fn stamps_of_other_layouts_are_refused_at_the_first_difference() {
    use ParseErrorKind::{Separator, Trailing, Truncated};

    assert_eq!(
        kind::<EsMicros>("2017-05-30T13:03:11.123456"),
        (10, Separator { expected: b' ', found: b'T' })
    );
    assert_eq!(
        kind::<EsMillis>("2017-05-30 13:03:11,123"),
        (19, Separator { expected: b'.', found: b',' })
    );
    assert_eq!(kind::<EsMillis>("2017-05-30 13:03:11.123Z"), (23, Trailing));
    assert_eq!(kind::<Rfc3339Millis>("2017-05-30T13:03:11.123"), (23, Truncated));
    assert_eq!(
        kind::<Rfc3339Millis>("2017-05-30T13:03:11.123+00:00"),
        (23, Separator { expected: b'Z', found: b'+' })
    );
    assert_eq!(
        kind::<EsMillis>(" 2017-05-30 13:03:11.123"),
        (0, ParseErrorKind::Digit { found: b' ' })
    );
    assert_eq!(kind::<EsMillis>(""), (0, Truncated));
    assert_eq!(kind::<EsMillis>("2017-05-30 13:0"), (15, Truncated));
}

#[test]
fn dates_and_times_that_do_not_exist_are_refused() {
    use ParseErrorKind::{MonthName, Offset, Range, Truncated};

    let cases = [
        ("2017-02-29 00:00:00.000", 8, Field::Day),
        ("1900-02-29 00:00:00.000", 8, Field::Day),
        ("2017-04-31 00:00:00.000", 8, Field::Day),
        ("2017-04-00 00:00:00.000", 8, Field::Day),
        ("2017-00-01 00:00:00.000", 5, Field::Month),
        ("2017-13-01 00:00:00.000", 5, Field::Month),
        ("2017-01-01 24:00:00.000", 11, Field::Hour),
        ("2017-01-01 00:60:00.000", 14, Field::Minute),
        ("2016-12-31 23:59:60.000", 17, Field::Second),
    ];
    for (text, at, field) in cases {
        assert_eq!(kind::<EsMillis>(text), (at, Range(field)), "{text}");
    }
    assert!(parse::<EsMillis>(b"2000-02-29 00:00:00.000").is_ok());
    assert_eq!(kind::<Clf>("29/Feb/2017:00:00:00 +0000"), (0, Range(Field::Day)));
    assert_eq!(kind::<Clf>("32/Jan/2017:00:00:00 +0000"), (0, Range(Field::Day)));
    assert_eq!(kind::<Clf>("01/jan/2017:00:00:00 +0000"), (3, MonthName));
    assert_eq!(kind::<Clf>("01/Ja"), (5, Truncated));
    assert_eq!(kind::<Clf>("01/Jx"), (3, MonthName));
    assert_eq!(kind::<Clf>("01/Jan/2017:00:00:00 +2400"), (22, Range(Field::Offset)));
    assert_eq!(kind::<Clf>("01/Jan/2017:00:00:00 +0060"), (24, Range(Field::Offset)));
    assert_eq!(kind::<Clf>("01/Jan/2017:00:00:00 -0000"), (21, Offset));
    assert_eq!(kind::<Clf>("01/Jan/2017:00:00:00 Z"), (21, Offset));
    assert_eq!(kind::<Clf>("01/Jan/2017:00:00:00 "), (21, Truncated));
}

#[test]
fn syslog_day_is_filled_up_with_a_blank_and_needs_a_year_that_has_it() {
    fn kind(text: &str, year: u16) -> (usize, ParseErrorKind) {
        let error = parse_in_year::<Rfc3164>(text.as_bytes(), year).unwrap_err();
        (error.at, error.kind)
    }
    use ParseErrorKind::{Range, Separator, Truncated};

    assert!(parse_in_year::<Rfc3164>(b"Oct 11 22:14:15", 2017).is_ok());
    assert!(parse_in_year::<Rfc3164>(b"Feb 29 00:00:00", 2016).is_ok());
    assert_eq!(kind("Feb 29 00:00:00", 2017), (4, Range(Field::Day)));
    assert_eq!(kind("Feb  0 00:00:00", 2017), (4, Range(Field::Day)));
    assert_eq!(kind("Feb 01 00:00:00", 2017), (4, Separator { expected: b' ', found: b'0' }));
    assert_eq!(kind("Feb  1 00:00:00", 10_000), (0, Range(Field::Year)));
    assert_eq!(kind("Feb  0 00:00:00", 9_999), (4, Range(Field::Day)));
    assert_eq!(kind("Feb 1", 2017), (5, Truncated));
    assert_eq!("Feb 29 00:00:00".parse::<Stamp<Rfc3164>>().unwrap().as_str(), "Feb 29 00:00:00");
    assert!("Feb 30 00:00:00".parse::<Stamp<Rfc3164>>().is_err());
}

#[test]
fn bytes_outside_ascii_are_shown_as_numbers() {
    let shown = |text: &str| parse::<EsMillis>(text.as_bytes()).unwrap_err().to_string();

    assert_eq!(shown("２017"), "expected a digit, found '\\xef' at byte 0");
    assert_eq!(shown("2017é"), "expected '-', found '\\xc3' at byte 4");
    assert_eq!(shown("2017\n"), "expected '-', found '\\n' at byte 4");
    assert_eq!(shown("2017\""), "expected '-', found '\"' at byte 4");
}

#[test]
fn fields_that_do_not_exist_cannot_be_made() {
    let make = Fields::new;

    assert_eq!(make(10_000, 1, 1, 0, 0, 0, 0), Err(Field::Year));
    assert_eq!(make(2017, 13, 1, 0, 0, 0, 0), Err(Field::Month));
    assert_eq!(make(2017, 2, 29, 0, 0, 0, 0), Err(Field::Day));
    assert_eq!(make(2017, 1, 0, 0, 0, 0, 0), Err(Field::Day));
    assert_eq!(make(2017, 1, 1, 24, 0, 0, 0), Err(Field::Hour));
    assert_eq!(make(2017, 1, 1, 0, 60, 0, 0), Err(Field::Minute));
    assert_eq!(make(2017, 1, 1, 0, 0, 60, 0), Err(Field::Second));
    assert_eq!(make(2017, 1, 1, 0, 0, 0, 1_000_000_000), Err(Field::Nanosecond));
    assert_eq!(Fields::EPOCH.with_offset(1_440), Err(Field::Offset));
    assert_eq!(Fields::EPOCH.with_offset(-1_440), Err(Field::Offset));
    assert_eq!(Fields::EPOCH.to_datetime(), None);
}
