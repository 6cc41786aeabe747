//! One member, or an outsider, cheats: the others go on, and what they hold does not grow.
//!
//! The allocator counts for the whole process, so these tests run one after the other.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail by panicking")]

use std::alloc::System;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tests::sim::{Faults, Gossiper, Host, HostId, Member, Random, World};
use vpn_core::mesh::{
    Certificate, Claims, MemberId, NetworkKey, Record, Revocation, SigningKey, Subject,
};
use vpn_core::simulation::{Item, Message, Tag, Version};
use vpn_core::{CONTROL_LEN, Device, DeviceConfig, PeerConfig, SecretKey, Seed, Time, Unix};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const HONEST: u32 = 8;
const LIAR: HostId = HostId(HONEST as usize);
/// Somebody who has nothing to do with the network.
const BYSTANDER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));
const GOSSIP: u8 = 2;
const THINGS: u8 = 3;
const CALL: u8 = 4;
const RECORD: u8 = 0;
const REVOCATION: u8 = 1;
/// What may be taken and not given back by the last of four equal attacks.
const GROWTH: i64 = 16 * 1024;

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn held() -> i64 {
    let stats = ALLOCATOR.stats();
    i64::try_from(stats.bytes_allocated).unwrap() - i64::try_from(stats.bytes_deallocated).unwrap()
}

type Net = World<Member>;

/// Honest nodes, a liar that has a tunnel to each of them, and a bystander.
struct Town {
    net: Net,
    serial: u64,
}

impl Town {
    fn new() -> Self {
        let mut town = Self::of(HONEST + 1);
        let to_all: Vec<_> = honest().map(|id| (LIAR, id)).collect();
        assert!(town.reach(&to_all));
        town
    }

    /// So many nodes, and a bystander.
    fn of(nodes: u32) -> Self {
        let mut town = Self { net: World::new(7, Faults::internet(0)), serial: 0 };
        for number in 0..nodes {
            town.add(number, (number > 0).then_some(0));
            town.net.run(secs(1));
        }
        town.net.watch(BYSTANDER);
        town
    }

    fn add(&mut self, number: u32, through: Option<u32>) -> HostId {
        let now = self.net.now();
        let member = Member::new(number, None, self.net.random(), now);
        let id = self.net.add_host(Net::INTERNET, Member::address(number), member);
        if let Some(through) = through {
            self.with(id, |member, now| member.join(now, through));
        }
        id
    }

    fn member(&self, id: HostId) -> &Member {
        self.net.host(id)
    }

    fn with<T>(&mut self, id: HostId, act: impl FnOnce(&mut Member, Time) -> T) -> T {
        self.net.with(id, act)
    }

    /// Whether a packet of each of the pairs arrives within 15 s.
    fn reach(&mut self, pairs: &[(HostId, HostId)]) -> bool {
        let first = self.serial;
        self.serial += pairs.len() as u64;
        (0..15).any(|_| {
            let mut all = true;
            for ((from, to), serial) in pairs.iter().zip(first..) {
                if !self.member(*to).has_received(serial) {
                    all = false;
                    let address = self.member(*to).node().address();
                    self.with(*from, |member, now| member.send(now, address, serial));
                }
            }
            self.net.run(secs(1));
            all
        })
    }

    /// Whether honest nodes reach one another, and somebody new gets in.
    fn goes_on(&mut self, newcomer: u32) -> bool {
        let pairs: Vec<_> = honest()
            .flat_map(|from| [1, 3].map(|step| (from, HostId((from.0 + step) % HONEST as usize))))
            .collect();
        let joiner = self.add(newcomer, Some(3));
        self.net.run(secs(5));
        self.reach(&pairs) && self.reach(&[(joiner, HostId(5)), (HostId(6), joiner)])
    }

    /// Has the liar say this to every honest node.
    fn say(&mut self, kind: u8, body: &[u8]) {
        self.say_as(LIAR, kind, body);
    }

    fn say_as(&mut self, liar: HostId, kind: u8, body: &[u8]) {
        honest().for_each(|to| self.tell(liar, to, kind, body));
    }

    /// Has a liar say this to one member.
    fn tell(&mut self, liar: HostId, to: HostId, kind: u8, body: &[u8]) {
        let len = u16::try_from(body.len()).unwrap().to_le_bytes();
        let frame = [&[0xe0 | kind, 1, len[0], len[1]], body].concat();
        let to = Member::id(to.0 as u32);
        self.with(liar, |member, now| member.say(now, &to, frame));
    }

    fn say_thing(&mut self, kind: u8, bytes: &[u8]) {
        self.say(THINGS, &thing(200, kind, bytes));
    }

    /// What an attack leaves behind, when three equal ones have gone before.
    fn growth(&mut self, mut attack: impl FnMut(&mut Self)) -> i64 {
        let mut after = [0; 4];
        for after in &mut after {
            attack(self);
            self.net.run(secs(60));
            *after = held();
        }
        println!("held after each attack: {after:?}");
        after[3] - after[2]
    }

    /// How many datagrams the bystander has heard.
    fn heard(&self) -> u64 {
        self.net.arrived(BYSTANDER).len() as u64
    }

    fn sent_by_honest(&self) -> u64 {
        honest().map(|id| self.member(id).sent()).sum()
    }
}

/// A record or revocation, told to live for so many times 4 s.
fn thing(life: u8, kind: u8, bytes: &[u8]) -> Vec<u8> {
    let len = u16::try_from(bytes.len()).unwrap().to_le_bytes();
    [&[life, 0, kind, len[0], len[1]], bytes].concat()
}

fn honest() -> impl Iterator<Item = HostId> {
    (0..HONEST as usize).map(HostId)
}

fn network() -> NetworkKey {
    NetworkKey::from_bytes([77; 32])
}

/// As the simulator makes it.
fn signing(number: u32) -> SigningKey {
    SigningKey::from_bytes(Random::new(number.into()).bytes())
}

fn tunnel(number: u32) -> SecretKey {
    SecretKey::from_bytes(Random::new(!u64::from(number)).bytes())
}

fn claims(number: u32) -> Claims {
    Claims::new(network().network(), signing(number).id(), tunnel(number).public_key())
}

/// A record that the liar has signed, newer than all before.
fn of_liar(claims: Claims, edition: u64, endpoints: &[SocketAddr]) -> Record {
    let certificate = Certificate::issue(claims, &network().root()).unwrap();
    Record::sign(
        &signing(HONEST),
        (2_000_000_000_000 + edition) << 16,
        endpoints,
        certificate,
        None,
    )
}

/// The record of a member that there is not, which names an address of the bystander.
fn at_bystander(number: u32) -> Record {
    let at = SocketAddr::from((BYSTANDER, 9 + number as u16));
    let certificate = Certificate::issue(claims(number), &network().root()).unwrap();
    Record::sign(&signing(number), 1 << 16, &[at], certificate, None)
}

#[test]
fn lies_about_ones_own_addresses_cost_a_bystander_few_datagrams() {
    let _alone = alone();
    let mut town = Town::new();
    let endpoints: Vec<SocketAddr> = (9..17).map(|port| (BYSTANDER, port).into()).collect();
    town.say_thing(RECORD, &of_liar(claims(HONEST), 1, &endpoints).to_bytes());
    // Soon, as its node would outdo what it has not said itself.
    town.net.run(Duration::from_millis(200));
    town.net.kill(LIAR);
    town.net.run(secs(200));

    let to_liar = town.member(LIAR).node().address();
    for id in honest() {
        town.with(id, |member, now| member.send(now, to_liar, 1 << 32));
    }
    town.net.run(secs(300));

    let heard = town.heard();
    println!("the bystander hears {heard} datagrams of {HONEST} nodes in 500 s");
    assert!((1..=u64::from(12 * HONEST)).contains(&heard), "{heard}");
    assert!(town.goes_on(20));
}

/// Whoever holds the network key makes as many members as it likes.
#[test]
fn many_members_that_name_one_address_cost_it_no_more_than_one_does() {
    let _alone = alone();
    let mut town = Town::new();
    for number in 100..140_u32 {
        town.say_thing(RECORD, &at_bystander(number).to_bytes());
    }
    town.net.run(secs(10));
    let known = town.member(HostId(0)).node().members().count();
    assert!(known >= 48, "{known}");

    town.net.run(secs(590));

    let heard = town.heard();
    println!("the bystander hears {heard} datagrams of {HONEST} nodes in 600 s");
    assert!((1..=u64::from(13 * HONEST)).contains(&heard), "{heard}");
    assert!(town.goes_on(20));
}

/// So few nodes that each has fewer links than it wants, and looks for one that was forgotten every 75
/// to 225 s.
#[test]
fn members_that_are_looked_for_after_they_were_forgotten_cost_a_bystander_no_more() {
    let _alone = alone();
    const NODES: u32 = 4;
    const INITIATION: usize = 148;
    for liars in [1, 40] {
        let mut town = Town::of(NODES);
        let start = town.net.now();
        for number in 100..100 + liars {
            let told = thing(200, RECORD, &at_bystander(number).to_bytes());
            (1..NODES as usize).for_each(|to| town.tell(HostId(0), HostId(to), THINGS, &told));
        }
        let known = |net: &Net, id| net.host(HostId(id)).node().members().count();
        let all = |net: &Net, count| (0..NODES as usize).all(|id| known(net, id) == count);
        let others = NODES as usize - 1;
        let learned =
            town.net.run_while(secs(60), secs(1), |net| !all(net, others + liars as usize));
        let forgot = town.net.run_while(secs(3 * 3600), secs(10), |net| !all(net, others));
        assert!(learned.is_some() && forgot.is_some(), "{learned:?} {forgot:?}");
        let before = town.heard();

        town.net.run(secs(3600));

        let whole = town.net.now().since(start);
        let most = 12 + whole.as_secs() / 600;
        let arrived = town.net.arrived(BYSTANDER);
        let of = |id| arrived.iter().filter(|(sender, _)| *sender == HostId(id)).count() as u64;
        let each: Vec<_> = (0..NODES as usize).map(of).collect();
        let later = town.heard() - before;
        println!(
            "{liars} liars, forgotten after {forgot:?}: {each:?} datagrams of each node in {whole:?}, {later} in the last hour"
        );
        assert!(later >= 1 && each.iter().all(|heard| *heard <= most), "{each:?} {later}");
        assert!(arrived.iter().all(|(_, len)| *len == INITIATION), "{arrived:?}");
    }
}

/// Twice a second each calls everybody to three hosts of which nobody has heard: whoever tries them all
/// sends as much as it may to all together.
#[test]
fn members_that_name_ever_more_hosts_leave_something_for_a_newcomer() {
    let _alone = alone();
    let mut town = Town::new();
    let liars = [HONEST, HONEST + 1, HONEST + 2, HONEST + 3].map(|number| HostId(number as usize));
    for liar in liars {
        if liar != LIAR {
            town.add(liar.0 as u32, Some(0));
            town.net.run(secs(5));
        }
        assert!(town.reach(&honest().map(|id| (liar, id)).collect::<Vec<_>>()));
    }
    let host = |number: u32| [4, 100, 64 + (number >> 16) as u8, (number >> 8) as u8, number as u8];
    let mut endpoints = (0..).map(|number| [&host(number)[..], &[7, 0]].concat());
    let mut lie = |town: &mut Town, times: u32| {
        for _ in 0..times {
            for liar in liars {
                let named: Vec<u8> = endpoints.by_ref().take(3).flatten().collect();
                town.say_as(liar, CALL, &[&[0, 3], &named[..]].concat());
                town.net.run(secs(1) / 8);
            }
        }
    };
    lie(&mut town, 120);

    let newcomer = town.add(20, Some(3));
    lie(&mut town, 4);
    let address = town.member(newcomer).node().address();
    let mut tried = 0;
    for (id, serial) in honest().zip(1 << 32..) {
        let seen = |town: &Town| town.member(id).node().member(&Member::id(20)).unwrap();
        lie(&mut town, 1);
        let before = seen(&town);
        town.with(id, |member, now| member.send(now, address, serial));
        town.net.run(secs(1) / 10);

        let after = seen(&town);
        assert!(after.is_up && after.via.is_none(), "{id:?}: {after:?}");
        tried += u32::from(!before.is_up);
    }
    assert!(tried > 2, "the newcomer has tunnels already");
}

#[test]
fn a_record_that_changes_all_the_time_costs_the_others_little() {
    let _alone = alone();
    let mut town = Town::new();
    let (start, mut edition) = (town.sent_by_honest(), 0);

    let growth = town.growth(|town| {
        for _ in 0..120 {
            edition += 1;
            town.say_thing(RECORD, &of_liar(claims(HONEST), edition, &[]).to_bytes());
            town.net.run(secs(1) / 2);
        }
    });

    let each = (town.sent_by_honest() - start) / u64::from(HONEST) / 480;
    println!("{each} B/s each while a record changes twice a second; {growth} bytes more are held");
    assert!(each <= 400, "{each} B/s");
    assert!(growth <= GROWTH, "{growth}");
    assert!(town.goes_on(20));
}

#[test]
fn announcements_of_what_does_not_exist_leave_nothing_behind() {
    let _alone = alone();
    let mut town = Town::new();
    let mut round = 0;

    let growth = town.growth(|town| {
        for _ in 0..100 {
            round += 1;
            let tag = |item: u64| Tag::member(round << 32 | item << 8);
            let items = (0..64).map(|item| Item { tag: tag(item), version: Version::edition(1) });
            let mut body = Vec::new();
            Message::Have(items.collect()).emit(&mut body);
            town.say(GOSSIP, &body);
            town.net.run(secs(1) / 10);
        }
    });

    assert!(growth <= GROWTH, "{growth}");
    assert!(town.goes_on(20));
}

#[test]
fn nobody_takes_anothers_derived_address() {
    let _alone = alone();
    let mut town = Town::new();
    for victim in honest() {
        let address = town.member(victim).node().address();
        let claims = claims(HONEST).net(IpAddr::from(address).into());

        town.say_thing(RECORD, &of_liar(claims, victim.0 as u64, &[]).to_bytes());
    }
    town.net.run(secs(5));

    assert!(town.goes_on(20));
}

#[test]
fn old_records_bring_nobody_back_and_change_nothing() {
    let _alone = alone();
    let mut town = Town::new();
    let ids: Vec<MemberId> = (0..HONEST).map(Member::id).collect();
    let liar = town.member(LIAR).node();
    let old: Vec<_> = ids.iter().map(|id| liar.member(id).unwrap().record.to_bytes()).collect();
    town.with(HostId(7), Member::leave);
    town.net.run(secs(2));
    town.net.kill(HostId(7));

    let growth = town.growth(|town| {
        for record in &old {
            town.say_thing(RECORD, record);
        }
    });

    assert!(growth <= GROWTH, "{growth}");
    assert!(honest().take(7).all(|id| town.member(id).node().member(&ids[7]).is_none()));
    let pairs: Vec<_> = (0..6).map(|from| (HostId(from), HostId(from + 1))).collect();
    assert!(town.reach(&pairs));
}

/// The liar is whom a newcomer joins through, and so first to tell the others of it: that it lives for
/// 4 s, long before it renews its record.
#[test]
fn a_life_that_is_told_too_short_makes_nobody_forget_a_newcomer() {
    let _alone = alone();
    let mut town = Town::new();
    let (newcomer, number) = (town.add(HONEST + 1, Some(HONEST)), HONEST + 1);
    let known_to_all = |town: &Town| {
        honest().all(|id| town.member(id).node().member(&Member::id(number)).is_some())
    };

    for _ in 0..200 {
        town.net.run(Duration::from_millis(10));
        let known = town.member(LIAR).node().member(&Member::id(number));
        if let Some(record) = known.map(|known| known.record.to_bytes()) {
            town.say(THINGS, &thing(1, RECORD, &record));
        }
    }

    assert!(known_to_all(&town));
    for _ in 0..90 {
        town.net.run(secs(1));
        assert!(known_to_all(&town));
    }
    let pairs: Vec<_> = honest().flat_map(|id| [(newcomer, id), (id, newcomer)]).collect();
    assert!(town.reach(&pairs));
}

#[test]
fn forged_revocations_cut_nobody_off() {
    let _alone = alone();
    let mut town = Town::new();
    let mut until = 3_000_000_000;

    let growth = town.growth(|town| {
        for victim in (0..HONEST).cycle().take(400) {
            until += 1;
            let subject = Subject::member(Member::id(victim));
            let network = network().network();
            let forged = Revocation::sign(&signing(HONEST), network, subject, until, None);
            town.say_thing(REVOCATION, &forged.to_bytes());
            town.net.run(Duration::from_millis(20));
        }
    });

    assert!(growth <= GROWTH, "{growth}");
    for judge in honest() {
        assert!((0..HONEST).all(|victim| !town.member(judge).has_revoked(victim)));
    }
    assert!(town.goes_on(20));
}

/// By one who knows a member's key and has none of the network: each is well made, with a key and a
/// source of its own.
#[test]
fn a_flood_of_handshakes_leaves_nothing_behind() {
    let _alone = alone();
    let mut town = Town::new();
    let mut random = Random::new(3);

    let growth = town.growth(|town| {
        for _ in 0..600 {
            let (now, wall) = (town.net.now(), Unix { secs: 1_800_000_000, nanos: 0 });
            let config = DeviceConfig::new(SecretKey::from_bytes(random.bytes()));
            let mut device = Device::new(config, Seed::from_bytes(random.bytes()), now, wall);
            let peer = PeerConfig::new(tunnel(2).public_key()).endpoint(Member::address(2));
            let peer = device.add_peer(now, peer).unwrap();
            device.initiate(now, peer).unwrap();
            let mut out = [0; CONTROL_LEN];
            let initiation = device.poll_transmit(now, &mut out).unwrap().datagram;
            let [a, b, c, ..] = random.bytes();
            let from = SocketAddr::from(([100, a, b, c], 7));
            town.net.with(HostId(2), |host, now| host.handle_datagram(now, from, initiation));
            town.net.run(Duration::from_millis(5));
        }
    });

    assert!(growth <= GROWTH, "{growth}");
    assert!(town.goes_on(20));
}

/// A quarter of the members passes nothing on and makes links to one victim again and again.
#[test]
fn members_that_pass_nothing_on_do_not_keep_a_victim_from_the_news() {
    let _alone = alone();
    const NODES: u32 = 60;
    const SILENT: u32 = 15;
    let victim = HostId(NODES as usize - 1);
    let mut world = World::<Gossiper>::new(5, Faults::internet(10));
    for number in 0..NODES {
        let now = world.now();
        let entries: &[u32] = if number == NODES - 1 { &[0] } else { &[NODES - 1] };
        let mut host = Gossiper::new(number, entries, world.random(), now);
        if (1..=SILENT).contains(&number) {
            host.withhold();
        }
        world.add_host(World::<Gossiper>::INTERNET, Gossiper::address(number), host);
        world.run(secs(1) / 10);
    }
    world.run(secs(120));
    for _ in 0..20 {
        for number in 1..=SILENT {
            world.with(HostId(number as usize), |host, now| host.court(now, NODES - 1));
        }
        world.run(secs(30));
    }

    let item = world.with(HostId(30), Gossiper::change);
    let learned = |world: &World<Gossiper>, number: u32| {
        world.host(HostId(number as usize)).gossip().version(item.tag) >= Some(item.version)
    };
    let took = world.run_while(secs(60), secs(1), |world| {
        !(SILENT + 1..NODES).all(|number| learned(world, number))
    });

    let silent = |tag: &Tag| (1..=SILENT).any(|number| Gossiper::tag(number) == *tag);
    let neighbours: Vec<_> = world.host(victim).gossip().neighbours().collect();
    let courted = neighbours.iter().filter(|tag| silent(tag)).count();
    println!(
        "{courted} of the victim's {} neighbours are silent; all know after {took:?}",
        neighbours.len()
    );
    assert!(took.is_some(), "{took:?}");
}
