//! A whole handshake, both sides: initiation, response, and the keepalive that confirms it.

use benches::{Contest, Suite};
use vpn_core::ChaCha20Poly1305;

use crate::tunnel::{Boringtun, Ours};

pub(crate) fn enter(suite: &mut Suite) {
    suite.path("handshake", contest);
}

/// That each message is taken is asserted on the way, on both sides.
fn contest<'a>() -> Contest<'a> {
    let mut ours = Ours::<ChaCha20Poly1305>::new(1420);
    let mut boringtun = Boringtun::new();
    Contest::new(move || ours.shake_hands()).peer("boringtun", move || boringtun.shake_hands())
}
