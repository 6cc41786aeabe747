use core::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::mesh::gossip::Tag;

/// The first 16 bits of the addresses that stand for ways through members: reserved by the IETF
/// (RFC 4291, section 2.4 with RFC 6666), so nobody has them.
const PREFIX: u16 = 0x0100;

/// Where a datagram for a member is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::mesh) enum Hop {
    /// To the member itself.
    Direct(SocketAddr),
    /// To another that passes it on.
    Via {
        /// The number of the one that passes it on.
        relay: u32,
        /// Whom it is for.
        party: Tag,
    },
}

/// A device knows nothing but addresses, so a way through a member is shown to it as an IPv6 address
/// that nobody has, with port 0: the prefix, the number of the relay, 16 zeros, the tag.
impl Hop {
    pub(in crate::mesh) fn of(address: SocketAddr) -> Self {
        match address.ip() {
            IpAddr::V6(ip) if is_reserved(&address) => {
                let bits = ip.to_bits();
                Self::Via { relay: (bits >> 80) as u32, party: Tag::from_bits(bits as u64) }
            }
            IpAddr::V4(_) | IpAddr::V6(_) => Self::Direct(address),
        }
    }

    pub(in crate::mesh) fn address(self) -> SocketAddr {
        match self {
            Self::Direct(address) => address,
            Self::Via { relay, party } => {
                let prefix = u128::from(PREFIX) << 112;
                let bits = prefix | u128::from(relay) << 80 | u128::from(party.bits());
                SocketAddr::new(Ipv6Addr::from_bits(bits).into(), 0)
            }
        }
    }

    pub(in crate::mesh) fn is_direct(self) -> bool {
        matches!(self, Self::Direct(_))
    }
}

/// Whether an address stands for a way through a member. A datagram cannot come from there.
pub(in crate::mesh) fn is_reserved(address: &SocketAddr) -> bool {
    match address {
        SocketAddr::V4(_) => false,
        SocketAddr::V6(address) => address.ip().segments()[0] == PREFIX && address.port() == 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_through_a_member_is_an_address_that_nobody_has() {
        let via = Hop::Via { relay: 0x89ab_cdef, party: Tag::from_bits(0x0123_4567_89ab_cdee) };
        let direct = Hop::Direct("[2001:db8::1]:51820".parse().unwrap());

        assert_eq!(
            via.address(),
            "[100:89ab:cdef:0:123:4567:89ab:cdee]:0".parse::<SocketAddr>().unwrap()
        );
        assert!(is_reserved(&via.address()) && !is_reserved(&direct.address()));
        assert_eq!([via, direct].map(|hop| Hop::of(hop.address())), [via, direct]);
    }
}
