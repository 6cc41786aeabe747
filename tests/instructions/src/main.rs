//! Counts the instructions of what vpn-core does most often, and checks what the project claims of
//! them. Time on a busy machine tells a hundredth badly; valgrind counts the same each time.
//!
//! `cargo run --release --package instructions` prints the counts, and fails if one of them is
//! beyond its bound. Needs valgrind.
#![deny(unsafe_code)]
#![expect(clippy::expect_used, reason = "a piece that cannot be set up must stop the run loudly")]

mod callgrind;
mod packet;

#[path = "../../../benches/benches/ratios/crowd/work.rs"]
mod crowd;
#[path = "../../../benches/benches/ratios/tunnel/ours.rs"]
mod tunnel;

use std::env;
use std::process::ExitCode;

use callgrind::{count, counted};
use packet::{PACKETS, Way};
use vpn_core::{Aead, AwsLcChaCha20Poly1305, ChaCha20Poly1305};

/// Says that this process runs under valgrind, for one piece of work.
const COUNTED: &str = "--counted";

/// With the cipher in assembly, and with the default one.
const WAYS: [&str; 4] = ["seal", "open", "seal-default", "open-default"];
const SIZES: [u32; 2] = [64, 1420];
const CROWDS: [u32; 3] = [10, 1_000, 10_000];
/// Deadlines that are acted upon: all that ten thousand peers have in 25 s.
const DEADLINES: u32 = 10_000;

/// What a packet of a train costs beyond the bare cipher, of what a single one does.
const MAX_TRAIN: f64 = 0.5;
/// What a packet costs a node whose member is reached directly, of what it costs a plain tunnel. Of the
/// shortest packets under the cipher in assembly the same instructions are a greater part.
const MAX_MESH: f64 = 1.03;
const MAX_MESH_SHORT: f64 = 1.06;
/// What a search among many peers costs, of what it costs among ten.
const MAX_CROWD: f64 = 1.05;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match *arguments.as_slice() {
        [] => tables(),
        [COUNTED, piece, size] => size
            .parse()
            .map_err(|_| "no number".into())
            .and_then(|size| run(piece, size).ok_or_else(|| format!("no piece is called {piece}"))),
        _ => Err("takes no arguments".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("instructions: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(piece: &str, size: u32) -> Option<()> {
    let Some((way, whose)) = piece.split_once(' ') else { return run_crowd(piece, size) };
    match way {
        "seal" => run_packets::<AwsLcChaCha20Poly1305>(whose, Way::Seal, size as usize),
        "open" => run_packets::<AwsLcChaCha20Poly1305>(whose, Way::Open, size as usize),
        "seal-default" => run_packets::<ChaCha20Poly1305>(whose, Way::Seal, size as usize),
        "open-default" => run_packets::<ChaCha20Poly1305>(whose, Way::Open, size as usize),
        _ => None,
    }
}

fn run_packets<A: Aead>(whose: &str, way: Way, size: usize) -> Option<()> {
    match whose {
        "bare" => packet::bare::<A>(way, size),
        "single" => packet::single::<A>(way, size),
        "train" => packet::train::<A>(way, size),
        "mesh" => packet::mesh::<A>(way, size),
        _ => return None,
    }
    Some(())
}

fn run_crowd(piece: &str, peers: u32) -> Option<()> {
    match piece {
        "route" => counted(crowd::route(peers)),
        "index" => counted(crowd::index(peers)),
        "deadline" => {
            let mut deadline = crowd::deadline(peers);
            counted(|| (0..DEADLINES).for_each(|_| deadline()));
        }
        _ => return None,
    }
    Some(())
}

/// Prints all counts. An error says which are beyond their bound.
fn tables() -> Result<(), String> {
    let mut excess = Vec::new();
    let mut check = |name: String, ratio: f64, max: f64| {
        if ratio > max {
            excess.push(format!("{name}: {ratio:.3}, and {max} is the most"));
        }
    };

    println!(
        "| packet | bare | single | train | overhead, single | train | share | mesh | of single |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (way, size) in WAYS.iter().flat_map(|way| SIZES.map(|size| (way, size))) {
        let [bare, single, train, mesh] = counts(["bare", "single", "train", "mesh"], |whose| {
            each(&format!("{way} {whose}"), size, PACKETS as f64)
        })?;
        let [over_single, over_train] = [single - bare, train - bare];
        let [share, of_single] = [over_train / over_single, mesh / single];
        println!(
            "| {way}/{size} | {bare:.0} | {single:.0} | {train:.0} | {over_single:.0} | \
             {over_train:.0} | {share:.2} | {mesh:.0} | {of_single:.3} |"
        );
        check(format!("{way}/{size} in a train"), share, MAX_TRAIN);
        let is_short = size == SIZES[0] && !way.ends_with("default");
        let max_mesh = if is_short { MAX_MESH_SHORT } else { MAX_MESH };
        check(format!("{way}/{size} in a mesh"), of_single, max_mesh);
    }

    println!("\n| search | 10 peers | 1,000 | 10,000 | 10,000 of 10 |");
    println!("|---|---|---|---|---|");
    for (piece, times) in
        [("route", crowd::LOOKUPS), ("index", crowd::LOOKUPS), ("deadline", DEADLINES)]
    {
        let [ten, thousand, most] = counts(CROWDS, |peers| each(piece, peers, f64::from(times)))?;
        let flatness = most / ten;
        println!("| {piece} | {ten:.0} | {thousand:.0} | {most:.0} | {flatness:.2} |");
        check(format!("{piece} among 1,000"), thousand / ten, MAX_CROWD);
        check(format!("{piece} among 10,000"), flatness, MAX_CROWD);
    }
    if excess.is_empty() { Ok(()) } else { Err(excess.join("\n")) }
}

/// The instructions of one of so many times that a piece of work is done.
fn each(piece: &str, size: u32, times: f64) -> Result<f64, String> {
    Ok(count(&[COUNTED, piece, &size.to_string()])? / times)
}

fn counts<T, const N: usize>(
    of: [T; N],
    mut count: impl FnMut(T) -> Result<f64, String>,
) -> Result<[f64; N], String> {
    let mut counts = [0.0; N];
    for (place, of) in counts.iter_mut().zip(of) {
        *place = count(of)?;
    }
    Ok(counts)
}
