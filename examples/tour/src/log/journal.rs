//! The files that a tour writes: the proxy's log, a row for each request, a row for each second.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use log_format::haproxy::{Captures, Connections, Entry, Format, Queues, Text, Timers};
use log_format::{EsMicros, Moment, UnixMicros, stamp};
use tempfile::TempDir;

use crate::clock::Clock;
use crate::failure::Failure;
use crate::web::exchange::{End, Exchange, Request};

/// Where the files of a tour are.
#[derive(Debug)]
pub struct Files {
    /// HAProxy's httplog lines.
    pub log: PathBuf,
    /// Rows with a stamp to the microsecond, one for each request.
    pub requests: PathBuf,
    /// Rows with a stamp of whole seconds, one for each second in which a request ended.
    pub seconds: PathBuf,
    /// Removed with all that is in it when the tour is over.
    _directory: Option<TempDir>,
}

impl Files {
    /// Returns the files of the log at `log`; the others lie beside it.
    pub fn beside(log: &Path) -> Files {
        let beside = |suffix: &str| {
            let mut name = log.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        Files {
            log: log.to_owned(),
            requests: beside(".requests"),
            seconds: beside(".seconds"),
            _directory: None,
        }
    }

    /// Returns files in a new directory that lasts as long as they do.
    ///
    /// # Errors
    ///
    /// [`Failure::System`] when there is no such directory.
    pub fn temporary() -> Result<Files, Failure> {
        let action = "make a temporary directory";
        let directory = tempfile::Builder::new()
            .prefix("sysop-tour-")
            .tempdir()
            .map_err(|source| Failure::System { action, source })?;
        let files = Files::beside(&directory.path().join("tour.log"));
        Ok(Files { _directory: Some(directory), ..files })
    }
}

/// Writes the files while the site serves.
#[derive(Debug)]
pub struct Journal {
    format: Format,
    clock: Clock,
    log: Output,
    requests: Output,
    seconds: Output,
    line: Vec<u8>,
    second: Option<Second>,
}

/// How busy the site is while a request ends.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Open connections.
    pub connections: usize,
    /// Pages that are being written.
    pub serving: usize,
}

/// What happened in one second of wall time.
#[derive(Clone, Copy, Debug)]
struct Second {
    unix: i64,
    requests: u32,
    bytes: u64,
}

impl Journal {
    /// Makes the files, empty. None of them may exist: nothing is overwritten.
    ///
    /// # Errors
    ///
    /// [`Failure::File`] with the file that exists or cannot be made.
    pub fn create(files: &Files, clock: Clock) -> Result<Journal, Failure> {
        // All are looked at before the first is made, so that a refusal leaves nothing behind.
        for path in [&files.log, &files.requests, &files.seconds] {
            if path.symlink_metadata().is_ok() {
                let source = ErrorKind::AlreadyExists.into();
                return Err(Failure::File { path: path.clone(), source });
            }
        }
        Ok(Journal {
            format: Format::httplog(),
            clock,
            log: Output::create(&files.log)?,
            requests: Output::create(&files.requests)?,
            seconds: Output::create(&files.seconds)?,
            line: Vec::new(),
            second: None,
        })
    }

    /// Logs an exchange that ended at `ended`.
    ///
    /// # Errors
    ///
    /// [`Failure::File`] when a file cannot be written, [`Failure::Site`] when the log's format
    /// cannot express the exchange.
    pub fn write(
        &mut self,
        exchange: &Exchange,
        load: Load,
        ended: Duration,
    ) -> Result<(), Failure> {
        let begun = UnixMicros(self.clock.unix_micros(exchange.begun));
        let client = exchange.client.ip().to_string();
        let request = exchange.request.as_ref();
        let request_line = request.map(Request::line);
        let host = request.and_then(|request| request.header("host")).unwrap_or_default();
        let captures: [&[u8]; 1] = [host];
        let entry = Entry {
            client: client.as_bytes(),
            client_port: Some(u32::from(exchange.client.port())),
            request_date: begun.fields().map_err(Failure::site)?,
            frontend: FRONTEND,
            backend: if exchange.placed.is_some() { b"pages" } else { FRONTEND },
            server: if exchange.placed.is_some() { b"site" } else { b"<NOSRV>" },
            timers: timers(exchange, ended),
            status: Some(exchange.status),
            bytes: exchange.bytes,
            termination: match exchange.end {
                End::Complete => *b"----",
                End::Refused => *b"PR--",
                End::Aborted => *b"CD--",
            },
            connections: Connections {
                active: count(load.connections),
                frontend: count(load.connections),
                // A request that the proxy refused has reached neither.
                backend: exchange.placed.map_or(0, |_| count(load.serving)),
                server: exchange.placed.map_or(0, |_| count(load.serving)),
                ..Connections::default()
            },
            queues: Queues { server: 0, backend: count(exchange.ahead) },
            request_headers: request.is_some().then_some(Captures::Raw(&captures)),
            request: request_line.as_deref().map_or(Text::Raw(b"<BADREQ>"), Text::from),
            ..Entry::default()
        };
        self.line.clear();
        self.format.write(&entry, &mut self.line).map_err(Failure::site)?;
        self.line.push(b'\n');
        self.log.write(&self.line)?;

        let stamp = stamp::<EsMicros>(&begun).map_err(Failure::site)?;
        let (status, bytes) = (exchange.status, exchange.bytes);
        let micros = ended.saturating_sub(exchange.begun).as_micros();
        let row = format!("{stamp}\t{client}\t{status}\t{bytes}\t{micros}\n");
        self.requests.write(row.as_bytes())?;

        self.count(self.clock.unix_micros(ended).div_euclid(1_000_000), bytes)
    }

    /// Writes what is still held back.
    ///
    /// # Errors
    ///
    /// [`Failure::File`] when a file cannot be written.
    pub fn finish(&mut self) -> Result<(), Failure> {
        self.end_second()?;
        self.log.flush()?;
        self.requests.flush()?;
        self.seconds.flush()
    }

    fn count(&mut self, unix: i64, bytes: u64) -> Result<(), Failure> {
        if self.second.is_some_and(|second| second.unix != unix) {
            self.end_second()?;
        }
        let second = self.second.get_or_insert(Second { unix, requests: 0, bytes: 0 });
        second.requests += 1;
        second.bytes += bytes;
        Ok(())
    }

    fn end_second(&mut self) -> Result<(), Failure> {
        let Some(Second { unix, requests, bytes }) = self.second.take() else { return Ok(()) };
        let moment = UnixMicros(unix.saturating_mul(1_000_000));
        let stamp = stamp::<EsMicros>(&moment).map_err(Failure::site)?;
        self.seconds.write(format!("{stamp}\t{requests}\t{bytes}\n").as_bytes())
    }
}

/// Returns the timers in HAProxy's terms. What was not reached is -1: a refused request never
/// waits for a place. The end is when the client has acknowledged the last byte.
fn timers(exchange: &Exchange, ended: Duration) -> Timers {
    let millis = |from: Duration, to: Duration| {
        Some(u32::try_from(to.saturating_sub(from).as_millis()).unwrap_or(u32::MAX))
    };
    let Exchange { begun, complete, placed, answered, .. } = *exchange;
    Timers {
        request: exchange.request.as_ref().and_then(|_| millis(begun, complete)),
        queue: placed.and_then(|placed| millis(complete, placed)),
        // The pages lie in the same process: there is nothing to connect to.
        connect: placed.map(|_| 0),
        response: placed.zip(answered).and_then(|(placed, answered)| millis(placed, answered)),
        active: millis(begun, ended),
        ..Timers::default()
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A file that is being written, with its name for the error.
#[derive(Debug)]
struct Output {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Output {
    fn create(path: &Path) -> Result<Output, Failure> {
        match File::create_new(path) {
            Ok(file) => Ok(Output { path: path.to_owned(), file: BufWriter::new(file) }),
            Err(source) => Err(Failure::File { path: path.to_owned(), source }),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let result = self.file.write_all(bytes);
        result.map_err(|source| Failure::File { path: self.path.clone(), source })
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let result = self.file.flush();
        result.map_err(|source| Failure::File { path: self.path.clone(), source })
    }
}

/// The name under which the proxy takes requests.
const FRONTEND: &[u8] = b"tour";
