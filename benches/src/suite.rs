//! The paths of a bench target, each a contest of ours with its peers.

use std::fmt;
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::args::Args;
use crate::clock::Clock;
use crate::pair::{self, Run};
use crate::report::{self, PeerResult, Row};
use crate::table;

/// Runs the paths that the arguments select and collects their rows.
#[derive(Debug)]
pub struct Suite {
    args: Args,
    known: Vec<String>,
    rows: Vec<Row>,
}

impl Suite {
    /// Starts with no path measured.
    #[must_use]
    pub fn new(args: Args) -> Self {
        Self { args, known: Vec::new(), rows: Vec::new() }
    }

    /// Sets up and runs one path, if it is selected.
    ///
    /// `set_up` makes the inputs, asserts that ours and the peers agree on them, and returns the
    /// contest.
    pub fn path<'a>(&mut self, name: &str, set_up: impl FnOnce() -> Contest<'a>) {
        self.known.push(name.to_string());
        if !self.args.selects(name) {
            return;
        }
        eprintln!("{} {name}", if self.args.measure { "measuring" } else { "trying" });
        let contest = set_up();
        if self.args.measure {
            self.rows.push(contest.measure(name));
        } else {
            contest.run_once();
        }
    }

    /// Prints the table of what was measured and keeps it in `ratios.json` under `target`.
    ///
    /// # Errors
    ///
    /// Those of reading and writing the file, and [`io::ErrorKind::InvalidInput`] if the arguments
    /// selected no path.
    pub fn finish(self, target: &Path) -> io::Result<()> {
        if !self.known.iter().any(|path| self.args.selects(path)) {
            let message = format!("no path has {:?} in its name", self.args.words);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        if self.args.measure {
            println!("{}", table::markdown(&self.rows));
            report::merge_into(&target.join("ratios.json"), &self.rows, &self.known)?;
        }
        Ok(())
    }
}

/// Ours and the peers of one path, each given the same work.
pub struct Contest<'a> {
    clock: Clock,
    bytes: Option<f64>,
    operations: u32,
    ours: Box<Run<'a>>,
    peers: Vec<(&'static str, Box<Run<'a>>)>,
}

impl<'a> Contest<'a> {
    /// Enters ours: `run` does the work once; what it returns is kept from being optimised away.
    ///
    /// What is measured, here and of the peers, is the time of the processor for this thread.
    pub fn new<T: 'a>(run: impl FnMut() -> T + 'a) -> Self {
        Self::of(Clock::Thread, Box::new(timed(Clock::Thread, run)))
    }

    /// Enters ours, as [`new`](Self::new) does, with work that is spread over threads: what is
    /// measured is the time of the wall.
    pub fn parallel<T: 'a>(run: impl FnMut() -> T + 'a) -> Self {
        Self::of(Clock::Wall, Box::new(timed(Clock::Wall, run)))
    }

    /// Enters ours with work that can be done only once: `prepare` makes a piece of it again, off
    /// the clock, before `run` uses it up.
    pub fn prepared<I: 'a, T: 'a>(
        pieces: Vec<I>,
        prepare: impl FnMut(&mut I) + 'a,
        run: impl FnMut(&mut I) -> T + 'a,
    ) -> Self {
        let ours = timed_prepared(Clock::Thread, pieces, prepare, run);
        Self::of(Clock::Thread, Box::new(ours))
    }

    fn of(clock: Clock, ours: Box<Run<'a>>) -> Self {
        Self { clock, bytes: None, operations: 1, ours, peers: Vec::new() }
    }

    /// Enters a peer by its crate's name.
    #[must_use]
    pub fn peer<T: 'a>(mut self, name: &'static str, run: impl FnMut() -> T + 'a) -> Self {
        self.peers.push((name, Box::new(timed(self.clock, run))));
        self
    }

    /// Enters a peer with work that can be done only once.
    #[must_use]
    pub fn peer_prepared<I: 'a, T: 'a>(
        mut self,
        name: &'static str,
        pieces: Vec<I>,
        prepare: impl FnMut(&mut I) + 'a,
        run: impl FnMut(&mut I) -> T + 'a,
    ) -> Self {
        let peer = timed_prepared(self.clock, pieces, prepare, run);
        self.peers.push((name, Box::new(peer)));
        self
    }

    /// States how many bytes one run goes through, for the throughput column.
    #[must_use]
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = Some(bytes as f64);
        self
    }

    /// States how many operations one run holds (1 unless told): times are given per operation.
    #[must_use]
    pub fn operations(mut self, operations: u32) -> Self {
        self.operations = operations;
        self
    }

    fn run_once(mut self) {
        (self.ours)(1);
        for (_, run) in &mut self.peers {
            run(1);
        }
    }

    fn measure(mut self, path: &str) -> Row {
        let operations = f64::from(self.operations);
        let mut ours_ns = Vec::new();
        let mut peers = Vec::new();
        for (name, peer) in &mut self.peers {
            let paired = pair::measure(&mut *self.ours, &mut **peer);
            ours_ns.push(paired.ours_ns / operations);
            peers.push(PeerResult { name, ns: paired.peer_ns / operations, ratio: paired.ratio });
        }
        let bytes = self.bytes.map(|bytes| bytes / operations);
        Row { path: path.to_string(), ours_ns: pair::median(&mut ours_ns), bytes, peers }
    }
}

impl fmt::Debug for Contest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peers: Vec<&str> = self.peers.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Contest").field("peers", &peers).finish_non_exhaustive()
    }
}

/// The loop stands inside the boxed closure, so that a run costs no indirect call.
fn timed<T>(clock: Clock, mut run: impl FnMut() -> T) -> impl FnMut(u64) -> Duration {
    move |runs| {
        clock.time(|| {
            for _ in 0..runs {
                black_box(run());
            }
        })
    }
}

/// Prepares as many pieces as there are, takes the time of their runs, and so on: few enough pieces
/// stay in the cache, as a packet that just arrived does.
fn timed_prepared<I, T>(
    clock: Clock,
    mut pieces: Vec<I>,
    mut prepare: impl FnMut(&mut I),
    mut run: impl FnMut(&mut I) -> T,
) -> impl FnMut(u64) -> Duration {
    move |runs| {
        let mut took = Duration::ZERO;
        let mut left = runs;
        while left > 0 && !pieces.is_empty() {
            let now = pieces.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let batch = &mut pieces[..now];
            batch.iter_mut().for_each(&mut prepare);
            took += clock.time(|| {
                for piece in batch {
                    black_box(run(piece));
                }
            });
            left -= now as u64;
        }
        took
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn args(measure: bool, words: &[&str]) -> Args {
        Args { measure, words: words.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn tried_path_runs_everyone_once() {
        let counts = [Cell::new(0), Cell::new(0)];
        let mut suite = Suite::new(args(false, &[]));

        suite.path("a", || {
            Contest::new(|| counts[0].set(counts[0].get() + 1))
                .peer("std", || counts[1].set(counts[1].get() + 1))
        });

        assert_eq!(counts.map(Cell::into_inner), [1, 1]);
    }

    #[test]
    fn unselected_path_is_not_set_up() {
        let mut suite = Suite::new(args(false, &["other"]));

        suite.path("a", || unreachable!("not selected"));

        let missing = suite.finish(Path::new("unused")).unwrap_err();
        assert!(missing.to_string().contains("other"));
    }

    #[test]
    fn each_piece_is_prepared_before_each_run() {
        let mut run = timed_prepared(
            Clock::Thread,
            vec![0; 4],
            |piece| *piece = 7,
            |piece| {
                assert_eq!(*piece, 7, "ran on a piece that was used up");
                *piece = 0;
            },
        );

        run(10);
    }
}
