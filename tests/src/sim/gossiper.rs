use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use vpn_core::simulation::{
    Gossip, Item, Message, Output, Parcel, Tag, Version, record_life, renewal_interval,
};
use vpn_core::{Seed, Time};

use super::random::Random;
use super::tunnels::{Inner, Sizes, Thing, Tunnels};
use super::world::Host;

/// Bytes of a signed record: more than one certificate, one net and two endpoints take.
const RECORD: usize = 350;
/// Bytes of a signed revocation.
const REVOCATION: usize = 180;
/// Bytes of the renewal of a record.
const RENEWAL: usize = 80;
/// Bytes before each thing in a frame: its kind and length, and the rest of its life.
const BEFORE_A_THING: usize = 5;
/// Bytes of things that go into one datagram.
const THINGS_TOGETHER: usize = 1196;
/// How often a node that knows nobody tries its entry points.
const ENTRY: Duration = Duration::from_secs(5);

/// The bytes that a node has sent, with all headers from IPv4 on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Handshakes.
    pub handshakes: u64,
    /// Empty messages.
    pub keepalives: u64,
    /// Announcements, requests, comparisons, links.
    pub talk: u64,
    /// Records and revocations.
    pub things: u64,
}

impl Tally {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.handshakes + self.keepalives + self.talk + self.things
    }

    /// What was sent since an earlier tally.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            handshakes: self.handshakes - earlier.handshakes,
            keepalives: self.keepalives - earlier.keepalives,
            talk: self.talk - earlier.talk,
            things: self.things - earlier.things,
        }
    }
}

/// A node of which only the gossip is real: its tunnels keep WireGuard's times and sizes without
/// any cipher, and records are as long as they would be without any content.
#[derive(Debug)]
pub struct Gossiper {
    gossip: Gossip,
    number: u32,
    tunnels: Tunnels,
    outgoing: VecDeque<(SocketAddr, Vec<u8>)>,
    entries: Vec<u32>,
    next_entry: Time,
    random: Random,
    tally: Tally,
    forgotten: u64,
    watched: Option<Item>,
    seen: Option<Time>,
    /// It answers as others do, and passes nothing on.
    withholds: bool,
}

impl Gossiper {
    /// Makes the node with this number; of `entries` it knows the addresses.
    pub fn new(number: u32, entries: &[u32], random: &mut Random, now: Time) -> Self {
        let version = Version::edition(now.as_nanos() / 1_000_000);
        let seed = Seed::from_bytes(random.bytes());
        Self {
            gossip: Gossip::new(tag(number), version, seed, now),
            number,
            tunnels: Tunnels::new(Random::new(random.draw())),
            outgoing: VecDeque::new(),
            entries: entries.to_vec(),
            next_entry: now,
            random: Random::new(random.draw()),
            tally: Tally::default(),
            forgotten: 0,
            watched: None,
            seen: None,
            withholds: false,
        }
    }

    /// Has the node pass nothing on from here on.
    pub fn withhold(&mut self) {
        self.withholds = true;
    }

    /// Asks a node for a link, whatever this one's own choice is.
    pub fn court(&mut self, now: Time, number: u32) {
        if self.tunnels.dial(now, tag(number), self.hello()) {
            self.gossip.connected(now, tag(number));
        }
        self.follow(now);
    }

    /// By what the node with this number is known.
    pub fn tag(number: u32) -> Tag {
        tag(number)
    }

    /// The address of the node with this number.
    pub fn address(number: u32) -> SocketAddr {
        let [_, a, b, c] = number.to_be_bytes();
        SocketAddr::from((Ipv4Addr::new(20, a, b, c), 51820))
    }

    /// What is to be known of this node.
    pub fn own(&self) -> Tag {
        tag(self.number)
    }

    /// The gossip.
    pub fn gossip(&self) -> &Gossip {
        &self.gossip
    }

    /// What was sent.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// How many members were forgotten.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Whether the node knows a member.
    pub fn knows(&self, number: u32) -> bool {
        self.gossip.version(tag(number)).is_some()
    }

    /// Changes this node's record, as a new address does; returns what others are to learn.
    pub fn change(&mut self, now: Time) -> Item {
        let version =
            Version::edition(1 + self.gossip.version(self.own()).map_or(0, Version::number));
        self.gossip.set_own(now, version);
        self.follow(now);
        Item { tag: self.own(), version }
    }

    /// Revokes something; returns what others are to learn.
    pub fn revoke(&mut self, now: Time, hash: u64) -> Item {
        let item = Item { tag: Tag::notice(hash), version: Version::edition(1) };
        self.gossip.learned(now, item, Duration::MAX, None);
        self.follow(now);
        item
    }

    /// Reads the nodes up to that number from an address book, all as they are at `now`. Its own
    /// renewal is due within nine tenths of the interval, as if it had been there for long.
    pub fn remember(&mut self, now: Time, members: u32) {
        let version = Version::edition(now.as_nanos() / 1_000_000);
        for number in 0..members {
            let item = Item { tag: tag(number), version };
            self.gossip.learned(now, item, record_life(members as usize), None);
        }
        let earlier = now.as_nanos() - renewal_interval(members as usize).as_nanos() as u64 / 10;
        self.gossip.foresee(Time::from_nanos(earlier));
    }

    /// Notes when this, or something newer of it, is learned.
    pub fn watch(&mut self, now: Time, item: Item) {
        self.watched = Some(item);
        self.seen = None;
        self.look(now);
    }

    /// When what is watched for was learned.
    pub fn seen(&self) -> Option<Time> {
        self.seen
    }

    /// Does what gossip and tunnels want done.
    fn follow(&mut self, now: Time) {
        loop {
            while let Some(inner) = self.tunnels.poll_inner() {
                self.take(now, inner.0, inner.1);
            }
            for tag in self.tunnels.poll_failed() {
                self.gossip.failed(now, tag);
            }
            let Some(output) = self.gossip.poll(now) else { break };
            self.act(now, output);
        }
        while let Some((to, datagram, cost)) = self.tunnels.poll_datagram() {
            self.tally.handshakes += cost.handshake;
            self.tally.keepalives += cost.keepalive;
            self.tally.talk += cost.talk;
            self.tally.things += cost.things;
            self.outgoing.push_back((Self::address(number(to)), datagram));
        }
        self.look(now);
    }

    fn look(&mut self, now: Time) {
        let Some(watched) = self.watched.filter(|_| self.seen.is_none()) else { return };
        let version = self.gossip.version(watched.tag);
        if version.is_some_and(|version| version >= watched.version) {
            self.seen = Some(now);
        }
    }

    fn act(&mut self, now: Time, output: Output) {
        match output {
            Output::Say { message: Message::List(_), .. } | Output::Send { .. }
                if self.withholds => {}
            Output::Say { message: Message::Have(items), .. }
                if self.withholds && !items.is_empty() => {}
            Output::Say { to, message } => {
                let mut bytes = Vec::new();
                message.emit(&mut bytes);
                let sizes = Sizes { content: bytes.len(), things: false };
                self.tunnels.send(now, to, Inner::Message(bytes), sizes);
            }
            Output::Send { to, parcels } => {
                let (mut things, mut content) = (Vec::new(), 0);
                for Parcel { tag, life, renewal } in parcels {
                    let Some(version) = self.gossip.version(tag) else { continue };
                    let thing = Thing { item: Item { tag, version }, life, renewal };
                    if content + size(&thing) > THINGS_TOGETHER {
                        let sizes = Sizes { content, things: true };
                        let things = Inner::Things(std::mem::take(&mut things));
                        self.tunnels.send(now, to, things, sizes);
                        content = 0;
                    }
                    content += size(&thing);
                    things.push(thing);
                }
                let sizes = Sizes { content, things: true };
                self.tunnels.send(now, to, Inner::Things(things), sizes);
            }
            Output::Dial(to) => {
                if self.tunnels.dial(now, to, self.hello()) {
                    self.gossip.connected(now, to);
                }
            }
            Output::Close(to) => self.tunnels.close(to),
            Output::Forgotten(_) => self.forgotten += 1,
            Output::Renew => {
                let version = self.gossip.version(self.own()).unwrap_or_default().renewed();
                self.gossip.set_own(now, version);
            }
        }
    }

    fn take(&mut self, now: Time, from: Tag, inner: Inner) {
        match inner {
            Inner::Keepalive => self.gossip.heard(now, from),
            Inner::Hello { item, life, answer } => {
                self.gossip.learned(now, item, 4 * Duration::from_secs(life.into()), Some(from));
                if answer {
                    let hello = self.hello();
                    self.tunnels.answer(now, from, hello);
                } else {
                    self.gossip.connected(now, from);
                }
            }
            Inner::Message(bytes) => {
                if let Some(message) = Message::parse(&bytes) {
                    self.gossip.handle(now, from, &message);
                }
            }
            Inner::Things(things) => {
                self.gossip.heard(now, from);
                for Thing { item, life, renewal } in things {
                    let known = self.gossip.version(item.tag);
                    let fits = known.is_some_and(|it| it.number() == item.version.number());
                    if self.gossip.admits(now, from)
                        && (fits || !renewal)
                        && self.gossip.is_wanted(now, item.tag, item.version)
                    {
                        let life = match item.tag.is_member() {
                            true => 4 * Duration::from_secs(life.into()),
                            false => Duration::MAX,
                        };
                        self.gossip.learned(now, item, life, Some(from));
                    }
                }
            }
        }
    }

    fn hello(&self) -> Inner {
        let version = self.gossip.version(self.own()).unwrap_or_default();
        let life = self.gossip.own_life().as_secs() / 4;
        let item = Item { tag: self.own(), version };
        Inner::Hello { item, life: life as u16, answer: false }
    }
}

impl Host for Gossiper {
    fn handle_datagram(&mut self, now: Time, from: SocketAddr, datagram: &mut [u8]) {
        self.tunnels.handle_datagram(now, tag(number_at(from)), datagram);
        self.follow(now);
    }

    fn poll_datagram(&mut self, _now: Time, out: &mut Vec<u8>) -> Option<SocketAddr> {
        let (to, datagram) = self.outgoing.pop_front()?;
        out.extend(datagram);
        Some(to)
    }

    fn poll_timeout(&self) -> Option<Time> {
        let entry =
            (self.gossip.members() == 1 && !self.entries.is_empty()).then_some(self.next_entry);
        let deadlines = [self.tunnels.poll_timeout(), entry];
        deadlines.into_iter().flatten().chain([self.gossip.poll_timeout()]).min()
    }

    fn handle_timeout(&mut self, now: Time) {
        if self.gossip.members() == 1 && !self.entries.is_empty() && now >= self.next_entry {
            self.next_entry = now + ENTRY;
            let entry = self.entries[self.random.index(self.entries.len())];
            if self.tunnels.dial(now, tag(entry), self.hello()) {
                self.gossip.connected(now, tag(entry));
            }
        }
        self.tunnels.handle_timeout(now);
        self.gossip.handle_timeout(now);
        self.follow(now);
    }
}

fn size(thing: &Thing) -> usize {
    BEFORE_A_THING
        + match thing.item.tag.is_member() {
            true if thing.renewal => RENEWAL,
            true => RECORD,
            false => REVOCATION,
        }
}

/// The tag of a node: random bits, and the number so that the simulator finds it again.
fn tag(number: u32) -> Tag {
    let random = Random::new(number.into()).draw() & !0xffff_ffff;
    Tag::member(random | u64::from(number) << 1)
}

fn number(tag: Tag) -> u32 {
    (tag.bits() as u32) >> 1
}

fn number_at(address: SocketAddr) -> u32 {
    match address {
        SocketAddr::V4(v4) => u32::from(*v4.ip()) & 0x00ff_ffff,
        SocketAddr::V6(_) => 0,
    }
}
