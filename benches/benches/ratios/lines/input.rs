//! What the lines are read from, the same bytes for everyone.

use std::ops::Deref;

use benches::seed::Seed;

/// Bytes of one input: more than caches hold and branch predictors learn, as a log file is. With
/// 1.6 MB a predictor of this decade learns where lines of 120 bytes end.
const SIZE: usize = 8 << 20;

/// How long the lines are, without their ending.
#[derive(Clone, Copy)]
pub(super) enum Lengths {
    /// Evenly spread from half the average to one and a half times, so that a branch predictor finds
    /// no period.
    Around(usize),
    Between(usize, usize),
    /// Most lines near the median, a few very long, as in an access log.
    LogNormal {
        median: f64,
        deviation: f64,
    },
    /// 9 to 40 or 2,000 to 6,000, each as often as the other, at random.
    Bimodal,
    /// 40 lines of 9 to 60, 40 of 600 to 1,400, and so on.
    Bursty,
}

impl Lengths {
    fn next(self, seed: &mut Seed, index: usize) -> usize {
        match self {
            Self::Around(average) => seed.between(average / 2, average * 3 / 2),
            Self::Between(low, high) => seed.between(low, high),
            Self::LogNormal { median, deviation } => {
                (median * (deviation * seed.normal()).exp()) as usize
            }
            Self::Bimodal if seed.between(0, 1) == 0 => seed.between(9, 40),
            Self::Bimodal => seed.between(2000, 6000),
            Self::Bursty if (index / 40).is_multiple_of(2) => seed.between(9, 60),
            Self::Bursty => seed.between(600, 1400),
        }
    }
}

/// Lines of printable ASCII, each ended by LF.
///
/// They begin 32 bytes into a cache line. Copies of some processors slow down by a factor where the
/// target lies up to 31 bytes further into its page than the source into its own: so whoever's
/// buffer were allocated there would lose by chance alone.
pub(super) struct Text {
    storage: Vec<u8>,
    start: usize,
}

const CACHE_LINE: usize = 64;

impl Text {
    pub(super) fn new(lengths: Lengths) -> Self {
        let mut storage: Vec<u8> = Vec::with_capacity(SIZE + 64 * 1024);
        let start = storage.as_ptr().align_offset(CACHE_LINE) + CACHE_LINE / 2;
        storage.resize(start, 0);

        let mut seed = Seed::new(0x6c69_6e65);
        let mut lines = 0;
        while storage.len() < SIZE {
            let line = storage.len();
            storage.resize(line + lengths.next(&mut seed, lines), 0);
            seed.fill_printable(&mut storage[line..]);
            storage.push(b'\n');
            lines += 1;
        }
        Self { storage, start }
    }
}

impl Deref for Text {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.storage[self.start..]
    }
}
