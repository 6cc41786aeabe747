//! A whole handshake, both sides: initiation, response, and the keepalive that confirms it. With the
//! curve of boringtun and, as boringtun has it, a cipher in assembly; with the default cipher; and with
//! the faster curve.

use benches::{Contest, Suite};
use vpn_core::{Aead, AwsLcChaCha20Poly1305, ChaCha20Poly1305, Curve};

use crate::tunnel::{Boringtun, Ours};

pub(crate) fn enter(suite: &mut Suite) {
    suite.path("handshake", || contest::<AwsLcChaCha20Poly1305>(Curve::Dalek));
    suite.path("handshake/default-cipher", || contest::<ChaCha20Poly1305>(Curve::Dalek));
    suite.path("handshake/aws-lc-curve", || contest::<AwsLcChaCha20Poly1305>(Curve::AwsLc));
}

/// That each message is taken is asserted on the way, on both sides.
fn contest<'a, A: Aead + 'a>(curve: Curve) -> Contest<'a> {
    let mut ours = Ours::<A>::new(1420, curve);
    let mut boringtun = Boringtun::new();
    Contest::new(move || ours.shake_hands()).peer("boringtun", move || boringtun.shake_hands())
}
