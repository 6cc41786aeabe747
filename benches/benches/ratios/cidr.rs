//! Long lists of networks: a rule with the list in a file, beside a bare look-up in a table of routes,
//! and beside a look at each. Half the addresses are listed.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use benches::seed::Seed;
use benches::{Contest, Suite};
use ip_network::IpNetwork;
use ip_network_table::IpNetworkTable;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use proxy_acl::{Options, Policy, RequestView};

use crate::stamp::each;

const POLICY: &[u8] = b"http-request deny if { src -f nets.lst }\n";

/// Beyond so many networks a look at each takes too long to be measured.
const MOST_LOOKED_AT: usize = 1_000;

pub(crate) fn enter(suite: &mut Suite) {
    for count in [1_000, 100_000] {
        suite.path(&format!("cidr/v4/{count}"), || contest(count, v4));
        suite.path(&format!("cidr/v6/{count}"), || contest(count, v6));
    }
}

fn contest<'a>(count: usize, net: fn(&mut Seed) -> IpNet) -> Contest<'a> {
    let mut seed = Seed::new(0x6369_6472);
    let nets: Vec<IpNet> = (0..count).map(|_| net(&mut seed)).collect();
    let list: Vec<String> = nets.iter().map(ToString::to_string).collect();
    let options = Options::new().pattern_file("nets.lst", list.join("\n"));
    let policy = Policy::parse(POLICY, &options).expect("the policy is valid");
    let mut table = IpNetworkTable::new();
    for net in &nets {
        let key = IpNetwork::new(net.network(), net.prefix_len()).expect("the network is whole");
        table.insert(key, ());
    }
    let sources: Vec<SocketAddr> = (0..4096)
        .map(|index| {
            let chosen = nets[seed.between(0, count - 1)];
            let address = if index % 2 == 0 { chosen } else { net(&mut seed) };
            SocketAddr::new(within(address, &mut seed), 40_000)
        })
        .collect();
    let decide = move |source: &SocketAddr| {
        policy.decide(&RequestView::new(b"GET", b"/", *source)).is_allowed()
    };
    for source in &sources {
        let listed = nets.iter().any(|net| net.contains(&source.ip()));
        assert_eq!(decide(source), !listed, "{source}");
        assert_eq!(table.longest_match(source.ip()).is_some(), listed, "{source}");
    }

    let operations = sources.len() as u32;
    let (for_table, for_naive) = (sources.clone(), sources.clone());
    let contest = Contest::new(move || each(&sources, &decide))
        .peer("ip_network_table", move || {
            each(&for_table, |source| table.longest_match(source.ip()).is_some());
        })
        .operations(operations);
    if count > MOST_LOOKED_AT {
        return contest;
    }
    contest.peer("naive", move || {
        each(&for_naive, |source| nets.iter().any(|net| black_box(net).contains(&source.ip())));
    })
}

/// As lists of IPv4 networks are: half of them single addresses, most others of 256.
fn v4(seed: &mut Seed) -> IpNet {
    let length = match seed.between(0, 9) {
        0..=4 => 32,
        5..=8 => 24,
        _ => seed.between(20, 23) as u8,
    };
    let address = Ipv4Addr::from_bits(seed.next_u64() as u32);
    IpNet::V4(Ipv4Net::new_assert(address, length).trunc())
}

/// Of all sizes that are handed out in 2000::/3, down to single addresses.
fn v6(seed: &mut Seed) -> IpNet {
    let length = match seed.between(0, 9) {
        0..=2 => 128,
        3..=4 => 64,
        5..=7 => 48,
        _ => seed.between(29, 44) as u8,
    };
    let bits = u128::from(seed.next_u64()) << 64 | u128::from(seed.next_u64());
    let address = Ipv6Addr::from_bits(bits >> 3 | 1 << 125);
    IpNet::V6(Ipv6Net::new_assert(address, length).trunc())
}

/// An address of this network.
fn within(net: IpNet, seed: &mut Seed) -> IpAddr {
    let random = u128::from(seed.next_u64()) << 64 | u128::from(seed.next_u64());
    match net {
        IpNet::V4(net) => {
            let bits = net.network().to_bits() | random as u32 & net.hostmask().to_bits();
            Ipv4Addr::from_bits(bits).into()
        }
        IpNet::V6(net) => {
            Ipv6Addr::from_bits(net.network().to_bits() | random & net.hostmask().to_bits()).into()
        }
    }
}
