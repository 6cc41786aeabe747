#[cfg(feature = "std")]
use std::time::{Duration, SystemTime};

use log_format::chrono::{
    DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, TimeZone, Utc,
};
use log_format::{
    Clf, CommaMillis, EsLog, EsMicros, EsMillis, EsNanos, Fields, HaproxyDate, Layout, LeapHeld,
    Moment, Rfc3164, Rfc3339Micros, Rfc3339MicrosOffset, Rfc3339Millis, Rfc3339MillisOffset,
    Rfc3339Nanos, Rfc3339NanosOffset, Rfc3339Seconds, Rfc3339SecondsOffset, Stamp, StampError,
    UnixMicros, UnixNanos, layout, parse, parse_in_year, stamp,
};
use proptest::prelude::*;

/// 0000-01-01T00:00:00Z and 10000-01-01T00:00:00Z in seconds, as GNU date has them.
const START: i64 = -62_167_219_200;
const END: i64 = 253_402_300_800;

layout! {
    struct Tenths = "tenths", "YYYY-MM-DD_hh:mm:ss,f";
    struct Own = "own", "DD/Mon/YYYY@hh:mm:ss.ffffffff +zz:zz";
}

/// Nanoseconds of the years 0 to 9999; a third of them on a whole second.
fn instants() -> impl Strategy<Value = i128> {
    (START..END, prop_oneof![Just(0_i128), 0..1_000_000_000_i128, Just(999_999_999_i128)])
        .prop_map(|(seconds, nanos)| i128::from(seconds) * 1_000_000_000 + nanos)
}

fn chrono_utc(nanos: i128) -> DateTime<Utc> {
    let seconds = nanos.div_euclid(1_000_000_000) as i64;
    DateTime::from_timestamp(seconds, nanos.rem_euclid(1_000_000_000) as u32).unwrap()
}

/// Stamps an instant in all ways and holds it against chrono's own formatting, then reads it
/// back and holds it against the instant, cut downwards to `unit` nanoseconds.
fn check<L: Layout>(nanos: i128, width: usize, unit: i128, chrono_format: &str) {
    let utc = chrono_utc(nanos);

    let text = stamp::<L>(&UnixNanos(nanos)).unwrap();

    assert_eq!((text.as_bytes().len(), L::WIDTH, Stamp::<L>::WIDTH), (width, width, width));
    assert_eq!(text.as_str(), utc.format(chrono_format).to_string());
    assert_eq!(text, stamp::<L>(&utc).unwrap());
    assert_eq!(text, stamp::<L>(&parse::<L>(text.as_bytes()).unwrap()).unwrap());
    assert_eq!(text, text.parse().unwrap());
    let back = parse::<L>(text.as_bytes()).unwrap();
    let expected = nanos.div_euclid(unit) * unit;
    assert_eq!(back.unix_nanos(), expected);
    assert_eq!(back.unix_micros(), expected.div_euclid(1_000) as i64);
    assert_eq!(back.to_datetime_utc(), chrono_utc(expected));
    assert_eq!(back.to_naive(), chrono_utc(expected).naive_utc());
}

/// Layouts of one's own, with numbers of digits that chrono does not format.
fn check_own(nanos: i128) {
    let utc = chrono_utc(nanos);
    let digits = utc.format("%f").to_string();

    let tenths = stamp::<Tenths>(&UnixNanos(nanos)).unwrap();
    let own = stamp::<Own>(&UnixNanos(nanos)).unwrap();

    let seconds = utc.format("%Y-%m-%d_%H:%M:%S,").to_string();
    assert_eq!(tenths.as_str(), seconds + &digits[..1]);
    let seconds = utc.format("%d/%b/%Y@%H:%M:%S").to_string();
    assert_eq!(own.as_str(), format!("{seconds}.{} +00:00", &digits[..8]));
    let back = parse::<Tenths>(tenths.as_bytes()).unwrap();
    assert_eq!(back.unix_nanos(), nanos.div_euclid(100_000_000) * 100_000_000);
    let back = parse::<Own>(own.as_bytes()).unwrap();
    assert_eq!(back.unix_nanos(), nanos.div_euclid(10) * 10);
}

/// Without a year it parses back with the year given, and not at all in some other.
fn check_rfc3164(nanos: i128) {
    let utc = chrono_utc(nanos);

    let text = stamp::<Rfc3164>(&UnixNanos(nanos)).unwrap();

    assert_eq!(text.as_str(), utc.format("%b %e %H:%M:%S").to_string());
    assert_eq!(text, text.parse().unwrap());
    let back = parse_in_year::<Rfc3164>(text.as_bytes(), utc.year() as u16).unwrap();
    assert_eq!(back.unix_nanos(), nanos.div_euclid(1_000_000_000) * 1_000_000_000);
    let elsewhere = parse_in_year::<Rfc3164>(text.as_bytes(), 1901);
    assert_eq!(elsewhere.is_err(), text.starts_with("Feb 29"));
}

fn check_all(nanos: i128) {
    check::<EsMillis>(nanos, 23, 1_000_000, "%Y-%m-%d %H:%M:%S%.3f");
    check::<EsMicros>(nanos, 26, 1_000, "%Y-%m-%d %H:%M:%S%.6f");
    check::<EsNanos>(nanos, 29, 1, "%Y-%m-%d %H:%M:%S%.9f");
    check::<Rfc3339Millis>(nanos, 24, 1_000_000, "%Y-%m-%dT%H:%M:%S%.3fZ");
    check::<Rfc3339Micros>(nanos, 27, 1_000, "%Y-%m-%dT%H:%M:%S%.6fZ");
    check::<Rfc3339Nanos>(nanos, 30, 1, "%Y-%m-%dT%H:%M:%S%.9fZ");
    check::<HaproxyDate>(nanos, 24, 1_000_000, "%d/%b/%Y:%H:%M:%S%.3f");
    check::<Clf>(nanos, 26, 1_000_000_000, "%d/%b/%Y:%H:%M:%S %z");
    check::<CommaMillis>(nanos, 23, 1_000_000, "%Y-%m-%d %H:%M:%S,%3f");
    check::<EsLog>(nanos, 23, 1_000_000, "%Y-%m-%dT%H:%M:%S,%3f");
    check::<Rfc3339Seconds>(nanos, 20, 1_000_000_000, "%Y-%m-%dT%H:%M:%SZ");
    check::<Rfc3339SecondsOffset>(nanos, 25, 1_000_000_000, "%Y-%m-%dT%H:%M:%S%:z");
    check::<Rfc3339MillisOffset>(nanos, 29, 1_000_000, "%Y-%m-%dT%H:%M:%S%.3f%:z");
    check::<Rfc3339MicrosOffset>(nanos, 32, 1_000, "%Y-%m-%dT%H:%M:%S%.6f%:z");
    check::<Rfc3339NanosOffset>(nanos, 35, 1, "%Y-%m-%dT%H:%M:%S%.9f%:z");
    check_own(nanos);
    check_rfc3164(nanos);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_instant_has_the_width_and_text_of_chrono_and_parses_back(nanos in instants()) {
        check_all(nanos);
    }

    #[test]
    fn all_sources_of_one_instant_give_one_stamp(nanos in instants()) {
        let micros = nanos.div_euclid(1_000);
        let utc = chrono_utc(micros * 1_000);
        let expected = stamp::<EsMicros>(&UnixNanos(nanos)).unwrap();

        assert_eq!(stamp::<EsMicros>(&UnixMicros(micros as i64)).unwrap(), expected);
        assert_eq!(stamp::<EsMicros>(&utc).unwrap(), expected);
        assert_eq!(stamp::<EsMicros>(&utc.naive_utc()).unwrap(), expected);
    }

    #[test]
    fn year_first_stamps_order_as_their_instants(one in instants(), other in instants()) {
        fn ordered<L: Layout>(one: i128, other: i128, unit: i128) {
            let order = one.div_euclid(unit).cmp(&other.div_euclid(unit));
            let (one, other) = (UnixNanos(one), UnixNanos(other));
            assert_eq!(stamp::<L>(&one).unwrap().cmp(&stamp::<L>(&other).unwrap()), order);
        }
        for other in [other, one + 1, one + 1_000_000_000] {
            prop_assume!(other < i128::from(END) * 1_000_000_000);
            ordered::<EsMillis>(one, other, 1_000_000);
            ordered::<EsMicros>(one, other, 1_000);
            ordered::<EsNanos>(one, other, 1);
            ordered::<Rfc3339Seconds>(one, other, 1_000_000_000);
            ordered::<Rfc3339Millis>(one, other, 1_000_000);
            ordered::<Rfc3339Micros>(one, other, 1_000);
            ordered::<Rfc3339Nanos>(one, other, 1);
            ordered::<CommaMillis>(one, other, 1_000_000);
            ordered::<EsLog>(one, other, 1_000_000);
        }
    }

    #[test]
    fn layouts_with_an_offset_keep_it_and_the_others_write_utc(
        nanos in instants(),
        minutes in -1439..=1439_i32,
    ) {
        let zone = FixedOffset::east_opt(minutes * 60).unwrap();
        let zoned = chrono_utc(nanos).with_timezone(&zone);
        let utc = chrono_utc(nanos);

        assert_eq!(stamp::<EsNanos>(&zoned).unwrap(), stamp::<EsNanos>(&utc).unwrap());
        assert_eq!(stamp::<HaproxyDate>(&zoned).unwrap(), stamp::<HaproxyDate>(&utc).unwrap());
        assert_eq!(stamp::<Rfc3339Nanos>(&zoned).unwrap(), stamp::<Rfc3339Nanos>(&utc).unwrap());
        let local = zoned.naive_local();
        match stamp::<Clf>(&zoned) {
            Ok(text) => {
                let fields = parse::<Clf>(text.as_bytes()).unwrap();
                assert_eq!(text.as_str(), zoned.format("%d/%b/%Y:%H:%M:%S %z").to_string());
                assert_eq!(fields.offset_minutes().map(i32::from), Some(minutes));
                assert_eq!(fields.to_datetime().unwrap().timestamp(), utc.timestamp());
                assert_eq!(fields.to_datetime().unwrap().offset(), &zone);
                assert_eq!(fields.to_utc().unwrap().to_naive().and_utc(), fields.to_datetime_utc());
                let rfc3339 = stamp::<Rfc3339NanosOffset>(&zoned).unwrap();
                let expected = zoned.format("%Y-%m-%dT%H:%M:%S%.9f%:z").to_string();
                assert_eq!(rfc3339.as_str(), expected);
                let fields = parse::<Rfc3339NanosOffset>(rfc3339.as_bytes()).unwrap();
                assert_eq!(fields.to_datetime().unwrap(), zoned);
            }
            Err(error) => {
                let year = local.year();
                assert_eq!((error, (0..=9999).contains(&year)), (StampError::Year, false));
            }
        }
    }

    #[cfg(feature = "std")]
    #[test]
    fn system_time_is_stamped_like_its_nanoseconds(nanos in instants()) {
        let seconds = (nanos.abs() / 1_000_000_000) as u64;
        let distance = Duration::new(seconds, (nanos.abs() % 1_000_000_000) as u32);
        let time = match nanos < 0 {
            true => SystemTime::UNIX_EPOCH - distance,
            false => SystemTime::UNIX_EPOCH + distance,
        };

        let expected = stamp::<EsNanos>(&UnixNanos(nanos)).unwrap();
        assert_eq!(stamp::<EsNanos>(&time).unwrap(), expected);
    }
}

#[test]
fn every_day_of_all_years_is_stamped_and_read_as_the_calendar_has_it() {
    let (mut year, mut month, mut day) = (0_u16, 1_u8, 1_u8);
    let mut days = 0_i64;
    let mut previous = None;

    while year <= 9999 {
        // Another time of day each day, so that all parts change.
        let second = days * 7_919 % 86_400;
        let micros = (START + days * 86_400 + second) * 1_000_000 + days % 1_000_000;
        let text = stamp::<EsMicros>(&UnixMicros(micros)).unwrap();
        let fields = parse::<EsMicros>(text.as_bytes()).unwrap();
        assert_eq!((fields.year(), fields.month(), fields.day()), (year, month, day), "{text}");
        assert!(previous < Some(text), "{text} is not after the day before");
        previous = Some(text);
        let clock = (fields.hour(), fields.minute(), fields.second());
        let time = i64::from(clock.0) * 3600 + i64::from(clock.1) * 60 + i64::from(clock.2);
        assert_eq!((time, fields.unix_micros()), (second, micros), "{text}");
        let made = Fields::new(year, month, day, clock.0, clock.1, clock.2, 0).unwrap();
        assert_eq!(made.unix_seconds(), micros.div_euclid(1_000_000));

        // The calendar as it is taught.
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        days += 1;
        day += 1;
        if day > length {
            assert!(Fields::new(year, month, day, 0, 0, 0, 0).is_err());
            (month, day) = (month + 1, 1);
        }
        if month > 12 {
            (year, month) = (year + 1, 1);
        }
    }

    assert_eq!(days, 3_652_425);
}

#[test]
fn chrono_dates_of_every_day_are_stamped_as_chrono_writes_them() {
    let mut date = NaiveDate::from_ymd_opt(0, 1, 1).unwrap();
    let mut text = String::new();

    // Each third day meets every day of the month and of the year many times over.
    while date.year() <= 9999 {
        use std::fmt::Write as _;
        text.clear();
        write!(text, "{date}").unwrap();

        let stamp = stamp::<EsMillis>(&date.and_time(chrono::NaiveTime::MIN)).unwrap();

        assert_eq!(stamp.as_bytes()[..10], *text.as_bytes());
        date = date + Days::new(3);
    }
}

#[test]
fn known_instants_have_known_stamps() {
    // RFC 3339, section 5.8.
    let fractional = DateTime::parse_from_rfc3339("1985-04-12T23:20:50.52Z").unwrap();
    assert_eq!(stamp::<Rfc3339Millis>(&fractional).unwrap().as_str(), "1985-04-12T23:20:50.520Z");
    let pacific = DateTime::parse_from_rfc3339("1996-12-19T16:39:57-08:00").unwrap();
    assert_eq!(stamp::<Rfc3339Millis>(&pacific).unwrap().as_str(), "1996-12-20T00:39:57.000Z");
    assert_eq!(stamp::<Clf>(&pacific).unwrap().as_str(), "19/Dec/1996:16:39:57 -0800");
    // The example of Apache's documentation of its access log.
    let access = FixedOffset::west_opt(7 * 3600).unwrap();
    let access = access.with_ymd_and_hms(2000, 10, 10, 13, 55, 36).unwrap();
    assert_eq!(stamp::<Clf>(&access).unwrap().as_str(), "10/Oct/2000:13:55:36 -0700");
    // HAProxy's configuration manual 2.6, section 8.2.3.
    let haproxy = NaiveDate::from_ymd_opt(2009, 2, 6).unwrap();
    let haproxy = haproxy.and_hms_milli_opt(12, 14, 14, 655).unwrap();
    assert_eq!(stamp::<HaproxyDate>(&haproxy).unwrap().as_str(), "06/Feb/2009:12:14:14.655");
    // Python's documentation of logging.Formatter.formatTime.
    let python = NaiveDate::from_ymd_opt(2003, 1, 23).unwrap();
    let python = python.and_hms_milli_opt(0, 29, 50, 411).unwrap();
    assert_eq!(stamp::<CommaMillis>(&python).unwrap().as_str(), "2003-01-23 00:29:50,411");
}

#[test]
fn fractions_are_cut_downwards_before_and_after_1970() {
    let before = stamp::<EsMillis>(&UnixNanos(-1)).unwrap();
    let after = stamp::<EsMillis>(&UnixNanos(999_999)).unwrap();

    assert_eq!(before.as_str(), "1969-12-31 23:59:59.999");
    assert_eq!(after.as_str(), "1970-01-01 00:00:00.000");
}

#[test]
fn instants_outside_the_years_0_to_9999_are_errors() {
    let zone = FixedOffset::east_opt(86_399).unwrap();
    let extremes: [&dyn Fn() -> Result<Stamp<EsMicros>, StampError>; 12] = [
        &|| stamp(&UnixMicros(START * 1_000_000 - 1)),
        &|| stamp(&UnixMicros(END * 1_000_000)),
        &|| stamp(&UnixMicros(i64::MIN)),
        &|| stamp(&UnixMicros(i64::MAX)),
        &|| stamp(&UnixNanos(i128::MIN)),
        &|| stamp(&UnixNanos(i128::MAX)),
        &|| stamp(&NaiveDateTime::MIN),
        &|| stamp(&NaiveDateTime::MAX),
        &|| stamp(&DateTime::<Utc>::MIN_UTC),
        &|| stamp(&DateTime::<Utc>::MAX_UTC.with_timezone(&zone)),
        &|| stamp(&(chrono_utc(i128::from(START) * 1_000_000_000) - Days::new(1))),
        &|| stamp(&(chrono_utc(i128::from(END - 1) * 1_000_000_000) + Days::new(1))),
    ];

    for extreme in extremes {
        assert_eq!(extreme(), Err(StampError::Year));
    }
    let ends = [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC];
    for end in ends {
        assert_eq!(stamp::<Clf>(&end.with_timezone(&zone)), Err(StampError::Year));
    }
    assert_eq!(
        stamp::<EsMicros>(&UnixMicros(END * 1_000_000 - 1)).unwrap().as_str(),
        "9999-12-31 23:59:59.999999"
    );
    assert_eq!(
        stamp::<EsMicros>(&UnixMicros(START * 1_000_000)).unwrap().as_str(),
        "0000-01-01 00:00:00.000000"
    );
}

#[test]
fn year_is_that_of_the_zone_which_is_written() {
    let new_year = chrono_utc(i128::from(END - 1) * 1_000_000_000);
    let east = new_year.with_timezone(&FixedOffset::east_opt(3600).unwrap());
    let west = new_year.with_timezone(&FixedOffset::west_opt(3600).unwrap());

    assert!(stamp::<EsMicros>(&east).is_ok());
    assert_eq!(stamp::<Clf>(&east), Err(StampError::Year));
    assert_eq!(stamp::<Clf>(&west).unwrap().as_str(), "31/Dec/9999:22:59:59 -0100");
    let local = west.naive_local().fields().unwrap().with_offset(-120).unwrap();
    assert_eq!(stamp::<EsMicros>(&local), Err(StampError::Year));
}

#[test]
fn leap_seconds_offsets_with_seconds_and_missing_zones_are_errors() {
    let leap = NaiveDate::from_ymd_opt(2016, 12, 31).unwrap();
    let leap = leap.and_hms_nano_opt(23, 59, 59, 1_500_000_000).unwrap();
    let odd =
        FixedOffset::east_opt(14_407).unwrap().from_utc_datetime(&DateTime::UNIX_EPOCH.naive_utc());
    let naive = DateTime::UNIX_EPOCH.naive_utc();

    assert_eq!(stamp::<EsMicros>(&leap), Err(StampError::LeapSecond));
    assert_eq!(stamp::<Clf>(&leap.and_utc()), Err(StampError::LeapSecond));
    assert_eq!(stamp::<Clf>(&odd), Err(StampError::OffsetSeconds(14_407)));
    assert_eq!(stamp::<EsMillis>(&odd).unwrap().as_str(), "1970-01-01 00:00:00.000");
    assert_eq!(stamp::<Clf>(&naive), Err(StampError::NoZone));
    assert_eq!(stamp::<Rfc3339Nanos>(&naive), Err(StampError::NoZone));
    assert!(stamp::<EsNanos>(&naive).is_ok());
}

#[test]
fn held_leap_second_is_the_end_of_the_second_before_in_every_zone() {
    let leap = NaiveDate::from_ymd_opt(2016, 12, 31).unwrap();
    let leap = leap.and_hms_nano_opt(23, 59, 59, 1_500_000_000).unwrap();
    let east = leap.and_utc().with_timezone(&FixedOffset::east_opt(19_800).unwrap());
    let ordinary = DateTime::UNIX_EPOCH;

    let naive = stamp::<EsNanos>(&LeapHeld(leap)).unwrap();
    let utc = stamp::<EsMicros>(&LeapHeld(east)).unwrap();
    let zoned = stamp::<Rfc3339MillisOffset>(&LeapHeld(east)).unwrap();

    assert_eq!(naive.as_str(), "2016-12-31 23:59:59.999999999");
    assert_eq!(utc.as_str(), "2016-12-31 23:59:59.999999");
    assert_eq!(zoned.as_str(), "2017-01-01T05:29:59.999+05:30");
    assert_eq!(stamp::<Clf>(&LeapHeld(ordinary)), stamp::<Clf>(&ordinary));
    assert_eq!(stamp::<Clf>(&LeapHeld(NaiveDateTime::MAX)), Err(StampError::Year));
}

#[test]
fn names_and_patterns_are_those_of_the_layouts() {
    fn described<L: Layout>() -> (&'static str, usize) {
        assert_eq!(L::PATTERN.len(), L::WIDTH);
        (L::NAME, L::WIDTH)
    }

    let layouts = [
        described::<EsMillis>(),
        described::<EsMicros>(),
        described::<EsNanos>(),
        described::<Rfc3339Millis>(),
        described::<Rfc3339Micros>(),
        described::<Rfc3339Nanos>(),
        described::<HaproxyDate>(),
        described::<Clf>(),
        described::<CommaMillis>(),
        described::<EsLog>(),
        described::<Rfc3339Seconds>(),
        described::<Rfc3339SecondsOffset>(),
        described::<Rfc3339MillisOffset>(),
        described::<Rfc3339MicrosOffset>(),
        described::<Rfc3339NanosOffset>(),
        described::<Rfc3164>(),
        described::<Own>(),
    ];

    let expected = [
        ("es-millis", 23),
        ("es-micros", 26),
        ("es-nanos", 29),
        ("rfc3339-millis", 24),
        ("rfc3339-micros", 27),
        ("rfc3339-nanos", 30),
        ("haproxy", 24),
        ("clf", 26),
        ("comma-millis", 23),
        ("es-log", 23),
        ("rfc3339-seconds", 20),
        ("rfc3339-seconds-offset", 25),
        ("rfc3339-millis-offset", 29),
        ("rfc3339-micros-offset", 32),
        ("rfc3339-nanos-offset", 35),
        ("rfc3164", 15),
        ("own", 36),
    ];
    assert_eq!(layouts, expected);
}
