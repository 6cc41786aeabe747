use log_format::{
    Clf, CommaMillis, DeviationKind, EsLog, EsMicros, EsMillis, EsNanos, Finding, HaproxyDate,
    Layout, Repair, Rfc3164, Rfc3339Micros, Rfc3339MicrosOffset, Rfc3339Millis,
    Rfc3339MillisOffset, Rfc3339Nanos, Rfc3339NanosOffset, Rfc3339Seconds, Rfc3339SecondsOffset,
    UnixMicros, UnixNanos, check, find, layout, parse_in_year, stamp,
};

layout! {
    struct Tenths = "tenths", "YYYY-MM-DD_hh:mm:ss,f";
    struct Blank = "blank", "DD/Mon/YYYY@hh:mm:ss.ffffffff +zz:zz";
    struct Yearless = "yearless", "Mon _D-hh:mm:ss.ff+zzzz";
}

/// The year of stamps without one; it has a 29 February.
const YEAR: u16 = 2016;

macro_rules! in_each_layout {
    ($property:ident, $($argument:expr),+) => {
        $property::<EsMillis>($($argument),+);
        $property::<EsMicros>($($argument),+);
        $property::<EsNanos>($($argument),+);
        $property::<Rfc3339Seconds>($($argument),+);
        $property::<Rfc3339Millis>($($argument),+);
        $property::<Rfc3339Micros>($($argument),+);
        $property::<Rfc3339Nanos>($($argument),+);
        $property::<Rfc3339SecondsOffset>($($argument),+);
        $property::<Rfc3339MillisOffset>($($argument),+);
        $property::<Rfc3339MicrosOffset>($($argument),+);
        $property::<Rfc3339NanosOffset>($($argument),+);
        $property::<HaproxyDate>($($argument),+);
        $property::<Clf>($($argument),+);
        $property::<CommaMillis>($($argument),+);
        $property::<EsLog>($($argument),+);
        $property::<Rfc3164>($($argument),+);
        $property::<Tenths>($($argument),+);
        $property::<Blank>($($argument),+);
        $property::<Yearless>($($argument),+);
    };
}

/// Reads the input as a stamp of each layout: what is read writes back as the same bytes, from the
/// fields and from the instant. Its first 16 bytes are an instant too, whose stamp reads back, and the
/// rest says what to change of that stamp, by place and byte.
///
/// # Panics
///
/// If one of these does not hold.
pub fn log_format_parse(input: &[u8]) {
    in_each_layout!(reads_only_what_it_writes, input);
    if let Some((instant, changes)) = input.split_first_chunk() {
        let nanos = i128::from_le_bytes(*instant);
        in_each_layout!(reads_what_it_writes, nanos, changes);
    }
}

fn reads_only_what_it_writes<L: Layout>(text: &[u8]) {
    let fields = match parse_in_year::<L>(text, YEAR) {
        Ok(fields) => fields,
        Err(error) => {
            assert!(error.at <= text.len(), "{error} in {} bytes", text.len());
            return;
        }
    };

    assert_eq!(stamp::<L>(&fields).expect("read").as_bytes(), text, "the fields");
    if fields.offset_minutes().unwrap_or(0) == 0 {
        // Layouts that write an offset write UTC's as 0, as was read.
        let nanos = stamp::<L>(&UnixNanos(fields.unix_nanos()));
        assert_eq!(nanos.expect("read").as_bytes(), text, "nanoseconds since 1970");
        if fields.nanosecond() % 1000 == 0 {
            let micros = stamp::<L>(&UnixMicros(fields.unix_micros()));
            assert_eq!(micros.expect("read").as_bytes(), text, "microseconds since 1970");
        }
    }
    // Chrono counts the days in another way.
    let chrono = fields.to_datetime_utc();
    let nanos = fields.unix_nanos();
    assert_eq!(i128::from(chrono.timestamp()), nanos.div_euclid(1_000_000_000));
    assert_eq!(i128::from(chrono.timestamp_subsec_nanos()), nanos.rem_euclid(1_000_000_000));
}

fn reads_what_it_writes<L: Layout>(nanos: i128, changes: &[u8]) {
    // 0000-01-01T00:00:00Z and 10000-01-01T00:00:00Z in seconds, by GNU date.
    const START: i128 = -62_167_219_200_000_000_000;
    const END: i128 = 253_402_300_800_000_000_000;
    assert_eq!(stamp::<L>(&UnixNanos(nanos)).is_ok(), (START..END).contains(&nanos), "{nanos}");
    let nanos = START + nanos.rem_euclid(END - START);
    let written = stamp::<L>(&UnixNanos(nanos)).expect("within the years");

    let digits = L::PATTERN.bytes().filter(|letter| *letter == b'f').count();
    let unit = 10_i128.pow(9 - digits as u32);
    if L::PATTERN.contains("YYYY") {
        let read = parse_in_year::<L>(written.as_bytes(), YEAR).expect("a stamp");
        assert_eq!(read.unix_nanos(), nanos.div_euclid(unit) * unit, "{written}");
    }

    let mut text = written.as_bytes().to_vec();
    for change in changes.chunks_exact(2) {
        text[usize::from(change[0]) % L::WIDTH] = change[1];
    }
    reads_only_what_it_writes::<L>(&text);
}

/// Looks at the stamp that begins the input and at the first one in it: places lie in the line, in
/// order, and a stamp without deviation is one that is read.
///
/// # Panics
///
/// If one of these does not hold.
pub fn log_format_check(input: &[u8]) {
    in_each_layout!(names_what_is_not_read, input);
}

fn names_what_is_not_read<L: Layout>(line: &[u8]) {
    for finding in [check::<L>(line), find::<L>(line)] {
        let range = finding.range();
        let text = line.get(range.clone()).expect("a part of the line");
        let reads = parse_in_year::<L>(text, YEAR).is_ok();
        assert_eq!(finding.deviation().is_none(), reads, "{}", text.escape_ascii());
        let places: Vec<usize> = finding.deviations().map(|deviation| deviation.at).collect();
        assert!(places.is_sorted(), "{places:?}");
        assert!(places.iter().all(|place| *place <= line.len()), "{places:?}");
        // What is found is what begins the line from there on.
        if range.start > 0 {
            let there = check::<L>(&line[range.start..]).deviations();
            let kinds = there.map(|deviation| deviation.kind);
            assert!(finding.deviations().map(|deviation| deviation.kind).eq(kinds));
        }
    }
    if parse_in_year::<L>(line, YEAR).is_ok() {
        assert_eq!(check::<L>(line).range(), 0..line.len());
    }
}

/// Repairs the stamp that begins the input, and the first one in it, by what the first byte gives
/// leave to: a repaired line checks clean, and only what cannot be repaired is refused.
///
/// # Panics
///
/// If one of these does not hold.
pub fn log_format_repair(input: &[u8]) {
    let Some((leave, line)) = input.split_first() else { return };
    let mut how = Repair::new();
    if leave & 1 != 0 {
        how = how.cut();
    }
    if leave & 2 != 0 {
        let minutes = i16::from(*leave) * 7 - 900;
        how = how.assume_offset(minutes).expect("less than a day");
    }
    if leave & 4 != 0 {
        how = how.assume_year(YEAR + u16::from(*leave)).expect("four digits");
    }
    in_each_layout!(repaired_line_is_sound, line, how);
}

type Look<L> = fn(&[u8]) -> Finding<L>;

fn repaired_line_is_sound<L: Layout>(line: &[u8], how: Repair) {
    let looks: [Look<L>; 2] = [check, find];
    for look in looks {
        let finding = look(line);
        let range = finding.range();
        let stamp = match finding.repair(how) {
            Ok(stamp) => stamp,
            Err(refused) => {
                // A conversion can leave the years, and a year told lack a day.
                let converted = matches!(refused.kind, DeviationKind::OutOfRange(_));
                assert!(converted || finding.deviations().any(|deviation| deviation == refused));
                continue;
            }
        };

        let (before, after) = (&line[..range.start], &line[range.end..]);
        let repaired = [before, stamp.as_bytes(), after].concat();
        let again = look(&repaired);
        let place = range.start..range.start + L::WIDTH;
        let shown = (line.escape_ascii(), repaired.escape_ascii());
        assert_eq!((again.deviation(), again.range()), (None, place), "{} {}", shown.0, shown.1);
        assert_eq!(again.repair(Repair::new()), Ok(stamp));
        if finding.deviation().is_none() {
            assert_eq!(repaired, line);
        }
    }
}
