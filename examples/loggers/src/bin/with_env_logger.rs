//! env_logger with stamps of one width.

use std::io::{self, Write};
use std::time::SystemTime;

use log::{LevelFilter, info};
use log_format::{EsMicros, stamp};

fn main() {
    env_logger::Builder::new()
        .filter_level(LevelFilter::Info)
        .format(|line, record| {
            let at = stamp::<EsMicros>(&SystemTime::now()).map_err(io::Error::other)?;
            writeln!(line, "{at} {} {}: {}", record.level(), record.target(), record.args())
        })
        .init();

    info!("started");
}
