use vpn_core::{
    Aead, BadTag, CONTROL_LEN, ChaCha20Poly1305, Device, Discard, Event, Inbound, Outbound,
    PeerConfig, PeerError, PublicKey, SealError, SecretKey, Seed, TextTooLong, Time, Unix,
};

use crate::world::{ALICE, BOB, World, address, config, device, millis, packet, secs};

#[test]
fn unusable_keys_are_refused() {
    let mut device = device(ALICE);
    let own = device.public_key();
    let other = SecretKey::from_bytes([42; 32]).public_key();
    let mut add = |key| device.add_peer(Time::default(), PeerConfig::new(key));

    assert_eq!(add(own), Err(PeerError::OwnKey));
    assert_eq!(add(PublicKey::from_bytes([0; 32])), Err(PeerError::LowOrderKey));
    assert!(add(other).is_ok());
    assert_eq!(add(other), Err(PeerError::Duplicate));
}

#[test]
fn removed_peer_is_unknown_everywhere() {
    let mut world = World::connected();
    let datagram = world.datagram(BOB, &packet(BOB, ALICE, 40, 0));
    let initiation = world.trace[0].2.clone();
    let peer = world.nodes[ALICE].peer;
    let now = world.now;
    let device = &mut world.nodes[ALICE].device;

    assert_eq!(device.remove_peer(peer), Ok(()));

    assert_eq!(device.remove_peer(peer), Err(PeerError::UnknownPeer));
    assert_eq!(device.endpoint(peer), Err(PeerError::UnknownPeer));
    assert_eq!(device.is_up(peer), Err(PeerError::UnknownPeer));
    assert_eq!(device.set_endpoint(now, peer, address(9)), Err(PeerError::UnknownPeer));
    assert_eq!(device.allow(peer, "10.0.0.0/8".parse().unwrap()), Err(PeerError::UnknownPeer));
    assert_eq!(device.initiate(now, peer), Err(PeerError::UnknownPeer));
    assert_eq!(device.poll_timeout(), None);
    assert_eq!(device.poll_event(), None);
    assert_eq!(world.deliver(ALICE, &datagram), Err(Discard::UnknownIndex));
    let node = &mut world.nodes[BOB];
    node.device.remove_peer(node.peer).unwrap();
    assert_eq!(world.deliver(BOB, &initiation), Err(Discard::UnknownPeer));
}

#[test]
fn id_of_a_removed_peer_does_not_name_its_successor() {
    let mut device = device(ALICE);
    let key = |n| PeerConfig::new(SecretKey::from_bytes([n; 32]).public_key());
    let first = device.add_peer(Time::default(), key(40)).unwrap();
    device.remove_peer(first).unwrap();

    let second = device.add_peer(Time::default(), key(41)).unwrap();

    assert_ne!(first, second);
    assert_eq!(device.endpoint(first), Err(PeerError::UnknownPeer));
    assert_eq!(device.endpoint(second), Ok(None));
}

#[test]
fn id_of_a_peer_of_another_device_names_no_peer() {
    let world = World::connected();
    let [alice, bob] = &world.nodes;

    assert_eq!(alice.device.endpoint(bob.peer), Err(PeerError::UnknownPeer));
    assert_eq!(bob.device.endpoint(alice.peer), Err(PeerError::UnknownPeer));
}

#[test]
fn removing_a_peer_withdraws_nothing_of_another() {
    let mut device = device(ALICE);
    let [first, second] = [40, 41].map(|byte| {
        let config = PeerConfig::new(SecretKey::from_bytes([byte; 32]).public_key());
        let peer = device.add_peer(Time::default(), config.endpoint(address(BOB))).unwrap();
        device.initiate(Time::default(), peer).unwrap();
        peer
    });
    assert!(format!("{device:?}").contains("peers: 2"));
    let late = Time::default() + secs(90);
    let mut out = [0; CONTROL_LEN];
    while device.poll_transmit(Time::default(), &mut out).is_some() {}
    device.handle_timeout(late);
    for peer in [first, second] {
        device.initiate(late, peer).unwrap();
    }

    device.remove_peer(first).unwrap();

    assert_eq!(device.poll_event(), Some(Event::GaveUp(second)));
    assert_eq!(device.poll_event(), None);
    assert_eq!(device.poll_transmit(late, &mut out).map(|sent| sent.peer), Some(Some(second)));
    assert_eq!(device.poll_transmit(late, &mut out), None);
}

#[test]
fn removing_a_peer_withdraws_what_it_had_queued() {
    let mut device = device(ALICE);
    let config = PeerConfig::new(SecretKey::from_bytes([40; 32]).public_key());
    let peer = device.add_peer(Time::default(), config.endpoint(address(BOB))).unwrap();
    device.initiate(Time::default(), peer).unwrap();

    device.remove_peer(peer).unwrap();

    assert_eq!(device.poll_transmit(Time::default(), &mut [0; CONTROL_LEN]), None);
    assert_eq!(device.poll_timeout(), None);
}

#[test]
fn peer_without_an_endpoint_is_learned_from_its_handshake() {
    let (mut alice, mut bob) = (device(ALICE), device(BOB));
    let to_bob = alice.add_peer(Time::default(), PeerConfig::new(bob.public_key())).unwrap();
    let to_alice = bob.add_peer(Time::default(), PeerConfig::new(alice.public_key())).unwrap();
    alice.allow(to_bob, "10.0.0.2/32".parse().unwrap()).unwrap();
    let now = Time::default();
    let mut buf = [0; 128];
    buf[16..56].copy_from_slice(&packet(ALICE, BOB, 40, 0));
    assert_eq!(alice.initiate(now, to_bob), Err(PeerError::NoEndpoint));
    assert_eq!(alice.seal(now, &mut buf, 16..56), Err(SealError::NoEndpoint));
    bob.set_endpoint(now, to_alice, address(ALICE)).unwrap();

    bob.initiate(now, to_alice).unwrap();
    let mut out = [0; CONTROL_LEN];
    let initiation = bob.poll_transmit(now, &mut out).unwrap();
    alice.open(now, address(BOB), initiation.datagram).unwrap();

    assert_eq!(alice.poll_event(), None, "it has not moved");
    assert_eq!(alice.endpoint(to_bob), Ok(Some(address(BOB))));
    assert_eq!(alice.poll_transmit(now, &mut out).unwrap().to, address(BOB));
}

#[test]
fn persistent_keepalive_begins_when_the_endpoint_becomes_known() {
    let mut device = device(ALICE);
    let config = PeerConfig::new(SecretKey::from_bytes([40; 32]).public_key());
    let peer = device.add_peer(Time::default(), config.persistent_keepalive(secs(25))).unwrap();
    let mut now = Time::default();
    let mut out = [0; CONTROL_LEN];
    for _ in 0..3 {
        device.handle_timeout(now);
        assert_eq!(device.poll_transmit(now, &mut out), None);
        assert!(device.poll_timeout().is_some_and(|at| at > now));
        now = now + secs(10);
    }

    device.handle_timeout(now);
    device.set_endpoint(now, peer, address(BOB)).unwrap();

    assert_eq!(device.poll_timeout(), Some(now));
    device.handle_timeout(now);
    assert_eq!(device.poll_transmit(now, &mut out).map(|sent| sent.datagram.len()), Some(148));
}

#[test]
fn persistent_keepalive_of_zero_means_none() {
    let mut device = device(ALICE);
    let config = PeerConfig::new(SecretKey::from_bytes([40; 32]).public_key())
        .endpoint(address(BOB))
        .persistent_keepalive(secs(0));

    device.add_peer(Time::default(), config).unwrap();

    assert_eq!(device.poll_timeout(), None);
}

#[test]
fn a_buffer_too_short_for_control_messages_loses_nothing() {
    let mut world = World::new();
    let now = world.now;
    let node = &mut world.nodes[ALICE];
    node.device.initiate(now, node.peer).unwrap();

    assert_eq!(node.device.poll_transmit(now, &mut [0; CONTROL_LEN - 1]), None);
    assert_eq!(node.device.poll_timeout(), Some(now));
    assert!(node.device.poll_transmit(now, &mut [0; CONTROL_LEN]).is_some());
    assert_eq!(node.device.poll_transmit(now, &mut [0; CONTROL_LEN]), None);
}

#[test]
fn output_and_events_that_wait_are_due_at_once() {
    let mut world = World::new();
    world.initiate(ALICE);
    let initiation = world.trace[0].2.clone();
    world.now = world.now + millis(7);

    world.deliver(BOB, &initiation).unwrap();
    assert_eq!(world.nodes[BOB].device.poll_timeout(), Some(world.now));
    let response = world.poll(BOB).unwrap();
    world.deliver(ALICE, &response).unwrap();
    world.poll(ALICE).unwrap();
    assert_eq!(world.nodes[ALICE].device.poll_timeout(), Some(world.now));
    world.nodes[ALICE].device.poll_event().unwrap();

    assert!(world.nodes[ALICE].device.poll_timeout().is_some_and(|at| at > world.now));
}

#[test]
fn packets_go_to_the_peer_that_their_destination_routes_to() {
    let mut hub = device(ALICE);
    let now = Time::default();
    let peers = [50, 51, 52].map(|n| {
        let key = SecretKey::from_bytes([n; 32]).public_key();
        hub.add_peer(now, PeerConfig::new(key).endpoint(address(n as usize))).unwrap()
    });
    for (peer, net) in peers.iter().zip(["10.0.0.0/8", "10.0.0.0/24", "10.0.0.2/32"]) {
        hub.allow(*peer, net.parse().unwrap()).unwrap();
    }
    let mut routed = |destination: [u8; 4]| {
        let mut buf = [0; 128];
        buf[16..56].copy_from_slice(&packet(ALICE, BOB, 40, 0));
        buf[32..36].copy_from_slice(&destination);
        match hub.seal(now, &mut buf, 16..56).unwrap() {
            Outbound::Held(peer) => peer,
            Outbound::Send(transmit) => transmit.peer,
        }
    };

    assert_eq!(routed([10, 9, 9, 9]), peers[0]);
    assert_eq!(routed([10, 0, 0, 9]), peers[1]);
    assert_eq!(routed([10, 0, 0, 2]), peers[2]);
}

/// Another implementation of the same cipher.
#[derive(Debug)]
struct Other(ChaCha20Poly1305);

impl Aead for Other {
    fn new(key: &[u8; 32]) -> Self {
        Self(Aead::new(key))
    }

    fn seal(
        &self,
        counter: u64,
        bound: &[u8],
        text: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), TextTooLong> {
        self.0.seal(counter, bound, text, tag)
    }

    fn open(
        &self,
        counter: u64,
        bound: &[u8],
        text: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), BadTag> {
        self.0.open(counter, bound, text, tag)
    }
}

/// Alice with one cipher and Bob with the default one exchange packets.
fn talks_to_the_default_cipher<A: Aead>() {
    let now = Time::default();
    let wall = Unix { secs: 1_800_000_000, nanos: 0 };
    let mut alice = Device::<A>::with_cipher(config(ALICE), Seed::from_bytes([2; 32]), now, wall);
    let mut bob = device(BOB);
    let to_bob =
        alice.add_peer(now, PeerConfig::new(bob.public_key()).endpoint(address(BOB))).unwrap();
    let to_alice = bob.add_peer(now, PeerConfig::new(alice.public_key())).unwrap();
    alice.allow(to_bob, "10.0.0.2/32".parse().unwrap()).unwrap();
    bob.allow(to_alice, "10.0.0.1/32".parse().unwrap()).unwrap();
    alice.initiate(now, to_bob).unwrap();
    let mut out = [0; CONTROL_LEN];
    bob.open(now, address(ALICE), alice.poll_transmit(now, &mut out).unwrap().datagram).unwrap();
    alice.open(now, address(BOB), bob.poll_transmit(now, &mut out).unwrap().datagram).unwrap();

    let (mut ping, mut pong) = (packet(ALICE, BOB, 1400, 3), packet(BOB, ALICE, 30, 4));
    let mut buf = [0; 1500];
    buf[16..1416].copy_from_slice(&ping);
    let Ok(Outbound::Send(sent)) = alice.seal(now, &mut buf, 16..1416) else { panic!("held") };
    let opened = bob.open(now, address(ALICE), sent.datagram);
    assert_eq!(opened, Ok(Inbound::Packet { peer: to_alice, packet: &mut ping }));
    buf[16..46].copy_from_slice(&pong);
    let Ok(Outbound::Send(sent)) = bob.seal(now, &mut buf, 16..46) else { panic!("held") };
    let opened = alice.open(now, address(BOB), sent.datagram);
    assert_eq!(opened, Ok(Inbound::Packet { peer: to_bob, packet: &mut pong }));
}

#[test]
fn cipher_is_chosen_by_type() {
    talks_to_the_default_cipher::<Other>();
}

#[cfg(feature = "aws-lc")]
#[test]
fn cipher_of_aws_lc_talks_to_the_default_one() {
    talks_to_the_default_cipher::<vpn_core::AwsLcChaCha20Poly1305>();
}

#[test]
fn device_may_move_between_threads() {
    fn moves<T: Send + Sync>() {}

    moves::<Device>();
}
