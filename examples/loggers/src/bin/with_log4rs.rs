//! log4rs with an encoder that writes stamps of one width.

use std::time::SystemTime;

use log::{LevelFilter, Record, info};
use log_format::{EsMicros, stamp};
use log4rs::append::console::ConsoleAppender;
use log4rs::config::{Appender, Config, Root};
use log4rs::encode::{Encode, Write};

#[derive(Debug)]
struct Stamped;

impl Encode for Stamped {
    fn encode(&self, line: &mut dyn Write, record: &Record<'_>) -> anyhow::Result<()> {
        let at = stamp::<EsMicros>(&SystemTime::now())?;
        writeln!(line, "{at} {} {}: {}", record.level(), record.target(), record.args())?;
        Ok(())
    }
}

fn main() -> anyhow::Result<()> {
    let console = ConsoleAppender::builder().encoder(Box::new(Stamped)).build();
    let config = Config::builder()
        .appender(Appender::builder().build("console", Box::new(console)))
        .build(Root::builder().appender("console").build(LevelFilter::Info))?;
    log4rs::init_config(config)?;

    info!("started");
    Ok(())
}
