//! The simulator's NATs behave as they are defined: each against each, by plain probes.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail by panicking")]

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use tests::sim::{Faults, Host, HostId, Nat, NatKind, NetworkId, World};
use vpn_core::Time;

const PROBE: &[u8] = b"probe";
const ANSWER: &[u8] = b"answer";

/// A socket that answers probes, and notes what came from where.
#[derive(Default)]
struct Socket {
    out: VecDeque<(SocketAddr, &'static [u8])>,
    probed_from: Vec<SocketAddr>,
    answered_from: Vec<SocketAddr>,
}

impl Host for Socket {
    fn handle_datagram(&mut self, _now: Time, from: SocketAddr, datagram: &mut [u8]) {
        if datagram == PROBE {
            self.probed_from.push(from);
            self.out.push_back((from, ANSWER));
        } else {
            self.answered_from.push(from);
        }
    }

    fn poll_datagram(&mut self, _now: Time, out: &mut Vec<u8>) -> Option<SocketAddr> {
        let (to, datagram) = self.out.pop_front()?;
        out.extend(datagram);
        Some(to)
    }

    fn poll_timeout(&self) -> Option<Time> {
        None
    }

    fn handle_timeout(&mut self, _now: Time) {}
}

struct Net {
    world: World<Socket>,
    /// Two servers, which see where probes come from.
    servers: [HostId; 2],
    addresses: BTreeMap<HostId, SocketAddr>,
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

impl Net {
    fn new() -> Self {
        let mut world = World::new(1, Faults::default());
        let mut addresses = BTreeMap::new();
        let servers = ["192.0.2.1:7", "192.0.2.2:7"].map(|at| {
            let id = world.add_host(World::<Socket>::INTERNET, address(at), Socket::default());
            addresses.insert(id, address(at));
            id
        });
        Self { world, servers, addresses }
    }

    fn network(&mut self, kind: NatKind, hairpin: bool, outer: NetworkId, ip: &str) -> NetworkId {
        self.world.add_network(Nat::new(kind, hairpin, ip.parse().unwrap()), outer)
    }

    fn host(&mut self, network: NetworkId, at: &str) -> HostId {
        let id = self.world.add_host(network, address(at), Socket::default());
        self.addresses.insert(id, address(at));
        id
    }

    /// A host behind a box of its own.
    fn home(&mut self, kind: NatKind, number: u8) -> HostId {
        let outer = World::<Socket>::INTERNET;
        let network = self.network(kind, false, outer, &format!("198.51.100.{number}"));
        self.host(network, "192.168.1.2:7")
    }

    fn probe(&mut self, from: HostId, to: SocketAddr) {
        self.world.with(from, |socket, _| socket.out.push_back((to, PROBE)));
    }

    /// Where a host seems to be to a server, 0 or 1.
    fn seen_by(&mut self, server: usize, host: HostId) -> SocketAddr {
        let server = self.servers[server];
        self.probe(host, self.addresses[&server]);
        self.world.run(Duration::from_millis(1));
        *self.world.host(server).probed_from.last().unwrap()
    }

    /// Whether two hosts that know where a server sees the other, and nothing else, get an answer
    /// from one another by probing, and by probing back where probes come from.
    fn punches(&mut self, a: HostId, b: HostId) -> bool {
        let (at_a, at_b) = (self.seen_by(0, a), self.seen_by(0, b));
        let answers = |net: &Self| [a, b].map(|id| net.world.host(id).answered_from.len());
        let before = answers(self);
        for _ in 0..4 {
            self.probe(a, at_b);
            self.probe(b, at_a);
            for id in [a, b] {
                let sources = self.world.host(id).probed_from.clone();
                sources.into_iter().for_each(|from| self.probe(id, from));
            }
            self.world.run(Duration::from_millis(100));
        }
        let after = answers(self);
        after[0] > before[0] && after[1] > before[1]
    }

    /// Whether a probe arrives.
    fn arrives(&mut self, from: HostId, to: SocketAddr, at: HostId) -> bool {
        let before = self.world.host(at).probed_from.len();
        self.probe(from, to);
        self.world.run(Duration::from_millis(1));
        self.world.host(at).probed_from.len() > before
    }
}

#[test]
fn mapping_depends_on_the_destination_behind_a_symmetric_nat_alone() {
    for kind in NatKind::ALL {
        let mut net = Net::new();
        let home = net.home(kind, 1);

        let equal = net.seen_by(0, home) == net.seen_by(1, home);

        assert_eq!(equal, kind != NatKind::Symmetric, "{kind:?}");
    }
}

#[test]
fn filtering_is_as_the_names_say() {
    for kind in NatKind::ALL {
        let mut net = Net::new();
        let home = net.home(kind, 1);
        let stranger = net.host(World::<Socket>::INTERNET, "203.0.113.9:7");
        let at = net.seen_by(0, home);
        let known = net.servers[0];

        assert!(net.arrives(known, at, home), "{kind:?}");
        assert_eq!(net.arrives(stranger, at, home), kind == NatKind::FullCone, "{kind:?}");
        // Another port of an address that was spoken to.
        net.world.move_host(known, World::<Socket>::INTERNET, address("192.0.2.1:8"));
        let any_port = matches!(kind, NatKind::FullCone | NatKind::AddressRestricted);
        assert_eq!(net.arrives(known, at, home), any_port, "{kind:?}");
    }
}

#[test]
fn a_mapping_is_forgotten_after_thirty_seconds_without_use() {
    let mut net = Net::new();
    let home = net.home(NatKind::FullCone, 1);
    let server = net.servers[0];
    let at = net.seen_by(0, home);

    net.world.run(Duration::from_secs(29));
    assert!(net.arrives(server, at, home));
    // The answer to that has used the mapping again.
    net.world.run(Duration::from_secs(29));
    assert!(net.arrives(server, at, home));
    net.world.run(Duration::from_secs(31));
    assert!(!net.arrives(server, at, home));
    assert_ne!(net.seen_by(0, home), at);
}

/// Direct without guessing ports, or not.
#[test]
fn punching_succeeds_each_against_each_as_in_the_table() {
    use NatKind::{AddressRestricted, FullCone, PortRestricted, Symmetric};
    let table = [
        (FullCone, [true, true, true, true]),
        (AddressRestricted, [true, true, true, true]),
        (PortRestricted, [true, true, true, false]),
        (Symmetric, [true, true, false, false]),
    ];

    for (a, row) in table {
        for (b, direct) in NatKind::ALL.into_iter().zip(row) {
            let mut net = Net::new();
            let (one, other) = (net.home(a, 1), net.home(b, 2));
            assert_eq!(net.punches(one, other), direct, "{a:?} against {b:?}");
        }
    }
}

#[test]
fn two_hosts_behind_one_nat_need_hairpin_or_their_own_addresses() {
    for kind in NatKind::ALL {
        for hairpin in [false, true] {
            let mut net = Net::new();
            let lan = net.network(kind, hairpin, World::<Socket>::INTERNET, "198.51.100.1");
            let (one, other) = (net.host(lan, "192.168.1.2:7"), net.host(lan, "192.168.1.3:7"));

            // Behind a symmetric one each seems to be elsewhere to the other than to the server.
            let direct = hairpin && kind != NatKind::Symmetric;
            assert_eq!(net.punches(one, other), direct, "{kind:?}, hairpin {hairpin}");
            assert!(net.arrives(one, address("192.168.1.3:7"), other));
        }
    }
}

#[test]
fn behind_two_nats_the_stricter_one_decides() {
    use NatKind::{FullCone, PortRestricted, Symmetric};
    let cases = [
        (FullCone, FullCone, FullCone, true),
        (PortRestricted, FullCone, Symmetric, false),
        (FullCone, PortRestricted, Symmetric, false),
        (FullCone, Symmetric, FullCone, true),
        (Symmetric, FullCone, PortRestricted, false),
        (PortRestricted, PortRestricted, PortRestricted, true),
    ];

    for (home, carrier, other, direct) in cases {
        let mut net = Net::new();
        let outer = World::<Socket>::INTERNET;
        let carrier_net = net.network(carrier, false, outer, "198.51.100.1");
        let home_net = net.network(home, false, carrier_net, "100.64.0.2");
        let (one, other_host) = (net.host(home_net, "192.168.1.2:7"), net.home(other, 2));
        assert_eq!(net.punches(one, other_host), direct, "{home:?} in {carrier:?}, {other:?}");
    }
}

#[test]
fn two_homes_behind_one_carrier_need_its_hairpin() {
    for hairpin in [false, true] {
        let mut net = Net::new();
        let kind = NatKind::PortRestricted;
        let carrier = net.network(kind, hairpin, World::<Socket>::INTERNET, "198.51.100.1");
        let homes = ["100.64.0.2", "100.64.0.3"].map(|ip| net.network(kind, false, carrier, ip));
        let [one, other] = homes.map(|home| net.host(home, "192.168.1.2:7"));

        assert_eq!(net.punches(one, other), hairpin);
    }
}
