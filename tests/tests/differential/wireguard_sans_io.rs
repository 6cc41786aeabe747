use std::collections::VecDeque;

use vpn_core::Time;
use wireguard_sans_io::testing::DeterministicRng;
use wireguard_sans_io::{
    Config, Encapsulated, Error, Now, PollOutput, PresharedKey, PublicKey, Received, StaticSecret,
    Tunnel,
};

use super::other::{Other, Output, Setup};
use super::packet::WALL;

const MAX_DATAGRAM: usize = 2048;

pub(crate) struct WireguardSansIo {
    tunnel: Tunnel,
    random: DeterministicRng,
    under_load: bool,
    held: VecDeque<Vec<u8>>,
}

fn convert(now: Time) -> Now {
    let passed = now.since(Time::default());
    Now::new(now.as_nanos(), WALL.secs + passed.as_secs(), passed.subsec_nanos())
}

impl WireguardSansIo {
    /// Sends what it has to say, and what it holds if there is a session.
    fn poll(&mut self, now: Now, out: &mut Output) {
        let mut buf = [0; MAX_DATAGRAM];
        loop {
            match self.tunnel.poll(now, &mut buf, &mut self.random).unwrap() {
                PollOutput::Send(datagram, _) => out.datagrams.push(datagram.to_vec()),
                PollOutput::HandshakeExpired => self.held.clear(),
                PollOutput::SessionsExpired => {}
                PollOutput::Idle => break,
            }
        }
        if self.tunnel.is_established() {
            for packet in std::mem::take(&mut self.held) {
                self.seal(now, packet, out);
            }
        }
    }

    fn seal(&mut self, now: Now, packet: Vec<u8>, out: &mut Output) {
        let mut buf = [0; MAX_DATAGRAM];
        match self.tunnel.encapsulate(now, &packet, &mut buf, &mut self.random) {
            Ok(Encapsulated::Transport(datagram)) => out.datagrams.push(datagram.to_vec()),
            Ok(Encapsulated::HandshakeInitiation(datagram)) => {
                out.datagrams.push(datagram.to_vec());
                self.held.push_back(packet);
            }
            Err(Error::NotEstablished) => self.held.push_back(packet),
            Err(error) => panic!("{error:?}"),
        }
    }
}

impl Other for WireguardSansIo {
    const TAKES_TIME: bool = true;

    fn new(setup: Setup) -> Self {
        let peer = PublicKey::from_bytes(*setup.peer.as_bytes());
        let mut config = Config::new(StaticSecret::from_bytes(setup.secret), peer);
        config.psk = setup.psk.map(PresharedKey::from_bytes).unwrap_or_default();
        Self {
            tunnel: Tunnel::new(config).unwrap(),
            random: DeterministicRng::new(setup.seed),
            under_load: setup.under_load,
            held: VecDeque::new(),
        }
    }

    fn send(&mut self, now: Time, packet: &[u8], out: &mut Output) {
        let now = convert(now);
        self.seal(now, packet.to_vec(), out);
        self.poll(now, out);
    }

    fn receive(&mut self, now: Time, datagram: &[u8], out: &mut Output) -> bool {
        let now = convert(now);
        let (under_load, random) = (self.under_load, &mut self.random);
        let mut buf = [0; MAX_DATAGRAM];
        match self.tunnel.decapsulate(now, b"source", under_load, datagram, &mut buf, random) {
            Ok(Received::Data(packet)) => out.packets.push(packet.to_vec()),
            Ok(Received::Reply(answer)) => out.datagrams.push(answer.to_vec()),
            Ok(Received::Keepalive | Received::HandshakeComplete | Received::CookieStored) => {}
            Err(_) => return false,
        }
        self.poll(now, out);
        true
    }

    fn begin(&mut self, now: Time, out: &mut Output) {
        let mut buf = [0; MAX_DATAGRAM];
        let begun = self.tunnel.initiate_handshake(convert(now), &mut buf, &mut self.random);
        out.datagrams.extend(begun.ok().map(<[u8]>::to_vec));
    }

    fn handle_timeout(&mut self, now: Time, out: &mut Output) {
        self.poll(convert(now), out);
    }
}
