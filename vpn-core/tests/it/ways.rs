//! Datagrams opened in batches and in trains: what comes of them is what comes of single calls, the
//! slow way, which is the oracle of the fast ones.

use std::net::SocketAddr;

use proptest::prelude::*;
use proptest::sample::Index;
use vpn_core::{
    CONTROL_LEN, Device, Discard, HEADROOM, Inbound, Outbound, PeerConfig, PeerId, Time,
};

use crate::world::{ALICE, BOB, Setup, World, address, device, millis, packet, secs};

/// How datagrams are opened.
#[derive(Clone, Copy)]
enum Way {
    OneByOne,
    InBatches,
    InTrains,
}

impl Way {
    /// Opens datagrams, each with its source; says what came of them.
    fn open(
        self,
        device: &mut Device,
        now: Time,
        datagrams: &mut [(SocketAddr, Vec<u8>)],
    ) -> Vec<String> {
        let one_by_one = datagrams.iter_mut();
        match self {
            Self::OneByOne => {
                one_by_one.map(|(from, datagram)| told(device.open(now, *from, datagram))).collect()
            }
            Self::InBatches => {
                let table = device.key_table();
                let opened: Vec<_> =
                    one_by_one.map(|(from, datagram)| table.open(now, *from, datagram)).collect();
                device.commit_all(now, opened).map(told).collect()
            }
            Self::InTrains => {
                let mut results = Vec::new();
                for alike in datagrams.chunk_by(|a, b| a.0 == b.0 && a.1.len() == b.1.len()) {
                    let (from, segment) = (alike[0].0, alike[0].1.len());
                    let mut train: Vec<u8> =
                        alike.iter().flat_map(|(_, datagram)| datagram).copied().collect();
                    results.extend(device.open_train(now, from, &mut train, segment).map(told));
                }
                results
            }
        }
    }
}

fn told(result: Result<Inbound<'_>, Discard>) -> String {
    format!("{result:?}")
}

/// Everything that came over the wire to Bob, with forgeries, copies and changes of order, opened one
/// by one, in batches and in trains: the slow way is the oracle of the fast ones.
#[test]
fn batches_and_trains_give_what_single_calls_give() {
    for seed in 0..40 {
        let slow = outcome(seed, Way::OneByOne);
        assert_eq!(outcome(seed, Way::InBatches), slow, "seed {seed}");
        assert_eq!(outcome(seed, Way::InTrains), slow, "seed {seed}");
    }
}

fn outcome(seed: u64, way: Way) -> (Vec<String>, Option<Time>, String) {
    let mut world = World::with(Setup { seed, ..Setup::default() });
    world.faults.loss = 100;
    let mut results = Vec::new();
    let mut datagrams = Vec::new();
    for _ in 0..60 {
        match world.roll(12) {
            0 => {
                world.now = world.now + millis(1500 + world.roll(5000));
                world.initiate(ALICE);
            }
            1 => {
                if let Some((_, _, mut forged)) = world.trace.last().cloned() {
                    let at = world.roll(forged.len() as u64) as usize;
                    forged[at] ^= 4;
                    datagrams.push(forged);
                }
            }
            2 => datagrams.extend(datagrams.last().cloned()),
            3 => world.send(ALICE, &packet(ALICE, BOB, 20 + datagrams.len(), 0)),
            4 => {
                let mut spoofed = packet(ALICE, BOB, 40, 0);
                spoofed[15] = 77;
                world.send(ALICE, &spoofed);
            }
            5 => {
                // Bob's answers reach Alice at once.
                while let Some(answer) = world.poll(BOB) {
                    let _ = world.deliver(ALICE, &answer);
                }
                world.drain(ALICE);
            }
            6 | 7 => world.send(ALICE, &packet(ALICE, BOB, 40, 1)),
            8 => (0..40).for_each(|i| world.send(ALICE, &packet(ALICE, BOB, 40, i))),
            _ => {
                let own = world.trace.drain(..).filter(|(_, from, _)| *from == ALICE);
                datagrams.extend(own.map(|(_, _, datagram)| datagram));
                if let Some(last) = datagrams.len().checked_sub(1) {
                    let mut one = || world.roll(last as u64 + 1) as usize;
                    let (a, b, forged, copied) = (one(), one(), one(), one());
                    datagrams.swap(a, b);
                    datagrams[copied] = datagrams[a].clone();
                    if let Some(byte) = datagrams[forged].get_mut(b) {
                        *byte ^= 1;
                    }
                }
                let mut datagrams: Vec<_> =
                    datagrams.drain(..).map(|datagram| (address(ALICE), datagram)).collect();
                let bob = &mut world.nodes[BOB].device;
                results.extend(way.open(bob, world.now, &mut datagrams));
            }
        }
    }
    let bob = &world.nodes[BOB];
    let status = bob.device.status(bob.peer);
    (results, bob.device.poll_timeout(), format!("{status:?} {:?}", bob.device.drops()))
}

/// What happens around a hub that has three peers.
#[derive(Clone, Debug)]
enum Step {
    /// So many milliseconds pass.
    Pass(u64),
    /// A peer begins a handshake, or the hub does.
    Initiate { peer: usize, hub: bool },
    /// A peer sends packets of one length from one of its addresses, as if from within a net.
    Send { peer: usize, port: u16, count: u8, len: usize, net: u8 },
    /// The hub sends a packet to a peer.
    Answer(usize),
    /// Of the datagrams that wait, one is altered, one comes again later, two change places.
    Disorder { altered: Index, byte: Index, copied: Index, to: Index },
    /// All that waits is opened.
    Open,
}

fn step() -> impl Strategy<Value = Step> {
    let send = (0..3_usize, 0..8_u16, 1..30_u8, 20..90_usize, 0..12_u8);
    prop_oneof![
        2 => (0..4000_u64).prop_map(Step::Pass),
        1 => (4000..130_000_u64).prop_map(Step::Pass),
        2 => (0..3_usize, any::<bool>()).prop_map(|(peer, hub)| Step::Initiate { peer, hub }),
        6 => send.prop_map(|(peer, port, count, len, net)| {
            // Most send from their own net, and from where they were.
            let net = if net < 3 { net } else { peer as u8 };
            Step::Send { peer, port: port.saturating_sub(5), count, len, net }
        }),
        1 => (0..3_usize).prop_map(Step::Answer),
        3 => any::<[Index; 4]>().prop_map(|[altered, byte, copied, to]| {
            Step::Disorder { altered, byte, copied, to }
        }),
        4 => Just(Step::Open),
    ]
}

/// A hub, what came over the wire to it and was not opened yet, and its peers.
struct Crowd {
    now: Time,
    hub: Device,
    /// Each with its id at the hub and the hub's id there.
    peers: Vec<(Device, PeerId, PeerId)>,
    waiting: Vec<(SocketAddr, Vec<u8>)>,
    log: Vec<String>,
}

fn from(peer: usize, port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, peer as u8 + 2], 51820 + port))
}

impl Crowd {
    /// All have a session with the hub, which sends persistent keepalives to two, of two intervals: one
    /// is due before other deadlines, one behind them.
    fn connected() -> Self {
        let now = Time::default();
        let mut hub = device(ALICE);
        let mut peers = Vec::new();
        for number in 0..3 {
            let mut peer = device(number + 1);
            let to_hub = PeerConfig::new(hub.public_key()).endpoint(address(ALICE));
            let to_hub = peer.add_peer(now, to_hub).unwrap();
            let to_peer = PeerConfig::new(peer.public_key()).endpoint(from(number, 0));
            let to_peer = to_peer.persistent_keepalive(secs([0, 7, 25][number]));
            let to_peer = hub.add_peer(now, to_peer).unwrap();
            hub.allow(to_peer, format!("10.0.{number}.0/24").parse().unwrap()).unwrap();
            peer.allow(to_hub, "10.0.99.0/24".parse().unwrap()).unwrap();
            peer.initiate(now, to_hub).unwrap();
            peers.push((peer, to_peer, to_hub));
        }
        let mut crowd = Self { now, hub, peers, waiting: Vec::new(), log: Vec::new() };
        for _ in 0..3 {
            crowd.speak();
            crowd.open(Way::OneByOne);
        }
        crowd
    }

    /// All say what they have to say; what the hub says arrives at once.
    fn speak(&mut self) {
        let (now, mut out) = (self.now, [0; CONTROL_LEN]);
        self.hub.handle_timeout(now);
        while let Some(message) = self.hub.poll_transmit(now, &mut out) {
            self.log.push(format!("{message:?}"));
            if let Some((peer, ..)) = self.peers.iter_mut().find(|it| Some(it.1) == message.peer) {
                let _ = peer.open(now, address(ALICE), message.datagram);
            }
        }
        for (number, (peer, ..)) in self.peers.iter_mut().enumerate() {
            peer.handle_timeout(now);
            while let Some(message) = peer.poll_transmit(now, &mut out) {
                self.waiting.push((from(number, 0), message.datagram.to_vec()));
            }
        }
    }

    fn open(&mut self, way: Way) {
        self.log.extend(way.open(&mut self.hub, self.now, &mut self.waiting));
        self.waiting.clear();
        let status: Vec<_> = self.peers.iter().map(|(_, id, _)| self.hub.status(*id)).collect();
        let event = self.hub.poll_event();
        self.log.push(format!("{status:?} {:?} {event:?}", self.hub.poll_timeout()));
    }

    fn live(&mut self, step: &Step, way: Way) {
        let now = self.now;
        match *step {
            Step::Pass(time) => self.now = now + millis(time),
            Step::Initiate { peer, hub: true } => {
                self.hub.initiate(now, self.peers[peer].1).unwrap();
            }
            Step::Initiate { peer, hub: false } => {
                let (peer, _, to_hub) = &mut self.peers[peer];
                peer.initiate(now, *to_hub).unwrap();
            }
            Step::Send { peer, port, count, len, net } => {
                for fill in 0..count {
                    let text = within([10, 0, net, 1], [10, 0, 99, 1], len, fill);
                    if let Some(datagram) = seal(&mut self.peers[peer].0, now, &text) {
                        self.waiting.push((from(peer, port), datagram));
                    }
                }
            }
            Step::Answer(peer) => {
                let text = within([10, 0, 99, 1], [10, 0, peer as u8, 1], 40, 0);
                if let Some(mut datagram) = seal(&mut self.hub, now, &text) {
                    let _ = self.peers[peer].0.open(now, address(ALICE), &mut datagram);
                }
            }
            Step::Disorder { altered, byte, copied, to } => {
                if let Some(last) = self.waiting.len().checked_sub(1) {
                    let copy = copied.get(&self.waiting).clone();
                    self.waiting.swap(copied.index(last + 1), to.index(last + 1));
                    self.waiting.insert(to.index(last + 1), copy);
                    let datagram = &mut self.waiting[altered.index(last + 1)].1;
                    let at = byte.index(datagram.len());
                    datagram[at] ^= 4;
                }
            }
            Step::Open => self.open(way),
        }
        self.speak();
    }
}

/// An IPv4 packet between two addresses.
fn within(source: [u8; 4], destination: [u8; 4], len: usize, fill: u8) -> Vec<u8> {
    let mut text = packet(ALICE, BOB, len, fill);
    text[12..16].copy_from_slice(&source);
    text[16..20].copy_from_slice(&destination);
    text
}

fn seal(device: &mut Device, now: Time, text: &[u8]) -> Option<Vec<u8>> {
    let mut buf = [0; 160];
    buf[HEADROOM..HEADROOM + text.len()].copy_from_slice(text);
    match device.seal(now, &mut buf, HEADROOM..HEADROOM + text.len()).unwrap() {
        Outbound::Send(message) => Some(message.datagram.to_vec()),
        Outbound::Held(_) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.div_ceil(4)))]

    /// Of several peers, from several addresses, while the timers run; and so does what follows later.
    #[test]
    fn crowds_in_batches_and_trains_come_out_as_in_single_calls(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let logs = [Way::OneByOne, Way::InBatches, Way::InTrains].map(|way| {
            let mut crowd = Crowd::connected();
            steps.iter().for_each(|step| crowd.live(step, way));
            crowd.open(way);
            for _ in 0..20 {
                crowd.now = crowd.hub.poll_timeout().unwrap_or(crowd.now);
                crowd.speak();
            }
            crowd.log
        });

        for log in &logs[1..] {
            prop_assert_eq!(log, &logs[0]);
        }
    }
}
