use super::session::Session;
use crate::crypto::Aead;
use crate::time::Time;
use crate::wire::Index;

/// The sessions of one peer: the one to send on, the one before, and one not confirmed yet.
///
/// A responder cannot know whether its response arrived, so its new session waits in `next` and
/// only receives, until the initiator has used it (paper, section 6.2).
#[derive(Debug)]
pub(crate) struct Slots<A> {
    previous: Option<Session<A>>,
    current: Option<Session<A>>,
    next: Option<Session<A>>,
}

impl<A: Aead> Slots<A> {
    pub(crate) fn new() -> Self {
        Self { previous: None, current: None, next: None }
    }

    /// Installs the session of a handshake that this side began: confirmed by its response.
    pub(crate) fn install_initiated(&mut self, session: Session<A>) {
        self.previous = self.next.take().or_else(|| self.current.take());
        self.current = Some(session);
    }

    /// Installs the session of a handshake that this side answered.
    pub(crate) fn install_responded(&mut self, session: Session<A>) {
        self.previous = None;
        self.next = Some(session);
    }

    /// The initiator has used the session in `next`.
    #[cold]
    pub(crate) fn confirm(&mut self) {
        if let Some(next) = self.next.take() {
            self.previous = self.current.replace(next);
        }
    }

    /// The session that is not confirmed yet.
    pub(crate) fn next(&self) -> Option<&Session<A>> {
        self.next.as_ref()
    }

    pub(crate) fn current(&self) -> Option<&Session<A>> {
        self.current.as_ref()
    }

    /// The session to send on, unless there is none or it has expired.
    pub(crate) fn sending(&mut self, now: Time) -> Option<&mut Session<A>> {
        self.current.as_mut().filter(|session| session.can_send(now))
    }

    /// The session to send on, if that is the one with this index: so it is with most messages.
    #[inline]
    pub(crate) fn find_current(&mut self, index: Index) -> Option<&mut Session<A>> {
        self.current.as_mut().filter(|session| session.local() == index)
    }

    pub(crate) fn find(&mut self, index: Index) -> Option<&mut Session<A>> {
        let all = [&mut self.current, &mut self.next, &mut self.previous].into_iter().flatten();
        all.into_iter().find(|session| session.local() == index)
    }

    pub(crate) fn indices(&self) -> [Option<Index>; 3] {
        [&self.previous, &self.current, &self.next].map(|slot| slot.as_ref().map(Session::local))
    }

    /// All sessions.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Session<A>> {
        [&self.previous, &self.current, &self.next].into_iter().flatten()
    }

    /// Drops every session; their keys are wiped with them.
    pub(crate) fn wipe(&mut self) {
        *self = Self::new();
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::super::keys::{Keys, Role};
    use super::*;
    use crate::crypto::ChaCha20Poly1305;

    fn session(index: u32) -> Session<ChaCha20Poly1305> {
        let key = Zeroizing::new([0; 32]);
        let indices = [Index(index), Index(0)];
        Session::new(Keys::new(Role::Initiator, Time::default(), indices, [&key; 2]))
    }

    fn indices(slots: &Slots<ChaCha20Poly1305>) -> [Option<u32>; 3] {
        slots.indices().map(|index| index.map(|index| index.0))
    }

    #[test]
    fn an_initiated_session_is_current_at_once() {
        let mut slots = Slots::new();
        slots.install_initiated(session(1));
        slots.install_initiated(session(2));

        assert_eq!(indices(&slots), [Some(1), Some(2), None]);
    }

    #[test]
    fn a_responded_session_waits_for_its_confirmation() {
        let mut slots = Slots::new();
        slots.install_initiated(session(1));
        slots.install_initiated(session(2));

        slots.install_responded(session(3));
        assert_eq!(indices(&slots), [None, Some(2), Some(3)]);
        slots.confirm();
        assert_eq!(indices(&slots), [Some(2), Some(3), None]);
        slots.confirm();
        assert_eq!(indices(&slots), [Some(2), Some(3), None]);
    }

    #[test]
    fn an_unconfirmed_session_becomes_the_previous_of_an_initiated_one() {
        let mut slots = Slots::new();
        slots.install_initiated(session(1));
        slots.install_responded(session(2));
        slots.install_initiated(session(3));

        assert_eq!(indices(&slots), [Some(2), Some(3), None]);
    }
}
