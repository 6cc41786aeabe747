use log_format::haproxy::{Format, prefix};
use log_format::{
    Clf, CommaMillis, EsLog, EsMicros, EsMillis, EsNanos, HaproxyDate, Layout, Rfc3339Micros,
    Rfc3339Millis, Rfc3339Nanos, UnixMicros, UnixNanos, parse, stamp,
};

/// Reads the input as a stamp of each layout, as an httplog line, and, where it has two lines, its
/// second line by the format that its first describes. What is read writes back as the same bytes, in
/// lines as far as they are printable.
///
/// # Panics
///
/// If one of these does not hold.
pub fn log_format(input: &[u8]) {
    stamps(input);
    line(&Format::httplog(), prefix::strip(input).body);
    if let Some(end) = input.iter().position(|byte| *byte == b'\n')
        && let Ok(directive) = str::from_utf8(&input[..end])
        && let Ok(format) = Format::compile(directive)
    {
        line(&format, &input[end + 1..]);
    }
}

fn stamps(text: &[u8]) {
    back::<EsMillis>(text);
    back::<EsMicros>(text);
    back::<EsNanos>(text);
    back::<Rfc3339Millis>(text);
    back::<Rfc3339Micros>(text);
    back::<Rfc3339Nanos>(text);
    back::<HaproxyDate>(text);
    back::<Clf>(text);
    back::<CommaMillis>(text);
    back::<EsLog>(text);
}

fn back<L: Layout>(text: &[u8]) {
    let fields = match parse::<L>(text) {
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
    assert_eq!(chrono.timestamp_nanos_opt().map(i128::from), in_64_bits(fields.unix_nanos()));
}

fn in_64_bits(nanos: i128) -> Option<i128> {
    i64::try_from(nanos).is_ok().then_some(nanos)
}

fn line(format: &Format, text: &[u8]) {
    let entry = match format.read(text) {
        Ok(line) => line.entry(),
        Err(error) => {
            assert!(error.at <= text.len(), "{error} in {} bytes", text.len());
            return;
        }
    };

    let mut written = Vec::new();
    let outcome = format.write(&entry, &mut written);
    if text.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        outcome.expect("what was read can be written");
        assert_eq!(written.escape_ascii().to_string(), text.escape_ascii().to_string());
    } else if outcome.is_ok() {
        // HAProxy writes no such bytes: they are escaped, and then stay as they are.
        let again = format.read(&written).expect("what was written can be read");
        let mut twice = Vec::new();
        format.write(&again.entry(), &mut twice).expect("and written");
        assert_eq!(twice.escape_ascii().to_string(), written.escape_ascii().to_string());
    } else {
        assert!(written.is_empty(), "a failure leaves nothing behind");
    }
}
