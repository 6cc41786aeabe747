//! The timers of one peer: facts in, deadlines with their reason out; sends nothing.
//!
//! The rules are those of the WireGuard paper, sections 6.1 to 6.5.

use core::time::Duration;

use crate::time::Time;
use crate::transport::{REJECT_AFTER_TIME, Role};

/// Age at which the initiator of a session renews it when it sends.
const REKEY_AFTER_TIME: Duration = Duration::from_secs(120);
/// Messages after which either side renews a session.
const REKEY_AFTER_MESSAGES: u64 = 1 << 60;
/// How long initiations are repeated in vain.
const REKEY_ATTEMPT_TIME: Duration = Duration::from_secs(90);
/// The least time between two handshake messages to one peer.
const REKEY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long received data may stay without anything sent back.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// Age at which the initiator of a session renews it when it receives.
const RENEW_ON_RECEIPT_AGE: Duration = Duration::from_secs(180 - 10 - 5);
/// Time after the last new session at which all keys are wiped.
const WIPE_AFTER_TIME: Duration = Duration::from_secs(3 * 180);
/// Bound of the random delay that keeps two peers from initiating in step.
pub(crate) const MAX_JITTER: Duration = Duration::from_millis(333);

/// What a deadline asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Wipe all keys: no new session for too long.
    Wipe,
    /// The session to send on has reached its greatest age.
    Expire,
    /// Stop initiating: nothing was answered for too long.
    GiveUp,
    /// Say that nothing was answered for too long; initiating goes on, for what was asked since.
    Complain,
    /// Send an initiation.
    Initiate,
    /// Begin a handshake: data was sent and nothing came back.
    Renew,
    /// Say that a packet was sent and nothing came back, for as long as somebody is patient.
    Doubt,
    /// Send a keepalive: data was received and nothing was sent back.
    Keepalive,
    /// Send a keepalive, or begin a handshake if there is no session.
    PersistentKeepalive,
}

/// The facts from which all deadlines of one peer follow.
#[derive(Debug)]
pub(crate) struct Timer {
    persistent: Option<Duration>,
    /// Random delay, drawn for each handshake message.
    jitter: Duration,
    attempt: Option<Attempt>,
    handshake_sent: Option<Time>,
    session: Current,
    /// When to renew, if nothing authenticated is received: set by the first data sent, with the
    /// jitter of then, since a deadline must not move back when the jitter is drawn anew.
    renewal: Option<Time>,
    /// How long a packet may stay unanswered before somebody wants to know.
    patience: Option<Duration>,
    /// When they want to, if nothing authenticated is received.
    doubt: Option<Time>,
    /// First data received since anything authenticated was sent.
    owed: Option<Owed>,
    /// Last authenticated message in either direction.
    traffic: Option<Time>,
    /// Since when a persistent keepalive may be sent.
    reachable: Time,
    newest_session: Option<Time>,
}

/// A handshake that this side tries to begin.
#[derive(Debug)]
struct Attempt {
    /// Since when nothing was answered that was not complained of.
    unanswered: Time,
    /// When it was last asked for.
    asked: Time,
    /// When the next initiation goes out; `None` while one waits to be sent.
    next: Option<Time>,
}

/// The session to send on; of none, all is at the last instant, which never comes.
#[derive(Debug)]
struct Current {
    born: Time,
    /// From when sending data leads to its renewal: never, for its responder.
    renews_on_send: Time,
    /// From when receiving data does, once.
    renews_on_receipt: Time,
}

impl Current {
    const NONE: Self =
        Self { born: Time::MAX, renews_on_send: Time::MAX, renews_on_receipt: Time::MAX };
}

#[derive(Debug)]
struct Owed {
    since: Time,
    /// `false` once the keepalive was asked for.
    waiting: bool,
    /// More data came after the first.
    again: bool,
}

impl Timer {
    /// A persistent keepalive is due at once, others an interval after the last traffic.
    pub(crate) fn new(persistent: Option<Duration>, now: Time) -> Self {
        Self {
            persistent,
            jitter: Duration::ZERO,
            attempt: None,
            handshake_sent: None,
            session: Current::NONE,
            renewal: None,
            patience: None,
            doubt: None,
            owed: None,
            traffic: None,
            reachable: now,
            newest_session: None,
        }
    }

    pub(crate) fn persistent(&self) -> Option<Duration> {
        self.persistent
    }

    /// Counts a new interval from the last traffic.
    pub(crate) fn set_persistent(&mut self, interval: Option<Duration>) {
        self.persistent = interval;
    }

    /// Asks to be told when a packet has stayed unanswered for so long.
    #[cfg(feature = "mesh")]
    pub(crate) fn set_patience(&mut self, patience: Duration) {
        self.patience = Some(patience);
    }

    /// Forgets everything but that a handshake is wanted; returns whether it is, and its initiation
    /// goes out at once.
    pub(crate) fn restart(&mut self, now: Time) -> bool {
        let attempt = self.attempt.take().map(|attempt| Attempt { next: None, ..attempt });
        let patience = self.patience;
        *self = Self { attempt, patience, ..Self::new(self.persistent, now) };
        self.attempt.is_some()
    }

    /// The earliest deadline.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.deadlines().map(|(_, at)| at).min()
    }

    /// Takes one thing that is due. After `None`, the deadline lies after `now`.
    pub(crate) fn poll_due(&mut self, now: Time) -> Option<Due> {
        let (due, _) = self.deadlines().find(|(_, at)| *at <= now)?;
        match due {
            Due::Wipe => self.newest_session = None,
            Due::Expire => self.session = Current::NONE,
            Due::GiveUp => self.abandon(),
            Due::Complain => {
                self.attempt.iter_mut().for_each(|attempt| attempt.unanswered = attempt.asked);
            }
            Due::Initiate => self.attempt.iter_mut().for_each(|attempt| attempt.next = None),
            Due::Renew => self.renewal = None,
            Due::Doubt => self.doubt = None,
            Due::Keepalive => self.owed.iter_mut().for_each(|owed| owed.waiting = false),
            Due::PersistentKeepalive => self.traffic = Some(now),
        }
        Some(due)
    }

    /// All deadlines, in the order in which they are acted upon when several have passed.
    ///
    /// A saturated one does not count: it could not be followed by a later one.
    fn deadlines(&self) -> impl Iterator<Item = (Due, Time)> {
        let attempt = self.attempt.as_ref();
        let deadlines = [
            (Due::Wipe, self.newest_session.map(|at| at + WIPE_AFTER_TIME)),
            (Due::Expire, Some(self.session.born + REJECT_AFTER_TIME)),
            (Due::GiveUp, attempt.map(|attempt| attempt.asked + REKEY_ATTEMPT_TIME)),
            (Due::Complain, attempt.map(|attempt| attempt.unanswered + REKEY_ATTEMPT_TIME)),
            (Due::Initiate, attempt.and_then(|attempt| attempt.next)),
            (Due::Renew, self.renewal),
            (Due::Doubt, self.doubt),
            (Due::Keepalive, self.answer_due()),
            (
                Due::PersistentKeepalive,
                self.persistent
                    .map(|interval| self.traffic.map_or(self.reachable, |at| at + interval)),
            ),
        ];
        let set = deadlines.into_iter().filter_map(|(due, at)| Some((due, at?)));
        set.filter(|(_, at)| *at < Time::MAX)
    }

    /// A handshake is wanted. Returns whether its initiation goes out at once; else a deadline
    /// follows, or the attempt under way goes on.
    ///
    /// `afresh` counts the time after which to give up from here, as for a packet of the user.
    pub(crate) fn begin(&mut self, now: Time, afresh: bool) -> bool {
        if let Some(attempt) = &mut self.attempt {
            if afresh {
                attempt.asked = now;
            }
            return false;
        }
        let next = self.handshake_sent.map(|at| at + REKEY_TIMEOUT).filter(|at| *at > now);
        self.attempt = Some(Attempt { unanswered: now, asked: now, next });
        next.is_none()
    }

    /// No handshake is wanted any longer.
    pub(crate) fn abandon(&mut self) {
        self.attempt = None;
    }

    /// An initiation or a response was sent: either delays the next initiation.
    pub(crate) fn handshake_sent(&mut self, now: Time, jitter: Duration) {
        self.jitter = jitter;
        self.handshake_sent = Some(now);
        if let Some(attempt) = &mut self.attempt {
            attempt.next = Some(now + REKEY_TIMEOUT + jitter);
        }
        self.authenticated_sent(now);
    }

    /// Returns whether a deadline has changed, as with the first of many packets: what owed an answer
    /// had cleared the renewal.
    pub(crate) fn data_sent(&mut self, now: Time) -> bool {
        let first = self.renewal.is_none();
        if first {
            self.renewal = Some(now + KEEPALIVE_TIMEOUT + REKEY_TIMEOUT + self.jitter);
        }
        self.authenticated_sent(now);
        first || self.persistent.is_some()
    }

    /// Whether from data sent nothing would follow but that there was traffic.
    #[inline]
    pub(crate) fn is_sending(&self, now: Time, counter: u64) -> bool {
        self.renewal.is_some()
            && (self.persistent.is_none() || self.is_behind(self.renewal))
            && !self.renews_on_send(now, counter)
    }

    /// Whether the persistent keepalive is due no earlier than what else is, so that traffic puts it off
    /// and the earliest deadline stays. Apart, so that nothing of it is in the way of who asks for none.
    #[cold]
    #[inline(never)]
    fn is_behind(&self, deadline: Option<Time>) -> bool {
        let keepalive = self.persistent.zip(self.traffic).map(|(interval, last)| last + interval);
        deadline.zip(keepalive).is_some_and(|(deadline, keepalive)| deadline <= keepalive)
    }

    /// When a keepalive is to answer data.
    fn answer_due(&self) -> Option<Time> {
        let owed = self.owed.as_ref().filter(|owed| owed.waiting);
        owed.map(|owed| owed.since + KEEPALIVE_TIMEOUT)
    }

    /// Data was sent while that was so.
    #[inline]
    pub(crate) fn data_sent_again(&mut self, now: Time) {
        self.authenticated_sent(now);
    }

    /// What was sent last is to be answered; whether a deadline has changed.
    #[inline]
    pub(crate) fn awaits_answer(&mut self, now: Time) -> bool {
        if self.doubt.is_some() {
            return false;
        }
        self.doubt = self.patience.map(|patience| now + patience);
        self.doubt.is_some()
    }

    pub(crate) fn keepalive_sent(&mut self, now: Time) {
        let again = self.owed.as_ref().is_some_and(|owed| owed.again);
        self.authenticated_sent(now);
        self.owed = again.then_some(Owed { since: now, waiting: true, again: false });
    }

    fn authenticated_sent(&mut self, now: Time) {
        self.traffic = Some(now);
        self.owed = None;
    }

    /// Any message that authenticates, except a cookie reply. Returns whether a deadline has changed.
    pub(crate) fn authenticated_received(&mut self, now: Time) -> bool {
        self.traffic = Some(now);
        let doubted = self.doubt.take().is_some();
        self.renewal.take().is_some() || self.persistent.is_some() || doubted
    }

    /// Whether from data received nothing would follow but that there was traffic.
    #[inline]
    pub(crate) fn is_steady(&self, now: Time) -> bool {
        let owes = matches!(self.owed, Some(Owed { again: true, .. }));
        // What is owed came after all that was sent, and answered it.
        debug_assert!(!owes || self.renewal.or(self.doubt).is_none(), "data that was not answered");
        owes && (self.persistent.is_none() || self.is_behind(self.answer_due()))
            && now < self.session.renews_on_receipt
    }

    /// Data was received while all was steady.
    #[inline]
    pub(crate) fn data_received_again(&mut self, now: Time) {
        self.traffic = Some(now);
    }

    /// A data message that is not a keepalive. Returns whether a deadline has changed.
    pub(crate) fn data_received(&mut self, now: Time) -> bool {
        let first = self.owed.is_none();
        match &mut self.owed {
            Some(owed) => owed.again = true,
            None => self.owed = Some(Owed { since: now, waiting: true, again: false }),
        }
        first
    }

    /// New keys exist, whether confirmed or not.
    pub(crate) fn session_derived(&mut self, now: Time) {
        self.newest_session = Some(now);
    }

    /// There is a session to send on, so no handshake is wanted.
    pub(crate) fn session_confirmed(&mut self, role: Role, born: Time) {
        let at_age = |age| if role == Role::Initiator { born + age } else { Time::MAX };
        self.session = Current {
            born,
            renews_on_send: at_age(REKEY_AFTER_TIME),
            renews_on_receipt: at_age(RENEW_ON_RECEIPT_AGE),
        };
        self.abandon();
    }

    /// The session to send on is not to be used any more.
    pub(crate) fn session_lapsed(&mut self) {
        self.session = Current::NONE;
    }

    /// An endpoint is known where none was.
    pub(crate) fn endpoint_known(&mut self, now: Time) {
        self.reachable = now;
        self.traffic = None;
    }

    /// Whether the session is to be renewed, after a message with `counter` was sent.
    pub(crate) fn renews_on_send(&self, now: Time, counter: u64) -> bool {
        counter >= REKEY_AFTER_MESSAGES || now >= self.session.renews_on_send
    }

    /// Whether the session is to be renewed, after data was received; once per session.
    pub(crate) fn renews_on_receipt(&mut self, now: Time) -> bool {
        let renews = now >= self.session.renews_on_receipt;
        if renews {
            self.session.renews_on_receipt = Time::MAX;
        }
        renews
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_seconds_after_a_handshake_message_an_initiation_may_go_out() {
        let now = Time::default() + Duration::from_secs(5);
        for (early, at_once) in [(1, false), (0, true)] {
            let mut timer = Timer::new(None, Time::default());
            timer.handshake_sent(Time::default() + Duration::from_nanos(early), MAX_JITTER);

            assert_eq!(timer.begin(now, true), at_once);
            assert_eq!(timer.poll_due(now), None);
        }
    }

    #[test]
    #[cfg(feature = "mesh")]
    fn unanswered_data_is_doubted_once_even_after_a_restart() {
        let at = |secs| Time::default() + Duration::from_secs(secs);
        let mut timer = Timer::new(None, at(0));
        timer.set_patience(Duration::from_secs(3));
        timer.restart(at(10));

        for sent in [at(20), at(22)] {
            timer.data_sent(sent);
            timer.awaits_answer(sent);
        }

        assert_eq!(timer.deadline(), Some(at(23)));
        assert_eq!(timer.poll_due(at(23)), Some(Due::Doubt));
        assert_eq!(timer.poll_due(at(23)), None);
    }

    #[test]
    fn nothing_follows_from_more_data_until_the_session_is_to_be_renewed() {
        let at = |early| Time::default() + (Duration::from_secs(165) - Duration::from_nanos(early));
        let mut timer = Timer::new(None, Time::default());
        timer.session_confirmed(Role::Initiator, Time::default());
        timer.data_received(at(9));
        assert!(!timer.is_steady(at(8)));
        timer.data_received(at(8));

        assert!(timer.is_steady(at(1)));
        assert!(!timer.is_steady(at(0)));
    }

    #[test]
    fn a_persistent_keepalive_behind_another_deadline_is_put_off_without_more_ado() {
        let at = |secs| Time::default() + Duration::from_secs(secs);
        for (interval, is_behind) in [(None, true), (Some(15), true), (Some(14), false)] {
            let mut timer = Timer::new(interval.map(Duration::from_secs), at(0));
            timer.data_sent(at(0));
            let deadline = timer.deadline();
            assert_eq!(timer.is_sending(at(1), 1), is_behind, "{interval:?}");

            timer.data_sent_again(at(1));

            assert_eq!(timer.deadline() == deadline, is_behind, "{interval:?}");
        }
        for (interval, is_behind) in [(None, true), (Some(10), true), (Some(9), false)] {
            let mut timer = Timer::new(interval.map(Duration::from_secs), at(0));
            for received in [at(0), at(0)] {
                timer.authenticated_received(received);
                timer.data_received(received);
            }
            let deadline = timer.deadline();
            assert_eq!(timer.is_steady(at(1)), is_behind, "{interval:?}");

            timer.data_received_again(at(1));

            assert_eq!(timer.deadline() == deadline, is_behind, "{interval:?}");
            // Once it was asked for, none is put off.
            timer.poll_due(at(10));
            assert_eq!(timer.is_steady(at(10)), interval.is_none(), "{interval:?}");
        }
    }

    #[test]
    fn more_data_counts_as_traffic() {
        let at = |secs| Time::default() + Duration::from_secs(secs);
        let mut timer = Timer::new(None, at(0));
        timer.authenticated_received(at(1));

        timer.data_received_again(at(2));
        timer.set_persistent(Some(Duration::from_secs(25)));

        assert_eq!(timer.deadline(), Some(at(27)));
    }

    #[test]
    fn either_side_renews_after_two_to_the_sixty_messages() {
        for role in [Role::Initiator, Role::Responder] {
            let now = Time::default();
            let mut timer = Timer::new(None, now);
            timer.session_confirmed(role, now);

            assert!(!timer.renews_on_send(now, 1_152_921_504_606_846_975));
            assert!(timer.renews_on_send(now, 1_152_921_504_606_846_976));
        }
    }
}
