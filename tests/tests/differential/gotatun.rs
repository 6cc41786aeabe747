use std::sync::Arc;

use gotatun::noise::index_table::IndexTable;
use gotatun::noise::rate_limiter::RateLimiter;
use gotatun::noise::{Tunn, TunnResult};
use gotatun::packet::{Packet, WgKind};
use gotatun::tun::MtuWatcher;
use gotatun::x25519::{PublicKey, StaticSecret};
use vpn_core::Time;

use super::other::{Other, Output, Setup};
use super::packet::{Side, address};

const MTU: u16 = 1420;

pub(crate) struct Gotatun {
    tunn: Tunn,
    limiter: Arc<RateLimiter>,
}

fn bytes(message: impl Into<Packet>) -> Vec<u8> {
    message.into().as_ref().to_vec()
}

impl Other for Gotatun {
    const TAKES_TIME: bool = false;

    fn new(setup: Setup) -> Self {
        let secret = StaticSecret::from(setup.secret);
        let limit = if setup.under_load { 0 } else { u64::MAX };
        let limiter = Arc::new(RateLimiter::new(&PublicKey::from(&secret), limit));
        let peer = PublicKey::from(*setup.peer.as_bytes());
        let indices = IndexTable::from_os_rng();
        let tunn = Tunn::new(secret, peer, setup.psk, None, indices, Arc::clone(&limiter));
        Self { tunn, limiter }
    }

    fn send(&mut self, _: Time, packet: &[u8], out: &mut Output) {
        let sent = self
            .tunn
            .handle_outgoing_packet(Packet::copy_from(packet), Some(&mut MtuWatcher::new(MTU)));
        out.datagrams.extend(sent.map(bytes));
    }

    fn receive(&mut self, _: Time, datagram: &[u8], out: &mut Output) -> bool {
        let message: WgKind =
            match self.limiter.verify_packet(address(Side::Ours), Packet::copy_from(datagram)) {
                Ok(message) => message,
                Err(TunnResult::WriteToNetwork(cookie)) => {
                    out.datagrams.push(bytes(cookie));
                    return false;
                }
                Err(_) => return false,
            };
        match self.tunn.handle_incoming_packet(message) {
            TunnResult::Done => {}
            TunnResult::Err(_) => return false,
            TunnResult::WriteToNetwork(answer) => {
                out.datagrams.push(bytes(answer));
                let mut mtu = MtuWatcher::new(MTU);
                out.datagrams.extend(self.tunn.get_queued_packets(&mut mtu).map(bytes));
            }
            // A keepalive is an empty packet.
            TunnResult::WriteToTunnel(packet) if packet.is_empty() => {}
            TunnResult::WriteToTunnel(packet) => out.packets.push(bytes(packet)),
        }
        true
    }

    fn begin(&mut self, _: Time, out: &mut Output) {
        out.datagrams.extend(self.tunn.format_handshake_initiation(true).map(bytes));
    }

    fn handle_timeout(&mut self, _: Time, _: &mut Output) {}
}
