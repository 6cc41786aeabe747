//! What the files of a tour say: read back in bounded memory, one line at a time.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use ipnet::Ipv4Net;
use linereader::{Config, Line, LineReader, ReadError};
use log_format::haproxy::Format;
use log_format::{EsMicros, Layout, parse};

use crate::failure::Failure;
use crate::log::journal::Files;

/// The requests of one group of clients, as logged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Lines.
    pub requests: u64,
    /// Lines whose request the proxy refused.
    pub denied: u64,
    /// Bytes sent to the clients.
    pub bytes: u64,
    /// How many requests took so many milliseconds in all.
    times: BTreeMap<u32, u64>,
}

impl Group {
    /// Returns the total time in milliseconds that `percent` of a hundred requests did not exceed
    /// (nearest rank), or `None` without requests.
    pub fn percentile(&self, percent: u64) -> Option<u32> {
        let timed: u64 = self.times.values().sum();
        let rank = (timed * percent).div_ceil(100).max(1);
        let mut seen = 0;
        self.times.iter().find_map(|(&time, &count)| {
            seen += count;
            (seen >= rank).then_some(time)
        })
    }

    fn add(&mut self, denied: bool, bytes: u64, time: Option<u32>) {
        self.requests += 1;
        self.denied += u64::from(denied);
        self.bytes += bytes;
        if let Some(time) = time {
            *self.times.entry(time).or_default() += 1;
        }
    }
}

/// What the proxy's log says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// All requests.
    pub all: Group,
    /// Those from addresses of the office.
    pub office: Group,
    /// Those from elsewhere.
    pub elsewhere: Group,
}

impl Digest {
    /// Reads the log.
    ///
    /// # Errors
    ///
    /// [`Failure::File`] when it cannot be read, [`Failure::ReadBack`] with the place of the
    /// first byte that is not as HAProxy would have written it.
    pub fn read(log: &Path, office: Ipv4Net) -> Result<Digest, Failure> {
        let format = Format::httplog();
        let mut digest = Digest::default();
        each_line(log, |line| {
            let bad = |column: usize, what: String| read_back(log, line, column, what);
            let entry =
                format.read(line.bytes()).map_err(|error| bad(error.at, error.to_string()))?;
            let Some(IpAddr::V4(client)) = entry.client_ip() else {
                return Err(bad(0, "the client is no IPv4 address".to_owned()));
            };
            let denied = entry.termination().is_some_and(|letters| letters.starts_with(b"PR"));
            let bytes = entry.bytes().unwrap_or_default();
            let time = entry.timers().and_then(|timers| timers.active);
            digest.all.add(denied, bytes, time);
            digest.group(office, client).add(denied, bytes, time);
            Ok(())
        })?;
        Ok(digest)
    }

    fn group(&mut self, office: Ipv4Net, client: Ipv4Addr) -> &mut Group {
        if office.contains(&client) { &mut self.office } else { &mut self.elsewhere }
    }
}

/// How wide stamps are: ours as they stand in the files, and what others would have written for
/// the same instants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamps {
    /// All stamps, of requests and of seconds.
    pub total: u64,
    /// Those of whole seconds.
    pub whole_seconds: u64,
    /// Those of whole milliseconds, whole seconds included: there other formatters drop digits.
    pub whole_milliseconds: u64,
    /// For how many chrono's `Display` writes another number of digits than six.
    pub display_other_width: u64,
    /// For how many `to_rfc3339` does.
    pub rfc3339_other_width: u64,
    /// For how many the stamp in the file has another width than the layout's.
    pub ours_other_width: u64,
}

impl Stamps {
    /// The width of what `to_rfc3339` writes with all six digits.
    pub const RFC3339_WIDTH: usize = "2017-05-30T13:03:11.000001+00:00".len();

    /// Reads the rows of requests and of seconds.
    ///
    /// # Errors
    ///
    /// [`Failure::File`] when they cannot be read, [`Failure::ReadBack`] with the place of the
    /// first stamp that is none.
    pub fn read(files: &Files) -> Result<Stamps, Failure> {
        let mut stamps = Stamps::default();
        for path in [&files.requests, &files.seconds] {
            each_line(path, |line| {
                let text = line.bytes().split(|&byte| byte == b'\t').next().unwrap_or_default();
                stamps.add(text).map_err(|(at, what)| read_back(path, line, at, what))
            })?;
        }
        Ok(stamps)
    }

    fn add(&mut self, text: &[u8]) -> Result<(), (usize, String)> {
        self.total += 1;
        if text.len() != EsMicros::WIDTH {
            self.ours_other_width += 1;
            return Ok(());
        }
        let fields = parse::<EsMicros>(text).map_err(|error| (error.at, error.to_string()))?;
        let time = fields.to_datetime_utc();
        let display = time.naive_utc().to_string();
        self.whole_seconds += u64::from(fields.nanosecond() == 0);
        self.whole_milliseconds += u64::from(fields.nanosecond() % 1_000_000 == 0);
        self.display_other_width += u64::from(display.len() != EsMicros::WIDTH);
        self.rfc3339_other_width += u64::from(time.to_rfc3339().len() != Stamps::RFC3339_WIDTH);
        Ok(())
    }
}

fn each_line(
    path: &Path,
    mut visit: impl FnMut(&Line<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let failed = |source| Failure::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let config = Config::new().max_line(LINE_LIMIT);
    let mut reader = LineReader::with_config(file, config, BUFFER);
    loop {
        match reader.next_line() {
            Ok(Some(line)) => visit(&line)?,
            Ok(None) => return Ok(()),
            Err(ReadError::Io(source)) => return Err(failed(source)),
            Err(error) => return Err(failed(std::io::Error::other(error.to_string()))),
        }
    }
}

fn read_back(path: &Path, line: &Line<'_>, at: usize, what: String) -> Failure {
    Failure::ReadBack { path: path.to_owned(), line: line.number(), column: at + 1, what }
}

/// Longer than any line the tour writes: a head is limited, and each of its bytes is escaped by
/// at most three.
const LINE_LIMIT: usize = 32 * 1024;

/// So much of a file is read at a time.
const BUFFER: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn group(times: &[u32]) -> Group {
        let mut group = Group::default();
        times.iter().for_each(|&time| group.add(false, 0, Some(time)));
        group
    }

    #[test]
    fn percentile_is_the_nearest_rank() {
        let ten = group(&[10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);

        assert_eq!(ten.percentile(50), Some(50));
        assert_eq!(ten.percentile(75), Some(80));
        assert_eq!(ten.percentile(99), Some(100));
        assert_eq!(group(&[7]).percentile(50), Some(7));
        assert_eq!(group(&[]).percentile(50), None);
    }

    #[test]
    fn widths_are_counted_as_chrono_would_write_them() {
        let mut stamps = Stamps::default();

        stamps.add(b"2026-11-22 06:22:08.123456").unwrap();
        stamps.add(b"2026-11-22 06:22:08.123000").unwrap();
        stamps.add(b"2026-11-22 06:22:08.000000").unwrap();
        stamps.add(b"2026-11-22 06:22:08").unwrap();

        assert_eq!(
            stamps,
            Stamps {
                total: 4,
                whole_seconds: 1,
                whole_milliseconds: 2,
                display_other_width: 2,
                rfc3339_other_width: 2,
                ours_other_width: 1,
            }
        );
    }
}
