use alloc::vec::Vec;

use super::Node;
use crate::crypto::Aead;
use crate::mesh::identity::MemberId;
use crate::time::Time;

/// What honest nodes do not do, for tests of what becomes of it.
impl<A: Aead> Node<A> {
    /// Sends any bytes as a frame through the tunnel to a member, if there is one.
    #[doc(hidden)]
    pub fn say(&mut self, now: Time, to: &MemberId, frame: Vec<u8>) {
        self.observe(now);
        let roster = &self.membership.roster;
        let known = roster.find(to).and_then(|number| roster.get(number));
        if let Some(peer) = known.and_then(|known| known.peer) {
            self.send(false, peer, frame);
        }
    }
}
