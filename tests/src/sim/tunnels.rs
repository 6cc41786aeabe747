//! Tunnels with the times and sizes of WireGuard's, and nothing secret: who would handshake, when
//! an empty message answers, what a datagram costs.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use vpn_core::Time;
use vpn_core::simulation::{Item, Tag, Version};

use super::random::Random;

/// IPv4 and UDP.
const OUTER: u64 = 20 + 8;
const INITIATION: u64 = 148 + OUTER;
const RESPONSE: u64 = 92 + OUTER;
/// Header and tag of a message.
const MESSAGE: u64 = 32 + OUTER;
/// Header of a frame inside a message.
const FRAME: usize = 4;
/// What a first frame tells beside the record: features, the address seen.
const HELLO: usize = 350 + 24;

const REKEY_AFTER: Duration = Duration::from_secs(120);
const REJECT_AFTER: Duration = Duration::from_secs(180);
const REKEY_TIMEOUT: Duration = Duration::from_secs(5);
const REKEY_ATTEMPT: Duration = Duration::from_secs(90);
const KEEPALIVE: Duration = Duration::from_secs(10);
const HELLO_AGAIN: Duration = Duration::from_secs(2);

/// What a message holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Inner {
    Keepalive,
    /// The first frame each way; `answer` asks for the other's.
    Hello {
        item: Item,
        life: u16,
        answer: bool,
    },
    Message(Vec<u8>),
    Things(Vec<Thing>),
}

/// A record or a revocation, or that a record is renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Thing {
    pub(super) item: Item,
    pub(super) life: u16,
    pub(super) renewal: bool,
}

/// How long a frame would be, and what it is counted as.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) content: usize,
    pub(super) things: bool,
}

/// What a datagram costs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    pub(super) handshake: u64,
    pub(super) keepalive: u64,
    pub(super) talk: u64,
    pub(super) things: u64,
}

/// All tunnels of a node, by the member at the other end.
#[derive(Debug)]
pub(super) struct Tunnels {
    tunnels: BTreeMap<Tag, Tunnel>,
    datagrams: VecDeque<(Tag, Vec<u8>, Cost)>,
    inners: VecDeque<(Tag, Inner)>,
    failed: Vec<Tag>,
    random: Random,
}

#[derive(Debug, Default)]
struct Tunnel {
    session: Option<Session>,
    attempt: Option<Attempt>,
    /// What to say first, until the other side has said as much.
    hello: Option<Inner>,
    /// Whether the other side has.
    greeted: bool,
    hello_at: Option<Time>,
    /// Since when data was received and nothing sent.
    owed: Option<Time>,
    /// Since when data was sent and nothing received.
    unanswered: Option<Time>,
}

#[derive(Clone, Copy, Debug)]
struct Session {
    mine: u32,
    theirs: u32,
    initiator: bool,
    since: Time,
}

#[derive(Clone, Copy, Debug)]
struct Attempt {
    mine: u32,
    since: Time,
    next: Time,
}

impl Tunnels {
    pub(super) fn new(random: Random) -> Self {
        Self {
            tunnels: BTreeMap::new(),
            datagrams: VecDeque::new(),
            inners: VecDeque::new(),
            failed: Vec::new(),
            random,
        }
    }

    /// Brings up a tunnel; says whether it is up already.
    pub(super) fn dial(&mut self, now: Time, to: Tag, hello: Inner) -> bool {
        let tunnel = self.tunnels.entry(to).or_default();
        if tunnel.greeted && tunnel.is_up(now) {
            return true;
        }
        tunnel.hello = Some(hello);
        if tunnel.is_up(now) {
            self.greet(now, to);
        } else {
            self.attempt(now, to);
        }
        false
    }

    pub(super) fn close(&mut self, to: Tag) {
        if let Some(tunnel) = self.tunnels.get_mut(&to) {
            (tunnel.attempt, tunnel.hello, tunnel.hello_at) = (None, None, None);
            tunnel.unanswered = None;
        }
    }

    /// Says the first frame back.
    pub(super) fn answer(&mut self, now: Time, to: Tag, hello: Inner) {
        let sizes = Sizes { content: HELLO, things: true };
        self.send(now, to, hello, sizes);
    }

    /// Sends a frame; without a session it is lost, and one is tried for.
    pub(super) fn send(&mut self, now: Time, to: Tag, inner: Inner, sizes: Sizes) {
        let Some(tunnel) = self.tunnels.get_mut(&to) else { return };
        let Some(session) = tunnel.session.filter(|_| tunnel.is_up(now)) else {
            return self.attempt(now, to);
        };
        tunnel.owed = None;
        tunnel.unanswered.get_or_insert(now);
        let bytes = MESSAGE + (FRAME + sizes.content).next_multiple_of(16) as u64;
        let cost = match sizes.things {
            true => Cost { things: bytes, ..Cost::default() },
            false => Cost { talk: bytes, ..Cost::default() },
        };
        self.datagrams.push_back((to, emit(session.theirs, &inner), cost));
        if session.initiator && now.since(session.since) >= REKEY_AFTER {
            self.attempt(now, to);
        }
    }

    pub(super) fn poll_datagram(&mut self) -> Option<(Tag, Vec<u8>, Cost)> {
        self.datagrams.pop_front()
    }

    pub(super) fn poll_inner(&mut self) -> Option<(Tag, Inner)> {
        self.inners.pop_front()
    }

    pub(super) fn poll_failed(&mut self) -> Vec<Tag> {
        std::mem::take(&mut self.failed)
    }

    pub(super) fn poll_timeout(&self) -> Option<Time> {
        self.tunnels.values().filter_map(Tunnel::deadline).min()
    }

    pub(super) fn handle_timeout(&mut self, now: Time) {
        let due = |tunnel: &Tunnel| tunnel.deadline().is_some_and(|due| due <= now);
        let due: Vec<Tag> =
            self.tunnels.iter().filter(|(_, t)| due(t)).map(|(to, _)| *to).collect();
        for to in due {
            let Some(tunnel) = self.tunnels.get_mut(&to) else { continue };
            if tunnel.owed.is_some_and(|since| now >= since + KEEPALIVE) {
                tunnel.owed = None;
                self.keepalive(now, to);
            }
            let Some(tunnel) = self.tunnels.get_mut(&to) else { continue };
            if tunnel.hello_at.is_some_and(|at| now >= at) {
                self.greet(now, to);
            }
            let Some(tunnel) = self.tunnels.get_mut(&to) else { continue };
            if tunnel.unanswered.is_some_and(|since| now >= since + KEEPALIVE + REKEY_TIMEOUT) {
                tunnel.unanswered = None;
                self.attempt(now, to);
            }
            let Some(tunnel) = self.tunnels.get_mut(&to) else { continue };
            if let Some(attempt) = tunnel.attempt.filter(|attempt| now >= attempt.next) {
                tunnel.attempt = None;
                if now.since(attempt.since) >= REKEY_ATTEMPT {
                    self.failed.push(to);
                } else {
                    self.initiate(now, to, attempt.since);
                }
            }
        }
        if self.tunnels.len() > 64 {
            self.tunnels.retain(|_, tunnel| tunnel.is_up(now) || tunnel.attempt.is_some());
        }
    }

    pub(super) fn handle_datagram(&mut self, now: Time, from: Tag, datagram: &[u8]) {
        let Some((kind, rest)) = datagram.split_first() else { return };
        let Some((index, rest)) =
            rest.split_first_chunk().map(|(i, r)| (u32::from_le_bytes(*i), r))
        else {
            return;
        };
        match kind {
            1 => {
                let mine = self.random.draw() as u32;
                let tunnel = self.tunnels.entry(from).or_default();
                let session = Session { mine, theirs: index, initiator: false, since: now };
                tunnel.session = Some(session);
                (tunnel.attempt, tunnel.unanswered, tunnel.owed) = (None, None, None);
                let mut bytes = vec![2];
                bytes.extend(index.to_le_bytes());
                bytes.extend(mine.to_le_bytes());
                let cost = Cost { handshake: RESPONSE, ..Cost::default() };
                self.datagrams.push_back((from, bytes, cost));
            }
            2 => {
                let Some(theirs) = rest.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
                else {
                    return;
                };
                let Some(tunnel) = self.tunnels.get_mut(&from) else { return };
                let Some(attempt) = tunnel.attempt.filter(|attempt| attempt.mine == index) else {
                    return;
                };
                let session = Session { mine: attempt.mine, theirs, initiator: true, since: now };
                tunnel.session = Some(session);
                (tunnel.attempt, tunnel.unanswered, tunnel.owed) = (None, None, None);
                if tunnel.hello.is_some() {
                    self.greet(now, from);
                } else {
                    self.keepalive(now, from);
                }
            }
            _ => {
                let Some(inner) = parse(rest) else { return };
                let Some(tunnel) = self.tunnels.get_mut(&from) else { return };
                if tunnel.session.is_none_or(|session| session.mine != index) {
                    return;
                }
                tunnel.unanswered = None;
                if inner != Inner::Keepalive {
                    tunnel.owed.get_or_insert(now);
                }
                if let Inner::Hello { answer, .. } = inner {
                    tunnel.greeted = true;
                    if !answer {
                        (tunnel.hello, tunnel.hello_at) = (None, None);
                    }
                }
                self.inners.push_back((from, inner));
            }
        }
    }

    fn greet(&mut self, now: Time, to: Tag) {
        let Some(tunnel) = self.tunnels.get_mut(&to) else { return };
        let Some(Inner::Hello { item, life, .. }) = tunnel.hello else { return };
        tunnel.hello_at = Some(now + HELLO_AGAIN);
        let sizes = Sizes { content: HELLO, things: true };
        self.send(now, to, Inner::Hello { item, life, answer: true }, sizes);
    }

    fn keepalive(&mut self, now: Time, to: Tag) {
        let Some(tunnel) = self.tunnels.get(&to) else { return };
        if let Some(session) = tunnel.session.filter(|_| tunnel.is_up(now)) {
            let cost = Cost { keepalive: MESSAGE, ..Cost::default() };
            self.datagrams.push_back((to, emit(session.theirs, &Inner::Keepalive), cost));
        }
    }

    fn attempt(&mut self, now: Time, to: Tag) {
        if self.tunnels.entry(to).or_default().attempt.is_none() {
            self.initiate(now, to, now);
        }
    }

    fn initiate(&mut self, now: Time, to: Tag, since: Time) {
        let mine = self.random.draw() as u32;
        let jitter = self.random.duration(Duration::from_millis(333));
        let next = now + REKEY_TIMEOUT + jitter;
        self.tunnels.entry(to).or_default().attempt = Some(Attempt { mine, since, next });
        let mut bytes = vec![1];
        bytes.extend(mine.to_le_bytes());
        let cost = Cost { handshake: INITIATION, ..Cost::default() };
        self.datagrams.push_back((to, bytes, cost));
    }
}

impl Tunnel {
    fn is_up(&self, now: Time) -> bool {
        self.session.is_some_and(|session| now.since(session.since) < REJECT_AFTER)
    }

    fn deadline(&self) -> Option<Time> {
        let owed = self.owed.map(|since| since + KEEPALIVE);
        let unanswered = self.unanswered.map(|since| since + KEEPALIVE + REKEY_TIMEOUT);
        let attempt = self.attempt.map(|attempt| attempt.next);
        [owed, unanswered, attempt, self.hello_at].into_iter().flatten().min()
    }
}

fn emit(index: u32, inner: &Inner) -> Vec<u8> {
    let mut bytes = vec![4];
    bytes.extend(index.to_le_bytes());
    let thing = |bytes: &mut Vec<u8>, item: &Item, life: u16| {
        bytes.extend(item.tag.bits().to_le_bytes());
        bytes.extend(item.version.bits().to_le_bytes());
        bytes.extend(life.to_le_bytes());
    };
    match inner {
        Inner::Keepalive => {}
        Inner::Hello { item, life, answer } => {
            bytes.extend([1, u8::from(*answer)]);
            thing(&mut bytes, item, *life);
        }
        Inner::Message(message) => {
            bytes.push(2);
            bytes.extend(message);
        }
        Inner::Things(things) => {
            bytes.push(3);
            for Thing { item, life, renewal } in things {
                thing(&mut bytes, item, *life);
                bytes.push(u8::from(*renewal));
            }
        }
    }
    bytes
}

fn parse(bytes: &[u8]) -> Option<Inner> {
    let Some((kind, rest)) = bytes.split_first() else { return Some(Inner::Keepalive) };
    let thing = |bytes: &[u8]| {
        let (tag, rest) = bytes.split_first_chunk()?;
        let (version, rest) = rest.split_first_chunk()?;
        let item = Item {
            tag: Tag::from_bits(u64::from_le_bytes(*tag)),
            version: Version::from_bits(u64::from_le_bytes(*version)),
        };
        Some((item, u16::from_le_bytes(*rest.first_chunk()?)))
    };
    match kind {
        1 => {
            let (answer, rest) = rest.split_first()?;
            let (item, life) = thing(rest)?;
            Some(Inner::Hello { item, life, answer: *answer == 1 })
        }
        2 => Some(Inner::Message(rest.to_vec())),
        _ => {
            let told = rest.chunks_exact(19).map(|bytes| {
                let (item, life) = thing(bytes)?;
                Some(Thing { item, life, renewal: bytes[18] == 1 })
            });
            told.collect::<Option<_>>().map(Inner::Things)
        }
    }
}
