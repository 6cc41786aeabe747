use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use vpn_core::Time;

use super::faults::Faults;
use super::nat::Nat;
use super::random::Random;

/// How many boxes a datagram may pass.
const MAX_HOPS: usize = 8;

/// Something with one socket, without I/O of its own.
pub trait Host {
    /// Takes a datagram.
    fn handle_datagram(&mut self, now: Time, from: SocketAddr, datagram: &mut [u8]);
    /// Appends the next datagram to be sent to `out` and returns where it goes.
    fn poll_datagram(&mut self, now: Time, out: &mut Vec<u8>) -> Option<SocketAddr>;
    /// Whether the datagram polled last may be cut by routers.
    fn may_be_cut(&self) -> bool {
        true
    }
    /// When to call `handle_timeout`.
    fn poll_timeout(&self) -> Option<Time>;
    /// Does what is due.
    fn handle_timeout(&mut self, now: Time);
    /// Panics if something that must hold does not; called after every event.
    fn check(&self, _now: Time) {}
}

/// Names a host of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(pub usize);

/// Names a network of a world; [`World::INTERNET`] is there from the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NetworkId(usize);

/// Hosts, networks, what is on the way, and the time.
#[derive(Debug)]
pub struct World<H> {
    now: Time,
    places: Vec<Place<H>>,
    networks: Vec<Network>,
    faults: Faults,
    /// Pairs of hosts whose datagrams take longer, or do not arrive.
    bad: BTreeMap<(HostId, HostId), Option<Duration>>,
    /// The senders and lengths of datagrams that have come to these addresses, whoever is there.
    watched: BTreeMap<IpAddr, Vec<(HostId, usize)>>,
    /// Pairs of hosts between which there is a link with a small MTU.
    narrow: BTreeMap<(HostId, HostId), Narrow>,
    random: Random,
    agenda: BinaryHeap<Reverse<Entry>>,
    serial: u64,
    trace: u64,
    buffer: Vec<u8>,
}

/// A link in the middle of a way.
#[derive(Clone, Copy, Debug)]
struct Narrow {
    /// The longest packet that passes, with the headers of IP and UDP.
    mtu: usize,
    /// Whether longer ones pass in pieces that may be cut.
    cuts: bool,
}

/// Where a host is and how it fares.
#[derive(Debug)]
struct Place<H> {
    host: H,
    network: NetworkId,
    address: SocketAddr,
    /// Hosts of other sides are out of reach.
    side: u32,
    state: State,
    /// When it will be woken; earlier entries of the agenda are void.
    wakes: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Running,
    /// Neither hears nor acts, but will.
    Asleep,
    /// Neither hears nor acts ever again, unless replaced.
    Dead,
}

#[derive(Debug, Default)]
struct Network {
    hosts: BTreeMap<IpAddr, HostId>,
    /// The boxes that have an address here, by it.
    boxes: BTreeMap<IpAddr, NetworkId>,
    /// The box that leads out of here, and where to.
    uplink: Option<(Nat, NetworkId)>,
}

/// What happens when; of two things at one time, what was planned first.
#[derive(Debug)]
struct Entry {
    at: Time,
    serial: u64,
    event: Event,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.serial).cmp(&(other.at, other.serial))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}

#[derive(Debug)]
enum Event {
    Arrival(Arrival),
    Wake(HostId),
}

/// A datagram that comes to a network.
#[derive(Debug)]
struct Arrival {
    sender: HostId,
    network: NetworkId,
    from: SocketAddr,
    to: SocketAddr,
    bytes: Vec<u8>,
    may_be_cut: bool,
    /// It has been held up already.
    late: bool,
}

impl<H: Host> World<H> {
    /// The outermost network.
    pub const INTERNET: NetworkId = NetworkId(0);

    /// An empty world in which everything random comes from `seed`.
    pub fn new(seed: u64, faults: Faults) -> Self {
        Self {
            now: Time::from_nanos(1_000_000_000),
            places: Vec::new(),
            networks: vec![Network::default()],
            faults,
            bad: BTreeMap::new(),
            watched: BTreeMap::new(),
            narrow: BTreeMap::new(),
            random: Random::new(seed),
            agenda: BinaryHeap::new(),
            serial: 0,
            trace: 0xcbf2_9ce4_8422_2325,
            buffer: Vec::new(),
        }
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The stream of everything random.
    pub fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// Changes the links.
    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// Hash of all that has arrived, and when.
    pub fn trace(&self) -> u64 {
        self.trace
    }

    /// Puts a network behind a box that stands in `outer`.
    pub fn add_network(&mut self, nat: Nat, outer: NetworkId) -> NetworkId {
        let id = NetworkId(self.networks.len());
        self.networks[outer.0].boxes.insert(nat.address(), id);
        self.networks.push(Network { uplink: Some((nat, outer)), ..Network::default() });
        id
    }

    /// The box that leads out of a network.
    pub fn nat(&mut self, network: NetworkId) -> Option<&mut Nat> {
        self.networks[network.0].uplink.as_mut().map(|(nat, _)| nat)
    }

    /// Puts a host into a network.
    pub fn add_host(&mut self, network: NetworkId, address: SocketAddr, host: H) -> HostId {
        let id = HostId(self.places.len());
        self.networks[network.0].hosts.insert(address.ip(), id);
        let state = State::Running;
        self.places.push(Place { host, network, address, side: 0, state, wakes: None });
        self.settle(id);
        id
    }

    /// All hosts that run or sleep.
    pub fn alive(&self) -> Vec<HostId> {
        let alive = |id: &HostId| self.places[id.0].state != State::Dead;
        (0..self.places.len()).map(HostId).filter(alive).collect()
    }

    /// Looks at a host.
    pub fn host(&self, id: HostId) -> &H {
        &self.places[id.0].host
    }

    /// Has a host do something, and sends what comes of it.
    pub fn with<T>(&mut self, id: HostId, act: impl FnOnce(&mut H, Time) -> T) -> T {
        let result = act(&mut self.places[id.0].host, self.now);
        self.settle(id);
        result
    }

    /// Ends a host without a word.
    pub fn kill(&mut self, id: HostId) {
        self.places[id.0].state = State::Dead;
    }

    /// Starts another host in the place of one.
    pub fn replace(&mut self, id: HostId, host: H) {
        self.places[id.0].host = host;
        self.places[id.0].state = State::Running;
        self.settle(id);
    }

    /// Stops a host for a while; what is sent to it meanwhile is lost.
    pub fn sleep(&mut self, id: HostId) {
        self.places[id.0].state = State::Asleep;
    }

    /// Lets a host run on.
    pub fn wake(&mut self, id: HostId) {
        self.places[id.0].state = State::Running;
        self.settle(id);
    }

    /// Moves a host to another address or network; its socket stays.
    pub fn move_host(&mut self, id: HostId, network: NetworkId, address: SocketAddr) {
        let place = &mut self.places[id.0];
        self.networks[place.network.0].hosts.remove(&place.address.ip());
        (place.network, place.address) = (network, address);
        self.networks[network.0].hosts.insert(address.ip(), id);
    }

    /// Divides the hosts: those of one side hear nothing of the others. All on side 0 are united.
    pub fn divide(&mut self, side: impl Fn(HostId) -> u32) {
        for (index, place) in self.places.iter_mut().enumerate() {
            place.side = side(HostId(index));
        }
    }

    /// Makes what two hosts send one another directly take so much longer; `None`: not arrive.
    pub fn worsen(&mut self, a: HostId, b: HostId, delay: Option<Duration>) {
        self.bad.insert((a, b), delay);
        self.bad.insert((b, a), delay);
    }

    /// Notes the datagrams that come to an address of the Internet from here on, to any port of it.
    pub fn watch(&mut self, ip: IpAddr) {
        self.watched.insert(ip, Vec::new());
    }

    /// Who has sent each datagram that has come to an address that is watched, and its length.
    pub fn arrived(&self, ip: IpAddr) -> &[(HostId, usize)] {
        self.watched.get(&ip).map_or(&[], Vec::as_slice)
    }

    /// Lets no packets of more than `mtu` bytes pass directly between two hosts, headers of IP and UDP
    /// counted, and tells nobody; `cuts` says whether those that may be cut pass in pieces.
    pub fn narrow(&mut self, a: HostId, b: HostId, mtu: usize, cuts: bool) {
        self.narrow.insert((a, b), Narrow { mtu, cuts });
        self.narrow.insert((b, a), Narrow { mtu, cuts });
    }

    /// Mends what was worsened or narrowed.
    pub fn mend(&mut self) {
        self.bad.clear();
        self.narrow.clear();
    }

    /// Lives through everything within `duration`.
    pub fn run(&mut self, duration: Duration) {
        self.run_until(self.now + duration);
    }

    /// Lives through everything up to and including `end`.
    pub fn run_until(&mut self, end: Time) {
        while self.agenda.peek().is_some_and(|Reverse(entry)| entry.at <= end) {
            let Some(Reverse(Entry { at, event, .. })) = self.agenda.pop() else { break };
            self.now = self.now.max(at);
            match event {
                Event::Arrival(arrival) => self.arrive(arrival),
                Event::Wake(id) => self.wake_up(id, at),
            }
        }
        self.now = end;
    }

    /// Lives until `done`, at most for `limit`, looking every `step`; returns how long it took.
    pub fn run_while(
        &mut self,
        limit: Duration,
        step: Duration,
        mut goes_on: impl FnMut(&mut Self) -> bool,
    ) -> Option<Duration> {
        let start = self.now;
        while goes_on(self) {
            if self.now.since(start) >= limit {
                return None;
            }
            self.run(step);
        }
        Some(self.now.since(start))
    }

    fn wake_up(&mut self, id: HostId, at: Time) {
        let place = &mut self.places[id.0];
        if place.wakes != Some(at) {
            return;
        }
        place.wakes = None;
        if place.state != State::Running {
            return;
        }
        if place.host.poll_timeout().is_some_and(|due| due <= self.now) {
            place.host.handle_timeout(self.now);
        }
        self.settle(id);
        let due = self.places[id.0].host.poll_timeout();
        assert!(
            due.is_none_or(|due| due > self.now),
            "a deadline of {id:?} survives its handling at {:?}",
            self.now
        );
    }

    /// Sends what a host has to send, and notes when it is to be woken.
    fn settle(&mut self, id: HostId) {
        if self.places[id.0].state != State::Running {
            return;
        }
        let mut bytes = std::mem::take(&mut self.buffer);
        loop {
            bytes.clear();
            let Some(to) = self.places[id.0].host.poll_datagram(self.now, &mut bytes) else {
                break;
            };
            let may_be_cut = self.places[id.0].host.may_be_cut();
            self.send(id, to, &mut bytes, may_be_cut);
        }
        self.buffer = bytes;
        let place = &mut self.places[id.0];
        place.host.check(self.now);
        let Some(due) = place.host.poll_timeout() else { return };
        let due = due.max(self.now);
        if place.wakes.is_none_or(|wakes| due < wakes) {
            place.wakes = Some(due);
            self.schedule(due, Event::Wake(id));
        }
    }

    fn schedule(&mut self, at: Time, event: Event) {
        self.serial += 1;
        self.agenda.push(Reverse(Entry { at, serial: self.serial, event }));
    }

    fn send(&mut self, sender: HostId, to: SocketAddr, bytes: &mut [u8], may_be_cut: bool) {
        let Place { network, address, .. } = self.places[sender.0];
        let Some((network, from)) = self.route_out(network, address, to) else { return };
        let pair = pair(sender, to.ip());
        for delay in self.faults.pass(&mut self.random, pair, bytes) {
            let (bytes, late) = (bytes.to_vec(), false);
            let arrival = Arrival { sender, network, from, to, bytes, may_be_cut, late };
            self.schedule(self.now + delay, Event::Arrival(arrival));
        }
    }

    /// Takes a datagram out through boxes until it is in a network that knows its destination.
    fn route_out(
        &mut self,
        mut network: NetworkId,
        mut from: SocketAddr,
        to: SocketAddr,
    ) -> Option<(NetworkId, SocketAddr)> {
        for _ in 0..MAX_HOPS {
            let here = &mut self.networks[network.0];
            let is_watched = here.uplink.is_none() && self.watched.contains_key(&to.ip());
            if is_watched || here.hosts.contains_key(&to.ip()) || here.boxes.contains_key(&to.ip())
            {
                return Some((network, from));
            }
            let (nat, outer) = here.uplink.as_mut()?;
            if nat.address() == to.ip() && !nat.hairpins() {
                return None;
            }
            from = nat.outbound(self.now, &mut self.random, from, to);
            network = *outer;
        }
        None
    }

    fn arrive(&mut self, arrival: Arrival) {
        let Arrival { sender, mut network, from, mut to, mut bytes, may_be_cut, late } = arrival;
        let mut passed = BTreeSet::new();
        while let Some(inner) = self.networks[network.0].boxes.get(&to.ip()).copied() {
            let Some((nat, _)) = &mut self.networks[inner.0].uplink else { return };
            let Some(inside) = nat.inbound(self.now, from, to.port()) else { return };
            (network, to) = (inner, inside);
            if !passed.insert(inner.0) {
                return;
            }
        }
        if let Some(arrived) = self.watched.get_mut(&to.ip()) {
            arrived.push((sender, bytes.len()));
        }
        let Some(id) = self.networks[network.0].hosts.get(&to.ip()).copied() else { return };
        let place = &self.places[id.0];
        if place.address != to
            || place.state != State::Running
            || place.side != self.places[sender.0].side
        {
            return;
        }
        if let Some(delay) = self.bad.get(&(sender, id)).filter(|_| !late) {
            if let Some(delay) = *delay {
                let late = true;
                let arrival = Arrival { sender, network, from, to, bytes, may_be_cut, late };
                self.schedule(self.now + delay, Event::Arrival(arrival));
            }
            return;
        }
        let headers = if to.is_ipv4() { 28 } else { 48 };
        let narrow = self.narrow.get(&(sender, id));
        if narrow.is_some_and(|it| bytes.len() + headers > it.mtu && !(it.cuts && may_be_cut)) {
            return;
        }
        self.trace = hash(self.trace, &self.now.as_nanos().to_le_bytes());
        self.trace = hash(hash(self.trace, &(id.0 as u64).to_le_bytes()), &bytes);
        self.places[id.0].host.handle_datagram(self.now, from, &mut bytes);
        self.settle(id);
    }
}

/// The same number for all datagrams of one sender to one address.
fn pair(sender: HostId, to: IpAddr) -> u64 {
    let start = hash(0, &sender.0.to_le_bytes());
    match to {
        IpAddr::V4(to) => hash(start, &to.octets()),
        IpAddr::V6(to) => hash(start, &to.octets()),
    }
}

/// FNV-1a.
fn hash(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}
