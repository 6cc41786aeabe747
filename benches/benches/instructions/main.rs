//! What a packet costs in instructions: sealed or opened by the bare cipher, one at a time, and as one
//! of a train. Time on a busy machine tells overheads of a hundredth badly; valgrind counts them.
//!
//! Needs valgrind. `cargo bench --bench instructions` prints the table.
#![expect(clippy::expect_used, reason = "a piece that cannot be set up must stop the run loudly")]

use std::env;
use std::hint::black_box;
use std::process::{Command, ExitCode};

use aws_lc_rs::aead::LessSafeKey;
use vpn_core::{AwsLcChaCha20Poly1305, Device, HEADROOM, Inbound, Lease, Time};

#[path = "../ratios/bare.rs"]
#[expect(dead_code, reason = "the names and the default cipher are for the table of ratios")]
mod bare;
#[path = "../ratios/tunnel/ours.rs"]
mod ours;

use bare::Bare;
use ours::{Buffer, FROM, Ours, packet};

type Cipher = AwsLcChaCha20Poly1305;

/// Says that this process runs under valgrind, for one piece.
const COUNTED: &str = "--counted";
/// Packets that are counted; the number of a full train.
const PACKETS: usize = 44;
const SIZES: [usize; 2] = [64, 1420];
const PIECES: [&str; 6] =
    ["seal bare", "seal single", "seal train", "open bare", "open single", "open train"];

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.as_slice() {
        [flag, piece, size] if flag == COUNTED => run(piece, size.parse().expect("a size")),
        [flag] if flag == "--bench" => table(),
        // `cargo bench` with the names of other paths.
        [.., flag] if flag == "--bench" => {}
        // As a test: each piece once.
        _ => SIZES.iter().for_each(|size| PIECES.iter().for_each(|piece| run(piece, *size))),
    }
    ExitCode::SUCCESS
}

/// Prints the instructions of each piece for one packet, and what share of the overhead over the bare
/// cipher that single packets have is left in a train.
fn table() {
    println!("| packet | bare | single | train | overhead, single | train | share |");
    println!("|---|---|---|---|---|---|---|");
    for pieces in PIECES.chunks(3) {
        for size in SIZES {
            let counts: Option<Vec<f64>> = pieces.iter().map(|piece| count(piece, size)).collect();
            let Some([bare, single, train]) = counts.as_deref() else {
                eprintln!("instructions: needs valgrind");
                return;
            };
            let [over_single, over_train] = [single - bare, train - bare];
            let (way, _) = pieces[0].split_once(' ').expect("two words");
            println!(
                "| {way}/{size} | {bare:.0} | {single:.0} | {train:.0} | {over_single:.0} | \
                 {over_train:.0} | {:.2} |",
                over_train / over_single
            );
        }
    }
}

/// The instructions of one packet, counted by callgrind while `measured` runs.
fn count(piece: &str, size: usize) -> Option<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*measured*", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().ok()?)
        .args([COUNTED, piece, &size.to_string()])
        .output()
        .ok()?;
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    let (_, counted) = report.split_once("Collected : ")?;
    let total: f64 = counted.split_whitespace().next()?.parse().ok()?;
    Some(total / PACKETS as f64)
}

/// The one function whose instructions count.
#[inline(never)]
fn measured(work: &mut dyn FnMut()) {
    work();
}

fn run(piece: &str, size: usize) {
    match piece {
        "seal bare" | "open bare" => bare(piece, size),
        "seal single" | "open single" => single(piece, size),
        _ => train(piece, size),
    }
}

fn bare(piece: &str, size: usize) {
    let cipher: LessSafeKey = Bare::new();
    let mut texts = vec![packet(size); PACKETS];
    let mut tags = vec![[0; 16]; PACKETS];
    let mut seal = || {
        for (counter, (text, tag)) in texts.iter_mut().zip(&mut tags).enumerate() {
            *tag = cipher.seal(counter as u64, text);
        }
    };
    if piece == "seal bare" {
        measured(&mut seal);
    } else {
        seal();
        measured(&mut || {
            for (counter, (text, tag)) in texts.iter_mut().zip(&tags).enumerate() {
                cipher.open(counter as u64, text, tag);
            }
        });
    }
}

fn single(piece: &str, size: usize) {
    let Ours { mut initiator, mut responder, now, .. } = Ours::<Cipher>::connected(size);
    let packet = packet(size);
    let mut buffers: Vec<_> = (0..=PACKETS).map(|_| Buffer::new(&packet)).collect();
    let header = packet.first_chunk().expect("an IP header");
    // The first packet sets the timers.
    let (first, buffers) = buffers.split_first_mut().expect("one more");
    first.seal(&mut initiator, now, header);
    first.open(&mut responder, now);

    let mut seal = || {
        for buffer in &mut *buffers {
            buffer.seal(&mut initiator, now, header);
        }
    };
    if piece == "seal single" {
        measured(&mut seal);
    } else {
        seal();
        measured(&mut || {
            for buffer in &mut *buffers {
                black_box(buffer.open(&mut responder, now));
            }
        });
    }
}

fn train(piece: &str, size: usize) {
    let Ours { mut initiator, mut responder, peer, now, .. } = Ours::<Cipher>::connected(size);
    let packet = packet(size);
    let segment = size + 32;
    let mut train = vec![0; PACKETS * segment];
    for place in train.chunks_mut(segment) {
        place[HEADROOM..HEADROOM + size].copy_from_slice(&packet);
    }
    let packets = u32::try_from(PACKETS).expect("a train");
    let lease = move |initiator: &mut Device<Cipher>| -> Lease<Cipher> {
        initiator.lease(now, peer, packets).expect("a peer").expect("a session")
    };
    let seal = |mut lease: Lease<Cipher>, train: &mut [u8]| {
        lease.seal_train(now, train, size).expect("counters enough");
        lease
    };
    // The first train sets the timers.
    let mut first = train.clone();
    let first_lease = seal(lease(&mut initiator), &mut first);
    initiator.settle(first_lease);
    open(&mut responder, now, &mut first, segment);

    let mut seal = || {
        let lease = seal(lease(&mut initiator), &mut train);
        initiator.settle(lease);
    };
    if piece == "seal train" {
        measured(&mut seal);
    } else {
        seal();
        measured(&mut || open(&mut responder, now, &mut train, segment));
    }
}

fn open(device: &mut Device<Cipher>, now: Time, train: &mut [u8], segment: usize) {
    for opened in device.open_train(now, FROM, train, segment) {
        let Ok(Inbound::Packet { packet, .. }) = opened else { unreachable!("a good datagram") };
        black_box(packet.len());
    }
}
