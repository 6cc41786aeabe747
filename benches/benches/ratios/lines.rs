//! Lines out of a reader, beside bstr's and the standard library's loops over a `BufReader`.
//!
//! All read the same bytes from memory through a buffer of the same size into the same sink.

use std::io::{self, BufRead, BufReader};

use benches::seed::Seed;
use benches::{Contest, Suite};
use bstr::io::BufReadExt;
use linereader::{Config, LineReader, ReadError};

/// Bytes of one input: more than caches hold and branch predictors learn, as a log file is. With
/// 1.6 MB a predictor of this decade learns where lines of 120 bytes end.
const INPUT: usize = 8 << 20;

const BUFFER: usize = 128 * 1024;

/// How long the lines are, without their ending.
#[derive(Clone, Copy)]
enum Lengths {
    /// Evenly spread from half the average to one and a half times, so that a branch predictor finds
    /// no period.
    Around(usize),
    Between(usize, usize),
    /// Most lines near the median, a few very long, as in an access log.
    LogNormal {
        median: f64,
        deviation: f64,
    },
}

const PATHS: [(&str, Lengths); 7] = [
    ("lines/8", Lengths::Around(8)),
    ("lines/40", Lengths::Around(40)),
    ("lines/120", Lengths::Around(120)),
    ("lines/80-250", Lengths::Between(80, 250)),
    ("lines/1000", Lengths::Around(1000)),
    ("lines/16384", Lengths::Around(16_384)),
    ("lines/log-normal", Lengths::LogNormal { median: 90.0, deviation: 0.8 }),
];

pub(crate) fn enter(suite: &mut Suite) {
    for (path, lengths) in PATHS {
        suite.path(path, || contest(lengths));
    }
}

fn contest<'a>(lengths: Lengths) -> Contest<'a> {
    let text = input(lengths);
    let expected = std_read_until(&text).expect("memory is readable");
    assert_eq!(ours(&text).expect("no line is over the limit"), expected);
    assert_eq!(bstr_for_byte_line(&text).expect("memory is readable"), expected);
    assert_eq!(std_lines(&text).expect("the input is ASCII"), expected);

    let (for_bstr, for_std, for_std_lines) = (text.clone(), text.clone(), text.clone());
    let bytes = text.len();
    Contest::new(move || ours(&text))
        .peer("bstr", move || bstr_for_byte_line(&for_bstr))
        .peer("std", move || std_read_until(&for_std))
        .peer("std-lines", move || std_lines(&for_std_lines))
        .bytes(bytes)
        .operations(expected.lines)
}

/// What becomes of each line: cheap, but it needs both ends of the line and the count.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sink {
    lines: u32,
    bytes: u64,
    last: u64,
}

impl Sink {
    #[inline]
    fn take(&mut self, line: &[u8]) {
        self.lines += 1;
        self.bytes += line.len() as u64;
        self.last += u64::from(line.last().copied().unwrap_or(0));
    }
}

fn ours(text: &[u8]) -> Result<Sink, ReadError> {
    let mut sink = Sink::default();
    LineReader::with_config(text, Config::new(), BUFFER)
        .for_each(|line| sink.take(line.bytes()))?;
    Ok(sink)
}

fn bstr_for_byte_line(text: &[u8]) -> io::Result<Sink> {
    let mut sink = Sink::default();
    BufReader::with_capacity(BUFFER, text).for_byte_line(|line| {
        sink.take(line);
        Ok(true)
    })?;
    Ok(sink)
}

fn std_read_until(text: &[u8]) -> io::Result<Sink> {
    let mut sink = Sink::default();
    let mut reader = BufReader::with_capacity(BUFFER, text);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let content = line.strip_suffix(b"\n").unwrap_or(&line);
        sink.take(content.strip_suffix(b"\r").unwrap_or(content));
        line.clear();
    }
    Ok(sink)
}

fn std_lines(text: &[u8]) -> io::Result<Sink> {
    let mut sink = Sink::default();
    for line in BufReader::with_capacity(BUFFER, text).lines() {
        sink.take(line?.as_bytes());
    }
    Ok(sink)
}

fn input(lengths: Lengths) -> Vec<u8> {
    let mut seed = Seed::new(0x6c69_6e65);
    let mut text = Vec::with_capacity(INPUT + 32_768);
    while text.len() < INPUT {
        let length = match lengths {
            Lengths::Around(average) => seed.between(average / 2, average * 3 / 2),
            Lengths::Between(low, high) => seed.between(low, high),
            Lengths::LogNormal { median, deviation } => {
                (median * (deviation * seed.normal()).exp()) as usize
            }
        };
        let start = text.len();
        text.resize(start + length, 0);
        seed.fill_printable(&mut text[start..]);
        text.push(b'\n');
    }
    text
}
