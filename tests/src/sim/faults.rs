use std::time::Duration;

use super::random::Random;

/// What becomes of datagrams on the way. The default is a perfect link without delay.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// The least delay; each pair of hosts has one of its own, up to twice as long.
    pub latency: Duration,
    /// What is added to it at random, for each datagram anew: so datagrams overtake one another.
    pub jitter: Duration,
    /// Of 1,000 datagrams, how many are lost.
    pub loss: u64,
    /// Of 1,000 datagrams, how many come twice.
    pub double: u64,
    /// Of 1,000 datagrams, how many come a second later than they should.
    pub late: u64,
    /// Of 1,000 datagrams, in how many a bit is flipped.
    pub flip: u64,
    /// The longest datagram that passes, 0 for any.
    pub mtu: usize,
}

impl Faults {
    /// Links as between homes: 20 to 40 ms, 10 ms of jitter, and so much loss in 1,000.
    pub fn internet(loss: u64) -> Self {
        let [latency, jitter] = [20, 10].map(Duration::from_millis);
        Self { latency, jitter, loss, ..Self::default() }
    }

    /// Everything at once.
    pub fn awful(loss: u64) -> Self {
        let [latency, jitter] = [40, 150].map(Duration::from_millis);
        Self { latency, jitter, loss, double: 50, late: 20, flip: 20, mtu: 1500 }
    }

    /// The delays with which a datagram's copies arrive, if it passes; damages it on the way.
    /// `pair` is the same number for all datagrams between two hosts.
    pub(super) fn pass(
        &self,
        random: &mut Random,
        pair: u64,
        datagram: &mut [u8],
    ) -> Vec<Duration> {
        if self.mtu > 0 && datagram.len() > self.mtu || random.happens(self.loss) {
            return Vec::new();
        }
        if random.happens(self.flip) && !datagram.is_empty() {
            let at = random.index(datagram.len());
            datagram[at] ^= 1 << random.below(8);
        }
        let copies = 1 + usize::from(random.happens(self.double));
        let own = Random::new(pair).duration(self.latency + Duration::from_nanos(1));
        (0..copies)
            .map(|_| {
                let late = if random.happens(self.late) { 1 } else { 0 };
                let jitter = random.duration(self.jitter);
                self.latency + own + jitter + Duration::from_secs(late)
            })
            .collect()
    }
}
