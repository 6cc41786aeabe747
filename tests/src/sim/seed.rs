use std::ops::Range;
use std::thread;

/// Runs a test over seeds, or over the one that the environment names as `SEED`, or from there on over
/// as many as it names as `SEEDS`.
///
/// When one fails, prints the command that runs it again: `binary` is the file of the test without
/// its ending, `test` the name of the function.
pub fn each_seed(binary: &str, test: &str, seeds: Range<u64>, mut run: impl FnMut(u64)) {
    let variable = |name| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let chosen = match (variable("SEED"), variable("SEEDS")) {
        (None, None) => seeds,
        (first, count) => {
            let first = first.unwrap_or(0);
            first..first + count.unwrap_or(1)
        }
    };
    for seed in chosen {
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
