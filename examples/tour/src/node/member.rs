//! Membership: each node tells those it has a tunnel with about the others it has a tunnel with.
//!
//! A record is one UDP datagram between overlay addresses, so it has come through a tunnel: who
//! sent it is proven by the tunnel's keys and by the check of the source address against the
//! sender's prefixes. A newcomer may claim no prefix that somebody else holds.

use std::fmt::{self, Display};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use ipnet::IpNet;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::udp;
use thiserror::Error;
use vpn_core::PublicKey;

use crate::failure::Failure;
use crate::node::link::Link;
use crate::node::peer::Peer;
use crate::node::stack::Stack;

/// What one node says of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The key that names it.
    pub key: PublicKey,
    /// Where its datagrams come from.
    pub endpoint: SocketAddr,
    /// Its overlay prefixes; the first one is its own address.
    pub nets: Vec<IpNet>,
}

/// Why a record was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MemberError {
    /// The record does not begin with its name and version.
    #[error("not a member record of version 1")]
    Unknown,
    /// The key is missing or malformed.
    #[error("bad key")]
    Key,
    /// The endpoint is missing or malformed.
    #[error("bad endpoint")]
    Endpoint,
    /// A prefix is malformed, or there are none or too many of them.
    #[error("bad prefixes")]
    Nets,
}

impl Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MAGIC} {} {}", self.key, self.endpoint)?;
        self.nets.iter().try_for_each(|net| write!(f, " {net}"))
    }
}

impl FromStr for Member {
    type Err = MemberError;

    fn from_str(record: &str) -> Result<Member, MemberError> {
        let words = record.strip_prefix(MAGIC).and_then(|rest| rest.strip_prefix(' '));
        let mut words = words.ok_or(MemberError::Unknown)?.split(' ');
        let key = words.next().and_then(|word| word.parse().ok()).ok_or(MemberError::Key)?;
        let endpoint =
            words.next().and_then(|word| word.parse().ok()).ok_or(MemberError::Endpoint)?;
        let nets: Vec<IpNet> =
            words.map(str::parse).collect::<Result<_, _>>().map_err(|_| MemberError::Nets)?;
        if nets.is_empty() || nets.len() > NETS_LIMIT {
            return Err(MemberError::Nets);
        }
        Ok(Member { key, endpoint, nets })
    }
}

/// Tells and learns members over the tunnels of one node.
#[derive(Debug)]
pub struct Roster {
    nets: Vec<IpNet>,
    handle: Option<SocketHandle>,
    known: usize,
    rounds: u32,
    due: Duration,
}

/// A member that was learnt, and from whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learnt {
    /// The new member.
    pub member: PublicKey,
    /// Who told of it.
    pub from: PublicKey,
}

impl Roster {
    /// Returns the roster of the node with the prefixes `nets`.
    pub fn new(nets: Vec<IpNet>) -> Roster {
        Roster { nets, handle: None, known: 0, rounds: 0, due: Duration::ZERO }
    }

    /// Takes in records, dials those that are new, and tells records when it is time to. Returns
    /// who was learnt.
    ///
    /// # Errors
    ///
    /// [`Failure::Tunnel`] when the stack has no socket for the records.
    pub fn poll(
        &mut self,
        now: Duration,
        stack: &mut Stack,
        link: &mut Link,
    ) -> Result<Vec<Learnt>, Failure> {
        let handle = match self.handle {
            Some(handle) => handle,
            None => *self.handle.insert(open(stack)?),
        };
        let mut learnt = Vec::new();
        let socket: &mut udp::Socket<'static> = stack.socket(handle);
        while let Ok((bytes, meta)) = socket.recv() {
            let IpAddr::V4(source) = meta.endpoint.addr.into() else { continue };
            let Some(from) = sender(link.peers(), source).map(|peer| peer.key) else { continue };
            let record = str::from_utf8(bytes).ok().and_then(|text| text.parse::<Member>().ok());
            let Some(member) = record else { continue };
            // A key that no tunnel can be had with is as good as no record.
            if self.accepts(&member, link)
                && link.add(member.key, Some(member.endpoint), &member.nets).is_ok()
            {
                learnt.push(Learnt { member: member.key, from });
            }
        }
        self.tell(now, socket, link.peers());
        Ok(learnt)
    }

    /// Returns when to poll again even if nothing arrives.
    pub fn due(&self) -> Option<Duration> {
        (self.rounds > 0).then_some(self.due)
    }

    /// A member is taken if its key is new, its prefixes belong to nobody, and there is room.
    fn accepts(&self, member: &Member, link: &Link) -> bool {
        let taken = |net: &IpNet| {
            let held = link.peers().iter().flat_map(|peer| &peer.nets).chain(&self.nets);
            held.into_iter().any(|other| other.contains(net) || net.contains(other))
        };
        link.peers().len() < MEMBERS_LIMIT
            && member.key != link.key()
            && link.peers().iter().all(|peer| peer.key != member.key)
            && !member.nets.iter().any(taken)
    }

    /// Tells each reachable peer of each other one, a few times over after each change: datagrams
    /// may be lost, and whoever knows a member already passes it over.
    fn tell(&mut self, now: Duration, socket: &mut udp::Socket<'_>, peers: &[Peer]) {
        let reachable = || peers.iter().filter(|peer| peer.up.is_some());
        let known = reachable().filter(|peer| peer.endpoint.is_some()).count();
        if known != self.known {
            self.known = known;
            self.rounds = ROUNDS;
            self.due = now;
        }
        if self.rounds == 0 || now < self.due {
            return;
        }
        self.rounds -= 1;
        self.due = now + PAUSE;
        for to in reachable() {
            let Some(IpAddr::V4(address)) = to.nets.first().map(IpNet::addr) else { continue };
            for about in reachable().filter(|about| about.key != to.key) {
                let Some(endpoint) = about.endpoint else { continue };
                let member = Member { key: about.key, endpoint, nets: about.nets.clone() };
                // A full buffer loses the record; the next round brings it.
                let _ = socket.send_slice(member.to_string().as_bytes(), (address, PORT));
            }
        }
    }
}

fn open(stack: &mut Stack) -> Result<SocketHandle, Failure> {
    let buffer = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 16], vec![0; 8192]);
    let mut socket = udp::Socket::new(buffer(), buffer());
    socket.bind(PORT).map_err(Failure::tunnel)?;
    Ok(stack.add(socket))
}

/// Returns the peer whose prefixes hold an overlay address.
fn sender(peers: &[Peer], source: Ipv4Addr) -> Option<&Peer> {
    peers.iter().find(|peer| peer.nets.iter().any(|net| net.contains(&IpAddr::V4(source))))
}

/// How a record begins.
const MAGIC: &str = "sysop-member 1";

/// The UDP port of the records, on overlay addresses.
const PORT: u16 = 6651;

/// So many others a node takes in, whatever it is told.
const MEMBERS_LIMIT: usize = 64;

/// More prefixes than any member of the tour has.
const NETS_LIMIT: usize = 8;

/// A change is told so many times.
const ROUNDS: u32 = 5;

/// The time between two rounds.
const PAUSE: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use vpn_core::SecretKey;

    use super::*;
    use crate::clock::Clock;

    fn member() -> Member {
        Member {
            key: SecretKey::from_bytes([7; 32]).public_key(),
            endpoint: "127.0.0.1:51820".parse().unwrap(),
            nets: vec!["10.66.0.3/32".parse().unwrap(), "203.0.113.0/24".parse().unwrap()],
        }
    }

    #[test]
    fn record_survives_the_wire() {
        let record = member().to_string();

        assert_eq!(record.parse(), Ok(member()));
        assert!(record.ends_with(" 127.0.0.1:51820 10.66.0.3/32 203.0.113.0/24"));
    }

    #[test]
    fn newcomer_may_claim_no_prefix_that_is_taken() {
        let clock = Clock::start();
        let mut link = Link::bind(SecretKey::from_bytes([1; 32]), clock).unwrap();
        let known = SecretKey::from_bytes([2; 32]).public_key();
        link.add(known, None, &["10.66.0.2/32".parse().unwrap()]).unwrap();
        let own = vec!["10.66.0.1/32".parse().unwrap()];
        let roster = Roster::new(own);
        let claim = |net: &str| Member { nets: vec![net.parse().unwrap()], ..member() };

        assert!(roster.accepts(&member(), &link));
        assert!(!roster.accepts(&claim("10.66.0.1/32"), &link), "our own address");
        assert!(!roster.accepts(&claim("10.66.0.2/32"), &link), "a peer's address");
        assert!(!roster.accepts(&claim("10.66.0.0/24"), &link), "a prefix around them");
        assert!(!roster.accepts(&Member { key: known, ..member() }, &link), "a known key");
        assert!(!roster.accepts(&Member { key: link.key(), ..member() }, &link), "our own key");
    }

    #[test]
    fn broken_records_are_refused_with_the_reason() {
        let record = member().to_string();

        let cases = [
            ("hello".to_owned(), MemberError::Unknown),
            (record.replace("member 1", "member 2"), MemberError::Unknown),
            (record.replace("= ", " "), MemberError::Key),
            (record.replace(":51820", ""), MemberError::Endpoint),
            (record.replace("/24", "/33"), MemberError::Nets),
            (record.split(" 10.").next().unwrap_or_default().to_owned(), MemberError::Nets),
            (format!("{record}{}", " 10.9.0.0/16".repeat(8)), MemberError::Nets),
        ];

        for (record, error) in cases {
            assert_eq!(record.parse::<Member>(), Err(error), "{record}");
        }
    }
}
