use super::super::{HEADROOM, TAILROOM};
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
