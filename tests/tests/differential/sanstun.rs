use std::collections::VecDeque;
use std::time::{Duration, Instant};

use sanstun::{
    Committed, Error, Event, Interface, PresharedKey, PublicKey, Received, ReceivedMessage,
    StaticSecret, Tunnel, TunnelConfig,
};
use vpn_core::Time;
use zeroize::Zeroizing;

use super::other::{Other, Output, Setup};
use super::packet::{Side, WALL, address};

pub(crate) struct Sanstun {
    origin: Instant,
    interface: Interface,
    tunnel: Tunnel,
    setup: Setup,
    held: VecDeque<Vec<u8>>,
}

impl Sanstun {
    fn instant(&self, now: Time) -> Instant {
        self.origin + now.since(Time::default())
    }

    fn new_tunnel(setup: &Setup, interface: &mut Interface, now: Instant) -> Tunnel {
        let mut config = TunnelConfig::default();
        if let Some(psk) = setup.psk {
            config = config.with_preshared_key(PresharedKey::from(Zeroizing::new(psk)));
        }
        interface.new_tunnel(PublicKey::from(*setup.peer.as_bytes()), config, now).unwrap()
    }

    /// Sends or holds a packet, and sees to it that a handshake is under way if it is held.
    fn seal(&mut self, now: Instant, packet: Vec<u8>, out: &mut Output) {
        match self.tunnel.begin_encapsulate(now) {
            Ok(pending) => {
                let sealed = pending.encrypt(&packet, &mut [0; 2048]).unwrap().to_vec();
                out.datagrams.push(sealed);
            }
            Err(Error::NoCurrentSession) => {
                self.held.push_back(packet);
                let initiation = self.tunnel.initiate_handshake(now);
                out.datagrams.extend(initiation.map(|initiation| initiation.to_vec()));
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn open(&mut self, now: Instant, datagram: &[u8], out: &mut Output) -> Result<(), Error> {
        let message = match self.interface.receive(address(Side::Ours), datagram, now)? {
            Received::SendCookieReply(reply) => {
                out.datagrams.push(reply.to_vec());
                return Err(Error::RateLimited);
            }
            Received::Message(message) => message,
        };
        match message {
            ReceivedMessage::HandshakeInitiation(initiation) => {
                let response = self.tunnel.handle_handshake_initiation(initiation, now)?;
                out.datagrams.push(response.to_vec());
            }
            ReceivedMessage::HandshakeResponse(response) => {
                let keepalive = self.tunnel.handle_handshake_response(response, now)?;
                out.datagrams.push(keepalive.to_vec());
                for packet in std::mem::take(&mut self.held) {
                    self.seal(now, packet, out);
                }
            }
            ReceivedMessage::CookieReply(reply) => self.tunnel.handle_cookie_reply(reply, now)?,
            ReceivedMessage::TransportData(header) => {
                let pending = self.tunnel.begin_decapsulate(header, now)?;
                let opened = pending.decrypt(datagram, vec![0; 2048]);
                match self.tunnel.commit_decapsulate(opened, now)? {
                    Committed::Data { buffer, len } => out.packets.push(buffer[..len].to_vec()),
                    Committed::Keepalive => {}
                }
            }
        }
        Ok(())
    }
}

impl Other for Sanstun {
    const TAKES_TIME: bool = true;

    fn new(setup: Setup) -> Self {
        let origin = Instant::now();
        let mut seed = [0x51; 32];
        seed[..8].copy_from_slice(&setup.seed.to_be_bytes());
        let wall = Duration::from_secs(WALL.secs);
        let mut interface = Interface::new(Zeroizing::new(seed), origin, wall)
            .with_static_private(StaticSecret::from(Zeroizing::new(setup.secret)))
            .with_handshake_limit(if setup.under_load { 0 } else { u64::MAX });
        let tunnel = Self::new_tunnel(&setup, &mut interface, origin);
        Self { origin, interface, tunnel, setup, held: VecDeque::new() }
    }

    fn send(&mut self, now: Time, packet: &[u8], out: &mut Output) {
        let now = self.instant(now);
        self.seal(now, packet.to_vec(), out);
    }

    fn receive(&mut self, now: Time, datagram: &[u8], out: &mut Output) -> bool {
        self.open(self.instant(now), datagram, out).is_ok()
    }

    fn begin(&mut self, now: Time, out: &mut Output) {
        let initiation = self.tunnel.restart_handshake(self.instant(now));
        out.datagrams.extend(initiation.map(|initiation| initiation.to_vec()));
    }

    fn handle_timeout(&mut self, now: Time, out: &mut Output) {
        let now = self.instant(now);
        self.tunnel.handle_timeout(now);
        while let Some(event) = self.tunnel.poll_event() {
            match event {
                Event::SendHandshakeInitiation(datagram) | Event::SendKeepalive(datagram) => {
                    out.datagrams.push(datagram.to_vec());
                }
                Event::Established { .. } => {}
                // Its user is to make another.
                Event::ConnectionExpired => {
                    self.tunnel = Self::new_tunnel(&self.setup, &mut self.interface, now);
                    self.held.clear();
                }
            }
        }
    }
}
