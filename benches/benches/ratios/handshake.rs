//! A whole handshake, both sides: initiation, response, and the keepalive that confirms it; with the
//! curve of boringtun, and with the faster one.

use benches::{Contest, Suite};
use vpn_core::{ChaCha20Poly1305, Curve};

use crate::tunnel::{Boringtun, Ours};

pub(crate) fn enter(suite: &mut Suite) {
    suite.path("handshake", || contest(Curve::Dalek));
    suite.path("handshake/aws-lc-curve", || contest(Curve::AwsLc));
}

/// That each message is taken is asserted on the way, on both sides.
fn contest<'a>(curve: Curve) -> Contest<'a> {
    let mut ours = Ours::<ChaCha20Poly1305>::new(1420, curve);
    let mut boringtun = Boringtun::new();
    Contest::new(move || ours.shake_hands()).peer("boringtun", move || boringtun.shake_hands())
}
