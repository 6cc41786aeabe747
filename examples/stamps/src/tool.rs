use log_format::{
    Clf, CommaMillis, Deviation, EsLog, EsMicros, EsMillis, EsNanos, Finding, HaproxyDate, Layout,
    ParseError, Repair, Rfc3164, Rfc3339Micros, Rfc3339MicrosOffset, Rfc3339Millis,
    Rfc3339MillisOffset, Rfc3339Nanos, Rfc3339NanosOffset, Rfc3339Seconds, Rfc3339SecondsOffset,
    StampError, UnixMicros, check, find, parse_in_year, stamp,
};

/// What can be done with one line by one layout.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) pattern: &'static str,
    /// Stamps have no year, so that reading them needs one.
    pub(crate) needs_year: bool,
    /// Appends the stamp of unix microseconds.
    pub(crate) format: fn(i64, &mut Vec<u8>) -> Result<(), StampError>,
    /// Unix microseconds of a stamp; the year counts where the stamp has none.
    pub(crate) parse: fn(&[u8], u16) -> Result<i64, ParseError>,
    /// How the line's stamp deviates; with `true` that found anywhere.
    pub(crate) check: fn(&[u8], bool) -> Option<Deviation>,
    /// Appends the line with its stamp repaired; nothing on failure.
    pub(crate) repair: Mend,
}

type Mend = fn(&[u8], bool, Repair, &mut Vec<u8>) -> Result<(), Deviation>;

pub(crate) static TOOLS: [Tool; 16] = [
    tool::<EsMillis>(),
    tool::<EsMicros>(),
    tool::<EsNanos>(),
    tool::<Rfc3339Seconds>(),
    tool::<Rfc3339Millis>(),
    tool::<Rfc3339Micros>(),
    tool::<Rfc3339Nanos>(),
    tool::<Rfc3339SecondsOffset>(),
    tool::<Rfc3339MillisOffset>(),
    tool::<Rfc3339MicrosOffset>(),
    tool::<Rfc3339NanosOffset>(),
    tool::<HaproxyDate>(),
    tool::<Clf>(),
    tool::<CommaMillis>(),
    tool::<EsLog>(),
    Tool { needs_year: true, ..tool::<Rfc3164>() },
];

impl Tool {
    pub(crate) fn named(name: &str) -> Result<&'static Self, String> {
        let known = TOOLS.iter().find(|tool| tool.name == name);
        known.ok_or_else(|| String::from("no such layout: see stamps --help"))
    }
}

const fn tool<L: Layout>() -> Tool {
    Tool {
        name: L::NAME,
        pattern: L::PATTERN,
        needs_year: false,
        format: format::<L>,
        parse: |text, year| Ok(parse_in_year::<L>(text, year)?.unix_micros()),
        check: |line, anywhere| look::<L>(line, anywhere).deviation(),
        repair: repair::<L>,
    }
}

fn format<L: Layout>(micros: i64, out: &mut Vec<u8>) -> Result<(), StampError> {
    out.extend_from_slice(stamp::<L>(&UnixMicros(micros))?.as_bytes());
    Ok(())
}

fn repair<L: Layout>(
    line: &[u8],
    anywhere: bool,
    how: Repair,
    out: &mut Vec<u8>,
) -> Result<(), Deviation> {
    let finding = look::<L>(line, anywhere);
    let stamp = finding.repair(how)?;
    let range = finding.range();
    out.extend_from_slice(&line[..range.start]);
    out.extend_from_slice(stamp.as_bytes());
    out.extend_from_slice(&line[range.end..]);
    Ok(())
}

fn look<L: Layout>(line: &[u8], anywhere: bool) -> Finding<L> {
    if anywhere { find(line) } else { check(line) }
}
