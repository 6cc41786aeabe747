//! Every hot path of Sysop beside named peers, a file for each.
#![expect(clippy::expect_used, reason = "a contest that cannot be set up must stop the run loudly")]

use std::env;
use std::path::Path;
use std::process::ExitCode;

use benches::{Args, Suite};

mod acl;
mod bare;
mod cidr;
mod crowd;
mod handshake;
mod haproxy_line;
mod lines;
mod open;
mod parse;
mod seal;
mod stamp;
mod text_list;
mod threads;
mod tunnel;

fn main() -> ExitCode {
    let args = match Args::parse(env::args().skip(1)) {
        Ok(args) => args,
        Err(error) => {
            eprintln!("ratios: {error}");
            return ExitCode::from(2);
        }
    };
    let mut suite = Suite::new(args);
    seal::enter(&mut suite);
    open::enter(&mut suite);
    threads::enter(&mut suite);
    handshake::enter(&mut suite);
    crowd::enter(&mut suite);
    lines::enter(&mut suite);
    stamp::enter(&mut suite);
    parse::enter(&mut suite);
    haproxy_line::enter(&mut suite);
    acl::enter(&mut suite);
    cidr::enter(&mut suite);
    text_list::enter(&mut suite);

    // Cargo's folder for temporary files stands directly in the target folder.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
    if let Err(error) = suite.finish(&target) {
        eprintln!("ratios: {error}");
        return ExitCode::from(2);
    }
    ExitCode::SUCCESS
}
