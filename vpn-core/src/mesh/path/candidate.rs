use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use crate::mesh::encoding::{MAX_ENDPOINTS, canonical, is_endpoint};

/// Where this node may be, for a member that is to find a way: where it was seen last, what all are
/// told, then one address of each other host that members see it as. Behind a NAT that gives each
/// destination another port, that port leads nowhere; but what is sent there opens the sender's NAT.
pub(in crate::mesh) fn own(
    told: &[SocketAddr],
    observed: impl Iterator<Item = SocketAddr>,
) -> Vec<SocketAddr> {
    let mut observed = observed.map(canonical).filter(is_endpoint);
    let mut own: Vec<_> = observed.next().into_iter().collect();
    for at in told {
        if !own.contains(at) {
            own.push(*at);
        }
    }
    for at in observed {
        if own.iter().all(|known| known.ip() != at.ip()) {
            own.push(at);
        }
    }
    own.truncate(MAX_ENDPOINTS);
    own
}

/// Whether a member may be at `at`, as it says, for a node that is at `own`: private addresses mean
/// something only to those who have one of the same network, and a node's own lead to itself.
pub(in crate::mesh) fn is_worth_trying(at: &SocketAddr, own: &[SocketAddr]) -> bool {
    let shares = || own.iter().any(|own| network(own.ip()) == network(at.ip()));
    !own.contains(at) && (!is_private(at.ip()) || shares())
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// What two hosts of one site have in common: the upper 16 bits of an IPv4 address, 48 of IPv6.
fn network(ip: IpAddr) -> [u8; 6] {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            [a, b, 0, 0, 0, 0]
        }
        IpAddr::V6(ip) => {
            let [a, b, c, d, e, f, ..] = ip.octets();
            [a, b, c, d, e, f]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses<const N: usize>(texts: [&str; N]) -> [SocketAddr; N] {
        texts.map(|text| text.parse().unwrap())
    }

    #[test]
    fn the_last_address_seen_is_told_and_one_of_each_other_host() {
        let told = addresses(["192.168.1.2:7", "198.51.100.1:4000"]);
        let seen = addresses(["198.51.100.1:5000", "203.0.113.1:1", "203.0.113.1:2"]);

        let own = own(&told, seen.into_iter());

        let expected = ["198.51.100.1:5000", "192.168.1.2:7", "198.51.100.1:4000", "203.0.113.1:1"];
        assert_eq!(own, addresses(expected));
    }

    #[test]
    fn private_addresses_are_for_those_who_have_one_of_the_network() {
        let own = addresses(["192.168.1.2:7", "198.51.100.1:4000"]);
        let worth = |at: &str| is_worth_trying(&at.parse().unwrap(), &own);

        assert!(worth("192.168.7.9:7") && worth("203.0.113.1:7") && worth("[2001:db8::1]:7"));
        assert!(!worth("10.0.0.1:7") && !worth("127.0.0.1:22") && !worth("[fd00::1]:7"));
        assert!(!worth("192.168.1.2:7"), "its own");
    }
}
