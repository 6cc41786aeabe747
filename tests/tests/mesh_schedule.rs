//! Whole nodes through whatever may happen to them, in an order drawn at random. `SEEDS=300` makes a
//! campaign of it, `MESH_NODES=100` a large one.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tests::sim::{Faults, HostId, Member, Nat, NatKind, NetworkId, World, each_seed};

type Net = World<Member>;

/// How long a schedule lasts, and how long a part of the network may be apart: less than three
/// minutes, after which sessions end, than the six after which ten nodes forget one another.
const LENGTH: Duration = Duration::from_secs(600);
const APART: Duration = Duration::from_secs(240);

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn nodes(seed: u64) -> u32 {
    let chosen = std::env::var("MESH_NODES").ok().and_then(|nodes| nodes.parse().ok());
    chosen.unwrap_or(if seed % 8 == 4 { 25 } else { 10 })
}

/// Nodes of all kinds, and what has become of them.
struct Town {
    net: Net,
    /// By number: whether it runs, and whether others reach it uncalled.
    running: Vec<bool>,
    open: Vec<bool>,
    boxes: u32,
    serial: u64,
}

impl Town {
    fn new(seed: u64) -> Self {
        let net = World::new(seed, Faults::internet(10));
        let mut town = Self { net, running: vec![], open: vec![], boxes: 0, serial: 0 };
        for number in 0..nodes(seed) {
            let (open, network, at) = town.place(number, number < 3);
            town.start(number, open, network, at);
            town.pass(secs(2));
        }
        town
    }

    fn pass(&mut self, limit: Duration) {
        let time = self.net.random().duration(limit);
        self.net.run(time);
    }

    /// A place for a node: on the Internet, or behind a box of a random kind.
    fn place(&mut self, number: u32, open: bool) -> (bool, NetworkId, SocketAddr) {
        self.boxes += 1;
        let [_, high, mid, low] = self.boxes.to_be_bytes();
        if open || self.net.random().happens(500) {
            let at = match self.running.len() as u32 == number {
                true => Member::address(number),
                false => SocketAddr::from(([30, high, mid, low], 51820)),
            };
            return (true, Net::INTERNET, at);
        }
        let kinds = [
            NatKind::FullCone,
            NatKind::AddressRestricted,
            NatKind::PortRestricted,
            NatKind::Symmetric,
        ];
        let kind = kinds[self.net.random().index(kinds.len())];
        let hairpin = self.net.random().happens(500);
        let nat = Nat::new(kind, hairpin, Ipv4Addr::new(40, high, mid, low).into());
        let home = self.net.add_network(nat, Net::INTERNET);
        (false, home, SocketAddr::from(([192, 168, 1, number as u8], 51820)))
    }

    fn start(&mut self, number: u32, open: bool, network: NetworkId, at: SocketAddr) {
        let now = self.net.now();
        let member = Member::at(number, &[at], self.net.random(), now);
        let id = self.net.add_host(network, at, member);
        self.running.push(true);
        self.open.push(open && at == Member::address(number));
        self.join(id);
    }

    /// Has a node join through some other that others reach.
    fn join(&mut self, id: HostId) {
        let others: Vec<_> = self.alive().into_iter().filter(|other| self.open[other.0]).collect();
        let others: Vec<_> = others.into_iter().filter(|other| *other != id).collect();
        if !others.is_empty() {
            let through = others[self.net.random().index(others.len())];
            self.net.with(id, |member, now| member.join(now, through.0 as u32));
        }
    }

    fn alive(&self) -> Vec<HostId> {
        (0..self.running.len()).filter(|number| self.running[*number]).map(HostId).collect()
    }

    fn some(&mut self) -> HostId {
        let alive = self.alive();
        alive[self.net.random().index(alive.len())]
    }

    fn send(&mut self, from: HostId, to: HostId) -> u64 {
        self.serial += 1;
        let (at, serial) = (self.net.host(to).node().address(), self.serial);
        self.net.with(from, |member, now| member.send(now, at, serial));
        serial
    }

    /// One thing that happens; returns what it was.
    fn happen(&mut self) -> &'static str {
        let (one, other) = (self.some(), self.some());
        let opens = self.alive().iter().filter(|id| self.open[id.0]).count();
        let may_go = self.alive().len() > 5 && (!self.open[one.0] || opens > 2);
        match self.net.random().below(12) {
            0 | 1 if may_go => {
                self.net.kill(one);
                self.running[one.0] = false;
                "a node dies"
            }
            2 if may_go => {
                self.net.with(one, Member::leave);
                self.pass(secs(2));
                self.net.kill(one);
                self.running[one.0] = false;
                "a node leaves"
            }
            3 if may_go => {
                let book = self.net.host(one).node().book();
                let remembers = self.net.random().happens(500);
                self.net.kill(one);
                self.pass(secs(30));
                let now = self.net.now();
                let book = Some(book).filter(|_| remembers);
                let member = Member::new(one.0 as u32, book, self.net.random(), now);
                self.net.replace(one, member);
                if !remembers {
                    self.join(one);
                }
                "a node is started anew"
            }
            4 => {
                self.net.sleep(one);
                self.pass(APART);
                self.net.wake(one);
                "a node sleeps"
            }
            5 => {
                let parts = 2 + self.net.random().below(2) as u32;
                let cut = self.net.random().draw();
                self.net.divide(|id| (cut >> (id.0 % 61)) as u32 % parts);
                self.pass(APART);
                self.net.divide(|_| 0);
                "the network is divided"
            }
            6 => {
                let loss = self.net.random().below(200);
                self.net.set_faults(Faults::awful(loss));
                "links get bad"
            }
            7 => {
                self.net.set_faults(Faults::internet(10));
                "links get good"
            }
            8 if !self.open[one.0] || opens > 2 => {
                let (_, network, at) = self.place(one.0 as u32, false);
                self.open[one.0] = false;
                self.net.move_host(one, network, at);
                "a node moves"
            }
            9 if one != other => {
                let slow = self.net.random().happens(500);
                let delay = self.net.random().duration(secs(1));
                self.net.worsen(one, other, Some(delay).filter(|_| slow));
                "a link fails"
            }
            10 => {
                let number = self.running.len() as u32;
                let (open, network, at) = self.place(number, false);
                self.start(number, open, network, at);
                "a node joins"
            }
            _ => {
                self.net.mend();
                "links are mended"
            }
        }
    }

    fn knows(&self, id: HostId, other: HostId) -> bool {
        self.net.host(id).node().member(&Member::id(other.0 as u32)).is_some()
    }

    fn all_know_all(&self) -> bool {
        let alive = self.alive();
        alive.iter().all(|id| alive.iter().all(|other| id == other || self.knows(*id, *other)))
    }

    /// Prints what a node knows of how another is reached.
    fn tell_of(&self, from: HostId, to: HostId) {
        let member = self.net.host(from).node().member(&Member::id(to.0 as u32));
        let ways = member.map(|it| (it.is_up, it.endpoint, it.via, it.record.endpoints().to_vec()));
        println!("{from:?} reaches {to:?} (open: {}) by {ways:?}", self.open[to.0]);
    }

    /// How long it takes until a packet of each of some random pairs has arrived.
    fn reach(&mut self, pairs: usize) -> Option<Duration> {
        let mut missing: Vec<_> = (0..pairs).map(|_| (self.some(), self.some(), vec![])).collect();
        missing.retain(|(from, to, _)| from != to);
        let start = self.net.now();
        while !missing.is_empty() {
            if self.net.now().since(start) > secs(15) {
                for (from, to, _) in &missing {
                    self.tell_of(*from, *to);
                    self.tell_of(*to, *from);
                }
                return None;
            }
            for (from, to, sent) in &mut missing {
                let serial = self.send(*from, *to);
                sent.push(serial);
            }
            self.net.run(secs(1));
            missing.retain(|(_, to, sent)| {
                !sent.iter().any(|serial| self.net.host(*to).has_received(*serial))
            });
        }
        Some(self.net.now().since(start))
    }
}

#[test]
fn whatever_has_happened_all_who_are_left_reach_one_another() {
    let name = "whatever_has_happened_all_who_are_left_reach_one_another";
    each_seed("mesh_schedule", name, 0..5, |seed| {
        let mut town = Town::new(seed);
        let end = town.net.now() + LENGTH;
        let mut happened = 0;
        while town.net.now() < end {
            for _ in 0..town.net.random().below(6) {
                let (from, to) = (town.some(), town.some());
                town.send(from, to);
            }
            town.pass(secs(20));
            let what = town.happen();
            happened += 1;
            if std::env::var_os("MESH_TELL").is_some() {
                println!("  at {:?} {what}", town.net.now());
            }
        }

        town.net.mend();
        town.net.set_faults(Faults::internet(10));
        // Who knows nobody who is left asks somebody else, as its user would have it.
        for id in town.alive() {
            if !town.alive().iter().any(|other| town.knows(id, *other)) {
                town.join(id);
            }
        }
        let start = town.net.now();
        let healed = town.net.now() + secs(300);
        while !town.all_know_all() && town.net.now() < healed {
            town.net.run(secs(1));
        }
        let joined = town.net.now().since(start);
        let reached = town.reach(60);

        println!(
            "seed {seed}: {happened} things happened, {} of {} nodes are left; all know all after \
             {joined:?}, reach one another after {reached:?}",
            town.alive().len(),
            town.running.len()
        );
        assert!(town.all_know_all() && reached.is_some());
    });
}
