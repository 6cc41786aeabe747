use std::net::IpAddr;
use std::sync::Arc;

use boringtun::noise::rate_limiter::RateLimiter;
use boringtun::noise::{Tunn, TunnResult};
use boringtun::x25519::{PublicKey, StaticSecret};
use vpn_core::Time;

use super::other::{Other, Output, Setup};
use super::packet::{Side, address};

const MAX_DATAGRAM: usize = 2048;

pub(crate) struct Boringtun(Tunn);

impl Other for Boringtun {
    const TAKES_TIME: bool = false;

    fn new(setup: Setup) -> Self {
        let secret = StaticSecret::from(setup.secret);
        let limit = if setup.under_load { 0 } else { u64::MAX };
        let limiter = RateLimiter::new(&PublicKey::from(&secret), limit);
        let peer = PublicKey::from(*setup.peer.as_bytes());
        // It shifts the index by 8 bits.
        let index = setup.seed as u32 >> 8;
        Self(Tunn::new(secret, peer, setup.psk, None, index, Some(Arc::new(limiter))))
    }

    fn send(&mut self, _: Time, packet: &[u8], out: &mut Output) {
        let mut buf = [0; MAX_DATAGRAM];
        let sent = self.0.encapsulate(packet, &mut buf);
        if let TunnResult::WriteToNetwork(datagram) = sent {
            out.datagrams.push(datagram.to_vec());
        } else {
            assert!(matches!(sent, TunnResult::Done), "{sent:?}");
        }
    }

    fn receive(&mut self, _: Time, datagram: &[u8], out: &mut Output) -> bool {
        let from = address(Side::Ours).ip();
        let mut input = datagram;
        loop {
            let mut buf = [0; MAX_DATAGRAM];
            match self.0.decapsulate(Some(from), input, &mut buf) {
                TunnResult::WriteToNetwork(answer) => out.datagrams.push(answer.to_vec()),
                TunnResult::WriteToTunnelV4(packet, source) => {
                    assert_eq!(IpAddr::from(source), IpAddr::from([10, 0, 0, 1]));
                    out.packets.push(packet.to_vec());
                    return true;
                }
                TunnResult::WriteToTunnelV6(packet, _) => {
                    out.packets.push(packet.to_vec());
                    return true;
                }
                TunnResult::Done => return true,
                TunnResult::Err(_) => return false,
            }
            // It wants to be asked for more until it is done.
            input = &[];
        }
    }

    fn begin(&mut self, _: Time, out: &mut Output) {
        let mut buf = [0; MAX_DATAGRAM];
        if let TunnResult::WriteToNetwork(datagram) =
            self.0.format_handshake_initiation(&mut buf, true)
        {
            out.datagrams.push(datagram.to_vec());
        }
    }

    fn handle_timeout(&mut self, _: Time, _: &mut Output) {}
}
