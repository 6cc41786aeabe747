use alloc::vec::Vec;

use ipnet::IpNet;

use super::super::{HEADROOM, NodeConfig, TAILROOM};
use super::{HONEST, Pair, VICTIM, at, claims, config, network, signing, tunnel};
use crate::device::PeerConfig;
use crate::mesh::certificate::Certificate;
use crate::mesh::event::{Event, Outbound, Party};
use crate::mesh::record::Record;

#[test]
fn a_conflict_is_told_once_and_not_at_each_renewal() {
    let net = "10.9.0.0/24".parse().unwrap();
    let mut pair = Pair::with(config(HONEST).net(net));
    let certificate = Certificate::issue(claims(VICTIM).net(net), &network().root()).unwrap();
    let signed = |sequence| {
        Record::sign(&signing(VICTIM), sequence, &[at(VICTIM)], certificate.clone(), None)
    };

    for sequence in [1, 2, 3, 1 << 16] {
        pair.say_record(&signed(sequence));
    }

    let events = core::iter::from_fn(|| pair.honest.poll_event());
    assert_eq!(events.filter(|it| matches!(it, Event::Conflict { .. })).count(), 1);
}

/// What is for the part goes to the member; what the node has of a member's net stays with the node.
#[test]
fn who_claims_a_part_of_this_nodes_net_is_told_of_once() {
    let nets =
        ["10.9.0.0/16", "10.8.8.0/24", "fc00::/7", "0.0.0.0/0"].map(|it| it.parse().unwrap());
    let mut pair = Pair::with(nets.into_iter().fold(config(HONEST), NodeConfig::net));
    let overlaps = |pair: &mut Pair| {
        let events = core::iter::from_fn(|| pair.honest.poll_event());
        let overlaps = events.filter(|it| matches!(it, Event::Overlap { .. }));
        overlaps.collect::<Vec<_>>()
    };
    assert_eq!(overlaps(&mut pair), [], "derived addresses are parts of nothing");
    let parts = ["10.8.0.0/16", "10.9.7.0/24", "10.9.0.0/16", "10.10.0.0/16"];
    let claims = parts.iter().fold(claims(VICTIM), |claims, net| claims.net(net.parse().unwrap()));
    let certificate = Certificate::issue(claims, &network().root()).unwrap();

    for sequence in [1, 2, 1 << 16] {
        let certificate = certificate.clone();
        pair.say_record(&Record::sign(&signing(VICTIM), sequence, &[at(9)], certificate, None));
    }

    let net = "10.9.7.0/24".parse().unwrap();
    let (owner, within) = (signing(VICTIM).id(), nets[0]);
    assert_eq!(overlaps(&mut pair), [Event::Overlap { net, owner, within }]);
    assert_eq!(pair.honest.mtu([10, 9, 7, 1].into()), Some(1280), "it leads there");
    assert_eq!(pair.honest.mtu([10, 9, 8, 1].into()), None);
    assert_eq!(pair.honest.mtu([10, 8, 8, 1].into()), None);
    assert_eq!(pair.honest.mtu([10, 8, 9, 1].into()), Some(1280));
}

#[test]
fn a_further_certificate_tells_of_what_is_new_in_it_alone() {
    let [net, part, around] =
        ["10.9.0.0/24", "10.8.7.0/24", "10.8.0.0/16"].map(|it| it.parse().unwrap());
    let mut pair = Pair::with(config(HONEST).net(net));
    let certify = |node, nets: &[IpNet]| {
        let claims = nets.iter().fold(claims(node), |claims, net| claims.net(*net));
        Certificate::issue(claims, &network().root()).unwrap()
    };
    let record = certify(VICTIM, &[net, part]);
    pair.say_record(&Record::sign(&signing(VICTIM), 1 << 16, &[at(VICTIM)], record, None));
    while pair.honest.poll_event().is_some() {}

    let told = |pair: &mut Pair, nets: &[IpNet]| {
        pair.honest.set_certificate(pair.now, certify(HONEST, nets), None).unwrap();
        core::iter::from_fn(|| pair.honest.poll_event()).collect::<Vec<_>>()
    };

    assert_eq!(told(&mut pair, &[net]), []);
    let overlap = Event::Overlap { net: part, owner: signing(VICTIM).id(), within: around };
    assert_eq!(told(&mut pair, &[net, around]), [overlap]);
    assert_eq!(told(&mut pair, &[net, around]), []);
    assert_eq!(told(&mut pair, &[around]), []);
    assert_eq!(pair.honest.mtu([10, 9, 0, 1].into()), Some(1280), "nobody else claims it now");
    assert_eq!(told(&mut pair, &[net]).len(), 1, "a conflict");
    assert_eq!(pair.honest.mtu([10, 8, 9, 1].into()), None);
}

/// The user has said where the net is; a member says otherwise, then leaves.
#[test]
fn nobody_draws_an_attached_peers_packets_to_itself() {
    let mut pair = Pair::new();
    let net = "10.9.0.7/32".parse().unwrap();
    let leaf = PeerConfig::new(tunnel(50).public_key()).endpoint(at(50));
    pair.honest.attach(pair.now, leaf, &[net]).unwrap();
    let mut packet = [0; HEADROOM + 20 + TAILROOM];
    packet[HEADROOM..HEADROOM + 4].copy_from_slice(&[0x45, 0, 0, 20]);
    packet[HEADROOM + 16..HEADROOM + 20].copy_from_slice(&[10, 9, 0, 7]);
    let mut leads =
        |pair: &mut Pair| match pair.honest.seal(pair.now, &mut packet, HEADROOM..HEADROOM + 20) {
            Ok(Outbound::Held(party)) => Some(party),
            _ => None,
        };
    let party = Some(Party::Leaf(tunnel(50).public_key()));
    assert_eq!(leads(&mut pair), party);

    let certificate = Certificate::issue(claims(VICTIM).net(net), &network().root()).unwrap();
    let certificate = || certificate.clone();
    pair.say_record(&Record::sign(&signing(VICTIM), 1 << 16, &[at(9)], certificate(), None));
    assert!(pair.knows(VICTIM));
    assert_eq!(leads(&mut pair), party);
    pair.say_record(&Record::farewell(&signing(VICTIM), 2 << 16, certificate(), None));
    assert_eq!(leads(&mut pair), party);

    pair.honest.detach(&tunnel(50).public_key()).unwrap();
    assert_eq!(leads(&mut pair), None);
}
