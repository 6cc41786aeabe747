use std::sync::Arc;

use gotatun::noise::index_table::IndexTable;
use gotatun::noise::rate_limiter::RateLimiter;
use gotatun::noise::{Tunn, TunnResult};
use gotatun::packet::{Packet, WgKind};
use gotatun::x25519;

use super::SECRETS;

/// gotatun's: the same two keys, and the cipher of aws-lc-rs.
pub(crate) struct Gotatun {
    pub(crate) initiator: Tunn,
    pub(crate) responder: Tunn,
}

impl Gotatun {
    pub(crate) fn new() -> Self {
        let [initiator, responder] = [0, 1].map(|side| {
            let secret = x25519::StaticSecret::from(SECRETS[side]);
            let public = x25519::PublicKey::from(&secret);
            let other = x25519::PublicKey::from(&x25519::StaticSecret::from(SECRETS[1 - side]));
            let limiter = Arc::new(RateLimiter::new(&public, u64::MAX));
            Tunn::new(secret, other, None, None, IndexTable::from_os_rng(), limiter)
        });
        Self { initiator, responder }
    }

    /// With a session that the responder may send on too.
    pub(crate) fn connected() -> Self {
        let mut tunnel = Self::new();
        tunnel.shake_hands();
        tunnel
    }

    /// The same three messages as [`Ours::shake_hands`](super::Ours::shake_hands).
    pub(crate) fn shake_hands(&mut self) {
        let Self { initiator, responder } = self;
        let initiation = initiator.format_handshake_initiation(true).expect("an initiation");
        let response = answer(responder.handle_incoming_packet(initiation.into()));
        let keepalive = answer(initiator.handle_incoming_packet(response));
        let confirmed = responder.handle_incoming_packet(keepalive);
        let TunnResult::WriteToTunnel(nothing) = confirmed else {
            unreachable!("the responder took the session for confirmed");
        };
        assert!(nothing.is_empty(), "a keepalive");
    }

    /// Seals a packet, which is used up.
    pub(crate) fn seal(tunnel: &mut Tunn, packet: Packet) -> Packet {
        tunnel.encapsulate_with_session(packet).expect("a session stands").into_bytes()
    }

    /// Opens a datagram, which is used up.
    pub(crate) fn open(tunnel: &mut Tunn, datagram: Packet) -> Packet {
        let datagram = datagram.try_into_wg().expect("a data message");
        let TunnResult::WriteToTunnel(packet) = tunnel.handle_incoming_packet(datagram) else {
            unreachable!("the datagram is good and was not opened before");
        };
        packet
    }
}

fn answer(result: TunnResult) -> WgKind {
    let TunnResult::WriteToNetwork(datagram) = result else {
        unreachable!("gotatun has something to send");
    };
    datagram
}
