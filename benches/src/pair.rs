//! Ours and one peer in turns.

use std::time::Duration;

/// A contestant: runs its piece so many times and says how long that took.
pub(crate) type Run<'a> = dyn FnMut(u64) -> Duration + 'a;

/// How many turns each side takes; odd, so that the median is one of the measured ratios.
const PAIRS: usize = 25;

/// How long the slower side's turn should take: long against the clock's resolution and a context
/// switch, short against a change of the processor's frequency.
const TURN: Duration = Duration::from_millis(12);

/// The result of all turns of ours and one peer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Paired {
    /// Median nanoseconds of one run of ours.
    pub(crate) ours_ns: f64,
    /// Median nanoseconds of one run of the peer's.
    pub(crate) peer_ns: f64,
    /// Lower quartile, median and upper quartile of the pairs' ratios, the peer's time over ours.
    pub(crate) ratio: [f64; 3],
}

/// Lets both sides take turns, each with the same number of runs, the first place alternating.
pub(crate) fn measure(ours: &mut Run<'_>, peer: &mut Run<'_>) -> Paired {
    let runs = calibrate(ours).min(calibrate(peer));
    let mut ours_ns = Vec::with_capacity(PAIRS);
    let mut peer_ns = Vec::with_capacity(PAIRS);
    let mut ratios = Vec::with_capacity(PAIRS);

    for pair in 0..PAIRS {
        let (o, p) = if pair % 2 == 0 {
            let o = ours(runs);
            (o, peer(runs))
        } else {
            let p = peer(runs);
            (ours(runs), p)
        };
        let (o, p) = (per_run(o, runs), per_run(p, runs));
        ours_ns.push(o);
        peer_ns.push(p);
        ratios.push(p / o);
    }

    Paired {
        ours_ns: median(&mut ours_ns),
        peer_ns: median(&mut peer_ns),
        ratio: quartiles(&mut ratios),
    }
}

/// Finds the number of runs that fills a turn, warming caches and branch predictors on the way.
fn calibrate(run: &mut Run<'_>) -> u64 {
    let mut runs = 1;
    loop {
        let took = run(runs);
        if took >= TURN / 4 || runs >= 1 << 40 {
            let wanted = TURN.as_secs_f64() / per_run(took, runs) * 1e9;
            return (wanted as u64).max(1);
        }
        runs *= 2;
    }
}

fn per_run(took: Duration, runs: u64) -> f64 {
    // A clock that did not advance must not give a ratio of zero or infinity.
    took.as_nanos().max(1) as f64 / runs as f64
}

/// Returns the median (the lower one of two), NaN of nothing.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    quartiles(values)[1]
}

fn quartiles(values: &mut [f64]) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    let at = |quarter: usize| {
        values.get(values.len().saturating_sub(1) * quarter / 4).copied().unwrap_or(f64::NAN)
    };
    [at(1), at(2), at(3)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_the_time_is_a_ratio_of_two() {
        let mut ours = |runs: u64| Duration::from_micros(runs);
        let mut peer = |runs: u64| Duration::from_micros(2 * runs);

        let paired = measure(&mut ours, &mut peer);

        assert_eq!(paired, Paired { ours_ns: 1000.0, peer_ns: 2000.0, ratio: [2.0; 3] });
    }

    #[test]
    fn slower_side_fills_the_turn() {
        let mut longest = Duration::ZERO;
        let mut ours = |runs: u64| Duration::from_nanos(10 * runs);
        let mut peer = |runs: u64| {
            let took = Duration::from_micros(runs);
            longest = longest.max(took);
            took
        };

        measure(&mut ours, &mut peer);

        assert!(longest <= TURN, "{longest:?}");
    }

    #[test]
    fn one_disturbed_pair_leaves_the_median_alone() {
        let mut turn = 0;
        let mut ours = |runs: u64| Duration::from_micros(runs);
        let mut peer = |runs: u64| {
            turn += 1;
            Duration::from_micros(if turn % 9 == 0 { 50 * runs } else { 3 * runs })
        };

        let paired = measure(&mut ours, &mut peer);

        assert_eq!(paired.ratio[1], 3.0);
    }

    #[test]
    fn quartiles_of_a_range() {
        let mut values: Vec<f64> = (0..25).rev().map(f64::from).collect();

        assert_eq!(quartiles(&mut values), [6.0, 12.0, 18.0]);
    }
}
