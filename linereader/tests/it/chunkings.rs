//! Splitter and reader against the twin over very many chunkings of each of many small inputs, with
//! errors between any two bytes.
//!
//! `CHUNKINGS` is how many there are in all (2 million by default); `SEED` repeats a failing run.

use std::env;
use std::io::{self, ErrorKind, Read};

use fastrand::Rng;
use linereader::{Bom, Delimiter, LineReader, ReadError, Splitter};

use crate::differential::{Choice, POLICIES};
use crate::naive::Item;

/// Chunkings of one input under one configuration.
const ROUND: u64 = 100;

fn variable(name: &str) -> Option<u64> {
    env::var(name).ok().and_then(|value| value.parse().ok())
}

/// Mostly endings and what nearly is one, so that every cut matters.
fn input(rng: &mut Rng) -> Vec<u8> {
    const BYTES: &[u8] = b"\n\n\r\r\0aab\xff";
    let mark = [&b""[..], b"", b"", b"\xef\xbb\xbf", b"\xef\xbb", b"\xef"][rng.usize(..6)];
    let mut input = mark.to_vec();
    for _ in 0..rng.usize(..12) {
        let byte = BYTES[rng.usize(..BYTES.len())];
        let count = if rng.u8(..8) == 0 { rng.usize(..80) } else { rng.usize(1..4) };
        input.extend(std::iter::repeat_n(byte, count));
    }
    input
}

/// Checks items one by one against those expected, and keeps none.
struct Expected<'e> {
    items: std::slice::Iter<'e, Item>,
}

impl<'e> Expected<'e> {
    fn of(items: &'e [Item]) -> Self {
        Self { items: items.iter() }
    }

    #[track_caller]
    fn check(&mut self, found: impl Into<Item>) {
        assert_eq!(Some(&found.into()), self.items.next());
    }

    #[track_caller]
    fn end(mut self) {
        assert_eq!(self.items.next(), None);
    }
}

/// Gives a few bytes at a time, or fails.
struct Flaky<'i> {
    rest: &'i [u8],
    most: usize,
    rng: Rng,
}

impl Read for Flaky<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let kinds = [ErrorKind::Interrupted, ErrorKind::WouldBlock, ErrorKind::Other];
        if self.rng.u8(..4) == 0 {
            return Err(kinds[self.rng.usize(..kinds.len())].into());
        }
        let count = self.rng.usize(1..=self.most).min(buffer.len());
        self.rest.read(&mut buffer[..count])
    }
}

fn push(input: &[u8], choice: Choice, limit: usize, items: &[Item], most: usize, rng: &mut Rng) {
    let mut expected = Expected::of(items);
    let mut splitter = Splitter::new(choice.config(limit));
    let mut rest = input;
    while !rest.is_empty() {
        let (chunk, behind) = rest.split_at(rng.usize(..=most).min(rest.len()));
        rest = behind;
        let mut lines = splitter.push(chunk);
        while let Some(line) = lines.next() {
            expected.check(line.map_or_else(Item::from, Item::from));
        }
    }
    while let Some(line) = splitter.finish() {
        expected.check(line.map_or_else(Item::from, Item::from));
    }
    expected.end();
}

fn pull(input: &[u8], choice: Choice, limit: usize, items: &[Item], most: usize, rng: &mut Rng) {
    let mut expected = Expected::of(items);
    let source = Flaky { rest: input, most, rng: rng.fork() };
    let mut reader = LineReader::with_config(source, choice.config(limit), rng.usize(..=most));
    loop {
        match reader.next_line() {
            Ok(Some(line)) => expected.check(line),
            Ok(None) => break expected.end(),
            Err(ReadError::TooLong(error)) => expected.check(error),
            Err(ReadError::Io(_)) => {}
            Err(error) => unreachable!("{error}"),
        }
    }
}

/// The test's share of all chunkings is a fifth.
fn chunkings(delimiter: Delimiter) {
    let rounds = variable("CHUNKINGS").unwrap_or(2_000_000) / 5 / ROUND;
    let seed = variable("SEED").unwrap_or_else(|| Rng::new().u64(..));
    println!("SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    for _ in 0..rounds {
        let input = input(&mut rng);
        let on_long = POLICIES[rng.usize(..POLICIES.len())];
        let bom = if rng.bool() { Bom::Keep } else { Bom::Strip };
        let choice = Choice { delimiter, on_long, bom, portable: rng.bool() };
        let limit = [rng.usize(..6), rng.usize(..90), usize::MAX][rng.usize(..3)];
        let items = choice.items(&input, limit);
        for chunking in 0..ROUND {
            let most = rng.usize(1..=input.len().max(1));
            if chunking % 2 == 0 {
                push(&input, choice, limit, &items, most, &mut rng);
            } else {
                pull(&input, choice, limit, &items, most, &mut rng);
            }
        }
    }
}

#[test]
fn chunkings_agree_on_lines() {
    chunkings(Delimiter::Lf);
}

#[test]
fn chunkings_agree_on_universal_newlines() {
    chunkings(Delimiter::Universal);
}

#[test]
fn chunkings_agree_on_what_a_nul_ends() {
    chunkings(Delimiter::Byte(0));
}

#[test]
fn chunkings_agree_on_what_a_line_feed_alone_ends() {
    chunkings(Delimiter::Byte(b'\n'));
}

#[test]
fn chunkings_agree_on_what_a_carriage_return_ends() {
    chunkings(Delimiter::Byte(b'\r'));
}
