//! slog's terminal drain with stamps of one width.

use std::io::{self, Write};
use std::sync::Mutex;
use std::time::SystemTime;

use log_format::{EsMicros, stamp};
use slog::{Drain, Logger, info, o};
use slog_term::{FullFormat, PlainDecorator};

fn timestamp(line: &mut dyn Write) -> io::Result<()> {
    let at = stamp::<EsMicros>(&SystemTime::now()).map_err(io::Error::other)?;
    line.write_all(at.as_bytes())
}

fn main() {
    let drain =
        FullFormat::new(PlainDecorator::new(io::stderr())).use_custom_timestamp(timestamp).build();
    let log = Logger::root(Mutex::new(drain).fuse(), o!());

    info!(log, "started"; "workers" => 4);
}
