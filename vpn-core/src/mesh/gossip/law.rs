//! The times and amounts on which the cost and the speed of gossip depend.

use core::time::Duration;

/// How long news wait for others to travel with, on a link that was quiet.
pub(super) const NEWS_DELAY: Duration = Duration::from_millis(100);
/// The least time between two announcements of news on one link.
pub(super) const NEWS_GAP: Duration = Duration::from_millis(1000);
/// When news are announced again to who neither asked for them nor announced them: the first time
/// may have been lost.
pub(super) const NEWS_AGAIN: Duration = Duration::from_secs(3);
/// How long the side that made a link lets it be quiet, renewals or not: less than the 30 s after which NATs forget.
pub(super) const BEAT: Duration = Duration::from_secs(25);
/// How long renewals wait on the side that did not make the link: until the other's beat, to which
/// they are the answer.
pub(super) const UNASKED: Duration = Duration::from_secs(30);
/// The least time between something said and such an answer; less than the 10 s after which
/// WireGuard answers by itself.
pub(super) const ANSWER_GAP: Duration = Duration::from_secs(5);
/// How often a part of the index is compared with a neighbour's.
pub(super) const COMPARE: Duration = Duration::from_secs(30);
/// How many comparisons in a row find nothing after the first link came up, in steps of
/// `COMPARE_EARLY`, before they become rare.
pub(super) const EARLY_COMPARISONS: u8 = 5;
pub(super) const COMPARE_EARLY: Duration = Duration::from_secs(3);
/// How soon a comparison that found a difference is followed by the next.
pub(super) const COMPARE_AGAIN: Duration = Duration::from_secs(1);
/// With how many unanswered requests a comparison waits.
pub(super) const COMPARE_AFTER_REQUESTS: usize = 32;
/// How often a comparison waits, in steps of `COMPARE_AGAIN`.
pub(super) const MAX_WAITS: u8 = 8;
/// How many lists answer one digest.
pub(super) const MAX_LISTS: usize = 4;
/// How often a thing may change: this often on average, and so many times more at once. Each change
/// costs every member of the network a record.
pub(super) const EDITION_INTERVAL: Duration = Duration::from_secs(15);
pub(super) const EDITION_BURST: u32 = 7;
/// How soon a renewal is asked for again that the caller has not made.
pub(super) const RENEW_AGAIN: Duration = Duration::from_secs(30);
/// Of how many renewals in a row none has come when a thing is forgotten.
pub(super) const RENEWALS_OF_A_LIFE: u32 = 3;
/// So many renewals later a member that lives has promised to be known, whoever passes it on: it has
/// renewed its record an interval ago at most.
pub(super) const RENEWALS_IN_TIME: u32 = 2;
/// How long it is doubted that a member is gone whose life is told to end before that: time for ten
/// comparisons, which go once around an index of 10,000.
pub(super) const DOUBT: Duration = Duration::from_secs(300);

/// How often a member of a network of `members` renews its record.
///
/// 12 s for each member up to twenty minutes, so that renewals come to one every 12 s in small
/// networks; from 1,000 members on 1.2 s for each, so that they come to 0.83 a second.
pub fn renewal_interval(members: usize) -> Duration {
    let members = u64::try_from(members).unwrap_or(u64::MAX);
    let slow = Duration::from_secs(members.saturating_mul(12).clamp(120, 1200));
    slow.max(Duration::from_millis(members.saturating_mul(1200)))
}

/// How long a record of a member of such a network lives after its receipt.
pub fn record_life(members: usize) -> Duration {
    renewal_interval(members).saturating_mul(RENEWALS_OF_A_LIFE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renewals_are_rarer_the_larger_the_network() {
        let seconds = [0, 1, 10, 50, 100, 1000, 2000, 10_000]
            .map(|members| renewal_interval(members).as_secs());

        assert_eq!(seconds, [120, 120, 120, 600, 1200, 1200, 2400, 12_000]);
        assert_eq!(record_life(10), Duration::from_secs(360));
    }
}
