use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::time::Duration;

use benches::seed::Seed;
use vpn_core::{
    Aead, CONTROL_LEN, Curve, Device, DeviceConfig, HEADROOM, Inbound, Outbound, PeerConfig,
    PeerId, SecretKey, TAILROOM, Time, Unix,
};

pub(crate) const SECRETS: [[u8; 32]; 2] = [[0x51; 32], [0x62; 32]];

/// An inner IPv4 packet of `size` bytes from 10.0.0.1 to 10.0.0.2.
pub(crate) fn packet(size: usize) -> Vec<u8> {
    let mut packet = vec![0; size];
    Seed::new(size as u64).fill_printable(&mut packet);
    let length = u16::try_from(size).expect("an IP packet").to_be_bytes();
    packet[..20].copy_from_slice(&[
        0x45, 0, length[0], length[1], 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
    ]);
    packet
}

/// Ours: two devices that know each other, on a clock that moves only when told.
pub(crate) struct Ours<A: Aead> {
    pub(crate) initiator: Device<A>,
    pub(crate) responder: Device<A>,
    pub(crate) peer: PeerId,
    pub(crate) now: Time,
    wire: [u8; CONTROL_LEN],
}

/// Where a datagram is said to come from.
pub(crate) const FROM: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 51820);

impl<A: Aead> Ours<A> {
    /// The MTU is the size of the packets to come, so that they are not padded: boringtun pads none.
    pub(crate) fn new(mtu: usize, curve: Curve) -> Self {
        let mtu = u16::try_from(mtu).expect("an IP packet");
        let now = Time::from_nanos(1_000_000_000);
        let secrets = SECRETS.map(SecretKey::from_bytes);
        let [(mut initiator, peer), (mut responder, other)] = [0, 1].map(|side| {
            let config = DeviceConfig::new(secrets[side].clone()).mtu(mtu).curve(curve);
            let seed = vpn_core::Seed::from_bytes([side as u8; 32]);
            let mut device =
                Device::with_cipher(config, seed, now, Unix { secs: 1_700_000_000, nanos: 0 });
            let peer = PeerConfig::new(secrets[1 - side].public_key()).endpoint(FROM);
            let peer = device.add_peer(now, peer).expect("the only peer");
            (device, peer)
        });
        initiator.allow(peer, "10.0.0.2/32".parse().expect("a net")).expect("a peer");
        responder.allow(other, "10.0.0.1/32".parse().expect("a net")).expect("a peer");
        Self { initiator, responder, peer, now, wire: [0; CONTROL_LEN] }
    }

    pub(crate) fn connected(mtu: usize) -> Self {
        let mut tunnel = Self::new(mtu, Curve::default());
        tunnel.shake_hands();
        tunnel
    }

    /// Initiation, response and the keepalive that confirms the session, some seconds after the
    /// last handshake.
    pub(crate) fn shake_hands(&mut self) {
        self.now = self.now + Duration::from_secs(6);
        let Self { initiator, responder, peer, now, wire } = self;
        initiator.initiate(*now, *peer).expect("a peer with an endpoint");
        pass(initiator, responder, *now, wire);
        pass(responder, initiator, *now, wire);
        let confirmed = pass(initiator, responder, *now, wire);
        assert!(confirmed, "the responder did not take the session for confirmed");
        while initiator.poll_event().is_some() || responder.poll_event().is_some() {}
    }
}

/// Carries the one message that waits; tells whether it was a keepalive.
fn pass<A: Aead>(from: &mut Device<A>, to: &mut Device<A>, now: Time, wire: &mut [u8]) -> bool {
    let message = from.poll_transmit(now, wire).expect("a message waits").datagram;
    let opened = to.open(now, black_box(FROM), message).expect("the message is good");
    matches!(opened, Inbound::Keepalive(_))
}

/// A buffer with a packet in it and the room around it that sealing in place takes.
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    size: usize,
    /// Where the sealed datagram lies.
    datagram: Range<usize>,
}

impl Buffer {
    pub(crate) fn new(packet: &[u8]) -> Self {
        let mut bytes = vec![0; HEADROOM + packet.len() + TAILROOM];
        bytes[HEADROOM..HEADROOM + packet.len()].copy_from_slice(packet);
        Self { bytes, size: packet.len(), datagram: 0..0 }
    }

    /// Puts the packet's header back, as the TUN device does with each packet, and seals it. The
    /// rest of the packet is the ciphertext of last time: any bytes cost the same.
    pub(crate) fn seal<A: Aead>(
        &mut self,
        device: &mut Device<A>,
        now: Time,
        header: &[u8; 20],
    ) -> usize {
        self.bytes[HEADROOM..HEADROOM + 20].copy_from_slice(header);
        let range = HEADROOM..HEADROOM + self.size;
        let Ok(Outbound::Send(transmit)) = device.seal(now, &mut self.bytes, range) else {
            unreachable!("a session stands");
        };
        let length = transmit.datagram.len();
        // The message's header of 16 bytes stands directly in front of the packet.
        self.datagram = HEADROOM - 16..HEADROOM - 16 + length;
        length
    }

    pub(crate) fn open<A: Aead>(&mut self, device: &mut Device<A>, now: Time) -> usize {
        let datagram = &mut self.bytes[self.datagram.clone()];
        let Ok(Inbound::Packet { packet, .. }) = device.open(now, black_box(FROM), datagram) else {
            unreachable!("the datagram is good and was not opened before");
        };
        packet.len()
    }
}
