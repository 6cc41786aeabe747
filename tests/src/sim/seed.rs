use std::ops::Range;
use std::thread;

/// Runs a test over seeds, or over the one that the environment names as `SEED`.
///
/// When one fails, prints the command that runs it again: `binary` is the file of the test without
/// its ending, `test` the name of the function.
pub fn each_seed(binary: &str, test: &str, seeds: Range<u64>, mut run: impl FnMut(u64)) {
    let chosen = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    for seed in chosen.map_or(seeds, |seed: u64| seed..seed + 1) {
        let _failure = Failure { binary, test, seed };
        run(seed);
    }
}

/// Says how to run a seed again if it is dropped by a panic.
struct Failure<'a> {
    binary: &'a str,
    test: &'a str,
    seed: u64,
}

impl Drop for Failure<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let Self { binary, test, seed } = self;
            eprintln!("run it again: SEED={seed} cargo test -p tests --test {binary} -- {test}");
        }
    }
}
