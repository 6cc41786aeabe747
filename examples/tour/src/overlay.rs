//! The overlay: who is in it, with which addresses, and who knows whom from the start.

use std::net::Ipv4Addr;
use std::sync::mpsc::Sender;

use ipnet::{IpNet, Ipv4Net};
use vpn_core::SecretKey;

use crate::clock::Clock;
use crate::failure::Failure;
use crate::node::link::Link;
use crate::node::{Blueprint, Handle, News};
use crate::random;
use crate::report::Resident;

/// Starts the nodes. The office knows the keys of both others and no address; the others know the
/// office alone.
///
/// # Errors
///
/// [`Failure::Bind`] without a socket, [`Failure::System`] without randomness or threads.
pub fn found(clock: Clock, news: &Sender<News>) -> Result<(Vec<Handle>, Vec<Resident>), Failure> {
    let site = Link::bind(secret()?, clock)?;
    let mut office = Link::bind(secret()?, clock)?;
    let branch = Link::bind(secret()?, clock)?;
    office.add(site.key(), None, &nets(&[SITE_NET]))?;
    office.add(branch.key(), None, &nets(&BRANCH_NETS))?;
    let known = (office.key(), office.address()?);

    let blueprints = [
        Blueprint {
            name: SITE,
            link: site,
            addresses: vec![SITE_ADDRESS],
            nets: nets(&[SITE_NET]),
        },
        Blueprint {
            name: OFFICE,
            link: office,
            addresses: vec![OFFICE_ADDRESS],
            nets: nets(&[OFFICE_OWN_NET]),
        },
        Blueprint {
            name: BRANCH,
            link: branch,
            addresses: BRANCH_ADDRESSES.to_vec(),
            nets: nets(&BRANCH_NETS),
        },
    ];
    let (mut nodes, mut residents) = (Vec::new(), Vec::new());
    for mut blueprint in blueprints {
        if blueprint.name != OFFICE {
            let (key, address) = known;
            blueprint.link.add(key, Some(address), &nets(&[OFFICE_OWN_NET]))?;
        }
        let nets = blueprint.nets.clone();
        let node = Handle::start(blueprint, clock, news.clone())?;
        let Handle { name, address, key, .. } = node;
        residents.push(Resident { name, address, key, nets, dropped: 0 });
        nodes.push(node);
    }
    Ok((nodes, residents))
}

fn secret() -> Result<SecretKey, Failure> {
    Ok(SecretKey::from_bytes(random::bytes()?))
}

fn nets(nets: &[Ipv4Net]) -> Vec<IpNet> {
    nets.iter().copied().map(IpNet::V4).collect()
}

pub const SITE: &str = "site";
pub const OFFICE: &str = "office";
pub const BRANCH: &str = "branch";

pub const SITE_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 66, 0, 1);
pub const OFFICE_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 66, 0, 2);
pub const BRANCH_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 66, 0, 3);
const BRANCH_SECOND: Ipv4Addr = Ipv4Addr::new(10, 66, 0, 35);
const GUEST: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);
const OTHER_GUEST: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 99);

const BRANCH_ADDRESSES: [Ipv4Addr; 4] = [BRANCH_ADDRESS, BRANCH_SECOND, GUEST, OTHER_GUEST];
pub const BRANCH_VISITORS: [Ipv4Addr; 2] = [BRANCH_ADDRESS, BRANCH_SECOND];
pub const ELSEWHERE_VISITORS: [Ipv4Addr; 4] = [GUEST, GUEST, OTHER_GUEST, OTHER_GUEST];

pub const OFFICE_NET: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(10, 66, 0, 0), 24);
const SITE_NET: Ipv4Net = Ipv4Net::new_assert(SITE_ADDRESS, 32);
const OFFICE_OWN_NET: Ipv4Net = Ipv4Net::new_assert(OFFICE_ADDRESS, 32);
/// The third one is reserved for documentation (RFC 5737): the branch speaks for guests from there.
const BRANCH_NETS: [Ipv4Net; 3] = [
    Ipv4Net::new_assert(BRANCH_ADDRESS, 32),
    Ipv4Net::new_assert(Ipv4Addr::new(10, 66, 0, 32), 28),
    Ipv4Net::new_assert(Ipv4Addr::new(203, 0, 113, 0), 24),
];
