//! Lines out of a reader, beside everyone else's.
//!
//! All read the same bytes from memory through a buffer of the same size into the same tally.

mod input;
mod peers;
mod tally;

use std::hint::black_box;
use std::io;
use std::rc::Rc;

use benches::{Contest, Suite};
use linereader::{Config, Line, LineReader, Splitter};

use input::{Lengths, Text};
use peers::{BUFFER, COPYING, LENDING, Reading};
use tally::{FullTally, Tally};

const LENGTHS: [(&str, Lengths); 9] = [
    ("8", Lengths::Around(8)),
    ("40", Lengths::Around(40)),
    ("120", Lengths::Around(120)),
    ("80-250", Lengths::Between(80, 250)),
    ("1000", Lengths::Around(1000)),
    ("16384", Lengths::Around(16_384)),
    ("log-normal", Lengths::LogNormal { median: 90.0, deviation: 0.8 }),
    ("bimodal", Lengths::Bimodal),
    ("bursty", Lengths::Bursty),
];

const COLLECTING: [(&str, Reading); 2] =
    [("std-collect", peers::collected), ("std-read-to-end", peers::slurped)];

pub(crate) fn enter(suite: &mut Suite) {
    for (name, lengths) in LENGTHS {
        suite.path(&format!("lines/{name}"), || {
            beside(lengths, ours, &[&LENDING[..], &COPYING].concat())
        });
    }
    // Without the vector instructions, as on processors that have none.
    for (name, lengths) in some(&["8", "40", "80-250", "1000"]) {
        suite.path(&format!("lines-portable/{name}"), || beside(lengths, portable, &LENDING));
    }
    // What the unsafe code earns: the search for ends alone.
    for (name, lengths) in some(&["8", "40", "80-250", "1000", "16384"]) {
        suite.path(&format!("lines-scan/{name}"), || scanners(lengths));
    }
    for (name, lengths) in some(&["8", "40", "120"]) {
        suite.path(&format!("lines-place/{name}"), || {
            beside(lengths, placed, &[("bytes-only", unplaced), ("counting", counted)])
        });
    }
    for (name, lengths) in some(&["40", "120"]) {
        suite.path(&format!("lines-collect/{name}"), || beside(lengths, ours, &COLLECTING));
    }
}

fn some(names: &[&str]) -> impl Iterator<Item = (&'static str, Lengths)> {
    LENGTHS.into_iter().filter(|(name, _)| names.contains(name))
}

fn beside<'a>(lengths: Lengths, ours: Reading, peers: &[(&'static str, Reading)]) -> Contest<'a> {
    let text = Rc::new(Text::new(lengths));
    let expected = ours(&text).expect("memory is readable and no line is over the limit");
    let shared = Rc::clone(&text);
    let mut contest =
        Contest::new(move || ours(&shared)).bytes(text.len()).operations(expected.lines);
    for (name, peer) in peers.iter().copied() {
        assert_eq!(peer(&text).expect("memory is readable"), expected, "{name}");
        let shared = Rc::clone(&text);
        contest = contest.peer(name, move || peer(&shared));
    }
    contest
}

fn scanners<'a>(lengths: Lengths) -> Contest<'a> {
    let text = Rc::new(Text::new(lengths));
    let lines = ends(Config::new(), &text);
    assert_eq!(ends(Config::new().portable(true), &text), lines);

    let (shared, bytes) = (Rc::clone(&text), text.len());
    Contest::new(move || ends(Config::new(), &shared))
        .peer("portable", move || ends(Config::new().portable(true), &text))
        .bytes(bytes)
        .operations(lines)
}

fn ours(text: &[u8]) -> io::Result<Tally> {
    read(text, Config::new())
}

fn portable(text: &[u8]) -> io::Result<Tally> {
    read(text, Config::new().portable(true))
}

fn read(text: &[u8], config: Config) -> io::Result<Tally> {
    let mut tally = Tally::default();
    LineReader::with_config(text, config, BUFFER)
        .for_each(|line| tally.take(line.bytes()))
        .map_err(io::Error::other)?;
    Ok(tally)
}

/// With the offset, the number and the ending of each line.
fn placed(text: &[u8]) -> io::Result<Tally> {
    let mut tally = FullTally::default();
    each(text, |line| tally.take(line))?;
    Ok(black_box(tally).bytes)
}

/// Without them, and as much to do.
fn unplaced(text: &[u8]) -> io::Result<Tally> {
    let mut tally = FullTally::default();
    each(text, |line| tally.take_bytes(line.bytes()))?;
    Ok(black_box(tally).bytes)
}

/// With a caller who counts bytes and lines, which is right as long as no line ends with CRLF.
fn counted(text: &[u8]) -> io::Result<Tally> {
    let mut tally = FullTally::default();
    let (mut offset, mut number) = (0, 1);
    each(text, |line| {
        let bytes = line.bytes();
        tally.add(bytes, offset, number, bytes.last() != Some(&b'\r'));
        offset += bytes.len() as u64 + 1;
        number += 1;
    })?;
    Ok(black_box(tally).bytes)
}

fn each(text: &[u8], visit: impl FnMut(Line<'_>)) -> io::Result<()> {
    LineReader::with_config(text, Config::new(), BUFFER).for_each(visit).map_err(io::Error::other)
}

/// How many ends there are in chunks of a buffer's size: nothing is read and no line is touched.
fn ends(config: Config, text: &[u8]) -> u32 {
    let mut splitter = Splitter::new(config);
    let mut lines = 0;
    for chunk in text.chunks(BUFFER) {
        let mut pushed = splitter.push(chunk);
        while let Some(Ok(batch)) = pushed.next_batch() {
            lines += batch.len() as u32;
        }
    }
    lines
}
