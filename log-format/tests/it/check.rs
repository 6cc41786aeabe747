use log_format::{
    Clf, CommaMillis, Deviation, DeviationKind, EsLog, EsMicros, EsMillis, EsNanos, Field, Finding,
    HaproxyDate, Layout, Repair, Rfc3164, Rfc3339Micros, Rfc3339MillisOffset, Rfc3339Seconds,
    UnixNanos, check, find, parse, parse_in_year, stamp,
};
use proptest::prelude::*;

/// The places and names of all deviations, the length of the stamp, and the repaired one.
fn seen<L: Layout>(text: &str, how: Repair) -> (Vec<(usize, &'static str)>, usize, String) {
    let finding = check::<L>(text.as_bytes());
    let deviations = finding.deviations().map(|deviation| (deviation.at, deviation.kind.name()));
    let repaired = match finding.repair(how) {
        Ok(stamp) => stamp.to_string(),
        Err(deviation) => deviation.to_string(),
    };
    (deviations.collect(), finding.range().len(), repaired)
}

fn mended(
    deviations: &[(usize, &'static str)],
    width: usize,
    repaired: &str,
) -> (Vec<(usize, &'static str)>, usize, String) {
    (deviations.to_vec(), width, repaired.to_owned())
}

#[test]
fn what_loses_nothing_is_repaired() {
    let how = Repair::new();

    assert_eq!(
        seen::<EsMicros>("2017-05-30 13:03:11 INFO", how),
        mended(&[(19, "missing-fraction")], 19, "2017-05-30 13:03:11.000000")
    );
    assert_eq!(
        seen::<EsMicros>("2017-05-30 13:03:11.5. Then", how),
        mended(&[(21, "short-fraction")], 21, "2017-05-30 13:03:11.500000")
    );
    assert_eq!(
        seen::<EsMillis>("2017-05-30T13:03:11,123", how),
        mended(&[(10, "wrong-separator"), (19, "wrong-point")], 23, "2017-05-30 13:03:11.123")
    );
    assert_eq!(
        seen::<EsLog>("2017-05-30_13:03:11.12", how),
        mended(
            &[(10, "wrong-separator"), (19, "wrong-point"), (22, "short-fraction")],
            22,
            "2017-05-30T13:03:11,120"
        )
    );
    assert_eq!(
        seen::<HaproxyDate>("2017-05-30 13:03:11.123", how),
        mended(&[(0, "wrong-date"), (10, "wrong-separator")], 23, "30/May/2017:13:03:11.123")
    );
    // What nginx writes in its error log.
    assert_eq!(
        seen::<EsMillis>("2017/05/30 13:03:11 [error]", how),
        mended(&[(0, "wrong-date"), (19, "missing-fraction")], 19, "2017-05-30 13:03:11.000")
    );
    assert_eq!(
        seen::<Rfc3164>("Jun 01 13:03:11 host", how),
        mended(&[(0, "wrong-date")], 15, "Jun  1 13:03:11")
    );
}

#[test]
fn zone_is_rewritten_by_the_same_instant() {
    let how = Repair::new();
    let zulu = "2017-05-30T13:03:11.250000Z";
    let cases = [
        ("2017-05-30T13:03:11.250000+00:00", 32),
        ("2017-05-30T13:03:11.250000-00:00", 32),
        ("2017-05-30T13:03:11.250000z", 27),
        ("2017-05-30T13:03:11.250000 UTC rest", 30),
        ("2017-05-30T17:03:11.250000+04", 29),
        ("2017-05-30T17:03:11.250000 +0400]", 32),
        ("2017-05-29T22:03:11.250000-1500", 31),
        // What the Display of the crate time writes.
        ("2017-05-30T13:03:11.250000 +00:00:00", 36),
    ];

    for (text, width) in cases {
        assert_eq!(
            seen::<Rfc3339Micros>(text, how),
            mended(&[(26, "wrong-zone")], width, zulu),
            "{text}"
        );
    }
    assert_eq!(
        seen::<EsMillis>("2017-05-30 17:03:11.250+04:00 x", how),
        mended(&[(23, "extra-zone")], 29, "2017-05-30 13:03:11.250")
    );
    assert_eq!(
        seen::<Rfc3339MillisOffset>("2017-05-30T17:03:11.250+0400", how),
        mended(&[(23, "wrong-zone")], 28, "2017-05-30T17:03:11.250+04:00")
    );
    assert_eq!(
        seen::<Clf>("30/May/2017:17:03:11Z", how),
        mended(&[(20, "wrong-zone")], 21, "30/May/2017:17:03:11 +0000")
    );
}

#[test]
fn what_loses_or_invents_something_needs_leave() {
    let zone = "2017-05-30T13:03:11.250000";
    let told = Repair::new().assume_offset(120).unwrap();
    assert_eq!(
        seen::<Rfc3339Micros>(zone, Repair::new().cut()),
        mended(&[(26, "no-zone")], 26, "zone missing at byte 26")
    );
    assert_eq!(
        seen::<Rfc3339Micros>(zone, told),
        mended(&[(26, "no-zone")], 26, "2017-05-30T11:03:11.250000Z")
    );
    // A zone told changes nothing where none is written or one is there.
    assert_eq!(seen::<EsMillis>("2017-05-30 13:03:11", told).2, "2017-05-30 13:03:11.000");
    assert_eq!(seen::<Rfc3339Seconds>("2017-05-30 13:03:11Z", told).2, "2017-05-30T13:03:11Z");

    let long = "2017-05-30 13:03:11.1239999999";
    assert_eq!(
        seen::<EsMillis>(long, told),
        mended(&[(23, "long-fraction")], 30, "fraction too long at byte 23")
    );
    assert_eq!(
        seen::<EsMillis>(long, Repair::new().cut()),
        mended(&[(23, "long-fraction")], 30, "2017-05-30 13:03:11.123")
    );
    let extra = "2017-05-30T13:03:11.9Z";
    assert_eq!(
        seen::<Rfc3339Seconds>(extra, Repair::new()),
        mended(&[(19, "extra-fraction")], 22, "fraction where the layout has none at byte 19")
    );
    assert_eq!(seen::<Rfc3339Seconds>(extra, Repair::new().cut()).2, "2017-05-30T13:03:11Z");

    let year = "Feb 29 13:03:11";
    let (leap, ordinary) = (Repair::new().assume_year(2016), Repair::new().assume_year(2017));
    assert_eq!(
        seen::<EsMillis>(year, Repair::new().cut()),
        mended(&[(0, "no-year"), (15, "missing-fraction")], 15, "date without a year at byte 0")
    );
    assert_eq!(seen::<EsMillis>(year, leap.unwrap()).2, "2016-02-29 13:03:11.000");
    assert_eq!(seen::<EsMillis>(year, ordinary.unwrap()).2, "day out of range at byte 0");
    assert_eq!(seen::<Rfc3164>(year, ordinary.unwrap()).2, year);
    assert_eq!(
        seen::<Rfc3164>("2016-02-29 13:03:11", Repair::new()),
        mended(&[(0, "extra-year")], 19, "date with a year at byte 0")
    );
    assert_eq!(seen::<Rfc3164>("2016-02-29 13:03:11", Repair::new().cut()).2, year);

    let east = "Mar  1 01:03:11+02:00";
    assert_eq!(seen::<Rfc3164>(east, Repair::new()).2, "zone where the layout has none at byte 15");
    assert_eq!(seen::<Rfc3164>(east, leap.unwrap()).2, "Feb 29 23:03:11");
    assert_eq!(seen::<Rfc3164>(east, ordinary.unwrap()).2, "Feb 28 23:03:11");

    assert_eq!(Repair::new().assume_offset(1_440), Err(Field::Offset));
    assert_eq!(Repair::new().assume_year(10_000), Err(Field::Year));
}

#[test]
fn what_no_calendar_or_clock_has_is_never_repaired() {
    let told = Repair::new().cut().assume_offset(0).unwrap().assume_year(2017).unwrap();
    let cases = [
        ("2017-13-30 13:03:11.000", 5, "out-of-range"),
        ("2017-02-29 13:03:11.000", 8, "out-of-range"),
        ("2017-02-28 24:03:11.000", 11, "out-of-range"),
        ("2017-02-28 23:60:11.000", 14, "out-of-range"),
        ("2017-02-28 23:59:61.000", 17, "out-of-range"),
        ("2016-12-31 23:59:60.000", 17, "leap-second"),
        ("2017-02-28 23:59:01.000+24:00", 23, "out-of-range"),
        ("2017-02-28 23:59:01.000+04:00:07", 23, "out-of-range"),
        ("", 0, "not-a-stamp"),
        ("started", 0, "not-a-stamp"),
        ("2017-02-28 23:59", 16, "not-a-stamp"),
        ("2017-02-28 23:59:0x", 18, "not-a-stamp"),
        ("2017-02-28 23:59:011", 19, "not-a-stamp"),
        ("2017-02/28 23:59:01", 7, "not-a-stamp"),
        ("2017-02-28  23:59:01", 11, "not-a-stamp"),
    ];

    for (text, at, name) in cases {
        let finding = check::<EsMillis>(text.as_bytes());
        let refused = finding.repair(told).unwrap_err();
        let deviation = finding.deviations().find(|deviation| deviation.kind.name() == name);
        assert_eq!((refused.at, refused.kind.name()), (at, name), "{text}");
        assert_eq!(deviation, Some(refused), "{text}");
    }
    let conversion = check::<EsMillis>(b"9999-12-31 23:00:00.000-02:00").repair(told);
    assert_eq!(conversion, Err(Deviation { at: 0, kind: DeviationKind::OutOfRange(Field::Year) }));
}

#[test]
fn what_follows_a_stamp_is_not_taken_for_a_part_of_it() {
    // The rest of the line is one of: columns, a sentence, a number, a date, a word.
    let rests = [
        ",200,12",
        ",1234",
        ",200.5",
        ". Next",
        ".",
        ",",
        " 123",
        " -12",
        " -12345",
        " +1:00",
        "-2017-05-31",
        "-20170531",
        " UTCx",
        "Zulu",
        "]",
        " Zone",
        " ",
        "\t",
        "+",
        " +04",
    ];
    for rest in rests {
        let line = format!("2017-05-30 13:03:11{rest}");
        assert_eq!(check::<EsMicros>(line.as_bytes()).range(), 0..19, "{line}");
        let line = format!("2017-05-30 13:03:11.000000{rest}");
        let finding = check::<EsMicros>(line.as_bytes());
        assert_eq!((finding.range(), finding.deviation()), (0..26, None), "{line}");
    }
    assert_eq!(check::<CommaMillis>(b"2017-05-30 13:03:11,20,x").range(), 0..22);
    assert_eq!(check::<EsMicros>(b"2017-05-30 13:03:11,200").range(), 0..23);
}

#[test]
fn what_would_join_the_repaired_stamp_is_not_repaired() {
    fn refused<L: Layout>(line: &str) {
        let told = Repair::new().cut().assume_offset(0).unwrap().assume_year(2017).unwrap();
        let finding = check::<L>(line.as_bytes());
        let expected = Deviation { at: finding.range().end, kind: DeviationKind::RunsOn };
        assert_eq!(finding.repair(told), Err(expected), "{line}");
        assert_eq!(finding.deviations().last(), Some(expected), "{line}");
    }

    // Another zone where one is taken away, or another fraction.
    refused::<EsMicros>("2017-05-30 13:03:11Z+04:00");
    refused::<EsMicros>("2017-05-30 13:03:11 +0000 UTC");
    refused::<Rfc3164>("May 30 13:03:11Z.25");
    refused::<Rfc3164>("May 30 13:03:11Z,123456789");
    // What would end or lengthen a zone that is put there.
    refused::<Rfc3339Seconds>("2017-05-30T13:03:11Zulu");
    refused::<Rfc3339Seconds>("2017-05-30T13:03:11-x");
    refused::<Rfc3339MillisOffset>("2017-05-30T13:03:11.250Z:30");
    // A sound stamp has been told from what follows.
    assert_eq!(check::<EsMicros>(b"2017-05-30 13:03:11.000000Zulu").deviation(), None);
    assert_eq!(seen::<EsMicros>("2017-05-30 13:03:11 +1", Repair::new()).1, 19);
}

#[test]
fn first_stamp_of_the_layouts_form_is_found_and_else_any() {
    fn found<L: Layout>(line: &str) -> (&str, Option<&'static str>) {
        let finding: Finding<L> = find(line.as_bytes());
        (&line[finding.range()], finding.deviation().map(|deviation| deviation.kind.name()))
    }
    let line = "<134>Nov 22 05:01:17 web [22/Nov/2026:05:01:17] 2026-11-22T05:01:18,5 \
                2026-11-22 05:01:18.000000";

    assert_eq!(found::<HaproxyDate>(line), ("22/Nov/2026:05:01:17", Some("missing-fraction")));
    assert_eq!(found::<Rfc3164>(line), ("Nov 22 05:01:17", None));
    assert_eq!(found::<EsMicros>(line), ("2026-11-22T05:01:18", Some("wrong-separator")));
    assert_eq!(found::<EsMicros>("at Nov 22 05:01:17"), ("Nov 22 05:01:17", Some("no-year")));
    assert_eq!(found::<EsMicros>("12017-05-30 13:03:11"), ("", Some("not-a-stamp")));
    assert_eq!(found::<EsMicros>("x2017-05-30 13:03:11"), ("", Some("not-a-stamp")));
    assert_eq!(
        found::<EsMicros>("x=2017-05-30 13:03:11"),
        ("2017-05-30 13:03:11", Some("missing-fraction"))
    );
    assert_eq!(found::<EsMicros>(""), ("", Some("not-a-stamp")));
    let deviation = find::<EsMicros>(b"[2017-05-30 13:03:11]").deviation().unwrap();
    assert_eq!(deviation.at, 20);
}

/// What is sound is what is parsed; the range lies in the line; what is repaired is sound, and
/// what is sound stays as it is.
fn holds_together<L: Layout>(line: &[u8]) {
    for finding in [check::<L>(line), find::<L>(line)] {
        let range = finding.range();
        let text = &line[range.clone()];
        let reads = parse_in_year::<L>(text, 2000).is_ok();
        assert_eq!(finding.deviation().is_none(), reads, "{text:?}");
        for deviation in finding.deviations() {
            assert!(deviation.at <= line.len());
        }

        let how = Repair::new().cut().assume_offset(-90).unwrap().assume_year(2016).unwrap();
        let Ok(stamp) = finding.repair(how) else { continue };
        let again = check::<L>(stamp.as_bytes());
        assert_eq!((again.deviation(), again.range()), (None, 0..L::WIDTH));
        if finding.deviation().is_none() {
            assert_eq!(stamp.as_bytes(), text);
        }
        let mended = [&line[..range.start], stamp.as_bytes(), &line[range.end..]].concat();
        let again = find::<L>(&mended);
        let place = range.start..range.start + L::WIDTH;
        assert_eq!((again.deviation(), again.range()), (None, place), "{line:?}");
    }
    if parse_in_year::<L>(line, 2000).is_ok() {
        assert_eq!(check::<L>(line).range(), 0..line.len());
    }
}

fn all_hold_together(line: &[u8]) {
    holds_together::<EsMicros>(line);
    holds_together::<EsLog>(line);
    holds_together::<HaproxyDate>(line);
    holds_together::<Clf>(line);
    holds_together::<Rfc3339Micros>(line);
    holds_together::<Rfc3339MillisOffset>(line);
    holds_together::<Rfc3164>(line);
}

/// Lines of pieces that stamps are made of.
fn pieces() -> impl Strategy<Value = String> {
    let date = "(2017-0[1-3]-[23][0-9]|2017/05/30|[0-3][0-9]/(May|Feb|Ma)/2016|Feb [ 0-3][0-9])";
    let time = "[ T:_tx][012][0-9]:[0-6][0-9]:[0-6][0-9]";
    let fraction = "([.,][0-9]{0,10})?";
    let zone = "(Z|z| ?UTC| ?[+-][0-2][0-9]:?[0-6][0-9](:[0-9]{2})?|[+-][0-2][0-9])?";
    ("(|<1>|\\[|x)", date, time, fraction, zone, "(| |,1|.5|]|x|-1)").prop_map(
        |(before, date, time, fraction, zone, after)| {
            format!("{before}{date}{time}{fraction}{zone}{after}")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn check_parse_and_repair_hold_together(
        line in pieces(),
        other in pieces(),
        bytes in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        all_hold_together(line.as_bytes());
        all_hold_together(format!("{line}{other}").as_bytes());
        all_hold_together(&bytes);
    }

    /// An instant in any of many spellings is repaired to the stamp of that instant.
    #[test]
    fn repaired_stamp_is_that_of_the_instant_however_it_was_spelled(
        seconds in -62_000_000_000..253_000_000_000_i64,
        micros in prop_oneof![Just(0), 0..1_000_000_i128],
        digits in 0..=9_usize,
        zone in prop_oneof![Just(None), (-1_439..=1_439_i32).prop_map(Some)],
        spelling in (0..3_u8, "[ T_]", "[.,]", 0..4_u8),
    ) {
        let (date, separator, point, zone_spelling) = spelling;
        let unit = 10_i128.pow(9 - digits as u32);
        let nanos = (i128::from(seconds) * 1_000_000_000 + micros * 1_000).div_euclid(unit) * unit;
        let utc = chrono::DateTime::from_timestamp_nanos(0)
            + chrono::TimeDelta::seconds(nanos.div_euclid(1_000_000_000) as i64)
            + chrono::TimeDelta::nanoseconds(nanos.rem_euclid(1_000_000_000) as i64);
        let local = utc + chrono::TimeDelta::minutes(zone.unwrap_or(0).into());
        let date = local.format(["%Y-%m-%d", "%Y/%m/%d", "%d/%b/%Y"][usize::from(date)]);
        let fraction = match digits {
            0 => String::new(),
            // A comma before other numbers of digits may separate columns.
            _ if point == "," && !matches!(digits, 3 | 6 | 9) => {
                format!(".{}", &local.format("%f").to_string()[..digits])
            }
            _ => format!("{point}{}", &local.format("%f").to_string()[..digits]),
        };
        let offset = zone.and_then(|minutes| chrono::FixedOffset::east_opt(minutes * 60));
        let zone = match (offset, zone_spelling) {
            (None, _) => String::new(),
            (Some(offset), 0) => offset.to_string().replace(':', ""),
            (Some(offset), 1) => format!(" {offset}"),
            (Some(offset), 2) if offset.local_minus_utc() == 0 => "Z".to_owned(),
            (Some(offset), _) => offset.to_string(),
        };
        let text = format!("{date}{separator}{}{fraction}{zone}", local.format("%H:%M:%S"));

        let told = Repair::new().cut().assume_offset(0).unwrap();
        let naive = check::<EsNanos>(text.as_bytes()).repair(told);
        let zulu = check::<Rfc3339Micros>(text.as_bytes()).repair(told);

        let instant = UnixNanos(nanos);
        prop_assert_eq!(naive, Ok(stamp::<EsNanos>(&instant).unwrap()), "{}", text);
        prop_assert_eq!(zulu, Ok(stamp::<Rfc3339Micros>(&instant).unwrap()), "{}", text);
        let deviates = parse::<EsNanos>(text.as_bytes()).is_err();
        prop_assert_eq!(check::<EsNanos>(text.as_bytes()).deviation().is_some(), deviates);
    }
}
