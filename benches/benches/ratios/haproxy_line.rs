//! A line of HAProxy's httplog into all of its fields, beside the regular expression that log
//! shippers use and a chain of the standard library's splits.

use std::fmt::Write;
use std::str::FromStr;

use benches::seed::Seed;
use benches::{Contest, Suite};
use log_format::haproxy::Format;
use regex::bytes::{CaptureLocations, Regex};

const LINES: usize = 512;

/// All fields of httplog, in its order.
const PATTERN: &str = concat!(
    r"(?-u)^([0-9a-fA-F.:]+):(\d+) \[(\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2}\.\d{3})\] ",
    r"([^ ]+) ([^ /]+)/([^ ]+) (-?\d+)/(-?\d+)/(-?\d+)/(-?\d+)/(\+?-?\d+) (-?\d+) (\+?\d+) ",
    r"([^ ]+) ([^ ]+) (.{4}) (\d+)/(\d+)/(\d+)/(\d+)/(\+?\d+) (\d+)/(\d+) ",
    r#""([^ ]+) ([^ ]+) ([^ "]+)"$"#,
);

pub(crate) fn enter(suite: &mut Suite) {
    suite.path("haproxy-line/all", contest);
}

fn contest<'a>() -> Contest<'a> {
    let lines = lines();
    let format = Format::httplog();
    let regex = Regex::new(PATTERN).expect("the pattern is a regular expression");
    let mut places = regex.capture_locations();
    for line in &lines {
        let expected = ours(&format, line).expect("an httplog line");
        assert_eq!(by_regex(&regex, &mut places, line), Some(expected));
        assert_eq!(by_splits(line), Some(expected));
    }

    let bytes = lines.iter().map(Vec::len).sum();
    let (for_regex, for_std) = (lines.clone(), lines.clone());
    Contest::new(move || total(&lines, |line| ours(&format, line)))
        .peer("regex", move || total(&for_regex, |line| by_regex(&regex, &mut places, line)))
        .peer("std", move || total(&for_std, by_splits))
        .operations(LINES as u32)
        .bytes(bytes)
}

/// What is wanted of a line: the numbers as numbers, the texts by their lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wanted {
    port: u32,
    /// Year, month, day, hour, minute, second, millisecond.
    date: [u32; 7],
    /// Frontend, backend, server, request target.
    texts: [usize; 4],
    /// As logged: -1 where the phase was not reached.
    timers: [i32; 5],
    status: u16,
    bytes: u64,
    /// Connections, retries and queues.
    counters: [u32; 7],
}

fn total(lines: &[Vec<u8>], mut take: impl FnMut(&[u8]) -> Option<Wanted>) -> u64 {
    lines.iter().filter_map(|line| take(line)).map(|wanted| wanted.bytes).sum()
}

fn ours(format: &Format, line: &[u8]) -> Option<Wanted> {
    let line = format.read(line).ok()?;
    let (date, timers) = (line.date()?, line.timers()?);
    let (connections, queues) = (line.connections()?, line.queues()?);
    let timer = |timer: Option<u32>| timer.map_or(-1, |ms| ms as i32);
    Some(Wanted {
        port: line.client_port()?,
        date: [
            date.year().into(),
            date.month().into(),
            date.day().into(),
            date.hour().into(),
            date.minute().into(),
            date.second().into(),
            date.nanosecond() / 1_000_000,
        ],
        texts: [
            line.frontend()?.len(),
            line.backend()?.len(),
            line.server()?.len(),
            line.request()?.uri()?.len(),
        ],
        timers: [timers.request, timers.queue, timers.connect, timers.response, timers.active]
            .map(timer),
        status: line.status()?,
        bytes: line.bytes()?,
        counters: [
            connections.active,
            connections.frontend,
            connections.backend,
            connections.server,
            connections.retries,
            queues.server,
            queues.backend,
        ],
    })
}

fn by_regex(regex: &Regex, places: &mut CaptureLocations, line: &[u8]) -> Option<Wanted> {
    regex.captures_read(places, line)?;
    let line = std::str::from_utf8(line).ok()?;
    let group = |index| places.get(index).and_then(|(start, end)| line.get(start..end));
    let text = |index| Some(group(index)?.trim_end_matches('~').len());
    Some(Wanted {
        port: group(2)?.parse().ok()?,
        date: date(group(3)?)?,
        texts: [text(4)?, text(5)?, text(6)?, text(25)?],
        timers: numbers((7..12).filter_map(group))?,
        status: group(12)?.parse().ok()?,
        bytes: group(13)?.parse().ok()?,
        counters: numbers((17..24).filter_map(group))?,
    })
}

fn by_splits(line: &[u8]) -> Option<Wanted> {
    let line = std::str::from_utf8(line).ok()?;
    let (front, request) = line.split_once('"')?;
    let mut words = front.split(' ');
    let (_, port) = words.next()?.rsplit_once(':')?;
    let accepted = words.next()?.strip_prefix('[')?.strip_suffix(']')?;
    let frontend = words.next()?.trim_end_matches('~');
    let (backend, server) = words.next()?.split_once('/')?;
    let timers = numbers(words.next()?.split('/'))?;
    let status = words.next()?.parse().ok()?;
    let bytes = words.next()?.parse().ok()?;
    // The cookies and the termination.
    let mut words = words.skip(3);
    let (connections, queues) = (words.next()?, words.next()?);
    let target = request.split(' ').nth(1)?;
    Some(Wanted {
        port: port.parse().ok()?,
        date: date(accepted)?,
        texts: [frontend.len(), backend.len(), server.len(), target.len()],
        timers,
        status,
        bytes,
        counters: numbers(connections.split('/').chain(queues.split('/')))?,
    })
}

fn date(text: &str) -> Option<[u32; 7]> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let number = |range| text.get(range).and_then(|digits: &str| digits.parse().ok());
    let month = MONTHS.iter().position(|name| text.get(3..6) == Some(name))?;
    Some([
        number(7..11)?,
        month as u32 + 1,
        number(0..2)?,
        number(12..14)?,
        number(15..17)?,
        number(18..20)?,
        number(21..24)?,
    ])
}

fn numbers<'l, N: FromStr + Copy + Default, const COUNT: usize>(
    texts: impl Iterator<Item = &'l str>,
) -> Option<[N; COUNT]> {
    let mut numbers = [N::default(); COUNT];
    for (number, text) in numbers.iter_mut().zip(texts) {
        *number = text.parse().ok()?;
    }
    Some(numbers)
}

/// Lines as HAProxy writes them, no two alike.
fn lines() -> Vec<Vec<u8>> {
    let mut seed = Seed::new(0x6861_7072);
    let mut pick = move |low, high| seed.between(low, high);
    (0..LINES)
        .map(|_| {
            let mut line = String::new();
            let (tr, ta) = (pick(0, 900), pick(900, 30_000));
            write!(
                line,
                "10.{}.{}.{}:{} [{:02}/Nov/2026:{:02}:{:02}:{:02}.{:03}] fe-{} be/app{} ",
                pick(0, 255),
                pick(0, 255),
                pick(1, 254),
                pick(1024, 65_535),
                pick(1, 30),
                pick(0, 23),
                pick(0, 59),
                pick(0, 59),
                pick(0, 999),
                ["plain", "tls~"][pick(0, 1)],
                pick(1, 40),
            )
            .expect("memory is writable");
            write!(
                line,
                "0/0/{}/{tr}/{ta} {} {} - - ---- {}/{}/{}/{}/0 0/{} \"{} /{:0width$x}?q={} HTTP/1.1\"",
                pick(0, 9),
                [200, 200, 200, 304, 404, 503][pick(0, 5)],
                pick(100, 5_000_000),
                pick(1, 900),
                pick(1, 900),
                pick(0, 90),
                pick(0, 9),
                pick(0, 3),
                ["GET", "GET", "POST", "DELETE"][pick(0, 3)],
                pick(0, 1 << 30),
                pick(0, 1 << 20),
                width = pick(1, 80),
            )
            .expect("memory is writable");
            line.into_bytes()
        })
        .collect()
}
