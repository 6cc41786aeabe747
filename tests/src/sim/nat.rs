use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use vpn_core::Time;

use super::random::Random;

/// How long an unused mapping lives.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The four classical behaviours (RFC 3489, section 5), in the terms of RFC 4787.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NatKind {
    /// Endpoint-independent mapping, endpoint-independent filtering.
    FullCone,
    /// Endpoint-independent mapping, address-dependent filtering.
    AddressRestricted,
    /// Endpoint-independent mapping, address- and port-dependent filtering.
    PortRestricted,
    /// Address- and port-dependent mapping and filtering.
    Symmetric,
}

impl NatKind {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::FullCone, Self::AddressRestricted, Self::PortRestricted, Self::Symmetric];
}

/// A box between an inner network and an outer one, in which it has one address.
#[derive(Debug)]
pub struct Nat {
    kind: NatKind,
    hairpin: bool,
    address: IpAddr,
    /// By inner address and, if the mapping depends on it, destination.
    mappings: BTreeMap<(SocketAddr, Option<SocketAddr>), Mapping>,
}

#[derive(Debug)]
struct Mapping {
    port: u16,
    /// Where the inside has sent to, and when last.
    sent: BTreeMap<SocketAddr, Time>,
}

impl Mapping {
    fn used(&self) -> Time {
        self.sent.values().max().copied().unwrap_or_default()
    }
}

impl Nat {
    /// Makes a box with an address in the outer network; with `hairpin`, what the inside sends to
    /// that address comes back in.
    pub fn new(kind: NatKind, hairpin: bool, address: IpAddr) -> Self {
        Self { kind, hairpin, address, mappings: BTreeMap::new() }
    }

    /// The address in the outer network.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// Whether what the inside sends to the outer address comes back in.
    pub fn hairpins(&self) -> bool {
        self.hairpin
    }

    /// Forgets all mappings, as when it is switched off and on.
    pub fn restart(&mut self) {
        self.mappings.clear();
    }

    /// Lets a datagram out; returns where it seems to come from.
    pub fn outbound(
        &mut self,
        now: Time,
        random: &mut Random,
        from: SocketAddr,
        to: SocketAddr,
    ) -> SocketAddr {
        self.mappings.retain(|_, mapping| mapping.used() + TIMEOUT > now);
        let key = (from, (self.kind == NatKind::Symmetric).then_some(to));
        if !self.mappings.contains_key(&key) {
            let port = self.free_port(random);
            self.mappings.insert(key, Mapping { port, sent: BTreeMap::new() });
        }
        let port = self.mappings.get_mut(&key).map_or(0, |mapping| {
            mapping.sent.insert(to, now);
            mapping.port
        });
        SocketAddr::new(self.address, port)
    }

    /// Lets a datagram in if a mapping allows it; returns for whom it is.
    pub fn inbound(&mut self, now: Time, from: SocketAddr, port: u16) -> Option<SocketAddr> {
        let (key, mapping) = self.mappings.iter().find(|(_, mapping)| mapping.port == port)?;
        let mut allowed = mapping.sent.iter().filter(|(to, at)| {
            **at + TIMEOUT > now
                && match self.kind {
                    NatKind::FullCone => true,
                    NatKind::AddressRestricted => to.ip() == from.ip(),
                    NatKind::PortRestricted | NatKind::Symmetric => **to == from,
                }
        });
        allowed.next().map(|_| key.0)
    }

    fn free_port(&self, random: &mut Random) -> u16 {
        loop {
            let port = 1024 + random.below(64_000) as u16;
            if self.mappings.values().all(|mapping| mapping.port != port) {
                return port;
            }
        }
    }
}
