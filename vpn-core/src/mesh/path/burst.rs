use core::time::Duration;

use crate::time::Time;

/// How long the first probe is waited for; each further one twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// The most probes of a burst: within three bits of their token.
pub(super) const MAX_PROBES: u8 = 5;

/// Probes that are sent until one is answered.
#[derive(Debug)]
pub(super) struct Burst {
    /// The token of the first; the others count on in the lowest bits.
    token: u64,
    sent: [Time; MAX_PROBES as usize],
    count: u8,
    limit: u8,
    due: Time,
}

impl Burst {
    /// Up to `limit` probes, the first at `now`, told apart from others by all but the lowest three bits
    /// of `token`.
    pub(super) fn new(now: Time, token: u64, limit: u8) -> Self {
        let (token, limit) = (token & !7, limit.min(MAX_PROBES));
        Self { token, sent: [now; MAX_PROBES as usize], count: 0, limit, due: now }
    }

    /// Has up to `limit` probes sent, if that is more than before.
    pub(super) fn extend(&mut self, limit: u8) {
        self.limit = self.limit.max(limit.min(MAX_PROBES));
    }

    /// When the next is to be sent, or the last has been waited for long enough.
    pub(super) fn due(&self) -> Time {
        self.due
    }

    /// How many were sent.
    pub(super) fn count(&self) -> u8 {
        self.count
    }

    /// Whether all were sent.
    pub(super) fn is_over(&self) -> bool {
        self.count >= self.limit
    }

    /// Sends the next, of which there is one; returns its token.
    pub(super) fn send(&mut self, now: Time) -> u64 {
        let number = self.count;
        if let Some(sent) = self.sent.get_mut(usize::from(number)) {
            *sent = now;
        }
        self.due = now + FIRST_WAIT * (1 << number);
        self.count += 1;
        self.token | u64::from(number)
    }

    /// When the probe with this token was sent, if one was.
    pub(super) fn sent(&self, token: u64) -> Option<Time> {
        let number = token & 7;
        let known = self.token == token & !7 && number < u64::from(self.count);
        known.then(|| self.sent.get(number as usize).copied())?
    }
}
