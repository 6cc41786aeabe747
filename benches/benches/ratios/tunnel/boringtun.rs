use std::sync::Arc;

use boringtun::noise::rate_limiter::RateLimiter;
use boringtun::noise::{Tunn, TunnResult};
use boringtun::x25519;

use super::SECRETS;

/// boringtun's: the same two keys.
pub(crate) struct Boringtun {
    pub(crate) initiator: Tunn,
    pub(crate) responder: Tunn,
    wire: [Vec<u8>; 2],
}

impl Boringtun {
    pub(crate) fn new() -> Self {
        let [initiator, responder] = [0, 1].map(|side| {
            let secret = x25519::StaticSecret::from(SECRETS[side]);
            let public = x25519::PublicKey::from(&secret);
            let other = x25519::PublicKey::from(&x25519::StaticSecret::from(SECRETS[1 - side]));
            // Its own limit of ten handshakes a second would turn the rest into cookie replies.
            let limiter = Arc::new(RateLimiter::new(&public, u64::MAX));
            Tunn::new(secret, other, None, None, side as u32, Some(limiter))
        });
        Self { initiator, responder, wire: [vec![0; 256], vec![0; 256]] }
    }

    pub(crate) fn connected() -> Self {
        let mut tunnel = Self::new();
        tunnel.shake_hands();
        tunnel
    }

    /// The same three messages as [`Ours::shake_hands`].
    pub(crate) fn shake_hands(&mut self) {
        let Self { initiator, responder, wire: [there, back] } = self;
        let initiation = written(initiator.format_handshake_initiation(there, true));
        let response = written(responder.decapsulate(None, initiation, back));
        let keepalive = written(initiator.decapsulate(None, response, there));
        let confirmed = responder.decapsulate(None, keepalive, back);
        assert!(matches!(confirmed, TunnResult::Done), "{confirmed:?}");
    }
}

/// Tunnels that carry nothing, each with a persistent keepalive.
pub(crate) struct IdleBoringtun {
    tunnels: Vec<Tunn>,
    wire: Vec<u8>,
}

impl IdleBoringtun {
    pub(crate) fn new(tunnels: u32) -> Self {
        let secret = x25519::StaticSecret::from(SECRETS[0]);
        let other = x25519::PublicKey::from(&x25519::StaticSecret::from(SECRETS[1]));
        let tunnels = (0..tunnels)
            .map(|index| Tunn::new(secret.clone(), other, None, Some(25), index, None))
            .collect();
        Self { tunnels, wire: vec![0; 256] }
    }

    /// What its caller does each second.
    pub(crate) fn tick(&mut self) {
        for tunnel in &mut self.tunnels {
            let result = tunnel.update_timers(&mut self.wire);
            assert!(matches!(result, TunnResult::Done), "{result:?}");
        }
    }
}

/// What boringtun wants to be sent.
pub(crate) fn written(result: TunnResult<'_>) -> &mut [u8] {
    let TunnResult::WriteToNetwork(datagram) = result else {
        unreachable!("boringtun has something to send");
    };
    datagram
}

/// The packet that boringtun opened.
pub(crate) fn delivered(result: TunnResult<'_>) -> &mut [u8] {
    let TunnResult::WriteToTunnelV4(packet, _) = result else {
        unreachable!("the datagram is good and was not opened before");
    };
    packet
}
